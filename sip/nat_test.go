package sip

import (
	"net"
	"strings"
	"testing"

	"tandem/internal/call"
)

// responsesToTheSource: where responses go, and what they say about it.
func responsesToTheSource(t *testing.T) {
	r := newRig(t, nil)
	for name, c := range map[string]struct {
		via string // in the request
		has []string
	}{
		"rport":                        {"192.0.2.1:5070;branch=z9hG4bK{n};rport", []string{"received=127.0.0.1", "rport={port}"}},
		"rport where it is not needed": {"{here};branch=z9hG4bK{n};rport", []string{"received=127.0.0.1", "rport={port}"}},
		"another address, this port":   {"192.0.2.1:{port};branch=z9hG4bK{n}", []string{"received=127.0.0.1"}},
		"a name":                       {"peer.test:{port};branch=z9hG4bK{n}", []string{"received=127.0.0.1"}},
		"a received of its own":        {"192.0.2.1:{port};received=192.0.2.9;branch=z9hG4bK{n}", []string{"received=127.0.0.1"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newRaw(t, r)
			_, port, err := net.SplitHostPort(p.conn.LocalAddr().String())
			r.must(err)
			for _, message := range []string{goodOptions, goodInvite} {
				p.send(swap(message, "{here};branch=z9hG4bK{n};rport", strings.ReplaceAll(c.via, "{port}", port)))
				_, response := p.final()
				for _, want := range c.has {
					if want = strings.ReplaceAll(want, "{port}", port); !strings.Contains(field(response, "Via")+";", ";"+want+";") {
						t.Errorf("no %s in %s", want, response)
					}
				}
				if strings.Contains(response, "192.0.2.9") {
					t.Errorf("believes the sender: %s", response)
				}
			}
		})
	}
	t.Run("the source itself needs none", func(t *testing.T) {
		p := newRaw(t, r)
		p.send(swap(goodOptions, ";rport", ""))
		if _, response := p.final(); strings.Contains(field(response, "Via"), "received") {
			t.Errorf("got %s", response)
		}
	})
}

// behindNAT: the Contact of a peer names an address of its own network; what we
// ask in the dialog goes to where its packets came from last.
func behindNAT(t *testing.T) {
	r := newRig(t, nil)
	const contact = "<sip:them@10.11.12.13:5060>"
	p := newRaw(t, r)
	private := func(message string) string { return swap(message, "<sip:them@{here}>", contact) }
	p.send(private(invitation(number, "nat", 1, "", plainSDP)))
	status, challenge := p.final()
	if status != 401 {
		t.Fatalf("got %s", challenge)
	}
	p.send(private(invitation(number, "nat", 2, authorization(t, challenge, "SHA-256", secret, 1), plainSDP)))
	next(t, "offer", r.engine.offers)
	r.must(r.edge.Answer(r.ctx(), "call-1"))
	ok := p.await("SIP/2.0 200")
	// The NAT forgets the binding and makes another one, from which the ACK comes.
	moved := newRaw(t, r)
	moved.inside("ACK", 2, ok, "")
	moved.inside("OPTIONS", 3, ok, "")
	moved.await("SIP/2.0 200")
	r.hangUp("call-1", call.Near, 0, 16, "over")
	bye := moved.await("BYE ")
	if uri := strings.Fields(bye)[1]; uri != "sip:them@10.11.12.13:5060" {
		t.Errorf("BYE to %s", uri)
	}
	moved.reply(bye, "200 OK")
	if end := r.ended(call.Near); end.By != call.ByTandem {
		t.Errorf("%+v", end)
	}
}
