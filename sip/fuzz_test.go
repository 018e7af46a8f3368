package sip

import (
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/tenant"
	"tandem/sip/dialog"
	"tandem/sip/guard"
	"tandem/sip/party"
	"tandem/sip/sdp"
	"tandem/sip/wire"
)

// FuzzNearMessage takes any bytes through all that happens to a request before the engine
// is asked: nothing may panic, and what passes may be relied on.
func FuzzNearMessage(f *testing.F) {
	good := invitation(number, "{n}", 1, "", plainSDP)
	for _, m := range []string{
		good,
		strings.Replace(good, "Contact:", "P-Asserted-Identity: \"x\" <sip:+4930123@a;b>, <tel:+4930124>\nPrivacy: none\nm:", 1),
		strings.Replace(good, "Max-Forwards: 70", "Require: a,b\nMax-Forwards: 0", 1),
		strings.Replace(good, "Via:", "Record-Route: <sip:a;lr>, <sip:b;lr>\nv:", 1),
		"OPTIONS sip:x SIP/3.0\nVia: x\n\n", "SIP/2.0 200 OK\nCSeq: 1 INVITE\n\n", "\r\n\r\n", "INVITE \x00 SIP/2.0\n\n",
	} {
		f.Add([]byte(strings.ReplaceAll(strings.NewReplacer("{here}", "127.0.0.1:5060", "{n}", "1", "{length}", "150").Replace(m), "\n", "\r\n")))
	}
	for _, c := range tortures() {
		f.Add([]byte(strings.ReplaceAll(strings.NewReplacer("{here}", "127.0.0.1:5060", "{n}", "1", "{length}", "150").Replace(c.message), "\n", "\r\n")))
	}
	parser := sipmsg.NewParser(sipmsg.WithHeadersParsers(wire.HeaderParsers()))
	f.Fuzz(func(t *testing.T, data []byte) {
		if answer := wire.Flaw(data); answer != "" && !strings.HasPrefix(answer, "4") {
			t.Fatalf("flaw %q", answer)
		}
		m, err := parser.ParseSIP(data)
		if err != nil {
			return
		}
		r, ok := m.(*sipmsg.Request)
		if !ok {
			return
		}
		r.SetTransport("UDP")
		r.SetSource("127.0.0.1:5060")
		refusal := guard.Check(r, nearMethods(), false)
		if refusal != nil {
			if refusal.Status < 400 || refusal.Cause == "" {
				t.Fatalf("%+v", refusal)
			}
			_ = dialog.NewResponse(r, refusal.Status, refusal.Reason, nil, refusal.Headers...).String()
			return
		}
		if r.From() == nil || r.To() == nil || r.CallID() == nil || r.CSeq() == nil || r.Via() == nil {
			t.Fatal("a mandatory header is missing")
		}
		if c := party.Caller(r, guard.Peer{}); c != "anonymous" {
			if _, err := tenant.ParseE164(c); err != nil {
				t.Fatalf("caller %q", c)
			}
		}
		_, _, _ = party.Called(r.Recipient), custom(r), dialog.ParseReason(r)
		if !r.IsInvite() {
			return
		}
		r.To().Params.Add("tag", "ours")
		d, err := dialog.Answering(r, "ours", "<sip:edge>")
		if err != nil {
			return
		}
		if _, err := dialog.Decode(dialog.Remainder{State: dialog.Offered, Dialog: d}.Encode()); err != nil {
			t.Fatal(err)
		}
		if bye, err := d.Request(sipmsg.BYE, "edge:5060"); err == nil {
			_ = bye.String()
		}
		if offer, err := sdp.Parse(r.Body()); err == nil {
			_, _, _ = sdp.Answer(offer, sdp.Local{Address: offer.Audio.Address, Port: 2, Direction: sdp.SendRecv}, sdp.Near(sdp.SecureAllowed, sdp.PCMA))
		}
		_ = dialog.NewResponse(r, 200, "OK", nil).String()
	})
}

// FuzzReplaces: what is read names a dialog.
func FuzzReplaces(f *testing.F) {
	for _, v := range []string{"a@b;to-tag=1;from-tag=2", "a;from-tag=2;to-tag=1;early-only", "a", ";to-tag=1;from-tag=2", "a;to-tag;from-tag=", "a;to-tag=1;from-tag=2, b;to-tag=1;from-tag=2"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, value string) {
		m := sipmsg.NewRequest(sipmsg.INVITE, sipmsg.Uri{Scheme: "sip", Host: "x"})
		m.AppendHeader(sipmsg.NewHeader("Replaces", value))
		if r, ok, err := parseReplaces(m); !ok || err == nil && (r.callID == "" || r.toTag == "" || r.fromTag == "") {
			t.Fatalf("%+v %v", r, err)
		}
	})
}

// FuzzInfo: what is read is a key, and a duration that a header field can have.
func FuzzInfo(f *testing.F) {
	for _, v := range []string{"Signal=5\r\nDuration=160\r\n", "signal= *\nduration = 0", "Signal=10", "Signal=16", "Duration=100", "Signal=", "Signal=5\nDuration=99999999", "\n=\n"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, body string) {
		key, lasts, ok := parseRelay(body)
		if ok && (key > 15 || lasts < 0 || lasts > 65536*time.Millisecond) {
			t.Fatalf("%d %v", key, lasts)
		}
		if key, ok := parseKey(body); ok && key > 15 {
			t.Fatal(key)
		}
	})
}

// FuzzSessionExpires: what is read is a whole number of seconds and a known refresher.
func FuzzSessionExpires(f *testing.F) {
	for _, v := range []string{"1800", "1800;refresher=uac", " 90 ; REFRESHER = UAS;x", "0", "-1", "4294967296", ";;", "90;refresher=proxy"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, value string) {
		r := sipmsg.NewRequest(sipmsg.INVITE, sipmsg.Uri{Scheme: "sip", Host: "x"})
		r.AppendHeader(sipmsg.NewHeader("Session-Expires", value))
		r.AppendHeader(sipmsg.NewHeader("Min-SE", value))
		interval, refresher, err := sessionExpires(r)
		if err == nil && (interval < time.Second || interval%time.Second != 0 || refresher != "" && refresher != "uac" && refresher != "uas") {
			t.Fatalf("%v %q", interval, refresher)
		}
		if least := minSE(r); least < 0 {
			t.Fatalf("%v", least)
		}
	})
}

// FuzzRefer: whatever a REFER says, what is dialled is a plain name, and one header.
func FuzzRefer(f *testing.F) {
	for _, seed := range []string{"<sip:+4930111@peer.test>", "<sip:1@h?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>", "<tel:+4930111>", "<sip:1@h;method=INVITE>", "sip:%2b1@h?a=b&Replaces=%0d%0a", "<sip:h?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>"} {
		f.Add(seed, "false")
	}
	f.Fuzz(func(t *testing.T, to, sub string) {
		r := sipmsg.NewRequest(sipmsg.REFER, sipmsg.Uri{Scheme: "sip", Host: "h"})
		r.AppendHeader(sipmsg.NewHeader("Refer-To", to))
		r.AppendHeader(sipmsg.NewHeader("Refer-Sub", sub))
		got, err := parseRefer(r)
		if err == nil && (got.number == "" && got.replaces == "" || strings.Trim(got.number, plainUser) != "" || strings.ContainsAny(got.replaces, "\r\n")) {
			t.Errorf("%q: %+v", to, got)
		}
	})
}
