package sip

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/internal/call"
	"tandem/internal/simulator/pstnhub"
	"tandem/sip/capture"
	"tandem/sip/media"
	"tandem/sip/siptest"
	"tandem/sip/wire"
)

// wiretap listens to connections of the simulator's, and cuts what passes into messages by itself.
type wiretap struct {
	mu       sync.Mutex
	received []byte // by the simulator: what we sent
	sent     []byte
}

type tapped struct {
	net.Conn
	t *wiretap
}

func (c tapped) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.t.mu.Lock()
	defer c.t.mu.Unlock()
	c.t.received = append(c.t.received, b[:n]...)
	return n, err
}

func (c tapped) Write(b []byte) (int, error) {
	c.t.mu.Lock()
	c.t.sent = append(c.t.sent, b...)
	c.t.mu.Unlock()
	return c.Conn.Write(b)
}

// messagesOf are those of a dialog, as they went by.
func messagesOf(stream []byte, callID string) (all []string) {
	for len(stream) > 0 {
		stream = bytes.TrimLeft(stream, "\r\n")
		head, rest, ok := strings.Cut(string(stream), "\r\n\r\n")
		if !ok {
			break
		}
		length := 0
		for _, c := range field(head+"\r\n", "Content-Length") {
			length = 10*length + int(c-'0')
		}
		if field(head+"\r\n", "Call-ID") == callID {
			all = append(all, head+"\r\n\r\n"+rest[:length])
		}
		stream = stream[len(head)+4+length:]
	}
	return all
}

// kept are the messages of a trace in one direction.
func kept(t call.Trace, sent bool) (all []string) {
	for _, m := range t.Messages {
		if m.Sent == sent {
			all = append(all, m.Text)
		}
	}
	return all
}

// redacted is what may be kept of messages.
func redacted(all []string) []string {
	var clean []string
	for _, m := range all {
		clean = append(clean, capture.Redact(m))
	}
	return clean
}

// first are the first lines.
func first(all []string) (lines []string) {
	for _, m := range all {
		line, _, _ := strings.Cut(m, "\r\n")
		lines = append(lines, line)
	}
	return lines
}

// recorder has what is handed over.
type recorder struct{ traces chan call.Trace }

func (k recorder) of(call.ID) func(call.Trace) { return func(t call.Trace) { k.traces <- t } }

// TestRecords: what is kept of both dialogs of a call is what went over the wire, message for message, as the other ends have it. So it is with what the
// stack does by itself: the ACK of a refusal, the answers to a CANCEL, and what is repeated.
func TestRecords(t *testing.T) {
	t.Parallel()
	for name, talk := range map[string]func(r *rig, p *raw, invite string) []string{
		"answered, hung up twice": func(r *rig, p *raw, invite string) []string {
			id := next(r.t, "id", r.engine.taken)
			r.must(r.edge.Ring(r.ctx(), id))
			r.dial(id)
			r.must(next(r.t, "leg at Microsoft", r.legs).Answer(r.ctx()))
			event[call.LegAnswered](r)
			r.must(r.edge.Answer(r.ctx(), id))
			status, ok := p.final()
			if status != 200 {
				r.t.Fatalf("%s", ok)
			}
			p.inside("ACK", 2, ok, "")
			event[call.LegAnswered](r)
			bye := p.inside("BYE", 3, ok, "")
			p.final()
			p.write(bye)
			p.await("SIP/2.0 200")
			r.ended(call.Near)
			r.hangUp(id, call.Far, 0, 16, "")
			r.ended(call.Far)
			return []string{"BYE again", "200 again"}
		},
		"cancelled": func(r *rig, p *raw, invite string) []string {
			id := next(r.t, "id", r.engine.taken)
			r.dial(id)
			next(r.t, "leg at Microsoft", r.legs)
			cancel := strings.NewReplacer("INVITE sip:", "CANCEL sip:", "CSeq: 2 INVITE", "CSeq: 2 CANCEL").Replace(headersOnly(invite))
			p.write(cancel)
			for range 2 {
				if status, response := p.final(); status == 487 {
					p.write(strings.NewReplacer("INVITE sip:", "ACK sip:", "CSeq: 2 INVITE", "CSeq: 2 ACK", "To: "+field(invite, "To"), "To: "+field(response, "To")).Replace(headersOnly(invite)))
				}
			}
			r.ended(call.Near)
			r.hangUp(id, call.Far, 0, 16, "")
			r.ended(call.Far)
			return nil
		},
		"refused": func(r *rig, p *raw, invite string) []string {
			id := next(r.t, "id", r.engine.taken)
			r.dial(id)
			next(r.t, "leg at Microsoft", r.legs).Reject(486, 17, "Busy Here")
			r.ended(call.Far)
			r.hangUp(id, call.Near, 486, 17, "busy")
			status, response := p.final()
			if status != 486 {
				r.t.Fatalf("%s", response)
			}
			p.write(strings.NewReplacer("INVITE sip:", "ACK sip:", "CSeq: 2 INVITE", "CSeq: 2 ACK", "To: "+field(invite, "To"), "To: "+field(response, "To")).Replace(headersOnly(invite)))
			r.ended(call.Near)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listening, k := &wiretap{}, recorder{make(chan call.Trace, 8)}
			r := newRigWith(t, func(c *Config) { c.Trace = k.of }, func(c *pstnhub.Config) {
				c.Tap = func(c net.Conn) net.Conn { return tapped{c, listening} }
			})
			p := newRaw(t, r)
			invite := p.invite(number, notToken.ReplaceAllString(name, "-"), "", plainSDP)
			again := talk(r, p, invite)
			traces := map[call.Side]call.Trace{}
			for range 2 {
				one := next(t, "trace", k.traces)
				traces[one.End] = one
			}
			near, far := traces[call.Near], traces[call.Far]
			listening.mu.Lock()
			defer listening.mu.Unlock()
			farID := field(far.Messages[0].Text, "Call-ID")
			for what, v := range map[string]struct{ got, want []string }{
				"near, from the peer": {kept(near, false), p.wrote},
				"near, to the peer":   {kept(near, true), p.got},
				"far, to Microsoft":   {kept(far, true), messagesOf(listening.received, farID)},
				"far, from Microsoft": {kept(far, false), messagesOf(listening.sent, farID)},
			} {
				if want := redacted(v.want); !slices.Equal(v.got, want) {
					t.Errorf("%s: kept\n%s\nnot\n%s", what, strings.Join(first(v.got), "\n"), strings.Join(first(want), "\n"))
				}
			}
			for _, m := range append(near.Messages, far.Messages...) {
				line, _, _ := strings.Cut(m.Text, "\r\n")
				word, rest, _ := strings.Cut(line, " ")
				if word == "SIP/2.0" {
					word, _, _ = strings.Cut(rest, " ")
				}
				if m.Again && !slices.Contains(again, word+" again") || m.Local == "" || m.Remote == "" || m.Transport == "" || m.At.IsZero() {
					t.Errorf("%s: %+v", line, m)
				}
				if strings.Contains(m.Text, "token-1") {
					t.Errorf("%s shows its token", line)
				}
			}
			if _, err := r.edge.Traces(t.Context(), "call-1"); err == nil {
				t.Error("it is still there")
			}
		})
	}
}

// TestRecordBounds: what has no room is counted, and of INVITEs that nobody took the oldest are forgotten.
func TestRecordBounds(t *testing.T) {
	var kept []call.Trace
	r := newRecords(func(call.ID) func(call.Trace) { return func(t call.Trace) { kept = append(kept, t) } })
	now := time.Now()
	take := func(callID string) {
		r.take(wire.Passed{Side: call.Near, Text: []byte("INVITE x SIP/2.0\r\nTo: <sip:x>\r\nCall-ID: " + callID + "\r\n\r\n")}, []byte(callID), now)
	}
	for range maxRecorded + 3 {
		take("long")
	}
	r.claim(call.Near, "long", "1", call.Near, nil)
	for i := range 2 * maxUnclaimed {
		take(fmt.Sprint("short-", i))
	}
	if len(r.dialogs) != maxUnclaimed+1 {
		t.Errorf("%d dialogs are remembered", len(r.dialogs))
	}
	for i := range 2*maxSoundPoints + 1 {
		r.dialogs[recordKey{call.Near, "long"}].hear(now, media.StreamStats{Packets: uint64(500 * (i + 1)), Lost: uint64(i)})
	}
	if n := len(r.traces("1")); n != 1 {
		t.Errorf("%d traces of the running call", n)
	}
	r.flush()
	if len(kept) != 1 || len(kept[0].Messages) != maxRecorded || kept[0].Left != 3 || len(r.dialogs) != maxUnclaimed {
		t.Fatalf("%d kept, %d dialogs are left", len(kept), len(r.dialogs))
	}
	packets, lost := uint64(0), uint64(0)
	for _, p := range kept[0].Sound {
		packets, lost = packets+p.Packets, lost+p.Lost
	}
	if n := len(kept[0].Sound); n > maxSoundPoints || n < maxSoundPoints/2 || packets != 500*(2*maxSoundPoints+1) || lost != 2*maxSoundPoints {
		t.Errorf("%d points with %d packets, %d lost", len(kept[0].Sound), packets, lost)
	}
}

// TestRecordedSound: while a call goes on, its sound is listened to at both ends, and what was heard last is there at the end.
func TestRecordedSound(t *testing.T) {
	t.Parallel()
	k := recorder{make(chan call.Trace, 8)}
	r := newRig(t, func(c *Config) { c.Trace = k.of })
	c, id, _, _, _ := r.up(siptest.CallOptions{Speak: audio.CustomerSpeech()})
	eventually(t, func() bool { return c.Stats().Received > 0 })
	var running []call.Trace
	eventually(t, func() bool {
		r.edge.records.listen()
		var err error
		running, err = r.edge.Traces(r.ctx(), id)
		r.must(err)
		return len(running) == 2 && len(running[0].Sound) > 1 && len(running[1].Sound) > 1 && running[0].Sound[len(running[0].Sound)-1].Packets > 0
	})
	r.must(c.Hangup(r.ctx()))
	r.ended(call.Near)
	r.hangUp(id, call.Far, 0, 16, "")
	for range 2 {
		trace := next(t, "trace", k.traces)
		for _, before := range running {
			if before.End == trace.End && len(trace.Sound) <= len(before.Sound) {
				t.Errorf("%s: %d points of sound, %d before the end", trace.End, len(trace.Sound), len(before.Sound))
			}
		}
	}
}

// TestRecordsAfterATransfer: the dialog that took the place of one of a call out is kept like the one before.
func TestRecordsAfterATransfer(t *testing.T) {
	t.Parallel()
	k := recorder{make(chan call.Trace, 16)}
	r, p, invite, _, result := outToPickUp(t, 200, refersToo, func(c *Config) { c.Trace = k.of })
	got := next(t, "answer", result)
	r.must(got.err)
	event[call.LegAnswered](r)
	referral, err := got.leg.Refer(r.ctx(), "")
	r.must(err)
	taker := next(t, "leg that came of it", r.legs)
	r.must(taker.Answer(r.ctx()))
	if status := last(t, referral); status != 200 {
		t.Fatalf("told %d", status)
	}
	<-got.leg.Ended()
	telephone := &talk{raw: p, r: r, cseq: 1, ok: inDialogAs(invite)}
	for left := telephone.leftOut(); strings.Contains(left, "next"); left = telephone.leftOut() {
	}
	telephone.endsOut(r, taker)
	missing := map[string]bool{field(invite, "Call-ID"): true, got.leg.CallID(): true, taker.CallID(): true}
	for len(missing) > 0 {
		one := next(t, fmt.Sprint("trace, of ", missing), k.traces)
		if len(one.Messages) < 3 || one.Leg != outSide {
			t.Errorf("%+v", one)
		}
		delete(missing, field(one.Messages[0].Text, "Call-ID"))
	}
}
