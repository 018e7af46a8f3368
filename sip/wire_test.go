package sip

import (
	"fmt"
	"strings"
	"testing"

	"tandem/internal/call"
	"tandem/sip/guard"
)

// farInvite has a peer send an INVITE with these header lines, and gives what arrives at
// Microsoft, on the wire.
func farInvite(t *testing.T, change func(*Config), peer func(*guard.Peer), invite func(string) string) (r *rig, near *raw, far *line, sent string) {
	t.Helper()
	r, _, proxies := scripted(t, 1, change)
	if peer != nil {
		g := digestPeer("joe")
		peer(&g)
		r.peers.set(g)
		r.must(r.edge.RefreshPeers(r.ctx()))
	}
	near = newRaw(t, r)
	near.send(invite(invitation(number, "wire", 1, "", plainSDP)))
	status, challenge := near.final()
	if status != 401 {
		t.Fatalf("not challenged: %s", challenge)
	}
	near.send(invite(invitation(number, "wire", 2, authorization(t, challenge, "SHA-256", secret, 1), plainSDP)))
	o := next(t, "offer", r.engine.offers)
	f := farCall()
	f.Caller = o.Caller
	r.must(r.edge.Dial(r.ctx(), next(t, "id", r.engine.taken), f))
	far = next(t, "connection", proxies[0].lines)
	return r, near, far, far.await("INVITE ")
}

// withHeaders puts header lines into an INVITE.
func withHeaders(lines string) func(string) string {
	return func(m string) string { return swap(m, "Content-Type", lines+"Content-Type") }
}

// nearInvite has Microsoft call out with these header lines, and gives what arrives at the peer.
func nearInvite(t *testing.T, change func(*Config), peer func(*guard.Peer), lines string) (r *rig, near *raw, far *line, sent string) {
	t.Helper()
	r, _, _ = scripted(t, 1, change)
	near = newRaw(t, r)
	r.carrier(func(g *guard.Peer) {
		g.DialTo = "sip:" + near.conn.LocalAddr().String()
		if peer != nil {
			peer(g)
		}
	})
	far, err := r.callIn(ptr(world().microsoft))
	r.must(err)
	from := fmt.Sprintf("\"Contoso\" <sip:%s@sip.pstnhub.microsoft.com:5061;user=phone>;tag=ms", number)
	far.write(request("INVITE", "sip:"+abroad+"@"+trunkName+":5061;user=phone;transport=tls", 1, "<sip:"+abroad+"@"+trunkName+":5061;user=phone>", from, "out", "X-MS-Custom-Tandem: token-1\n"+lines+"CONTENT-TYPE: application/sdp\n", farSDP))
	o := next(t, "call out", r.engine.outs)
	r.must(r.edge.DialOut(r.ctx(), "call-out", call.DialOut{Side: outSide, Peer: "peer-joe", Number: o.Number, Caller: o.Caller}))
	sent = near.await("INVITE ")
	t.Cleanup(func() { near.reply(sent, "486 Busy Here") }) // else the edge waits for it when it closes
	return r, near, far, sent
}

// looped: a peer that sends us what we sent it is told so, before anything is done for it.
func looped(t *testing.T) {
	r, p, far, invite := nearInvite(t, nil, nil, "")
	back := invitation(number, "back", 1, "", plainSDP)
	p.send(swap(back, "Max-Forwards", "Via: "+field(invite, "Via")+"\nMax-Forwards"))
	if status, response := p.final(); status != 482 {
		t.Errorf("got %s", response)
	}
	if n := r.counted("tandem_sip_refused_total", string(causeLoop), "near"); n != 1 {
		t.Errorf("%v counted", n)
	}
	// Another's branch at the same address is no loop.
	p.send(swap(swap(back, "Max-Forwards", "Via: "+strings.Replace(field(invite, "Via"), "z9hG4bK", "z9hG4bKother", 1)+"\nMax-Forwards"), "back", "other"))
	if status, response := p.final(); status != 401 {
		t.Errorf("got %s", response)
	}
	p.reply(invite, "486 Busy Here")
	far.await("SIP/2.0 486")
	r.ended(outSide)
	r.edge.mu.Lock()
	defer r.edge.mu.Unlock()
	if len(r.edge.branches) != 0 {
		t.Errorf("%d branches kept", len(r.edge.branches))
	}
}

// oneHopLess: a loop through several back-to-back user agents ends.
func oneHopLess(t *testing.T) {
	_, _, _, invite := farInvite(t, nil, nil, func(m string) string { return swap(m, "Max-Forwards: 70", "Max-Forwards: 7") })
	if got := field(invite, "Max-Forwards"); got != "6" {
		t.Errorf("towards Microsoft: %s", got)
	}
	_, _, _, invite = nearInvite(t, nil, nil, "")
	if got := field(invite, "Max-Forwards"); got != "69" {
		t.Errorf("towards the peer: %s", got)
	}
}
