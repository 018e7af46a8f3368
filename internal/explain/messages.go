package explain

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tandem/internal/call"
)

// Message is a SIP message of a line.
type Message struct {
	call.SIPMessage
	StartLine string
	CSeq      string
	CallID    string
	FromTag   string
	ToTag     string
	Reason    string
	Body      string // its Content-Type; "" if it has none
}

// challenges and the end of what was cancelled look like failures, and are none.
var expected = []int{401, 407, 487}

// trace writes a line for each message.
func (s *scribe) trace(t call.Trace) {
	them := laneOf(t.End)
	for i, raw := range t.Messages {
		m := readMessage(raw)
		what, answer := strings.CutPrefix(m.StartLine, "SIP/2.0 ")
		if !answer {
			what, _, _ = strings.Cut(m.StartLine, " ")
		}
		l := Line{At: m.At, Leg: string(t.Leg), Kind: "sip_message", Message: &m}
		if m.Sent {
			l.between(SIP, LaneTandem, them, what)
		} else {
			l.between(SIP, them, LaneTandem, what)
		}
		if m.Again {
			l.note("again")
		}
		l.note(labelled("CSeq", m.CSeq), m.Body, m.Reason)
		if code, _, _ := strings.Cut(what, " "); answer {
			status, err := strconv.Atoi(code)
			l.Failed = err == nil && status >= 400 && !slices.Contains(expected, status)
		}
		s.add(0, i, l)
	}
}

// laneOf is where the other end of a dialog is.
func laneOf(end call.Side) Lane {
	if end == call.Far {
		return LaneMicrosoft
	}
	return LanePeer
}

// readMessage finds what a line tells of a message.
func readMessage(raw call.SIPMessage) Message {
	m := Message{SIPMessage: raw}
	head, _, _ := strings.Cut(raw.Text, "\r\n\r\n")
	start, rest, _ := strings.Cut(head, "\r\n")
	m.StartLine = start
	for name, value := range headers(rest) {
		switch name {
		case "cseq":
			m.CSeq = value
		case "call-id", "i":
			m.CallID = value
		case "from", "f":
			m.FromTag = tag(value)
		case "to", "t":
			m.ToTag = tag(value)
		case "reason":
			m.Reason = cmp.Or(m.Reason, value)
		case "content-type", "c":
			m.Body, _, _ = strings.Cut(value, ";")
		}
	}
	return m
}

// headers yields the headers of a head, unfolded (RFC 3261 §7.3.1), with names in lower case.
func headers(head string) func(yield func(name, value string) bool) {
	return func(yield func(string, string) bool) {
		lines := strings.Split(head, "\r\n")
		for i := 0; i < len(lines); {
			whole := lines[i]
			for i++; i < len(lines) && lines[i] != "" && (lines[i][0] == ' ' || lines[i][0] == '\t'); i++ {
				whole += " " + strings.TrimSpace(lines[i])
			}
			name, value, ok := strings.Cut(whole, ":")
			if ok && !yield(strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)) {
				return
			}
		}
	}
}

func tag(value string) string {
	_, value, _ = strings.Cut(value, ";tag=")
	value, _, _ = strings.Cut(value, ";")
	return value
}

// recorded are the legs whose messages are kept from the first: what the engine was told of their
// dialogs is beside the point there. Of a leg whose process died only its burial is kept.
func recorded(traces []call.Trace) map[string]bool {
	all := map[string]bool{}
	for _, t := range traces {
		if len(t.Messages) > 0 && strings.HasPrefix(t.Messages[0].Text, "INVITE ") {
			all[string(t.Leg)] = true
		}
	}
	return all
}

// demote makes a line that tells of a message a note of ours, where the message has a line
// of its own.
func (s *scribe) demote(l *Line) {
	if l.Source != SIP || !s.recorded[l.Leg] {
		return
	}
	l.Source, l.From, l.To, l.What = Engine, LaneTandem, LaneTandem, strings.ReplaceAll(l.Kind, "_", " ")+": "+l.What
}

// traceGaps says which messages and sounds are not there.
func traceGaps(c call.Call, traces []call.Trace) (all []Gap) {
	there, left, sound := recorded(traces), 0, len(traces) > 0
	for _, t := range traces {
		left += t.Left
	}
	var missing []string
	for _, f := range legs(c) {
		if !there[f.Leg] {
			missing = append(missing, f.Leg)
		}
		if !slices.ContainsFunc(traces, func(t call.Trace) bool { return string(t.Leg) == f.Leg && len(t.Sound) > 0 }) && f.Media.PacketsIn+f.Media.PacketsOut > 0 {
			sound = false
		}
	}
	if len(missing) > 0 {
		all = append(all, Gap{"sip_messages", "The SIP messages of these legs are not kept, or not from the first: " + strings.Join(missing, ", ") +
			". The process that had them ended before it could write them, or it is another one and they still run, or it was more than 30 days ago. The ladder shows what the engine was told of them."})
	}
	if left > 0 {
		all = append(all, Gap{"sip_messages_left_out", fmt.Sprintf("%d SIP messages had no room: 200 of a dialog are kept.", left)})
	}
	if len(legs(c)) > 0 && !sound {
		all = append(all, Gap{"media_over_time", "The figures of sound are those at the end of each leg; how they changed over time is not kept of all of them."})
	}
	return all
}

// MaskMessage hides telephone numbers in a message, and the keys that were pressed in an INFO.
func MaskMessage(m call.SIPMessage, numbers, words bool) call.SIPMessage {
	if words && strings.HasPrefix(m.Text, "INFO ") {
		if head, body, ok := strings.Cut(m.Text, "\r\n\r\n"); ok && body != "" {
			m.Text = head + "\r\n\r\n[redacted]"
		}
	}
	if !numbers {
		return m
	}
	head, body, _ := strings.Cut(m.Text, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	for i, line := range lines {
		name, _, ok := strings.Cut(line, ":")
		if i > 0 && ok && slices.Contains(withoutNumbers, strings.ToLower(strings.TrimSpace(name))) {
			continue
		}
		lines[i] = digits.ReplaceAllString(line, "…$1")
	}
	m.Text = strings.Join(lines, "\r\n") + "\r\n\r\n" + Number(body)
	return m
}

// withoutNumbers are headers whose digits are no telephone numbers.
var withoutNumbers = []string{
	"via", "v", "call-id", "i", "cseq", "content-length", "l", "max-forwards", "date", "session-expires", "x", "min-se", "expires", "rseq", "rack",
	"authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate", "user-agent", "server", "allow",
}

// digits are a number wherever in a header it may be: too much is hidden rather than too
// little. Those of an address have dots between them, and are fewer.
var digits = regexp.MustCompile(`[0-9]{3,14}([0-9]{3})\b`)

// Messages are those of all legs, by their time.
func Messages(traces []call.Trace) (all []call.SIPMessage) {
	for _, t := range traces {
		all = append(all, t.Messages...)
	}
	slices.SortStableFunc(all, func(a, b call.SIPMessage) int { return a.At.Compare(b.At) })
	return all
}
