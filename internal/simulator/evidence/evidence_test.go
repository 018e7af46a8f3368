package evidence

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newSwitches(t *testing.T) *Switches {
	t.Helper()
	s, err := NewSwitches(Inferences(), []Inference{{Name: "own", Values: []string{"a", "b", "c"}}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSwitches(t *testing.T) {
	s := newSwitches(t)
	steps := []struct {
		name, value string
		ok          bool
		want        string
	}{
		{TeamsBusy, "480/10037", true, "480/10037"},
		{TeamsBusy, "1/2", false, "480/10037"},
		{TeamsBusy, "486/8539", true, "486/8539"},
		{VersionWithdrawn, "404", true, "404"},
		{"own", "c", true, "c"},
		{"nonsense", "x", false, ""},
	}
	for _, c := range steps {
		if err := s.Set(c.name, c.value); (err == nil) != c.ok || s.Get(c.name) != c.want {
			t.Errorf("%s = %s: %v, now %q", c.name, c.value, err, s.Get(c.name))
		}
	}
	s.FlipAll()
	for _, i := range s.List() {
		want := i.Values[min(1, len(i.Values)-1)]
		if got := s.Get(i.Name); got != want {
			t.Errorf("flipped %s is %q, want %q", i.Name, got, want)
		}
	}
	s.Reset()
	for _, i := range s.List() {
		if got := s.Get(i.Name); got != i.Values[0] {
			t.Errorf("reset %s is %q", i.Name, got)
		}
	}
	if len(s.Changed()) != 0 {
		t.Errorf("changed after a reset: %v", s.Changed())
	}
}

func TestNoSwitches(t *testing.T) {
	var s *Switches
	if s.Get(CallbackRetries) != "3" || s.Get("nonsense") != "" || len(s.Changed()) != 0 || len(s.List()) != len(Inferences()) {
		t.Error("a nil Switches has not the defaults")
	}
	s.Reset()
	s.FlipAll()
	if s.Set(CallbackRetries, "0") == nil {
		t.Error("a nil Switches was set")
	}
}

func TestSwitchesThatMakeNoSense(t *testing.T) {
	for _, list := range [][]Inference{
		{{Name: "a", Values: []string{"x"}}, {Name: "a", Values: []string{"x"}}},
		{{Name: "a"}}, {{Values: []string{"x"}}}, {{Name: "a", Values: []string{"x", ""}}},
	} {
		if _, err := NewSwitches(list); err == nil {
			t.Errorf("%+v was accepted", list)
		}
	}
}

func TestSwitchesAtOnce(t *testing.T) {
	s := newSwitches(t)
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			for range 100 {
				if err := s.Set(HoldTeams, "allowed"); err != nil {
					t.Error(err)
				}
				s.FlipAll()
				if v := s.Get(HoldTeams); v != "allowed" && v != "refused" {
					t.Errorf("value %q", v)
				}
				s.Reset()
			}
		})
	}
	work.Wait()
}

func TestInferencesAreComplete(t *testing.T) {
	for _, i := range Inferences() {
		if i.Text == "" || i.Source == "" {
			t.Errorf("%s has no text or source", i.Name)
		}
	}
	if n := len(Inferences()); n != 23 {
		t.Errorf("%d inferences", n)
	}
}

func TestMarkdown(t *testing.T) {
	var got strings.Builder
	err := Markdown(&got, []Behaviour{
		{"Events", "one", "a | b", Recorded, "x §1"},
		{"Graph", "two", "line\nbreak", Inferred, "y"},
		{"Events", "three", "c", Documented, "z"},
	}, []Inference{{"s.w", "open|question", "q", []string{"yes", "no"}}})
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join("testdata", "register.md"))
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
	if err := Markdown(broken{}, nil, nil); !errors.Is(err, errBroken) {
		t.Errorf("a broken writer: %v", err)
	}
}

func TestIncompleteRows(t *testing.T) {
	good := Behaviour{"Events", "one", "text", Recorded, "x"}
	rows := [][]Behaviour{{good, good}}
	for _, spoil := range []func(*Behaviour){
		func(b *Behaviour) { b.Area = "" }, func(b *Behaviour) { b.Name = "" }, func(b *Behaviour) { b.Text = "" },
		func(b *Behaviour) { b.Mark = "guessed" }, func(b *Behaviour) { b.Source = "" },
	} {
		bad := good
		spoil(&bad)
		rows = append(rows, []Behaviour{bad})
	}
	for _, list := range rows {
		if err := Markdown(io.Discard, list, nil); err == nil {
			t.Errorf("%+v was written", list)
		}
	}
	if err := Markdown(io.Discard, []Behaviour{good}, Inferences()); err != nil {
		t.Error(err)
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestMarks(t *testing.T) {
	if !Recorded.Valid() || Mark("guessed").Valid() {
		t.Error("validity of marks")
	}
}
