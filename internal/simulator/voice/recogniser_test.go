package voice

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/internal/simulator/events"
)

// room is a recogniser with the log of its ears.
type room struct {
	*Recogniser
	log []string
}

func newRoom(t *testing.T, s *Script) *room {
	r := &room{Recogniser: s.Recogniser()}
	t.Cleanup(r.Close)
	return r
}

// ear listens and logs as name.
func (r *room) ear(name, rawID string, endSilence time.Duration) *Ear {
	return r.Listen(rawID, endSilence, func(e Event) {
		line := fmt.Sprintf("%v %s ", r.Now(), name)
		switch e.Kind {
		case Began:
			line += "began"
		case Ended:
			line += fmt.Sprintf("%q %v+%v", e.Utterance.Text, e.Utterance.Offset, e.Utterance.Duration)
		}
		r.log = append(r.log, line)
	})
}

// hear lets time pass in which these people speak.
func (r *room) hear(d time.Duration, rawIDs ...string) {
	for range ticksOf(d) {
		for _, id := range rawIDs {
			r.Add(id, frameOf(1000))
		}
		r.EndTick()
	}
}

func (r *room) want(t *testing.T, lines ...string) {
	t.Helper()
	if !slices.Equal(r.log, lines) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(r.log, "\n\t"), strings.Join(lines, "\n\t"))
	}
	r.log = nil
}

const ms = time.Millisecond

func TestRecognise(t *testing.T) {
	var s Script
	s.Add("anna", "first words", "second")
	s.Add("bert", "from bert")
	r := newRoom(t, &s)
	r.ear("ear", "anna", 500*ms)
	r.hear(time.Second, "bert") // nobody listens to him
	r.hear(time.Second, "anna", "bert")
	r.want(t, "1.06s ear began")
	r.hear(480 * ms)
	r.want(t)
	r.hear(20 * ms)
	r.want(t, `2.5s ear "first words" 1s+1s`)
	r.hear(time.Second, "anna")
	r.hear(400 * ms) // a pause within the utterance
	r.hear(200*ms, "anna")
	r.hear(time.Second)
	r.want(t, "2.56s ear began", `4.6s ear "second" 2.5s+1.6s`)
	r.hear(time.Second, "anna")
	r.hear(time.Second)
	r.want(t, "5.16s ear began", `6.6s ear "" 5.1s+1s`)
	if got := s.phrases["bert"]; !slices.Equal(got, []string{"from bert"}) {
		t.Errorf("bert still has %v", got)
	}
}

func TestClicksAreNoSpeech(t *testing.T) {
	var s Script
	s.Add("anna", "words")
	r := newRoom(t, &s)
	r.ear("ear", "anna", 500*ms)
	for range 20 {
		r.hear(40*ms, "anna")
		r.hear(20 * ms)
	}
	r.want(t)
	if got := s.phrases["anna"]; len(got) != 1 {
		t.Errorf("left %v", got)
	}
}

func TestLoudness(t *testing.T) {
	for _, c := range []struct {
		name  string
		frame []int16
		want  bool
	}{
		{"nothing", nil, false},
		{"silence", frameOf(0), false},
		{"hum of a line", frameOf(100), false},
		{"quiet", frameOf(loudness), true},
		{"loudest", frameOf(-32768), true},
		{"narrow", make([]int16, 160), false},
	} {
		if got := loud(c.frame); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	speech := wide(audio.AgentSpeech())
	var s Script
	s.Add("agent", "Hello, this is Adele at the service desk.")
	r := newRoom(t, &s)
	r.ear("ear", "agent", 500*ms)
	for frame := range slices.Chunk(speech.Samples, FrameSamples) {
		r.Add("agent", frame)
		r.EndTick()
	}
	r.hear(time.Second)
	if len(r.log) < 2 || !strings.Contains(r.log[1], "Adele") {
		t.Errorf("speech is not heard: %v", r.log)
	}
}

// A transcription and a recognize request hear the same words, though they wait
// for pauses of different lengths.
func TestEarsAgree(t *testing.T) {
	var s Script
	s.Add("anna", "one", "two", "three", "four")
	r := newRoom(t, &s)
	r.ear("short", "anna", 300*ms)
	r.hear(time.Second, "anna")
	r.ear("long", "anna", 2*time.Second)
	r.hear(500*ms, "anna")
	r.hear(500 * ms)
	r.hear(time.Second, "anna")
	r.hear(3 * time.Second)
	r.want(t,
		"60ms short began",
		"1.06s long began",
		`1.8s short "one" 0s+1.5s`,
		"2.06s short began",
		`3.3s short "two" 2s+1s`,
		`5s long "one two" 1s+2s`,
	)
	late := r.ear("late", "anna", 300*ms)
	r.hear(time.Second, "anna")
	r.hear(500 * ms)
	late.Close()
	r.hear(3 * time.Second)
	r.want(t,
		"6.06s short began", "6.06s long began", "6.06s late began",
		`7.3s short "three" 6s+1s`, `7.3s late "three" 6s+1s`,
		`9s long "three" 6s+1s`,
	)
	if got := s.phrases["anna"]; !slices.Equal(got, []string{"four"}) {
		t.Errorf("left %v", got)
	}
}

func TestSay(t *testing.T) {
	var s Script
	s.Add("anna", "aloud")
	r, other := newRoom(t, &s), newRoom(t, &s)
	if n := s.Say("anna", "lost"); n != 0 {
		t.Errorf("%d ears hear it, there is none", n)
	}
	r.ear("ear", "anna", 500*ms)
	other.ear("ear", "bert", 500*ms)
	r.hear(2 * time.Second)
	if n := s.Say("anna", " yes please "); n != 1 {
		t.Errorf("%d ears", n)
	}
	s.Say("anna", "and more")
	r.want(t)
	r.hear(20 * ms)
	r.want(t, "2.02s ear began", `2.02s ear "yes please" 1.22s+800ms`, "2.02s ear began", `2.02s ear "and more" 1.22s+800ms`)
	r.hear(20 * time.Second) // silence says nothing
	r.want(t)

	r.hear(time.Second, "anna")
	s.Say("anna", "instead")
	r.hear(time.Second, "anna") // the sound that goes on is part of it
	r.hear(time.Second)
	r.want(t, "22.08s ear began", `23.04s ear "instead" 22.64s+400ms`)
	r.hear(time.Second, "anna")
	r.hear(time.Second)
	r.want(t, "25.08s ear began", `26.52s ear "aloud" 25.02s+1s`)
	other.hear(time.Second)
	other.want(t)

	r.Close()
	if n := s.Say("anna", "too late"); n != 0 {
		t.Errorf("%d ears after the call", n)
	}
	r.ear("after", "anna", 500*ms)
	r.hear(time.Second, "anna")
	r.want(t)
}

// An immediate utterance must not reach back before the call.
func TestSayAtTheStart(t *testing.T) {
	var s Script
	r := newRoom(t, &s)
	r.ear("ear", "anna", 500*ms)
	s.Say("anna", "many words at the very start")
	r.hear(100 * ms)
	r.want(t, "20ms ear began", `20ms ear "many words at the very start" 0s+20ms`)
}

func TestMusicIsCut(t *testing.T) {
	var s Script
	s.Add("anna", "one", "two", "three")
	r := newRoom(t, &s)
	r.ear("ear", "anna", 500*ms)
	r.hear(31*time.Second, "anna")
	r.want(t, "60ms ear began", `30s ear "one" 0s+30s`, "30.06s ear began")
}

// Two calls hear different things from the same person, each by the script.
func TestCallsDoNotMix(t *testing.T) {
	var s Script
	s.Add("anna", "one", "two")
	first, second := newRoom(t, &s), newRoom(t, &s)
	for _, r := range []*room{first, second} {
		r.ear("ear", "anna", 500*ms)
		r.hear(time.Second, "anna")
		r.hear(time.Second)
	}
	first.want(t, "60ms ear began", `1.5s ear "one" 0s+1s`)
	second.want(t, "60ms ear began", `1.5s ear "two" 0s+1s`)
}

func TestEarsComeAndGoWhileHearing(t *testing.T) {
	var s Script
	r := newRoom(t, &s)
	var ear *Ear
	ended := 0
	ear = r.Listen("anna", 500*ms, func(e Event) {
		if e.Kind != Ended {
			return
		}
		ended++
		ear.Close()
		r.ear("next", "anna", 500*ms)
	})
	for range 2 {
		r.hear(time.Second, "anna")
		r.hear(time.Second)
	}
	if ended != 1 {
		t.Errorf("heard %d utterances", ended)
	}
	r.want(t, "2.06s next began", `3.5s next "" 2s+1s`)
}

func TestScriptResets(t *testing.T) {
	var s Script
	s.Reset()
	s.Add("anna", "one")
	s.Add("anna", "two", "three")
	if got := s.phrases["anna"]; !slices.Equal(got, []string{"one", "two", "three"}) {
		t.Errorf("pending %v", got)
	}
	s.Reset()
	if got := s.phrases["anna"]; len(got) != 0 || s.next("anna") != "" {
		t.Errorf("pending %v", got)
	}
}

func TestWords(t *testing.T) {
	u := spoken("anna", "ab abcd  äöü", 50, 95) // 900 ms from 1 s
	want := []Word{
		{"ab", time.Second, 200 * ms},
		{"abcd", 1200 * ms, 400 * ms},
		{"äöü", 1600 * ms, 300 * ms},
	}
	if !reflect.DeepEqual(u.Words, want) || u.Confidence != 0.9 || u.RawID != "anna" {
		t.Errorf("got %+v", u)
	}
	later := u.After(1100 * ms)
	if later.Offset != 0 || later.Words[1].Offset != 100*ms || u.Words[1].Offset != 1200*ms {
		t.Errorf("%+v of %+v", later, u)
	}
	if u := spoken("anna", " ", 0, 1); u.Words != nil || u.Confidence != 0 || u.Text != "" {
		t.Errorf("nothing is %+v", u)
	}
	odd := spoken("anna", "a b c d e f g", 0, 1)
	last := odd.Words[len(odd.Words)-1]
	if last.Offset+last.Duration != odd.Duration || odd.Words[3].Offset%100 != 0 {
		t.Errorf("words do not fill the utterance: %+v", odd)
	}
}

func TestFailureText(t *testing.T) {
	err := fail(BadFormat, "stereo")
	if got, want := err.Error(), "400/8535 Action failed, file format is invalid.: stereo"; got != want {
		t.Errorf("%s", got)
	}
	if got := (&Failure{Result: events.Result{Code: 500}}).Error(); got != "500/0 " {
		t.Errorf("%q", got)
	}
}
