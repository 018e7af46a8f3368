package sip

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/internal/call"
	"tandem/internal/simulator/mixer"
	"tandem/internal/simulator/pstnhub"
	"tandem/sip/siptest"
)

// agent speaks and listens in a conference at Microsoft.
type agent struct {
	mu    sync.Mutex
	heard []int16
	done  chan struct{} // closed when all is said
	later chan struct{} // closed when 300 ms more were heard after that
}

func joinAgent(t *testing.T, far *pstnhub.Leg, speech []int16) *agent {
	a := &agent{done: make(chan struct{}), later: make(chan struct{})}
	conf := mixer.New(discard)
	t.Cleanup(conf.Close)
	far.Attach(conf)
	after := 0
	port := conf.Join("agent", func(frame []int16) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.heard = append(a.heard, frame...)
		select {
		case <-a.done:
			if after++; after == 15 {
				close(a.later)
			}
		default:
		}
	})
	go func() {
		defer close(a.done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for frame := range slices.Chunk(speech, 160) {
			<-tick.C
			port.Write(frame)
		}
	}()
	return a
}

func matches(who string, sent, heard []int16) error {
	if m := audio.Compare(sent, heard, 8000); m.Correlation < 0.9 || m.LongestGap > 60*time.Millisecond {
		return fmt.Errorf("%s heard %+v", who, m)
	}
	return nil
}

// TestSpeechBothWays: what each says is what the other one hears. A machine that stalls for
// longer than 60 ms cannot be told from a relay that does, so there is a second and a third chance.
func TestSpeechBothWays(t *testing.T) {
	audio.TestShare(t)
	for name, codec := range map[string]siptest.Codec{"A-law": siptest.PCMA, "µ-law": siptest.PCMU} {
		t.Run(name, func(t *testing.T) {
			for chance := 1; ; chance++ {
				err := speech(t, codec)
				if err == nil {
					return
				}
				if chance == 3 {
					t.Fatal(err)
				}
				t.Log(err)
			}
		})
	}
}

func speech(t *testing.T, codec siptest.Codec) error {
	r := newRig(t, nil)
	customer, person := audio.CustomerSpeech(), audio.AgentSpeech()
	customer.Samples, person.Samples = customer.Samples[:3*8000], person.Samples[:3*8000]
	c, id, far, _, _ := r.up(siptest.CallOptions{Codec: codec})
	a := joinAgent(t, far, person.Samples)
	r.must(c.Say(customer))
	r.must(c.Spoken(r.ctx()))
	next(t, "end of the speech", a.later)
	a.mu.Lock()
	heard := slices.Clone(a.heard)
	a.mu.Unlock()
	err := errors.Join(matches("the agent", customer.Samples, heard), matches("the customer", person.Samples, c.Heard()))
	r.must(c.Hangup(r.ctx()))
	near := r.ended(call.Near)
	r.hangUp(id, call.Far, 0, 16, "over")
	remote := r.ended(call.Far)
	if near.Media.PacketsIn < 140 || near.Media.PacketsOut < 140 || remote.Media.PacketsIn < 140 || remote.Media.PacketsOut < 140 || near.Media.Lost != 0 {
		t.Errorf("near %+v far %+v", near.Media, remote.Media)
	}
	<-far.Ended()
	r.clean()
	return err
}

// TestEarlyAnswer: who is answered before anybody has come hears ringing from us, and
// Microsoft hears silence and not nothing.
func TestEarlyAnswer(t *testing.T) {
	audio.TestShare(t)
	r := newRig(t, nil)
	c, id, _ := r.call(siptest.CallOptions{})
	r.must(r.edge.Answer(r.ctx(), id))
	r.must(c.Answered(r.ctx()))
	r.dial(id)
	far := next(t, "leg", r.legs)
	r.must(far.Answer(r.ctx()))
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	deadline := time.Now().Add(patience)
	for loud(c.Heard()) < 8000/2 || far.Media().PacketsIn < 20 {
		if time.Now().After(deadline) {
			t.Fatalf("%d samples of tone, far %+v", loud(c.Heard()), far.Media())
		}
		<-look.C
	}
	r.must(r.edge.ConnectMedia(r.ctx(), id))
	r.must(c.Hangup(r.ctx()))
	r.ended(call.Near)
}

func loud(samples []int16) int {
	n := 0
	for _, s := range samples {
		if s > 500 || s < -500 {
			n++
		}
	}
	return n
}

// reinviteOfAPeer: refresh, hold and what cannot be are answered here.
func reinviteOfAPeer(t *testing.T) {
	r := newRig(t, fast)
	p := newRaw(t, r)
	p.invite(number, "hold", "", plainSDP)
	next(t, "offer", r.engine.offers)
	r.must(r.edge.Answer(r.ctx(), "call-1"))
	ok := p.await("SIP/2.0 200")
	p.inside("ACK", 2, ok, "")
	first := body(ok)
	cseq := 2
	reinvite := func(sdp string) (status int, response string) {
		t.Helper()
		cseq++
		kind := ""
		if sdp != "" {
			kind = "Content-Type: application/sdp\n"
		}
		target := strings.Trim(field(ok, "Contact"), "<>")
		p.send(fmt.Sprintf("INVITE %s SIP/2.0\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{n};rport\nMax-Forwards: 70\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %d INVITE\nContact: <sip:them@{here}>\n%sContent-Length: {length}\n\n%s",
			target, field(ok, "From"), field(ok, "To"), field(ok, "Call-ID"), cseq, kind, sdp))
		for {
			if status, response = p.final(); strings.HasPrefix(field(response, "CSeq"), fmt.Sprint(cseq)) {
				return status, response
			}
		}
	}
	ack := func() { p.inside("ACK", cseq, ok, "") }

	status, response := reinvite(plainSDP)
	if status != 200 || body(response) != first {
		t.Errorf("refresh: %s", response)
	}
	ack()
	if status, response = reinvite(""); status != 200 || body(response) != first {
		t.Errorf("refresh without offer: %s", response)
	}
	ack()
	if status, response = reinvite(plainSDP + "a=sendonly\n"); status != 200 || !strings.Contains(response, "a=recvonly") || !strings.Contains(response, " 2 IN IP4") {
		t.Errorf("hold: %s", response)
	}
	ack()
	if status, response = reinvite(plainSDP + "a=inactive\n"); status != 200 || !strings.Contains(response, "a=inactive") {
		t.Errorf("hold: %s", response)
	}
	if status, response = reinvite(plainSDP); status != 200 { // it shows that the 200 has come
		t.Errorf("before the ACK of the last one: %s", response)
	}
	ack()
	if status, response = reinvite(strings.ReplaceAll(strings.ReplaceAll(plainSDP, "AVP 8", "AVP 9"), "8 PCMA", "9 G722")); status != 488 {
		t.Errorf("another codec: %s", response)
	}
	if status, response = reinvite(plainSDP); status != 200 || !strings.Contains(response, "a=sendrecv") {
		t.Errorf("the call does not go on: %s", response)
	}
	bye := p.await("BYE ") // nobody sends this ACK
	p.reply(bye, "200 OK")
	if end := r.ended(call.Near); end.Q850 != 102 || end.By != call.ByTandem {
		t.Errorf("%+v", end)
	}
}

// requestsInsideTheDialog that are not understood leave it alone.
func requestsInsideTheDialog(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	p.invite(number, "odd", "", plainSDP)
	next(t, "offer", r.engine.offers)
	r.must(r.edge.Ring(r.ctx(), "call-1"))
	ringing := p.await("SIP/2.0 180")
	p.inside("OPTIONS", 3, ringing, "")
	if status, m := p.final(); status != 200 {
		t.Errorf("OPTIONS: %s", m)
	}
	r.must(r.edge.Answer(r.ctx(), "call-1"))
	ok := p.await("SIP/2.0 200")
	p.inside("ACK", 2, ok, "")
	for cseq, method := range []string{6: "PUBLISH", 8: "MESSAGE"} {
		if method == "" {
			continue
		}
		p.inside(method, cseq, ok, "")
		for {
			status, m := p.final()
			if !strings.Contains(field(m, "CSeq"), method) {
				continue
			}
			if status != 405 || field(m, "Allow") == "" {
				t.Errorf("%s: %s", method, m)
			}
			break
		}
	}
	stranger := strings.Replace(ok, "tag=them-odd", "tag=somebody", 1)
	p.inside("BYE", 9, stranger, "")
	if status, m := p.final(); status != 481 {
		t.Errorf("BYE with another tag: %s", m)
	}
	p.inside("BYE", 1, ok, "")
	if status, m := p.final(); status != 500 {
		t.Errorf("BYE out of order: %s", m)
	}
	p.inside("BYE", 10, ok, "Reason: Q.850;cause=17;text=\"busy, really\"\n")
	if status, m := p.final(); status != 200 {
		t.Errorf("BYE: %s", m)
	}
	if end := r.ended(call.Near); end.By != call.ByCaller || end.Q850 != 17 || end.Text != "busy, really" {
		t.Errorf("%+v", end)
	}
}

func body(message string) string {
	_, b, _ := strings.Cut(message, "\r\n\r\n")
	return b
}
