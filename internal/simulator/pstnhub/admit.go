package pstnhub

import (
	"crypto/x509"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Microsoft's codes for how calls end (CallEndSubReason, facts/direct-routing.md §12).
const (
	codeNormal        = 540000
	codeNormalBySBC   = 560000
	codeCancelled     = 540487
	codeNoACK         = 1106
	codeMediaLost     = 531005
	codeDisconnected  = 549002
	codeInactive      = 540998
	codeNoTrunk       = 511532
	codeCallerRefused = 510403
	codeMicrosoft     = 540000 // plus the SIP status: Microsoft's side produced it
	codeSBC           = 560000 // plus the SIP status: the SBC did
	codeSilent        = 500001
	codeBadSDP        = 531000
	codeBadResponse   = 549018
	codeNoConnection  = 569002
	codeNoName        = 569015
)

// refusal is a final response to a request that we do not take. A zero cause leaves REASON out.
type refusal struct {
	status int
	cause  int // Q.850
	phrase string
	extra  []header
}

// mandatory headers of every request (RFC 3261 §8.1.1); more than one of them is as bad as none.
var mandatory = []string{"from", "to", "call-id", "cseq", "max-forwards"}

// checkRequest applies what RFC 3261 asks of any request. The phrases are ours; Microsoft's are not known.
func checkRequest(m *message) *refusal {
	bad := func(phrase string) *refusal { return &refusal{status: 400, cause: 111, phrase: phrase} }
	if m.version != sipVersion {
		return &refusal{status: 505, cause: 127, phrase: "Version Not Supported"}
	}
	for _, name := range mandatory {
		if m.count(name) != 1 || m.get(name) == "" {
			return bad("Header missing or repeated: " + name)
		}
	}
	if _, branch, sentBy := m.topVia(); !strings.HasPrefix(branch, "z9hG4bK") || sentBy == "" {
		return bad("Via")
	}
	if _, method, err := m.cseq(); err != nil || method != m.method {
		return bad("CSeq")
	}
	if from, err := parseAddress(m.get("from")); err != nil || from.tag() == "" {
		return bad("From")
	}
	if _, err := parseAddress(m.get("to")); err != nil {
		return bad("To")
	}
	hops, err := strconv.ParseUint(m.get("max-forwards"), 10, 8)
	if err != nil {
		return bad("Max-Forwards")
	}
	if hops == 0 {
		return &refusal{status: 483, cause: 25, phrase: "Too Many Hops"}
	}
	target, err := parseURI(m.uri)
	switch {
	case err != nil && !strings.HasPrefix(strings.ToLower(m.uri), "sip"):
		return &refusal{status: 416, cause: 127, phrase: "Unsupported URI Scheme"}
	case err != nil:
		return bad("Request-URI")
	case target.scheme != "sip":
		return &refusal{status: 416, cause: 127, phrase: "Unsupported URI Scheme"}
	}
	return nil
}

// trunk is who sent a request, by its own account and proved by its certificate.
type trunk struct {
	fqdn string
	port int // of the next hop of our requests

	allow []string // of its 200 to our OPTIONS
}

var forbidden = refusal{status: 403, cause: 63}

// identify finds the trunk that sent a request.
func identify(m *message, leaf *x509.Certificate) (trunk, *refusal) {
	return identifyBy(m.list("record-route"), m.list("contact"), leaf)
}

// identifyBy finds the trunk by Record-Route, else Contact, and holds it against the certificate (facts/direct-routing.md §4.1).
func identifyBy(routes, contacts []string, leaf *x509.Certificate) (trunk, *refusal) {
	if len(routes) == 0 && len(contacts) == 0 {
		return trunk{}, &refusal{status: 400, cause: 63, phrase: "Record-Route and Contact headers are missing"} // [T]; the status is ours
	}
	var found *trunk
	for _, values := range [][]string{routes, contacts} {
		if len(values) == 0 {
			continue
		}
		a, err := parseAddress(values[0]) // Microsoft looks at the first value only
		if err != nil {
			return trunk{}, &refusal{status: 400, cause: 111, phrase: "Record-Route or Contact"}
		}
		if _, err := netip.ParseAddr(a.uri.host); err == nil || !strings.Contains(a.uri.host, ".") {
			r := forbidden
			r.phrase = "Contact or Record-Route without a FQDN"
			return trunk{}, &r
		}
		port := a.uri.port
		if port == 0 {
			port = 5061
		}
		if found == nil {
			found = &trunk{fqdn: a.uri.host, port: port}
		} else if found.fqdn != a.uri.host {
			r := forbidden
			r.phrase = "Record-Route and Contact name different FQDNs"
			return trunk{}, &r
		}
	}
	if !covers(leaf, found.fqdn) {
		r := forbidden
		r.phrase = "Certificate does not cover the FQDN"
		return trunk{}, &r
	}
	return *found, nil
}

// covers says whether a certificate names a host, in its SAN or CN, exactly or with a wildcard for one label (RFC 2818 §3.1).
func covers(leaf *x509.Certificate, fqdn string) bool {
	if leaf == nil {
		return false
	}
	_, parent, _ := strings.Cut(fqdn, ".")
	for _, name := range append([]string{leaf.Subject.CommonName}, leaf.DNSNames...) {
		name = strings.ToLower(name)
		if name == fqdn || strings.Contains(parent, ".") && name == "*."+parent {
			return true
		}
	}
	return false
}

// resource looks the trunk up, once a connection if its configuration is cached (§1.5 no. 4: up to four hours, until the SBC reconnects).
func (c *conn) resource(fqdn string) (string, *refusal) {
	if known, ok := c.known[fqdn]; ok && c.p.faults.on(FaultConfigCache) {
		return known.id, known.refused
	}
	id, refused := c.p.resource(fqdn)
	if c.known == nil {
		c.known = map[string]looked{}
	}
	c.known[fqdn] = looked{id, refused}
	return id, refused
}

// looked is what a connection remembers of a trunk.
type looked struct {
	id      string
	refused *refusal
}

// resource looks the trunk up as steps 3 to 5 of facts/direct-routing.md §4.2 say: the whole name, else its parent.
func (p *Proxies) resource(fqdn string) (string, *refusal) {
	if id, ok := p.config.Resource(fqdn); ok {
		return id, nil
	}
	if _, parent, ok := strings.Cut(fqdn, "."); ok {
		if id, ok := p.config.Resource(parent); ok {
			return id, nil
		}
	}
	r := forbidden
	r.phrase = strconv.Itoa(codeNoTrunk) + " No trunk configuration for the FQDN" // the code is Microsoft's, its place and the words are ours [I]
	return "", &r
}

// invitation is an INVITE that passed all checks, or one of ours. The second half is empty in ours.
type invitation struct {
	trunk
	resource       string
	caller, called string // E.164 with +; the caller may be "anonymous"
	callID         string
	custom         map[string]string

	fromTag  string
	cseq     uint32
	contact  string   // the remote target, letter by letter
	routes   []string // the route set
	offer    *offer
	allow    []string  // its Allow
	referral *Referral // that it answers, nil without
	dropped  int       // custom headers beyond a limit
}

// admit holds an INVITE that passed checkRequest against facts/direct-routing.md §20.2, in that order.
func (c *conn) admit(m *message) (*invitation, *refusal) {
	p := c.p
	t, refused := identify(m, c.leaf)
	if refused != nil {
		return nil, refused
	}
	id, refused := c.resource(t.fqdn)
	if refused != nil {
		return nil, refused
	}
	in := &invitation{trunk: t, resource: id, callID: m.get("call-id"), routes: m.list("record-route"), allow: m.list("allow")}
	in.cseq, _, _ = m.cseq()
	if in.referral, refused = p.returned(m, t.fqdn); refused != nil {
		return nil, refused
	}
	if refused := in.readNumbers(m, p.Names()); refused != nil {
		return nil, refused
	}
	contact, err := parseAddress(m.get("contact"))
	if err != nil || contact.raw == "" {
		return nil, &refusal{status: 400, cause: 111, phrase: "Contact"}
	}
	in.contact = contact.raw
	contentType, _, _ := strings.Cut(m.get("content-type"), ";")
	if len(m.body) == 0 || !strings.EqualFold(strings.TrimSpace(contentType), "application/sdp") {
		return nil, &refusal{status: 488, cause: 88, phrase: "An SDP offer is needed"} // [I]
	}
	if in.offer, refused = checkOffer(m.body); refused != nil {
		return nil, refused
	}
	if refused := checkExtensions(m); refused != nil {
		return nil, refused
	}
	in.custom, in.dropped = customHeaders(m)
	return in, nil
}

func checkOffer(body []byte) (*offer, *refusal) {
	o, err := parseOffer(body)
	switch {
	case errors.Is(err, errDuplicatePayload):
		return nil, &refusal{status: 488, cause: 88, phrase: "Duplicate payload type"} // status [F]
	case err != nil:
		return nil, &refusal{status: 410, cause: 22, phrase: "MediaOfferError"} // [F]
	}
	return o, nil
}

// checkExtensions refuses Replaces and everything required but timer.
func checkExtensions(m *message) *refusal {
	unsupported := []string{}
	if m.count("replaces") > 0 {
		unsupported = append(unsupported, "replaces") // the code is not known [I]
	}
	for _, option := range m.list("require") {
		if option != "" && !strings.EqualFold(option, "timer") && !slices.Contains(unsupported, strings.ToLower(option)) {
			unsupported = append(unsupported, strings.ToLower(option))
		}
	}
	if len(unsupported) == 0 {
		return nil
	}
	for _, option := range unsupported {
		if !isToken(option) {
			return &refusal{status: 400, cause: 111, phrase: "Require"}
		}
	}
	return &refusal{status: 420, cause: 127, phrase: "Bad Extension", extra: []header{{"UNSUPPORTED", strings.Join(unsupported, ",")}}}
}

// readNumbers takes the called number from the Request-URI and the caller's from From.
func (in *invitation) readNumbers(m *message, names map[string]netip.AddrPort) *refusal {
	target, err := parseURI(m.uri)
	if err != nil {
		return &refusal{status: 400, cause: 111, phrase: "Request-URI"}
	}
	if _, ok := names[target.host]; !ok {
		return &refusal{status: 404, cause: 1, phrase: "Request-URI names another host"} // [I]
	}
	from, err := parseAddress(m.get("from"))
	if err != nil {
		return &refusal{status: 400, cause: 111, phrase: "From"}
	}
	in.fromTag = from.tag()
	if in.called = userNumber(target); in.called == "" && in.referral != nil {
		in.called, _ = findParam(target.params, "x-m")
	}
	if in.called == "" {
		return &refusal{status: 484, cause: 28, phrase: "Request-URI is not an E.164 number with +"}
	}
	switch in.caller = userNumber(from.uri); {
	case in.caller != "":
	case strings.EqualFold(from.uri.user, "anonymous") || in.referral != nil:
		in.caller = "anonymous" // the accepted form is not documented [I]
	default:
		return &refusal{status: 403, cause: 21, phrase: strconv.Itoa(codeCallerRefused) + " From is not an E.164 number with +"}
	}
	return nil
}

// userNumber is the number in a user part, without parameters, or "" if it is none. The length is that of the routes' own pattern (§1.6).
func userNumber(u uri) string {
	number, _, _ := strings.Cut(u.user, ";")
	digits, ok := strings.CutPrefix(number, "+")
	if !ok || len(digits) < 4 || len(digits) > 24 || digits[0] == '0' || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	return number
}
