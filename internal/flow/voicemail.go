package flow

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"tandem/internal/call"
)

// stage is where a voicemail stands.
//
//	asking ──said──▶ starting ──recording──▶ tone ──played──▶ listening ──▶ stopping ──ended──▶ (next)
//	                    └─────────────────────── not recorded ───────────────────────────────▶ (next)
type stage string

const (
	stageAsking    stage = "asking"
	stageStarting  stage = "starting"
	stageTone      stage = "tone"
	stageListening stage = "listening"
	stageStopping  stage = "stopping"
)

func (r *run) voicemail(b Voicemail) {
	switch r.s.Stage {
	case "":
		r.play(sources(b.Sounds), false)
		r.s.Stage = stageAsking
	case stageAsking:
		if _, over := r.operation(r.s.Op); over {
			r.want(call.RecordAsked{How: call.RecordStart, ID: r.message(), Format: call.WAV, Channels: call.Mixed})
			r.s.Stage = stageStarting
		}
	case stageStarting:
		switch state := r.recorded(); {
		case state == call.RecordingActive && len(b.Tone) > 0:
			r.play(sources(b.Tone), false)
			r.s.Stage = stageTone
		case state == call.RecordingActive:
			r.listenForEnd(b)
		case state == call.RecordingFailed || state == call.RecordingEnded:
			r.enter(b.Next)
		}
	case stageTone:
		if _, over := r.operation(r.s.Op); over {
			r.listenForEnd(b)
		}
	case stageListening:
		if _, over := r.operation(r.s.Op); over {
			r.want(call.RecordAsked{How: call.RecordStop, ID: r.message()})
			r.s.Stage = stageStopping
		}
	case stageStopping:
		if state := r.recorded(); state == call.RecordingFailed || state == call.RecordingEnded {
			r.enter(b.Next)
		}
	}
}

// message names the recording of the step: the same whenever it is asked for.
func (r *run) message() call.RecordingID {
	h := sha256.Sum256(fmt.Appendf(nil, "%s/%d", r.c.ID, r.s.Entered))
	h[6], h[8] = h[6]&0x0f|0x80, h[8]&0x3f|0x80 // a UUID of our own making (RFC 9562 §5.8)
	s := hex.EncodeToString(h[:16])
	return call.RecordingID(s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:])
}

// recorded is where the recording of the step stands; one that the call refused
// failed.
func (r *run) recorded() call.RecordingState {
	id := r.message()
	i := slices.IndexFunc(r.c.Recordings, func(x call.Recording) bool { return x.ID == id })
	if i < 0 {
		return call.RecordingFailed
	}
	return r.c.Recordings[i].State
}

// listenForEnd waits for a key. Words do not end it, so it is as long as the message
// may be.
func (r *run) listenForEnd(b Voicemail) {
	r.s.Op = r.operate(call.Operation{Kind: call.Recognize, Target: call.Customer, Listen: &call.Recognition{
		Input: call.InputDTMF, InitialSilence: b.longest(), InterToneGap: time.Second, MaxTones: 1,
	}})
	r.s.Stage = stageListening
}
