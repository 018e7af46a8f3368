package acs

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"tandem/internal/call"
)

const typePrefix = "Microsoft.Communication."

// cloudEvent is the envelope of callbacks (facts/call-automation.md §11.1), and
// with CloudEvents delivery of Event Grid's events as well.
type cloudEvent struct {
	ID     string          `json:"id"`
	Source string          `json:"source"`
	Type   string          `json:"type"`
	Data   json.RawMessage `json:"data"`
}

// callback is the union of the data that we read.
type callback struct {
	Connection  string     `json:"callConnectionId"`
	ServerCall  string     `json:"serverCallId"`
	Context     string     `json:"operationContext"`
	Result      *result    `json:"resultInformation"`
	Participant Identifier `json:"participant"`
	Invitation  string     `json:"invitationId"`
	Sequence    int        `json:"sequenceNumber"`
	Recording   string     `json:"recordingId"`
	State       string     `json:"state"` // of a recording
	Streaming   struct {
		Details string `json:"mediaStreamingStatusDetails"`
	} `json:"mediaStreamingUpdate"`
	Transcribing struct {
		Details string `json:"transcriptionStatusDetails"`
	} `json:"transcriptionUpdate"`
	recognition
	Participants []Member `json:"participants"`
}

var (
	errUnknownType = errors.New("unknown event type")
	errForeign     = errors.New("the event speaks of another connection than its source")
	errUnreadable  = errors.New("the event's data makes no sense")
)

// split cuts a body into its events. The service sends arrays; a single object
// is a batch of one.
func split[T any](body []byte) ([]T, error) {
	body = bytes.TrimSpace(body)
	if len(body) > 0 && body[0] == '{' {
		var one T
		if err := json.Unmarshal(body, &one); err != nil {
			return nil, err
		}
		return []T{one}, nil
	}
	var many []T
	if err := json.Unmarshal(body, &many); err != nil {
		return nil, err
	}
	if many == nil { // null
		return nil, errors.New("neither an array nor an object")
	}
	return many, nil
}

// decode turns a callback into an event of the call. strangers is how many
// entries of a participant list are of kinds we do not know.
func decode(e cloudEvent) (ev call.Event, strangers int, err error) {
	name, ours := strings.CutPrefix(e.Type, typePrefix)
	build, known := mapping[name]
	if !ours || !known {
		return nil, 0, errUnknownType
	}
	var d callback
	if err := json.Unmarshal(e.Data, &d); err != nil || d.Connection == "" {
		return nil, 0, errUnreadable
	}
	if of, ok := strings.CutPrefix(strings.TrimPrefix(e.Source, "/"), "calling/callConnections/"); ok && !strings.EqualFold(of, d.Connection) {
		return nil, 0, errForeign
	}
	if ev = build(d); ev == nil {
		return nil, 0, errUnreadable
	}
	if list, ok := ev.(call.ParticipantsChanged); ok {
		strangers = len(d.Participants) - len(list.Present)
	}
	return ev, strangers, nil
}

// mapping has a row for each callback that means something to a call. All
// others are counted (as unknown), and not asked for.
var mapping = map[string]func(callback) call.Event{
	"CallConnected": func(d callback) call.Event {
		return call.ConnectionUp{Connection: d.Connection, ServerCall: d.ServerCall}
	},
	"CallDisconnected": func(d callback) call.Event {
		return call.ConnectionDown{Connection: d.Connection, Outcome: d.Result.ending(call.ClassEnded)}
	},
	// CallDisconnected comes as well, before or after (facts/observed-events.md §6).
	"CreateCallFailed": func(d callback) call.Event {
		return call.ConnectionDown{Connection: d.Connection, Outcome: d.Result.outcome(call.ClassUnknown)}
	},
	"ConnectFailed": func(d callback) call.Event {
		return call.ConnectionDown{Connection: d.Connection, Outcome: d.Result.outcome(call.ClassUnknown)}
	},
	"AnswerFailed": func(d callback) call.Event {
		return call.ConnectionDown{Connection: d.Connection, Outcome: d.Result.outcome(call.ClassUnknown)}
	},
	"AddParticipantSucceeded": func(d callback) call.Event {
		op, who, ok := d.subject()
		if !ok {
			return nil
		}
		return call.AgentJoined{Connection: d.Connection, Op: op, Endpoint: who}
	},
	"AddParticipantFailed": func(d callback) call.Event {
		op, who, ok := d.subject()
		switch {
		case !ok:
			return nil
		case d.Result.takenElsewhere():
			return call.Doubted{}
		}
		return call.AgentFailed{Connection: d.Connection, Op: op, Endpoint: who, Outcome: d.Result.outcome(call.ClassUnknown)}
	},
	"CancelAddParticipantSucceeded": func(d callback) call.Event {
		if d.Invitation == "" {
			return nil
		}
		return call.RingCancelled{Connection: d.Connection, Invitation: d.Invitation}
	},
	"CancelAddParticipantFailed": func(d callback) call.Event {
		return d.failed(call.CancelRing{})
	},
	// Whoever was moved here is there as if he had been added, or is not.
	"MoveParticipantSucceeded": func(d callback) call.Event {
		op, who, ok := d.subject()
		if !ok {
			return nil
		}
		return call.AgentJoined{Connection: d.Connection, Op: op, Endpoint: who}
	},
	"MoveParticipantFailed": func(d callback) call.Event {
		return d.failed(call.MoveHere{})
	},
	"RemoveParticipantSucceeded": func(d callback) call.Event {
		op, who, ok := d.subject()
		if !ok {
			return nil
		}
		return call.ParticipantRemoved{Connection: d.Connection, Op: op, Endpoint: who}
	},
	"RemoveParticipantFailed": func(d callback) call.Event {
		return d.failed(call.RemoveParticipant{})
	},
	"ParticipantsUpdated": func(d callback) call.Event {
		if d.Participants == nil { // absent: nothing is known, which is not "nobody"
			return nil
		}
		e := call.ParticipantsChanged{Connection: d.Connection, ServerCall: d.ServerCall, Sequence: d.Sequence, Present: []call.Endpoint{}}
		for _, p := range d.Participants {
			who, ok := p.Identifier.endpoint()
			if !ok {
				continue
			}
			e.Present = append(e.Present, who)
			if p.IsOnHold {
				e.OnHold = append(e.OnHold, who)
			}
		}
		return e
	},
	// A prompt may be fetched and made first, so it can begin seconds after its request
	// was taken (facts/call-automation.md §7): an operator who looks for silence sees it.
	"PlayStarted":            func(d callback) call.Event { return call.SoundBegan{Op: opOf(d.Context)} },
	"PlayCompleted":          func(d callback) call.Event { return d.operationEnded(call.OperationDone) },
	"PlayFailed":             func(d callback) call.Event { return d.operationEnded(call.OperationFailed) },
	"PlayCanceled":           func(d callback) call.Event { return d.operationEnded(call.OperationCancelled) },
	"RecognizeCompleted":     func(d callback) call.Event { return d.operationEnded(call.OperationDone) },
	"RecognizeFailed":        func(d callback) call.Event { return d.operationEnded(call.OperationFailed) },
	"RecognizeCanceled":      func(d callback) call.Event { return d.operationEnded(call.OperationCancelled) },
	"SendDtmfTonesCompleted": func(d callback) call.Event { return d.operationEnded(call.OperationDone) },
	"SendDtmfTonesFailed":    func(d callback) call.Event { return d.operationEnded(call.OperationFailed) },
	"CallTransferAccepted":   func(d callback) call.Event { return d.operationEnded(call.OperationDone) },
	"CallTransferFailed":     func(d callback) call.Event { return d.operationEnded(call.OperationFailed) },
	// Its connection may be none of the call's (facts/observed-events.md §6); the
	// recording's own id is what counts.
	"RecordingStateChanged": func(d callback) call.Event {
		if d.Recording == "" {
			return nil
		}
		return call.RecordingChanged{Recording: d.Recording, Active: strings.EqualFold(d.State, "active")}
	},
	"StartRecordingFailed": func(d callback) call.Event {
		return call.RecordingNotStarted{Recording: d.Recording, Outcome: d.Result.outcome(call.ClassUnknown)}
	},
	"MediaStreamingStarted": func(d callback) call.Event { return d.operationEnded(call.OperationDone) },
	"MediaStreamingStopped": func(d callback) call.Event { return d.operationEnded(call.OperationDone) },
	"MediaStreamingFailed":  func(d callback) call.Event { return d.streamFailed(d.Streaming.Details) },
	"TranscriptionStarted":  func(d callback) call.Event { return d.operationEnded(call.OperationDone) },
	"TranscriptionStopped":  func(d callback) call.Event { return d.operationEnded(call.OperationDone) },
	"TranscriptionUpdated":  func(d callback) call.Event { return d.operationEnded(call.OperationDone) },
	"TranscriptionFailed":   func(d callback) call.Event { return d.streamFailed(d.Transcribing.Details) },
	"HoldFailed":            func(d callback) call.Event { return d.operationEnded(call.OperationFailed) },
}

// subject is whom the event is about: by our context, by name, or both.
func (d callback) subject() (op string, who call.Endpoint, ok bool) {
	op = opOf(d.Context)
	who, ok = d.Participant.endpoint()
	return op, who, ok || op != ""
}

func (d callback) failed(do call.Doing) call.Event {
	return call.ActionFailed{Op: opOf(d.Context), Action: do.Kind(), Outcome: d.Result.outcome(call.ClassUnknown)}
}
