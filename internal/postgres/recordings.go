package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// A recording's row has two writers, each with columns of its own: the journal
// (journal_recording.go) tells how it went, what is here tells of its files. A row
// that goes leaves the names of its files in recording_trash, by a trigger.

const recordingColumns = `r.tenant_id, r.id, r.call_id, r.resource, r.microsoft_id, r.state, r.format, r.channels, r.asked_at, r.started_at, r.ended_at,
	r.recorded_ms, r.outcome, r.message, r.file, r.files, r.ready_at, r.stored_at, r.alarmed_at, r.why, r.expires_at`

func scanRecording(row pgx.CollectableRow) (r call.StoredRecording, err error) {
	var recorded int64
	var files []byte
	var started, ended, ready, stored, alarmed, expires *time.Time
	err = row.Scan(&r.Tenant, &r.ID, &r.Call, &r.Resource, &r.Microsoft, &r.State, &r.Format, &r.Channels, &r.AskedAt, &started, &ended,
		&recorded, &r.Outcome, &r.Message, &r.File, &files, &ready, &stored, &alarmed, &r.Why, &expires)
	if err != nil {
		return r, err
	}
	r.Recorded = time.Duration(recorded) * time.Millisecond
	r.StartedAt, r.EndedAt, r.ReadyAt, r.StoredAt = orZero(started), orZero(ended), orZero(ready), orZero(stored)
	r.AlarmedAt, r.ExpiresAt = orZero(alarmed), orZero(expires)
	if err := json.Unmarshal(files, &r.Files); err != nil {
		return r, fmt.Errorf("decode the files of a recording: %w", err)
	}
	return r, nil
}

func noRecording() *fault.Error {
	return fault.NotFound("recording_unknown", "there is no such recording")
}

// Recording finds a recording of a tenant, or, with "", of any; fault.NotFound.
func (s *Store) Recording(ctx context.Context, in tenant.ID, id call.RecordingID) (r call.StoredRecording, err error) {
	if !isUUID(string(id)) {
		return r, noRecording()
	}
	err = s.read(ctx, in, "read the recording", func(tx querier) error {
		cond, args := within(in, "r.tenant_id", string(id))
		r, err = one(ctx, tx, scanRecording, noRecording(), `SELECT `+recordingColumns+` FROM recording r WHERE `+cond+`r.id = $1`, args...)
		return err
	})
	return r, err
}

// ListRecordings lists recordings of a tenant, or, with "", of all, from the newest
// id to the oldest; with a call only those of it.
func (s *Store) ListRecordings(ctx context.Context, in tenant.ID, of call.ID, before call.RecordingID, limit int) (all []call.StoredRecording, err error) {
	from := "ffffffff-ffff-ffff-ffff-ffffffffffff"
	if before != "" {
		if from = string(before); !isUUID(from) {
			return nil, badCursor()
		}
	}
	if of != "" {
		if _, err := call.ParseID(string(of)); err != nil {
			return nil, nil
		}
	}
	err = s.read(ctx, in, "list the recordings", func(tx querier) error {
		cond, args := within(in, "r.tenant_id", from, page(limit))
		if of != "" {
			args = append(args, string(of))
			cond += fmt.Sprintf("r.call_id = $%d AND ", len(args))
		}
		all, err = many(ctx, tx, scanRecording, `SELECT `+recordingColumns+` FROM recording r WHERE `+cond+`r.id < $1 ORDER BY r.id DESC LIMIT $2`, args...)
		return err
	})
	return all, err
}

// ChangeRecording changes what is known of a recording's files, and tells of it
// if they are all there, late or lost.
func (s *Store) ChangeRecording(
	ctx context.Context, t tenant.ID, id call.RecordingID, at time.Time, change func(call.StoredRecording) (call.StoredRecording, error),
) (r call.StoredRecording, err error) {
	if !isUUID(string(id)) {
		return r, noRecording()
	}
	err = s.inTenant(ctx, t, "change the recording", func(tx pgx.Tx) error {
		before, err := one(ctx, tx, scanRecording, noRecording(),
			`SELECT `+recordingColumns+` FROM recording r WHERE r.tenant_id = $1 AND r.id = $2 FOR UPDATE`, string(t), string(id))
		if err != nil {
			return err
		}
		if r, err = change(before); err != nil {
			return err
		}
		files, err := encode(r.Files)
		if err != nil {
			return err
		}
		r, err = one(ctx, tx, scanRecording, noRecording(), `
			UPDATE recording AS r SET file = $3, files = $4, ready_at = $5, stored_at = $6, alarmed_at = $7, why = $8
			WHERE r.tenant_id = $1 AND r.id = $2 RETURNING `+recordingColumns,
			string(t), string(id), string(r.File), files, null(r.ReadyAt), null(r.StoredAt), null(r.AlarmedAt), text(r.Why))
		switch {
		case err != nil:
			return err
		case r.File == call.FileStored && before.File != r.File:
			return publish(ctx, tx, t, provider.RecordingStored, at, storedData(r))
		case r.File == call.FileLost && before.File != r.File:
			return publish(ctx, tx, t, provider.RecordingFailed, at, storedData(r))
		case before.AlarmedAt.IsZero() && !r.AlarmedAt.IsZero():
			return publish(ctx, tx, t, provider.RecordingLate, at, storedData(r))
		}
		return nil
	})
	return r, err
}

func storedData(r call.StoredRecording) provider.RecordingData {
	return provider.RecordingData{
		Recording: string(r.ID), Call: string(r.Call), State: string(r.File), RecordedS: r.Recorded.Seconds(), Message: r.Why, Files: len(r.Files),
	}
}

// DeleteRecording removes a recording; its files follow. fault.Conflict as long as
// they are on their way.
func (s *Store) DeleteRecording(ctx context.Context, t tenant.ID, id call.RecordingID) error {
	if !isUUID(string(id)) {
		return noRecording()
	}
	return s.inTenant(ctx, t, "delete the recording", func(tx pgx.Tx) error {
		r, err := one(ctx, tx, scanRecording, noRecording(),
			`SELECT `+recordingColumns+` FROM recording r WHERE r.tenant_id = $1 AND r.id = $2 FOR UPDATE`, string(t), string(id))
		if err != nil {
			return err
		}
		if r.File != call.FileStored && r.File != call.FileLost && (r.EndedAt.IsZero() || !r.StartedAt.IsZero()) {
			return fault.Conflict("recording_under_way", "the recording's file is still to come; delete it when it is stored")
		}
		_, err = tx.Exec(ctx, `DELETE FROM recording WHERE tenant_id = $1 AND id = $2`, string(t), string(id))
		return err
	})
}

const settingsQuery = `SELECT retention_days, announcement FROM recording_settings WHERE tenant_id = $1`

func scanSettings(row pgx.CollectableRow) (v call.RecordingSettings, err error) {
	var announcement []byte
	if err = row.Scan(&v.RetentionDays, &announcement); err == nil {
		err = json.Unmarshal(announcement, &v.Announcement)
	}
	return v, err
}

// RecordingSettings are how a tenant's calls are recorded.
func (s *Store) RecordingSettings(ctx context.Context, t tenant.ID) (call.RecordingSettings, error) {
	v, err := glanceOne(ctx, s, t, "read the recording settings", scanSettings, noRecording(), settingsQuery, string(t))
	if fault.KindOf(err) == fault.KindNotFound {
		return call.RecordingSettings{RetentionDays: call.DefaultRetention}, nil
	}
	return v, err
}

// SetRecordingSettings changes them; how long recordings and transcripts are kept counts
// for those that are there, too.
func (s *Store) SetRecordingSettings(ctx context.Context, t tenant.ID, v call.RecordingSettings) error {
	if err := v.Validate(); err != nil {
		return err
	}
	if v.Announcement == nil {
		v.Announcement = []call.Source{}
	}
	announcement, err := encode(v.Announcement)
	if err != nil {
		return err
	}
	return s.inTenant(ctx, t, "change the recording settings", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO recording_settings (tenant_id, retention_days, announcement) VALUES ($1, $2, $3)
			ON CONFLICT (tenant_id) DO UPDATE SET retention_days = excluded.retention_days, announcement = excluded.announcement`,
			string(t), v.RetentionDays, announcement)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE recording SET expires_at = ended_at + make_interval(days => nullif($2::integer, 0))
			WHERE tenant_id = $1 AND ended_at IS NOT NULL`, string(t), v.RetentionDays)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE transcript_phrase SET expires_at = at + make_interval(days => nullif($2::integer, 0)) WHERE tenant_id = $1`, string(t), v.RetentionDays)
		return err
	})
}

// RecordingRef names a recording.
type RecordingRef struct {
	Tenant tenant.ID
	ID     call.RecordingID
}

func scanRecordingRef(row pgx.CollectableRow) (r RecordingRef, err error) {
	err = row.Scan(&r.Tenant, &r.ID)
	return r, err
}

// WaitingRecordings are recordings that ended before a moment and whose files are
// not all there, the oldest first, from the one behind after on.
func (s *Store) WaitingRecordings(ctx context.Context, endedBefore time.Time, after call.StoredRecording, limit int) (all []call.StoredRecording, err error) {
	id := string(after.ID)
	if id == "" {
		id = firstUUID
	}
	err = s.read(ctx, "", "look for recordings without a file", func(tx querier) error {
		all, err = many(ctx, tx, scanRecording, `
			SELECT `+recordingColumns+` FROM recording r
			WHERE r.file IN ('none', 'ready') AND r.started_at IS NOT NULL AND r.ended_at < $1 AND (r.ended_at, r.id) > ($2, $3)
			ORDER BY r.ended_at, r.id LIMIT $4`, endedBefore, after.EndedAt, id, limit)
		return err
	})
	return all, err
}

// ExpireRecordings removes some recordings whose time is over and says how many.
func (s *Store) ExpireRecordings(ctx context.Context, now time.Time, limit int) (n int, err error) {
	var old []RecordingRef
	err = s.read(ctx, "", "look for recordings whose time is over", func(tx querier) error {
		old, err = many(ctx, tx, scanRecordingRef, `
			SELECT r.tenant_id, r.id FROM recording r WHERE r.expires_at < $1 ORDER BY r.expires_at LIMIT $2`, now, limit)
		return err
	})
	for _, r := range old {
		if err == nil {
			err = s.inTenant(ctx, r.Tenant, "remove a recording whose time is over", func(tx pgx.Tx) error {
				_, err := tx.Exec(ctx, `DELETE FROM recording WHERE tenant_id = $1 AND id = $2 AND expires_at < $3`, string(r.Tenant), string(r.ID), now)
				return err
			})
		}
	}
	return len(old), err
}
