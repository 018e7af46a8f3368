package call

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"tandem/internal/tenant"
)

// A call whose plan names a flow is treated before a person takes it: Microsoft's
// side is set up at once, without anybody to ring, the customer is answered when
// there is something to hear, and operations are permitted. It stays in routing
// until somebody of a handover joins, and it is for the flow to end it otherwise.
//
//	none ──asked──▶ seeking ──joined──▶ found
//	                 │  ▲
//	           nobody│  │AwaitQueue, QueueMoved       (as long as it may wait)
//	                 ▼  │
//	                waiting
//	seeking, waiting ──▶ lost (nobody, no answer, timeout, closed) or withdrawn
//
// A handover that is lost ends nothing: whoever treats the call sees it in the
// snapshot, and may ask for another.

// FlowRef names what treats a call: one version of a flow, which never changes.
type FlowRef struct {
	ID      tenant.FlowID `json:"id"`
	Version int           `json:"version"`
}

// FlowPosition is where the flow stands. State is the flow's own; this package
// only keeps it.
type FlowPosition struct {
	Step  string          `json:"step"`
	Since time.Time       `json:"since"`
	State json.RawMessage `json:"state,omitempty"`
}

// HandoverState is where the search for a person stands.
type HandoverState string

// The states.
const (
	HandoverNone      HandoverState = ""
	HandoverSeeking   HandoverState = "seeking" // somebody is looked for, or rung
	HandoverWaiting   HandoverState = "waiting" // nobody is free; asked for again
	HandoverFound     HandoverState = "found"   // somebody joined
	HandoverLost      HandoverState = "lost"
	HandoverTakenBack HandoverState = "withdrawn"
)

// Loss is why a handover brought nobody.
type Loss string

// The losses.
const (
	LossNobody   Loss = "nobody"    // there was nobody to ring
	LossNoAnswer Loss = "no_answer" // all who were rung did not take it
	LossTimeout  Loss = "timeout"   // waited long enough
	LossClosed   Loss = "closed"    // the queue is not open
)

// Handover brings a person into a treated call.
type Handover struct {
	State       HandoverState    `json:"state"`
	Agents      []tenant.AgentID `json:"agents,omitempty"` // tried in turn; neither agents nor queue: any agent of the tenant
	Queue       tenant.QueueID   `json:"queue,omitempty"`
	RingTimeout time.Duration    `json:"ring_timeout,omitempty"` // 0: the plan's
	DisplayName string           `json:"display_name,omitempty"` // "": the plan's
	MaxWait     time.Duration    `json:"max_wait,omitempty"`     // 0: one round, and no waiting
	Since       time.Time        `json:"since"`
	First       int              `json:"first"` // of the participants, the first who was chosen for it
	Loss        Loss             `json:"loss,omitempty"`
	// What the newest choice found, while nobody was free.
	Why      []string      `json:"why,omitempty"`
	Position int           `json:"position,omitempty"` // 1: the next one
	Estimate time.Duration `json:"estimate,omitempty"` // until somebody is free; 0: not known
	MovedAt  time.Time     `json:"moved_at,omitzero"`  // when its place was news last
}

// Open reports whether somebody may still come of it.
func (h Handover) Open() bool { return h.State == HandoverSeeking || h.State == HandoverWaiting }

// How a handover waits.
const (
	// QueueEvery is between two choices when nobody says that something changed.
	QueueEvery = 5 * time.Second
	// RestFor is how long who did not take a waiting call is not rung by it again.
	RestFor = 30 * time.Second
	// MaxHandoverWait bounds the wait for a person.
	MaxHandoverWait = time.Hour
	// quietEvery is how long the word that something was cancelled may take.
	quietEvery = time.Second
	maxQuiet   = 5 // cancellations, then it is left to sound
)

// treated reports whether a flow has the call.
func (c Call) treated() bool { return c.Plan.Flow != nil && c.Phase == Routing && c.Redirect == nil }

// Treatable reports whether operations are heard although nobody joined: the
// customer of a treated call is answered, and his call joined with Microsoft's.
func (c Call) Treatable() bool {
	return c.treated() && c.there() && (c.Plan.External || c.Media && c.Far.State == LegUp) && c.Connection.State == ConnectionIsUp
}

// Queued names the queue that the call waits in; "" if there is none.
func (c Call) Queued() tenant.QueueID {
	if c.Plan.Queue != "" && c.Phase == Routing && c.Redirect == nil {
		return c.Plan.Queue
	}
	if c.treated() && c.Handover.Open() {
		return c.Handover.Queue
	}
	if i := c.seeking(); i >= 0 && c.Phase == Connected {
		return c.Adds[i].Queue
	}
	return ""
}

// permitHandover says what stands against looking for a person.
func (c Call) permitHandover(e HandoverAsked) error {
	switch {
	case !c.treated():
		return fmt.Errorf("%w: a handover is for a call that a flow treats", ErrRefused)
	case c.Handover.Open():
		return fmt.Errorf("%w: a handover is under way", ErrRefused)
	case e.Queue != "" && len(e.Agents) > 0:
		return fmt.Errorf("%w: a handover is to agents or to a queue, not to both", ErrRefused)
	case e.MaxWait < 0 || e.MaxWait > MaxHandoverWait:
		return fmt.Errorf("%w: a handover waits for up to %s", ErrRefused, MaxHandoverWait)
	}
	return nil
}

func (s *step) onHandoverAsked(e HandoverAsked) bool {
	if s.c.Permit(e) != nil {
		return false
	}
	s.c.Handover = Handover{
		State: HandoverSeeking, Agents: e.Agents, Queue: e.Queue, RingTimeout: e.RingTimeout, DisplayName: e.DisplayName,
		MaxWait: e.MaxWait, Since: s.at, First: len(s.c.Participants),
	}
	if e.MaxWait > 0 {
		s.await(AwaitHandover, e.MaxWait)
	}
	return true
}

// onHandoverWithdrawn: who was chosen meanwhile is let go by the runner, who
// joins all the same is welcome.
func (s *step) onHandoverWithdrawn() bool {
	if !s.c.Handover.Open() || !s.c.treated() {
		return false
	}
	s.closeHandover(HandoverTakenBack, "")
	return true
}

func (s *step) onQueueMoved() bool {
	if s.c.Phase == Connected {
		return s.seekAgain()
	}
	if s.c.Plan.Flow == nil {
		return s.askAgain()
	}
	if s.c.Handover.State != HandoverWaiting || !s.c.treated() {
		return false
	}
	s.settle(AwaitQueue)
	s.c.Handover.State = HandoverSeeking
	return true
}

// closeHandover ends the search, and the ringing with it.
func (s *step) closeHandover(state HandoverState, why Loss) {
	s.c.Handover.State, s.c.Handover.Loss = state, why
	s.c.Choosing = ""
	s.settle(AwaitHandover, AwaitQueue)
	s.stopRinging(-1)
}

// foundNobody is the answer to a choice of a treated call.
func (s *step) foundNobody(e NobodyAvailable) {
	h := &s.c.Handover
	if h.State != HandoverSeeking {
		return
	}
	w := Waiting{Position: h.Position, MovedAt: h.MovedAt}.told(e, s.at)
	h.Why, h.Position, h.Estimate, h.MovedAt = w.Why, w.Position, w.Estimate, w.MovedAt
	switch {
	case e.Closed:
		s.closeHandover(HandoverLost, cmp.Or(e.Loss, LossClosed))
	case h.MaxWait > 0:
		h.State = HandoverWaiting
		s.await(AwaitQueue, QueueEvery)
	case s.c.rungFor(*h):
		s.closeHandover(HandoverLost, LossNoAnswer)
	default:
		s.closeHandover(HandoverLost, LossNobody)
	}
}

func (c Call) rungFor(h Handover) bool {
	for _, p := range c.Participants[h.First:] {
		if !p.RungAt.IsZero() {
			return true
		}
	}
	return false
}

// triedIn lists the agents whom the handover should not ring now.
func (s *step) triedIn(h Handover) []tenant.AgentID {
	var ids []tenant.AgentID
	for _, p := range s.c.Participants[h.First:] {
		if h.MaxWait == 0 || s.at.Sub(p.LeftAt) < RestFor {
			ids = append(ids, p.Agent)
		}
	}
	return ids
}

// onFlowMoved keeps where the flow stands, and wakes it when it asked to be.
func (s *step) onFlowMoved(e FlowMoved) bool {
	if s.c.Plan.Flow == nil || s.c.Ending != nil {
		return false
	}
	if e.Number > 0 {
		s.c.Flow.Since = s.at
	}
	s.c.Flow.Step, s.c.Flow.State = e.Step, e.State
	s.settle(AwaitFlow)
	if !e.Wake.IsZero() && s.c.treated() {
		s.await(AwaitFlow, max(0, e.Wake.Sub(s.at)))
	}
	return true
}

// driveTreated has the customer answered as soon as there is something to hear,
// so that a failure of Microsoft's is still a SIP failure, and rings for a
// handover.
func (s *step) driveTreated() {
	c := &s.c
	if c.Near.State == LegOffered {
		s.ask(RingNear{})
		c.Near.State = LegRinging
	}
	s.dialFar()
	ready := c.Connection.State == ConnectionIsUp && s.bridged()
	if ready && c.Marks.Treated.IsZero() {
		c.Marks.Treated = s.at
		s.settle(AwaitSetup)
		s.await(AwaitWatch, WatchEvery)
	}
	if ready {
		s.driveStream()
		s.driveTranscription()
	}
	i := c.current()
	if i < 0 && c.Choosing == "" && c.Handover.State == HandoverSeeking {
		c.Choosing = s.ask(ChooseAgent{Wanted: c.Handover.Agents, Queue: c.Handover.Queue, Tried: s.triedIn(c.Handover)})
	}
	s.ring()
	if ready && i >= 0 && c.Participants[i].State == Joined {
		s.closeHandover(HandoverFound, "")
		s.settle(AwaitFlow)
		s.connected()
		s.quieten()
	}
}

// quieten cancels what was played to the customer while he waited: whom something
// is played to does not hear the others (facts/call-automation.md §8). The word
// that it began can be on its way, and a cancellation overtake it, so it is asked
// for until nothing sounds any more.
func (s *step) quieten() {
	c := &s.c
	if c.Plan.Flow == nil || c.Connection.State != ConnectionIsUp {
		return
	}
	sounding, running, asked := false, false, 0
	for _, o := range c.Operations {
		switch {
		case o.Kind == CancelMedia && !o.AskedAt.Before(c.Marks.Connected):
			asked++
		case !o.Over() && (o.Kind == Play || o.Kind == Recognize) && !o.AskedAt.After(c.Marks.Connected):
			sounding, running = true, running || o.State == OperationRunning
		}
	}
	if !sounding || asked >= maxQuiet {
		s.settle(AwaitQuiet)
		return
	}
	if _, patient := c.Deadlines[AwaitQuiet]; patient || !running {
		return
	}
	s.onOperateAsked(OperateAsked{ID: fmt.Sprintf("quiet-%d", c.Seq), Operation: Operation{Kind: CancelMedia}})
	s.await(AwaitQuiet, quietEvery)
}

// treatmentOver is how a call ends that its flow ends: with the fate of the
// handover, if it wanted one.
func (c Call) treatmentOver() Termination {
	if h := c.Handover; h.State == HandoverLost && h.Loss != LossClosed {
		return c.nobody(NobodyAvailable{Why: h.Why})
	}
	return Termination{Result: Unanswered, Reason: ReasonFlowEnded, By: ByTandem, Fault: FaultNone}
}
