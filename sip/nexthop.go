package sip

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/sip/profile"
	"tandem/sip/sdp"
	"tandem/sip/wire"
)

// NextHopTrunk is the trunk of [bridge.FarCall] that leads to [FarConfig.Next].
const NextHopTrunk = "next-hop"

// NextHop is one server by address: the far side of an edge that has no Microsoft.
// Calls go to it with the user parts that they came with; see [profile.Plain].
type NextHop struct {
	URI string // see [profile.ParseNextHop]
	// Listen is where requests of the next hop come; a free port of the address that
	// leads to it if empty. Over TLS there is a listener only with a certificate, else its
	// requests have to come on connections that we opened (RFC 5923).
	Listen      string
	Advertise   string          // host in our Contact and Via; the local address if empty
	Certificate tls.Certificate // shown to who asks; none if empty
	Roots       *x509.CertPool  // of its certificate; nil: the system's
}

// nextHop are the sockets towards the next hop and its user agent.
type nextHop struct {
	f     *farSide
	proxy profile.Proxy
	only  netip.Addr // who may send to us; not valid: anybody, for its name may have many
	ua    *sipgo.UserAgent
	udp   net.PacketConn
	tcp   *wire.Listener
	conf  *tls.Config // of the connections that we open
	ours  *ownStreams // those over TLS to an address; nil: the stack opens them
}

// toNextHop makes the far side one of a next hop. Listener and connections of ours are one
// user agent, so that either end may use what is there.
func (f *farSide) toNextHop(stack *slog.Logger) error {
	c := f.e.cfg.Far.Next
	proxy, err := profile.ParseNextHop(c.URI)
	if err != nil {
		return err
	}
	n := &nextHop{f: f, proxy: proxy}
	f.next, f.proxies = n, []profile.Proxy{proxy}
	local, err := n.local()
	if err != nil {
		return err
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.Roots}
	if len(c.Certificate.Certificate) > 0 {
		conf.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &c.Certificate, nil }
	}
	n.conf = conf
	t := &trunk{far: f, standing: newStanding(len(f.proxies))}
	if n.ua, f.server, t.client, err = f.agent(stack, sipgo.WithUserAgenTLSConfig(conf)); err != nil {
		return err
	}
	t.ua = n.ua
	t.signs = newSigns(nil)
	f.trunks[NextHopTrunk] = t
	if err := n.listen(cmp.Or(c.Listen, net.JoinHostPort(local.String(), "0"))); err != nil {
		return fmt.Errorf("sip: far: %w", err)
	}
	host := cmp.Or(c.Advertise, local.String())
	if f.addr.IsValid() && !f.addr.Addr().IsUnspecified() {
		host = cmp.Or(c.Advertise, f.addr.Addr().String())
	}
	port := sipmsg.DefaultPort(proxy.Transport)
	if f.addr.IsValid() {
		port = int(f.addr.Port())
	}
	if proxy.Transport == "TLS" && n.only.IsValid() {
		n.ours = newOwnStreams(netip.AddrPortFrom(local, uint16(port))) //nolint:gosec // a port
	}
	t.Trunk = profile.Trunk{FQDN: host, Port: port, UserAgent: f.e.cfg.UserAgent, Plain: &profile.Plain{Transport: proxy.Transport}}
	return nil
}

// local is the address that we reach the next hop from.
func (n *nextHop) local() (netip.Addr, error) {
	a, err := netip.ParseAddr(n.proxy.FQDN)
	if err == nil {
		n.only = a.Unmap()
		return localTowards(a), nil
	}
	ctx, cancel := context.WithTimeout(n.f.e.ctx, n.f.e.cfg.Timers.Request)
	defer cancel()
	found, err := n.f.e.cfg.Far.Resolver.LookupNetIP(ctx, "ip", n.proxy.FQDN)
	if err != nil || len(found) == 0 {
		return a, fmt.Errorf("sip: next hop %s: its name is not found, give an address or mend the DNS: %w", n.proxy.FQDN, err)
	}
	return localTowards(found[0].Unmap()), nil
}

func (n *nextHop) listen(at string) error {
	switch n.proxy.Transport {
	case "UDP":
		conn, err := wire.Listen(at)
		if err != nil {
			return err
		}
		n.udp = &nextHopPackets{conn, n}
		n.f.addr = wire.Source(conn.LocalAddr().String())
	case "TLS":
		if len(n.f.e.cfg.Far.Next.Certificate.Certificate) == 0 {
			return nil
		}
		fallthrough
	default:
		l, err := net.Listen("tcp", at)
		if err != nil {
			return err
		}
		var conf *tls.Config
		if n.proxy.Transport == "TLS" {
			conf = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{n.f.e.cfg.Far.Next.Certificate}}
		}
		n.tcp = wire.NewListener(l, n.f.e.gate(), call.Far, conf)
		n.f.addr = wire.Source(l.Addr().String())
	}
	return nil
}

func (n *nextHop) serve() {
	serve := func(f func() error) {
		n.f.e.serving.Go(func() {
			if err := f(); err != nil && n.f.e.ctx.Err() == nil {
				n.f.e.log.Error("the listener for the next hop ended", keyError, err)
			}
		})
	}
	switch {
	case n.udp != nil:
		serve(func() error { return n.f.server.ServeUDP(n.udp) })
	case n.tcp != nil && n.proxy.Transport == "TLS":
		serve(func() error { return n.f.server.ServeTLS(nextHopListener{n.tcp, n}) })
	case n.tcp != nil:
		serve(func() error { return n.f.server.ServeTCP(nextHopListener{n.tcp, n}) })
	}
	if n.ours != nil {
		serve(func() error { return n.f.server.ServeTLS(n.ours) })
	}
}

func (n *nextHop) deafen() error {
	if n.ours != nil {
		n.ours.stop()
	}
	switch {
	case n.udp != nil:
		return n.udp.Close()
	case n.tcp != nil:
		return n.tcp.Close()
	}
	return nil
}

// admits tells whether a is the next hop's.
func (n *nextHop) admits(a net.Addr) bool {
	return !n.only.IsValid() || wire.Source(a.String()).Addr() == n.only
}

// nextHopPackets drops what is not the next hop's.
type nextHopPackets struct {
	net.PacketConn
	n *nextHop
}

func (p *nextHopPackets) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := p.PacketConn.ReadFrom(b)
		if err != nil || p.n.admits(from) {
			return n, from, err
		}
	}
}

// nextHopListener hangs up on who is not the next hop.
type nextHopListener struct {
	net.Listener
	n *nextHop
}

func (l nextHopListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil || l.n.admits(c.RemoteAddr()) {
			return c, err
		}
		_ = c.Close()
	}
}

// carry makes the INVITE of a far leg from that of the near one.
func (t *trunk) carry(r *sipmsg.Request, c profile.Call) profile.Call {
	own := profile.Carry(r)
	own.CallID, own.Tag = c.CallID, c.Tag
	return own
}

// media is what a far leg of the trunk may negotiate.
func (t *trunk) media(codecs ...sdp.Codec) sdp.Profile {
	if t.Plain != nil {
		return sdp.Profile{Codecs: codecs, Security: sdp.SecureOnly}
	}
	return sdp.Far(codecs...)
}

// LocalTowards is the address of this machine from which a next hop, given as in
// [NextHop], is reached.
func LocalTowards(uri string) (netip.Addr, error) {
	p, err := profile.ParseNextHop(uri)
	if err != nil {
		return netip.Addr{}, err
	}
	a, err := netip.ParseAddr(p.FQDN)
	if err != nil {
		resolved, err := net.ResolveIPAddr("ip", p.FQDN)
		if err != nil {
			return netip.Addr{}, fmt.Errorf("next hop %s: its name is not found, give an address or mend the DNS: %w", p.FQDN, err)
		}
		a, _ = netip.AddrFromSlice(resolved.IP)
	}
	return localTowards(a.Unmap()), nil
}

// reach opens a connection to the next hop if there is none and we are to open it.
func (t *trunk) reach(ctx context.Context, p profile.Proxy) error {
	n := t.far.next
	if n == nil || n.ours == nil {
		return nil
	}
	n.ours.dialling.Lock()
	defer n.ours.dialling.Unlock()
	if t.connected(p) {
		return nil
	}
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.String())
	if err != nil {
		return err
	}
	conf := n.conf.Clone()
	conf.ServerName = p.FQDN
	secured := tls.Client(wire.Direct(c), conf)
	if err := secured.HandshakeContext(ctx); err != nil {
		return errors.Join(err, c.Close())
	}
	return n.ours.hand(ctx, secured)
}

// ownStreams hands connections that we have opened to the stack, which would open its own in a
// way of its own: to it they come as from a listener.
type ownStreams struct {
	local    netip.AddrPort
	dialling sync.Mutex
	conns    chan net.Conn
	taken    chan struct{} // the stack knows the last one
	first    bool          // Accept was called; of the goroutine that serves
	stopped  chan struct{}
	once     sync.Once
}

func newOwnStreams(local netip.AddrPort) *ownStreams {
	return &ownStreams{local: local, conns: make(chan net.Conn), taken: make(chan struct{}), stopped: make(chan struct{})}
}

// hand returns when the stack knows the connection.
func (d *ownStreams) hand(ctx context.Context, c net.Conn) error {
	select {
	case d.conns <- c:
	case <-d.stopped:
		return errors.Join(net.ErrClosed, c.Close())
	case <-ctx.Done():
		return errors.Join(ctx.Err(), c.Close())
	}
	select {
	case <-d.taken:
	case <-d.stopped:
	}
	return nil
}

// Accept is called again when the stack has taken what it returned before.
func (d *ownStreams) Accept() (net.Conn, error) {
	if d.first {
		select {
		case d.taken <- struct{}{}:
		case <-d.stopped:
			return nil, net.ErrClosed
		}
	}
	d.first = true
	select {
	case c := <-d.conns:
		return c, nil
	case <-d.stopped:
		return nil, net.ErrClosed
	}
}

func (d *ownStreams) stop()          { d.once.Do(func() { close(d.stopped) }) }
func (d *ownStreams) Close() error   { d.stop(); return nil }
func (d *ownStreams) Addr() net.Addr { return net.TCPAddrFromAddrPort(d.local) }

// connected tells whether there is a connection to a proxy that is given by address.
func (t *trunk) connected(p profile.Proxy) bool {
	n := t.far.next
	if n == nil || !n.only.IsValid() {
		return false
	}
	c, err := n.ua.TransportLayer().GetConnection(p.Transport, p.String())
	if err != nil {
		return false
	}
	_, _ = c.TryClose() // gives back what GetConnection took
	return true
}
