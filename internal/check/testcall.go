package check

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// Calls begins outbound calls; *bridge.Bridge is one.
type Calls interface {
	Place(ctx context.Context, t tenant.ID, p call.Plan) (call.ID, error)
}

// Records finds the record of a call: fault.NotFound as long as it goes on.
type Records interface {
	CDR(ctx context.Context, in tenant.ID, id call.ID) (call.CDR, error)
}

// Config is what a Tester is made of. Zero durations mean the defaults.
type Config struct {
	Calls        Calls
	Records      Records
	Connectivity tenant.Connectivity

	RingFor time.Duration // how long Teams rings; 45 s
	TalkFor time.Duration // from the answer until we hang up; 1 s, for all that is heard is silence
	Poll    time.Duration // between looks for the record; 500 ms. The call may be another process's, so nothing else tells.
}

// Tester makes test calls.
type Tester struct{ cfg Config }

// New makes a tester.
func New(cfg Config) *Tester {
	orDefault := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	orDefault(&cfg.RingFor, 45*time.Second)
	orDefault(&cfg.TalkFor, time.Second)
	orDefault(&cfg.Poll, 500*time.Millisecond)
	return &Tester{cfg: cfg}
}

// Target is who is called, and from where.
type Target struct {
	Tenant      tenant.ID
	Agent       tenant.AgentID
	Person      *call.Person // instead of an agent
	Resource    string       // "": the usual one of the tenant's home region
	DisplayName string       // shown while it rings; "": Test call
	Once        string       // names the call, so that placing it again is no second one; "": nothing does
}

// mark is the context of test calls, by which their records are known.
var mark = json.RawMessage(`{"test_call":true}`)

// IsTest says whether a call is a test call.
func IsTest(p call.Plan) bool { return p.Direction == call.Outbound && bytes.Equal(p.Context, mark) }

// Place begins a test call. It does not depend on who asked for it: once it has
// an id it rings, ends and has its record, whatever becomes of this process.
func (t *Tester) Place(ctx context.Context, to Target) (call.ID, error) {
	var agents []tenant.AgentID
	if to.Agent != "" {
		agents = []tenant.AgentID{to.Agent}
	}
	return t.cfg.Calls.Place(ctx, to.Tenant, call.Plan{
		Connectivity: t.cfg.Connectivity, Agents: agents, Person: to.Person, Resource: to.Resource,
		DisplayName: or(to.DisplayName, "Test call"), RingTimeout: t.cfg.RingFor, MaxDuration: t.cfg.TalkFor, Context: mark,
		Once: to.Once,
	})
}

// Await waits for the end of a test call and judges it. A store that is away is
// waited for, too. fault.Unavailable if ctx ends first: ask again.
func (t *Tester) Await(ctx context.Context, of tenant.ID, id call.ID) (Attempt, error) {
	tick := time.NewTicker(t.cfg.Poll)
	defer tick.Stop()
	for {
		r, err := t.cfg.Records.CDR(ctx, of, id)
		switch kind := fault.KindOf(err); {
		case err == nil:
			return Judge(r), nil
		case ctx.Err() == nil && kind != fault.KindNotFound && kind != fault.KindUnavailable:
			return Attempt{}, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return Attempt{}, fault.Unavailable("test_call_running", "the test call goes on; its record will tell").Because(ctx.Err())
		}
	}
}

// TestCall is Place and Await.
func (t *Tester) TestCall(ctx context.Context, to Target) (Attempt, error) {
	id, err := t.Place(ctx, to)
	if err != nil {
		return Attempt{}, err
	}
	return t.Await(ctx, to.Tenant, id)
}
