package profile

import (
	"fmt"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
)

// Plain is what makes a [Trunk] that of a next hop that is no Microsoft: who calls, who
// is called and what else the peer said of it go on as they came (RFC 3261 only).
type Plain struct {
	Transport string // UDP, TCP or TLS
}

// carried are the headers of an INVITE that go on to a plain next hop. Others describe
// the peer's own transaction, or would tell of its network.
var carried = []string{"P-Asserted-Identity", "Privacy", "Diversion", "History-Info", "Reason", "Subject", "Alert-Info", UserToUser}

// Limits of what goes along with one INVITE to a plain next hop.
const (
	maxCarried      = 32
	maxCarriedValue = 1024
)

// Carry makes the call of an INVITE for a plain next hop: users and display names
// letter by letter, the headers named in this file and those that begin with X-.
func Carry(r *sipmsg.Request) Call {
	c := Call{Number: r.Recipient.User, Caller: Anonymous}
	if from := r.From(); from != nil {
		c.Caller, c.CallerName = from.Address.User, from.DisplayName
	}
	for _, h := range r.Headers() {
		if name := h.Name(); len(c.Carried) < maxCarried && carries(name) && len(h.Value()) <= maxCarriedValue {
			c.Carried = append(c.Carried, sipmsg.NewHeader(name, h.Value()))
		}
	}
	return c
}

func carries(name string) bool {
	if len(name) > 2 && strings.EqualFold(name[:2], "X-") {
		return true
	}
	for _, c := range carried {
		if strings.EqualFold(name, c) {
			return true
		}
	}
	return false
}

// uri is a SIP URI at an address; the user may be empty.
func (p *Plain) uri(user, at string) string {
	if user != "" {
		user += "@"
	}
	uri := "sip:" + user + at
	if p.Transport != "UDP" {
		uri += ";transport=" + strings.ToLower(p.Transport)
	}
	return uri
}

func (p *Plain) invite(t Trunk, hop Proxy, c Call) (*sipmsg.Request, dialog.Head, dialog.Dialog) {
	uri, contact := p.uri(c.Number, hop.String()), t.Contact("")
	from := "<" + p.uri(c.Caller, t.SentBy()) + ">;tag=" + c.Tag
	if c.CallerName != "" {
		from = `"` + displayable(c.CallerName) + `" ` + from
	}
	to := "<" + p.uri(c.Number, hop.String()) + ">"
	head := dialog.Head{
		Method: sipmsg.INVITE, URI: uri, From: from, To: to, CallID: c.CallID, CSeq: 1,
		Via: dialog.NewVia(p.Transport, t.SentBy(), dialog.Branch()),
	}
	r := dialog.Build(head)
	r.AppendHeader(sipmsg.NewHeader("Contact", contact))
	r.AppendHeader(t.allow())
	r.AppendHeader(sipmsg.NewHeader("User-Agent", t.UserAgent))
	for _, h := range c.Carried {
		r.AppendHeader(h)
	}
	r.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	r.SetBody(c.SDP)
	dialog.Aim(r, hop.Hop())
	return r, head, dialog.Dialog{
		CallID: c.CallID, Local: from, Remote: to, LocalTag: c.Tag, CSeq: 1, Target: uri, Transport: p.Transport, Contact: contact,
	}
}

func (p *Plain) options(t Trunk, hop Proxy) *sipmsg.Request {
	r := dialog.Build(dialog.Head{
		Method: sipmsg.OPTIONS, URI: p.uri("", hop.String()),
		From: "<" + p.uri("", t.SentBy()) + ">;tag=" + dialog.Token(), To: "<" + p.uri("", hop.String()) + ">",
		CallID: dialog.Token(), CSeq: 1, Via: dialog.NewVia(p.Transport, t.SentBy(), dialog.Branch()),
	})
	r.AppendHeader(sipmsg.NewHeader("Contact", t.Contact("")))
	r.AppendHeader(t.allow())
	r.AppendHeader(sipmsg.NewHeader("User-Agent", t.UserAgent))
	dialog.Aim(r, hop.Hop())
	return r
}

// ParseNextHop reads a next hop as it is written in a configuration: a SIP URI without
// user, such as sip:192.0.2.1:5061;transport=tls.
func ParseNextHop(s string) (Proxy, error) {
	if user, _, ok := strings.Cut(s, "@"); ok && user != "" {
		return Proxy{}, errNextHop(s, "it has a user part; the called user is taken from each call")
	}
	h, err := dialog.NextHop(s, "UDP")
	if err != nil {
		return Proxy{}, errNextHop(s, "write it as sip:HOST:PORT;transport=tls (or tcp, or udp)")
	}
	return Proxy{FQDN: strings.Trim(h.Host, "[]"), Port: h.Port, Transport: h.Transport}, nil
}

func errNextHop(hop, cure string) error { return fmt.Errorf("next hop %q: %s", hop, cure) }

// displayable keeps a display name to what needs no escaping in a quoted string.
func displayable(name string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == '"' || c == '\\' || c == 0x7f {
			return ' '
		}
		return c
	}, name)
}
