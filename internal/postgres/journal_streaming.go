package postgres

import (
	"strconv"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/provider"
)

// streaming tells what became of a call's stream, and what its bot asks for.
func (b *batch) streaming(s bridge.Step) error {
	if err := b.transcription(s); err != nil {
		return err
	}
	k := s.After.Stream
	if k == nil {
		return nil
	}
	if k.ChangedAt.Equal(s.At) {
		if err := b.publishOnce(provider.CallStreaming, k.ID+"/"+string(k.State), k.AskedAt, s.At, streamingData(s.After.ID, *k)); err != nil {
			return err
		}
	}
	if h := k.Handover; h != nil && (h.At.Equal(s.At) || h.ChangedAt.Equal(s.At)) {
		of := k.ID + "/" + h.At.UTC().Format(time.RFC3339Nano) + "/" + string(h.State)
		return b.publishOnce(provider.CallHandoverRequested, of, k.AskedAt, s.At, streamingData(s.After.ID, *k))
	}
	return nil
}

// transcription tells what became of a call's transcription, and each phrase of it.
func (b *batch) transcription(s bridge.Step) error {
	k := s.After.Transcription
	if k == nil {
		return nil
	}
	if k.ChangedAt.Equal(s.At) {
		d := provider.CallTranscriptionData{
			Call: string(s.After.ID), Transcription: k.ID, State: string(k.State), Locale: k.Locale, Phrases: k.Phrases, Outcome: string(k.Outcome.Class), Message: k.Outcome.Message,
		}
		if err := b.publishOnce(provider.CallTranscription, k.ID+"/"+string(k.State), k.AskedAt, s.At, d); err != nil {
			return err
		}
	}
	e, ok := s.Event.(call.Transcribed)
	if !ok || e.Transcription != k.ID {
		return nil
	}
	d := provider.CallTranscriptData{
		Call: string(s.After.ID), Transcription: k.ID, Number: k.Phrases, Who: s.After.Speaker(e.Who), Text: e.Text, Confidence: e.Confidence,
		OffsetS: e.Offset.Seconds(), DurationS: e.Duration.Seconds(),
	}
	for _, p := range s.After.Participants {
		if p.ID == d.Who {
			d.Name = p.Name
		}
	}
	b.keepPhrase(s, k.Locale, d)
	return b.publishOnce(provider.CallTranscript, k.ID+"/"+strconv.Itoa(k.Phrases), k.AskedAt, s.At, d)
}

func streamingData(of call.ID, k call.Stream) provider.CallStreamingData {
	d := provider.CallStreamingData{
		Call: string(of), Stream: k.ID, Bot: string(k.Bot), Name: k.Name, State: string(k.State),
		Outcome: string(k.Outcome.Class), Message: k.Outcome.Message, Context: k.Told,
	}
	if h := k.Handover; h != nil {
		d.Handover = &provider.BotHandoverData{Agents: words(h.Agents), Queue: string(h.Queue), DisplayName: h.DisplayName, State: string(h.State), Participant: h.Seeks}
	}
	return d
}
