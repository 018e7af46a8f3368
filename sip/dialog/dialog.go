package dialog

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

// Dialog is our end of one dialog.
type Dialog struct {
	CallID     string   `json:"call_id"`
	Local      string   `json:"local"`  // From of our requests, with our tag
	Remote     string   `json:"remote"` // To of our requests, with their tag once there is one
	LocalTag   string   `json:"local_tag"`
	RemoteTag  string   `json:"remote_tag,omitempty"`
	CSeq       uint32   `json:"cseq"`                  // of our last request
	RemoteCSeq uint32   `json:"remote_cseq,omitempty"` // of theirs
	Target     string   `json:"target"`                // remote target
	Routes     []string `json:"routes,omitempty"`      // values of our Route headers, in order
	Transport  string   `json:"transport"`             // UDP, TCP or TLS, if the next hop does not say
	Contact    string   `json:"contact"`               // value of our Contact header
	Source     string   `json:"source,omitempty"`      // address and port that their last message came from
}

// ErrUnusable is the error of messages that cannot make a dialog.
var ErrUnusable = errors.New("dialog: no usable Contact or tag")

// Answering is the dialog of an INVITE that we may accept (RFC 3261 §12.1.1). The
// request has passed guard.Check.
func Answering(r *sipmsg.Request, localTag, contact string) (Dialog, error) {
	target, err := RemoteTarget(r)
	if err != nil {
		return Dialog{}, err
	}
	to := *r.To()
	to.Params = to.Params.Clone()
	to.Params.Remove("tag")
	to.Params.Add("tag", localTag)
	tag, _ := r.From().Params.Get("tag")
	return Dialog{
		CallID: r.CallID().Value(), Local: to.Value(), Remote: r.From().Value(), LocalTag: localTag, RemoteTag: tag,
		RemoteCSeq: r.CSeq().SeqNo, Target: target, Routes: List(r, "Record-Route", ""),
		Transport: strings.ToUpper(r.Transport()), Contact: contact, Source: r.Source(),
	}, nil
}

// Establish is the dialog that a response to our INVITE makes (RFC 3261 §12.1.2): d
// is what the INVITE was sent with.
func (d Dialog) Establish(r *sipmsg.Response) (Dialog, error) {
	target, err := RemoteTarget(r)
	if err != nil {
		return Dialog{}, err
	}
	to := r.To()
	if to == nil {
		return Dialog{}, ErrUnusable
	}
	if d.RemoteTag, _ = to.Params.Get("tag"); d.RemoteTag == "" {
		return Dialog{}, ErrUnusable
	}
	d.Remote, d.Target, d.Source = to.Value(), target, r.Source()
	d.Routes = nil
	for _, route := range List(r, "Record-Route", "") {
		d.Routes = append([]string{route}, d.Routes...)
	}
	return d, nil
}

// message is what requests and responses have in common here.
type message interface {
	Headers() []sipmsg.Header
}

// RemoteTarget is the URI of the first Contact, as it was written; [ErrUnusable] if that leads
// nowhere.
func RemoteTarget(m message) (string, error) {
	contacts := List(m, "Contact", "m")
	if len(contacts) == 0 {
		return "", ErrUnusable
	}
	uri := AddrSpec(contacts[0])
	if _, err := parse(uri); err != nil {
		return "", ErrUnusable
	}
	return uri, nil
}

// Hop is where a request goes.
type Hop struct {
	Host      string
	Port      int
	Transport string
}

func (h Hop) String() string {
	return net.JoinHostPort(strings.Trim(h.Host, "[]"), strconv.Itoa(h.Port))
}

// Hop is the next hop of requests: the first route, else the remote target, or where
// its packets come from if it is behind a NAT. A port that is not given is the
// transport's; names are left to the resolver.
func (d *Dialog) Hop() (Hop, error) {
	if len(d.Routes) > 0 {
		return NextHop(AddrSpec(d.Routes[0]), d.Transport)
	}
	hop, err := NextHop(d.Target, d.Transport)
	if source, parsed := netip.ParseAddrPort(d.Source); err == nil && parsed == nil && hop.Transport == "UDP" && behindNAT(hop.Host, source.Addr()) {
		hop.Host, hop.Port = source.Addr().Unmap().String(), int(source.Port())
	}
	return hop, err
}

// shared is the address space between a carrier and its customers (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

// behindNAT reports whether who names host as his Contact is reached at the source of
// his packets only: host is an address of no use outside of his network, and his packets
// come from another one.
func behindNAT(host string, source netip.Addr) bool {
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if err != nil {
		return false
	}
	a = a.Unmap()
	private := a.IsPrivate() || a.IsLoopback() || a.IsUnspecified() || a.IsLinkLocalUnicast() || shared.Contains(a)
	return private && a != source.Unmap().WithZone("")
}

// NextHop is where a request to uri goes; transport is used if the URI names none.
func NextHop(uri, transport string) (Hop, error) {
	u, err := parse(uri)
	if err != nil {
		return Hop{}, err
	}
	h := Hop{Host: u.Host, Port: u.Port, Transport: strings.ToUpper(transport)}
	if t, ok := u.UriParams.Get("transport"); ok && t != "" {
		h.Transport = strings.ToUpper(t)
	}
	if u.Scheme == "sips" {
		h.Transport = "TLS"
	}
	switch h.Transport {
	case "UDP", "TCP", "TLS":
	default:
		return Hop{}, fmt.Errorf("dialog: transport %q", h.Transport)
	}
	if h.Port == 0 {
		h.Port = sipmsg.DefaultPort(h.Transport)
	}
	return h, nil
}

// NamesTransport reports whether a URI says itself what transport it wants.
func NamesTransport(uri string) bool {
	u, err := parse(uri)
	return err == nil && (u.Scheme == "sips" || u.UriParams.Has("transport"))
}

// HostPort is the host of a URI and its port, if it has one, as they were written.
func HostPort(uri string) string {
	u, err := parse(uri)
	if err != nil {
		return ""
	}
	if u.Port != 0 {
		return u.Host + ":" + strconv.Itoa(u.Port)
	}
	return u.Host
}

// NamesPort reports whether a URI says itself at what port.
func NamesPort(uri string) bool {
	u, err := parse(uri)
	return err == nil && u.Port != 0
}

func parse(uri string) (sipmsg.Uri, error) {
	var u sipmsg.Uri
	if err := sipmsg.ParseUri(uri, &u); err != nil {
		return u, errors.New("dialog: URI cannot be read")
	}
	if u.Scheme != "sip" && u.Scheme != "sips" || u.Host == "" || u.Wildcard || u.Port < 0 || u.Port > 65535 {
		return u, errors.New("dialog: URI cannot be used")
	}
	return u, nil
}

// Request is a new request inside the dialog, without body. via is the sent-by of its
// Via; an ACK takes the number of the INVITE it answers, which is the last one.
func (d *Dialog) Request(method sipmsg.RequestMethod, via string) (*sipmsg.Request, error) {
	hop, err := d.Hop()
	if err != nil {
		return nil, err
	}
	if method != sipmsg.ACK {
		d.CSeq++
	}
	uri, routes := d.routed()
	r := Build(Head{
		Method: method, URI: uri, From: d.Local, To: d.Remote, CallID: d.CallID, CSeq: d.CSeq,
		Routes: routes, Via: NewVia(hop.Transport, via, Branch()),
	})
	if method != sipmsg.ACK && method != sipmsg.BYE {
		r.AppendHeader(sipmsg.NewHeader("Contact", d.Contact))
	}
	Aim(r, hop)
	return r, nil
}

// routed are Request-URI and Route headers of a request: the remote target and the route
// set, unless the first of the routes is a strict router, which has no lr and wants its own
// URI there; the target then is the last of the routes (RFC 3261 §12.2.1.1).
func (d *Dialog) routed() (uri string, routes []string) {
	if len(d.Routes) == 0 {
		return d.Target, nil
	}
	first := AddrSpec(d.Routes[0])
	u, err := parse(first)
	if err != nil || slices.ContainsFunc(u.UriParams, func(p sipmsg.HeaderKV) bool { return strings.EqualFold(p.K, "lr") }) {
		return d.Target, d.Routes
	}
	first, _, _ = strings.Cut(first, "?") // headers do not belong into a Request-URI (§19.1.1)
	return first, append(slices.Clone(d.Routes[1:]), "<"+d.Target+">")
}

// ACK acknowledges the 2xx to our INVITE that had the number cseq, whatever was sent
// since (RFC 3261 §13.2.2.4).
func (d *Dialog) ACK(cseq uint32, via string) (*sipmsg.Request, error) {
	of := *d
	of.CSeq = cseq
	return of.Request(sipmsg.ACK, via)
}

// Head is what every request has.
type Head struct {
	Method   sipmsg.RequestMethod
	URI      string
	Via      *sipmsg.ViaHeader
	Routes   []string
	From, To string // values of the headers
	CallID   string
	CSeq     uint32
}

// MaxForwards is the number of hops of a request of ours (RFC 3261 §8.1.1.6).
const MaxForwards = 70

// Build makes a request without body; Contact and the rest are the caller's.
func Build(h Head) *sipmsg.Request {
	r := sipmsg.NewRequest(h.Method, Verbatim(h.URI))
	hops := sipmsg.MaxForwardsHeader(MaxForwards)
	id := sipmsg.CallIDHeader(h.CallID)
	r.AppendHeader(h.Via)
	r.AppendHeader(&hops)
	for _, route := range h.Routes {
		r.AppendHeader(sipmsg.NewHeader("Route", route))
	}
	r.AppendHeader(sipmsg.NewHeader("From", h.From))
	r.AppendHeader(sipmsg.NewHeader("To", h.To))
	r.AppendHeader(&id)
	r.AppendHeader(&sipmsg.CSeqHeader{SeqNo: h.CSeq, MethodName: h.Method})
	r.SetBody(nil)
	return r
}

// Aim says where a request goes, so that the SIP stack does not guess from its URIs.
func Aim(r *sipmsg.Request, h Hop) {
	r.SetTransport(h.Transport)
	r.SetDestination(h.String())
}

// Cancel is the CANCEL of an INVITE as it was sent (RFC 3261 §9.1).
func Cancel(h Head, hop Hop) *sipmsg.Request {
	h.Method = sipmsg.CANCEL
	h.Via = h.Via.Clone()
	r := Build(h)
	Aim(r, hop)
	return r
}

// NewVia makes a Via header; sentBy is host or host:port.
func NewVia(transport, sentBy, branch string) *sipmsg.ViaHeader {
	v := &sipmsg.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: transport, Host: sentBy}
	if host, port, err := net.SplitHostPort(sentBy); err == nil {
		v.Host = host
		v.Port, _ = strconv.Atoi(port)
	}
	if strings.Contains(v.Host, ":") && !strings.HasPrefix(v.Host, "[") {
		v.Host = "[" + v.Host + "]"
	}
	v.Params.Add("branch", branch)
	if transport == "UDP" {
		v.Params.Add("rport", "")
	}
	return v
}

// Verbatim is a Request-URI that is written as the text it was made from. The SIP
// stack writes whatever stands in Host, and takes the destination from [Aim].
func Verbatim(uri string) sipmsg.Uri {
	scheme, rest, _ := strings.Cut(uri, ":")
	return sipmsg.Uri{Scheme: scheme, Host: rest}
}

// Token is 96 random bits for tags and Call-IDs: who does not see our messages
// cannot hit a dialog of ours.
func Token() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// Branch is a new branch parameter (RFC 3261 §8.1.1.7).
func Branch() string { return sipmsg.RFC3261BranchMagicCookie + Token() }
