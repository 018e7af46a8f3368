package pstnhub

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Limits of what one message may be. An SBC's INVITE has some 2 kB; Referred-By reaches 400 characters (facts/direct-routing.md §10).
const (
	maxHead = 64 << 10
	maxBody = 64 << 10
)

const sipVersion = "SIP/2.0"

// message is a SIP request (method is set) or response, with its headers as they came: names keep their case, values are unparsed.
type message struct {
	method, uri, version string // request
	status               int    // response
	reason               string
	headers              []header
	body                 []byte
}

type header struct{ name, value string }

// compact forms of RFC 3261 §7.3.3 and later, as far as they concern us.
var compact = map[string]string{
	"i": "call-id", "m": "contact", "e": "content-encoding", "l": "content-length", "c": "content-type", "f": "from",
	"s": "subject", "k": "supported", "t": "to", "v": "via", "r": "refer-to", "b": "referred-by", "x": "session-expires",
}

func canonical(name string) string {
	name = strings.ToLower(name)
	if long, ok := compact[name]; ok {
		return long
	}
	return name
}

// get returns the first value of a header, or "".
func (m *message) get(name string) string {
	for _, h := range m.headers {
		if canonical(h.name) == name {
			return h.value
		}
	}
	return ""
}

// count says how many header lines of that name there are.
func (m *message) count(name string) (n int) {
	for _, h := range m.headers {
		if canonical(h.name) == name {
			n++
		}
	}
	return n
}

// list returns all values of a header that may hold several, separated by commas (RFC 3261 §7.3.1).
func (m *message) list(name string) (values []string) {
	for _, h := range m.headers {
		if canonical(h.name) == name {
			values = append(values, splitList(h.value)...)
		}
	}
	return values
}

// splitList cuts at the commas outside quotes and angle brackets.
func splitList(s string) (parts []string) {
	var quoted, bracket bool
	from := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			bracket = true
		case c == '>':
			bracket = false
		case c == ',' && !bracket:
			parts = append(parts, strings.TrimSpace(s[from:i]))
			from = i + 1
		}
	}
	return append(parts, strings.TrimSpace(s[from:]))
}

// cseq returns number and method of CSeq.
func (m *message) cseq() (uint32, string, error) {
	number, method, _ := strings.Cut(m.get("cseq"), " ")
	n, err := strconv.ParseUint(number, 10, 31) // RFC 3261 §8.1.1.5: below 2^31
	if err != nil {
		return 0, "", fmt.Errorf("CSeq: %w", err)
	}
	return uint32(n), strings.TrimSpace(method), nil
}

var (
	errMalformed = errors.New("malformed message")
	errTooLarge  = errors.New("message too large")
)

// readMessage reads one message from a stream. Empty lines before it are reported to keepAlive, true for the pair that asks for an answer (RFC 5626 §4.4.1).
// Any error means that the framing is lost and the connection is of no more use.
func readMessage(r *bufio.Reader, keepAlive func(ping bool)) (*message, error) {
	for empty := 0; ; {
		b, err := r.Peek(1)
		if err != nil {
			return nil, err
		}
		if b[0] != '\r' && b[0] != '\n' {
			break
		}
		if _, err := r.Discard(1); err != nil {
			return nil, err
		}
		if b[0] == '\n' {
			empty++
			keepAlive(empty%2 == 0)
		}
	}
	var head bytes.Buffer
	for {
		line, err := r.ReadSlice('\n')
		head.Write(line)
		if head.Len() > maxHead {
			return nil, errTooLarge
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if h := head.Bytes(); bytes.HasSuffix(h, []byte("\n\r\n")) || bytes.HasSuffix(h, []byte("\n\n")) {
			break
		}
	}
	m, err := parseHead(head.String())
	if err != nil {
		return nil, err
	}
	// RFC 3261 §18.3: on a stream only Content-Length tells where a message ends.
	length, err := strconv.ParseUint(m.get("content-length"), 10, 31)
	switch {
	case err != nil || m.count("content-length") != 1:
		return nil, fmt.Errorf("%w: Content-Length", errMalformed)
	case length > maxBody:
		return nil, errTooLarge
	}
	m.body = make([]byte, length)
	_, err = io.ReadFull(r, m.body)
	return m, err
}

// parseHead parses the start line and the headers.
func parseHead(head string) (*message, error) {
	lines := strings.Split(strings.ReplaceAll(head, "\r\n", "\n"), "\n")
	m := &message{}
	first := strings.SplitN(lines[0], " ", 3)
	if len(first) != 3 {
		return nil, fmt.Errorf("%w: start line", errMalformed)
	}
	if strings.HasPrefix(first[0], "SIP/") {
		status, err := strconv.Atoi(first[1])
		if err != nil || status < 100 || status > 699 || first[0] != sipVersion {
			return nil, fmt.Errorf("%w: status line", errMalformed)
		}
		m.status, m.reason = status, first[2]
	} else {
		m.method, m.uri, m.version = first[0], first[1], first[2]
		if !isToken(m.method) || m.uri == "" || !strings.HasPrefix(m.version, "SIP/") || strings.ContainsAny(m.version, " \r") {
			return nil, fmt.Errorf("%w: request line", errMalformed) // "549018" of facts/direct-routing.md §12
		}
	}
	for _, line := range lines[1:] {
		if line == "" {
			break
		}
		if line[0] == ' ' || line[0] == '\t' { // RFC 3261 §7.3.1: folded
			if len(m.headers) == 0 {
				return nil, fmt.Errorf("%w: folding", errMalformed)
			}
			last := &m.headers[len(m.headers)-1]
			last.value = strings.TrimSpace(last.value + " " + strings.TrimSpace(line))
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		name = strings.TrimRight(name, " \t")
		if !ok || !isToken(name) || strings.ContainsAny(value, "\r\x00") {
			return nil, fmt.Errorf("%w: header line", errMalformed)
		}
		m.headers = append(m.headers, header{name, strings.TrimSpace(value)})
	}
	return m, nil
}

// isToken is the token of RFC 3261 §25.1.
func isToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isAlnum(c) && !strings.ContainsRune("-.!%*_+`'~", rune(c)) {
			return false
		}
	}
	return s != ""
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// uri is a SIP URI in its parts. The whole stays with whoever must send it back byte for byte.
type uri struct {
	scheme, user, host string // host in lower case; an IPv6 one without its brackets
	port               int    // 0 if not given
	params             []param
}

type param struct {
	name, value string
}

func parseURI(s string) (uri, error) {
	var u uri
	scheme, rest, ok := strings.Cut(s, ":")
	u.scheme = strings.ToLower(scheme)
	if !ok || (u.scheme != "sip" && u.scheme != "sips") {
		return u, fmt.Errorf("%w: not a SIP URI", errMalformed)
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 { // Microsoft sends "#" unescaped in the user part, so nearly all is taken
		u.user, rest = rest[:at], rest[at+1:]
		if u.user == "" || strings.ContainsAny(u.user, "@<> \"") {
			return u, fmt.Errorf("%w: user part", errMalformed)
		}
	}
	rest, _, _ = strings.Cut(rest, "?")
	hostport, params, _ := strings.Cut(rest, ";")
	host, port := hostport, ""
	if strings.HasPrefix(hostport, "[") {
		end := strings.IndexByte(hostport, ']')
		if end < 0 {
			return u, fmt.Errorf("%w: host", errMalformed)
		}
		host, port = hostport[1:end], hostport[end+1:]
	} else if colon := strings.IndexByte(hostport, ':'); colon >= 0 {
		host, port = hostport[:colon], hostport[colon:]
	}
	if host == "" || strings.Trim(strings.ToLower(host), "0123456789abcdefghijklmnopqrstuvwxyz.-:_") != "" {
		return u, fmt.Errorf("%w: host", errMalformed)
	}
	u.host = strings.ToLower(host)
	if port != "" {
		n, err := strconv.ParseUint(strings.TrimPrefix(port, ":"), 10, 16)
		if err != nil || n == 0 || port[0] != ':' {
			return u, fmt.Errorf("%w: port", errMalformed)
		}
		u.port = int(n)
	}
	u.params = parseParams(params)
	return u, nil
}

// parseParams splits "a=1;b", without a leading semicolon. Quoted values keep their quotes.
func parseParams(s string) (params []param) {
	var quoted bool
	from := 0
	add := func(part string) {
		name, value, _ := strings.Cut(part, "=")
		if name = strings.TrimSpace(name); name != "" {
			params = append(params, param{name, strings.TrimSpace(value)})
		}
	}
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ';' && !quoted:
			add(s[from:i])
			from = i + 1
		}
	}
	add(s[from:])
	return params
}

func findParam(params []param, name string) (string, bool) {
	for _, p := range params {
		if strings.EqualFold(p.name, name) {
			return p.value, true
		}
	}
	return "", false
}

// address is the name-addr or addr-spec of From, To, Contact, Route and Record-Route.
type address struct {
	raw    string // the URI as it was written
	uri    uri
	params []param // of the header, not of the URI
}

func parseAddress(s string) (address, error) {
	var a address
	rest := strings.TrimSpace(s)
	if strings.HasPrefix(rest, `"`) { // a quoted display name may hold anything
		end := 1
		for end < len(rest) && rest[end] != '"' {
			if rest[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(rest) {
			return a, fmt.Errorf("%w: display name", errMalformed)
		}
		rest = rest[end+1:]
		if !strings.HasPrefix(strings.TrimSpace(rest), "<") {
			return a, fmt.Errorf("%w: address", errMalformed)
		}
	}
	var params string
	if open := strings.IndexByte(rest, '<'); open >= 0 {
		end := strings.IndexByte(rest, '>')
		if end < open {
			return a, fmt.Errorf("%w: address", errMalformed)
		}
		a.raw, params = rest[open+1:end], rest[end+1:]
		if params = strings.TrimSpace(params); params != "" && params[0] != ';' {
			return a, fmt.Errorf("%w: address", errMalformed)
		}
	} else {
		a.raw, params, _ = strings.Cut(rest, ";") // RFC 3261 §20.10: without brackets parameters belong to the header
	}
	var err error
	a.uri, err = parseURI(a.raw)
	a.params = parseParams(strings.TrimPrefix(params, ";"))
	return a, err
}

func (a address) tag() string {
	tag, _ := findParam(a.params, "tag")
	return tag
}

// topVia returns the topmost Via, its branch and its sent-by.
func (m *message) topVia() (via, branch, sentBy string) {
	values := m.list("via")
	if len(values) == 0 {
		return "", "", ""
	}
	head, params, _ := strings.Cut(values[0], ";")
	if fields := strings.Fields(head); len(fields) == 2 {
		sentBy = strings.ToLower(fields[1])
	}
	branch, _ = findParam(parseParams(params), "branch")
	return values[0], branch, sentBy
}

// writer builds a message in Microsoft's dialect: upper-case header names in a fixed order.
type writer struct{ bytes.Buffer }

func (w *writer) line(name, value string) {
	if value != "" {
		w.WriteString(name + ": " + value + "\r\n")
	}
}

// reserialise writes a Via as Microsoft gives it back: the branch first, rport not filled in (contracts/recorded/sip/ms-options-200-2020-05.sip).
func reserialise(via string) string {
	head, rest, ok := strings.Cut(via, ";")
	if !ok {
		return via
	}
	params := parseParams(rest)
	var b strings.Builder
	b.WriteString(strings.TrimSpace(head))
	for _, first := range []bool{true, false} {
		for _, p := range params {
			if strings.EqualFold(p.name, "branch") != first {
				continue
			}
			b.WriteString(";" + p.name)
			if p.value != "" {
				b.WriteString("=" + p.value)
			}
		}
	}
	return b.String()
}
