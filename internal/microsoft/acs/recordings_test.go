package acs

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"testing"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
)

// What starts a recording, as it goes over the wire (facts/call-automation.md §10).
func TestStartRecording(t *testing.T) {
	callback := testKeys.CallURL("https://tandem.example.com/", testDirectory().resource.ID, testRequest.Call)
	for name, v := range map[string]struct {
		do   call.StartRecording
		body string
	}{
		"mixed": {
			call.StartRecording{Connection: testConn, Format: call.MP3, Channels: call.Mixed, First: testPhone},
			`{"recordingChannelType":"mixed","recordingFormatType":"mp3"}`,
		},
		"unmixed, paused": {
			call.StartRecording{Connection: testConn, Format: call.WAV, Channels: call.Unmixed, Paused: true, First: testPhone},
			`{"recordingChannelType":"unmixed","recordingFormatType":"wav","pauseOnStart":true,
			"channelAffinity":[{"channel":0,"participant":{"kind":"phoneNumber","rawId":"4:+4930123","phoneNumber":{"value":"+4930123"}}}]}`,
		},
		"unmixed, without a customer": {
			call.StartRecording{Connection: testConn, Format: call.WAV, Channels: call.Unmixed},
			`{"recordingChannelType":"unmixed","recordingFormatType":"wav"}`,
		},
	} {
		w := &wire{answers: []answer{{status: http.StatusOK, body: `{"recordingId":"rec1","recordingState":"inactive"}`}}}
		id, err := testConnectivity(t, testDirectory(), w).StartRecording(t.Context(), testRequest, v.do)
		if err != nil || id != "rec1" || len(w.sent) != 1 {
			t.Errorf("%s: %q, %v, %d requests", name, id, err, len(w.sent))
			continue
		}
		s := w.sent[0]
		if s.method != http.MethodPost || s.target != "/calling/recordings?api-version="+apiVersion || s.header.Get("Repeatability-Request-ID") != testUUID {
			t.Errorf("%s: %s %s, once %q", name, s.method, s.target, s.header.Get("Repeatability-Request-ID"))
		}
		want := map[string]any{"callConnectionId": testConn, "recordingStateCallbackUri": callback, "recordingContentType": "audio"}
		var got map[string]any
		if json.Unmarshal([]byte(v.body), &want) != nil || json.Unmarshal(s.body, &got) != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: sent %s, want %v", name, s.body, want)
		}
	}
	w := &wire{answers: []answer{{status: http.StatusOK, body: `{}`}}}
	if _, err := testConnectivity(t, testDirectory(), w).StartRecording(t.Context(), testRequest, call.StartRecording{}); fault.KindOf(err) != fault.KindUnavailable {
		t.Errorf("an answer without a name: %v", err)
	}
}

// What changes a recording. None takes a request id.
func TestChangeRecording(t *testing.T) {
	gone := answer{status: http.StatusNotFound, body: `{"error":{"code":"8522","message":"Recording not found."}}`}
	for name, v := range map[string]struct {
		how            call.RecordHow
		answer         answer
		method, target string
		ok             bool
	}{
		"pause":              {call.RecordPause, answer{status: http.StatusAccepted}, "POST", "/calling/recordings/rec1:pause", true},
		"resume":             {call.RecordResume, answer{status: http.StatusAccepted}, "POST", "/calling/recordings/rec1:resume", true},
		"stop":               {call.RecordStop, answer{status: http.StatusNoContent}, "DELETE", "/calling/recordings/rec1", true},
		"stop what is over":  {call.RecordStop, gone, "DELETE", "/calling/recordings/rec1", true},
		"pause what is over": {call.RecordPause, gone, "POST", "/calling/recordings/rec1:pause", false},
	} {
		w := &wire{answers: []answer{v.answer}}
		err := testConnectivity(t, testDirectory(), w).ChangeRecording(t.Context(), testRequest, call.ChangeRecording{Recording: "rec1", How: v.how})
		if (err == nil) != v.ok || len(w.sent) != 1 {
			t.Errorf("%s: %v, %d requests", name, err, len(w.sent))
			continue
		}
		if s := w.sent[0]; s.method != v.method || s.target != v.target+"?api-version="+apiVersion || s.header.Get("Repeatability-Request-ID") != "" || len(s.body) > 0 {
			t.Errorf("%s: %s %s %s", name, s.method, s.target, s.body)
		}
	}
}

func TestLookRecording(t *testing.T) {
	for name, v := range map[string]struct {
		answer answer
		want   call.RecordingSeen
	}{
		"active":     {answer{status: 200, body: `{"recordingState":"active"}`}, call.RecordingSeenActive},
		"inactive":   {answer{status: 200, body: `{"recordingState":"Inactive"}`}, call.RecordingSeenInactive},
		"gone":       {answer{status: 404, body: `{"error":{"code":"8522"}}`}, call.RecordingSeenGone},
		"no state":   {answer{status: 200, body: `{}`}, ""},
		"refused":    {answer{status: 403, body: `{"error":{"code":"7505"}}`}, ""},
		"unreadable": {answer{status: 200, body: `<`}, ""},
	} {
		w := &wire{answers: []answer{v.answer}}
		seen, err := testConnectivity(t, testDirectory(), w).LookRecording(t.Context(), testRequest, call.LookRecording{Recording: "rec1"})
		if seen != v.want || (err == nil) != (v.want != "") {
			t.Errorf("%s: %q %v", name, seen, err)
		}
		var refused *bridge.Refused
		if errors.As(err, &refused) != (name == "refused") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
