package bridge

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// Config is what a bridge is made of. Zero durations mean the defaults.
type Config struct {
	Node string // stable name of the process
	Life string // unique to this run of it

	World     World
	Journal   Journal
	Registry  Registry
	Presence  PresenceSource
	Microsoft map[tenant.Connectivity]Microsoft
	Logger    *slog.Logger

	LeaseFor       time.Duration // how long a silent process keeps its calls; 10 s
	Poll           time.Duration // between looks for mail and orphans; 1 s
	RequestTimeout time.Duration // of one request to the outside; 10 s

	// Random fills b; crypto/rand.Read if nil.
	Random func(b []byte)
	// Hash of a token, as the journal keeps it.
	Hash func(token string) []byte
	// Alarm, if set, hears of calls out that were refused. It must not block.
	Alarm func(Alarm)
	// Observe, if set, sees every step after it was committed. It must not block.
	Observe func(Observation)
}

// Observation is one step of one call.
type Observation struct {
	Call    call.Call
	Event   call.Event
	Actions []call.Action
	Ignored bool
}

// Bridge runs the calls of this process.
type Bridge struct {
	cfg            Config
	world          World
	journal        Journal
	registry       Registry
	presence       PresenceSource
	edge           Edge
	log            *slog.Logger
	requestTimeout time.Duration
	people         people

	ctx    context.Context
	cancel context.CancelFunc

	mu       sync.Mutex
	runners  map[call.ID]*runner
	waiting  map[call.ID]waiting // calls for which a queue had nobody
	freed    map[tenant.ID]int   // how often somebody may have become free for those
	watches  map[string]*watch   // nil: no more
	idle     []chan struct{}     // closed when the last runner is gone
	healthy  time.Time           // since when the journal answers; zero if it does not
	draining bool
}

// New makes a bridge that is not running yet: see [Bridge.Use] and [Bridge.Start].
func New(cfg Config) *Bridge {
	cfg.LeaseFor = orDefault(cfg.LeaseFor, 10*time.Second)
	cfg.Poll = orDefault(cfg.Poll, time.Second)
	cfg.RequestTimeout = orDefault(cfg.RequestTimeout, 10*time.Second)
	b := &Bridge{
		cfg: cfg, world: cfg.World, journal: cfg.Journal, registry: cfg.Registry, presence: cfg.Presence, edge: legless{},
		log: cfg.Logger, requestTimeout: cfg.RequestTimeout, runners: map[call.ID]*runner{}, waiting: map[call.ID]waiting{}, watches: map[string]*watch{}, freed: map[tenant.ID]int{},
	}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	return b
}

func orDefault(d, def time.Duration) time.Duration {
	if d <= 0 {
		return def
	}
	return d
}

// Use gives the bridge its edge; each of the two needs the other, so it comes
// after New and before anything else. A process without SIP legs has none: it
// takes no offers, adopts no calls and adds no telephones to its own.
func (b *Bridge) Use(edge Edge) { b.edge = edge }

// Start begins to watch leases, mail and orphans. The edge has to be serving,
// because the first orphans are buried through it.
func (b *Bridge) Start() {
	b.mu.Lock()
	b.healthy = b.world.Now()
	b.mu.Unlock()
	b.every(b.cfg.LeaseFor/3, b.renew)
	b.every(b.cfg.Poll, b.collect)
	b.every(b.cfg.Poll, b.adopt)
	b.world.Go(b.adopt)
}

func (b *Bridge) every(d time.Duration, f func()) {
	b.world.After(d, func() {
		if b.ctx.Err() != nil {
			return
		}
		f()
		b.every(d, f)
	})
}

// Drain refuses new calls, asks those there are to end, and waits until they
// have or ctx is over.
func (b *Bridge) Drain(ctx context.Context) error {
	b.mu.Lock()
	b.draining = true
	left := make(chan struct{})
	if len(b.runners) == 0 {
		close(left)
	} else {
		b.idle = append(b.idle, left)
	}
	for _, r := range b.runners {
		r.post(drained)
	}
	b.mu.Unlock()
	select {
	case <-left:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close stops at once; calls that go on are adopted by whoever comes next.
func (b *Bridge) Close() { b.cancel() }

// Owner is this process as the journal knows it.
func (b *Bridge) owner() Owner {
	return Owner{Node: b.cfg.Node, Life: b.cfg.Life, Until: b.world.Now().Add(b.cfg.LeaseFor), Legless: b.legless()}
}

func (b *Bridge) observe(o Observation) {
	if b.cfg.Observe != nil {
		b.cfg.Observe(o)
	}
}

// microsoft picks the adapter of a connectivity.
func (b *Bridge) microsoft(c tenant.Connectivity) (Microsoft, error) {
	if ms, ok := b.cfg.Microsoft[c]; ok {
		return ms, nil
	}
	return nil, fault.Invalid("connectivity_unknown", "this installation has no way to Microsoft called "+string(c))
}

// dress puts tokens into actions that make Microsoft come back to us by SIP, and
// returns their hashes. That of a telephone ends with the action's id: what comes
// back names the action, and nobody can make it name another one.
func (b *Bridge) dress(actions []call.Action) (hashes [][]byte) {
	for i, a := range actions {
		switch d := a.Do.(type) {
		case call.DialFar:
			d.Token = b.token()
			actions[i].Do = d
			hashes = append(hashes, b.cfg.Hash(d.Token))
		case call.RingAgent:
			if d.Endpoint.Kind != tenant.PhoneNumber {
				continue
			}
			d.Token = b.token() + tokenEnds + a.ID
			actions[i].Do = d
			hashes = append(hashes, b.cfg.Hash(d.Token))
		}
	}
	return hashes
}

// tokenEnds stands between the random part of a telephone's token, which has no
// such character, and the action.
const tokenEnds = "."

// begin puts a runner for a call that is ours into place. Mail waits until its
// box is emptied for the first time.
func (b *Bridge) begin(l Lease, c call.Call) *runner {
	r := &runner{b: b, lease: l, busy: true, log: b.log.With("call", c.ID, "tenant", c.Tenant)}
	r.now(c)
	b.mu.Lock()
	b.runners[c.ID] = r
	b.mu.Unlock()
	return r
}

// drained is what a call is told whose node drains.
var drained = mail{event: call.HangUpAsked{Cause: "shutdown"}}

func (b *Bridge) runner(id call.ID) (*runner, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, ok := b.runners[id]
	return r, ok
}

// TenantOf is whose call it is, if this process runs it; else "".
func (b *Bridge) TenantOf(id call.ID) tenant.ID {
	r, ok := b.runner(id)
	if !ok {
		return ""
	}
	return r.lease.Tenant
}

func (b *Bridge) forget(id call.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.runners, id)
	delete(b.waiting, id)
	if len(b.runners) == 0 {
		for _, c := range b.idle {
			close(c)
		}
		b.idle = nil
	}
}

// Running is the number of calls of this process.
func (b *Bridge) Running() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.runners)
}

// renew keeps our leases and notes whether the journal answers.
func (b *Bridge) renew() {
	err := b.journal.Renew(b.ctx, b.owner())
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err != nil && !errors.Is(err, context.Canceled):
		if !b.healthy.IsZero() {
			b.log.Error("the journal does not answer", "error", err)
		}
		b.healthy = time.Time{}
	case err == nil && b.healthy.IsZero():
		b.log.Info("the journal answers again")
		b.healthy = b.world.Now()
		for _, id := range slices.Sorted(maps.Keys(b.runners)) { // in an order that a simulation can repeat
			b.runners[id].post(mail{event: call.Doubted{}})
		}
	}
}

// Ready reports whether calls can be journalled.
func (b *Bridge) Ready() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.healthy.IsZero() && !b.draining
}

// collect takes up mail that other processes left for our calls.
func (b *Bridge) collect() {
	posted, err := b.journal.Collect(b.ctx, b.owner())
	if err != nil {
		return // renew tells
	}
	for _, p := range posted {
		if r, ok := b.runner(p.Call); ok {
			r.post(mail{event: p.Event, seen: p.Seen, inbox: p.ID})
		}
	}
}

// Wake looks for mail now; a hint that some came need not wait for the poll.
func (b *Bridge) Wake() { b.world.Go(b.collect) }

// adopt takes calls that nobody looks after.
func (b *Bridge) adopt() {
	b.mu.Lock()
	since, draining := b.healthy, b.draining
	b.mu.Unlock()
	if since.IsZero() || draining || b.legless() { // nobody here can bury the legs
		return
	}
	settled := b.world.Now().Sub(since) >= b.cfg.LeaseFor
	ids, err := b.journal.Adoptable(b.ctx, b.owner(), settled, 100)
	if err != nil {
		return
	}
	for _, id := range ids {
		if _, ours := b.runner(id); ours {
			continue
		}
		if _, err := b.claim(id); err != nil && fault.KindOf(err) != fault.KindConflict && fault.KindOf(err) != fault.KindNotFound {
			b.log.Warn("call not adopted", "call", id, "error", err)
		}
	}
}

// claim takes a call over and continues it.
func (b *Bridge) claim(id call.ID) (*runner, error) {
	got, err := b.journal.Claim(b.ctx, id, b.owner())
	if err != nil {
		return nil, err
	}
	r := b.begin(got.Lease, got.Call)
	r.arm()
	defer b.world.Go(r.takeUp)
	if got.Fresh {
		return r, nil
	}
	r.log.Warn("adopted a call", "phase", got.Call.Phase, "pending", len(got.Pending))
	r.post(mail{event: call.OwnerLost{}})
	slices.SortFunc(got.Pending, func(a, b Pending) int { return a.At.Compare(b.At) })
	for _, p := range got.Pending {
		r.resume(got.Call, p)
	}
	r.post(mail{event: call.Doubted{}})
	return r, nil
}

// takeUp empties the box of a call that was taken over, when its flow is at hand: a caller
// without a leg of ours is still there to be treated. Of a flow that cannot be read nothing
// is left to be done: the call ends.
func (r *runner) takeUp() {
	if r.c.Plan.Flow != nil && r.c.Plan.External && r.c.Phase == call.Routing {
		d, err := r.b.registry.FlowVersion(r.b.ctx, r.c.Tenant, *r.c.Plan.Flow)
		if fault.KindOf(err) == fault.KindUnavailable {
			r.retry = min(max(2*r.retry, retryFirst), retryMost)
			r.b.world.After(r.retry, r.takeUp)
			return
		}
		if err != nil {
			r.log.Error("the flow of an adopted call cannot be read", "flow", r.c.Plan.Flow.ID, "error", err)
		}
		r.flow = &d
	}
	r.empty()
}

// resume applies the redo rule to an action of the former owner.
func (r *runner) resume(c call.Call, p Pending) {
	now := r.b.world.Now()
	switch rule := ruleOf(p.Action.Do); {
	case rule.adopt == againAlways, rule.adopt == againYoung && now.Sub(p.At) < young:
		r.b.world.Go(func() { r.attempt(c, p.Action, p.At, now, tryFirst) })
	case rule.adopt == againYoung, rule.adopt == tellIt:
		r.settle(p.Action, failed(p.Action, fault.Unavailable("too_old", "not known whether it was done")))
	}
}
