package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// What is said in a call is kept once: in transcript_phrase, which goes with the
// tenant's retention, by the API and with the tenant. The journal has the event that a
// phrase came, without its words; the event that tells the provider of it goes after
// its days, as all do.

// withoutWords is an event as the journal keeps it.
func withoutWords(e call.Event) call.Event {
	if said, ok := e.(call.Transcribed); ok {
		said.Text = ""
		return said
	}
	return e
}

// keepPhrase writes what was said, with the step that takes it.
func (b *batch) keepPhrase(s bridge.Step, locale string, d provider.CallTranscriptData) {
	b.keyed(`
		INSERT INTO transcript_phrase (tenant_id, started_at, call_id, seq, transcription, locale, at, speaker, name, words, confidence, offset_ms, duration_ms, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $7::timestamptz + make_interval(days =>
			nullif(coalesce((SELECT retention_days FROM recording_settings WHERE tenant_id = $1), $14::integer), 0)))`,
		s.Seq(), d.Transcription, locale, s.At, text(d.Who), text(d.Name), text(d.Text), d.Confidence,
		int64(d.OffsetS*1000), int64(d.DurationS*1000), call.DefaultRetention)
}

func scanPhrase(row pgx.CollectableRow) (p call.Phrase, err error) {
	var offset, duration int64
	var expires *time.Time
	err = row.Scan(&p.Seq, &p.Transcription, &p.Locale, &p.At, &p.Speaker, &p.Name, &p.Text, &p.Confidence, &offset, &duration, &expires)
	p.Offset, p.Duration, p.ExpiresAt = time.Duration(offset)*time.Millisecond, time.Duration(duration)*time.Millisecond, orZero(expires)
	return p, err
}

// ListPhrases lists what was said in a call of a tenant, as it was said, behind a
// phrase.
func (s *Store) ListPhrases(ctx context.Context, t tenant.ID, id call.ID, after, limit int) ([]call.Phrase, error) {
	if _, err := call.ParseID(string(id)); err != nil {
		return nil, noCall()
	}
	return glance(ctx, s, t, "read the transcript", scanPhrase, `
		SELECT seq, transcription, locale, at, speaker, name, words, confidence, offset_ms, duration_ms, expires_at FROM transcript_phrase
		WHERE tenant_id = $1 AND started_at = $2 AND call_id = $3 AND seq > $4 ORDER BY seq LIMIT $5`,
		string(t), id.StartedAt(), string(id), after, page(limit))
}

// DeletePhrases removes what was said in a call so far.
func (s *Store) DeletePhrases(ctx context.Context, t tenant.ID, id call.ID) error {
	if _, err := call.ParseID(string(id)); err != nil {
		return noCall()
	}
	return s.inTenant(ctx, t, "delete the transcript", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM transcript_phrase WHERE tenant_id = $1 AND started_at = $2 AND call_id = $3`,
			string(t), id.StartedAt(), string(id))
		return err
	})
}

// ExpireTranscripts removes what was said in some calls whose time is over, and says
// of how many.
func (s *Store) ExpireTranscripts(ctx context.Context, now time.Time, limit int) (int, error) {
	type ref struct {
		Tenant  tenant.ID
		Started time.Time
		Call    string
	}
	var old []ref
	err := s.read(ctx, "", "look for transcripts whose time is over", func(tx querier) (err error) {
		old, err = many(ctx, tx, pgx.RowToStructByPos[ref], `
			SELECT DISTINCT tenant_id::text, started_at, call_id::text FROM transcript_phrase WHERE expires_at < $1 LIMIT $2`, now, limit)
		return err
	})
	for _, r := range old {
		if err == nil {
			err = s.inTenant(ctx, r.Tenant, "remove a transcript whose time is over", func(tx pgx.Tx) error {
				_, err := tx.Exec(ctx, `DELETE FROM transcript_phrase WHERE tenant_id = $1 AND started_at = $2 AND call_id = $3 AND expires_at < $4`,
					string(r.Tenant), r.Started, r.Call, now)
				return err
			})
		}
	}
	return len(old), err
}
