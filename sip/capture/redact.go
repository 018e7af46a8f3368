package capture

import "strings"

const redacted = "redacted"

// Redact takes what must not be in a file out of a SIP message: the keys of SRTP, answers to challenges, which can be
// tried against lists of passwords, and the token that has Microsoft find our call. It reads each line once; a message without any of them is given back as it is.
func Redact(message string) string {
	var out strings.Builder // empty: nothing was changed yet
	done := 0               // of message is in out
	hide := func(from, to int) {
		if to > from {
			out.WriteString(message[done:from])
			out.WriteString(redacted)
			done = to
		}
	}
	answer := false // the line is of a header with an answer, perhaps one of its later lines
	for at := 0; at < len(message); {
		end := len(message)
		if n := strings.IndexByte(message[at:], '\n'); n >= 0 {
			end = at + n + 1
		}
		line := message[at:end]
		switch {
		case strings.HasPrefix(line, keyLine):
			eachKey(line, func(from, to int) { hide(at+from, at+to) })
		case hasHeader(line, tokenHeader):
			from, to := valueOf(line, len(tokenHeader)+1)
			hide(at+from, at+to)
		case hasHeader(line, "Authorization"), hasHeader(line, "Proxy-Authorization"), answer && (line[0] == ' ' || line[0] == '\t'):
			answer = true
			from, to := answerIn(line)
			hide(at+from, at+to)
			at = end
			continue
		}
		answer = false
		at = end
	}
	if done == 0 {
		return message
	}
	out.WriteString(message[done:])
	return out.String()
}

// tokenHeader is that of facts/direct-routing.md and of profile.TokenHeader.
const tokenHeader = "X-MS-Custom-Tandem" //nolint:gosec // the name of a header

const (
	keyLine  = "a=crypto:"
	keyBegin = "inline:"
)

func hasHeader(line, name string) bool {
	return len(line) > len(name) && line[len(name)] == ':' && strings.EqualFold(line[:len(name)], name)
}

// eachKey finds the keys of a line of SDES (RFC 4568 §6.1), of which there may be several.
func eachKey(line string, each func(from, to int)) {
	for from := 0; ; {
		n := strings.Index(line[from:], keyBegin)
		if n < 0 {
			return
		}
		from += n + len(keyBegin)
		to := len(line)
		if n := strings.IndexAny(line[from:], "|; \r\n"); n >= 0 {
			to = from + n
		}
		each(from, to)
		from = to
	}
}

// valueOf is the value of a header line, without the space around it.
func valueOf(line string, from int) (first, end int) {
	end = len(strings.TrimRight(line, "\r\n"))
	for from < end && (line[from] == ' ' || line[from] == '\t') {
		from++
	}
	return from, end
}

// answerIn finds the answer in a line of credentials (RFC 3261 §25.1: dresponse).
func answerIn(line string) (from, to int) {
	lower := strings.ToLower(line)
	for at := 0; ; {
		n := strings.Index(lower[at:], "response")
		if n < 0 {
			return 0, 0
		}
		at += n
		rest := strings.TrimLeft(line[at+len("response"):], " \t")
		if before := lower[max(0, at-1)]; before >= 'a' && before <= 'z' || len(rest) == 0 || rest[0] != '=' {
			at++
			continue
		}
		rest = strings.TrimLeft(rest[1:], " \t\"")
		from = len(line) - len(rest)
		if n := strings.IndexAny(rest, "\",\r\n"); n >= 0 {
			return from, from + n
		}
		return from, len(line)
	}
}
