package stream

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// What applications send, in all spellings (facts/call-automation.md §9).
var spellings = []struct {
	name, text string
	kind       inboundKind
	bad        string // in the error
}{
	{"JavaScript audio", `{"kind":"audioData","audioData":{"data":"` + b64(1, -2, 300) + `","isSilent":false},"stopAudio":{}}`, kindAudio, ""},
	{"JavaScript stop", `{"kind":"stopAudio","stopAudio":{}}`, kindStop, ""},
	{".NET audio", `{"Kind":"AudioData","AudioData":{"Data":"` + b64(1, -2, 300) + `","Timestamp":"0001-01-01T00:00:00","Participant":null,"IsSilent":false},"StopAudio":null}`, kindAudio, ""},
	{".NET stop", `{"Kind":"StopAudio","AudioData":null,"StopAudio":{}}`, kindStop, ""},
	{".NET audio with a mark", `{"Kind":"AudioData","AudioData":{"Data":"` + b64(1, -2, 300) + `","Mark":{"Id":"1"}}}`, kindAudio, ""},
	{".NET mark", `{"Kind":"MarkData","MarkData":{"Id":"1","Status":0}}`, kindMark, ""},
	{"sample audio", `{"kind":"AudioData","audioData":{"data":"` + b64(1, -2, 300) + `"}}`, kindAudio, ""},
	{"sample audio with a time in milliseconds", `{"kind":"AudioData","audioData":{"timestamp":1767323045123,"data":"` + b64(1, -2, 300) + `","silent":"no"}}`, kindAudio, ""},
	{"sample stop", `{"kind":"StopAudio"}`, kindStop, ""},
	{"Java's names", `{"kind":"AUDIODATA","audioData":{"data":"` + b64(1, -2, 300) + `"}}`, kindAudio, ""},
	{"another kind", `{"kind":"VideoData","audioData":{"data":"AAA="}}`, kindUnknown, ""},
	{"no text", ``, 0, "no JSON"},
	{"no object", `[]`, 0, "no JSON"},
	{"no JSON", `{"kind":"AudioData"`, 0, "no JSON"},
	{"no kind", `{"audioData":{"data":"AAA="}}`, 0, "kind is missing"},
	{"null", `null`, 0, "kind is missing"},
	{"a kind that is no string", `{"kind":7}`, 0, "no JSON object with a kind"},
	{"no audioData", `{"kind":"AudioData"}`, 0, "audioData is missing"},
	{"no data", `{"kind":"AudioData","audioData":{}}`, 0, "no data"},
	{"null audioData", `{"kind":"AudioData","audioData":null}`, 0, "no data"},
	{"data that is no string", `{"kind":"AudioData","audioData":{"data":[1,2]}}`, 0, "audioData:"},
	{"no base64", `{"kind":"AudioData","audioData":{"data":"?"}}`, 0, "not base64"},
	{"half a sample", `{"kind":"AudioData","audioData":{"data":"AAAA"}}`, 0, "whole samples"},
}

func TestParse(t *testing.T) {
	for _, row := range spellings {
		in, err := parse([]byte(row.text))
		if row.bad != "" {
			if err == nil || !strings.Contains(err.Error(), row.bad) {
				t.Errorf("%s: %v, want an error with %q", row.name, err, row.bad)
			}
			continue
		}
		if err != nil || in.kind != row.kind {
			t.Errorf("%s: kind %d, %v", row.name, in.kind, err)
		}
		if want := []int16{1, -2, 300}; in.kind == kindAudio && !slices.Equal(in.pcm, want) {
			t.Errorf("%s: %v, want %v", row.name, in.pcm, want)
		}
	}
}

// All of them over a real connection, counted, with nothing lost behind a
// malformed one.
func TestInbound(t *testing.T) {
	for _, rate := range []int{16000, 24000} {
		a := newApplication(t)
		c := a.config()
		c.Media = &Media{Rate: rate, Bidirectional: true}
		s, app := a.open(t, c)
		var want Counts
		stops, samples := 0, 0
		for _, row := range spellings {
			app.say(t, row.text)
			switch {
			case row.bad != "":
				want.Malformed++
			case row.kind == kindUnknown:
				want.Unknown++
			case row.kind == kindAudio:
				want.Audio++
				samples += 3
			case row.kind == kindStop:
				stops++
			}
		}
		if err := app.Write(t.Context(), websocket.MessageBinary, []byte(`{"kind":"StopAudio"}`)); err != nil {
			t.Fatal(err)
		}
		want.Unknown++
		app.say(t, `{"kind":"StopAudio"}`)
		for range stops + 1 {
			await(t, a.stops)
		}
		want.Sent = 1
		app.next(t, "AudioMetadata")
		s.Close()
		if got := s.Counts(); got != want {
			t.Errorf("counts %+v, want %+v", got, want)
		}
		heard := 0
		for len(a.heard) > 0 {
			heard += len(<-a.heard)
		}
		if want := samples * 16000 / rate; heard != want {
			t.Errorf("%d samples were heard of %d at %d Hz, want %d", heard, samples, rate, want)
		}
	}
}

// What comes after StopAudio has nothing of what was before it.
func TestStopStartsAfresh(t *testing.T) {
	a := newApplication(t)
	c := a.config()
	c.Media = &Media{Rate: highRate, Bidirectional: true}
	_, app := a.open(t, c)
	loud, quiet := slices.Repeat([]int16{20000}, 480), make([]int16, 480)
	say := func(pcm []int16) []int16 {
		app.say(t, `{"kind":"AudioData","audioData":{"data":"`+b64(pcm...)+`"}}`)
		return await(t, a.heard)
	}
	say(loud)
	if heard := say(quiet); heard[0] == 0 {
		t.Error("without StopAudio there is a seam")
	}
	say(loud)
	app.say(t, `{"kind":"StopAudio"}`)
	await(t, a.stops)
	if heard := say(quiet); !slices.Equal(heard, make([]int16, 320)) {
		t.Errorf("after StopAudio: %v", heard[:10])
	}
}

// Who is not to speak is not heard, nor asked why he sends what.
func TestInboundOfOneWayStreams(t *testing.T) {
	for _, set := range []func(*Config){
		func(c *Config) { c.Media = &Media{} },
		func(c *Config) { c.Transcription = &Transcription{} },
	} {
		a := newApplication(t)
		c := a.config()
		set(&c)
		s, app := a.open(t, c)
		for _, row := range spellings {
			app.say(t, row.text)
		}
		s.Close()
		got := s.Counts()
		if len(a.heard)+len(a.stops) > 0 || got.Audio+got.Malformed > 0 {
			t.Errorf("%d frames and %d stops came through, counts %+v", len(a.heard), len(a.stops), got)
		}
	}
}

// Whatever comes is either understood or refused, and case never matters.
func FuzzParse(f *testing.F) {
	for _, row := range spellings {
		f.Add([]byte(row.text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		in, err := parse(text)
		if err != nil {
			if in.pcm != nil {
				t.Error("audio with an error")
			}
			return
		}
		if !json.Valid(text) {
			t.Error("no JSON was understood")
		}
		if in.kind == kindAudio && len(in.pcm) == 0 || in.kind != kindAudio && in.pcm != nil {
			t.Errorf("kind %d with %d samples", in.kind, len(in.pcm))
		}
		if in.kind != kindAudio {
			return
		}
		again, err := parse([]byte(`{"KIND":"AUDIODATA","AUDIODATA":{"DATA":"` + b64(in.pcm...) + `"}}`))
		if err != nil || !slices.Equal(again.pcm, in.pcm) {
			t.Errorf("in capitals: %v, %v", again, err)
		}
	})
}
