package proof

import (
	"slices"
	"time"
)

// Way is how a check was made.
type Way string

const (
	Live  Way = "live"  // seen at the running edge
	Bench Way = "bench" // seen at an edge that was started for the proof, with the same configuration
)

// State is what came of a check.
type State string

const (
	Passed   State = "passed"
	Failed   State = "failed"
	NotShown State = "not-shown" // and Found says why: it is neither good nor bad
)

// Result is what a report comes to.
type Result string

const (
	AllPassed  Result = "passed" // everything was shown, and is good
	PartPassed Result = "partly" // what was shown is good; something was not shown
	SomeFailed Result = "failed"
)

// Figure is something that was measured.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit,omitempty"` // ms, packets …; none of a share or a code
}

// Check is one thing that was looked at. Its id is stable, and in [Catalogue].
type Check struct {
	ID       string   `json:"id"`
	Way      Way      `json:"way"`
	Title    string   `json:"title"`
	Need     string   `json:"need"` // why a trunk has to
	State    State    `json:"state"`
	Found    string   `json:"found"`
	Code     string   `json:"code,omitempty"` // of what was found, where id and state do not tell; see [CodeNoCall]
	Figures  []Figure `json:"figures"`
	Evidence []string `json:"evidence"`      // lines of what went over the wire
	Fix      string   `json:"fix,omitempty"` // of everything that has not passed
	TookMS   int64    `json:"took_ms"`
}

// Certificate is what the trunk shows.
type Certificate struct {
	Subject  string    `json:"subject"`
	Names    []string  `json:"names"`
	Issuer   string    `json:"issuer"`
	NotAfter time.Time `json:"not_after"`
	SHA256   string    `json:"sha256"` // of the leaf, hex
}

// Report is one proof. Version is 1.
type Report struct {
	Version     int         `json:"version"`
	ID          string      `json:"id"`
	At          time.Time   `json:"at"` // when it began
	TookMS      int64       `json:"took_ms"`
	Provider    string      `json:"provider"` // as customers read it
	Node        string      `json:"node"`     // that made it
	Program     string      `json:"program"`  // and what it ran
	Trunk       string      `json:"trunk"`    // FQDN
	Port        int         `json:"port"`     // of its signalling
	Certificate Certificate `json:"certificate"`
	Result      Result      `json:"result"`
	Checks      []Check     `json:"checks"`
}

// Version of the report's form.
const Version = 1

// Count is how many checks have a state.
func (r Report) Count(s State) (n int) {
	for _, c := range r.Checks {
		if c.State == s {
			n++
		}
	}
	return n
}

// Conclude puts the checks that were made into the order of the catalogue, with what it
// says of them. One that was not made is there and was not shown; without is why.
func (r *Report) Conclude(made []Check, without string) {
	r.Version, r.Checks = Version, make([]Check, 0, len(catalogue))
	for _, entry := range catalogue {
		c := Check{ID: entry.ID, State: NotShown, Found: without, Code: CodeNotMade}
		if i := slices.IndexFunc(made, func(m Check) bool { return m.ID == entry.ID }); i >= 0 {
			c = made[i]
		}
		c.Way, c.Title, c.Need = entry.Way, entry.Title, entry.Need
		if c.Figures == nil {
			c.Figures = []Figure{}
		}
		if c.Evidence == nil {
			c.Evidence = []string{}
		}
		switch {
		case c.State == Passed:
			c.Fix = ""
		case c.Fix == "":
			c.Fix = entry.Fix
		}
		r.Checks = append(r.Checks, c)
	}
	switch {
	case r.Count(Failed) > 0:
		r.Result = SomeFailed
	case r.Count(NotShown) > 0:
		r.Result = PartPassed
	default:
		r.Result = AllPassed
	}
}
