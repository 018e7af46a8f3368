package voice

import (
	"testing"
	"time"

	"tandem/internal/simulator/events"
)

func TestCollector(t *testing.T) {
	const s = time.Second
	type step struct {
		at    time.Duration
		digit byte // 0: only time passes
	}
	request := Collector{Max: 3, StopTones: "#*", InterTone: 2 * s, InitialSilence: 5 * s}
	for _, c := range []struct {
		name    string
		request Collector
		steps   []step
		want    events.Result // zero: goes on
		tones   string
	}{
		{"all tones", request, []step{{s, '1'}, {2 * s, '2'}, {3 * s, '3'}}, MaxTones, "123"},
		{"one less", request, []step{{s, '1'}, {2 * s, '2'}}, events.Result{}, "12"},
		{"stop tone", request, []step{{s, '1'}, {2 * s, '#'}}, StopTone, "1"},
		{"other stop tone at once", request, []step{{s, '*'}}, StopTone, ""},
		{"stop tone as the last", request, []step{{s, '1'}, {s, '2'}, {s, '#'}}, StopTone, "12"},
		{"initial silence", request, []step{{5 * s, 0}}, InitialSilence, ""},
		{"not yet", request, []step{{5*s - 1, 0}}, events.Result{}, ""},
		{"first digit too late", request, []step{{5 * s, '1'}}, InitialSilence, ""},
		{"first digit just in time", request, []step{{5*s - 1, '1'}}, events.Result{}, "1"},
		{"pause", request, []step{{s, '1'}, {3*s - 1, 0}, {3 * s, 0}}, InterToneTimeout, "1"},
		{"no pause yet", request, []step{{s, '1'}, {3*s - 1, 0}}, events.Result{}, "1"},
		{"digit after the pause", request, []step{{s, '1'}, {3 * s, '2'}}, InterToneTimeout, "1"},
		{"each digit begins a pause anew", request, []step{{4 * s, '1'}, {5 * s, '2'}, {6 * s, 0}}, events.Result{}, "12"},
		{"interrupted prompt", request, []step{{0, '1'}, {0, '2'}, {0, '3'}}, MaxTones, "123"},
		{"without limits", Collector{}, []step{{100 * s, '1'}, {500 * s, '2'}, {900 * s, 0}}, events.Result{}, "12"},
		{"no stop tones", Collector{Max: 2}, []step{{s, '#'}, {s, 'A'}}, MaxTones, "#A"},
		{"nothing after the end", request, []step{{5 * s, 0}, {5 * s, '1'}, {50 * s, 0}}, InitialSilence, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var ends []events.Result
			for _, step := range c.steps {
				var r events.Result
				var over bool
				if step.digit == 0 {
					r, over = c.request.Tick(step.at)
				} else {
					r, over = c.request.Digit(step.at, step.digit)
				}
				if over {
					ends = append(ends, r)
				}
			}
			switch {
			case c.want.Code == 0 && len(ends) > 0:
				t.Errorf("ended with %v", ends)
			case c.want.Code != 0 && (len(ends) != 1 || ends[0] != c.want):
				t.Errorf("ended with %v, want once %v", ends, c.want)
			}
			if got := c.request.Tones(); got != c.tones {
				t.Errorf("tones %q, want %q", got, c.tones)
			}
			if _, waiting := c.request.Next(); waiting && len(ends) > 0 {
				t.Error("waits after the end")
			}
		})
	}
}

func TestCollectorSaysWhenToTick(t *testing.T) {
	c := Collector{InterTone: 2 * time.Second, InitialSilence: 5 * time.Second}
	if at, ok := c.Next(); !ok || at != 5*time.Second {
		t.Errorf("first %v, %v", at, ok)
	}
	c.Digit(time.Second, '1')
	at, ok := c.Next()
	if !ok || at != 3*time.Second {
		t.Errorf("then %v, %v", at, ok)
	}
	if r, over := c.Tick(at); !over || r != InterToneTimeout {
		t.Errorf("%v, %v", r, over)
	}
}

func TestToneNames(t *testing.T) {
	for _, tone := range toneNames {
		digit, ok := ToneDigit(tone.name)
		if !ok || ToneName(digit) != tone.name {
			t.Errorf("%s is %c is %s", tone.name, digit, ToneName(digit))
		}
	}
	if digit, ok := ToneDigit("Pound"); !ok || digit != '#' {
		t.Errorf("Pound is %c", digit)
	}
	if _, ok := ToneDigit("ten"); ok || ToneName('x') != "" {
		t.Error("ten or x is a tone")
	}
}

func TestMatch(t *testing.T) {
	choices := []Choice{
		{Label: "Confirm", Phrases: []string{"Confirm", "First", "One"}, Tone: '1'},
		{Label: "Cancel", Phrases: []string{"Cancel", "Don't do it", "Please cancel my check-in"}, Tone: '2'},
		{Label: "Again", Phrases: []string{"One", "", "?"}},
	}
	for _, c := range []struct {
		heard, label, phrase string
		confidence           float64
	}{
		{"confirm", "Confirm", "Confirm", 0.9},
		{"CONFIRM!", "Confirm", "Confirm", 0.9},
		{"I confirm.", "Confirm", "Confirm", 0.675},
		{"one", "Confirm", "One", 0.9},
		{"no, dont do it", "Cancel", "Don't do it", 0.7875},
		{"please cancel my check in first", "Cancel", "Please cancel my check-in", 0.825},
		{"confirmation", "", "", 0},
		{"don't", "", "", 0},
		{"do it don't", "", "", 0},
		{"", "", "", 0},
		{"?", "", "", 0},
	} {
		label, phrase, confidence, ok := Match(choices, c.heard)
		if label != c.label || phrase != c.phrase || ok != (c.label != "") || confidence < c.confidence-1e-9 || confidence > c.confidence+1e-9 {
			t.Errorf("%q: %q by %q, %v, %v", c.heard, label, phrase, confidence, ok)
		}
	}
	if label, ok := MatchTone(choices, '2'); !ok || label != "Cancel" {
		t.Errorf("2 is %q", label)
	}
	for _, digit := range []byte{'3', 0} {
		if label, ok := MatchTone(choices, digit); ok {
			t.Errorf("%q is %q", digit, label)
		}
	}
}
