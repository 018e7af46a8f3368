package explain

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"tandem/internal/call"
	"tandem/internal/provider"
)

// Source is where a line of the timeline comes from.
type Source string

// The sources.
const (
	SIP            Source = "sip"             // what our edge told of a dialog
	CallAutomation Source = "call_automation" // requests to Microsoft, and its callbacks
	Roster         Source = "roster"          // who could take the call, and by what presence
	API            Source = "api"             // what the provider's application asked for
	Webhook        Source = "webhook"         // what the provider was told
	Trail          Source = "trail"           // the audit trail
	Engine         Source = "engine"          // the rest: deadlines, media, other processes
)

// Sources lists them all.
func Sources() []Source {
	return []Source{SIP, CallAutomation, Roster, API, Webhook, Trail, Engine}
}

// Lane is a column of the ladder.
type Lane string

// The lanes, from left to right.
const (
	LaneProvider  Lane = "provider"
	LanePeer      Lane = "peer"
	LaneTandem    Lane = "tandem"
	LaneMicrosoft Lane = "microsoft_sip"
	LaneCalls     Lane = "call_automation"
)

// Lanes lists them, from left to right.
func Lanes() []Lane {
	return []Lane{LaneProvider, LanePeer, LaneTandem, LaneMicrosoft, LaneCalls}
}

// Line is one thing that happened.
type Line struct {
	At     time.Time
	Source Source
	From   Lane
	To     Lane   // the same as From: nothing went anywhere
	Leg    string // near, far or that of an outleg; "" if it is about none
	Kind   string // as the journal or the webhook names it, for texts in other languages
	What   string // short: "INVITE", "180 Ringing", "AddParticipantSucceeded"
	Detail []string
	Failed bool
	Raw    json.RawMessage // all that is kept of it, without secrets; nil if there is nothing

	Message *Message // of SIP, as it was on the wire; nil: the line is of something else
}

// Event is one of the journal.
type Event struct {
	Seq     int
	At      time.Time
	Kind    string
	Payload json.RawMessage
	// Callback is Microsoft's name for the delivery that brought it; "" if none did.
	Callback string
}

// Action is something the call asked for.
type Action struct {
	ID       string
	Seq      int // of the event that asked for it
	At       time.Time
	Kind     string
	Payload  json.RawMessage
	State    string // pending, done, failed or dropped
	Attempts int
	Error    string
}

// Told is an event of the provider's webhooks.
type Told struct {
	Event      provider.Event
	Deliveries []provider.Delivery
}

// Material is what is kept of a call.
type Material struct {
	Events  []Event  // by their number
	Actions []Action // in the order asked for
	Told    []Told
	Trail   []provider.Entry
	Traces  []call.Trace // of the edges, each of one dialog
}

// Gap says that a source has nothing, or not all.
type Gap struct {
	Code string // sip_messages, sip_messages_left_out, media_over_time, journal, webhooks
	Why  string
}

// Explanation is one call explained.
type Explanation struct {
	Call    call.Call
	Verdict *Verdict     // nil as long as the call does not end
	Lines   []Line       // by their time
	Traces  []call.Trace // what the sound was like over time; their messages are in the lines
	Missing []Gap
}

// eventsKept is how long webhooks' events are kept; beyond it their absence says nothing.
const eventsKept = provider.EventsKept

// Explain joins what is kept of a call.
func Explain(c call.Call, m Material, now time.Time) Explanation {
	x := Explanation{Call: c, Traces: m.Traces}
	if c.Ending != nil {
		v := Judge(*c.Ending)
		x.Verdict = &v
	}
	s := scribe{recorded: recorded(m.Traces)}
	for _, t := range m.Traces {
		s.trace(t)
	}
	for _, e := range m.Events {
		s.event(e)
	}
	for _, a := range m.Actions {
		s.action(a)
	}
	for _, t := range m.Told {
		s.told(t)
	}
	for _, e := range m.Trail {
		s.trail(e)
	}
	slices.SortStableFunc(s.lines, func(a, b placed) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.seq, b.seq), cmp.Compare(a.rank, b.rank))
	})
	for _, l := range s.lines {
		x.Lines = append(x.Lines, l.Line)
	}
	x.Missing = gaps(c, m, now)
	return x
}

func gaps(c call.Call, m Material, now time.Time) []Gap {
	var all []Gap
	if len(m.Events) == 0 && c.Seq > 0 {
		all = append(all, Gap{"journal", "The journal of this call is not kept any more: only its record is."})
	}
	if len(m.Told) == 0 && now.Sub(c.ID.StartedAt()) > eventsKept {
		all = append(all, Gap{"webhooks", "What was told by webhook is kept for 30 days."})
	}
	return append(all, traceGaps(c, m.Traces)...)
}

// Figures are what was counted of the sound of one leg.
type Figures struct {
	Leg   string
	Media call.MediaStats
}

// Figures of each leg of the call, as they were at its end.
func (x Explanation) Figures() []Figures { return legs(x.Call) }

func legs(c call.Call) (all []Figures) {
	for _, l := range []struct {
		name string
		leg  call.Leg
	}{{"near", c.Near}, {"far", c.Far}} {
		if l.leg.State != call.LegNone {
			all = append(all, Figures{l.name, l.leg.Media})
		}
	}
	for _, o := range c.Outlegs {
		all = append(all, Figures{string(call.OutSide(o.ID)), o.Media})
	}
	return all
}

// placed is a line with its place among those of one moment: first by the event that it is
// or follows from, then what caused before what was caused.
type placed struct {
	Line
	seq, rank int
}

type scribe struct {
	lines    []placed
	recorded map[string]bool // legs whose messages have lines of their own
}

func (s *scribe) add(seq, rank int, l Line) {
	l.At = l.At.UTC()
	if l.To == "" {
		l.To = l.From
	}
	s.lines = append(s.lines, placed{l, seq, rank})
}
