package admin

import (
	"cmp"
	"context"
	"strconv"
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
	Phrases int        `json:"phrases" doc:"How many came; each was an event call.transcript, and is in the transcript." example:"12"`
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

// Phrase is what somebody said.
type Phrase struct {
	Number        int        `json:"number" doc:"Orders the phrases of a call; not without gaps." example:"41"`
	Transcription string     `json:"transcription" doc:"The transcription that it is of." example:"0f5c1f9e-8c7b-4a53-8f0e-1f8f5a0d7c21"`
	Locale        string     `json:"locale" doc:"What was listened for." example:"en-GB"`
	Who           string     `json:"who,omitempty" doc:"customer, or the participant's id; absent: not known." example:"customer"`
	Name          string     `json:"name,omitempty" doc:"What the participant is called." example:"Adele Vance"`
	Text          string     `json:"text" doc:"What was said." example:"I would like to change my booking."`
	Final         bool       `json:"final" doc:"Always true: what Microsoft still thinks about is not kept." example:"true"`
	Confidence    float64    `json:"confidence" doc:"How sure Microsoft is, 0 to 1." example:"0.93"`
	At            time.Time  `json:"at" doc:"When it came, RFC 3339, UTC." example:"2026-11-22T09:30:41Z"`
	OffsetS       float64    `json:"offset_s" doc:"Seconds from the beginning of the transcription." example:"12.3"`
	DurationS     float64    `json:"duration_s" doc:"Seconds that it took to say." example:"2.1"`
	ExpiresAt     *time.Time `json:"expires_at,omitempty" doc:"When it will be deleted; absent: when somebody does." example:"2027-02-20T09:30:41Z"`
}

func showPhrase(p call.Phrase) Phrase {
	return Phrase{
		Number: p.Seq, Transcription: p.Transcription, Locale: p.Locale, Who: p.Speaker, Name: p.Name, Text: p.Text, Final: true, Confidence: p.Confidence,
		At: p.At.UTC(), OffsetS: seconds(p.Offset), DurationS: seconds(p.Duration), ExpiresAt: at(p.ExpiresAt),
	}
}

// transcriptOf is where the transcript of a call is.
func transcriptOf(id call.ID) string { return "/v1/calls/" + string(id) + "/transcript" }

type transcriptQuery struct {
	CallPath
	PageQuery
}

// getTranscript leaves a line in the trail: who read what a customer said is to be
// known.
func (s *server) getTranscript(ctx context.Context, in *transcriptQuery) (*shown[Page[Phrase]], error) {
	c, err := s.callOf(ctx, in.CallPath)
	if err != nil {
		return nil, err
	}
	page, err := list[call.Phrase, Phrase]{
		name: "phrases", valid: func(after string) bool { _, err := strconv.Atoi(after); return err == nil }, show: showPhrase,
		last: func(p call.Phrase) string { return strconv.Itoa(p.Seq) },
		fetch: func(after string, limit int) ([]call.Phrase, error) {
			behind, _ := strconv.Atoi(cmp.Or(after, "0")) // valid looked
			return s.deps.Transcripts.ListPhrases(ctx, c.Tenant, c.ID, behind, limit)
		},
	}.page(in.PageQuery)
	if err == nil {
		s.record(ctx, "getTranscript", string(c.ID), nil)
	}
	return page, err
}

func (s *server) deleteTranscript(ctx context.Context, in *CallPath) (*none, error) {
	c, err := s.callOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return nil, s.deps.Transcripts.DeletePhrases(ctx, c.Tenant, c.ID)
}
