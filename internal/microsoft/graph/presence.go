package graph

import (
	"context"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/fault"
	"tandem/internal/roster"
	"tandem/internal/tenant"
)

// BaseURL is Graph of the global cloud.
const BaseURL = "https://graph.microsoft.com"

// Source is what presences of this package name as theirs.
const Source = "graph"

const (
	maxIDs         = 650 // of one request
	cacheFor       = 3 * time.Second
	requestTimeout = 5 * time.Second
)

// TokenSource gets app-only tokens of a tenant.
type TokenSource interface {
	Token(ctx context.Context, entraTenantID, scope string) (string, error)
}

// Config says where Graph is; BaseURL and Scope go together (national clouds).
type Config struct {
	Tokens   TokenSource
	BaseURL  string        // an origin; "": the global cloud
	Scope    string        // "": BaseURL + "/.default"
	HTTP     *http.Client  // nil: the default
	Timeout  time.Duration // of one request; 0: five seconds
	CacheFor time.Duration // 0: three seconds
	Now      func() time.Time
	Logger   *slog.Logger
}

// Presence implements bridge.PresenceSource. Close it.
type Presence struct {
	cfg    Config
	client client
	ctx    context.Context // of the requests, which belong to no caller
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	tenants map[tenant.ID]*office
	flights map[string]*flight
}

var _ bridge.PresenceSource = (*Presence)(nil)

// office is what is known of one tenant's people.
type office struct {
	known map[string]entry // by object id in lower case
	quiet time.Time        // until then Graph wants no requests
}

// entry is what Graph said of somebody, the zero presence if nothing.
type entry struct {
	presence roster.Presence
	version  string // Graph's sequenceNumber
	at       time.Time
}

// flight is a request that several callers wait for.
type flight struct {
	done  chan struct{}
	found map[string]roster.Presence
	err   error
}

// complete fills the defaults.
func (c Config) complete() (Config, error) {
	if c.Tokens == nil {
		return c, fault.Invalid("graph_config", "Graph needs a source of tokens")
	}
	if c.BaseURL == "" {
		c.BaseURL = BaseURL
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	if !strings.HasPrefix(c.BaseURL, "https://") {
		return c, fault.Invalid("graph_config", "Graph is reached by https: the token in each request would be open to read")
	}
	if c.Scope == "" {
		c.Scope = c.BaseURL + "/.default"
	}
	var h http.Client
	if c.HTTP != nil {
		h = *c.HTTP
	}
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // the token is for one host
	c.HTTP = &h
	if c.Timeout <= 0 {
		c.Timeout = requestTimeout
	}
	if c.CacheFor <= 0 {
		c.CacheFor = cacheFor
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

func (c Config) client() client {
	return client{base: c.BaseURL, http: c.HTTP, timeout: c.Timeout, now: c.Now}
}

// New makes a source.
func New(c Config) (*Presence, error) {
	c, err := c.complete()
	if err != nil {
		return nil, err
	}
	p := &Presence{cfg: c, client: c.client(), tenants: map[tenant.ID]*office{}, flights: map[string]*flight{}}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p, nil
}

// Close gives up what is under way and waits for it.
func (p *Presence) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cancel()
	p.work.Wait()
}

var guid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// Presence implements bridge.PresenceSource. People of whom Graph knows nothing
// or says PresenceUnknown are left out, as is whoever is not named by an object
// id: one malformed id would fail the request for all. Its errors are faults,
// with kind Unavailable where a later try may help; if Graph said how long to
// wait, errors.As finds a RetryAfter() time.Duration. What was known a minute ago
// comes with the error: its age says how much it is worth.
func (p *Presence) Presence(ctx context.Context, t tenant.Tenant, oids []string) (map[string]roster.Presence, error) {
	found := make(map[string]roster.Presence, len(oids))
	asked := make(map[string][]string, len(oids)) // how the caller spells each id
	for _, oid := range oids {
		if id := strings.ToLower(oid); guid.MatchString(id) {
			asked[id] = append(asked[id], oid)
		}
	}
	keep := func(id string, v roster.Presence) {
		if v.Availability == "" {
			return
		}
		for _, spelling := range asked[id] {
			found[spelling] = v
		}
	}
	remembered := func(err error) (map[string]roster.Presence, error) {
		for id, v := range p.remembered(t.ID, asked) {
			keep(id, v)
		}
		return found, err
	}
	f, fresh, err := p.join(t, asked)
	if err != nil {
		return remembered(err)
	}
	for id, v := range fresh {
		keep(id, v)
	}
	if f == nil {
		return found, nil
	}
	select {
	case <-ctx.Done():
		return remembered(unavailable.Because(ctx.Err()))
	case <-f.done:
	}
	if f.err != nil {
		return remembered(f.err)
	}
	for id, v := range f.found {
		keep(id, v)
	}
	return found, nil
}

// join answers from the cache what it can, and finds or starts the request for
// the rest (nil if there is none).
func (p *Presence) join(t tenant.Tenant, asked map[string][]string) (*flight, map[string]roster.Presence, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.cfg.Now()
	fresh := map[string]roster.Presence{}
	var missing []string
	for id := range asked {
		if e, ok := p.lookUp(t.ID, id, now); ok {
			fresh[id] = e.presence
		} else {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil, fresh, nil
	}
	if o := p.tenants[t.ID]; o != nil && now.Before(o.quiet) {
		return nil, nil, throttled.Because(&Failure{Status: http.StatusTooManyRequests, Code: "waiting", After: o.quiet.Sub(now)})
	}
	slices.Sort(missing)
	key := string(t.ID) + " " + strings.Join(missing, " ")
	if f := p.flights[key]; f != nil {
		return f, fresh, nil
	}
	if p.closed {
		return nil, nil, unavailable
	}
	f := &flight{done: make(chan struct{})}
	p.flights[key] = f
	p.work.Go(func() {
		defer close(f.done)
		f.found, f.err = p.ask(t, missing)
		p.mu.Lock()
		delete(p.flights, key)
		p.mu.Unlock()
	})
	return f, fresh, nil
}

// remembered is what is still known of people, however old.
func (p *Presence) remembered(t tenant.ID, asked map[string][]string) map[string]roster.Presence {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := map[string]roster.Presence{}
	if o := p.tenants[t]; o != nil {
		for id := range asked {
			all[id] = o.known[id].presence
		}
	}
	return all
}

func (p *Presence) lookUp(t tenant.ID, id string, now time.Time) (entry, bool) {
	o := p.tenants[t]
	if o == nil {
		return entry{}, false
	}
	e, ok := o.known[id]
	return e, ok && now.Sub(e.at) < p.cfg.CacheFor
}

// ask does the requests for some people and remembers the answers.
func (p *Presence) ask(t tenant.Tenant, ids []string) (map[string]roster.Presence, error) {
	token, err := p.cfg.Tokens.Token(p.ctx, t.EntraTenantID, p.cfg.Scope)
	if err != nil {
		return nil, err
	}
	found := make(map[string]roster.Presence, len(ids))
	for batch := range slices.Chunk(ids, maxIDs) {
		list, err := p.client.presences(p.ctx, token, batch)
		if err != nil {
			p.quieten(t.ID, err)
			return nil, err
		}
		p.remember(t.ID, batch, list, found)
	}
	return found, nil
}

// presence is one entry of the answer. The status message is personal text that
// is nobody's business here and is not read.
type presence struct {
	ID           string `json:"id"`
	Availability string `json:"availability"`
	Activity     string `json:"activity"`
	Version      string `json:"sequenceNumber"`
}

// presences asks about at most maxIDs people.
func (c *client) presences(ctx context.Context, token string, ids []string) ([]presence, error) {
	var list page[presence]
	q := question{
		name: "getPresencesByUserId", method: http.MethodPost, path: "/communications/getPresencesByUserId",
		body: map[string][]string{"ids": ids}, permission: "Presence.Read.All",
	}
	if f := c.ask(ctx, token, q, &list); f != nil {
		return nil, f.classified()
	}
	return list.Value, nil
}

// remember puts an answer into the cache and into found. Of whom it says
// nothing, nothing is known; that is remembered too.
func (p *Presence) remember(t tenant.ID, asked []string, list []presence, found map[string]roster.Presence) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.cfg.Now()
	o := p.tenants[t]
	if o == nil {
		o = &office{known: map[string]entry{}}
		p.tenants[t] = o
	}
	p.sweep(o, now)
	told := make(map[string]presence, len(list))
	for _, x := range list {
		told[strings.ToLower(x.ID)] = x
	}
	for _, id := range asked {
		x := told[id]
		e := entry{at: now, version: x.Version}
		if a := availability(x.Availability); a != "" {
			e.presence = roster.Presence{Availability: a, Activity: x.Activity, Source: Source, At: now}
		}
		// Graph's servers may lag behind each other; versions of one width can be
		// compared (facts/entra-graph-teams.md §2.2).
		if old, ok := o.known[id]; ok && len(old.version) == len(e.version) && old.version > e.version {
			e.presence, e.version = old.presence, old.version
		}
		o.known[id] = e
		found[id] = e.presence
	}
}

// sweep forgets people nobody asked about for a while. Their versions are kept
// somewhat longer than their presence.
func (p *Presence) sweep(o *office, now time.Time) {
	for id, e := range o.known {
		if now.Sub(e.at) > 20*p.cfg.CacheFor {
			delete(o.known, id)
		}
	}
}

// quieten notes that Graph wants to be left alone.
func (p *Presence) quieten(t tenant.ID, err error) {
	after := retryAfterOf(err)
	if after <= 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.tenants[t]
	if o == nil {
		o = &office{known: map[string]entry{}}
		p.tenants[t] = o
	}
	o.quiet = p.cfg.Now().Add(after)
	p.cfg.Logger.Warn("Graph asks to slow down", "tenant", t, "wait", after)
}

// availabilities as roster compares them. Documents print them in another case
// at times; what is none of them is unknown.
var availabilities = []string{
	"Available", "AvailableIdle", "Away", "BeRightBack", "Busy", "BusyIdle", "DoNotDisturb", "Offline",
}

func availability(s string) string {
	for _, a := range availabilities {
		if strings.EqualFold(a, s) {
			return a
		}
	}
	return ""
}
