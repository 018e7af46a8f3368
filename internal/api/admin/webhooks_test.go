package admin_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/internal/api/admin"
	"tandem/internal/api/problem"
	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

const (
	contosoHook  = "0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77"
	fabrikamHook = "0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e78"
)

// webhooks also sends: it notes what it is asked.
type webhooks struct {
	shelf[provider.Webhook]
	sends      sync.Mutex
	replayed   []provider.DeliveryKey
	failed     []time.Time
	tested     []provider.WebhookID
	deliveries []provider.Delivery
}

func webhookTenant(w provider.Webhook) tenant.ID { return w.Tenant }

func (s *webhooks) CreateWebhook(_ context.Context, w provider.Webhook) (provider.Webhook, error) {
	w.CreatedAt = day
	return s.put(string(w.ID), w)
}
func (s *webhooks) Webhook(_ context.Context, t tenant.ID, id provider.WebhookID) (provider.Webhook, error) {
	return s.get(string(id), in(t, webhookTenant))
}
func (s *webhooks) ListWebhooks(_ context.Context, t tenant.ID, after provider.WebhookID, limit int) ([]provider.Webhook, error) {
	return s.list(string(after), limit, in(t, webhookTenant))
}
func (s *webhooks) ChangeWebhook(_ context.Context, t tenant.ID, id provider.WebhookID, f func(provider.Webhook) (provider.Webhook, error)) (provider.Webhook, error) {
	return s.change(string(id), in(t, webhookTenant), f)
}
func (s *webhooks) DeleteWebhook(_ context.Context, t tenant.ID, id provider.WebhookID) error {
	return s.drop(string(id), in(t, webhookTenant))
}
func (s *webhooks) ListDeliveries(_ context.Context, _ tenant.ID, id provider.WebhookID, before provider.EventID, limit int) ([]provider.Delivery, error) {
	var out []provider.Delivery
	for _, d := range s.deliveries {
		if d.Webhook == id && (before == "" || d.Event < before) && len(out) < limit {
			out = append(out, d)
		}
	}
	return out, nil
}
func (s *webhooks) Test(_ context.Context, w provider.Webhook) (provider.Attempt, error) {
	s.sends.Lock()
	defer s.sends.Unlock()
	s.tested = append(s.tested, w.ID)
	return provider.Attempt{At: day, Status: 204, Took: 120 * time.Millisecond}, nil
}
func (s *webhooks) ReplayEvent(_ context.Context, k provider.DeliveryKey) error {
	s.sends.Lock()
	defer s.sends.Unlock()
	s.replayed = append(s.replayed, k)
	return nil
}
func (s *webhooks) ReplayFailed(_ context.Context, _ tenant.ID, _ provider.WebhookID, since time.Time) (int, error) {
	s.sends.Lock()
	defer s.sends.Unlock()
	s.failed = append(s.failed, since)
	return 3, nil
}

// events is a list with places; stop ends every stream.
type events struct {
	mu       sync.Mutex
	happened []provider.Event
	watchers []chan struct{}
	live     bool // else a stream ends when it has shown what there is
}

func (s *events) happen(of tenant.ID, kind provider.EventType, data string) provider.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	seq := int64(len(s.happened) + 1)
	e := provider.Event{ID: eventID(seq), Seq: seq, Type: kind, Tenant: of, At: day, Data: json.RawMessage(data)}
	s.happened = append(s.happened, e)
	for _, w := range s.watchers {
		select {
		case w <- struct{}{}:
		default:
		}
	}
	return e
}

func eventID(n int64) provider.EventID {
	return provider.EventID(fmt.Sprintf("0193a5c0-8a10-7f00-8c00-%012d", n))
}

func (s *events) ListEvents(_ context.Context, t tenant.ID, kind provider.EventType, before provider.EventID, limit int) ([]provider.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []provider.Event
	for _, e := range slices.Backward(s.happened) {
		if (t == "" || e.Tenant == t) && (kind == "" || e.Type == kind) && (before == "" || e.ID < before) && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, nil
}
func (s *events) EventsAfter(_ context.Context, t tenant.ID, seq int64, limit int) ([]provider.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []provider.Event
	for _, e := range s.happened {
		if (t == "" || e.Tenant == t) && e.Seq > seq && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, nil
}
func (s *events) PlaceOf(_ context.Context, t tenant.ID, id provider.EventID) (seq int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.happened {
		if (t == "" || e.Tenant == t) && (id == "" || e.ID == id) {
			seq = e.Seq
		}
	}
	return seq, nil
}
func (s *events) TenantOfEvent(_ context.Context, t tenant.ID, id provider.EventID) (tenant.ID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.happened {
		if e.ID == id && (t == "" || e.Tenant == t) {
			return e.Tenant, nil
		}
	}
	return "", fault.NotFound("event_unknown", "there is no such event")
}
func (s *events) WatchEvents(tenant.ID) (<-chan struct{}, func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	more := make(chan struct{}, 1)
	if s.live {
		s.watchers = append(s.watchers, more)
	} else {
		close(more)
	}
	return more, func() {}
}

// stop ends every stream.
func (s *events) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.watchers {
		close(w)
	}
	s.watchers = nil
}

func (w *world) furnishWebhooks(t testing.TB) {
	t.Helper()
	for id, of := range map[provider.WebhookID]tenant.ID{contosoHook: contoso, fabrikamHook: fabrikam} {
		if _, err := w.CreateWebhook(t.Context(), provider.Webhook{ID: id, Tenant: of, URL: "https://" + string(of) + ".example.com/", Enabled: true, Secret: []byte("sealed")}); err != nil {
			t.Fatal(err)
		}
		w.happen(of, provider.CallEnded, `{"call":"x"}`)
		w.deliveries = append(w.deliveries, provider.Delivery{
			DeliveryKey: provider.DeliveryKey{Tenant: of, Webhook: id, Event: eventID(int64(len(w.happened)))}, State: provider.DeliveryPending, NextAt: day,
			Attempts: []provider.Attempt{{At: day, Status: 500, Answer: "no", Took: time.Second}},
		})
	}
}

func TestWebhookSecrets(t *testing.T) {
	w := newWorld(t)
	var h admin.Webhook
	a := w.do(t, owner, "POST", "/v1/webhooks", `{"url":"https://example.com/hooks","types":["call.ended","grant.changed"]}`).want(http.StatusCreated)
	a.into(&h)
	if !strings.HasPrefix(h.Secret, "whsec_") || len(h.Secret) != len("whsec_")+44 || h.Tenant != "" || !h.Enabled || len(h.Types) != 2 || a.Header().Get("Location") != "/v1/webhooks/"+string(h.ID) {
		t.Errorf("%s", a.Body)
	}
	path := "/v1/webhooks/" + string(h.ID)
	if a := w.do(t, owner, "GET", path, "").want(http.StatusOK); strings.Contains(a.Body.String(), "whsec_") {
		t.Errorf("%s", a.Body)
	}
	first := w.webhooks.things[string(h.ID)]
	if strings.Contains(string(first.Secret), "whsec_") || len(first.Previous) > 0 {
		t.Error("the secret is not sealed")
	}

	var again admin.Webhook
	w.do(t, owner, "POST", path+"/rotate", `{}`).want(http.StatusCreated).into(&again)
	second := w.webhooks.things[string(h.ID)]
	if again.Secret == h.Secret || string(second.Previous) != string(first.Secret) || !second.PreviousUntil.Equal(day.Add(24*time.Hour)) || again.PreviousUntil == nil {
		t.Errorf("%+v", second)
	}
	w.do(t, owner, "POST", path+"/rotate", `{"keep_previous":0}`).want(http.StatusCreated)
	if third := w.webhooks.things[string(h.ID)]; third.Previous != nil || !third.PreviousUntil.IsZero() {
		t.Errorf("%+v", third)
	}
}

func TestWebhookRules(t *testing.T) {
	w := newWorld(t)
	for body, where := range map[string]string{
		`{"url":"http://127.0.0.1:8000/"}`:                                   "body.url", // not in development
		`{"url":"http://example.com/"}`:                                      "body.url",
		`{"url":"https://user:secret@example.com/"}`:                         "body.url",
		`{"url":"ftp://example.com/"}`:                                       "body.url",
		`{"url":"https:///hooks"}`:                                           "body.url",
		`{"url":"https://example.com/","types":["call.began"]}`:              "body.types",
		`{"url":"https://example.com/","types":["webhook.test"]}`:            "body.types",
		`{"url":"https://example.com/","types":["call.ended","call.ended"]}`: "body.types",
	} {
		a := w.do(t, owner, "POST", "/v1/webhooks", body).want(http.StatusUnprocessableEntity)
		var p problem.Problem
		if a.into(&p); len(p.Errors) != 1 || p.Errors[0].Location != where {
			t.Errorf("%s: %+v", body, p)
		}
	}
	// A tenant's key makes its tenant's webhooks.
	var h admin.Webhook
	w.do(t, contosoKey, "POST", "/v1/webhooks", `{"url":"https://example.com/"}`).want(http.StatusCreated).into(&h)
	if h.Tenant != contoso {
		t.Errorf("%+v", h)
	}
	// and does not see the provider's.
	w.do(t, owner, "POST", "/v1/webhooks", `{"url":"https://example.com/"}`).want(http.StatusCreated).into(&h)
	w.do(t, contosoKey, "GET", "/v1/webhooks/"+string(h.ID), "").problem(http.StatusNotFound, "webhook_unknown")
}

func TestWebhookOffAndOn(t *testing.T) {
	w := newWorld(t)
	path := "/v1/webhooks/" + contosoHook
	var h admin.Webhook
	w.do(t, contosoKey, "PATCH", path, `{"enabled":false}`).want(http.StatusOK).into(&h)
	if h.Enabled || h.DisabledReason != "asked" {
		t.Errorf("%+v", h)
	}
	w.do(t, contosoKey, "POST", path+"/replay", `{"failed_since":"2026-11-22T09:30:00Z"}`).problem(http.StatusConflict, "webhook_disabled")
	gone := w.webhooks.things[contosoHook]
	gone.Disabled, gone.FailingSince = provider.DisabledGone, day
	w.webhooks.things[contosoHook] = gone
	w.do(t, contosoKey, "PATCH", path, `{"enabled":true}`).want(http.StatusOK)
	if h := w.webhooks.things[contosoHook]; !h.Enabled || h.Disabled != "" || !h.FailingSince.IsZero() {
		t.Errorf("%+v", h)
	}
}

func TestReplay(t *testing.T) {
	w := newWorld(t)
	path := "/v1/webhooks/" + contosoHook + "/replay"
	theirs := w.happen(contoso, provider.CallEnded, `{}`)
	foreign := w.happen(fabrikam, provider.CallEnded, `{}`)
	var r admin.WebhookReplayed
	w.do(t, contosoKey, "POST", path, `{"event":"`+string(theirs.ID)+`"}`).want(http.StatusAccepted).into(&r)
	if want := (provider.DeliveryKey{Tenant: contoso, Webhook: contosoHook, Event: theirs.ID}); r.Asked != 1 || len(w.replayed) != 1 || w.replayed[0] != want {
		t.Errorf("%+v %+v", r, w.replayed)
	}
	for _, key := range []string{contosoKey, owner} { // a tenant's webhook hears of that tenant only, whoever asks
		w.do(t, key, "POST", path, `{"event":"`+string(foreign.ID)+`"}`).problem(http.StatusUnprocessableEntity, "event_unknown")
	}
	w.do(t, contosoKey, "POST", path, `{"failed_since":"2026-11-22T09:30:00Z"}`).want(http.StatusAccepted).into(&r)
	if r.Asked != 3 || len(w.failed) != 1 || !w.failed[0].Equal(day) {
		t.Errorf("%+v %+v", r, w.failed)
	}
	for _, body := range []string{`{}`, `{"event":"` + string(theirs.ID) + `","failed_since":"2026-11-22T09:30:00Z"}`} {
		w.do(t, contosoKey, "POST", path, body).problem(http.StatusUnprocessableEntity, "request_invalid")
	}
	if len(w.replayed) != 1 {
		t.Errorf("%+v", w.replayed)
	}
}

func TestDeliveries(t *testing.T) {
	w := newWorld(t)
	var page admin.Page[admin.WebhookDelivery]
	w.do(t, contosoKey, "GET", "/v1/webhooks/"+contosoHook+"/deliveries", "").want(http.StatusOK).into(&page)
	if len(page.Items) != 1 || page.Items[0].State != "pending" || page.Items[0].NextAt == nil || page.Items[0].Attempts[0].Status != 500 || page.Items[0].Attempts[0].Took != 1 {
		t.Errorf("%+v", page)
	}
	var a admin.WebhookAttempt
	w.do(t, contosoKey, "POST", "/v1/webhooks/"+contosoHook+"/test", "").want(http.StatusOK).into(&a)
	if a.Status != 204 || a.Took != 0.12 || len(w.tested) != 1 {
		t.Errorf("%+v", a)
	}
}

// TestStreamOfASession: an admin in a browser follows his own tenant, and nobody
// else's, whatever he asks for.
func TestStreamOfASession(t *testing.T) {
	w := newWorld(t)
	be := func(v provider.Visitor) {
		w.visitor = func(*http.Request) (provider.Visitor, error) { return v, nil }
	}
	theirs, foreign := w.happen(contoso, provider.OnboardingStep, `{"n":1}`), w.happen(fabrikam, provider.OnboardingStep, `{"n":2}`)
	const path = "/v1/events/stream"
	be(provider.Visitor{Tenant: contoso, OID: "o"})
	for _, last := range []string{string(eventID(1)), string(foreign.ID), "x"} {
		body := w.do(t, "", "GET", path, "", "Last-Event-ID", last).want(http.StatusOK).Body.String()
		if !strings.Contains(body, string(theirs.ID)) || strings.Contains(body, string(foreign.ID)) || strings.Contains(body, fabrikam) {
			t.Errorf("after %s: %s", last, body)
		}
	}
	w.do(t, "", "GET", path+"?tenant="+contoso, "").want(http.StatusOK)
	w.do(t, "", "GET", path+"?tenant="+fabrikam, "").problem(http.StatusNotFound, "tenant_unknown")
	var kinds admin.Page[admin.EventKind]
	w.do(t, "", "GET", "/v1/events/types", "").want(http.StatusOK).into(&kinds)
	if len(kinds.Items) != len(provider.EventTypes()) || slices.ContainsFunc(kinds.Items, func(k admin.EventKind) bool { return k.Means == "" }) {
		t.Errorf("%+v", kinds)
	}
	be(provider.Visitor{OID: "o"}) // signed in, and nobody's admin
	w.do(t, "", "GET", path, "").problem(http.StatusForbidden, "scope_missing")
}

// TestStream: a real connection, which breaks and goes on where it was.
func TestStream(t *testing.T) {
	w := newWorld(t)
	w.live = true
	srv := httptest.NewServer(w.handler)
	defer srv.Close()
	open := func(last string) (*bufio.Scanner, func()) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL+"/v1/events/stream", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+contosoKey)
		if last != "" {
			r.Header.Set("Last-Event-ID", last)
		}
		res, err := srv.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
			t.Fatalf("%d %v", res.StatusCode, res.Header)
		}
		return bufio.NewScanner(res.Body), func() { _ = res.Body.Close() }
	}
	next := func(s *bufio.Scanner) (id, kind, data string) {
		t.Helper()
		for s.Scan() {
			name, value, _ := strings.Cut(s.Text(), ": ")
			switch name {
			case "id":
				id = value
			case "event":
				kind = value
			case "data":
				data = value
			}
			if s.Text() == "" && id != "" {
				return id, kind, data
			}
		}
		t.Fatalf("the stream ended: %v", s.Err())
		return "", "", ""
	}

	s, hangUp := open("") // what was is not shown
	w.happen(fabrikam, provider.CallEnded, `{"whose":"another"}`)
	first := w.happen(contoso, provider.GrantChanged, `{"n":1}`)
	id, kind, data := next(s)
	var e admin.Event
	if err := json.Unmarshal([]byte(data), &e); err != nil || id != string(first.ID) || kind != "grant.changed" || e.ID != first.ID || string(e.Data) != `{"n":1}` {
		t.Errorf("%s %s %s %v", id, kind, data, err)
	}
	hangUp()
	second := w.happen(contoso, provider.CallEnded, `{"n":2}`)
	s, hangUp = open(id)
	defer hangUp()
	if id, _, _ := next(s); id != string(second.ID) {
		t.Errorf("after %s came %s", first.ID, id)
	}
	w.stop()
	for s.Scan() {
		if strings.HasPrefix(s.Text(), "id:") {
			t.Error(s.Text())
		}
	}
	if s.Err() != nil {
		t.Errorf("a stop of the process is no clean end: %v", s.Err())
	}
	srv.Client().CloseIdleConnections()
}

// TestStreamsAreLimited: a key that has ten streams gets no other before one of them
// is closed, and takes none from anybody else.
func TestStreamsAreLimited(t *testing.T) {
	w := newWorld(t)
	w.live = true
	w.visitor = func(r *http.Request) (provider.Visitor, error) {
		return provider.Visitor{Tenant: contoso, OID: "o", SessionHash: []byte(r.Header.Get("Cookie"))}, nil
	}
	srv := httptest.NewServer(w.handler)
	defer srv.Close()
	open := func(header, value string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL+"/v1/events/stream", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set(header, value)
		res, err := srv.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	all := []*http.Response{}
	for header, values := range map[string][]string{"Authorization": {"Bearer " + contosoKey, "Bearer " + fabrikamKey}, "Cookie": {"one", "two"}} {
		for _, value := range values {
			for n := range 10 {
				res := open(header, value)
				if all = append(all, res); res.StatusCode != http.StatusOK {
					t.Fatalf("stream %d of %s: %d", n+1, value, res.StatusCode)
				}
			}
			res := open(header, value)
			var p problem.Problem
			if err := json.NewDecoder(res.Body).Decode(&p); err != nil || res.StatusCode != http.StatusTooManyRequests || p.Code != "streams_exhausted" || res.Header.Get("Retry-After") == "" {
				t.Errorf("stream 11 of %s: %d %+v %v", value, res.StatusCode, p, err)
			}
			_ = res.Body.Close()
		}
	}
	w.stop() // which ends them all
	for _, res := range all {
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}
	res := open("Authorization", "Bearer "+contosoKey)
	if res.StatusCode != http.StatusOK {
		t.Errorf("after they ended: %d", res.StatusCode)
	}
	w.stop()
	_ = res.Body.Close()
	srv.Client().CloseIdleConnections()
}
