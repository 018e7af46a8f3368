package pstnhub

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"tandem/internal/simulator/clock"
)

// reinvited answers a request of ours in the dialog as an SBC does.
func reinvited(m, sdp, status string) string {
	var t strings.Builder
	t.WriteString("SIP/2.0 " + status + "\r\n")
	for _, name := range []string{"VIA", "FROM", "TO", "CALL-ID", "CSEQ"} {
		t.WriteString(name + ": " + value(m, name) + "\r\n")
	}
	if sdp != "" {
		t.WriteString("Contact: <sip:" + trunkName + ":5061;transport=tls>\r\nContent-Type: application/sdp\r\n")
	}
	t.WriteString("Content-Length: " + strconv.Itoa(len(sdp)) + "\r\n\r\n" + sdp)
	return t.String()
}

// reinvites runs one in the background.
func reinvites(t *testing.T, l *Leg, c Change) chan error {
	result := make(chan error, 1)
	go func() { result <- l.Reinvite(t.Context(), c) }()
	return result
}

func got(t *testing.T, ch chan error) error {
	t.Helper()
	select {
	case err := <-ch:
		return err
	case <-time.After(patience):
		t.Fatal("no end of the re-INVITE")
		return nil
	}
}

func TestReinviteOfMicrosoft(t *testing.T) {
	w := newWorld(t, nil)
	b, leg := w.connected(nil)

	// A refresh says the same, letter by letter.
	result := reinvites(t, leg, Change{})
	m := b.line.expect("INVITE sip:+442079460011@" + trunkName)
	if body(m) != body(b.invite) || value(m, "SESSION-EXPIRES") != "3600" || value(m, "MIN-SE") != "300" || value(m, "CSEQ") != "2 INVITE" || value(m, "TO") != value(b.invite, "TO")+";tag=sbc1" {
		t.Errorf("got\n%s", m)
	}
	b.line.send(reinvited(m, b.sdp, "200 OK"))
	ack := b.line.expect("ACK ")
	if value(ack, "CSEQ") != "2 ACK" {
		t.Errorf("got\n%s", ack)
	}
	if err := got(t, result); err != nil {
		t.Error(err)
	}
	b.line.send(reinvited(m, b.sdp, "200 OK")) // our ACK was lost
	b.line.expect("ACK ")

	// Hold and its end have a version of their own.
	for i, direction := range []string{"inactive", "sendrecv"} {
		result = reinvites(t, leg, Change{Direction: direction})
		m = b.line.expect("INVITE ")
		if !strings.Contains(body(m), "a="+direction+"\r\n") || strings.Fields(value(strings.ReplaceAll(body(m), "o=", "o: "), "o"))[2] != strconv.Itoa(i+1) {
			t.Errorf("got\n%s", m)
		}
		b.line.send(reinvited(m, strings.Replace(b.sdp, "sendrecv", direction, 1), "200 OK"))
		b.line.expect("ACK ")
		if err := got(t, result); err != nil || leg.OnHold() != (direction == "inactive") {
			t.Errorf("%s: %v, on hold %v", direction, err, leg.OnHold())
		}
	}
	w.noViolations()

	// Another key is one that was never seen.
	result = reinvites(t, leg, Change{Rekey: true})
	m = b.line.expect("INVITE ")
	key := func(sdp string) string { return sdp[strings.Index(sdp, "inline:"):strings.Index(sdp, "|2^31")] }
	if key(body(m)) == key(body(b.invite)) {
		t.Error("the same key")
	}
	b.line.send(reinvited(m, b.sdp, "200 OK"))
	b.line.expect("ACK ")
	if err := got(t, result); err != nil {
		t.Error(err)
	}
	w.noViolations()

	// An answer that changes its mind is counted.
	result = reinvites(t, leg, Change{})
	m = b.line.expect("INVITE ")
	b.line.send(reinvited(m, strings.Replace(strings.Replace(b.sdp, "audio 40000", "audio 40002", 1), testKey, "BAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd", 1), "200 OK"))
	b.line.expect("ACK ")
	_ = got(t, result)
	// A refusal leaves the call as it was.
	result = reinvites(t, leg, Change{})
	b.line.send(reinvited(b.line.expect("INVITE "), "", "488 Not Acceptable Here"))
	b.line.expect("ACK ")
	var refused *Refused
	if err := got(t, result); !errors.As(err, &refused) || refused.Status != 488 {
		t.Errorf("%v", err)
	}
	// What is no answer is acknowledged.
	result = reinvites(t, leg, Change{})
	b.line.send(reinvited(b.line.expect("INVITE "), strings.Replace(b.sdp, "crypto:1", "crypto:9", 1), "200 OK"))
	b.line.expect("ACK ")
	if err := got(t, result); err == nil {
		t.Error("taken")
	}
	if v := w.proxies.Violations(); v["retarget"] != 1 || v["answer-changed"] != 1 || v["answer-sdp"] != 1 || len(v) != 3 {
		t.Errorf("violations %v", v)
	}
	leg.Bye(16, "x")
	b.ends(t, leg)
	if err := leg.Reinvite(t.Context(), Change{}); !errors.Is(err, ErrEnded) {
		t.Errorf("%v", err)
	}
}

// TestReinviteOfACallIn: the SBC's own offer was answered; now it is asked with that answer.
func TestReinviteOfACallIn(t *testing.T) {
	w := newWorld(t, nil)
	c, leg := w.up(w.dial(0))
	result := reinvites(t, leg, Change{})
	in := w.opened()
	m := in.expect("INVITE ")
	if value(m, "CSEQ") != "1 INVITE" || !strings.Contains(body(m), "a=crypto:1 ") {
		t.Errorf("got\n%s", m)
	}
	in.send(reinvited(m, c.offer, "200 OK"))
	in.expect("ACK ")
	if err := got(t, result); err != nil {
		t.Error(err)
	}
	leg.Bye(16, "x")
	if bye := in.expect("BYE "); value(bye, "CSEQ") != "2 BYE" {
		t.Errorf("got\n%s", bye)
	}
	w.noViolations()
}

// TestReinviteAfterTheirs: what the SBC offered since is what our next offer says, with its crypto tag.
func TestReinviteAfterTheirs(t *testing.T) {
	w := newWorld(t, nil)
	b, leg := w.connected(nil)
	offer := strings.Replace(b.sdp, "crypto:1", "crypto:2", 1)
	c := b.caller(w.dial(0))
	c.line.send(c.again("INVITE", offer))
	if m := c.line.expect("SIP/2.0 200 OK"); !strings.Contains(body(m), "a=crypto:2 ") {
		t.Errorf("got\n%s", m)
	}
	c.line.send(c.request("ACK", "a", ""))
	result := reinvites(t, leg, Change{})
	m := b.line.expect("INVITE ")
	b.line.send(reinvited(m, offer, "200 OK"))
	b.line.expect("ACK ")
	if err := got(t, result); err != nil {
		t.Error(err)
	}
	w.noViolations()
}

// TestReinviteGivenUp: the SBC's 200 comes after that, and is acknowledged each time (RFC 3261 §13.2.2.4).
func TestReinviteGivenUp(t *testing.T) {
	w := newWorld(t, nil)
	b, leg := w.connected(nil)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- leg.Reinvite(ctx, Change{}) }()
	m := b.line.expect("INVITE ")
	cancel()
	if err := got(t, result); err == nil {
		t.Error("no error")
	}
	for range 2 {
		b.line.send(reinvited(m, b.sdp, "200 OK"))
		if ack := b.line.expect("ACK "); value(ack, "CSEQ") != "2 ACK" {
			t.Errorf("got\n%s", ack)
		}
	}
	result = reinvites(t, leg, Change{})
	b.line.send(reinvited(b.line.expect("INVITE "), b.sdp, "200 OK"))
	if ack := b.line.expect("ACK "); value(ack, "CSEQ") != "3 ACK" {
		t.Errorf("got\n%s", ack)
	}
	if err := got(t, result); err != nil {
		t.Error(err)
	}
	w.noViolations()
}

// TestGlare: both ask at once, both get 491, and Microsoft asks again.
func TestGlare(t *testing.T) {
	w := newWorld(t, fast)
	if err := w.proxies.SetFault(FaultGlare, "on"); err != nil {
		t.Fatal(err)
	}
	l := w.dial(0)
	c, leg := w.up(l)
	l.send(c.again("INVITE", c.offer))
	l.expect("SIP/2.0 491 ")
	in := w.opened()
	in.send(reinvited(in.expect("INVITE "), "", "491 Request Pending"))
	in.expect("ACK ")
	m := in.expect("INVITE ")
	if value(m, "CSEQ") != "2 INVITE" {
		t.Errorf("got\n%s", m)
	}
	in.send(reinvited(m, c.offer, "200 OK"))
	in.expect("ACK ")
	l.send(c.again("INVITE", c.offer)) // once a leg
	l.expect("SIP/2.0 200 OK")
	leg.Bye(16, "x")
	w.noViolations()
}

// TestGlareLost: ours comes to nothing, and those of the SBC are taken again (RFC 3261 §14.2).
func TestGlareLost(t *testing.T) {
	w := newWorld(t, nil)
	if err := w.proxies.SetFault(FaultGlare, "on"); err != nil {
		t.Fatal(err)
	}
	l := w.dial(0)
	c, _ := w.up(l)
	l.send(c.again("INVITE", c.offer))
	l.expect("SIP/2.0 491 ")
	in := w.opened()
	in.expect("INVITE ")
	_ = in.conn.Close()
	w.until("200", func() bool {
		l.send(c.again("INVITE", c.offer))
		return strings.HasPrefix(l.next(), "SIP/2.0 200 OK")
	})
	l.send(c.request("ACK", "a", ""))
	w.noViolations()
}

// TestSessionTimer: the clock is pushed, and the session refreshed, again and again.
func TestSessionTimer(t *testing.T) {
	hours := clock.New()
	t.Cleanup(hours.Close)
	w := newWorld(t, func(c *Config) { c.Clock = hours })
	b, leg := w.connected(nil)
	w.until("session timer", func() bool { leg.mu.Lock(); defer leg.mu.Unlock(); return leg.timer != nil })
	for range 2 {
		leg.mu.Lock()
		timer := leg.timer
		leg.mu.Unlock()
		hours.Advance(sessionExpires / 2 * time.Second)
		m := b.line.expect("INVITE ")
		if body(m) != body(b.invite) {
			t.Errorf("got\n%s", m)
		}
		b.line.send(reinvited(m, b.sdp, "200 OK"))
		b.line.expect("ACK ")
		w.until("next timer", func() bool { leg.mu.Lock(); defer leg.mu.Unlock(); return leg.timer != timer })
	}
	w.noViolations()
}

// TestReinvitesByFault: while a call is up, as often as is asked for, each on a connection of its own.
func TestReinvitesByFault(t *testing.T) {
	w := newWorld(t, nil)
	for knob, value := range map[string]string{FaultRefresh: "20ms", FaultNewConnection: "on"} {
		if err := w.proxies.SetFault(knob, value); err != nil {
			t.Fatal(err)
		}
	}
	b := func() *callee {
		result := w.dials(t.Context(), w.outgoing())
		b := w.called(w.opened())
		b.line.send(b.ok())
		w.opened().expect("ACK ")
		if _, err := w.result(result); err != nil {
			t.Fatal(err)
		}
		return b
	}()
	for range 2 {
		in := w.opened()
		m := in.expect("INVITE ")
		if body(m) != body(b.invite) {
			t.Errorf("got\n%s", m)
		}
		in.send(reinvited(m, b.sdp, "200 OK"))
		in.expect("ACK ")
	}
	w.noViolations()
}

// TestSourceAddresses: each proxy calls from its own address.
func TestSourceAddresses(t *testing.T) {
	var seen []string
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 3 {
			nc, err := listener.Accept()
			if err != nil {
				return
			}
			seen = append(seen, nc.RemoteAddr().(*net.TCPAddr).IP.String())
			_ = nc.Close() // no handshake
		}
	}()
	w := newWorld(t, func(c *Config) {
		c.Listen = []string{"127.0.0.2:0", "127.0.0.3:0", "127.0.0.4:0"}
		c.Dial = nil
		c.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return nil, errors.New("no name server")
		}}
		c.Resource = func(string) (string, bool) { return "r", true }
	})
	c := w.outgoing()
	c.Trunk, c.Port = "127.0.0.1", listener.Addr().(*net.TCPAddr).Port
	if _, err := w.proxies.Dial(t.Context(), c); err == nil {
		t.Error("answered")
	}
	<-done
	if strings.Join(seen, " ") != "127.0.0.2 127.0.0.3 127.0.0.4" {
		t.Errorf("from %v", seen)
	}
}
