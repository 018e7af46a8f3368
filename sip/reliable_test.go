package sip

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"tandem/internal/call"
)

const has100rel = "Supported: timer, 100rel\n"

// rack is the RAck header for a reliable response.
func rack(response string) string {
	return fmt.Sprintf("RAck: %s %s\n", field(response, "RSeq"), field(response, "CSeq"))
}

// ringing calls and rings, reliably.
func ringing(t *testing.T, r *rig, extra, body string) *talk {
	t.Helper()
	k := rings(t, r, extra, body)
	r.must(r.edge.Ring(r.ctx(), "call-1"))
	k.ok = k.await("SIP/2.0 180")
	return k
}

func reliableRinging(t *testing.T) {
	for name, extra := range map[string]string{"supported": has100rel, "required": "Require: 100rel\n"} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(c *Config) { c.Timers.T1, c.Timers.Ringing = 20*time.Millisecond, 400*time.Millisecond })
			k := ringing(t, r, extra, plainSDP)
			rseq, err := strconv.Atoi(field(k.ok, "RSeq"))
			if err != nil || rseq < 1 || field(k.ok, "Require") != "100rel" || body(k.ok) != "" {
				t.Errorf("got %s", k.ok)
			}
			for range 3 {
				if again := k.await("SIP/2.0 180"); again != k.ok {
					t.Errorf("another one: %s", again)
				}
			}
			if status, m := k.asks("PRACK", rack(k.ok), ""); status != 200 {
				t.Errorf("PRACK: %s", m)
			}
			for m := k.ok; m == k.ok; m = k.await("SIP/2.0 180") { // the next one, after a minute, has the next number
				k.ok = m
				if field(m, "RSeq") == strconv.Itoa(rseq+1) {
					break
				}
			}
			k.ok = k.await("SIP/2.0 180")
			if field(k.ok, "RSeq") != strconv.Itoa(rseq+1) {
				t.Errorf("after the PRACK of %d: %s", rseq, k.ok)
			}
			r.must(r.edge.Answer(r.ctx(), "call-1"))
			if _, m := k.answer(2, "INVITE"); body(m) == "" || field(m, "RSeq") != "" || field(m, "Require") != "" {
				t.Errorf("answered: %s", m)
			}
			k.puts("ACK", 2, "", "")
			k.leaves()
		})
	}
}

func prackIsChecked(t *testing.T) {
	r := newRig(t, nil)
	k := ringing(t, r, has100rel, plainSDP)
	good := rack(k.ok)
	for name, extra := range map[string]string{
		"no RAck":         "",
		"another number":  "RAck: 1 2 INVITE\n",
		"another CSeq":    strings.Replace(good, " 2 ", " 3 ", 1),
		"another method":  strings.Replace(good, "INVITE", "UPDATE", 1),
		"more than there": strings.Replace(good, "INVITE", "INVITE x", 1),
		"two of them":     good + good,
	} {
		if status, m := k.asks("PRACK", extra, ""); status != 481 {
			t.Errorf("%s: %s", name, m)
		}
	}
	if status, m := k.asks("PRACK", good+"Content-Type: text/plain\n", "hello\n"); status != 415 || field(m, "Accept") != "application/sdp" {
		t.Errorf("a body of another kind: %s", m)
	}
	if status, m := k.asks("PRACK", good, ""); status != 200 {
		t.Errorf("the right one: %s", m)
	}
	if status, m := k.asks("PRACK", good, ""); status != 481 {
		t.Errorf("once more: %s", m)
	}
	r.hangUp("call-1", call.Near, 486, 17, "busy")
	k.answer(2, "INVITE")
	r.ended(call.Near)
}

func lostPRACK(t *testing.T) {
	r := newRig(t, fast)
	k := ringing(t, r, has100rel, plainSDP)
	if status, m := k.answer(2, "INVITE"); status != 504 || !strings.Contains(field(m, "Reason"), "cause=102") {
		t.Errorf("got %s", m)
	}
	if end := r.ended(call.Near); end.By != call.ByTandem || end.Status != 504 {
		t.Errorf("%+v", end)
	}
}

func answerBeforePRACK(t *testing.T) {
	r := newRig(t, nil)
	k := ringing(t, r, has100rel, plainSDP)
	r.must(r.edge.Answer(r.ctx(), "call-1"))
	if status, m := k.answer(2, "INVITE"); status != 200 || body(m) == "" {
		t.Errorf("got %s", m)
	}
	if status, m := k.asks("PRACK", rack(k.ok), ""); status != 200 {
		t.Errorf("PRACK: %s", m)
	}
	k.puts("ACK", 2, "", "")
	k.leaves()
}

func offerInReliableRinging(t *testing.T) {
	r := newRig(t, nil)
	k := ringing(t, r, has100rel, "")
	if !strings.Contains(k.ok, "m=audio") || field(k.ok, "Content-Type") != "application/sdp" {
		t.Errorf("got %s", k.ok)
	}
	r.must(r.edge.Answer(r.ctx(), "call-1")) // which has to wait
	if status, m := k.asks("UPDATE", "", k.here("")); status != 491 {
		t.Errorf("UPDATE while our offer is open: %s", m)
	}
	k.cseq++
	k.puts("PRACK", k.cseq, rack(k.ok), k.here(""))
	if status, m := k.answer(k.cseq, "PRACK"); status != 200 || body(m) != "" {
		t.Errorf("PRACK: %s", m)
	}
	if status, m := k.answer(2, "INVITE"); status != 200 || body(m) != "" {
		t.Errorf("answered: %s", m)
	}
	k.puts("ACK", 2, "", "")
	k.packet()
	k.leaves()
}

func prackWithOffer(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Timers.Ringing = 20 * time.Millisecond })
	k := ringing(t, r, has100rel, "")
	if status, m := k.asks("PRACK", rack(k.ok), k.here("")); status != 200 {
		t.Fatal(m)
	}
	k.packet()
	second := k.await("SIP/2.0 180")
	for ; second == k.ok; second = k.await("SIP/2.0 180") {
	}
	status, m := k.asks("PRACK", rack(second), k.here("a=inactive\n"))
	if status != 200 || !strings.Contains(m, "a=inactive") || mediaLine(m) != mediaLine(k.ok) {
		t.Errorf("got %s", m)
	}
	eventually(t, k.quiet)
	r.hangUp("call-1", call.Near, 486, 17, "busy")
	k.answer(2, "INVITE")
	r.ended(call.Near)
}

func updateEarly(t *testing.T) {
	r := newRig(t, nil)
	k := ringing(t, r, "", plainSDP)
	if status, m := k.asks("UPDATE", "", ""); status != 200 || field(m, "Contact") == "" || body(m) != "" {
		t.Errorf("without SDP: %s", m)
	}
	status, m := k.asks("UPDATE", "", plainSDP)
	if wait, err := strconv.Atoi(field(m, "Retry-After")); status != 500 || err != nil || wait < 0 || wait > 10 {
		t.Errorf("with an offer while that of the INVITE is open: %s", m)
	}
	r.hangUp("call-1", call.Near, 486, 17, "busy")
	k.answer(2, "INVITE")
	r.ended(call.Near)
}

func updateInside(t *testing.T) {
	r := newRig(t, nil)
	k := talks(t, r, "", strings.Replace(plainSDP, "40000", "{rtp}", 1))
	k.acks("")
	ssrc, from := k.packet()
	if status, m := k.asks("UPDATE", "", k.here("")); status != 200 || body(m) != body(k.ok) || !strings.Contains(field(m, "Allow"), "UPDATE") {
		t.Errorf("refresh: %s", m)
	}
	if status, m := k.asks("UPDATE", "", k.here("a=inactive\n")); status != 200 || !strings.Contains(m, "a=inactive") {
		t.Errorf("hold: %s", m)
	}
	eventually(t, k.quiet)
	if status, m := k.asks("UPDATE", "", strings.ReplaceAll(plainSDP, "RTP/AVP", "RTP/SAVP")); status != 488 || field(m, "Warning") == "" {
		t.Errorf("what cannot be: %s", m)
	}
	if status, m := k.asks("UPDATE", "Content-Type: text/plain\n", "hello\n"); status != 415 {
		t.Errorf("a body of another kind: %s", m)
	}
	if status, m := k.asks("UPDATE", "", k.here("")); status != 200 || !strings.Contains(m, "a=sendrecv") {
		t.Errorf("resume: %s", m)
	}
	if s, at := k.packet(); s != ssrc || at != from {
		t.Error("the sound has changed")
	}
	k.cseq++
	k.puts("INVITE", k.cseq, "", "") // our offer in its 200
	k.answer(k.cseq, "INVITE")
	k.cseq++
	k.puts("UPDATE", k.cseq, "", k.here(""))
	if status, m := k.answer(k.cseq, "UPDATE"); status != 491 {
		t.Errorf("while our offer is open: %s", m)
	}
	k.puts("ACK", k.cseq-1, "", k.here(""))
	k.leaves()
}
