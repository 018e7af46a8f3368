package notify

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/internal/provider"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

// TestSign: the vector that the libraries of Standard Webhooks share
// (github.com/standard-webhooks/standard-webhooks, libraries/*).
func TestSign(t *testing.T) {
	const known = secret.String("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	at, body := time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`)
	got, err := Sign([]secret.String{known}, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body)
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want || err != nil {
		t.Errorf("got %s %v, want %s", got, err, want)
	}
	two, err := Sign([]secret.String{secret.Key("whsec_"), known}, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body)
	if err != nil || !strings.HasSuffix(two, " "+got) || strings.Count(two, "v1,") != 2 {
		t.Errorf("%s %v", two, err)
	}
	for _, bad := range []secret.String{"", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!"} {
		if s, err := Sign([]secret.String{bad}, "x", at, body); err == nil {
			t.Errorf("signed with %q: %s", string(bad), s)
		}
	}
}

// TestWhoHearsWhat: the provider of all, a tenant of itself, each of the types
// it wants; two processes send each event once.
func TestWhoHearsWhat(t *testing.T) {
	o := newOffice(t)
	all, own, drift := receive(t, status(204, "")), receive(t, status(200, "")), receive(t, status(200, ""))
	hook, told := o.hook("", all.URL)
	_, ownTold := o.hook(o.one.ID, own.URL)
	o.hook("", drift.URL, provider.GrantChanged)
	o.start()
	o.start()
	const each = 10
	for i := range each {
		o.happen(o.one.ID, provider.CallEnded, `{"n": `+strconv.Itoa(i)+`}`)
		o.happen(o.two.ID, provider.CallEnded, `{}`)
	}
	o.happen(o.one.ID, provider.GrantChanged, `{}`)
	seen := map[string]int{}
	for range 2*each + 1 {
		r := all.next(t)
		r.verify(t, told)
		seen[r.id()]++
	}
	for range each + 1 {
		r := own.next(t)
		r.verify(t, ownTold)
		var p struct {
			Type      string
			Tenant    string
			Timestamp time.Time
			Data      json.RawMessage
		}
		if err := json.Unmarshal(r.body, &p); err != nil || p.Tenant != string(o.one.ID) || p.Type == "" || p.Timestamp.IsZero() || len(p.Data) < 2 || r.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %v", r.body, err)
		}
	}
	if r := drift.next(t); !strings.Contains(string(r.body), `"grant.changed"`) {
		t.Errorf("%s", r.body)
	}
	d := o.settled(hook, provider.DeliveryDelivered, 1)
	if a := d.Attempts[0]; a.Status != 204 || a.Took <= 0 || a.At.IsZero() {
		t.Errorf("%+v", a)
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s was sent %d times", id, n)
		}
	}
	if len(seen) != 2*each+1 || len(all.got)+len(own.got)+len(drift.got) > 0 {
		t.Errorf("%d events, %d %d %d left", len(seen), len(all.got), len(own.got), len(drift.got))
	}
}

// TestRetries: whatever goes wrong, the same event comes again, and each
// attempt is on record.
func TestRetries(t *testing.T) {
	o := newOffice(t)
	elsewhere := receive(t, status(200, ""))
	in := receive(t,
		status(500, strings.Repeat("x", 3000)+"\x00"),
		func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(429)
		},
		lost, slow,
		func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		},
		status(200, "\xffok\x00"))
	hook, told := o.hook(o.one.ID, in.URL)
	o.start(func(c *Config) { c.timeout = 500 * time.Millisecond })
	o.happen(o.one.ID, provider.CallEnded, `{"a":1}`)
	d := o.settled(hook, provider.DeliveryDelivered, 6)
	var first received
	for i := range 6 {
		r := in.next(t)
		r.verify(t, told)
		if i == 0 {
			first = r
		}
		if r.id() != first.id() || string(r.body) != string(first.body) {
			t.Errorf("attempt %d is of another event", i)
		}
	}
	var statuses []int
	for _, a := range d.Attempts {
		statuses = append(statuses, a.Status)
	}
	if want := []int{500, 429, 0, 0, 307, 200}; len(statuses) != 6 || !equal(statuses, want) {
		t.Fatalf("got %v, want %v: %+v", statuses, want, d.Attempts)
	}
	if len(d.Attempts[0].Answer) != 1024 || d.Attempts[2].Error == "" || d.Attempts[3].Error != "no answer in time" {
		t.Errorf("%+v", d.Attempts)
	}
	if waited := d.Attempts[2].At.Sub(d.Attempts[1].At); waited < time.Second {
		t.Errorf("Retry-After was not obeyed: %v", waited)
	}
	if len(elsewhere.got) > 0 {
		t.Error("the redirect was followed")
	}
	if w, err := o.store.Webhook(t.Context(), "", hook.ID); err != nil || !w.FailingSince.IsZero() || !w.Enabled {
		t.Errorf("%+v %v", w, err)
	}
}

func equal(a, b []int) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

// TestGone: 410 ends it, which the audit trail tells; events after it are not
// for this webhook, but can be replayed when it is on again.
func TestGone(t *testing.T) {
	o := newOffice(t)
	in := receive(t, status(410, ""), status(200, ""))
	hook, _ := o.hook(o.one.ID, in.URL)
	p := o.start()
	o.happen(o.one.ID, provider.CallEnded, `{}`)
	d := o.settled(hook, provider.DeliveryFailed, 1)
	o.disabled(hook, provider.DisabledGone)
	if err := o.store.Replay(t.Context(), d.DeliveryKey, p.enqueue); err != nil {
		t.Fatal(err)
	}
	if d := o.settled(hook, provider.DeliveryFailed, 2); d.Attempts[1].Status != 0 || !strings.Contains(d.Attempts[1].Error, "disabled") {
		t.Errorf("%+v", d.Attempts)
	}
	_, err := o.store.ChangeWebhook(t.Context(), "", hook.ID, func(w provider.Webhook) (provider.Webhook, error) {
		w.Enabled, w.Disabled, w.FailingSince = true, "", time.Time{}
		return w, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.store.Replay(t.Context(), d.DeliveryKey, p.enqueue); err != nil {
		t.Fatal(err)
	}
	o.settled(hook, provider.DeliveryDelivered, 3)
	if one, two := in.next(t), in.next(t); one.id() != two.id() || len(in.got) > 0 {
		t.Errorf("%s, %s and %d more", one.id(), two.id(), len(in.got))
	}
}

func (o *office) disabled(hook provider.Webhook, why provider.DisabledReason) {
	o.t.Helper()
	w, err := o.store.Webhook(o.t.Context(), "", hook.ID)
	if err != nil || w.Enabled || w.Disabled != why {
		o.t.Errorf("%+v %v", w, err)
	}
	trail, err := o.store.ListAudit(o.t.Context(), hook.Tenant, 0, 10)
	if err != nil || len(trail) != 1 || trail[0].Action != "webhook.disable" || trail[0].Subject != string(hook.ID) || !strings.Contains(string(trail[0].Detail), string(why)) {
		o.t.Errorf("%+v %v", trail, err)
	}
}

// TestFailingForDays ends it, too, a tenant's as well as the provider's own.
func TestFailingForDays(t *testing.T) {
	for name, of := range map[string]func(*office) tenant.ID{
		"a tenant's":     func(o *office) tenant.ID { return o.one.ID },
		"the provider's": func(*office) tenant.ID { return "" },
	} {
		t.Run(name, func(t *testing.T) { failsForDays(t, of) })
	}
}

func failsForDays(t *testing.T, of func(*office) tenant.ID) {
	o := newOffice(t)
	in := receive(t, status(503, ""))
	hook, _ := o.hook(of(o), in.URL)
	later := func(c *Config) { c.now = func() time.Time { return time.Now().Add(provider.DisableAfter) } }
	_, err := o.store.ChangeWebhook(t.Context(), "", hook.ID, func(w provider.Webhook) (provider.Webhook, error) {
		w.FailingSince = time.Now().Add(-time.Minute)
		return w, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	o.start(later)
	o.happen(o.one.ID, provider.CallEnded, `{}`)
	o.settled(hook, provider.DeliveryFailed, 1)
	o.disabled(hook, provider.DisabledFailing)
}

// TestGivenUp: after the last try of the schedule; what failed can be sent
// again, all at once.
func TestGivenUp(t *testing.T) {
	o := newOffice(t)
	began := time.Now()
	in := receive(t, status(500, ""), status(500, ""), status(500, ""), status(200, ""))
	hook, _ := o.hook("", in.URL)
	p := o.start(func(c *Config) { c.schedule = c.schedule[:2] })
	o.happen(o.two.ID, provider.CallEnded, `{}`)
	if d := o.settled(hook, provider.DeliveryFailed, 3); len(d.Attempts) != 3 || d.Tries != 3 {
		t.Errorf("%+v", d)
	}
	if n, err := o.store.ReplayFailed(t.Context(), "", hook.ID, time.Now().Add(time.Hour), p.enqueue); n != 0 || err != nil {
		t.Error(n, err)
	}
	if n, err := o.store.ReplayFailed(t.Context(), "", hook.ID, began.Add(-time.Hour), p.enqueue); n != 1 || err != nil {
		t.Error(n, err)
	}
	if d := o.settled(hook, provider.DeliveryDelivered, 4); d.Run != 2 || d.Tries != 1 {
		t.Errorf("%+v", d)
	}
}

// TestStoppedMidway: the process ends while the receiver thinks; the next one
// sends the event again, under the same id.
func TestStoppedMidway(t *testing.T) {
	o := newOffice(t)
	in := receive(t, slow, status(200, ""))
	hook, told := o.hook("", in.URL)
	p := o.start(func(c *Config) { c.timeout = 5 * time.Second })
	o.happen(o.one.ID, provider.CallEnded, `{}`)
	first := in.next(t)
	p.stop()
	o.start()
	second := in.next(t)
	second.verify(t, told)
	if first.id() != second.id() {
		t.Errorf("%s, then %s", first.id(), second.id())
	}
	if d := o.settled(hook, provider.DeliveryDelivered, 1); len(d.Attempts) != 1 {
		t.Errorf("%+v", d.Attempts) // the one that was cut off says nothing about the receiver
	}
}

// TestRotation: while two secrets are good, both sign.
func TestRotation(t *testing.T) {
	o := newOffice(t)
	in := receive(t, status(200, ""))
	hook, old := o.hook("", in.URL)
	p := o.start()
	now := secret.Key(provider.WebhookSecretPrefix)
	hook.Previous, hook.PreviousUntil = hook.Secret, time.Now().Add(time.Hour)
	hook.Secret = o.box.Seal([]byte(now), provider.WebhookContext(hook.ID))
	if a, err := p.Test(t.Context(), hook); err != nil || a.Status != 200 {
		t.Fatal(a, err)
	}
	r := in.next(t)
	r.verify(t, now)
	r.verify(t, old)
	hook.PreviousUntil = time.Now().Add(-time.Second)
	if _, err := p.Test(t.Context(), hook); err != nil {
		t.Fatal(err)
	}
	if r := in.next(t); strings.Contains(r.header.Get("Webhook-Signature"), " ") {
		t.Error("the old secret signs for too long")
	}
}

// TestReach: what is not public is not dialled, by address or by name, and a
// tenant gains nothing from what the provider may reach.
func TestReach(t *testing.T) {
	o := newOffice(t)
	in := receive(t, status(200, ""))
	n := New(Config{Store: o.store, Box: o.box, Networks: prefixes("127.0.0.0/8")})
	defer n.Close()
	port := in.URL[strings.LastIndex(in.URL, ":"):]
	for url, want := range map[string]string{
		"https://127.0.0.1" + port: "is not a public one", "https://localhost" + port: "is not a public one",
		"https://[::ffff:127.0.0.1]" + port: "is not a public one", "https://2130706433" + port: "", in.URL: "development only",
	} {
		hook, _ := o.hook(o.one.ID, url)
		a, err := n.Test(t.Context(), hook)
		if err != nil || a.Status != 0 || a.Error == "" || !strings.Contains(a.Error, want) {
			t.Errorf("%s: %+v %v", url, a, err)
		}
	}
	if len(in.got) > 0 {
		t.Error("it was reached")
	}
	hook, _ := o.hook("", "https://127.0.0.1"+port) // dialled, and found not to speak TLS
	if a, err := n.Test(t.Context(), hook); err != nil || strings.Contains(a.Error, "public") || a.Error == "" {
		t.Errorf("%+v %v", a, err)
	}
	t.Setenv("HTTPS_PROXY", in.URL)
	if a, err := n.Test(t.Context(), hook); err != nil || a.Status != 0 || len(in.got) > 0 {
		t.Errorf("%+v %v", a, err)
	}
}

// TestOrder: whoever follows the places misses nothing, and the hub tells when
// to look.
func TestOrder(t *testing.T) {
	o := newOffice(t)
	p := o.start()
	more, done := p.WatchEvents("")
	defer done()
	own, done := p.WatchEvents(o.one.ID)
	defer done()
	const n = 30
	var wg sync.WaitGroup
	defer wg.Wait()
	for i := range n {
		of := []tenant.ID{o.one.ID, o.two.ID}[i%2]
		wg.Go(func() { o.happen(of, provider.CallEnded, `{}`) })
	}
	var place int64
	for seen := 0; seen < n; {
		some, err := o.store.EventsAfter(t.Context(), "", place, 7)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range some {
			if e.Seq <= place {
				t.Errorf("%d after %d", e.Seq, place)
			}
			place, seen = e.Seq, seen+1
		}
		if len(some) > 0 {
			continue
		}
		select {
		case <-more:
		case <-time.After(waitFor):
			t.Fatalf("%d of %d", seen, n)
		}
	}
	select { // of 30 events 15 were this tenant's
	case <-own:
	case <-time.After(waitFor):
		t.Error("who follows one tenant was not woken")
	}
	listed, err := o.store.ListEvents(t.Context(), o.one.ID, provider.CallEnded, "", 100)
	if err != nil || len(listed) != n/2 {
		t.Errorf("%d %v", len(listed), err)
	}
	if err := p.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	if kept, err := o.store.ListEvents(t.Context(), "", "", "", 100); err != nil || len(kept) != n {
		t.Errorf("%d %v", len(kept), err)
	}
	if err := o.store.ForgetEvents(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if kept, err := o.store.ListEvents(t.Context(), "", "", "", 100); err != nil || len(kept) != 0 {
		t.Errorf("%d %v", len(kept), err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	for h, want := range map[string]time.Duration{
		"": 0, "x": 0, "-1": 0, "0": 0, "120": 2 * time.Minute, "99999999999": 24 * time.Hour, "100000": 24 * time.Hour,
		"Sun, 22 Nov 2026 09:31:00 GMT": time.Minute, "Sun, 22 Nov 2026 09:29:00 GMT": 0, "Sun, 22 Nov 2036 09:29:00 GMT": 24 * time.Hour,
	} {
		if got := retryAfter(h, now); got != want {
			t.Errorf("%q: %v, want %v", h, got, want)
		}
	}
}

// Whoever follows one tenant is not woken by another's events.
func TestHubWakesWhomItConcerns(t *testing.T) {
	var h Hub
	one, _ := h.WatchEvents("one")
	all, _ := h.WatchEvents("")
	awake := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	for _, x := range []struct {
		of       []tenant.ID
		one, all bool
	}{
		{nil, true, true}, {[]tenant.ID{"two"}, false, true}, {[]tenant.ID{"two", "one"}, true, true},
	} {
		h.Tell(x.of...)
		if a, b := awake(one), awake(all); a != x.one || b != x.all {
			t.Errorf("%v: %v %v", x.of, a, b)
		}
	}
}

func TestHubCloses(t *testing.T) {
	var h Hub
	more, done := h.WatchEvents("one")
	h.Tell()
	h.Tell()
	if _, open := <-more; !open {
		t.Error("closed")
	}
	h.Close()
	if _, open := <-more; open {
		t.Error("told twice")
	}
	done()
	h.Tell()
	if more, _ := h.WatchEvents("one"); more != nil {
		if _, open := <-more; open {
			t.Error("a closed hub goes on")
		}
	}
	h.Close()
}

// TestOvertaken: an event that the endpoint refuses for good holds the rest of its call
// back for some tries only. What comes by it says what is missing, and comes in order.
func TestOvertaken(t *testing.T) {
	o := newOffice(t)
	const of = "019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8093"
	var mu sync.Mutex
	var arrived, missing []string
	refused, poison := 0, ""
	all := make(chan struct{})
	in := receive(t, func(w http.ResponseWriter, r *http.Request) {
		var e struct{ Type string }
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		if e.Type == string(provider.ParticipantRinging) {
			refused++
			poison = r.Header.Get("webhook-id")
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		if len(arrived) == 0 && refused != provider.OvertakenAfter {
			t.Errorf("overtaken after %d refusals", refused)
		}
		arrived, missing = append(arrived, e.Type), append(missing, r.Header.Get("tandem-overtakes"))
		if len(arrived) == 4 {
			close(all)
		}
	})
	o.hook(o.one.ID, in.URL)
	want := []provider.EventType{provider.CallOffered, provider.ParticipantJoined, provider.CallConnected, provider.CallEnded}
	refuse := []provider.EventType{provider.ParticipantRinging}
	for _, kind := range slices.Concat(refuse, want) {
		o.happen(o.one.ID, kind, fmt.Sprintf(`{"call":%q}`, of))
	}
	o.start(func(c *Config) {
		c.schedule = slices.Repeat([]time.Duration{200 * time.Millisecond}, provider.OvertakenAfter-1)
		c.schedule = append(c.schedule, time.Hour)
	})
	select {
	case <-all:
	case <-time.After(waitFor):
		t.Fatalf("arrived: %v after %d refusals", arrived, refused)
	}
	for i, kind := range want {
		if arrived[i] != string(kind) || missing[i] != poison {
			t.Errorf("%d: %s without %q, want %s without %q", i, arrived[i], missing[i], kind, poison)
		}
	}
}

// TestCallsInOrder: what is told of a call arrives in the order in which it happened,
// although the endpoint fails meanwhile; another call does not wait for it.
func TestCallsInOrder(t *testing.T) {
	o := newOffice(t)
	const stuck, other = "019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091", "019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092"
	type told struct {
		Call string
		N    int
	}
	var mu sync.Mutex
	var arrived []told
	refusals := 3
	all := make(chan struct{})
	in := receive(t, func(w http.ResponseWriter, r *http.Request) {
		var e struct{ Data told }
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		// The endpoint takes nothing of the one call before it has heard of the other.
		if e.Data.Call == stuck && len(arrived) < 3 && (refusals > 0 || len(arrived) == 0) {
			refusals--
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if arrived = append(arrived, e.Data); len(arrived) == 8 {
			close(all)
		}
	})
	o.hook(o.one.ID, in.URL)
	for n := 1; n <= 5; n++ {
		o.happen(o.one.ID, provider.ParticipantRinging, fmt.Sprintf(`{"call":%q,"n":%d}`, stuck, n))
	}
	for n := 1; n <= 3; n++ {
		o.happen(o.one.ID, provider.RecordingStarted, fmt.Sprintf(`{"call":%q,"n":%d}`, other, n))
	}
	o.start(func(c *Config) {
		c.schedule = slices.Repeat([]time.Duration{300 * time.Millisecond}, 20)
	})
	select {
	case <-all:
	case <-time.After(waitFor):
		t.Fatalf("arrived: %v", arrived)
	}
	of := map[string][]int{}
	for _, e := range arrived {
		of[e.Call] = append(of[e.Call], e.N)
	}
	if !slices.Equal(of[stuck], []int{1, 2, 3, 4, 5}) || !slices.Equal(of[other], []int{1, 2, 3}) {
		t.Errorf("arrived: %v", arrived)
	}
	if arrived[0].Call != other {
		t.Errorf("the other call waited: %v", arrived)
	}
}
