package pstnhub

import (
	"fmt"
	"strconv"
	"strings"
)

// allow is the ALLOW of everything Microsoft says: no UPDATE, PRACK, INFO, REFER [T].
const allow = "INVITE,ACK,OPTIONS,CANCEL,BYE,NOTIFY"

var phrases = map[int]string{
	100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 183: "Session Progress", 200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
	408: "Request Timeout", 410: "Gone", 416: "Unsupported URI Scheme", 420: "Bad Extension", 480: "Temporarily Unavailable",
	481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 483: "Too Many Hops", 484: "Address Incomplete", 486: "Busy Here", 487: "Request Terminated",
	488: "Not Acceptable Here", 491: "Request Pending", 500: "Server Internal Error", 503: "Service Unavailable", 504: "Server Time-out",
	505: "Version Not Supported", 600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere",
}

func phrase(status int) string {
	if p, ok := phrases[status]; ok {
		return p
	}
	return "Failure"
}

// causes are Q.850 values of SIP statuses (RFC 3398 §7.2.6.1), for refusals that were only given a status.
var causes = map[int]int{
	403: 21, 404: 1, 408: 102, 410: 22, 480: 31, 484: 28, 486: 17, 488: 88, 500: 41, 503: 41, 504: 102, 600: 17, 603: 21, 604: 1,
}

func causeOf(status int) int {
	if c, ok := causes[status]; ok {
		return c
	}
	return 31
}

// reasonHeader is REASON as Microsoft writes it, with the call's x-i in front of the phrase (contracts/recorded/sip/ms-bye-2020-12.sip).
func reasonHeader(cause int, guid, phrase string) string {
	phrase = strings.Map(func(r rune) rune {
		if r < ' ' || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, phrase)
	return fmt.Sprintf(`Q.850;cause=%d;text="%s;%s"`, cause, guid, phrase)
}

// parseReason returns the Q.850 cause of a request's Reason, or otherwise.
func parseReason(m *message, otherwise int) int {
	for _, value := range m.list("reason") {
		protocol, params, _ := strings.Cut(value, ";")
		if text, ok := findParam(parseParams(params), "cause"); ok && strings.EqualFold(strings.TrimSpace(protocol), "Q.850") {
			if cause, err := strconv.ParseUint(text, 10, 7); err == nil {
				return int(cause)
			}
		}
	}
	return otherwise
}

// response says what differs from the plain form.
type response struct {
	status  int
	toTag   string // added to To if that has none; Microsoft's answer to OPTIONS has none either
	reason  string
	contact string
	route   string // our RECORD-ROUTE; that of the request follows it
	body    string
	extra   []header
}

// format writes a response in the order of the recorded ones.
func (p *Proxies) format(pr *proxy, request *message, r response) []byte {
	var w writer
	fmt.Fprintf(&w.Buffer, "%s %d %s\r\n", sipVersion, r.status, phrase(r.status))
	w.line("FROM", request.get("from"))
	to := request.get("to")
	if a, err := parseAddress(to); err == nil && r.toTag != "" && a.tag() == "" {
		to += ";tag=" + r.toTag
	}
	w.line("TO", to)
	w.line("CSEQ", request.get("cseq"))
	w.line("CALL-ID", request.get("call-id"))
	for _, via := range request.list("via") {
		w.line("VIA", reserialise(via))
	}
	if r.route != "" {
		w.line("RECORD-ROUTE", r.route)
		for _, route := range request.list("record-route") {
			w.line("RECORD-ROUTE", route)
		}
	}
	w.line("REASON", r.reason)
	w.line("CONTACT", r.contact)
	for _, h := range r.extra {
		w.line(h.name, h.value)
	}
	w.line("CONTENT-LENGTH", strconv.Itoa(len(r.body)))
	if r.body != "" {
		w.line("CONTENT-TYPE", "application/sdp")
	}
	w.line("ALLOW", allow)
	w.line("SERVER", pr.product())
	w.WriteString("\r\n" + r.body)
	return p.dialect(w.Bytes())
}

// dialect applies the fault that changes the case of header names.
func (p *Proxies) dialect(raw []byte) []byte {
	if !p.faults.on(FaultLowerCase) {
		return raw
	}
	head, body, _ := strings.Cut(string(raw), "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	for i, line := range lines[1:] {
		if name, value, ok := strings.Cut(line, ":"); ok {
			lines[i+1] = strings.ToLower(name) + ":" + value
		}
	}
	return []byte(strings.Join(lines, "\r\n") + "\r\n\r\n" + body)
}
