package flow

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// Script is what happens in a rehearsal: one answer for each question and one fate
// for each handover or transfer, in their order. Who runs out of them says nothing, and finds
// nobody.
type Script struct {
	At        time.Time
	Answers   []Answer
	Handovers []Fate
	Bots      []BotFate // one for each virtual agent
	// Prompts says how long prompts last.
	Prompts map[tenant.PromptID]time.Duration
}

// Answer is what the customer does when he is asked: one of both, or nothing.
type Answer struct {
	Press string // keys
	Say   string
}

// Fate is what a handover or a transfer brings.
type Fate struct {
	Brings   string        // answered, no_answer, nobody or closed
	After    time.Duration // answered: until somebody joins
	Position int           // in the queue, meanwhile
	Estimate time.Duration
}

// BotFate is what a virtual agent comes to. Who runs out of them meets a bot that
// cannot be reached.
type BotFate struct {
	Brings      string // handed_over, ended or failed
	After       time.Duration
	DisplayName string // handed_over: what the bot wants to be shown
}

// What a virtual agent comes to.
const (
	BringsHandover = "handed_over"
	BringsEnd      = "ended"
	BringsFailure  = "failed"
)

// The fates.
const (
	BringsAnswer   = "answered"
	BringsNoAnswer = "no_answer"
	BringsNobody   = "nobody"
	BringsClosed   = "closed"
)

// Line is one line of a transcript.
type Line struct {
	After time.Duration // since the customer was answered
	Step  string
	What  string // enters, hears, asked, presses, says, silent, recorded, talks, no_bot, asks_for_person, seeks, rings, answered, released, ends
	Text  string
}

// rehearsal plays Microsoft and everybody else to a call.
type rehearsal struct {
	d       Document
	script  Script
	c       call.Call
	at      time.Time
	began   time.Time
	later   []happening
	lines   []Line
	fate    *Fate
	ringing bool
}

// happening is something that will happen.
type happening struct {
	at time.Time
	do func()
}

// maxRehearsal is how long a rehearsal lasts, by its own clock.
const maxRehearsal = 3 * time.Hour

// Rehearse plays a flow without a call: the same steps in the same model, with an
// imagined Microsoft that does all it is asked for at once. Texts last as long as
// they take to read aloud.
func Rehearse(d Document, s Script) ([]Line, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	people := map[tenant.AgentID]call.Person{} // by their ids: all can be rung
	for _, id := range d.People() {
		people[id] = call.Person{Endpoint: call.Endpoint{Kind: tenant.TeamsUser, ID: string(id)}, Name: string(id)}
	}
	d = d.Lasting(s.Prompts).Knowing(people)
	r := &rehearsal{d: d, script: s, at: s.At, began: s.At}
	r.c = call.New("rehearsal", "tenant", call.Plan{
		Flow: &call.FlowRef{}, Policy: tenant.AtOnce, RingTimeout: tenant.DefaultRingTimeout, Connectivity: call.Capabilities()[0].Connectivity,
	})
	for _, e := range []call.Event{
		call.Offered{Caller: "+10"}, call.Invited{Context: "x"}, call.LegAnswered{Side: call.Far}, call.ConnectionUp{Connection: "c"}, call.LegAnswered{Side: call.Near},
	} {
		r.take(e)
	}
	for r.c.Phase == call.Routing && r.at.Sub(r.began) < maxRehearsal && r.pass() {
	}
	switch r.c.Phase {
	case call.Connected:
		r.tell("answered", "")
	case call.Released:
		r.tell("released", r.c.ReleasedTo.Name)
	case call.Routing:
		r.tell("ends", "the rehearsal: the flow would go on")
	default:
		r.tell("ends", string(r.c.Ending.Reason))
	}
	return r.lines, nil
}

func (s Script) check() error {
	var p fault.Problems
	for i, a := range s.Answers {
		if a.Press != "" && a.Say != "" || !call.AreTones(a.Press) {
			p.Add(fmt.Sprintf("answers[%d]", i), "must be keys or words")
		}
	}
	for i, f := range s.Handovers {
		if !slices.Contains([]string{BringsAnswer, BringsNoAnswer, BringsNobody, BringsClosed}, f.Brings) {
			p.Add(fmt.Sprintf("handovers[%d].brings", i), "must be answered, no_answer, nobody or closed")
		}
	}
	for i, f := range s.Bots {
		if !slices.Contains([]string{BringsHandover, BringsEnd, BringsFailure}, f.Brings) {
			p.Add(fmt.Sprintf("bots[%d].brings", i), "must be handed_over, ended or failed")
		}
	}
	return p.Err("script_invalid", "the script is not valid")
}

func (r *rehearsal) tell(what, text string) {
	r.lines = append(r.lines, Line{After: r.at.Sub(r.began), Step: r.c.Flow.Step, What: what, Text: text})
}

// take is one event of the call, and what the flow makes of it.
func (r *rehearsal) take(e call.Event) {
	before := r.c.Ignored
	c, asked := call.Next(r.c, r.at, e)
	r.c = c
	if c.Ignored == before {
		var commands []call.Event
		var more []call.Action
		r.c, commands, more = Advance(r.d, r.c, r.at)
		for _, e := range commands {
			if m, ok := e.(call.FlowMoved); ok && m.Number > 0 {
				r.lines = append(r.lines, Line{After: r.at.Sub(r.began), Step: m.Step, What: "enters"})
			}
		}
		asked = append(asked, more...)
	}
	for _, a := range asked {
		r.answer(a)
	}
}

func (r *rehearsal) in(d time.Duration, do func()) {
	r.later = append(r.later, happening{r.at.Add(d), do})
}

// pass lets time pass until something happens; false if nothing will.
func (r *rehearsal) pass() bool {
	var next *happening
	for _, name := range slices.Sorted(maps.Keys(r.c.Deadlines)) {
		due := r.c.Deadlines[name]
		if next == nil || due.Before(next.at) {
			next = &happening{due, func() { r.take(call.DeadlinePassed{Name: name}) }}
		}
	}
	if len(r.later) > 0 {
		first := slices.MinFunc(r.later, func(a, b happening) int { return a.at.Compare(b.at) })
		if next == nil || !next.at.Before(first.at) {
			i := slices.IndexFunc(r.later, func(h happening) bool { return h.at.Equal(first.at) }) // the oldest of them
			next, r.later = &first, slices.Delete(r.later, i, i+1)
		}
	}
	if next == nil {
		return false
	}
	r.at = next.at
	next.do()
	return true
}

// answer does what the call asks of the world.
func (r *rehearsal) answer(a call.Action) {
	switch do := a.Do.(type) {
	case call.Operate:
		r.in(0, func() {
			r.take(call.OperationStarted{Op: a.ID})
			r.sound(a.ID, do.Operation)
		})
	case call.ChooseAgent:
		r.in(0, func() { r.choose(a.ID) })
	case call.StartRecording:
		r.in(0, func() {
			r.take(call.RecordingStarted{Op: a.ID, Recording: "r"})
			r.take(call.RecordingChanged{Recording: "r", Active: true})
		})
	case call.ChangeRecording:
		r.in(0, func() { r.take(call.RecordingDone{Op: a.ID}) })
	case call.CancelRing:
		r.in(0, func() { r.take(call.RingCancelled{Connection: "c", Invitation: do.Invitation}) })
	case call.RingAgent:
		r.tell("rings", do.DisplayName)
		r.in(0, func() { r.take(call.AgentInvited{Op: a.ID, Invitation: a.ID}) })
		if r.fate.Brings == BringsAnswer {
			r.in(r.fate.After, func() {
				r.take(call.AgentJoined{Connection: "c", Op: a.ID, Endpoint: do.Endpoint})
				r.take(call.ParticipantsChanged{Connection: "c", Present: []call.Endpoint{do.Endpoint}})
			})
			return
		}
		r.in(do.Timeout, func() {
			r.take(call.AgentFailed{Connection: "c", Op: a.ID, Endpoint: do.Endpoint, Outcome: call.Outcome{Class: call.ClassNoAnswer}})
		})
	}
}

// sound is what the customer hears, and what he says to it.
func (r *rehearsal) sound(op string, o call.Operation) {
	ended := func(e call.OperationEnded) {
		e.Op = op
		r.take(e)
	}
	switch o.Kind {
	case call.Play:
		r.tell("hears", r.words(o))
		if !o.Loop {
			r.in(r.lasts(o.Sources), func() { ended(call.OperationEnded{State: call.OperationDone}) })
		}
	case call.StartStream:
		r.bot(op)
	case call.StopStream:
		ended(call.OperationEnded{State: call.OperationDone})
	case call.CancelMedia:
		for _, x := range r.c.Operations {
			if !x.Over() && x.Kind != call.CancelMedia {
				r.take(call.OperationEnded{Op: x.Op, State: call.OperationCancelled})
			}
		}
		ended(call.OperationEnded{State: call.OperationDone})
	case call.Transfer:
		r.tell("rings", o.To.Name)
		switch fate := r.next(); fate.Brings {
		case BringsAnswer:
			r.in(fate.After, func() { ended(call.OperationEnded{State: call.OperationDone}) })
		case BringsNoAnswer:
			r.in(tenant.DefaultRingTimeout, func() {
				ended(call.OperationEnded{State: call.OperationFailed, Outcome: call.Outcome{Class: call.ClassNoAnswer}})
			})
		default:
			r.in(0, func() {
				ended(call.OperationEnded{State: call.OperationFailed, Outcome: call.Outcome{Class: call.ClassUnavailable}})
			})
		}
	case call.Recognize:
		if len(o.Sources) == 0 { // a message
			r.tell("recorded", fmt.Sprintf("at most %s", o.Listen.InitialSilence))
			r.in(o.Listen.InitialSilence, func() { ended(hear(*o.Listen, Answer{})) })
			return
		}
		r.tell("asked", r.words(o))
		var a Answer
		if len(r.script.Answers) > 0 {
			a, r.script.Answers = r.script.Answers[0], r.script.Answers[1:]
		}
		wait := r.lasts(o.Sources)
		if a == (Answer{}) {
			wait += o.Listen.InitialSilence
		}
		r.in(wait, func() {
			switch {
			case a.Press != "":
				r.tell("presses", a.Press)
			case a.Say != "":
				r.tell("says", a.Say)
			default:
				r.tell("silent", "")
			}
			ended(hear(*o.Listen, a))
		})
	}
}

// bot is what a virtual agent comes to.
func (r *rehearsal) bot(op string) {
	k := *r.c.Stream
	fate := BotFate{Brings: BringsFailure}
	if len(r.script.Bots) > 0 {
		fate, r.script.Bots = r.script.Bots[0], r.script.Bots[1:]
	}
	r.take(call.OperationEnded{Op: op, State: call.OperationDone})
	if fate.Brings == BringsFailure {
		r.tell("no_bot", string(k.Bot))
		r.take(call.BotLeft{Stream: k.ID, Session: "s", Outcome: call.Outcome{Class: call.ClassUnavailable}})
		return
	}
	r.tell("talks", string(k.Bot))
	r.take(call.BotJoined{Stream: k.ID, Session: "s"})
	r.in(fate.After, func() {
		if r.c.Stream.ID != k.ID || !r.c.Stream.Awaits() { // it was long enough before
			return
		}
		if fate.Brings == BringsHandover {
			r.tell("asks_for_person", fate.DisplayName)
			r.take(call.BotAsked{Stream: k.ID, Handover: &call.BotHandover{DisplayName: fate.DisplayName}})
			return
		}
		r.take(call.BotLeft{Stream: k.ID, Session: "s", Outcome: call.Outcome{Class: call.ClassEnded}})
	})
}

// hear is what Microsoft makes of an answer.
func hear(l call.Recognition, a Answer) call.OperationEnded {
	failed := func(c call.Class) call.OperationEnded {
		return call.OperationEnded{State: call.OperationFailed, Outcome: call.Outcome{Class: c}}
	}
	switch {
	case a == (Answer{}), l.Input == call.InputDTMF && a.Press == "":
		return failed(call.ClassNoInput)
	case l.Input == call.InputDTMF:
		return call.OperationEnded{State: call.OperationDone, Recognized: &call.Recognized{Tones: a.Press[:min(len(a.Press), l.MaxTones)]}}
	}
	for _, c := range l.Choices {
		said := slices.ContainsFunc(c.Phrases, func(p string) bool { return strings.EqualFold(p, strings.TrimSpace(a.Say)) })
		if a.Press != "" && a.Press == c.Tone || said {
			return call.OperationEnded{State: call.OperationDone, Recognized: &call.Recognized{Choice: c.Label, Phrase: a.Say}}
		}
	}
	return failed(call.ClassNotUnderstood)
}

// next is the next fate of the script.
func (r *rehearsal) next() *Fate {
	if len(r.script.Handovers) == 0 {
		return &Fate{Brings: BringsNobody}
	}
	fate := &r.script.Handovers[0]
	r.script.Handovers = r.script.Handovers[1:]
	return fate
}

// choose is the fate of a handover, also when it is asked for again. Who waited long
// enough by his script is taken; before that he stands where it says.
func (r *rehearsal) choose(op string) {
	h := r.c.Handover
	if r.fate == nil || h.Since.Equal(r.at) {
		r.fate = r.next()
		r.ringing = false
		r.tell("seeks", cmp.Or(string(h.Queue), fmt.Sprint(len(h.Agents), " agents")))
	}
	waits := r.fate.Position > 0 && r.at.Sub(h.Since) < r.fate.After
	switch {
	case (r.fate.Brings == BringsAnswer || r.fate.Brings == BringsNoAnswer) && !r.ringing && !waits:
		r.ringing = true
		if r.fate.Position > 0 {
			r.fate.After = 0 // he has waited
		}
		r.take(call.AgentChosen{Op: op, Agent: "agent", Name: "agent", Endpoint: call.Endpoint{Kind: tenant.TeamsUser, ID: "agent"}})
	default:
		r.take(call.NobodyAvailable{Op: op, Position: r.fate.Position, Estimate: r.fate.Estimate, Closed: r.fate.Brings == BringsClosed})
	}
}

// words is what is played, for people.
func (r *rehearsal) words(o call.Operation) string {
	var all []string
	for _, s := range o.Sources {
		all = append(all, cmp.Or(s.Text, s.SSML, "prompt "+string(s.Prompt)))
	}
	if o.Loop {
		all = append(all, "(again and again)")
	}
	return strings.Join(all, " ")
}

// lasts is how long sounds take: texts some fourteen characters a second.
func (r *rehearsal) lasts(all []call.Source) (d time.Duration) {
	for _, s := range all {
		d += r.script.Prompts[s.Prompt] + time.Duration(utf8.RuneCountInString(s.Text+s.SSML))*70*time.Millisecond
	}
	return d.Round(time.Second) + time.Second
}
