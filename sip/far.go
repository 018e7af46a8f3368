package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/roomy"
	"tandem/internal/tenant"
	"tandem/sip/guard"
	"tandem/sip/identity"
	"tandem/sip/profile"
	"tandem/sip/wire"
)

// farSide is Microsoft's side: a user agent for the connections that they open, and
// one for each trunk identity for those that we open.
type farSide struct {
	e       *Edge
	proxies []profile.Proxy
	trunks  map[string]*trunk // by FQDN
	ua      *sipgo.UserAgent
	server  *sipgo.Server
	tls     *wire.Listener // nil: no far side
	addr    netip.AddrPort
	next    *nextHop // nil: the far side is Microsoft's
}

// trunk is one identity and the connections made with it.
type trunk struct {
	profile.Trunk
	far      *farSide
	carrier  *trunk // whose connections and health it has; nil: its own
	standing *standing
	signs    *signs
	ua       *sipgo.UserAgent
	client   *sipgo.Client
}

func newFar(e *Edge, stack *slog.Logger) (*farSide, error) {
	f := &farSide{e: e, trunks: map[string]*trunk{}}
	c := e.cfg.Far
	if c.Next != nil {
		return f, f.toNextHop(stack)
	}
	if len(c.Trunks) == 0 {
		return f, nil
	}
	var err error
	if f.proxies, err = c.proxies(); err != nil {
		return f, err
	}
	for _, t := range c.Trunks {
		if err := t.Check(); err != nil {
			return f, err
		}
	}
	conf, err := identity.Server(c.Trunks, c.Roots)
	if err != nil {
		return f, err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return f, fmt.Errorf("sip: far: %w", err)
	}
	f.tls = wire.NewListener(l, e.gate(), call.Far, conf)
	f.addr = wire.Source(l.Addr().String())
	port := c.Port
	if port == 0 {
		port = int(f.addr.Port())
	}
	if f.ua, f.server, _, err = f.agent(stack); err != nil {
		return f, err
	}
	if err := f.newTrunks(stack, port); err != nil {
		return f, err
	}
	return f, nil
}

func (f *farSide) agent(stack *slog.Logger, options ...sipgo.UserAgentOption) (ua *sipgo.UserAgent, s *sipgo.Server, c *sipgo.Client, err error) {
	options = append(options, sipgo.WithUserAgentDNSResolver(f.e.cfg.Far.Resolver))
	if ua, err = newUserAgent(f.e.cfg.UserAgent, stack, f.e.readFilter(call.Far), func(*sipmsg.Response) { f.e.metrics.noise.Inc() }, options...); err != nil {
		return nil, nil, nil, fmt.Errorf("sip: far: %w", err)
	}
	if s, err = sipgo.NewServer(ua, sipgo.WithServerLogger(stack)); err == nil {
		c, err = sipgo.NewClient(ua, sipgo.WithClientLogger(stack))
	}
	if err != nil {
		return nil, nil, nil, errors.Join(fmt.Errorf("sip: far: %w", err), ua.Close())
	}
	// Microsoft sends requests on its own connections only; one that came on ours
	// would be as good, its sender has shown the same certificate.
	s.OnNoRoute(f.serveRequest)
	return ua, s, c, nil
}

func (f *farSide) serve() {
	if f.next != nil {
		f.next.serve()
	}
	if f.tls == nil {
		return
	}
	f.e.serving.Go(func() {
		if err := f.server.ServeTLS(f.tls); f.e.ctx.Err() == nil {
			f.e.log.Error("the listener for Microsoft ended", keyError, err)
		}
	})
	if f.e.cfg.Far.Ping > 0 {
		for _, t := range f.trunks {
			if t.carrier == nil {
				f.e.running.Go(t.ping)
			}
		}
	}
}

// deafen closes the listener.
func (f *farSide) deafen() error {
	if f.next != nil {
		return f.next.deafen()
	}
	if f.tls == nil {
		return nil
	}
	return f.tls.Close()
}

func (f *farSide) closeAgents() {
	for _, t := range f.trunks {
		if t.carrier == nil && t.ua != nil {
			f.e.closeAgent(t.ua)
		}
	}
	if f.ua != nil {
		f.e.closeAgent(f.ua)
	}
}

// serveRequest takes every request of Microsoft's.
func (f *farSide) serveRequest(r *sipmsg.Request, tx sipmsg.ServerTransaction) {
	roomy.Stack()
	if !f.e.begin() {
		return
	}
	defer f.e.running.Done()
	tx = f.e.watch(call.Far, r, tx)
	f.e.metrics.request(call.Far, r.Method)
	if refusal := guard.Check(r, f.methods(), true, optionReplaces, optionTimer); refusal != nil {
		f.e.refuse(call.Far, r, tx, refusal)
		return
	}
	_, inDialog := r.To().Params.Get("tag")
	switch {
	case inDialog && !r.IsCancel():
		if !f.e.deliver(call.Far, r, tx) && !r.IsAck() {
			f.e.metrics.refuse(call.Far, causeDialog)
			f.e.reply(call.Far, r, tx, sipmsg.StatusCallTransactionDoesNotExists)
		}
	case r.IsAck():
	case r.Method == sipmsg.OPTIONS:
		f.options(r, tx)
	case r.IsInvite():
		f.outInvite(r, tx)
	default:
		f.e.metrics.refuse(call.Far, causeDialog)
		f.e.reply(call.Far, r, tx, sipmsg.StatusCallTransactionDoesNotExists)
	}
}

// methods are those that we take from Microsoft.
func (f *farSide) methods() []sipmsg.RequestMethod {
	return profile.Trunk{Refers: f.e.cfg.Far.Refers}.Methods()
}

// options answers Microsoft's ping. Contact and Allow are what it looks at
// (facts/direct-routing.md §5.2).
func (f *farSide) options(r *sipmsg.Request, tx sipmsg.ServerTransaction) {
	t, ok := f.trunks[strings.ToLower(r.Recipient.Host)]
	if f.next != nil {
		t, ok = f.trunks[NextHopTrunk], true
	}
	if !ok {
		f.e.reply(call.Far, r, tx, sipmsg.StatusNotFound)
		return
	}
	t.signs.heard(time.Now())
	f.e.reply(call.Far, r, tx, sipmsg.StatusOK, sipmsg.NewHeader("Contact", t.Contact("")), guard.Allow(t.Methods()))
}

// ping sends OPTIONS to all proxies, now and then again and again
// (facts/direct-routing.md §5.1). Calls do not wait for it: who does not answer is tried
// last. It is also what renews connections (§4.3), since it uses each of them.
func (t *trunk) ping() {
	e := t.far.e
	tick := time.NewTicker(e.cfg.Far.Ping)
	defer tick.Stop()
	renewed := time.Now()
	for {
		if !e.isDraining() {
			renew := time.Since(renewed) >= e.cfg.Far.Renew
			if renew {
				renewed = time.Now()
			}
			var round sync.WaitGroup
			for i, p := range t.far.proxies {
				round.Go(func() { t.pingOne(i, p, renew) })
			}
			round.Wait()
		}
		select {
		case <-tick.C:
		case <-e.ctx.Done():
			return
		}
	}
}

// pingOne asks one proxy. With renew this is the last request on its connection.
func (t *trunk) pingOne(i int, p profile.Proxy, renew bool) {
	e := t.far.e
	ctx, cancel := context.WithTimeout(e.ctx, e.cfg.Timers.Request)
	defer cancel()
	var res *sipmsg.Response
	began := time.Now()
	tx, err := t.client.TransactionRequest(ctx, t.Options(p), asIs)
	if err == nil {
		if renew {
			t.retire(tx)
		}
		res, err = final(ctx, tx)
	}
	o := pingedOf(res, err, func(status int) bool { return status >= 300 })
	o.took = time.Since(began)
	up := 0.0
	switch {
	case o.failure == "":
		up = 1
	case e.ctx.Err() != nil:
		return
	case err != nil:
		e.log.Warn("a proxy does not answer OPTIONS", keyTrunk, t.FQDN, keyProxy, p.FQDN, keyError, err)
	default:
		e.log.Warn("a proxy refuses OPTIONS", keyTrunk, t.FQDN, keyProxy, p.FQDN, keyStatus, res.StatusCode)
	}
	t.standing.mark(i, up == 1)
	t.signs.asked(i, began, o)
	e.metrics.trunks.WithLabelValues(t.FQDN, fmt.Sprint(i+1)).Set(up)
}

// Dial begins a far leg. Its error means that there is nothing to send it with; everything
// later is told by events.
func (e *Edge) Dial(_ context.Context, id call.ID, c bridge.FarCall) error {
	t, ok := e.far.trunks[c.Trunk]
	if !ok {
		return fault.Internal("trunk_unknown", "this node has no trunk "+c.Trunk)
	}
	if _, err := tenant.ParseE164(c.Number); err != nil && t.Plain == nil {
		return err
	}
	if _, err := tenant.ParseE164(c.Caller); err != nil && c.Caller != profile.Anonymous && t.Plain == nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	conv := e.conversations[id]
	if conv == nil || e.closed {
		return errNoLeg
	}
	if conv.far != nil {
		return fault.Conflict("leg_exists", "the call has a far leg")
	}
	select {
	case <-conv.near.over:
		return errNoLeg
	default:
	}
	l := newFarLeg(t, id, conv.near, c)
	conv.far = l
	conv.legs++
	t.signs.called()
	e.running.Go(l.run)
	return nil
}
