package dialog

import (
	"strconv"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

// List is the values of a header that may be repeated or hold a list with commas
// (RFC 3261 §7.3.1), each as it was written. compact is the short form of its name.
func List(m message, name, compact string) []string {
	var values []string
	for _, h := range m.Headers() {
		if n := h.Name(); strings.EqualFold(n, name) || compact != "" && strings.EqualFold(n, compact) {
			values = append(values, split(h.Value(), ',')...)
		}
	}
	return values
}

// split cuts at sep outside of quotes and angle brackets, and leaves out what is empty.
func split(s string, sep byte) []string {
	var parts []string
	quoted, bracket := false, false
	start := 0
	add := func(end int) {
		if part := strings.TrimSpace(s[start:end]); part != "" {
			parts = append(parts, part)
		}
		start = end + 1
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"' && !bracket:
			quoted = !quoted
		case quoted:
		case c == '<':
			bracket = true
		case c == '>':
			bracket = false
		case c == sep && !bracket:
			add(i)
		}
	}
	if start <= len(s) {
		add(len(s))
	}
	return parts
}

// HasGap reports whether a header value has a separator with nothing behind it that it separates, as in
// ";;" or ",,": no grammar of RFC 3261 §25.1 has that. One semicolon at the very end is let pass,
// for many write it. In angle brackets there are other rules.
func HasGap[T string | []byte](value T) bool {
	quoted, bracket, last := false, false, byte(0) // the separator that nothing came behind yet
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case quoted && c == '\\':
			i++
		case c == '"' && !bracket:
			quoted, last = !quoted, 0
		case quoted, c == ' ', c == '\t':
		case c == '<', c == '>':
			bracket, last = c == '<', 0
		case bracket:
		case c == ';' || c == ',':
			if last != 0 {
				return true
			}
			last = c
		default:
			last = 0
		}
	}
	return last == ','
}

// AddrSpec is the URI in a name-addr or addr-spec, as it was written. Without angle
// brackets parameters belong to the header (RFC 3261 §20.10).
func AddrSpec(value string) string {
	quoted := false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && c == '<':
			uri, _, _ := strings.Cut(value[i+1:], ">")
			return strings.TrimSpace(uri)
		}
	}
	uri, _, _ := strings.Cut(value, ";")
	return strings.TrimSpace(uri)
}

// MediaType is that of a body in small letters, without its parameters; "" if it is not said.
func MediaType(m interface {
	ContentType() *sipmsg.ContentTypeHeader
}) string {
	t := m.ContentType()
	if t == nil {
		return ""
	}
	kind, _, _ := strings.Cut(t.Value(), ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

// Reason is a Reason header (RFC 3326).
type Reason struct {
	Q850 int // 0: none
	SIP  int // status; 0: none
	Text string
}

// ParseReason reads the Reason headers of a message. What it cannot read it leaves out.
func ParseReason(m message) Reason {
	var r Reason
	for _, value := range List(m, "Reason", "") {
		fields := split(value, ';')
		if len(fields) == 0 {
			continue
		}
		cause, text := 0, ""
		for _, f := range fields[1:] {
			name, v, _ := strings.Cut(f, "=")
			switch v = strings.TrimSpace(v); strings.ToLower(strings.TrimSpace(name)) {
			case "cause":
				if n, err := strconv.Atoi(v); err == nil && n > 0 && n < 1000 {
					cause = n
				}
			case "text":
				text = unquote(v)
			}
		}
		switch strings.ToUpper(fields[0]) {
		case "Q.850":
			if cause < 128 {
				r.Q850 = cause
			}
		case "SIP":
			r.SIP = cause
		default:
			continue
		}
		if r.Text == "" {
			r.Text = text
		}
	}
	return r
}

// Microsoft takes the text apart as Microsoft writes it: an id, a semicolon, the
// phrase (facts/direct-routing.md §12).
func (r Reason) Microsoft() (correlation, phrase string) {
	id, phrase, ok := strings.Cut(r.Text, ";")
	if !ok {
		return "", r.Text
	}
	return strings.TrimSpace(id), strings.TrimSpace(phrase)
}

func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	var b strings.Builder
	for i := 1; i < len(s)-1; i++ {
		if s[i] == '\\' && i+1 < len(s)-1 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// Header is the Reason header; nil if there is nothing to say.
func (r Reason) Header() sipmsg.Header {
	if r.Q850 == 0 {
		return nil
	}
	value := "Q.850;cause=" + strconv.Itoa(r.Q850)
	if r.Text != "" {
		value += `;text="` + quotable(r.Text) + `"`
	}
	return sipmsg.NewHeader("Reason", value)
}

// quotable keeps text to what needs no escaping in a quoted string, and to one line.
func quotable(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == '"' || c == '\\' || c == 0x7f {
			return ' '
		}
		return c
	}, s)
}
