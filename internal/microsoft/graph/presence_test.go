package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"tandem/internal/fault"
	"tandem/internal/roster"
	"tandem/internal/tenant"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	contoso  = tenant.Tenant{ID: "c", EntraTenantID: "33333333-3333-4333-8333-333333333333"}
	fabrikam = tenant.Tenant{ID: "f", EntraTenantID: "22222222-2222-4222-8222-222222222222"}
)

// tokens names the tenant in the token, or fails.
type tokens struct{ err error }

func (s tokens) Token(_ context.Context, entraTenantID, scope string) (string, error) {
	return entraTenantID + " " + scope, s.err
}

func oid(n int) string { return fmt.Sprintf("%08x-0000-4000-8000-00000000abcd", n) }

// graph stands in for the service, below the client's transport.
type graph struct {
	mu     sync.Mutex
	asked  [][]string
	bearer []string
	answer func(n int, ids []string) (status int, header http.Header, body string) // n counts from 0
	block  chan struct{}                                                           // closed to let answers go
}

func (g *graph) RoundTrip(req *http.Request) (*http.Response, error) {
	var body struct {
		IDs []string `json:"ids"`
	}
	if err := json.NewDecoder(req.Body).Decode(&body); err != nil {
		return nil, err
	}
	if req.Method != "POST" || req.URL.String() != "https://graph.example.com/v1.0/communications/getPresencesByUserId" {
		return nil, fmt.Errorf("%s %s", req.Method, req.URL)
	}
	g.mu.Lock()
	n := len(g.asked)
	g.asked = append(g.asked, body.IDs)
	g.bearer = append(g.bearer, req.Header.Get("Authorization"))
	g.mu.Unlock()
	if g.block != nil {
		select {
		case <-g.block:
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	}
	status, header, text := 200, http.Header{}, everybody("Available")(n, body.IDs)
	if g.answer != nil {
		var h http.Header
		if status, h, text = g.answer(n, body.IDs); h != nil {
			header = h
		}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(text)), Request: req}, nil
}

func (g *graph) requests() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.asked)
}

// everybody answers for all, last one first.
func everybody(availability string) func(int, []string) string {
	return func(_ int, ids []string) string {
		var list []string
		for _, id := range slices.Backward(ids) {
			list = append(list, fmt.Sprintf(`{"id":%q,"availability":%q,"activity":"X"}`, id, availability))
		}
		return `{"value":[` + strings.Join(list, ",") + `]}`
	}
}

func status(code int, header ...string) func(int, []string) (int, http.Header, string) {
	h := http.Header{}
	for n := 0; n < len(header); n += 2 {
		h.Set(header[n], header[n+1])
	}
	return func(int, []string) (int, http.Header, string) {
		return code, h, `{"error":{"code":"Some","message":"text","innerError":{"request-id":"r"}}}`
	}
}

func source(t *testing.T, rt http.RoundTripper, now func() time.Time) *Presence {
	t.Helper()
	p, err := New(Config{Tokens: tokens{}, BaseURL: "https://graph.example.com/", HTTP: &http.Client{Transport: rt}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func TestPresence(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	g := &graph{answer: func(int, []string) (int, http.Header, string) {
		return 200, nil, `{"@odata.context":"x","value":[
			{"id":"` + oid(3) + `","availability":"PresenceUnknown","activity":"PresenceUnknown","statusMessage":null},
			{"id":"` + strings.ToUpper(oid(2)) + `","availability":"busy","activity":"InACall","sequenceNumber":"A1","workLocation":null},
			{"id":"` + oid(9) + `","availability":"Available","activity":"Available"},
			{"id":"` + oid(5) + `","availability":"Focusing","activity":"Focusing"},
			{"id":"` + oid(1) + `","availability":"Available","activity":"Available"}]}`
	}}
	p := source(t, g, func() time.Time { return at })
	got, err := p.Presence(t.Context(), contoso, []string{oid(1), strings.ToUpper(oid(2)), oid(3), oid(4), oid(5), "+49301234", "", oid(1)})
	want := map[string]roster.Presence{
		oid(1):                  {Availability: "Available", Activity: "Available", Source: "graph", At: at},
		strings.ToUpper(oid(2)): {Availability: "Busy", Activity: "InACall", Source: "graph", At: at},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%+v %v", got, err)
	}
	if asked := []string{oid(1), oid(2), oid(3), oid(4), oid(5)}; !reflect.DeepEqual(g.asked, [][]string{asked}) {
		t.Errorf("asked %v", g.asked)
	}
	if want := "Bearer " + contoso.EntraTenantID + " https://graph.example.com/.default"; g.bearer[0] != want {
		t.Errorf("sent %s", g.bearer[0])
	}
	for _, nobody := range [][]string{nil, {}, {"nobody"}} {
		if got, err := p.Presence(t.Context(), contoso, nobody); err != nil || len(got) > 0 {
			t.Errorf("%v: %v %v", nobody, got, err)
		}
	}
	if g.requests() != 1 {
		t.Error("asked about nobody")
	}
}

func TestBatches(t *testing.T) {
	g := &graph{}
	p := source(t, g, nil)
	var ids []string
	for n := range 2*maxIDs + 1 {
		ids = append(ids, oid(n))
	}
	got, err := p.Presence(t.Context(), contoso, ids)
	if err != nil || len(got) != len(ids) {
		t.Fatalf("%d of %d, %v", len(got), len(ids), err)
	}
	var sizes []int
	for _, a := range g.asked {
		sizes = append(sizes, len(a))
	}
	if !slices.Equal(sizes, []int{maxIDs, maxIDs, 1}) {
		t.Errorf("batches of %v", sizes)
	}
}

// Twenty calls at once need the same people: one request. One of them gives up,
// which is nobody else's concern. Another tenant has a request of its own.
func TestStampede(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &graph{block: make(chan struct{})}
		p := source(t, g, nil)
		impatient, giveUp := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := p.Presence(impatient, contoso, []string{oid(1), oid(2)}); !errors.Is(err, context.Canceled) {
				t.Errorf("gave up: %v", err)
			}
		})
		synctest.Wait()
		for range 19 {
			all.Go(func() {
				if got, err := p.Presence(t.Context(), contoso, []string{oid(2), oid(1)}); err != nil || len(got) != 2 {
					t.Errorf("%v %v", got, err)
				}
			})
		}
		all.Go(func() {
			if got, err := p.Presence(t.Context(), fabrikam, []string{oid(1), oid(2)}); err != nil || len(got) != 2 {
				t.Errorf("%v %v", got, err)
			}
		})
		synctest.Wait()
		giveUp()
		synctest.Wait()
		close(g.block)
		all.Wait()
		if g.requests() != 2 {
			t.Errorf("%d requests, want one for each tenant", g.requests())
		}
		p.Close()
	})
}

func TestCache(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	g := &graph{answer: func(n int, ids []string) (int, http.Header, string) {
		return 200, nil, everybody([]string{"Available", "Busy"}[n%2])(n, slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == oid(7) }))
	}}
	p := source(t, g, func() time.Time { return now })
	for _, v := range []struct {
		name     string
		later    time.Duration
		tenant   tenant.Tenant
		ids      []string
		want     []string
		requests int
	}{
		{"first", 0, contoso, []string{oid(1), oid(7)}, []string{"Available", ""}, 1},
		{"from memory, the unknown too", 2 * time.Second, contoso, []string{oid(7), oid(1)}, []string{"", "Available"}, 1},
		{"only who is missing", 0, contoso, []string{oid(1), oid(2)}, []string{"Available", "Busy"}, 2},
		{"another tenant knows nothing of it", 0, fabrikam, []string{oid(1)}, []string{"Available"}, 3},
		{"grown old", time.Second, contoso, []string{oid(1)}, []string{"Busy"}, 4},
		{"the other not yet", 0, contoso, []string{oid(2)}, []string{"Busy"}, 4},
	} {
		now = now.Add(v.later)
		got, err := p.Presence(t.Context(), v.tenant, v.ids)
		for n, id := range v.ids {
			if got[id].Availability != v.want[n] {
				t.Errorf("%s: %s is %+v, want %s", v.name, id, got[id], v.want[n])
			}
		}
		if err != nil || g.requests() != v.requests {
			t.Errorf("%s: %d requests, want %d, %v", v.name, g.requests(), v.requests, err)
		}
	}
	if !slices.Equal(g.asked[1], []string{oid(2)}) {
		t.Errorf("asked again: %v", g.asked[1])
	}
	now = now.Add(time.Hour)
	if _, err := p.Presence(t.Context(), contoso, []string{oid(3)}); err != nil || len(p.tenants["c"].known) != 1 {
		t.Errorf("remembers %d people, %v", len(p.tenants["c"].known), err)
	}
}

// What was known comes with the error of who asks again, with its age; of those of
// whom nothing is known, nothing.
func TestOldPresenceWithAnError(t *testing.T) {
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	now := began
	g := &graph{answer: func(n int, ids []string) (int, http.Header, string) {
		if n > 0 {
			return 503, nil, ""
		}
		return 200, nil, everybody("Busy")(n, ids)
	}}
	p := source(t, g, func() time.Time { return now })
	if _, err := p.Presence(t.Context(), contoso, []string{oid(1)}); err != nil {
		t.Fatal(err)
	}
	now = now.Add(40 * time.Second)
	got, err := p.Presence(t.Context(), contoso, []string{oid(1), oid(2)})
	if fault.KindOf(err) != fault.KindUnavailable || len(got) != 1 || got[oid(1)].Availability != "Busy" || !got[oid(1)].At.Equal(began) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := p.Presence(t.Context(), fabrikam, []string{oid(1)}); err == nil || len(got) > 0 {
		t.Errorf("another tenant: %+v, %v", got, err)
	}
}

// An answer of a server that lags behind does not bring back the past.
func TestOlderVersionIsDropped(t *testing.T) {
	now := time.Now()
	versions := []string{`"B","availability":"Busy"`, `"A","availability":"Available"`, `"C","availability":"Away"`, `"10","availability":"Offline"`}
	g := &graph{answer: func(n int, ids []string) (int, http.Header, string) {
		return 200, nil, `{"value":[{"id":"` + ids[0] + `","sequenceNumber":` + versions[n] + `}]}`
	}}
	p := source(t, g, func() time.Time { return now })
	for n, want := range []string{"Busy", "Busy", "Away", "Offline"} {
		got, err := p.Presence(t.Context(), contoso, []string{oid(1)})
		if err != nil || got[oid(1)].Availability != want {
			t.Errorf("%d: %+v %v, want %s", n, got, err, want)
		}
		now = now.Add(cacheFor)
	}
}

func TestThrottled(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	g := &graph{answer: status(429, "Retry-After", "10")}
	p := source(t, g, func() time.Time { return now })
	for _, v := range []struct {
		later    time.Duration
		after    time.Duration
		requests int
	}{{0, 10 * time.Second, 1}, {4 * time.Second, 6 * time.Second, 1}, {6 * time.Second, 10 * time.Second, 2}} {
		now = now.Add(v.later)
		_, err := p.Presence(t.Context(), contoso, []string{oid(1)})
		var says interface{ RetryAfter() time.Duration }
		if fault.CodeOf(err) != "directory_throttled" || fault.KindOf(err) != fault.KindUnavailable || !errors.As(err, &says) || says.RetryAfter() != v.after {
			t.Errorf("%v, want to wait %s", err, v.after)
		}
		if g.requests() != v.requests {
			t.Errorf("%d requests, want %d", g.requests(), v.requests)
		}
	}
	g.answer = nil // the limit is the tenant's own
	if _, err := p.Presence(t.Context(), fabrikam, []string{oid(1)}); err != nil {
		t.Error(err)
	}
}

func TestErrors(t *testing.T) {
	for _, v := range []struct {
		name     string
		answer   func(int, []string) (int, http.Header, string)
		kind     fault.Kind
		code     string
		requests int
	}{
		{"permission missing", status(403), fault.KindForbidden, "permission_missing", 1},
		{"bad request", status(400), fault.KindInternal, "graph_refused", 1},
		{"redirect", status(302, "Location", "https://evil.invalid/"), fault.KindInternal, "graph_refused", 1},
		{"unauthorized, twice", status(401), fault.KindUnavailable, "graph_unavailable", 2},
		{"away", status(503), fault.KindUnavailable, "graph_unavailable", 1},
		{"away, says for how long", status(503, "Retry-After", "7"), fault.KindUnavailable, "graph_unavailable", 1},
		{"no JSON", func(int, []string) (int, http.Header, string) { return 200, nil, "<html>" }, fault.KindUnavailable, "graph_unavailable", 1},
		{"no list", func(int, []string) (int, http.Header, string) { return 200, nil, "{}" }, fault.KindUnavailable, "graph_unavailable", 1},
		{"error without body", func(int, []string) (int, http.Header, string) { return 500, nil, "" }, fault.KindUnavailable, "graph_unavailable", 1},
	} {
		g := &graph{answer: v.answer}
		p := source(t, g, nil)
		if _, err := p.Presence(t.Context(), contoso, []string{oid(1)}); fault.KindOf(err) != v.kind || fault.CodeOf(err) != v.code || g.requests() != v.requests {
			t.Errorf("%s: %v after %d requests", v.name, err, g.requests())
		}
	}
	once := &graph{answer: func(n int, ids []string) (int, http.Header, string) {
		if n == 0 {
			return 401, nil, ""
		}
		return 200, nil, everybody("Away")(n, ids)
	}}
	if got, err := source(t, once, nil).Presence(t.Context(), contoso, []string{oid(1)}); err != nil || got[oid(1)].Availability != "Away" {
		t.Errorf("unauthorized, once: %v %v", got, err)
	}
	p, err := New(Config{Tokens: tokens{fault.Forbidden("consent_missing", "x")}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := p.Presence(t.Context(), contoso, []string{oid(1)}); fault.CodeOf(err) != "consent_missing" {
		t.Errorf("no token: %v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"10": 10 * time.Second, "1.5": 1500 * time.Millisecond, "Fri, 02 Jan 2026 03:04:35 GMT": 30 * time.Second,
		"": defaultQuiet, "0": defaultQuiet, "-1": defaultQuiet, "soon": defaultQuiet, "NaN": defaultQuiet,
		"Fri, 02 Jan 2026 03:04:00 GMT": defaultQuiet, "99999999999": mostQuiet, "Fri, 02 Jan 2099 03:04:00 GMT": mostQuiet,
	} {
		if got := retryAfter(text, now); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestTimeoutAndClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &graph{block: make(chan struct{})}
		p := source(t, g, nil)
		began := time.Now()
		if _, err := p.Presence(t.Context(), contoso, []string{oid(1)}); fault.KindOf(err) != fault.KindUnavailable || time.Since(began) != requestTimeout {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		done := make(chan error, 1)
		go func() {
			_, err := p.Presence(t.Context(), contoso, []string{oid(1)})
			done <- err
		}()
		synctest.Wait()
		p.Close()
		if err := <-done; fault.KindOf(err) != fault.KindUnavailable {
			t.Errorf("closed under a request: %v", err)
		}
		if _, err := p.Presence(t.Context(), contoso, []string{oid(1)}); fault.KindOf(err) != fault.KindUnavailable {
			t.Errorf("closed: %v", err)
		}
	})
}

// Over real TLS with a root of its own.
func TestOverTLS(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Content-Type") != "application/json" || r.Header.Get("client-request-id") == "" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, `{"value":[{"id":"`+oid(1)+`","availability":"Available"}]}`)
	}))
	defer srv.Close()
	p, err := New(Config{Tokens: tokens{}, BaseURL: srv.URL, HTTP: srv.Client()})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if got, err := p.Presence(t.Context(), contoso, []string{oid(1)}); err != nil || got[oid(1)].Availability != "Available" {
		t.Errorf("%v %v", got, err)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, c := range []Config{{}, {Tokens: tokens{}, BaseURL: "http://graph.example.com"}} {
		if _, err := New(c); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"value":[{"id":"x","availability":"Busy","activity":"InACall","sequenceNumber":"A1"}]}`))
	f.Add([]byte(`{"value":null}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		var list page[presence]
		if err := json.Unmarshal(answer, &list); err == nil && list.Value == nil {
			t.Error("neither a list nor an error")
		}
	})
}
