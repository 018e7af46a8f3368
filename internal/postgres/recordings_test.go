package postgres_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/postgres"
	"tandem/internal/provider"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

const firstRecording call.RecordingID = "019ab1c2-7d3e-7f00-8a4b-3c5d6e7f80aa"

// recording journals a call that is recorded, as far as events bring it.
func (r *rig) recording(t *testing.T, in tenant.ID, id call.RecordingID, events ...call.Event) call.Call {
	t.Helper()
	l, c := r.open(t, in, life("n", 1))
	c.Phase, c.Plan.Connectivity, c.Near.State, c.Far.State = call.Connected, trunk.ACSDirectRouting, call.LegUp, call.LegUp
	c.Connection = call.Connection{State: call.ConnectionIsUp, ID: "c1", Resource: "eu-1"}
	step := func(e call.Event) {
		t.Helper()
		s := next(c, e)
		if s.After.Ignored > c.Ignored {
			t.Fatalf("%s changes nothing: %v", e.Kind(), c.Permit(e))
		}
		c = r.commit(t, l, s)
	}
	step(call.RecordAsked{How: call.RecordStart, ID: id, Format: call.WAV, Channels: call.Mixed})
	step(call.RecordingStarted{Op: c.Recordings[0].Op, Recording: "m" + string(id)})
	step(call.RecordingChanged{Recording: "m" + string(id), Active: true})
	for _, e := range events {
		if done, ok := e.(call.RecordingDone); ok {
			done.Op = c.Recordings[0].Op
			e = done
		}
		step(e)
	}
	return c
}

// TestRecordings: the row follows the journal and tells of itself; its files are
// noted once, for the right tenant, and go when it goes.
func TestRecordings(t *testing.T) {
	r := newRig(t)
	s, ctx := r.store, t.Context()
	t1, t2 := r.t1, r.t2
	c := r.recording(t, t1, firstRecording, call.RecordAsked{How: call.RecordPause}, call.RecordingDone{}, call.RecordAsked{How: call.RecordStop}, call.RecordingDone{})
	other := call.RecordingID("019ab1c2-7d3e-7f00-8a4b-3c5d6e7f80ab")
	r.recording(t, t2, other)

	got, err := s.Recording(ctx, t1, firstRecording)
	if err != nil || got.State != call.RecordingEnded || got.Call != c.ID || got.Microsoft != "m"+string(firstRecording) || got.Resource != "eu-1" || got.File != call.FileNone ||
		got.StartedAt.IsZero() || got.ExpiresAt.Sub(got.EndedAt) != call.DefaultRetention*24*time.Hour {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = s.Recording(ctx, t2, firstRecording)
	journalFault(t, err, fault.KindNotFound, "recording_unknown")
	for in, want := range map[tenant.ID][]call.RecordingID{"": {other, firstRecording}, t1: {firstRecording}} {
		all, err := s.ListRecordings(ctx, in, "", "", 0)
		var ids []call.RecordingID
		for _, one := range all {
			ids = append(ids, one.ID)
		}
		if err != nil || !slices.Equal(ids, want) {
			t.Errorf("in %q: %v, %v", in, ids, err)
		}
	}
	if all, err := s.ListRecordings(ctx, "", c.ID, other, 0); err != nil || len(all) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
	journalFault(t, s.DeleteRecording(ctx, t1, firstRecording), fault.KindConflict, "recording_under_way")

	var asked []postgres.RecordingRef
	fetch := func(_ context.Context, _ pgx.Tx, ref postgres.RecordingRef) error {
		asked = append(asked, ref)
		return nil
	}
	files := []call.RecordingFile{{Index: 1, Document: "b", Content: "https://x/b"}, {Index: 0, Document: "a", Content: "https://x/a"}}
	ready := call.RecordingReady{Resource: "eu-1", Microsoft: "m" + string(firstRecording), Files: files}
	for range 2 { // Event Grid delivers at least once
		if err := s.Engine().RecordingReady(ctx, ready, now(), fetch); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(asked, []postgres.RecordingRef{{Tenant: t1, ID: firstRecording}}) {
		t.Errorf("asked for %+v", asked)
	}
	for _, unknown := range []call.RecordingReady{{Resource: "eu-2", Microsoft: ready.Microsoft, Files: files}, {Resource: "eu-1", Microsoft: "x", Files: files}} {
		journalFault(t, s.Engine().RecordingReady(ctx, unknown, now(), fetch), fault.KindNotFound, "recording_unknown")
	}
	got, err = s.ChangeRecording(ctx, t1, firstRecording, now(), func(v call.StoredRecording) (call.StoredRecording, error) {
		if v.File != call.FileReady || len(v.Files) != 2 || v.Files[0].Document != "a" {
			t.Errorf("%+v", v)
		}
		for i := range v.Files {
			v.Files[i].Key, v.Files[i].StoredAt = "key "+v.Files[i].Document, now()
		}
		v.File, v.StoredAt = call.FileStored, now()
		return v, nil
	})
	if err != nil || got.File != call.FileStored {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = s.ChangeRecording(ctx, t2, firstRecording, now(), func(v call.StoredRecording) (call.StoredRecording, error) { return v, nil })
	journalFault(t, err, fault.KindNotFound, "recording_unknown")
	told := map[provider.EventType]int{}
	r.admin(t, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, `SELECT type FROM event WHERE data->>'recording' = $1`, string(firstRecording))
		if err != nil {
			return err
		}
		var kind string
		_, err = pgx.ForEachRow(rows, []any{&kind}, func() error { told[provider.EventType(kind)]++; return nil })
		return err
	})
	for _, kind := range []provider.EventType{provider.RecordingStarted, provider.RecordingPaused, provider.RecordingStopped, provider.RecordingStored} {
		if told[kind] != 1 {
			t.Errorf("%s was told %d times of %v", kind, told[kind], told)
		}
	}
	if len(told) != 4 {
		t.Errorf("told %v", told)
	}

	if err := s.DeleteRecording(ctx, t1, firstRecording); err != nil {
		t.Fatal(err)
	}
	keys, err := s.Engine().DroppedFiles(ctx, 10)
	if err != nil || !slices.Equal(keys, []string{"key a", "key b"}) {
		t.Errorf("%v, %v", keys, err)
	}
	if err := s.Engine().FilesDeleted(ctx, keys); err != nil {
		t.Fatal(err)
	}
	if keys, err := s.Engine().DroppedFiles(ctx, 10); err != nil || len(keys) > 0 {
		t.Errorf("%v, %v", keys, err)
	}
	journalFault(t, s.Engine().RecordingReady(ctx, ready, now(), fetch), fault.KindNotFound, "recording_unknown")
}

// TestRecordingSettings: how long recordings are kept counts for those that are
// there; what is over expires.
func TestRecordingSettings(t *testing.T) {
	r := newRig(t)
	s, ctx := r.store, t.Context()
	t1, t2 := r.t1, r.t2
	if v, err := s.RecordingSettings(ctx, t1); err != nil || v.RetentionDays != call.DefaultRetention || v.Announcement != nil {
		t.Errorf("%+v, %v", v, err)
	}
	r.recording(t, t1, firstRecording, call.RecordAsked{How: call.RecordStop}, call.RecordingDone{})
	waiting, err := s.WaitingRecordings(ctx, now().Add(time.Hour), call.StoredRecording{}, 10)
	if err != nil || len(waiting) != 1 {
		t.Fatalf("%+v, %v", waiting, err)
	}
	if behind, err := s.WaitingRecordings(ctx, now().Add(time.Hour), waiting[0], 10); err != nil || len(behind) != 0 {
		t.Errorf("%+v, %v", behind, err)
	}
	if waiting, err := s.WaitingRecordings(ctx, now().Add(-time.Hour), call.StoredRecording{}, 10); err != nil || len(waiting) != 0 {
		t.Errorf("%+v, %v", waiting, err)
	}
	want := call.RecordingSettings{RetentionDays: 0, Announcement: []call.Source{{Text: "This call is recorded."}}}
	if err := s.SetRecordingSettings(ctx, t1, want); err != nil {
		t.Fatal(err)
	}
	if v, err := s.RecordingSettings(ctx, t1); err != nil || v.RetentionDays != 0 || len(v.Announcement) != 1 {
		t.Errorf("%+v, %v", v, err)
	}
	if v, err := s.RecordingSettings(ctx, t2); err != nil || v.RetentionDays != call.DefaultRetention {
		t.Errorf("%+v, %v", v, err)
	}
	if n, err := s.ExpireRecordings(ctx, now().AddDate(20, 0, 0), 10); err != nil || n != 0 {
		t.Errorf("for ever: %d, %v", n, err)
	}
	want.RetentionDays = 1
	if err := s.SetRecordingSettings(ctx, t1, want); err != nil {
		t.Fatal(err)
	}
	if n, err := s.ExpireRecordings(ctx, now().Add(23*time.Hour), 10); err != nil || n != 0 {
		t.Errorf("too early: %d, %v", n, err)
	}
	if n, err := s.ExpireRecordings(ctx, now().Add(25*time.Hour), 10); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := s.Recording(ctx, t1, firstRecording); fault.KindOf(err) != fault.KindNotFound {
		t.Error(err)
	}
	if err := s.SetRecordingSettings(ctx, t1, call.RecordingSettings{RetentionDays: -1}); fault.KindOf(err) != fault.KindInvalid {
		t.Error(err)
	}
}
