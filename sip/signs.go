package sip

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	registry "tandem/internal/trunk"
	"tandem/sip/profile"
)

// Signs is what one of the edge's trunks, or a peer that is sent OPTIONS, has shown since
// the edge began. Counters only grow.
type Signs struct {
	Of       registry.Neighbour
	Name     string              // FQDN, or name of the peer
	Asked    []registry.Asked    // a trunk's proxies in Microsoft's order; a peer as one
	Heard    time.Time           // last OPTIONS of Microsoft's; zero: none
	LastCall time.Time           // that was answered, either way; zero: none
	Calls    uint64              // begun
	Answered uint64              // of those
	Sent     uint64              // OPTIONS
	Good     uint64              // of those, answered as they should be
	Chain    []*x509.Certificate // that a trunk shows, leaf first
}

// Signs tells of all trunks and of all peers that are sent OPTIONS, by name.
func (e *Edge) Signs() []Signs {
	var all []Signs
	for name, t := range e.far.trunks {
		if e.far.tls == nil || e.cfg.Far.Ping < 0 {
			break // no OPTIONS of ours, so that nothing can be said
		}
		s := t.signs.show()
		s.Of, s.Name = registry.TrunkKind, name
		if t.carrier != nil {
			c := t.carrier.signs.show()
			s.Asked, s.Heard, s.Sent, s.Good = c.Asked, c.Heard, c.Sent, c.Good
		}
		s.Chain = e.far.chain(t)
		all = append(all, s)
	}
	for _, p := range e.health.pulses() {
		s := e.tallies.of(p.asked.Whom).show()
		s.Of, s.Name, s.Asked, s.Sent, s.Good = registry.PeerKind, p.asked.Whom, []registry.Asked{p.asked}, p.sent, p.good
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b Signs) int { return strings.Compare(string(a.Of)+a.Name, string(b.Of)+b.Name) })
	return all
}

// chain is what the trunk shows; what Microsoft looks at is the certificate of its carrier.
func (f *farSide) chain(t *trunk) (chain []*x509.Certificate) {
	name := t.FQDN
	if t.carrier != nil {
		name = t.carrier.FQDN
	}
	for _, known := range f.e.cfg.Far.Trunks {
		if known.FQDN != name {
			continue
		}
		for _, der := range known.Shown().Certificate {
			if c, err := x509.ParseCertificate(der); err == nil {
				chain = append(chain, c)
			}
		}
	}
	return chain
}

// signs is what is kept of one trunk, or of the calls of one peer. Safe for concurrent use.
type signs struct {
	mu sync.Mutex
	is Signs
}

func newSigns(proxies []profile.Proxy) *signs {
	s := &signs{}
	for _, p := range proxies {
		s.is.Asked = append(s.is.Asked, registry.Asked{Whom: p.FQDN})
	}
	return s
}

func (s *signs) show() Signs {
	s.mu.Lock()
	defer s.mu.Unlock()
	is := s.is
	is.Asked = slices.Clone(is.Asked)
	return is
}

// asked notes what OPTIONS to a proxy brought that were sent at a moment.
func (s *signs) asked(proxy int, at time.Time, o pinged) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.is.Sent++
	if o.failure == "" {
		s.is.Good++
	}
	a := &s.is.Asked[proxy]
	*a = o.note(*a, at)
}

func (s *signs) heard(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.is.Heard = at
}

// called notes that a call began.
func (s *signs) called() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.is.Calls++
}

// answered notes that one was answered.
func (s *signs) answered(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.is.Answered++
	s.is.LastCall = at
}

// tallies are the calls of each peer, by its name.
type tallies struct {
	mu  sync.Mutex
	all map[string]*signs
}

func (t *tallies) of(peer string) *signs {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil {
		t.all = map[string]*signs{}
	}
	s := t.all[peer]
	if s == nil {
		s = &signs{}
		t.all[peer] = s
	}
	return s
}

// pinged is what one OPTIONS brought. Without a failure it was answered as it should be.
type pinged struct {
	failure registry.Failure
	status  int // 0: there was no answer
	err     error
	took    time.Duration
}

// note adds the outcome to what was known of a target.
func (o pinged) note(was registry.Asked, at time.Time) registry.Asked {
	is := registry.Asked{Whom: was.Whom, At: at, Answered: was.Answered, Since: was.Since, RoundTrip: was.RoundTrip, Failure: o.failure, Status: o.status}
	if o.failure == "" {
		is.Answered, is.RoundTrip = at, o.took
		if is.Since.IsZero() {
			is.Since = at
		}
		return is
	}
	is.Since = time.Time{}
	if o.err != nil {
		is.Error = o.err.Error()
	}
	return is
}

// pingedOf judges the end of a transaction; bad says which statuses are no good.
func pingedOf(res *sipmsg.Response, err error, bad func(status int) bool) pinged {
	switch {
	case err != nil:
		return pinged{failure: failureOf(err), err: err}
	case bad(res.StatusCode):
		return pinged{failure: registry.FailedRefused, status: res.StatusCode}
	}
	return pinged{status: res.StatusCode}
}

// failureOf says how far a request came.
func failureOf(err error) registry.Failure {
	var name *net.DNSError
	var op *net.OpError
	var verification *tls.CertificateVerificationError
	var alert tls.AlertError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &name):
		return registry.FailedName
	case errors.As(err, &verification), errors.As(err, &alert), errors.As(err, &record):
		return registry.FailedTLS
	case errors.As(err, &op) && op.Op == "dial":
		return registry.FailedConnect
	case errors.As(err, &op) && op.Op != "write": // the handshake broke off
		return registry.FailedTLS
	}
	return registry.FailedSilent
}
