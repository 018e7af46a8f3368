package wire

import (
	"maps"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

// The SIP stack refuses datagrams above 1300 bytes and cuts off what it reads behind
// 32 kB. Both are globals of its package, so they are set once, before anything runs:
// we choose TCP for large requests ourselves (see [outCall.sendInvite]), and what is left goes out
// as UDP in fragments rather than not at all (RFC 3261 §18.1.1).
var _ = func() struct{} {
	sipmsg.UDPMTUSize = MaxMessage + 200 // the stack keeps 200 bytes below it
	sipmsg.TransportBufferReadSize = MaxMessage
	return struct{}{}
}()

// MaxMessage is the longest message that we take or send, over TCP as well.
const MaxMessage = 65535

// HeaderParsers are those of the stack, with three differences. Contact and
// Record-Route stay as they were written. White space that RFC 3261 §25.1 allows around
// separators does not hide a parameter. And a value that cannot be read leaves the
// header unread instead of the whole message unanswered: package guard refuses it.
func HeaderParsers() sipmsg.HeadersParser {
	parsers := maps.Clone(sipmsg.DefaultHeadersParser())
	for _, h := range []string{"contact", "m", "record-route"} {
		delete(parsers, h)
	}
	for name, parse := range parsers {
		parsers[name] = func(header []byte, text string) (sipmsg.Header, error) {
			switch name {
			case "via", "v":
				text = tightenVia(text)
			case "from", "f", "to", "t", "cseq":
				text = tighten(text)
			}
			h, err := parse(header, text)
			if err == nil || strings.HasPrefix(err.Error(), "comma detected") { // more values follow; its type is the stack's own
				return h, err
			}
			return sipmsg.NewHeader(string(header), text), nil
		}
	}
	return parsers
}

// tighten takes white space away around semicolons and equals signs, and makes what is
// left of it single spaces, outside of quotes and angle brackets.
func tighten(s string) string {
	if !strings.ContainsAny(s, " \t") {
		return s
	}
	b := make([]byte, 0, len(s))
	quoted, bracket := false, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quoted && c == '\\' && i+1 < len(s):
			b = append(b, c)
			i++
			c = s[i]
		case c == '"' && !bracket:
			quoted = !quoted
		case quoted:
		case c == '<':
			bracket = true
		case c == '>':
			bracket = false
		case bracket:
		case c == ' ' || c == '\t':
			if len(b) == 0 || strings.IndexByte(" ;=", b[len(b)-1]) >= 0 {
				continue
			}
			c = ' '
		case c == ';' || c == '=':
			if len(b) > 0 && b[len(b)-1] == ' ' {
				b = b[:len(b)-1]
			}
		}
		b = append(b, c)
	}
	return strings.TrimRight(string(b), " ")
}

// tightenVia does the same for a list of Vias. Each keeps its length, because the stack
// goes on behind the comma that it found: what was taken away stands before the protocol.
func tightenVia(s string) string {
	if strings.Count(s, " ") == 1 && !strings.Contains(s, "\t") {
		return s
	}
	values := strings.Split(s, ",")
	for i, v := range values {
		head, params, has := strings.Cut(v, ";")
		head = strings.Join(strings.Fields(head), " ")
		for _, separator := range []string{"/", ":"} {
			head = strings.ReplaceAll(strings.ReplaceAll(head, " "+separator, separator), separator+" ", separator)
		}
		if has {
			head += ";" + strings.TrimLeft(tighten(params), " ")
		}
		values[i] = strings.Repeat(" ", max(len(v)-len(head), 0)) + head
	}
	return strings.Join(values, ",")
}
