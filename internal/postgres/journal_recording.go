package postgres

import (
	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/provider"
)

// recordings tells what the step did to recordings.
func (b *batch) recordings(s bridge.Step) error {
	for _, r := range s.After.Recordings {
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
