package acs

import (
	"net/http"
	"slices"
	"time"

	"tandem/internal/simulator/events"
)

// transferLimit is how long a transfer may take (facts/call-automation.md §15).
const transferLimit = 60 * time.Second

// transfer hands somebody of the call over to a target without the application:
// blind, as facts/call-automation.md §6 has it. In a call of two the transferee
// is the other one; of more he must be named.
func (s *Service) transfer(x *exchange) (events.Object, error) {
	var req struct {
		reply
		Target     *identifierModel `json:"targetParticipant"`
		Transferee *identifierModel `json:"transferee"`
		CallerID   struct {
			Value string `json:"value"`
		} `json:"sourceCallerIdNumber"`
		Custom customContext `json:"customCallingContext"`
	}
	if err := x.decode(&req); err != nil {
		return nil, err
	}
	who, err := s.target(x, req.Target)
	if err != nil {
		// A wrong kind of identifier gives 500 here, a known issue (facts/call-automation.md §3).
		if req.Target != nil && !slices.Contains([]string{"", kindPhone, kindTeams, kindUser}, req.Target.Kind) {
			err = failure{http.StatusInternalServerError, "9999", "Unknown internal server error."}
		}
		return nil, err
	}
	if err := s.replyTo(req.reply, req.Custom.check()); err != nil {
		return nil, err
	}
	leg, err := s.findConnected(x)
	if err != nil {
		return nil, err
	}
	if leg.state != "" {
		return nil, failure{http.StatusConflict, "8607", "A transfer of this call is under way."}
	}
	m, err := leg.transferee(req.Transferee)
	if err != nil {
		return nil, err
	}
	if leg.call.member(who) != nil { // [?] nothing is documented
		return nil, invalid("The field TargetParticipant is invalid.")
	}
	leg.state = "transferring"
	inv := &invitation{
		call: leg.call, by: leg, who: who, patience: transferLimit, from: m.identifier, callerID: req.CallerID.Value, custom: req.Custom, ready: x.answered,
	}
	if inv.callerID == "" && m.kind == kindPhone {
		inv.callerID = m.id // a phone is shown the customer's number
	}
	inv.settled = func(o outcome, target *member) { s.transferred(leg, m, target, req.reply, o) }
	s.invite(inv)
	return events.Object{{Key: "operationContext", Value: events.Optional(req.OperationContext)}}, nil
}

// transferee finds who is to be handed over.
func (a *connection) transferee(named *identifierModel) (*member, error) {
	if named != nil {
		who, err := named.parse()
		if err != nil {
			return nil, invalid(err.Error() + ".")
		}
		if m := a.call.member(who); m != nil && m != a.identity {
			return m, nil
		}
		return nil, errParticipantNotFound
	}
	var found *member
	for _, m := range a.call.members {
		if m == a.identity {
			continue
		}
		if found != nil {
			return nil, invalid("The Transferee field is required in a group call.")
		}
		found = m
	}
	if found == nil {
		return nil, errNotEstablished
	}
	return found, nil
}

// transferred ends a transfer. After success the application is out: its leg is
// disconnected and every request to it is answered 404/8522. In a group call
// only the transferee goes, into a call of his own.
func (s *Service) transferred(leg *connection, transferee, target *member, r reply, o outcome) {
	leg.state = ""
	c := leg.call
	if target == nil || !slices.Contains(c.members, transferee) {
		if target != nil {
			s.sendAway(target)
			o = outcome{code: http.StatusNotFound, sub: 8522, reason: "The transferee has left the call"}
		}
		leg.tell(events.CallTransferFailed, r, nil, o.result())
		return
	}
	leg.tell(events.CallTransferAccepted, r, events.Object{
		{Key: "transferTarget", Value: target.identifier.object()},
		{Key: "transferee", Value: transferee.identifier.object()},
	}, ok)
	group := slices.ContainsFunc(c.members, func(m *member) bool { return m != transferee && m != leg.identity })
	if !group {
		s.enter(c, target)
		s.disconnect(leg, byAPI)
		s.afterTransfer(c, target)
		return
	}
	other := s.newCall(c.resource, transferee.identifier, target.identifier)
	other.correlationID = c.correlationID
	s.relocate(transferee, c, other)
	s.relocate(target, c, other)
	s.afterTransfer(other, target)
	s.changed(c, 1)
}

// sendAway takes leave of somebody who came too late.
func (s *Service) sendAway(m *member) {
	if m.app != nil {
		s.fail(m.app, events.AnswerFailed, events.Result{Code: http.StatusNotFound, SubCode: 8522, Message: "Call not found."})
		return
	}
	s.spawn(m.leave)
}

// afterTransfer lets the target's line or leg live in its new call.
func (s *Service) afterTransfer(c *call, target *member) {
	c.sequence++
	s.tellMembers(c, time.Now())
	if target.app != nil {
		s.announce(target.app)
	}
	if target.line != nil {
		s.watch(target)
	}
	if target.session != nil && target.session.Gone() {
		s.spawn(func() { s.userLeft(target) })
	}
}
