package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/call"
)

// RecordingReady writes down where the files of a recording are, and, in the same
// transaction, that they are to be fetched. fault.NotFound for a recording that
// nobody knows. Told twice, it is told once.
func (e *Engine) RecordingReady(ctx context.Context, ready call.RecordingReady, at time.Time, fetch func(context.Context, pgx.Tx, RecordingRef) error) error {
	ref, err := one(ctx, e.s.app, scanRecordingRef, noRecording(),
		`SELECT tenant_id, recording_id FROM recording_lookup WHERE resource = $1 AND microsoft_id = $2`, ready.Resource, ready.Microsoft)
	if err != nil {
		return classify("find the recording", err)
	}
	return e.s.inTenant(ctx, ref.Tenant, "note the files of the recording", func(tx pgx.Tx) error {
		r, err := one(ctx, tx, scanRecording, noRecording(),
			`SELECT `+recordingColumns+` FROM recording r WHERE r.tenant_id = $1 AND r.id = $2 FOR UPDATE`, string(ref.Tenant), string(ref.ID))
		if err != nil {
			return err
		}
		more := false
		for _, f := range ready.Files {
			if !slices.ContainsFunc(r.Files, func(known call.RecordingFile) bool { return known.Document == f.Document }) {
				r.Files, more = append(r.Files, f), true
			}
		}
		if !more {
			return nil
		}
		slices.SortStableFunc(r.Files, func(a, b call.RecordingFile) int { return a.Index - b.Index })
		files, err := encode(r.Files)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE recording SET file = 'ready', files = $3, ready_at = coalesce(ready_at, $4) WHERE tenant_id = $1 AND id = $2`,
			string(ref.Tenant), string(ref.ID), files, at); err != nil {
			return err
		}
		return fetch(ctx, tx, ref)
	})
}

// DroppedFiles are names of files whose recording is gone.
func (e *Engine) DroppedFiles(ctx context.Context, limit int) ([]string, error) {
	keys, err := many(ctx, e.s.app, pgx.RowTo[string], `SELECT key FROM recording_trash ORDER BY key LIMIT $1`, limit)
	return keys, classify("look for files to delete", err)
}

// FilesDeleted forgets files that are out of the store.
func (e *Engine) FilesDeleted(ctx context.Context, keys []string) error {
	_, err := e.s.app.Exec(ctx, `DELETE FROM recording_trash WHERE key = ANY ($1)`, keys)
	return classify("forget the deleted files", err)
}
