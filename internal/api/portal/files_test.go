package portal

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tandem/internal/fault"
)

// plain does not unpack what it gets.
func (b *browser) plain() *browser {
	c := *b.Client
	t := c.Transport.(*http.Transport).Clone() //nolint:forcetypeassert // httptest says so
	t.DisableCompression = true
	b.w.t.Cleanup(t.CloseIdleConnections)
	c.Transport = t
	return &browser{b.w, &c}
}

func TestFiles(t *testing.T) {
	w := newWorld(t)
	b := w.browser().plain()
	for _, c := range []struct {
		method, path, accept string
		status               int
		kind, encoding       string
		cache                string
	}{
		{"GET", "/", "", 200, "text/html; charset=utf-8", "", "no-store"},
		{"GET", "/tenant/people", "", 200, "text/html; charset=utf-8", "", "no-store"},
		{"GET", "/onboard/" + word, "gzip", 200, "text/html; charset=utf-8", "", "no-store"},
		{"HEAD", "/console", "", 200, "text/html; charset=utf-8", "", "no-store"},
		{"GET", "/assets/index-AbC1.js", "", 200, "text/javascript; charset=utf-8", "", forever},
		{"GET", "/assets/index-AbC1.js", "gzip, deflate, br", 200, "text/javascript; charset=utf-8", "gzip", forever},
		{"GET", "/assets/index-AbC1.js", "gzip;q=0", 200, "text/javascript; charset=utf-8", "", forever},
		{"HEAD", "/assets/index-AbC1.js", "gzip", 200, "text/javascript; charset=utf-8", "gzip", forever},
		{"GET", "/assets/index-AbC2.css", "gzip, br", 200, "text/css; charset=utf-8", "br", forever},
		{"GET", "/assets/font-AbC3.woff2", "gzip, br", 200, "font/woff2", "", forever},
		{"GET", "/icon.svg", "", 200, "image/svg+xml; charset=utf-8", "", "no-cache"},
		{"GET", "/assets/index-Old0.js", "", 404, "application/problem+json", "", "no-store"},
		{"GET", "/assets/index-AbC2.css.br", "", 404, "application/problem+json", "", "no-store"},
		{"GET", "/assets/", "", 404, "application/problem+json", "", "no-store"},
		{"GET", "/favicon.ico", "", 404, "application/problem+json", "", "no-store"},
		{"GET", "/portal/nothing", "", 404, "application/problem+json", "", "no-store"},
		{"GET", "/portal", "", 404, "application/problem+json", "", "no-store"},
		{"GET", "/docs/x", "", 404, "application/problem+json", "", "no-store"},
		{"GET", "/hooks/calls", "", 404, "application/problem+json", "", "no-store"},
		{"POST", "/tenant", "", 404, "application/problem+json", "", "no-store"},
		{"POST", "/portal/session", "", 405, "application/problem+json", "", "no-store"},
		{"GET", "/portal/sign-out", "", 405, "application/problem+json", "", "no-store"},
	} {
		s := b.send(c.method, c.path, nil, "Accept-Encoding", c.accept)
		h := s.Header
		if s.StatusCode != c.status || h.Get("Content-Type") != c.kind || h.Get("Content-Encoding") != c.encoding || h.Get("Cache-Control") != c.cache {
			t.Errorf("%s %s: %d %v", c.method, c.path, s.StatusCode, h)
		}
		if (s.body == "") != (c.method == "HEAD") {
			t.Errorf("%s %s: %d bytes", c.method, c.path, len(s.body))
		}
		if c.status >= 400 && strings.Contains(s.body, "<title>") {
			t.Errorf("%s is answered with the app", c.path)
		}
		tag := h.Get("ETag")
		if (tag != "") != (c.cache == forever || c.cache == "no-cache") {
			t.Errorf("%s: tag %q", c.path, tag)
		}
		if tag == "" {
			continue
		}
		if s := b.send(c.method, c.path, nil, "Accept-Encoding", c.accept, "If-None-Match", tag); s.StatusCode != http.StatusNotModified || s.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s again: %d", c.path, s.StatusCode)
		}
		if s := b.send(c.method, c.path, nil, "Accept-Encoding", c.accept, "Range", "bytes=0-0"); s.StatusCode != http.StatusOK {
			t.Errorf("%s, a part: %d", c.path, s.StatusCode)
		}
	}
	s := b.get("/assets/index-AbC1.js", "Accept-Encoding", "gzip")
	r, err := gzip.NewReader(strings.NewReader(s.body))
	if err != nil {
		t.Fatal(err)
	}
	if all, err := io.ReadAll(r); err != nil || !bytes.Equal(all, webApp()["assets/index-AbC1.js"].Data) {
		t.Error(err)
	}
	for _, app := range []fstest.MapFS{{}, {"index.html": {Data: []byte("words")}}} {
		if _, err := New(Deps{App: app}, Config{BaseURL: "https://x.example"}); err == nil {
			t.Error("a portal without an app")
		}
	}
}

// TestHeaders: what each kind of answer says to browsers.
func TestHeaders(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.signIn(gloria, "")
	always := map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin", "X-Frame-Options": "DENY", "Strict-Transport-Security": "max-age=31536000",
	}
	for _, path := range []string{
		"/", "/tenant", "/assets/index-AbC1.js", "/assets/gone.js", "/icon.svg", "/portal/session", "/portal/sign-in", "/portal/signed-in",
		"/portal/consented", "/portal/invitations/" + word, "/portal/invitations/x", "/portal/nothing",
	} {
		h := b.get(path).Header
		for k, v := range always {
			if h.Get(k) != v {
				t.Errorf("%s: %s is %q", path, k, h.Get(k))
			}
		}
		if !strings.Contains(h.Get("Permissions-Policy"), "microphone=()") || h.Get("X-Request-Id") == "" || h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v", path, h)
		}
		policy := h.Get("Content-Security-Policy")
		if isPage := path == "/" || path == "/tenant"; (policy != nothing) != isPage {
			t.Errorf("%s: %s", path, policy)
		}
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || !strings.Contains(policy, "base-uri 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: %s", path, policy)
		}
	}
	if h := newWorld(t, func(_ *Deps, c *Config) { c.BaseURL = "http://localhost:1" }).browser().get("/").Header; h.Get("Strict-Transport-Security") != "" {
		t.Error("plain http asks for https")
	}
}

var nonceOf = regexp.MustCompile(`'nonce-([A-Z2-7]{26})'`)

func TestPage(t *testing.T) {
	w := newWorld(t)
	seen := map[string]bool{}
	for range 3 {
		s := w.browser().get("/tenant")
		m := nonceOf.FindStringSubmatch(s.Header.Get("Content-Security-Policy"))
		if m == nil || seen[m[1]] || !strings.Contains(s.body, `<head><meta property="csp-nonce" nonce="`+m[1]+`">`) || !strings.Contains(s.body, `<style nonce="`+m[1]+`">`) {
			t.Fatalf("%v %s", s.Header, s.body)
		}
		seen[m[1]] = true
		want := "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-" + m[1] + "'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self' " + w.login.URL + "; frame-ancestors 'none'"
		if got := s.Header.Get("Content-Security-Policy"); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

func TestInvitation(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	s := b.get("/portal/invitations/" + word)
	for _, want := range []string{
		`"state":"open"`, `"kind":"welcome"`, `"tenant":{"name":"Contoso Airlines"}`, `"provider":{"name":"Acme"}`, `"name":"Presence.Read.All"`,
		`"steps":[{"id":"consent","needs":["global_administrator","privileged_role_administrator"],"minutes":1},{"id":"people","needs":[],"minutes":2}]`,
	} {
		if !strings.Contains(s.body, want) {
			t.Errorf("%s lacks %s", s.body, want)
		}
	}
	if strings.Contains(s.body, string(t1)) || strings.Contains(s.body, contoso) {
		t.Error("the page tells ids")
	}
	if s := b.get("/portal/invitations/" + strings.Repeat("x", maxWord+1)); s.StatusCode != http.StatusNotFound {
		t.Errorf("%d", s.StatusCode)
	}
	for range 19 {
		if s := b.get("/portal/invitations/guess"); s.StatusCode != http.StatusNotFound || !strings.Contains(s.body, `"code":"invitation_unknown"`) {
			t.Fatalf("%d %s", s.StatusCode, s.body)
		}
	}
	if s := b.get("/portal/invitations/" + word); s.StatusCode != http.StatusTooManyRequests || s.Header.Get("Retry-After") == "" || !strings.Contains(s.body, `"rate_limited"`) {
		t.Errorf("%d %s", s.StatusCode, s.body)
	}
	if s := b.get("/portal/invitations/"+word, "X-Forwarded-For", "203.0.113.7"); s.StatusCode != http.StatusOK {
		t.Errorf("somebody else behind the same proxy: %d", s.StatusCode)
	}
	w.pass(window)
	for range 30 { // those that exist are free
		if s := b.get("/portal/invitations/" + word); s.StatusCode != http.StatusOK {
			t.Fatalf("%d", s.StatusCode)
		}
	}
	w.steps.err = fault.Internal("broken", "hidden")
	if s := b.get("/portal/invitations/" + word); s.StatusCode != http.StatusInternalServerError || strings.Contains(s.body, "hidden") || !strings.Contains(s.body, `"code":"internal"`) {
		t.Errorf("%d %s", s.StatusCode, s.body)
	}
}

func TestLimiterIsBounded(t *testing.T) {
	now := time.Unix(0, 0)
	l := newLimiter(3, func() time.Time { return now })
	for i := range maxAddresses {
		l.take(netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32)) //nolint:gosec // a loop's
	}
	late := func(i byte) netip.Prefix { return netip.PrefixFrom(netip.AddrFrom4([4]byte{203, 0, 113, i}), 32) }
	for i := range byte(3) {
		if !l.take(late(i)) {
			t.Error("refused too soon")
		}
	}
	if l.take(late(9)) || len(l.counts) != maxAddresses+1 {
		t.Errorf("%d counts", len(l.counts))
	}
	now = now.Add(window)
	if !l.take(late(9)) || len(l.counts) != 1 {
		t.Errorf("%d counts in the next window", len(l.counts))
	}
}

func TestAddress(t *testing.T) {
	for _, c := range []struct{ remote, told, want string }{
		{"203.0.113.7:5", "", "203.0.113.7/32"},
		{"203.0.113.7:5", "198.51.100.1", "203.0.113.7/32"}, // strangers do not say who they are
		{"127.0.0.1:5", "", "127.0.0.1/32"},
		{"10.1.2.3:5", "1.1.1.1, 198.51.100.1", "198.51.100.1/32"}, // what the proxy itself saw is last
		{"[::1]:5", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
		{"[::ffff:203.0.113.7]:5", "", "203.0.113.7/32"},
		{"127.0.0.1:5", "nonsense", "127.0.0.1/32"},
		{"nonsense", "", "invalid Prefix"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.remote
		if c.told != "" {
			r.Header.Set("X-Forwarded-For", c.told)
		}
		if got := address(r).String(); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestLocal(t *testing.T) {
	for in, want := range map[string]string{
		"/": "/", "/tenant": "/tenant", "/tenant?a=b&c=%2F#d": "/tenant?a=b&c=%2F#d", "/a%2Fb": "/a%2Fb", "/a:b": "/a:b", "/@evil.example": "/@evil.example",
		"": "", "tenant": "", "//evil.example": "", "///evil.example": "", `/\evil.example`: "", `\\evil.example`: "", "https://evil.example": "",
		"javascript:alert(1)": "", "/\t/evil.example": "", "/\n": "", " /x": "", "/ö": "", "/%zz": "", "/.//evil.example": "", "/..//evil.example": "",
		"/%5Cevil.example": "", "/%2F/evil.example": "", "/a/../..//evil.example": "", "/%2e%2e//evil.example": "", "/" + strings.Repeat("x", maxPath): "",
	} {
		if got := local(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

// FuzzLocal: whatever "to" is, a browser stays here.
func FuzzLocal(f *testing.F) {
	for _, seed := range []string{"/tenant?x=y#z", "//evil.example", `/\evil`, "/%2F%2Fevil", "/.//x", "/a?https://b", "/%5c"} {
		f.Add(seed)
	}
	base, err := url.Parse("https://portal.example.net/portal/signed-in?x=y")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, to string) {
		got := local(to)
		if got == "" {
			return
		}
		u, err := base.Parse(got)
		if err != nil || u.Host != base.Host || u.Scheme != "https" || u.User != nil || strings.HasPrefix(u.Path, "//") || strings.ContainsAny(got, "\\\r\n\t ") || !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") {
			t.Errorf("%q becomes %q: %v %v", to, got, u, err)
		}
		if again := local(got); again != got {
			t.Errorf("%q becomes %q and then %q", to, got, again)
		}
	})
}

// FuzzReturn: whatever a browser brings back, the answer is a way to a page of
// ours, and nobody is signed in.
func FuzzReturn(f *testing.F) {
	f.Add("code=x&state=y", false)
	f.Add("error=access_denied&state=%00&error_description=AADSTS90094", true)
	f.Add("state=AAAAAAAAAAAAAAAAAAAAAAAA;x&admin_consent=True", true)
	w := newWorldF(f)
	f.Fuzz(func(t *testing.T, q string, consent bool) {
		path := signedInPath
		if consent {
			path = consentedPath
		}
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.URL.RawQuery = q
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		to := rec.Header().Get("Location")
		if rec.Code != http.StatusFound || local(to) != to || len(rec.Result().Cookies()) > 0 {
			t.Errorf("%d %q", rec.Code, to)
		}
	})
}

// newWorldF is a portal that knows nobody.
func newWorldF(f *testing.F) *Portal {
	f.Helper()
	m := &memory{}
	p, err := New(Deps{Sessions: m, Tenants: m, Audit: m, Onboarding: &steps{}, Identity: identity{}, App: webApp()}, Config{BaseURL: "https://portal.example.net"})
	if err != nil {
		f.Fatal(err)
	}
	return p
}
