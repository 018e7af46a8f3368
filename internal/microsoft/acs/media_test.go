package acs

import (
	"encoding/json"
	"net/http"
	"reflect"
	"testing"
	"time"

	"tandem/internal/call"
	"tandem/internal/tenant"
)

var testPhone = call.Endpoint{Kind: tenant.PhoneNumber, ID: "+4930123"}

// Each operation as it goes over the wire (facts/call-automation.md §6, §7).
func TestOperate(t *testing.T) {
	const (
		label = `"operationContext":"` + testUUID + `/12.0"`
		phone = `{"kind":"phoneNumber","rawId":"4:+4930123","phoneNumber":{"value":"+4930123"}}`
		teams = `{"kind":"microsoftTeamsUser","rawId":"8:orgid:` + testOID + `","microsoftTeamsUser":{"userId":"` + testOID + `","isAnonymous":false,"cloud":"public"}}`
		file  = `{"kind":"file","file":{"uri":"https://x.test/a.wav"}}`
	)
	sound := call.Source{File: "https://x.test/a.wav"}
	tones := &call.Recognition{
		Input: call.InputDTMF, InitialSilence: 5 * time.Second, InterToneGap: 2 * time.Second, MaxTones: 4, StopTones: "#", InterruptPrompt: true,
	}
	words := &call.Recognition{Input: call.InputSpeechOrDTMF, InitialSilence: 5 * time.Second, EndSilence: 1500 * time.Millisecond, Locale: "de-DE"}
	choices := &call.Recognition{Input: call.InputChoices, Locale: "en-US", Choices: []call.Choice{{Label: "Sales", Phrases: []string{"sales"}, Tone: "*"}, {Label: "Other", Phrases: []string{"other"}}}}
	for name, v := range map[string]struct {
		who        call.Endpoint
		o          call.Operation
		verb, body string
		repeatable bool
		over       bool
	}{
		"play to all": {
			call.Endpoint{}, call.Operation{Kind: call.Play, Sources: []call.Source{sound, {Text: "Hi", Locale: "en-US", Voice: "Ava"}, {SSML: "<speak/>"}}, Interrupt: true}, "play",
			`{"playSources":[` + file + `,{"kind":"text","text":{"text":"Hi","sourceLocale":"en-US","voiceName":"Ava"}},{"kind":"ssml","ssml":{"ssmlText":"<speak/>"}}],
			"playOptions":{"loop":false},"interruptCallMediaOperation":true,` + label + `}`, false, false,
		},
		"a prompt": {
			call.Endpoint{}, call.Operation{Kind: call.Play, Sources: []call.Source{{Prompt: testPromptID}}}, "play",
			`{"playSources":[{"kind":"file","file":{"uri":"` + testKeys.PromptURL("https://tandem.example.com/", tenant.Prompt{ID: testPromptID, Tenant: "t", Version: 3}) + `"}}],
			"playOptions":{"loop":false},` + label + `}`, false, false,
		},
		"play to one": {
			testUser, call.Operation{Kind: call.Play, Sources: []call.Source{sound}, Loop: true}, "play",
			`{"playSources":[` + file + `],"playTo":[` + teams + `],"playOptions":{"loop":true},` + label + `}`, false, false,
		},
		"tones": {
			testPhone, call.Operation{Kind: call.Recognize, Sources: []call.Source{sound}, Listen: tones}, "recognize",
			`{"recognizeInputType":"dtmf","playPrompts":[` + file + `],"recognizeOptions":{"targetParticipant":` + phone + `,"interruptPrompt":true,
			"initialSilenceTimeoutInSeconds":5,"dtmfOptions":{"interToneTimeoutInSeconds":2,"maxTonesToCollect":4,"stopTones":["pound"]}},` + label + `}`, false, false,
		},
		"words": {
			testPhone, call.Operation{Kind: call.Recognize, Listen: words, Interrupt: true}, "recognize",
			`{"recognizeInputType":"speechOrDtmf","interruptCallMediaOperation":true,"recognizeOptions":{"targetParticipant":` + phone + `,"interruptPrompt":false,
			"initialSilenceTimeoutInSeconds":5,"speechLanguage":"de-DE","dtmfOptions":{},"speechOptions":{"endSilenceTimeoutInMs":1500}},` + label + `}`, false, false,
		},
		"choices": {
			testPhone, call.Operation{Kind: call.Recognize, Listen: choices}, "recognize",
			`{"recognizeInputType":"choices","recognizeOptions":{"targetParticipant":` + phone + `,"interruptPrompt":false,"initialSilenceTimeoutInSeconds":0,
			"speechLanguage":"en-US","choices":[{"label":"Sales","phrases":["sales"],"tone":"asterisk"},{"label":"Other","phrases":["other"]}]},` + label + `}`, false, false,
		},
		"send tones": {
			testPhone, call.Operation{Kind: call.SendDTMF, Tones: "0A#"}, "sendDtmfTones",
			`{"tones":["zero","a","pound"],"targetParticipant":` + phone + `,` + label + `}`, true, false,
		},
		"transfer": {
			testPhone, call.Operation{Kind: call.Transfer, Target: call.Customer, To: &call.Person{Endpoint: testUser, Name: "Adele"}}, "transferToParticipant",
			`{"targetParticipant":` + teams + `,"transferee":` + phone + `,` + label + `}`, true, false,
		},
		"cancel":          {call.Endpoint{}, call.Operation{Kind: call.CancelMedia}, "cancelAllMediaOperations", ``, false, true},
		"hold":            {testPhone, call.Operation{Kind: call.Hold}, "hold", `{"targetParticipant":` + phone + `,` + label + `}`, false, true},
		"hold with music": {testPhone, call.Operation{Kind: call.Hold, Sources: []call.Source{sound}}, "hold", `{"targetParticipant":` + phone + `,"playSourceInfo":` + file + `,` + label + `}`, false, true},
		"unhold":          {testPhone, call.Operation{Kind: call.Unhold}, "unhold", `{"targetParticipant":` + phone + `,` + label + `}`, false, true},
	} {
		w := &wire{answers: []answer{{status: http.StatusAccepted, body: `{}`}}}
		d := testDirectory()
		d.resource.CognitiveEndpoint = "https://speech.example.com/"
		over, err := testConnectivity(t, d, w).Operate(t.Context(), testRequest, call.Operate{Connection: testConn, Endpoint: v.who, Operation: v.o})
		if err != nil || over != v.over || len(w.sent) != 1 {
			t.Errorf("%s: over %v, %v, %d requests", name, over, err, len(w.sent))
			continue
		}
		s := w.sent[0]
		if want := "/calling/callConnections/" + testConn + ":" + v.verb + "?api-version=" + apiVersion; s.target != want || s.method != http.MethodPost {
			t.Errorf("%s: %s %s, want %s", name, s.method, s.target, want)
		}
		if repeatable := s.header.Get("Repeatability-Request-ID") != ""; repeatable != v.repeatable {
			t.Errorf("%s: a request id: %v", name, repeatable)
		}
		var got, want any
		if v.body == "" {
			if len(s.body) > 0 {
				t.Errorf("%s: body %s", name, s.body)
			}
			continue
		}
		if json.Unmarshal(s.body, &got) != nil || json.Unmarshal([]byte(v.body), &want) != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", name, s.body, v.body)
		}
	}
}

// Without a speech service nothing is asked of Microsoft that needs one.
func TestOperateWithoutSpeech(t *testing.T) {
	for _, o := range []call.Operation{
		{Kind: call.Play, Sources: []call.Source{{File: "https://x.test/a.wav"}, {Text: "Hi"}}},
		{Kind: call.Recognize, Listen: &call.Recognition{Input: call.InputSpeech}},
		{Kind: call.Hold, Sources: []call.Source{{SSML: "<speak/>"}}},
	} {
		w := &wire{}
		_, err := testConnectivity(t, testDirectory(), w).Operate(t.Context(), testRequest, call.Operate{Connection: testConn, Endpoint: testPhone, Operation: o})
		checkRefused(t, err, call.ClassMisconfigured)
		if len(w.sent) > 0 {
			t.Errorf("%s was sent", o.Kind)
		}
	}
}

func TestPromptThatIsGone(t *testing.T) {
	w := &wire{}
	o := call.Operation{Kind: call.Play, Sources: []call.Source{{Prompt: "0193a5c0-0000-7c3a-9b52-6a1f0c9d8e77"}}}
	_, err := testConnectivity(t, testDirectory(), w).Operate(t.Context(), testRequest, call.Operate{Connection: testConn, Operation: o})
	checkRefused(t, err, call.ClassMisconfigured)
	if len(w.sent) > 0 {
		t.Error("it was asked for")
	}
}

func TestTones(t *testing.T) {
	const all = "0123456789*#ABCD"
	if got := readTones(spellTones(all)); got != all {
		t.Error(got)
	}
	if !call.AreTones(all) || call.AreTones("1e") {
		t.Error("what a tone is")
	}
}
