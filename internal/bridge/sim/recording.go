package sim

import (
	"context"
	"encoding/json"
	"fmt"

	"tandem/internal/bridge"
	"tandem/internal/call"
)

// recorder is a recording at Microsoft.
type recorder struct {
	id     string
	conn   *connection
	paused bool
	over   bool
}

func (r *recorder) active() bool { return !r.over && !r.paused }

// StartRecording implements bridge.Microsoft. It begins a while after the answer,
// or never.
func (m *microsoft) StartRecording(_ context.Context, r bridge.Request, do call.StartRecording) (string, error) {
	a, err := m.network(r.Call, r.Op, do.Kind(), func() (any, error) {
		k, err := m.find(do.Connection)
		if err != nil {
			return nil, err
		}
		for _, other := range m.recorders {
			if other.conn == k && !other.over {
				return nil, &bridge.Refused{Outcome: call.Outcome{Class: call.ClassUnknown, Code: 400, SubCode: 8559}}
			}
		}
		rec := &recorder{id: fmt.Sprintf("rec-%d", len(m.recorders)), conn: k, paused: true}
		m.recorders = append(m.recorders, rec)
		if m.s.w.chance(8) {
			rec.over = true
			m.callback(k, call.RecordingNotStarted{Recording: rec.id, Outcome: call.Outcome{Class: call.ClassUnknown, Code: 409, SubCode: 8571}})
			return rec.id, nil
		}
		m.callback(k, call.RecordingChanged{Recording: rec.id})
		if !do.Paused {
			m.s.w.in(m.s.w.upTo(200e6), nil, func() { m.switched(rec, false) })
		}
		return rec.id, nil
	})
	if err != nil {
		return "", err
	}
	return a.(string), nil
}

// switched pauses a recording, or has it go on, and tells of it.
func (m *microsoft) switched(rec *recorder, paused bool) {
	if rec.over {
		return
	}
	rec.paused = paused
	m.s.w.tell("microsoft: %s of %s is active: %v", rec.id, rec.conn.id, rec.active())
	m.callback(rec.conn, call.RecordingChanged{Recording: rec.id, Active: rec.active()})
}

func (m *microsoft) recorder(id string) (*recorder, error) {
	for _, rec := range m.recorders {
		if rec.id == id && !rec.over {
			return rec, nil
		}
	}
	return nil, &bridge.Refused{Outcome: call.Outcome{Class: call.ClassGone, Code: 404, SubCode: 8522}}
}

// ChangeRecording implements bridge.Microsoft. A pause has no request id, so it
// must not come twice.
func (m *microsoft) ChangeRecording(_ context.Context, r bridge.Request, do call.ChangeRecording) error {
	if key := string(r.Call) + r.Op; do.How != call.RecordStop {
		if m.heard[key] {
			m.s.fail(fmt.Errorf("%s of a recording of call %s is asked for twice", do.How, short(r.Call)))
		}
		m.heard[key] = true
	}
	_, err := m.network(r.Call, r.Op, do.Kind(), func() (any, error) {
		rec, err := m.recorder(do.Recording)
		switch {
		case err != nil && do.How == call.RecordStop:
			return true, nil
		case err != nil:
			return nil, err
		case do.How == call.RecordStop:
			m.stopped(rec)
			return true, nil
		case rec.paused == (do.How == call.RecordPause):
			return nil, &bridge.Refused{Outcome: call.Outcome{Class: call.ClassUnknown, Code: 400, SubCode: 8573}}
		}
		m.switched(rec, do.How == call.RecordPause)
		return true, nil
	})
	return err
}

// stopped ends a recording.
func (m *microsoft) stopped(rec *recorder) {
	if rec.over {
		return
	}
	rec.over = true
	m.s.w.tell("microsoft: %s of %s is over", rec.id, rec.conn.id)
	m.callback(rec.conn, call.RecordingChanged{Recording: rec.id})
}

// LookRecording implements bridge.Microsoft.
func (m *microsoft) LookRecording(_ context.Context, r bridge.Request, do call.LookRecording) (call.RecordingSeen, error) {
	a, err := m.network(r.Call, r.Op, do.Kind(), func() (any, error) {
		switch rec, err := m.recorder(do.Recording); {
		case err != nil:
			return call.RecordingSeenGone, nil //nolint:nilerr // that there is none is the answer
		case rec.active():
			return call.RecordingSeenActive, nil
		}
		return call.RecordingSeenInactive, nil
	})
	if err != nil {
		return "", err
	}
	return a.(call.RecordingSeen), nil
}

// believed is an error if a call takes a recording for paused or over that goes
// on, and at the end also if one goes on that no call knows.
func (m *microsoft) believed(end bool) error {
	for _, rec := range m.recorders {
		if end && !rec.over {
			return fmt.Errorf("%s of %s goes on for ever", rec.id, rec.conn.id)
		}
		if !rec.active() {
			continue
		}
		var c call.Call
		if err := json.Unmarshal(m.s.db.calls[rec.conn.call].snapshot, &c); err != nil {
			return err
		}
		for _, r := range c.Recordings {
			if r.Microsoft == rec.id && (r.State == call.RecordingPaused || r.State == call.RecordingEnded) && !rec.conn.down && c.Connection.Live() {
				return fmt.Errorf("%s goes on, and call %s takes it for %s", rec.id, short(c.ID), r.State)
			}
		}
	}
	return nil
}

// recordings are what is asked for in the middle of calls.
func (s *Sim) recordings() []call.Event {
	s.records++
	start := call.RecordAsked{
		How: call.RecordStart, ID: call.RecordingID(fmt.Sprintf("0193a5c0-7d1e-7c3a-9b52-%012d", s.records)), Format: call.WAV, Channels: call.Mixed,
		Paused: s.w.chance(5),
	}
	if s.w.chance(3) {
		start.Announcement = []call.Source{{Text: "this call is recorded"}}
	}
	all := []call.Event{start}
	for range 1 + s.w.rng.IntN(4) {
		how := []call.RecordHow{call.RecordPause, call.RecordResume, call.RecordPause, call.RecordResume, call.RecordStop}[s.w.rng.IntN(5)]
		all = append(all, call.RecordAsked{How: how})
	}
	return all
}

// unfinishedRecording names a recording of a call that is over which never ended.
func unfinishedRecording(c call.Call) string {
	for _, r := range c.Recordings {
		if !r.Over() {
			return string(r.ID)
		}
	}
	return ""
}
