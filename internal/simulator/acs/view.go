package acs

import (
	"errors"
	"strings"
	"time"

	"tandem/internal/audio"
)

// View is a call as /_sim and the desk show it.
type View struct {
	Resource string `json:"resource"`
	Region   string `json:"region"`
	// State is offered, connecting, connected or released (nobody controls it).
	State string `json:"state"`
	// CallConnectionID is that of the first leg; CallConnectionIDs are all.
	CallConnectionID  string    `json:"call_connection_id,omitempty"`
	CallConnectionIDs []string  `json:"call_connection_ids,omitempty"`
	ServerCallID      string    `json:"server_call_id"`
	CorrelationID     string    `json:"correlation_id"`
	SIPCallID         string    `json:"sip_call_id,omitempty"`
	From              string    `json:"from"`
	To                string    `json:"to"`
	Since             time.Time `json:"since"`
	Participants      []string  `json:"participants"`
	Ringing           []string  `json:"ringing"`
	Recording         bool      `json:"recording,omitempty"`
	// Offers are the IncomingCall events that wait for an answer.
	Offers []Offered `json:"offers,omitempty"`
}

// Offered is an IncomingCall event that waits for an answer.
type Offered struct {
	To                  string `json:"to"` // raw id
	IncomingCallContext string `json:"incoming_call_context"`
}

// Calls returns the calls that are alive, the oldest first.
func (s *Service) Calls() []View {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]View, 0, len(s.calls))
	for _, c := range s.calls {
		list = append(list, c.view())
	}
	return list
}

func (c *call) view() View {
	v := View{
		Resource: c.resource.Name, Region: c.resource.Region, State: "connecting", CorrelationID: c.correlationID, ServerCallID: c.serverCallID,
		From: c.from.shown(), To: c.to.shown(), Since: c.born, Participants: []string{}, Ringing: []string{},
	}
	for _, leg := range c.legs {
		v.CallConnectionIDs = append(v.CallConnectionIDs, leg.ID)
		if leg.connected {
			v.State = "connected"
		}
	}
	switch {
	case len(c.legs) > 0:
		v.CallConnectionID = v.CallConnectionIDs[0]
	case len(c.members) > 0:
		v.State = "released"
	case len(c.offers) > 0:
		v.State = "offered"
	}
	for _, o := range c.offers {
		v.Offers = append(v.Offers, Offered{o.to.raw(), o.context})
		if o.line != nil {
			v.SIPCallID = o.line.CallID()
		}
	}
	for _, m := range c.members {
		v.Participants = append(v.Participants, m.raw())
		if m.line != nil && v.SIPCallID == "" {
			v.SIPCallID = m.line.CallID()
		}
	}
	for _, inv := range c.invitations {
		v.Ringing = append(v.Ringing, inv.who.raw())
	}
	for _, r := range c.recordings {
		v.Recording = v.Recording || r.running()
	}
	return v
}

// Errors of Place and HangUp.
var (
	ErrPlace   = errors.New("resource or number is not known")
	ErrUnknown = errors.New("no such call")
)

// Place announces a call that does not come by SIP, with the line of its caller.
func (s *Service) Place(immutableID string, line Leg) (incomingCallContext string, err error) {
	if s.resources[strings.ToLower(immutableID)] == nil || !phone(line.From()).valid() || !phone(line.To()).valid() {
		return "", ErrPlace
	}
	return s.offerLine(immutableID, line, true), nil
}

// HangUp ends the phone's part of the call with that connection, correlation or
// server call id: a SIP leg gets a BYE of Microsoft's.
func (s *Service) HangUp(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if !c.is(id) {
			continue
		}
		for _, o := range c.offers {
			if o.line != nil {
				s.spawn(func() { o.line.Reject(sipUnavailable, 31, "Ended at the desk") })
				return nil
			}
		}
		for _, m := range c.members {
			if m.line != nil {
				s.spawn(func() { m.line.Bye(16, "CallEndReasonRemoteUserInitiated") })
				return nil
			}
		}
		s.endCall(c, conversationEnded)
		return nil
	}
	return ErrUnknown
}

func (c *call) is(id string) bool {
	if c.correlationID == id || c.serverCallID == id {
		return true
	}
	for _, leg := range c.legs {
		if leg.ID == id {
			return true
		}
	}
	return false
}

// Say makes a participant say something: the recogniser will understand the
// text, and where the participant is not a phone on a trunk, whose voice is its
// own, the others hear it spoken.
func (s *Service) Say(id, rawID, text string, pcm audio.PCM) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	who := parseRaw(rawID)
	for _, c := range s.calls {
		if m := c.member(who); m != nil && (id == "" || c.is(id)) {
			if m.speak(pcm) {
				s.script.Add(who.raw(), text) // recognised when it has been said
			} else {
				s.script.Say(who.raw(), text)
			}
			return nil
		}
	}
	return ErrUnknown
}
