package media

import (
	"encoding/binary"
	"testing"
	"time"
)

// TestPress: a key of our own is one event, as long as asked for, and what is said
// meanwhile does not get in between.
func TestPress(t *testing.T) {
	r := newTestRelay(t, nil)
	s, err := r.Open(PCMA)
	if err != nil {
		t.Fatal(err)
	}
	near, far := connect(t, s.Near(), false, same), connect(t, s.Far(), true, same)
	s.Bridge()
	near.send(8, speech(1))
	before := far.receiveSpeech()
	s.Press(Far, 5, 100*time.Millisecond)
	s.Press(Far, 11, time.Millisecond) // too short to be one
	type key struct {
		event    byte
		duration uint16
		packets  int
	}
	var got []key
	last, start := before.SequenceNumber, uint32(0)
	for ends := 0; ends < 2*pressTimes; {
		p := far.receive()
		if p.PayloadType != same.Send.Events {
			if len(got) > 0 && ends%pressTimes != 0 {
				t.Errorf("in the middle of a key: %v", p.Header)
			}
			last = p.SequenceNumber
			continue
		}
		near.send(8, speech(2)) // says something meanwhile
		if p.SequenceNumber != last+1 {
			t.Errorf("%v after %d", p.Header, last)
		}
		last = p.SequenceNumber
		duration := binary.BigEndian.Uint16(p.Payload[2:])
		if p.Marker {
			if len(got) > 0 && p.Timestamp-start < uint32(got[len(got)-1].duration) {
				t.Errorf("it begins at %d, before the one of %d is over", p.Timestamp, start)
			}
			got, start = append(got, key{event: p.Payload[0]}), p.Timestamp
		}
		k := &got[len(got)-1]
		if p.Timestamp != start || p.Payload[0] != k.event || duration < k.duration {
			t.Errorf("%v %v", p.Header, p.Payload)
		}
		k.duration, k.packets = duration, k.packets+1
		if p.Payload[1]&pressEnd != 0 {
			ends++
		}
	}
	if want := []key{{5, 800, 5 + 2}, {11, 320, 2 + 2}}; len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestPressForTheDeaf: who has no telephone-event hears nothing of it.
func TestPressForTheDeaf(t *testing.T) {
	r := newTestRelay(t, nil)
	s, err := r.Open(PCMA)
	if err != nil {
		t.Fatal(err)
	}
	near, far := connect(t, s.Near(), false, same), connect(t, s.Far(), true, silent)
	s.Bridge()
	s.Press(Far, 5, 100*time.Millisecond)
	near.send(8, speech(1))
	if p := far.receiveSpeech(); p.PayloadType != 8 {
		t.Errorf("%v", p.Header)
	}
}
