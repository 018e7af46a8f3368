package sim

import (
	"encoding/json"
	"fmt"
	"time"

	"tandem/internal/call"
	"tandem/internal/tenant"
)

// simBot is a bot that is registered.
const simBot = tenant.BotID("0193a5c0-b07a-7c3a-9b52-6a1f0c9d8e77")

// streams is what is asked of streams in the middle of calls.
func (s *Sim) streams() []call.Event {
	return []call.Event{
		call.StreamAsked{ID: fmt.Sprint("stream", s.w.rng.IntN(3)), Bot: simBot, Name: "bot"}, call.StreamStopAsked{},
		call.StreamAsked{ID: fmt.Sprint("stream", s.w.rng.IntN(3)), Bot: simBot, Name: "bot"},
		call.TranscribeAsked{How: call.TranscribeStart, ID: fmt.Sprint("words", s.w.rng.IntN(3)), Locale: "en-US"},
		call.TranscribeAsked{How: call.TranscribeUpdate, ID: fmt.Sprint("change", s.w.rng.IntN(3)), Locale: "es-ES"},
		call.TranscribeAsked{How: call.TranscribeStop, ID: fmt.Sprint("stop", s.w.rng.IntN(3))},
	}
}

// open is Microsoft opening a socket: it tries, at whatever process the balancer sends it
// to, and is let in as the door would (package bot) if the call awaits it.
func (m *microsoft) open(
	k *connection, op string, tell func(string, call.OperationState, call.Class), awaits func(call.Call) bool, opened func(*process, call.Call),
) {
	m.s.w.in(m.s.w.upTo(3*time.Second), nil, func() {
		if k.down {
			return
		}
		var c call.Call
		if err := json.Unmarshal(m.s.db.calls[k.call].snapshot, &c); err != nil {
			m.s.fail(err)
		}
		p := m.s.anyProcess()
		if p == nil || m.s.w.chance(m.s.faults.refuse) || !awaits(c) {
			tell(op, call.OperationFailed, call.ClassMedia)
			return
		}
		opened(p, c)
	})
}

// stream is Microsoft being asked to stream.
func (m *microsoft) stream(k *connection, op string, tell func(string, call.OperationState, call.Class)) {
	awaits := func(c call.Call) bool { return c.Stream != nil && c.Stream.Awaits() }
	m.open(k, op, tell, awaits, func(p *process, c call.Call) {
		m.sockets++
		session, stream := fmt.Sprint("session-", m.sockets), c.Stream.ID
		k.streaming = op
		tells := func(after time.Duration, e call.Event) {
			m.s.w.in(after, p, func() { p.bridge.Command(k.call, e, func(error) {}) })
		}
		if m.s.w.chance(5) { // no bot
			tells(0, call.BotLeft{Stream: stream, Session: session, Outcome: call.Outcome{Class: call.ClassUnavailable}})
		} else {
			m.bot(tells, stream, session)
		}
		if !m.s.w.chance(m.s.faults.lose) { // beside what the network loses
			tell(op, call.OperationDone, call.ClassEnded)
		}
		if m.s.w.chance(4) {
			m.s.w.in(m.s.w.upTo(40*time.Second), nil, func() {
				if k.streaming == op {
					k.streaming = ""
					tell(op, call.OperationFailed, call.ClassMedia)
				}
			})
		}
	})
}

// bot is one that talks for a while, and wants something, or not.
func (m *microsoft) bot(tells func(time.Duration, call.Event), stream, session string) {
	tells(0, call.BotJoined{Stream: stream, Session: session})
	at := m.s.w.upTo(20 * time.Second)
	switch m.s.w.rng.IntN(4) {
	case 0:
		tells(at, call.BotAsked{Stream: stream, Handover: &call.BotHandover{DisplayName: "a caller"}, Told: json.RawMessage(`{"a":1}`)})
	case 1:
		tells(at, call.BotAsked{Stream: stream, HangUp: true})
	}
	if m.s.w.chance(2) {
		tells(at+m.s.w.upTo(20*time.Second), call.BotLeft{Stream: stream, Session: session, Outcome: call.Outcome{Class: call.ClassEnded}})
	}
}

// unstream is Microsoft being asked to stop.
func (m *microsoft) unstream(k *connection, op string, tell func(string, call.OperationState, call.Class)) {
	if k.streaming == "" {
		m.s.w.later(time.Second, func() { tell(op, call.OperationFailed, call.ClassUnknown) })
		return
	}
	k.streaming = ""
	m.s.w.later(time.Second, func() { tell(op, call.OperationDone, call.ClassEnded) })
}

// words is Microsoft being asked to transcribe: it opens a socket as for sound, and
// sends a phrase or two.
func (m *microsoft) words(k *connection, op string, tell func(string, call.OperationState, call.Class)) {
	awaits := func(c call.Call) bool { return c.Transcription != nil && c.Transcription.Awaits() }
	m.open(k, op, tell, awaits, func(p *process, c call.Call) {
		for range m.s.w.rng.IntN(3) {
			e := call.Transcribed{Transcription: c.Transcription.ID, Text: "hello"}
			m.s.w.in(m.s.w.upTo(20*time.Second), p, func() { p.bridge.Command(k.call, e, func(error) {}) })
		}
		tell(op, call.OperationDone, call.ClassEnded)
		if m.s.w.chance(4) {
			m.s.w.in(m.s.w.upTo(40*time.Second), nil, func() { tell(op, call.OperationFailed, call.ClassMedia) })
		}
	})
}
