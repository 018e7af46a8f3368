package wire

import (
	"slices"
	"testing"
)

const three = "\r\n\r\nINVITE sip:a SIP/2.0\r\nTo: <sip:a>\r\ni: 1\r\nContent-Length: 4\r\n\r\nbody\r\n" +
	"ACK sip:a SIP/2.0\r\nCall-ID: 2\r\nl: 0\r\n\r\nBYE sip:a SIP/2.0\r\nTo: <sip:a>;tag=1\r\nCall-ID:3\r\nContent-Length: 2\r\n\r\nxx"

// TestCut: however a stream is cut into reads, the same messages come out, and nothing is kept behind the last.
func TestCut(t *testing.T) {
	for first := range three {
		for second := first; second < len(three); second += 7 {
			var reads Reads
			var ids []string
			for _, part := range []string{three[:first], three[first:second], three[second:]} {
				reads.Cut("a", "b", []byte(part), func(m []byte) { ids = append(ids, string(CallID(m))) })
			}
			if !slices.Equal(ids, []string{"1", "2", "3"}) || len(reads.parts) != 0 {
				t.Fatalf("cut at %d and %d: messages %q, %d parts are kept", first, second, ids, len(reads.parts))
			}
		}
	}
	var reads Reads
	for _, m := range []string{"OPTIONS sip:a SIP/2.0\r\n\r\n", three} { // without a length nobody knows where the next one begins
		reads.Cut("a", "b", []byte(m), func(m []byte) { t.Errorf("%q came out", m) })
	}
}

func TestBegins(t *testing.T) {
	for m, want := range map[string]bool{
		"INVITE sip:a SIP/2.0\r\nTo: <sip:a>\r\n\r\n":             true,
		"INVITE sip:a SIP/2.0\r\nt: <sip:a>\r\n\r\n":              true,
		"INVITE sip:a SIP/2.0\r\nTo: <sip:a>;tag=1\r\n\r\n":       false,
		"BYE sip:a SIP/2.0\r\nTo: <sip:a>\r\n\r\n":                false,
		"SIP/2.0 200 OK\r\nTo: <sip:a>\r\nCSeq: 1 INVITE\r\n\r\n": false,
	} {
		if Begins([]byte(m)) != want {
			t.Errorf("%q: want %t", m, want)
		}
	}
}
