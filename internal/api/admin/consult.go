package admin

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// ConsultBody is whom to consult, and what the caller hears meanwhile.
type ConsultBody struct {
	ParticipantAdd
	Sources []Source `json:"sources,omitempty" maxItems:"1" doc:"One: the caller's music, again and again. Without it silence." example:"[{\"text\":\"One moment, please.\"}]"`
}

// Resolve implements huma.ResolverWithPath.
func (b *ConsultBody) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	var p fault.Problems
	b.check(&p, "")
	b.operation().Check(&p)
	return mistakes(at, p.Err("consult_invalid", "the consult is not valid"))
}

func (b *ConsultBody) operation() call.Operation {
	return call.Operation{Kind: call.Hold, Target: call.Customer, Sources: sources(b.Sources)}
}

// Consult is a conversation of the people in a call with one more, while the caller
// waits.
type Consult struct {
	ID        string         `json:"id" doc:"Also of the participant who is asked." example:"0f5c1f9e-8c7b-4a53-8f0e-1f8f5a0d7c21"`
	State     string         `json:"state" enum:"holding,ringing,talking,returning,over" doc:"holding: the caller is put on hold, and nobody is rung before. returning: the caller is taken off hold." example:"talking"`
	Result    string         `json:"result,omitempty" enum:"merged,handed_over,cancelled,failed" doc:"What becomes of it. merged: all of them talk. handed_over: who asked left, and who was asked has the caller. cancelled: who was asked is gone again."`
	Agent     tenant.AgentID `json:"agent,omitempty" doc:"Who is asked, if it is an agent." example:"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"`
	Queue     tenant.QueueID `json:"queue,omitempty" doc:"Who is asked, if it is the next one of a queue." example:"0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77"`
	Phone     string         `json:"phone_number,omitempty" doc:"Who is asked, if it is a telephone." example:"+493012345678"`
	ACSUser   string         `json:"acs_user,omitempty" doc:"Who is asked, if it is an ACS user." example:"8:acs:1f3a1f7a-70a4-4a53-8f0a-7d7a5b0f0c33_0000001f-53ab-4b53-8a3c-5f2f6f1f9a02"`
	Outcome   string         `json:"outcome,omitempty" doc:"Why it failed, or why the caller is still on hold." example:"no_answer"`
	Message   string         `json:"message,omitempty" doc:"Details for people."`
	AskedAt   time.Time      `json:"asked_at" doc:"RFC 3339, UTC."`
	ChangedAt time.Time      `json:"changed_at" doc:"When it came to its state; RFC 3339, UTC."`
}

func showConsult(k call.Consult) Consult {
	v := Consult{
		ID: k.Add.ID, State: string(k.State), Result: string(k.Result), Agent: k.Add.Agent, Queue: k.Add.Queue, Outcome: string(k.Outcome.Class), Message: k.Outcome.Message,
		AskedAt: k.AskedAt.UTC(), ChangedAt: k.ChangedAt.UTC(),
	}
	v.Phone, v.ACSUser = outside(k.Add.Outside)
	return v
}

type consultAsk struct {
	CallPath
	Body ConsultBody
}

// consult answers with the consult as it was asked for; the call shows what comes of it.
func (s *server) consult(ctx context.Context, in *consultAsk) (*made[Consult], error) {
	c, err := s.callOf(ctx, in.CallPath)
	if err != nil {
		return nil, err
	}
	if _, err := s.deps.Tenants.Callable(ctx, c.Tenant); err != nil { // stopped since
		return nil, err
	}
	e := call.ConsultAsked{Music: sources(in.Body.Sources)}
	if err := s.knownPrompts(ctx, c.Tenant, "sources", e.Music); err != nil {
		return nil, err
	}
	if e.Add, err = s.addition(ctx, c, uuid.NewString(), in.Body.ParticipantAdd, ""); err != nil {
		return nil, err
	}
	if err := s.ask(ctx, c, e); err != nil {
		return nil, err
	}
	k := call.Consult{Add: e.Add, State: call.ConsultHolding, AskedAt: s.cfg.Now(), ChangedAt: s.cfg.Now()}
	return &made[Consult]{Location: "/v1/calls/" + string(c.ID), Body: showConsult(k)}, nil
}

// endConsult has the caller come back: to all of them, or to those who were there before.
func (s *server) endConsult(merge bool) func(context.Context, *CallPath) (*none, error) {
	return func(ctx context.Context, in *CallPath) (*none, error) {
		c, err := s.callOf(ctx, *in)
		if err != nil {
			return nil, err
		}
		return nil, s.ask(ctx, c, call.ConsultEndAsked{Merge: merge})
	}
}
