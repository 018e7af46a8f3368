package tenant

import (
	"slices"
	"time"
)

// ItemState is what is known about one precondition.
type ItemState string

const (
	ItemOK      ItemState = "ok"
	ItemFailed  ItemState = "failed"   // somebody has to do something: see Cure
	ItemWaiting ItemState = "waiting"  // done, and Microsoft has not caught up
	ItemUnknown ItemState = "unknown"  // not looked at yet, or it cannot be known from outside
	ItemLeftOut ItemState = "left_out" // not there, and nothing that is in use needs it
)

// Item is one precondition of a tenant or of an agent with its evidence.
type Item struct {
	Name      string    // "consent", "permission", "federation"; "account", "teams_licence", "phone_licence", "enterprise_voice", "presence"
	Subject   string    // the permission, the resource; "" if the name says all
	State     ItemState // never ok without CheckedAt
	CheckedAt time.Time // zero: never
	Check     string    // what looked: "graph licenseDetails", "token", "test call"
	Seen      string    // what it saw, in one line
	Cure      Cure      // of a failed or waiting item
}

// Cure is what mends a failed item.
type Cure struct {
	Code    string // stable: "assign_teams_phone"; web and clients have words for it
	Who     []AdminRole
	Text    string // one sentence in English
	Command string // PowerShell that does it; "" if it is a click
}

// Standing is what was last seen of an agent at Microsoft.
type Standing struct {
	Tenant     ID
	Agent      AgentID
	Ready      bool // no item failed
	CheckedAt  time.Time
	Items      []Item
	LastRangAt time.Time // Teams rang on desktop or web; zero: never
}

// blocking are the items without which Teams refuses to ring a person
// (facts/entra-graph-teams.md §2.5); with others failed it may ring.
var blocking = []string{"account", "teams_licence", "phone_licence", "enterprise_voice"}

// Blocked says whether ringing would fail for a reason that is known. A policy that
// refused one resource may let another one ring, so it is tried.
func (s Standing) Blocked() bool {
	_, blocked := s.Block()
	return blocked
}

// Block is the first thing that blocks, if something does.
func (s Standing) Block() (Item, bool) {
	i := slices.IndexFunc(s.Items, func(i Item) bool {
		return i.State == ItemFailed && slices.Contains(blocking, i.Name)
	})
	if i < 0 {
		return Item{}, false
	}
	return s.Items[i], true
}

// Group is an Entra group whose members are agents, kept in step.
type Group struct {
	Tenant    ID
	ID        string // object id in Entra
	Name      string
	Members   int // at the last look
	AddedBy   string
	AddedAt   time.Time
	SyncedAt  time.Time // zero: not yet
	SyncError string    // of the last look; "" if it went well
}

// Proof is the work of proving that a resource may ring a tenant's users: test
// calls to one person, until Microsoft gives a final answer. One is under way at
// most for a (tenant, resource).
type Proof struct {
	Tenant    ID
	ID        string // UUID
	Resource  string
	OID       string // whom it rings
	Name      string
	StartedBy string
	StartedAt time.Time
	NextAt    time.Time // of the next attempt; zero: none to come
	EndedAt   time.Time // zero: under way
	Verdict   string    // of package check: authorised, not_yet, not_ready, inconclusive; "" before the first answer
	Attempts  []ProofAttempt
}

// ProofAttempt is one test call of a proof.
type ProofAttempt struct {
	At      time.Time
	Call    string // id of the call
	Verdict string // "" as long as the call goes on
	Code    int    // Call Automation's
	SubCode int
	Cure    string // of package check; "" if nothing is to be done
	Message string
}
