package acs

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Every operation of Microsoft's description is there with its method, path,
// status, headers and body, and nothing else is.
func TestTable(t *testing.T) {
	d := api()
	if d == nil {
		t.Skip("the API description is not here")
	}
	seen := 0
	for _, methods := range d.Paths {
		for method := range methods {
			if method != "parameters" {
				seen++
			}
		}
	}
	if seen != len(operations) {
		t.Errorf("%d operations are described, %d are here", seen, len(operations))
	}
	for _, op := range operations {
		row, found := d.find(op.method, op.path)
		if !found {
			t.Errorf("%s: %s %s is not described", op.name, op.method, op.path)
			continue
		}
		if _, success := row.Responses[status(op.status)]; !success {
			t.Errorf("%s: success %d is not described", op.name, op.status)
		}
		repeatable := false
		var request *schema
		for _, p := range row.Parameters {
			repeatable = repeatable || p.Name == "Repeatability-Request-ID"
			if p.In == "body" {
				request = &p.Schema
			}
		}
		if repeatable != op.repeatable {
			t.Errorf("%s: repeatability headers %v, described %v", op.name, op.repeatable, repeatable)
		}
		if request == nil {
			if len(op.body) > 0 {
				t.Errorf("%s: no body is described", op.name)
			}
			continue
		}
		compareFields(t, d, op.name, op.body, d.resolve(*request))
	}
}

func status(code int) string {
	text, _ := json.Marshal(code)
	return string(text)
}

// compareFields compares the members of an object, and theirs.
func compareFields(t *testing.T, d *description, at string, fields []field, s schema) {
	t.Helper()
	for name := range s.Properties {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == name }) {
			t.Errorf("%s: %s is missing", at, name)
		}
	}
	for _, f := range fields {
		here := at + "." + f.name
		p, found := s.Properties[f.name]
		if !found {
			t.Errorf("%s is not described", here)
			continue
		}
		if required := slices.Contains(s.Required, f.name); required != f.required {
			t.Errorf("%s: required %v, described %v", here, f.required, required)
		}
		want, inside := d.kindOf(p)
		if f.kind != want {
			t.Errorf("%s: kind %d, described %d", here, f.kind, want)
			continue
		}
		r := d.resolve(p)
		switch f.kind {
		case integer:
			if r.Maximum != nil && f.max != *r.Maximum || r.Minimum != nil && f.min != *r.Minimum || r.Maximum == nil && f.max != 0 {
				t.Errorf("%s: %d to %d is not what is described", here, f.min, f.max)
			}
		case words, textList:
			if f.kind == textList {
				r = d.resolve(*r.Items)
			}
			if !slices.Equal(sorted(f.words), sorted(r.Enum)) {
				t.Errorf("%s: %v, described %v", here, f.words, r.Enum)
			}
		case object, list:
			if f.of != nil || len(inside.Properties) > 0 {
				if refName(p.Ref) == "MicrosoftTeamsAppIdentifierModel" {
					continue // refused whatever is in it
				}
				compareFields(t, d, here, f.of, inside)
			}
		}
	}
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

// kindOf is what a schema is called in the table.
func (d *description) kindOf(s schema) (kind, schema) {
	switch refName(s.Ref) {
	case "CommunicationIdentifierModel":
		return party, schema{}
	case "PhoneNumberIdentifierModel":
		return numberOnly, schema{}
	case "CommunicationUserIdentifierModel":
		return userOnly, schema{}
	}
	r := d.resolve(s)
	switch r.Type {
	case "boolean":
		return flag, r
	case "integer":
		return integer, r
	case "string":
		if len(r.Enum) > 0 {
			return words, r
		}
		return text, r
	case "array":
		if refName(r.Items.Ref) == "CommunicationIdentifierModel" {
			return partyList, r
		}
		inner := d.resolve(*r.Items)
		if inner.Type == "string" {
			return textList, r
		}
		return list, inner
	}
	if r.Additional.schema != nil && r.Additional.Type == "string" {
		return textMap, r
	}
	return object, r
}

// good is a request that an operation would take.
type good struct {
	path string
	body body
}

// spoil makes all bodies out of a good one that miss something that is required
// or have something wrong.
func spoil(fields []field, m body, visit func(what string, spoiled body)) {
	for _, f := range fields {
		value, there := m[f.name]
		change := func(what string, v any) {
			other := body{}
			for k, old := range m {
				other[k] = old
			}
			if other[f.name] = v; v == nil {
				delete(other, f.name)
			}
			visit(f.name+" "+what, other)
		}
		if f.required {
			change("missing", nil)
			if f.kind == text {
				change("empty", "")
			}
		}
		for _, wrong := range wrongTypes[f.kind] {
			change("of a wrong type", wrong)
		}
		switch {
		case f.kind == integer && f.max > 0:
			change("too small", f.min-1)
			change("too great", f.max+1)
			change("broken", 1.5)
		case f.kind == words:
			change("unknown", "tired")
		case f.kind == textList && f.words != nil:
			change("unknown", []any{"tired"})
		case f.required && (f.kind == list || f.kind == partyList || f.kind == textList):
			change("empty", []any{})
		}
		if !there {
			continue
		}
		switch f.kind {
		case object:
			spoil(f.of, value.(body), func(what string, inner body) { change(what, inner) })
		case list:
			spoil(f.of, value.([]body)[0], func(what string, inner body) { change(what, []body{inner}) })
		}
	}
}

var wrongTypes = map[kind][]any{
	text: {1, true, []any{}, body{}}, flag: {"yes", 1}, integer: {"1", true}, words: {1, body{}},
	object: {"x", 1, []any{}}, list: {"x", body{}, []any{1}}, textList: {"x", []any{1}}, textMap: {"x", body{"a": 1}},
	party: {"x", 1, []any{}, body{}, body{"rawId": 1}, body{"rawId": "8:orgid:x"}}, partyList: {"x", body{}, []any{1}, []any{body{}}},
	numberOnly: {"x", body{}, body{"value": "1"}}, userOnly: {"x", body{}, body{"id": 1}},
}

// Whatever is wrong in a body is 400/8523, and what is unknown in one does not
// matter.
func TestEveryBodyIsChecked(t *testing.T) {
	b := newBench(t)
	streams := body{
		"mediaStreamingOptions": body{"transportType": "websocket", "audioChannelType": "mixed", "transportUrl": b.ws("/media"), "contentType": "audio", "startMediaStreaming": false},
		"transcriptionOptions":  body{"transportType": "websocket", "locale": "en-US", "transportUrl": b.ws("/text"), "startTranscription": false},
	}
	id := b.connected(streams, rawPhone)
	b.addPhone(id, second)
	other := b.connected(nil, "4:+4930901829")
	leg := newLeg()
	in := b.offer(leg)
	source := b.file("clip.wav")
	source["text"], source["ssml"] = body{"text": "hello", "voiceKind": "male"}, body{"ssmlText": "<speak/>"}
	custom := body{"voipHeaders": body{"a": "b"}, "sipHeaders": body{"User-To-User": "x"}, "teamsPhoneCallDetails": body{
		"teamsPhoneCallerDetails": body{"caller": named(rawPhone), "name": "n", "phoneNumber": "+49301"},
		"teamsPhoneSourceDetails": body{"source": named(rawPhone), "language": "en", "status": "s"},
	}}
	cc, one := "!/calling/callConnections", "!/calling/callConnections/"+id
	answer := body{"incomingCallContext": in.IncomingCallContext, "callbackUri": b.app.URL, "callIntelligenceOptions": body{"cognitiveServicesEndpoint": "x"}}
	requests := map[string]good{
		"create":               {path: cc, body: b.with(b.creation(rawPhone), streams)},
		"answer":               {path: cc + ":answer", body: b.with(answer, streams)},
		"redirect":             {path: cc + ":redirect", body: body{"incomingCallContext": in.IncomingCallContext, "target": named(rawAda)}},
		"reject":               {path: cc + ":reject", body: body{"incomingCallContext": in.IncomingCallContext}},
		"connect":              {path: cc + ":connect", body: b.with(body{"callbackUri": b.app.URL, "callLocator": body{"kind": "groupCallLocator", "groupCallId": "g"}}, streams)},
		"transfer":             {path: one + ":transferToParticipant", body: body{"targetParticipant": named(rawAda), "transferee": named(rawPhone), "customCallingContext": custom}},
		"add":                  {path: one + "/participants:add", body: body{"participantToAdd": named(rawAda), "customCallingContext": custom}},
		"cancel_add":           {path: one + "/participants:cancelAddParticipant", body: body{"invitationId": "x"}},
		"remove":               {path: one + "/participants:remove", body: body{"participantToRemove": named(rawBob)}},
		"move":                 {path: one + "/participants:moveHere", body: body{"targetParticipants": []body{named("4:+4930901829")}, "fromCall": other}},
		"mute":                 {path: one + "/participants:mute", body: body{"targetParticipants": []body{named(alice)}}},
		"play":                 {path: one + ":play", body: body{"playSources": []body{source}, "playOptions": body{"loop": false}}},
		"recognize":            {path: one + ":recognize", body: body{"recognizeInputType": "dtmf", "playPrompt": source, "recognizeOptions": body{"targetParticipant": named(rawPhone), "dtmfOptions": body{"stopTones": []string{"pound"}}, "speechOptions": body{}}}},
		"start_tones":          {path: one + ":startContinuousDtmfRecognition", body: body{"targetParticipant": named(rawPhone)}},
		"stop_tones":           {path: one + ":stopContinuousDtmfRecognition", body: body{"targetParticipant": named(rawPhone)}},
		"send_tones":           {path: one + ":sendDtmfTones", body: body{"targetParticipant": named(rawPhone), "tones": []string{"one"}}},
		"hold":                 {path: one + ":hold", body: body{"targetParticipant": named(rawPhone), "playSourceInfo": source}},
		"unhold":               {path: one + ":unhold", body: body{"targetParticipant": named(rawPhone)}},
		"start_streaming":      {path: one + ":startMediaStreaming", body: body{}},
		"stop_streaming":       {path: one + ":stopMediaStreaming", body: body{}},
		"start_transcription":  {path: one + ":startTranscription", body: body{}},
		"stop_transcription":   {path: one + ":stopTranscription", body: body{}},
		"update_transcription": {path: one + ":updateTranscription", body: body{}},
		"start_recording": {path: "!/calling/recordings", body: body{"callConnectionId": id, "channelAffinity": []body{{"channel": 0, "participant": named(rawPhone)}},
			"externalStorage": body{"recordingStorageKind": "azureCommunicationServices"}}},
	}
	tried := 0
	for i := range operations {
		op := &operations[i]
		if op.body == nil {
			continue
		}
		g, there := requests[op.name]
		if !there {
			t.Errorf("no request for %s", op.name)
			continue
		}
		spoil(op.body, g.body, func(what string, spoiled body) {
			tried++
			if r := b.do(request{method: op.method, path: g.path, body: spoiled}); r.status != 400 || r.code() != "8523" {
				t.Errorf("%s, %s: %d %s", op.name, what, r.status, r.body)
			}
		})
		for _, no := range []string{"[]", "1", "null", `"x"`, "{", "{} {}", "\xff"} {
			if r := b.do(request{method: op.method, path: g.path, body: no}); r.status < 400 && no != "null" {
				t.Errorf("%s took %s: %d", op.name, no, r.status)
			}
		}
	}
	if tried < 400 {
		t.Errorf("only %d bodies were spoiled", tried)
	}
	// After all of it every call is as it was, and the good requests are good.
	if list := b.list(id); !alike(list, []string{rawPhone, "4:" + second}) {
		t.Errorf("participants %v", list)
	}
	for _, name := range []string{"cancel_add", "mute", "start_tones", "stop_tones", "remove", "hold", "unhold", "answer"} {
		g := requests[name]
		r := b.do(request{method: post, path: g.path, body: b.with(g.body, body{"unknown": body{"a": []int{1}}})})
		if want := (name == "mute"); r.status >= 300 != want { // there is no such user to mute
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
}

// All operations want a signature and a known version of the API.
func TestEveryOperationWantsVersionAndSignature(t *testing.T) {
	b := newBench(t)
	for _, op := range operations {
		path := "!" + strings.NewReplacer("{id}", "18dea47f-b081-4107-9a5c-4300819d2c6c", "{party}", "4%3A%2B49301").Replace(op.path)
		if r := b.do(request{method: op.method, path: path, unsigned: true}); r.status != 401 || r.code() != "7509" {
			t.Errorf("%s unsigned: %d %s", op.name, r.status, r.body)
		}
		for _, v := range []string{"2024-11-15-preview", "1", "2026-03-13"} {
			if r := b.do(request{method: op.method, path: path, version: v}); r.status != http.StatusNotFound {
				t.Errorf("%s of %s: %d %s", op.name, v, r.status, r.body)
			}
		}
		if op.body == nil { // the call does not exist
			if r := b.do(request{method: op.method, path: path}); r.status != 404 || r.code() != "8522" {
				t.Errorf("%s without a call: %d %s", op.name, r.status, r.body)
			}
		}
		for _, method := range []string{"PUT", "PATCH"} {
			if r := b.do(request{method: method, path: path}); r.status != 405 || r.code() != "8520" {
				t.Errorf("%s %s: %d %s", method, op.name, r.status, r.body)
			}
		}
	}
}
