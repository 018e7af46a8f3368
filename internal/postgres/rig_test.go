package postgres_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/postgres"
	"tandem/internal/tenant"
	"tandem/internal/testkit"
)

// rig is a journal of one process with two tenants.
type rig struct {
	*postgres.Journal
	db     *testkit.Database
	store  *postgres.Store
	t1, t2 tenant.ID
}

func newRig(t testing.TB) *rig {
	t.Helper()
	r := &rig{db: testkit.Postgres(t), t1: newTenantID(), t2: newTenantID()}
	r.store = openStore(t, r.db.Admin)
	r.Journal = postgres.NewJournal(r.store, slog.New(slog.DiscardHandler))
	r.tenants(t)
	return r
}

func openStore(t testing.TB, dsn string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), postgres.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func newTenantID() tenant.ID { return tenant.ID(uuid.NewString()) }

func (r *rig) tenants(t testing.TB) {
	t.Helper()
	r.exec(t, `INSERT INTO region (id, name) VALUES ('eu', 'Europe')`)
	for _, id := range []tenant.ID{r.t1, r.t2} {
		r.exec(t, `
			INSERT INTO tenant (tenant_id, name, entra_tenant_id, state, home_region)
			VALUES ($1, 'Contoso', gen_random_uuid(), 'active', 'eu')`, string(id))
	}
}

// exec and ask act as a superuser, who sees everything.
func (r *rig) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	r.admin(t, func(c *pgx.Conn) error {
		_, err := c.Exec(t.Context(), sql, args...)
		return err
	})
}

func (r *rig) count(t testing.TB, sql string, args ...any) (n int) {
	t.Helper()
	r.admin(t, func(c *pgx.Conn) error { return c.QueryRow(t.Context(), sql, args...).Scan(&n) })
	return n
}

func (r *rig) admin(t testing.TB, f func(*pgx.Conn) error) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), r.db.Admin)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if err := f(conn); err != nil {
		t.Fatal(err)
	}
}

// life is one life of a node, whose leases are good for a minute.
func life(node string, n int) bridge.Owner {
	return bridge.Owner{Node: node, Life: fmt.Sprintf("%s/%d", node, n), Until: time.Now().Add(time.Minute)}
}

func newCall(t tenant.ID) call.Call {
	var random [10]byte
	_, _ = rand.Read(random[:])
	return call.New(call.NewID(time.Now(), random), t, call.Plan{
		Number: "+493012345678", Policy: tenant.WithAgent, RingTimeout: 20 * time.Second,
	})
}

// offered is the first step of a call that comes to a number.
func offered(c call.Call) bridge.Step {
	e := call.Offered{Peer: "carrier", Caller: "+491701234567", Called: "+493012345678", SIPCallID: "a@b", Dialog: json.RawMessage(`{"x":1}`)}
	return next(c, e)
}

// next is the step that the model makes of an event.
func next(c call.Call, e call.Event) bridge.Step {
	at := time.Now().UTC().Truncate(time.Microsecond)
	after, actions := call.Next(c, at, e)
	return bridge.Step{At: at, Event: e, After: after, Actions: actions}
}

// ending is a step after which the call is over.
func ending(c call.Call) bridge.Step {
	s := next(c, call.Doubted{})
	s.After.Seq, s.After.Phase, s.After.Marks.Ended = c.Seq+1, call.Ended, s.At
	s.After.Ending = &call.Termination{Result: call.Completed, Reason: call.ReasonCallerHungUp, By: call.ByCaller, Fault: call.FaultNone}
	s.Actions = nil
	return s
}

// open journals a new call of an owner.
func (r *rig) open(t testing.TB, in tenant.ID, o bridge.Owner) (bridge.Lease, call.Call) {
	t.Helper()
	s := offered(newCall(in))
	l, err := r.Create(t.Context(), bridge.Opening{Step: s, Owner: &o})
	if err != nil {
		t.Fatal(err)
	}
	return l, s.After
}

// request journals a call asked for by the API, which waits for its INVITE.
func (r *rig) request(t testing.TB, in tenant.ID, token string, expires time.Time) call.Call {
	t.Helper()
	c := newCall(in)
	s := next(c, call.RequestedByAPI{})
	s.After.Deadlines[call.AwaitInvite] = expires
	if _, err := r.Create(t.Context(), bridge.Opening{Step: s, Token: hash(token), Expires: expires}); err != nil {
		t.Fatal(err)
	}
	return s.After
}

func hash(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}

func (r *rig) commit(t testing.TB, l bridge.Lease, s bridge.Step) call.Call {
	t.Helper()
	if err := r.Commit(t.Context(), l, s); err != nil {
		t.Fatal(err)
	}
	return s.After
}

func journalFault(t testing.TB, err error, kind fault.Kind, code string) {
	t.Helper()
	if fault.KindOf(err) != kind || fault.CodeOf(err) != code {
		t.Errorf("got %v (%s), want %s %s", err, fault.KindOf(err), kind, code)
	}
}
