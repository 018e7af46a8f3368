package sip

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/internal/roomy"
	"tandem/sip/dialog"
	"tandem/sip/guard"
	targeting "tandem/sip/target"
	"tandem/sip/wire"
)

// The SIP stack would send a 100 by itself 200 ms after an INVITE, and reads the request for
// it while we may be writing our tag there. 100 is sent by us (see [nearSide.invite] and
// [nearLeg.tick]), so it need not.
func init() { sipmsg.Timer_1xx = 24 * time.Hour }

// nearMethods are those that we take from peers.
func nearMethods() []sipmsg.RequestMethod {
	return []sipmsg.RequestMethod{sipmsg.INVITE, sipmsg.ACK, sipmsg.CANCEL, sipmsg.BYE, sipmsg.OPTIONS, sipmsg.PRACK, sipmsg.UPDATE, sipmsg.INFO, sipmsg.REFER}
}

// capabilities are what OPTIONS is answered with (RFC 3261 §11.2).
func capabilities() []sipmsg.Header {
	return append(abilities(), sipmsg.NewHeader("Accept", "application/sdp"), sipmsg.NewHeader("Accept-Encoding", "identity"))
}

func (e *Edge) allowed(side call.Side) []sipmsg.RequestMethod {
	if side == call.Near {
		return nearMethods()
	}
	return e.far.methods()
}

// nearSide is the user agent towards peers.
type nearSide struct {
	e      *Edge
	cfg    NearConfig
	ua     *sipgo.UserAgent
	server *sipgo.Server
	client *sipgo.Client

	refusals refusals
	targets  *targeting.Set // of calls out; all sides have the same

	udp      *wire.Packets
	tcp, tls *wire.Listener

	udpAddr, tcpAddr, tlsAddr netip.AddrPort
}

// newUserAgent makes a user agent of the SIP stack that keeps Contact and Record-Route
// as they were written, ends transactions with their connection, and is quiet.
func newUserAgent(name string, stack *slog.Logger, filter sipmsg.TransportReadFilter, unhandled func(*sipmsg.Response), options ...sipgo.UserAgentOption) (*sipgo.UserAgent, error) {
	return sipgo.NewUA(append([]sipgo.UserAgentOption{
		sipgo.WithUserAgent(name),
		sipgo.WithUserAgentParser(sipmsg.NewParser(sipmsg.WithHeadersParsers(wire.HeaderParsers()))),
		sipgo.WithUserAgentTransportLayerOptions(sipmsg.WithTransportLayerLogger(stack), sipmsg.WithTransportLayerReadFilter(filter)),
		sipgo.WithUserAgentTransactionLayerOptions(
			sipmsg.WithTransactionLayerLogger(stack), sipmsg.WithTransactionLayerTerminateOnConnClose(),
			sipmsg.WithTransactionLayerUnhandledResponseHandler(unhandled),
		),
	}, options...)...)
}

func newNear(e *Edge, c NearConfig, targets *targeting.Set, stack *slog.Logger) (*nearSide, error) {
	n := &nearSide{e: e, cfg: c, refusals: refusals{acks: map[string]refusalACK{}}, targets: targets}
	var err error
	unhandled := func(r *sipmsg.Response) {
		if !n.again(r) {
			e.metrics.noise.Inc()
		}
	}
	if n.ua, err = newUserAgent(e.cfg.UserAgent, stack, e.readFilter(call.Near), unhandled, sipgo.WithUserAgenTLSConfig(c.client(n.targets.Domain)), sipgo.WithUserAgentDNSResolver(e.cfg.Near.Resolver)); err != nil {
		return nil, fmt.Errorf("sip: near: %w", err)
	}
	if n.server, err = sipgo.NewServer(n.ua, sipgo.WithServerLogger(stack)); err == nil {
		n.client, err = sipgo.NewClient(n.ua, sipgo.WithClientLogger(stack))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("sip: near: %w", err), n.ua.Close())
	}
	n.server.OnNoRoute(n.serveRequest)
	if err := n.listen(); err != nil {
		n.e.closeAgent(n.ua)
		return nil, errors.Join(fmt.Errorf("sip: near: %w", err), n.deafen())
	}
	return n, nil
}

// client is the TLS side of calls to peers, who may want our certificate. Theirs has to be
// for the name that is dialled, and for the domain of the URI where an SRV record has
// led to another name: who can forge DNS must not take our calls (RFC 5922 §7.1).
func (c NearConfig) client(domain func(string) string) *tls.Config {
	conf := &tls.Config{
		MinVersion: tls.VersionTLS12, RootCAs: c.Roots,
		VerifyConnection: func(s tls.ConnectionState) error {
			if s.ServerName == "" { // an address, which no record leads to
				return nil
			}
			return s.PeerCertificates[0].VerifyHostname(domain(s.ServerName))
		},
	}
	if len(c.shown().Certificate) > 0 {
		conf.GetClientCertificate = func(wanted *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if ours := c.shown(); wanted.SupportsCertificate(ours) == nil {
				return ours, nil
			}
			return &tls.Certificate{}, nil // none that they would take
		}
	}
	return conf
}

// shown is the certificate of new connections.
func (c NearConfig) shown() *tls.Certificate {
	if c.Renewed != nil {
		return c.Renewed()
	}
	return &c.Certificate
}

// listen opens the sockets. TCP takes UDP's port if both may be any.
func (n *nearSide) listen() error {
	c := n.cfg
	if c.UDP != "" {
		conn, err := wire.Listen(c.UDP)
		if err != nil {
			return err
		}
		n.udp = wire.NewPackets(conn, n.e.gate())
		n.udpAddr = wire.Source(conn.LocalAddr().String())
	}
	if c.TCP != "" {
		l, err := net.Listen("tcp", c.TCP)
		if err != nil {
			return err
		}
		n.tcp = wire.NewListener(l, n.e.gate(), call.Near, nil)
		n.tcpAddr = wire.Source(l.Addr().String())
	}
	if c.TLS != "" {
		l, err := net.Listen("tcp", c.TLS)
		if err != nil {
			return err
		}
		n.tls = wire.NewListener(l, n.e.gate(), call.Near, &tls.Config{
			MinVersion: tls.VersionTLS12, ClientAuth: tls.RequestClientCert,
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.shown(), nil },
		})
		n.tlsAddr = wire.Source(l.Addr().String())
	}
	return nil
}

// serve returns when requests of ours can be sent from the listening socket.
func (n *nearSide) serve() {
	serve := func(what string, f func() error) {
		n.e.serving.Go(func() {
			if err := f(); err != nil && n.e.ctx.Err() == nil {
				n.e.log.Error("a listener for peers ended", "transport", what, keyError, err)
			}
		})
	}
	if n.udp != nil {
		serve("UDP", func() error { return n.server.ServeUDP(n.udp) })
		select {
		case <-n.udp.Ready():
		case <-n.e.ctx.Done():
		}
	}
	if n.tcp != nil {
		serve("TCP", func() error { return n.server.ServeTCP(n.tcp) })
	}
	if n.tls != nil {
		serve("TLS", func() error { return n.server.ServeTLS(n.tls) })
	}
}

// certified are the names that the connection of a request has proved.
func (n *nearSide) certified(r *sipmsg.Request) []string {
	if r.Transport() != "TLS" || n.tls == nil {
		return nil
	}
	return n.tls.Names(r.Source())
}

// deafen closes the listeners.
func (n *nearSide) deafen() error {
	var errs []error
	if n.udp != nil {
		errs = append(errs, n.udp.Close())
	}
	for _, l := range []*wire.Listener{n.tcp, n.tls} {
		if l != nil {
			errs = append(errs, l.Close())
		}
	}
	return errors.Join(errs...)
}

// closeAgent closes the connections of a user agent. That a peer has hung up at the same
// moment is nobody's fault.
func (e *Edge) closeAgent(ua *sipgo.UserAgent) {
	if err := ua.Close(); err != nil {
		e.log.Debug("connections not closed properly", keyError, err)
	}
}

// sentBy is host and port of ours on a transport, for who is at peer.
func (n *nearSide) sentBy(transport string, peer netip.Addr) string {
	a := n.udpAddr
	switch {
	case transport == "TLS" && n.tlsAddr.IsValid():
		a = n.tlsAddr
	case transport == "TCP" && n.tcpAddr.IsValid() || !a.IsValid():
		a = n.tcpAddr
	}
	if !a.IsValid() {
		a = n.tlsAddr
	}
	host := n.cfg.Advertise
	if _, err := netip.ParseAddr(host); peer.Is6() && (err == nil || n.cfg.Advertise6 != "") { // a name may lead to both
		host = strings.Trim(n.cfg.Advertise6, "[]")
	}
	if host == "" {
		host = a.Addr().String()
		if a.Addr().IsUnspecified() {
			host = localTowards(peer).String()
		}
	}
	return net.JoinHostPort(host, strconv.Itoa(int(a.Port())))
}

// localTowards is the address that the system would send from. No packet is sent.
func localTowards(peer netip.Addr) netip.Addr {
	c, err := net.Dial("udp", net.JoinHostPort(peer.String(), "9"))
	if err != nil {
		return netip.IPv4Unspecified()
	}
	defer func() { _ = c.Close() }()
	return wire.Source(c.LocalAddr().String()).Addr()
}

// contact is the value of our Contact header.
func contact(transport, sentBy string) string {
	if transport == "UDP" {
		return "<sip:" + sentBy + ">"
	}
	return "<sip:" + sentBy + ";transport=" + strings.ToLower(transport) + ">"
}

// fromHere makes a UDP request leave from the listening socket.
func (n *nearSide) fromHere(r *sipmsg.Request) {
	if r.Transport() == "UDP" && n.udp != nil {
		r.Laddr = sipmsg.Addr{IP: net.IP(n.udpAddr.Addr().AsSlice()), Port: int(n.udpAddr.Port())}
	}
}

// serveRequest takes every request of the near side.
func (n *nearSide) serveRequest(r *sipmsg.Request, tx sipmsg.ServerTransaction) {
	roomy.Stack()
	if !n.e.begin() {
		return
	}
	defer n.e.running.Done()
	n.e.metrics.request(call.Near, r.Method)
	if !n.e.screensStream(r) {
		tx.Terminate()
		return
	}
	if own, ok := tx.(*sipmsg.ServerTx); ok && n.udp != nil && r.Transport() == "UDP" {
		known := &wire.Transaction{ServerTx: own}
		defer n.udp.Settle(r, known)
		tx = known
	}
	tx = n.e.watch(call.Near, r, tx)
	noteSource(r)
	if refusal := unpacked(r); refusal != nil {
		n.refuse(r, tx, refusal)
		return
	}
	if refusal := guard.Check(r, nearMethods(), r.Transport() == "TLS", nearOptions()...); refusal != nil {
		n.refuse(r, tx, refusal)
		return
	}
	_, inDialog := r.To().Params.Get("tag")
	switch {
	case r.IsCancel(): // the stack takes those that match a transaction
		n.e.reply(call.Near, r, tx, sipmsg.StatusCallTransactionDoesNotExists)
	case inDialog:
		if !n.e.deliver(call.Near, r, tx) && !n.e.buriedACK(r) && !r.IsAck() {
			n.e.metrics.refuse(call.Near, causeDialog)
			n.e.reply(call.Near, r, tx, sipmsg.StatusCallTransactionDoesNotExists)
		}
	case r.IsAck():
	case r.IsInvite():
		n.invite(r, tx)
	case r.Method == sipmsg.OPTIONS:
		n.e.reply(call.Near, r, tx, sipmsg.StatusOK, capabilities()...)
	default: // BYE without a tag
		n.e.metrics.refuse(call.Near, causeDialog)
		n.e.reply(call.Near, r, tx, sipmsg.StatusCallTransactionDoesNotExists)
	}
}

// screensStream does for a request of a connection what [wire.Packets] does for a datagram:
// false if it is not looked at any further, and gets no answer.
func (e *Edge) screensStream(r *sipmsg.Request) bool {
	if r.Transport() == "UDP" {
		return true
	}
	switch a := wire.Source(r.Source()).Addr(); {
	case guard.IsScanner([]byte(r.String())):
		e.metrics.refuse(call.Near, guard.CauseScanner)
	case !e.guard.Paced(a):
		e.metrics.refuse(call.Near, guard.CauseFlood)
	default:
		return true
	}
	return false
}

// noteSource adds the address that a request came from to its Via if that names another
// one, which all responses then carry (RFC 3261 §18.2.1). With rport the stack does
// it (RFC 3581 §4).
func noteSource(r *sipmsg.Request) {
	v, source := r.Via(), wire.Source(r.Source()).Addr()
	if v == nil || !source.IsValid() || v.Params.Has("rport") {
		return
	}
	if sentBy, err := netip.ParseAddr(strings.Trim(v.Host, "[]")); err != nil || sentBy.Unmap() != source {
		v.Params.Remove("received")
		v.Params.Add("received", source.String())
	}
}

// refuse answers what the guard refused.
func (n *nearSide) refuse(r *sipmsg.Request, tx sipmsg.ServerTransaction, refusal *guard.Refusal) {
	n.e.refuse(call.Near, r, tx, refusal)
}

func (e *Edge) refuse(side call.Side, r *sipmsg.Request, tx sipmsg.ServerTransaction, refusal *guard.Refusal) {
	e.metrics.refuse(side, refusal.Cause)
	if r.IsAck() {
		return
	}
	e.metrics.response(side, refusal.Status)
	if err := tx.Respond(dialog.NewResponse(r, refusal.Status, refusal.Reason, nil, refusal.Headers...)); err != nil {
		e.log.Debug("response not sent", keyStatus, refusal.Status, keyError, err)
	}
}

// reply answers a request that belongs to no leg.
func (e *Edge) reply(side call.Side, r *sipmsg.Request, tx sipmsg.ServerTransaction, status int, headers ...sipmsg.Header) {
	e.metrics.response(side, status)
	if err := tx.Respond(dialog.NewResponse(r, status, dialog.Phrase(status), nil, headers...)); err != nil {
		e.log.Debug("response not sent", keyStatus, status, keyError, err)
	}
}
