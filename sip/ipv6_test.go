package sip

import (
	"encoding/binary"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"tandem/sip/guard"
)

var loopback6 = netip.MustParseAddr("::1")

// withIPv6 listens for peers on both kinds of addresses.
func withIPv6(c *Config) {
	c.Near.UDP, c.Near.TCP = "[::]:0", "[::]:0"
	c.Media.Address6 = loopback6
}

func sixPeer(p *guard.Peer) { p.Addresses = append(p.Addresses, netip.PrefixFrom(loopback6, 128)) }

// raw6 is a peer on IPv6, with a socket for its sound.
func raw6(t *testing.T, r *rig) (p *raw, sound *net.UDPConn, sdp string) {
	t.Helper()
	g := digestPeer("joe")
	sixPeer(&g)
	r.peers.set(g)
	r.must(r.edge.RefreshPeers(r.ctx()))
	conn, err := net.DialUDP("udp", &net.UDPAddr{IP: net.IPv6loopback}, &net.UDPAddr{IP: net.IPv6loopback, Port: int(r.edge.Addrs().UDP.Port())})
	r.must(err)
	t.Cleanup(func() { _ = conn.Close() })
	sound, err = net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv6loopback})
	r.must(err)
	t.Cleanup(func() { _ = sound.Close() })
	sdp = strings.NewReplacer("IP4 127.0.0.1", "IP6 ::1", "40000", strconv.Itoa(sound.LocalAddr().(*net.UDPAddr).Port)).Replace(plainSDP)
	return &raw{t: t, conn: conn}, sound, sdp
}

// describes6 checks our SDP and gives where our sound is.
func describes6(t *testing.T, message string) *net.UDPAddr {
	t.Helper()
	if !strings.Contains(message, "c=IN IP6 ::1\r\n") || !regexp.MustCompile(`(?m)^o=.* IN IP6 ::1\r$`).MatchString(message) || strings.Contains(body(message), "IP4") {
		t.Errorf("SDP: %s", message)
	}
	m := regexp.MustCompile(`(?m)^m=audio (\d+) `).FindStringSubmatch(message)
	if m == nil {
		t.Fatalf("no sound in %s", message)
	}
	port, _ := strconv.Atoi(m[1])
	return &net.UDPAddr{IP: net.IPv6loopback, Port: port}
}

// speaks sends RTP until both have heard the other one.
func speaks(t *testing.T, from *net.UDPConn, to *net.UDPAddr, farHears func() uint64) {
	t.Helper()
	packet := make([]byte, 172)
	packet[0], packet[1] = 0x80, 8
	sequence, heard := uint16(0), 0
	eventually(t, func() bool {
		sequence++
		binary.BigEndian.PutUint16(packet[2:], sequence)
		binary.BigEndian.PutUint32(packet[4:], uint32(sequence)*160)
		_, _ = from.WriteToUDP(packet, to)
		_ = from.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		if n, source, err := from.ReadFromUDP(make([]byte, 2048)); err == nil && n > 12 && source.Port == to.Port {
			heard++
		}
		return heard > 10 && farHears() > 10
	})
}

func callFromIPv6(t *testing.T) {
	r := newRig(t, withIPv6)
	p, sound, sdp := raw6(t, r)
	p.invite(number, "six", "", sdp)
	next(t, "offer", r.engine.offers)
	r.dial("call-1")
	far := next(t, "leg at Microsoft", r.legs)
	r.must(far.Answer(r.ctx()))
	r.must(r.edge.Answer(r.ctx(), "call-1"))
	r.must(r.edge.ConnectMedia(r.ctx(), "call-1"))
	ok := p.await("SIP/2.0 200")
	if c := field(ok, "Contact"); c != "<sip:[::1]:"+strconv.Itoa(int(r.edge.Addrs().UDP.Port()))+">" {
		t.Errorf("Contact: %s", c)
	}
	p.inside("ACK", 2, ok, "")
	speaks(t, sound, describes6(t, ok), func() uint64 { return far.Media().PacketsIn })
	far.Bye(16, "bye")
	r.ended("far")
	r.hangUp("call-1", "near", 0, 16, "over")
	bye := p.await("BYE ")
	if uri := strings.Fields(bye)[1]; !strings.HasPrefix(uri, "sip:them@[::1]:") || !strings.Contains(field(bye, "Via"), " [::1]:") {
		t.Errorf("BYE to %s by %s", uri, field(bye, "Via"))
	}
	p.reply(bye, "200 OK")
	r.ended("near")
	r.clean()

	// IPv4 goes on beside it.
	other := newRaw4(t, r)
	other.invite(number, "four", "", plainSDP)
	next(t, "offer", r.engine.offers)
}

// newRaw4 is a peer on IPv4 of a listener for both.
func newRaw4(t *testing.T, r *rig) *raw {
	t.Helper()
	conn, err := net.DialUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(r.edge.Addrs().UDP.Port())})
	r.must(err)
	t.Cleanup(func() { _ = conn.Close() })
	return &raw{t: t, conn: conn}
}

func callToIPv6(t *testing.T) {
	r := newRig(t, withIPv6)
	p, sound, sdp := raw6(t, r)
	r.carrier(func(g *guard.Peer) { sixPeer(g); g.DialTo = "sip:" + p.conn.LocalAddr().String() })
	result := r.dialled(r.ctx(), nil)
	invite := p.await("INVITE ")
	if uri := strings.Fields(invite)[1]; uri != "sip:"+abroad+"@"+p.conn.LocalAddr().String()+";user=phone" || !strings.Contains(field(invite, "Contact"), "<sip:[::1]:") {
		t.Errorf("INVITE %s, Contact %s", uri, field(invite, "Contact"))
	}
	p.replies(invite, 200, "", sdp)
	p.await("ACK ")
	got := next(t, "answer", result)
	r.must(got.err)
	speaks(t, sound, describes6(t, invite), func() uint64 { return got.leg.Media().PacketsIn })
	got.leg.Bye(16, "bye")
	p.replies(p.await("BYE "), 200, "", "")
	r.ended(outSide)
	r.clean()
}

// noIPv6: an offer of IPv6 where none is configured is refused with what to do.
func noIPv6(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	p.invite(number, "six", "", strings.ReplaceAll(plainSDP, "IP4 127.0.0.1", "IP6 ::1"))
	if status, response := p.final(); status != 488 || !strings.Contains(field(response, "Warning"), "sip.media.address6") {
		t.Errorf("got %s", response)
	}
}
