package guard

import (
	"testing"
	"time"
)

// TestRoom: a full table is looked through once a second, however many come.
func TestRoom(t *testing.T) {
	table, now, looked := map[int]time.Time{}, time.Unix(1_000_000, 0), 0
	var swept time.Time
	old := func(until time.Time) bool { looked++; return now.After(until) }
	for i := range 100 {
		if !room(table, 100, &swept, now, old) {
			t.Fatalf("no room for the %dth", i)
		}
		table[i] = now.Add(2 * time.Second)
	}
	for range 1000 {
		if room(table, 100, &swept, now, old) {
			t.Fatal("room in a full table")
		}
	}
	if looked != 100 {
		t.Errorf("looked at %d", looked)
	}
	now = now.Add(3 * time.Second)
	if !room(table, 100, &swept, now, old) || len(table) != 0 {
		t.Errorf("%d are kept", len(table))
	}
}
