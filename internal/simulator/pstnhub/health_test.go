package pstnhub

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"tandem/internal/simulator/clock"
)

// TestHealth: idle until the SBC's first OPTIONS, then OPTIONS both ways; silent for three minutes it is not called (facts/direct-routing.md §5.2, §5.3).
func TestHealth(t *testing.T) {
	minutes := clock.New()
	t.Cleanup(minutes.Close)
	w := newWorld(t, func(c *Config) { c.Clock, c.Ping = minutes, time.Minute })
	if h := w.proxies.Health(trunkName); h != (Health{"unknown", "unknown", "unknown", ""}) {
		t.Errorf("before: %+v", h)
	}
	l := w.dial(0)
	contact := strings.Replace(options(trunkName), "Contact: <sip:"+trunkName+":5061", "Contact: <sip:"+trunkName+":"+port(w), 1)
	l.send(contact)
	l.expect("SIP/2.0 200 OK")
	in := w.opened()
	ping := in.expect("OPTIONS sip:" + trunkName + ":" + port(w) + ";transport=tls SIP/2.0")
	like(t, value(ping, "FROM"), "<sip:sip-du-a-eu.pstnhub.microsoft.com:NUM>;tag=GUID")
	like(t, value(ping, "CONTACT"), "<sip:sip-du-a-eu.pstnhub.microsoft.com:NUM>")
	if value(ping, "TO") != "<sip:"+trunkName+">" || value(ping, "ALLOW") != allow || value(ping, "MAX-FORWARDS") != "70" {
		t.Errorf("got\n%s", ping)
	}
	healthy := func(want Health) {
		t.Helper()
		w.until("health "+want.Ping, func() bool { return w.proxies.Health(trunkName) == want })
	}
	answer := func(in *line, ping, status, extra string) {
		in.send(strings.Replace(reinvited(ping, "", status), "Content-Length", extra+"Content-Length", 1))
	}
	const good = "Contact: <sip:" + trunkName + ":5061;transport=tls>\r\nAllow: INVITE,ACK,REFER\r\n"
	answer(in, ping, "200 OK", good)
	healthy(Health{"certExpiring", "ok", "active", ""})
	if !w.proxies.allows(trunkName, "REFER") || w.proxies.allows(trunkName, "UPDATE") {
		t.Error("its Allow is not known")
	}
	l.send(contact)
	l.expect("SIP/2.0 200 OK")
	if !w.proxies.allows(trunkName, "REFER") {
		t.Error("its Allow is forgotten with its next OPTIONS")
	}
	w.noViolations()

	// Each minute again; one without Contact is as good as none, and one that refuses is worse.
	minutes.Advance(time.Minute)
	answer(in, in.expect("OPTIONS "), "200 OK", "Allow: INVITE\r\n")
	healthy(Health{"certExpiring", "error", "inactive", "noRecentPings"})
	l.send(contact)
	l.expect("SIP/2.0 200 OK")
	minutes.Advance(time.Minute)
	answer(in, in.expect("OPTIONS "), "200 OK", good)
	healthy(Health{"certExpiring", "ok", "active", ""})
	if v := w.proxies.Violations(); v["options-contact"] != 1 || len(v) != 1 {
		t.Errorf("violations %v", v)
	}
	minutes.Advance(time.Minute)
	answer(in, in.expect("OPTIONS "), "503 Service Unavailable", good)
	healthy(Health{"certExpiring", "error", "inactive", "noRecentPings"})

	// Silent for three minutes: not called, and not asked either, until it begins again.
	minutes.Advance(time.Minute)
	healthy(Health{"certExpiring", "expired", "inactive", "noRecentPings"})
	var refused *Refused
	if _, err := w.proxies.Dial(t.Context(), w.outgoing()); !errors.As(err, &refused) || !refused.Failover() {
		t.Errorf("%v", err)
	}
	minutes.Advance(time.Minute)
	l.send(contact)
	l.expect("SIP/2.0 200 OK")
	answer(in, in.expect("OPTIONS "), "200 OK", good)
	healthy(Health{"certExpiring", "ok", "active", ""})
	result := w.dials(t.Context(), w.outgoing())
	w.called(in).answer(result)
}

// TestOptionsPort: our OPTIONS go where the trunk is registered to listen, whatever port its Contact names (facts/direct-routing.md §5.2, §20.1).
func TestOptionsPort(t *testing.T) {
	for registered, want := range map[int]int{5071: 5071, 0: 5061} {
		minutes := clock.New()
		t.Cleanup(minutes.Close)
		dialled := make(chan int, 1)
		w := newWorld(t, func(c *Config) {
			c.Clock, c.Ping = minutes, time.Minute
			c.TrunkPort = func(string) int { return registered }
			c.Dial = func(_ context.Context, _ netip.Addr, _ string, port int) (net.Conn, error) {
				dialled <- port
				return nil, errors.New("only the port matters")
			}
		})
		l := w.dial(0)
		l.send(options(trunkName))
		l.expect("SIP/2.0 200 OK")
		select {
		case port := <-dialled:
			if port != want {
				t.Errorf("registered with %d: dialled %d", registered, port)
			}
		case <-time.After(patience):
			t.Fatal("no OPTIONS")
		}
	}
}

// TestOptionsAreNeeded: some want to see OPTIONS go well both ways before the first call.
func TestOptionsAreNeeded(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.NeedOptions, c.Ping = true, time.Minute })
	var refused *Refused
	if _, err := w.proxies.Dial(t.Context(), w.outgoing()); !errors.As(err, &refused) || refused.Status != 504 {
		t.Errorf("%v", err)
	}
}

func port(w *world) string { return strconv.Itoa(w.port) }
