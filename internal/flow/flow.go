package flow

import (
	"strings"
	"time"
	"unicode/utf8"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// Limits of what a tenant keeps.
const (
	MaxFlows    = 200
	MaxVersions = 500 // of one flow
	maxName     = 100 // characters
)

// Flow is a document that changes: its versions, which do not, and the one of them
// that new calls get.
type Flow struct {
	ID        tenant.FlowID
	Tenant    tenant.ID
	Name      string // unique in the tenant
	Published int    // the version that runs
	Newest    int
	CreatedAt time.Time
	ChangedAt time.Time
}

// Version is one state of a flow.
type Version struct {
	Flow      tenant.FlowID
	Tenant    tenant.ID
	Version   int // from 1
	Document  Document
	CreatedAt time.Time
}

// Normalize puts what was typed into the form that is compared and stored.
func (f Flow) Normalize() Flow {
	f.Name = strings.TrimSpace(f.Name)
	return f
}

// Validate reports what is wrong with what people say of a flow.
func (f Flow) Validate() error {
	var p fault.Problems
	if n := utf8.RuneCountInString(f.Name); n == 0 || n > maxName || strings.IndexFunc(f.Name, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0 {
		p.Add("name", "must be printable text of 1 to %d characters", maxName)
	}
	return p.Err("flow_invalid", "the flow is not valid")
}
