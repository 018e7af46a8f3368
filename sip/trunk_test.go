package sip

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// letsIn: certificates of the far listener (facts/direct-routing.md §4.4). The names are
// those of the certificate that is shown; none at all shows none.
func letsIn(ok bool, issue func(*rig) *tls.Certificate) func(*testing.T) {
	return func(t *testing.T) {
		r := newRig(t, nil)
		l, err := r.callIn(issue(r))
		if err == nil {
			_, err = io.WriteString(l.conn, strings.ReplaceAll(request("OPTIONS", "sip:"+trunkName, 1, "<sip:a@b>", "<sip:c@d>;tag=1", "x", "", ""), "\n", "\r\n"))
		}
		answered := false
		if err == nil {
			m := next(t, "answer or end", l.in)
			answered = strings.HasPrefix(m, "SIP/2.0 200")
		}
		if answered != ok {
			t.Errorf("answered %v: %v", answered, err)
		}
	}
}

// named is a certificate of the world's authority.
func named(names ...string) func(*rig) *tls.Certificate {
	return func(r *rig) *tls.Certificate {
		c, err := world().ca.Issue(names, nil)
		r.must(err)
		return &c
	}
}

func pingsOfATrunk(t *testing.T) {
	r, e, proxies := scripted(t, 2, func(c *Config) { c.Far.Ping = 30 * time.Millisecond; c.Timers.Request = time.Second })
	r.names.Set("sip2.pstnhub.microsoft.com", netip.MustParseAddr("127.0.0.1"))
	l := next(t, "connection", proxies[0].lines)
	for range 3 {
		ping := l.await("OPTIONS ")
		_, port, _ := net.SplitHostPort(proxies[0].listen.Addr().String())
		if uri := strings.Fields(ping)[1]; uri != "sip:sip.pstnhub.microsoft.com:"+port+";transport=tls" {
			t.Errorf("to %s", uri)
		}
		if want := fmt.Sprintf("<sip:%s:%d;transport=tls>", trunkName, e.Addrs().Far.Port()); field(ping, "Contact") != want || field(ping, "Allow") == "" {
			t.Errorf("got %s", ping)
		}
		l.respond(ping, "200 OK", "", "ALLOW: INVITE,ACK,OPTIONS,CANCEL,BYE,NOTIFY\n", "") // without a To tag, as Microsoft does
	}
	deadline := time.Now().Add(patience)
	for r.counted("tandem_sip_trunk_up", "1", trunkName) != 1 || r.counted("tandem_sip_trunk_up", "2", trunkName) != 0 {
		if time.Now().After(deadline) {
			t.Fatal("health is wrong")
		}
		l.respond(l.await("OPTIONS "), "200 OK", "", "", "")
	}
	e.Drain()
}

// connectionsAreRenewed: after an hour a new one is opened, and the old one left alone.
func connectionsAreRenewed(t *testing.T) {
	// Each OPTIONS finds the connection too old. It has its usual time: one that ran out in
	// the middle of a handshake would leave a connection without a request.
	_, _, proxies := scripted(t, 1, func(c *Config) { c.Far.Ping, c.Far.Renew = 20*time.Millisecond, time.Nanosecond })
	for range 3 {
		l := next(t, "connection", proxies[0].lines)
		l.respond(l.await("OPTIONS "), "200 OK", "", "", "")
	}
}
