package delays_test

import (
	"io"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tandem/internal/simulator/delays"
	"tandem/internal/simulator/evidence"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestParse(t *testing.T) {
	for setting, want := range map[string]time.Duration{"": 0, "none": 0, "documented": 400 * time.Millisecond} {
		p, err := delays.Parse(setting)
		if err != nil {
			t.Fatal(err)
		}
		if got := p[delays.Repeat]; got != want {
			t.Errorf("%q: %v, want %v", setting, got, want)
		}
	}
	if _, err := delays.Parse("some"); err == nil {
		t.Error("an unknown setting was taken")
	}
}

func TestEveryDelayIsComplete(t *testing.T) {
	all, err := delays.Parse(delays.Documented)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range delays.Table() {
		if d.Value <= 0 || all[d.Name] != d.Value {
			t.Errorf("%s is %v by name, %v in the table", d.Name, all[d.Name], d.Value)
		}
	}
	// Rows without a text, mark or source, or there twice, are refused.
	if err := evidence.Markdown(io.Discard, delays.Evidence(), nil); err != nil {
		t.Error(err)
	}
}
