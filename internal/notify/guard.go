package notify

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// Guard decides which addresses may be dialled.
type Guard struct {
	Allowed  []netip.Prefix // beyond the public ones
	Loopback bool           // of a development installation
}

// never lists IPv4 networks that are not public (IANA IPv4 Special-Purpose
// Address Registry, RFC 6890), and one public address that is Azure's own.
var never = prefixes(
	"0.0.0.0/8",        // this network, RFC 791
	"10.0.0.0/8",       // private, RFC 1918
	"100.64.0.0/10",    // shared, RFC 6598; also other clouds' metadata
	"127.0.0.0/8",      // loopback
	"168.63.129.16/32", // Azure's wire server, reached from inside only
	"169.254.0.0/16",   // link-local, RFC 3927; metadata services
	"172.16.0.0/12",    // private
	"192.0.0.0/24",     // protocol assignments, RFC 6890
	"192.0.2.0/24",     // documentation, RFC 5737
	"192.88.99.0/24",   // relays of 6to4, RFC 7526
	"192.168.0.0/16",   // private
	"198.18.0.0/15",    // benchmarks, RFC 2544
	"198.51.100.0/24",  // documentation
	"203.0.113.0/24",   // documentation
	"224.0.0.0/4",      // multicast
	"240.0.0.0/4",      // reserved, and broadcast
)

// never6 lists networks within 2000::/3, the only public part of IPv6, that are
// not public (IANA IPv6 Special-Purpose Address Registry).
var never6 = prefixes(
	"2001::/23",     // protocol assignments: Teredo, ORCHID, benchmarks
	"2001:db8::/32", // documentation, RFC 3849
	"2002::/16",     // 6to4: any IPv4 address inside, by way of any relay
	"3fff::/20",     // documentation, RFC 9637
)

var (
	public6 = netip.MustParsePrefix("2000::/3")
	// nat64 carries an IPv4 address in its last 32 bits (RFC 6052 §2.1). Where a
	// network has IPv6 only, every IPv4 host has such an address.
	nat64 = netip.MustParsePrefix("64:ff9b::/96")
)

func prefixes(all ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(all))
	for i, s := range all {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// Permits says whether an address may be dialled.
func (g Guard) Permits(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	a = a.Unmap() // an IPv4 address is the same one in IPv6's clothes
	in := func(p netip.Prefix) bool { return p.Contains(a) }
	switch {
	case slices.ContainsFunc(g.Allowed, in), g.Loopback && a.IsLoopback():
		return true
	case a.Is4():
		return !slices.ContainsFunc(never, in)
	case nat64.Contains(a):
		b := a.As16()
		return g.Permits(netip.AddrFrom4([4]byte(b[12:])))
	}
	return public6.Contains(a) && !slices.ContainsFunc(never6, in)
}

// refusal is why an address was not dialled.
type refusal struct{ addr string }

func (r refusal) Error() string {
	return "the address " + r.addr + " is not a public one; webhooks.networks allows more for webhooks of the provider, bots.networks for bots"
}

// control is net.Dialer.Control: it sees the address that will be dialled.
func (g Guard) control(network, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("%s %s cannot be judged", network, address)
	}
	if !g.Permits(ap.Addr()) {
		return refusal{ap.Addr().String()}
	}
	return nil
}

func (g Guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: dialWithin, Control: g.control}
	return d.DialContext(ctx, network, address)
}

// SocketClient opens WebSockets to other people's servers. HTTP/2, which has no
// upgrade, is not offered; how long a socket stays open is for its user.
func (g Guard) SocketClient() *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:       nil, // a proxy would dial where we cannot look
			DialContext: g.dial, TLSHandshakeTimeout: dialWithin, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
			MaxResponseHeaderBytes: 32 << 10, DisableKeepAlives: true,
		},
	}
}

const dialWithin = 5 * time.Second
