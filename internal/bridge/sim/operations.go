package sim

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
)

// Operate takes an operation. Those without a request id must not come twice.
func (m *microsoft) Operate(_ context.Context, r bridge.Request, do call.Operate) (over bool, err error) {
	o := do.Operation
	if o.Kind == call.Play || o.Kind == call.Recognize || o.Kind == call.StartStream || o.Kind == call.StopStream {
		if key := string(r.Call) + r.Op; m.heard[key] {
			m.s.fail(fmt.Errorf("%s of call %s is asked for twice", o.Kind, short(r.Call)))
		} else {
			m.heard[key] = true
		}
	}
	_, err = m.network(r.Call, r.Op, do.Kind(), func() (any, error) {
		k, err := m.find(do.Connection)
		if err != nil {
			return nil, err
		}
		if m.s.w.chance(m.s.faults.refuse) {
			return nil, &bridge.Refused{Outcome: call.Outcome{Class: call.ClassMisconfigured, Code: 400, SubCode: 8523}}
		}
		m.sound(k, r.Op, o)
		return true, nil
	})
	return o.Kind == call.Hold || o.Kind == call.Unhold || o.Kind == call.CancelMedia, err
}

// sound begins what ends later, and ends what is cancelled.
func (m *microsoft) sound(k *connection, op string, o call.Operation) {
	m.s.w.tell("microsoft: %s in %s", o.Kind, k.id)
	tell := func(op string, state call.OperationState, class call.Class) {
		if !k.down {
			m.s.w.tell("microsoft: an operation in %s is %s", k.id, state)
			m.callback(k, call.OperationEnded{Op: op, State: state, Outcome: call.Outcome{Class: class}})
		}
	}
	if o.Kind == call.CancelMedia || o.Interrupt {
		for _, running := range slices.Sorted(maps.Keys(k.sounds)) {
			k.sounds[running]()
			delete(k.sounds, running)
			tell(running, call.OperationCancelled, call.ClassCancelled)
		}
	}
	if o.Kind == call.Hold && m.s.w.chance(5) { // no music
		m.s.w.later(time.Second, func() { tell(op, call.OperationFailed, call.ClassMisconfigured) })
	}
	switch o.Kind {
	case call.StartStream:
		m.stream(k, op, tell)
	case call.StopStream:
		m.unstream(k, op, tell)
	case call.StartTranscription:
		m.words(k, op, tell)
	case call.StopTranscription, call.UpdateTranscription:
		m.s.w.later(time.Second, func() { tell(op, call.OperationDone, call.ClassEnded) })
	}
	if o.Kind == call.Transfer {
		m.s.w.in(m.s.w.upTo(20*time.Second), nil, func() { m.transfer(k, tell, op) })
		return
	}
	if o.Kind != call.Play && o.Kind != call.Recognize && o.Kind != call.SendDTMF {
		return
	}
	if o.Kind == call.Play {
		m.s.w.in(m.s.w.upTo(time.Second), nil, func() {
			if _, sounds := k.sounds[op]; sounds && !k.down {
				m.callback(k, call.SoundBegan{Op: op})
			}
		})
	}
	if o.Loop {
		k.sounds[op] = func() {}
		if o.Target == call.Customer {
			k.music = op
		}
		return
	}
	k.sounds[op] = m.s.w.in(m.s.w.upTo(20*time.Second), nil, func() {
		delete(k.sounds, op)
		if m.s.w.chance(4) {
			tell(op, call.OperationFailed, call.ClassTimeout)
			return
		}
		if o.Kind == call.Recognize {
			m.hear(k, op)
			return
		}
		tell(op, call.OperationDone, call.ClassEnded)
	})
}

// hear is what the customer says to a question: one of two keys, or another one, or
// nothing.
func (m *microsoft) hear(k *connection, op string) {
	e := call.OperationEnded{Op: op, State: call.OperationDone}
	if key := m.s.w.rng.IntN(4); key > 0 {
		e.Recognized = &call.Recognized{Tones: fmt.Sprint(key)}
	} else {
		e.State, e.Outcome = call.OperationFailed, call.Outcome{Class: call.ClassNoInput}
	}
	if !k.down {
		m.s.w.tell("microsoft: an operation in %s is %s", k.id, e.State)
		m.callback(k, e)
	}
}

// transfer takes the customer out of our sight: to somebody who talks for a while
// and hangs up. Our connection goes with him, or stays until we leave it.
func (m *microsoft) transfer(k *connection, tell func(string, call.OperationState, call.Class), op string) {
	switch {
	case k.down:
	case m.s.w.chance(4):
		tell(op, call.OperationFailed, call.ClassDeclined)
	default:
		far := k.far
		if far == nil { // he is gone from here, and nothing of ours tells what he does
			if slices.Contains(k.present, *k.customer) {
				m.outOf(k, *k.customer)
			}
			far = &dialog{ended: true}
		}
		k.far, far.onEnd = nil, nil
		tell(op, call.OperationDone, call.ClassEnded)
		if m.s.w.chance(2) {
			m.end(k, call.Outcome{Class: call.ClassEnded, Code: 200, SubCode: 7000})
		}
		m.s.w.in(m.s.w.upTo(time.Minute), nil, func() {
			if !far.ended {
				far.hangUp(call.ByMicrosoft, 0)
			}
		})
	}
}
