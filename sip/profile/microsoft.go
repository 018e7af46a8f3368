// Package profile is how a far leg has to look for its kind of trunk
// (facts/direct-routing.md §5, §6): Microsoft's, in the [Dialect] of ACS direct routing or
// of Teams direct routing, or a [Plain] next hop. It is data of the trunk; the edge is the same.
package profile

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
)

// Methods are those that we take from Microsoft, in the order in which Microsoft itself
// writes them. REFER is not among them on purpose: whoever lists it gets transfers to
// carry out (facts/direct-routing.md §10).
func Methods() []sipmsg.RequestMethod {
	return []sipmsg.RequestMethod{sipmsg.INVITE, sipmsg.ACK, sipmsg.OPTIONS, sipmsg.CANCEL, sipmsg.BYE, sipmsg.NOTIFY}
}

// Anonymous is the caller who does not show a number.
const Anonymous = "anonymous"

// Trunk is the identity of a leg: everything in Contact, From and Via names it.
type Trunk struct {
	FQDN      string
	Port      int // registered for it at Microsoft
	UserAgent string
	Dialect   Dialect
	Plain     *Plain // not Microsoft's: see there
	Refers    bool   // REFER is in its Allow: Microsoft has us carry out transfers
}

// SentBy is its name in Via.
func (t Trunk) SentBy() string { return net.JoinHostPort(t.FQDN, strconv.Itoa(t.Port)) }

// Contact is the value of its Contact header; user may be empty.
func (t Trunk) Contact(user string) string {
	if user != "" {
		user += "@"
	}
	if t.Plain != nil {
		return "<" + t.Plain.uri("", t.SentBy()) + ">"
	}
	return fmt.Sprintf("<sip:%s%s:%d;transport=tls>", user, t.FQDN, t.Port)
}

// Proxy is one of Microsoft's SIP proxies.
type Proxy struct {
	FQDN      string
	Port      int
	Transport string // TLS if empty
}

func (p Proxy) String() string { return net.JoinHostPort(p.FQDN, strconv.Itoa(p.Port)) }

// Hop is where its requests go.
func (p Proxy) Hop() dialog.Hop {
	return dialog.Hop{Host: p.FQDN, Port: p.Port, Transport: cmp.Or(p.Transport, "TLS")}
}

// Call is an INVITE to be sent.
type Call struct {
	Number  string // E.164 with +
	Caller  string // E.164 with +, or [Anonymous]
	Headers map[string]string
	History string // value of History-Info; "" for none
	CallID  string
	Tag     string // of our From
	SDP     []byte

	// Of a call that comes of Microsoft's REFER: its URI and the value of its Referred-By,
	// both letter by letter; Number is empty then (facts/direct-routing.md §10).
	Target, ReferredBy string

	// For a [Plain] next hop, where Number and Caller are any users; see [Carry].
	CallerName string
	Carried    []sipmsg.Header
}

// Invite makes the INVITE for one proxy, the head that a CANCEL of it repeats, and
// the dialog that a response to it can establish (facts/direct-routing.md §6.1).
func (t Trunk) Invite(p Proxy, c Call) (*sipmsg.Request, dialog.Head, dialog.Dialog) {
	if t.Plain != nil {
		return t.Plain.invite(t, p, c)
	}
	uri := fmt.Sprintf("sip:%s@%s;user=phone;transport=tls", c.Number, p)
	from, contact := fmt.Sprintf("<sip:%s@%s;user=phone>;tag=%s", c.Caller, t.SentBy(), c.Tag), t.Contact(c.Caller)
	to := fmt.Sprintf("<sip:%s@%s;user=phone>", c.Number, p)
	if c.Target != "" {
		uri, to = c.Target, "<"+c.Target+">"
	}
	anonymous := c.Caller == Anonymous
	if anonymous {
		from, contact = `"Anonymous" <sip:anonymous@anonymous.invalid>;tag=`+c.Tag, t.Contact("")
	}
	head := dialog.Head{
		Method: sipmsg.INVITE, URI: uri, From: from, To: to, CallID: c.CallID, CSeq: 1,
		Via: dialog.NewVia("TLS", t.SentBy(), dialog.Branch()),
	}
	r := dialog.Build(head)
	r.AppendHeader(sipmsg.NewHeader("Contact", contact))
	r.AppendHeader(t.allow())
	r.AppendHeader(sipmsg.NewHeader("Supported", "timer"))
	r.AppendHeader(sipmsg.NewHeader("User-Agent", t.UserAgent))
	if anonymous {
		r.AppendHeader(sipmsg.NewHeader("Privacy", "id"))
	}
	if c.ReferredBy != "" {
		r.AppendHeader(sipmsg.NewHeader("Referred-By", c.ReferredBy))
	}
	if c.History != "" {
		r.AppendHeader(sipmsg.NewHeader("History-Info", c.History))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Headers)) {
		r.AppendHeader(sipmsg.NewHeader(name, c.Headers[name]))
	}
	r.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	r.SetBody(c.SDP)
	dialog.Aim(r, p.Hop())
	return r, head, dialog.Dialog{
		CallID: c.CallID, Local: from, Remote: head.To, LocalTag: c.Tag, CSeq: 1, Target: uri, Transport: "TLS", Contact: contact,
	}
}

// Options is the ping of a trunk (facts/direct-routing.md §5.1).
func (t Trunk) Options(p Proxy) *sipmsg.Request {
	if t.Plain != nil {
		return t.Plain.options(t, p)
	}
	r := dialog.Build(dialog.Head{
		Method: sipmsg.OPTIONS, URI: fmt.Sprintf("sip:%s;transport=tls", p),
		From: fmt.Sprintf("<sip:%s>;tag=%s", t.SentBy(), dialog.Token()), To: fmt.Sprintf("<sip:%s>", p),
		CallID: dialog.Token(), CSeq: 1, Via: dialog.NewVia("TLS", t.SentBy(), dialog.Branch()),
	})
	r.AppendHeader(sipmsg.NewHeader("Contact", t.Contact("")))
	r.AppendHeader(t.allow())
	r.AppendHeader(sipmsg.NewHeader("User-Agent", t.UserAgent))
	dialog.Aim(r, p.Hop())
	return r
}

// Methods are those of the trunk.
func (t Trunk) Methods() []sipmsg.RequestMethod {
	if t.Refers {
		return append(Methods(), sipmsg.REFER)
	}
	return Methods()
}

func (t Trunk) allow() sipmsg.Header {
	var names []string
	for _, m := range t.Methods() {
		names = append(names, string(m))
	}
	return sipmsg.NewHeader("Allow", strings.Join(names, ","))
}

// Limits of what may go along (facts/direct-routing.md §14).
const (
	UserToUser = "User-To-User"
	// TokenHeader carries what an attempt, or a call out, is known by.
	TokenHeader = prefix + "Tandem"

	prefix    = "X-MS-Custom-"
	maxCustom = 5
	maxName   = 64
	maxValue  = 256

	alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
)

// Custom reports whether a header is one that whoever calls may choose.
func Custom(name string) bool {
	return strings.EqualFold(name, UserToUser) || len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix)
}

// Admit keeps the headers that Microsoft takes, in their spelling; those of an earlier map
// come first, and stay if there are too many. What is over a limit
// is left out whole, since a shortened value would say something else; dropped counts it.
func Admit(all ...map[string]string) (kept map[string]string, dropped int) {
	kept = map[string]string{}
	seen := map[string]bool{} // names have no case
	custom := 0
	for _, headers := range all {
		for _, name := range slices.Sorted(maps.Keys(headers)) {
			value := headers[name]
			uui := strings.EqualFold(name, UserToUser)
			ok := len(name) <= maxName && value != "" && len(value) <= maxValue && !seen[strings.ToLower(name)]
			switch {
			case uui:
				ok = ok && consists(value, alphanumeric+"=;.!%*_+~- \"")
			case len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix):
				ok = ok && custom < maxCustom && consists(name, alphanumeric+".!%*_+~-") && consists(value, alphanumeric+"=;.!%*_+~-")
				if ok {
					custom++
				}
			default:
				ok = false
			}
			if !ok {
				dropped++
				continue
			}
			kept[name], seen[strings.ToLower(name)] = value, true
		}
	}
	return kept, dropped
}

func consists(s, of string) bool { return strings.Trim(s, of) == "" }
