package admin

import (
	"context"
	"time"

	"tandem/internal/check"
	"tandem/internal/fault"
)

// Examination is what the doctor found, as `tandem doctor --json` tells it.
type Examination struct {
	At       time.Time `json:"at" doc:"When it looked." example:"2026-12-01T09:00:00Z"`
	OK       bool      `json:"ok" doc:"Nothing failed; there may be warnings." example:"false"`
	Findings []Finding `json:"findings" nullable:"false" doc:"What was looked at, in order."`
}

// Finding is one thing that was looked at.
type Finding struct {
	ID      string `json:"id" doc:"What was looked at; it does not change." example:"dns.trunk"`
	Subject string `json:"subject,omitempty" doc:"What it is about, where there are several." example:"e0.eu.sbc.example.net"`
	State   string `json:"state" enum:"ok,warn,fail,not-checked" doc:"What the doctor thinks of it." example:"fail"`
	Found   string `json:"found" doc:"What there is, or why it could not be looked at." example:"there is no address under this name"`
	Fix     string `json:"fix,omitempty" doc:"What to do about it; of everything that is not ok." example:"make an A record of e0.eu.sbc.example.net with the public address of this machine"`
}

func (s *server) examine(ctx context.Context, _ *none) (*shown[Examination], error) {
	if s.deps.Doctor == nil {
		return nil, fault.Unavailable("no_doctor", "this process has no doctor; run tandem doctor on its machine")
	}
	r := s.deps.Doctor(ctx)
	return &shown[Examination]{Examination{At: r.At, OK: r.OK, Findings: each(r.Findings, func(f check.Finding) Finding {
		return Finding{ID: f.ID, Subject: f.Subject, State: string(f.State), Found: f.Found, Fix: f.Fix}
	})}}, nil
}
