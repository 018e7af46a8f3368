package call

import (
	"fmt"
	"time"

	"tandem/internal/tenant"
)

// Month is a calendar month in UTC. A call counts in the month of its start,
// which is part of its id.
type Month struct {
	Year  int
	Month time.Month
}

// MonthOf is the month that a moment is in.
func MonthOf(t time.Time) Month {
	t = t.UTC()
	return Month{t.Year(), t.Month()}
}

// ParseMonth reads a month as [Month.String] writes it.
func ParseMonth(s string) (Month, error) {
	t, err := time.Parse("2006-01", s)
	if err != nil {
		return Month{}, fmt.Errorf("%q is not a month (such as 2026-11)", s)
	}
	return MonthOf(t), nil
}

// String is the month as in ISO 8601: 2026-11.
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", m.Year, m.Month) }

// First is the month's first moment.
func (m Month) First() time.Time { return time.Date(m.Year, m.Month, 1, 0, 0, 0, 0, time.UTC) }

// Usage is what a tenant's calls of one month come to: the sum of their records.
type Usage struct {
	Tenant   tenant.ID
	Month    Month
	Inbound  Traffic
	Outbound Traffic
	Guest    Traffic
	Agents   int64 // different agents who talked
}

// Traffic is what calls of one direction come to.
type Traffic struct {
	Calls     int64         // that were begun, whatever became of them
	Connected int64         // in which somebody talked
	Talk      time.Duration // from connected to ending, as the records have it
	Minutes   int64         // of Talk, each call's rounded up, as telephony is charged
	People    time.Duration // each person's own time in the calls, but the caller's: two at once count twice
}

// Traffic is what one call adds.
func (r CDR) Traffic() Traffic {
	t := Traffic{Calls: 1, Talk: r.Talk, Minutes: int64((r.Talk + time.Minute - 1) / time.Minute)}
	if !r.Marks.Connected.IsZero() {
		t.Connected = 1
	}
	for _, a := range r.Attempts {
		t.People += r.stayed(a)
	}
	return t
}

// Talked lists the agents who were in the call, each once.
func (r CDR) Talked() []tenant.AgentID {
	var all []tenant.AgentID
	seen := map[tenant.AgentID]bool{}
	for _, a := range r.Attempts {
		if a.Agent != "" && r.stayed(a) > 0 && !seen[a.Agent] {
			seen[a.Agent] = true
			all = append(all, a.Agent)
		}
	}
	return all
}

// stayed is how long somebody was in the call; 0 if he never came.
func (r CDR) stayed(a Attempt) time.Duration {
	if a.Joined.IsZero() {
		return 0
	}
	left := a.Left
	if left.IsZero() { // nobody said so: then the call's end did it
		left = r.Marks.Ended
	}
	return max(0, left.Sub(a.Joined))
}

// Months is a span of months, both ends included; a zero end is open.
type Months struct{ From, To Month }

// UsageKey names one row of usage.
type UsageKey struct {
	Month  Month
	Tenant tenant.ID
}
