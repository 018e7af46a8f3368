package acs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tandem/internal/simulator/events"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
)

// outcome is how ringing somebody ended.
type outcome struct {
	code, sub int
	reason    string // in the words that Microsoft puts into messages
	sip, q850 *events.Diagnostic
}

var (
	accepted    = outcome{code: 200}
	noAnswer    = outcome{code: 487, sub: 10004, reason: "No answer"}
	unreachable = outcome{code: 480, sub: 10037, reason: "No endpoint registered for the callee"}
)

func (o outcome) diagnosis() string { return fmt.Sprintf("DiagCode: %d#%d.@", o.code, o.sub) }

// result is resultInformation of a call that was not established.
func (o outcome) result() events.Result {
	return events.Result{Code: o.code, SubCode: o.sub, Message: o.reason + ". " + o.diagnosis(), SIP: o.sip, Q850: o.q850}
}

// addResult is that of an add, whose text names the participant
// (facts/call-automation.md §14).
func (o outcome) addResult(who identifier) events.Result {
	r := o.result()
	r.Message = "addParticipants failed for participant " + who.raw() + ". Underlying reason: " + o.reason + ". " + o.diagnosis()
	return r
}

// invitation is somebody who is being rung.
type invitation struct {
	id       string
	call     *call
	by       *connection // nil: a redirect or a colleague's transfer
	who      identifier
	patience time.Duration
	name     string // shown to the invitee
	from     identifier
	callerID string // number that a phone is shown
	custom   customContext
	// ready is closed when the request that caused it has been answered, so that
	// nothing overtakes the answer; nil: at once.
	ready  <-chan struct{}
	cancel func() bool // takes it back, unless an outcome is on its way already
	// settled gets the outcome, with the new member if there is one, under the
	// lock.
	settled func(outcome, *member)
}

// invite rings somebody.
func (s *Service) invite(inv *invitation) {
	inv.id = cmp.Or(inv.id, newID())
	inv.call.invitations = append(inv.call.invitations, inv)
	switch {
	case inv.who.kind == kindTeams:
		s.inviteUser(inv)
	case inv.who.kind == kindPhone, inv.who.kind == kindUser && s.HasClient != nil && s.HasClient(inv.who.raw()):
		s.invitePhone(inv)
	default:
		s.inviteApp(inv)
	}
}

// later settles an invitation from another goroutine, once the request that
// caused it has been answered.
func (s *Service) later(inv *invitation, o outcome, m *member) {
	if inv.ready != nil {
		<-inv.ready
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(inv, o, m)
}

// settle ends an invitation, unless it was cancelled: then whoever came is sent
// away again.
func (s *Service) settle(inv *invitation, o outcome, m *member) {
	i := slices.Index(inv.call.invitations, inv)
	if i < 0 || inv.call.over {
		if m != nil {
			s.sendAway(m)
		}
		return
	}
	inv.call.invitations = slices.Delete(inv.call.invitations, i, i+1)
	inv.settled(o, m)
}

func (s *Service) inviteUser(inv *invitation) {
	m := &member{identifier: inv.who}
	inv.cancel = s.Directory.Ring(inv.who.id, teams.Invitation{
		ID: inv.id, Call: inv.callID(), Resource: inv.call.resource.ImmutableID,
		From: inv.from.shown(), DisplayName: inv.name, Timeout: inv.patience, Room: inv.call.sound, VoIPHeaders: inv.custom.VoIP,
		Done: func(o teams.Outcome, session *teams.Session) {
			out := outcome{code: o.Code, sub: o.SubCode, reason: o.Reason}
			if !o.Accepted() {
				s.later(inv, out, nil)
				return
			}
			m.session = session
			s.later(inv, out, m)
		},
		Left: func() { s.userLeft(m) },
		Changed: func(muted, held bool) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if c := s.callOf(m); c != nil {
				m.muted, m.holds = muted, held
				s.changed(c, 1)
			}
		},
		Pressed:  func(digit byte) { s.pressed(m, digit) },
		Transfer: func(target string) error { return s.handOver(m, target) },
	})
}

// callID is what the desk knows the call by: the inviting leg's id.
func (inv *invitation) callID() string {
	if inv.by != nil {
		return inv.by.ID
	}
	return inv.call.correlationID
}

func (s *Service) userLeft(m *member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.callOf(m); c != nil {
		s.depart(c, m, conversationEnded)
	}
}

// handOver lets a Teams user transfer his side of the call to a colleague. How
// the application sees it is inferred [?]: one member joins, the other leaves.
func (s *Service) handOver(m *member, target string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.callOf(m)
	who := identifier{kindTeams, target}
	if strings.HasPrefix(target, "+") {
		who = phone(target)
	}
	if c == nil || !who.valid() || c.member(who) != nil {
		return ErrUnknown
	}
	s.invite(&invitation{
		call: c, who: who, patience: defaultRingTime, from: m.identifier, callerID: c.to.id,
		settled: func(_ outcome, colleague *member) {
			if colleague == nil {
				return
			}
			s.join(c, colleague, time.Now())
			s.spawn(m.session.Leave)
			s.depart(c, m, conversationEnded)
		},
	})
	return nil
}

// Outbound is a call to a phone number.
type Outbound struct {
	Resource    string // immutable id
	From, To    string // E.164
	DisplayName string
	Headers     map[string]string // custom SIP headers
}

// Refusal is the error of a phone that did not take the call.
type Refusal interface {
	error
	SIP() (status, q850 int)
}

// dialled is what Dial is asked for: a number, or a communication user's raw id.
func (inv *invitation) dialled() string {
	if inv.who.kind == kindUser {
		return inv.who.raw()
	}
	return inv.who.id
}

// dialOutcome is phoneOutcome without what only a trunk has, for a client.
func (inv *invitation) dialOutcome(ctx context.Context, err error) outcome {
	o := phoneOutcome(ctx, err)
	if inv.who.kind == kindUser && o.sip != nil {
		o.sub, o.sip, o.q850 = 0, nil, nil
	}
	return o
}

func (s *Service) invitePhone(inv *invitation) {
	ctx, cancel := context.WithCancel(s.ctx)
	timer := s.Clock.AfterFunc(inv.patience, cancel)
	open := true
	inv.cancel = func() bool {
		was := open
		open = false
		cancel()
		return was
	}
	s.spawn(func() {
		defer cancel()
		defer timer.Stop()
		line, err := s.Dial(ctx, Outbound{
			Resource: inv.call.resource.ImmutableID, From: inv.callerID, To: inv.dialled(), DisplayName: inv.name, Headers: inv.custom.SIP,
		})
		s.mu.Lock()
		open = false
		s.mu.Unlock()
		if err != nil {
			s.later(inv, inv.dialOutcome(ctx, err), nil)
			return
		}
		s.later(inv, accepted, &member{identifier: inv.who, line: line, dialled: inv.by})
	})
}

// phoneOutcome classifies why a phone did not answer: six-digit subcodes carry
// the SIP status (facts/observed-events.md §7).
func phoneOutcome(ctx context.Context, err error) outcome {
	var r Refusal
	switch {
	case ctx.Err() != nil: // even if the trunk has a status for it
		return noAnswer
	case errors.As(err, &r):
		status, q850 := r.SIP()
		return outcome{
			code: status, sub: 560000 + status, reason: sipPhrase(status),
			sip:  &events.Diagnostic{Code: status, Message: sipPhrase(status)},
			q850: &events.Diagnostic{Code: q850},
		}
	}
	return unreachable
}

// inviteApp announces the call to an ACS user: the application answers for him.
func (s *Service) inviteApp(inv *invitation) {
	if inv.ready == nil {
		s.announceTo(inv)
		return
	}
	inv.cancel = func() bool { return true }
	s.spawn(func() {
		<-inv.ready
		s.mu.Lock()
		defer s.mu.Unlock()
		if slices.Contains(inv.call.invitations, inv) {
			s.announceTo(inv)
		}
	})
}

func (s *Service) announceTo(inv *invitation) {
	o := &offer{call: inv.call, from: inv.from, to: inv.who, invitation: inv}
	inv.cancel = func() bool { return s.withdraw(o) }
	if !s.announceOffer(o, inv.patience, inv.name, inv.custom) {
		s.withdraw(o)
		s.settle(inv, unreachable, nil)
	}
}

// join adds somebody who has accepted to a call that is under way, and tells
// everybody at one moment.
func (s *Service) join(c *call, m *member, at time.Time) {
	s.enter(c, m)
	c.sequence++
	s.tellMembers(c, at)
	if m.app != nil { // a leg of the application, connected by this
		s.announce(m.app)
	}
	if m.line != nil {
		s.watch(m)
	}
	if value, struck := s.Faults.Take(faults.EventStorm, ""); struck {
		if n, err := strconv.Atoi(value); err == nil && n > 0 {
			c.storm = n
			s.Clock.AfterFunc(stormPause, func() { s.rage(c) })
		}
	}
	if m.session != nil && m.session.Gone() { // hung up before we knew
		s.spawn(func() { s.userLeft(m) })
	}
}
