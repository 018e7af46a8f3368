package faults

import "testing"

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

func TestSeedRepeats(t *testing.T) {
	run := func(seed uint64) (pattern []bool) {
		var b Book
		if err := b.Set(Fault{Knob: EventLose, Seed: seed}); err != nil {
			t.Fatal(err)
		}
		for range 64 {
			_, struck := b.Take(EventLose, "X")
			pattern = append(pattern, struck)
		}
		return pattern
	}
	a, b := run(7), run(7)
	hits := 0
	for i := range a {
		if a[i] != b[i] {
			t.Fatal("the same seed gave another pattern")
		}
		if a[i] {
			hits++
		}
	}
	if hits == 0 || hits == len(a) {
		t.Errorf("%d of %d struck", hits, len(a))
	}
}
