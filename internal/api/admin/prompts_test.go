package admin_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"tandem/internal/api/admin"
	"tandem/internal/api/problem"
	"tandem/internal/audio"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

const contosoPrompt, fabrikamPrompt = "0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e03", "0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e04"

// prompts keeps the sound by prompt and version.
type prompts struct {
	shelf[tenant.Prompt]
	sounds sync.Map
	err    error // of keeping
}

func promptTenant(p tenant.Prompt) tenant.ID { return p.Tenant }

func soundOf(p tenant.Prompt) string { return fmt.Sprint(p.ID, "/", p.Version) }

func promptURL(p tenant.Prompt) string {
	return "https://tandem.example/prompts/" + soundOf(p) + ".wav"
}

func (s *prompts) CreatePrompt(_ context.Context, p tenant.Prompt, wav []byte) (tenant.Prompt, error) {
	if s.err != nil {
		return tenant.Prompt{}, s.err
	}
	p.ID, p.Version, p.Size, p.CreatedAt, p.ChangedAt = cmp.Or(p.ID, tenant.PromptID(uuid.NewString())), 1, int64(len(wav)), day, day
	s.sounds.Store(soundOf(p), slices.Clone(wav))
	return s.put(string(p.ID), p)
}
func (s *prompts) Prompt(_ context.Context, t tenant.ID, id tenant.PromptID) (tenant.Prompt, error) {
	return s.get(string(id), in(t, promptTenant))
}
func (s *prompts) ListPrompts(_ context.Context, t tenant.ID, name string, after tenant.PromptID, limit int) ([]tenant.Prompt, error) {
	return s.list(string(after), limit, func(p tenant.Prompt) bool { return (t == "" || p.Tenant == t) && (name == "" || p.Name == name) })
}
func (s *prompts) PromptAudio(_ context.Context, p tenant.Prompt) io.ReadSeeker {
	wav, _ := s.sounds.Load(soundOf(p))
	return bytes.NewReader(wav.([]byte))
}
func (s *prompts) ReplacePromptAudio(_ context.Context, t tenant.ID, id tenant.PromptID, lasts time.Duration, wav []byte) (tenant.Prompt, error) {
	return s.change(string(id), func(p tenant.Prompt) bool { return p.Tenant == t }, func(p tenant.Prompt) (tenant.Prompt, error) {
		p.Version, p.Duration, p.Size = p.Version+1, lasts, int64(len(wav))
		s.sounds.Store(soundOf(p), slices.Clone(wav))
		return p, s.err
	})
}
func (s *prompts) DeletePrompt(_ context.Context, t tenant.ID, id tenant.PromptID) error {
	return s.drop(string(id), func(p tenant.Prompt) bool { return p.Tenant == t })
}

func (w *world) furnishPrompts(t testing.TB) {
	t.Helper()
	for id, of := range map[tenant.PromptID]tenant.ID{contosoPrompt: contoso, fabrikamPrompt: fabrikam} {
		if _, err := w.CreatePrompt(t.Context(), tenant.Prompt{ID: id, Tenant: of, Name: "Music", Duration: time.Second}, []byte("RIFF of "+of)); err != nil {
			t.Fatal(err)
		}
	}
}

// query is what an operation wants to know that has no other place for it.
func (o operation) query() string {
	if o.id == "createPrompt" {
		return "?name=Greeting&language=en-gb&tenant=" + contoso
	}
	return ""
}

// sound is a file with a second of a tone in each channel.
func sound(rate, channels int) []byte {
	all := make([][]int16, channels)
	for i := range rate {
		for c := range all {
			all[c] = append(all[c], int16(10000*math.Sin(2*math.Pi*440*float64(i)/float64(rate))))
		}
	}
	var file bytes.Buffer
	if err := audio.WriteChannels(&file, rate, all); err != nil {
		panic(err)
	}
	return file.Bytes()
}

func TestUploadAPrompt(t *testing.T) {
	w := newWorld(t)
	var p admin.Prompt
	// As curl --data-binary sends it, and as it should.
	for i, kind := range []string{"application/x-www-form-urlencoded", "audio/wav", "application/octet-stream", "audio/x-wav"} {
		a := w.do(t, contosoKey, "POST", fmt.Sprintf("/v1/prompts?name=Greeting+%d&language=DE-at", i), string(sound(44100, 2)), "Content-Type", kind).want(http.StatusCreated)
		a.into(&p)
		if p.Name != fmt.Sprint("Greeting ", i) || p.Language != "de-AT" || p.Tenant != contoso || p.DurationS != 1 || p.Size != 44+32000 ||
			a.Header().Get("Location") != "/v1/prompts/"+string(p.ID) || p.URL != "https://tandem.example/prompts/"+string(p.ID)+"/1.wav" {
			t.Errorf("%s: %s %v", kind, a.Body, a.Header())
		}
	}
	line := w.lines[len(w.lines)-1]
	if line.Action != "createPrompt" || line.Subject != string(p.ID) || line.SubjectName != "Greeting 3" || line.Tenant != contoso || line.Detail != nil {
		t.Errorf("%+v", line)
	}

	// It is the same tone as Microsoft wants it.
	a := w.do(t, contosoKey, "GET", "/v1/prompts/"+string(p.ID)+"/audio", "").want(http.StatusOK)
	pcm, err := audio.ReadWAV(bytes.NewReader(a.Body.Bytes()))
	if err != nil || pcm.Rate != 16000 || a.Header().Get("Content-Type") != "audio/wav" {
		t.Fatalf("%d %v %v", pcm.Rate, err, a.Header())
	}
	want, err := audio.ReadWAV(bytes.NewReader(sound(16000, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if m := audio.Compare(want.Samples, pcm.Samples, 16000); m.Correlation < 0.999 || m.Delay != 0 || math.Abs(m.Gain-1) > 0.01 {
		t.Errorf("%+v", m)
	}
	a = w.do(t, contosoKey, "GET", "/v1/prompts/"+string(p.ID)+"/audio", "", "Range", "bytes=0-3").want(http.StatusPartialContent)
	if a.Body.String() != "RIFF" {
		t.Errorf("%q", a.Body)
	}

	var page admin.Page[admin.Prompt]
	w.do(t, contosoKey, "GET", "/v1/prompts?name=Greeting+3", "").want(http.StatusOK).into(&page)
	if len(page.Items) != 1 || page.Items[0].ID != p.ID {
		t.Errorf("%+v", page)
	}
	w.do(t, owner, "GET", "/v1/prompts?limit=5", "").want(http.StatusOK).into(&page)
	next := page.Next
	if len(page.Items) != 5 || next == "" {
		t.Fatalf("%+v", page)
	}
	page = admin.Page[admin.Prompt]{}
	w.do(t, owner, "GET", "/v1/prompts?limit=5&cursor="+next, "").want(http.StatusOK).into(&page)
	if len(page.Items) != 1 || page.Next != "" {
		t.Errorf("%+v", page)
	}
}

func TestReplaceTheAudio(t *testing.T) {
	w := newWorld(t)
	var was, is admin.Prompt
	path := "/v1/prompts/" + contosoPrompt
	w.do(t, contosoKey, "GET", path, "").want(http.StatusOK).into(&was)
	w.do(t, contosoKey, "PUT", path+"/audio", string(sound(48000, 1)), "Content-Type", "audio/wav").want(http.StatusOK).into(&is)
	if is.URL == was.URL || is.Name != was.Name || is.Size != 44+32000 || is.DurationS != 1 {
		t.Errorf("was %+v, is %+v", was, is)
	}
	if a := w.do(t, contosoKey, "GET", path+"/audio", "").want(http.StatusOK); a.Body.Len() != int(is.Size) {
		t.Errorf("%d bytes", a.Body.Len())
	}
	if line := w.lines[len(w.lines)-1]; line.Action != "replacePromptAudio" || line.Subject != contosoPrompt || line.SubjectName != "Music" {
		t.Errorf("%+v", line)
	}
	w.do(t, contosoKey, "PUT", path+"/audio", "ID3").problem(http.StatusUnprocessableEntity, "request_invalid")
	w.do(t, fabrikamKey, "PUT", path+"/audio", string(sound(8000, 1))).problem(http.StatusNotFound, "prompt_unknown")
	w.do(t, fabrikamKey, "GET", path+"/audio", "").problem(http.StatusNotFound, "prompt_unknown")
}

// TestSoundThatIsNone: everything wrong is told at once, with its cure, and nothing
// is kept.
func TestSoundThatIsNone(t *testing.T) {
	w := newWorld(t)
	was := w.state()
	good := sound(8000, 1)
	long := append(slices.Clone(good[:40]), 0xff, 0xff, 0xff, 0xff)
	long = append(long, make([]byte, 2*8000*601)...)
	for name, c := range map[string]struct {
		query string
		file  []byte
		wrong map[string]string
	}{
		"MP3":       {"name=x", []byte("ID3\x04 and so on"), map[string]string{"body": "this is MP3; send a WAV file"}},
		"a form":    {"name=x", []byte("--boundary\r\nContent-Disposition: form-data"), map[string]string{"body": "nothing but the file"}},
		"JSON":      {"name=x", []byte(`{"name":"x"}`), map[string]string{"body": "no RIFF/WAVE header; send a WAV file"}},
		"cut short": {"name=x", good[:9000], map[string]string{"body": "cut short: 8956 of 16000 bytes"}},
		"too long":  {"name=x", long, map[string]string{"body": "it lasts 10m1s, at most 10m0s are allowed"}},
		"everything": {"name=+x&language=en_GB", []byte("OggS"), map[string]string{
			"body": "this is Ogg", "query.language": "BCP 47",
		}},
		"a long name": {"name=" + strings.Repeat("x", 101), good, map[string]string{"query.name": "<= 100"}},
		"no name":     {"language=en", good, map[string]string{"query.name": "required"}},
		"a line feed": {"name=a%0ab", good, map[string]string{"query.name": "printable text"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := w.do(t, contosoKey, "POST", "/v1/prompts?"+c.query, string(c.file)).problem(http.StatusUnprocessableEntity, "request_invalid")
			told := map[string]string{}
			for _, e := range p.Errors {
				told[e.Location] = e.Message
			}
			for at, says := range c.wrong {
				if len(told) != len(c.wrong) || !strings.Contains(told[at], says) {
					t.Errorf("%+v, want %v", p.Errors, c.wrong)
				}
			}
		})
	}
	w.do(t, contosoKey, "POST", "/v1/prompts?name=x", "").problem(http.StatusBadRequest, "malformed")
	p := w.do(t, owner, "POST", "/v1/prompts?name=x", string(good)).problem(http.StatusUnprocessableEntity, "tenant_missing")
	if len(p.Errors) != 1 || p.Errors[0].Location != "query.tenant" {
		t.Errorf("%+v", p.Errors)
	}
	w.prompts.err = fault.Conflict("prompts_full", "the tenant has 500 prompts")
	w.do(t, contosoKey, "POST", "/v1/prompts?name=x", string(good)).problem(http.StatusConflict, "prompts_full")
	if is := w.state(); is != was {
		t.Errorf("it was\n%s\nand is\n%s", was, is)
	}
}

func TestHowMuchSound(t *testing.T) {
	w := newWorld(t)
	// 25 MB to the byte, of which most is a chunk that nobody reads.
	file := sound(8000, 1)
	rest := tenant.MaxPromptUpload - len(file) - 8
	file = append(file, "junk"...)
	file = append(file, byte(rest), byte(rest>>8), byte(rest>>16), byte(rest>>24))
	file = append(file, make([]byte, rest)...)
	w.do(t, contosoKey, "POST", "/v1/prompts?name=x", string(file)).want(http.StatusCreated)
	p := w.do(t, contosoKey, "POST", "/v1/prompts?name=y", string(file)+"x").problem(http.StatusRequestEntityTooLarge, "body_too_large")
	if !strings.Contains(p.Detail, "25 MB") {
		t.Error(p.Detail)
	}
	// Nothing else may be as large.
	w.do(t, contosoKey, "POST", "/v1/agents", string(file)).problem(http.StatusRequestEntityTooLarge, "body_too_large")
}

func TestUploadOnce(t *testing.T) {
	w := newWorld(t)
	file := string(sound(8000, 1))
	first := w.do(t, contosoKey, "POST", "/v1/prompts?name=x", file, "Idempotency-Key", "a").want(http.StatusCreated)
	again := w.do(t, contosoKey, "POST", "/v1/prompts?name=x", file, "Idempotency-Key", "a").want(http.StatusCreated)
	if again.Header().Get("Idempotency-Replayed") != "true" || again.Body.String() != first.Body.String() || len(w.prompts.things) != 3 {
		t.Errorf("%v %s", again.Header(), again.Body)
	}
	w.do(t, contosoKey, "POST", "/v1/prompts?name=y", file, "Idempotency-Key", "a").problem(http.StatusConflict, "idempotency_reused")
}

// TestFewUploads: who comes while four are at it is told to come again; nobody else
// has to wait for them.
func TestFewUploads(t *testing.T) {
	w := newWorld(t)
	srv := httptest.NewServer(w.handler)
	defer srv.Close()
	srv.Client().Transport.(*http.Transport).ExpectContinueTimeout = time.Minute
	file := sound(8000, 1)
	upload := func(name string, body io.Reader, begun func()) error {
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: begun})
		r, err := http.NewRequestWithContext(ctx, "POST", srv.URL+"/v1/prompts?name="+name, body)
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+contosoKey)
		r.Header.Set("Expect", "100-continue") // the server answers to that when it begins to read
		res, err := srv.Client().Do(r)
		if err != nil {
			return err
		}
		defer func() { _ = res.Body.Close() }()
		if res.StatusCode == http.StatusCreated {
			return nil
		}
		p := &problem.Problem{}
		return cmp.Or(json.NewDecoder(res.Body).Decode(p), error(p))
	}
	done, begun := make(chan error, 4), make(chan struct{})
	var pipes []*io.PipeWriter
	for _, name := range []string{"a", "b", "c", "d"} {
		body, w := io.Pipe()
		pipes = append(pipes, w)
		go func() { done <- upload(name, body, func() { begun <- struct{}{} }) }()
		select {
		case <-begun:
		case err := <-done:
			t.Fatal(err)
		}
	}
	busy := upload("e", bytes.NewReader(file), func() { t.Error("the fifth was let in") })
	if p := (*problem.Problem)(nil); !errors.As(busy, &p) || p.Status != http.StatusTooManyRequests || p.Code != "uploads_busy" {
		t.Errorf("the fifth: %v", busy)
	}
	w.do(t, contosoKey, "GET", "/v1/prompts", "").want(http.StatusOK)
	for _, w := range pipes {
		if _, err := w.Write(file); err != nil {
			t.Error(err)
		}
		_ = w.Close()
	}
	for range pipes {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if err := upload("e", bytes.NewReader(file), func() {}); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
