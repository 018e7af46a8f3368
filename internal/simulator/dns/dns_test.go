package dns

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/net/dns/dnsmessage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newServer(t testing.TB) *Server {
	s, err := New(Config{Listen: "127.0.0.1:0", Zones: []string{"pstnhub.microsoft.com", "SBC.tandem.test."}, TTL: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func ip(s string) netip.Addr { return netip.MustParseAddr(s) }

func question(t testing.TB, name string, kind dnsmessage.Type) []byte {
	t.Helper()
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: 4711, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName(name), Type: kind, Class: dnsmessage.ClassINET}},
	}
	packed, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return packed
}

// exchange sends one query over a real socket.
func exchange(t *testing.T, s *Server, network string, query []byte) dnsmessage.Message {
	t.Helper()
	conn, err := net.Dial(network, s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var reply []byte
	if network == "tcp" {
		_, err = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(query))), query...))
		if err != nil {
			t.Fatal(err)
		}
		var length [2]byte
		if _, err := io.ReadFull(conn, length[:]); err != nil {
			t.Fatal(err)
		}
		reply = make([]byte, binary.BigEndian.Uint16(length[:]))
		_, err = io.ReadFull(conn, reply)
	} else {
		if _, err = conn.Write(query); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 4096)
		n, rerr := conn.Read(buf)
		reply, err = buf[:n], rerr
	}
	if err != nil {
		t.Fatal(err)
	}
	var m dnsmessage.Message
	if err := m.Unpack(reply); err != nil {
		t.Fatal(err)
	}
	return m
}

func addresses(m dnsmessage.Message) (out []netip.Addr) {
	for _, a := range m.Answers {
		if body, ok := a.Body.(*dnsmessage.AResource); ok {
			out = append(out, netip.AddrFrom4(body.A))
		}
	}
	return out
}

func TestAnswers(t *testing.T) {
	s := newServer(t)
	s.Set("sip.pstnhub.microsoft.com", ip("127.0.0.2"))
	s.Set("*.pstnhub.microsoft.com", ip("127.0.0.3"), ip("127.0.0.4"))
	s.Set("sip3.pstnhub.microsoft.com.", ip("127.0.0.4"))
	s.Fail("sip3.pstnhub.microsoft.com")
	s.Set("e0.sbc.tandem.test", ip("127.0.0.1"))
	s.Set("gone.sbc.tandem.test", ip("127.0.0.1"))
	s.Remove("gone.sbc.tandem.test")
	s.Fail("back.sbc.tandem.test")
	s.Set("back.sbc.tandem.test", ip("127.0.0.9"))
	s.Set("six.sbc.tandem.test", ip("::1"))

	const ok, nx, refused, failed = dnsmessage.RCodeSuccess, dnsmessage.RCodeNameError, dnsmessage.RCodeRefused, dnsmessage.RCodeServerFailure
	tests := []struct {
		name  string
		query string
		kind  dnsmessage.Type
		code  dnsmessage.RCode
		ips   []netip.Addr
	}{
		{"name", "sip.pstnhub.microsoft.com.", dnsmessage.TypeA, ok, []netip.Addr{ip("127.0.0.2")}},
		{"case does not matter", "SIP.PstnHub.Microsoft.COM.", dnsmessage.TypeA, ok, []netip.Addr{ip("127.0.0.2")}},
		{"wildcard", "sip-du-a-eu.pstnhub.microsoft.com.", dnsmessage.TypeA, ok, []netip.Addr{ip("127.0.0.3"), ip("127.0.0.4")}},
		{"wildcard is one label", "a.b.pstnhub.microsoft.com.", dnsmessage.TypeA, nx, nil},
		{"apex exists", "pstnhub.microsoft.com.", dnsmessage.TypeA, ok, nil},
		{"no such type", "sip.pstnhub.microsoft.com.", dnsmessage.TypeAAAA, ok, nil},
		{"failing", "sip3.pstnhub.microsoft.com.", dnsmessage.TypeA, failed, nil},
		{"second zone", "e0.sbc.tandem.test.", dnsmessage.TypeA, ok, []netip.Addr{ip("127.0.0.1")}},
		{"unknown in zone", "e1.sbc.tandem.test.", dnsmessage.TypeA, nx, nil},
		{"removed", "gone.sbc.tandem.test.", dnsmessage.TypeA, nx, nil},
		{"set after failing", "back.sbc.tandem.test.", dnsmessage.TypeA, ok, []netip.Addr{ip("127.0.0.9")}},
		{"only IPv6 known", "six.sbc.tandem.test.", dnsmessage.TypeA, ok, nil},
		{"elsewhere", "example.com.", dnsmessage.TypeA, refused, nil},
		{"no suffix trick", "evilpstnhub.microsoft.com.", dnsmessage.TypeA, refused, nil},
	}
	for _, network := range []string{"udp", "tcp"} {
		for _, tt := range tests {
			t.Run(network+"/"+tt.name, func(t *testing.T) {
				m := exchange(t, s, network, question(t, tt.query, tt.kind))
				if m.ID != 4711 || !m.Response || m.RCode != tt.code || m.Authoritative != (tt.code != refused) {
					t.Errorf("header %+v", m.Header)
				}
				if got := addresses(m); !slices.Equal(got, tt.ips) {
					t.Errorf("addresses %v, want %v", got, tt.ips)
				}
				for _, a := range m.Answers {
					if a.Header.TTL != 30 {
						t.Errorf("TTL %d", a.Header.TTL)
					}
				}
			})
		}
	}
}

func TestLargeAnswerNeedsTCP(t *testing.T) {
	s := newServer(t)
	var many []netip.Addr
	for i := range 60 {
		many = append(many, netip.AddrFrom4([4]byte{127, 0, 1, byte(i)}))
	}
	s.Set("many.sbc.tandem.test", many...)
	query := question(t, "many.sbc.tandem.test.", dnsmessage.TypeA)
	if m := exchange(t, s, "udp", query); !m.Truncated || len(m.Answers) != 0 {
		t.Errorf("UDP answer %+v with %d answers", m.Header, len(m.Answers))
	}
	if m := exchange(t, s, "tcp", query); m.Truncated || !slices.Equal(addresses(m), many) {
		t.Errorf("TCP answer %+v with %d answers", m.Header, len(m.Answers))
	}
}

func TestQueriesItCannotAnswer(t *testing.T) {
	s := newServer(t)
	status := question(t, "sip.pstnhub.microsoft.com.", dnsmessage.TypeA)
	status[2] |= 2 << 3 // opcode STATUS
	if m := exchange(t, s, "udp", status); m.RCode != dnsmessage.RCodeNotImplemented {
		t.Errorf("STATUS: %v", m.RCode)
	}
	none := question(t, "sip.pstnhub.microsoft.com.", dnsmessage.TypeA)
	none[5] = 0 // no question
	if m := exchange(t, s, "udp", none); m.RCode != dnsmessage.RCodeFormatError {
		t.Errorf("no question: %v", m.RCode)
	}
	for name, raw := range map[string][]byte{"short": {1, 2, 3}, "response": append([]byte{1, 2, 0x80, 0}, make([]byte, 8)...)} {
		if got := s.answer(raw, maxUDP); got != nil {
			t.Errorf("%s answered with % x", name, got)
		}
	}
}

func TestResolverOfGo(t *testing.T) {
	s := newServer(t)
	s.Set("*.pstnhub.microsoft.com", ip("127.0.0.2"))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	got, err := s.Resolver().LookupNetIP(ctx, "ip4", "sip.pstnhub.microsoft.com")
	if err != nil || len(got) != 1 || got[0].Unmap() != ip("127.0.0.2") {
		t.Errorf("got %v, %v", got, err)
	}
	_, err = s.Resolver().LookupNetIP(ctx, "ip4", "x.y.pstnhub.microsoft.com.")
	var dnsErr *net.DNSError
	if !errors.As(err, &dnsErr) || !dnsErr.IsNotFound {
		t.Errorf("unknown name: %v", err)
	}
}

func TestCloseWithOpenConnection(t *testing.T) {
	s := newServer(t)
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := New(Config{Listen: "localhost"}); err == nil {
		t.Error("listens without a port")
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(question(f, "sip.pstnhub.microsoft.com.", dnsmessage.TypeA))
	f.Add(question(f, ".", dnsmessage.TypeALL))
	f.Add([]byte{})
	s := newServer(f)
	s.Set("*.pstnhub.microsoft.com", ip("127.0.0.2"))
	f.Fuzz(func(t *testing.T, query []byte) {
		reply := s.answer(query, maxUDP)
		if reply == nil {
			return
		}
		var m dnsmessage.Message
		if err := m.Unpack(reply); err != nil || !m.Response || len(reply) > maxUDP {
			t.Errorf("% x answered with % x: %v", query, reply, err)
		}
	})
}
