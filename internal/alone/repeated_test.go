package alone

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// TestRepeatedRequest: on the wire a repetition is answered with the very same bytes, the
// random tag included, from the memory that takes the place of the stack's transaction.
func TestRepeatedRequest(t *testing.T) {
	e := run(t, Options{NextHop: "sip:127.0.0.1:9"})
	c, err := net.Dial("udp", e.Addrs()[0].UDP.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	ask := func(branch string) string {
		t.Helper()
		if _, err := fmt.Fprintf(c, "OPTIONS sip:edge SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=%s;rport\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\n"+
			"Call-ID: %s\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n", c.LocalAddr(), branch, branch); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 4096)
		if err := c.SetReadDeadline(time.Now().Add(soon)); err != nil {
			t.Fatal(err)
		}
		n, err := c.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(b, []byte("SIP/2.0 200 ")) {
			t.Fatalf("%s", b[:n])
		}
		return string(b[:n])
	}
	first := ask("z9hG4bK1")
	for range 5 {
		if again := ask("z9hG4bK1"); again != first {
			t.Errorf("first\n%s\nthen\n%s", first, again)
		}
	}
	if other := ask("z9hG4bK2"); other == first {
		t.Error("another transaction has the same answer")
	}
}

// TestTryingWhileTheNextHopIsSilent: who calls over UDP would repeat the INVITE again and again.
func TestTryingWhileTheNextHopIsSilent(t *testing.T) {
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	e := run(t, Options{NextHop: "sip:" + silent.LocalAddr().String()})
	c, err := net.Dial("udp", e.Addrs()[0].UDP.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	body := strings.ReplaceAll("v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 40000 RTP/AVP 8\n", "\n", "\r\n")
	if _, err := fmt.Fprintf(c, "INVITE sip:1@edge SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK1;rport\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\n"+
		"Call-ID: 1\r\nCSeq: 1 INVITE\r\nContact: <sip:a@%s>\r\nMax-Forwards: 70\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", c.LocalAddr(), c.LocalAddr(), len(body), body); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 4096)
	if err := c.SetReadDeadline(time.Now().Add(soon)); err != nil {
		t.Fatal(err)
	}
	n, err := c.Read(b)
	if err != nil || !bytes.HasPrefix(b, []byte("SIP/2.0 100 Trying\r\n")) {
		t.Errorf("%v, %s", err, b[:n])
	}
}
