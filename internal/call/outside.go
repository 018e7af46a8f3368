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
	switch {
	case outside && (e.ID == "" || e.Agent != ""), !outside && e.Agent == "":
		return fmt.Errorf("%w: either an agent is added, or somebody outside who has an id", ErrRefused)
	case outside && e.Outside == c.customer():
		return fmt.Errorf("%w: that is the customer", ErrRefused)
	}
	if !outside && slices.ContainsFunc(c.Adds, func(a AddAsked) bool { return a.Agent == e.Agent }) {
		return fmt.Errorf("%w: that agent was asked for already", ErrRefused)
	}
	for _, p := range c.Participants {
		if p.State != Gone && (outside && p.Endpoint == e.Outside || !outside && p.Agent == e.Agent) {
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

// asked finds an agent who was asked for and is not chosen yet; -1 if there is none.
func (c Call) asked(id string) int {
	return slices.IndexFunc(c.Adds, func(a AddAsked) bool { return a.ID != "" && a.ID == id })
}

func (s *step) onAddAsked(e AddAsked) bool {
	if s.c.Permit(e) != nil {
		return false
	}
	if e.Outside == (Endpoint{}) {
		s.c.Adds = append(s.c.Adds, e)
		return true
	}
	s.c.Participants = append(s.c.Participants, Participant{
		ID: e.ID, Name: cmp.Or(e.DisplayName, e.Outside.ID), Endpoint: e.Outside, DisplayName: e.DisplayName, CallerID: e.CallerID, State: Reserved,
	})
	return true
}

// dropAdd forgets somebody who was asked for. If he is being chosen at this moment,
// the choice comes too late and lets him go.
func (s *step) dropAdd(i int) {
	if i == 0 {
		s.c.Choosing = ""
	}
	s.c.Adds = slices.Delete(s.c.Adds, i, i+1)
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
