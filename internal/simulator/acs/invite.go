package acs

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"tandem/internal/simulator/events"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
)

func (s *Service) add(x *exchange) (events.Object, error) {
	var req struct {
		Participant       *identifierModel `json:"participantToAdd"`
		SourceDisplayName string           `json:"sourceDisplayName"`
		Timeout           *int             `json:"invitationTimeoutInSeconds"`
		OperationContext  string           `json:"operationContext"`
		CallbackURI       string           `json:"operationCallbackUri"`
	}
	who, err := s.targeted(x, &req, func() (*identifierModel, string) { return req.Participant, req.CallbackURI })
	if err != nil {
		return nil, err
	}
	ring := defaultRingTime
	if req.Timeout != nil {
		if *req.Timeout < 0 || *req.Timeout > 180 {
			return nil, invalid("The field InvitationTimeoutInSeconds must be between 0 and 180.")
		}
		if *req.Timeout > 0 { // what 0 means is not documented; the default is emulated [?]
			ring = time.Duration(*req.Timeout) * time.Second
		}
	}
	if who.kind != kindTeams {
		return nil, unsupported("adding a participant of kind " + who.kind)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.findConnected(x)
	if err != nil {
		return nil, err
	}
	// Adding whom is rung or talked to already is refused [?].
	if c.party(who) != nil || slices.ContainsFunc(c.invitations, func(i *invitation) bool { return i.who == who }) {
		return nil, invalid("The participant is already part of the call or being added.")
	}
	inv := &invitation{id: uuid.NewString(), who: who, operationContext: req.OperationContext, callbackURI: req.CallbackURI}
	done := make(chan struct{})
	x.settled, x.outbox = append(x.settled, done), c.app.outbox
	inv.cancel = s.Directory.Ring(who.id, teams.Invitation{
		ID: inv.id, Call: c.app.ID, Resource: c.resource.ImmutableID,
		From: c.from.id, DisplayName: req.SourceDisplayName, Timeout: ring, Room: c.room.Sound(),
		Done: func(o teams.Outcome, session *teams.Session) {
			<-x.answered
			s.settle(c, inv, o, session)
			close(done)
		},
		Left: func() { s.userLeft(c, who) },
	})
	c.invitations = append(c.invitations, inv)
	// While the invitee rings the number moves on by two under the same list
	// (facts/observed-events.md §5).
	x.then(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if c.state == connected {
			c.sequence += 2
			c.tellParticipants(time.Now())
		}
	})
	return events.Object{
		{Key: "participant", Value: (&party{identifier: who}).object()},
		{Key: "operationContext", Value: events.Optional(req.OperationContext)},
		{Key: "invitationId", Value: inv.id},
	}, nil
}

// settle ends an invitation with what the user did.
func (s *Service) settle(c *call, inv *invitation, o teams.Outcome, session *teams.Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(c.invitations, inv)
	if i < 0 || c.state != connected { // the call ended in the same moment
		if session != nil {
			s.spawn(session.Leave)
		}
		return
	}
	c.invitations = slices.Delete(c.invitations, i, i+1)
	now := time.Now()
	special := events.Object{{Key: "participant", Value: inv.who.object()}}
	if !o.Accepted() {
		c.tellOperation("AddParticipantFailed", inv.callbackURI, now, special, inv.operationContext, events.Result{
			Code: o.Code, SubCode: o.SubCode,
			Message: fmt.Sprintf("addParticipants failed for participant %s. Underlying reason: %s. DiagCode: %d#%d.@",
				inv.who.raw(), o.Reason, o.Code, o.SubCode),
		})
		return
	}
	c.parties = append(c.parties, &party{identifier: inv.who, session: session})
	c.sequence++
	// The update that shows the new party, and success with the same time,
	// then one more update (facts/call-automation.md §11.4 #2).
	c.tellParticipants(now)
	c.tellOperation("AddParticipantSucceeded", inv.callbackURI, now, special, inv.operationContext, events.Result{Code: 200})
	c.tellParticipants(time.Now())
	if value, struck := s.Faults.Take(faults.EventStorm, ""); struck {
		if n, err := strconv.Atoi(value); err == nil && n > 0 {
			c.storm = n
			s.Clock.AfterFunc(stormPause, func() { s.rage(c) })
		}
	}
	if session.Gone() { // hung up before we knew
		s.depart(c, inv.who, conversationEnded)
	}
}

// rage repeats ParticipantsUpdated with nothing changed in it.
func (s *Service) rage(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.state != connected || c.storm == 0 {
		return
	}
	c.storm--
	c.tellParticipants(time.Now())
	s.Clock.AfterFunc(stormPause, func() { s.rage(c) })
}

// userLeft takes out a Teams user who hung up.
func (s *Service) userLeft(c *call, who identifier) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.depart(c, who, conversationEnded)
}

func (s *Service) cancelAdd(x *exchange) (events.Object, error) {
	var req struct {
		InvitationID     string `json:"invitationId"`
		OperationContext string `json:"operationContext"`
		CallbackURI      string `json:"operationCallbackUri"`
	}
	if err := x.decode(&req); err != nil {
		return nil, err
	}
	if req.InvitationID == "" {
		return nil, invalid("The field InvitationId is required.")
	}
	if req.CallbackURI != "" {
		if err := s.callback(req.CallbackURI); err != nil {
			return nil, err
		}
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
		s.withdraw(c, req.InvitationID, req.OperationContext, req.CallbackURI)
	})
	return events.Object{
		{Key: "invitationId", Value: req.InvitationID},
		{Key: "operationContext", Value: events.Optional(req.OperationContext)},
	}, nil
}

// withdraw cancels an invitation. Success comes in the shape of a failure
// (facts/observed-events.md §6) and nothing else is sent about the invitation.
func (s *Service) withdraw(c *call, id, operationContext, callbackURI string) {
	if c.state != connected {
		return
	}
	special := events.Object{{Key: "invitationId", Value: id}}
	i := slices.IndexFunc(c.invitations, func(inv *invitation) bool { return inv.id == id })
	// An outcome that is on its way to settle wins over the cancel.
	if i < 0 || !c.invitations[i].cancel() {
		c.tellOperation("CancelAddParticipantFailed", callbackURI, time.Now(), special, operationContext,
			events.Result{Code: http.StatusNotFound, SubCode: 8522, Message: "Resource not found."})
		return
	}
	who := c.invitations[i].who
	c.invitations = slices.Delete(c.invitations, i, i+1)
	c.tellOperation("CancelAddParticipantSucceeded", callbackURI, time.Now(), special, operationContext, events.Result{
		Code: 200, SubCode: 5300,
		Message: "addParticipants failed for participant " + who.raw() + ". Underlying reason: The conversation has ended. DiagCode: 0#5300.@",
	})
}

// redirect sends an offered call to a Teams user, without callbacks and without
// the application (facts/call-automation.md §6.4).
func (s *Service) redirect(x *exchange) (events.Object, error) {
	var req struct {
		IncomingCallContext string           `json:"incomingCallContext"`
		Target              *identifierModel `json:"target"`
	}
	who, err := s.targeted(x, &req, func() (*identifierModel, string) { return req.Target, "" })
	if err != nil {
		return nil, err
	}
	if who.kind != kindTeams {
		return nil, unsupported("redirecting to a participant of kind " + who.kind)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.take(x, req.IncomingCallContext)
	if err != nil {
		return nil, err
	}
	c.state = connecting
	c.room = s.NewRoom()
	inv := &invitation{id: uuid.NewString(), who: who}
	inv.cancel = s.Directory.Ring(who.id, teams.Invitation{
		ID: inv.id, Call: c.correlationID, Resource: c.resource.ImmutableID, From: c.from.id,
		Timeout: defaultRingTime, Room: c.room.Sound(),
		Done: func(o teams.Outcome, session *teams.Session) { s.redirected(c, inv, o, session) },
		Left: func() { s.userLeft(c, who) },
	})
	c.invitations = []*invitation{inv}
	return nil, nil
}

// redirected joins caller and user, or refuses the caller.
func (s *Service) redirected(c *call, inv *invitation, o teams.Outcome, session *teams.Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.state != connecting {
		if session != nil {
			s.spawn(session.Leave)
		}
		return
	}
	c.invitations = nil
	if !o.Accepted() {
		s.refuse(c, o.Code, 31, o.Reason)
		s.dissolve(c)
		return
	}
	c.parties = []*party{{identifier: c.from}, {identifier: inv.who, session: session}}
	s.spawn(func() {
		ctx, cancel := context.WithTimeout(s.ctx, defaultAnswerTime)
		defer cancel()
		err := c.leg.Answer(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		if c.state != connecting {
			return
		}
		c.answered = err == nil
		if err != nil || over(c.leg) || session.Gone() {
			s.dissolve(c)
			return
		}
		c.room.Attach(c.leg)
		c.state = connected
	})
}
