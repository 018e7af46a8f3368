package trunk

import (
	"cmp"
	"time"
)

// RevisionID names a revision: a UUIDv7 in lower case, so later ones are behind.
type RevisionID string

// RevisionState is how far a revision is.
type RevisionState string

const (
	Planned    RevisionState = "planned"
	Applying   RevisionState = "applying"
	Failed     RevisionState = "failed"     // Microsoft has what it had, or it is not known: plan again
	Activating RevisionState = "activating" // Microsoft has it, and has not proved every trunk yet
	Active     RevisionState = "active"
	Replaced   RevisionState = "replaced" // a later one is in force
)

// MaxReason is the length of a reason in bytes.
const MaxReason = 1024

// By says who does something, as in the audit trail.
type By struct{ ID, Name string }

// name is what people call him.
func (b By) name() string { return cmp.Or(b.Name, b.ID) }

// Revision is one plan for a resource and what became of it.
type Revision struct {
	ID          RevisionID
	Resource    ResourceID
	Author      By
	Reason      string
	RollsBackTo RevisionID // "" if it does not
	Desired     Routing
	Base        Routing // what Microsoft had when it was planned
	State       RevisionState
	Error       string // of Failed: why, and what to do
	Applier     By
	CreatedAt   time.Time
	ApplyingAt  time.Time // zero: never
	EndedAt     time.Time // when Microsoft had taken or refused it; zero: not yet
}

// Plan is what the revision changes.
func (r Revision) Plan() Plan { return NewPlan(r.Desired, r.Base) }
