package wire

import (
	"bytes"
	"io"
	"strconv"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/guard"
)

// framer follows a stream from message to message (RFC 3261 §18.3), as far as is needed to
// see one that is larger than the stack takes, which ends the connection without a word.
type framer struct {
	head []byte // of a message whose empty line has not come yet
	rest int    // of its body
	lost bool   // no Content-Length: nobody knows where the next one begins, and the stack ends the connection
}

// between tells whether the next byte is not of a message that has begun.
func (f *framer) between() bool { return f.rest == 0 && len(f.head) == 0 && !f.lost }

// isHalfLine tells whether there are only empty lines, the last of which is not whole.
func isHalfLine(b []byte) bool {
	return len(b) > 0 && b[len(b)-1] == '\r' && len(bytes.Trim(b, "\r\n")) == 0
}

// follow takes what has come, and gives the headers of a message that is too large.
func (f *framer) follow(b []byte) (tooLarge []byte) {
	for len(b) > 0 && !f.lost {
		if f.rest > 0 {
			n := min(f.rest, len(b))
			f.rest, b = f.rest-n, b[n:]
			continue
		}
		seen := max(0, len(f.head)-len(emptyLine)+1) // where an empty line may begin
		head := bytes.TrimLeft(b, "\r\n")
		switch {
		case len(f.head) > 0:
			f.head = append(f.head, b...)
			head = f.head
		case len(head) == 0:
			return nil // keep-alives (RFC 5626 §4.4.1)
		}
		end := bytes.Index(head[seen:], emptyLine)
		if end < 0 {
			if len(head) > sipmsg.ParseMaxMessageLength {
				return head
			}
			if len(f.head) == 0 {
				f.head = append(f.head, head...)
			}
			return nil
		}
		end += seen + len(emptyLine)
		length, ok := contentLength(head[:end])
		switch {
		case !ok:
			f.lost = true
		case end+length > sipmsg.ParseMaxMessageLength:
			return head[:end]
		}
		b, f.rest, f.head = b[len(b)-(len(head)-end):], length, f.head[:0]
	}
	return nil
}

var emptyLine = []byte("\r\n\r\n")

// contentLength is how much follows a head.
func contentLength(head []byte) (int, bool) {
	value, ok := headerIn(head, "Content-Length", "l")
	n, err := strconv.ParseUint(string(value), 10, 31)
	return int(n), ok && err == nil //nolint:gosec // 31 bits
}

// headerIn is the value of the first header of a name, before anything is parsed.
func headerIn(head []byte, long, compact string) (value []byte, ok bool) {
	for line := range bytes.SplitSeq(head, crlf) {
		name, value, ok := bytes.Cut(line, []byte{':'})
		if ok && isHeader(bytes.TrimSpace(name), long, compact) {
			return bytes.TrimSpace(value), true
		}
	}
	return nil, false
}

// Of an oversized message so much is read to the end, and for so long: who is still sending when
// the connection ends would lose the answer with it.
const (
	oversizeRead = 4 << 20
	oversizeWait = 2 * time.Second
)

// tooLarge answers 513, after which the connection ends, for there is no telling what
// comes after.
func (c *conn) tooLarge(head []byte) {
	side, g := c.l.side, c.l.gate
	g.Refused(side, guard.CauseTooLarge)
	g.Log.Info("a message is too large, the connection ends", "source", c.RemoteAddr().String())
	text := refusalText(head, strconv.Itoa(messageTooLarge)+" "+dialog.Phrase(messageTooLarge))
	if _, via := headerIn(head, "Via", "v"); !via || text == "" || bytes.HasPrefix(head, []byte("SIP/")) {
		return // what says by whom it was sent is still to come, or it is no request
	}
	_ = c.SetDeadline(time.Now().Add(oversizeWait))
	if _, err := io.WriteString(c.Conn, text); err != nil {
		return
	}
	g.Responded(side, messageTooLarge)
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_, _ = io.CopyN(io.Discard, c.Conn, oversizeRead)
	}
}

const messageTooLarge = 513 // RFC 3261 §21.5.7
