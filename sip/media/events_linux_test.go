package media

import (
	"bytes"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// An event that the other side has no number for leaves no gap.
func TestEventsWithoutNumber(t *testing.T) {
	r := newTestRelay(t, nil)
	s, err := r.Open(PCMA)
	if err != nil {
		t.Fatal(err)
	}
	near, far := connect(t, s.Near(), false, same), connect(t, s.Far(), true, silent)
	s.Bridge()
	near.send(8, speech(1))
	first := far.receiveSpeech()
	near.send(101, []byte{1, 2, 3, 4})
	near.send(8, speech(2))
	second := far.receiveSpeech()
	if second.SequenceNumber != first.SequenceNumber+1 || !bytes.Equal(second.Payload, speech(2)) {
		t.Errorf("%v after %v", second.Header, first.Header)
	}
}

// A key press that pauses is one press still, also between two of its ends; in the end there is silence as after anything.
func TestKeyPressThatPauses(t *testing.T) {
	r := newTestRelay(t, nil)
	s, err := r.Open(PCMA)
	if err != nil {
		t.Fatal(err)
	}
	near, far := connect(t, s.Near(), false, same), connect(t, s.Far(), true, same)
	s.Bridge()
	near.send(8, speech(1))
	far.receiveSpeech()
	press := func(end byte) *rtp.Packet {
		t.Helper()
		near.send(101, []byte{4, end | 10, 0, 160})
		near.timestamp -= frameSamples // all packets of a press have one
		return far.receiveSpeech()
	}
	last := press(0)
	for _, end := range []byte{0, 0x80, 0x80} {
		_ = far.conn.SetReadDeadline(time.Now().Add(time.Duration(3 * fillAfter)))
		if n, err := far.conn.Read(make([]byte, 2000)); err == nil {
			t.Errorf("%d bytes in the middle of a press", n)
		}
		next := press(end)
		if next.Timestamp != last.Timestamp || next.SequenceNumber != last.SequenceNumber+1 {
			t.Errorf("%v after %v", next.Header, last.Header)
		}
		last = next
	}
	if silence := far.receive(); !bytes.Equal(silence.Payload, makeTones(PCMA).silence) {
		t.Errorf("%v", silence)
	}
}

// TestWhoGetsReports: who only relays reports to a side that has named a port for it, or has
// reported itself; another one's port there may be somebody else's.
func TestWhoGetsReports(t *testing.T) {
	r := newTestRelay(t, func(c *Config) { c.OnlyRelay, c.ReportEvery = true, 20*time.Millisecond })
	s, err := r.Open(PCMA)
	if err != nil {
		t.Fatal(err)
	}
	silent := connect(t, s.Near(), false, PayloadTypes{})
	named := connect(t, s.Far(), false, PayloadTypes{})
	s.Far().WantsReports()
	read := func(p *peer, until time.Time) error {
		_ = p.reports.SetReadDeadline(until)
		_, err := p.reports.Read(make([]byte, 2000))
		return err
	}
	for range 2 {
		if err := read(named, time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
	}
	s.Close() // what there is to send has been sent now
	if read(silent, time.Now().Add(time.Millisecond)) == nil {
		t.Error("a report nobody asked for")
	}
}
