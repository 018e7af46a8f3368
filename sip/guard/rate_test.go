package guard

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

func TestScanners(t *testing.T) {
	with := func(headers string) string {
		return "OPTIONS sip:100@192.0.2.1 SIP/2.0\r\n" + headers + "\r\nbody: User-Agent: friendly-scanner"
	}
	for name, c := range map[string]struct {
		message string
		want    bool
	}{
		"sipvicious":            {with("Via: x\r\nUser-Agent: friendly-scanner\r\n"), true},
		"capitals":              {with("USER-AGENT: Friendly-Scanner\r\n"), true},
		"bare line ends":        {"OPTIONS sip:x SIP/2.0\nuser-agent:sipcli/v1.8\n\n", true},
		"in From":               {with("From: \"sipvicious\"<sip:100@1.1.1.1>;tag=1\r\nUser-Agent: Asterisk\r\n"), true},
		"in To, compact":        {with("t: sip:nm@nm\r\n"), true},
		"pplsip":                {with("User-Agent: pplsip\r\n"), true},
		"VaxSIPUserAgent":       {with("User-Agent: VaxSIPUserAgent/3.1\r\n"), true},
		"a phone":               {with("User-Agent: Zoiper v2\r\nFrom: <sip:gulp@example.com>;tag=iwar\r\n"), false},
		"SIPp":                  {with("User-Agent: SIPp\r\n"), false},
		"in the body":           {with("User-Agent: x\r\n"), false},
		"in another header":     {with("Subject: friendly-scanner\r\nCall-ID: gulp-iwar\r\n"), false},
		"in the first line":     {"OPTIONS sip:friendly-scanner@192.0.2.1 SIP/2.0\r\n\r\n", false},
		"nothing":               {"", false},
		"far behind in a value": {with("User-Agent: " + string(make([]byte, 300)) + "sipvicious\r\n"), false},
	} {
		if got := IsScanner([]byte(c.message)); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func FuzzIsScanner(f *testing.F) {
	f.Add([]byte("OPTIONS sip:x SIP/2.0\r\nUser-Agent: friendly-scanner\r\n\r\n"))
	f.Add([]byte("\n:\n::\r\n\r"))
	f.Fuzz(func(_ *testing.T, message []byte) { IsScanner(message) })
}

func BenchmarkInspect(b *testing.B) {
	s := ready(b, byPrefix("carrier", "192.0.2.0/24"))
	message := []byte(goodInvite)
	b.ReportAllocs()
	for b.Loop() {
		s.Inspect(carrier, message)
	}
}

// TestPace: who has proved nothing is held to a pace, who is named by address or has proved it is not; the table is bounded.
func TestPace(t *testing.T) {
	s := newSetup(t, func(c *Config) { c.RequestsPerSecond = 5 }, theJoe(), byPrefix("carrier", "192.0.2.0/24"))
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	options := []byte("OPTIONS sip:x SIP/2.0\r\n\r\n")
	passes := func(a netip.Addr, n int) (passed int) {
		for range n {
			if v, cause := s.Inspect(a, options); v == Pass {
				passed++
			} else if v != Drop || cause != CauseFlood {
				t.Fatalf("%v for %s", v, cause)
			}
		}
		return passed
	}
	if n := passes(stranger, 100); n != 10 {
		t.Errorf("%d in a burst, want twice the rate", n)
	}
	s.pass(time.Second)
	if n := passes(stranger, 100); n != 5 {
		t.Errorf("%d a second later, want 5", n)
	}
	if n := passes(carrier, 1000); n != 1000 {
		t.Errorf("%d of a peer that is named by address", n)
	}
	s.expect(t, "right", authorize(t, s.challenged(t, stranger, "MD5"), joe()), stranger, "")
	if n := passes(stranger, 1000); n != 1000 {
		t.Errorf("%d of one that has proved who it is", n)
	}
	s.pass(provedFor + time.Second)
	if n := passes(stranger, 100); n != 10 {
		t.Errorf("%d long after that", n)
	}
	for i := range maxPaces + 500 {
		s.Inspect(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), options)
	}
	for i := range 100 { // one source
		s.Inspect(netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i)), options)
	}
	if len(s.paces) > maxPaces || len(s.strangers) > maxStrangers {
		t.Errorf("%d and %d remembered", len(s.paces), len(s.strangers))
	}
	s.pass(3 * time.Second)
	if n := passes(netip.MustParseAddr("203.0.113.77"), 1); n != 1 {
		t.Error("when the flood is over a new source is still not heard")
	}
}

func TestCallsPerSecond(t *testing.T) {
	s := newSetup(t, func(c *Config) { c.CallsPerSecond = 2 })
	calls := func(p Peer, n int) (taken int) {
		for range n {
			if s.MayCall(p) {
				taken++
			}
		}
		return taken
	}
	if a, b := calls(Peer{Name: "a"}, 10), calls(Peer{Name: "b", CallsPerSecond: 4}, 10); a != 4 || b != 8 {
		t.Errorf("bursts of %d and %d, want 4 and 8", a, b)
	}
	s.pass(time.Second)
	if a, b := calls(Peer{Name: "a"}, 10), calls(Peer{Name: "b", CallsPerSecond: 4}, 10); a != 2 || b != 4 {
		t.Errorf("%d and %d a second later, want 2 and 4", a, b)
	}
}

func TestDestinations(t *testing.T) {
	p := Peer{Destinations: []string{"+49", "+4312"}}
	for number, want := range map[string]bool{"+493012345": true, "+4312000": true, "+4319000": false, "+8812345": false} {
		if p.MayBeDialled(number) != want {
			t.Error(number)
		}
	}
	if p.Destinations = nil; !p.MayBeDialled("+8812345") {
		t.Error("without rules all is dialled")
	}
}

// TestPaces: each has its own pace, who was not there for a while begins anew, and when
// there are too many nobody is held back for it.
func TestPaces(t *testing.T) {
	now := time.Now()
	p := NewPaces(2)
	taken := func(who string, at time.Time) (n int) {
		for range 10 {
			if p.Take(who, at) {
				n++
			}
		}
		return n
	}
	if a, b := taken("a", now), taken("b", now); a != 4 || b != 4 {
		t.Errorf("%d and %d in a burst", a, b)
	}
	if n := taken("a", now.Add(time.Second)); n != 2 {
		t.Errorf("%d in the next second", n)
	}
	for i := range maxPaces {
		p.Take(fmt.Sprint(i), now.Add(time.Second))
	}
	if len(p.buckets) > maxPaces {
		t.Errorf("%d are remembered", len(p.buckets))
	}
	if n := taken("who comes when it is full", now.Add(time.Second)); n != 10 {
		t.Errorf("%d taken", n)
	}
	if n := taken("who comes later", now.Add(time.Minute)); n != 4 {
		t.Errorf("%d taken when there is room again", n)
	}
}
