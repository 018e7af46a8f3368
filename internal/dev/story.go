package dev

import (
	"fmt"
	"io"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
)

// story tells a call as it happens.
type story struct {
	out    io.Writer
	began  time.Time
	tenant string
	steps  []Milestone
	named  map[string]bool
}

// tell notes a milestone, the first time it happens.
func (s *story) tell(name, text string) {
	if s.named[name] {
		return
	}
	if s.named == nil {
		s.named = map[string]bool{}
	}
	s.named[name] = true
	at := time.Since(s.began)
	s.steps = append(s.steps, Milestone{Name: name, AtMS: at.Milliseconds()})
	_, _ = fmt.Fprintf(s.out, "%7d ms  %-18s %s\n", at.Milliseconds(), name, text)
}

// follow finds the milestones in a step of the call.
func (s *story) follow(o bridge.Observation) {
	switch e := o.Event.(type) {
	case call.Offered:
		s.tell("invite", "INVITE authenticated by digest; the number belongs to "+s.tenant)
	case call.AgentChosen:
		s.tell("presence", "presence looked up: "+e.Name+" is available, and reserved for this call")
	case call.LegProceeding:
		s.tell("far_invite", "far leg: INVITE over TLS, media keyed for SRTP, to Microsoft's proxy")
	case call.Invited:
		s.tell("incoming_call", "IncomingCall from Event Grid, joined to the call by its token")
	case call.ConnectionAccepted:
		s.tell("accepted", "the call is answered at Microsoft (REST, HMAC)")
	case call.ConnectionUp:
		s.tell("connected_event", "CallConnected, a signed callback")
	case call.AgentInvited:
		s.tell("ringing", "Teams rings on the agent's desktop")
	case call.AgentJoined, call.ParticipantsChanged:
		if !o.Call.Marks.Joined.IsZero() {
			s.tell("joined", "the agent accepts")
		}
	case call.LegEnded:
		s.tell("leg_ended_"+string(e.Side), "the "+string(e.Side)+" leg is over")
	case call.ConnectionDown:
		s.tell("disconnected", "CallDisconnected")
	}
	if o.Call.Phase == call.Connected {
		s.tell("bridged", "customer and agent are connected")
	}
	if o.Call.Over() {
		s.tell("ended", "the call is over and its record is written")
	}
}
