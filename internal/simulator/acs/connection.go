package acs

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"tandem/internal/simulator/delays"
	"tandem/internal/simulator/events"
	"tandem/internal/simulator/faults"
)

// connection is a leg of the application: one callConnectionId.
type connection struct {
	events.Connection
	call             *call
	connected        bool
	state            string // overrides connecting and connected while a transfer runs
	callbackURI      string
	operationContext string
	cognitive        bool // a Cognitive Services endpoint was given
	targets          []identifier
	source           identifier // zero: none
	sourceName       string
	created          bool
	callerID         string
	answeredBy       string // 8:acs id, when the application gave one
	answeredFor      string // number
	answeredFrom     *offer
	identity         *member
	outbox           *events.Outbox
	media            mediaState
}

// begin makes a leg of the application on a call.
func (s *Service) begin(x *exchange, c *call, opts legOptions) *connection {
	leg := &connection{
		Connection: events.Connection{
			ID: newID(), ServerCallID: c.serverCallID, CorrelationID: c.correlationID, Version: x.version,
		},
		call: c, callbackURI: opts.CallbackURI, operationContext: opts.OperationContext,
		cognitive: opts.Intelligence != nil && opts.Intelligence.Endpoint != "",
		outbox:    s.Sender.Outbox(c.resource.ImmutableID),
	}
	leg.media.subscribe(leg, opts)
	c.legs = append(c.legs, leg)
	x.chain, x.outbox = c.correlationID, leg.outbox
	return leg
}

// legOptions is what create, answer and connect have in common.
type legOptions struct {
	CallbackURI      string `json:"callbackUri"`
	OperationContext string `json:"operationContext"`
	Intelligence     *struct {
		Endpoint string `json:"cognitiveServicesEndpoint"`
	} `json:"callIntelligenceOptions"`
	Streaming     *streamingRequest     `json:"mediaStreamingOptions"`
	Transcription *transcriptionRequest `json:"transcriptionOptions"`
}

// source is where the events of a connection come from.
func (a *connection) sourceID() string { return "calling/callConnections/" + a.ID }

// push sends an event to the application, to url instead of the call's
// callback URI if that is not empty.
func (a *connection) push(name, url string, at time.Time, data events.Object) {
	if url == "" {
		url = a.callbackURI
	}
	a.outbox.Push(events.Event{Name: name, URL: url, Time: at, Source: a.sourceID(), Data: data})
}

// reply is where the events of one operation go and what they carry.
type reply struct {
	OperationContext string `json:"operationContext"`
	CallbackURI      string `json:"operationCallbackUri"`
}

// tell sends an event of an operation.
func (a *connection) tell(name string, r reply, special events.Object, result events.Result) {
	a.tellAt(name, r, time.Now(), special, result)
}

func (a *connection) tellAt(name string, r reply, at time.Time, special events.Object, result events.Result) {
	a.push(name, r.CallbackURI, at, a.Operation(name, special, r.OperationContext, result))
}

// announce tells a leg that it is connected: CallConnected and the first
// ParticipantsUpdated in either order, the latter first on about two legs of
// three (facts/observed-events.md §6).
func (s *Service) announce(leg *connection) {
	leg.connected = true
	now := time.Now()
	updatedFirst := s.dice.IntN(3) < 2
	if value, struck := s.Faults.Take(faults.EventOrder, ""); struck {
		updatedFirst = value != "connected-first"
	}
	connected := func(at time.Time) {
		leg.tellAt(events.CallConnected, reply{OperationContext: leg.operationContext}, at, nil, events.Result{Code: 200})
	}
	if updatedFirst {
		s.tellMembersTo(leg, now)
	} else {
		connected(now)
	}
	var pause time.Duration
	if most := s.Delays[delays.Connect]; most > 0 {
		pause = time.Duration(s.dice.Int64N(int64(most))) + 1
	}
	s.after(pause, func() {
		if pause > 0 {
			now = time.Now()
		}
		switch {
		case !leg.connected: // ended meanwhile
			return
		case updatedFirst:
			connected(now)
		default:
			s.tellMembersTo(leg, now)
		}
		s.startSubscriptions(leg)
	})
}

// disconnect ends a leg of the application: CallDisconnected is its last event
// and nobody is rung in its name any more. For its invitations nothing is sent
// ([?] nothing is documented but that CallDisconnected is the last event).
func (s *Service) disconnect(leg *connection, why events.Result) {
	c := leg.call
	if !leg.alive() {
		return
	}
	s.removeLeg(leg)
	c.invitations = slices.DeleteFunc(c.invitations, func(inv *invitation) bool {
		return inv.by == leg && (inv.cancel() || true)
	})
	if leg.identity != nil && c.take(leg.identity) && leg.identity.port != nil {
		leg.identity.port.Leave()
	}
	leg.connected = false
	leg.tell(events.CallDisconnected, reply{OperationContext: leg.operationContext}, nil, why)
}

// alive says whether a leg is still part of its call.
func (a *connection) alive() bool { return slices.Contains(a.call.legs, a) }

// removeLeg forgets a leg without a word.
func (s *Service) removeLeg(leg *connection) {
	c := leg.call
	if i := slices.Index(c.legs, leg); i >= 0 {
		c.legs = slices.Delete(c.legs, i, i+1)
		s.stopMedia(leg)
	}
}

// results of endings (facts/observed-events.md §7).
var (
	ok    = events.Result{Code: 200}
	byAPI = events.Result{
		Code: 200, SubCode: 7000,
		Message: "Call was ended by Azure Communication Service Call Automation API or a server bot. DiagCode: 0#7000.@",
	}
	conversationEnded = events.Result{Code: 200, SubCode: 5001, Message: "This conversation has ended.. DiagCode: 0#5001.@"}
	noACK             = events.Result{Code: 408, SubCode: 1106, Message: "No ACK from the caller's side. DiagCode: 408#1106.@"}
	callerHungUp      = events.Result{Code: 200, SubCode: 540000, Message: "Call ended successfully by local PSTN caller."}
	calleeHungUp      = events.Result{Code: 200, SubCode: 560000, Message: "Call ended successfully by remote PSTN participant."}
)

// lineResult says why a phone's leg ended. Failures carry their SIP status in
// the subcode: 540xyz for a call from the SBC, 560xyz for one to it
// (facts/observed-events.md §7).
func lineResult(line Leg) events.Result {
	base, ended := 540000, callerHungUp
	if out, isOut := line.(interface{ Outbound() bool }); isOut && out.Outbound() {
		base, ended = 560000, calleeHungUp
	}
	by, status, q850 := line.End()
	switch {
	case by == "media":
		return events.Result{
			Code: http.StatusGone, SubCode: 531005, Message: "Media path was lost. DiagCode: 410#531005.@",
			SIP: &events.Diagnostic{Code: http.StatusGone, Message: "Gone"}, Q850: &events.Diagnostic{Code: q850, Message: "BackToBackSessionDeleted"},
		}
	case by == "microsoft" && status == http.StatusRequestTimeout:
		return noACK
	case status >= 300:
		return sipResult(base, status, q850, "Call ended by the PSTN side.")
	}
	return ended
}

func sipResult(base, status, q850 int, words string) events.Result {
	sub := base + status
	return events.Result{
		Code: status, SubCode: sub, Message: words + " DiagCode: " + strconv.Itoa(status) + "#" + strconv.Itoa(sub) + ".@",
		SIP: &events.Diagnostic{Code: status, Message: sipPhrase(status)}, Q850: &events.Diagnostic{Code: q850},
	}
}

// sipPhrase is the reason phrase of a SIP status (RFC 3261 §21); many are those
// of HTTP.
func sipPhrase(status int) string {
	switch status {
	case 480:
		return "Temporarily Unavailable"
	case 481:
		return "Call/Transaction Does Not Exist"
	case 484:
		return "Address Incomplete"
	case 486:
		return "Busy Here"
	case 487:
		return "Request Terminated"
	case 488:
		return "Not Acceptable Here"
	case 600:
		return "Busy Everywhere"
	case 603:
		return "Decline"
	case 604:
		return "Does Not Exist Anywhere"
	}
	return http.StatusText(status)
}

// properties is CallConnectionProperties in the recorded order
// (facts/call-automation.md §6.1).
func (a *connection) properties(state string) events.Object {
	targets := make([]events.Object, 0, len(a.targets))
	for _, t := range a.targets {
		targets = append(targets, t.object())
	}
	o := events.Object{{Key: "callConnectionId", Value: a.ID}}
	if !a.created || a.connected { // create answers without it
		o = append(o, events.Field{Key: "serverCallId", Value: a.ServerCallID})
	}
	o = append(o,
		events.Field{Key: "targets", Value: targets},
		events.Field{Key: "callConnectionState", Value: state},
		events.Field{Key: "callbackUri", Value: a.callbackURI},
	)
	if a.callerID != "" {
		o = append(o, events.Field{Key: "sourceCallerIdNumber", Value: events.Object{{Key: "value", Value: a.callerID}}})
	}
	if a.created {
		o = append(o, events.Field{Key: "sourceDisplayName", Value: a.sourceName})
	}
	if a.source != (identifier{}) {
		o = append(o, events.Field{Key: "source", Value: a.source.object()})
	}
	o = append(o, events.Field{Key: "correlationId", Value: a.CorrelationID})
	if a.answeredBy != "" {
		o = append(o, events.Field{Key: "answeredBy", Value: events.Object{{Key: "id", Value: a.answeredBy}}})
	}
	o = append(o, a.media.subscriptions()...)
	if a.answeredFor != "" {
		o = append(o, events.Field{Key: "answeredFor", Value: events.Object{{Key: "value", Value: a.answeredFor}}})
	}
	return o
}

// find returns the leg of {id}. It needs s.mu.
func (s *Service) find(x *exchange) (*connection, error) { return s.findID(x, x.id) }

func (s *Service) findID(x *exchange, id string) (*connection, error) {
	for _, c := range s.calls {
		for _, leg := range c.legs {
			if leg.ID == id && c.resource == x.resource {
				x.chain, x.outbox = c.correlationID, leg.outbox
				return leg, nil
			}
		}
	}
	return nil, errCallNotFound
}

var errNotEstablished = failure{http.StatusBadRequest, "8501", "Action is invalid when call is not in Established state."}

// findConnected is find for operations that need an established call.
func (s *Service) findConnected(x *exchange) (*connection, error) {
	leg, err := s.find(x)
	if err == nil && !leg.connected {
		err = errNotEstablished
	}
	return leg, err
}

func (s *Service) getCall(x *exchange) (events.Object, error) {
	leg, err := s.find(x)
	if err != nil {
		return nil, err
	}
	state := leg.state
	switch {
	case state != "":
	case leg.connected:
		state = "connected"
	default:
		state = "connecting"
	}
	return leg.properties(state), nil
}

// hangUp takes the application's leg out. Two others or more go on talking,
// unless it has dialled two phones of them: then the call drops, a known issue
// (facts/call-automation.md §6.4).
func (s *Service) hangUp(x *exchange) (events.Object, error) {
	leg, err := s.find(x)
	if err != nil {
		return nil, err
	}
	x.then(func() {
		c := leg.call
		s.disconnect(leg, byAPI)
		phones := 0
		for _, m := range c.members {
			if m.dialled == leg {
				phones++
			}
		}
		if c.deserted() || phones > 1 {
			s.after(s.Delays[delays.OthersEnd], func() { s.endCall(c, s.endingOfOthers()) })
			return
		}
		s.changed(c, 1)
	})
	return nil, nil
}

// afterglow is how long a leg can still be terminated whose call another leg has
// ended: the recorded service took both requests, less than a second apart
// (recorded/acs-http/java-create-answer-add-mute-2023-10-15.json). How long is
// inferred [?].
const afterglow = time.Second

// terminate ends the call for everyone.
func (s *Service) terminate(x *exchange) (events.Object, error) {
	leg, err := s.find(x)
	if ended := s.ended[x.id]; err != nil && ended != nil && ended.resource == x.resource {
		x.chain = ended.correlationID
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	x.then(func() {
		c := leg.call
		s.disconnect(leg, byAPI)
		for _, other := range c.legs {
			s.ended[other.ID] = c
			s.Clock.AfterFunc(afterglow, func() {
				s.mu.Lock()
				defer s.mu.Unlock()
				delete(s.ended, other.ID)
			})
		}
		s.after(s.Delays[delays.OthersEnd], func() { s.endCall(c, s.endingOfOthers()) })
	})
	return nil, nil
}

// endingOfOthers is what legs hear that did not end the call themselves: two
// texts were recorded for the same ending (facts/observed-events.md §7).
func (s *Service) endingOfOthers() events.Result {
	if s.dice.IntN(3) == 0 {
		return events.Result{Code: 200, SubCode: 7000, Message: "The conversation has ended. DiagCode: 0#7000.@"}
	}
	return conversationEnded
}
