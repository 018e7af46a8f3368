package sip

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/tenant"
	"tandem/sip/guard"
	"tandem/sip/identity"
	"tandem/sip/media"
	"tandem/sip/profile"
	"tandem/sip/sdp"
	targeting "tandem/sip/target"
)

// Calls is what the edge needs of the engine.
type Calls interface {
	// Offer takes an authenticated INVITE. Its error is a fault; see statusOf for
	// what each kind is answered with.
	Offer(ctx context.Context, o bridge.Offer) (call.ID, error)
	// OutOffer takes Microsoft's INVITE for a number behind a trunk. Its error is a
	// fault; see outRefusal.
	OutOffer(ctx context.Context, o bridge.OutOffer) error
	// Leg takes an event of a leg. It never blocks.
	Leg(id call.ID, e call.Event)
}

// Config configures an [Edge]. Zero values mean the defaults.
type Config struct {
	Near NearConfig
	// AlsoNear are listeners of peers beside those of Near, such as a second UDP address or one of
	// IPv6: what comes to one is answered from it and names it. Security, roots and resolver are Near's, and so is
	// the certificate of one that has none of its own.
	AlsoNear []NearConfig
	Far      FarConfig
	Media    media.Config

	Realm     string   // of the digest; tandem
	NonceKey  [32]byte // the same on all nodes that share an address
	MD5Only   bool     // SHA-256 is not offered; see guard.Config
	UserAgent string   // Tandem

	SilentToStrangers bool          // sources that no peer may use get no answer; else one 403 a minute
	BanAfter          int           // wrong digests; 10
	BanFor            time.Duration // 5 min
	NonceLife         time.Duration // 60 s
	RequestsPerSecond int           // of a source that no peer names and that has proved nothing yet; 50, negative: no limit
	CallsPerSecond    int           // of each peer, if it has no limit of its own; 0: none
	// TenantCallsPerSecond and TenantCalls are what each tenant may have of calls to its numbers
	// that begin in a second (twice as many in a burst), and at once at this node; 0: no limit. TenantOf finds whose
	// a number is, "" if it is nobody's; without it there are no such limits.
	TenantCallsPerSecond, TenantCalls int
	TenantOf                          func(ctx context.Context, number string) (tenant string, err error)

	MaxPending int           // offers that the engine has not answered; 1000. More are refused with 503, before anything is done for them
	MaxLag     time.Duration // by which timers may be late until calls are refused so; 2 s, negative: not looked at

	// Prompt reads the WAV file of a prompt, for who waits. nil: none is known, and our own tune is heard.
	Prompt func(context.Context, tenant.ID, tenant.PromptID) ([]byte, error)

	// Trace is asked, when a dialog has become one of a call, for who takes its messages and what its sound was like, when
	// it is over; neither may block. nil: nothing of that is kept.
	Trace func(call.ID) func(call.Trace)

	// Forgetful leaves the remainders of dialogs out of events, for an engine that keeps
	// nothing.
	Forgetful bool

	Timers Timers
}

// NearConfig is the side of peers. An empty listener is off; a port 0 takes a free one.
type NearConfig struct {
	UDP, TCP, TLS string
	Certificate   tls.Certificate         // of TLS
	Renewed       func() *tls.Certificate // as it is now, for new connections; nil: it stays Certificate
	Advertise     string                  // host in our Contact and Via; the local address if empty
	Advertise6    string                  // the same for peers that speak IPv6
	Security      sdp.Security            // of the media; plain RTP if zero
	Roots         *x509.CertPool          // of peers over TLS, either way; nil: the system's
	Resolver      *net.Resolver           // of the names of peers; nil: the system's
}

// FarConfig is Microsoft's side.
type FarConfig struct {
	Listen  string           // TLS, for Microsoft's connections; :5061
	Port    int              // the trunks' registered port, if it is not the listener's
	Trunks  []identity.Trunk // without any there is no far side
	Roots   *x509.CertPool   // of Microsoft's certificates; nil: the system's
	Proxies []string         // FQDN or FQDN:port, in order; Microsoft's three
	// Resolver finds the proxies; the system's if nil. It should be one of the edge's own
	// region, since Microsoft answers by where it is asked from.
	Resolver *net.Resolver
	// Ping is the time between OPTIONS; 60 s, which is also the shortest that Microsoft
	// wants. Negative: none.
	Ping time.Duration
	// Renew is the age at which connections are replaced; 1 h, the longest that Microsoft
	// wants. Pings do it.
	Renew time.Duration
	// Next is a far side that is no Microsoft; it takes the place of trunks and proxies.
	Next *NextHop

	// Refers has REFER in our Allow, so that Microsoft has us carry out its transfers. Off, as
	// facts/direct-routing.md §10 recommends: Microsoft transfers inside its network then.
	Refers bool
}

// Timers are those of the edge itself; the SIP stack has its own.
type Timers struct {
	T1            time.Duration // first repetition of a 200; 500 ms
	T2            time.Duration // longest pause between repetitions; 4 s
	Ack           time.Duration // until a 200 without ACK ends the call; 64·T1
	Ringing       time.Duration // between 180s; 60 s
	Session       time.Duration // of a peer that leaves it to us when a call counts as dead (RFC 4028); 30 min
	MinSession    time.Duration // the shortest that a peer may want; 90 s
	Glare         time.Duration // the unit of the pauses after a 491 (RFC 3261 §14.1); 1 s
	FirstResponse time.Duration // of a proxy, connection included; 3 s: three of them fit into the 10 s in which the engine wants an IncomingCall
	Request       time.Duration // until a BYE, CANCEL or OPTIONS of ours is given up, and a connection on which somebody does not read; 8 s, below the engine's AwaitEnd
	Offer         time.Duration // for the engine to take an INVITE; 15 s
	Second        time.Duration // of Session-Expires; 1 s, and less in tests
	Close         time.Duration // for legs to end when the edge closes; 2 s
}

func orElse(d *time.Duration, v time.Duration) {
	if *d <= 0 {
		*d = v
	}
}

func (c Config) withDefaults() (Config, error) {
	if c.Realm == "" {
		c.Realm = "tandem"
	}
	if c.UserAgent == "" {
		c.UserAgent = "Tandem"
	}
	if c.MaxPending <= 0 {
		c.MaxPending = 1000
	}
	if c.MaxLag == 0 {
		c.MaxLag = 2 * time.Second
	}
	t := &c.Timers
	orElse(&t.T1, 500*time.Millisecond)
	orElse(&t.T2, 4*time.Second)
	orElse(&t.Ack, 64*t.T1)
	orElse(&t.Ringing, time.Minute)
	orElse(&t.Session, 30*time.Minute)
	orElse(&t.MinSession, 90*time.Second)
	orElse(&t.Glare, time.Second)
	orElse(&t.FirstResponse, 3*time.Second)
	orElse(&t.Request, 8*time.Second)
	orElse(&t.Offer, 15*time.Second)
	orElse(&t.Second, time.Second)
	orElse(&t.Close, 2*time.Second)
	if c.Far.Ping == 0 {
		c.Far.Ping = time.Minute
	}
	also := c.AlsoNear
	c.AlsoNear = nil
	for _, near := range also {
		near.Security, near.Roots, near.Resolver = c.Near.Security, c.Near.Roots, nil // of Near, below
		if len(near.Certificate.Certificate) == 0 {
			near.Certificate, near.Renewed = c.Near.Certificate, c.Near.Renewed
		}
		c.AlsoNear = append(c.AlsoNear, near)
	}
	for _, near := range c.nears() {
		if near.UDP == "" && near.TCP == "" && near.TLS == "" {
			return c, errors.New("sip: no listener for peers")
		}
		if near.TLS != "" && len(near.Certificate.Certificate) == 0 {
			return c, errors.New("sip: the near TLS listener needs a certificate")
		}
	}
	if len(c.Far.Trunks) > 0 && c.Far.Listen == "" {
		c.Far.Listen = ":5061"
	}
	orElse(&c.Far.Renew, time.Hour)
	if len(c.Far.Proxies) == 0 {
		c.Far.Proxies = []string{"sip." + identity.Domain, "sip2." + identity.Domain, "sip3." + identity.Domain}
	}
	c.Near.Resolver, c.Far.Resolver = targeting.Remember(c.Near.Resolver, nil), targeting.Remember(c.Far.Resolver, nil)
	return c, nil
}

// nears are all sides of peers.
func (c Config) nears() []NearConfig { return append([]NearConfig{c.Near}, c.AlsoNear...) }

const proxyPort = 5061 // facts/direct-routing.md §2.1

func (c FarConfig) proxies() ([]profile.Proxy, error) {
	var list []profile.Proxy
	for _, s := range c.Proxies {
		p := profile.Proxy{FQDN: s, Port: proxyPort}
		if host, port, err := net.SplitHostPort(s); err == nil {
			n, err := strconv.ParseUint(port, 10, 16)
			if err != nil || n == 0 {
				return nil, fmt.Errorf("sip: proxy %q", s)
			}
			p = profile.Proxy{FQDN: host, Port: int(n)}
		}
		if _, err := netip.ParseAddr(p.FQDN); err == nil || p.FQDN == "" {
			return nil, fmt.Errorf("sip: proxy %q must be a name: its certificate is verified for it", s)
		}
		list = append(list, p)
	}
	return list, nil
}

// guardConfig leaves the logger to the caller.
func (c Config) guardConfig() guard.Config {
	return guard.Config{
		Realm: c.Realm, Key: c.NonceKey, MD5Only: c.MD5Only, Silent: c.SilentToStrangers, Failures: c.BanAfter, BanFor: c.BanFor, NonceLife: c.NonceLife,
		RequestsPerSecond: c.RequestsPerSecond, CallsPerSecond: c.CallsPerSecond,
	}
}
