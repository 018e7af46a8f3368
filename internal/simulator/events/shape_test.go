package events

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// contract returns the path of a collected contract, or "" where the directory
// with them is not beside the checkout.
func contract(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		path := filepath.Join(dir, "shared", "contracts", name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Logf("%s is not here; the small cases of this package are all that is checked", name)
	return ""
}

// ordered reads a JSON object with its members in order.
func ordered(t *testing.T, text []byte) (o Object) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	if _, err := dec.Token(); err != nil {
		t.Fatal(err)
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatal(err)
		}
		o = append(o, Field{key.(string), value})
	}
	return o
}

func (o Object) text(key string) string {
	for _, f := range o {
		if f.Key == key {
			var s string
			_ = json.Unmarshal(f.Value.(json.RawMessage), &s)
			return s
		}
	}
	return ""
}

func (o Object) keys() (list []string) {
	for _, f := range o {
		if f.Value != nil {
			list = append(list, f.Key)
		}
	}
	return list
}

func compact(t *testing.T, text []byte) string {
	t.Helper()
	var buf bytes.Buffer
	if err := json.Compact(&buf, text); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

// again writes a callback anew from the values that stand in it.
func again(t *testing.T, event []byte) (name string, ours []byte) {
	t.Helper()
	envelope := ordered(t, event)
	var data Object
	for _, f := range envelope {
		if f.Key == "data" {
			data = ordered(t, f.Value.(json.RawMessage))
		}
	}
	name = strings.TrimPrefix(envelope.text("type"), typePrefix)
	c := Connection{
		ID: data.text("callConnectionId"), ServerCallID: data.text("serverCallId"),
		CorrelationID: data.text("correlationId"), Version: data.text("version"),
	}
	var special Object
	var r Result
	var participants json.RawMessage
	sequence := 0
	for _, f := range data {
		value := f.Value.(json.RawMessage)
		switch f.Key {
		case "eventSource", "operationContext", "version", "callConnectionId", "serverCallId", "correlationId", "publicEventType":
		case "resultInformation":
			if err := json.Unmarshal(value, &r); err != nil {
				t.Fatal(err)
			}
		case "participants":
			participants = value
		case "sequenceNumber":
			if err := json.Unmarshal(value, &sequence); err != nil {
				t.Fatal(err)
			}
		case "recordingId":
			special = append(special, Field{f.Key, data.text(f.Key)})
		default:
			special = append(special, f)
		}
	}
	e := Event{Name: name, Source: c.Source(name, special)}
	if name == RecordingStateChanged {
		// Its serverCallId is hidden in recordings, but its source is not.
		e.Source = envelope.text("source")
		c.ServerCallID = strings.TrimPrefix(strings.TrimSuffix(e.Source, "/"+data.text("recordingId")+"/"+name), "calling/recordings/")
		if c.Source(name, special) != e.Source {
			t.Errorf("source of a recording: %s", c.Source(name, special))
		}
	}
	var err error
	if e.Time, err = time.Parse(time.RFC3339, envelope.text("time")); err != nil {
		t.Fatal(err)
	}
	if name == ParticipantsUpdated {
		e.Data = c.ParticipantsUpdated(participants, sequence)
	} else {
		e.Data = c.Operation(name, special, data.text("operationContext"), r)
	}
	for i, f := range e.Data {
		if f.Key == "serverCallId" {
			e.Data[i].Value = data.text(f.Key)
		}
	}
	body, err := e.body(envelope.text("id"))
	if err != nil {
		t.Fatal(err)
	}
	return name, body
}

// Every recorded callback is written byte for byte, given its values.
func TestRecordingsAreWrittenAgain(t *testing.T) {
	dir := contract(t, "recorded/acs-events")
	if dir == "" {
		return
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	seen := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var bodies []json.RawMessage
		if err := json.Unmarshal(text, &bodies); err != nil {
			t.Fatal(err)
		}
		for i, body := range bodies {
			if bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
				continue // an IncomingCall
			}
			var list []json.RawMessage
			if err := json.Unmarshal(body, &list); err != nil {
				t.Fatal(err)
			}
			name, ours := again(t, list[0])
			seen[name] = true
			if want := compact(t, body); string(ours) != want {
				t.Errorf("%s %d, %s:\n got %s\nwant %s", filepath.Base(file), i, name, ours, want)
			}
		}
	}
	if len(seen) < 15 {
		t.Errorf("only %d types were compared", len(seen))
	}
}

// names are the constants of callbacks, for comparison with the samples.
var names = []string{
	CallConnected, CallDisconnected, CreateCallFailed, AnswerFailed, ConnectFailed, ParticipantsUpdated,
	AddParticipantSucceeded, AddParticipantFailed, CancelAddParticipantSucceeded, CancelAddParticipantFailed,
	RemoveParticipantSucceeded, RemoveParticipantFailed, MoveParticipantSucceeded, MoveParticipantFailed,
	CallTransferAccepted, CallTransferFailed, PlayStarted, PlayCompleted, PlayFailed, PlayCanceled, PlayPaused, PlayResumed,
	RecognizeCompleted, RecognizeFailed, RecognizeCanceled, ContinuousDtmfRecognitionToneReceived,
	ContinuousDtmfRecognitionToneFailed, ContinuousDtmfRecognitionStopped, SendDtmfTonesCompleted, SendDtmfTonesFailed,
	HoldFailed, HoldAudioStarted, HoldAudioPaused, HoldAudioResumed, HoldAudioCompleted,
	MediaStreamingStarted, MediaStreamingStopped, MediaStreamingFailed,
	TranscriptionStarted, TranscriptionStopped, TranscriptionUpdated, TranscriptionFailed, TranscriptionCallSummaryUpdated,
	RecordingStateChanged, StartRecordingFailed,
}

// The samples agree, but for what recordings contradict.
func TestSamplesAreWrittenAgain(t *testing.T) {
	path := contract(t, "call-automation-event-samples.json")
	if path == "" {
		return
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var samples struct {
		Events []struct{ Body []json.RawMessage }
	}
	if err := json.Unmarshal(text, &samples); err != nil {
		t.Fatal(err)
	}
	for _, s := range samples.Events {
		name, ours := again(t, s.Body[0])
		if !slices.Contains(names, name) {
			t.Errorf("no constant for %s", name)
		}
		var list []json.RawMessage
		if err := json.Unmarshal(ours, &list); err != nil {
			t.Fatal(err)
		}
		var want, got map[string]any
		_ = json.Unmarshal(s.Body[0], &want)
		_ = json.Unmarshal(list[0], &got)
		if name == RecordingStateChanged {
			delete(want["data"].(map[string]any), "eventSource") // not since 2025-08-15-preview
		}
		w, _ := json.Marshal(want)
		g, _ := json.Marshal(got)
		if string(w) != string(g) {
			t.Errorf("%s:\n got %s\nwant %s", name, g, w)
		}
		if name == ParticipantsUpdated || name == RecordingStateChanged {
			continue // recorded with resultInformation before version
		}
		if want := compact(t, s.Body[0]); string(list[0]) != want {
			t.Errorf("%s:\n got %s\nwant %s", name, list[0], want)
		}
	}
}

func TestShapes(t *testing.T) {
	participant := Object{{"participant", Object{{"rawId", "8:orgid:x"}}}}
	recording := Object{{"recordingId", "r"}, {"state", "active"}}
	const ids = " callConnectionId serverCallId correlationId publicEventType"
	cases := []struct {
		version, name string
		special       Object
		want          string
	}{
		{"2023-03-06", AddParticipantSucceeded, participant, "eventSource operationContext participant version"},
		{"2023-06-15-preview", CallConnected, nil, "eventSource operationContext version"},
		{"2023-10-03-preview", CallDisconnected, nil, "eventSource operationContext version"},
		{"2023-10-15", AddParticipantFailed, participant, "eventSource operationContext participant resultInformation version"},
		{"2024-04-15", PlayCompleted, nil, "eventSource operationContext resultInformation version"},
		{"2024-04-15", RecordingStateChanged, recording, "eventSource recordingId state version"},
		{"2024-06-15-preview", CallConnected, nil, "operationContext version"},
		{"2024-06-15-preview", AddParticipantSucceeded, participant, "operationContext participant version"},
		{"2024-06-15-preview", PlayFailed, Object{{"failedPlaySourceIndex", 0}}, "operationContext failedPlaySourceIndex resultInformation version"},
		{"2024-06-15-preview", PlayCanceled, nil, "operationContext version"},
		{"2024-06-15-preview", TranscriptionStarted, Object{{"transcriptionUpdate", Object{}}}, "operationContext transcriptionUpdate resultInformation version"},
		{"2024-06-15-preview", CreateCallFailed, nil, "resultInformation version"},
		{"2024-09-01-preview", HoldAudioStarted, nil, "operationContext resultInformation version"},
		{"2024-09-01-preview", PlayCanceled, nil, "version operationContext resultInformation"},
		{"2024-09-01-preview", RecordingStateChanged, recording, "eventSource recordingId state resultInformation version"},
		{"2025-08-15-preview", RecordingStateChanged, recording, "recordingId state resultInformation version"},
		{"2025-08-15-preview", HoldAudioCompleted, nil, "operationContext resultInformation version"},
		{"2025-05-15", CallConnected, nil, "version operationContext resultInformation"},
		{"2026-03-12", AddParticipantFailed, participant, "participant version operationContext resultInformation"},
	}
	for _, c := range cases {
		leg := leg
		leg.Version = c.version
		if got := strings.Join(leg.Operation(c.name, c.special, "ctx", Result{Code: 200}).keys(), " "); got != c.want+ids {
			t.Errorf("%s %s:\n got %s\nwant %s", c.version, c.name, got, c.want+ids)
		}
	}
	for version, want := range map[string]string{
		"2023-10-15": "eventSource participants sequenceNumber version", "2024-06-15-preview": "participants sequenceNumber version",
		"2024-09-15": "participants sequenceNumber resultInformation version",
	} {
		leg := leg
		leg.Version = version
		if got := strings.Join(leg.ParticipantsUpdated([]Object{}, 0).keys(), " "); got != want+ids {
			t.Errorf("%s: %s", version, got)
		}
	}
}

func TestKnownVersions(t *testing.T) {
	if list := Versions(); len(list) != 11 || list[0] != "2023-03-06" || list[10] != "2026-03-12" {
		t.Errorf("versions %v", list)
	}
	for version, want := range map[string]string{
		"2026-03-12": "2026-03-12", "2024-09-01-PREVIEW": "2024-09-01-preview", "2023-10-15": "2023-10-15",
		"2024-11-15-preview": "", "2022-04-07-preview": "", "": "", "2026-03": "",
	} {
		if got, known := Shape(version); got != want || known != (want != "") {
			t.Errorf("Shape(%q) = %q, %v", version, got, known)
		}
	}
}
