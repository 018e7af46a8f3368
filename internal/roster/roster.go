// Package roster decides who can take a call. It is pure: presence and
// reservations are handed in, a choice and the reason for each refusal come out.
//
// Presence lags reality by seconds to minutes and is never a lock
// (facts/entra-graph-teams.md §2.2); the lock is the reservation, which keeps
// one agent from being rung by two calls of ours.
package roster

import (
	"fmt"
	"slices"
	"time"

	"tandem/internal/tenant"
)

// Presence is what Teams says of a person. The zero value means unknown.
type Presence struct {
	Availability string    `json:"availability,omitempty"` // Graph: Available, Busy, DoNotDisturb, …
	Activity     string    `json:"activity,omitempty"`     // Graph: InACall, …
	Source       string    `json:"source,omitempty"`       // who said so
	At           time.Time `json:"at,omitzero"`            // when
}

// Candidate is an agent who may be asked.
type Candidate struct {
	Agent    tenant.Agent
	Presence Presence
	Reserved bool // by another call
}

// Order puts those who can be rung in the order to ring them, and says of each
// of the others why not. The given order is kept; people of whom nothing is
// known come after those known to be available, because ringing somebody absent
// costs the customer the whole ring timeout.
func Order(all []Candidate, tried []tenant.AgentID) (ring []tenant.Agent, why []string) {
	var unknown []tenant.Agent
	for _, c := range all {
		switch {
		case slices.Contains(tried, c.Agent.ID):
			why = append(why, c.Agent.Name+" was asked already")
		case c.Reserved:
			why = append(why, c.Agent.Name+" is taken by another call")
		case c.Presence.Availability == "" || c.Presence.Availability == "PresenceUnknown":
			unknown = append(unknown, c.Agent)
		case ringable(c.Presence):
			ring = append(ring, c.Agent)
		default:
			why = append(why, fmt.Sprintf("%s is %s", c.Agent.Name, c.Presence.Availability))
		}
	}
	if len(all) == 0 {
		why = append(why, "there is no agent")
	}
	return append(ring, unknown...), why
}

// ringable: of the Graph availabilities only these two mean that a call is
// welcome; Away and BeRightBack mean nobody sits there.
func ringable(p Presence) bool {
	return p.Availability == "Available" || p.Availability == "AvailableIdle"
}
