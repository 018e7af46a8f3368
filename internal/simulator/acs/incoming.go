package acs

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/events"
	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/faults"
)

// sipUnavailable is 480 Temporarily Unavailable (RFC 3261 §21.4.18).
const sipUnavailable = 480

// contextMemory is how long a used incomingCallContext is told from one that
// never was.
const contextMemory = time.Hour

// offer is an IncomingCall event that waits for the application: a call from
// outside with its line, or an ACS user who is being invited.
type offer struct {
	context    string
	call       *call
	from, to   identifier
	line       Leg         // of a call from outside
	invitation *invitation // of an ACS user
	unanswered *clock.Timer
	open       bool
}

// Offer takes a call that a trunk of the resource sent: announces it and lets
// the application decide. It returns at once; the answer to the leg follows.
// What Microsoft's proxy sends when no subscription takes the call, or nobody
// answers, is not known; 480 is emulated (facts/direct-routing.md §20).
func (s *Service) Offer(immutableID string, line Leg) {
	if value, struck := s.Faults.Take(faults.LegReject, line.TrunkFQDN()); struck {
		status, err := strconv.Atoi(value)
		if err != nil || status < 400 || status > 699 {
			status = http.StatusServiceUnavailable
		}
		line.Reject(status, 31, "Set by the simulator's operator")
		return
	}
	s.offerLine(immutableID, line, false)
}

// offerLine announces a call. A patient one rings on where nobody subscribes:
// whoever placed it knows its context.
func (s *Service) offerLine(immutableID string, line Leg, patient bool) (incomingCallContext string) {
	res := s.resources[strings.ToLower(immutableID)]
	if res == nil {
		line.Reject(http.StatusForbidden, 57, "No trunk configuration for that FQDN")
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		s.mu.Unlock()
		line.Reject(http.StatusServiceUnavailable, 41, "Service is going away")
		s.mu.Lock()
		return ""
	}
	from, to := phone(line.From()), phone(line.To())
	o := &offer{call: s.newCall(res, from, to), from: from, to: to, line: line}
	s.spawn(func() {
		select {
		case <-line.Ended():
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.withdraw(o) {
				s.dissolve(o.call)
			}
		case <-s.ctx.Done():
		}
	})
	if !s.announceOffer(o, s.AnswerTime, "", customContext{SIP: line.CustomHeaders()}) && !patient {
		s.Logger.Warn("no Event Grid subscription takes the call; 480 is a guess", "resource", res.Name)
		s.abandon(o, "No callee endpoints were found.")
	}
	return o.context
}

// announceOffer publishes IncomingCall and reports whether anybody listens.
func (s *Service) announceOffer(o *offer, patience time.Duration, callerName string, custom customContext) bool {
	o.context, o.open = newContext(), true
	o.call.offers = append(o.call.offers, o)
	s.offers[o.context] = o
	o.unanswered = s.Clock.AfterFunc(patience, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.abandon(o, "Nobody answered the IncomingCall event")
	})
	data := events.Object{
		{Key: "to", Value: o.to.announced()},
		{Key: "from", Value: o.from.announced()},
		{Key: "serverCallId", Value: o.call.serverCallID},
		{Key: "callerDisplayName", Value: callerName},
	}
	if !custom.empty() {
		data = append(data, events.Field{Key: "customContext", Value: events.Object{
			{Key: "sipHeaders", Value: custom.sip()}, {Key: "voipHeaders", Value: custom.voip()},
		}})
	}
	data = append(data,
		events.Field{Key: "incomingCallContext", Value: o.context},
		events.Field{Key: "correlationId", Value: o.call.correlationID},
	)
	subject := "/caller/" + o.from.raw() + "/recipient/" + o.to.raw()
	return s.Grid.Publish(events.Topic(o.call.resource.Name), subject, events.IncomingCall, data) > 0
}

// withdraw closes an offer and reports whether it was open. Its context stays
// known for a while, so that a late answer hears 8522.
func (s *Service) withdraw(o *offer) bool {
	if !o.open {
		return false
	}
	o.open = false
	o.unanswered.Stop()
	if i := slices.Index(o.call.offers, o); i >= 0 {
		o.call.offers = slices.Delete(o.call.offers, i, i+1)
	}
	s.Clock.AfterFunc(contextMemory, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.offers, o.context)
	})
	return true
}

// abandon refuses a call that nobody takes.
func (s *Service) abandon(o *offer, phrase string) {
	if !s.withdraw(o) {
		return
	}
	if o.invitation != nil {
		s.settle(o.invitation, noAnswer, nil)
		return
	}
	s.spawn(func() { o.line.Reject(sipUnavailable, 31, phrase) })
	s.dissolve(o.call)
}

// takeOffer consumes an incomingCallContext. That it is good for one use only
// is inferred ([?] switch context.single_use).
func (s *Service) takeOffer(x *exchange, incomingContext string) (*offer, error) {
	o := s.offers[incomingContext]
	if o == nil || o.call.resource != x.resource {
		return nil, invalid("The field IncomingCallContext is invalid.")
	}
	x.chain = o.call.correlationID
	if o.line != nil && over(o.line) || !s.withdraw(o) {
		return nil, errCallNotFound
	}
	return o, nil
}

func (s *Service) answer(x *exchange) (events.Object, error) {
	var req struct {
		legOptions
		IncomingCallContext string `json:"incomingCallContext"`
		AnsweredBy          *struct {
			ID string `json:"id"`
		} `json:"answeredBy"`
	}
	if err := x.decode(&req); err != nil {
		return nil, err
	}
	if err := s.checkLeg(req.legOptions); err != nil {
		return nil, err
	}
	if used := s.offers[req.IncomingCallContext]; used != nil && !used.open && s.Switches.Get(evidence.ContextSingleUse) == "no" {
		// A context that may be used again leads to the leg that it made.
		if i := slices.IndexFunc(used.call.legs, func(l *connection) bool { return l.answeredFrom == used }); i >= 0 {
			return used.call.legs[i].properties("unknown"), nil
		}
	}
	o, err := s.takeOffer(x, req.IncomingCallContext)
	if err != nil {
		return nil, err
	}
	leg := s.begin(x, o.call, req.legOptions)
	leg.answeredFrom, leg.source, leg.targets = o, o.from, []identifier{o.to}
	who := identifier{}
	if req.AnsweredBy != nil {
		leg.answeredBy, who = req.AnsweredBy.ID, identifier{kindUser, req.AnsweredBy.ID}
	}
	if o.to.kind == kindPhone {
		leg.answeredFor = o.to.id
	} else {
		who = o.to
	}
	if who.id != "" {
		leg.identity = &member{identifier: who, app: leg}
	}
	done := x.await()
	x.then(func() {
		if o.invitation != nil {
			s.settle(o.invitation, accepted, leg.identity)
			close(done)
			return
		}
		s.spawn(func() { defer close(done); s.pickUp(o, leg) })
	})
	// The answer says "unknown" (facts/observed-events.md §10).
	return leg.properties("unknown"), nil
}

// pickUp answers the caller's line and tells the application.
func (s *Service) pickUp(o *offer, leg *connection) {
	c, m := o.call, &member{identifier: o.from, line: o.line}
	_, early := s.Faults.Take(faults.EventBeforeAnswer, o.line.TrunkFQDN())
	if early {
		s.mu.Lock()
		s.seat(leg, m)
		s.mu.Unlock()
	}
	ctx, cancel := context.WithTimeout(s.ctx, defaultAnswerTime)
	err := o.line.Answer(ctx)
	cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.over || !slices.Contains(c.legs, leg) { // terminated meanwhile
		s.spawn(func() { o.line.Bye(16, "CallEndReasonLocalUserInitiated") })
		return
	}
	if err != nil {
		s.failAnswer(o, leg, err)
		return
	}
	if early {
		s.plug(c, m)
	} else {
		s.seat(leg, m)
		s.plug(c, m)
	}
	s.watch(m)
}

// seat makes the caller and the answering identity members and announces it.
func (s *Service) seat(leg *connection, caller *member) {
	c := leg.call
	c.members = append(c.members, caller)
	if leg.identity != nil {
		s.enter(c, leg.identity)
	}
	c.sequence++
	s.announce(leg)
}

// failAnswer tells that the caller was gone before the answer reached him. That
// both events come is inferred ([?] switch failed_connect).
func (s *Service) failAnswer(o *offer, leg *connection, err error) {
	r := events.Result{Code: 487, SubCode: 540487, Message: "Caller cancelled the call. DiagCode: 487#540487.@"}
	if over(o.line) {
		if _, status, _ := o.line.End(); status >= 300 {
			r = lineResult(o.line)
		}
	} else {
		s.spawn(func() { o.line.Bye(16, "CallEndReasonLocalUserInitiated") })
		if !errors.Is(err, context.Canceled) {
			r = noACK
		}
	}
	s.fail(leg, events.AnswerFailed, r)
}

// fail ends a leg that never came about. CallDisconnected comes first and alone
// has the operationContext of the request, as recorded for a create that was
// declined (facts/observed-events.md §6).
func (s *Service) fail(leg *connection, name string, r events.Result) {
	at := time.Now()
	if name != events.CreateCallFailed {
		leg.tellAt(name, reply{OperationContext: leg.operationContext}, at, nil, r)
	}
	if name == events.CreateCallFailed || s.Switches.Get(evidence.FailedConnect) == "both" {
		s.disconnect(leg, r)
	} else {
		s.removeLeg(leg)
	}
	if name == events.CreateCallFailed {
		leg.tellAt(name, reply{}, at, nil, r)
	}
	if leg.call.deserted() {
		s.dissolve(leg.call)
	}
}

// rejections are the SIP answers to callRejectReason, and what an inviting
// application hears of them. 603 for none was recorded between ACS users; what
// busy and forbidden give is inferred [?].
var rejections = map[string]struct {
	status, cause int
	phrase        string
	outcome       outcome
}{
	"none":      {603, 21, "Decline", outcome{code: 603, reason: "Decline"}},
	"busy":      {486, 17, "Busy Here", outcome{code: 486, sub: 8539, reason: "Callee is busy"}},
	"forbidden": {403, 21, "Forbidden", outcome{code: 403, reason: "Forbidden"}},
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
	how := rejections[strings.ToLower(req.Reason)]
	o, err := s.takeOffer(x, req.IncomingCallContext)
	if err != nil {
		return nil, err
	}
	if o.invitation != nil {
		x.then(func() { s.settle(o.invitation, how.outcome, nil) })
		return nil, nil
	}
	s.spawn(func() { o.line.Reject(how.status, how.cause, how.phrase) })
	s.dissolve(o.call)
	return nil, nil
}

// redirect sends an offered call elsewhere, without callbacks and without the
// application (facts/call-automation.md §6.4).
func (s *Service) redirect(x *exchange) (events.Object, error) {
	var req struct {
		IncomingCallContext string           `json:"incomingCallContext"`
		Target              *identifierModel `json:"target"`
	}
	if err := x.decode(&req); err != nil {
		return nil, err
	}
	who, err := s.target(x, req.Target)
	if err != nil {
		return nil, err
	}
	if o := s.offers[req.IncomingCallContext]; o != nil && o.invitation != nil && who.kind == kindPhone {
		// A VoIP call cannot be redirected to a phone number (facts/call-automation.md §6.4).
		return nil, invalid("The target of the redirect is not supported for this call.")
	}
	o, err := s.takeOffer(x, req.IncomingCallContext)
	if err != nil {
		return nil, err
	}
	if o.invitation != nil {
		// The invitation goes on under another name and its own id.
		old := o.invitation
		s.invite(&invitation{
			id: old.id, call: o.call, by: old.by, who: who, patience: old.patience, name: old.name, from: old.from, callerID: old.callerID,
			custom: old.custom, ready: x.answered, settled: old.settled,
		})
		o.call.invitations = slices.DeleteFunc(o.call.invitations, func(i *invitation) bool { return i == old })
		return nil, nil
	}
	s.invite(&invitation{
		call: o.call, who: who, patience: defaultRingTime, ready: x.answered, from: o.from, callerID: o.to.id, custom: customContext{SIP: o.line.CustomHeaders()},
		settled: func(out outcome, m *member) { s.redirected(o, out, m) },
	})
	// A caller who gives up takes the ringing with him.
	s.spawn(func() {
		select {
		case <-o.line.Ended():
			s.mu.Lock()
			defer s.mu.Unlock()
			if len(o.call.members) == 0 && len(o.call.legs) == 0 { // with a leg it is redirected's to tell
				s.dissolve(o.call)
			}
		case <-s.ctx.Done():
		}
	})
	return nil, nil
}

// redirected joins caller and callee, or refuses the caller.
func (s *Service) redirected(o *offer, out outcome, m *member) {
	c := o.call
	if m == nil {
		s.spawn(func() { o.line.Reject(out.code, 31, out.reason) })
		s.dissolve(c)
		return
	}
	s.spawn(func() {
		ctx, cancel := context.WithTimeout(s.ctx, defaultAnswerTime)
		err := o.line.Answer(ctx)
		cancel()
		s.mu.Lock()
		defer s.mu.Unlock()
		caller := &member{identifier: o.from, line: o.line}
		if c.over || err != nil {
			s.spawn(caller.leave)
			if c.over {
				s.spawn(m.leave)
			} else {
				s.sendAway(m)
			}
			s.dissolve(c)
			return
		}
		s.enter(c, caller)
		s.join(c, m, time.Now())
		s.watch(caller)
	})
}
