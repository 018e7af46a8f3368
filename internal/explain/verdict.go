package explain

import (
	"fmt"
	"slices"
	"strings"

	"tandem/internal/call"
)

// Party is whose fault an ending was, or who has to do something about it.
type Party string

// The parties.
const (
	Nobody    Party = "nobody"
	Caller    Party = "caller"
	Agent     Party = "agent"
	Tenant    Party = "tenant"   // its Teams admin
	Provider  Party = "provider" // who runs this installation
	Peer      Party = "peer"     // the carrier or platform on the near side
	Microsoft Party = "microsoft"
	Tandem    Party = "tandem"
	Unknown   Party = "unknown"
)

// Parties lists them all.
func Parties() []Party {
	return []Party{Nobody, Caller, Agent, Tenant, Provider, Peer, Microsoft, Tandem, Unknown}
}

// Verdict is why a call ended, for people.
type Verdict struct {
	ID    string // of the row; texts in other languages hang on it
	Fault Party
	What  string // happened, one sentence
	Do    string // about it; "" if nothing has to be done
	// Known is false if the ending has codes that no row knows: What is general then.
	Known bool
	Codes string // as they came, "SIP 403, Q.850 21"; "" if there are none
}

// match is what a termination must be like; a zero field does not care.
type match struct {
	reason call.Reason
	result call.Result
	by     call.By
	fault  call.Fault
	sip    int
	q850   int
	code   int   // of Call Automation; a row of a sub-code may leave it out
	subs   []int // any of these sub-codes
}

// fits reports whether a termination is alike, and how exactly: the number of conditions. A
// sub-code outweighs its code, for it says more.
func (m match) fits(t call.Termination) (weight int, ok bool) {
	for _, c := range []struct{ asked, alike bool }{
		{m.result != "", m.result == t.Result}, {m.by != "", m.by == t.By}, {m.fault != "", m.fault == t.Fault},
		{m.sip != 0, m.sip == t.SIPStatus}, {m.q850 != 0, m.q850 == t.Q850}, {m.code != 0, m.code == t.ACSCode},
		{m.subs != nil, slices.Contains(m.subs, t.ACSSubCode)}, {m.subs != nil, true},
	} {
		switch {
		case !c.asked:
		case !c.alike:
			return 0, false
		default:
			weight++
		}
	}
	return weight, m.reason == t.Reason
}

// coded reports whether the row is about particular codes.
func (m match) coded() bool { return m.sip != 0 || m.q850 != 0 || m.code != 0 || m.subs != nil }

// row is one ending of the table.
type row struct {
	id    string
	when  match
	fault Party
	what  string
	do    string
}

// table is all rows.
var table = slices.Concat(ordinary, ringing, refused, lost, ours)

// notKnown is the answer to a reason that this version does not have.
var notKnown = row{
	id: "not_known", fault: Unknown,
	what: "The call ended for a reason that this version has no explanation for.",
	do:   "Look at the timeline and the codes; tell the maintainers of Tandem what they are.",
}

// Judge says whose fault an ending was.
func Judge(t call.Termination) Verdict {
	best, most := notKnown, -1
	for _, r := range table {
		if weight, ok := r.when.fits(t); ok && weight > most {
			best, most = r, weight
		}
	}
	return Verdict{
		ID: best.id, Fault: best.fault, What: best.what, Do: best.do,
		Known: best.id != notKnown.id && (best.when.coded() || !telling(t)), Codes: codes(t),
	}
}

// VerdictIDs lists the rows of the table, for texts in other languages.
func VerdictIDs() []string {
	var all []string
	for _, r := range append(slices.Clone(table), notKnown) {
		all = append(all, r.id)
	}
	return all
}

// telling reports whether an ending has codes that say more than that it was an ending: a
// normal clearing does not (Q.850 cause 16, ACS 200 and 0), nor do those that come with any
// answer a person gives by doing nothing or hanging up.
func telling(t call.Termination) bool {
	switch t.Result {
	case call.Completed, call.Abandoned, call.Cancelled:
		return false
	}
	return t.SIPStatus != 0 || t.Q850 != 0 && t.Q850 != 16 || t.ACSCode != 0 && t.ACSCode != 200 || t.ACSSubCode != 0
}

// codes writes them as people quote them.
func codes(t call.Termination) string {
	var all []string
	if t.SIPStatus != 0 {
		all = append(all, fmt.Sprintf("SIP %d", t.SIPStatus))
	}
	if t.Q850 != 0 {
		all = append(all, fmt.Sprintf("Q.850 %d", t.Q850))
	}
	if t.ACSCode != 0 || t.ACSSubCode != 0 {
		all = append(all, fmt.Sprintf("ACS %d/%d", t.ACSCode, t.ACSSubCode))
	}
	return strings.Join(all, ", ")
}
