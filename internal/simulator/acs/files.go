package acs

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"tandem/internal/simulator/delays"
	"tandem/internal/simulator/events"
)

// fileLifetime is how long a recorded file is kept (facts/call-automation.md §10).
const fileLifetime = 24 * time.Hour

// file is a recorded file on Microsoft's storage, good for a day.
type file struct {
	id        string
	res       *resource
	recording *recording
	ended     time.Time
	wav       []byte
}

// keepFile stores what was recorded and tells Event Grid where it is, at once
// or after the minutes that the real service takes.
func (s *Service) keepFile(r *recording, why string) {
	f := &file{id: "0-sim-d1-" + newID(), res: r.res, recording: r, ended: time.Now()}
	s.files = append(s.files, f)
	s.spawn(func() {
		wav, err := r.recorder.WAV()
		if err != nil {
			s.Logger.Error("recording cannot be written", "error", err)
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.after(s.Delays[delays.RecordingFile], func() { s.publishFile(f, why, wav) })
	})
	s.Clock.AfterFunc(fileLifetime, func() { s.deleteFile(f) })
}

// publishFile makes a file available and says so.
func (s *Service) publishFile(f *file, why string, wav []byte) {
	r := f.recording
	f.wav = wav
	base := s.Storage + "/v1/objects/" + f.id
	s.Grid.Publish(events.Topic(r.res.Name), "/recording/call/"+r.leg.ServerCallID+"/recordingId/"+r.id, events.RecordingFileStatusUpdated, events.Object{
		{Key: "recordingStorageInfo", Value: events.Object{{Key: "recordingChunks", Value: []events.Object{{
			{Key: "documentId", Value: f.id}, {Key: "index", Value: 0}, {Key: "endReason", Value: why},
			{Key: "contentLocation", Value: base + "/content/video"},
			{Key: "metadataLocation", Value: base + "/content/acsmetadata"},
			{Key: "deleteLocation", Value: base},
		}}}}},
		{Key: "recordingStartTime", Value: events.GridTimestamp(r.started)},
		{Key: "recordingDurationMs", Value: r.recorder.Duration().Milliseconds()},
		{Key: "recordingContentType", Value: map[string]string{"audio": "Audio", "audiovideo": "AudioVideo"}[r.content]},
		{Key: "recordingChannelType", Value: map[bool]string{false: "Mixed", true: "Unmixed"}[r.unmixed]},
		{Key: "recordingFormatType", Value: strings.ToUpper(r.format[:1]) + r.format[1:]},
		{Key: "sessionEndReason", Value: why},
	})
}

func (s *Service) deleteFile(f *file) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files = slices.DeleteFunc(s.files, func(o *file) bool { return o == f })
}

// Files serves recorded files: GET of content and metadata, with ranges, and
// DELETE. Requests are signed with the access key of the resource for its own
// host, which x-ms-host names, over the path alone; an Entra token does as well
// (facts/call-automation.md §10).
func (s *Service) Files() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/objects/{id}/content/{part}", func(w http.ResponseWriter, r *http.Request) {
		f, wav := s.fileFor(w, r)
		switch {
		case f == nil:
		case r.PathValue("part") == "acsmetadata":
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(f.metadata())
		default:
			w.Header().Set("Content-Type", "audio/wav")
			http.ServeContent(w, r, "", f.ended, bytes.NewReader(wav))
		}
	})
	mux.HandleFunc("DELETE /v1/objects/{id}", func(w http.ResponseWriter, r *http.Request) {
		if f, _ := s.fileFor(w, r); f != nil {
			s.deleteFile(f)
			w.WriteHeader(http.StatusOK)
		}
	})
	return mux
}

// fileFor finds the file of a request that may have it, or answers.
func (s *Service) fileFor(w http.ResponseWriter, r *http.Request) (*file, []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.files, func(f *file) bool { return f.id == r.PathValue("id") && f.wav != nil })
	if i < 0 { // as recorded: no body
		w.WriteHeader(http.StatusNotFound)
		return nil, nil
	}
	f := s.files[i]
	if s.authorise(r, nil, f.res) != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return nil, nil
	}
	return f, f.wav
}

// metadata is what a recording's metadata document says.
func (f *file) metadata() any {
	type participant struct {
		ParticipantID string `json:"participantId"`
		Channel       int    `json:"channel"`
	}
	parties := []participant{}
	for i, raw := range f.recording.recorder.Channels() {
		parties = append(parties, participant{raw, i})
	}
	r := f.recording
	return map[string]any{
		"resourceId": f.res.ImmutableID, "callId": r.call.correlationID, "chunkDocumentId": f.id, "chunkIndex": 0,
		"chunkStartTime": events.GridTimestamp(r.started), "chunkDuration": r.recorder.Duration().Milliseconds(),
		"recordingInfo": map[string]any{"contentType": r.content, "channelType": map[bool]string{false: "mixed", true: "unmixed"}[r.unmixed], "format": r.format},
		"participants":  parties,
	}
}
