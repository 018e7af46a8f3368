package acs

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/internal/simulator/faults"
)

// recognise starts a recognition of the customer and waits until it runs.
func (b *bench) recognise(id, kind string, options, more body) {
	b.t.Helper()
	m := body{
		"recognizeInputType": kind, "recognizeOptions": b.with(body{"targetParticipant": named(rawPhone)}, options),
		"operationContext": "rec", "operationCallbackUri": b.app.URL + "/op",
	}
	b.must(http.StatusAccepted, "/"+id+":recognize", b.with(m, more))
	b.await("it listens", func() bool {
		b.Service.mu.Lock()
		defer b.Service.mu.Unlock()
		for _, c := range b.Service.calls {
			for _, leg := range c.legs {
				for _, j := range leg.media.jobs {
					if leg.ID == id && j.running && j.digit != nil {
						return true
					}
				}
			}
		}
		return false
	})
}

// recognised wants an outcome.
func (b *bench) recognised(name string, code, sub int, parts ...string) {
	b.t.Helper()
	e := b.result(b.find(func(e told) bool { return strings.HasPrefix(e.name(), "Recognize") }, "outcome"), code, sub)
	if e.name() != name || e.Data.Context != "rec" || e.path != "/op" {
		b.t.Errorf("%s %s %s, want %s", e.name(), e.Data.Context, e.path, name)
	}
	for _, part := range parts {
		if !strings.Contains(e.raw, part) {
			b.t.Errorf("no %s in %s", part, e.raw)
		}
	}
	if strings.Contains(e.raw, "failedPlaySourceIndex") != (sub == 8511) {
		b.t.Errorf("%s", e.raw)
	}
}

func TestRecogniseTones(t *testing.T) {
	pressed := func(keys string) func(*bench) {
		return func(b *bench) { b.check(b.phones.Press(customer, keys)) }
	}
	cases := []struct {
		name    string
		options body
		do      func(*bench)
		event   string
		code    int
		sub     int
		part    string
	}{
		{"all tones", body{"maxTonesToCollect": 4}, pressed("12*#"), "RecognizeCompleted", 200, 8531, `"recognitionType":"dtmf","dtmfResult":{"tones":["one","two","asterisk","pound"]}`},
		{"stop tone", body{"maxTonesToCollect": 9, "stopTones": []string{"pound"}}, pressed("98A#"), "RecognizeCompleted", 200, 8514, `{"tones":["nine","eight","a"]}`},
		{"stop tone alone", body{"stopTones": []string{"POUND"}}, pressed("#"), "RecognizeCompleted", 200, 8514, `{"tones":[]}`},
		{"silence", body{}, func(b *bench) { b.Clock.Advance(5 * time.Second) }, "RecognizeFailed", 400, 8510, ""},
		{"pause", body{"maxTonesToCollect": 4, "interToneTimeoutInSeconds": 3}, func(b *bench) {
			b.check(b.phones.Press(customer, "1"))
			b.Clock.Advance(2500 * time.Millisecond)
			b.check(b.phones.Press(customer, "2"))
			b.Clock.Advance(3 * time.Second)
		}, "RecognizeFailed", 400, 8532, ""},
		{"default pause", body{"maxTonesToCollect": 4}, func(b *bench) {
			b.check(b.phones.Press(customer, "1"))
			b.Clock.Advance(2 * time.Second)
		}, "RecognizeFailed", 400, 8532, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			id := b.connected(nil, rawPhone)
			b.recognise(id, "dtmf", body{"dtmfOptions": c.options}, nil)
			c.do(b)
			b.recognised(c.event, c.code, c.sub, c.part)
			b.nothingBut(id)
		})
	}
}

// Who is silent for as long as he may be has time, and no more.
func TestInitialSilence(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	b.recognise(id, "dtmf", body{"initialSilenceTimeoutInSeconds": 20, "dtmfOptions": body{"maxTonesToCollect": 1}}, nil)
	b.Clock.Advance(19 * time.Second)
	b.check(b.phones.Press(customer, "7"))
	b.recognised("RecognizeCompleted", 200, 8531, `["seven"]`)
	b.recognise(id, "DTMF", body{"initialSilenceTimeoutInSeconds": 20}, nil)
	b.Clock.Advance(21 * time.Second)
	b.recognised("RecognizeFailed", 400, 8510)
}

func choices() body {
	return body{"choices": []body{
		{"label": "Sales", "phrases": []string{"sales", "buy something"}, "tone": "one"},
		{"label": "Support", "phrases": []string{"support", "help"}, "tone": "two"},
	}}
}

func TestRecogniseChoicesAndSpeech(t *testing.T) {
	says := func(text string) func(*bench, string) {
		return func(b *bench, id string) { b.check(b.Service.Say(id, rawPhone, text, clip())) }
	}
	presses := func(keys string) func(*bench, string) {
		return func(b *bench, _ string) { b.check(b.phones.Press(customer, keys)) }
	}
	cases := []struct {
		name, kind string
		options    body
		do         func(*bench, string)
		event      string
		code, sub  int
		part       string
	}{
		{"choice by key", "choices", choices(), presses("2"), "RecognizeCompleted", 200, 8533, `"recognitionType":"choices","choiceResult":{"label":"Support","confidence":1}`},
		{"no choice's key", "choices", choices(), presses("9"), "RecognizeFailed", 400, 8534, ""},
		{"choice by word", "choices", choices(), says("I want to buy something please"), "RecognizeCompleted", 200, 8545, `"choiceResult":{"label":"Sales","recognizedPhrase":"buy something","confidence":`},
		{"no choice's word", "choices", choices(), says("goodbye"), "RecognizeFailed", 400, 8547, ""},
		{"speech", "speech", nil, says("I want an agent."), "RecognizeCompleted", 200, 8569, `"recognitionType":"speech","speechResult":{"speech":"I want an agent.","confidence":0.9}`},
		{"speech that is not recognised", "speech", nil, says(""), "RecognizeFailed", 400, 8563, ""},
		{"no speech", "speech", nil, func(b *bench, _ string) { b.Clock.Advance(5 * time.Second) }, "RecognizeFailed", 400, 8510, ""},
		{"speech or keys: speech", "speechOrDtmf", body{"dtmfOptions": body{"maxTonesToCollect": 2}}, says("hello"), "RecognizeCompleted", 200, 8569, `"speech":"hello"`},
		{"speech or keys: keys", "speechOrDtmf", body{"dtmfOptions": body{"maxTonesToCollect": 2}}, presses("12"), "RecognizeCompleted", 200, 8531, `"recognitionType":"dtmf","dtmfResult":{"tones":["one","two"]}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			id := b.connected(nil, rawPhone)
			b.recognise(id, c.kind, b.with(c.options, body{"speechOptions": body{"endSilenceTimeoutInMs": 300}}), nil)
			c.do(b, id)
			b.recognised(c.event, c.code, c.sub, c.part)
			b.nothingBut(id)
		})
	}
}

// Speech that has begun is not silence, however long it takes.
func TestSpeechStopsTheCountOfSilence(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	b.recognise(id, "speech", nil, nil)
	b.check(b.Service.Say(id, rawPhone, "a long story", short(audio.CustomerSpeech(), 3*time.Second)))
	b.await("he is heard", func() bool {
		b.Service.mu.Lock()
		defer b.Service.mu.Unlock()
		ears := b.Service.calls[0].ears
		return ears != nil && ears.Now() > time.Second
	})
	b.Clock.Advance(10 * time.Second)
	b.recognised("RecognizeCompleted", 200, 8569, "a long story")
}

// A key during the prompt counts only if it may interrupt it.
func TestPrompts(t *testing.T) {
	one := body{"maxTonesToCollect": 1}
	t.Run("may be interrupted", func(t *testing.T) {
		b := newBench(t)
		id := b.connected(nil, rawPhone)
		b.recognise(id, "dtmf", body{"interruptPrompt": true, "dtmfOptions": one}, body{"playPrompts": []body{b.file("clip.wav"), b.file("other.wav")}})
		b.heard(customer, short(clip(), 600*time.Millisecond))
		b.check(b.phones.Press(customer, "1"))
		b.recognised("RecognizeCompleted", 200, 8531, `["one"]`)
		if !b.silent(customer, other()) {
			t.Error("the prompt went on")
		}
	})
	t.Run("by speech", func(t *testing.T) {
		b := newBench(t)
		id := b.connected(nil, rawPhone)
		b.recognise(id, "speech", body{"interruptPrompt": true, "speechOptions": body{"endSilenceTimeoutInMs": 300}}, body{"playPrompts": []body{b.file("clip.wav"), b.file("clip.wav"), b.file("other.wav")}})
		b.check(b.Service.Say(id, rawPhone, "stop", short(other(), 500*time.Millisecond)))
		b.recognised("RecognizeCompleted", 200, 8569, `"speech":"stop"`)
		if !b.silent(customer, other()) {
			t.Error("the prompt went on")
		}
	})
	t.Run("must be heard", func(t *testing.T) {
		b := newBench(t)
		id := b.connected(nil, rawPhone)
		b.recognise(id, "dtmf", body{"dtmfOptions": one}, body{"playPrompt": b.file("clip.wav")})
		b.heard(customer, short(clip(), 400*time.Millisecond))
		b.check(b.phones.Press(customer, "1"))
		b.heard(customer, clip())
		b.await("he is silent", func() bool {
			b.Clock.Advance(time.Second)
			return len(b.events) > 0
		})
		b.recognised("RecognizeFailed", 400, 8510)
	})
	t.Run("spoken", func(t *testing.T) {
		b := newBench(t)
		id := b.connected(nil, rawPhone)
		b.recognise(id, "dtmf", body{"interruptPrompt": true, "dtmfOptions": one}, body{"playPrompt": speech("Press one")})
		b.check(b.phones.Press(customer, "1"))
		b.recognised("RecognizeCompleted", 200, 8531)
	})
	for name, bad := range map[string]string{"bad": "bad.wav", "absent": "none.wav"} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			id := b.connected(nil, rawPhone)
			b.must(http.StatusAccepted, "/"+id+":recognize", body{
				"recognizeInputType": "dtmf", "recognizeOptions": body{"targetParticipant": named(rawPhone)},
				"playPrompts": []body{b.file("clip.wav"), b.file(bad)}, "operationContext": "rec", "operationCallbackUri": b.app.URL + "/op",
			})
			b.recognised("RecognizeFailed", 500, 8511, `"failedPlaySourceIndex":1`)
		})
	}
}

// In a group the prompt is for him alone who is listened to.
func TestRecogniseInAGroup(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	b.addPhone(id, second)
	b.recognise(id, "dtmf", body{"interruptPrompt": true, "dtmfOptions": body{"maxTonesToCollect": 1}}, body{"playPrompt": b.file("clip.wav")})
	b.heard(customer, clip())
	b.check(b.phones.Press(second, "5")) // not listened to
	b.check(b.phones.Press(customer, "1"))
	b.recognised("RecognizeCompleted", 200, 8531, `["one"]`)
	if !b.silent(second, clip()) {
		t.Error("the other phone heard the prompt")
	}
}

func TestRecognitionIsCancelled(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	b.recognise(id, "dtmf", nil, nil)
	b.must(http.StatusAccepted, "/"+id+":cancelAllMediaOperations", nil)
	b.recognised("RecognizeCanceled", 400, 8508)
	b.recognise(id, "dtmf", nil, nil)
	b.must(http.StatusAccepted, "/"+id+":play", body{"playSources": []body{b.file("short.wav")}, "interruptCallMediaOperation": true})
	b.recognised("RecognizeCanceled", 400, 8508)
	b.event("PlayCompleted")
	b.recognise(id, "dtmf", nil, nil)
	b.check(b.phones.HangUp(customer))
	b.recognised("RecognizeFailed", 500, 8572)
	b.event("CallDisconnected")
}

func TestRecogniseByFault(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	b.fault(faults.Fault{Knob: faults.MediaFail, Scope: "recognize", Value: "500/8564", Times: 1})
	b.must(http.StatusAccepted, "/"+id+":recognize", body{"recognizeInputType": "speech", "recognizeOptions": body{"targetParticipant": named(rawPhone)}, "operationContext": "rec", "operationCallbackUri": b.app.URL + "/op"})
	b.recognised("RecognizeFailed", 500, 8564)
}

func TestRecogniseRefusals(t *testing.T) {
	b := newBench(t)
	_, id := b.talking() // without Cognitive Services
	b.join(id, ada)
	path := "/" + id + ":recognize"
	request := func(kind, who string, more body) body {
		return body{"recognizeInputType": kind, "recognizeOptions": b.with(body{"targetParticipant": named(who)}, more)}
	}
	b.refused(400, "8523", path, request("dtmf", rawAda, nil))
	b.refused(400, "8523", path, request("speech", rawAda, nil))
	b.refused(404, "8522", path, request("dtmf", "4:+4930901899", nil))
	b.refused(405, "8522", path, request("speech", rawCaller, nil))
	b.refused(405, "8522", path, request("speechOrDtmf", rawCaller, nil))
	b.refused(400, "8523", path, request("choices", rawCaller, nil))
	b.refused(400, "8523", path, request("dtmf", rawCaller, choices()))
	b.refused(405, "8522", path, b.with(request("dtmf", rawCaller, nil), body{"playPrompt": speech("hello")}))
	b.refused(400, "8523", path, request("dtmf", rawCaller, body{"dtmfOptions": body{"maxTonesToCollect": -1}}))
}
