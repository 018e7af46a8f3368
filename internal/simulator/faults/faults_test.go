package faults

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestTakeRespectsScopeAndTimes(t *testing.T) {
	var b Book
	if err := b.Set(Fault{Knob: "no.such"}); err == nil {
		t.Fatal("an unknown knob was accepted")
	}
	if err := b.Set(Fault{Knob: EventLose, Scope: "CallConnected", Times: 2}); err != nil {
		t.Fatal(err)
	}
	if err := b.Set(Fault{Knob: HTTPStatus, Value: "503"}); err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		knob, scope, value string
		struck             bool
	}{
		{EventLose, "ParticipantsUpdated", "", false},
		{EventLose, "callconnected", "", true},
		{EventLose, "CallConnected", "", true},
		{EventLose, "CallConnected", "", false},
		{HTTPStatus, "answer", "503", true},
		{HTTPStatus, "reject", "503", true},
	}
	for i, s := range steps {
		value, struck := b.Take(s.knob, s.scope)
		if value != s.value || struck != s.struck {
			t.Errorf("step %d: Take(%s, %s) = %q, %v", i, s.knob, s.scope, value, struck)
		}
	}
	if got := b.List(); len(got) != 1 || got[0].Knob != HTTPStatus {
		t.Errorf("left over: %v", got)
	}
	b.Reset()
	if _, struck := b.Take(HTTPStatus, "answer"); struck {
		t.Error("struck after Reset")
	}
	var none *Book
	if _, struck := none.Take(HTTPStatus, "answer"); struck {
		t.Error("a nil book struck")
	}
}

func TestRemove(t *testing.T) {
	var b Book
	for _, scope := range []string{"a", "b", "c"} {
		if err := b.Set(Fault{ID: 7, Left: 9, Knob: EventLose, Scope: scope, Count: 2}); err != nil {
			t.Fatal(err)
		}
	}
	b.Take(EventLose, "c")
	list := b.List()
	if list[1].ID == list[2].ID || list[0].Left != 2 || list[2].Left != 1 {
		t.Fatalf("set: %+v", list)
	}
	if err := b.Remove(list[1].ID); err != nil {
		t.Fatal(err)
	}
	if err := b.Remove(list[1].ID); !errors.Is(err, ErrUnknown) {
		t.Errorf("removed twice: %v", err)
	}
	if _, struck := b.Take(EventLose, "b"); struck {
		t.Error("struck after it was removed")
	}
	// An id means one fault for ever, or a late click would remove another.
	b.Reset()
	if err := b.Set(Fault{Knob: EventLose}); err != nil {
		t.Fatal(err)
	}
	if err := b.Remove(list[0].ID); !errors.Is(err, ErrUnknown) || len(b.List()) != 1 {
		t.Errorf("an old id: %v, left %v", err, b.List())
	}
}

func TestFaultsThatMakeNoSense(t *testing.T) {
	var b Book
	for _, f := range []Fault{
		{Knob: EventLose, Count: -1}, {Knob: EventLose, Times: -1}, {Knob: EventLose, Probability: -0.1},
		{Knob: EventLose, Probability: 1.1}, {Knob: EventLose, Probability: math.NaN()},
	} {
		if err := b.Set(f); err == nil {
			t.Errorf("%+v was accepted", f)
		}
	}
	if len(b.List()) != 0 {
		t.Error("something was set")
	}
}

func TestEveryKnobIsExplained(t *testing.T) {
	for knob, text := range Knobs() {
		if !strings.HasPrefix(text, "scope: ") && !strings.HasPrefix(text, "value: ") {
			t.Errorf("%s: %q", knob, text)
		}
	}
}

// strokes says which of 1000 candidates a fault strikes.
func strokes(t *testing.T, f Fault) (pattern []bool, hits int) {
	t.Helper()
	var b Book
	if err := b.Set(f); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		_, struck := b.Take(f.Knob, "X")
		pattern = append(pattern, struck)
		if struck {
			hits++
		}
	}
	return pattern, hits
}

func TestChanceRepeats(t *testing.T) {
	cases := []struct {
		fault    Fault
		min, max int
	}{
		{Fault{Seed: 7}, 400, 600}, // a seed alone is an even chance
		{Fault{Seed: 7, Probability: 0.1}, 60, 140},
		{Fault{Probability: 0.9}, 860, 940},
		{Fault{Probability: 1, Seed: 7}, 1000, 1000},
		{Fault{}, 1000, 1000},
		{Fault{Count: 3}, 3, 3},
		{Fault{Times: 3}, 3, 3},
		{Fault{Seed: 7, Probability: 0.5, Count: 20}, 20, 20},
	}
	for _, c := range cases {
		c.fault.Knob = EventLose
		first, hits := strokes(t, c.fault)
		second, _ := strokes(t, c.fault)
		if !slices.Equal(first, second) {
			t.Errorf("%+v: another run, other strokes", c.fault)
		}
		if hits < c.min || hits > c.max {
			t.Errorf("%+v: %d strokes", c.fault, hits)
		}
	}
	a, _ := strokes(t, Fault{Knob: EventLose, Seed: 7})
	b, _ := strokes(t, Fault{Knob: EventLose, Seed: 8})
	if slices.Equal(a, b) {
		t.Error("another seed, the same strokes")
	}
}
