package acs

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// media is who takes sockets.
type media struct {
	asked []bridge.Socket
	err   error
	lines chan bridge.Line
	done  chan struct{}
}

func (m *media) Expect(_ context.Context, x bridge.Socket) (func(bridge.Line), error) {
	m.asked = append(m.asked, x)
	return func(l bridge.Line) { m.lines <- l; <-m.done }, m.err
}

// TestMediaURL: the address of a socket is no other door's.
func TestMediaURL(t *testing.T) {
	url := testKeys.MediaURL("https://tandem.example.com:8443/", "eu", testCall)
	if !strings.HasPrefix(url, "wss://tandem.example.com:8443/media/eu/"+string(testCall)+"/") {
		t.Error(url)
	}
	if secret := url[strings.LastIndexByte(url, '/')+1:]; testKeys.admits(secret, callText("eu", testCall)) || !testKeys.admits(secret, mediaText("eu", testCall)) {
		t.Error("a secret opens another door")
	}
}

// TestMediaDoor: who is let in, and who is not.
func TestMediaDoor(t *testing.T) {
	d := newDoor(t)
	m := &media{lines: make(chan bridge.Line, 1), done: make(chan struct{})}
	d.Hooks.cfg.Media = m
	server := httptest.NewServer(d.Hooks)
	defer server.Close()
	defer close(m.done)
	path := strings.TrimPrefix(testKeys.MediaURL("https://x", "eu", testCall), "wss://x")
	dial := func(path string, header ...string) (*websocket.Conn, int) {
		t.Helper()
		h := http.Header{}
		for n := 0; n < len(header); n += 2 {
			h.Set(header[n], header[n+1])
		}
		conn, resp, err := websocket.Dial(t.Context(), server.URL+path, &websocket.DialOptions{HTTPHeader: h}) //nolint:bodyclose // the library does
		if err != nil && resp == nil {
			t.Fatal(err)
		}
		return conn, resp.StatusCode
	}
	good := []string{"Authorization", d.bearer, connectionHeader, "conn"}
	other := strings.TrimPrefix(testKeys.CallURL("https://x", "eu", testCall), "https://x")
	for name, row := range map[string]struct {
		path   string
		header []string
		err    error
		want   int
	}{
		"no token":           {path, []string{connectionHeader, "conn"}, nil, 401},
		"a bad token":        {path, []string{"Authorization", "Bearer x"}, nil, 401},
		"no secret":          {path[:len(path)-1] + "!", good, nil, 404},
		"a callback's":       {"/media" + strings.TrimPrefix(other, "/hooks/calls"), good, nil, 404},
		"another call's":     {strings.Replace(path, "/eu/", "/na/", 1), good, nil, 404},
		"nothing awaited":    {path, good, fault.NotFound("x", "x"), 404},
		"another connection": {path, good, fault.Forbidden("x", "x"), 403},
		"a database away":    {path, good, fault.Unavailable("x", "x"), 503},
	} {
		m.err = row.err
		if _, got := dial(row.path, row.header...); got != row.want {
			t.Errorf("%s: %d, want %d", name, got, row.want)
		}
	}
	m.err = nil
	if w := d.send("GET", path, "", good...); w.Code != http.StatusUpgradeRequired {
		t.Errorf("no handshake: %d", w.Code)
	}
	conn, _ := dial(path, good...)
	if x := m.asked[len(m.asked)-1]; x != (bridge.Socket{Call: testCall, Resource: "eu", Connection: "conn"}) {
		t.Errorf("%+v", x)
	}
	l := <-m.lines
	d.counted(doorMedia, wasTaken, 1)
	d.counted(doorMedia, wasBadToken, 2)
	d.counted(doorMedia, wasForeign, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for _, text := range []string{`{"kind":"AudioMetadata","audioMetadata":{"sampleRate":16000}}`, soundFrame([]byte{1, 2})} {
		if err := conn.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if h, err := l.Hear(ctx); err != nil || h.Kind != bridge.SoundBegins {
		t.Errorf("%+v, %v", h, err)
	}
	if h, err := l.Hear(ctx); err != nil || h.Kind != bridge.HeardSound || !bytes.Equal(h.PCM, []byte{1, 2}) {
		t.Errorf("%+v, %v", h, err)
	}
	said := bytes.Repeat([]byte{7, 1}, frameBytes/2+10) // a frame and a piece
	if err := errors.Join(l.Say(ctx, said), l.Hush(ctx)); err != nil {
		t.Fatal(err)
	}
	var got []byte
	for _, n := range []int{frameBytes, 20} {
		_, text, err := conn.Read(ctx)
		var f struct {
			Kind      string
			AudioData struct{ Data []byte }
		}
		if err != nil || json.Unmarshal(text, &f) != nil || f.Kind != "AudioData" || len(f.AudioData.Data) != n {
			t.Fatalf("%s, %v", text, err)
		}
		got = append(got, f.AudioData.Data...)
	}
	if !bytes.Equal(got, said) {
		t.Error("what is said is not what was to be")
	}
	if _, text, err := conn.Read(ctx); err != nil || string(text) != string(stopFrame) {
		t.Errorf("%s, %v", text, err)
	}
	go func() { _ = conn.Close(websocket.StatusNormalClosure, "") }()
	if _, err := l.Hear(ctx); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func soundFrame(pcm []byte) string {
	return `{"kind":"AudioData","audioData":{"timestamp":"2026-01-02T03:04:05.123Z","participantRawID":"8:orgid:x","data":"` + base64.StdEncoding.EncodeToString(pcm) + `","silent":false}}`
}

// TestFrames: documented frames (facts/call-automation.md §9), and others.
func TestFrames(t *testing.T) {
	for text, want := range map[string]bridge.Heard{
		`{"kind":"AudioMetadata","audioMetadata":{"subscriptionId":"x","encoding":"PCM","sampleRate":16000,"channels":1,"length":640}}`: {Kind: bridge.SoundBegins},
		`{"kind":"TranscriptionMetadata","transcriptionMetadata":{"subscriptionId":"x","locale":"en-us"}}`:                              {Kind: bridge.WordsBegin},
		soundFrame([]byte{1, 2, 3, 4}):                                            {Kind: bridge.HeardSound, PCM: []byte{1, 2, 3, 4}},
		`{"kind":"AudioData","audioData":{"data":"AQI=","silent":true}}`:          {Kind: bridge.HeardSound, PCM: []byte{1, 2}},
		`{ "audiodata": {"silent": false, "data": "AQI="}, "Kind": "audioData" }`: {Kind: bridge.HeardSound, PCM: []byte{1, 2}},
		`{"kind":"AudioData","audioData":{"timestamp":"a,b\"c","data":"AQI="}}`:   {Kind: bridge.HeardSound, PCM: []byte{1, 2}},
		`{"kind":"AudioData","audioData":{"data":"\/\/8="}}`:                      {Kind: bridge.HeardSound, PCM: []byte{0xff, 0xff}},
		`{"kind":"DtmfData","dtmfData":{"data":"3"}}`:                             {Kind: bridge.HeardTone, Tone: "3"},
		`{"kind":"DtmfData","dtmfData":{"data":"b"}}`:                             {Kind: bridge.HeardTone, Tone: "B"},
		`{"kind":"TranscriptionData","transcriptionData":{"text":"hello","format":"display","confidence":0.9,"offset":2600000,"duration":3700000,"words":[{"text":"hello","offset":2600000,"duration":3700000}],"participantRawID":"4:+14255550123","resultStatus":"Final"}}`: {
			Kind: bridge.HeardWords, Said: bridge.Said{Text: "hello", Who: call.Endpoint{Kind: tenant.PhoneNumber, ID: "+14255550123"}, Confidence: .9, OffsetMS: 260, DurationMS: 370, Final: true},
		},
		`{"kind":"TranscriptionData","transcriptionData":{"text":"hel","resultStatus":"intermediate"}}`: {Kind: bridge.HeardWords, Said: bridge.Said{Text: "hel"}},
		`{"kind":"AudioData","audioData":{"data":"AQID"}}`:                                              {}, // half a sample
		`{"kind":"AudioData","audioData":{"data":""}}`:                                                  {},
		`{"kind":"AudioData","audioData":{"data":"%%"}}`:                                                {},
		`{"kind":"DtmfData","dtmfData":{"data":"33"}}`:                                                  {},
		`{"kind":"MarkData"}`: {},
		`[]`:                  {},
		`{"kind":`:            {},
		``:                    {},
	} {
		got := (&line{}).decode([]byte(text))
		if got.Kind != want.Kind || !bytes.Equal(got.PCM, want.PCM) || got.Tone != want.Tone || got.Said != want.Said {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
}

// FuzzFrame: a frame that is read without a JSON parser is what a parser makes of it.
func FuzzFrame(f *testing.F) {
	f.Add(soundFrame([]byte{1, 2}))
	f.Add(`{"kind":"AudioData","audioData":{"data":"AQI=","silent":true}}`)
	f.Add(`{"kind":"AudioData","audioData":{"a":"x","data":"AQI="}}`)
	f.Add(`{"kind":"DtmfData","dtmfData":{"data":"3"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		got := (&line{}).decode([]byte(text))
		if len(got.PCM)%2 != 0 || got.Kind == bridge.HeardTone && !call.AreTones(got.Tone) {
			t.Errorf("%+v", got)
		}
		data, fast := soundOf([]byte(text))
		if !fast {
			return
		}
		var slow frame
		if err := json.Unmarshal([]byte(text), &slow); err != nil {
			return // more is read than is JSON: the sound in it is whole nonetheless
		}
		pcm, err := base64.StdEncoding.DecodeString(string(data))
		if want, bad := base64.StdEncoding.DecodeString(slow.Audio.Data); err == nil && bad == nil && !bytes.Equal(pcm, want) {
			t.Errorf("%q: %x, a parser reads %x", text, pcm, want)
		}
	})
}

// The hot path, 50 times a second and call, beside the least that could be done: to
// read and write the base64 that these frames are made of.
func BenchmarkFrame(b *testing.B) {
	pcm := bytes.Repeat([]byte{1, 200}, frameBytes/2)
	text := []byte(soundFrame(pcm))
	coded := []byte(base64.StdEncoding.EncodeToString(pcm))
	b.Run("floor", func(b *testing.B) {
		b.ReportAllocs()
		var in, out []byte
		for b.Loop() {
			in, _ = base64.StdEncoding.AppendDecode(in[:0], coded)
			out = base64.StdEncoding.AppendEncode(out[:0], in)
		}
	})
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		l := &line{}
		for b.Loop() {
			if l.out = appendSound(l.out[:0], l.decode(text).PCM); len(l.out) < len(coded) {
				b.Fatal("lost")
			}
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var f frame
			_ = json.Unmarshal(text, &f)
			raw, _ := base64.StdEncoding.DecodeString(f.Audio.Data)
			_, _ = json.Marshal(map[string]any{"kind": "AudioData", "audioData": map[string]any{"data": raw}})
		}
	})
}

// sockets is what every call says of the sockets that it may have.
func sockets(speech bool) string {
	words := ""
	if speech {
		words = `,"transcriptionOptions":{"transportType":"websocket","transportUrl":"` + testKeys.MediaURL("https://tandem.example.com", "eu", testCall) +
			`","locale":"en-US","startTranscription":false,"enableIntermediateResults":false}`
	}
	return `,"mediaStreamingOptions":{"transportType":"websocket","transportUrl":"` + testKeys.MediaURL("https://tandem.example.com", "eu", testCall) +
		`","contentType":"audio","audioChannelType":"mixed","startMediaStreaming":false,"enableBidirectional":true,"audioFormat":"pcm16KMono","enableDtmfTones":true}` + words
}
