package check

import (
	"time"

	"tandem/internal/call"
)

// Attempt is one test call and what it says.
type Attempt struct {
	At      time.Time // when it was asked for
	Call    call.ID
	Code    int // of Microsoft, with SubCode; 0/0 if it gave none
	SubCode int
	Verdict Verdict
	Cure    Cure
	Message string // for people
}

// Patience is how long what is not allowed yet is tried again, from the first
// attempt on.
const Patience = 24 * time.Hour

// waits are those after the first attempt, the second and so on; the last one
// repeats. Short at first, because somebody may be watching.
var waits = []time.Duration{
	15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute,
}

// Next says when to try again after so many attempts, of which the first was at
// first; false: no more.
func Next(attempts int, first, now time.Time) (at time.Time, ok bool) {
	if attempts <= 0 {
		return now, true
	}
	at = now.Add(waits[min(attempts, len(waits))-1])
	if at.Sub(first) > Patience {
		return time.Time{}, false
	}
	return at, true
}
