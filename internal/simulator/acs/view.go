package acs

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"
)

// View is a call as /_sim and the desk show it.
type View struct {
	Resource         string    `json:"resource"`
	Region           string    `json:"region"`
	State            string    `json:"state"`
	CallConnectionID string    `json:"call_connection_id,omitempty"`
	CorrelationID    string    `json:"correlation_id"`
	SIPCallID        string    `json:"sip_call_id,omitempty"`
	From             string    `json:"from"`
	To               string    `json:"to"`
	Since            time.Time `json:"since"`
	Participants     []string  `json:"participants"`
	Ringing          []string  `json:"ringing"`
}

// Calls returns the calls that are alive, the oldest first.
func (s *Service) Calls() []View {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]View, 0, len(s.calls))
	for _, c := range s.calls {
		v := View{
			Resource: c.resource.Name, Region: c.resource.Region, State: string(c.state),
			CorrelationID: c.correlationID, SIPCallID: c.leg.CallID(),
			From: c.from.id, To: c.to.id, Since: c.born, Participants: []string{}, Ringing: []string{},
		}
		if c.app != nil {
			v.CallConnectionID = c.app.ID
		} else if c.state == connected {
			v.State = "released"
		}
		for _, p := range c.parties {
			v.Participants = append(v.Participants, p.raw())
		}
		for _, inv := range c.invitations {
			v.Ringing = append(v.Ringing, inv.who.raw())
		}
		list = append(list, v)
	}
	return list
}

// Errors of Place and HangUp.
var (
	ErrPlace   = errors.New("resource or number is not known")
	ErrUnknown = errors.New("no such call")
)

// Place makes a call that comes from nowhere: no SIP, no sound. HangUp with the
// call's correlation id is how its caller hangs up.
func (s *Service) Place(immutableID, from, to string, headers map[string]string) (incomingCallContext string, err error) {
	if s.resources[strings.ToLower(immutableID)] == nil || !phone(from).valid() || !phone(to).valid() {
		return "", ErrPlace
	}
	return s.offer(immutableID, &phantom{from: from, to: to, headers: headers, ended: make(chan struct{})}), nil
}

// HangUp ends the caller's leg of the call with that connection or correlation
// id: a placed caller hangs up, a SIP leg gets a BYE of Microsoft's.
func (s *Service) HangUp(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if c.correlationID != id && (c.app == nil || c.app.ID != id) {
			continue
		}
		if p, placed := c.leg.(*phantom); placed {
			p.end("sbc", 0)
		} else if c.answered {
			s.spawn(func() { c.leg.Bye(16, "CallEndReasonRemoteUserInitiated") })
		} else {
			s.refuse(c, sipUnavailable, 31, "Ended at the desk")
		}
		return nil
	}
	return ErrUnknown
}

// phantom is the leg of a caller who is only told about.
type phantom struct {
	from, to string
	headers  map[string]string
	ended    chan struct{}
	once     sync.Once
	by       string
	status   int
}

func (p *phantom) end(by string, status int) {
	p.once.Do(func() {
		p.by, p.status = by, status
		close(p.ended)
	})
}

func (p *phantom) From() string                     { return p.from }
func (p *phantom) To() string                       { return p.to }
func (p *phantom) CallID() string                   { return "" }
func (p *phantom) TrunkFQDN() string                { return "" }
func (p *phantom) CustomHeaders() map[string]string { return p.headers }
func (p *phantom) Reject(status, _ int, _ string)   { p.end("microsoft", status) }
func (p *phantom) Bye(int, string)                  { p.end("microsoft", 0) }
func (p *phantom) Ended() <-chan struct{}           { return p.ended }
func (p *phantom) End() (by string, status, q850 int) {
	return p.by, p.status, 16
}

func (p *phantom) Answer(context.Context) error {
	select {
	case <-p.ended:
		return context.Canceled
	default:
		return nil
	}
}
