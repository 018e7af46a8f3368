package acs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// prompts has one.
type prompts struct {
	is    tenant.Prompt
	sound []byte
	err   error // of finding it
	cut   error // of reading behind the first half
	reads int
}

func (p *prompts) Prompt(_ context.Context, in tenant.ID, id tenant.PromptID) (tenant.Prompt, error) {
	if p.err == nil && (in != "" || id != p.is.ID) {
		return tenant.Prompt{}, fault.NotFound("prompt_unknown", "there is no such prompt")
	}
	return p.is, p.err
}

func (p *prompts) PromptAudio(context.Context, tenant.Prompt) io.ReadSeeker {
	return io.NewSectionReader(p, 0, int64(len(p.sound)))
}

func (p *prompts) ReadAt(b []byte, off int64) (int, error) {
	p.reads++
	if p.cut != nil {
		if half := int64(len(p.sound) / 2); off >= half {
			return 0, p.cut
		} else if int64(len(b)) > half-off {
			b = b[:half-off]
		}
	}
	return bytes.NewReader(p.sound).ReadAt(b, off)
}

const testPrompt = "0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77"

// promptDoor is a door with one prompt behind it, over TLS.
func promptDoor(t *testing.T) (*door, *httptest.Server) {
	d := newDoor(t)
	d.prompts.is = tenant.Prompt{ID: testPrompt, Tenant: "t", Version: 3, ChangedAt: testTime}
	d.prompts.sound = bytes.Repeat([]byte("RIFF0123"), 100_000)
	srv := httptest.NewTLSServer(d.Hooks)
	t.Cleanup(srv.Close)
	return d, srv
}

func fetch(t *testing.T, srv *httptest.Server, method, url string, header ...string) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(header); n += 2 {
		req.Header.Set(header[n], header[n+1])
	}
	res, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return res, string(body), err
}

func TestPromptIsFetched(t *testing.T) {
	d, srv := promptDoor(t)
	url := testKeys.PromptURL(srv.URL, d.prompts.is)
	if want := srv.URL + "/prompts/" + testPrompt + "/3-"; !strings.HasPrefix(url, want) || !strings.HasSuffix(url, ".wav") || len(url) != len(want)+22+4 {
		t.Errorf("the address is %s", url)
	}
	whole := string(d.prompts.sound)
	res, body, err := fetch(t, srv, "GET", url)
	if err != nil || res.StatusCode != 200 || body != whole {
		t.Fatalf("%d, %d bytes, %v", res.StatusCode, len(body), err)
	}
	for name, want := range map[string]string{
		"Content-Type": "audio/wav", "ETag": `"` + testPrompt + `-3"`, "Accept-Ranges": "bytes", "Content-Length": "800000",
		"Cache-Control": "private, max-age=31536000, immutable", "Last-Modified": testTime.UTC().Format(http.TimeFormat), "X-Content-Type-Options": "nosniff",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if res, body, _ := fetch(t, srv, "GET", url, "Range", "bytes=4-7"); res.StatusCode != 206 || body != "0123" || res.Header.Get("Content-Range") != "bytes 4-7/800000" {
		t.Errorf("a part: %d %q %v", res.StatusCode, body, res.Header)
	}
	if res, _, _ := fetch(t, srv, "GET", url, "Range", "bytes=800000-"); res.StatusCode != 416 {
		t.Errorf("a part that there is not: %d", res.StatusCode)
	}
	d.prompts.reads = 0
	if res, body, _ := fetch(t, srv, "HEAD", url); res.StatusCode != 200 || body != "" || res.ContentLength != 800000 {
		t.Errorf("HEAD: %d %q %d", res.StatusCode, body, res.ContentLength)
	}
	if res, body, _ := fetch(t, srv, "GET", url, "If-None-Match", res.Header.Get("ETag")); res.StatusCode != 304 || body != "" {
		t.Errorf("not modified: %d %q", res.StatusCode, body)
	}
	if d.prompts.reads > 0 {
		t.Error("sound was read that nobody wanted")
	}
	former := HookKeys{Current: testKeys.Previous}
	if res, body, _ := fetch(t, srv, "GET", former.PromptURL(srv.URL, d.prompts.is)); res.StatusCode != 200 || body != whole {
		t.Errorf("address made with the former key: %d", res.StatusCode)
	}
	d.counted(doorPrompts, wasServed, 6)
}

func TestPromptIsNotFetched(t *testing.T) {
	d, srv := promptDoor(t)
	at := func(change func(*tenant.Prompt)) string {
		p := d.prompts.is
		change(&p)
		return testKeys.PromptURL(srv.URL, p)
	}
	url := at(func(*tenant.Prompt) {})
	later := at(func(p *tenant.Prompt) { p.Version = 4 })
	const other = "0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e78"
	for name, c := range map[string]struct{ url, counted string }{
		"a wrong secret":            {strings.Replace(url, ".wav", "x.wav", 1), wasBadSecret},
		"half of the secret":        {url[:len(url)-14] + ".wav", wasBadSecret},
		"no secret":                 {srv.URL + "/prompts/" + testPrompt + "/3-.wav", wasBadSecret},
		"no version":                {strings.Replace(url, "/3-", "/", 1), wasBadSecret},
		"another version":           {strings.Replace(url, "/3-", "/4-", 1), wasBadSecret},
		"the version otherwise":     {strings.Replace(url, "/3-", "/03-", 1), wasBadSecret},
		"another prompt":            {strings.Replace(url, testPrompt, other, 1), wasBadSecret},
		"no prompt":                 {strings.Replace(url, testPrompt, "greeting", 1), wasBadSecret},
		"another key":               {HookKeys{Current: []byte("the hook key of somebody else")}.PromptURL(srv.URL, d.prompts.is), wasBadSecret},
		"no file":                   {strings.TrimSuffix(url, ".wav"), wasBadSecret},
		"another file":              {strings.Replace(url, ".wav", ".mp3", 1), wasBadSecret},
		"the secret of a callback":  {srv.URL + "/prompts/" + testPrompt + "/3-" + secretFor(testKeys.Current, callText(testPrompt, "3")) + ".wav", wasBadSecret},
		"of what was replaced":      {at(func(p *tenant.Prompt) { p.Version = 2 }), wasGone},
		"of what is still to come":  {later, wasGone},
		"of what was deleted":       {at(func(p *tenant.Prompt) { p.ID = other }), wasGone},
		"the directory":             {srv.URL + "/prompts/" + testPrompt + "/", ""},
		"the directory of all":      {srv.URL + "/prompts/", ""},
		"a way out of it":           {srv.URL + "/prompts/" + testPrompt + "/..%2f..%2fhooks", wasBadSecret},
		"something below the sound": {url + "/x", ""},
	} {
		t.Run(name, func(t *testing.T) {
			before := d.count(doorPrompts, c.counted)
			res, body, _ := fetch(t, srv, "GET", c.url)
			if res.StatusCode != 404 || strings.Contains(body, "RIFF") || res.Header.Get("ETag") != "" {
				t.Errorf("%d %q %v", res.StatusCode, body, res.Header)
			}
			if c.counted != "" && d.count(doorPrompts, c.counted) != before+1 {
				t.Errorf("not counted as %s", c.counted)
			}
		})
	}
	if res, _, _ := fetch(t, srv, "POST", url); res.StatusCode != 405 {
		t.Errorf("POST: %d", res.StatusCode)
	}
	if d.prompts.reads > 0 {
		t.Error("sound was read")
	}
}

func TestPromptWhenTheStoreCannot(t *testing.T) {
	d, srv := promptDoor(t)
	url := testKeys.PromptURL(srv.URL, d.prompts.is)
	d.prompts.err = fault.Unavailable("database_away", "the database does not answer")
	if res, _, _ := fetch(t, srv, "GET", url); res.StatusCode != 503 {
		t.Errorf("away: %d", res.StatusCode)
	}
	d.prompts.err = errors.New("boom")
	if res, _, _ := fetch(t, srv, "GET", url); res.StatusCode != 500 {
		t.Errorf("broken: %d", res.StatusCode)
	}
	d.prompts.err, d.prompts.cut = nil, fault.Unavailable("database_away", "the database does not answer")
	if _, body, err := fetch(t, srv, "GET", url); err == nil {
		t.Errorf("broken off after %d bytes, and nobody can see it", len(body))
	}
	srv.Close() // waits for the handlers
	d.counted(doorPrompts, wasUnavailable, 1)
	d.counted(doorPrompts, wasFailed, 2)
}

// A new key makes another address at once, a new version too.
func TestPromptAddressesDiffer(t *testing.T) {
	p := tenant.Prompt{ID: testPrompt, Version: 1}
	seen := map[string]bool{}
	for _, k := range []HookKeys{testKeys, {Current: testKeys.Previous}} {
		for v := range 3 {
			p.Version, p.ChangedAt = v, time.Time{}
			seen[k.PromptURL("https://x", p)] = true
		}
	}
	if len(seen) != 6 {
		t.Errorf("%v", seen)
	}
}
