package postgres

import (
	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/provider"
)

// recordings tells what the step did to recordings.
func (b *batch) recordings(s bridge.Step) error {
	for _, r := range s.After.Recordings {
		if r.ChangedAt.Equal(s.At) {
			b.recording(s, r)
		}
		kind, changed := recordingEvent(r, s)
		if !changed {
			continue
		}
		// A recording may pause twice, each time at a moment of its own.
		of := string(r.ID) + "/" + s.At.UTC().Format("20060102T150405.000000000")
		if err := b.publishOnce(kind, of, r.AskedAt, s.At, recordingData(s.After.ID, r, s)); err != nil {
			return err
		}
	}
	return nil
}

// recording writes how a recording stands. A batch can come late.
func (b *batch) recording(s bridge.Step, r call.Recording) {
	b.Queue(`
		INSERT INTO recording AS r (tenant_id, id, call_id, resource, microsoft_id, seq, state, format, channels, asked_at, started_at, ended_at, recorded_ms,
			outcome, message, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $12::timestamptz + make_interval(days => nullif(
			coalesce((SELECT retention_days FROM recording_settings WHERE tenant_id = $1), $16), 0)))
		ON CONFLICT (tenant_id, id) DO UPDATE SET microsoft_id = excluded.microsoft_id, seq = excluded.seq, state = excluded.state, started_at = excluded.started_at,
			ended_at = excluded.ended_at, recorded_ms = excluded.recorded_ms, outcome = excluded.outcome, message = excluded.message, expires_at = excluded.expires_at
		WHERE r.seq <= excluded.seq`,
		b.tenant, string(r.ID), b.call, text(s.After.Connection.Resource), text(r.Microsoft), s.After.Seq, string(r.State), string(r.Format), string(r.Channels),
		r.AskedAt, null(r.StartedAt), null(r.EndedAt), r.Recorded(s.At).Milliseconds(), string(r.Outcome.Class), text(r.Outcome.Message), call.DefaultRetention)
	if r.Microsoft != "" {
		b.Queue(`INSERT INTO recording_lookup (resource, microsoft_id, tenant_id, recording_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
			text(s.After.Connection.Resource), text(r.Microsoft), b.tenant, string(r.ID))
	}
}

// recordingEvent is what a recording did in a step, if it did something that is told.
func recordingEvent(r call.Recording, s bridge.Step) (provider.EventType, bool) {
	now := r.ChangedAt.Equal(s.At)
	switch {
	case !now:
	case r.State == call.RecordingFailed:
		return provider.RecordingFailed, true
	case r.State == call.RecordingEnded:
		return provider.RecordingStopped, true
	case r.StartedAt.Equal(s.At):
		return provider.RecordingStarted, true
	case r.State == call.RecordingPaused:
		return provider.RecordingPaused, true
	case r.State == call.RecordingActive:
		return provider.RecordingResumed, true
	}
	return "", false
}

func recordingData(of call.ID, r call.Recording, s bridge.Step) provider.RecordingData {
	return provider.RecordingData{
		Recording: string(r.ID), Call: string(of), State: string(r.State), RecordedS: r.Recorded(s.At).Seconds(),
		Outcome: string(r.Outcome.Class), Message: r.Outcome.Message,
	}
}
