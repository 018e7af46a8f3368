package siptest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"
)

// Config configures a [Phone].
type Config struct {
	Username string // of the digest, and the user of our addresses; default "phone"
	Password string // empty: challenges are not answered
	Listen   string // concrete address and port of the SIP socket; default 127.0.0.1:0
	Logger   *slog.Logger
}

// Phone is a user agent with one UDP socket. Safe for concurrent use.
type Phone struct {
	config Config
	log    *slog.Logger
	local  netip.AddrPort
	conn   *socket
	ua     *sipgo.UserAgent
	client *sipgo.Client

	running sync.WaitGroup
	done    context.Context // ends with Close
	stop    context.CancelFunc

	mu     sync.Mutex
	calls  map[string]*Call // by Call-ID
	onCall func(*Incoming)
	closed bool
}

// ErrClosed is the failure of calls whose phone was closed.
var ErrClosed = errors.New("siptest: the phone is closed")

// New opens a phone.
func New(c Config) (*Phone, error) {
	if c.Username == "" {
		c.Username = "phone"
	}
	if c.Listen == "" {
		c.Listen = "127.0.0.1:0"
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	conn, err := net.ListenPacket("udp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("siptest: %w", err)
	}
	p := &Phone{config: c, log: c.Logger, conn: newSocket(conn), calls: map[string]*Call{}}
	p.local = conn.LocalAddr().(*net.UDPAddr).AddrPort()
	p.local = netip.AddrPortFrom(p.local.Addr().Unmap(), p.local.Port())
	if p.local.Addr().IsUnspecified() {
		return nil, errors.Join(fmt.Errorf("siptest: %s is no concrete address", c.Listen), conn.Close())
	}
	if err := p.start(); err != nil {
		return nil, errors.Join(fmt.Errorf("siptest: %w", err), conn.Close())
	}
	return p, nil
}

func (p *Phone) start() (err error) {
	p.ua, err = sipgo.NewUA(
		sipgo.WithUserAgent(p.config.Username),
		sipgo.WithUserAgentTransportLayerOptions(sipmsg.WithTransportLayerLogger(p.log)),
		sipgo.WithUserAgentTransactionLayerOptions(
			sipmsg.WithTransactionLayerLogger(p.log),
			// Repetitions that come late, as on a busy machine: the stack itself would
			// tell of each on the logger of the whole process.
			sipmsg.WithTransactionLayerUnhandledResponseHandler(func(r *sipmsg.Response) { p.log.Debug("a response to nothing", "response", r.Short()) }),
		),
	)
	if err != nil {
		return err
	}
	server, err := sipgo.NewServer(p.ua, sipgo.WithServerLogger(p.log))
	if err != nil {
		return errors.Join(err, p.ua.Close())
	}
	// Requests leave from the listening socket, as with any telephone.
	p.client, err = sipgo.NewClient(p.ua, sipgo.WithClientLogger(p.log), sipgo.WithClientConnectionAddr(p.local.String()))
	if err != nil {
		return errors.Join(err, p.ua.Close())
	}
	server.OnInvite(p.invited)
	server.OnAck(p.acknowledged)
	server.OnBye(p.bye)
	server.OnCancel(func(r *sipmsg.Request, tx sipmsg.ServerTransaction) {
		p.respond(r, tx, sipmsg.StatusCallTransactionDoesNotExists)
	})
	server.OnOptions(func(r *sipmsg.Request, tx sipmsg.ServerTransaction) { p.respond(r, tx, sipmsg.StatusOK) })
	server.OnInfo(func(r *sipmsg.Request, tx sipmsg.ServerTransaction) { p.respond(r, tx, sipmsg.StatusOK) })

	p.done, p.stop = context.WithCancel(context.Background())
	p.running.Go(func() {
		if err := server.ServeUDP(p.conn); err != nil {
			p.log.Error("siptest: SIP socket", "error", err)
		}
	})
	<-p.conn.reading
	return nil
}

// socket is the SIP socket as sipgo sees it.
type socket struct {
	net.PacketConn
	once    sync.Once
	reading chan struct{} // closed: sipgo reads, and so knows the socket; a request sent earlier would open another one
	deaf    atomic.Bool   // packets are thrown away
}

func newSocket(c net.PacketConn) *socket {
	return &socket{PacketConn: c, reading: make(chan struct{})}
}

func (s *socket) ReadFrom(b []byte) (int, net.Addr, error) {
	s.once.Do(func() { close(s.reading) })
	for {
		n, from, err := s.PacketConn.ReadFrom(b)
		if err != nil || !s.deaf.Load() {
			return n, from, err
		}
	}
}

// shut closes a user agent and its socket. sipgo handles each message in a goroutine for which nobody can wait, and one that finds the socket gone opens another
// that nobody closes. So hearing ends first, with a moment for what has been heard.
func shut(ua *sipgo.UserAgent, s *socket) error {
	s.deaf.Store(true)
	moment := time.NewTimer(20 * time.Millisecond)
	<-moment.C
	return errors.Join(ua.Close(), s.Close())
}

// Addr is the address of the SIP socket.
func (p *Phone) Addr() netip.AddrPort { return p.local }

// URI is where the phone can be called.
func (p *Phone) URI() string { return "sip:" + p.config.Username + "@" + p.local.String() }

func (p *Phone) uri() sipmsg.Uri {
	host := p.local.Addr().String()
	if p.local.Addr().Is6() {
		host = "[" + host + "]"
	}
	return sipmsg.Uri{Scheme: "sip", User: p.config.Username, Host: host, Port: int(p.local.Port())}
}

// Close ends all calls, properly if the others answer within two seconds, and waits for everything that runs.
func (p *Phone) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	var left []*Call
	for _, c := range p.calls {
		left = append(left, c)
	}
	p.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	var ending sync.WaitGroup
	for _, c := range left {
		ending.Go(func() {
			if err := c.Hangup(ctx); err != nil {
				p.log.Debug("siptest: hang up at close", "error", err)
			}
		})
	}
	ending.Wait()
	p.stop()
	err := shut(p.ua, p.conn)
	p.running.Wait()
	if err != nil {
		return fmt.Errorf("siptest: close: %w", err)
	}
	return nil
}

// begin registers a call and counts one more goroutine to wait for, unless the phone is closed.
func (p *Phone) begin(c *Call) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.calls[c.id] = c
	p.running.Add(1)
	return true
}

func (p *Phone) forget(c *Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.calls[c.id] == c {
		delete(p.calls, c.id)
	}
}

// find is the call a request belongs to: by Call-ID and our tag.
func (p *Phone) find(r *sipmsg.Request) *Call {
	id, to := r.CallID(), r.To()
	if id == nil || to == nil {
		return nil
	}
	p.mu.Lock()
	c := p.calls[id.Value()]
	p.mu.Unlock()
	if tag, _ := to.Params.Get("tag"); c == nil || tag != c.localTag {
		return nil
	}
	return c
}

func (p *Phone) respond(r *sipmsg.Request, tx sipmsg.ServerTransaction, status int) {
	if err := tx.Respond(sipmsg.NewResponseFromRequest(r, status, reasonPhrase(status), nil)); err != nil {
		p.log.Debug("siptest: response not sent", "status", status, "error", err)
	}
}

func reasonPhrase(status int) string {
	switch status {
	case sipmsg.StatusOK:
		return "OK"
	case sipmsg.StatusRinging:
		return "Ringing"
	case sipmsg.StatusTemporarilyUnavailable:
		return "Temporarily Unavailable"
	case sipmsg.StatusCallTransactionDoesNotExists:
		return "Call/Transaction Does Not Exist"
	case sipmsg.StatusNotAcceptableHere:
		return "Not Acceptable Here"
	}
	return "No Reason Given"
}

func (p *Phone) acknowledged(r *sipmsg.Request, _ sipmsg.ServerTransaction) {
	if c := p.find(r); c != nil {
		c.gotACK()
	}
}

func (p *Phone) bye(r *sipmsg.Request, tx sipmsg.ServerTransaction) {
	c := p.find(r)
	if c == nil {
		p.respond(r, tx, sipmsg.StatusCallTransactionDoesNotExists)
		return
	}
	p.respond(r, tx, sipmsg.StatusOK)
	c.finish(Ending{Remote: true, ReasonHeader: headerValue(r, "Reason")})
}

func headerValue(m interface{ GetHeader(string) sipmsg.Header }, name string) string {
	if h := m.GetHeader(name); h != nil {
		return h.Value()
	}
	return ""
}
