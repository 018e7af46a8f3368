package acs

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"tandem/internal/simulator/delays"
	"tandem/internal/simulator/events"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/mixer"
	"tandem/internal/simulator/teams"
	"tandem/internal/simulator/voice"
)

// Why a recording ended, as its file's event says (contracts/eventgrid-communication.json).
const (
	recordingStopped   = "SessionEnded"
	recordingCallEnded = "CallEnded"
	recordingChunkFull = "ChunkFull" // the service's own word is not known [?]
)

// recording records one call (facts/call-automation.md §10).
type recording struct {
	id       string
	call     *call
	res      *resource
	leg      events.Connection // the leg that started it, or the call's ids
	outbox   *events.Outbox
	callback string // empty: nobody is told
	format   string // wav, mp3 or mp4
	content  string // audio or audioVideo
	unmixed  bool
	recorder *voice.Recorder
	untap    func()
	started  time.Time
	paused   bool
	over     bool
}

func (r *recording) running() bool { return !r.over && !r.paused }

// banner shows or hides the banner on the screen of a Teams user.
func (r *recording) banner(m *member) {
	if m.session != nil {
		m.session.SetRecording(r.running())
	}
}

func (r *recording) state() string {
	if r.running() {
		return "active"
	}
	return "inactive"
}

func (r *recording) object() events.Object {
	return events.Object{
		{Key: "recordingId", Value: r.id}, {Key: "recordingState", Value: r.state()}, {Key: "recordingKind", Value: "azureCommunicationServices"},
	}
}

type recordingRequest struct {
	Locator  *callLocator       `json:"callLocator"`
	CallID   string             `json:"callConnectionId"`
	Callback string             `json:"recordingStateCallbackUri"`
	Content  string             `json:"recordingContentType"`
	Channels string             `json:"recordingChannelType"`
	Format   string             `json:"recordingFormatType"`
	Ordering []*identifierModel `json:"audioChannelParticipantOrdering"`
	Affinity []struct {
		Channel     int              `json:"channel"`
		Participant *identifierModel `json:"participant"`
	} `json:"channelAffinity"`
	Paused  bool `json:"pauseOnStart"`
	Storage *struct {
		Kind      string `json:"recordingStorageKind"`
		Container string `json:"recordingDestinationContainerUrl"`
	} `json:"externalStorage"`
}

// complete sets the documented defaults and checks what goes together: unmixed
// is for wav and audio only.
func (r *recordingRequest) complete() error {
	r.Content, r.Channels, r.Format = strings.ToLower(r.Content), strings.ToLower(r.Channels), strings.ToLower(r.Format)
	if r.Content == "" {
		r.Content = "audiovideo"
	}
	if r.Channels == "" {
		r.Channels = "mixed"
	}
	if r.Format == "" {
		r.Format = map[string]string{"audio": "wav", "audiovideo": "mp4"}[r.Content]
	}
	switch {
	case r.Content != "audio" && r.Content != "audiovideo":
		return invalid("The field RecordingContentType is invalid.")
	case (r.Locator == nil) == (r.CallID == ""):
		return invalid("The field CallLocator is invalid.")
	case r.Locator != nil && r.Locator.RoomID != "":
		return invalid("The field CallLocator is invalid.")
	case r.Channels == "unmixed" && (r.Format != "wav" || r.Content != "audio"),
		r.Content == "audio" && r.Format == "mp4", r.Content == "audiovideo" && r.Format != "mp4",
		r.Channels == "mixed" && len(r.Ordering)+len(r.Affinity) > 0:
		return invalid("The field RecordingFormatType is invalid.")
	case r.Storage != nil && strings.EqualFold(r.Storage.Kind, "azureBlobStorage"):
		return unsupported("recording to a blob container")
	}
	return nil
}

// order is who gets which channel.
func (r *recordingRequest) order() ([]string, error) {
	var order []string
	for _, m := range r.Ordering {
		who, err := m.parse()
		if err != nil {
			return nil, invalid(err.Error() + ".")
		}
		order = append(order, who.raw())
	}
	for _, a := range r.Affinity {
		who, err := a.Participant.parse()
		if err != nil {
			return nil, invalid(err.Error() + ".")
		}
		if a.Channel < 0 || a.Channel >= voice.MaxChannels {
			return nil, invalid("The field Channel is invalid.")
		}
		for len(order) <= a.Channel {
			order = append(order, "")
		}
		order[a.Channel] = who.raw()
	}
	return order, nil
}

// errRecording is a second recording of a call (facts/call-automation.md §3).
var errRecording = failure{http.StatusBadRequest, "8559", "Recording is already in progress."}

func (s *Service) startRecording(x *exchange) (events.Object, error) {
	var req recordingRequest
	if err := x.decode(&req); err != nil {
		return nil, err
	}
	if err := req.complete(); err != nil {
		return nil, err
	}
	if req.Callback != "" {
		if err := s.callback("RecordingStateCallbackUri", req.Callback); err != nil {
			return nil, err
		}
	}
	c, leg, err := s.recorded(x, req)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(c.recordings, func(r *recording) bool { return !r.over }) {
		return nil, errRecording
	}
	order, err := req.order()
	if err != nil {
		return nil, err
	}
	recorder, err := voice.NewRecorder(req.Channels == "unmixed", order)
	if err != nil {
		return nil, invalid("The field AudioChannelParticipantOrdering is invalid.")
	}
	r := &recording{
		id: newRecordingID(leg.ID), call: c, res: c.resource, leg: leg, outbox: s.Sender.Outbox(c.resource.ImmutableID), callback: req.Callback,
		format: req.Format, content: req.Content, unmixed: req.Channels == "unmixed", recorder: recorder, paused: req.Paused, started: time.Now(),
	}
	x.outbox = r.outbox
	if value, struck := s.Faults.Take(faults.RecordingFail, c.resource.ImmutableID); struck {
		result := events.Result{Code: http.StatusConflict, SubCode: 8571, Message: "Recording conflict."}
		if o, err := teams.ParseOutcome(value); err == nil {
			result = events.Result{Code: o.Code, SubCode: o.SubCode, Message: o.Reason}
		}
		r.over = true
		x.then(func() {
			s.tellRecording(r, events.StartRecordingFailed, events.Object{{Key: "recordingId", Value: r.id}}, result)
		})
		return r.object(), nil
	}
	c.recordings = append(c.recordings, r)
	recorder.SetPaused(req.Paused)
	r.untap = c.sound.Tap(func(said []mixer.Said) {
		for _, one := range said {
			if participating(one.Name) || !r.unmixed { // what is played has no channel of its own
				recorder.Add(one.Name, one.Frame)
			}
		}
		recorder.EndTick()
	})
	x.then(func() {
		// Inactive without a start comes before active (facts/observed-events.md §6).
		s.tellState(r, "inactive", time.Time{})
		s.changed(c, 3)
		s.showRecording(r)
		s.after(s.Delays[delays.RecordingStart], func() {
			if r.running() {
				s.tellState(r, "active", r.started)
			}
		})
	})
	return r.object(), nil
}

// recorded finds the call to record and the leg whose ids its events bear.
func (s *Service) recorded(x *exchange, req recordingRequest) (*call, events.Connection, error) {
	if req.CallID != "" {
		leg, err := s.findID(x, req.CallID)
		if err != nil {
			return nil, events.Connection{}, err
		}
		if !leg.connected {
			return nil, events.Connection{}, errNotEstablished
		}
		return leg.call, leg.Connection, nil
	}
	c, err := s.locate(x, *req.Locator, false)
	if err != nil {
		return nil, events.Connection{}, err
	}
	ids := events.Connection{ID: newID(), ServerCallID: c.serverCallID, CorrelationID: c.correlationID, Version: x.version}
	if len(c.legs) > 0 {
		ids = c.legs[0].Connection
	}
	x.chain = c.correlationID
	return c, ids, nil
}

// newRecordingID has the form of facts/observed-events.md §9.
func newRecordingID(platform string) string {
	raw, _ := json.Marshal(struct{ PlatformEndpointId, ResourceSpecificId string }{platform, newID()})
	return base64.RawURLEncoding.EncodeToString(raw)
}

// showRecording puts the banner on every Teams screen of the call.
func (s *Service) showRecording(r *recording) {
	for _, m := range r.call.members {
		r.banner(m)
	}
}

func (s *Service) tellState(r *recording, state string, since time.Time) {
	start := "0001-01-01T00:00:00+00:00"
	if !since.IsZero() {
		start = events.Timestamp(since)
	}
	s.tellRecording(r, events.RecordingStateChanged, events.Object{
		{Key: "recordingId", Value: r.id}, {Key: "state", Value: state}, {Key: "startDateTime", Value: start},
		{Key: "recordingKind", Value: "azureCommunicationServices"},
	}, ok)
}

func (s *Service) tellRecording(r *recording, name string, special events.Object, result events.Result) {
	if r.callback == "" {
		return
	}
	r.outbox.Push(events.Event{
		Name: name, URL: r.callback, Source: r.leg.Source(name, special), Data: r.leg.Operation(name, special, "", result),
	})
}

// findRecording returns the recording of {id} while it is under way or paused.
func (s *Service) findRecording(x *exchange) (*recording, error) {
	for _, c := range s.calls {
		for _, r := range c.recordings {
			if r.id == x.id && r.res == x.resource && !r.over {
				x.chain, x.outbox = c.correlationID, r.outbox
				return r, nil
			}
		}
	}
	return nil, failure{http.StatusNotFound, "8522", "Recording not found."}
}

func (s *Service) getRecording(x *exchange) (events.Object, error) {
	r, err := s.findRecording(x)
	if err != nil {
		return nil, err
	}
	return r.object(), nil
}

func (s *Service) stopRecording(x *exchange) (events.Object, error) {
	r, err := s.findRecording(x)
	if err != nil {
		return nil, err
	}
	x.then(func() { s.finishRecording(r, recordingStopped) })
	return nil, nil
}

func (s *Service) pauseRecording(x *exchange) (events.Object, error) {
	return s.pause(x, true)
}

func (s *Service) resumeRecording(x *exchange) (events.Object, error) {
	return s.pause(x, false)
}

func (s *Service) pause(x *exchange, paused bool) (events.Object, error) {
	r, err := s.findRecording(x)
	if err != nil {
		return nil, err
	}
	if r.paused == paused {
		return nil, failure{http.StatusBadRequest, "8573", "Pause or resume is not allowed in the current state of the recording."}
	}
	x.then(func() {
		if r.over {
			return
		}
		r.paused = paused
		r.recorder.SetPaused(paused)
		s.showRecording(r)
		s.tellState(r, r.state(), r.started)
		s.repeat(r.call)
	})
	return nil, nil
}

// finishRecording ends a recording and announces its file.
func (s *Service) finishRecording(r *recording, why string) {
	if s.stopRecorder(r) {
		s.keepFile(r, why) // first: who hears of the end may count the minutes from it
		s.tellState(r, "inactive", r.started)
	}
}

// stopRecorder ends a recording without a word and reports whether it ran.
func (s *Service) stopRecorder(r *recording) bool {
	if r.over {
		return false
	}
	r.over = true
	r.untap()
	s.showRecording(r)
	return true
}

// fileLifetime is how long a recorded file is kept (facts/call-automation.md §10).
const fileLifetime = 24 * time.Hour

// file is a recorded file on Microsoft's storage, good for a day: a recording, or
// a piece of a long one.
type file struct {
	id        string
	index     int
	endReason string
	res       *resource
	recording *recording
	ended     time.Time // the recording
	wav       []byte
	lasts     time.Duration
}

// keepFile stores what was recorded and tells Event Grid where it is, at once
// or after the minutes that the real service takes. They count from now, however
// long the file takes to be written.
func (s *Service) keepFile(r *recording, why string) {
	ended := time.Now()
	piece := time.Duration(0)
	if value, struck := s.Faults.Take(faults.RecordingChunk, r.res.ImmutableID); struck {
		piece, _ = time.ParseDuration(value) // what is none leaves it whole
	}
	s.after(s.Delays[delays.RecordingFile], func() {
		s.spawn(func() {
			wavs, err := r.recorder.WAVs(piece)
			if err != nil {
				s.Logger.Error("recording cannot be written", "error", err)
				return
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			s.publishFiles(r, ended, why, wavs)
		})
	})
	s.Clock.AfterFunc(fileLifetime, func() { s.deleteFiles(func(f *file) bool { return f.recording == r }) })
}

// publishFiles makes the files of a recording available and says so.
func (s *Service) publishFiles(r *recording, ended time.Time, why string, wavs []voice.Piece) {
	var chunks []events.Object
	for i, p := range wavs {
		f := &file{id: "0-sim-d1-" + newID(), index: i, endReason: why, res: r.res, recording: r, ended: ended, wav: p.WAV, lasts: p.Lasts}
		if i < len(wavs)-1 {
			f.endReason = recordingChunkFull
		}
		s.files = append(s.files, f)
		base := s.Storage + "/v1/objects/" + f.id
		chunks = append(chunks, events.Object{
			{Key: "documentId", Value: f.id}, {Key: "index", Value: i}, {Key: "endReason", Value: f.endReason},
			{Key: "contentLocation", Value: base + "/content/video"},
			{Key: "metadataLocation", Value: base + "/content/acsmetadata"},
			{Key: "deleteLocation", Value: base},
		})
	}
	s.Grid.Publish(events.Topic(r.res.Name), "/recording/call/"+r.leg.ServerCallID+"/recordingId/"+r.id, events.RecordingFileStatusUpdated, events.Object{
		{Key: "recordingStorageInfo", Value: events.Object{{Key: "recordingChunks", Value: chunks}}},
		{Key: "recordingStartTime", Value: events.GridTimestamp(r.started)},
		{Key: "recordingDurationMs", Value: r.recorder.Duration().Milliseconds()},
		{Key: "recordingContentType", Value: map[string]string{"audio": "Audio", "audiovideo": "AudioVideo"}[r.content]},
		{Key: "recordingChannelType", Value: map[bool]string{false: "Mixed", true: "Unmixed"}[r.unmixed]},
		{Key: "recordingFormatType", Value: strings.ToUpper(r.format[:1]) + r.format[1:]},
		{Key: "sessionEndReason", Value: why},
	})
}

func (s *Service) deleteFiles(which func(*file) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files = slices.DeleteFunc(s.files, which)
}

// Files serves recorded files: GET of content and metadata, with ranges, and
// DELETE. Requests are signed with the access key of the resource for its own
// host, which x-ms-host names, over the path alone; an Entra token does as well
// (facts/call-automation.md §10). For http.* faults the operations are called
// get_file and delete_file.
func (s *Service) Files() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/objects/{id}/content/{part}", func(w http.ResponseWriter, r *http.Request) {
		s.Faults.Wrap("get_file", w, r, func(w http.ResponseWriter) {
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
	})
	mux.HandleFunc("DELETE /v1/objects/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.Faults.Wrap("delete_file", w, r, func(w http.ResponseWriter) {
			if f, _ := s.fileFor(w, r); f != nil {
				s.deleteFiles(func(o *file) bool { return o == f })
				w.WriteHeader(http.StatusOK)
			}
		})
	})
	return mux
}

// fileFor finds the file of a request that may have it, or answers.
func (s *Service) fileFor(w http.ResponseWriter, r *http.Request) (*file, []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.files, func(f *file) bool { return f.id == r.PathValue("id") })
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
		"resourceId": f.res.ImmutableID, "callId": r.call.correlationID, "chunkDocumentId": f.id, "chunkIndex": f.index,
		"chunkStartTime": events.GridTimestamp(r.started), "chunkDuration": f.lasts.Milliseconds(),
		"recordingInfo": map[string]any{"contentType": r.content, "channelType": map[bool]string{false: "mixed", true: "unmixed"}[r.unmixed], "format": r.format},
		"participants":  parties,
	}
}
