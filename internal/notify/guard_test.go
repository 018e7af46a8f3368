package notify

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

func TestGuard(t *testing.T) {
	g := Guard{Allowed: prefixes("10.1.0.0/16", "fd00:1::/32")}
	for addr, want := range map[string]bool{
		"8.8.8.8": true, "93.184.215.14": true, "2606:2800:21f:cb07::1": true, "2a00:1450::1": true,
		"10.1.2.3": true, "::ffff:10.1.2.3": true, "fd00:1::7": true, // allowed
		"10.2.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "172.32.0.1": true, "192.168.1.1": false,
		"127.0.0.1": false, "127.255.255.254": false, "0.0.0.0": false, "0.1.2.3": false, "100.64.0.1": false, "100.127.255.255": false,
		"100.100.100.200": false, // metadata of a cloud
		"169.254.169.254": false, "168.63.129.16": false, "192.0.0.192": false, "192.0.2.1": false, "198.18.0.1": false, "198.51.100.1": false, "203.0.113.1": false,
		"224.0.0.1": false, "239.255.255.255": false, "240.0.0.1": false, "255.255.255.255": false, "192.88.99.1": false,
		"::": false, "::1": false, "::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "::ffff:8.8.8.8": true,
		"::127.0.0.1": false, "::8.8.8.8": false, // IPv4-compatible, deprecated
		"fe80::1": false, "fe80::1%eth0": false, "2606:2800::1%eth0": false, "fec0::1": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false,
		"2001::1": false, "2001:20::1": false, "2001:db8::1": false, "3fff::1": false, "100::1": false, "5f00::1": false,
		"2002:7f00:1::": false, "2002:808:808::": false, // 6to4
		"64:ff9b::8.8.8.8": true, "64:ff9b::127.0.0.1": false, "64:ff9b::169.254.169.254": false, "64:ff9b:1::8.8.8.8": false, "64:ff9b::10.1.2.3": true,
	} {
		if got := g.Permits(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %v, want %v", addr, got, want)
		}
	}
	if g.Permits(netip.Addr{}) {
		t.Error("no address is permitted")
	}
	if d := (Guard{Loopback: true}); !d.Permits(netip.MustParseAddr("127.0.0.1")) || !d.Permits(netip.MustParseAddr("::1")) || d.Permits(netip.MustParseAddr("10.0.0.1")) || d.Permits(netip.MustParseAddr("0.0.0.0")) {
		t.Error("development is loopback and nothing else")
	}
}

// TestGuardProperties: what Go's own judgement calls private is never
// permitted, in whatever clothes it comes.
func TestGuardProperties(t *testing.T) {
	var g Guard
	private := func(a netip.Addr) bool {
		return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() || a.IsInterfaceLocalMulticast()
	}
	rapid.Check(t, func(t *rapid.T) {
		b := [4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "v4"))
		if rapid.Bool().Draw(t, "special") {
			b[0] = rapid.SampledFrom([]byte{0, 10, 100, 127, 169, 172, 192, 198, 224, 240, 255}).Draw(t, "first")
		}
		a := netip.AddrFrom4(b)
		mapped := netip.AddrFrom16(a.As16())
		nat := netip.MustParsePrefix("64:ff9b::/96").Addr().As16()
		copy(nat[12:], b[:])
		sixToFour := [16]byte{0x20, 0x02, b[0], b[1], b[2], b[3]}
		if private(a) && g.Permits(a) {
			t.Errorf("%v", a)
		}
		if g.Permits(mapped) != g.Permits(a) || g.Permits(netip.AddrFrom16(nat)) != g.Permits(a) {
			t.Errorf("%v is judged by its clothes", a)
		}
		if g.Permits(netip.AddrFrom16(sixToFour)) {
			t.Errorf("6to4 of %v", a)
		}
		six := [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "v6"))
		if a := netip.AddrFrom16(six); private(a.Unmap()) && g.Permits(a) {
			t.Errorf("%v", a)
		}
		if a := netip.AddrFrom16(six).WithZone("eth0"); a.Is6() && a.Zone() != "" && g.Permits(a) {
			t.Errorf("%v", a)
		}
	})
}
