package wire

import (
	"bytes"
	"net"
	"strconv"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/sip/dialog"
	"tandem/sip/guard"
)

// Flaw is the answer to a request in a datagram that the SIP stack would drop without a
// word, or answer without saying why: "" if it is good. It looks at each line once and
// keeps nothing, because it looks at every packet.
func Flaw(packet []byte) string {
	line, rest, ok := bytes.Cut(packet, crlf)
	if !ok {
		return ""
	}
	if f := startLineFlaw(line); f != "" {
		return f
	}
	via, cseq := false, false
	for {
		if line, rest, ok = bytes.Cut(rest, crlf); !ok {
			return badRequest + "no empty line behind the headers"
		}
		if len(line) == 0 {
			break
		}
		if line[0] == ' ' || line[0] == '\t' {
			continue
		}
		name, value, ok := bytes.Cut(line, []byte{':'})
		if !ok {
			return badRequest + "header without colon"
		}
		switch name = bytes.TrimSpace(name); {
		case isHeader(name, "Via", "v"):
			via = true
			if dialog.HasGap(value) {
				return badRequest + "Via"
			}
		case isHeader(name, "CSeq", ""):
			cseq = true
			number := bytes.TrimLeft(value, " \t")
			if len(number) > 0 && (number[0] < '0' || number[0] > '9') || len(bytes.TrimSpace(value)) > 0 && !readableNumber(bytes.Fields(value)[0], 1<<31-1) {
				return badRequest + "CSeq"
			}
		case isHeader(name, "Content-Length", "l"):
			value = bytes.TrimSpace(value)
			if len(value) > 0 && !readableNumber(value, MaxMessage) {
				return badRequest + "Content-Length"
			}
			if n, err := strconv.Atoi(string(value)); err == nil && n > bodyLength(packet) {
				return badRequest + "Content-Length is more than the body"
			}
		}
	}
	switch {
	case !via:
		return badRequest + "no Via"
	case !cseq:
		return badRequest + "no CSeq"
	}
	return ""
}

var crlf = []byte("\r\n")

func bodyLength(packet []byte) int {
	_, body, _ := bytes.Cut(packet, []byte("\r\n\r\n"))
	return len(body)
}

// startLineFlaw wants a method, a URI and a version with one space between them
// (RFC 3261 §7.1). What does not look like a request at all is not answered.
func startLineFlaw(line []byte) string {
	if !bytes.Contains(line, []byte(" SIP/")) {
		return ""
	}
	parts := bytes.Split(line, []byte{' '})
	switch {
	case len(parts) != 3:
		return badRequest + "Request-Line has spaces where none belong"
	case !isLetter(parts[1][0:min(1, len(parts[1]))]):
		return badRequest + "Request-URI"
	}
	scheme, _, ok := bytes.Cut(parts[1], []byte{':'})
	if ok && bytes.ContainsAny(scheme, "+-.") { // RFC 3986 §3.1; the stack takes letters only
		return "416 Unsupported URI Scheme"
	}
	var u sipmsg.Uri
	if err := sipmsg.ParseUri(string(parts[1]), &u); err != nil || strings.Contains(u.Host, ":") && !strings.HasPrefix(u.Host, "[") {
		return badRequest + "Request-URI"
	}
	return ""
}

const badRequest = "400 Bad Request: "

func isLetter(b []byte) bool {
	return len(b) == 1 && (b[0]|0x20 >= 'a' && b[0]|0x20 <= 'z')
}

func isHeader(name []byte, long, compact string) bool {
	return len(name) == len(long) && strings.EqualFold(string(name), long) || len(name) == len(compact) && compact != "" && strings.EqualFold(string(name), compact)
}

func readableNumber(b []byte, limit uint64) bool {
	n, err := strconv.ParseUint(string(b), 10, 64)
	return err == nil && n <= limit
}

// refuseDatagram answers without the stack, which cannot read the request.
func (s *Packets) refuseDatagram(packet []byte, answer string, to net.Addr) {
	s.gate.Refused(call.Near, guard.CauseMalformed)
	text := refusalText(packet, answer)
	if text == "" {
		return
	}
	s.gate.Responded(call.Near, sipmsg.StatusBadRequest)
	if _, err := s.WriteTo([]byte(text), to); err != nil {
		s.gate.Log.Debug("response not sent", "error", err)
	}
}

// refusalText is a response to a request with those of its headers that a response repeats, as
// they were written (RFC 3261 §8.2.6.2); "" if it has none: an ACK, or what has nothing in
// it by which the sender could tell the answer.
func refusalText(packet []byte, answer string) string {
	if bytes.HasPrefix(packet, []byte("ACK ")) {
		return ""
	}
	var b strings.Builder
	b.WriteString("SIP/2.0 " + answer + "\r\n")
	_, rest, _ := bytes.Cut(packet, crlf)
	head, _, _ := bytes.Cut(rest, []byte("\r\n\r\n"))
	repeat, asks := false, false
	for _, line := range bytes.Split(head, crlf) {
		if len(line) > 0 && line[0] != ' ' && line[0] != '\t' {
			name, _, _ := bytes.Cut(line, []byte{':'})
			name = bytes.TrimSpace(name)
			repeat = false
			for _, h := range [][2]string{{"Via", "v"}, {"From", "f"}, {"To", "t"}, {"Call-ID", "i"}, {"CSeq", ""}} {
				repeat = repeat || isHeader(name, h[0], h[1])
			}
			if repeat && isHeader(name, "To", "t") && !bytes.Contains(line, []byte("tag")) {
				line = append(bytes.Clone(line), ";tag="+dialog.Token()...)
			}
			asks = asks || repeat
		}
		if repeat {
			b.Write(line)
			b.WriteString("\r\n")
		}
	}
	if !asks {
		return ""
	}
	b.WriteString("Content-Length: 0\r\n\r\n")
	return b.String()
}
