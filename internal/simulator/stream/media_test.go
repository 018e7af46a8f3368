package stream

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tandem/internal/audio"
)

// One second of a mixed stream: metadata first, fifty frames of the right size
// in order, digits between them.
func TestMixedStream(t *testing.T) {
	for _, rate := range []int{0, 16000, 24000} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			a := newApplication(t)
			c := a.config()
			c.Media = &Media{Rate: rate, DTMF: true}
			s, app := a.open(t, c)
			for name, want := range map[string]string{
				"Authorization": "Bearer token", "X-Ms-Call-Connection-Id": "connection", "X-Ms-Call-Correlation-Id": "correlation",
			} {
				if got := app.header.Get(name); got != want {
					t.Errorf("header %s is %q, want %q", name, got, want)
				}
			}
			hz := max(rate, 16000)
			bytes := 2 * hz / 50
			meta := app.next(t, "AudioMetadata").AudioMetadata
			if meta.SubscriptionID != "subscription" || meta.Encoding != "PCM" || meta.SampleRate != hz || meta.Channels != 1 || meta.Length != bytes {
				t.Errorf("metadata %+v", meta)
			}
			var total int
			for n := range 50 {
				said := []Said{{RawID: "a", Frame: constant(300)}, {RawID: "b", Frame: constant(-100)}}
				if n < 10 {
					said = nil
				}
				s.Audio(tick(n), said)
				if n == 20 {
					s.DTMF('3')
				}
			}
			for n := range 50 {
				r := app.next(t, "AudioData")
				data := r.AudioData
				if want := tick(n).UTC().Truncate(time.Millisecond); !data.Timestamp.Equal(want) {
					t.Errorf("frame %d is of %s, want %s", n, data.Timestamp, want)
				}
				if len(data.Data) != bytes || strings.Contains(r.text, "participantRawID") || *data.Silent != (n < 10) {
					t.Fatalf("frame %d: %s", n, r.text)
				}
				if n > 10 && r.samples()[200] != 200 {
					t.Errorf("frame %d: sample %d, want the sum 200", n, r.samples()[200])
				}
				if n == 20 {
					if digit := app.next(t, "DtmfData").DtmfData.Data; digit != "3" {
						t.Errorf("digit %q", digit)
					}
				}
				total += len(data.Data)
			}
			if total != 2*hz {
				t.Errorf("a second has %d bytes, want %d", total, 2*hz)
			}
			s.Close()
			if got := websocket.CloseStatus(await(t, app.ended)); got != websocket.StatusNormalClosure {
				t.Errorf("closed with %d, want a normal closure", got)
			}
			if got := s.Counts(); got != (Counts{Sent: 52}) {
				t.Errorf("counts %+v", got)
			}
			if s.Err() != nil {
				t.Error(s.Err())
			}
		})
	}
}

// A timestamp has exactly three decimals and a Z, as in the samples.
func TestTimestamp(t *testing.T) {
	if got, want := timestamp(start), "2026-01-02T02:04:05.123Z"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := timestamp(start.Truncate(time.Second)), "2026-01-02T02:04:05.000Z"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// What is queued when the stream is closed still leaves.
func TestCloseSendsWhatIsQueued(t *testing.T) {
	a := newApplication(t)
	c := a.config()
	c.Media = &Media{DTMF: true}
	s, app := a.open(t, c)
	for n := range 100 {
		s.Audio(tick(n), nil)
	}
	s.Close()
	s.Audio(tick(100), nil)
	s.Close()
	if got := s.Counts(); got != (Counts{Sent: 101}) {
		t.Errorf("counts %+v", got)
	}
	app.next(t, "AudioMetadata")
	for range 100 {
		app.next(t, "AudioData")
	}
}

// The sum of loud speakers is cut off, not wrapped around; short frames end in
// silence, and digits are sent only if they are wanted.
func TestMixing(t *testing.T) {
	s := newSender(Config{Media: &Media{Rate: inputRate}})
	for _, row := range []struct {
		a, b, want int16
	}{
		{20000, 20000, 32767},
		{-20000, -20000, -32768},
		{20000, -20000, 0},
	} {
		e := entry{said: []voice{{}, {}}}
		copy(e.said[0].frame[:], constant(row.a))
		copy(e.said[1].frame[:], constant(row.b))
		frames := s.frames(e)
		pcm := decode(t, frames[0])
		if len(frames) != 1 || pcm[0] != row.want || pcm[319] != row.want {
			t.Errorf("%d and %d are %d, want %d", row.a, row.b, pcm[0], row.want)
		}
	}

	a := newApplication(t)
	c := a.config()
	c.Media = &Media{}
	stream, app := a.open(t, c)
	stream.DTMF('1')
	stream.Transcribed(Phrase{Text: "of another kind", Final: true})
	stream.Audio(start, []Said{{RawID: "a", Frame: constant(100)[:7]}})
	app.next(t, "AudioMetadata")
	pcm := app.next(t, "AudioData").samples()
	if len(pcm) != inputSamples || pcm[6] != 100 || pcm[7] != 0 {
		t.Errorf("%d samples, %v", len(pcm), pcm[:10])
	}
}

func decode(t *testing.T, text []byte) []int16 {
	t.Helper()
	in, err := parse(text)
	if err != nil || in.kind != kindAudio {
		t.Fatalf("%s: %v", text, err)
	}
	return in.pcm
}

// An unmixed stream has one frame a speaker, of the four loudest.
func TestUnmixedStream(t *testing.T) {
	a := newApplication(t)
	c := a.config()
	c.Media = &Media{Unmixed: true}
	s, app := a.open(t, c)
	app.next(t, "AudioMetadata")

	says := func(levels ...int16) []Said {
		var said []Said
		for i, level := range levels {
			if level >= 0 {
				said = append(said, Said{RawID: fmt.Sprintf("4:+%d", i), Frame: constant(level)})
			}
		}
		return said
	}
	rows := []struct {
		name string
		said []Said
		want string // ids of the frames, with s for silent
	}{
		{"nobody", nil, ""},
		{"one", says(100), "0"},
		{"silent is not nobody", says(0, 100, 8, -1, 9), "0s 1 2s 4"},
		{"four loudest of six, in order", says(100, 500, 400, 90, 300, 200), "1 2 4 5"},
		{"a pause keeps the place", says(100, 0, 400, 90, 300, 200), "1s 2 4 5"},
		{"a short absence too", says(100, -1, 400, 90, 300, 200), "0 2 4 5"},
		{"back again", says(100, 0, 400, 90, 300, 200), "1s 2 4 5"},
	}
	for n, row := range rows {
		s.Audio(tick(n), row.said)
		for _, want := range strings.Fields(row.want) {
			data := app.next(t, "AudioData").AudioData
			got := strings.TrimPrefix(data.ParticipantRawID, "4:+")
			if *data.Silent {
				got += "s"
			}
			if got != want || !data.Timestamp.Equal(tick(n).Truncate(time.Millisecond)) || len(data.Data) != 640 {
				t.Errorf("%s: frame of %s at %s, want %s", row.name, got, data.Timestamp, want)
			}
		}
	}
	// A pause of some seconds costs the place.
	for n := range 150 {
		s.Audio(tick(10+n), says(100, 0, 400, 90, 300, 200))
	}
	last := map[string]bool{}
	for n := range 150 * 4 {
		data := app.next(t, "AudioData").AudioData
		if n >= 149*4 {
			last[data.ParticipantRawID] = true
		}
	}
	if last["4:+1"] || !last["4:+0"] {
		t.Errorf("at the end %v are dominant", last)
	}
}

// Silence is what A-law has for it, in any place of the frame.
func TestSilence(t *testing.T) {
	for level, want := range map[int16]bool{0: true, 8: true, -8: true, 9: false, -9: false, -32768: false} {
		frame := constant(0)
		frame[319] = level
		if silent(frame) != want {
			t.Errorf("%d: %t", level, !want)
		}
	}
}

// A speaker who says nothing for a second is forgotten.
func TestSpeakersAreForgotten(t *testing.T) {
	s := newSender(Config{Media: &Media{Rate: inputRate, Unmixed: true}})
	s.frames(entry{said: []voice{{rawID: "a"}, {rawID: "b"}}})
	s.frames(entry{tick: 49, said: []voice{{rawID: "b"}}})
	if len(s.speakers) != 2 {
		t.Errorf("%d speakers are known, want 2", len(s.speakers))
	}
	s.frames(entry{tick: 50, said: []voice{{rawID: "b"}}})
	if len(s.speakers) != 1 {
		t.Errorf("%d speakers are known, want 1", len(s.speakers))
	}
}

// Speech that goes out at 24 kHz and comes back is the same speech, whole.
func TestThereAndBackAt24kHz(t *testing.T) {
	for _, unmixed := range []bool{false, true} {
		a := newApplication(t)
		c := a.config()
		c.Media = &Media{Rate: highRate, Bidirectional: true, Unmixed: unmixed}
		s, app := a.open(t, c)
		app.next(t, "AudioMetadata")
		sent := double(audio.CustomerSpeech().Samples[:8000*2])
		copy(sent[len(sent)-inputSamples:], constant(0)) // the filters' delay holds back the last 3 ms
		var heard []int16
		n := 0
		for frame := range slices.Chunk(sent, inputSamples) {
			s.Audio(tick(n), []Said{{RawID: "a", Frame: frame}})
			r := app.next(t, "AudioData")
			if len(r.AudioData.Data) != 960 {
				t.Fatalf("%d bytes", len(r.AudioData.Data))
			}
			app.say(t, `{"kind":"AudioData","audioData":{"data":"`+base64.StdEncoding.EncodeToString(r.AudioData.Data)+`"}}`)
			heard = append(heard, await(t, a.heard)...)
			n++
		}
		m := audio.Compare(sent, heard, inputRate)
		if m.Correlation < 0.999 || m.Delay != 3*time.Millisecond || m.Gain < 0.99 || m.Gain > 1.01 || m.Damaged > 0 {
			t.Errorf("unmixed %t: %+v", unmixed, m)
		}
	}
}

// double brings a clip from 8 to 16 kHz, well enough for a test.
func double(pcm []int16) []int16 {
	var out []int16
	last := int16(0)
	for _, s := range pcm {
		out = append(out, int16((int32(last)+int32(s))/2), s)
		last = s
	}
	return out
}

// b64 writes samples as applications do.
func b64(pcm ...int16) string {
	var raw []byte
	for _, s := range pcm {
		raw = binary.LittleEndian.AppendUint16(raw, uint16(s))
	}
	return base64.StdEncoding.EncodeToString(raw)
}
