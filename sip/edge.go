package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/sip/capture"
	"tandem/sip/guard"
	"tandem/sip/media"
	"tandem/sip/wire"
)

// Edge is the SIP edge of one process. Safe for concurrent use.
type Edge struct {
	cfg     Config
	engine  Calls
	log     *slog.Logger
	metrics *metrics
	guard   *guard.Guard
	relay   *media.Relay
	load    *guard.Load
	tenants *guard.Tenants
	near    *nearSide   // the first of nears
	nears   []*nearSide // see [Config.AlsoNear]
	far     *farSide
	health  *health
	tallies tallies

	ctx     context.Context // ends when the edge closes
	cancel  context.CancelFunc
	running sync.WaitGroup
	serving sync.WaitGroup // of those, who read from listeners
	ready   chan struct{}  // closed when the listeners are served

	traced  atomic.Bool // some call is being captured
	records *records    // nil: nothing is kept
	music   music

	mu            sync.Mutex
	tracing       tracing
	conversations map[call.ID]*conversation
	dialogs       map[dialogKey]*leg
	offers        map[offerKey]struct{}
	perPeer       map[string]int      // calls
	branches      map[string]struct{} // of our INVITEs to peers under way
	outs          map[outKey]*outCall
	refusals      map[dialogKey]chan struct{} // of [Edge.Bury]: closed by their ACK
	started       bool
	closed        bool
	draining      bool
}

var _ bridge.Edge = (*Edge)(nil)

// dialogKey finds a dialog by what requests inside it carry; the rest is compared by the leg.
type dialogKey struct {
	side             call.Side
	callID, localTag string
}

// offerKey tells a second INVITE of the same caller's call (RFC 3261 §8.2.2.2).
type offerKey struct{ callID, fromTag string }

// conversation is what the legs of a call share.
type conversation struct {
	near *nearLeg
	far  *farLeg // nil until Dial; guarded by Edge.mu
	legs int     // that are not over; guarded by Edge.mu

	callIDs map[call.Side]string // of the dialogs as they are now; guarded by Edge.mu
}

// Addrs are the addresses that the edge really listens on; the zero value is off.
type Addrs struct{ UDP, TCP, TLS, Far netip.AddrPort }

// New opens the listeners; nobody is served before [Edge.Run].
func New(c Config, calls Calls, peers guard.Peers, log *slog.Logger, r prometheus.Registerer) (*Edge, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	log = slog.New(lazily{h: log.Handler()})
	e := &Edge{
		cfg: c, engine: calls, log: log, ready: make(chan struct{}), records: newRecords(c.Trace),
		tracing:       tracing{map[call.ID]*traced{}, map[string]*capture.File{}},
		conversations: map[call.ID]*conversation{}, dialogs: map[dialogKey]*leg{}, offers: map[offerKey]struct{}{}, perPeer: map[string]int{}, branches: map[string]struct{}{}, outs: map[outKey]*outCall{}, refusals: map[dialogKey]chan struct{}{},
	}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	if e.metrics, err = newMetrics(r); err != nil {
		return nil, fmt.Errorf("sip: metrics: %w", err)
	}
	e.load = guard.NewLoad(c.MaxPending, c.MaxLag)
	e.tenants = guard.NewTenants(c.TenantOf, c.TenantCalls, c.TenantCallsPerSecond)
	gc := c.guardConfig()
	gc.Logger = log
	if e.guard, err = guard.New(gc, peers); err != nil {
		return nil, err
	}
	if e.relay, err = media.NewRelay(c.Media); err != nil {
		return nil, fmt.Errorf("sip: %w", err)
	}
	stack := newQuiet(log, e.metrics.noise)
	if err = e.openNears(stack); err == nil {
		e.health = newHealth(e.near)
		e.far, err = newFar(e, stack)
	}
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// Addrs tells where the edge listens; of peers' sides the first.
func (e *Edge) Addrs() Addrs { return e.Listeners()[0] }

// Listeners tells where the edge listens for peers, each side of the configuration.
func (e *Edge) Listeners() []Addrs {
	var all []Addrs
	for _, n := range e.nears {
		all = append(all, Addrs{UDP: n.udpAddr, TCP: n.tcpAddr, TLS: n.tlsAddr, Far: e.far.addr})
	}
	return all
}

// Run serves until ctx ends, then ends the legs that are left and closes the edge.
func (e *Edge) Run(ctx context.Context) error {
	e.mu.Lock()
	if e.started || e.closed {
		e.mu.Unlock()
		return errors.New("sip: the edge was run or closed before")
	}
	e.started = true
	e.running.Add(1)
	e.mu.Unlock()
	if err := e.guard.Refresh(ctx); err != nil {
		e.log.Warn("the list of peers could not be read, it is tried again", keyError, err)
	}
	e.running.Go(func() { e.guard.Run(e.ctx) })
	e.running.Go(func() { e.load.Watch(e.ctx, e.log) })
	if e.records != nil {
		e.running.Go(func() { e.records.run(e.ctx) })
	}
	for _, n := range e.nears {
		n.serve()
	}
	e.running.Go(e.health.run)
	e.far.serve()
	close(e.ready)
	e.running.Done()
	select {
	case <-ctx.Done():
	case <-e.ctx.Done():
	}
	return e.Close()
}

// Ready is closed when the listeners are served.
func (e *Edge) Ready() <-chan struct{} { return e.ready }

// Drain refuses new calls with 503 and stops the pings of the trunks, so that Microsoft
// chooses another node after three minutes. What there is goes on.
func (e *Edge) Drain() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.draining = true
}

func (e *Edge) isDraining() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.draining
}

// Close ends all legs, as well as may be done in [Timers.Close], and waits for
// everything that runs. It may be called again.
func (e *Edge) Close() error {
	e.mu.Lock()
	first, started := !e.closed, e.started
	e.closed = true
	e.mu.Unlock()
	e.cancel()
	if started {
		<-e.ready
	}
	if !first {
		e.running.Wait()
		return nil
	}
	e.hurry()
	// Nothing comes in any more when the stack closes: it would open new connections to
	// answer. Those that it has opened for a message under way are closed at the end.
	var errs []error
	for _, n := range e.nears {
		errs = append(errs, n.deafen())
	}
	if e.far != nil {
		errs = append(errs, e.far.deafen())
	}
	e.serving.Wait()
	e.closeAgents()
	e.running.Wait()
	e.records.flush()
	if e.relay != nil {
		errs = append(errs, e.relay.Close())
	}
	e.closeAgents()
	return errors.Join(errs...)
}

func (e *Edge) closeAgents() {
	for _, n := range e.nears {
		e.closeAgent(n.ua)
	}
	if e.far != nil {
		e.far.closeAgents()
	}
}

// hurry waits for the legs, which have seen e.ctx end, as long as they may take.
func (e *Edge) hurry() {
	e.mu.Lock()
	var legs []*leg
	for _, l := range e.dialogs {
		legs = append(legs, l)
	}
	e.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), e.cfg.Timers.Close)
	defer cancel()
	for _, l := range legs {
		select {
		case <-l.over:
		case <-ctx.Done():
			return
		}
	}
}

// begin counts one more goroutine of the SIP stack's that works for us, unless the
// edge is closed.
func (e *Edge) begin() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.running.Add(1)
	return true
}

// gate is what the sockets need.
func (e *Edge) gate() wire.Gate {
	return wire.Gate{
		Context: e.ctx, Guard: e.guard, Roots: e.cfg.Near.Roots, Log: e.log, WriteWithin: e.cfg.Timers.Request,
		Refused: e.metrics.refuse, Responded: e.metrics.response, Passed: e.passed,
	}
}

var errNoLeg = fault.NotFound("no_leg", "there is no such leg here")

func (e *Edge) nearLeg(id call.ID) (*nearLeg, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if c := e.conversations[id]; c != nil {
		return c.near, nil
	}
	return nil, errNoLeg
}

func (e *Edge) farLeg(id call.ID) (*farLeg, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if c := e.conversations[id]; c != nil && c.far != nil {
		return c.far, nil
	}
	return nil, errNoLeg
}

// Ring sends 180.
func (e *Edge) Ring(_ context.Context, id call.ID) error {
	l, err := e.nearLeg(id)
	if err != nil {
		return err
	}
	return l.order(order{do: orderRing})
}

// RingThrough sends 183, after which the caller hears what the far side sends before it
// answers (RFC 3960 §3); 180 if that cannot be.
func (e *Edge) RingThrough(_ context.Context, id call.ID) error {
	l, err := e.nearLeg(id)
	if err != nil {
		return err
	}
	return l.order(order{do: orderRingThrough})
}

// Answer sends 200.
func (e *Edge) Answer(_ context.Context, id call.ID) error {
	l, err := e.nearLeg(id)
	if err != nil {
		return err
	}
	l.voice.decide()
	return l.order(order{do: orderAnswer})
}

// ConnectMedia joins the legs. It goes through the near leg, so that it comes after the answer.
func (e *Edge) ConnectMedia(_ context.Context, id call.ID) error {
	l, err := e.nearLeg(id)
	if err != nil {
		return err
	}
	return l.order(order{do: orderConnect})
}

// Mute has Microsoft hear silence instead of the customer, or the customer again.
func (e *Edge) Mute(_ context.Context, id call.ID, on bool) error {
	l, err := e.nearLeg(id)
	if err != nil {
		return err
	}
	return l.order(order{do: orderMute, on: on})
}

// HangUp ends a leg as its dialog stands.
func (e *Edge) HangUp(_ context.Context, id call.ID, h call.HangUpLeg) error {
	o := order{do: orderHangUp, hangUp: h}
	if _, out := h.Side.Out(); out {
		c, err := e.outCall(id, h.Side)
		if err != nil {
			return err
		}
		return c.far.order(o)
	}
	if h.Side == call.Near {
		l, err := e.nearLeg(id)
		if err != nil {
			return err
		}
		return l.order(o)
	}
	l, err := e.farLeg(id)
	if err != nil {
		return err
	}
	return l.order(o)
}
