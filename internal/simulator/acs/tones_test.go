package acs

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"tandem/internal/simulator/faults"
)

// Every key is told, to the call's callback, until it is stopped.
func TestContinuousTones(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	b.addPhone(id, second)
	target := body{"targetParticipant": named(rawPhone), "operationContext": "dtmf", "operationCallbackUri": b.app.URL + "/op"}
	if r := b.must(http.StatusOK, "/"+id+":startContinuousDtmfRecognition", target); r.body != "" {
		t.Errorf("%q", r.body)
	}
	b.must(http.StatusOK, "/"+id+":startContinuousDtmfRecognition", target) // once is enough
	b.check(b.phones.Press(second, "9"))
	b.check(b.phones.Press(customer, "5#D"))
	for i, tone := range []string{"five", "pound", "d"} {
		e := b.order("ContinuousDtmfRecognitionToneReceived")[0]
		if e.data(t, "sequenceId") != status(i+1) || e.data(t, "tone") != `"`+tone+`"` || e.path != "/cb" || e.Data.Context != "dtmf" {
			t.Errorf("%s", e.raw)
		}
	}
	b.must(http.StatusOK, "/"+id+":stopContinuousDtmfRecognition", target)
	if e := b.result(b.order("ContinuousDtmfRecognitionStopped")[0], 200, 7000); e.path != "/op" {
		t.Errorf("%s", e.path)
	}
	b.check(b.phones.Press(customer, "1"))
	b.nothingBut(id)
}

// Keys count for the recognition and for the continuous one.
func TestTonesForTwo(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	b.must(http.StatusOK, "/"+id+":startContinuousDtmfRecognition", body{"targetParticipant": named(rawPhone)})
	b.recognise(id, "dtmf", body{"dtmfOptions": body{"maxTonesToCollect": 1}}, nil)
	b.check(b.phones.Press(customer, "3"))
	b.event("ContinuousDtmfRecognitionToneReceived")
	b.recognised("RecognizeCompleted", 200, 8531)
}

func TestContinuousTonesFail(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	b.fault(faults.Fault{Knob: faults.MediaFail, Scope: "start_tones", Value: "500/9999", Times: 1})
	b.must(http.StatusOK, "/"+id+":startContinuousDtmfRecognition", body{"targetParticipant": named(rawPhone), "operationContext": "dtmf"})
	if e := b.result(b.order("ContinuousDtmfRecognitionToneFailed")[0], 500, 9999); e.Data.Context != "dtmf" {
		t.Errorf("%+v", e.Data)
	}
	b.check(b.phones.Press(customer, "1"))
	b.nothingBut(id)
}

func TestSendTones(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	path := "/" + id + ":sendDtmfTones"
	m := body{"tones": []string{"one", "two", "pound", "asterisk", "a"}, "targetParticipant": named(rawPhone), "operationContext": "send", "operationCallbackUri": b.app.URL + "/op"}
	if r := b.must(http.StatusAccepted, path, m); r.body != `{"operationContext":"send"}` {
		t.Errorf("%s", r.body)
	}
	if e := b.result(b.order("SendDtmfTonesCompleted")[0], 200, 0); e.path != "/op" || e.Data.Context != "send" || e.Data.Result.Message != "" {
		t.Errorf("%s", e.raw)
	}
	if v, err := b.phones.Phone(customer); err != nil || v.Digits != "12#*A" {
		t.Errorf("%+v, %v", v, err)
	}
	b.fault(faults.Fault{Knob: faults.MediaFail, Scope: "send_tones", Value: "400/8523", Times: 1})
	b.must(http.StatusAccepted, path, m)
	b.result(b.order("SendDtmfTonesFailed")[0], 400, 8523)
	b.refused(400, "8523", path, body{"tones": strings.Fields(strings.Repeat("one ", 19)), "targetParticipant": named(rawPhone)})
	b.addUser(id, alice)
	b.join(id, ada)
	for _, raw := range []string{rawAda, alice} {
		b.refused(400, "8523", path, body{"tones": []string{"one"}, "targetParticipant": named(raw)})
	}
	b.refused(400, "8523", "/"+id+":startContinuousDtmfRecognition", body{"targetParticipant": named(rawAda)})
	b.refused(404, "8522", path, body{"tones": []string{"one"}, "targetParticipant": named("4:" + second)})
}

// A line that cannot send is told as a failure, and while one sends nobody else
// may.
func TestSendTonesFail(t *testing.T) {
	b := newBench(t)
	leg := newLeg()
	sending, release := make(chan struct{}), make(chan struct{})
	leg.press = func(context.Context) error { close(sending); <-release; return errors.New("no tones") }
	in := b.offer(leg)
	r := b.must(http.StatusOK, ":answer", body{"incomingCallContext": in.IncomingCallContext, "callbackUri": b.app.URL + "/cb"})
	id, _ := r.json(t)["callConnectionId"].(string)
	b.event("CallConnected")
	b.event("ParticipantsUpdated")
	m := body{"tones": []string{"one"}, "targetParticipant": named(rawCaller)}
	b.must(http.StatusAccepted, "/"+id+":sendDtmfTones", m)
	<-sending
	b.refused(412, "8583", "/"+id+":sendDtmfTones", m)
	b.refused(412, "8583", "/"+id+":play", body{"playSources": []body{b.file("clip.wav")}, "playTo": []body{named(rawCaller)}, "interruptCallMediaOperation": true})
	close(release)
	b.result(b.event("SendDtmfTonesFailed"), 500, 9999)
}
