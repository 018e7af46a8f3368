package pstnhub

import (
	"bufio"
	"crypto/x509"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pion/rtp"

	"tandem/internal/simulator/mixer"
)

func FuzzOffer(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, _ := readPair(f, file)
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		o, refused := checkOffer(body)
		if refused != nil {
			if refused.status != 410 && refused.status != 488 {
				t.Errorf("status %d", refused.status)
			}
			return
		}
		if _, err := contextOf(o.key); err != nil {
			t.Errorf("took a key that cannot be used: %v", err)
		}
		a := answer{session: 1, address: "127.0.0.1", port: 2, rtcp: 3, key: o.key}
		if _, streams, err := splitSDP(a.text(o)); err != nil || len(streams) != len(o.rejected)+1 {
			t.Errorf("answer with %d streams, %v:\n%s", len(streams), err, a.text(o))
		}
	})
}

// FuzzReceiver feeds decrypted RTP of any kind through decoding and placing. Two packets of equal kind follow each other, far apart or near.
func FuzzReceiver(f *testing.F) {
	f.Add(uint8(9), uint32(0), uint32(160), []byte("some audio"), true)
	f.Add(uint8(8), uint32(1<<32-1), uint32(3), []byte{1}, true)
	f.Add(uint8(0), uint32(7), uint32(1<<31), []byte{}, false)
	f.Add(uint8(101), uint32(7), uint32(1<<31), []byte{1, 2, 3, 4}, false)
	f.Fuzz(func(t *testing.T, payloadType uint8, timestamp, step uint32, payload []byte, wide bool) {
		conf := mixer.New(nil)
		defer conf.Close()
		m := &media{codecs: []codec{{8, "PCMA"}, {0, "PCMU"}, {9, "G722"}}, event: 101, wide: wide, party: conf.JoinWide("leg", nil)}
		for i := range uint32(4) {
			key := m.heard.packet(m, &rtp.Packet{Header: rtp.Header{PayloadType: payloadType, SequenceNumber: uint16(i), Timestamp: timestamp + i*step, SSRC: 1 + i/3}, Payload: payload})
			if key != 0 && (payloadType != 101 || strings.IndexByte(keys, key) < 0) {
				t.Errorf("key %q of type %d", key, payloadType)
			}
		}
		if n := len(m.heard.pending); n >= mixer.WideSamples || n >= mixer.FrameSamples && !wide {
			t.Errorf("%d samples are kept back", n)
		}
	})
}

// FuzzInvite feeds whatever an SBC may send through reading, checking and answering.
func FuzzInvite(f *testing.F) {
	w := &world{port: 5061}
	good := w.newCall(nil)
	invite := good.request("INVITE", "i", good.offer)
	f.Add(invite)
	f.Add("\r\n\r\n" + options(trunkName))
	f.Add(strings.Replace(invite, "Content-Length", "Record-Route: <sip:"+trunkName+";lr>\r\nReplaces: a;to-tag=b\r\nRequire: 100rel, x\r\nUser-To-User: 00\r\nX-MS-Custom-a: b\r\nContent-Length", 1))
	f.Add(strings.Replace(invite, "From: <", "f: \"x\\\" <\" <", 1))
	f.Add(okTo(invite))
	p := &Proxies{
		config: Config{Resource: func(fqdn string) (string, bool) { return "r", fqdn == trunkName }},
		all:    []*proxy{{site: sites[0], address: netip.MustParseAddrPort("127.0.0.1:5061")}},
	}
	leaf := &x509.Certificate{DNSNames: []string{trunkName, "*.other.test"}}
	f.Fuzz(func(t *testing.T, raw string) {
		r := bufio.NewReader(strings.NewReader(raw))
		for {
			m, err := readMessage(r, func(bool) {})
			if err != nil {
				return
			}
			if m.status != 0 {
				continue
			}
			refused := checkRequest(m)
			var in *invitation
			if refused == nil {
				in, refused = (&conn{p: p, leaf: leaf}).admit(m)
			}
			answer := response{status: 200, toTag: "t"}
			if refused != nil {
				answer = response{status: refused.status, toTag: "t", reason: reasonHeader(refused.cause, "g", refused.phrase), extra: refused.extra}
			} else if in.called == "" || in.caller == "" || in.fqdn != trunkName || in.offer == nil || len(in.custom) > 6 {
				t.Errorf("admitted %+v", in)
			}
			back, err := readMessage(bufio.NewReader(strings.NewReader(string(p.format(p.all[0], m, answer)))), func(bool) {})
			if err != nil || back.status != answer.status || back.get("call-id") != m.get("call-id") {
				t.Errorf("answer cannot be read: %v, %+v", err, back)
			}
		}
	})
}
