package call

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// A stream carries the sound of a call to a bot of the tenant and back. A call has
// one at a time. Microsoft opens a socket to us when it is asked to
// (facts/call-automation.md §9), and we open one to the bot; package bot joins them.
//
//	starting ──started, and the bot is there──▶ running ──stop, hang-up, bot left──▶ stopping ──stopped──▶ ended
//	    └──────────── refused, no socket, no bot ────────┴── lost ──────────────────────────▶ failed
//
// Starting and stopping are operations: asked for once, never repeated blindly, and
// over at their deadline at the latest. That a socket came is known from it as well
// as from Microsoft's word, of which either may be late or lost. A stream that
// nobody wants any more is refused at the door, so none can run on unseen.
//
// What a bot asks for is kept here and told to the provider; it is for who treats the
// call, a flow or the provider, to do it. Hanging up is the exception: it is done. So is
// a handover in a connected call if whoever asked for the stream said to whom
// (bothandover.go).

// The operations of a stream.
const (
	StartStream OperationKind = "start_streaming"
	StopStream  OperationKind = "stop_streaming"
)

// StreamState is where a stream stands.
type StreamState string

// The states.
const (
	StreamStarting StreamState = "starting"
	StreamRunning  StreamState = "running"
	StreamStopping StreamState = "stopping"
	StreamEnded    StreamState = "ended"
	StreamFailed   StreamState = "failed"
)

// Stream is the newest stream of a call. An earlier snapshot may share it, so it is
// replaced, never written to.
type Stream struct {
	ID        string          `json:"id"` // chosen by who asks; also the operation that starts it
	Bot       tenant.BotID    `json:"bot"`
	Name      string          `json:"name,omitempty"`     // of the bot, at that time; a flow does not know it
	Language  string          `json:"language,omitempty"` // the bot is told; BCP 47
	Given     json.RawMessage `json:"given,omitempty"`    // the bot is told
	State     StreamState     `json:"state"`
	Session   string          `json:"session,omitempty"` // the newest pair of sockets; "": the bot was not there yet
	Stop      string          `json:"stop,omitempty"`    // the operation that stops it
	Unwanted  bool            `json:"unwanted,omitempty"`
	To        *BotTargets     `json:"to,omitempty"`       // whom a wish of the bot's brings into a connected call; nil: it is told only
	Handover  *BotHandover    `json:"handover,omitempty"` // that the bot asked for
	Told      json.RawMessage `json:"told,omitempty"`     // by the bot: what it found out
	Outcome   Outcome         `json:"outcome,omitzero"`
	AskedAt   time.Time       `json:"asked_at"`
	StartedAt time.Time       `json:"started_at,omitzero"`
	ChangedAt time.Time       `json:"changed_at"` // of state
	EndedAt   time.Time       `json:"ended_at,omitzero"`
}

// BotHandover is a bot's wish for a person. Neither agents nor queue: whoever who
// treats the call thinks right.
type BotHandover struct {
	Agents      []tenant.AgentID `json:"agents,omitempty"`
	Queue       tenant.QueueID   `json:"queue,omitempty"`
	DisplayName string           `json:"display_name,omitempty"`
	At          time.Time        `json:"at"`
	// What comes of it in a connected call; none: it is told only.
	State     HandoverState    `json:"state,omitempty"`
	ChangedAt time.Time        `json:"changed_at,omitzero"` // of state
	Seeks     string           `json:"seeks,omitempty"`     // what was asked for last: the id of an addition
	Left      []tenant.AgentID `json:"left,omitempty"`      // to be tried after that one
}

// Over reports whether nothing more is expected of the stream.
func (k Stream) Over() bool { return k.State == StreamEnded || k.State == StreamFailed }

// Awaits reports whether a socket for it is let in.
func (k Stream) Awaits() bool {
	return (k.State == StreamStarting || k.State == StreamRunning) && !k.Unwanted
}

// MaxBotContext is what a bot is given, and may tell, in bytes of JSON.
const MaxBotContext = 4096

// streamWithin is how long Microsoft and the bot may take: two tries of ten seconds
// at the socket, and the bot's (package bot).
const streamWithin = 30 * time.Second

// The events of streams.
type (
	// StreamAsked is the command to carry the sound of the call to a bot.
	StreamAsked struct {
		ID       string          `json:"id"` // chosen by who asks; within the call
		Bot      tenant.BotID    `json:"bot"`
		Name     string          `json:"name,omitempty"` // of the bot
		Language string          `json:"language,omitempty"`
		Given    json.RawMessage `json:"given,omitempty"`
		To       *BotTargets     `json:"to,omitempty"`
	}
	// StreamStopAsked is the command to end that.
	StreamStopAsked struct{}
	// BotJoined: a socket of Microsoft's and one of the bot's are joined.
	BotJoined struct {
		Stream  string `json:"stream"`
		Session string `json:"session"` // names the pair
	}
	// BotLeft: a pair of sockets is gone, and no other will come.
	BotLeft struct {
		Stream  string  `json:"stream"`
		Session string  `json:"session"`
		Outcome Outcome `json:"outcome"` // ended: the bot was done
	}
	// BotAsked is what a bot wants, or knows.
	BotAsked struct {
		Stream   string          `json:"stream"`
		Handover *BotHandover    `json:"handover,omitempty"`
		Told     json.RawMessage `json:"told,omitempty"`
		HangUp   bool            `json:"hang_up,omitempty"`
	}
)

func (StreamAsked) Kind() string     { return "stream_asked" }
func (StreamStopAsked) Kind() string { return "stream_stop_asked" }
func (BotJoined) Kind() string       { return "bot_joined" }
func (BotLeft) Kind() string         { return "bot_left" }
func (BotAsked) Kind() string        { return "bot_asked" }

// CheckBotContext notes what is wrong with what a bot is given, or tells.
func CheckBotContext(p *fault.Problems, path string, raw json.RawMessage) {
	switch {
	case len(raw) == 0:
	case !json.Valid(raw):
		p.Add(path, "must be JSON")
	case len(raw) > MaxBotContext:
		p.Add(path, "has %d bytes, at most %d", len(raw), MaxBotContext)
	}
}

// Check notes everything that is wrong with a command by itself.
func (e StreamAsked) Check(p *fault.Problems) {
	if _, err := tenant.ParseBotID(string(e.Bot)); err != nil {
		p.Add("bot", "must be a bot's id, a UUID")
	}
	if e.Language != "" && !locale.MatchString(e.Language) {
		p.Add("language", "must be a language tag such as en-US")
	}
	CheckBotContext(p, "context", e.Given)
	if e.To != nil {
		e.To.check(p, "handover")
	}
}

// Check notes everything that is wrong with what a bot asks for.
func (e BotAsked) Check(p *fault.Problems) {
	CheckBotContext(p, "context", e.Told)
	h := e.Handover
	if h == nil {
		return
	}
	tenant.CheckAgents(p, "to.agents", h.Agents)
	tenant.CheckDisplayName(p, "display_name", h.DisplayName)
	if h.Queue == "" {
		return
	}
	if id, err := tenant.ParseQueueID(string(h.Queue)); err != nil || id != h.Queue {
		p.Add("to.queue", "must be a queue's id, a UUID in lower case")
	}
	if len(h.Agents) > 0 {
		p.Add("to", "must be agents or a queue, not both")
	}
}

func sensible(check func(*fault.Problems)) error {
	var mistakes fault.Problems
	check(&mistakes)
	if err := mistakes.Err("stream_invalid", "what is asked for is not valid"); err != nil {
		return fmt.Errorf("%w: it makes no sense: %w", ErrRefused, err)
	}
	return nil
}

// permitStream says what stands against a command about the stream.
func (c Call) permitStream(e Event) error {
	switch e := e.(type) {
	case StreamAsked:
		if err := sensible(e.Check); err != nil {
			return err
		}
		if k := c.Stream; k != nil && !k.Over() {
			return fmt.Errorf("%w: its stream is %s already, and it has one at a time", ErrRefused, k.State)
		}
		return c.permitOperation(OperateAsked{ID: e.ID, Operation: Operation{Kind: StartStream}})
	case StreamStopAsked:
		switch k := c.Stream; {
		case k == nil || k.Over():
			return fmt.Errorf("%w: nothing is streamed", ErrRefused)
		case k.State == StreamStopping || k.Unwanted:
			return fmt.Errorf("%w: its stream is being stopped already", ErrRefused)
		}
	case BotAsked:
		if k := c.Stream; k == nil || k.ID != e.Stream || !k.Awaits() {
			return fmt.Errorf("%w: the bot's stream is over", ErrRefused)
		}
		return sensible(e.Check)
	}
	return nil
}

// onStream hands an event about a stream on.
func (s *step) onStream(e Event) bool {
	if s.c.Permit(e) != nil {
		return false
	}
	switch e := e.(type) {
	case StreamAsked:
		s.c.Stream = &Stream{
			ID: e.ID, Bot: e.Bot, Name: e.Name, Language: e.Language, Given: e.Given, To: e.To,
			State: StreamStarting, AskedAt: s.at, ChangedAt: s.at,
		}
		s.await(AwaitStream, streamWithin+ConnectedWithin)
		return s.onOperateAsked(OperateAsked{ID: e.ID, Operation: Operation{Kind: StartStream}})
	case StreamStopAsked:
		s.leaveStream(Outcome{Class: ClassEnded})
		return true
	case BotJoined:
		k := s.stream(e.Stream)
		if k == nil || !k.Awaits() || k.Session == e.Session || e.Session == "" {
			return false
		}
		s.changeStream(func(k *Stream) { k.Session = e.Session })
		return true
	case BotLeft:
		k := s.stream(e.Stream)
		if k == nil || !k.Awaits() || k.Session != "" && k.Session != e.Session { // another pair took over
			return false
		}
		s.leaveStream(e.Outcome)
		return true
	case BotAsked:
		s.changeStream(func(k *Stream) {
			if e.Handover != nil {
				k.Handover = s.c.wished(*k, *e.Handover, s.at)
			}
			if len(e.Told) > 0 {
				k.Told = bytes.Clone(e.Told)
			}
		})
		if e.HangUp {
			s.onHangUpAsked(HangUpAsked{Flow: s.c.treated(), Cause: "the bot hung up"})
		}
		return true
	}
	return false
}

// stream is the newest one if it has that id and is not over.
func (s *step) stream(id string) *Stream {
	if k := s.c.Stream; k != nil && k.ID == id && !k.Over() {
		return k
	}
	return nil
}

func (s *step) changeStream(change func(*Stream)) {
	k := *s.c.Stream
	change(&k)
	s.c.Stream = &k
}

func (s *step) streamIs(state StreamState) {
	s.settle(AwaitStream)
	s.changeStream(func(k *Stream) {
		k.State, k.ChangedAt = state, s.at
		switch {
		case k.Over():
			k.EndedAt = s.at
		case state == StreamRunning:
			k.StartedAt = s.at
		}
	})
}

// streamOverdue: Microsoft says that it streams, and no socket came.
func (s *step) streamOverdue() {
	if k := s.c.Stream; k != nil && k.State == StreamStarting && !k.Unwanted {
		s.leaveStream(Outcome{Class: ClassTimeout, Message: "no socket of Microsoft's, or no bot, came in time"})
	}
}

// leaveStream has it stopped as soon as it can be; the first reason counts.
func (s *step) leaveStream(why Outcome) {
	s.changeStream(func(k *Stream) { k.Unwanted, k.Outcome = true, why })
}

// driveStream goes on with whatever the call shows by now.
func (s *step) driveStream() {
	k := s.c.Stream
	if k == nil || k.Over() {
		return
	}
	began := s.c.operationNamed(k.ID)
	lost := began != nil && (began.State == OperationFailed || began.State == OperationCancelled)
	switch {
	case k.State == StreamStopping:
		if o := s.c.operationNamed(k.Stop); o == nil || o.Over() {
			s.endStream()
		}
	case lost && (k.Session == "" || k.State == StreamRunning): // with a bot, Microsoft's word may only be late
		if k.Outcome.Class == "" {
			s.changeStream(func(k *Stream) { k.Outcome = began.Outcome })
		}
		s.endStream()
	case k.Unwanted && (began == nil || began.Over()):
		id := fmt.Sprintf("%s-stop-%d", k.ID, s.c.Seq)
		if s.onOperateAsked(OperateAsked{ID: id, Operation: Operation{Kind: StopStream}}) {
			s.changeStream(func(k *Stream) { k.Stop = id })
			s.streamIs(StreamStopping)
		} else if s.c.Connection.State != ConnectionIsUp { // otherwise something else is under way: tried again after it
			s.endStream()
		}
	case k.State == StreamStarting && k.Session != "" && (began == nil || began.Over()):
		s.streamIs(StreamRunning)
	}
}

// endStream: it is over, by its outcome.
func (s *step) endStream() {
	state := StreamEnded
	if class := cmp.Or(s.c.Stream.Outcome.Class, ClassEnded); class != ClassEnded {
		state = StreamFailed
	}
	s.streamIs(state)
}

// endStreams: with the call, or with our control of it, everything ends.
func (s *step) endStreams() {
	if k := s.c.Stream; k != nil && !k.Over() {
		s.changeStream(func(k *Stream) { k.Outcome.Class = cmp.Or(k.Outcome.Class, ClassEnded) })
		s.endStream()
	}
}
