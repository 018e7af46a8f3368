package bridge

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/flow"
	"tandem/internal/tenant"
)

// mail is one thing for a runner to take up.
type mail struct {
	event    call.Event
	closes   string        // the action whose result this is
	seen     *Seen         // the delivery that brought it
	inbox    int64         // the inbox row that brought it
	foreseen *Foreseen     // of the agent whom the event asks for
	command  bool          // refused with an error if the call does not permit it
	forget   bool          // the sender hears of a failure to write; do not keep it
	bind     func(call.ID) // told when the step is durable, before anything is asked of the leg
	done     func(error)   // told once, when the step is durable or will not be; may be nil
}

func (m mail) tell(err error) {
	if m.done != nil {
		m.done(err)
	}
}

// boxSize bounds the mail of one call. ParticipantsUpdated comes in storms of
// ten a second (facts/observed-events.md §5); beyond this the call is ended.
const boxSize = 256

// Journal retries while Postgres is away.
const (
	retryFirst = 200 * time.Millisecond
	retryMost  = 5 * time.Second
)

// runner owns one call.
type runner struct {
	b     *Bridge
	lease Lease
	log   *slog.Logger

	mu   sync.Mutex
	box  []mail
	busy bool // somebody empties the box
	full bool // overload was reported
	gone bool // over, or lost to another owner

	latest atomic.Pointer[call.Call] // for those who only look

	// Owned by whoever empties the box.
	c       call.Call
	flow    *flow.Document // treats the call; nil if there is none, or its owner was lost, with whom its legs are
	stop    func()         // of the deadline timer
	retry   time.Duration
	told    func(call.Call) // of each step, if set: whoever asked for the call waits
	doubted bool            // a callback was refused: look at Microsoft when the journal is back
}

// post leaves mail. It never blocks.
func (r *runner) post(m mail) {
	r.mu.Lock()
	switch {
	case r.gone:
		r.mu.Unlock()
		m.tell(fault.NotFound("call_over", "the call is over"))
		return
	case len(r.box) >= boxSize:
		first := !r.full
		if first {
			r.full = true
			r.box = append(r.box, mail{event: call.Overloaded{}})
		}
		r.mu.Unlock()
		m.tell(fault.Unavailable("overload", "too many events wait for this call"))
		return
	}
	r.box = append(r.box, m)
	start := !r.busy
	r.busy = true
	r.mu.Unlock()
	if start {
		r.b.world.Go(r.empty)
	}
}

// empty takes up the mail until there is none.
func (r *runner) empty() {
	for {
		r.mu.Lock()
		if len(r.box) == 0 || r.gone {
			left := r.box
			r.box, r.busy = nil, false
			r.mu.Unlock()
			for _, m := range left {
				m.tell(fault.NotFound("call_over", "the call is over"))
			}
			return
		}
		m := r.box[0]
		r.box = r.box[1:]
		r.mu.Unlock()
		if !r.take(m) {
			return // comes back when the journal may be there again
		}
	}
}

// take does one step; false if it has to wait for the journal.
func (r *runner) take(m mail) bool {
	if m.command {
		if err := r.c.Permit(m.event); err != nil {
			m.tell(fault.Conflict("not_permitted", err.Error()).Because(err))
			return true
		}
	}
	if err := r.readFlow(m.event); err != nil {
		if fault.KindOf(err) == fault.KindUnavailable {
			return r.wait(m, err)
		}
		m.tell(err)
		return true
	}
	s, before := r.step(m), r.c
	if s.Closes == "" && s.Inbox == 0 && (s.After.Ignored > before.Ignored || nothingNew(before, s)) {
		r.now(s.After) // not worth a transaction; the next step carries the count
		r.b.observe(Observation{Call: r.c, Event: m.event, Ignored: true})
		m.tell(nil)
		return true
	}
	switch err := r.b.journal.Commit(r.b.ctx, r.lease, s); {
	case err == nil:
	case errors.Is(err, ErrSeen):
		m.tell(nil)
		return true
	case errors.Is(err, ErrStale):
		r.log.Warn("another process owns the call now; letting go")
		m.tell(fault.Unavailable("not_owner", "the call moved to another process"))
		r.abandon()
		return true
	case errors.Is(err, ErrTaken): // since he was looked at: the choice itself tells it
		m.foreseen = nil
		return r.take(m)
	case fault.KindOf(err) == fault.KindUnavailable:
		return r.wait(m, err)
	case fault.KindOf(err) == fault.KindExhausted: // a limit that only the step itself can keep
		m.tell(err)
		return true
	default: // a defect of ours: the event is lost, the deadlines still hold
		r.log.Error("step not written", "event", m.event.Kind(), "error", err)
		m.tell(err)
		return true
	}
	r.retry = 0
	r.committed(m, s)
	return true
}

// readFlow has the flow at hand that treats a requested call, when its INVITE is there.
// Of one that was deleted meanwhile nothing is left to be done: the call ends.
func (r *runner) readFlow(e call.Event) error {
	if _, offered := e.(call.Offered); !offered || r.c.Plan.Flow == nil || r.flow != nil {
		return nil
	}
	d, err := r.b.registry.FlowVersion(r.b.ctx, r.c.Tenant, *r.c.Plan.Flow)
	if err != nil && fault.KindOf(err) != fault.KindNotFound {
		return err
	}
	r.flow = &d
	return nil
}

// step computes what the mail does to the call.
func (r *runner) step(m mail) Step {
	now := r.b.world.Now()
	after, actions := call.Next(r.c, now, m.event)
	s := Step{At: now, Event: m.event, Before: &r.c, After: after, Actions: actions, Closes: m.closes, Seen: m.seen, Inbox: m.inbox}
	if m.foreseen != nil && after.Ignored == r.c.Ignored {
		m.foreseen.choose(&s, now)
	}
	if r.flow != nil && after.Ignored == r.c.Ignored {
		after, commands, more := flow.Advance(*r.flow, s.After, now)
		s.After, s.Commands, s.Actions = after, append(s.Commands, commands...), append(s.Actions, more...)
	}
	s.Attempts = r.b.dress(s.Actions)
	s.Release = released(r.c, m.event, s.After)
	s.Leaves = s.After.Phase == call.Connected && r.c.Queued() != "" && s.After.Queued() == ""
	return s
}

// nothingNew reports whether a step is a list of participants that says what is known:
// only its number is higher. Lists come in storms (see boxSize), and each change brings
// several.
func nothingNew(before call.Call, s Step) bool {
	if _, list := s.Event.(call.ParticipantsChanged); !list || len(s.Actions) > 0 || len(s.Commands) > 0 {
		return false
	}
	before.Seq, before.Connection.Sequence = s.After.Seq, s.After.Connection.Sequence
	return reflect.DeepEqual(before, s.After)
}

// released lists the agents whom the step lets go, and whom it does not take
// although he was reserved for it: the call wants nobody any more.
func released(before call.Call, e call.Event, after call.Call) []tenant.AgentID {
	held := after.Inside()
	kept := append(before.Held(), before.Passing(call.Departing)...) // if the other call took over, there is nothing to let go
	if chosen, ok := e.(call.AgentChosen); ok && chosen.Agent != "" && !slices.Contains(kept, chosen.Agent) {
		kept = append(kept, chosen.Agent)
	}
	return slices.DeleteFunc(kept, func(a tenant.AgentID) bool { return slices.Contains(held, a) })
}

// now is where the call stands from here on.
func (r *runner) now(c call.Call) {
	r.c = c
	r.latest.Store(&c)
}

// committed makes the step count: the call moves on and its actions are performed.
func (r *runner) committed(m mail, s Step) {
	r.now(s.After)
	if m.bind != nil {
		m.bind(r.c.ID)
	}
	m.tell(nil)
	r.b.observe(Observation{Call: r.c, Event: m.event, Actions: s.Actions})
	for _, a := range s.Actions {
		r.perform(a, s.At)
	}
	if r.told != nil {
		r.told(r.c)
	}
	if r.c.Over() {
		r.retire()
		return
	}
	r.arm()
	if r.doubted {
		r.doubted = false
		r.post(mail{event: call.Doubted{}})
	}
}

// wait handles a journal that is away: what somebody will send again is handed
// back, the rest waits at the head of the box.
func (r *runner) wait(m mail, err error) bool {
	if m.forget {
		r.doubted = true
		m.tell(err)
		return true
	}
	m.foreseen = nil // it is old by then
	r.retry = min(max(2*r.retry, retryFirst), retryMost)
	r.log.Warn("the journal is away; the call waits", "event", m.event.Kind(), "again_in", r.retry, "error", err)
	r.mu.Lock()
	r.box = append([]mail{m}, r.box...)
	r.mu.Unlock()
	r.b.world.After(r.retry, r.empty)
	return false
}

// arm sets the timer to the next deadline.
func (r *runner) arm() {
	if r.stop != nil {
		r.stop()
		r.stop = nil
	}
	var next time.Time
	for _, due := range r.c.Deadlines {
		if next.IsZero() || due.Before(next) {
			next = due
		}
	}
	if next.IsZero() {
		return
	}
	due := dueBy(r.c, next)
	r.stop = r.b.world.After(max(0, next.Sub(r.b.world.Now())), func() {
		for _, name := range due {
			r.post(mail{event: call.DeadlinePassed{Name: name}})
		}
	})
}

// dueBy names the deadlines up to a moment, in a fixed order.
func dueBy(c call.Call, at time.Time) []string {
	var names []string
	for name, due := range c.Deadlines {
		if !due.After(at) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// retire forgets a call that is over.
func (r *runner) retire() {
	if r.stop != nil {
		r.stop()
	}
	r.mu.Lock()
	r.gone = true
	r.mu.Unlock()
	r.b.forget(r.c.ID)
}

// abandon drops a call that another process took: it ends the dialogs from the
// journal, so here only sockets are left to give back.
func (r *runner) abandon() {
	defer r.retire()
	sides := []call.Side{call.Near, call.Far}
	for _, o := range r.c.Outlegs {
		sides = append(sides, o.Side())
	}
	for _, side := range sides {
		_ = r.b.edge.HangUp(r.b.ctx, r.c.ID, call.HangUpLeg{Side: side, Status: 503, Q850: 41, Text: string(call.ReasonOwnerLost)})
	}
}

// ErrStale says that another process owns the call; ErrSeen that the event was
// taken before; ErrTaken that another call, or a reservation, has the agent.
var (
	ErrStale = errors.New("the lease of the call is no longer ours")
	ErrSeen  = errors.New("the event was taken before")
	ErrTaken = errors.New("somebody else has the agent")
)

// settle posts the result of an action.
func (r *runner) settle(a call.Action, e call.Event) { r.post(mail{event: e, closes: a.ID}) }

// await waits for a callback-style answer within a context.
func await(ctx context.Context, start func(done func(error))) error {
	answer := make(chan error, 1)
	start(func(err error) { answer <- err })
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return fault.Unavailable("timeout", "the call did not take the event in time").Because(ctx.Err())
	}
}
