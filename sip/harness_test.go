package sip

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/simulator/dns"
	"tandem/internal/simulator/pki"
	"tandem/internal/simulator/pstnhub"
	"tandem/sip/guard"
	"tandem/sip/identity"
	"tandem/sip/media"
	"tandem/sip/siptest"
)

// A message that was read just before a user agent of the stack was closed makes it open a
// socket that nobody can close (about once in thirty runs, here or in the phone); the
// process ends with it.
func TestMain(m *testing.M) {
	pki.Recycle()
	if err := flag.Set("test.parallel", "8"); err != nil { // tests here wait, they do not compute
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/emiago/sipgo/sip.(*TransportUDP).readUDPConnection"))
}

// patience is how long a test waits for what must come; it is never waited in full when all is well.
const patience = 30 * time.Second

const (
	trunkName = "e0.sbc.tandem.test"
	number    = "+493023125000"
	caller    = "+4930901820"
	secret    = "correct horse"
)

// authority and certificates are made once: RSA keys are slow.
var world = sync.OnceValue(func() (w struct {
	ca               *pki.Authority
	trunk, microsoft tls.Certificate
}) {
	var err error
	if w.ca, err = pki.New(); err != nil {
		panic(err)
	}
	if w.trunk, err = w.ca.Issue([]string{"*.sbc.tandem.test"}, nil); err != nil {
		panic(err)
	}
	if w.microsoft, err = w.ca.Issue([]string{"*.pstnhub.microsoft.com"}, nil, serverAuth); err != nil {
		panic(err)
	}
	return w
})

// engine is the fake: it takes every offer of the number, and what happens to legs appears in events.
type engine struct {
	offer  func(bridge.Offer) error // nil: take it
	offers chan bridge.Offer
	taken  chan call.ID // the ids given
	events chan call.Event
	outs   chan bridge.OutOffer // taken calls out
	outOf  call.ID              // the call that they are of; call-out
	refuse error                // of calls out; nil: take those that show token-1
	mu     sync.Mutex
	next   int
	story  map[call.ID][]call.Event // by call, in order
	hold   func(call.ID)            // has a leg wait where it tells something; nil: none
}

func (f *engine) Offer(_ context.Context, o bridge.Offer) (call.ID, error) {
	f.mu.Lock()
	f.next++
	id := call.ID(fmt.Sprintf("call-%d", f.next))
	answer := f.offer
	f.mu.Unlock()
	if answer != nil {
		if err := answer(o); err != nil {
			return "", err
		}
	}
	o.Bind(id)
	f.offers <- o
	f.taken <- id
	return id, nil
}

func (f *engine) OutOffer(_ context.Context, o bridge.OutOffer) error {
	f.mu.Lock()
	refuse := f.refuse
	f.mu.Unlock()
	switch {
	case refuse != nil:
		return refuse
	case o.Token != "token-1":
		return fault.Forbidden("token_unknown", "no call asked for this")
	}
	o.Bind(f.outID(), outSide)
	f.outs <- o
	return nil
}

func (f *engine) outID() call.ID {
	f.mu.Lock()
	defer f.mu.Unlock()
	return cmp.Or(f.outOf, "call-out")
}

// joins has calls out be of one call from now on.
func (f *engine) joins(id call.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.outOf = id
}

var outSide = call.OutSide("7")

// answers says what becomes of offers from now on.
func (f *engine) answers(with func(bridge.Offer) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.offer = with
}

func (f *engine) Leg(id call.ID, e call.Event) {
	f.mu.Lock()
	f.story[id] = append(f.story[id], e)
	hold := f.hold
	f.mu.Unlock()
	if hold != nil {
		hold(id)
	}
	f.events <- e
}

// holds has the leg of a call stop at the next thing that it tells, until it is released.
func (f *engine) holds(id call.ID) (held <-chan struct{}, release func()) {
	reached, free := make(chan struct{}), make(chan struct{})
	there := sync.OnceFunc(func() { close(reached) })
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hold = func(of call.ID) {
		if of == id {
			there()
			<-free
		}
	}
	return reached, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.hold = nil
		close(free)
	}
}

// told are the events of one kind of a call's leg so far.
func told[E call.Event](r *rig, id call.ID, is func(E) bool) (list []E) {
	r.engine.mu.Lock()
	defer r.engine.mu.Unlock()
	for _, e := range r.engine.story[id] {
		if e, ok := e.(E); ok && is(e) {
			list = append(list, e)
		}
	}
	return list
}

// peerList is a guard.Peers.
type peerList struct {
	mu   sync.Mutex
	list []guard.Peer
	err  error
}

func (p *peerList) Peers(context.Context) ([]guard.Peer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.list, p.err
}

func (p *peerList) set(list ...guard.Peer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = list
}

func digestPeer(name string) guard.Peer {
	md5, sha256 := guard.HA1(name, "tandem", secret)
	return guard.Peer{Name: "peer-" + name, Username: name, MD5: md5, SHA256: sha256, Addresses: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
}

// rig is an edge between a phone and Microsoft's proxies as they are simulated.
type rig struct {
	t      *testing.T
	edge   *Edge
	engine *engine
	peers  *peerList
	reg    *prometheus.Registry
	hub    *pstnhub.Proxies
	legs   chan *pstnhub.Leg
	phone  *siptest.Phone
	ports  uint16 // which range of them it has
	names  *dns.Server
	log    *slog.Logger // of the next edge; nil: for the eyes of whoever looks
}

// rigs counts them. Each has ports of its own for the sound: what an edge still sends to where
// somebody was a moment ago would be under another key at whoever is there next.
var rigs atomic.Uint32

// newRig starts all of it on free ports.
func newRig(t *testing.T, change func(*Config)) *rig {
	t.Helper()
	return newRigWith(t, change, nil)
}

// newRigWith is the same with other proxies.
func newRigWith(t *testing.T, change func(*Config), hub func(*pstnhub.Config)) *rig {
	t.Helper()
	n := uint16(rigs.Add(1) % 20) //nolint:gosec // below 20
	r := &rig{
		t: t, ports: n, engine: &engine{offers: make(chan bridge.Offer, 64), taken: make(chan call.ID, 64), events: make(chan call.Event, 256), outs: make(chan bridge.OutOffer, 16), story: map[call.ID][]call.Event{}},
		peers: &peerList{list: []guard.Peer{digestPeer("joe")}}, legs: make(chan *pstnhub.Leg, 16),
	}
	var err error
	if r.names, err = dns.New(dns.Config{Listen: "127.0.0.1:0", Zones: []string{"pstnhub.microsoft.com", "sbc.tandem.test", "carrier.test"}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.names.Close() })
	r.names.Set(trunkName, netip.MustParseAddr("127.0.0.1"))
	config := pstnhub.Config{
		Listen: []string{"127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"}, Certificate: world().microsoft, ClientRoots: world().ca.Pool(),
		Resource: func(fqdn string) (string, bool) { return "resource-1", fqdn == trunkName },
		OnInvite: func(_ context.Context, l *pstnhub.Leg) { r.legs <- l },
		Resolver: r.names.Resolver(), Logger: logger(t), Issue: issueForMicrosoft, FailName: r.failName,
		PortMin: 49152 + 200*n, PortMax: 49152 + 200*n + 199,
	}
	if hub != nil {
		hub(&config)
	}
	r.hub, err = pstnhub.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.hub.Close() })
	var proxies []string
	for name, at := range r.hub.Names() {
		r.names.Set(name, at.Addr())
	}
	for _, name := range []string{"sip", "sip2", "sip3"} {
		fqdn := name + ".pstnhub.microsoft.com"
		proxies = append(proxies, fmt.Sprintf("%s:%d", fqdn, r.hub.Names()[fqdn].Port()))
	}
	r.edge = r.newEdge(proxies, change)
	if r.phone, err = siptest.New(siptest.Config{Username: "joe", Password: secret, Logger: discard}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.phone.Close() })
	return r
}

// issueForMicrosoft is what [pstnhub.FaultCertificate] shows.
func issueForMicrosoft(kind string) (tls.Certificate, error) {
	if kind == "expired" {
		return world().ca.Expired([]string{"*.pstnhub.microsoft.com"}, serverAuth)
	}
	return world().ca.Issue([]string{"*.pstnhub.microsoft.com"}, nil)
}

// failName is what [pstnhub.FaultDNS] does.
func (r *rig) failName(name string, fail bool) {
	if fail {
		r.names.Fail(name)
	} else {
		r.names.Set(name, r.hub.Names()[name].Addr())
	}
}

var discard = slog.New(slog.DiscardHandler)

// logger is for the eyes of whoever looks into a failing test.
func logger(t *testing.T) *slog.Logger {
	if !testing.Verbose() {
		return discard
	}
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (r *rig) newEdge(proxies []string, change func(*Config)) *Edge {
	r.t.Helper()
	c := Config{
		Near:  NearConfig{UDP: "127.0.0.1:0", TCP: "127.0.0.1:0", Resolver: r.names.Resolver()},
		Far:   FarConfig{Listen: "127.0.0.1:0", Trunks: []identity.Trunk{{FQDN: trunkName, Certificate: world().trunk}}, Roots: world().ca.Pool(), Proxies: proxies, Resolver: r.names.Resolver(), Ping: -1},
		Media: media.Config{Address: netip.MustParseAddr("127.0.0.1"), PortMin: 20000 + 400*r.ports, PortMax: 20000 + 400*r.ports + 399},
	}
	c.NonceKey[0] = 1
	if change != nil {
		change(&c)
	}
	r.reg = prometheus.NewRegistry() // of the last edge
	log := r.log
	if log == nil {
		log = logger(r.t)
	}
	e, err := New(c, r.engine, r.peers, log, r.reg)
	if err != nil {
		r.t.Fatal(err)
	}
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { done <- e.Run(ctx) }()
	<-e.Ready()
	r.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
	})
	return e
}

func (r *rig) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	r.t.Cleanup(cancel)
	return ctx
}

func (r *rig) uri(user string) string { return "sip:" + user + "@" + r.edge.Addrs().UDP.String() }

func next[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("no %s", what)
		panic("unreachable")
	}
}

// event waits for the next event of one kind and fails at an end that nobody expects.
func event[E call.Event](r *rig) E {
	r.t.Helper()
	for {
		e := next(r.t, fmt.Sprintf("%T", *new(E)), r.engine.events)
		if want, ok := e.(E); ok {
			return want
		}
		if end, ok := e.(call.LegEnded); ok {
			r.t.Fatalf("leg ended: %+v", end)
		}
	}
}

// ended waits for the end of a leg, whatever comes before.
func (r *rig) ended(side call.Side) call.LegEnded {
	r.t.Helper()
	for {
		e := next(r.t, "end of the "+string(side)+" leg", r.engine.events)
		if end, ok := e.(call.LegEnded); ok && end.Side == side {
			return end
		}
	}
}

// call dials from the phone and returns when the engine has the offer.
func (r *rig) call(o siptest.CallOptions) (*siptest.Call, call.ID, bridge.Offer) {
	r.t.Helper()
	if o.From == "" {
		o.From = caller
	}
	c, err := r.phone.Call(r.ctx(), r.uri(number), o)
	if err != nil {
		r.t.Fatal(err)
	}
	offer := next(r.t, "offer", r.engine.offers)
	r.engine.mu.Lock()
	defer r.engine.mu.Unlock()
	return c, call.ID(fmt.Sprintf("call-%d", r.engine.next)), offer
}

func (r *rig) dial(id call.ID) {
	r.t.Helper()
	r.must(r.edge.Dial(r.ctx(), id, farCall()))
}

func farCall() bridge.FarCall {
	return bridge.FarCall{
		Caller:   caller,
		FarRoute: bridge.FarRoute{Trunk: trunkName, Number: number, Headers: map[string]string{"X-MS-Custom-Tandem": "token-1"}},
	}
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) hangUp(id call.ID, side call.Side, status, q850 int, text string) {
	r.t.Helper()
	r.must(r.edge.HangUp(r.ctx(), id, call.HangUpLeg{Side: side, Status: status, Q850: q850, Text: text}))
}

// up makes a whole call: both legs answered and joined.
func (r *rig) up(o siptest.CallOptions) (c *siptest.Call, id call.ID, far *pstnhub.Leg, nearDialog, farDialog json.RawMessage) {
	r.t.Helper()
	c, id, _ = r.call(o)
	r.must(r.edge.Ring(r.ctx(), id))
	r.dial(id)
	far = next(r.t, "leg at Microsoft", r.legs)
	r.must(far.Answer(r.ctx()))
	farDialog = event[call.LegAnswered](r).Dialog
	r.must(r.edge.Answer(r.ctx(), id))
	r.must(r.edge.ConnectMedia(r.ctx(), id))
	nearDialog = event[call.LegAnswered](r).Dialog
	r.must(c.Answered(r.ctx()))
	return c, id, far, nearDialog, farDialog
}

// clean checks that Microsoft has nothing to complain about.
func (r *rig) clean() {
	r.t.Helper()
	if v := r.hub.Violations(); len(v) != 0 {
		r.t.Errorf("violations of Microsoft's rules: %v", v)
	}
}

// counted is the value of one counter or gauge.
func (r *rig) counted(name string, labels ...string) float64 {
	r.t.Helper()
	families, err := r.reg.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			var values []string
			for _, l := range m.GetLabel() {
				values = append(values, l.GetValue())
			}
			if strings.Join(values, ",") == strings.Join(labels, ",") {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return 0
}

var errNotFound = fault.NotFound("number_unknown", "nobody has this number")

type (
	bridgeOffer   = bridge.Offer
	bridgeFarCall = bridge.FarCall
)

// dialogsGone is closed when no leg is left.
func (e *Edge) dialogsGone() <-chan struct{} {
	gone := make(chan struct{})
	e.mu.Lock()
	legs := make([]*leg, 0, len(e.dialogs))
	for _, l := range e.dialogs {
		legs = append(legs, l)
	}
	e.mu.Unlock()
	go func() {
		for _, l := range legs {
			<-l.over
		}
		close(gone)
	}()
	return gone
}

// has reports whether a metric has any value.
func (r *rig) has(name string) bool {
	r.t.Helper()
	families, err := r.reg.Gather()
	r.must(err)
	for _, f := range families {
		if f.GetName() == name && len(f.GetMetric()) > 0 {
			return true
		}
	}
	return false
}
