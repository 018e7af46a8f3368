package postgres

import (
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/provider"
)

// streaming tells what became of a call's stream, and what its bot asks for.
func (b *batch) streaming(s bridge.Step) error {
	k := s.After.Stream
	if k == nil {
		return nil
	}
	if k.ChangedAt.Equal(s.At) {
		if err := b.publishOnce(provider.CallStreaming, k.ID+"/"+string(k.State), k.AskedAt, s.At, streamingData(s.After.ID, *k)); err != nil {
			return err
		}
	}
	if h := k.Handover; h != nil && h.At.Equal(s.At) {
		return b.publishOnce(provider.CallHandoverRequested, k.ID+"/"+h.At.UTC().Format(time.RFC3339Nano), k.AskedAt, s.At, streamingData(s.After.ID, *k))
	}
	return nil
}

func streamingData(of call.ID, k call.Stream) provider.CallStreamingData {
	d := provider.CallStreamingData{
		Call: string(of), Stream: k.ID, Bot: string(k.Bot), Name: k.Name, State: string(k.State),
		Outcome: string(k.Outcome.Class), Message: k.Outcome.Message, Context: k.Told,
	}
	if h := k.Handover; h != nil {
		d.Handover = &provider.BotHandoverData{Agents: words(h.Agents), Queue: string(h.Queue), DisplayName: h.DisplayName}
	}
	return d
}
