package sdp

import (
	"net/netip"
	"strings"
	"testing"
)

// TestResolve: names in c= lines become addresses of their family, and nothing else changes.
func TestResolve(t *testing.T) {
	known := map[string]netip.Addr{"media.test": netip.MustParseAddr("192.0.2.7"), "six.media.test": netip.MustParseAddr("2001:db8::7")}
	var asked []string
	find := func(host string, six bool) (netip.Addr, bool) {
		asked = append(asked, host)
		a, ok := known[host]
		return a, ok && a.Is6() == six
	}
	for _, body := range []string{
		"", "c=IN IP4 192.0.2.1\r\n", "c=IN IP4 224.2.1.1/127\r\n", "c=IN IP6 ::ffff:192.0.2.1\r\n", "c=IN IP4 300.1.2.3\r\n", "c=IN IP4 a b\r\n",
		"c=IN IP4 \x00a\r\n", "c=ATM NSAP media.test\r\n", "o=c=IN IP4 media.test\r\n", "c=IN IP4 " + strings.Repeat("a.", 127) + "test\r\n",
	} {
		if got, changed := Resolve([]byte(body), find); string(got) != body || changed || len(asked) != 0 {
			t.Errorf("%q became %q, asked %q", body, got, asked)
		}
	}
	got, changed := Resolve([]byte("s=-\nc=IN IP4 media.test\nm=audio 1 RTP/AVP 8\nc=IN IP6 six.media.test\r\nm=video 1 RTP/AVP 8\r\nc=IN IP6 media.test"), find)
	if want := "s=-\nc=IN IP4 192.0.2.7\r\nm=audio 1 RTP/AVP 8\nc=IN IP6 2001:db8::7\r\nm=video 1 RTP/AVP 8\r\nc=IN IP6 media.test"; string(got) != want || !changed {
		t.Errorf("got %q", got)
	}
	asked = nil
	_, _ = Resolve([]byte(strings.Repeat("c=IN IP4 nobody.test\r\n", 100)), find)
	if len(asked) != mostNames {
		t.Errorf("asked %d times", len(asked))
	}
}
