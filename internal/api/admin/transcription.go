package admin

import (
	"cmp"
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"tandem/internal/call"
	"tandem/internal/fault"
)

// TranscriptionBody starts, changes or stops a transcription.
type TranscriptionBody struct {
	Action string `json:"action" enum:"start,stop,update" doc:"What to do. update: listen for another language." example:"start"`
	Locale string `json:"locale,omitempty" maxLength:"20" doc:"Of what is said; to start, without it en-US." example:"en-GB"`
}

func (b *TranscriptionBody) asked(id string) call.TranscribeAsked {
	e := call.TranscribeAsked{How: call.TranscribeHow(b.Action), ID: id, Locale: b.Locale}
	if e.How == call.TranscribeStart {
		e.Locale = cmp.Or(e.Locale, "en-US")
	}
	return e
}

// Resolve implements huma.ResolverWithPath.
func (b *TranscriptionBody) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	var p fault.Problems
	b.asked("").Check(&p)
	return mistakes(at, p.Err("transcription_invalid", "the transcription is not valid"))
}

// Transcription is what Microsoft's speech makes of a call.
type Transcription struct {
	ID      string     `json:"id" doc:"Within the call; also of the operation that starts it." example:"0f5c1f9e-8c7b-4a53-8f0e-1f8f5a0d7c21"`
	State   string     `json:"state" enum:"starting,running,stopping,ended,failed" doc:"Where it stands." example:"running"`
	Locale  string     `json:"locale" doc:"Of what is listened for." example:"en-GB"`
	Phrases int        `json:"phrases" doc:"How many came; each was an event call.transcript." example:"12"`
	Outcome string     `json:"outcome,omitempty" doc:"Why it ended or failed. misconfigured: the resource has no speech service." example:"misconfigured"`
	Message string     `json:"message,omitempty" doc:"Details for people."`
	AskedAt time.Time  `json:"asked_at" doc:"RFC 3339, UTC."`
	EndedAt *time.Time `json:"ended_at,omitempty" doc:"RFC 3339, UTC."`
}

func showTranscription(k call.Transcription) Transcription {
	return Transcription{
		ID: k.ID, State: string(k.State), Locale: k.Locale, Phrases: k.Phrases, Outcome: string(k.Outcome.Class), Message: k.Outcome.Message,
		AskedAt: k.AskedAt.UTC(), EndedAt: at(k.EndedAt),
	}
}

type transcriptionAsk struct {
	CallPath
	Body TranscriptionBody
}

// transcribe answers with the transcription as it was asked for; the call shows what
// comes of it.
func (s *server) transcribe(ctx context.Context, in *transcriptionAsk) (*made[Transcription], error) {
	c, err := s.callOf(ctx, in.CallPath)
	if err != nil {
		return nil, err
	}
	e := in.Body.asked(uuid.NewString())
	if err := s.ask(ctx, c, e); err != nil {
		return nil, err
	}
	k := call.Transcription{ID: e.ID, State: call.TranscriptionStarting, Locale: e.Locale, AskedAt: s.cfg.Now()}
	if e.How != call.TranscribeStart {
		k = *c.Transcription
	}
	if e.How == call.TranscribeStop {
		k.State = call.TranscriptionStopping
	}
	return &made[Transcription]{Location: "/v1/calls/" + string(c.ID), Body: showTranscription(k)}, nil
}
