package admin_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"testing"
	"time"

	"tandem/internal/api/admin"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

const fabrikamRecording = "019ab1c2-7d3e-7f00-8a4b-3c5d6e7f80ab"

// recordings keeps what was recorded, and its files.
type recordings struct {
	shelf[call.StoredRecording]
	settings map[tenant.ID]call.RecordingSettings
	files    map[string]string
	away     error
	phrases  map[call.ID][]call.Phrase
}

func recordingTenant(r call.StoredRecording) tenant.ID { return r.Tenant }

func (s *recordings) Recording(_ context.Context, t tenant.ID, id call.RecordingID) (call.StoredRecording, error) {
	return s.get(string(id), in(t, recordingTenant))
}
func (s *recordings) ListRecordings(_ context.Context, t tenant.ID, of call.ID, before call.RecordingID, limit int) (all []call.StoredRecording, err error) {
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(s.things))) {
		r := s.things[id]
		if (t == "" || r.Tenant == t) && (of == "" || r.Call == of) && (before == "" || id < string(before)) && len(all) < limit {
			all = append(all, r)
		}
	}
	return all, nil
}
func (s *recordings) DeleteRecording(_ context.Context, t tenant.ID, id call.RecordingID) error {
	return s.drop(string(id), func(r call.StoredRecording) bool { return r.Tenant == t })
}
func (s *recordings) RecordingSettings(_ context.Context, t tenant.ID) (call.RecordingSettings, error) {
	return s.settings[t], nil
}
func (s *recordings) SetRecordingSettings(_ context.Context, t tenant.ID, v call.RecordingSettings) error {
	s.settings[t] = v
	return nil
}
func (s *recordings) ListPhrases(_ context.Context, t tenant.ID, id call.ID, after, limit int) (all []call.Phrase, err error) {
	for _, p := range s.phrases[id] {
		if p.Seq > after && len(all) < limit && (t == contoso) == (id == contosoCall) {
			all = append(all, p)
		}
	}
	return all, nil
}
func (s *recordings) DeletePhrases(_ context.Context, _ tenant.ID, id call.ID) error {
	delete(s.phrases, id)
	return nil
}
func (s *recordings) Usable(context.Context) error { return s.away }

type closing struct{ io.ReadSeeker }

func (closing) Close() error { return nil }

func (s *recordings) Open(_ context.Context, key string) (io.ReadSeekCloser, error) {
	content, ok := s.files[key]
	if !ok {
		return nil, fault.NotFound("recording_file_missing", "the file is not in the store any more")
	}
	return closing{bytes.NewReader([]byte(content))}, nil
}

func (w *world) furnishRecordings(t testing.TB) {
	t.Helper()
	w.recordings.what, w.recordings.settings, w.recordings.files = "recording", map[tenant.ID]call.RecordingSettings{}, map[string]string{}
	w.recordings.phrases = map[call.ID][]call.Phrase{
		contosoCall: {{Seq: 7, Speaker: "customer", Text: "Hello"}, {Seq: 9, Speaker: "4.0", Name: "Adele", Text: "Good morning", Offset: 1500 * time.Millisecond}},
	}
	for id, of := range map[call.RecordingID]call.ID{contosoRecording: contosoCall, fabrikamRecording: fabrikamCall} {
		r := call.StoredRecording{
			ID: id, Tenant: contoso, Call: of, State: call.RecordingEnded, Format: call.WAV, Channels: call.Mixed, AskedAt: day, StartedAt: day, EndedAt: day.Add(time.Minute),
			Recorded: 42 * time.Second, File: call.FileStored, StoredAt: day.Add(time.Hour),
			Files: []call.RecordingFile{{Key: string(id), Size: 10, SHA256: "abc", Type: "audio/wav", StoredAt: day.Add(time.Hour)}, {Index: 1}},
		}
		if of == fabrikamCall {
			r.Tenant = fabrikam
		}
		w.recordings.files[string(id)] = "RIFF of " + string(r.Tenant)[:2]
		if _, err := w.recordings.put(string(id), r); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRecordings: listed, read, heard by parts and deleted; who heard it is in the
// trail.
func TestRecordings(t *testing.T) {
	w := newWorld(t)
	var page struct{ Items []admin.Recording }
	w.do(t, owner, "GET", "/v1/recordings", "").want(http.StatusOK).into(&page)
	if len(page.Items) != 2 || page.Items[0].ID != fabrikamRecording {
		t.Errorf("%+v", page)
	}
	w.do(t, owner, "GET", "/v1/recordings?call="+string(contosoCall), "").want(http.StatusOK).into(&page)
	if len(page.Items) != 1 || page.Items[0].ID != contosoRecording || page.Items[0].RecordedS != 42 || len(page.Items[0].Files) != 2 || page.Items[0].Files[0].SHA256 != "abc" {
		t.Errorf("%+v", page)
	}
	path := "/v1/recordings/" + contosoRecording
	before := len(w.trail.lines)
	a := w.do(t, contosoKey, "GET", path+"/content", "").want(http.StatusOK)
	if a.Body.String() != "RIFF of 0b" || a.Header().Get("ETag") != `"abc"` || a.Header().Get("Content-Type") != "audio/wav" || a.Header().Get("Cache-Control") != "private, no-store" {
		t.Errorf("%q %v", a.Body, a.Header())
	}
	if a := w.do(t, contosoKey, "GET", path+"/content", "", "Range", "bytes=0-3").want(http.StatusPartialContent); a.Body.String() != "RIFF" {
		t.Errorf("%q", a.Body)
	}
	if lines := w.trail.lines[before:]; len(lines) != 2 || lines[0].Action != "downloadRecording" || lines[0].Subject != contosoRecording || lines[0].Tenant != contoso {
		t.Errorf("%+v", lines)
	}
	w.do(t, contosoKey, "GET", path+"/content?index=1", "").problem(http.StatusNotFound, "recording_file_unknown")
	w.do(t, contosoKey, "GET", path+"/content?index=2", "").problem(http.StatusNotFound, "recording_file_unknown")
	clear(w.recordings.files)
	w.do(t, contosoKey, "GET", path+"/content", "").problem(http.StatusNotFound, "recording_file_missing")
	if len(w.trail.lines) != before+2 {
		t.Error("what was not heard is in the trail")
	}
}

// TestTranscript: read page by page and deleted; who read it is in the trail.
func TestTranscript(t *testing.T) {
	w := newWorld(t)
	path := "/v1/calls/" + string(contosoCall) + "/transcript"
	var page struct {
		Items []admin.Phrase
		Next  string
	}
	before := len(w.trail.lines)
	w.do(t, contosoKey, "GET", path+"?limit=1", "").want(http.StatusOK).into(&page)
	if len(page.Items) != 1 || page.Items[0].Text != "Hello" || page.Items[0].Who != "customer" || page.Next == "" {
		t.Fatalf("%+v", page)
	}
	w.do(t, contosoKey, "GET", path+"?cursor="+page.Next, "").want(http.StatusOK).into(&page)
	if len(page.Items) != 1 || page.Items[0].Number != 9 || page.Items[0].OffsetS != 1.5 || page.Items[0].Name != "Adele" || !page.Items[0].Final {
		t.Errorf("%+v", page)
	}
	if lines := w.trail.lines[before:]; len(lines) != 2 || lines[0].Action != "getTranscript" || lines[0].Subject != string(contosoCall) {
		t.Errorf("%+v", lines)
	}
	w.do(t, fabrikamKey, "GET", path, "").problem(http.StatusNotFound, "call_unknown")
	w.do(t, fabrikamKey, "DELETE", path, "").problem(http.StatusNotFound, "call_unknown")
	w.do(t, contosoKey, "DELETE", path, "").want(http.StatusNoContent)
	var none struct{ Items []admin.Phrase }
	if w.do(t, contosoKey, "GET", path, "").want(http.StatusOK).into(&none); len(none.Items) != 0 {
		t.Errorf("%+v", none)
	}
}

// TestRecordingSettings: a tenant's announcement is played before each recording
// that brings none.
func TestRecordingSettings(t *testing.T) {
	w := newWorld(t)
	path := "/v1/tenants/" + contoso + "/recording-settings"
	body := `{"retention_days":30,"announcement":[{"prompt":"` + contosoPrompt + `"}]}`
	w.do(t, contosoKey, "PUT", path, body).want(http.StatusOK)
	var v admin.RecordingSettings
	w.do(t, contosoKey, "GET", path, "").want(http.StatusOK).into(&v)
	if v.RetentionDays != 30 || len(v.Announcement) != 1 || v.Announcement[0].Prompt != contosoPrompt {
		t.Errorf("%+v", v)
	}
	base := "/v1/calls/" + string(contosoCall) + "/recording/start"
	w.do(t, contosoKey, "POST", base, "").want(http.StatusAccepted)
	w.do(t, contosoKey, "POST", base, `{"announcement":[{"text":"Hi"}]}`).want(http.StatusAccepted)
	for i, want := range []call.Source{{Prompt: contosoPrompt}, {Text: "Hi"}} {
		if e := w.commands[i].(call.RecordAsked); !reflect.DeepEqual(e.Announcement, []call.Source{want}) {
			t.Errorf("%+v", e)
		}
	}
	for body, code := range map[string]string{
		`{"retention_days":-1}`:                    "request_invalid",
		`{"retention_days":3651}`:                  "request_invalid",
		`{"retention_days":1,"announcement":[{}]}`: "request_invalid",
	} {
		w.do(t, contosoKey, "PUT", path, body).problem(http.StatusUnprocessableEntity, code)
	}
	w.do(t, contosoKey, "PUT", path, `{"retention_days":1,"announcement":[{"prompt":"`+fabrikamPrompt+`"}]}`).problem(http.StatusNotFound, "prompt_unknown")
	w.recordings.away = fault.Unavailable("recording_store_away", "the store of recordings cannot be used")
	w.do(t, contosoKey, "POST", base, "").problem(http.StatusServiceUnavailable, "recording_store_away")
}
