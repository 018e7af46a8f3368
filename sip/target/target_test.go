package target

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/net/dns/dnsmessage"
	"pgregory.net/rapid"

	"tandem/internal/simulator/dns"
	"tandem/sip/dialog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a name server and a set that asks it, with a clock.
type world struct {
	names *dns.Server
	set   *Set
	clock time.Time
}

func newWorld(t *testing.T, ttl time.Duration) *world {
	t.Helper()
	names, err := dns.New(dns.Config{Listen: "127.0.0.1:0", Zones: []string{"carrier.test"}, TTL: ttl})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = names.Close() })
	w := &world{names: names, clock: time.Unix(1000, 0)}
	w.set = New(names.Resolver(), func() time.Time { return w.clock })
	names.Set("a.carrier.test", netip.MustParseAddr("192.0.2.1"))
	names.Set("b.carrier.test", netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("2001:db8::2"))
	names.Set("carrier.test", netip.MustParseAddr("192.0.2.9"))
	return w
}

func (w *world) find(t *testing.T, uri string) []string {
	t.Helper()
	hops, err := w.set.Find(t.Context(), uri)
	if err != nil {
		return []string{err.Error()}
	}
	var all []string
	for _, h := range hops {
		all = append(all, h.Transport+" "+h.String())
	}
	return all
}

// TestFind: RFC 3263 §4.1 and §4.2.
func TestFind(t *testing.T) {
	w := newWorld(t, time.Minute)
	w.names.SetSRV("_sip._udp.carrier.test", net.SRV{Target: "b.carrier.test", Port: 5070, Priority: 20}, net.SRV{Target: "a.carrier.test", Port: 5060, Priority: 10}, net.SRV{Target: "gone.carrier.test", Port: 1, Priority: 5})
	w.names.SetSRV("_sip._tcp.carrier.test", net.SRV{Target: "a.carrier.test", Port: 5080})
	w.names.SetSRV("_sips._tcp.carrier.test", net.SRV{Target: "a.carrier.test", Port: 5061})
	w.names.SetSRV("_sip._udp.b.carrier.test", net.SRV{Target: ".", Port: 5061})
	for uri, want := range map[string][]string{
		"sip:192.0.2.7":                      {"UDP 192.0.2.7:5060"},
		"sip:[2001:db8::7]:5080":             {"UDP [2001:db8::7]:5080"},
		"sip:192.0.2.7;transport=tls":        {"TLS 192.0.2.7:5061"},
		"sip:carrier.test:5090":              {"UDP 192.0.2.9:5090"},
		"sip:carrier.test":                   {"UDP 192.0.2.1:5060", "UDP 192.0.2.2:5070", "UDP [2001:db8::2]:5070", "TCP 192.0.2.1:5080"},
		"sip:carrier.test;transport=udp":     {"UDP 192.0.2.1:5060", "UDP 192.0.2.2:5070", "UDP [2001:db8::2]:5070"},
		"sip:carrier.test;transport=tcp":     {"TCP 192.0.2.1:5080"},
		"sip:carrier.test;transport=tls":     {"TLS a.carrier.test:5061"},
		"sips:carrier.test":                  {"TLS a.carrier.test:5061"},
		"sip:b.carrier.test":                 {"UDP 192.0.2.2:5060", "UDP [2001:db8::2]:5060"},
		"sip:a.carrier.test;transport=tcp":   {"TCP 192.0.2.1:5060"},
		"sip:gone.carrier.test":              {"target: the name has no address: gone.carrier.test"},
		"sip:a.carrier.test:1;transport=tls": {"TLS a.carrier.test:1"},
	} {
		if got := w.find(t, uri); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", uri, got, want)
		}
	}
	if d := w.set.Domain("A.carrier.test"); d != "carrier.test" {
		t.Errorf("the certificate is for %s", d)
	}
	if d := w.set.Domain("other.test"); d != "other.test" {
		t.Errorf("the certificate is for %s", d)
	}
	w.names.Fail("b.carrier.test")
	w.set.known = map[string]answer{}
	if _, err := w.set.Find(t.Context(), "sip:b.carrier.test:1"); err == nil {
		t.Error("a failing name server is not noticed")
	}
	if _, err := w.set.Find(t.Context(), "tel:1"); err == nil {
		t.Error("a telephone has no target")
	}
}

// TestKept: an answer counts as long as its server says, and longer while that fails.
func TestKept(t *testing.T) {
	w := newWorld(t, 10*time.Second)
	const uri = "sip:a.carrier.test:5060"
	is := func(want string) {
		t.Helper()
		if got := w.find(t, uri); !slices.Equal(got, []string{"UDP " + want + ":5060"}) {
			t.Errorf("%q, want %s", got, want)
		}
	}
	is("192.0.2.1")
	w.names.Set("a.carrier.test", netip.MustParseAddr("192.0.2.3"))
	w.clock = w.clock.Add(9 * time.Second)
	is("192.0.2.1")
	w.clock = w.clock.Add(2 * time.Second)
	is("192.0.2.3")
	w.names.Fail("a.carrier.test")
	w.clock = w.clock.Add(time.Hour)
	is("192.0.2.3")
}

// TestAvoid: who failed is tried last until the time is over, or he answers.
func TestAvoid(t *testing.T) {
	w := newWorld(t, 0)
	w.names.SetSRV("_sip._udp.carrier.test", net.SRV{Target: "a.carrier.test", Port: 1, Priority: 1}, net.SRV{Target: "b.carrier.test", Port: 2, Priority: 2})
	first := func(want string) {
		t.Helper()
		if got := w.find(t, "sip:carrier.test;transport=udp"); len(got) != 3 || got[0] != "UDP "+want {
			t.Errorf("%q, want %s first", got, want)
		}
	}
	a := dialog.Hop{Host: "192.0.2.1", Port: 1, Transport: "UDP"}
	first("192.0.2.1:1")
	w.set.Avoid(a, 10*time.Second)
	w.set.Avoid(a, time.Second) // does not shorten it
	w.clock = w.clock.Add(9 * time.Second)
	first("192.0.2.2:2")
	w.clock = w.clock.Add(2 * time.Second)
	first("192.0.2.1:1")
	w.set.Avoid(a, time.Minute)
	w.set.Answers(a)
	first("192.0.2.1:1")
}

// TestDraw: priorities are kept, nobody is lost, and weights are chances.
func TestDraw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var records []*net.SRV
		for i := range rapid.IntRange(0, 8).Draw(t, "n") {
			records = append(records, &net.SRV{Port: uint16(i), Priority: uint16(rapid.IntRange(0, 2).Draw(t, "p")), Weight: uint16(rapid.IntRange(0, 65535).Draw(t, "w"))})
		}
		got := draw(records)
		seen := map[*net.SRV]bool{}
		for i, r := range got {
			seen[r] = true
			if i > 0 && got[i-1].Priority > r.Priority {
				t.Fatal("priorities out of order")
			}
		}
		if len(seen) != len(records) {
			t.Fatal("one is lost")
		}
	})
	heavy := 0
	for range 1000 {
		if draw([]*net.SRV{{Weight: 10, Port: 1}, {Weight: 90, Port: 2}})[0].Port == 2 {
			heavy++
		}
	}
	if heavy < 750 || heavy > 999 { // 89 % of 1000, thirty times what chance moves it
		t.Errorf("%d of 1000", heavy)
	}
}

// TestGivenUp: who no longer waits does not get an answer.
func TestGivenUp(t *testing.T) {
	w := newWorld(t, 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if hops, err := w.set.Find(ctx, "sip:a.carrier.test:5060"); err == nil {
		t.Errorf("%v", hops)
	}
}

// TestRemember: a resolver that remembers asks again when the TTL is over and not before,
// also of what there is not; and what has none is not kept.
func TestRemember(t *testing.T) {
	w := newWorld(t, time.Minute)
	asked := 0
	base := w.names.Resolver()
	r := Remember(&net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		asked++
		return base.Dial(ctx, network, address)
	}}, func() time.Time { return w.clock })
	find := func(network string) string {
		t.Helper()
		found, err := r.LookupNetIP(t.Context(), network, "a.carrier.test")
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		return found[0].Unmap().String()
	}
	if got := find("ip4"); got != "192.0.2.1" || asked != 1 {
		t.Fatalf("%s after %d questions", got, asked)
	}
	w.names.Set("a.carrier.test", netip.MustParseAddr("192.0.2.7"))
	w.clock = w.clock.Add(59 * time.Second)
	if got := find("ip4"); got != "192.0.2.1" || asked != 1 {
		t.Errorf("within the TTL: %s after %d questions", got, asked)
	}
	w.clock = w.clock.Add(2 * time.Second)
	if got := find("ip4"); got != "192.0.2.7" || asked != 2 {
		t.Errorf("after the TTL: %s after %d questions", got, asked)
	}
	for range 2 { // that there is none lasts as well
		before := asked
		if _, err := r.LookupNetIP(t.Context(), "ip6", "a.carrier.test"); err == nil || asked-before > 1 {
			t.Errorf("an address that there is not: %v after %d questions", err, asked-before)
		}
	}
	if asked != 3 {
		t.Errorf("%d questions", asked)
	}
	for range 2 { // of a failure nothing is kept
		w.names.Fail("b.carrier.test")
		before := asked
		if _, err := r.LookupNetIP(t.Context(), "ip4", "b.carrier.test"); err == nil || asked == before {
			t.Errorf("a failure: %v after %d questions", err, asked-before)
		}
	}
}

// TestLasts: how long a reply is kept by its records.
func TestLasts(t *testing.T) {
	name := dnsmessage.MustNewName("a.carrier.test.")
	head := func(kind dnsmessage.Type, ttl uint32) dnsmessage.ResourceHeader {
		return dnsmessage.ResourceHeader{Name: name, Type: kind, Class: dnsmessage.ClassINET, TTL: ttl}
	}
	a := func(ttl uint32) dnsmessage.Resource {
		return dnsmessage.Resource{Header: head(dnsmessage.TypeA, ttl), Body: &dnsmessage.AResource{A: [4]byte{192, 0, 2, 1}}}
	}
	soa := dnsmessage.Resource{Header: head(dnsmessage.TypeSOA, 300), Body: &dnsmessage.SOAResource{NS: name, MBox: name, MinTTL: 20}}
	ns := dnsmessage.Resource{Header: head(dnsmessage.TypeNS, 5), Body: &dnsmessage.NSResource{NS: name}}
	for what, c := range map[string]struct {
		m    dnsmessage.Message
		want time.Duration
	}{
		"the least":       {dnsmessage.Message{Header: dnsmessage.Header{Response: true}, Answers: []dnsmessage.Resource{a(60), a(10), a(30)}}, 10 * time.Second},
		"none":            {dnsmessage.Message{Header: dnsmessage.Header{Response: true}, Answers: []dnsmessage.Resource{a(60), a(0)}}, 0},
		"nothing there":   {dnsmessage.Message{Header: dnsmessage.Header{Response: true}, Authorities: []dnsmessage.Resource{ns, soa}}, 20 * time.Second},
		"nothing said":    {dnsmessage.Message{Header: dnsmessage.Header{Response: true}}, 0},
		"truncated":       {dnsmessage.Message{Header: dnsmessage.Header{Response: true, Truncated: true}, Answers: []dnsmessage.Resource{a(60)}}, 0},
		"a failure":       {dnsmessage.Message{Header: dnsmessage.Header{Response: true, RCode: dnsmessage.RCodeServerFailure}, Answers: []dnsmessage.Resource{a(60)}}, 0},
		"a query":         {dnsmessage.Message{Answers: []dnsmessage.Resource{a(60)}}, 0},
		"no such a name":  {dnsmessage.Message{Header: dnsmessage.Header{Response: true, RCode: dnsmessage.RCodeNameError}, Authorities: []dnsmessage.Resource{soa}}, 0},
		"no SOA for long": {dnsmessage.Message{Header: dnsmessage.Header{Response: true}, Authorities: []dnsmessage.Resource{ns}}, 0},
	} {
		packet, err := c.m.Pack()
		if err != nil {
			t.Fatal(err)
		}
		if got := lasts(packet); got != c.want {
			t.Errorf("%s: %v, not %v", what, got, c.want)
		}
	}
	if got := lasts([]byte{1, 2, 3}); got != 0 {
		t.Errorf("nonsense: %v", got)
	}
}
