package bot

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
)

// note takes the words of a call, phrase by phrase, until Microsoft closes its socket.
// Each is durable before the next is read; Microsoft keeps what is not read yet.
// Phrases that are not final yet are not asked for. If Microsoft's socket is lost it
// opens another, and says so itself when it gives up.
func (s *Service) note(c call.Call, l bridge.Line, log *slog.Logger) {
	defer l.Close("")
	for {
		h, err := l.Hear(s.ctx)
		if err != nil {
			if !errors.Is(err, io.EOF) && s.ctx.Err() == nil {
				log.Warn("the socket of a transcription was lost", "error", err)
			}
			return
		}
		if h.Kind != bridge.HeardWords || !h.Said.Final {
			continue
		}
		result := "taken"
		switch err := s.phrase(c, h.Said); {
		case fault.KindOf(err) == fault.KindNotFound: // over
			return
		case err != nil:
			result = "lost"
			log.Warn("a phrase of a transcription is lost", "error", err)
		}
		s.metrics.words.WithLabelValues(result).Inc()
	}
}

func (s *Service) phrase(c call.Call, said bridge.Said) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), askWithin)
	defer cancel()
	return s.cfg.Engine.Ask(ctx, c.ID, call.Transcribed{
		Transcription: c.Transcription.ID, Who: said.Who, Text: said.Text, Confidence: said.Confidence,
		Offset: time.Duration(said.OffsetMS) * time.Millisecond, Duration: time.Duration(said.DurationMS) * time.Millisecond,
	})
}
