package media

import (
	"bytes"
	"testing"

	"github.com/pion/rtp"

	"tandem/internal/audio"
)

// listening checks that a stream goes on without a step, whatever feeds it.
type listening struct {
	*peer
	last *rtp.Packet
}

func (l *listening) next() *rtp.Packet {
	l.t.Helper()
	p := l.receive()
	if q := l.last; q != nil && (p.SSRC != q.SSRC || p.SequenceNumber != q.SequenceNumber+1 || p.Timestamp-q.Timestamp < frameSamples || (p.Timestamp-q.Timestamp)%frameSamples != 0) {
		l.t.Errorf("after %v comes %v", q.Header, p.Header)
	}
	l.last = p
	return p
}

// until passes over packets until one has the payload.
func (l *listening) until(what string, payload []byte) {
	l.t.Helper()
	for range 200 {
		if bytes.Equal(l.next().Payload, payload) {
			return
		}
	}
	l.t.Fatalf("%s is not heard", what)
}

func TestMusic(t *testing.T) {
	r := newTestRelay(t, nil)
	s, err := r.Open(PCMA)
	if err != nil {
		t.Fatal(err)
	}
	near := &listening{peer: connect(t, s.Near(), false, same)}
	far := connect(t, s.Far(), true, same)
	m := NewMusic(audio.CustomerSpeech())
	s.Music(Near, m)
	s.Bridge()
	heard := func(n int) []byte { return m.frame(PCMA, n) }
	const loud = 40 // a frame of the clip that is no silence

	for name, turn := range map[string]func(on bool){
		"Microsoft holds":    func(on bool) { s.Hold(Far, on) },
		"the side is parked": func(on bool) { s.Park(Near, on) },
		"Microsoft holds, inactive": func(on bool) {
			s.Hold(Far, on)
			s.Far().SetDirection(map[bool]Direction{true: Inactive, false: SendRecv}[on])
		},
	} {
		far.send(8, speech(1))
		near.until(name+": speech before", speech(1))
		turn(true)
		near.until(name+": music", heard(loud))
		for n := loud + 1; n < loud+10; n++ {
			far.send(8, speech(2)) // must not come through
			if got := near.next(); !bytes.Equal(got.Payload, heard(n)) {
				t.Fatalf("%s: frame %d is not the music's", name, n)
			}
		}
		turn(false)
		far.send(8, speech(3))
		near.until(name+": speech after", speech(3))
	}

	s.Hold(Far, true)
	s.Far().SetDirection(RecvOnly) // Microsoft only sends
	near.until("music while Microsoft sends nothing", heard(loud))
	far.send(8, speech(4))
	near.until("Microsoft's own music", speech(4))
	s.Far().SetDirection(SendRecv)

	s.Hold(Near, true) // who holds hears nothing
	settle(s, 1)
	drain(t, near.conn)
	near.last = nil
	silence := bytes.Repeat([]byte{0xd5}, frameSamples)
	for range 5 {
		if got := near.next(); !bytes.Equal(got.Payload, silence) {
			t.Fatal("a side on hold hears music")
		}
	}
}

func TestMusicOfNothing(t *testing.T) {
	if NewMusic(audio.PCM{Rate: 8000, Samples: make([]int16, 100)}) != nil {
		t.Error("less than a frame is music")
	}
	long := NewMusic(audio.PCM{Rate: 16000, Samples: make([]int16, 16000*130)})
	if got := len(long.coded[G722]); got != 8000*120 {
		t.Errorf("%d bytes are kept", got)
	}
}
