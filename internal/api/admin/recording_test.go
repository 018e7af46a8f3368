package admin_test

import (
	"net/http"
	"reflect"
	"testing"
	"time"

	"tandem/internal/api/admin"
	"tandem/internal/call"
)

const contosoRecording = "019ab1c2-7d3e-7f00-8a4b-3c5d6e7f80aa"

// recorded makes the calls recorded ones; "" does not.
func (w *world) recorded(state call.RecordingState) {
	if state == "" {
		return
	}
	for i := range w.all {
		w.all[i].Recordings = []call.Recording{{
			ID: contosoRecording, State: state, Format: call.WAV, Channels: call.Mixed, Microsoft: "m1", AskedAt: day, StartedAt: day.Add(time.Second),
			Spans: []call.Span{{From: day.Add(time.Second), To: day.Add(11 * time.Second)}},
		}}
	}
}

// TestRecording: what is asked for reaches the engine, and the call tells how it
// stands.
func TestRecording(t *testing.T) {
	base := "/v1/calls/" + string(contosoCall) + "/recording"
	for body, want := range map[string]call.RecordAsked{
		``:                                     {How: call.RecordStart, Format: call.WAV, Channels: call.Mixed},
		`{"channels":"unmixed","paused":true}`: {How: call.RecordStart, Format: call.WAV, Channels: call.Unmixed, Paused: true},
		`{"format":"mp3","announcement":[{"prompt":"` + contosoPrompt + `"}]}`: {
			How: call.RecordStart, Format: call.MP3, Channels: call.Mixed, Announcement: []call.Source{{Prompt: contosoPrompt}},
		},
	} {
		w := newWorld(t)
		a := w.do(t, contosoKey, "POST", base+"/start", body).want(http.StatusAccepted)
		var r admin.CallRecording
		a.into(&r)
		want.ID = r.ID
		if !reflect.DeepEqual(w.commands, []call.Event{want}) || a.Header().Get("Location") != base {
			t.Errorf("%s: %#v at %s", body, w.commands, a.Header().Get("Location"))
		}
		state := "starting"
		if len(want.Announcement) > 0 {
			state = "announcing"
		}
		if _, err := call.ParseRecordingID(string(r.ID)); err != nil || r.State != state || r.Format != string(want.Format) {
			t.Errorf("%s: %+v, %v", body, r, err)
		}
	}
	for how, from := range map[string]call.RecordingState{"pause": call.RecordingActive, "resume": call.RecordingPaused, "stop": call.RecordingPaused} {
		w := newWorld(t)
		w.recorded(from)
		w.do(t, contosoKey, "POST", base+"/"+how, "").want(http.StatusAccepted)
		if want := []call.Event{call.RecordAsked{How: call.RecordHow(how)}}; !reflect.DeepEqual(w.commands, want) {
			t.Errorf("%s: %#v", how, w.commands)
		}
	}
	w := newWorld(t)
	w.recorded(call.RecordingPaused)
	var r admin.CallRecording
	w.do(t, contosoKey, "GET", base, "").want(http.StatusOK).into(&r)
	if r.ID != contosoRecording || r.State != "paused" || r.RecordedS != 10 || len(r.Spans) != 1 || r.Spans[0].To == nil {
		t.Errorf("%+v", r)
	}
}

func TestRecordingRefused(t *testing.T) {
	base := "/v1/calls/" + string(contosoCall) + "/recording"
	for _, v := range []struct {
		from       call.RecordingState
		path, body string
		status     int
		code       string
	}{
		{"", "/start", `{"format":"mp4"}`, http.StatusUnprocessableEntity, "request_invalid"},
		{"", "/start", `{"format":"mp3","channels":"unmixed"}`, http.StatusUnprocessableEntity, "request_invalid"},
		{"", "/start", `{"announcement":[{}]}`, http.StatusUnprocessableEntity, "request_invalid"},
		{"", "/start", `{"announcement":[{"prompt":"` + fabrikamPrompt + `"}]}`, http.StatusNotFound, "prompt_unknown"},
		{"", "/pause", ``, http.StatusConflict, "call_state"},
		{call.RecordingActive, "/start", ``, http.StatusConflict, "call_state"},
		{call.RecordingActive, "/resume", ``, http.StatusConflict, "call_state"},
		{call.RecordingStopping, "/stop", ``, http.StatusConflict, "call_state"},
	} {
		w := newWorld(t)
		w.recorded(v.from)
		w.do(t, contosoKey, "POST", base+v.path, v.body).problem(v.status, v.code)
		if len(w.commands) > 0 {
			t.Errorf("%s %s: the engine was asked: %+v", v.path, v.body, w.commands)
		}
	}
	newWorld(t).do(t, contosoKey, "GET", base, "").problem(http.StatusNotFound, "recording_unknown")
}
