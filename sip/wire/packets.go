package wire

import (
	"bytes"
	"net"
	"net/netip"
	"sync"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/sip/dialog"
	"tandem/sip/guard"
)

// Packets is the UDP socket of the near side with the guard in front of it:
// what strangers send never reaches the SIP stack, which would keep state for it.
type Packets struct {
	net.PacketConn
	gate  Gate
	local netip.AddrPort
	once  sync.Once
	ready chan struct{}

	answered *answered
	again    [65536]byte // a response that is repeated; of the reader
}

// NewPackets puts the guard in front of a socket, of which one goroutine may read.
func NewPackets(c net.PacketConn, g Gate) *Packets {
	return &Packets{PacketConn: c, gate: g, local: Source(c.LocalAddr().String()), ready: make(chan struct{}), answered: newAnswered()}
}

// Ready is closed when the stack reads: only then does it send from here.
func (s *Packets) Ready() <-chan struct{} { return s.ready }

// ReadFrom is the next packet that is for the stack.
func (s *Packets) ReadFrom(b []byte) (int, net.Addr, error) {
	s.once.Do(func() { close(s.ready) })
	for {
		n, from, err := s.PacketConn.ReadFrom(b)
		if err != nil {
			return n, from, err
		}
		// Empty lines before a request mean nothing (RFC 3261 §7.5); alone they keep a NAT open.
		if blank := n - len(bytes.TrimLeft(b[:n], "\r\n")); blank > 0 && blank < n {
			n = copy(b, b[blank:n])
		}
		udp, ok := from.(*net.UDPAddr)
		// Responses are let in: they match a request of ours, or nothing at all.
		if !ok || bytes.HasPrefix(b[:n], []byte("SIP/")) {
			s.passed(b[:n], from, false)
			return n, from, nil
		}
		verdict, cause := s.gate.Guard.Inspect(udp.AddrPort().Addr(), b[:n])
		switch verdict {
		case guard.Pass:
			s.passed(b[:n], from, false)
			if s.repeat(b[:n], udp) {
				continue
			}
			if answer := Flaw(b[:n]); answer != "" {
				s.refuseDatagram(b[:n], answer, from)
				continue
			}
			return n, from, nil
		case guard.Refuse:
			s.refuse(b[:n], from)
		}
		s.gate.Refused(call.Near, cause)
	}
}

// repeat answers a request that was answered before.
func (s *Packets) repeat(packet []byte, from *net.UDPAddr) bool {
	response, to, yes := s.answered.repeats(packet, from.AddrPort(), s.again[:])
	if yes && len(response) > 0 {
		if _, err := s.WriteTo(response, net.UDPAddrFromAddrPort(to)); err != nil {
			s.gate.Log.Debug("response not repeated", "error", err)
		}
	}
	return yes
}

// refuse answers a stranger without keeping anything.
func (s *Packets) refuse(packet []byte, to net.Addr) {
	m, err := sipmsg.ParseMessage(bytes.Clone(packet))
	if err != nil {
		return
	}
	r, ok := m.(*sipmsg.Request)
	if !ok || r.IsAck() || r.Via() == nil {
		return
	}
	r.SetTransport("UDP")
	r.SetSource(to.String())
	res := dialog.NewResponse(r, sipmsg.StatusForbidden, "Forbidden", nil)
	if _, err := s.WriteTo([]byte(res.String()), to); err != nil {
		s.gate.Log.Debug("403 to a stranger not sent", "error", err)
	}
}

// Source reads the address that the SIP stack gives a message.
func Source(s string) netip.AddrPort {
	a, err := netip.ParseAddrPort(s)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
