package acs

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"tandem/internal/call"
	"tandem/internal/fault"
)

// answering is a storage of recorded files.
type answering func(*http.Request) (*http.Response, error)

func (f answering) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func storage(t *testing.T, status int, body string, sent *http.Request) *Connectivity {
	t.Helper()
	return testConnectivity(t, testDirectory(), answering(func(r *http.Request) (*http.Response, error) {
		*sent = *r
		return &http.Response{
			StatusCode: status, Header: http.Header{"Content-Type": {"audio/wav; x=y"}, "Location": {"https://elsewhere.example.com/"}},
			Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r,
		}, nil
	}))
}

const storedAt = "https://us-storage.asm.skype.com/v1/objects/0-eus-d12/content/deletedata"

// Signed like the official SDK signs it: for the resource's host, sent to another
// one, over the path alone (contracts/call-automation-sdk-wire-samples.json).
func TestDeleteRecording(t *testing.T) {
	var r http.Request
	d := testDirectory()
	if err := storage(t, 200, "", &r).DeleteRecording(t.Context(), "eu", storedAt); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodDelete, storedAt, nil)
	if err != nil {
		t.Fatal(err)
	}
	at, _ := http.ParseTime("Fri, 02 Jan 2026 03:04:05 GMT")
	signFor(req, "contoso.communication.azure.com", req.URL.Path, []byte("0123456789abcdef0123456789abcdef"), at)
	if got := req.Header.Get("Authorization"); !strings.HasSuffix(got, "&Signature=THfdSbUjln5iME0IURHB1Btt93hvoQdnvQR3lf0w040=") {
		t.Errorf("not as the SDK signs it: %s", got)
	}
	if r.Method != http.MethodDelete || r.URL.String() != storedAt || !strings.Contains(d.resource.Endpoint, r.Header.Get("x-ms-host")) || r.Header.Get("Authorization") == "" {
		t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
	}
	if err := storage(t, 404, "", &r).DeleteRecording(t.Context(), "eu", storedAt); err != nil {
		t.Errorf("what is gone: %v", err)
	}
	if err := storage(t, 503, "", &r).DeleteRecording(t.Context(), "eu", storedAt); fault.KindOf(err) != fault.KindUnavailable {
		t.Error(err)
	}
}

func TestFetchRecording(t *testing.T) {
	var r http.Request
	content, size, kind, err := storage(t, 200, "RIFF", &r).FetchRecording(t.Context(), "eu", storedAt)
	if err != nil || size != 4 || kind != "audio/wav" {
		t.Fatalf("%d %s %v", size, kind, err)
	}
	if got, err := io.ReadAll(content); string(got) != "RIFF" || err != nil || content.Close() != nil {
		t.Errorf("%q %v", got, err)
	}
	for status, want := range map[int]fault.Kind{
		404: fault.KindNotFound, 410: fault.KindNotFound, 401: fault.KindUnavailable, 403: fault.KindUnavailable, 302: fault.KindUnavailable, 429: fault.KindUnavailable, 503: fault.KindUnavailable,
	} {
		if _, _, _, err := storage(t, status, "", &r).FetchRecording(t.Context(), "eu", storedAt); fault.KindOf(err) != want {
			t.Errorf("%d: %v", status, err)
		}
	}
	if r.URL.Host != "us-storage.asm.skype.com" {
		t.Errorf("a redirect was followed to %s", r.URL.Host)
	}
}

// A request that is signed with the resource's key goes to Microsoft alone.
func TestRecordingIsFetchedAtMicrosoftOnly(t *testing.T) {
	for _, location := range []string{
		"http://us-storage.asm.skype.com/v1/x", "https://asm.skype.com.example.net/x", "https://evilasm.skype.com/x", "https://asm.skype.com/x",
		"https://user@us-storage.asm.skype.com/x", "https://us-storage.asm.skype.com:8443/x", "https://127.0.0.1/x", "file:///etc/passwd", ":", "",
	} {
		c := testConnectivity(t, testDirectory(), answering(func(r *http.Request) (*http.Response, error) {
			t.Errorf("%s was asked", r.URL)
			return nil, errors.New("no")
		}))
		if _, _, _, err := c.FetchRecording(t.Context(), "eu", location); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%q: %v", location, err)
		}
	}
	if !hostAllowed("127.0.0.1:8443", []string{"127.0.0.1:8443"}) || hostAllowed("127.0.0.1:1", []string{"127.0.0.1:8443"}) {
		t.Error("a host that is set for development")
	}
}

const recordedFile = `{"id":"g1","subject":"/recording/call/aHR0/recordingId/rec1","topic":"","eventType":"Microsoft.Communication.RecordingFileStatusUpdated",
	"data":{"recordingStorageInfo":{"recordingChunks":[
	{"documentId":"d0","index":0,"endReason":"SessionEnded","contentLocation":"https://x/0","metadataLocation":"https://x/m","deleteLocation":"https://x/d"},
	{"documentId":"d1","index":1,"contentLocation":"https://x/1","deleteLocation":"https://x/e"}]},"recordingDurationMs":1200}}`

// Event Grid tells where files are; it is answered when that is written down.
func TestRecordingFileEvent(t *testing.T) {
	d := newDoor(t)
	var told []call.RecordingReady
	var answer error
	d.cfg.Recordings = func(_ context.Context, ready call.RecordingReady) error {
		told = append(told, ready)
		return answer
	}
	body := strings.Replace(recordedFile, `"topic":""`, `"topic":"`+d.directory.resource.Topic+`"`, 1)
	if w := d.grid("[" + body + "]"); w.Code != 200 || len(told) != 1 {
		t.Fatalf("%d, %d told", w.Code, len(told))
	}
	if r := told[0]; r.Resource != "eu" || r.Microsoft != "rec1" || len(r.Files) != 2 || r.Files[1] != (call.RecordingFile{Index: 1, Document: "d1", Content: "https://x/1", Delete: "https://x/e"}) {
		t.Errorf("%+v", r)
	}
	answer = fault.NotFound("recording_unknown", "none")
	if w := d.grid("[" + body + "]"); w.Code != 200 || d.count(doorGrid, wasForeign) != 1 {
		t.Errorf("none of ours: %d", w.Code)
	}
	answer = fault.Unavailable("database_away", "away")
	if w := d.grid("[" + body + "]"); w.Code != 503 {
		t.Errorf("not written down: %d", w.Code)
	}
	for _, odd := range []string{
		strings.Replace(body, "/recordingId/rec1", "", 1), strings.Replace(body, `"contentLocation":"https://x/0",`, "", 1),
		strings.Replace(body, `"recordingChunks":[`, `"none":[`, 1), strings.Replace(body, `"documentId":"d0",`, "", 1),
	} {
		before := len(told)
		if w := d.grid("[" + odd + "]"); w.Code != 200 || len(told) != before {
			t.Errorf("%s: %d", odd, w.Code)
		}
	}
	if n := d.count(doorGrid, wasUnreadable); n != 4 {
		t.Errorf("%v unreadable", n)
	}
}
