package acs

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"tandem/internal/simulator/events"
	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/faults"
)

// customContext is what a call carries beside its parties
// (facts/call-automation.md §6.3).
type customContext struct {
	VoIP map[string]string `json:"voipHeaders"`
	SIP  map[string]string `json:"sipHeaders"`
}

// Limits of custom context (facts/call-automation.md §6.3).
const (
	maxSIPHeaders, maxSIPValue   = 5, 256
	maxVoIPHeaders, maxVoIPValue = 1000, 1024
	maxHeaderName                = 64
)

func (c customContext) empty() bool { return len(c.VoIP)+len(c.SIP) == 0 }

func (c customContext) sip() map[string]string  { return orEmpty(c.SIP) }
func (c customContext) voip() map[string]string { return orEmpty(c.VoIP) }

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

func (c customContext) check() error {
	if tooMuch(c.SIP, maxSIPHeaders, maxSIPValue) || tooMuch(c.VoIP, maxVoIPHeaders, maxVoIPValue) {
		return invalid("The field CustomCallingContext is invalid.")
	}
	return nil
}

func tooMuch(headers map[string]string, count, size int) bool {
	if len(headers) > count {
		return true
	}
	for name, value := range headers {
		if name == "" || len(name) > maxHeaderName || len(value) > size {
			return true
		}
	}
	return false
}

// ringTime is how long invitationTimeoutInSeconds rings; what 0 means is not
// documented ([?] switch add.zero_timeout).
func (s *Service) ringTime(seconds *int) time.Duration {
	switch {
	case seconds == nil, *seconds == 0 && s.Switches.Get(evidence.AddZeroTimeout) == "default":
		return defaultRingTime
	}
	return time.Duration(*seconds) * time.Second
}

func (s *Service) add(x *exchange) (events.Object, error) {
	var req struct {
		reply
		Participant *identifierModel `json:"participantToAdd"`
		CallerID    struct {
			Value string `json:"value"`
		} `json:"sourceCallerIdNumber"`
		Name    string        `json:"sourceDisplayName"`
		Seconds *int          `json:"invitationTimeoutInSeconds"`
		Custom  customContext `json:"customCallingContext"`
	}
	if err := x.decode(&req); err != nil {
		return nil, err
	}
	who, err := s.target(x, req.Participant)
	if err != nil {
		return nil, err
	}
	if err := s.replyTo(req.reply, needCallerID([]identifier{who}, req.CallerID.Value), req.Custom.check()); err != nil {
		return nil, err
	}
	leg, err := s.findConnected(x)
	if err != nil {
		return nil, err
	}
	c := leg.call
	// Adding whom is rung or talked to already is refused ([?] switch add.duplicate).
	if (c.member(who) != nil || slices.ContainsFunc(c.invitations, func(i *invitation) bool { return i.who == who })) &&
		s.Switches.Get(evidence.AddDuplicate) == "refused" {
		return nil, invalid("The participant is already part of the call or being added.")
	}
	done := x.await()
	inv := &invitation{
		call: c, by: leg, who: who, patience: s.ringTime(req.Seconds), name: req.Name, from: c.callerSeenBy(leg, who), callerID: req.CallerID.Value,
		custom: req.Custom, ready: x.answered,
	}
	inv.settled = func(o outcome, m *member) {
		s.added(leg, inv, req.reply, o, m)
		close(done)
	}
	s.invite(inv)
	// While the invitee rings the number moves on by two under the same list
	// (facts/observed-events.md §5).
	x.then(func() {
		if !c.over {
			s.changed(c, 2)
		}
	})
	answer := events.Object{
		{Key: "participant", Value: x.shown(&member{identifier: who})},
		{Key: "operationContext", Value: events.Optional(req.OperationContext)},
	}
	if !x.lean() {
		answer = append(answer, events.Field{Key: "invitationId", Value: inv.id})
	}
	return answer, nil
}

// callerSeenBy is whom an invitee sees calling: the number given for phones,
// else the first member who is not the application, else the application.
func (c *call) callerSeenBy(leg *connection, who identifier) identifier {
	if who.kind == kindUser && leg.identity != nil {
		return leg.identity.identifier
	}
	for _, m := range c.members {
		if m.app == nil {
			return m.identifier
		}
	}
	// A guest who connected to a group has none; the service has an identity of the resource.
	return cmp.Or(leg.source, identifier{kindUser, "8:acs:" + c.resource.ImmutableID + "_" + leg.ID})
}

// added takes the outcome of an add.
func (s *Service) added(leg *connection, inv *invitation, r reply, o outcome, m *member) {
	special := events.Object{{Key: "participant", Value: inv.who.object()}}
	if m == nil {
		if _, struck := s.Faults.Take(faults.AddLie, inv.who.id); struck && o.code == 603 {
			leg.tell(events.AddParticipantSucceeded, r, special, ok)
			return
		}
		leg.tell(events.AddParticipantFailed, r, special, o.addResult(inv.who))
		return
	}
	if leg.call.member(m.identifier) != nil { // was rung twice, and is here already
		s.sendAway(m)
		leg.tell(events.AddParticipantSucceeded, r, special, ok)
		return
	}
	// The update that shows the new party, and success with the same time,
	// then one more update (facts/call-automation.md §11.4 #2).
	now := time.Now()
	s.join(leg.call, m, now)
	leg.tellAt(events.AddParticipantSucceeded, r, now, special, ok)
	s.tellMembers(leg.call, time.Now())
}

func (s *Service) cancelAdd(x *exchange) (events.Object, error) {
	var req struct {
		reply
		InvitationID string `json:"invitationId"`
	}
	if err := x.decode(&req); err != nil {
		return nil, err
	}
	if err := s.replyTo(req.reply); err != nil {
		return nil, err
	}
	leg, err := s.findConnected(x)
	if err != nil {
		return nil, err
	}
	x.then(func() { s.cancelInvitation(leg, req.InvitationID, req.reply) })
	return events.Object{
		{Key: "invitationId", Value: req.InvitationID},
		{Key: "operationContext", Value: events.Optional(req.OperationContext)},
	}, nil
}

// cancelInvitation takes an invitation back. Success comes in the shape of a
// failure (facts/observed-events.md §6) and nothing else is sent about the
// invitation ([?] switch cancel.failed_add).
func (s *Service) cancelInvitation(leg *connection, id string, r reply) {
	c := leg.call
	if c.over || !leg.connected {
		return
	}
	special := events.Object{{Key: "invitationId", Value: id}}
	i := slices.IndexFunc(c.invitations, func(inv *invitation) bool { return inv.id == id && inv.by == leg })
	// An outcome that is on its way to settle wins over the cancel.
	if i < 0 || !c.invitations[i].cancel() {
		leg.tell(events.CancelAddParticipantFailed, r, special,
			events.Result{Code: http.StatusNotFound, SubCode: 8522, Message: "Resource not found."})
		return
	}
	inv := c.invitations[i]
	c.invitations = slices.Delete(c.invitations, i, i+1)
	leg.tell(events.CancelAddParticipantSucceeded, r, special, events.Result{
		Code: 200, SubCode: 5300,
		Message: "addParticipants failed for participant " + inv.who.raw() + ". Underlying reason: The conversation has ended. DiagCode: 0#5300.@",
	})
	if s.Switches.Get(evidence.CancelFailedAdd) == "both" {
		inv.settled(outcome{code: 487, reason: "Request was cancelled"}, nil)
	}
}

func (s *Service) remove(x *exchange) (events.Object, error) {
	var req struct {
		reply
		Participant *identifierModel `json:"participantToRemove"`
	}
	if err := x.decode(&req); err != nil {
		return nil, err
	}
	who, err := req.Participant.parse()
	if err != nil {
		return nil, invalid(err.Error() + ".")
	}
	if err := s.replyTo(req.reply); err != nil {
		return nil, err
	}
	leg, err := s.findConnected(x)
	if err != nil {
		return nil, err
	}
	x.then(func() { s.expel(leg, who, req.reply) })
	return events.Object{{Key: "operationContext", Value: events.Optional(req.OperationContext)}}, nil
}

// expel takes a member out by the application's order.
func (s *Service) expel(leg *connection, who identifier, r reply) {
	c := leg.call
	special := events.Object{{Key: "participant", Value: who.object()}}
	m := c.member(who)
	if m == nil || !leg.connected {
		leg.tell(events.RemoveParticipantFailed, r, special,
			events.Result{Code: http.StatusNotFound, SubCode: 8558, Message: "Participant is not part of the call."})
		return
	}
	leg.tell(events.RemoveParticipantSucceeded, r, special, ok)
	s.spawn(m.leave)
	s.depart(c, m, conversationEnded)
}

// move brings members of another call of the resource into this one
// (2026-03-12; nothing of it was recorded).
func (s *Service) move(x *exchange) (events.Object, error) {
	var req struct {
		reply
		Targets []*identifierModel `json:"targetParticipants"`
		From    string             `json:"fromCall"`
	}
	if err := x.decode(&req); err != nil {
		return nil, err
	}
	targets, err := s.targets(x, req.Targets)
	if err != nil {
		return nil, err
	}
	if err := s.replyTo(req.reply); err != nil {
		return nil, err
	}
	from, err := s.findID(x, req.From)
	if err != nil {
		return nil, invalid("The field FromCall is invalid.")
	}
	leg, err := s.findConnected(x)
	if err != nil {
		return nil, err
	}
	if from.call == leg.call || !from.connected {
		return nil, invalid("The field FromCall is invalid.")
	}
	shown := make([]events.Object, 0, len(targets))
	for _, who := range targets {
		shown = append(shown, (&member{identifier: who}).object(false))
	}
	x.then(func() {
		for _, who := range targets {
			s.bringOver(from, leg, who, req.reply)
		}
	})
	return events.Object{
		{Key: "participants", Value: shown},
		{Key: "operationContext", Value: events.Optional(req.OperationContext)},
		{Key: "fromCall", Value: req.From},
	}, nil
}

func (s *Service) bringOver(from, to *connection, who identifier, r reply) {
	special := events.Object{{Key: "participant", Value: who.object()}, {Key: "fromCall", Value: from.ID}}
	old, c := from.call, to.call
	m := old.member(who)
	if m == nil || m.app != nil || !to.connected {
		to.tell(events.MoveParticipantFailed, r, special, events.Result{Code: http.StatusBadRequest, SubCode: 8523, Message: "Invalid argument."})
		return
	}
	s.relocate(m, old, c)
	to.tell(events.MoveParticipantSucceeded, r, special, ok)
	s.changed(c, 1)
	if old.deserted() {
		s.endCall(old, conversationEnded)
	} else {
		s.changed(old, 1)
	}
}

// mute mutes ACS users; nobody else can be muted by an application
// (facts/call-automation.md §6.4, §13).
func (s *Service) mute(x *exchange) (events.Object, error) {
	var req struct {
		reply
		Targets []*identifierModel `json:"targetParticipants"`
	}
	if err := x.decode(&req); err != nil {
		return nil, err
	}
	targets, err := s.targets(x, req.Targets)
	if err != nil {
		return nil, err
	}
	leg, err := s.findConnected(x)
	if err != nil {
		return nil, err
	}
	var muted []*member
	for _, who := range targets {
		if who.kind != kindUser {
			return nil, invalid("One or more CommunicationIdentifier is invalid in collection TargetParticipants.")
		}
		m := leg.call.member(who)
		if m == nil {
			return nil, errParticipantNotFound
		}
		muted = append(muted, m)
	}
	x.then(func() {
		for _, m := range muted {
			m.muted = true
			if m.port != nil {
				m.port.SetMuted(true)
			}
		}
		s.changed(leg.call, 1)
	})
	return events.Object{{Key: "operationContext", Value: events.Optional(req.OperationContext)}}, nil
}

var errParticipantNotFound = failure{http.StatusNotFound, "8522", "Participant not found."}

func (s *Service) listParticipants(x *exchange) (events.Object, error) {
	leg, err := s.find(x)
	if err != nil {
		return nil, err
	}
	list := make([]events.Object, 0, len(leg.call.members))
	for _, m := range leg.call.members {
		list = append(list, x.shown(m))
	}
	return events.Object{{Key: "value", Value: list}}, nil
}

func (s *Service) getParticipant(x *exchange) (events.Object, error) {
	who := parseRaw(x.party)
	if !who.valid() {
		return nil, invalid("The participant id is invalid.")
	}
	leg, err := s.find(x)
	if err != nil {
		return nil, err
	}
	m := leg.call.member(who)
	if m == nil {
		return nil, errParticipantNotFound
	}
	return x.shown(m), nil
}

// lean says that a request is of a version whose answers had neither isOnHold
// nor invitationId: recorded for 2023-10-15 (facts/call-automation.md §6.1). The
// previews of that time had them in their events.
func (x *exchange) lean() bool {
	return x.version <= "2023-10-15" && !strings.HasSuffix(x.version, "-preview")
}

// shown is CallParticipant as the version of the request has it.
func (x *exchange) shown(m *member) events.Object {
	o := m.object(false)
	if x.lean() {
		o = slices.DeleteFunc(o, func(f events.Field) bool { return f.Key == "isOnHold" })
	}
	return o
}
