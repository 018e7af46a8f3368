package sip

import (
	"net"
	"net/netip"
	"testing"

	"tandem/sip/guard"
)

// addressList: a peer is known by where its packets come from. It takes an address of the machine
// that is not the loopback's, which proves nothing.
func addressList(t *testing.T) {
	own := netip.Addr{}
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() && !p.Addr().IsLoopback() && !p.Addr().IsLinkLocalUnicast() {
			own = p.Addr()
		}
	}
	if !own.IsValid() {
		t.Skip("this machine has no address but the loopback's")
	}
	r := newRig(t, func(c *Config) { c.Near.UDP = "0.0.0.0:0" })
	r.peers.set(guard.Peer{Name: "elsewhere", Addresses: []netip.Prefix{netip.PrefixFrom(own.Next(), 32)}}, guard.Peer{Name: "lan", Addresses: []netip.Prefix{netip.PrefixFrom(own, 32)}}, digestPeer("joe"))
	r.must(r.edge.RefreshPeers(r.ctx()))
	conn, err := net.DialUDP("udp", &net.UDPAddr{IP: own.AsSlice()}, &net.UDPAddr{IP: own.AsSlice(), Port: int(r.edge.Addrs().UDP.Port())})
	r.must(err)
	defer func() { _ = conn.Close() }()
	p := &raw{t: t, conn: conn}
	p.send(invitation(number, "lan", 1, "", plainSDP))
	if o := next(t, "offer", r.engine.offers); o.Peer != "lan" {
		t.Errorf("the peer is %s", o.Peer)
	}
	other := newRaw4(t, r)
	other.send(invitation(number, "loopback", 1, "", plainSDP))
	if status, response := other.final(); status != 401 {
		t.Errorf("got %s", response)
	}
}
