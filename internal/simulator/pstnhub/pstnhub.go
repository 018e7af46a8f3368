package pstnhub

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/google/uuid"

	"tandem/internal/simulator/clock"
)

// Config of the proxies. Listen, Certificate, ClientRoots and Resource must be given.
type Config struct {
	Listen      []string        // address and port of sip, sip2 and sip3, in this order; fewer make fewer proxies. Port 0 takes a free one
	Certificate tls.Certificate // server and client certificate of all proxies; see the package comment
	ClientRoots *x509.CertPool  // who signs the SBCs' certificates
	// Issue makes another certificate for FaultCertificate: "both" has clientAuth beside serverAuth, "expired" has run out. Without it there is no such fault.
	Issue func(kind string) (tls.Certificate, error)
	// FailName makes a name of ours resolve no more, or again, for FaultDNS. Without it there is no such fault.
	FailName func(name string, fail bool)
	MaxTLS   uint16 // default tls.VersionTLS12

	// Resource says in which resource a trunk is registered. The rule for parent names (§4.2, step 5) is applied on top of it.
	Resource func(trunkFQDN string) (resourceID string, ok bool)
	// Carrier says below which carrier trunk of Teams direct routing a trunk is, as a tenant's name; ok is false for one that is below none, and so it is without
	// the function. Such a trunk has its carrier's health, and its SBC sends no OPTIONS for it (facts/teams-phone-extensibility.md §9.1).
	Carrier func(trunkFQDN string) (carrier string, ok bool)
	// OnInvite gets every call that passed the checks, in a goroutine of its own that Close awaits. Its context ends with the leg. It need not finish
	// the call before it returns. Without it calls are refused with 480, as of a number that nobody serves.
	OnInvite func(ctx context.Context, leg *Leg)

	// Dial opens a connection to a trunk from a proxy's address. The default resolves through Resolver, whose default is the system's, and leaves from
	// that address, so that an SBC sees three datacentres.
	Dial     func(ctx context.Context, from netip.Addr, fqdn string, port int) (net.Conn, error)
	Resolver *net.Resolver

	MediaAddress     netip.Addr // of the media processor; default 127.0.0.1
	PortMin, PortMax uint16     // default 49152-53247 (§2.2)

	T1          time.Duration // RFC 3261 §17.1.1.1, default 500 ms; 64 of them are waited for an ACK
	IdleTimeout time.Duration // connection without a transaction, default 2 min (§4.3)
	KeepAlive   time.Duration // between CRLFs on our connections, default 30 s [I]
	Sequence    uint16        // of the first RTP packet of a leg; 0 is a random one below 32768. A high one wraps soon

	RTCPInterval time.Duration // default 5 s [I]
	MediaTimeout time.Duration // neither RTP nor RTCP: the call ends with 410/531005; default 30 s [I], negative never

	// TrunkPort says which sipSignalingPort a trunk was registered with, for [Proxies.Dial] and our OPTIONS. 0 or no function is 5061, and for OPTIONS the port
	// in the SBC's Contact.
	TrunkPort     func(trunkFQDN string) int
	SilentTimeout time.Duration // an SBC says nothing at all to our INVITE, default 10 s (§7)
	RingTimeout   time.Duration // an SBC does not answer the call; default 3 min, the longest that Call Automation lets ring [I]

	Ping        time.Duration // between our OPTIONS, 1 min [I]; negative: none. The first answers the SBC's first (§5.2)
	Demote      time.Duration // without OPTIONS of an SBC that had begun; it is not called then. 3 min (§5.3), negative: never
	NeedOptions bool          // call no trunk before OPTIONS went well both ways (§5.3); else one that has sent none is called [I]
	Refresh     time.Duration // between our re-INVITEs of a session, 30 min, the half of Session-Expires; negative: none
	Clock       *clock.Clock  // what the last four go by; default real time

	// Tap, if set, wraps each connection where its messages can be read, inside of TLS.
	Tap func(net.Conn) net.Conn

	Logger *slog.Logger
}

func (c Config) withDefaults() (Config, error) {
	switch {
	case len(c.Listen) == 0 || len(c.Listen) > len(sites):
		return c, fmt.Errorf("pstnhub: %d addresses for up to %d proxies", len(c.Listen), len(sites))
	case len(c.Certificate.Certificate) == 0 || c.ClientRoots == nil || c.Resource == nil:
		return c, errors.New("pstnhub: Certificate, ClientRoots and Resource are needed")
	}
	if c.MaxTLS == 0 {
		c.MaxTLS = tls.VersionTLS12
	}
	if !c.MediaAddress.IsValid() {
		c.MediaAddress = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	if c.PortMin == 0 {
		c.PortMin, c.PortMax = 49152, 53247
	}
	if c.PortMin%2 != 0 || c.PortMax < c.PortMin+1 {
		return c, errors.New("pstnhub: PortMin must be even and below PortMax")
	}
	for _, d := range []struct {
		value    *time.Duration
		standard time.Duration
	}{
		{&c.T1, 500 * time.Millisecond},
		{&c.IdleTimeout, 2 * time.Minute},
		{&c.KeepAlive, 30 * time.Second},
		{&c.RTCPInterval, 5 * time.Second},
		{&c.MediaTimeout, 30 * time.Second},
		{&c.SilentTimeout, 10 * time.Second},
		{&c.RingTimeout, 3 * time.Minute},
		{&c.Ping, time.Minute},
		{&c.Demote, 3 * time.Minute},
		{&c.Refresh, sessionExpires / 2 * time.Second},
	} {
		if *d.value == 0 {
			*d.value = d.standard
		}
	}
	if c.Resolver == nil {
		c.Resolver = net.DefaultResolver
	}
	if c.Dial == nil {
		c.Dial = c.dial
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Tap == nil {
		c.Tap = func(c net.Conn) net.Conn { return c }
	}
	return c, nil
}

// dial is the default of Dial. An address from which the trunk cannot be reached, such as loopback for one that is elsewhere, is left to the system.
func (c Config) dial(ctx context.Context, from netip.Addr, fqdn string, port int) (net.Conn, error) {
	dialer, to := net.Dialer{Resolver: c.Resolver}, fmt.Sprintf("%s:%d", fqdn, port)
	if from.IsValid() && !from.IsUnspecified() {
		dialer.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
		nc, err := dialer.DialContext(ctx, "tcp", to)
		if err == nil || !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.EADDRNOTAVAIL) && !errors.Is(err, syscall.ENETUNREACH) {
			return nc, err
		}
		dialer.LocalAddr = nil
	}
	return dialer.DialContext(ctx, "tcp", to)
}

// ackTimeout is timer H of RFC 3261: how long an ACK is awaited, and any other answer.
func (c Config) ackTimeout() time.Duration { return 64 * c.T1 }

const domain = ".pstnhub.microsoft.com"

// site is the place of a proxy; labels as in facts/direct-routing.md §5 and contracts/recorded/sip.
type site struct{ name, host, api, region string }

var sites = []site{
	{"sip", "sip-du-a-eu", "api-du-a-euwe", "EUWE.3"},
	{"sip2", "sip-du-a-us", "api-du-a-usea", "USEA.1"},
	{"sip3", "sip-du-a-as", "api-du-a-asea", "ASEA.5"},
}

// product is what Microsoft's proxies call themselves.
func (s site) product() string { return "Microsoft.PSTNHub.SIPProxy v.2026.9.14.2 i." + s.region }

// proxy is one of the three.
type proxy struct {
	site
	listener net.Listener
	address  netip.AddrPort
}

// Proxies are the three proxies with all their calls. Use [New].
type Proxies struct {
	config Config
	log    *slog.Logger
	all    []*proxy
	faults faults
	wg     sync.WaitGroup
	ctx    context.Context
	cancel context.CancelFunc

	mu         sync.Mutex
	closed     bool
	conns      map[net.Conn]struct{}
	invites    map[string]*invite // by branch and sent-by
	dialogs    map[dialogID]*Leg
	awaited    map[string]*awaited  // our requests, by branch
	peers      map[string]*peer     // our connections, by host and port
	referrals  map[string]*Referral // by the x-i of their legs
	watches    map[string]*watch    // trunks that sent OPTIONS, by FQDN
	violations map[string]int
	ownClock   *clock.Clock     // if Config has none
	shown      *tls.Certificate // instead of Config's, FaultCertificate
	nextPort   int
}

// New starts the proxies.
func New(config Config) (*Proxies, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	p := &Proxies{
		config: config, log: config.Logger,
		conns: map[net.Conn]struct{}{}, invites: map[string]*invite{}, dialogs: map[dialogID]*Leg{},
		awaited: map[string]*awaited{}, peers: map[string]*peer{}, watches: map[string]*watch{}, referrals: map[string]*Referral{}, violations: map[string]int{},
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	if config.Clock == nil {
		p.ownClock = clock.New()
		p.config.Clock = p.ownClock
	}
	for i, address := range config.Listen {
		var lc net.ListenConfig
		listener, err := lc.Listen(p.ctx, "tcp", address)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("pstnhub: %w", err), p.Close())
		}
		at, err := netip.ParseAddrPort(listener.Addr().String())
		if err != nil {
			return nil, errors.Join(fmt.Errorf("pstnhub: %w", err), listener.Close(), p.Close())
		}
		p.all = append(p.all, &proxy{site: sites[i], listener: listener, address: at})
	}
	for _, pr := range p.all {
		p.wg.Go(func() { p.accept(pr) })
	}
	return p, nil
}

// Addrs are the addresses of the proxies in the order of Config.Listen.
func (p *Proxies) Addrs() []string {
	var addrs []string
	for _, pr := range p.all {
		addrs = append(addrs, pr.address.String())
	}
	return addrs
}

// Names are the host names that must resolve to the proxies: the three public ones, and those in RECORD-ROUTE.
func (p *Proxies) Names() map[string]netip.AddrPort {
	names := map[string]netip.AddrPort{}
	for _, pr := range p.all {
		names[pr.name+domain], names[pr.host+domain] = pr.address, pr.address
	}
	return names
}

// Violations counts what SBCs did against the rules, by kind:
//
//	malformed         framing or a start line that cannot be read; the connection was closed
//	wrong-connection  a request on a connection that we opened (§4.3); dropped
//	wrong-target      an in-dialog request whose Request-URI is not our Contact, letter by letter; left unanswered (§18 no. 26)
//	wrong-route       an in-dialog request without the Route that we asked for; left unanswered
//	options-user      OPTIONS with a user part in Contact (§5.1)
//	retarget          a re-INVITE that moves the media (§8.2); the old target is kept
//	hold-form         a re-INVITE with sendonly or recvonly (§0.9); not understood
//	missing-ack       no ACK for a 2xx
//	missing-bye       no BYE for a 2xx that crossed a CANCEL
//	bad-response      a response to our INVITE that does not repeat its From, Call-ID, CSeq and Via; ignored (RFC 3261 §8.2.6.2)
//	answer-tag        a response to our INVITE without To tag
//	answer-contact    a 2xx whose Contact or Record-Route does not lead to the trunk that was called; the call ends
//	answer-route      a 2xx without our RECORD-ROUTE (RFC 3261 §12.1.1)
//	answer-sdp        a description in a 2xx or 18x that is no answer to our offer; in a 2xx the call ends
//	answer-changed    a 2xx with another media target or key than the 183 of the same dialog had (§7)
//	answer-timer      a 2xx with a Session-Expires that our INVITE did not allow (RFC 4028 §9)
//	reliable          an 18x that asks for PRACK, which Microsoft does not have (§9)
//	options-contact   a 200 to our OPTIONS without Contact (§5.2)
//	referred          an INVITE after our REFER that is not letter by letter what it must be (§10); refused with 400
//	notify            a NOTIFY that says nothing of a transfer
//	replaced          no BYE for a dialog that our INVITE replaced (RFC 3891 §3)
//	missing-final     no final response to an INVITE that was cancelled
func (p *Proxies) Violations() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.violations)
}

func (p *Proxies) violation(kind string, attrs ...any) {
	p.mu.Lock()
	p.violations[kind]++
	p.mu.Unlock()
	p.log.Warn("sbc breaks a rule", append([]any{"rule", kind}, attrs...)...)
}

// Close stops everything at once, as a power cut would: no call is told. It waits for all goroutines, OnInvite included. It may be called again.
func (p *Proxies) Close() error {
	p.mu.Lock()
	p.closed = true
	var errs []error
	for conn := range p.conns {
		_ = conn.Close()
	}
	legs := map[*Leg]struct{}{}
	for _, l := range p.dialogs {
		legs[l] = struct{}{}
	}
	for _, i := range p.invites {
		legs[i.leg] = struct{}{}
	}
	p.mu.Unlock()
	for _, pr := range p.all {
		if err := pr.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	p.cancel()
	for l := range legs {
		l.finish(ending{"microsoft", 503, 41, codeInactive})
		l.conclude()
	}
	if p.ownClock != nil {
		p.ownClock.Close()
	}
	p.wg.Wait()
	return errors.Join(errs...)
}

// spawn runs f unless Close has begun.
func (p *Proxies) spawn(f func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.wg.Go(f)
	return true
}

// hexID is n random bytes in hexadecimal: tags and Call-IDs have 16, branches 4 behind the cookie.
func hexID(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

func newGUID() string { return uuid.NewString() }

// lastDigits is what logs may show of a number.
func lastDigits(number string) string {
	return "…" + number[max(0, len(number)-3):]
}
