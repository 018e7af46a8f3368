package explain

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"tandem/internal/call"
	"tandem/internal/provider"
)

// event writes the line of an event. One that this version cannot read is shown by its name.
func (s *scribe) event(e Event) {
	l := Line{At: e.At, Source: Engine, From: LaneTandem, Kind: e.Kind, What: strings.ReplaceAll(e.Kind, "_", " "), Raw: clean(e.Payload)}
	if decoded, err := call.DecodeEvent(e.Kind, e.Payload); err == nil {
		describe(&l, decoded)
		if _, out := decoded.(call.OutOffered); out {
			l.Leg = string(call.OutSide(fmt.Sprint(e.Seq))) // as it is called from here on
		}
		s.demote(&l)
	}
	if e.Callback != "" && l.Source == Engine {
		l.Source, l.From, l.To = CallAutomation, LaneCalls, LaneTandem
	}
	s.add(e.Seq, 0, l)
}

// between makes a line an arrow.
func (l *Line) between(source Source, from, to Lane, what string, detail ...string) {
	l.Source, l.From, l.To, l.What = source, from, to, what
	l.note(detail...)
}

// note adds what is there to say.
func (l *Line) note(detail ...string) {
	for _, d := range detail {
		if d != "" {
			l.Detail = append(l.Detail, d)
		}
	}
}

// describe says what an event was, and between whom.
func describe(l *Line, e call.Event) {
	switch e := e.(type) {
	case call.Offered, call.OutOffered, call.LegProceeding, call.LegAnswered, call.LegEnded, call.MediaLost:
		describeLeg(l, e)
	case call.AgentChosen:
		l.between(Roster, LaneTandem, LaneTandem, e.Name+" chosen", e.Why...)
	case call.NobodyAvailable:
		l.between(Roster, LaneTandem, LaneTandem, "nobody available", e.Why...)
		l.Failed = true
	case call.Invited:
		l.between(CallAutomation, LaneCalls, LaneTandem, "IncomingCall", labelled("resource", e.Resource), labelled("correlation", e.Correlation), labelled("from", e.Caller), labelled("to", e.Called))
	case call.ConnectionAccepted:
		l.between(CallAutomation, LaneCalls, LaneTandem, "Answer: 200", labelled("connection", e.Connection))
	case call.AgentCalled:
		l.between(CallAutomation, LaneCalls, LaneTandem, "CreateCall: 201", labelled("connection", e.Connection))
	case call.CallFound:
		l.between(CallAutomation, LaneCalls, LaneTandem, "ConnectCall: 200", labelled("connection", e.Connection))
	case call.AgentInvited:
		l.between(CallAutomation, LaneCalls, LaneTandem, "AddParticipant: 202", labelled("invitation", e.Invitation))
	case call.ConnectionUp:
		l.between(CallAutomation, LaneCalls, LaneTandem, "CallConnected")
	case call.ConnectionDown:
		l.between(CallAutomation, LaneCalls, LaneTandem, "CallDisconnected", outcome(e.Outcome)...)
		l.Failed = e.Outcome.Class != call.ClassEnded
	case call.AgentJoined:
		l.between(CallAutomation, LaneCalls, LaneTandem, "AddParticipantSucceeded", labelled("who", e.Endpoint.ID))
	case call.AgentFailed:
		l.between(CallAutomation, LaneCalls, LaneTandem, "AddParticipantFailed", outcome(e.Outcome)...)
		l.Failed = true
	case call.RingCancelled:
		l.between(CallAutomation, LaneCalls, LaneTandem, "CancelAddParticipantSucceeded")
	case call.ParticipantsChanged:
		l.between(CallAutomation, LaneCalls, LaneTandem, "ParticipantsUpdated", fmt.Sprintf("%d there", len(e.Present)))
	case call.ParticipantRemoved:
		l.between(CallAutomation, LaneCalls, LaneTandem, "RemoveParticipantSucceeded", labelled("who", e.Endpoint.ID))
	case call.Observed:
		l.between(CallAutomation, LaneCalls, LaneTandem, "GetCall: "+upOrNot(e), fmt.Sprintf("%d there", len(e.Present)))
	case call.ActionFailed:
		l.between(Engine, LaneTandem, LaneTandem, strings.ReplaceAll(e.Action, "_", " ")+" failed", outcome(e.Outcome)...)
		if to, what := target(e.Action); to == LaneCalls {
			l.between(CallAutomation, LaneCalls, LaneTandem, what+" failed")
		}
		if e.Unsure {
			l.note("no answer came: it may have been done all the same")
		}
		l.Failed = true
	case call.OperationEnded:
		l.between(CallAutomation, LaneCalls, LaneTandem, "operation "+string(e.State), outcome(e.Outcome)...)
		l.Failed = e.State == call.OperationFailed
	case call.DeadlinePassed:
		l.note("what was awaited did not come: " + e.Name)
		l.Failed = true
	case call.OwnerLost, call.Overloaded:
		l.Failed = true
	default:
		describeCommand(l, e)
	}
}

// describeCommand does so for what the provider's application asks for.
func describeCommand(l *Line, e call.Event) {
	switch e := e.(type) {
	case call.RequestedByAPI:
		l.between(API, LaneProvider, LaneTandem, "call requested")
	case call.AddAsked:
		l.between(API, LaneProvider, LaneTandem, "add participant", labelled("agent", string(e.Agent)), labelled("queue", string(e.Queue)), labelled("outside", e.Outside.ID))
	case call.RemoveAsked:
		l.between(API, LaneProvider, LaneTandem, "remove participant", labelled("participant", e.Participant))
	case call.OperateAsked:
		l.between(API, LaneProvider, LaneTandem, strings.TrimSpace("operation "+string(e.Operation.Kind)), labelled("target", e.Operation.Target))
	case call.RecordAsked:
		l.between(API, LaneProvider, LaneTandem, "recording "+string(e.How))
	case call.HangUpAsked:
		if e.Flow {
			l.between(Engine, LaneTandem, LaneTandem, "the flow hangs up")
			return
		}
		l.between(API, LaneProvider, LaneTandem, "hang up", e.Cause)
	case call.RejectAsked, call.RedirectAsked, call.MoveAsked, call.ConsultAsked, call.ConsultEndAsked, call.StreamAsked, call.StreamStopAsked, call.TranscribeAsked:
		l.between(API, LaneProvider, LaneTandem, strings.TrimSuffix(l.What, " asked"))
	case call.FlowMoved:
		l.between(Engine, LaneTandem, LaneTandem, "flow: "+e.Step)
	}
}

func upOrNot(o call.Observed) string {
	switch {
	case o.Ringing:
		return "it still rings"
	case o.Up:
		return "it is there"
	}
	return "it is gone"
}

// describeLeg does so for what the edge tells of a dialog.
func describeLeg(l *Line, e call.Event) {
	switch e := e.(type) {
	case call.Offered:
		l.Leg = string(call.Near)
		l.between(SIP, LanePeer, LaneTandem, "INVITE", labelled("peer", e.Peer), labelled("from", e.Caller), labelled("to", e.Called), labelled("Call-ID", e.SIPCallID))
	case call.OutOffered:
		l.between(SIP, LaneMicrosoft, LaneTandem, "INVITE", labelled("to", e.Number), labelled("Call-ID", e.SIPCallID))
	case call.LegProceeding:
		l.Leg = string(e.Side)
		them := lane(e.Side)
		if e.Status == 0 {
			l.between(SIP, LaneTandem, them, "INVITE", labelled("Call-ID", e.SIPCallID))
			return
		}
		l.between(SIP, them, LaneTandem, status(e.Status))
	case call.LegAnswered:
		l.Leg = string(e.Side)
		if e.Side == call.Near {
			l.between(SIP, LaneTandem, LanePeer, status(200))
			return
		}
		l.between(SIP, lane(e.Side), LaneTandem, status(200))
	case call.LegEnded:
		l.Leg = string(e.Side)
		describeEnd(l, e)
	case call.MediaLost:
		l.Leg, l.Failed = string(e.Side), true
		l.between(Engine, LaneTandem, LaneTandem, "no sound", "nothing came from the "+string(e.Side)+" side for too long")
	}
}

// describeEnd: who ended a dialog, and how. A leg that was answered ends by BYE, one that was
// not by CANCEL of whoever called, or by a final answer of whoever was called.
func describeEnd(l *Line, e call.LegEnded) {
	them := lane(e.Side)
	from, to := them, LaneTandem
	if e.By == call.ByTandem {
		from, to = LaneTandem, them
	}
	what := "BYE"
	called := e.Side != call.Near // we called there
	switch {
	case e.Status == 0:
	case e.Status == http.StatusRequestTimeout && e.By == call.ByTandem:
		from, to, what = LaneTandem, LaneTandem, "gave up"
	case e.Status == statusTerminated && called == (e.By == call.ByTandem):
		what = "CANCEL"
	default:
		what = status(e.Status)
	}
	l.between(SIP, from, to, what, q850(e.Q850), e.Text)
	l.Failed = e.Status >= 400 && what != "CANCEL" || e.Q850 != 0 && e.Q850 != 16
	if m := e.Media; m.PacketsIn > 0 || m.PacketsOut > 0 {
		l.note(fmt.Sprintf("sound: %d packets in, %d out, %d lost, jitter %d ms", m.PacketsIn, m.PacketsOut, m.Lost, m.JitterMS))
	}
}

const statusTerminated = 487 // RFC 3261 §21.4.25

// lane is where the other end of a leg is.
func lane(side call.Side) Lane {
	if side == call.Far {
		return LaneMicrosoft
	}
	return LanePeer // also of an outleg: the telephone is dialled there
}

func labelled(name, value string) string {
	if value == "" {
		return ""
	}
	return name + " " + value
}

func q850(cause int) string {
	if cause == 0 {
		return ""
	}
	return fmt.Sprintf("Q.850 %d", cause)
}

func outcome(o call.Outcome) []string {
	all := []string{string(o.Class)}
	if o.Code != 0 || o.SubCode != 0 {
		all = append(all, fmt.Sprintf("ACS %d/%d", o.Code, o.SubCode))
	}
	return append(all, o.Message)
}

// phrases are those of RFC 3261 §21 that SIP does not share with HTTP, and RFC 3326's kin.
var phrases = map[int]string{
	100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress", 200: "OK",
	403: "Forbidden", 404: "Not Found", 408: "Request Timeout", 410: "Gone", 480: "Temporarily Unavailable",
	481: "Call/Transaction Does Not Exist", 484: "Address Incomplete", 486: "Busy Here", 487: "Request Terminated",
	488: "Not Acceptable Here", 500: "Server Internal Error", 502: "Bad Gateway", 503: "Service Unavailable",
	504: "Server Time-out", 600: "Busy Everywhere", 603: "Decline",
}

func status(code int) string { return strings.TrimSpace(fmt.Sprint(code, " ", phrases[code])) }

// target is where an action goes, and what it is called there; "" if its answer tells enough.
func target(kind string) (Lane, string) {
	switch kind {
	case "accept_invitation":
		return LaneCalls, "Answer"
	case "refuse_invitation":
		return LaneCalls, "Reject"
	case "redirect_invitation":
		return LaneCalls, "Redirect"
	case "call_agent":
		return LaneCalls, "CreateCall"
	case "connect_call":
		return LaneCalls, "ConnectCall"
	case "move_here":
		return LaneCalls, "MoveParticipants"
	case "ring_agent":
		return LaneCalls, "AddParticipant"
	case "cancel_ring":
		return LaneCalls, "CancelAddParticipant"
	case "remove_participant":
		return LaneCalls, "RemoveParticipant"
	case "operate":
		return LaneCalls, "media operation"
	case "start_recording":
		return LaneCalls, "StartRecording"
	case "change_recording":
		return LaneCalls, "change of the recording"
	case "look_recording":
		return LaneCalls, "GetRecording"
	case "end_connection":
		return LaneCalls, "HangUp"
	case "look":
		return LaneCalls, "GetCall"
	case "ring_near":
		return LanePeer, "180 Ringing"
	case "dial_out":
		return LanePeer, "INVITE"
	case "choose_agent", "connect_media", "mute_near", "hold_near", "tell_call":
		return LaneTandem, strings.ReplaceAll(kind, "_", " ")
	}
	return "", "" // legs tell of themselves
}

// action writes the line of something that the call asked for.
func (s *scribe) action(a Action) {
	to, what := target(a.Kind)
	failed := a.State == "failed" || a.Error != ""
	if to == "" {
		if !failed {
			return
		}
		to, what = LaneTandem, strings.ReplaceAll(a.Kind, "_", " ")
	}
	l := Line{At: a.At, Kind: a.Kind, Raw: clean(a.Payload), Failed: failed}
	source := Engine
	switch to {
	case LaneCalls:
		source = CallAutomation
	case LanePeer:
		source, l.Leg = SIP, string(call.Near)
	}
	l.between(source, LaneTandem, to, what)
	if a.Kind == "choose_agent" {
		l.Source = Roster
	}
	if do, err := call.DecodeDoing(a.Kind, a.Payload); err == nil {
		describeDoing(&l, do)
	}
	s.demote(&l)
	if a.Attempts > 1 {
		l.note(fmt.Sprintf("sent %d times", a.Attempts))
	}
	if a.State == "pending" || a.State == "dropped" {
		l.note("without an answer when the call was looked at")
	}
	l.note(a.Error)
	s.add(a.Seq, 1, l)
}

func describeDoing(l *Line, do call.Doing) {
	switch do := do.(type) {
	case call.RingAgent:
		l.note(labelled("who", do.Endpoint.ID), "for "+do.Timeout.String())
	case call.CallAgent:
		l.note(labelled("who", do.Endpoint.ID))
	case call.RemoveParticipant:
		l.note(labelled("who", do.Endpoint.ID))
	case call.DialOut:
		l.Leg = string(do.Side)
		l.note(labelled("peer", do.Peer), labelled("to", do.Number))
	case call.Operate:
		l.note(string(do.Operation.Kind))
	case call.ChangeRecording:
		l.note(string(do.How))
	case call.EndConnection:
		if do.ForEveryone {
			l.note("for everyone")
		}
	}
}

// told writes a line for the event and one for each attempt to deliver it.
func (s *scribe) told(t Told) {
	for _, d := range t.Deliveries {
		for _, a := range d.Attempts {
			l := Line{At: a.At, Kind: string(t.Event.Type), Raw: clean(t.Event.Data)}
			l.between(Webhook, LaneTandem, LaneProvider, string(t.Event.Type), labelled("webhook", string(d.Webhook)))
			switch {
			case a.Status != 0:
				l.note(fmt.Sprintf("%d after %s", a.Status, a.Took.Round(time.Millisecond)))
			default:
				l.note(a.Error)
			}
			l.Failed = a.Status < 200 || a.Status > 299
			s.add(last, 0, l)
		}
		if len(d.Attempts) == 0 {
			l := Line{At: t.Event.At, Kind: string(t.Event.Type), Raw: clean(t.Event.Data)}
			l.between(Webhook, LaneTandem, LaneProvider, string(t.Event.Type), labelled("webhook", string(d.Webhook)), string(d.State)+", not tried yet")
			s.add(last, 0, l)
		}
	}
	if len(t.Deliveries) == 0 {
		l := Line{At: t.Event.At, Kind: string(t.Event.Type), Raw: clean(t.Event.Data)}
		l.between(Webhook, LaneTandem, LaneTandem, string(t.Event.Type), "no webhook wanted it")
		s.add(last, 0, l)
	}
}

// trail writes a line of the audit trail.
func (s *scribe) trail(e provider.Entry) {
	l := Line{At: e.At, Kind: e.Action, Raw: clean(e.Detail)}
	by := e.ActorName
	if by == "" {
		by = e.Actor
	}
	l.between(Trail, LaneProvider, LaneTandem, e.Action, labelled("by", by))
	s.add(last, 0, l)
}

// last is behind every event of the journal of the same moment.
const last = 1 << 30
