package sip

import (
	"strings"
	"testing"
	"time"

	"tandem/sip/guard"
)

// signsOfLife: OPTIONS to a peer that asks for them; how it answers is a metric, and who
// does not answer is dialled last.
func signsOfLife(t *testing.T) {
	r := newRig(t, func(c *Config) { fast(c); c.Timers.Request = 100 * time.Millisecond })
	first, second := newRaw(t, r), newRaw(t, r)
	r.service("udp", first.port(), second.port())
	r.carrier(func(p *guard.Peer) { p.DialTo, p.Ping = "sip:carrier.test", 50*time.Millisecond })
	const up = "tandem_sip_peer_up"

	ping := second.await("OPTIONS ")
	if uri := strings.Fields(ping)[1]; uri != "sip:carrier.test" || field(ping, "Allow") == "" || field(ping, "Contact") == "" || field(ping, "Max-Forwards") != "70" {
		t.Errorf("got %s", ping)
	}
	for second.reply(ping, "403 Forbidden"); r.counted(up, "peer-joe") != 1; second.reply(ping, "403 Forbidden") { // is alive all the same
		ping = second.await("OPTIONS ") // the answer may have come too late
	}
	if r.counted("tandem_sip_peer_since_timestamp_seconds", "peer-joe") == 0 || r.counted("tandem_sip_peer_latency_seconds", "peer-joe") <= 0 {
		t.Error("no since, or no latency")
	}

	result := r.dialled(r.ctx(), nil) // the first has never answered
	second.replies(second.await("INVITE "), 486, "", "")
	refusedWith(t, result, 486)

	eventually(t, func() bool { return r.counted(up, "peer-joe") == 0 }) // nobody answers any more
	// The first comes to life.
	eventually(t, func() bool {
		if m := first.receive(50 * time.Millisecond); strings.HasPrefix(m, "OPTIONS ") {
			first.reply(m, "200 OK")
		}
		return r.counted(up, "peer-joe") == 1
	})

	r.carrier(nil) // it wants none any more
	eventually(t, func() bool { return !r.has(up) })
}
