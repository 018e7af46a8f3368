package sip

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/netip"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/sip/profile"
	"tandem/sip/sdp"
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
	tcp   *screened
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
	t := &trunk{far: f, standing: newStanding(len(f.proxies))}
	if n.ua, f.server, t.client, err = f.agent(stack, sipgo.WithUserAgenTLSConfig(conf)); err != nil {
		return err
	}
	t.ua = n.ua
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
		conn, err := net.ListenPacket("udp", at)
		if err != nil {
			return err
		}
		n.udp = &nextHopPackets{conn, n}
		n.f.addr = sourceOf(conn.LocalAddr().String())
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
		n.tcp = &screened{Listener: l, e: n.f.e}
		if n.proxy.Transport == "TLS" {
			n.tcp.tls = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{n.f.e.cfg.Far.Next.Certificate}}
		}
		n.f.addr = sourceOf(l.Addr().String())
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
	case n.tcp != nil && n.tcp.tls != nil:
		serve(func() error { return n.f.server.ServeTLS(nextHopListener{n.tcp, n}) })
	case n.tcp != nil:
		serve(func() error { return n.f.server.ServeTCP(nextHopListener{n.tcp, n}) })
	}
}

func (n *nextHop) deafen() error {
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
	return !n.only.IsValid() || sourceOf(a.String()).Addr() == n.only
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
