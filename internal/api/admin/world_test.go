package admin_test

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"tandem/internal/api/admin"
	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/check"
	"tandem/internal/fault"
	"tandem/internal/onboarding"
	"tandem/internal/provider"
	"tandem/internal/secret"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

var _ admin.Engine = (*bridge.Bridge)(nil)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rules are those for dialling: Germany, and no more than was set.
type rules struct {
	mu  sync.Mutex
	set map[tenant.ID]tenant.Dialling
}

func (r *rules) Dialling(_ context.Context, t tenant.ID) (tenant.Dialling, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if d, ok := r.set[t]; ok {
		return d, nil
	}
	return tenant.DefaultDialling(t), nil
}

func (r *rules) SetDialling(_ context.Context, d tenant.Dialling) (tenant.Dialling, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d.ChangedAt = day
	if r.set == nil {
		r.set = map[tenant.ID]tenant.Dialling{}
	}
	r.set[d.Tenant] = d.Normalize()
	return r.set[d.Tenant], nil
}

func (r *rules) DialPeer(ctx context.Context, t tenant.ID, number string) (string, error) {
	d, err := r.Dialling(ctx, t)
	if err == nil {
		err = d.Refuses(number, []string{theirNumber})
	}
	return "carrier", err
}

// shelf keeps things by name, in the order of names.
type shelf[T any] struct {
	what   string
	mu     sync.Mutex
	things map[string]T
}

func (s *shelf[T]) unknown() error {
	return fault.NotFound(s.what+"_unknown", "there is no such "+s.what)
}

func (s *shelf[T]) put(key string, v T) (T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.things[key]; there {
		var zero T
		return zero, fault.Conflict(s.what+"_exists", "there is one already")
	}
	if s.things == nil {
		s.things = map[string]T{}
	}
	s.things[key] = v
	return v, nil
}

func (s *shelf[T]) get(key string, visible func(T) bool) (T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, there := s.things[key]
	if !there || visible != nil && !visible(v) {
		var zero T
		return zero, s.unknown()
	}
	return v, nil
}

func (s *shelf[T]) list(after string, limit int, visible func(T) bool) ([]T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []T
	for _, k := range slices.Sorted(maps.Keys(s.things)) {
		if k > after && len(out) < limit && (visible == nil || visible(s.things[k])) {
			out = append(out, s.things[k])
		}
	}
	return out, nil
}

func (s *shelf[T]) change(key string, visible func(T) bool, f func(T) (T, error)) (T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, there := s.things[key]
	if !there || visible != nil && !visible(v) {
		return v, s.unknown()
	}
	v, err := f(v)
	if err == nil {
		s.things[key] = v
	}
	return v, err
}

func (s *shelf[T]) drop(key string, visible func(T) bool) error {
	_, err := s.change(key, visible, func(v T) (T, error) { return v, nil })
	if err == nil {
		delete(s.things, key)
	}
	return err
}

func in[T any](t tenant.ID, of func(T) tenant.ID) func(T) bool {
	return func(v T) bool { return t == "" || of(v) == t }
}

// world is a whole installation in memory.
type world struct {
	*tenants
	*agents
	*numbers
	*prompts
	*bots
	*flows
	*queues
	rules      *rules
	recordings *recordings
	*peers
	*places
	proofs *proofs
	*keys
	*calls
	*webhooks
	*events
	*engine
	*idempotency
	*trail
	*ledger
	*steps
	visitor func(*http.Request) (provider.Visitor, error)
	log     *bytes.Buffer
	logMu   sync.Mutex
	legs    *legs
	health  *conditions
	away    []admin.Away
	now     time.Time
	handler http.Handler
}

type agents struct {
	shelf[tenant.Agent]
	seen map[tenant.AgentID]tenant.Standing
}

func agentTenant(a tenant.Agent) tenant.ID { return a.Tenant }

func (s *agents) CreateAgent(_ context.Context, a tenant.Agent) (tenant.Agent, error) {
	a.ID, a.CreatedAt = cmp.Or(a.ID, tenant.AgentID(uuid.NewString())), day
	return s.put(string(a.ID), a)
}

func (s *agents) Agent(_ context.Context, t tenant.ID, id tenant.AgentID) (tenant.Agent, error) {
	return s.get(string(id), in(t, agentTenant))
}

func (s *agents) AgentStanding(ctx context.Context, t tenant.ID, id tenant.AgentID) (onboarding.AgentStanding, error) {
	a, err := s.Agent(ctx, t, id)
	return onboarding.AgentStanding{Agent: a, Standing: s.seen[id]}, err
}

func (s *agents) ListAgents(_ context.Context, t tenant.ID, after tenant.AgentID, limit int) ([]tenant.Agent, error) {
	return s.list(string(after), limit, in(t, agentTenant))
}

func (s *agents) KnownAgents(ctx context.Context, t tenant.ID, ids []tenant.AgentID) ([]tenant.AgentID, error) {
	var known []tenant.AgentID
	for _, id := range ids {
		if a, err := s.Agent(ctx, t, id); err == nil && t != "" {
			known = append(known, a.ID)
		}
	}
	return known, nil
}

func (s *agents) ChangeAgent(_ context.Context, t tenant.ID, id tenant.AgentID, f func(tenant.Agent) (tenant.Agent, error)) (tenant.Agent, error) {
	return s.change(string(id), func(a tenant.Agent) bool { return a.Tenant == t }, f)
}

func (s *agents) DeleteAgent(_ context.Context, t tenant.ID, id tenant.AgentID) error {
	return s.drop(string(id), func(a tenant.Agent) bool { return a.Tenant == t })
}

type numbers struct{ shelf[tenant.Number] }

func numberTenant(n tenant.Number) tenant.ID { return n.Tenant }

func (s *numbers) CreateNumber(_ context.Context, n tenant.Number) (tenant.Number, error) {
	n.CreatedAt = day
	return s.put(n.E164, n)
}

func (s *numbers) Number(_ context.Context, t tenant.ID, e164 string) (tenant.Number, error) {
	return s.get(e164, in(t, numberTenant))
}

func (s *numbers) ListNumbers(_ context.Context, t tenant.ID, after string, limit int) ([]tenant.Number, error) {
	return s.list(after, limit, in(t, numberTenant))
}

func (s *numbers) ChangeNumber(_ context.Context, t tenant.ID, e164 string, f func(tenant.Number) (tenant.Number, error)) (tenant.Number, error) {
	return s.change(e164, func(n tenant.Number) bool { return n.Tenant == t }, f)
}

func (s *numbers) DeleteNumber(_ context.Context, t tenant.ID, e164 string) error {
	return s.drop(e164, func(n tenant.Number) bool { return n.Tenant == t })
}

type peers struct{ shelf[trunk.Peer] }

func (s *peers) CreatePeer(_ context.Context, p trunk.Peer) (trunk.Peer, error) {
	p.CreatedAt = day
	return s.put(string(p.ID), p)
}

func (s *peers) Peer(_ context.Context, id trunk.PeerID) (trunk.Peer, error) {
	return s.get(string(id), nil)
}

func (s *peers) ListPeers(_ context.Context, after trunk.PeerID, limit int) ([]trunk.Peer, error) {
	return s.list(string(after), limit, nil)
}

func (s *peers) ChangePeer(_ context.Context, id trunk.PeerID, f func(trunk.Peer) (trunk.Peer, error)) (trunk.Peer, error) {
	return s.change(string(id), nil, f)
}

func (s *peers) DeletePeer(_ context.Context, id trunk.PeerID) error { return s.drop(string(id), nil) }

type places struct {
	regions   shelf[trunk.Region]
	resources shelf[trunk.Resource]
	trunks    shelf[trunk.Trunk]
	routed
}

func (s *places) CreateRegion(_ context.Context, r trunk.Region) (trunk.Region, error) {
	r.CreatedAt = day
	return s.regions.put(string(r.ID), r)
}

func (s *places) Region(_ context.Context, id trunk.RegionID) (trunk.Region, error) {
	return s.regions.get(string(id), nil)
}

func (s *places) ListRegions(_ context.Context, after trunk.RegionID, limit int) ([]trunk.Region, error) {
	return s.regions.list(string(after), limit, nil)
}

func (s *places) CreateResource(_ context.Context, r trunk.Resource) (trunk.Resource, error) {
	r.CreatedAt = day
	return s.resources.put(string(r.ID), r)
}

func (s *places) Resource(_ context.Context, id trunk.ResourceID) (trunk.Resource, error) {
	return s.resources.get(string(id), nil)
}

func (s *places) ListResources(_ context.Context, after trunk.ResourceID, limit int) ([]trunk.Resource, error) {
	return s.resources.list(string(after), limit, nil)
}

func (s *places) CreateTrunk(_ context.Context, t trunk.Trunk) (trunk.Trunk, error) {
	t.CreatedAt = day
	return s.trunks.put(t.FQDN, t)
}

func (s *places) Trunk(_ context.Context, fqdn string) (trunk.Trunk, error) {
	return s.trunks.get(fqdn, nil)
}

func (s *places) ListTrunks(_ context.Context, after string, limit int) ([]trunk.Trunk, error) {
	return s.trunks.list(after, limit, nil)
}

type keys struct {
	shelf[provider.Key]
	err error // of KeyByHash, to let the store be away
}

func (s *keys) KeyByHash(_ context.Context, hash []byte) (provider.Key, error) {
	if s.err != nil {
		return provider.Key{}, s.err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.things {
		if bytes.Equal(k.Hash, hash) {
			return k, nil
		}
	}
	return provider.Key{}, s.unknown()
}

func (s *keys) CreateKey(_ context.Context, k provider.Key) (provider.Key, error) {
	k.ID, k.CreatedAt = cmp.Or(k.ID, provider.KeyID(uuid.NewString())), day
	return s.put(string(k.ID), k)
}

func (s *keys) Key(_ context.Context, id provider.KeyID) (provider.Key, error) {
	return s.get(string(id), nil)
}

func (s *keys) ListKeys(_ context.Context, of tenant.ID, after provider.KeyID, limit int) ([]provider.Key, error) {
	return s.list(string(after), limit, in(of, func(k provider.Key) tenant.ID { return k.Tenant }))
}

func (s *keys) RevokeKey(_ context.Context, id provider.KeyID) error {
	_, err := s.change(string(id), nil, func(k provider.Key) (provider.Key, error) {
		k.RevokedAt = day
		return k, nil
	})
	return err
}

// calls lists from the newest.
type calls struct {
	mu      sync.Mutex
	all     []call.Call
	records []call.CDR
	spans   []call.Months // of usage that was asked for
	asked   []provider.Query
	failure error
}

func (s *calls) Call(_ context.Context, t tenant.ID, id call.ID) (call.Call, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.all {
		if c.ID == id && (t == "" || c.Tenant == t) {
			return c, s.failure
		}
	}
	return call.Call{}, fault.NotFound("call_unknown", "there is no such call")
}

func (s *calls) ListCalls(_ context.Context, t tenant.ID, q provider.Query) ([]call.Call, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, q)
	return newest(s.all, q, func(c call.Call) (call.ID, bool) { return c.ID, t == "" || c.Tenant == t }), s.failure
}

func (s *calls) Foreign(_ context.Context, t tenant.ID, serverCall string) (bool, error) {
	return slices.ContainsFunc(s.all, func(c call.Call) bool { return c.Tenant != t && c.Connection.ServerCall == serverCall }), nil
}

func (s *calls) CDR(_ context.Context, t tenant.ID, id call.ID) (call.CDR, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.records {
		if r.Call == id && (t == "" || r.Tenant == t) {
			return r, nil
		}
	}
	return call.CDR{}, fault.NotFound("call_unknown", "there is no such call")
}

func (s *calls) ListCDRs(_ context.Context, t tenant.ID, q provider.Query) ([]call.CDR, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, q)
	return newest(s.records, q, func(r call.CDR) (call.ID, bool) { return r.Call, t == "" || r.Tenant == t }), nil
}

// ListUsage makes a row of each record: the world has one a tenant and month.
func (s *calls) ListUsage(_ context.Context, t tenant.ID, span call.Months, after *call.UsageKey, limit int) (all []call.Usage, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spans = append(s.spans, span)
	for _, r := range s.records {
		u := call.Usage{Tenant: r.Tenant, Month: call.MonthOf(r.Call.StartedAt()), Inbound: r.Traffic(), Agents: int64(len(r.Talked()))}
		if (t == "" || r.Tenant == t) && (after == nil || r.Tenant < after.Tenant) {
			all = append(all, u)
		}
	}
	slices.SortFunc(all, func(a, b call.Usage) int { return strings.Compare(string(b.Tenant), string(a.Tenant)) })
	return all[:min(limit, len(all))], s.failure
}

func newest[T any](all []T, q provider.Query, see func(T) (call.ID, bool)) []T {
	var out []T
	for _, x := range all {
		if id, visible := see(x); visible && (q.After == "" || string(id) < q.After) {
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b T) int {
		x, _ := see(a)
		y, _ := see(b)
		return cmp.Compare(y, x)
	})
	return out[:min(len(out), q.Limit)]
}

// The fixtures: two tenants, each with an agent, a number, a call and a record.
var day = time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)

const (
	contoso, fabrikam = "0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21", "1c0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c22"
	adele, ben        = "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55", "9b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e56"
	theirNumber       = "+493012345678"
	otherNumber       = "+442012345678"
	peerOne           = "d1a1f7a4-70a4-4a53-8f0a-7d7a5b0f0c33"
	spareKey          = "6f0d2b57-3f0f-4b1e-9d5c-0a6c2f5f3c11"

	owner       = "tdm_owner000000000000000000"
	contosoKey  = "tdm_contoso0000000000000000"
	fabrikamKey = "tdm_fabrikam000000000000000"
	powerless   = "tdm_powerless00000000000000"
	expired     = "tdm_expired0000000000000000"
)

var (
	contosoCall  = call.NewID(day, [10]byte{1})
	fabrikamCall = call.NewID(day, [10]byte{2})
)

func (w *world) Write(b []byte) (int, error) {
	w.logMu.Lock()
	defer w.logMu.Unlock()
	return w.log.Write(b)
}

func (w *world) logged() string {
	w.logMu.Lock()
	defer w.logMu.Unlock()
	return w.log.String()
}

// deserted are worlds that nobody lives in any more: to describe the API again for
// each of a thousand worlds is most of what their tests would take.
var deserted struct {
	mu     sync.Mutex
	worlds []*world
}

func newWorld(t testing.TB) *world {
	t.Helper()
	deserted.mu.Lock()
	var w *world
	if n := len(deserted.worlds); n > 0 {
		w, deserted.worlds = deserted.worlds[n-1], deserted.worlds[:n-1]
	}
	deserted.mu.Unlock()
	if w == nil {
		w = built(t)
	}
	w.clear()
	w.furnish(t)
	t.Cleanup(func() {
		if !t.Failed() {
			deserted.mu.Lock()
			defer deserted.mu.Unlock()
			deserted.worlds = append(deserted.worlds, w)
		}
	})
	return w
}

// clear leaves nothing of who lived here before.
func (w *world) clear() {
	*w.tenants, *w.agents, *w.numbers, *w.prompts, *w.bots, *w.flows, *w.queues = tenants{}, agents{}, numbers{}, prompts{}, bots{}, flows{}, queues{}
	*w.recordings, *w.rules, *w.peers, *w.places, *w.proofs, *w.keys, *w.calls = recordings{}, rules{}, peers{}, places{}, proofs{}, keys{}, calls{}
	*w.webhooks, *w.events, *w.engine, *w.trail, *w.ledger, *w.steps = webhooks{}, events{}, engine{}, trail{}, ledger{}, steps{}
	*w.idempotency = idempotency{claims: map[string]admin.Once{}, answers: map[string]admin.Answer{}}
	w.log.Reset()
	*w.legs = legs{kept: true}
	*w.health = conditions{}
	w.away, w.now = nil, day
	w.held = map[tenant.AgentID]provider.Reservation{}
	w.tenants.what, w.agents.what, w.numbers.what, w.peers.what, w.keys.what = "tenant", "agent", "number", "peer", "key"
	w.webhooks.what, w.prompts.what, w.flows.what, w.queues.what, w.bots.what = "webhook", "prompt", "flow", "queue", "bot"
	w.regions.what, w.resources.what, w.trunks.what = "region", "resource", "trunk"
	w.ledger.what, w.steps.w = "invitation", w
	w.visitor = func(*http.Request) (provider.Visitor, error) {
		return provider.Visitor{}, fault.Unauthenticated("session_missing", "you are not signed in")
	}
}

// built is a world with its API, and nothing in it.
func built(t testing.TB) *world {
	t.Helper()
	w := &world{
		tenants: &tenants{}, agents: &agents{}, numbers: &numbers{}, prompts: &prompts{}, bots: &bots{}, flows: &flows{}, queues: &queues{},
		recordings: &recordings{}, rules: &rules{}, peers: &peers{}, places: &places{}, proofs: &proofs{}, keys: &keys{}, calls: &calls{}, webhooks: &webhooks{},
		events: &events{}, engine: &engine{}, trail: &trail{}, ledger: &ledger{}, steps: &steps{}, idempotency: &idempotency{}, log: &bytes.Buffer{}, legs: &legs{kept: true}, health: &conditions{},
	}
	box, err := secret.ReadKeys(strings.NewReader(secret.NewKeyLine("test")))
	if err != nil {
		t.Fatal(err)
	}
	w.handler = admin.New(admin.Deps{
		Keys: w.keys, Tenants: w.tenants, Agents: w.agents, Numbers: w.numbers, Prompts: w.prompts, Bots: w.bots, Flows: w.flows, Queues: w.queues, Reservations: w.queues, Recordings: w.recordings, Transcripts: w.recordings, RecordingFiles: w.recordings, PromptURL: promptURL, Peers: w.peers, Dialling: w.rules, Places: w.places, Routings: w.routings(), Health: w.health, Proofs: w.proofs, Calls: w.calls, Journals: w.calls,
		Audit: w.trail, Ledger: w.ledger, Onboarding: w.steps, Consent: w.consentAddress,
		Session:  func(r *http.Request) (provider.Visitor, error) { return w.visitor(r) },
		Webhooks: w.webhooks, Deliveries: w.webhooks, Events: w.events,
		Doctor: func(context.Context) check.Report {
			return check.Report{OK: true, Findings: []check.Finding{{ID: "settings", State: check.OK, Found: "complete"}}}
		},
		Engine: w.engine, Legs: w.legs, Pcap: joined, Idempotency: w.idempotency, Seal: box, Logger: slog.New(slog.NewJSONHandler(w, nil)),
		Metrics: http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, "metrics 1\n") }),
		Ready:   func(context.Context) []admin.Away { return w.away },
	}, admin.Config{
		Realm: "tandem", Connectivities: []tenant.Connectivity{trunk.ACSDirectRouting},
		SIPURI: func(region, token string) string { return "sip:" + token + "@" + region + ".sbc.example.net" },
		Now:    func() time.Time { return w.now },
	})
	return w
}
