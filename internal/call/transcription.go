package call

import (
	"cmp"
	"fmt"
	"time"

	"tandem/internal/fault"
)

// A transcription is what is said in a call, as Microsoft's speech understands it. A
// call has one at a time. Microsoft opens a socket to us (facts/call-automation.md §9),
// and each final phrase is an event of the call, told to the provider as it comes and
// kept beside the journal ([Phrase]); nothing of it is in the snapshot.
//
//	starting ──started, or a phrase came──▶ running ──stop──▶ stopping ──stopped──▶ ended
//	    └──────────── refused, no socket ──────┴── lost ─────────────────────▶ failed
//
// It goes by operations as a stream does, and a socket that nobody wants is refused
// at the door.

// The operations of a transcription.
const (
	StartTranscription  OperationKind = "start_transcription"
	StopTranscription   OperationKind = "stop_transcription"
	UpdateTranscription OperationKind = "update_transcription" // to another language
)

// TranscriptionState is where a transcription stands.
type TranscriptionState string

// The states.
const (
	TranscriptionStarting TranscriptionState = "starting"
	TranscriptionRunning  TranscriptionState = "running"
	TranscriptionStopping TranscriptionState = "stopping"
	TranscriptionEnded    TranscriptionState = "ended"
	TranscriptionFailed   TranscriptionState = "failed"
)

// Transcription is the newest one of a call. An earlier snapshot may share it, so it
// is replaced, never written to.
type Transcription struct {
	ID        string             `json:"id"` // chosen by who asks; also the operation that starts it
	State     TranscriptionState `json:"state"`
	Locale    string             `json:"locale"`           // of what is listened for, as Microsoft was told last
	Change    string             `json:"change,omitempty"` // the operation under way that stops or changes it
	Phrases   int                `json:"phrases"`          // final ones that came
	Outcome   Outcome            `json:"outcome,omitzero"`
	AskedAt   time.Time          `json:"asked_at"`
	ChangedAt time.Time          `json:"changed_at"` // of state
	EndedAt   time.Time          `json:"ended_at,omitzero"`
}

// Over reports whether nothing more is expected of it.
func (k Transcription) Over() bool {
	return k.State == TranscriptionEnded || k.State == TranscriptionFailed
}

// Awaits reports whether a socket for it is let in.
func (k Transcription) Awaits() bool {
	return k.State == TranscriptionStarting || k.State == TranscriptionRunning
}

// Phrase is what somebody said, as it is kept.
type Phrase struct {
	Seq           int    // of the event; orders the phrases of a call
	Transcription string // that it is of
	Locale        string // of what was listened for
	At            time.Time
	Speaker       string // see [Call.Speaker]
	Name          string // of the speaker, if he has one
	Text          string
	Confidence    float64
	Offset        time.Duration // since the transcription began
	Duration      time.Duration
	ExpiresAt     time.Time // zero: it does not
}

// TranscribeHow is what can be asked of a transcription.
type TranscribeHow string

// What can be asked.
const (
	TranscribeStart  TranscribeHow = "start"
	TranscribeStop   TranscribeHow = "stop"
	TranscribeUpdate TranscribeHow = "update"
)

// The events of transcriptions.
type (
	// TranscribeAsked is the command to begin, to stop, or to listen for another language.
	TranscribeAsked struct {
		How    TranscribeHow `json:"how"`
		ID     string        `json:"id"`               // of the operation, chosen by who asks; of a start the transcription's too
		Locale string        `json:"locale,omitempty"` // start, update: BCP 47
	}
	// Transcribed is a final phrase.
	Transcribed struct {
		Transcription string        `json:"transcription"`
		Who           Endpoint      `json:"who,omitzero"` // zero: not known
		Text          string        `json:"text"`
		Confidence    float64       `json:"confidence,omitempty"`
		Offset        time.Duration `json:"offset"` // since it began
		Duration      time.Duration `json:"duration"`
	}
)

func (TranscribeAsked) Kind() string { return "transcribe_asked" }
func (Transcribed) Kind() string     { return "transcribed" }

// Check notes everything that is wrong with a command by itself.
func (e TranscribeAsked) Check(p *fault.Problems) {
	switch {
	case e.How == TranscribeStop && e.Locale != "":
		p.Add("locale", "is for start and update")
	case e.How == TranscribeStop:
	case e.How != TranscribeStart && e.How != TranscribeUpdate:
		p.Add("action", "must be start, stop or update")
	case !locale.MatchString(e.Locale):
		p.Add("locale", "must be a language tag such as en-US")
	}
}

func (e TranscribeAsked) operation() OperateAsked {
	kind := map[TranscribeHow]OperationKind{
		TranscribeStart: StartTranscription, TranscribeStop: StopTranscription, TranscribeUpdate: UpdateTranscription,
	}[e.How]
	return OperateAsked{ID: e.ID, Operation: Operation{Kind: kind, Locale: e.Locale}}
}

// permitTranscribe says what stands against a command about the transcription.
func (c Call) permitTranscribe(e TranscribeAsked) error {
	if err := sensible(e.Check); err != nil {
		return err
	}
	k := c.Transcription
	switch {
	case e.How == TranscribeStart && k != nil && !k.Over():
		return fmt.Errorf("%w: its transcription is %s already, and it has one at a time", ErrRefused, k.State)
	case e.How == TranscribeStart:
	case k == nil || k.Over():
		return fmt.Errorf("%w: it is not transcribed", ErrRefused)
	case k.State != TranscriptionRunning:
		return fmt.Errorf("%w: its transcription is %s", ErrRefused, k.State)
	case k.Change != "":
		return fmt.Errorf("%w: its transcription is being changed", ErrRefused)
	}
	return c.permitOperation(e.operation())
}

func (s *step) onTranscribeAsked(e TranscribeAsked) bool {
	if s.c.Permit(e) != nil || !s.onOperateAsked(e.operation()) {
		return false
	}
	if e.How == TranscribeStart {
		s.c.Transcription = &Transcription{ID: e.ID, State: TranscriptionStarting, Locale: e.Locale, AskedAt: s.at, ChangedAt: s.at}
		return true
	}
	s.changeTranscription(func(k *Transcription) { k.Change = e.ID })
	if e.How == TranscribeStop {
		s.transcriptionIs(TranscriptionStopping)
	}
	return true
}

// onTranscribed counts a phrase; what it says is in the event.
func (s *step) onTranscribed(e Transcribed) bool {
	k := s.c.Transcription
	if k == nil || k.ID != e.Transcription || k.Over() || s.c.Ending != nil {
		return false
	}
	s.changeTranscription(func(k *Transcription) { k.Phrases++ })
	s.c.Phrases++
	return true
}

func (s *step) changeTranscription(change func(*Transcription)) {
	k := *s.c.Transcription
	change(&k)
	s.c.Transcription = &k
}

func (s *step) transcriptionIs(state TranscriptionState) {
	s.changeTranscription(func(k *Transcription) {
		if k.State, k.ChangedAt = state, s.at; k.Over() {
			k.EndedAt = s.at
		}
	})
}

// driveTranscription goes on with whatever the call shows by now.
func (s *step) driveTranscription() {
	k := s.c.Transcription
	if k == nil || k.Over() {
		return
	}
	began, change := s.c.operationNamed(k.ID), s.c.operationNamed(k.Change)
	lost := began != nil && (began.State == OperationFailed || began.State == OperationCancelled)
	switch {
	case k.State == TranscriptionStopping:
		if change == nil || change.Over() {
			s.endTranscription(Outcome{Class: ClassEnded})
		}
	case lost && (k.Phrases == 0 || k.State == TranscriptionRunning): // with phrases, Microsoft's word may only be late
		s.endTranscription(began.Outcome)
	case k.State == TranscriptionStarting && (began == nil || began.Over()):
		s.transcriptionIs(TranscriptionRunning)
	case k.Change != "" && (change == nil || change.Over()): // an update
		s.changeTranscription(func(k *Transcription) {
			if k.Change = ""; change != nil && change.State == OperationDone {
				k.Locale = change.Locale
			}
		})
	}
}

func (s *step) endTranscription(why Outcome) {
	s.changeTranscription(func(k *Transcription) { k.Outcome, k.Change = why, "" })
	if cmp.Or(why.Class, ClassEnded) == ClassEnded {
		s.transcriptionIs(TranscriptionEnded)
		return
	}
	s.transcriptionIs(TranscriptionFailed)
}

// endTranscriptions: with the call, or with our control of it, everything ends.
func (s *step) endTranscriptions() {
	if k := s.c.Transcription; k != nil && !k.Over() {
		s.endTranscription(Outcome{Class: ClassEnded})
	}
}

// Speaker names who said something: [Customer], a participant's id, or "".
func (c Call) Speaker(e Endpoint) string {
	if e == (Endpoint{}) {
		return ""
	}
	for _, p := range c.Participants {
		if p.Endpoint == e && p.inside() {
			return p.ID
		}
	}
	if e == c.customer() {
		return Customer
	}
	return ""
}
