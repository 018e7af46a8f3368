package alone

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"
	"go.uber.org/goleak"

	"tandem/internal/audio"
	"tandem/internal/simulator/pki"
	"tandem/sip/sdp"
	"tandem/sip/siptest"
)

// sipgo can leave a socket's reader behind when a message is being handled while it closes.
func TestMain(m *testing.M) {
	pki.Recycle()
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/emiago/sipgo/sip.(*TransportUDP).readUDPConnection"))
}

// soon is how long a test waits for what must come.
const soon = 30 * time.Second

func ctx(t *testing.T) context.Context {
	t.Helper()
	c, cancel := context.WithTimeout(context.Background(), soon)
	t.Cleanup(cancel)
	return c
}

func next[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(soon):
		t.Fatalf("no %s", what)
		panic("unreachable")
	}
}

// running is an edge with what stops it.
type running struct {
	*Edge
	stop context.CancelFunc
	done chan error
}

func run(t *testing.T, o Options) *running {
	t.Helper()
	if o.Listen == nil {
		o.Listen = []string{"udp:127.0.0.1:0"}
	}
	if o.Allow == nil {
		o.Allow = []string{"127.0.0.1"}
	}
	if testing.Verbose() {
		o.Logger = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	c, stop := context.WithCancel(context.Background())
	r := &running{Edge: e, stop: stop, done: make(chan error, 1)}
	ready := make(chan struct{})
	go func() { r.done <- e.Run(c, func() { close(ready) }) }()
	next(t, "listener", ready)
	t.Cleanup(func() {
		stop()
		if err := next(t, "end", r.done); err != nil {
			t.Error(err)
		}
		r.done <- nil
	})
	return r
}

func (r *running) uri(user string) string { return "sip:" + user + "@" + r.Addrs()[0].UDP.String() }

// ringing is a call at a telephone, whose handler waits for a decision of the test.
type ringing struct {
	*siptest.Incoming
	decided chan struct{}
}

func (r *ringing) answer(t *testing.T, speak audio.PCM) *siptest.Call {
	t.Helper()
	defer close(r.decided)
	c, err := r.Answer(ctx(t), speak)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (r *ringing) reject(t *testing.T, status int) {
	t.Helper()
	defer close(r.decided)
	if err := r.Reject(status, "Because"); err != nil {
		t.Fatal(err)
	}
}

// phone is a telephone with the calls that reach it.
func phone(t *testing.T, name string) (*siptest.Phone, <-chan *ringing) {
	t.Helper()
	p, err := siptest.New(siptest.Config{Username: name})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	calls := make(chan *ringing, 16)
	p.OnCall(func(in *siptest.Incoming) {
		r := &ringing{in, make(chan struct{})}
		calls <- r
		select {
		case <-r.decided:
		case <-in.Cancelled():
		case <-t.Context().Done():
		}
	})
	return p, calls
}

// start is the beginning of a clip, enough to recognise it.
func start(clip audio.PCM) audio.PCM {
	return audio.PCM{Rate: clip.Rate, Samples: clip.Samples[:3*clip.Rate]}
}

func heard(t *testing.T, who string, said audio.PCM, c *siptest.Call) {
	t.Helper()
	if m := audio.Compare(said.Samples, c.Heard(), said.Rate); m.Correlation < 0.9 || m.LongestGap > 60*time.Millisecond {
		t.Errorf("%s heard %+v", who, m)
	}
	if s := c.Stats(); s.Lost != 0 || s.Duplicates != 0 || s.Undecodable != 0 || s.Sources != 1 {
		t.Errorf("%s: %+v", who, s)
	}
}

// TestACallGoesOn has a call with audio both ways; the next hop answers SRTP only, and
// hears who called and whom, letter by letter.
func TestACallGoesOn(t *testing.T) {
	bob, calls := phone(t, "bob")
	e := run(t, Options{NextHop: bobURI(bob)})
	alice, _ := phone(t, "alice")
	hers, his := start(audio.CustomerSpeech()), start(audio.AgentSpeech())
	const user = "+49-30.90%23;phone-context=x"
	c, err := alice.Call(ctx(t), e.uri(user), siptest.CallOptions{
		From: "team.lead", Speak: hers,
		Headers: map[string]string{"X-Queue": "7", "P-Asserted-Identity": "<sip:+4930@example.org>", "Organization": "Contoso"},
	})
	if err != nil {
		t.Fatal(err)
	}
	in := next(t, "call", calls)
	if to := in.To(); !strings.HasPrefix(to, "sip:"+user+"@") {
		t.Errorf("called %s", to)
	}
	if from := in.From(); !strings.HasPrefix(from, "sip:team.lead@") {
		t.Errorf("called by %s", from)
	}
	for name, want := range map[string]string{"X-Queue": "7", "P-Asserted-Identity": "<sip:+4930@example.org>", "Organization": ""} {
		if got := in.Header(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if err := in.Ring(); err != nil {
		t.Fatal(err)
	}
	for status := range c.Progress() {
		if status == 180 {
			break
		}
	}
	b := in.answer(t, his)
	for _, err := range []error{c.Answered(ctx(t)), c.Spoken(ctx(t)), b.Spoken(ctx(t)), b.Hangup(ctx(t))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	next(t, "end at the caller", c.Ended())
	if !c.Ending().Remote {
		t.Error("the caller hung up himself")
	}
	heard(t, "caller", his, c)
	heard(t, "called", hers, b)
}

func bobURI(p *siptest.Phone) string { return "sip:" + p.Addr().String() }

// TestHangingUpPassesOn: the caller ends, before and after the answer.
func TestHangingUpPassesOn(t *testing.T) {
	bob, calls := phone(t, "bob")
	e := run(t, Options{NextHop: bobURI(bob)})
	alice, _ := phone(t, "alice")
	c, err := alice.Call(ctx(t), e.uri("1"), siptest.CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	in := next(t, "call", calls)
	if err := in.Ring(); err != nil {
		t.Fatal(err)
	}
	if err := c.Cancel(ctx(t)); err != nil {
		t.Fatal(err)
	}
	next(t, "CANCEL", in.Cancelled())

	if c, err = alice.Call(ctx(t), e.uri("2"), siptest.CallOptions{}); err != nil {
		t.Fatal(err)
	}
	b := next(t, "call", calls).answer(t, audio.PCM{})
	if err := errors.Join(c.Answered(ctx(t)), c.Hangup(ctx(t))); err != nil {
		t.Fatal(err)
	}
	next(t, "BYE", b.Ended())
}

// TestFailuresPassOn: the caller gets the status of the next hop, but no challenge that has
// none in it.
func TestFailuresPassOn(t *testing.T) {
	bob, calls := phone(t, "bob")
	e := run(t, Options{NextHop: bobURI(bob)})
	alice, _ := phone(t, "alice")
	for _, x := range []struct{ theirs, ours int }{{404, 404}, {480, 480}, {486, 486}, {500, 500}, {503, 503}, {603, 603}, {401, 500}, {407, 500}} {
		c, err := alice.Call(ctx(t), e.uri("1"), siptest.CallOptions{})
		if err != nil {
			t.Fatal(err)
		}
		next(t, "call", calls).reject(t, x.theirs)
		refused(t, c, x.ours)
	}
}

func refused(t *testing.T, c *siptest.Call, status int) {
	t.Helper()
	var r *siptest.Refused
	if err := c.Answered(ctx(t)); !errors.As(err, &r) || r.Status != status {
		t.Errorf("want %d, have %v", status, err)
	}
}

// TestStrangersAreRefused: who is not allowed gets 403, and the next hop hears nothing.
func TestStrangersAreRefused(t *testing.T) {
	bob, calls := phone(t, "bob")
	e := run(t, Options{NextHop: bobURI(bob), Allow: []string{"192.0.2.0/24", "2001:db8::1"}})
	alice, _ := phone(t, "alice")
	c, err := alice.Call(ctx(t), e.uri("1"), siptest.CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	refused(t, c, 403)
	if len(calls) != 0 {
		t.Error("the next hop was called")
	}
}

// TestDraining: a call goes on after the signal, new ones are refused, and the end of the
// last one is the end.
func TestDraining(t *testing.T) {
	bob, calls := phone(t, "bob")
	e := run(t, Options{NextHop: bobURI(bob), Drain: soon})
	alice, _ := phone(t, "alice")
	c, err := alice.Call(ctx(t), e.uri("1"), siptest.CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b := next(t, "call", calls).answer(t, audio.PCM{})
	if err := c.Answered(ctx(t)); err != nil {
		t.Fatal(err)
	}
	e.stop()
	for { // until it has seen the signal
		other, err := alice.Call(ctx(t), e.uri("2"), siptest.CallOptions{})
		if err != nil {
			t.Fatal(err)
		}
		select {
		case in := <-calls:
			in.reject(t, 486)
			refused(t, other, 486)
			continue
		case <-other.Ended():
			refused(t, other, 503)
		}
		break
	}
	select {
	case err := <-e.done:
		t.Fatalf("ended before its call: %v", err)
	default:
	}
	if err := c.Hangup(ctx(t)); err != nil {
		t.Fatal(err)
	}
	next(t, "BYE", b.Ended())
	if err := next(t, "end", e.done); err != nil {
		t.Error(err)
	}
	e.done <- nil
}

// TestNoDrain: calls that may not go on are hung up on both sides.
func TestNoDrain(t *testing.T) {
	bob, calls := phone(t, "bob")
	e := run(t, Options{NextHop: bobURI(bob)})
	alice, _ := phone(t, "alice")
	c, err := alice.Call(ctx(t), e.uri("1"), siptest.CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b := next(t, "call", calls).answer(t, audio.PCM{})
	if err := c.Answered(ctx(t)); err != nil {
		t.Fatal(err)
	}
	e.stop()
	next(t, "BYE at the called", b.Ended())
	next(t, "BYE at the caller", c.Ended())
}

// TestSeveralListeners: each of them takes calls.
func TestSeveralListeners(t *testing.T) {
	bob, calls := phone(t, "bob")
	e := run(t, Options{NextHop: bobURI(bob), Listen: []string{"udp:127.0.0.1:0", "tcp:127.0.0.1:0", "udp:127.0.0.1:0"}})
	addrs := e.Addrs()
	if len(addrs) != 2 || !addrs[0].TCP.IsValid() || addrs[1].TCP.IsValid() {
		t.Fatalf("listens at %+v", addrs)
	}
	for _, at := range []string{addrs[0].UDP.String(), addrs[0].TCP.String(), addrs[1].UDP.String()} {
		if !strings.Contains(e.String(), at) {
			t.Errorf("%s is not in %q", at, e)
		}
	}
	alice, _ := phone(t, "alice")
	for _, a := range addrs {
		c, err := alice.Call(ctx(t), "sip:1@"+a.UDP.String(), siptest.CallOptions{})
		if err != nil {
			t.Fatal(err)
		}
		next(t, "call", calls).reject(t, 486)
		refused(t, c, 486)
	}
}

// server is a next hop over TLS or TCP that rings and answers every call.
type server struct {
	at      string
	invites chan *sipmsg.Request
	byes    chan *sipmsg.Request
}

func newServer(t *testing.T, cert *tls.Certificate) *server {
	t.Helper()
	s := &server{invites: make(chan *sipmsg.Request, 16), byes: make(chan *sipmsg.Request, 16)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.at = l.Addr().String()
	quiet := slog.New(slog.DiscardHandler)
	ua, err := sipgo.NewUA(
		sipgo.WithUserAgentTransportLayerOptions(sipmsg.WithTransportLayerLogger(quiet)),
		sipgo.WithUserAgentTransactionLayerOptions(sipmsg.WithTransactionLayerLogger(quiet)),
	)
	if err != nil {
		t.Fatal(err)
	}
	srv, err := sipgo.NewServer(ua, sipgo.WithServerLogger(quiet))
	if err != nil {
		t.Fatal(err)
	}
	contact := sipmsg.NewHeader("Contact", "<sip:"+s.at+";transport=tcp>")
	if cert != nil {
		contact = sipmsg.NewHeader("Contact", "<sip:"+s.at+";transport=tls>")
	}
	srv.OnInvite(func(r *sipmsg.Request, tx sipmsg.ServerTransaction) {
		s.invites <- r
		r.To().Params.Add("tag", "theirs")
		ringing := sipmsg.NewResponseFromRequest(r, 180, "Ringing", nil)
		ringing.AppendHeader(contact)
		ok := sipmsg.NewResponseFromRequest(r, 200, "OK", answer(r.Body()))
		ok.AppendHeader(contact)
		ok.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
		_ = tx.Respond(ringing)
		_ = tx.Respond(ok)
	})
	srv.OnAck(func(*sipmsg.Request, sipmsg.ServerTransaction) {})
	srv.OnBye(func(r *sipmsg.Request, tx sipmsg.ServerTransaction) {
		s.byes <- r
		_ = tx.Respond(sipmsg.NewResponseFromRequest(r, 200, "OK", nil))
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		if cert != nil {
			_ = srv.ServeTLS(tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{*cert}, MinVersion: tls.VersionTLS12}))
			return
		}
		_ = srv.ServeTCP(l)
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
		_ = ua.Close()
	})
	return s
}

// answer is the SDP of a next hop that takes SRTP only.
func answer(body []byte) []byte {
	offer, err := sdp.Parse(body)
	if err != nil {
		return nil
	}
	a, _, err := sdp.Answer(offer, sdp.Local{
		Address: netip.MustParseAddr("127.0.0.1"), Port: 9000, RTCPPort: 9001, Direction: sdp.SendRecv, Key: sdp.NewKey(),
	}, sdp.Near(sdp.SecureOnly, sdp.PCMA, sdp.PCMU))
	if err != nil {
		return nil
	}
	return sdp.NewSource(1).Write(a)
}

// TestTheNextHopIsVerified: over TLS the certificate has to be of --ca, and for the
// address that was configured.
func TestTheNextHopIsVerified(t *testing.T) {
	good, stranger := authority(t), authority(t)
	own, elsewhere := issue(t, good, "127.0.0.1"), issue(t, good, "192.0.2.1")
	for _, x := range []struct {
		name   string
		cert   tls.Certificate
		ca     *pki.Authority
		status int // 0: answered
	}{
		{"right", own, good, 0},
		{"another address", elsewhere, good, 408},
		{"another authority", own, stranger, 408},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := newServer(t, &x.cert)
			e := run(t, Options{NextHop: "sip:" + s.at + ";transport=tls", CA: x.ca.File()})
			alice, _ := phone(t, "alice")
			c, err := alice.Call(ctx(t), e.uri("+4930"), siptest.CallOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if x.status != 0 {
				refused(t, c, x.status)
				if len(s.invites) != 0 {
					t.Error("the call went to who is not the next hop")
				}
				return
			}
			hangUp(t, s, c, "TLS")
		})
	}
}

// TestTCP: the next hop may be reached over TCP.
func TestTCP(t *testing.T) {
	s := newServer(t, nil)
	e := run(t, Options{NextHop: "sip:" + s.at + ";transport=tcp"})
	alice, _ := phone(t, "alice")
	c, err := alice.Call(ctx(t), e.uri("+4930"), siptest.CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	hangUp(t, s, c, "TCP")
}

// hangUp ends a call that the server has answered, and looks at what it was sent.
func hangUp(t *testing.T, s *server, c *siptest.Call, transport string) {
	t.Helper()
	if err := errors.Join(c.Answered(ctx(t)), c.Hangup(ctx(t))); err != nil {
		t.Fatal(err)
	}
	invite, bye := next(t, "INVITE", s.invites), next(t, "BYE", s.byes)
	for _, r := range []*sipmsg.Request{invite, bye} {
		if r.Via().Transport != transport {
			t.Errorf("%s by %s", r.Method, r.Via().Transport)
		}
	}
	if invite.Recipient.User != "+4930" {
		t.Errorf("called %s", invite.Recipient.String())
	}
	if offer, err := sdp.Parse(invite.Body()); err != nil || !strings.Contains(string(invite.Body()), "RTP/SAVP") || !strings.Contains(string(invite.Body()), "a=crypto:1 AES_CM_128_HMAC_SHA1_80") {
		t.Errorf("offered %+v, %v:\n%s", offer, err, invite.Body())
	}
}

func authority(t *testing.T) *pki.Authority {
	t.Helper()
	a, err := pki.LoadOrCreate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func issue(t *testing.T, a *pki.Authority, ip string) tls.Certificate {
	t.Helper()
	c, err := a.Issue([]string{"edge.test"}, []net.IP{net.ParseIP(ip)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestOptions: what is missing or wrong is named together with its cure.
func TestOptions(t *testing.T) {
	good := Options{Listen: []string{"udp:127.0.0.1:0"}, Allow: []string{"127.0.0.1"}, NextHop: "sip:127.0.0.1:5080"}
	for _, x := range []struct {
		name   string
		change func(*Options)
		want   []string
	}{
		{"no next hop", func(o *Options) { o.NextHop = "" }, []string{"--next-hop", "transport=tls"}},
		{"next hop without scheme", func(o *Options) { o.NextHop = "127.0.0.1:5080" }, []string{"127.0.0.1:5080", "sip:HOST:PORT"}},
		{"next hop with a user", func(o *Options) { o.NextHop = "sip:joe@127.0.0.1" }, []string{"user part"}},
		{"next hop over sctp", func(o *Options) { o.NextHop = "sip:127.0.0.1;transport=sctp" }, []string{"transport=tls"}},
		{"nobody allowed", func(o *Options) { o.Allow = nil }, []string{"--allow", "192.0.2.0/24"}},
		{"a name allowed", func(o *Options) { o.Allow = []string{"example.org"} }, []string{"--allow", "example.org", "192.0.2.0/24"}},
		{"no listener", func(o *Options) { o.Listen = nil }, []string{"--listen", "udp:"}},
		{"listener without transport", func(o *Options) { o.Listen = []string{"127.0.0.1:5060"} }, []string{"--listen", "udp:192.0.2.2:5060"}},
		{"listener of sctp", func(o *Options) { o.Listen = []string{"sctp:127.0.0.1:5060"} }, []string{"udp, tcp or tls"}},
		{"listener of tls without certificate", func(o *Options) { o.Listen = []string{"tls:127.0.0.1:0"} }, []string{"--cert and --key"}},
		{"certificate without key", func(o *Options) { o.Cert = "c.pem" }, []string{"--cert and --key"}},
		{"no certificate there", func(o *Options) { o.Cert, o.Key = "/nowhere/c.pem", "/nowhere/k.pem" }, []string{"--cert", "PEM"}},
		{"no authority there", func(o *Options) { o.CA = "/nowhere/ca.pem" }, []string{"--ca", "/nowhere/ca.pem"}},
		{"authority that is none", func(o *Options) { o.CA = os.DevNull }, []string{"--ca", "no certificate"}},
		{"ports", func(o *Options) { o.Ports = "many" }, []string{"--ports", "20000-32767"}},
		{"media by name", func(o *Options) { o.Media = "example.org" }, []string{"--media", "IP address"}},
		{"an address that is not ours", func(o *Options) { o.Listen = []string{"udp:192.0.2.1:5060"} }, []string{"192.0.2.1:5060"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			o := good
			x.change(&o)
			_, err := New(o)
			if err == nil {
				t.Fatal("taken")
			}
			for _, want := range x.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}
