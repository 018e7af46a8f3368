// Package roster decides who can take a call. It is pure: presence,
// reservations and what agents did before are handed in; a choice and the reason
// for each candidate come out.
//
// What is known of an agent, in the order in which it counts:
//
//  1. Ours: who keeps him (a call, a reservation of the provider's own router),
//     and whether he rests after a call. It is exact, and beats whatever Teams says.
//  2. Teams': his presence. It lags reality by seconds to minutes and is never a
//     lock (facts/entra-graph-teams.md §2.2); the lock is the reservation, which
//     keeps one agent from being rung by two calls of ours.
//
// Presence that is missing or older than [StaleAfter] makes an agent unknown: he
// is rung after all who are known to be free, because ringing somebody absent
// costs the customer the whole ring timeout. He is never taken for absent, or the
// failure of Graph would close every queue.
package roster

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"tandem/internal/call"
	"tandem/internal/tenant"
)

const (
	// StaleAfter is the age from which presence is not believed any more: it is
	// read again every few seconds where it is needed, so something is wrong.
	StaleAfter = 30 * time.Second
	// PresenceLags is how long after a call of ours Teams may still tell of it.
	PresenceLags = 5 * time.Second
	// AskAgainAfter is how long an agent who did not take a call of a queue is left
	// alone by that call.
	AskAgainAfter = 30 * time.Second
)

// Presence is what Teams says of a person. The zero value means unknown.
type Presence struct {
	Availability string    `json:"availability,omitempty"` // Graph: Available, Busy, DoNotDisturb, …
	Activity     string    `json:"activity,omitempty"`     // Graph: InACall, …
	Source       string    `json:"source,omitempty"`       // who said so
	At           time.Time `json:"at,omitzero"`            // when
}

// Kept says who keeps an agent. The zero value is nobody.
type Kept struct {
	Call        call.ID
	Reservation tenant.ReservationID // of the provider's router, instead of a call
	Until       time.Time            // of a reservation
}

// Candidate is an agent who may be asked, and what is known of him.
type Candidate struct {
	Agent    tenant.Agent
	Presence Presence
	Kept     Kept
	Blocked  bool // Teams would not ring him, for a reason that is known

	ChosenAt   time.Time // when he was kept last; zero: never
	FreeAt     time.Time // when he was let go last
	RestsUntil time.Time
	Answered   int // calls today, as UTC counts days
}

// State is where a candidate stands.
type State string

const (
	Mine        State = "mine"        // kept for this very call
	Free        State = "free"        // can be rung
	Unknown     State = "unknown"     // can be rung, but nobody knows whether he is there
	Unavailable State = "unavailable" // Teams says that he cannot, or does not want to
	Taken       State = "taken"       // kept by a call or a reservation
	Resting     State = "resting"     // after a call of a queue
	Asked       State = "asked"       // rung by this call before
	Out         State = "out"         // taken out by an admin, or not ready
)

// Verdict is a candidate judged.
type Verdict struct {
	Candidate
	State State
	Why   string // one line for people, with his name
	again bool   // rung by this call before
}

// Judge says where a candidate stands at a moment, whoever asks.
func Judge(c Candidate, at time.Time) Verdict {
	v := Verdict{Candidate: c}
	say := func(s State, format string, args ...any) Verdict {
		v.State, v.Why = s, c.Agent.Name+" "+fmt.Sprintf(format, args...)
		return v
	}
	p := c.Presence
	age := at.Sub(p.At)
	switch {
	case !c.Agent.PausedAt.IsZero():
		return say(Out, "was taken out by an admin")
	case c.Blocked:
		return say(Out, "is not ready: Teams would not ring")
	case c.Kept.Call != "":
		return say(Taken, "is taken by another call")
	case c.Kept.Reservation != "":
		return say(Taken, "is reserved for %s more", span(c.Kept.Until.Sub(at)))
	case at.Before(c.RestsUntil):
		return say(Resting, "rests after a call for %s more", span(c.RestsUntil.Sub(at)))
	case p.Availability != "" && !ringable(p) && !c.FreeAt.IsZero() && p.At.Before(c.FreeAt.Add(PresenceLags)):
		return say(Unknown, "is rung last: was %s when the last call ended, of which Teams may still have told", words(p))
	case p.Availability == "" || p.Availability == "PresenceUnknown":
		return say(Unknown, "is rung last: no presence is known")
	case age > StaleAfter:
		return say(Unknown, "is rung last: was %s %s ago, which is too old to believe", words(p), span(age))
	case ringable(p):
		return say(Free, "is free: %s, %s old from %s", words(p), span(age), p.Source)
	}
	return say(Unavailable, "is %s, %s old from %s", words(p), span(age), p.Source)
}

// ringable: of the Graph availabilities only these two mean that a call is
// welcome; Away and BeRightBack mean nobody sits there.
func ringable(p Presence) bool {
	return p.Availability == "Available" || p.Availability == "AvailableIdle"
}

func words(p Presence) string {
	if p.Activity == "" || p.Activity == p.Availability {
		return p.Availability
	}
	return p.Availability + " (" + p.Activity + ")"
}

func span(d time.Duration) string {
	return fmt.Sprintf("%d s", max(0, d).Round(time.Second)/time.Second)
}

// Wish is who asks for an agent.
type Wish struct {
	At   time.Time
	Call call.ID
	// Reservation of who asked for the call, if he keeps somebody for it.
	Reservation tenant.ReservationID
	Strategy    tenant.Strategy
	Tried       []tenant.AgentID // rung by the call before
	Inside      []tenant.AgentID // in the call, or on their way there
	// AskAgain lets those be rung again after a while, behind all others: a queue
	// waits, and may have nobody else.
	AskAgain bool
}

// Order puts those who can be rung in the order to ring them; rest are the
// others. Who is kept for the call comes first, whatever his presence: somebody
// decided that he takes it. Then come those who are free, by the strategy, then
// those of whom nothing is known, then those who were asked before.
func Order(all []Candidate, w Wish) (ring, rest []Verdict) {
	for _, c := range all {
		mine := c.Kept.Call != "" && c.Kept.Call == w.Call || c.Kept.Reservation != "" && c.Kept.Reservation == w.Reservation
		if mine {
			c.Kept = Kept{}
		}
		v := Judge(c, w.At)
		tried := slices.Contains(w.Tried, c.Agent.ID)
		switch {
		case v.State == Out:
		case slices.Contains(w.Inside, c.Agent.ID):
			v.State, v.Why = Taken, c.Agent.Name+" is in this call already"
		case mine && !tried:
			v.State, v.Why = Mine, c.Agent.Name+" is kept for this call"
		case tried && v.canBeRung() && w.AskAgain && w.At.Sub(c.ChosenAt) >= AskAgainAfter:
			v.again = true
		case tried && v.canBeRung():
			v.State, v.Why = Asked, c.Agent.Name+" was asked already"
		}
		if v.canBeRung() {
			ring = append(ring, v)
		} else {
			rest = append(rest, v)
		}
	}
	slices.SortStableFunc(ring, func(a, b Verdict) int {
		return cmp.Or(cmp.Compare(a.class(), b.class()), before(w.Strategy, a, b))
	})
	return ring, rest
}

func (v Verdict) canBeRung() bool { return v.State == Mine || v.State == Free || v.State == Unknown }

// class is what comes before any strategy.
func (v Verdict) class() int {
	class := 0
	switch v.State {
	case Free:
		class = 1
	case Unknown:
		class = 2
	}
	if v.again {
		class += 2
	}
	return class
}

// before is the strategy. Equals stay in the order in which they are listed.
func before(s tenant.Strategy, a, b Verdict) int {
	switch s {
	case tenant.LongestIdle:
		return a.FreeAt.Compare(b.FreeAt)
	case tenant.RoundRobin:
		return a.ChosenAt.Compare(b.ChosenAt)
	case tenant.LeastBusy:
		return cmp.Or(cmp.Compare(a.Answered, b.Answered), a.FreeAt.Compare(b.FreeAt))
	}
	return 0
}

// Waiter is a call that waits in a queue.
type Waiter struct {
	Call  call.ID
	Since time.Time
	Tried []tenant.AgentID // whom it rang before
}

// Leave lets those who wait longer have theirs: each takes the first agent whom
// it has not rung before. What is left may be rung by the next call.
func Leave(ring []Verdict, ahead []Waiter) []Verdict {
	left := slices.Clone(ring)
	for _, w := range ahead {
		i := slices.IndexFunc(left, func(v Verdict) bool { return !slices.Contains(w.Tried, v.Agent.ID) })
		if i >= 0 {
			left = slices.Delete(left, i, i+1)
		}
	}
	return left
}

// Working counts the agents of a queue who take its calls now: those who can be
// rung, those in calls, and those who rest.
func Working(all []Verdict) (n int) {
	for _, v := range all {
		switch v.State {
		case Unavailable, Out:
		default:
			n++
		}
	}
	return n
}

// Estimate is how long the call at a position (1 is the next) will wait: with n
// agents who need the service time for each call, one of them becomes free every
// service/n. Zero means that nobody can say.
func Estimate(position, working int, service time.Duration) time.Duration {
	if position < 1 || working < 1 || service <= 0 {
		return 0
	}
	return (service * time.Duration(position) / time.Duration(working)).Round(time.Second)
}

// mostLines bounds what a choice says of candidates: it goes into the journal,
// and there may be hundreds.
const mostLines = 20

// Lines tells of verdicts, one line each; of many only the first ones.
func Lines(all []Verdict) []string {
	var lines []string
	for i, v := range all {
		if i == mostLines {
			return append(lines, fmt.Sprintf("and %d more", len(all)-i))
		}
		lines = append(lines, v.Why)
	}
	return lines
}
