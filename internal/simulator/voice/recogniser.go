package voice

import (
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Confidence of everything that is recognised.
const Confidence = 0.9

// wordTime is how long a word takes that nobody spoke aloud.
const wordTime = 400 * time.Millisecond

// Word is a word of an utterance. Offset counts like the utterance's.
type Word struct {
	Text             string
	Offset, Duration time.Duration
}

// Utterance is what somebody said. Offset counts from the start of the
// recogniser, silence at both ends is left out.
type Utterance struct {
	RawID string
	// Text is empty if nothing was scripted: speech that was not recognised,
	// which fails a recognize request with [NotRecognised].
	Text             string
	Confidence       float64 // 0 to 1
	Offset, Duration time.Duration
	Words            []Word // spread over the utterance by their length
}

// After returns the utterance with offsets from a later start, that of a
// transcription for example; nothing begins before it.
func (u Utterance) After(start time.Duration) Utterance {
	u.Offset = max(0, u.Offset-start)
	u.Words = slices.Clone(u.Words)
	for i := range u.Words {
		u.Words[i].Offset = max(0, u.Words[i].Offset-start)
	}
	return u
}

// Kind is what an [Ear] noticed.
type Kind int

const (
	Began Kind = iota + 1 // somebody begins to speak: a prompt may be interrupted
	Ended                 // he has spoken: Utterance is set
)

// Event is what an ear tells.
type Event struct {
	Kind      Kind
	Utterance Utterance
}

// Recogniser hears the participants of one call. Feed it from the conference's
// tap: [Recogniser.Add] for everyone who spoke in a tick, then
// [Recogniser.EndTick]; its time is the number of ticks. Get it from a [Script].
type Recogniser struct {
	script *Script

	mu      sync.Mutex
	ticks   int64
	loud    map[string]bool
	ears    []*Ear
	given   map[string][]passage
	pending map[string][]string // said without sound
	closed  bool
}

// passage is a stretch of somebody's speech, in ticks, and what it was
// recognised as. Ears of the same participant agree by it, though each has
// silences of its own.
type passage struct {
	from, to int64
	phrase   string
}

// Ear listens to one participant, for one recognize request or one transcription.
type Ear struct {
	recogniser *Recogniser
	rawID      string
	heard      func(Event)

	// All below belongs to the recogniser's lock.
	closed bool
	detector
}

// Listen begins to listen to a participant. An utterance ends after endSilence,
// 200 ms at least. heard is called by EndTick, one event after the other; it must
// not block and may use ears and recogniser.
func (r *Recogniser) Listen(rawID string, endSilence time.Duration, heard func(Event)) *Ear {
	e := &Ear{recogniser: r, rawID: rawID, heard: heard}
	e.endSilence = ticksOf(max(endSilence, minEndSilence))
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.closed = r.closed; !e.closed {
		r.ears = append(r.ears, e)
	}
	return e
}

// Close stops listening; at most an event under way still comes.
func (e *Ear) Close() {
	r := e.recogniser
	r.mu.Lock()
	defer r.mu.Unlock()
	e.closed = true
	r.ears = slices.DeleteFunc(r.ears, func(other *Ear) bool { return other == e })
}

// Close closes all ears.
func (r *Recogniser) Close() {
	r.script.remove(r)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for _, e := range r.ears {
		e.closed = true
	}
	r.ears = nil
}

// Now is the end of the last tick, from the start of the recogniser.
func (r *Recogniser) Now() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Duration(r.ticks) * FrameDuration
}

// Add takes what somebody said in the tick under way; the frame is not kept.
func (r *Recogniser) Add(rawID string, frame []int16) {
	if !loud(frame) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.loud[rawID] = true
}

// say has the ears on a participant hear a phrase with the next tick; it returns
// how many there are.
func (r *Recogniser) say(rawID, phrase string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	ears := 0
	for _, e := range r.ears {
		if e.rawID == rawID {
			ears++
		}
	}
	if ears > 0 {
		r.pending[rawID] = append(r.pending[rawID], phrase)
	}
	return ears
}

// EndTick ends a tick: who was not added was silent in it.
func (r *Recogniser) EndTick() {
	for _, n := range r.tick() {
		r.mu.Lock()
		closed := n.ear.closed
		r.mu.Unlock()
		if !closed {
			n.ear.heard(n.event)
		}
	}
}

// notice is an event for an ear.
type notice struct {
	ear   *Ear
	event Event
}

func (r *Recogniser) tick() []notice {
	r.mu.Lock()
	defer r.mu.Unlock()
	var notices []notice
	for _, e := range r.ears {
		tell := func(kind Kind, u Utterance) { notices = append(notices, notice{e, Event{kind, u}}) }
		r.hear(e, tell)
		for _, phrase := range r.pending[e.rawID] {
			if !e.speaking {
				tell(Began, Utterance{})
			}
			e.cut()
			length := min(r.ticks+1, ticksOf(wordTime*time.Duration(max(1, len(words(phrase))))))
			tell(Ended, spoken(e.rawID, phrase, r.ticks+1-length, r.ticks+1))
		}
	}
	clear(r.pending)
	clear(r.loud)
	r.ticks++
	return notices
}

// hear lets an ear's detector hear the tick.
func (r *Recogniser) hear(e *Ear, tell func(Kind, Utterance)) {
	switch e.hear(r.ticks, r.loud[e.rawID]) {
	case began:
		tell(Began, Utterance{})
	case ended:
		tell(Ended, spoken(e.rawID, r.recognise(e.rawID, e.from, e.to), e.from, e.to))
	}
}

// recognise returns what somebody said from one tick to another: what another
// ear was told of it, else the next phrase of the script.
func (r *Recogniser) recognise(rawID string, from, to int64) string {
	recent := slices.DeleteFunc(r.given[rawID], func(p passage) bool {
		return p.to < r.ticks-2*ticksOf(maxUtterance)
	})
	var parts []string
	known := false
	for _, p := range recent {
		if p.from < to && from < p.to {
			known = true
			parts = append(parts, p.phrase)
		}
	}
	if !known {
		parts = []string{r.script.next(rawID)}
		recent = append(recent, passage{from, to, parts[0]})
	}
	r.given[rawID] = recent
	return strings.Join(parts, " ")
}

// spoken makes the utterance of a phrase between two ticks. What was not
// recognised has neither words nor confidence.
func spoken(rawID, phrase string, from, to int64) Utterance {
	phrase = strings.TrimSpace(phrase)
	u := Utterance{RawID: rawID, Text: phrase, Offset: time.Duration(from) * FrameDuration, Duration: time.Duration(to-from) * FrameDuration}
	if phrase == "" {
		return u
	}
	u.Confidence = Confidence
	parts := strings.Fields(phrase)
	total := 0
	for _, w := range parts {
		total += utf8.RuneCountInString(w)
	}
	said := 0
	at := u.Offset
	for _, w := range parts {
		said += utf8.RuneCountInString(w)
		end := u.Offset + (u.Duration * time.Duration(said) / time.Duration(total)).Truncate(100)
		u.Words = append(u.Words, Word{Text: w, Offset: at, Duration: end - at})
		at = end
	}
	return u
}
