package simulator

import (
	"tandem/internal/simulator/acs"
	"tandem/internal/simulator/mixer"
	"tandem/internal/simulator/teams"
)

// room is a conference as acs and teams see it.
type room struct{ *mixer.Conference }

func (s *Server) newRoom() acs.Room { return room{mixer.New(s.logger)} }

// Join gives a Teams user a place.
func (r room) Join(name string, out func([]int16)) teams.Line {
	return r.Conference.Join(name, out)
}

// Attach brings in the sound of a leg that has any; placed calls have none.
func (r room) Attach(leg acs.Leg) {
	if l, sounds := leg.(interface {
		Attach(*mixer.Conference) *mixer.Port
	}); sounds {
		l.Attach(r.Conference)
	}
}
