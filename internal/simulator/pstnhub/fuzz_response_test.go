package pstnhub

import (
	"bufio"
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// mute is a connection that takes everything and says nothing.
type mute struct{ net.Conn }

func (mute) Write(p []byte) (int, error)      { return len(p), nil }
func (mute) SetWriteDeadline(time.Time) error { return nil }

// FuzzResponse feeds whatever an SBC may answer to our INVITE through reading and handling. Dial must have exactly one result at the end.
func FuzzResponse(f *testing.F) {
	pr := &proxy{site: sites[0], address: netip.MustParseAddrPort("127.0.0.1:5061")}
	b := &callee{w: &world{port: 5061}, sdp: offerText(40000), tag: "sbc1"}
	b.invite = "VIA: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bK1\r\nFROM: <sip:+4930123456@sip.pstnhub.microsoft.com:5061;user=phone>;tag=t\r\n" +
		"TO: <sip:+442079460011@" + trunkName + ":5061;user=phone>\r\nCALL-ID: c\r\nCSEQ: 1 INVITE\r\n"
	b.contact = "Contact: <sip:+442079460011@" + trunkName + ":5061;transport=tls>\r\n"
	b.routes = "Record-Route: <sip:sip-du-a-eu.pstnhub.microsoft.com:5061;transport=tls;lr>\r\n"
	f.Add(b.response(100, "", "") + b.response(183, b.sdp, "") + b.response(180, "", "Require: 100rel\r\n") + b.ok() + b.ok())
	f.Add(b.response(180, "", "") + b.response(486, "", "Reason: Q.850;cause=17\r\n"))
	f.Add(b.response(200, b.sdp, "Session-Expires: 1800;refresher=uas\r\nRequire: timer\r\n"))
	f.Add(strings.Replace(b.ok(), "RTP/SAVP", "RTP/AVP", 1))
	f.Add(strings.Replace(b.ok(), "CSEQ: 1 INVITE", "CSEQ: 1 CANCEL", 1))
	f.Fuzz(func(t *testing.T, raw string) {
		p := &Proxies{
			config: Config{T1: time.Microsecond, Dial: func(context.Context, netip.Addr, string, int) (net.Conn, error) { return nil, errors.New("nobody") }},
			log:    slog.New(slog.DiscardHandler), conns: map[net.Conn]struct{}{}, dialogs: map[dialogID]*Leg{}, awaited: map[string]*awaited{},
			peers: map[string]*peer{}, violations: map[string]int{},
		}
		p.ctx, p.cancel = context.WithCancel(t.Context())
		l := p.newLeg(pr, &invitation{trunk: trunk{fqdn: trunkName, port: 5061}, called: "+442079460011", caller: "+4930123456", callID: "c"}, "c/d/8")
		l.tag = "t"
		l.dialog = dialog{callID: "c", localTag: "t", cseq: 1, remoteCSeq: -1, hop: l.in.trunk, local: value(b.invite, "FROM")}
		l.media = &media{leg: l, done: make(chan struct{}), event: -1}
		var err error
		if l.media.rtp, err = net.ListenUDP("udp4", nil); err != nil {
			t.Skip(err)
		}
		if l.media.rtcp, err = net.ListenUDP("udp4", nil); err != nil {
			t.Skip(err)
		}
		if err := l.media.prepare(nil); err != nil {
			t.Fatal(err)
		}
		o := &outgoing{
			leg: l, branch: "z9hG4bK1", conn: &conn{Conn: mute{}, p: p, proxy: pr, leaf: &x509.Certificate{DNSNames: []string{trunkName}}, ours: true},
			news: make(chan int, 64), settled: make(chan struct{}), final: make(chan struct{}), target: "sip:x", to: value(b.invite, "TO"), answered: map[string]*ack{},
		}
		p.await(o.branch, &awaited{conn: o.conn, got: o.response, lost: func() { o.lost(o.conn) }})
		r := bufio.NewReader(strings.NewReader(raw))
		for {
			m, err := readMessage(r, func(bool) {})
			if err != nil {
				break
			}
			if m.status != 0 {
				o.response(m)
			}
		}
		l.mu.Lock()
		if l.state == confirmed && (l.dialog.remoteTag == "" || l.dialog.target == "" || l.dialog.hop.fqdn != trunkName || len(l.media.codecs) == 0 || !l.media.signalled.IsValid()) {
			t.Errorf("answered with dialog %+v", l.dialog)
		}
		l.mu.Unlock()
		p.lostOurs(o.conn)
		select {
		case <-o.settled: // the 200 cannot be acknowledged, or the connection was lost
		case <-time.After(patience):
			t.Error("no result")
		}
		if o.err == nil {
			t.Error("answered without an ACK")
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		l.finish(ending{by: "sbc"})
	})
}
