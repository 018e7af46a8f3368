package call

import (
	"errors"
	"testing"
)

var transcribeAsked = TranscribeAsked{How: TranscribeStart, ID: "w", Locale: "en-US"}

func (s *story) transcriptionIs(state TranscriptionState) {
	s.t.Helper()
	if s.c.Transcription == nil || s.c.Transcription.State != state {
		s.t.Fatalf("the transcription is %+v, want %s", s.c.Transcription, state)
	}
}

func transcribed(t *testing.T) *story {
	t.Helper()
	s := talking(t, Plan{Connectivity: acsDirectRouting})
	s.expect(transcribeAsked, "operate")
	s.transcriptionIs(TranscriptionStarting)
	s.expect(OperationEnded{Op: s.op(), State: OperationDone})
	s.transcriptionIs(TranscriptionRunning)
	return s
}

// TestTranscription: each event in each state.
func TestTranscription(t *testing.T) {
	phrase := Transcribed{Transcription: "w", Who: bob, Text: "hello"}
	begun := func(t *testing.T) *story {
		s := talking(t, Plan{Connectivity: acsDirectRouting})
		s.expect(transcribeAsked, "operate")
		return s
	}
	start := func(s *story) string { return s.c.operationNamed("w").Op }
	for name, row := range map[string]struct {
		from    func(*testing.T) *story
		do      func(*story)
		want    TranscriptionState
		why     Class
		phrases int
	}{
		"a phrase, and Microsoft's word is lost": {begun, func(s *story) {
			s.play(phrase)
			s.play(DeadlinePassed{Name: awaitOperation(start(s))})
		}, TranscriptionRunning, "", 1},
		"nothing is told": {begun, func(s *story) { s.play(DeadlinePassed{Name: awaitOperation(start(s))}) }, TranscriptionFailed, ClassTimeout, 0},
		"refused": {begun, func(s *story) {
			s.play(ActionFailed{Op: start(s), Action: Operate{}.Kind(), Outcome: Outcome{Class: ClassMisconfigured}})
		}, TranscriptionFailed, ClassMisconfigured, 0},
		"phrases": {transcribed, func(s *story) { s.play(phrase); s.play(phrase) }, TranscriptionRunning, "", 2},
		"stopped": {transcribed, func(s *story) {
			s.expect(TranscribeAsked{How: TranscribeStop, ID: "x"}, "operate")
			s.transcriptionIs(TranscriptionStopping)
			op := s.op()
			s.play(phrase) // was on its way
			s.expect(OperationEnded{Op: op, State: OperationDone})
		}, TranscriptionEnded, ClassEnded, 1},
		"lost": {transcribed, func(s *story) {
			s.play(phrase)
			s.expect(OperationEnded{Op: start(s), State: OperationFailed, Outcome: Outcome{Class: ClassMedia}})
		}, TranscriptionFailed, ClassMedia, 1},
		"another language": {transcribed, func(s *story) {
			s.expect(TranscribeAsked{How: TranscribeUpdate, ID: "x", Locale: "es-ES"}, "operate")
			if s.c.Transcription.Locale != "en-US" {
				s.t.Error("believed before it is so")
			}
			s.expect(OperationEnded{Op: s.op(), State: OperationDone})
			if s.c.Transcription.Locale != "es-ES" {
				s.t.Errorf("%+v", s.c.Transcription)
			}
		}, TranscriptionRunning, "", 0},
		"another language, refused": {transcribed, func(s *story) {
			s.expect(TranscribeAsked{How: TranscribeUpdate, ID: "x", Locale: "xx-YY"}, "operate")
			s.expect(OperationEnded{Op: s.op(), State: OperationFailed})
			if k := s.c.Transcription; k.Locale != "en-US" || k.Change != "" {
				s.t.Errorf("%+v", k)
			}
		}, TranscriptionRunning, "", 0},
		"the call ends": {transcribed, func(s *story) { s.play(HangUpAsked{}); s.expect(phrase) }, TranscriptionEnded, ClassEnded, 0},
		"of another":    {transcribed, func(s *story) { s.expect(Transcribed{Transcription: "y", Text: "x"}) }, TranscriptionRunning, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := row.from(t)
			row.do(s)
			s.transcriptionIs(row.want)
			if k := s.c.Transcription; k.Outcome.Class != row.why || k.Phrases != row.phrases || k.Over() == k.EndedAt.IsZero() {
				t.Errorf("%+v, want %q and %d phrases", k, row.why, row.phrases)
			}
		})
	}
}

func TestTranscriptionPermits(t *testing.T) {
	s := transcribed(t)
	for name, e := range map[string]TranscribeAsked{
		"a second one":       {How: TranscribeStart, ID: "y", Locale: "en-US"},
		"no language":        {How: TranscribeUpdate, ID: "y"},
		"a language to stop": {How: TranscribeStop, ID: "y", Locale: "en-US"},
		"nobody knows how":   {How: "sing", ID: "y"},
	} {
		if err := s.c.Permit(e); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.play(TranscribeAsked{How: TranscribeUpdate, ID: "x", Locale: "es-ES"})
	if err := s.c.Permit(TranscribeAsked{How: TranscribeStop, ID: "z"}); !errors.Is(err, ErrRefused) {
		t.Errorf("two changes at once: %v", err)
	}
	for _, how := range []TranscribeHow{TranscribeStop, TranscribeUpdate} {
		e := TranscribeAsked{How: how, ID: "z"}
		if how == TranscribeUpdate {
			e.Locale = "en-US"
		}
		if err := talking(t, Plan{Connectivity: acsDirectRouting}).c.Permit(e); !errors.Is(err, ErrRefused) {
			t.Errorf("%s of nothing: %v", how, err)
		}
	}
	c := s.c
	if got := c.Speaker(ana); got != c.Participants[0].ID {
		t.Errorf("Ana is %q", got)
	}
	if c.Speaker(c.customer()) != Customer || c.Speaker(Endpoint{}) != "" || c.Speaker(eve) != "" {
		t.Error("who speaks is mistaken")
	}
}
