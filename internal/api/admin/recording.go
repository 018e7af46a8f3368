package admin

import (
	"context"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"tandem/internal/call"
	"tandem/internal/fault"
)

// RecordingStart is how a call is to be recorded.
type RecordingStart struct {
	Format       string   `json:"format,omitempty" enum:"wav,mp3" default:"wav" doc:"Of the file."`
	Channels     string   `json:"channels,omitempty" enum:"mixed,unmixed" default:"mixed" doc:"unmixed keeps up to five speakers in channels of their own, the caller in the first; for wav."`
	Paused       bool     `json:"paused,omitempty" default:"false" doc:"Begins paused: nothing is recorded until it is resumed."`
	Announcement []Source `json:"announcement,omitempty" maxItems:"10" doc:"Played to everybody before; if it cannot be played to its end, nothing is recorded. Without it, what the tenant has set. People in Teams see a banner, callers hear only this." example:"[{\"text\":\"This call is recorded.\"}]"`
}

// asked is the command; its id is the recording's.
func (b *RecordingStart) asked(id call.RecordingID) call.RecordAsked {
	e := call.RecordAsked{How: call.RecordStart, ID: id, Format: call.WAV, Channels: call.Mixed}
	if b == nil {
		return e
	}
	if b.Format != "" {
		e.Format = call.RecordingFormat(b.Format)
	}
	if b.Channels != "" {
		e.Channels = call.RecordingChannels(b.Channels)
	}
	e.Paused, e.Announcement = b.Paused, sources(b.Announcement)
	return e
}

// Resolve implements huma.ResolverWithPath.
func (b *RecordingStart) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	var p fault.Problems
	b.asked(call.RecordingID(uuid.Max.String())).Check(&p) // its id is given later
	return mistakes(at, p.Err("recording_invalid", "the recording is not valid"))
}

// CallRecording is a recording as its call knows it.
type CallRecording struct {
	ID        call.RecordingID `json:"id" doc:"A UUID." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f80aa"`
	State     string           `json:"state" enum:"announcing,starting,recording,pausing,paused,resuming,stopping,ended,failed" doc:"Where it stands. pausing: still recorded, as far as is known." example:"recording"`
	Format    string           `json:"format" enum:"wav,mp3" doc:"Of the file."`
	Channels  string           `json:"channels" enum:"mixed,unmixed" doc:"Whether speakers are kept apart."`
	RecordedS float64          `json:"recorded_s" doc:"How many seconds were recorded, without pauses." example:"42.5"`
	Spans     []RecordingSpan  `json:"spans" nullable:"false" doc:"When it recorded."`
	Outcome   string           `json:"outcome,omitempty" doc:"Why it failed, or ended unasked, or could not be paused." example:"not_allowed"`
	Message   string           `json:"message,omitempty" doc:"Details for people."`
	AskedAt   time.Time        `json:"asked_at" doc:"RFC 3339, UTC."`
	StartedAt *time.Time       `json:"started_at,omitempty" doc:"RFC 3339, UTC."`
	EndedAt   *time.Time       `json:"ended_at,omitempty" doc:"RFC 3339, UTC."`
}

// RecordingSpan is a time in which a call was recorded.
type RecordingSpan struct {
	From time.Time  `json:"from" doc:"RFC 3339, UTC."`
	To   *time.Time `json:"to,omitempty" doc:"RFC 3339, UTC; absent: it goes on."`
}

func (s *server) showCallRecording(r call.Recording) CallRecording {
	v := CallRecording{
		ID: r.ID, State: string(r.State), Format: string(r.Format), Channels: string(r.Channels), RecordedS: seconds(r.Recorded(s.cfg.Now())),
		Spans:   each(r.Spans, func(x call.Span) RecordingSpan { return RecordingSpan{x.From.UTC(), at(x.To)} }),
		Outcome: string(r.Outcome.Class), Message: r.Outcome.Message, AskedAt: r.AskedAt.UTC(), StartedAt: at(r.StartedAt), EndedAt: at(r.EndedAt),
	}
	if r.State == call.RecordingEnded && r.Outcome.Class == call.ClassEnded {
		v.Outcome = "" // as asked
	}
	return v
}

type recordingStart struct {
	CallPath
	Body *RecordingStart
}

// startRecording answers with the recording as it was asked for.
func (s *server) startRecording(ctx context.Context, in *recordingStart) (*made[CallRecording], error) {
	c, err := s.callOf(ctx, in.CallPath)
	if err != nil {
		return nil, err
	}
	id, err := uuid.NewV7() // by id is by time
	if err != nil {
		return nil, fmt.Errorf("make an id: %w", err)
	}
	e := in.Body.asked(call.RecordingID(id.String()))
	if err := s.knownPrompts(ctx, c.Tenant, "announcement", e.Announcement); err != nil {
		return nil, err
	}
	if err := s.deps.RecordingFiles.Usable(ctx); err != nil { // what is recorded now must be stored within a day
		return nil, err
	}
	if len(e.Announcement) == 0 {
		settings, err := s.deps.Recordings.RecordingSettings(ctx, c.Tenant)
		if err != nil {
			return nil, err
		}
		e.Announcement = settings.Announcement
	}
	if err := s.ask(ctx, c, e); err != nil {
		return nil, err
	}
	r := call.Recording{ID: e.ID, State: call.RecordingStarting, Format: e.Format, Channels: e.Channels, AskedAt: s.cfg.Now()}
	if len(e.Announcement) > 0 {
		r.State = call.RecordingAnnouncing
	}
	return &made[CallRecording]{Location: "/v1/calls/" + string(c.ID) + "/recording", Body: s.showCallRecording(r)}, nil
}

// changeRecording asks the recording under way for what needs no more words.
func (s *server) changeRecording(how call.RecordHow) func(context.Context, *CallPath) (*none, error) {
	return func(ctx context.Context, in *CallPath) (*none, error) {
		c, err := s.callOf(ctx, *in)
		if err != nil {
			return nil, err
		}
		return nil, s.ask(ctx, c, call.RecordAsked{How: how})
	}
}

func (s *server) getCallRecording(ctx context.Context, in *CallPath) (*shown[CallRecording], error) {
	c, err := s.callOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	if len(c.Recordings) == 0 {
		return nil, fault.NotFound("recording_unknown", "the call was not recorded")
	}
	return &shown[CallRecording]{s.showCallRecording(c.Recordings[len(c.Recordings)-1])}, nil
}
