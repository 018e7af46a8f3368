package simulator

import (
	"tandem/internal/simulator/acs"
	"tandem/internal/simulator/mixer"
)

// room is a conference as acs sees it.
type room struct{ *mixer.Conference }

func (s *Server) newRoom() acs.Room { return room{mixer.New(s.logger)} }

// Sound is where Teams users join.
func (r room) Sound() *mixer.Conference { return r.Conference }

// Attach brings in the sound of a leg that has any; placed calls have none.
func (r room) Attach(leg acs.Leg) {
	if l, sounds := leg.(interface {
		Attach(*mixer.Conference) *mixer.Port
	}); sounds {
		l.Attach(r.Conference)
	}
}
