package wire

import (
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
)

// TestFramer: the end of each message is found however the stream is cut, and what is too
// large when that is sure.
func TestFramer(t *testing.T) {
	message := func(body int) string {
		return "OPTIONS sip:a SIP/2.0\r\nl : " + strconv.Itoa(body) + "\r\nCSeq: 1 OPTIONS\r\n\r\n" + strings.Repeat("\r\n\r\nx", body/5)
	}
	good := "\r\n\r\n" + message(0) + "\r\n" + message(500) + message(60_000) + message(5)
	for name, c := range map[string]struct {
		stream string
		large  bool
	}{
		"good ones":         {good, false},
		"a large body":      {good + message(65_500), true},
		"a head that grows": {good + "OPTIONS sip:a SIP/2.0\r\n" + strings.Repeat("X: y\r\n", 12_000), true},
		"a line that grows": {good + strings.Repeat("y", 70_000), true},
		"no length":         {good + "OPTIONS sip:a SIP/2.0\r\n\r\n" + strings.Repeat("y", 70_000), false},
	} {
		for _, piece := range []int{1, 3, 7, 1000, 32768, len(c.stream)} {
			var f framer
			large := false
			for at := 0; at < len(c.stream) && !large; at += piece {
				large = f.follow([]byte(c.stream[at:min(at+piece, len(c.stream))])) != nil
			}
			if large != c.large {
				t.Errorf("%s in pieces of %d: %v", name, piece, large)
			}
			if !c.large && !f.lost && (f.rest != 0 || len(f.head) != 0) {
				t.Errorf("%s in pieces of %d: %+v", name, piece, f.rest)
			}
		}
	}
}

// TestHalfALine: an empty line between messages that comes in two pieces is none of a
// request's, and a ping in pieces is one.
func TestHalfALine(t *testing.T) {
	for _, pieces := range [][]string{
		{"\r", "\nOPTIONS sip:x SIP/2.0\r\n"}, {"\r\n\r", "\nOPTIONS sip:x SIP/2.0\r\n"}, {"\r\n\r", "\n"}, {"\r", "\n\r", "\n"},
	} {
		here, there := net.Pipe()
		c := &conn{Conn: here, l: &Listener{}}
		c.once.Do(func() {}) // it is welcome
		go func() {
			for _, p := range pieces {
				_, _ = io.WriteString(there, p)
			}
			_ = there.Close()
		}()
		b := make([]byte, 256)
		if n, err := c.Read(b); err != nil || string(b[:n]) != strings.Join(pieces, "") {
			t.Errorf("%q came as %q, %v", pieces, b[:n], err)
		}
		_ = here.Close()
	}
}
