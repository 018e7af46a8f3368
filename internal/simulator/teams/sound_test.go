package teams

import (
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tandem/internal/audio"
	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/mixer"
)

// ear keeps the level of each frame it hears, silence at both ends cut off.
type ear struct {
	mu    sync.Mutex
	heard []int16
}

func (e *ear) hear(frame []int16) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, frame[0])
}

// take returns what was heard since the last time, without the silence around it.
func (e *ear) take() []int16 {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := e.heard
	e.heard = nil
	for len(out) > 0 && out[0] == 0 {
		out = out[1:]
	}
	for len(out) > 0 && out[len(out)-1] == 0 {
		out = out[:len(out)-1]
	}
	return out
}

func level(v int16) []int16 { return slices.Repeat([]int16{v}, frameSamples) }

// levels is speech with one level a frame.
func levels(vs ...int16) audio.PCM {
	pcm := audio.PCM{Rate: sampleRate}
	for _, v := range vs {
		pcm.Samples = append(pcm.Samples, level(v)...)
	}
	return pcm
}

// call is a user in a conference with one other party, in the test's own time.
type call struct {
	*Directory
	room    *mixer.Conference
	other   ear
	mouth   *mixer.Port
	session *Session
}

func talking(t *testing.T, p Profile, inv Invitation) *call {
	t.Helper()
	clk := clock.New()
	c := &call{Directory: New(clk, &faults.Book{}, slog.New(slog.DiscardHandler)), room: mixer.New(nil)}
	t.Cleanup(func() { c.Close(); clk.Close(); c.room.Close() })
	if err := c.AddTenant(Tenant{ID: tenant, Name: "Contoso Airlines", Federation: []string{resource}}); err != nil {
		t.Fatal(err)
	}
	p.OID, p.Tenant, p.Name = oid, tenant, "Ada"
	if err := c.Add(p); err != nil {
		t.Fatal(err)
	}
	c.mouth = c.room.Join("customer", c.other.hear)
	results := make(chan result, 1)
	inv.ID, inv.Call, inv.Resource, inv.Timeout, inv.Room = "i1", "c1", resource, time.Minute, c.room
	inv.Done = func(o Outcome, s *Session) { results <- result{o, s} }
	c.Ring(oid, inv)
	got := <-results
	if c.session = got.session; c.session == nil || c.session.Port() == nil {
		t.Fatalf("no session with sound: %v", got.Outcome)
	}
	if heard, err := c.Heard(oid, "c1"); err != nil || len(heard.Samples) > 0 {
		t.Fatalf("heard %d samples before the first frame, %v", len(heard.Samples), err)
	}
	<-time.After(7 * time.Millisecond) // what follows happens between the ticks
	return c
}

// pass lets so many frames pass.
func pass(frames int) { <-time.After(time.Duration(frames) * mixer.FrameDuration) }

func (c *call) expect(t *testing.T, what string, want ...int16) {
	t.Helper()
	if got := c.other.take(); !slices.Equal(got, want) {
		t.Errorf("%s: the customer heard %v, want %v", what, got, want)
	}
}

func TestSpeaksAndHears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		speech := levels(1, 2, 3, 4)
		speech.Samples = speech.Samples[:3*frameSamples+20] // the last frame is filled with silence
		c := talking(t, Profile{Speech: speech, SpeakAfter: 40 * time.Millisecond, Loop: true}, Invitation{})
		c.mouth.Write(level(7))
		pass(12)
		got := c.other.take()
		if len(got) < 6 || !slices.Equal(got[:6], []int16{1, 2, 3, 4, 1, 2}) {
			t.Errorf("the customer heard %v", got)
		}
		heard, err := c.Heard(oid, "")
		if err != nil || !slices.Contains(heard.Samples, 7) || heard.Rate != sampleRate {
			t.Errorf("heard %d samples, %v", len(heard.Samples), err)
		}
		if _, err := c.Heard(oid, "other"); !errors.Is(err, ErrUnknown) {
			t.Error("heard a call that was not")
		}
		c.session.Leave()
		pass(5)
		c.other.take()
		pass(10)
		c.expect(t, "after leaving")
	})
}

func TestSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := talking(t, Profile{}, Invitation{})
		pass(5)
		c.session.Say(levels(1, 2, 3))
		c.session.Say(levels(4))
		c.session.Say(audio.PCM{Samples: level(5)}) // no rate
		pass(10)
		c.expect(t, "one after the other", 1, 2, 3, 4)
		c.session.Say(audio.PCM{Rate: 16000, Samples: slices.Repeat([]int16{900}, 10*320)})
		pass(20)
		if got := c.other.take(); len(got) < 9 || len(got) > 11 || got[5] < 850 || got[5] > 950 {
			t.Errorf("of ten wide frames the customer heard %v", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		c := talking(t, Profile{Speech: levels(100, 200, 300, 32767)}, Invitation{})
		c.session.Say(levels(1, 2, 3, 4))
		pass(10)
		c.expect(t, "over the speech", 101, 202, 303, 32767)
	})
}

func TestMuteAndHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type told struct{ muted, held bool }
		var changes []told
		c := talking(t, Profile{Speech: levels(5), Loop: true}, Invitation{Changed: func(m, h bool) { changes = append(changes, told{m, h}) }})
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		settled := func() { pass(6); c.other.take() }
		settled()
		must(c.Mute(oid, "", true))
		settled()
		pass(10)
		c.expect(t, "muted")
		if v, _ := c.User(oid); !v.Calls[0].Muted || v.Calls[0].Held {
			t.Errorf("view %+v", v.Calls)
		}
		must(c.Mute(oid, "c1", true)) // changes nothing
		must(c.Mute(oid, "c1", false))
		settled()
		pass(10)
		if len(c.other.take()) < 9 {
			t.Error("unmuted, but not heard")
		}
		must(c.Hold(oid, "c1", true))
		settled()
		for range 10 {
			c.mouth.Write(level(3))
			pass(1)
		}
		c.expect(t, "held")
		heard, _ := c.Heard(oid, "")
		if slices.Contains(heard.Samples, 3) {
			t.Error("the user heard the customer while he held the call")
		}
		if v, _ := c.User(oid); v.Calls[0].Muted || !v.Calls[0].Held {
			t.Errorf("view %+v", v.Calls)
		}
		must(c.Hold(oid, "c1", false))
		settled()
		pass(10)
		if len(c.other.take()) < 9 {
			t.Error("not held, but not heard")
		}
		if want := []told{{true, false}, {false, false}, {false, true}, {false, false}}; !slices.Equal(changes, want) {
			t.Errorf("told %v, want %v", changes, want)
		}
		for _, err := range []error{c.Mute(oid, "c2", true), c.Hold("nobody", "", true)} {
			if !errors.Is(err, ErrUnknown) {
				t.Errorf("a call that is not there: %v", err)
			}
		}
	})
}

// Whoever is told may turn round and change it again.
func TestChangedMayChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c *call
		var last []bool
		c = talking(t, Profile{}, Invitation{Changed: func(muted, _ bool) {
			last = append(last, muted)
			if muted {
				if err := c.Mute(oid, "", false); err != nil {
					t.Error(err)
				}
			}
		}})
		if err := c.Mute(oid, "", true); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(last, []bool{true, false}) {
			t.Errorf("told %v", last)
		}
	})
}

func TestVoice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := talking(t, Profile{Speech: levels(5), Loop: true}, Invitation{})
		var browser ear
		replaced := make(chan string, 2)
		v, err := c.Voice(oid, "v1", browser.hear, func() { replaced <- "v1" })
		if err != nil {
			t.Fatal(err)
		}
		pass(6)
		c.other.take()
		for range 10 { // it only listens: the script goes on
			c.mouth.Write(level(3))
			pass(1)
		}
		if got := c.other.take(); len(got) != 10 {
			t.Errorf("the script was heard for %d frames", len(got))
		}
		if got := browser.take(); len(got) < 7 || got[0] != 3 {
			t.Errorf("the browser heard %v", got)
		}
		for i := range 40 { // it speaks: the script is over
			v.WriteAt(int64(1000+i), level(int16(100+i)))
			if i == 20 {
				c.session.Say(levels(1000))
			}
			pass(1)
		}
		pass(5)
		var want []int16
		for i := range 40 {
			want = append(want, int16(100+i))
		}
		got := c.other.take()
		if i := slices.Index(got, 100); i >= 0 {
			got = got[i:]
		}
		if i := slices.IndexFunc(got, func(v int16) bool { return v > 1000 }); i >= 0 {
			got[i] -= 1000
		} else {
			t.Error("what was to be said was not heard over the voice")
		}
		if !slices.Equal(got, want) {
			t.Errorf("the customer heard %v, want %v", got, want)
		}
		if view, _ := c.User(oid); view.Voice != "v1" {
			t.Errorf("voice %q", view.Voice)
		}

		second, err := c.Voice(oid, "v2", browser.hear, func() { replaced <- "v2" })
		if err != nil {
			t.Fatal(err)
		}
		if who := <-replaced; who != "v1" {
			t.Errorf("replaced %s", who)
		}
		v.WriteAt(2000, level(9))
		v.Close() // of no consequence
		second.WriteAt(7, level(42))
		pass(10)
		c.expect(t, "the second voice", 42)

		second.Close()
		second.WriteAt(8, level(43))
		pass(fallen + 5)
		c.expect(t, "after the voice closed")
		c.session.Say(levels(77))
		pass(10)
		c.expect(t, "said without a voice", 77)
		if view, _ := c.User(oid); view.Voice != "" || len(replaced) != 0 {
			t.Errorf("voice %q, replaced %d", view.Voice, len(replaced))
		}
		if _, err := c.Voice("nobody", "", nil, nil); !errors.Is(err, ErrUnknown) {
			t.Errorf("a voice for nobody: %v", err)
		}
	})
}

// With two calls the person talks in the one that is not on hold.
func TestVoiceFollowsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := talking(t, Profile{IgnoresBusy: true}, Invitation{})
		second := mixer.New(nil)
		defer second.Close()
		var other ear
		second.Join("other", other.hear)
		done := make(chan *Session, 1)
		c.Ring(oid, Invitation{ID: "i2", Call: "c2", Resource: resource, Timeout: time.Minute, Room: second, Done: func(_ Outcome, s *Session) { done <- s }})
		<-done
		v, err := c.Voice(oid, "v", func([]int16) {}, func() {})
		if err != nil {
			t.Fatal(err)
		}
		v.WriteAt(1, level(1))
		pass(6)
		if err := c.Hold(oid, "c2", true); err != nil {
			t.Fatal(err)
		}
		v.WriteAt(8, level(2))
		pass(6)
		if got := other.take(); !slices.Equal(got, []int16{1}) {
			t.Errorf("the second call heard %v", got)
		}
		c.expect(t, "the first call", 2)
	})
}

// Who joins with a person at his browser has the wide band, both ways, and what
// he is heard to say and hears is the same in level.
func TestVoiceIsWide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clk := clock.New()
		d := New(clk, &faults.Book{}, slog.New(slog.DiscardHandler))
		room := mixer.New(nil)
		defer func() { d.Close(); clk.Close(); room.Close() }()
		if err := d.AddTenant(Tenant{ID: tenant, Federation: []string{resource}}); err != nil {
			t.Fatal(err)
		}
		if err := d.Add(Profile{OID: oid, Tenant: tenant}); err != nil {
			t.Fatal(err)
		}
		var sizes []int
		var browser ear
		v, err := d.Voice(oid, "v", func(frame []int16) { sizes = append(sizes, len(frame)); browser.hear(frame) }, func() {})
		if err != nil {
			t.Fatal(err)
		}
		var other ear
		customer := room.JoinWide("customer", func(frame []int16) { other.hear(frame[160:]) })
		sessions := make(chan *Session, 1)
		d.Ring(oid, Invitation{ID: "i", Call: "c", Resource: resource, Timeout: time.Minute, Room: room, Done: func(_ Outcome, s *Session) { sessions <- s }})
		session := <-sessions
		<-time.After(7 * time.Millisecond)
		wide := func(v int16) []int16 { return slices.Repeat([]int16{v}, mixer.WideSamples) }
		near := func(got, want int16) bool { return got > want-want/20 && got < want+want/20 }
		for i := range 30 {
			switch i / 10 {
			case 0:
				v.WriteAt(int64(i), wide(1000))
			case 1:
				v.WriteAt(int64(i), level(2000)) // the browser has no more than 8 kHz now
			case 2:
				if i == 20 {
					session.Say(audio.PCM{Rate: sampleRate, Samples: slices.Repeat(level(500), 10)})
				}
				v.WriteAt(int64(i), wide(3000))
			}
			customer.Write(wide(4000))
			pass(1)
		}
		pass(4)
		got := other.take()
		if len(got) < 30 || !near(got[5], 1000) || !near(got[15], 2000) || !near(got[25], 3500) {
			t.Errorf("the customer heard %v", got)
		}
		if heard := browser.take(); len(heard) < 25 || !near(heard[10], 4000) || slices.Min(sizes) != mixer.WideSamples {
			t.Errorf("the browser heard %v in frames of %d and more", heard, slices.Min(sizes))
		}
		pcm, err := d.Heard(oid, "c")
		if err != nil || pcm.Rate != sampleRate || len(pcm.Samples) != len(sizes)*frameSamples || !near(pcm.Samples[len(pcm.Samples)/2], 4000) {
			t.Errorf("heard %d samples at %d, %v", len(pcm.Samples), pcm.Rate, err)
		}
		if err := d.Mute(oid, "c", true); err != nil {
			t.Fatal(err)
		}
		second := mixer.New(nil)
		defer second.Close()
		var moved ear
		second.JoinWide("third", moved.hear)
		other.take()
		session.Move(second)
		for i := range 10 {
			v.WriteAt(int64(100+i), wide(700))
			pass(1)
		}
		if got := append(other.take(), moved.take()...); len(got) > 3 { // what is left in the filters
			t.Errorf("a muted person was heard after the move: %v", got)
		}
		if err := d.Mute(oid, "c", false); err != nil {
			t.Fatal(err)
		}
		for i := range 20 {
			v.WriteAt(int64(110+i), wide(700))
			pass(1)
		}
		if got := moved.take(); len(got) < 10 || !near(got[8], 700) || len(other.take()) > 0 {
			t.Errorf("after the move a wide person was heard %v", got)
		}
		v.Close()
		pass(fallen + 5)
		moved.take()
		session.Move(room) // without a person it is a narrow place
		session.Say(audio.PCM{Rate: sampleRate, Samples: slices.Repeat(level(600), 10)})
		pass(14)
		if got := other.take(); len(got) < 9 || !near(got[5], 600) {
			t.Errorf("said after the voice: %v", got)
		}
	})
}
