package admin

import (
	"context"
	"time"

	"tandem/internal/onboarding"
	"tandem/internal/tenant"
)

// ScriptLine is a piece of the script with what it means.
type ScriptLine struct {
	Text  string `json:"text" doc:"One or more lines of the script." example:"$list += $resource"`
	Code  string `json:"code,omitempty" doc:"Stable; the web app has words for it." example:"read_list"`
	Means string `json:"means,omitempty" doc:"What it does." example:"adds the resource to those that may call"`
}

// FederatedResource is a resource and whether it may ring the tenant's users.
type FederatedResource struct {
	ID          string     `json:"id" doc:"Of the resource." example:"eu-1"`
	Region      string     `json:"region" doc:"Where it is." example:"eu"`
	ImmutableID string     `json:"immutable_id" doc:"As the tenant's list has it." example:"e9c1f8d2-2b49-4a53-8a2c-0a4b1f3f5d44"`
	Home        bool       `json:"home" doc:"Whether it is of the tenant's home region; others stand by." example:"true"`
	State       string     `json:"state,omitempty" enum:"claimed,proved,doubtful,missing,revoked" doc:"What is known; absent: nothing."`
	Code        string     `json:"code,omitempty" doc:"Why it may not." example:"federation_missing"`
	CheckedAt   *time.Time `json:"checked_at,omitempty" doc:"When it was seen last." example:"2026-11-22T09:30:00Z"`
}

// FederationAttempt is one test call of a proof.
type FederationAttempt struct {
	At      time.Time `json:"at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	Call    string    `json:"call,omitempty" doc:"Id of the call." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091"`
	Verdict string    `json:"verdict,omitempty" doc:"authorised, not_yet, not_ready, inconclusive or cancelled; absent as long as the call goes on." example:"not_yet"`
	Code    int       `json:"code,omitempty" doc:"Of Call Automation." example:"403"`
	SubCode int       `json:"sub_code,omitempty" doc:"Of Call Automation." example:"7550"`
	Message string    `json:"message,omitempty" doc:"What Microsoft said."`
}

// FederationProof is the work of proving that a resource may ring.
type FederationProof struct {
	ID        string              `json:"id" doc:"A UUID." example:"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77"`
	Resource  string              `json:"resource" doc:"Id of the resource." example:"eu-1"`
	OID       string              `json:"oid" doc:"Whom it rings: the object id in Entra." example:"c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"`
	Name      string              `json:"name" doc:"What the person is called." example:"Adele Vance"`
	State     string              `json:"state" enum:"ringing,waiting,proved,failed" doc:"How it stands."`
	Verdict   string              `json:"verdict,omitempty" doc:"Of the last attempt; cancelled: somebody stopped it." example:"not_yet"`
	StartedAt time.Time           `json:"started_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	EndedAt   *time.Time          `json:"ended_at,omitempty" doc:"When it was over." example:"2026-11-22T09:31:00Z"`
	NextAt    *time.Time          `json:"next_at,omitempty" doc:"When the next attempt is due." example:"2026-11-22T09:32:00Z"`
	Cure      *Cure               `json:"cure,omitempty" doc:"What mends it."`
	Attempts  []FederationAttempt `json:"attempts" nullable:"false" doc:"In their order."`
}

// Federation is everything about letting the provider's resources ring.
type Federation struct {
	Script    string              `json:"script" doc:"Teams PowerShell for the tenant's Teams admin; it only adds." example:"Set-CsTeamsAcsFederationConfiguration …"`
	WhatIf    string              `json:"what_if" doc:"The same, changing nothing." example:"Set-CsTeamsAcsFederationConfiguration … -WhatIf"`
	Undo      string              `json:"undo" doc:"Takes it back." example:"Set-CsTeamsAcsFederationConfiguration …"`
	Lines     []ScriptLine        `json:"lines" nullable:"false" doc:"The script, explained."`
	Resources []FederatedResource `json:"resources" nullable:"false" doc:"All that may have to ring."`
	Proofs    []FederationProof   `json:"proofs" nullable:"false" doc:"The newest first."`
	TestUser  *TestUser           `json:"test_user,omitempty" doc:"Whom a job may ring; absent: nobody."`
}

func showFederation(f onboarding.Federation) Federation {
	return Federation{
		Script: f.Script, WhatIf: f.WhatIf, Undo: f.Undo,
		Lines: each(f.Lines, func(l onboarding.Line) ScriptLine { return ScriptLine(l) }),
		Resources: each(f.Resources, func(r onboarding.ResourceState) FederatedResource {
			return FederatedResource{
				ID: r.ID, Region: r.Region, ImmutableID: r.ImmutableID, Home: r.Home, State: string(r.State), Code: r.Code, CheckedAt: at(r.CheckedAt),
			}
		}),
		Proofs: each(f.Proofs, showProof), TestUser: showTestUser(f.TestUser),
	}
}

func showProof(p onboarding.ProofView) FederationProof {
	return FederationProof{
		ID: p.ID, Resource: p.Resource, OID: p.OID, Name: p.Name, State: string(p.State), Verdict: p.Verdict, StartedAt: p.StartedAt.UTC(),
		EndedAt: at(p.EndedAt), NextAt: at(p.NextAt), Cure: cureOf(p.Cure),
		Attempts: each(p.Attempts, func(a tenant.ProofAttempt) FederationAttempt {
			return FederationAttempt{At: a.At.UTC(), Call: a.Call, Verdict: a.Verdict, Code: a.Code, SubCode: a.SubCode, Message: a.Message}
		}),
	}
}

// RingPerson names who is rung by a test.
type RingPerson struct {
	OID  string `json:"oid" maxLength:"36" doc:"The person's object id in Entra." example:"c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"`
	Name string `json:"name,omitempty" maxLength:"256" doc:"What the person is called; without it as in the directory." example:"Adele Vance"`
}

// TestCallMade names a test call.
type TestCallMade struct {
	Call string `json:"call" doc:"Its id." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091"`
}

// TestCallStep is what happened to a test call.
type TestCallStep struct {
	At      time.Time `json:"at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	State   string    `json:"state" enum:"placed,ringing,answered,ended" doc:"How far it was."`
	Code    int       `json:"code,omitempty" doc:"Of Call Automation, of an end." example:"480"`
	SubCode int       `json:"sub_code,omitempty" doc:"Of Call Automation, of an end." example:"10037"`
	Message string    `json:"message,omitempty" doc:"What Microsoft said."`
}

// TestCall is how a test call stands.
type TestCall struct {
	Steps   []TestCallStep `json:"steps" nullable:"false" doc:"In their order."`
	Over    bool           `json:"over" doc:"Whether it is over." example:"true"`
	Verdict string         `json:"verdict,omitempty" doc:"authorised, not_yet, not_ready or inconclusive, as soon as it is certain: an answer decides before the call is over." example:"authorised"`
	Cure    *Cure          `json:"cure,omitempty" doc:"What mends it."`
}

func showTestCall(v onboarding.TestCallView) TestCall {
	return TestCall{
		Over: v.Over, Verdict: v.Verdict, Cure: cureOf(v.Cure),
		Steps: each(v.Steps, func(s onboarding.CallStep) TestCallStep {
			return TestCallStep{At: s.At.UTC(), State: string(s.State), Code: s.Code, SubCode: s.SubCode, Message: s.Message}
		}),
	}
}

type (
	ringPerson struct {
		TenantPath
		Body RingPerson
	}
	testCallPath struct {
		TenantPath
		CallPath
	}
)

func (s *server) getFederation(ctx context.Context, in *TenantPath) (*shown[Federation], error) {
	return ofTenant(ctx, s, *in, func(t tenant.Tenant) (onboarding.Federation, error) {
		return s.deps.Onboarding.Federation(ctx, t.ID)
	}, showFederation)
}

func (s *server) checkFederation(ctx context.Context, in *ringPerson) (*shown[Federation], error) {
	return ofTenant(ctx, s, in.TenantPath, func(t tenant.Tenant) (f onboarding.Federation, err error) {
		if _, err = s.deps.Onboarding.StartFederationCheck(ctx, callerOf(ctx).actor, t.ID, in.Body.OID, in.Body.Name); err != nil {
			return f, err
		}
		return s.deps.Onboarding.Federation(ctx, t.ID)
	}, showFederation)
}

func (s *server) cancelFederationCheck(ctx context.Context, in *TenantPath) (*shown[Federation], error) {
	return ofTenant(ctx, s, *in, func(t tenant.Tenant) (f onboarding.Federation, err error) {
		if err := s.deps.Onboarding.CancelFederationCheck(ctx, callerOf(ctx).actor, t.ID); err != nil {
			return f, err
		}
		return s.deps.Onboarding.Federation(ctx, t.ID)
	}, showFederation)
}

func (s *server) makeTestCall(ctx context.Context, in *ringPerson) (*shown[TestCallMade], error) {
	return ofTenant(ctx, s, in.TenantPath, func(t tenant.Tenant) (string, error) {
		return s.deps.Onboarding.TestCall(ctx, callerOf(ctx).actor, t.ID, in.Body.OID, in.Body.Name)
	}, func(call string) TestCallMade { return TestCallMade{Call: call} })
}

func (s *server) hangUpTestCall(ctx context.Context, in *testCallPath) (*none, error) {
	t, err := s.tenantOf(ctx, in.TenantPath)
	if err != nil {
		return nil, err
	}
	if !isCallID(in.Call) {
		return nil, unknownCall()
	}
	return nil, s.deps.Onboarding.HangUpTestCall(ctx, callerOf(ctx).actor, t.ID, in.Call)
}

func (s *server) getTestCall(ctx context.Context, in *testCallPath) (*shown[TestCall], error) {
	return ofTenant(ctx, s, in.TenantPath, func(t tenant.Tenant) (v onboarding.TestCallView, err error) {
		if !isCallID(in.Call) {
			return v, unknownCall()
		}
		return s.deps.Onboarding.TestCallState(ctx, t.ID, in.Call)
	}, showTestCall)
}
