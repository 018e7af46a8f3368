package postgres_test

import (
	"testing"
	"time"

	"tandem/internal/call"
	"tandem/internal/fault"
)

// TestTranscripts: what was said is kept with the step, once, without its words in the
// journal; it goes when the tenant's days are over, and when somebody deletes it.
func TestTranscripts(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	l, c := r.open(t, r.t1, life("n1", 1))
	said := func(c call.Call, seq int, words string) call.Call {
		t.Helper()
		e := call.Transcribed{Transcription: "x", Text: words, Confidence: .5, Offset: 1500 * time.Millisecond, Duration: time.Second}
		s := next(c, e)
		s.At, s.After.Seq, s.After.Phrases = now(), seq, c.Phrases+1
		s.After.Transcription = &call.Transcription{ID: "x", Locale: "en-GB", State: call.TranscriptionRunning, Phrases: c.Phrases + 1, AskedAt: now()}
		return r.commit(t, l, s)
	}
	c = said(c, c.Seq+1, "a secret")
	c = said(c, c.Seq+1, "another\x00 one")
	all, err := r.store.ListPhrases(ctx, r.t1, c.ID, 0, 10)
	if err != nil || len(all) != 2 || all[0].Text != "a secret" || all[0].Locale != "en-GB" || all[0].Offset != 1500*time.Millisecond || all[1].Text != "another one" {
		t.Fatalf("%+v, %v", all, err)
	}
	if days := all[0].ExpiresAt.Sub(all[0].At).Hours() / 24; days < 89 || days > 91 {
		t.Errorf("kept for %f days", days)
	}
	if more, err := r.store.ListPhrases(ctx, r.t1, c.ID, all[0].Seq, 10); err != nil || len(more) != 1 || more[0].Text != all[1].Text {
		t.Errorf("behind the first: %+v, %v", more, err)
	}
	if others, err := r.store.ListPhrases(ctx, r.t2, c.ID, 0, 10); err != nil || len(others) != 0 {
		t.Errorf("another tenant reads %+v, %v", others, err)
	}
	if n := r.count(t, `SELECT count(*) FROM call_event WHERE payload::text LIKE '%secret%'`); n != 0 {
		t.Error("the journal has the words")
	}
	if n := r.count(t, `SELECT count(*) FROM call_snapshot WHERE state::text LIKE '%secret%'`); n != 0 {
		t.Error("the snapshot has the words")
	}
	if err := r.store.SetRecordingSettings(ctx, r.t1, call.RecordingSettings{RetentionDays: 1}); err != nil {
		t.Fatal(err)
	}
	if n, err := r.store.ExpireTranscripts(ctx, now().Add(23*time.Hour), 10); err != nil || n != 0 {
		t.Errorf("%d are over before their time: %v", n, err)
	}
	if n, err := r.store.ExpireTranscripts(ctx, now().Add(25*time.Hour), 10); err != nil || n != 1 {
		t.Errorf("%d are over: %v", n, err)
	}
	c = said(c, c.Seq+1, "later")
	all, err = r.store.ListPhrases(ctx, r.t1, c.ID, 0, 10)
	if err != nil || len(all) != 1 || all[0].ExpiresAt.Sub(all[0].At) != 24*time.Hour {
		t.Fatalf("%+v, %v", all, err)
	}
	if err := r.store.DeletePhrases(ctx, r.t2, c.ID); err != nil {
		t.Fatal(err)
	}
	if all, err = r.store.ListPhrases(ctx, r.t1, c.ID, 0, 10); err != nil || len(all) != 1 {
		t.Errorf("another tenant deleted it: %+v, %v", all, err)
	}
	if err := r.store.DeletePhrases(ctx, r.t1, c.ID); err != nil {
		t.Fatal(err)
	}
	if all, err = r.store.ListPhrases(ctx, r.t1, c.ID, 0, 10); err != nil || len(all) != 0 {
		t.Errorf("deleted: %+v, %v", all, err)
	}
}

// TestPhraseInDoubt: one that was not taken is not kept.
func TestPhraseInDoubt(t *testing.T) {
	r, line := doubtfulRig(t)
	l, c := r.open(t, r.t1, life("n1", 1))
	s := next(c, call.Transcribed{Transcription: "x", Text: "hello"})
	s.At, s.After.Seq = now(), c.Seq+1
	s.After.Transcription = &call.Transcription{ID: "x", State: call.TranscriptionRunning, AskedAt: now()}
	line.loseAnswerTo(string(c.ID))
	journalFault(t, r.Commit(t.Context(), l, s), fault.KindUnavailable, "database_away")
	other := next(c, call.Doubted{})
	other.After.Seq = c.Seq + 1
	r.commit(t, l, other)
	if all, err := r.store.ListPhrases(t.Context(), r.t1, c.ID, 0, 10); err != nil || len(all) != 0 {
		t.Errorf("kept: %+v, %v", all, err)
	}
}
