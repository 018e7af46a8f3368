package acs

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/mixer"
	"tandem/internal/simulator/voice"
)

// play is a request to play files.
func (b *bench) play(id string, more body, files ...string) response {
	b.t.Helper()
	list := []body{}
	for _, name := range files {
		list = append(list, b.file(name))
	}
	return b.post("/"+id+":play", b.with(body{"playSources": list, "operationContext": "p", "operationCallbackUri": b.app.URL + "/op"}, more))
}

// What is played to all is heard by all, whole and once.
func TestPlayToAll(t *testing.T) {
	audio.TestShare(t)
	b, late := newBench(t), audio.Lateness()
	id := b.connected(nil, rawPhone)
	b.addPhone(id, second)
	b.join(id, ada)
	if r := b.want(b.play(id, body{"playTo": []body{}}, "clip.wav", "other.wav"), http.StatusAccepted); r.body != "" {
		t.Errorf("body %q", r.body)
	}
	for _, e := range b.order("PlayStarted", "PlayCompleted") {
		if b.result(e, 200, 0); e.path != "/op" || e.Data.Context != "p" || e.Data.Result.Message != "Action completed successfully." {
			t.Errorf("%+v", e)
		}
	}
	tolerance := 60*time.Millisecond + late()
	whole := clip()
	whole.Samples = append(whole.Samples, other().Samples...)
	for _, number := range []string{customer, second} {
		if m := b.heard(number, whole); m.LongestGap > tolerance || m.Correlation < 0.95 {
			t.Errorf("%s heard %+v", number, m)
		}
	}
	pcm, err := b.Directory.Heard(ada, id)
	b.check(err)
	if m := audio.Compare(audio.Resample(whole, pcm.Rate).Samples, pcm.Samples, pcm.Rate); m.Correlation < 0.9 || m.LongestGap > tolerance {
		t.Errorf("Ada heard %+v", m)
	}
}

// A play to some puts them on hold for its time, and nobody else hears it.
func TestPlayToSome(t *testing.T) {
	audio.TestShare(t)
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	b.addPhone(id, second)
	b.join(id, ada)
	b.want(b.play(id, body{"playTo": []body{named(rawPhone), named(rawAda)}}, "clip.wav"), http.StatusAccepted)
	list := b.order("ParticipantsUpdated", "PlayStarted", "PlayCompleted", "ParticipantsUpdated")
	if !slices.Equal(list[0].held(), []string{rawPhone, rawAda}) || len(list[3].held()) != 0 {
		t.Errorf("%v, then %v", list[0].held(), list[3].held())
	}
	if m := b.heard(customer, clip()); m.LongestGap > 60*time.Millisecond {
		t.Errorf("%+v", m)
	}
	if !b.silent(second, clip()) {
		t.Error("somebody else heard it")
	}
	b.refused(404, "8522", "/"+id+":play", body{"playSources": []body{b.file("clip.wav")}, "playTo": []body{named(rawBob)}})
}

// A file that is no good fails the whole play, without a start.
func TestPlayThatFails(t *testing.T) {
	for name, c := range map[string]struct {
		files     []string
		to        string
		fault     string
		code, sub int
		index     string
	}{
		"not sound":     {[]string{"bad.wav"}, "", "", 400, 8535, "0"},
		"second source": {[]string{"clip.wav", "bad.wav"}, "", "", 400, 8535, "1"},
		"not there":     {[]string{"clip.wav", "clip.wav", "none.wav"}, "", "", 400, 8536, "2"},
		"to one":        {[]string{"bad.wav"}, rawPhone, "", 400, 8535, "0"},
		"fault":         {[]string{"clip.wav"}, "", "401/8565", 401, 8565, ""},
		"fault, to one": {[]string{"clip.wav"}, rawPhone, "500/9999", 500, 9999, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			id := b.connected(nil, rawPhone)
			if c.fault != "" {
				b.fault(faults.Fault{Knob: faults.MediaFail, Scope: "play", Value: c.fault, Times: 1})
			}
			want, to := []string{"PlayFailed"}, body{}
			if c.to != "" {
				want, to = []string{"ParticipantsUpdated", "PlayFailed", "ParticipantsUpdated"}, body{"playTo": []body{named(c.to)}}
			}
			b.want(b.play(id, to, c.files...), http.StatusAccepted)
			for _, e := range b.order(want...) {
				if e.name() != "PlayFailed" {
					continue
				}
				b.result(e, c.code, c.sub)
				if got := e.data(t, "failedPlaySourceIndex"); got != c.index {
					t.Errorf("index %q", got)
				}
			}
			b.want(b.play(id, nil, "short.wav"), http.StatusAccepted)
			b.order("PlayStarted", "PlayCompleted")
		})
	}
}

// Speech is heard as it was spoken.
func TestPlaySpeech(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	said, err := b.Speaker.Speak(t.Context(), voice.Text{Text: "Good morning"})
	b.check(err)
	b.must(http.StatusAccepted, "/"+id+":play", body{"playSources": []body{speech("Good morning")}})
	b.order("PlayStarted", "PlayCompleted")
	b.heard(customer, said)
	b.must(http.StatusAccepted, "/"+id+":play", body{"playSources": []body{{"kind": "ssml", "ssml": body{"ssmlText": `<speak version="1.0" xml:lang="en-US">Hello</speak>`}}}})
	b.order("PlayStarted", "PlayCompleted")
	b.must(http.StatusAccepted, "/"+id+":play", body{"playSources": []body{{"kind": "ssml", "ssml": body{"ssmlText": `<speak`}}}})
	b.result(b.order("PlayFailed")[0], 400, 8565)
}

func TestPlayRefusals(t *testing.T) {
	b := newBench(t)
	_, id := b.talking() // without Cognitive Services
	path := "/" + id + ":play"
	b.refused(405, "8522", path, body{"playSources": []body{speech("hello")}})
	b.refused(400, "8523", path, body{"playSources": []body{{"kind": "file", "text": body{"text": "x"}}}})
	b.refused(400, "8523", path, body{"playSources": []body{{"kind": "file", "file": body{"uri": "ftp://x/y"}}}})
	b.refused(400, "8523", path, body{"playSources": []body{{"kind": "file", "file": body{"uri": "http://127.0.0.1/y"}}}})
	b.refused(400, "8523", path, body{"playSources": []body{b.file("clip.wav")}, "playTo": []body{named(rawCaller), named(rawCaller)}})
}

// What loops is played until it is cancelled; what waits is cancelled with it.
func TestLoopAndCancel(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	b.want(b.play(id, body{"playOptions": body{"loop": true}}, "short.wav"), http.StatusAccepted)
	b.order("PlayStarted")
	b.want(b.play(id, body{"operationContext": "waits"}, "clip.wav"), http.StatusAccepted)
	looped := short(clip(), 100*time.Millisecond)
	twice := audio.PCM{Rate: mixer.WideRate, Samples: append(slices.Clone(looped.Samples), looped.Samples...)}
	b.heard(customer, twice)
	if r := b.must(http.StatusAccepted, "/"+id+":cancelAllMediaOperations", nil); r.body != "" {
		t.Errorf("body %q", r.body)
	}
	list := b.order("PlayCanceled", "PlayCanceled")
	for i, context := range []string{"p", "waits"} {
		if b.result(list[i], 400, 8508); list[i].Data.Context != context || list[i].path != "/op" {
			t.Errorf("%+v", list[i])
		}
	}
	b.must(http.StatusAccepted, "/"+id+":cancelAllMediaOperations", nil) // nothing is left
	b.nothingBut(id)
}

// Plays to all wait for each other.
func TestPlaysQueue(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	for _, context := range []string{"1", "2", "3"} {
		b.want(b.play(id, body{"operationContext": context}, "short.wav"), http.StatusAccepted)
	}
	list := b.order("PlayStarted", "PlayCompleted", "PlayStarted", "PlayCompleted", "PlayStarted", "PlayCompleted")
	for i, e := range list {
		if e.Data.Context != []string{"1", "1", "2", "2", "3", "3"}[i] {
			t.Errorf("%d: %s of %s", i, e.name(), e.Data.Context)
		}
	}
}

// An interrupting play cancels what runs and what waits.
func TestInterrupt(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	b.want(b.play(id, body{"playOptions": body{"loop": true}}, "clip.wav"), http.StatusAccepted)
	b.order("PlayStarted")
	b.want(b.play(id, body{"operationContext": "waits"}, "clip.wav"), http.StatusAccepted)
	b.want(b.play(id, body{"interruptCallMediaOperation": true, "operationContext": "new"}, "short.wav"), http.StatusAccepted)
	list := b.order("PlayCanceled", "PlayCanceled", "PlayStarted", "PlayCompleted")
	if list[2].Data.Context != "new" || list[1].Data.Context != "waits" {
		t.Errorf("%+v", list)
	}
	b.want(b.play(id, body{"playTo": []body{named(rawPhone)}, "playOptions": body{"loop": true}}, "clip.wav"), http.StatusAccepted)
	b.order("ParticipantsUpdated", "PlayStarted")
	b.want(b.play(id, body{"playTo": []body{named(rawPhone)}, "interruptCallMediaOperation": true}, "short.wav"), http.StatusAccepted)
	b.order("PlayCanceled", "ParticipantsUpdated", "ParticipantsUpdated", "PlayStarted", "PlayCompleted", "ParticipantsUpdated")
}

// A play ends with its call, or with whom it is for.
func TestPlayEndsWithItsCall(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	b.addPhone(id, second)
	b.want(b.play(id, body{"playTo": []body{named(rawPhone)}, "playOptions": body{"loop": true}}, "clip.wav"), http.StatusAccepted)
	b.order("ParticipantsUpdated", "PlayStarted")
	b.check(b.phones.HangUp(customer))
	b.result(b.event("PlayFailed"), 500, 8572)
	b.await("he is gone", func() bool { return len(b.list(id)) == 1 })
	b.want(b.play(id, body{"playOptions": body{"loop": true}}, "clip.wav"), http.StatusAccepted)
	b.event("PlayStarted")
	b.must(http.StatusNoContent, "/"+id+":terminate", nil)
	list, _ := b.until("CallDisconnected")
	if n := len(list); n < 2 || list[n-2] != "PlayFailed" {
		t.Errorf("%v", list)
	}
}

// What may run beside what (facts/call-automation.md §8).
func TestWhatConflicts(t *testing.T) {
	running := map[string]body{
		"play to all":       {"playSources": []body{{}}, "playOptions": body{"loop": true}},
		"play to one":       {"playSources": []body{{}}, "playOptions": body{"loop": true}, "playTo": []body{named(rawPhone)}},
		"recognise":         {"recognizeInputType": "dtmf", "recognizeOptions": body{"targetParticipant": named(rawPhone), "initialSilenceTimeoutInSeconds": 300}},
		"continuous tones":  {"targetParticipant": named(rawPhone)},
		"send tones":        {"targetParticipant": named(rawPhone), "tones": []string{"one"}},
		"recognise another": {"recognizeInputType": "dtmf", "recognizeOptions": body{"targetParticipant": named("4:" + second), "initialSilenceTimeoutInSeconds": 300}},
	}
	verbs := map[string]string{
		"play to all": ":play", "play to one": ":play", "recognise": ":recognize", "recognise another": ":recognize",
		"continuous tones": ":startContinuousDtmfRecognition", "send tones": ":sendDtmfTones",
	}
	conflicts := func(group bool, first, then string) bool {
		exclusive := func(op string) bool {
			return op == "play to one" || op == "send tones" || group && (op == "recognise" || op == "recognise another")
		}
		return exclusive(first) && (exclusive(then) || then == "continuous tones")
	}
	for _, group := range []bool{false, true} {
		for _, first := range []string{"play to all", "play to one", "recognise", "continuous tones"} {
			for then := range verbs {
				if !group && then == "recognise another" {
					continue
				}
				b := newBench(t)
				for _, m := range running {
					if m["playSources"] != nil {
						m["playSources"] = []body{b.file("clip.wav")}
					}
				}
				id := b.connected(nil, rawPhone)
				if group {
					b.addPhone(id, second)
				}
				if r := b.post("/"+id+verbs[first], running[first]); r.status >= 300 {
					t.Fatalf("%s: %d %s", first, r.status, r.body)
				}
				r := b.post("/"+id+verbs[then], running[then])
				if want := conflicts(group, first, then); want != (r.status == http.StatusPreconditionFailed) || want && r.code() != "8583" || !want && r.status >= 300 {
					t.Errorf("group %v, %s beside %s: %d %s", group, then, first, r.status, r.body)
				}
			}
		}
	}
}

// Who has no sound is played to as long as others are.
func TestPlayToTheDeaf(t *testing.T) {
	b := newBench(t)
	leg := newLeg()
	leg.deaf = true
	in := b.offer(leg)
	r := b.must(http.StatusOK, ":answer", body{"incomingCallContext": in.IncomingCallContext, "callbackUri": b.app.URL + "/cb"})
	id, _ := r.json(t)["callConnectionId"].(string)
	b.event("CallConnected")
	b.event("ParticipantsUpdated")
	b.want(b.play(id, body{"playTo": []body{named(rawCaller)}}, "short.wav"), http.StatusAccepted)
	b.order("ParticipantsUpdated", "PlayStarted", "PlayCompleted", "ParticipantsUpdated")
}
