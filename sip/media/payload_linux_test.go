package media

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"tandem/internal/audio"
)

// bridged is a session in which both sides are connected and joined.
func bridged(t *testing.T, nearCodec, farCodec Codec, nearTypes, farTypes PayloadTypes) (s *Session, near, far *peer) {
	t.Helper()
	s, err := newTestRelay(t, nil).Open(nearCodec)
	if err != nil {
		t.Fatal(err)
	}
	s.Far().Use(farCodec)
	near, far = connect(t, s.Near(), false, nearTypes), connect(t, s.Far(), true, farTypes)
	s.Bridge()
	return s, near, far
}

// receiveType passes over packets of other types.
func (p *peer) receiveType(payloadType uint8) *rtp.Packet {
	p.t.Helper()
	for range int(patience / frame) {
		if packet := p.receive(); packet.PayloadType == payloadType {
			return packet
		}
	}
	p.t.Fatalf("no packet of type %d", payloadType)
	return nil
}

// Sides with different laws hear each other, and each its own silence; there and back gives the same sound but for the last bits.
func TestLawsAreConverted(t *testing.T) {
	ulaw := PayloadTypes{Receive: Numbers{Audio: 0, Events: 101}, Send: Numbers{Audio: 0, Events: 101}}
	_, near, far := bridged(t, PCMA, PCMU, same, ulaw)
	if got := far.receive(); !bytes.Equal(got.Payload, makeTones(PCMU).silence) || got.PayloadType != 0 {
		t.Errorf("far hears no silence of its own: %v", got)
	}
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	near.send(8, all)
	got := far.receive()
	for len(got.Payload) != len(all) { // silence
		got = far.receive()
	}
	want, heard := make([]int16, 256), make([]int16, 256)
	audio.ALawToLinear(want, all)
	audio.ULawToLinear(heard, got.Payload)
	for i := range want {
		if d := int(want[i]) - int(heard[i]); max(d, -d) > 16+max(int(want[i]), -int(want[i]))/16 {
			t.Fatalf("code %#x: %d became %d", i, want[i], heard[i])
		}
	}
	far.send(0, got.Payload)
	back := near.receive()
	for len(back.Payload) != len(all) {
		back = near.receive()
	}
	audio.ALawToLinear(heard, back.Payload)
	for i := range want {
		if d := int(want[i]) - int(heard[i]); max(d, -d) > 16+max(int(want[i]), -int(want[i]))/8 {
			t.Fatalf("code %#x: %d came back as %d", i, want[i], heard[i])
		}
	}
}

// G.722 goes through byte by byte, with silence of its own where there is none.
func TestWideband(t *testing.T) {
	wide := PayloadTypes{Receive: Numbers{Audio: 9}, Send: Numbers{Audio: 9}}
	_, near, far := bridged(t, G722, G722, wide, wide)
	silence := far.receive()
	decoded := make([]int16, 320)
	audio.NewG722Decoder().Decode(decoded, silence.Payload)
	for _, v := range decoded {
		if v > 100 || v < -100 {
			t.Fatalf("silence of %d", v)
		}
	}
	near.send(9, speech(1))
	for range 10 {
		if got := far.receive(); bytes.Equal(got.Payload, speech(1)) && got.PayloadType == 9 {
			return
		}
	}
	t.Error("G.722 did not come through")
}

// Comfort noise is passed on under the other side's number, and the relay keeps its own silence back then; a side without it hears silence.
func TestComfortNoise(t *testing.T) {
	_, near, far := bridged(t, PCMA, PCMA, same, odd)
	near.send(8, speech(1))
	first := far.receiveSpeech()
	near.send(13, []byte{70})
	got := far.receiveSpeech()
	if got.PayloadType != 110 || !bytes.Equal(got.Payload, []byte{70}) || got.SequenceNumber != first.SequenceNumber+1 || got.Timestamp != first.Timestamp+frameSamples {
		t.Errorf("%v after %v", got, first)
	}
	_ = far.conn.SetReadDeadline(time.Now().Add(time.Duration(3 * fillAfter)))
	if n, err := far.conn.Read(make([]byte, 2000)); err == nil {
		t.Errorf("%d bytes over the noise", n)
	}
	near.timestamp += 100 * frameSamples // it was silent for two seconds
	near.send(8, speech(2))
	if got := far.receiveSpeech(); !bytes.Equal(got.Payload, speech(2)) || got.SequenceNumber != first.SequenceNumber+2 {
		t.Errorf("speech after noise: %v", got.Header)
	}

	_, near, far = bridged(t, PCMA, PCMA, same, silent)
	near.send(8, speech(1))
	first = far.receiveSpeech()
	near.send(13, []byte{70})
	if got := far.receive(); got.PayloadType != 8 || !bytes.Equal(got.Payload, makeTones(PCMA).silence) || got.SequenceNumber != first.SequenceNumber+1 {
		t.Errorf("without comfort noise: %v", got)
	}
}

// A key is seen once, however often its end is told.
func TestKeysAreSeen(t *testing.T) {
	s, near, far := bridged(t, PCMA, PCMA, same, odd)
	for _, key := range []byte{5, 5, 11} {
		for _, last := range []byte{10, 0x80 | 10, 0x80 | 10, 0x80 | 10} {
			near.send(101, []byte{key, last, 2, 128}) // 640 samples
			near.timestamp -= frameSamples
			if got := far.receiveType(99); got.Payload[0] != key {
				t.Fatalf("%v", got)
			}
		}
		near.timestamp += 1000
		if p := <-s.Pressed(); p != (Press{From: Near, Event: key, Duration: 80 * time.Millisecond}) {
			t.Errorf("%+v", p)
		}
	}
	if st, _ := s.Stats(); st.Keys != 3 {
		t.Errorf("%d keys", st.Keys)
	}
}

// A key press of our own takes the place of audio, with one timestamp, a growing duration, and its end told three times (RFC 4733 §2.5).
func TestPress(t *testing.T) {
	s, near, far := bridged(t, PCMA, PCMA, same, odd)
	near.send(8, speech(1))
	before := far.receiveSpeech()
	if !s.Press(Far, 7, 100*time.Millisecond) || !s.Press(Far, 8, 40*time.Millisecond) {
		t.Fatal("not taken")
	}
	last := before
	for _, press := range []struct {
		event byte
		ends  []uint16
	}{{7, []uint16{160, 320, 480, 640, 800, 800, 800}}, {8, []uint16{160, 320, 320, 320}}} {
		var begun *rtp.Packet
		for i, duration := range press.ends {
			near.send(8, speech(i+2)) // is not heard meanwhile
			got := far.receiveType(99)
			if begun == nil {
				begun = got
			}
			end := byte(0)
			if duration == press.ends[len(press.ends)-1] {
				end = 0x80
			}
			want := []byte{press.event, end | pressVolume, byte(duration >> 8), byte(duration)}
			if !bytes.Equal(got.Payload, want) || got.Timestamp != begun.Timestamp || got.Marker != (i == 0) || int16(got.SequenceNumber-last.SequenceNumber) <= 0 {
				t.Fatalf("packet %d: %v %x after %v, want %x", i, got.Header, got.Payload, last.Header, want)
			}
			last = got
		}
		if int32(begun.Timestamp-before.Timestamp) <= 0 {
			t.Errorf("%v after %v", begun.Header, before.Header)
		}
	}
	settle(s, 20)
	near.send(8, speech(99))
	if got := far.receiveSpeech(); !bytes.Equal(got.Payload, speech(99)) || got.SequenceNumber <= last.SequenceNumber || int32(got.Timestamp-last.Timestamp) < 320 {
		t.Errorf("after the presses: %v after %v", got.Header, last.Header)
	}
	if s.Press(Far, 16, time.Second) {
		t.Error("event 16 is no key")
	}
	if s.Far().SetDirection(RecvOnly); s.Press(Far, 1, time.Second) {
		t.Error("who is on hold hears a key")
	}
	if other, _, _ := bridged(t, PCMA, PCMA, same, silent); other.Press(Far, 1, time.Second) {
		t.Error("taken without telephone-event")
	}
}

// A source whose clock was set goes on without a step for the listener, and a source that changes does so too.
func TestTimestampJumps(t *testing.T) {
	_, near, far := bridged(t, PCMA, PCMA, same, same)
	near.send(8, speech(1))
	last := far.receiveSpeech()
	n := 1
	follows := func(why string) {
		t.Helper()
		n++
		near.send(8, speech(n))
		got := far.receiveSpeech()
		step := got.Timestamp - last.Timestamp
		if !bytes.Equal(got.Payload, speech(n)) || got.SSRC != last.SSRC || got.SequenceNumber-last.SequenceNumber > 500 || step < frameSamples || step > 500*frameSamples {
			t.Fatalf("%s: %v after %v", why, got.Header, last.Header)
		}
		last = got
	}
	follows("the next")
	near.timestamp += 1 << 24
	follows("half an hour ahead")
	follows("and on")
	near.timestamp -= 1 << 28
	follows("back")
	near.ssrc, near.seq, near.timestamp = 0xabcdef, 9, 77
	follows("another source")
	follows("which goes on")
}

// Reports alone show that a side is there; after comfort noise it may be silent for twice as long.
func TestReportsKeepASide(t *testing.T) {
	s, near, far := bridged(t, PCMA, PCMA, same, same)
	w := s.worker
	limit := time.Hour
	w.do(func() { w.relay.config.NoMediaAfter = limit })
	lost := func() (sides []Side) {
		t.Helper()
		w.do(func() {
			for _, st := range s.streams {
				w.serve(s, st, w.now)
			}
		})
		for {
			select {
			case side := <-s.Lost():
				sides = append(sides, side)
			default:
				return sides
			}
		}
	}
	// back makes everything that came be longer ago.
	back := func(d time.Duration) {
		w.do(func() {
			for _, st := range s.streams {
				st.in.last -= int64(d)
				st.quietSince -= int64(d)
				st.reportedAt -= int64(d)
			}
		})
	}
	near.send(8, speech(1))
	far.receiveSpeech()
	far.send(8, speech(1))
	near.receiveSpeech()
	back(limit + time.Second)
	report, err := (&rtcp.ReceiverReport{SSRC: near.ssrc}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := near.reports.WriteToUDPAddrPort(report, netip.AddrPortFrom(near.to.Addr(), near.to.Port()+1)); err != nil {
		t.Fatal(err)
	}
	settle(s, 1)
	if got := lost(); len(got) != 1 || got[0] != Far {
		t.Fatalf("lost %v, want far only: near has sent a report", got)
	}
	back(time.Hour)
	if got := lost(); len(got) != 1 || got[0] != Near {
		t.Fatalf("lost %v, want near", got)
	}
	s.Forgive(Near)
	if got := lost(); len(got) != 0 {
		t.Fatalf("lost %v at once after it was forgiven", got)
	}
	near.send(13, []byte{70})
	settle(s, 1)
	back(limit + time.Second)
	if got := lost(); len(got) != 0 {
		t.Fatalf("lost %v after comfort noise", got)
	}
	back(limit)
	if got := lost(); len(got) != 1 || got[0] != Near {
		t.Fatalf("lost %v, want near after twice the time", got)
	}
}
