package voice

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/internal/simulator/events"
)

func wav(t *testing.T, rate int, channels ...[]int16) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := audio.WriteChannels(&file, rate, channels); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// The MP3 files are a second of 440 Hz, made with LAME 3.100 (--id3v2-only --tt tone, -b 48, 32, 40 and 32).
func testdata(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// untagged takes the ID3v2 tag off an MP3.
func untagged(t *testing.T, raw []byte) []byte {
	t.Helper()
	rest, err := afterTags(raw)
	if err != nil || len(rest) == len(raw) {
		t.Fatalf("the file has no tag (%v)", err)
	}
	return rest
}

func TestFetch(t *testing.T) {
	second := sine(Rate, 440, time.Second)
	aLaw := wav(t, Rate, second)
	binary.LittleEndian.PutUint16(aLaw[20:], 6)
	binary.LittleEndian.PutUint16(aLaw[34:], 8)
	stereo, mono := testdata(t, "tone-44k-stereo.mp3"), testdata(t, "tone-24k-mono.mp3")
	files := map[string][]byte{
		"good.wav":    wav(t, Rate, second),
		"narrow.wav":  wav(t, 8000, sine(8000, 440, time.Second)),
		"stereo.wav":  wav(t, Rate, second, second),
		"alaw.wav":    aLaw,
		"short.wav":   wav(t, Rate, second)[:30],
		"long.wav":    wav(t, Rate, make([]int16, int(maxFileTime.Seconds()+1)*Rate)),
		"stereo.mp3":  stereo,
		"mono.mp3":    mono,
		"22k.mp3":     testdata(t, "tone-22k-40kbit.mp3"),
		"22k-bad.mp3": testdata(t, "tone-22k-32kbit.mp3"),
		"bare.mp3":    untagged(t, stereo),
		"tag.mp3":     stereo[:40],
		"no.mp3":      append([]byte("ID3\x03\x00\x00\x00\x00\x00\x00"), bytes.Repeat([]byte("nonsense"), 100)...),
		"text":        []byte("<html>not found</html>"),
		"empty":       {},
		"too-big.wav": make([]byte, maxFile+1),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{name}", func(w http.ResponseWriter, r *http.Request) {
		if raw, ok := files[r.PathValue("name")]; ok {
			_, _ = w.Write(raw)
			return
		}
		http.Error(w, "AuthenticationFailed", http.StatusForbidden)
	})
	mux.HandleFunc("GET /cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write(files["good.wav"])
	})
	mux.Handle("GET /moved", http.RedirectHandler("/good.wav", http.StatusFound))
	mux.Handle("GET /round", http.RedirectHandler("/round", http.StatusFound))
	secure := httptest.NewTLSServer(mux)
	t.Cleanup(secure.Close)
	plain := httptest.NewServer(mux)
	t.Cleanup(plain.Close)
	mux.Handle("GET /downgraded", http.RedirectHandler(plain.URL+"/good.wav", http.StatusFound))

	for _, c := range []struct {
		name    string
		uri     string
		allowed []Allowance
		want    events.Result // zero: a second of 440 Hz
	}{
		{name: "WAV", uri: secure.URL + "/good.wav"},
		{name: "MP3, MPEG 1, stereo, 44.1 kHz", uri: secure.URL + "/stereo.mp3"},
		{name: "MP3, MPEG 2, mono, 24 kHz", uri: secure.URL + "/mono.mp3"},
		{name: "MP3, MPEG 2, padded frames", uri: secure.URL + "/22k.mp3"},
		{name: "redirect", uri: secure.URL + "/moved"},
		{name: "query is sent", uri: secure.URL + "/good.wav?sig=abc"},
		{name: "plain and allowed", uri: plain.URL + "/good.wav", allowed: []Allowance{LoopbackHTTP}},
		{name: "redirect to plain, allowed", uri: secure.URL + "/downgraded", allowed: []Allowance{LoopbackHTTP}},

		{name: "8 kHz", uri: secure.URL + "/narrow.wav", want: BadFormat},
		{name: "stereo", uri: secure.URL + "/stereo.wav", want: BadFormat},
		{name: "A-law", uri: secure.URL + "/alaw.wav", want: BadFormat},
		{name: "WAV cut in its header", uri: secure.URL + "/short.wav", want: BadFormat},
		{name: "WAV too long", uri: secure.URL + "/long.wav", want: BadFormat},
		{name: "MP3 without tag", uri: secure.URL + "/bare.mp3", want: BadFormat},
		{name: "MP3 that the decoder gets wrong", uri: secure.URL + "/22k-bad.mp3", want: BadFormat},
		{name: "MP3 cut in its tag", uri: secure.URL + "/tag.mp3", want: BadFormat},
		{name: "no MP3 behind the tag", uri: secure.URL + "/no.mp3", want: BadFormat},
		{name: "HTML", uri: secure.URL + "/text", want: BadFormat},
		{name: "nothing", uri: secure.URL + "/empty", want: BadFormat},

		{name: "403", uri: secure.URL + "/secret.wav", want: NotDownloaded},
		{name: "too large", uri: secure.URL + "/too-big.wav", want: NotDownloaded},
		{name: "cut short", uri: secure.URL + "/cut", want: NotDownloaded},
		{name: "redirect without end", uri: secure.URL + "/round", want: NotDownloaded},
		{name: "plain", uri: plain.URL + "/good.wav", want: NotDownloaded},
		{name: "redirect to plain", uri: secure.URL + "/downgraded", want: NotDownloaded},
		{name: "plain elsewhere", uri: "http://192.0.2.1/good.wav", allowed: []Allowance{LoopbackHTTP}, want: NotDownloaded},
		{name: "a file of this machine", uri: "file:///etc/passwd", want: NotDownloaded},
		{name: "no address", uri: "://", want: NotDownloaded},
		{name: "no host", uri: "https:///good.wav", want: NotDownloaded},
		{name: "nobody listens", uri: "https://127.0.0.1:1/good.wav", want: NotDownloaded},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Fetch(t.Context(), secure.Client(), c.uri, c.allowed...)
			if c.want.Code != 0 {
				wantFailure(t, err, c.want)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if s := got.Duration().Seconds(); got.Rate != Rate || s < 1 || s > 1.15 {
				t.Fatalf("%.2f s at %d Hz", s, got.Rate)
			}
			middle := got.Samples[4000:12000]
			if f := frequency(middle); math.Abs(f-440) > 3 {
				t.Errorf("%.0f Hz, want 440", f)
			}
			if r := rms(middle); r < 6300 || r > 7700 {
				t.Errorf("level %.0f, want 7071", r)
			}
		})
	}
	secure.Client().CloseIdleConnections()
}

// The address of a file often holds a signature; no error repeats it.
func TestFetchKeepsTheSignature(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	for _, uri := range []string{server.URL + "/a.wav?sig=secret", "https://127.0.0.1:1/?sig=secret", "https://a b?sig=secret", "http://x/?sig=secret"} {
		_, err := Fetch(t.Context(), server.Client(), uri)
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v", err)
		}
	}
}

func TestFetchIsGivenUpWithTheCall(t *testing.T) {
	asked, release := make(chan struct{}), make(chan struct{})
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(asked)
		<-release
	}))
	defer server.Close()
	defer close(release)
	ctx, cancel := context.WithCancelCause(t.Context())
	hungUp := errors.New("call ended")
	go func() {
		<-asked
		cancel(hungUp)
	}()
	_, err := Fetch(ctx, server.Client(), server.URL)
	wantFailure(t, err, Shutdown)
	if !errors.Is(err, hungUp) {
		t.Errorf("%v does not say why", err)
	}
}

func TestTags(t *testing.T) {
	for _, c := range []struct {
		name, raw, want string
		bad             bool
	}{
		{name: "none", raw: "rest", want: "rest"},
		{name: "empty tag", raw: "ID3\x04\x00\x00\x00\x00\x00\x00rest", want: "rest"},
		{name: "with footer", raw: "ID3\x04\x00\x10\x00\x00\x00\x02ab3DI.......rest", want: "rest"},
		{name: "two", raw: "ID3\x04\x00\x00\x00\x00\x00\x01aID3\x04\x00\x00\x00\x00\x00\x00rest", want: "rest"},
		{name: "seven bits a byte", raw: "ID3\x03\x00\x00\x00\x00\x01\x01" + strings.Repeat("a", 129) + "rest", want: "rest"},
		{name: "cut", raw: "ID3\x03\x00", bad: true},
		{name: "longer than the file", raw: "ID3\x03\x00\x00\x7f\x7f\x7f\x7frest", bad: true},
		{name: "eighth bit", raw: "ID3\x03\x00\x00\x00\x00\x00\x80rest", bad: true},
	} {
		got, err := afterTags([]byte(c.raw))
		if (err != nil) != c.bad || string(got) != c.want {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range []string{"tone-44k-stereo.mp3", "tone-24k-mono.mp3", "tone-22k-40kbit.mp3"} {
		raw, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw[:700]) // a few frames: large inputs take the fuzzer minutes to shrink
	}
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00\x10\x00data\x02\x00\x00\x00ab"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		pcm, err := decode(raw)
		if err == nil && (pcm.Rate != Rate || pcm.Duration() > maxFileTime+time.Second) {
			t.Errorf("%v at %d Hz", pcm.Duration(), pcm.Rate)
		}
	})
}
