package admin

import (
	"context"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// Recording is a recording as it is kept, longer than its call.
type Recording struct {
	ID        call.RecordingID `json:"id" doc:"A UUID." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f80aa"`
	Tenant    tenant.ID        `json:"tenant" doc:"The tenant whose call it was." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	Call      call.ID          `json:"call" doc:"Id of the call." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091"`
	State     string           `json:"state" enum:"announcing,starting,recording,pausing,paused,resuming,stopping,ended,failed" doc:"Where it stood when something of it changed last." example:"ended"`
	File      string           `json:"file" enum:"none,ready,stored,lost" doc:"none: Microsoft has not said where its files are. ready: they are being fetched. stored: all are here. lost: at least one cannot be had any more."`
	Files     []RecordingFile  `json:"files" nullable:"false" doc:"Mostly one; Microsoft cuts long recordings."`
	Format    string           `json:"format" enum:"wav,mp3" doc:"As it was asked for."`
	Channels  string           `json:"channels" enum:"mixed,unmixed" doc:"Whether speakers are kept apart."`
	RecordedS float64          `json:"recorded_s" doc:"How many seconds were recorded, without pauses." example:"42.5"`
	Outcome   string           `json:"outcome,omitempty" doc:"Why it failed." example:"not_allowed"`
	Message   string           `json:"message,omitempty" doc:"Details for people: why it failed, or why its files are lost."`
	AskedAt   time.Time        `json:"asked_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:09Z"`
	StartedAt *time.Time       `json:"started_at,omitempty" doc:"RFC 3339, UTC; absent: it never began." example:"2026-11-22T09:30:10Z"`
	EndedAt   *time.Time       `json:"ended_at,omitempty" doc:"RFC 3339, UTC." example:"2026-11-22T09:34:10Z"`
	StoredAt  *time.Time       `json:"stored_at,omitempty" doc:"RFC 3339, UTC." example:"2026-11-22T09:36:00Z"`
	ExpiresAt *time.Time       `json:"expires_at,omitempty" doc:"When it will be deleted; absent: when somebody does." example:"2027-02-20T09:34:10Z"`
}

// RecordingFile is one file of a recording.
type RecordingFile struct {
	Index    int        `json:"index" doc:"Counts from 0, in the order of time." example:"0"`
	Size     int64      `json:"size,omitempty" doc:"In bytes; absent until it is stored." example:"1360044"`
	SHA256   string     `json:"sha256,omitempty" doc:"Of the file, in hexadecimal." example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
	Type     string     `json:"type,omitempty" doc:"Media type, as Microsoft gave it." example:"audio/wav"`
	StoredAt *time.Time `json:"stored_at,omitempty" doc:"RFC 3339, UTC." example:"2026-11-22T09:36:00Z"`
}

func showRecording(r call.StoredRecording) Recording {
	v := Recording{
		ID: r.ID, Tenant: r.Tenant, Call: r.Call, State: string(r.State), File: string(r.File), Format: string(r.Format), Channels: string(r.Channels),
		RecordedS: seconds(r.Recorded), Message: r.Message, AskedAt: r.AskedAt.UTC(), StartedAt: at(r.StartedAt), EndedAt: at(r.EndedAt),
		StoredAt: at(r.StoredAt), ExpiresAt: at(r.ExpiresAt),
		Files: each(r.Files, func(f call.RecordingFile) RecordingFile {
			return RecordingFile{Index: f.Index, Size: f.Size, SHA256: f.SHA256, Type: f.Type, StoredAt: at(f.StoredAt)}
		}),
	}
	if r.State == call.RecordingFailed {
		v.Outcome = string(r.Outcome)
	}
	if r.Why != "" {
		v.Message = r.Why
	}
	return v
}

// RecordingSettings is how a tenant's calls are recorded.
type RecordingSettings struct {
	RetentionDays int      `json:"retention_days" minimum:"0" maximum:"3650" default:"90" doc:"How many days after its end a recording is deleted, those that are there too; 0: when somebody does."`
	Announcement  []Source `json:"announcement,omitempty" maxItems:"10" doc:"Played to everybody before each recording that brings no announcement of its own." example:"[{\"text\":\"This call is recorded.\"}]"`
}

func (v *RecordingSettings) settings() call.RecordingSettings {
	return call.RecordingSettings{RetentionDays: v.RetentionDays, Announcement: sources(v.Announcement)}
}

// Resolve implements huma.ResolverWithPath.
func (v *RecordingSettings) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	return mistakes(at, v.settings().Validate())
}

func showRecordingSettings(v call.RecordingSettings) RecordingSettings {
	return RecordingSettings{RetentionDays: v.RetentionDays, Announcement: each(v.Announcement, func(s call.Source) Source {
		return Source{Prompt: string(s.Prompt), File: s.File, Text: s.Text, SSML: s.SSML, Locale: s.Locale, Voice: s.Voice}
	})}
}

type (
	// RecordingPath names a recording.
	RecordingPath struct {
		Recording string `path:"recording" maxLength:"64" doc:"Id of the recording." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f80aa"`
	}
	recordingContent struct {
		RecordingPath
		Index int `query:"index" minimum:"0" default:"0" doc:"Which of its files." example:"0"`
	}
	recordingsQuery struct {
		OfTenant
		Call string `query:"call" maxLength:"64" doc:"Only of this call." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091"`
	}
	settingsChange struct {
		TenantPath
		Body RecordingSettings
	}
)

func (s *server) recordingOf(ctx context.Context, in RecordingPath) (call.StoredRecording, error) {
	id, err := call.ParseRecordingID(in.Recording)
	if err != nil {
		return call.StoredRecording{}, fault.NotFound("recording_unknown", "there is no such recording")
	}
	r, err := s.deps.Recordings.Recording(ctx, callerOf(ctx).Tenant, id)
	concerns(ctx, r.Tenant, "")
	return r, err
}

func (s *server) getRecording(ctx context.Context, in *RecordingPath) (*shown[Recording], error) {
	r, err := s.recordingOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return &shown[Recording]{showRecording(r)}, nil
}

func (s *server) listRecordings(ctx context.Context, in *recordingsQuery) (*shown[Page[Recording]], error) {
	of, err := callerOf(ctx).within(in.Tenant)
	if err != nil {
		return nil, err
	}
	return list[call.StoredRecording, Recording]{
		name: "recordings", valid: isTenantID, show: showRecording,
		last: func(r call.StoredRecording) string { return string(r.ID) },
		fetch: func(before string, limit int) ([]call.StoredRecording, error) {
			return s.deps.Recordings.ListRecordings(ctx, of, call.ID(in.Call), call.RecordingID(before), limit)
		},
	}.page(in.PageQuery)
}

func (s *server) downloadRecording(ctx context.Context, in *recordingContent) (*huma.StreamResponse, error) {
	r, err := s.recordingOf(ctx, in.RecordingPath)
	if err != nil {
		return nil, err
	}
	i := in.Index
	if i >= len(r.Files) || r.Files[i].StoredAt.IsZero() {
		if r.File == call.FileLost {
			return nil, fault.NotFound("recording_lost", "the file is lost: "+r.Why)
		}
		return nil, fault.NotFound("recording_file_unknown", "the recording has no such file, or it is not stored yet")
	}
	f := r.Files[i]
	content, err := s.deps.RecordingFiles.Open(ctx, f.Key)
	if err != nil {
		return nil, err
	}
	return s.download(ctx, downloaded{
		action: "downloadRecording", subject: string(r.ID), detail: map[string]any{"index": i},
		name: fmt.Sprintf("%s-%d.%s", r.ID, i, r.Format), kind: f.Type, sha256: f.SHA256, changed: f.StoredAt,
	}, content), nil
}

func (s *server) deleteRecording(ctx context.Context, in *RecordingPath) (*none, error) {
	r, err := s.recordingOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return nil, s.deps.Recordings.DeleteRecording(ctx, r.Tenant, r.ID)
}

func (s *server) getRecordingSettings(ctx context.Context, in *TenantPath) (*shown[RecordingSettings], error) {
	t, err := s.tenantOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	v, err := s.deps.Recordings.RecordingSettings(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	return &shown[RecordingSettings]{showRecordingSettings(v)}, nil
}

func (s *server) changeRecordingSettings(ctx context.Context, in *settingsChange) (*shown[RecordingSettings], error) {
	t, err := s.tenantOf(ctx, in.TenantPath)
	if err != nil {
		return nil, err
	}
	if err := s.living(ctx, t.ID); err != nil {
		return nil, err
	}
	v := in.Body.settings()
	if err := s.knownPrompts(ctx, t.ID, "announcement", v.Announcement); err != nil {
		return nil, err
	}
	if err := s.deps.Recordings.SetRecordingSettings(ctx, t.ID, v); err != nil {
		return nil, err
	}
	return &shown[RecordingSettings]{showRecordingSettings(v)}, nil
}
