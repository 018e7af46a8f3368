package call

import (
	"cmp"
	"fmt"
	"slices"

	"tandem/internal/tenant"
)

// Somebody outside is in no directory of ours: a person at a telephone, or an ACS
// user. He is rung as an agent is, and counts as one who may talk to the customer;
// but nobody is reserved for the call, and no agent is named for him.

// permitAdd says what stands against bringing somebody in.
func (c Call) permitAdd(e AddAsked) error {
	if c.Phase != Connected {
		return fmt.Errorf("%w: participants are added to a connected call, this one is %s", ErrRefused, c.Phase)
	}
	if e.ID != "" && (c.participant(e.ID) >= 0 || c.asked(e.ID) >= 0) {
		return fmt.Errorf("%w: participant %s was asked for already", ErrRefused, e.ID)
	}
	outside := e.Outside != Endpoint{}
	said := 0
	for _, is := range []bool{outside, e.Agent != "", e.Queue != ""} {
		if is {
			said++
		}
	}
	switch {
	case said != 1, e.ID == "" && e.Agent == "":
		return fmt.Errorf("%w: either an agent is added, or a queue or somebody outside, who has an id", ErrRefused)
	case e.Queue != "" && c.Queued() != "":
		return fmt.Errorf("%w: it waits in a queue already", ErrRefused)
	case e.MaxWait < 0 || e.MaxWait > MaxHandoverWait || e.MaxWait > 0 && e.Queue == "":
		return fmt.Errorf("%w: up to %s are waited, for somebody of a queue", ErrRefused, MaxHandoverWait)
	case outside && e.Outside == c.customer():
		return fmt.Errorf("%w: that is the customer", ErrRefused)
	}
	if e.Agent != "" && slices.ContainsFunc(c.Adds, func(a Sought) bool { return a.Agent == e.Agent }) {
		return fmt.Errorf("%w: that agent is being looked for already", ErrRefused)
	}
	for _, p := range c.Participants {
		if p.State != Gone && (outside && p.Endpoint == e.Outside || e.Agent != "" && p.Agent == e.Agent) {
			return fmt.Errorf("%w: that %s is %s already", ErrRefused, who(e), p.State)
		}
	}
	return nil
}

func who(e AddAsked) string {
	switch e.Outside.Kind {
	case tenant.PhoneNumber:
		return "telephone"
	case tenant.ACSUser:
		return "user"
	}
	return "agent"
}

func (s *step) onAddAsked(e AddAsked) bool {
	if s.c.Permit(e) != nil {
		return false
	}
	if e.Outside == (Endpoint{}) {
		s.c.Adds = append(s.c.Adds, Sought{AddAsked: e, Since: s.at})
		if e.MaxWait > 0 {
			s.await(awaitAdd(e.ID), e.MaxWait)
		}
		return true
	}
	s.c.Participants = append(s.c.Participants, Participant{
		ID: e.ID, Name: cmp.Or(e.DisplayName, e.Outside.ID), Endpoint: e.Outside, DisplayName: e.DisplayName, CallerID: e.CallerID, State: Reserved,
	})
	return true
}

// toldHeld notes whom Microsoft shows as on hold, and reports whether that is news.
func (s *step) toldHeld(list []Endpoint) (news bool) {
	note := func(who Endpoint, told *Treated) {
		held := slices.Contains(list, who)
		news = news || held != told.Held
		told.Held = held
	}
	note(s.c.customer(), &s.c.CustomerTold)
	for i := range s.c.Participants {
		if p := &s.c.Participants[i]; p.State != Gone {
			note(p.Endpoint, &p.Told)
		}
	}
	return news
}

// toldMuted notes whom Microsoft shows as muted. Who was muted by us and is not any
// more has unmuted himself.
func (s *step) toldMuted(list []Endpoint) {
	for i := range s.c.Participants {
		p := &s.c.Participants[i]
		if p.State == Gone {
			continue
		}
		muted := slices.Contains(list, p.Endpoint)
		if p.Told.Muted && !muted {
			p.Treated.Muted = false
		}
		p.Told.Muted = muted
	}
	s.c.CustomerTold.Muted = slices.Contains(list, s.c.customer())
}
