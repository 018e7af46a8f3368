// Package dns is a small authoritative name server for the simulated world: Microsoft's proxy names and the trunks' zones.
//
// It answers A, AAAA, SRV and TXT queries over UDP and TCP from a table that may change at any time. A name in one of its zones that is not in the table is NXDOMAIN,
// a name in the table asked for another type has no data, a name elsewhere is REFUSED: a program that also has real names to resolve notices
// at once that it asks the wrong server. "*.zone" stands for exactly one label, and a name of its own is preferred to it.
package dns

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Config of a server.
type Config struct {
	Listen string        // address and port, for UDP and TCP alike; port 0 takes a free one
	Zones  []string      // names outside these zones are refused
	TTL    time.Duration // see Lasts; the default 0 keeps resolvers from caching what a test is going to change
	Logger *slog.Logger
}

// Limits of RFC 1035 §4.2 and of a client that is slow on purpose.
const (
	maxUDP     = 512
	tcpIdle    = 10 * time.Second
	bindTrials = 20
)

// Server answers until it is closed. Use [New].
type Server struct {
	config Config
	log    *slog.Logger
	udp    net.PacketConn
	tcp    net.Listener
	wg     sync.WaitGroup

	mu      sync.Mutex
	ttl     time.Duration
	records map[string]record // key: canonical name
	conns   map[net.Conn]struct{}
	closed  bool
}

type record struct {
	ips  []netip.Addr
	srv  []net.SRV
	text []string
	fail bool
}

// New listens and answers. The table is empty.
func New(config Config) (*Server, error) {
	s := &Server{config: config, log: config.Logger, ttl: config.TTL, records: map[string]record{}, conns: map[net.Conn]struct{}{}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.config.Zones = nil
	for _, zone := range config.Zones {
		s.config.Zones = append(s.config.Zones, canonical(zone))
	}
	if err := s.listen(); err != nil {
		return nil, fmt.Errorf("dns server: %w", err)
	}
	s.wg.Go(s.serveUDP)
	s.wg.Go(s.serveTCP)
	return s, nil
}

// listen takes the same port of UDP and TCP, which for a free one may need several trials.
func (s *Server) listen() error {
	address, err := netip.ParseAddrPort(s.config.Listen)
	if err != nil {
		return err
	}
	var lc net.ListenConfig
	for trial := 0; ; trial++ {
		if s.udp, err = lc.ListenPacket(context.Background(), "udp", address.String()); err != nil {
			return err
		}
		if s.tcp, err = lc.Listen(context.Background(), "tcp", s.udp.LocalAddr().String()); err == nil {
			return nil
		}
		_ = s.udp.Close()
		if address.Port() != 0 || trial == bindTrials {
			return err
		}
	}
}

// Addr is the address and port that the server listens on.
func (s *Server) Addr() string { return s.udp.LocalAddr().String() }

// Close stops the server and waits for its goroutines. It may be called again.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		s.wg.Wait()
		return nil
	}
	s.closed = true
	for conn := range s.conns {
		_ = conn.Close()
	}
	s.mu.Unlock()
	err := errors.Join(s.udp.Close(), s.tcp.Close())
	s.wg.Wait()
	return err
}

// Set gives a name its addresses, replacing what was known of it, a failure included. A name without addresses exists and has no data.
func (s *Server) Set(name string, ips ...netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records[canonical(name)] = record{ips: slices.Clone(ips)}
}

// SetSRV gives a service its records, such as _sip._udp.carrier.test, replacing what was known of it.
func (s *Server) SetSRV(name string, records ...net.SRV) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records[canonical(name)] = record{srv: slices.Clone(records)}
}

// Lasts makes answers from now on good for a time, those that there is nothing included
// (RFC 2308 §3).
func (s *Server) Lasts(ttl time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ttl = ttl
}

// Serve takes a name's zone, which is the name itself, if it is in none of the server's.
func (s *Server) Serve(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serve(name)
}

// serve does that; the lock is held.
func (s *Server) serve(name string) {
	if name = canonical(name); !s.inZone(name) {
		s.config.Zones = append(s.config.Zones, name)
	}
}

// inZone reports whether a canonical name is in one of the zones. The lock is held.
func (s *Server) inZone(name string) bool {
	return slices.ContainsFunc(s.config.Zones, func(zone string) bool { return name == zone || strings.HasSuffix(name, "."+zone) })
}

// Remove forgets a name.
func (s *Server) Remove(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.records, canonical(name))
}

// Fail makes queries for a name end in SERVFAIL until it is set again or removed.
func (s *Server) Fail(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records[canonical(name)] = record{fail: true}
}

// Resolver is a resolver of Go's that asks this server only.
func (s *Server) Resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, s.Addr())
	}}
}

// canonical is the lower-case form with the final dot.
func canonical(name string) string {
	return strings.ToLower(strings.TrimSuffix(name, ".")) + "."
}

// lookup returns what is known of a canonical name, or the reason why there is nothing, and
// for how many seconds that is so.
func (s *Server) lookup(name string) (record, dnsmessage.RCode, uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ttl := uint32(s.ttl / time.Second)
	if !s.inZone(name) {
		return record{}, dnsmessage.RCodeRefused, ttl
	}
	r, ok := s.records[name]
	if _, parent, found := strings.Cut(name, "."); !ok && found {
		r, ok = s.records["*."+parent]
	}
	switch {
	case ok && r.fail:
		return record{}, dnsmessage.RCodeServerFailure, ttl
	case ok || slices.Contains(s.config.Zones, name):
		return r, dnsmessage.RCodeSuccess, ttl
	}
	return record{}, dnsmessage.RCodeNameError, ttl
}

// answer returns the response to a query, or nil if there is nothing that could be answered. A response above limit is cut (RFC 1035 §4.2.1).
func (s *Server) answer(query []byte, limit int) []byte {
	var parser dnsmessage.Parser
	header, err := parser.Start(query)
	if err != nil || header.Response {
		return nil
	}
	reply := dnsmessage.Message{Header: dnsmessage.Header{ID: header.ID, Response: true, OpCode: header.OpCode, Authoritative: true, RecursionDesired: header.RecursionDesired}}
	questions, err := parser.AllQuestions()
	switch {
	case err != nil || len(questions) != 1:
		reply.RCode = dnsmessage.RCodeFormatError
	case header.OpCode != 0:
		reply.RCode = dnsmessage.RCodeNotImplemented
	default:
		reply.Questions = questions
		s.resolve(&reply)
	}
	packed, err := reply.Pack()
	if err == nil && len(packed) > limit {
		reply.Truncated, reply.Answers, reply.Authorities = true, nil, nil
		packed, err = reply.Pack()
	}
	if err != nil {
		return nil
	}
	return packed
}

func (s *Server) resolve(reply *dnsmessage.Message) {
	question := reply.Questions[0]
	known, code, ttl := s.lookup(canonical(question.Name.String()))
	reply.RCode = code
	reply.Authoritative = code != dnsmessage.RCodeRefused
	if question.Class == dnsmessage.ClassINET {
		for _, body := range known.bodies() {
			kind := typeOf(body)
			if question.Type == kind || question.Type == dnsmessage.TypeALL {
				reply.Answers = append(reply.Answers, dnsmessage.Resource{
					Header: dnsmessage.ResourceHeader{Name: question.Name, Type: kind, Class: dnsmessage.ClassINET, TTL: ttl},
					Body:   body,
				})
			}
		}
	}
	if code == dnsmessage.RCodeSuccess && len(reply.Answers) == 0 {
		reply.Authorities = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: question.Name, Type: dnsmessage.TypeSOA, Class: dnsmessage.ClassINET, TTL: ttl},
			Body:   &dnsmessage.SOAResource{NS: question.Name, MBox: question.Name, MinTTL: ttl},
		}}
	}
	s.log.Debug("dns query", "name", question.Name.String(), "type", question.Type.String(), "code", code.String(), "answers", len(reply.Answers))
}

// bodies are the resource records of a name.
func (r record) bodies() []dnsmessage.ResourceBody {
	var all []dnsmessage.ResourceBody
	for _, ip := range r.ips {
		if ip.Is4() {
			all = append(all, &dnsmessage.AResource{A: ip.As4()})
		} else {
			all = append(all, &dnsmessage.AAAAResource{AAAA: ip.As16()})
		}
	}
	for _, v := range r.srv {
		if target, err := dnsmessage.NewName(canonical(v.Target)); err == nil {
			all = append(all, &dnsmessage.SRVResource{Priority: v.Priority, Weight: v.Weight, Port: v.Port, Target: target})
		}
	}
	for _, text := range r.text {
		all = append(all, &dnsmessage.TXTResource{TXT: []string{text}})
	}
	return all
}

func typeOf(body dnsmessage.ResourceBody) dnsmessage.Type {
	switch body.(type) {
	case *dnsmessage.AResource:
		return dnsmessage.TypeA
	case *dnsmessage.AAAAResource:
		return dnsmessage.TypeAAAA
	case *dnsmessage.TXTResource:
		return dnsmessage.TypeTXT
	}
	return dnsmessage.TypeSRV
}

func (s *Server) serveUDP() {
	buf := make([]byte, 4096)
	for {
		n, from, err := s.udp.ReadFrom(buf)
		if err != nil {
			if s.isClosed() {
				return
			}
			continue // on Linux an ICMP error of an earlier answer can surface here
		}
		if reply := s.answer(buf[:n], maxUDP); reply != nil {
			_, _ = s.udp.WriteTo(reply, from)
		}
	}
}

func (s *Server) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

func (s *Server) serveTCP() {
	for {
		conn, err := s.tcp.Accept()
		if err != nil {
			if s.isClosed() {
				return
			}
			continue
		}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			_ = conn.Close()
			return
		}
		s.conns[conn] = struct{}{}
		s.wg.Go(func() {
			s.serveConn(conn)
			_ = conn.Close()
			s.mu.Lock()
			delete(s.conns, conn)
			s.mu.Unlock()
		})
		s.mu.Unlock()
	}
}

// serveConn answers queries with the two-byte length of RFC 1035 §4.2.2.
func (s *Server) serveConn(conn net.Conn) {
	for {
		if err := conn.SetDeadline(time.Now().Add(tcpIdle)); err != nil {
			return
		}
		var length [2]byte
		if _, err := io.ReadFull(conn, length[:]); err != nil {
			return
		}
		query := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(conn, query); err != nil {
			return
		}
		reply := s.answer(query, 1<<16-1)
		if reply == nil {
			return
		}
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...)); err != nil {
			return
		}
	}
}
