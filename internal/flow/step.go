package flow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"tandem/internal/call"
	"tandem/internal/tenant"
)

// State is where a flow stands in one call. It is part of the call's snapshot.
type State struct {
	Step    string    `json:"step,omitempty"`
	Begun   bool      `json:"begun,omitempty"` // what the step does was asked for
	Op      string    `json:"op,omitempty"`    // the operation that plays or listens
	Cancel  string    `json:"cancel,omitempty"`
	Stage   stage     `json:"stage,omitempty"`  // a voicemail
	Saying  bool      `json:"saying,omitempty"` // a handover: Op is an announcement, not music
	Mute    bool      `json:"mute,omitempty"`   // a handover: the music could not be played
	Tries   int       `json:"tries,omitempty"`  // an ask: how often it was asked again; a handover: vain cancellations
	Due     time.Time `json:"due,omitzero"`     // when Op should be over; later its end was not told
	Next    time.Time `json:"next,omitzero"`    // a handover: of the next announcement; a virtual agent: when it was long enough
	Wish    string    `json:"wish,omitempty"`   // the stream whose bot said whom the next handover is to bring
	Ops     int       `json:"ops,omitempty"`    // operations so far, for their names
	Entered int       `json:"entered,omitempty"`
}

// run is one look of a flow at its call.
type run struct {
	d        Document
	s        State
	c        call.Call
	at       time.Time
	commands []call.Event
}

// Step says what a flow wants of its call now, and where it stands then. Commands
// change the call; Step is to be asked again until it wants nothing, because it sees
// what it wanted in the snapshot only ([Advance] does).
func Step(d Document, s State, c call.Call, at time.Time) (State, []call.Event) {
	r := run{d: d, s: s, c: c, at: at}
	if !c.Treatable() {
		if d.early(c) {
			r.before()
		}
		return r.s, r.commands
	}
	if s.Step == "" {
		r.enter(d.start())
		return r.s, r.commands
	}
	switch b, known := d.block(s.Step); {
	case r.overdue():
	case !known, s.Entered > MaxEntered:
		r.want(call.HangUpAsked{Flow: true, Cause: "the flow does not end"})
	case b.Say != nil:
		r.say(*b.Say)
	case b.Ask != nil:
		r.ask(*b.Ask)
	case b.Hours != nil:
		r.hours(*b.Hours)
	case b.HandOver != nil:
		r.handOver(*b.HandOver)
	case b.VirtualAgent != nil:
		r.virtualAgent(*b.VirtualAgent)
	case b.Voicemail != nil:
		r.voicemail(*b.Voicemail)
	case b.Transfer != nil:
		r.transfer(*b.Transfer)
	case b.Redirect != nil: // somebody else took the call first
		r.enter(b.Redirect.Failed)
	default:
		r.hangUp(b.HangUp)
	}
	return r.s, r.commands
}

func (d Document) start() string {
	if len(d.Steps) == 0 {
		return "none" // no such step: it is ended
	}
	return d.Steps[0].Name
}

// wake is when the flow wants to look although nothing happened; zero: not at all.
func (s State) wake(at time.Time) (next time.Time) {
	for _, t := range []time.Time{s.Next, s.Due} {
		if t.After(at) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	return next
}

func (r *run) want(e call.Event) { r.commands = append(r.commands, e) }

func (r *run) enter(step string) {
	r.s = State{Step: step, Ops: r.s.Ops, Entered: r.s.Entered + 1, Wish: r.s.Wish}
}

// operate begins an operation towards the customer.
func (r *run) operate(o call.Operation) string {
	r.s.Ops++
	id := fmt.Sprintf("flow-%d", r.s.Ops)
	r.want(call.OperateAsked{ID: id, Operation: o})
	if o.Kind != call.CancelMedia {
		r.s.Due = time.Time{}
		if d := r.d.takes(o); d > 0 {
			r.s.Due = r.at.Add(d)
		}
	}
	return id
}

// overdue cancels what should have ended long ago: its end was not told, and the
// customer waits. The call then finds that it is over (call.CancelWithin).
func (r *run) overdue() bool {
	if r.s.Due.IsZero() || r.at.Before(r.s.Due) {
		return false
	}
	r.s.Due = time.Time{}
	switch o, over := r.operation(r.s.Op); {
	case over:
	case o.State == call.OperationRunning:
		r.operate(call.Operation{Kind: call.CancelMedia})
		return true
	default: // it is not known to have begun
		r.s.Due = r.at.Add(call.CancelWithin)
		return true
	}
	return false
}

func (r *run) play(sounds []call.Source, loop bool) {
	r.s.Op = r.operate(call.Operation{Kind: call.Play, Target: call.Customer, Sources: sounds, Loop: loop})
	r.s.Begun, r.s.Cancel, r.s.Tries = true, "", 0
}

// operation finds one by its name. What the call refused is not there, and over.
func (r *run) operation(id string) (o call.OperationRecord, over bool) {
	i := slices.IndexFunc(r.c.Operations, func(o call.OperationRecord) bool { return o.ID == id })
	if i < 0 {
		return call.OperationRecord{State: call.OperationFailed}, true
	}
	return r.c.Operations[i], r.c.Operations[i].Over()
}

func (r *run) say(b Say) {
	if !r.s.Begun {
		r.play(sources(b.Sounds), false)
		return
	}
	if _, over := r.operation(r.s.Op); over {
		r.enter(b.Next)
	}
}

func (r *run) hangUp(b *HangUp) {
	if b != nil && len(b.Sounds) > 0 {
		if !r.s.Begun {
			r.play(sources(b.Sounds), false)
			return
		}
		if _, over := r.operation(r.s.Op); !over {
			return
		}
	}
	r.want(call.HangUpAsked{Flow: true})
}

func (r *run) ask(b Ask) {
	if !r.s.Begun {
		r.listen(b, nil)
		return
	}
	o, over := r.operation(r.s.Op)
	if !over {
		return
	}
	choice, understood := b.choose(o.Recognized)
	switch heard := o.State == call.OperationDone; {
	case heard && understood:
		r.enter(choice.Next)
	case !heard && o.Outcome.Class != call.ClassNoInput && o.Outcome.Class != call.ClassNotUnderstood:
		r.enter(b.NoInput) // it could not be asked: asking again would not help
	case r.s.Tries < b.Retries:
		r.s.Tries++
		r.listen(b, b.Sorry)
	case !heard && o.Outcome.Class == call.ClassNoInput:
		r.enter(b.NoInput)
	default:
		r.enter(b.NotUnderstood)
	}
}

func (r *run) listen(b Ask, sorry []Sound) {
	r.s.Op, r.s.Begun = r.operate(b.question(sorry)), true
}

// maxVain is how often the end of the music is asked for in vain.
const maxVain = 3

// handOver looks for a person, with music and announcements in turn, since one of
// them at a time can be played to the customer.
func (r *run) handOver(b HandOver) {
	h := r.c.Handover
	if !r.s.Begun {
		r.s.Begun = true
		r.want(r.wished(b.asked(r.c)))
		return
	}
	o, over := r.operation(r.s.Op)
	over = over || r.s.Op == ""
	lost, due := !h.Open(), r.due(b.Announce)
	switch {
	case !over && (lost || due && !r.s.Saying):
		if r.hush(o) {
			break
		}
		if lost { // what is played in the next step will not be heard either
			r.enter(b.next(h))
		}
	case !over:
	case lost:
		r.enter(b.next(h))
	case due:
		r.play(b.Announce.said(h), false)
		r.s.Saying, r.s.Next = true, r.at.Add(b.Announce.every())
	case r.s.Op != "" && !r.s.Saying && r.s.Cancel == "": // the music ended by itself
		r.s.Mute, r.s.Op = true, ""
	case len(b.Music) > 0 && !r.s.Mute && r.c.Choosing == "": // perhaps nobody is to be waited for
		r.play(sources(b.Music), true)
		r.s.Saying = false
	}
}

// due reports whether there is something to announce now.
func (r *run) due(a *Announce) bool {
	if a == nil || r.c.Handover.State != call.HandoverWaiting || r.at.Before(r.s.Next) {
		return false
	}
	if len(a.said(r.c.Handover)) == 0 {
		r.s.Next = r.at.Add(a.every())
		return false
	}
	return true
}

func (a Announce) every() time.Duration { return time.Duration(max(a.EveryS, 1)) * time.Second }

// hush ends what plays, so that something else can be heard; false if that was
// asked for in vain too often.
func (r *run) hush(o call.OperationRecord) bool {
	if o.State != call.OperationRunning { // a cancellation could overtake it
		return true
	}
	cancel, over := r.operation(r.s.Cancel)
	switch {
	case r.s.Cancel != "" && !over:
	case r.s.Cancel != "" && cancel.State == call.OperationDone: // its end is on its way, or found missing by the call
	case r.s.Tries >= maxVain:
		return false
	default:
		r.s.Tries++
		r.s.Cancel = r.operate(call.Operation{Kind: call.CancelMedia})
	}
	return true
}

// asked is the handover as the call takes it: whom a step does not name, the number
// does.
func (b HandOver) asked(c call.Call) call.HandoverAsked {
	e := call.HandoverAsked{
		Queue: tenant.QueueID(b.Queue), RingTimeout: time.Duration(b.RingS) * time.Second, DisplayName: b.DisplayName,
		MaxWait: time.Duration(b.MaxWaitS) * time.Second,
	}
	for _, a := range b.Agents {
		e.Agents = append(e.Agents, tenant.AgentID(a))
	}
	if len(e.Agents) == 0 && e.Queue == "" {
		e.Agents = c.Plan.Agents
	}
	return e
}

// next is where a handover leads that brought nobody.
func (b HandOver) next(h call.Handover) string {
	switch {
	case h.Loss == call.LossNoAnswer:
		return b.NoAnswer
	case h.Loss == call.LossTimeout && b.Timeout != "":
		return b.Timeout
	case h.Loss == call.LossClosed && b.Closed != "":
		return b.Closed
	}
	return b.Nobody
}

// maxAdvance bounds one advance; a document that was validated never gets there,
// because a step that only looks at the clock is not on a circle of such.
const maxAdvance = 4 * MaxSteps

// Advance has the flow of a call do what it can do at a moment: the call afterwards,
// the commands in their order, which are events of the call like those that came from
// outside, and the actions that they cause.
func Advance(d Document, c call.Call, at time.Time) (after call.Call, commands []call.Event, actions []call.Action) {
	s, known := decode(c.Flow.State)
	if !known || !c.Treatable() && !d.early(c) {
		return c, nil, nil
	}
	apply := func(e call.Event) {
		var asked []call.Action
		c, asked = call.Next(c, at, e)
		commands, actions = append(commands, e), append(actions, asked...)
	}
	kept := encode(s)
	for range maxAdvance {
		next, wanted := Step(d, s, c, at)
		for _, e := range wanted {
			if c.Permit(e) == nil {
				apply(e)
			}
		}
		entered := next.Entered != s.Entered
		idle := len(wanted) == 0 && next == s
		s = next
		if idle && !c.Treatable() { // it ended the call
			break
		}
		wake := s.wake(at)
		if now := encode(s); entered || idle && (!bytes.Equal(now, kept) || !wake.Equal(c.Deadlines[call.AwaitFlow])) {
			moved := call.FlowMoved{Step: s.Step, State: now, Wake: wake}
			if entered {
				moved.Number = s.Entered
			}
			apply(moved)
			kept = now
		}
		if idle {
			break
		}
	}
	return c, commands, actions
}

func encode(s State) []byte {
	raw, _ := json.Marshal(s) // nothing in it can fail
	return raw
}

// decode reads the state from a snapshot; a flow whose state cannot be read stands
// still, and the customer's hanging up ends the call.
func decode(raw []byte) (s State, known bool) {
	if len(raw) == 0 {
		return s, true
	}
	return s, json.Unmarshal(raw, &s) == nil
}
