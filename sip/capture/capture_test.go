package capture

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestRedact(t *testing.T) {
	in := "INVITE sip:x SIP/2.0\r\nAuthorization: Digest username=\"joe\", nonce=\"abc\", response=\"0123456789abcdef\", nc=00000001\r\n\r\n" +
		"v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AQEBAQEB/+==|2^31|1:1\r\na=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:BBBB\r\n"
	in = strings.Replace(in, "\r\n\r\n", "\r\nProxy-Authorization: Digest username=\"x\",\r\n realm=\"response=1\",\r\n\tresponse = deadbeef\r\nx-ms-custom-tandem:  token-1\r\n\r\n", 1) +
		"a=crypto:3 F8_128_HMAC_SHA1_80 inline:CCCC|2^20|1:4;inline:DDDD|2^20|2:4\r\n"
	out := Redact(in)
	for _, secret := range []string{"0123456789abcdef", "AQEBAQEB", "BBBB", "CCCC", "DDDD", "deadbeef", "token-1"} {
		if strings.Contains(out, secret) {
			t.Errorf("%s is still there: %s", secret, out)
		}
	}
	for _, rest := range []string{`username="joe"`, "nc=00000001", "inline:redacted|2^31|1:1\r\n", "inline:redacted\r\n", "tandem:  redacted\r\n", "inline:redacted|2^20|1:4;inline:redacted|2^20|2:4\r\n"} {
		if !strings.Contains(out, rest) {
			t.Errorf("%s is gone: %s", rest, out)
		}
	}
}

func TestFile(t *testing.T) {
	f := New(24+2*(16+20+8+100), false)
	a, b := netip.MustParseAddrPort("192.0.2.1:4000"), netip.MustParseAddrPort("192.0.2.2:5000")
	at := time.Date(2026, 11, 30, 12, 0, 0, 123456789, time.UTC)
	f.Packet(at, a, b, bytes.Repeat([]byte{1}, 101), 12)
	f.Packet(at, netip.MustParseAddrPort("[2001:db8::1]:1"), b, []byte("odd"), -1) // families are made one
	f.Packet(at, a, b, make([]byte, 200), -1)                                      // no room
	f.Packet(at, a, b, nil, -1)
	pcap, lost := f.End()
	f.Packet(at, a, b, nil, -1)
	if again, more := f.End(); lost != 1 || more != 2 || len(again) != len(pcap) {
		t.Errorf("%d lost, then %d", lost, more)
	}
	le := binary.LittleEndian
	first := pcap[24:]
	if le.Uint32(first) != uint32(at.Unix()) || le.Uint32(first[4:]) != 123456789 || le.Uint32(first[8:]) != 20+8+12 || le.Uint32(first[12:]) != 20+8+101 {
		t.Errorf("%x", first[:16])
	}
	second := first[16+40:]
	if second[16]>>4 != 6 || binary.BigEndian.Uint16(second[16+4:]) != 8+3 || le.Uint32(second[8:]) != 40+8+3 {
		t.Errorf("%x", second[:60])
	}
}
