package acs

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"

	"tandem/internal/simulator/events"
)

// callback checks a callback URI: https, or http on loopback where that was
// allowed (facts/call-automation.md §11.1).
func (s *Service) callback(uri string) error {
	u, err := url.Parse(uri)
	if err == nil && u.Host != "" && u.User == nil {
		if u.Scheme == "https" || (u.Scheme == "http" && s.InsecureCallbacks && loopback(u.Hostname())) {
			return nil
		}
	}
	return invalid("The field CallbackUri is invalid.")
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && addr.IsLoopback())
}

// take consumes an incomingCallContext. That it is good for one use only is
// inferred [?]. It needs s.mu.
func (s *Service) take(x *exchange, context string) (*call, error) {
	c := s.offers[context]
	if context == "" || c == nil || c.resource != x.resource {
		return nil, invalid("The field IncomingCallContext is invalid.")
	}
	x.chain = c.correlationID
	if c.state != offered || over(c.leg) {
		return nil, errCallNotFound
	}
	c.unanswered.Stop()
	return c, nil
}

// find returns the call of {id}. It needs s.mu.
func (s *Service) find(x *exchange) (*call, error) {
	i := slices.IndexFunc(s.calls, func(c *call) bool { return c.app != nil && c.app.ID == x.id && c.resource == x.resource })
	if i < 0 {
		return nil, errCallNotFound
	}
	x.chain = s.calls[i].correlationID
	return s.calls[i], nil
}

// findConnected is find for operations that need an established call.
func (s *Service) findConnected(x *exchange) (*call, error) {
	c, err := s.find(x)
	if err == nil && c.state != connected {
		err = failure{http.StatusBadRequest, "8501", "Action is invalid when call is not in Established state."}
	}
	return c, err
}

func (s *Service) answer(x *exchange) (events.Object, error) {
	var req struct {
		IncomingCallContext string `json:"incomingCallContext"`
		CallbackURI         string `json:"callbackUri"`
		OperationContext    string `json:"operationContext"`
		AnsweredBy          *struct {
			ID string `json:"id"`
		} `json:"answeredBy"`
		MediaStreaming any `json:"mediaStreamingOptions"`
		Transcription  any `json:"transcriptionOptions"`
	}
	if err := x.decode(&req); err != nil {
		return nil, err
	}
	if err := s.callback(req.CallbackURI); err != nil {
		return nil, err
	}
	if req.MediaStreaming != nil || req.Transcription != nil {
		return nil, unsupported("media options of answer")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.take(x, req.IncomingCallContext)
	if err != nil {
		return nil, err
	}
	app := &connection{
		Connection: events.Connection{
			ID: uuid.NewString(), ServerCallID: c.serverCallID, CorrelationID: c.correlationID, Version: x.version,
		},
		callbackURI: req.CallbackURI, operationContext: req.OperationContext,
		outbox: s.Sender.Outbox(c.resource.ImmutableID),
	}
	if req.AnsweredBy != nil {
		app.answeredBy = req.AnsweredBy.ID
	}
	c.app, c.state = app, connecting
	done := make(chan struct{})
	x.settled, x.outbox = append(x.settled, done), app.outbox
	x.then(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.spawn(func() { defer close(done); s.connect(c) })
	})
	// The answer says "unknown" (facts/observed-events.md §10).
	return c.properties("unknown"), nil
}

// properties is CallConnectionProperties in the recorded order.
func (c *call) properties(state string) events.Object {
	o := events.Object{
		{Key: "callConnectionId", Value: c.app.ID},
		{Key: "serverCallId", Value: c.serverCallID},
		{Key: "targets", Value: []events.Object{c.to.object()}},
		{Key: "callConnectionState", Value: state},
		{Key: "callbackUri", Value: c.app.callbackURI},
		{Key: "source", Value: c.from.object()},
		{Key: "correlationId", Value: c.correlationID},
	}
	if c.app.answeredBy != "" {
		o = append(o, events.Field{Key: "answeredBy", Value: events.Object{{Key: "id", Value: c.app.answeredBy}}})
	}
	return append(o, events.Field{Key: "answeredFor", Value: events.Object{{Key: "value", Value: c.to.id}}})
}

// rejections are the SIP answers to callRejectReason; which one "none" gives is
// inferred [?].
var rejections = map[string]struct {
	status, cause int
	phrase        string
}{
	"none":      {603, 21, "Decline"},
	"busy":      {486, 17, "Busy Here"},
	"forbidden": {403, 21, "Forbidden"},
}

func (s *Service) reject(x *exchange) (events.Object, error) {
	var req struct {
		IncomingCallContext string `json:"incomingCallContext"`
		Reason              string `json:"callRejectReason"`
	}
	if err := x.decode(&req); err != nil {
		return nil, err
	}
	if req.Reason == "" {
		req.Reason = "none"
	}
	how, known := rejections[req.Reason]
	if !known {
		return nil, invalid("The field CallRejectReason is invalid.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.take(x, req.IncomingCallContext)
	if err != nil {
		return nil, err
	}
	s.refuse(c, how.status, how.cause, how.phrase)
	s.dissolve(c)
	return nil, nil
}

func (s *Service) getCall(x *exchange) (events.Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.find(x)
	if err != nil {
		return nil, err
	}
	return c.properties(string(c.state)), nil
}

// hangUp takes the application out. Two others or more go on talking.
func (s *Service) hangUp(x *exchange) (events.Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.find(x)
	if err != nil {
		return nil, err
	}
	x.outbox = c.app.outbox
	goesOn := c.others() > 1
	x.then(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.disconnectApp(c, byAPI)
		if !goesOn || c.others() < 2 {
			s.dissolve(c)
		}
	})
	return nil, nil
}

func (s *Service) terminate(x *exchange) (events.Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.find(x)
	if err != nil {
		return nil, err
	}
	x.outbox = c.app.outbox
	x.then(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.disconnectApp(c, byAPI)
		s.dissolve(c)
	})
	return nil, nil
}

func (s *Service) remove(x *exchange) (events.Object, error) {
	var req struct {
		Participant      *identifierModel `json:"participantToRemove"`
		OperationContext string           `json:"operationContext"`
		CallbackURI      string           `json:"operationCallbackUri"`
	}
	who, err := s.targeted(x, &req, func() (*identifierModel, string) { return req.Participant, req.CallbackURI })
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.findConnected(x)
	if err != nil {
		return nil, err
	}
	x.outbox = c.app.outbox
	x.then(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.expel(c, who, req.OperationContext, req.CallbackURI)
	})
	return events.Object{{Key: "operationContext", Value: events.Optional(req.OperationContext)}}, nil
}

// expel takes a party out by the application's order.
func (s *Service) expel(c *call, who identifier, operationContext, callbackURI string) {
	now := time.Now()
	special := events.Object{{Key: "participant", Value: who.object()}}
	p := c.party(who)
	if p == nil || c.state != connected {
		c.tellOperation("RemoveParticipantFailed", callbackURI, now, special, operationContext,
			events.Result{Code: 404, SubCode: 8558, Message: "Participant is not part of the call."})
		return
	}
	if p.session != nil {
		p.session.Leave()
	} else if !p.app && !over(c.leg) {
		s.spawn(func() { c.leg.Bye(16, "CallEndReasonRemoved") })
	}
	c.tellOperation("RemoveParticipantSucceeded", callbackURI, now, special, operationContext, events.Result{Code: 200})
	s.depart(c, who, conversationEnded)
}

func (s *Service) listParticipants(x *exchange) (events.Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.find(x)
	if err != nil {
		return nil, err
	}
	list := make([]events.Object, 0, len(c.parties))
	for _, p := range c.parties {
		list = append(list, p.object())
	}
	return events.Object{{Key: "value", Value: list}}, nil
}

func (s *Service) getParticipant(x *exchange) (events.Object, error) {
	who := parseRaw(x.party)
	if !who.valid() {
		return nil, invalid("The participant id is invalid.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.find(x)
	if err != nil {
		return nil, err
	}
	p := c.party(who)
	if p == nil {
		return nil, failure{http.StatusNotFound, "8522", "Participant not found."}
	}
	return p.object(), nil
}

// targeted decodes a request about one participant and checks what all of
// these requests have in common.
func (s *Service) targeted(x *exchange, req any, parts func() (*identifierModel, string)) (identifier, error) {
	if err := x.decode(req); err != nil {
		return identifier{}, err
	}
	model, callbackURI := parts()
	who, err := model.parse()
	if err != nil {
		return identifier{}, invalid(err.Error() + ".")
	}
	if callbackURI != "" {
		if err := s.callback(callbackURI); err != nil {
			return identifier{}, err
		}
	}
	return who, nil
}

// stormPause is the pause between repeated updates (facts/observed-events.md §5).
const stormPause = 400 * time.Millisecond
