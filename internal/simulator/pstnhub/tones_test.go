package pstnhub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"tandem/internal/audio"
)

// event is a telephone-event packet as it came.
type event struct {
	rtp.Header
	payload []byte
}

// checkEvents checks the packets of keys: 100 ms each, the last packet three times, everything in the stream's clock.
func checkEvents(t *testing.T, digits string, events []event) {
	t.Helper()
	if len(events) != 7*len(digits) {
		t.Fatalf("%d packets for %q", len(events), digits)
	}
	for i, e := range events {
		first := events[i/7*7]
		n := i % 7
		duration := uint16(160 * min(5, n+1))
		if e.Marker != (n == 0) || e.Timestamp != first.Timestamp || e.SSRC != first.SSRC {
			t.Errorf("packet %d of key %d: %+v", n, i/7, e.Header)
		}
		if n > 0 && e.SequenceNumber != events[i-1].SequenceNumber+1 {
			t.Errorf("packet %d of key %d has number %d after %d", n, i/7, e.SequenceNumber, events[i-1].SequenceNumber)
		}
		end := byte(0)
		if n >= 4 {
			end = 0x80
		}
		if want := []byte{byte(strings.IndexByte(keys, digits[i/7])), end | 10, byte(duration >> 8), byte(duration)}; !slices.Equal(e.payload, want) {
			t.Errorf("packet %d of key %d is % x, want % x", n, i/7, e.payload, want)
		}
		if i >= 7 && n == 0 && e.Timestamp-events[i-7].Timestamp != 1600 {
			t.Errorf("key %d begins %d after the one before", i/7, e.Timestamp-events[i-7].Timestamp)
		}
	}
}

func TestPressInAConference(t *testing.T) {
	audio.TestShare(t)
	for _, codecs := range []string{"8 0", "9 8"} {
		t.Run(codecs, func(t *testing.T) {
			w := newWorld(t, nil)
			v := w.call(codecs)
			v.leg.Attach(v.conf)
			v.await("audio", func() bool { return len(v.packets) > 3 })
			if err := v.leg.Press(t.Context(), "1#D"); err != nil {
				t.Fatal(err)
			}
			v.mu.Lock()
			events, before := slices.Clone(v.events), len(v.packets)
			v.mu.Unlock()
			checkEvents(t, "1#D", events)
			v.await("audio again", func() bool { return len(v.packets) > before+3 })

			// One stream: numbers without holes, audio in its own place in time, none while a tone sounds, a marker where it sets in again.
			v.mu.Lock()
			defer v.mu.Unlock()
			type sent struct {
				rtp.Header
				tone bool
			}
			var all []sent
			for _, h := range v.packets {
				all = append(all, sent{h, false})
			}
			for _, e := range v.events {
				all = append(all, sent{e.Header, true})
			}
			start := all[0].SequenceNumber
			slices.SortFunc(all, func(a, b sent) int { return int(int16(a.SequenceNumber-start)) - int(int16(b.SequenceNumber-start)) })
			for i, p := range all {
				if i == 0 {
					continue
				}
				last := all[i-1]
				if p.SequenceNumber != last.SequenceNumber+1 || p.SSRC != last.SSRC {
					t.Errorf("packet %d: %+v after %+v", i, p.Header, last.Header)
				}
				if p.tone {
					continue
				}
				if p.Marker != last.tone {
					t.Errorf("audio packet %d: marker %v, after a tone %v", i, p.Marker, last.tone)
				}
				if step := p.Timestamp - last.Timestamp; last.tone && step != 7*160 || !last.tone && step != 160 {
					t.Errorf("audio packet %d is %d after the one before", i, step)
				}
			}
		})
	}
}

func TestPressOutsideAConference(t *testing.T) {
	audio.TestShare(t)
	w := newWorld(t, nil)
	v := w.call("8 0")
	var both sync.WaitGroup
	for range 2 { // they take turns
		both.Go(func() {
			if err := v.leg.Press(t.Context(), "7"); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	v.await("keys", func() bool { return len(v.events) == 14 })
	v.mu.Lock()
	checkEvents(t, "77", v.events)
	if len(v.packets) != 0 {
		t.Errorf("%d packets of audio", len(v.packets))
	}
	v.mu.Unlock()

	// Nor does a closed conference tick.
	v.leg.Attach(v.conf)
	v.conf.Close()
	if err := v.leg.Press(t.Context(), "8"); err != nil {
		t.Error(err)
	}
	v.await("key in a closed conference", func() bool { return len(v.events) == 21 })
}

// The other side of Press: another leg of ours understands what we send.
func TestPressIsUnderstood(t *testing.T) {
	audio.TestShare(t)
	w := newWorld(t, nil)
	v := w.call("8 0")
	const digits = "0123456789*#ABCD"
	if err := v.leg.Press(t.Context(), digits); err != nil {
		t.Fatal(err)
	}
	v.await("keys", func() bool { return len(v.events) == 7*len(digits) })
	var r receiver
	var got []byte
	for _, e := range v.events {
		if key := r.packet(&media{event: 101}, &rtp.Packet{Header: e.Header, Payload: e.payload}); key != 0 {
			got = append(got, key)
		}
	}
	if string(got) != digits || r.digits != digits {
		t.Errorf("understood %q", got)
	}
}

// A packet of the key before that comes late is no key of its own (RFC 4733 §2.5).
func TestKeysOutOfOrder(t *testing.T) {
	type packet struct {
		key      byte
		at, ssrc uint32
	}
	tests := []struct {
		name    string
		packets []packet
		want    string
	}{
		{"late", []packet{{1, 1000, 7}, {2, 2600, 7}, {1, 1000, 7}, {2, 2600, 7}}, "12"},
		{"late around zero", []packet{{1, 1<<32 - 800, 7}, {2, 800, 7}, {1, 1<<32 - 800, 7}}, "12"},
		{"another stream", []packet{{1, 2600, 7}, {2, 1000, 8}}, "12"},
		{"a clock that was set back", []packet{{1, 1_000_000, 7}, {2, 1000, 7}}, "12"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r receiver
			for _, p := range tt.packets {
				r.packet(&media{event: 101}, &rtp.Packet{Header: rtp.Header{PayloadType: 101, Timestamp: p.at, SSRC: p.ssrc}, Payload: []byte{p.key, 0x80, 0, 160}})
			}
			if r.digits != tt.want {
				t.Errorf("understood %q", r.digits)
			}
		})
	}
}

func TestPressFails(t *testing.T) {
	audio.TestShare(t)
	w := newWorld(t, nil)
	v := w.call("8 0")
	if err := v.leg.Press(t.Context(), "12x"); err == nil || !strings.Contains(err.Error(), `'x'`) {
		t.Errorf("no key: %v", err)
	}
	if err := v.leg.Press(t.Context(), ""); err != nil {
		t.Errorf("nothing: %v", err)
	}

	// Given up: the tone under way ends at once, and the next press has its turn.
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- v.leg.Press(ctx, "99") }()
	v.await("begin of the tone", func() bool { return len(v.events) > 0 })
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	if err := v.leg.Press(t.Context(), "5"); err != nil {
		t.Error(err)
	}
	v.await("next key", func() bool {
		n := len(v.events)
		return n >= 7 && v.events[n-1].payload[0] == 5 && v.events[n-7].payload[0] == 5
	})
	v.mu.Lock()
	n := len(v.events) - 7
	checkEvents(t, "5", v.events[n:])
	for i, e := range v.events[n-3 : n] {
		if e.payload[0] != 9 || e.payload[1]&0x80 == 0 || e.Timestamp != v.events[0].Timestamp {
			t.Errorf("end %d of the tone given up: %+v", i, e)
		}
	}
	v.mu.Unlock()

	reinvite := func(offer string) {
		v.call.line.send(v.call.again("INVITE", offer))
		v.call.line.expect("SIP/2.0 200 OK")
		v.call.line.send(v.call.request("ACK", fmt.Sprintf("ack%d", v.call.cseq), ""))
	}
	reinvite(strings.Replace(v.call.offer, "sendrecv", "inactive", 1))
	if err := v.leg.Press(t.Context(), "1"); !errors.Is(err, errOnHold) {
		t.Errorf("on hold: %v", err)
	}
	reinvite(strings.NewReplacer("a=rtpmap:101 telephone-event/8000\r\n", "", "a=fmtp:101 0-16\r\n", "", " 8 0 101", " 8 0").Replace(v.call.offer))
	if err := v.leg.Press(t.Context(), "1"); !errors.Is(err, errNoEvents) {
		t.Errorf("without events: %v", err)
	}
	reinvite(v.call.offer)
	v.mu.Lock()
	count := len(v.events)
	v.mu.Unlock()
	go func() { result <- v.leg.Press(t.Context(), "1234567890") }()
	v.await("a tone before the end", func() bool { return len(v.events) > count })
	v.call.line.send(v.call.again("BYE", ""))
	v.call.line.expect("SIP/2.0 200 OK")
	if err := <-result; !errors.Is(err, ErrEnded) {
		t.Errorf("call ended: %v", err)
	}
	if err := v.leg.Press(t.Context(), "1"); !errors.Is(err, ErrEnded) {
		t.Errorf("after the end: %v", err)
	}
}

func TestOnDigit(t *testing.T) {
	w := newWorld(t, nil)
	v := w.talk()
	pressed := make(chan byte, 16)
	press := func(key byte) {
		for i := range 6 { // all about one press
			end := byte(10)
			if i > 2 {
				end |= 0x80
			}
			v.write(v.seal(101, v.timestamp, []byte{key, end, 0, byte(160 * min(i, 3))}))
		}
		v.timestamp += 1600
	}
	next := func() byte {
		select {
		case d := <-pressed:
			return d
		case <-time.After(patience):
			t.Fatal("no digit")
			return 0
		}
	}
	press(3)
	v.await("first digit", func() bool { return v.leg.Digits() == "3" })
	v.leg.OnDigit(func(d byte) {
		_ = v.leg.Digits() // it may use the leg
		pressed <- d
	})
	for key := range byte(16) {
		press(key)
	}
	var got []byte
	for range 16 {
		got = append(got, next())
	}
	if string(got) != keys {
		t.Errorf("digits %q", got)
	}
	v.leg.OnDigit(nil)
	press(1)
	press(16) // flash is no digit
	press(2)
	v.await("last digit", func() bool { return v.leg.Digits() == "3"+keys+"12" })
	if len(pressed) != 0 {
		t.Errorf("%q after the end of listening", <-pressed)
	}
}
