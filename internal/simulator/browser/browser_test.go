package browser

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"tandem/internal/audio"
	"tandem/internal/simulator/mixer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 15 * time.Second

// Whatever the sizes of the packets and the losses, each sample that came is at
// its place, and what did not come is silence.
func TestPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.Uint32().Draw(t, "first timestamp")
		scale := rapid.IntRange(1, 2).Draw(t, "scale")
		heard := map[int]int16{}
		p := places{scale: scale, write: func(place int64, frame []int16) {
			if len(frame) > scale*mixer.FrameSamples {
				t.Fatalf("a frame of %d samples", len(frame))
			}
			for i, s := range frame {
				if s != 0 {
					heard[int(place)*scale*mixer.FrameSamples+i] = s
				}
			}
		}}
		want := map[int]int16{}
		at := 0
		for i, size := range rapid.SliceOfN(rapid.SampledFrom([]int{80, 160, 160, 240, 320, 37}), 1, 40).Draw(t, "packets") {
			samples := make([]int16, size*scale)
			for j := range samples {
				samples[j] = int16((at+j)%30000 + 1)
			}
			if i == 0 || rapid.IntRange(0, 4).Draw(t, "lost") > 0 {
				p.packet(first+uint32(at/scale), samples)
				for j, s := range samples {
					want[at+j] = s
				}
			}
			at += size * scale
		}
		p.flush()
		if len(heard) != len(want) {
			t.Fatalf("%d samples, want %d", len(heard), len(want))
		}
		for i, s := range want {
			if heard[i] != s {
				t.Fatalf("sample %d is %d, want %d", i, heard[i], s)
			}
		}
	})
}

func TestPlacesLateAndAnew(t *testing.T) {
	frame := func(v int16) []int16 { return slices.Repeat([]int16{v}, mixer.FrameSamples) }
	type put struct {
		place int64
		level int16
	}
	for name, c := range map[string]struct {
		packets []put // place is the timestamp in frames
		want    []put
	}{
		"late":         {[]put{{0, 1}, {2, 3}, {1, 2}}, []put{{0, 1}, {2, 3}, {1, 2}}},
		"before first": {[]put{{5, 1}, {4, 2}}, []put{{0, 1}}},
		"a new stream": {[]put{{0, 1}, {100000, 2}}, []put{{0, 1}, {1 + 2*farAway/160 - 1, 2}}},
		"anew":         {[]put{{100000, 1}, {7, 2}}, []put{{0, 1}, {1 + 2*farAway/160 - 1, 2}}},
	} {
		var got []put
		p := places{scale: 1, write: func(place int64, frame []int16) { got = append(got, put{place, frame[0]}) }}
		for _, v := range c.packets {
			p.packet(uint32(v.place*mixer.FrameSamples), frame(v.level))
		}
		if name == "a new stream" || name == "anew" {
			if len(got) != 2 || got[1].place-got[0].place < farAway/mixer.FrameSamples || got[1].level != 2 {
				t.Errorf("%s: %v", name, got)
			}
		} else if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// chrome is the browser's half: a full ICE agent with a microphone.
type chrome struct {
	*webrtc.PeerConnection
	microphone *webrtc.TrackLocalStaticSample
	connected  chan struct{}
	mu         sync.Mutex
	heard      []int16
	reading    sync.WaitGroup
}

func newChrome(t *testing.T, codecs ...webrtc.RTPCodecParameters) *chrome {
	t.Helper()
	var m webrtc.MediaEngine
	for _, c := range codecs {
		if err := m.RegisterCodec(c, webrtc.RTPCodecTypeAudio); err != nil {
			t.Fatal(err)
		}
	}
	var s webrtc.SettingEngine
	s.SetIncludeLoopbackCandidate(true)
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(&m), webrtc.WithSettingEngine(s)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	c := &chrome{PeerConnection: pc, connected: make(chan struct{})}
	var once sync.Once
	pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state == webrtc.PeerConnectionStateConnected {
			once.Do(func() { close(c.connected) })
		}
	})
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		c.reading.Go(func() {
			decode, _ := decoder(track.Codec().MimeType)
			for {
				p, _, err := track.ReadRTP()
				if err != nil {
					return
				}
				samples := decode(p.Payload)
				c.mu.Lock()
				c.heard = append(c.heard, samples...)
				c.mu.Unlock()
			}
		})
	})
	t.Cleanup(func() { _ = pc.GracefulClose(); c.reading.Wait() })
	return c
}

// offer makes the offer, with a microphone if codec is not empty.
func (c *chrome) offer(t *testing.T, codec string) string {
	t.Helper()
	if codec == "" {
		if _, err := c.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
			t.Fatal(err)
		}
	} else {
		var err error
		if c.microphone, err = webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: codec, ClockRate: 8000}, "mic", "desk"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.AddTrack(c.microphone); err != nil {
			t.Fatal(err)
		}
	}
	offer, err := c.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(c.PeerConnection)
	if err := c.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	<-gathered
	return c.LocalDescription().SDP
}

func (c *chrome) connect(t *testing.T, l *Line) {
	t.Helper()
	if err := c.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: l.Answer()}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-c.connected:
	case <-time.After(patience):
		t.Fatal("not connected")
	}
}

func (c *chrome) samples() []int16 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.heard)
}

func listen(t *testing.T) *Endpoint {
	t.Helper()
	e, err := Listen(t.Context(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// rate is at which the browser decodes.
func (c *chrome) rate(mime string) int {
	_, scale := decoder(mime)
	return scale * 8000
}

// mouth speaks into a conference, at the rate of its place there.
type mouth struct {
	*mixer.Port
	wide   bool
	split  audio.BandSplitter
	join   audio.BandJoiner
	closed chan struct{}
	once   sync.Once
}

func (m *mouth) WriteAt(place int64, frame []int16) {
	switch narrow := len(frame) <= mixer.FrameSamples; {
	case narrow && m.wide:
		frame = m.join.Widen(frame)
	case !narrow && !m.wide:
		frame, _ = m.split.Split(frame)
	}
	m.Port.WriteAt(place, frame)
}

func (m *mouth) Close() { m.once.Do(func() { close(m.closed) }) }

func TestBothWays(t *testing.T) {
	audio.TestLock(t)
	e := listen(t)
	for _, c := range []struct {
		name    string
		browser []webrtc.RTPCodecParameters // the best first
		wide    bool                        // whether the person is in the conference so
		rate    int                         // at which both sides are compared
	}{
		{"G.722", codecs, true, 16000},
		{"G.722 in a narrow place", codecs, false, 8000},
		{"PCMU", codecs[1:], false, 8000},
		{"PCMA alone in a wide place", codecs[2:], true, 8000},
	} {
		t.Run(c.name, func(t *testing.T) {
			room := mixer.New(nil)
			defer room.Close()
			var mu sync.Mutex
			var customer []int16
			join := map[bool]func(string, func([]int16)) *mixer.Port{false: room.Join, true: room.JoinWide}
			phone := join[c.rate == 16000]("customer", func(frame []int16) {
				mu.Lock()
				defer mu.Unlock()
				customer = append(customer, frame...)
			})
			mime := c.browser[0].MimeType
			b := newChrome(t, c.browser...)
			line, err := e.Open(t.Context(), b.offer(t, mime))
			if err != nil {
				t.Fatal(err)
			}
			m := &mouth{wide: c.wide, closed: make(chan struct{})}
			m.Port = join[c.wide]("agent", line.Play)
			line.Start(m)
			b.connect(t, line)

			agent := audio.Resample(audio.AgentSpeech(), c.rate).Samples
			said := audio.Resample(audio.CustomerSpeech(), c.rate).Samples
			size := c.rate / 50
			n := min(len(agent), len(said), 4*c.rate) / size
			encode := encoder(mime)
			ticker := time.NewTicker(mixer.FrameDuration)
			defer ticker.Stop()
			for i := range n {
				<-ticker.C
				sample := media.Sample{Data: encode(agent[i*size:][:size]), Duration: mixer.FrameDuration}
				if err := b.microphone.WriteSample(sample); err != nil {
					t.Fatal(err)
				}
				phone.Write(said[i*size:][:size])
			}
			for range 10 {
				<-ticker.C
			}
			mu.Lock()
			if m := audio.Compare(agent[:n*size], customer, c.rate); m.Correlation < 0.95 || m.LongestGap > 60*time.Millisecond {
				t.Errorf("the customer heard %+v", m)
			}
			mu.Unlock()
			heard := b.samples()
			if rate := b.rate(mime); rate != c.rate {
				heard = audio.Resample(audio.PCM{Rate: rate, Samples: heard}, c.rate).Samples
			}
			if m := audio.Compare(said[:n*size], heard, c.rate); m.Correlation < 0.95 || m.LongestGap > 60*time.Millisecond {
				t.Errorf("the browser heard %+v", m)
			}
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
			select {
			case <-m.closed:
			case <-time.After(patience):
				t.Error("the closed browser was not noticed")
			}
		})
	}
}

func TestOnlyListens(t *testing.T) {
	e := listen(t)
	c := newChrome(t, codecs[1])
	line, err := e.Open(t.Context(), c.offer(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	if found, ok := e.Line(line.ID()); !ok || found != line {
		t.Error("the line is not found")
	}
	room := mixer.New(nil)
	defer room.Close()
	phone := room.Join("customer", nil)
	m := &mouth{closed: make(chan struct{})}
	m.Port = room.Join("agent", line.Play)
	line.Start(m)
	c.connect(t, line)
	ticker := time.NewTicker(mixer.FrameDuration)
	defer ticker.Stop()
	for deadline := time.Now().Add(patience); !slices.ContainsFunc(c.samples(), func(s int16) bool { return s > 900 }); <-ticker.C {
		if time.Now().After(deadline) {
			t.Fatal("the browser hears nothing")
		}
		phone.Write(slices.Repeat([]int16{1000}, 160))
	}
	line.Close()
	line.Close()
	<-m.closed
	late := &mouth{closed: make(chan struct{})}
	line.Start(late)
	<-late.closed
}

// Everything happens on one port of this machine, and nobody is asked.
func TestAnswerIsLocal(t *testing.T) {
	e := listen(t)
	port := e.conn.LocalAddr().String()
	_, port, _ = strings.Cut(port, ":")
	for range 2 {
		c := newChrome(t, codecs[1])
		line, err := e.Open(t.Context(), c.offer(t, webrtc.MimeTypePCMU))
		if err != nil {
			t.Fatal(err)
		}
		answer := line.Answer()
		if !strings.Contains(answer, "a=ice-lite") {
			t.Error("not ICE-lite")
		}
		candidates := 0
		for row := range strings.Lines(answer) {
			if strings.HasPrefix(row, "a=candidate:") {
				candidates++
				if !strings.Contains(row, " 127.0.0.1 "+port+" typ host") && !strings.Contains(row, " 2 udp") {
					t.Errorf("candidate %s", row)
				}
			}
		}
		if candidates == 0 {
			t.Errorf("no candidate in %s", answer)
		}
	}
}

func TestRefuses(t *testing.T) {
	e := listen(t)
	opus := newChrome(t, webrtc.RTPCodecParameters{
		RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, PayloadType: 111,
	})
	for name, offer := range map[string]string{"nothing": "", "text": "hello", "no G.711": opus.offer(t, ""), "no sound": "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"} {
		if _, err := e.Open(t.Context(), offer); !errors.Is(err, ErrOffer) {
			t.Errorf("%s: %v", name, err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Open(gone, newChrome(t, codecs[1]).offer(t, webrtc.MimeTypePCMU)); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	e.Close()
	if _, err := e.Open(t.Context(), ""); err == nil {
		t.Error("answered after Close")
	}
}

func FuzzOffer(f *testing.F) {
	f.Add("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n")
	f.Add("v=0\r\nm=audio")
	e, err := Listen(f.Context(), slog.New(slog.DiscardHandler))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(e.Close)
	f.Fuzz(func(t *testing.T, offer string) {
		if l, err := e.Open(t.Context(), offer); err == nil {
			l.Close()
		}
	})
}
