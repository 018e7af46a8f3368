package acs

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/events"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
)

// sipUnavailable is 480 Temporarily Unavailable (RFC 3261 §21.4.18).
const sipUnavailable = 480

type state string

const (
	offered    state = "offered"
	connecting state = "connecting"
	connected  state = "connected"
	ended      state = "ended"
)

// call is one conversation; guarded by Service.mu.
type call struct {
	resource      *resource
	leg           Leg
	from, to      identifier
	correlationID string
	serverCallID  string
	context       string // incomingCallContext
	born          time.Time
	unanswered    *clock.Timer

	state       state
	app         *connection // the application's leg; nil before the answer and after it left
	answered    bool        // the leg got its 200
	room        Room
	parties     []*party
	invitations []*invitation
	sequence    int
	storm       int // repetitions of ParticipantsUpdated still to come
}

// connection is the application's leg of a call.
type connection struct {
	events.Connection
	callbackURI      string
	operationContext string
	answeredBy       string // 8:acs id, when the application gave one
	outbox           *events.Outbox
}

// party is somebody in the call.
type party struct {
	identifier
	session *teams.Session // of a Teams user
	app     bool           // the identity as which the application answered
}

func (p *party) object() events.Object {
	return events.Object{
		{Key: "identifier", Value: p.identifier.object()}, {Key: "isMuted", Value: false}, {Key: "isOnHold", Value: false},
	}
}

// invitation is a Teams user who is being rung.
type invitation struct {
	id               string
	who              identifier
	operationContext string
	callbackURI      string
	cancel           func() bool
}

// source is where the events of a connection come from.
func (a *connection) source() string { return "calling/callConnections/" + a.ID }

// tell sends an event to the application, to url instead of the call's
// callback URI if that is not empty.
func (c *call) tell(name, url string, at time.Time, data events.Object) {
	if c.app == nil {
		return
	}
	if url == "" {
		url = c.app.callbackURI
	}
	c.app.outbox.Push(events.Event{Name: name, URL: url, Time: at, Source: c.app.source(), Data: data})
}

// tellOperation sends an event with the common layout.
func (c *call) tellOperation(name, url string, at time.Time, special events.Object, operationContext string, r events.Result) {
	if c.app != nil {
		c.tell(name, url, at, c.app.Operation(name, special, operationContext, r))
	}
}

// tellParticipants sends the whole list under the current sequence number.
func (c *call) tellParticipants(at time.Time) {
	if c.app == nil {
		return
	}
	list := make([]events.Object, 0, len(c.parties))
	for _, p := range c.parties {
		list = append(list, p.object())
	}
	c.tell("ParticipantsUpdated", "", at, c.app.ParticipantsUpdated(list, c.sequence))
}

// others counts who is in the call besides the application.
func (c *call) others() int {
	n := 0
	for _, p := range c.parties {
		if !p.app {
			n++
		}
	}
	return n
}

func (c *call) party(i identifier) *party {
	for _, p := range c.parties {
		if p.identifier == i {
			return p
		}
	}
	return nil
}

// results of endings (facts/observed-events.md §7).
var (
	byAPI = events.Result{
		Code: 200, SubCode: 7000,
		Message: "Call was ended by Azure Communication Service Call Automation API or a server bot. DiagCode: 0#7000.@",
	}
	conversationEnded = events.Result{Code: 200, SubCode: 5001, Message: "This conversation has ended.. DiagCode: 0#5001.@"}
	noACK             = events.Result{Code: 408, SubCode: 1106, Message: "No ACK from the caller's side. DiagCode: 408#1106.@"}
	callerHungUp      = events.Result{Code: 200, SubCode: 540000, Message: "Call ended successfully by local PSTN caller."}
)

// legResult says why the caller's leg ended. Failures carry their SIP status in
// the subcode: 540xyz for a call from the SBC (facts/observed-events.md §7).
func legResult(leg Leg) events.Result {
	by, status, q850 := leg.End()
	switch {
	case by == "media":
		return events.Result{
			Code: http.StatusGone, SubCode: 531005, Message: "Media path was lost. DiagCode: 410#531005.@",
			SIP: &events.Diagnostic{Code: http.StatusGone, Message: "Gone"}, Q850: &events.Diagnostic{Code: q850, Message: "BackToBackSessionDeleted"},
		}
	case by == "microsoft" && status == http.StatusRequestTimeout:
		return noACK
	case status >= 300:
		sub := 540000 + status
		return events.Result{
			Code: status, SubCode: sub, Message: "Call ended by the PSTN caller's side. DiagCode: " + strconv.Itoa(status) + "#" + strconv.Itoa(sub) + ".@",
			SIP: &events.Diagnostic{Code: status, Message: http.StatusText(status)}, Q850: &events.Diagnostic{Code: q850},
		}
	}
	return callerHungUp
}

// watch waits for the end of the caller's leg.
func (s *Service) watch(c *call) {
	select {
	case <-c.leg.Ended():
	case <-s.ctx.Done():
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch c.state {
	case offered:
		s.dissolve(c)
	case connecting:
		// connect will see the leg's end as an error of Answer; a redirected
		// call has nobody answering yet.
		if c.app == nil {
			s.dissolve(c)
		}
	case connected:
		s.depart(c, c.from, legResult(c.leg))
	}
}

// abandon refuses a call that nobody takes.
func (s *Service) abandon(c *call, phrase string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.state == offered {
		s.refuse(c, sipUnavailable, 31, phrase)
		s.dissolve(c)
	}
}

// refuse answers the leg with a failure, outside the lock.
func (s *Service) refuse(c *call, status, cause int, phrase string) {
	s.spawn(func() { c.leg.Reject(status, cause, phrase) })
}

// connect answers the caller's leg and tells the application.
func (s *Service) connect(c *call) {
	_, early := s.Faults.Take(faults.EventBeforeAnswer, c.leg.TrunkFQDN())
	if early {
		s.mu.Lock()
		s.announceConnected(c)
		s.mu.Unlock()
	}
	ctx, cancel := context.WithTimeout(s.ctx, defaultAnswerTime)
	err := c.leg.Answer(ctx)
	cancel()

	s.mu.Lock()
	defer s.mu.Unlock()
	if c.state != connecting {
		if err == nil && c.state == ended {
			s.spawn(func() { c.leg.Bye(16, "CallEndReasonLocalUserInitiated") })
		}
		return
	}
	if err != nil {
		s.failConnect(c, err)
		return
	}
	c.answered = true
	c.room = s.NewRoom()
	c.room.Attach(c.leg)
	c.state = connected
	if !early {
		s.announceConnected(c)
	}
	if over(c.leg) { // watch looked while the call was still connecting
		s.depart(c, c.from, legResult(c.leg))
	}
}

func over(leg Leg) bool {
	select {
	case <-leg.Ended():
		return true
	default:
		return false
	}
}

// failConnect tells that the caller was gone before the answer reached him.
// That both events come is inferred [?].
func (s *Service) failConnect(c *call, err error) {
	r := events.Result{Code: 487, SubCode: 540487, Message: "Caller cancelled the call. DiagCode: 487#540487.@"}
	if over(c.leg) {
		if _, status, _ := c.leg.End(); status >= 300 {
			r = legResult(c.leg)
		}
	} else if !errors.Is(err, context.Canceled) {
		r = noACK
	}
	c.tellOperation("AnswerFailed", "", time.Now(), nil, c.app.operationContext, r)
	s.disconnectApp(c, r)
	s.dissolve(c)
}

// announceConnected sends CallConnected and the first ParticipantsUpdated in
// either order; the latter comes first on about two legs of three
// (facts/observed-events.md §6).
func (s *Service) announceConnected(c *call) {
	if c.app == nil {
		return
	}
	c.parties = []*party{{identifier: c.from}}
	if c.app.answeredBy != "" {
		c.parties = append(c.parties, &party{identifier: identifier{kindUser, c.app.answeredBy}, app: true})
	}
	c.sequence = 1
	now := time.Now()
	updatedFirst := s.dice.IntN(3) < 2
	if value, struck := s.Faults.Take(faults.EventOrder, ""); struck {
		updatedFirst = value != "connected-first"
	}
	if updatedFirst {
		c.tellParticipants(now)
	}
	c.tellOperation("CallConnected", "", now, nil, c.app.operationContext, events.Result{Code: 200})
	if !updatedFirst {
		c.tellParticipants(now)
	}
}

// depart takes somebody out of a connected call who has left by his own doing.
// The call ends with the last party besides the application; when the caller
// leaves one Teams user behind, the application keeps that user until it
// terminates ([?]: no recording shows it). Without an application a single
// party is nobody's conversation and ends too.
func (s *Service) depart(c *call, who identifier, r events.Result) {
	i := slices.IndexFunc(c.parties, func(p *party) bool { return p.identifier == who })
	if c.state != connected || i < 0 {
		return
	}
	c.parties = slices.Delete(c.parties, i, i+1)
	if left := c.others(); left == 0 || (c.app == nil && left == 1) {
		s.disconnectApp(c, r)
		s.dissolve(c)
		return
	}
	c.sequence++
	c.tellParticipants(time.Now())
}

// disconnectApp ends the application's leg: CallDisconnected is its last event
// and nobody is rung in its name any more. For the invitations nothing is sent
// ([?]: nothing is documented but that CallDisconnected is the last event).
func (s *Service) disconnectApp(c *call, r events.Result) {
	if c.app == nil {
		return
	}
	for _, inv := range c.invitations {
		inv.cancel()
	}
	c.invitations = nil
	c.tellOperation("CallDisconnected", "", time.Now(), nil, c.app.operationContext, r)
	c.app = nil
}

// dissolve ends a call silently: legs, sessions, room. Who wants to say
// something to the application says it before.
func (s *Service) dissolve(c *call) {
	if c.state == ended {
		return
	}
	c.state = ended
	c.unanswered.Stop()
	for _, inv := range c.invitations {
		inv.cancel()
	}
	c.invitations = nil
	for _, p := range c.parties {
		if p.session != nil {
			p.session.Leave()
		}
	}
	c.parties = nil
	if i := slices.Index(s.calls, c); i >= 0 {
		s.calls = slices.Delete(s.calls, i, i+1)
	}
	room, leg, answered := c.room, c.leg, c.answered
	s.spawn(func() {
		if answered && !over(leg) {
			leg.Bye(16, "CallEndReasonLocalUserInitiated")
		}
		if room != nil {
			room.Close()
		}
	})
	// The context stays known for a while, so that a late answer hears 8522.
	s.Clock.AfterFunc(repeatabilityMemory, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.offers, c.context)
	})
}
