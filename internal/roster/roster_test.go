package roster

import (
	"slices"
	"testing"

	"tandem/internal/tenant"
)

func candidate(name, availability string, reserved bool) Candidate {
	return Candidate{
		Agent: tenant.Agent{ID: tenant.AgentID(name), Name: name}, Presence: Presence{Availability: availability}, Reserved: reserved,
	}
}

func TestOrder(t *testing.T) {
	rows := []struct {
		name  string
		all   []Candidate
		tried []tenant.AgentID
		ring  []string
		why   int
	}{
		{"nobody", nil, nil, nil, 1},
		{"in the given order", []Candidate{candidate("b", "Available", false), candidate("a", "AvailableIdle", false)}, nil, []string{"b", "a"}, 0},
		{"unknown presence comes last", []Candidate{candidate("a", "", false), candidate("b", "PresenceUnknown", false), candidate("c", "Available", false)}, nil, []string{"c", "a", "b"}, 0},
		{"who cannot be rung", []Candidate{
			candidate("a", "Busy", false), candidate("b", "BusyIdle", false), candidate("c", "DoNotDisturb", false), candidate("d", "Away", false),
			candidate("e", "BeRightBack", false), candidate("f", "Offline", false), candidate("g", "SomethingNew", false),
		}, nil, nil, 7},
		{"reserved and tried", []Candidate{candidate("a", "Available", true), candidate("b", "Available", false)}, []tenant.AgentID{"b"}, nil, 2},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			ring, why := Order(row.all, row.tried)
			var names []string
			for _, a := range ring {
				names = append(names, a.Name)
			}
			if !slices.Equal(names, row.ring) || len(why) != row.why {
				t.Errorf("rings %v, says %q; want %v and %d reasons", names, why, row.ring, row.why)
			}
		})
	}
}
