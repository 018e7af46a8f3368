package sip

import (
	"maps"
	"slices"
	"testing"
)

// rows are the conformance table: what an SBC is expected to do, each row executed
// against a running edge with the wire as oracle. `make sbc-conformance` prints them.
// A row's name says the behaviour and its source, so that the list reads by itself.
type rows map[string]func(*testing.T)

// TestConformance runs the table. Rows of a section are sorted by name. They mostly wait,
// each beside an edge of its own, so many run at once.
func TestConformance(t *testing.T) {
	sections := []struct {
		name string
		rows rows
	}{
		{"near", nearRows}, {"dialog", dialogRows}, {"far", farRows}, {"media", mediaRows}, {"guard", guardRows},
	}
	for _, s := range sections {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			for _, name := range slices.Sorted(maps.Keys(s.rows)) {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					s.rows[name](t)
				})
			}
		})
	}
}
