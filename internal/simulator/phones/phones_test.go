package phones

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tandem/internal/audio"
	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/mixer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ours   = "+493023125000"
	phone1 = "+4930901820"
	phone2 = "+4930901821"
)

func newBook(t *testing.T) (*Book, *clock.Clock) {
	t.Helper()
	c := clock.New()
	t.Cleanup(c.Close)
	return New(c), c
}

func newRoom(t *testing.T) *mixer.Conference {
	t.Helper()
	room := mixer.New(nil)
	t.Cleanup(room.Close)
	return room
}

// calling is a call that is being made.
type calling struct {
	line *Line
	err  error
	done chan struct{}
}

// dial calls a phone and returns when it rings, or has decided.
func dial(t *testing.T, b *Book, ctx context.Context, number string) *calling { //nolint:revive // the test comes first
	t.Helper()
	c := &calling{done: make(chan struct{})}
	go func() {
		defer close(c.done)
		c.line, c.err = b.Dial(ctx, Call{From: ours, To: number, DisplayName: "Contoso", Headers: map[string]string{"X-MS-Custom-a": "1"}})
	}()
	wait(t, "ringing", func() bool {
		select {
		case <-c.done:
			return true
		default:
		}
		v, err := b.Phone(number)
		return err == nil && slices.ContainsFunc(v.Calls, func(call Talking) bool { return call.State == "ringing" })
	})
	return c
}

func (c *calling) over(t *testing.T) (*Line, error) {
	t.Helper()
	select {
	case <-c.done:
		return c.line, c.err
	case <-time.After(10 * time.Second):
		t.Fatal("the call is not decided")
		return nil, nil
	}
}

// wait looks again with every tick of a conference until something holds.
func wait(t *testing.T, what string, holds func() bool) {
	t.Helper()
	room := mixer.New(nil)
	defer room.Close()
	tick := make(chan struct{}, 1)
	room.Join("", func([]int16) {
		select {
		case tick <- struct{}{}:
		default:
		}
	})
	deadline := time.After(10 * time.Second)
	for !holds() {
		select {
		case <-tick:
		case <-deadline:
			t.Fatalf("%s: does not come about", what)
		}
	}
}

func sip(t *testing.T, err error) (int, int) {
	t.Helper()
	var r *Refused
	if !errors.As(err, &r) {
		t.Fatalf("%v is no refusal", err)
	}
	return r.SIP()
}

// What a phone does when it is called.
func TestBehaviours(t *testing.T) {
	cases := []struct {
		do           string
		status, q850 int
	}{{Accept, 0, 0}, {Decline, 603, 21}, {Busy, 486, 17}}
	for _, c := range cases {
		for _, after := range []time.Duration{0, time.Minute} {
			t.Run(fmt.Sprint(c.do, after), func(t *testing.T) {
				b, clk := newBook(t)
				if err := b.Set(phone1, Behaviour{Do: c.do, After: after}); err != nil {
					t.Fatal(err)
				}
				call := dial(t, b, t.Context(), phone1)
				if after > 0 {
					clk.Advance(after - time.Second)
					select {
					case <-call.done:
						t.Fatal("decided too early")
					default:
					}
					clk.Advance(time.Second)
				}
				line, err := call.over(t)
				if c.status == 0 {
					if err != nil || line.From() != ours || line.To() != phone1 || !line.Outbound() {
						t.Fatalf("%+v, %v", line, err)
					}
					v, _ := b.Phone(phone1)
					if len(v.Calls) != 1 || v.Calls[0].State != "talking" || v.Calls[0].With != ours || v.Calls[0].Shown != "Contoso" || v.Calls[0].Extra["X-MS-Custom-a"] != "1" {
						t.Errorf("%+v", v)
					}
					return
				}
				if status, q850 := sip(t, err); status != c.status || q850 != c.q850 || line != nil || err.Error() == "" {
					t.Errorf("%d/%d", status, q850)
				}
				if v, _ := b.Phone(phone1); len(v.Calls) != 0 {
					t.Errorf("the phone still has a call: %+v", v)
				}
			})
		}
	}
}

func TestManualAndNever(t *testing.T) {
	b, clk := newBook(t)
	for _, n := range []string{phone1, phone2} {
		if err := b.Set(n, Behaviour{Do: map[string]string{phone1: Manual, phone2: Never}[n]}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Answer(phone1); !errors.Is(err, ErrUnknown) {
		t.Errorf("nothing rings: %v", err)
	}
	call := dial(t, b, t.Context(), phone1)
	if err := b.Answer(phone1); err != nil {
		t.Fatal(err)
	}
	line, err := call.over(t)
	if err != nil {
		t.Fatal(err)
	}
	if b.Answer(phone1) == nil || b.Refuse(phone1) == nil {
		t.Error("decided twice")
	}
	line.Bye(16, "")

	call = dial(t, b, t.Context(), phone1)
	if err := b.Refuse(phone1); err != nil {
		t.Fatal(err)
	}
	if v, _ := b.Phone(phone1); len(v.Calls) > 0 && v.Calls[0].State == "talking" {
		t.Errorf("refused and talking: %+v", v.Calls)
	}
	if _, err := call.over(t); err == nil {
		t.Error("refused and accepted")
	}
	call = dial(t, b, t.Context(), phone1)
	if err := b.HangUp(phone1); err != nil { // while it rings
		t.Fatal(err)
	}
	if status, _ := sip(t, second(call.over(t))); status != 603 {
		t.Errorf("%d", status)
	}

	ctx, cancel := context.WithCancel(t.Context())
	call = dial(t, b, ctx, phone2)
	clk.Advance(time.Hour)
	cancel()
	if _, err := call.over(t); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if v, _ := b.Phone(phone2); len(v.Calls) != 0 || b.Answer(phone2) == nil {
		t.Errorf("rings after it was given up: %+v", v)
	}
}

func second(_ *Line, err error) error { return err }

func TestWrongBehaviour(t *testing.T) {
	b, _ := newBook(t)
	for _, wrong := range []Behaviour{{Do: ""}, {Do: "sleep"}, {Do: Accept, After: -1}, {Do: Accept, After: 25 * time.Hour}} {
		if b.Set(phone1, wrong) == nil {
			t.Errorf("%+v was taken", wrong)
		}
	}
	if len(b.List()) != 0 {
		t.Errorf("%+v", b.List())
	}
}

// A phone that calls.
func TestPlace(t *testing.T) {
	b, _ := newBook(t)
	line := b.Place(phone1, ours, map[string]string{"X-MS-Custom-a": "1"})
	v, err := b.Phone(phone1)
	if err != nil || len(v.Calls) != 1 || v.Calls[0].State != "calling" || v.Calls[0].With != ours {
		t.Errorf("%+v, %v", v, err)
	}
	if line.Outbound() || line.CallID() != "" || line.TrunkFQDN() != "" || line.CustomHeaders()["X-MS-Custom-a"] != "1" {
		t.Errorf("%+v", line)
	}
	if err := b.Press(phone1, "1"); !errors.Is(err, ErrUnknown) {
		t.Errorf("pressed before it talks: %v", err)
	}
	if err := line.Answer(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v, _ = b.Phone(phone1); v.Calls[0].State != "talking" {
		t.Errorf("%+v", v)
	}
	line.Bye(16, "")
	<-line.Ended()
	if by, status, _ := line.End(); by != "microsoft" || status != 0 {
		t.Errorf("%s %d", by, status)
	}
	line.Reject(480, 31, "") // too late
	if _, status, _ := line.End(); status != 0 {
		t.Errorf("ended twice: %d", status)
	}
	refused := b.Place(phone1, ours, nil)
	refused.Reject(480, 31, "")
	if by, status, _ := refused.End(); by != "microsoft" || status != 480 {
		t.Errorf("%s %d", by, status)
	}
	if err := refused.Answer(t.Context()); err == nil {
		t.Error("answered after its end")
	}
	given := b.Place(phone1, ours, nil)
	if err := b.HangUp(phone1); err != nil {
		t.Fatal(err)
	}
	<-given.Ended()
	if by, _, _ := given.End(); by != "sbc" {
		t.Errorf("ended by %s", by)
	}
	if err := b.HangUp(phone1); !errors.Is(err, ErrUnknown) {
		t.Errorf("%v", err)
	}
}

// A call that comes back to its own resource fails as it was refused there.
func TestLoopRefused(t *testing.T) {
	b, _ := newBook(t)
	line, err := b.Loop(t.Context(), Call{From: ours, To: ours}, func(in *Line) { in.Reject(486, 17, "Busy Here") })
	if status, q850 := sip(t, err); line != nil || status != 486 || q850 != 17 {
		t.Errorf("%d/%d", status, q850)
	}
}

func talking(t *testing.T, b *Book, number string) *Line {
	t.Helper()
	line := b.Place(number, ours, nil)
	if err := line.Answer(t.Context()); err != nil {
		t.Fatal(err)
	}
	return line
}

// What one phone says, the other hears, whole.
func TestSound(t *testing.T) {
	audio.TestShare(t)
	b, _ := newBook(t)
	room := newRoom(t)
	one, two := talking(t, b, phone1), talking(t, b, phone2)
	one.Attach(room)
	two.Attach(room)
	said := audio.Resample(audio.CustomerSpeech(), mixer.WideRate)
	said.Samples = said.Samples[:mixer.WideRate]
	half := len(said.Samples) / 2
	late := audio.Lateness()
	one.Say(audio.PCM{Rate: said.Rate, Samples: said.Samples[:half]})
	one.Say(audio.PCM{Rate: said.Rate, Samples: said.Samples[half:]}) // after it
	var m audio.Match
	wait(t, "sound", func() bool {
		pcm, err := b.Heard(phone2)
		if err != nil || len(pcm.Samples) < len(said.Samples) {
			return false
		}
		m = audio.Compare(said.Samples, pcm.Samples, pcm.Rate)
		// Before its end is heard, the rest would count as a gap.
		whole := m.Delay + time.Second*time.Duration(len(said.Samples))/time.Duration(said.Rate)
		return m.Correlation > 0.95 && time.Second*time.Duration(len(pcm.Samples))/time.Duration(pcm.Rate) >= whole
	})
	if m.LongestGap > 60*time.Millisecond+late() {
		t.Errorf("%+v", m)
	}
	if pcm, _ := b.Heard(phone1); audio.Compare(said.Samples, pcm.Samples, pcm.Rate).Correlation > 0.5 {
		t.Error("the phone hears itself")
	}
	if _, err := b.Heard("+491"); !errors.Is(err, ErrUnknown) {
		t.Errorf("%v", err)
	}

	// In another room it hears others, and outside of any nobody.
	other := newRoom(t)
	if two.Attach(other) == nil || room.Parties() != 1 || other.Parties() != 1 {
		t.Errorf("%d and %d parties", room.Parties(), other.Parties())
	}
	if two.Attach(nil) != nil || other.Parties() != 0 {
		t.Errorf("%d parties", other.Parties())
	}
	if err := b.HangUp(phone1); err != nil {
		t.Fatal(err)
	}
	if room.Parties() != 0 || one.Attach(room) != nil {
		t.Errorf("%d parties after the end", room.Parties())
	}
	// The next call of a phone begins with nothing heard.
	b.Place(phone2, ours, nil)
	if pcm, _ := b.Heard(phone2); len(pcm.Samples) != 0 {
		t.Errorf("%d samples of the call before", len(pcm.Samples))
	}
}

// Of two calls at a time the later one is what a phone remembers.
func TestTheLatestCallIsRemembered(t *testing.T) {
	b, _ := newBook(t)
	early, late := newRoom(t), newRoom(t)
	first := talking(t, b, phone1)
	first.Attach(early)
	talking(t, b, phone1).Attach(late)
	speaker := talking(t, b, phone2)
	speaker.Attach(early)
	speaker.Say(audio.Resample(audio.CustomerSpeech(), mixer.WideRate))
	wait(t, "a second of sound", func() bool {
		pcm, _ := b.Heard(phone1)
		return len(pcm.Samples) >= mixer.WideRate
	})
	if pcm, _ := b.Heard(phone1); slices.ContainsFunc(pcm.Samples, func(s int16) bool { return s != 0 }) {
		t.Error("it heard the call before")
	}
	if err := first.Press(t.Context(), "1"); err != nil {
		t.Fatal(err)
	}
	if v, _ := b.Phone(phone1); v.Digits != "" {
		t.Errorf("%+v", v)
	}
}

func TestWhatIsSaidIsBounded(t *testing.T) {
	b, _ := newBook(t)
	line := talking(t, b, phone1)
	for range 7 {
		line.Say(audio.PCM{Rate: mixer.WideRate, Samples: make([]int16, 60*mixer.WideRate)})
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(line.say) != maxHeard {
		t.Errorf("%d samples wait", len(line.say))
	}
}

func TestKeys(t *testing.T) {
	b, _ := newBook(t)
	line := talking(t, b, phone1)
	if err := b.Press(phone1, "1"); err != nil { // nobody listens
		t.Error(err)
	}
	var keys []byte
	line.OnDigit(func(digit byte) {
		if _, err := b.Phone(phone1); err != nil { // may use the book
			t.Error(err)
		}
		keys = append(keys, digit)
	})
	if err := b.Press(phone1, "09*#AD"); err != nil || string(keys) != "09*#AD" {
		t.Errorf("%q, %v", keys, err)
	}
	for _, wrong := range []string{"x", "1 2", "a", "12E"} {
		if b.Press(phone1, wrong) == nil || string(keys) != "09*#AD" {
			t.Errorf("%q was pressed: %q", wrong, keys)
		}
	}
	line.OnDigit(nil)
	if err := b.Press(phone1, "1"); err != nil || len(keys) != 6 {
		t.Errorf("%q, %v", keys, err)
	}
	if err := line.Press(t.Context(), "12"); err != nil {
		t.Fatal(err)
	}
	if err := line.Press(t.Context(), "#"); err != nil {
		t.Fatal(err)
	}
	if v, _ := b.Phone(phone1); v.Digits != "12#" {
		t.Errorf("%+v", v)
	}
	line.Bye(16, "")
	if err := line.Press(t.Context(), "1"); err == nil {
		t.Error("sent after the end")
	}
}

func TestResetAndForgetting(t *testing.T) {
	b, _ := newBook(t)
	line := talking(t, b, phone1)
	if err := b.Set(phone2, Behaviour{Do: Busy}); err != nil {
		t.Fatal(err)
	}
	if err := b.Set(phone1, Behaviour{Do: Busy, After: time.Second}); err != nil {
		t.Fatal(err)
	}
	if list := b.List(); len(list) != 2 || list[0].Number != phone1 || list[0].Behaviour != Busy || list[0].After != 1 {
		t.Errorf("%+v", list)
	}
	b.Reset()
	if list := b.List(); len(list) != 1 || list[0].Number != phone1 || list[0].Behaviour != Accept || len(list[0].Calls) != 1 {
		t.Errorf("%+v", list)
	}
	if _, err := b.Phone(phone2); !errors.Is(err, ErrUnknown) {
		t.Errorf("%v", err)
	}
	// Idle phones make room for new ones, those in a call stay.
	for i := range 2 * keptPhones {
		if err := b.Set(fmt.Sprintf("+4930%04d", i), Behaviour{Do: Busy}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(b.List()); n > keptPhones+1 {
		t.Errorf("%d phones", n)
	}
	if _, err := b.Phone(phone1); err != nil {
		t.Error("the phone in a call was forgotten")
	}
	line.Bye(16, "")
}

// Everything at once, for the race detector.
func TestAtOnce(t *testing.T) {
	b, _ := newBook(t)
	room := newRoom(t)
	var all sync.WaitGroup
	for i := range 8 {
		number := fmt.Sprintf("+49309018%02d", i)
		all.Go(func() {
			for range 20 {
				line, err := b.Dial(t.Context(), Call{From: ours, To: number})
				if err != nil {
					t.Error(err)
					return
				}
				line.OnDigit(func(byte) {})
				line.Attach(room)
				line.Say(audio.PCM{Rate: mixer.WideRate, Samples: make([]int16, 640)})
				_ = b.Press(number, "1")
				_, _ = b.Heard(number)
				b.List()
				if i%2 == 0 {
					line.Bye(16, "")
				} else {
					_ = b.HangUp(number)
				}
				<-line.Ended()
			}
		})
	}
	all.Wait()
	if room.Parties() != 0 {
		t.Errorf("%d parties are left", room.Parties())
	}
}
