package voice

import (
	"slices"
	"sync"
)

// Script says what people will have said: for each participant, by raw id, the
// phrases that his utterances are recognised as, in order. It serves all calls of
// a simulator; each call has a [Recogniser] of it. The zero value is empty and
// works.
type Script struct {
	mu      sync.Mutex
	phrases map[string][]string
	live    []*Recogniser
}

// Add appends phrases for the next utterances of a participant, in whatever call
// he speaks. An empty phrase is an utterance that is not recognised.
func (s *Script) Add(rawID string, phrases ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phrases == nil {
		s.phrases = make(map[string][]string)
	}
	s.phrases[rawID] = append(s.phrases[rawID], phrases...)
}

// Reset forgets the phrases that are still to come.
func (s *Script) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phrases = nil
}

// Say has the participant say a phrase now, without any sound, and returns how
// many [Ear]s will hear it with the next tick of their calls. It touches no
// pending phrase; what he is saying aloud at that moment is not recognised
// besides.
func (s *Script) Say(rawID, phrase string) int {
	s.mu.Lock()
	live := slices.Clone(s.live)
	s.mu.Unlock()
	ears := 0
	for _, r := range live {
		ears += r.say(rawID, phrase)
	}
	return ears
}

// next takes the next phrase; empty if none is left.
func (s *Script) next(rawID string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := s.phrases[rawID]
	if len(left) == 0 {
		return ""
	}
	if s.phrases[rawID] = left[1:]; len(left) == 1 {
		delete(s.phrases, rawID)
	}
	return left[0]
}

// Recogniser returns the recogniser of a new call. Close it when the call ends.
func (s *Script) Recogniser() *Recogniser {
	r := &Recogniser{
		script:  s,
		loud:    make(map[string]bool),
		given:   make(map[string][]passage),
		pending: make(map[string][]string),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = append(s.live, r)
	return r
}

func (s *Script) remove(r *Recogniser) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = slices.DeleteFunc(s.live, func(l *Recogniser) bool { return l == r })
}
