package tenant

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tandem/internal/fault"
)

// QueueID names a queue of a tenant: a UUID in lower case.
type QueueID string

// ReservationID names the hold that the provider's own router has on an agent: a
// UUID in lower case.
type ReservationID string

// MaxReservation is how long such a hold lasts at most: the time to decide and to
// ask for a call.
const MaxReservation = 30 * time.Second

// ParseReservationID reads the id of a reservation that came from outside.
func ParseReservationID(s string) (ReservationID, error) {
	u, ok := parseUUID(s)
	if !ok {
		return "", fault.Invalid("reservation_id_invalid", "a reservation's id is a UUID")
	}
	return ReservationID(u), nil
}

// Strategy says which of several free agents is rung first.
type Strategy string

const (
	InOrder     Strategy = "in_order"     // as they are listed
	LongestIdle Strategy = "longest_idle" // whose last call ended first
	RoundRobin  Strategy = "round_robin"  // who was rung longest ago
	LeastBusy   Strategy = "least_busy"   // who answered the fewest calls today
)

// Strategies lists all, the usual one first.
func Strategies() []Strategy { return []Strategy{LongestIdle, InOrder, RoundRobin, LeastBusy} }

// Limits of queues.
const (
	MaxQueues         = 500 // of one tenant
	MaxQueueAgents    = 650 // as many as one look at presence can be about (facts/entra-graph-teams.md §2.2)
	MaxWrapUp         = 10 * time.Minute
	MaxQueueWait      = 2 * time.Hour
	MaxQueueLength    = 1000 // calls
	MaxOpenings       = 28
	DefaultQueueWait  = 10 * time.Minute
	DefaultQueueCalls = 100
)

// Queue is agents plus how the next one is chosen, and how long callers wait.
type Queue struct {
	ID       QueueID
	Tenant   ID
	Name     string // unique in the tenant
	Agents   []AgentID
	Group    string // object id of an Entra group whose members are agents; they come behind those named
	Strategy Strategy

	RingTimeout time.Duration // how long one person's Teams rings
	WrapUp      time.Duration // after a call of the queue nobody rings the agent for so long
	MaxWait     time.Duration
	MaxLength   int   // calls that wait at once; more are turned away
	Hours       Hours // when it is open

	CreatedAt time.Time
	ChangedAt time.Time
}

// Hours say when something is open. The zero value is always open.
type Hours struct {
	Zone string    `json:"zone,omitempty"` // a name of the IANA time zone database
	Open []Opening `json:"open,omitempty"`
}

// Opening is a part of some days of the week.
type Opening struct {
	Days  []time.Weekday `json:"days"`
	From  Minute         `json:"from"`
	Until Minute         `json:"until"` // the first one that is too late
}

// OpenAt reports whether it is open at a moment.
func (h Hours) OpenAt(at time.Time) bool {
	if len(h.Open) == 0 {
		return true
	}
	zone, err := time.LoadLocation(h.Zone)
	if err != nil { // it was there when the hours were checked: rather ring than turn away
		return true
	}
	local := at.In(zone)
	now := Minute(local.Hour()*60 + local.Minute())
	return slices.ContainsFunc(h.Open, func(o Opening) bool {
		return slices.Contains(o.Days, local.Weekday()) && o.From <= now && now < o.Until
	})
}

// Check notes what is wrong with hours.
func (h Hours) Check(p *fault.Problems, path string) {
	if len(h.Open) == 0 {
		if h.Zone != "" {
			p.Add(path+".open", "must say when it is open; without hours, leave them out as a whole")
		}
		return
	}
	if _, err := time.LoadLocation(h.Zone); err != nil || h.Zone == "" || strings.EqualFold(h.Zone, "local") {
		p.Add(path+".zone", "must be a name of the IANA time zone database, as Europe/Madrid")
	}
	if len(h.Open) > MaxOpenings {
		p.Add(path+".open", "at most %d", MaxOpenings)
		return
	}
	for i, o := range h.Open {
		at := fmt.Sprintf("%s.open[%d]", path, i)
		if len(o.Days) == 0 || slices.Min(o.Days) < time.Sunday || slices.Max(o.Days) > time.Saturday {
			p.Add(at+".days", "must name a day of the week at least")
		}
		if o.From < 0 || o.Until > 24*60 || o.From >= o.Until {
			p.Add(at+".until", "must be later than from, on the same day")
		}
	}
}

// ParseQueueID reads a queue's id that came from outside.
func ParseQueueID(s string) (QueueID, error) {
	u, ok := parseUUID(s)
	if !ok {
		return "", fault.Invalid("queue_id_invalid", "a queue id is a UUID")
	}
	return QueueID(u), nil
}

// Normalize fills the defaults.
func (q Queue) Normalize() Queue {
	q.Name = strings.TrimSpace(q.Name)
	q.Group = strings.ToLower(strings.TrimSpace(q.Group))
	if q.Strategy == "" {
		q.Strategy = LongestIdle
	}
	if q.RingTimeout == 0 {
		q.RingTimeout = DefaultRingTimeout
	}
	if q.MaxWait == 0 {
		q.MaxWait = DefaultQueueWait
	}
	if q.MaxLength == 0 {
		q.MaxLength = DefaultQueueCalls
	}
	return q
}

// Validate reports everything wrong with a queue. Whether its agents and its
// group are the tenant's is known to the store.
func (q Queue) Validate() error {
	var p fault.Problems
	checkName(&p, "name", q.Name)
	if len(q.Agents) == 0 && q.Group == "" {
		p.Add("agents", "name agents, or a group whose members are agents")
	}
	checkAgents(&p, "agents", q.Agents, MaxQueueAgents, "name a group instead")
	if q.Group != "" {
		if u, ok := parseUUID(q.Group); !ok || u != q.Group {
			p.Add("group", "must be the object id of a group in Entra, a UUID")
		}
	}
	if !slices.Contains(Strategies(), q.Strategy) {
		p.Add("strategy", "must be one of %s", listed(Strategies()))
	}
	CheckRingTimeout(&p, "ring_timeout", q.RingTimeout)
	checkSpan(&p, "wrap_up", q.WrapUp, 0, MaxWrapUp)
	checkSpan(&p, "max_wait", q.MaxWait, 10*time.Second, MaxQueueWait)
	if q.MaxLength < 1 || q.MaxLength > MaxQueueLength {
		p.Add("max_length", "must be from 1 to %d calls", MaxQueueLength)
	}
	q.Hours.Check(&p, "hours")
	return p.Err("queue_invalid", "the queue is not valid")
}

func checkSpan(p *fault.Problems, path string, d, low, high time.Duration) {
	if d < low || d > high || d%time.Second != 0 {
		p.Add(path, "must be whole seconds from %d to %d", low/time.Second, high/time.Second)
	}
}
