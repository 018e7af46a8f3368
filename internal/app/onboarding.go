package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/check"
	"tandem/internal/fault"
	"tandem/internal/microsoft/entra"
	"tandem/internal/microsoft/graph"
	"tandem/internal/onboarding"
	"tandem/internal/postgres"
	"tandem/internal/provider"
	"tandem/internal/roster"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

// newOnboarding puts the onboarding together; the bridge must be there.
func (a *App) newOnboarding(tokens *entra.Tokens, client *http.Client) error {
	var err error
	if a.people, err = graph.NewDirectory(graph.Config{Tokens: tokens, BaseURL: a.cfg.Microsoft.Graph, HTTP: client, Logger: a.log}, tokens); err != nil {
		return fmt.Errorf("microsoft: %w", err)
	}
	a.onboarding = onboarding.New(onboarding.Config{
		Store: prompt{a.store, a.due}, Directory: a.people, Publisher: publisher{a.store},
		Caller: caller{a.store, a.bridge, check.New(check.Config{
			Calls: a.bridge, Records: a.store, Connectivity: trunk.ACSDirectRouting,
		})},
		ProviderName: a.cfg.ProviderName, ClientID: a.cfg.Microsoft.ClientID, PublicBase: a.cfg.HTTP.PortalURL, Recheck: a.cfg.Rechecks.Every, Logger: a.log,
	})
	return nil
}

// publisher tells the provider by webhook and in the stream of events.
type publisher struct{ store *postgres.Store }

// Publish implements onboarding.Publisher.
func (p publisher) Publish(ctx context.Context, t tenant.ID, e onboarding.Event) error {
	return p.store.PublishEvent(ctx, t, provider.EventType(e.Type), time.Now(), e.Data)
}

// caller makes test calls and reads from the journal how they go on, which may be
// in another process.
type caller struct {
	store  *postgres.Store
	calls  *bridge.Bridge
	tester *check.Tester
}

// Place implements onboarding.Caller. An agent who can be rung is kept from other
// calls meanwhile; anybody else no call would ring.
func (c caller) Place(ctx context.Context, t tenant.ID, resource, oid, name, once string) (string, error) {
	to := check.Target{Tenant: t, Resource: resource, Once: once}
	found, err := c.store.StandingsByOID(ctx, t, []string{oid})
	if err != nil {
		return "", err
	}
	if len(found) == 1 && found[0].PausedAt.IsZero() && found[0].Standing.Ready {
		to.Agent = found[0].ID
	} else {
		to.Person = &call.Person{Endpoint: call.Endpoint{Kind: tenant.TeamsUser, ID: strings.ToLower(oid)}, Name: name}
	}
	id, err := c.tester.Place(ctx, to)
	return string(id), err
}

// HangUp implements onboarding.Caller. Who may make test calls may end those, and no
// customer's call.
func (c caller) HangUp(ctx context.Context, t tenant.ID, id string) error {
	now, err := c.find(ctx, t, id)
	if err == nil && !check.IsTest(now.Plan) {
		err = unknownCall()
	}
	if err != nil {
		return err
	}
	err = now.Permit(call.HangUpAsked{})
	if err == nil {
		err = c.calls.Ask(ctx, now.ID, call.HangUpAsked{Cause: "asked for by who tests"})
	}
	if errors.Is(err, call.ErrRefused) || fault.KindOf(err) == fault.KindNotFound {
		return fault.Conflict("call_state", "the call is over")
	}
	return err
}

func (c caller) find(ctx context.Context, t tenant.ID, id string) (call.Call, error) {
	parsed, err := call.ParseID(id)
	if err != nil {
		return call.Call{}, unknownCall()
	}
	return c.store.Call(ctx, t, parsed)
}

func unknownCall() error { return fault.NotFound("call_unknown", "there is no such call") }

// Steps implements onboarding.Caller.
func (c caller) Steps(ctx context.Context, t tenant.ID, id string) ([]onboarding.CallStep, error) {
	now, err := c.find(ctx, t, id)
	if err != nil {
		return nil, err
	}
	var steps []onboarding.CallStep
	for _, m := range []struct {
		at    time.Time
		state onboarding.CallState
	}{
		{now.Marks.Requested, onboarding.CallPlaced}, {now.Marks.Ringing, onboarding.CallRinging}, {now.Marks.Connected, onboarding.CallAnswered},
	} {
		if !m.at.IsZero() {
			steps = append(steps, onboarding.CallStep{At: m.at, State: m.state})
		}
	}
	if !now.Over() {
		return steps, nil
	}
	r, err := c.store.CDR(ctx, t, now.ID)
	if err != nil {
		return nil, err
	}
	end := check.Judge(r)
	return append(steps, onboarding.CallStep{
		At: now.Marks.Ended, State: onboarding.CallOver, Code: end.Code, SubCode: end.SubCode,
		Verdict: end.Verdict, Cure: end.Cure, Message: end.Message, Over: true,
	}), nil
}

// watchEvery is how often a call is looked at that somebody watches.
const watchEvery = 250 * time.Millisecond

// Watch implements onboarding.Caller. The call may be another process's, so
// nothing but the journal tells.
func (c caller) Watch(ctx context.Context, t tenant.ID, id string) (<-chan onboarding.CallStep, error) {
	seen, err := c.Steps(ctx, t, id)
	if err != nil {
		return nil, err
	}
	out := make(chan onboarding.CallStep)
	go func() {
		defer close(out)
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for told := 0; ; {
			for _, step := range seen[told:] {
				select {
				case out <- step:
				case <-ctx.Done():
					return
				}
				if step.Over {
					return
				}
				told++
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			// A store that is away is asked again.
			if steps, err := c.Steps(ctx, t, id); err == nil && len(steps) >= told {
				seen = steps
			}
		}
	}()
	return out, nil
}

// learn hands what calls show about federation to onboarding, as soon as they
// show it. What cannot be written now is not kept: the next call shows it again.
func (a *App) learn(ob bridge.Observation) {
	if ob.Ignored {
		return
	}
	if check.IsTest(ob.Call.Plan) {
		a.testCallMoved(ob)
		return
	}
	end := onboarding.CallEnd{Call: string(ob.Call.ID), Resource: ob.Call.Connection.Resource, At: a.world.Now()}
	var to call.Endpoint
	switch e := ob.Event.(type) {
	case call.AgentFailed:
		to, end.Code, end.SubCode = e.Endpoint, e.Outcome.Code, e.Outcome.SubCode
		if end.Code == 0 {
			return
		}
	default: // that somebody answered is no news in a hurry: it waits until the talk is over
		if !ob.Call.Over() {
			return
		}
		for _, p := range ob.Call.Participants {
			if !p.JoinedAt.IsZero() {
				to, end.Answered = p.Endpoint, true
			}
		}
	}
	if to.Kind != tenant.TeamsUser || end.Resource == "" {
		return
	}
	end.OID = to.ID
	a.world.Go(func() {
		// One after the other: many calls may begin at once, and what they show can
		// wait while their people want to hear each other.
		a.learning.Lock()
		defer a.learning.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), learnWithin)
		defer cancel()
		if err := a.onboarding.CallEnded(ctx, ob.Call.Tenant, end); err != nil {
			a.log.Warn("what a call shows about the tenant's permission is not written down", "call", ob.Call.ID, "error", err)
		}
	})
}

// testCallMoved has the outcome of a test call written down as soon as it is
// certain, whether or not anybody watches.
func (a *App) testCallMoved(ob bridge.Observation) {
	if _, answered := ob.Event.(call.AgentJoined); !answered && !ob.Call.Over() {
		return
	}
	a.world.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), learnWithin)
		defer cancel()
		if _, err := a.onboarding.TestCallState(ctx, ob.Call.Tenant, string(ob.Call.ID)); err != nil { // a job does it
			a.log.Warn("the outcome of a test call is not written down yet", "call", ob.Call.ID, "error", err)
		}
	})
}

// suspecting is presence whose failures are looked into when they speak against
// the tenant's consent.
type suspecting struct {
	bridge.PresenceSource
	a *App
}

// Presence implements bridge.PresenceSource.
func (s suspecting) Presence(ctx context.Context, t tenant.Tenant, oids []string) (map[string]roster.Presence, error) {
	found, err := s.PresenceSource.Presence(ctx, t, oids)
	if kind := fault.KindOf(err); kind == fault.KindForbidden || kind == fault.KindNotFound {
		s.a.world.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), learnWithin)
			defer cancel()
			if failed := s.a.onboarding.Suspect(ctx, t.ID, err); failed != nil {
				s.a.log.Warn("a refusal is not looked into", "tenant", t.ID, "refusal", err, "error", failed)
			}
		})
	}
	return found, err
}

const learnWithin = 10 * time.Second
