package postgres_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/localpg"
	"tandem/internal/onboarding"
	"tandem/internal/postgres"
	"tandem/internal/provider"
	"tandem/internal/tenant"
	"tandem/internal/testkit"
)

// write puts a call with its record into the tables, as the journal would.
func write(t *testing.T, conn *pgx.Conn, of tenant.ID, at time.Time, agentID tenant.AgentID, result call.Result) call.ID {
	t.Helper()
	c := call.New(call.NewID(at, [10]byte{9: byte(at.Nanosecond())}), of, call.Plan{Number: "+493012345678"})
	c.Phase, c.Peer, c.Caller, c.Called = call.Ended, "acme", "+491701234567", "+493012345678"
	c.Participants = []call.Participant{{Agent: agentID}}
	c.Ending = &call.Termination{Result: result, Reason: call.ReasonCallerHungUp}
	r := c.Record()
	state, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	record, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	batch := &pgx.Batch{}
	batch.Queue(`
		INSERT INTO call (tenant_id, id, started_at, phase, peer, caller, called, number, result, reason, ended_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $3)`,
		string(of), string(c.ID), c.ID.StartedAt(), c.Phase, c.Peer, c.Caller, c.Called, c.Plan.Number, result, c.Ending.Reason)
	batch.Queue(`INSERT INTO call_snapshot (tenant_id, started_at, call_id, seq, state) VALUES ($1, $2, $3, 1, $4)`,
		string(of), c.ID.StartedAt(), string(c.ID), state)
	batch.Queue(`
		INSERT INTO cdr (tenant_id, call_id, started_at, ended_at, peer, caller, called, number, agent_id, result, reason, fault,
			setup_ms, talk_ms, record)
		VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $10, 'none', 0, 0, $11)`,
		string(of), string(c.ID), c.ID.StartedAt(), c.Peer, c.Caller, c.Called, c.Plan.Number, string(agentID), result, c.Ending.Reason, record)
	if err := conn.SendBatch(t.Context(), batch).Close(); err != nil {
		t.Fatal(err)
	}
	return c.ID
}

// TestCalls: lists from the newest to the oldest, in pages, narrowed by each filter.
func TestCalls(t *testing.T) {
	s, db := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	conn := connect(t, db.Admin)
	const ana, ben = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	first := write(t, conn, t1.ID, noon, ana, call.Completed)
	second := write(t, conn, t1.ID, noon.Add(time.Second), ben, call.Unanswered)
	third := write(t, conn, t1.ID, noon.Add(40*24*time.Hour), ana, call.Completed) // in the default partition, or another month's
	foreign := write(t, conn, t2.ID, noon.Add(time.Minute), ana, call.Completed)

	for name, c := range map[string]struct {
		in   tenant.ID
		q    provider.Query
		want []call.ID
	}{
		"t1's":                 {t1.ID, provider.Query{}, []call.ID{third, second, first}},
		"t2's":                 {t2.ID, provider.Query{}, []call.ID{foreign}},
		"all":                  {"", provider.Query{}, []call.ID{third, foreign, second, first}},
		"a page":               {t1.ID, provider.Query{Limit: 2}, []call.ID{third, second}},
		"the next":             {t1.ID, provider.Query{Limit: 2, After: string(second)}, []call.ID{first}},
		"from":                 {t1.ID, provider.Query{From: noon.Add(time.Second)}, []call.ID{third, second}},
		"from a little later":  {t1.ID, provider.Query{From: noon.Add(time.Microsecond), To: noon.Add(time.Hour)}, []call.ID{second}},
		"to":                   {t1.ID, provider.Query{To: noon.Add(time.Second)}, []call.ID{first}},
		"an agent":             {t1.ID, provider.Query{Agent: ana}, []call.ID{third, first}},
		"an agent of all":      {"", provider.Query{Agent: ana, To: noon.Add(time.Hour)}, []call.ID{foreign, first}},
		"a result":             {t1.ID, provider.Query{Result: "unanswered"}, []call.ID{second}},
		"everything that fits": {t1.ID, provider.Query{Peer: "acme", Caller: "+491701234567", Number: "+493012345678", Reason: "caller_hung_up"}, []call.ID{third, second, first}},
		"nothing that fits":    {t1.ID, provider.Query{Peer: "' OR true --"}, []call.ID{}},
	} {
		calls, err := s.ListCalls(ctx, c.in, c.q)
		if got := ids(calls, func(c call.Call) call.ID { return c.ID }); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("calls, %s: %v, %v, want %v", name, got, err, c.want)
		}
		records, err := s.ListCDRs(ctx, c.in, c.q)
		if got := ids(records, func(r call.CDR) call.ID { return r.Call }); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("records, %s: %v, %v, want %v", name, got, err, c.want)
		}
	}
	if calls, err := s.ListCalls(ctx, t1.ID, provider.Query{Phase: "routing"}); err != nil || len(calls) != 0 {
		t.Errorf("calls in another phase: %v, %v", calls, err)
	}
	for name, q := range map[string]provider.Query{"cursor": {After: "x"}, "agent": {Agent: "x"}, "phase": {Phase: "ended"}} {
		if _, err := s.ListCDRs(ctx, t1.ID, q); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("an odd %s: %v", name, err)
		}
	}

	for _, in := range []tenant.ID{t1.ID, ""} {
		if c, err := s.Call(ctx, in, first); err != nil || c.Tenant != t1.ID || c.Caller != "+491701234567" {
			t.Errorf("in %q: %+v, %v", in, c, err)
		}
		if r, err := s.CDR(ctx, in, first); err != nil || r.Result != call.Completed || r.Caller != "+491701234567" {
			t.Errorf("in %q: %+v, %v", in, r, err)
		}
	}
	for _, id := range []call.ID{first, "x"} {
		_, err := s.Call(ctx, t2.ID, id)
		wantCode(t, "t2 reads the call", err, "call_unknown")
		_, err = s.CDR(ctx, t2.ID, id)
		wantCode(t, "t2 reads the record", err, "call_unknown")
	}
	wantCode(t, "delete a tenant with calls", s.DeleteTenant(ctx, t1.ID), "tenant_in_use")
}

// TestAway: connections that break and a server that is gone are told apart
// from mistakes, and a store outlives the first.
func TestAway(t *testing.T) {
	testkit.Server(t) // skips where there is no PostgreSQL
	ctx := t.Context()
	server, err := localpg.Start(ctx, localpg.Config{Dir: t.TempDir(), Scratch: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		removeAll(t, server.DataDir())
	})
	if err := postgres.Migrate(ctx, server.DSN()); err != nil {
		t.Fatal(err)
	}
	s, err := postgres.Open(ctx, postgres.Config{DSN: server.DSN(), Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	t1, _ := twoTenants(t, s)
	admin := connect(t, server.DSN())
	if _, err := admin.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'tandem_%'`); err != nil {
		t.Fatal(err)
	}
	// Each broken connection fails at most once and is replaced then.
	for range 20 {
		if _, err = s.Tenant(ctx, t1.ID); err == nil {
			break
		} else if fault.KindOf(err) != fault.KindUnavailable {
			t.Fatalf("a broken connection: %v", err)
		}
	}
	if err != nil {
		t.Fatalf("the store does not recover: %v", err)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = s.Tenant(ctx, t1.ID)
	_, err2 := s.ListTenants(ctx, "", onboarding.TenantFilter{}, "", 0)
	_, err3 := s.Registry().Number(ctx, "+493012345678")
	_, err4 := postgres.Open(ctx, postgres.Config{DSN: server.DSN(), Timeout: time.Second})
	for _, err := range []error{
		err, err2, err3, err4, s.Ping(ctx), s.DeleteTenant(ctx, t1.ID), s.Engine().Sweep(ctx, time.Now()), postgres.Migrate(ctx, server.DSN()),
	} {
		if fault.KindOf(err) != fault.KindUnavailable || fault.CodeOf(err) != "database_away" {
			t.Errorf("without a server: %v", err)
		}
	}
}
