package sip

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/sip/guard"
)

// refusal is an INVITE and what it has to be answered with.
type refusal struct {
	body   string
	err    error // of the engine
	status int
	reason string
	extra  string
}

func refusedOffers(cases map[string]refusal) func(*testing.T) {
	return func(t *testing.T) {
		r := newRig(t, nil)
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				r.engine.answers(func(bridge.Offer) error { return c.err })
				p := newRaw(t, r)
				p.invite(number, t.Name(), "", c.body)
				status, response := p.final()
				if status != c.status || field(response, "Reason") != c.reason {
					t.Errorf("got %s", response)
				}
				if name, value, _ := strings.Cut(c.extra, ": "); c.extra != "" && field(response, name) != value {
					t.Errorf("got %s", response)
				}
				if c.reason == "" && field(response, "Warning") == "" {
					t.Errorf("no warning in %s", response)
				}
			})
		}
	}
}

var unserved = map[string]refusal{
	"broken SDP":      {"v=0\nnonsense\n", nil, 400, "", ""},
	"no common codec": {strings.ReplaceAll(strings.ReplaceAll(plainSDP, "AVP 8", "AVP 18"), "8 PCMA/8000", "18 G729/8000"), nil, 488, "", ""},
	"SRTP":            {strings.ReplaceAll(plainSDP, "RTP/AVP", "RTP/SAVP"), nil, 488, "", ""},
	"video only":      {strings.ReplaceAll(plainSDP, "m=audio", "m=video"), nil, 488, "", ""},
	"a fax":           {strings.ReplaceAll(plainSDP, "audio 40000 RTP/AVP 8 101", "image 40000 udptl t38"), nil, 488, "", ""},
}

var unwantedByTheEngine = map[string]refusal{
	"unknown number":   {plainSDP, errNotFound, 404, `Q.850;cause=1;text="number_unknown"`, ""},
	"used token":       {plainSDP, fault.Forbidden("token_used", "used"), 403, `Q.850;cause=21;text="token_used"`, ""},
	"journal away":     {plainSDP, fault.Unavailable("database_away", "away"), 503, `Q.850;cause=41;text="database_away"`, ""},
	"limit":            {plainSDP, fault.Exhausted("too_many_calls", "limit"), 503, `Q.850;cause=42;text="too_many_calls"`, "Retry-After: 5"},
	"dialog known":     {plainSDP, fault.Conflict("dialog_known", "known"), 482, `Q.850;cause=25;text="dialog_known"`, ""},
	"invalid":          {plainSDP, fault.Invalid("e164_invalid", "no"), 400, `Q.850;cause=111;text="e164_invalid"`, ""},
	"gone":             {plainSDP, fault.Gone("tenant_gone", "no"), 410, `Q.850;cause=22;text="tenant_gone"`, ""},
	"a defect of ours": {plainSDP, fmt.Errorf("oops"), 500, `Q.850;cause=41;text="internal"`, ""},
}

func digestAuthentication(t *testing.T) {
	r := newRig(t, func(c *Config) { c.BanAfter = 3; c.NonceLife = time.Minute })
	r.engine.answers(func(bridge.Offer) error { return errNotFound }) // 404 is: authenticated
	p := newRaw(t, r)
	challenge := func(callID string) string {
		p.send(invitation(number, callID, 1, "", plainSDP))
		status, response := p.final()
		if status != 401 || strings.Count(response, "WWW-Authenticate:") != 2 {
			t.Fatalf("got %s", response)
		}
		return response
	}
	try := func(name, callID, authorization string, want int, stale bool) {
		t.Helper()
		p.send(invitation(number, callID, 2, authorization, plainSDP))
		if status, response := p.final(); status != want || strings.Contains(response, "stale=true") != stale {
			t.Errorf("%s: %s", name, response)
		}
	}
	first := challenge("a")
	good := authorization(t, first, "SHA-256", secret, 1)
	try("SHA-256", "a", good, 404, false)
	try("the same again", "b", good, 401, true)
	try("the next count", "c", authorization(t, first, "SHA-256", secret, 2), 404, false)
	try("MD5", "d", authorization(t, challenge("d"), "MD5", secret, 1), 404, false)
	try("forged nonce", "e", strings.Replace(good, `nonce="`, `nonce="AAAA`, 1), 401, false)
	other := rawFrom(t, r, "127.0.0.2")
	other.send(invitation(number, "f", 2, authorization(t, first, "SHA-256", secret, 3), plainSDP))
	if status, response := other.final(); status != 401 {
		t.Errorf("nonce of another address: %s", response)
	}
	for i := range 3 {
		id := fmt.Sprint("wrong", i)
		try("wrong password", id, authorization(t, challenge(id), "MD5", "wrong", 1), 403, false)
	}
	try("banned", "g", authorization(t, first, "SHA-256", secret, 4), 403, false)
	if n := r.counted("tandem_sip_refused_total", "banned", "near"); n != 1 {
		t.Errorf("%v banned", n)
	}
	other.invite(number, "h", "", plainSDP)
	if status, response := other.final(); status != 404 {
		t.Errorf("another address is banned as well: %s", response)
	}
}

// TestStrangers: a source that no peer may use gets one answer, or none, and costs nothing.
func strangers(t *testing.T) {
	only := func(prefix string) guard.Peer {
		p := digestPeer("joe")
		p.Addresses = []netip.Prefix{netip.MustParsePrefix(prefix)}
		return p
	}
	for name, silent := range map[string]bool{"403 once": false, "silence": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(c *Config) { c.SilentToStrangers = silent })
			r.peers.set(only("127.0.0.1/32"))
			r.must(r.edge.RefreshPeers(r.ctx()))
			stranger, friend := rawFrom(t, r, "127.0.0.9"), newRaw(t, r)
			got := 0
			for range 5 {
				stranger.send(invitation(number, "x", 1, "", plainSDP))
			}
			friend.send(invitation(number, "y", 1, "", plainSDP)) // behind them in the queue
			if status, response := friend.final(); status != 401 {
				t.Fatalf("friend: %s", response)
			}
			for {
				m := stranger.receive(50 * time.Millisecond)
				if m == "" {
					break
				}
				if !strings.HasPrefix(m, "SIP/2.0 403") {
					t.Errorf("got %s", m)
				}
				got++
			}
			if want := map[bool]int{false: 1, true: 0}[silent]; got != want {
				t.Errorf("%d answers", got)
			}
			if n := r.counted("tandem_sip_refused_total", "stranger", "near"); n != 5 {
				t.Errorf("%v counted", n)
			}
			// TCP: hung up on.
			conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP("127.0.0.9")}}).DialContext(r.ctx(), "tcp", r.edge.Addrs().TCP.String())
			r.must(err)
			defer func() { _ = conn.Close() }()
			r.must(conn.SetReadDeadline(time.Now().Add(patience)))
			if _, err := conn.Read(make([]byte, 1)); err == nil || strings.Contains(err.Error(), "timeout") {
				t.Errorf("connection stays: %v", err)
			}
		})
	}
	t.Run("loopback is nobody by address", func(t *testing.T) {
		r := newRig(t, nil)
		r.peers.set(guard.Peer{Name: "lan", Addresses: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
		r.must(r.edge.RefreshPeers(r.ctx()))
		p := newRaw(t, r)
		p.send(invitation(number, "x", 1, "", plainSDP))
		if status, response := p.final(); status != 403 {
			t.Errorf("got %s", response)
		}
	})
}

func secondInviteOfACall(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	sent := p.invite(number, "twice", "", plainSDP)
	next(t, "offer", r.engine.offers)
	p.await("SIP/2.0 100")
	p.write(sent) // a retransmission: the same transaction, answered with what was said last
	if m := p.receive(patience); !strings.HasPrefix(m, "SIP/2.0 100") {
		t.Errorf("retransmission: %s", m)
	}
	second := newRaw(t, r)
	second.invite(number, "twice", "", plainSDP)
	if status, response := second.final(); status != 482 {
		t.Errorf("merged request: %s", response)
	}
	select {
	case o := <-r.engine.offers:
		t.Errorf("offered twice: %+v", o)
	default:
	}
	// What its retransmission ends: the CANCEL of the first.
	p.write(strings.NewReplacer("INVITE sip:", "CANCEL sip:", "CSeq: 2 INVITE", "CSeq: 2 CANCEL").Replace(headersOnly(sent)))
	if m := p.await("SIP/2.0 487"); !strings.Contains(field(m, "CSeq"), "INVITE") {
		t.Errorf("got %s", m)
	}
	if end := r.ended(call.Near); end.By != call.ByCaller || end.Status != 487 {
		t.Errorf("%+v", end)
	}
}

// headersOnly cuts the body off a message.
func headersOnly(message string) string {
	head, _, _ := strings.Cut(message, "\r\n\r\n")
	var lines []string
	for l := range strings.SplitSeq(head, "\r\n") {
		if !strings.HasPrefix(l, "Content-") && !strings.HasPrefix(l, "Authorization") {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\r\n") + "\r\nContent-Length: 0\r\n\r\n"
}

func peerLimitAndDraining(t *testing.T) {
	r := newRig(t, nil)
	limited := digestPeer("joe")
	limited.MaxCalls = 1
	r.peers.set(limited)
	r.must(r.edge.RefreshPeers(r.ctx()))
	p := newRaw(t, r)
	p.invite(number, "one", "", plainSDP)
	next(t, "offer", r.engine.offers)
	q := newRaw(t, r)
	q.invite(number, "two", "", plainSDP)
	if status, response := q.final(); status != 503 || !strings.Contains(field(response, "Reason"), "peer_limit") {
		t.Errorf("got %s", response)
	}
	r.edge.Drain()
	q.send(invitation(number, "three", 1, "", plainSDP))
	if status, response := q.final(); status != 503 || field(response, "Retry-After") == "" {
		t.Errorf("draining: %s", response)
	}
	r.hangUp("call-1", call.Near, 480, 31, "test") // what there is goes on, and ends as ever
	if status, response := p.final(); status != 480 || field(response, "Reason") != `Q.850;cause=31;text="test"` {
		t.Errorf("got %s", response)
	}
	r.ended(call.Near)
}
