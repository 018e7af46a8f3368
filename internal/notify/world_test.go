package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"tandem/internal/job"
	"tandem/internal/postgres"
	"tandem/internal/provider"
	"tandem/internal/secret"
	"tandem/internal/tenant"
	"tandem/internal/testkit"
	"tandem/internal/trunk"
)

func TestMain(m *testing.M) { testkit.Main(m, goleak.IgnoreCurrent()) }

// waitFor bounds what a test waits for.
const waitFor = 20 * time.Second

// office is an installation as far as it sends events.
type office struct {
	t        *testing.T
	log      *slog.Logger
	db       *testkit.Database
	store    *postgres.Store
	box      *secret.Box
	one, two tenant.Tenant
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, db: testkit.Postgres(t)}
	o.log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	var err error
	if o.store, err = postgres.Open(t.Context(), postgres.Config{DSN: o.db.Admin}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.store.Close)
	if o.box, err = secret.ReadKeys(strings.NewReader(secret.NewKeyLine("test"))); err != nil {
		t.Fatal(err)
	}
	if _, err := o.store.CreateRegion(t.Context(), trunk.Region{ID: "eu", Name: "Europe"}); err != nil {
		t.Fatal(err)
	}
	for i, to := range []*tenant.Tenant{&o.one, &o.two} {
		*to, err = o.store.CreateTenant(t.Context(), tenant.Tenant{
			Name: "Tenant " + strconv.Itoa(i), EntraTenantID: uuid.NewString(), State: tenant.Active, HomeRegion: "eu",
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return o
}

type args struct {
	provider.DeliveryKey
	Run int
}

// process is one that routes and delivers, until it is stopped.
type process struct {
	*Notifier
	Hub
	enqueue postgres.Enqueue
	stop    func()
}

func (o *office) start(change ...func(*Config)) *process {
	o.t.Helper()
	pool, err := postgres.OpenPool(o.t.Context(), postgres.Config{DSN: o.db.Admin})
	if err != nil {
		o.t.Fatal(err)
	}
	jobs, err := job.Open(o.t.Context(), job.Config{Pool: pool, Grace: 100 * time.Millisecond, Logger: o.log})
	if err != nil {
		o.t.Fatal(err)
	}
	kind := job.Kind[args]{Name: "webhook.deliver", Timeout: 10 * time.Second}
	p := &process{enqueue: func(ctx context.Context, tx pgx.Tx, k provider.DeliveryKey, run int) error {
		return job.EnqueueTx(ctx, tx, jobs, kind, k.Tenant, args{k, run}, job.Options{Unique: true})
	}}
	cfg := Config{
		Store: o.store, Route: func(ctx context.Context) (bool, error) { return o.store.RouteEvents(ctx, p.enqueue) },
		Box: o.box, Development: true, Logger: o.log, timeout: 2 * time.Second,
		schedule: []time.Duration{50 * time.Millisecond, 50 * time.Millisecond, 50 * time.Millisecond, 50 * time.Millisecond, 50 * time.Millisecond, 50 * time.Millisecond},
	}
	for _, f := range change {
		f(&cfg)
	}
	p.Notifier = New(cfg)
	job.Register(jobs, kind, func(ctx context.Context, t tenant.ID, a args) error {
		again, err := p.Deliver(ctx, a.DeliveryKey, a.Run)
		if err == nil && again > 0 {
			return job.Again(again)
		}
		return err
	})
	ctx, cancel := context.WithCancel(o.t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { p.Run(ctx) })
	wg.Go(func() { o.store.ListenEvents(ctx, o.log, p.Wake, p.Tell) })
	wg.Go(func() {
		if err := jobs.Run(ctx); err != nil {
			o.t.Error(err)
		}
	})
	p.stop = sync.OnceFunc(func() {
		cancel()
		wg.Wait()
		p.Notifier.Close()
	})
	o.t.Cleanup(p.stop)
	return p
}

// hook makes a webhook; its secret is told.
func (o *office) hook(of tenant.ID, url string, types ...provider.EventType) (provider.Webhook, secret.String) {
	o.t.Helper()
	w := provider.Webhook{ID: provider.WebhookID(uuid.NewString()), Tenant: of, URL: url, Types: types, Enabled: true}
	told := secret.Key(provider.WebhookSecretPrefix)
	w.Secret = o.box.Seal([]byte(told), provider.WebhookContext(w.ID))
	w, err := o.store.CreateWebhook(o.t.Context(), w)
	if err != nil {
		o.t.Fatal(err)
	}
	return w, told
}

func (o *office) happen(t tenant.ID, kind provider.EventType, data string) {
	o.t.Helper()
	if err := o.store.PublishEvent(o.t.Context(), t, kind, time.Now(), json.RawMessage(data)); err != nil {
		o.t.Fatal(err)
	}
}

// settled waits until a webhook's newest delivery is in a state.
func (o *office) settled(w provider.Webhook, state provider.DeliveryState, attempts int) provider.Delivery {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), waitFor)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		all, err := o.store.ListDeliveries(ctx, "", w.ID, "", 1)
		if err != nil {
			o.t.Fatal(err)
		}
		if len(all) == 1 && all[0].State == state && len(all[0].Attempts) >= attempts {
			return all[0]
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			o.t.Fatalf("not %s: %+v", state, all)
		}
	}
}

// received is one request.
type received struct {
	header http.Header
	body   []byte
}

func (r received) id() string { return r.header.Get("Webhook-Id") }

// verify is what a receiver does, written apart from what signs.
func (r received) verify(t *testing.T, told secret.String) {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(string(told), "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	sent, err := strconv.ParseInt(r.header.Get("webhook-timestamp"), 10, 64)
	if err != nil || time.Since(time.Unix(sent, 0)).Abs() > 5*time.Minute {
		t.Errorf("timestamp %q", r.header.Get("webhook-timestamp"))
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(r.header.Get("webhook-id") + "." + r.header.Get("webhook-timestamp") + "." + string(r.body)))
	for _, s := range strings.Split(r.header.Get("webhook-signature"), " ") {
		version, signature, _ := strings.Cut(s, ",")
		if got, err := base64.StdEncoding.DecodeString(signature); err == nil && version == "v1" && hmac.Equal(got, mac.Sum(nil)) {
			return
		}
	}
	t.Errorf("no signature of %s fits", r.header.Get("webhook-signature"))
}

// receiver is somebody's server. Answers are given in order, the last one from
// then on.
type receiver struct {
	*httptest.Server
	got chan received
}

func receive(t *testing.T, answers ...http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{got: make(chan received, 1000)}
	var mu sync.Mutex
	n := 0
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		mu.Lock()
		answer := answers[min(n, len(answers)-1)]
		n++
		mu.Unlock()
		r.got <- received{req.Header.Clone(), body}
		req.Body = io.NopCloser(bytes.NewReader(body))
		answer(w, req)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) next(t *testing.T) received {
	t.Helper()
	select {
	case v := <-r.got:
		return v
	case <-time.After(waitFor):
		t.Fatal("nothing was sent")
	}
	panic("unreachable")
}

func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

func lost(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// slow answers when the sender has gone.
func slow(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
