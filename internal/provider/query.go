package provider

import (
	"time"

	"tandem/internal/tenant"
)

// Query narrows a list of calls or of call detail records; zero fields do not
// narrow. Lists run from the newest to the oldest.
type Query struct {
	From, To time.Time // when the call started: From <= start < To
	Phase    string    // of calls only
	Peer     string
	Caller   string // E.164
	Number   string // the tenant's number, E.164
	Ending   string // digits that caller, called or number end with; with From, for nothing else narrows the search
	Agent    tenant.AgentID
	Result   string
	Reason   string
	After    string // a call's id, the last one of the page before
	Limit    int    // 1 to MaxPage; else DefaultPage
}

// The sizes of a page of any list.
const (
	DefaultPage = 50
	MaxPage     = 200
)
