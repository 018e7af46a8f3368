package evidence

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Inference is a behaviour that nothing documents or shows, with the values
// that it could have.
type Inference struct {
	Name   string
	Text   string
	Source string
	// Values are what the real service might do; the first is the default.
	Values []string
}

// Switches holds the value of each inference. It may be used by several
// goroutines. A nil Switches is one of Inferences that nobody has touched.
type Switches struct {
	list []Inference

	mu     sync.Mutex
	values map[string]string // what is not at its default
}

// NewSwitches returns the switches of these inferences, all at their default.
// A name that is there twice, or has no value, is an error.
func NewSwitches(lists ...[]Inference) (*Switches, error) {
	s := &Switches{values: map[string]string{}}
	for _, i := range slices.Concat(lists...) {
		if i.Name == "" || len(i.Values) == 0 || slices.Contains(i.Values, "") {
			return nil, fmt.Errorf("inference %q needs a name and values that are not empty", i.Name)
		}
		if _, twice := s.find(i.Name); twice {
			return nil, fmt.Errorf("inference %q is declared twice", i.Name)
		}
		s.list = append(s.list, i)
	}
	return s, nil
}

func (s *Switches) find(name string) (Inference, bool) {
	list := Inferences()
	if s != nil {
		list = s.list
	}
	for _, i := range list {
		if i.Name == name {
			return i, true
		}
	}
	return Inference{}, false
}

// Get returns the value of a switch, "" when there is no such switch.
func (s *Switches) Get(name string) string {
	i, known := s.find(name)
	if !known {
		return ""
	}
	if s != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if value, changed := s.values[name]; changed {
			return value
		}
	}
	return i.Values[0]
}

// Set gives a switch one of its values. An unknown switch or value is an error
// that lists what there is.
func (s *Switches) Set(name, value string) error {
	i, known := s.find(name)
	switch {
	case s == nil:
		return fmt.Errorf("set %s: there are no switches here", name)
	case !known:
		names := make([]string, 0, len(s.list))
		for _, i := range s.list {
			names = append(names, i.Name)
		}
		return fmt.Errorf("no switch %q; there are %s", name, strings.Join(names, ", "))
	case !slices.Contains(i.Values, value):
		return fmt.Errorf("switch %s takes %s, not %q", name, strings.Join(i.Values, " or "), value)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[name] = value
	return nil
}

// Reset brings every switch back to its default.
func (s *Switches) Reset() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.values)
}

// FlipAll gives every switch its second value, so that a run shows what rests
// on a guess. A switch with one value stays.
func (s *Switches) FlipAll() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.list {
		if len(i.Values) > 1 {
			s.values[i.Name] = i.Values[1]
		}
	}
}

// List returns the inferences behind the switches.
func (s *Switches) List() []Inference {
	if s == nil {
		return Inferences()
	}
	return slices.Clone(s.list)
}

// Changed returns the switches that were set or flipped, with their values.
func (s *Switches) Changed() map[string]string {
	if s == nil {
		return map[string]string{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.values)
}
