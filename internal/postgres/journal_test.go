package postgres_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// TestClaimGivesBackWhatWasWritten: snapshot and pending actions survive, the
// actions in their order, without those whose result is known.
func TestClaimGivesBackWhatWasWritten(t *testing.T) {
	r := newRig(t)
	l, c := r.open(t, r.t1, life("n1", 1))
	s := next(c, call.Doubted{})
	s.After.Seq = c.Seq + 1
	s.Actions = nil
	for i := range 12 { // "2.10" sorts before "2.2" as text
		s.Actions = append(s.Actions, call.Action{ID: fmt.Sprintf("2.%d", i), Do: call.Look{Connection: fmt.Sprint(i)}})
	}
	c = r.commit(t, l, s)
	closing := next(c, call.ActionFailed{Op: "2.3", Action: "look"})
	closing.After.Seq, closing.Actions, closing.Closes = c.Seq+1, nil, "2.3"
	c = r.commit(t, l, closing)

	got, err := r.Claim(t.Context(), c.ID, life("n1", 2))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Call, c) {
		t.Errorf("the snapshot came back as\n%+v, was\n%+v", got.Call, c)
	}
	if got.Fresh || got.Lease != (bridge.Lease{Call: c.ID, Tenant: r.t1, Owner: "n1/2", Epoch: 2}) {
		t.Errorf("got %+v", got)
	}
	var ids []string
	for _, p := range got.Pending {
		ids = append(ids, p.Action.ID)
		if p.At.IsZero() || time.Since(p.At) > time.Minute {
			t.Errorf("%s was journalled at %v", p.Action.ID, p.At)
		}
	}
	first := offered(newCall(r.t1)).Actions
	var want []string
	for _, a := range first {
		want = append(want, a.ID)
	}
	for i := range 12 {
		if i != 3 {
			want = append(want, fmt.Sprintf("2.%d", i))
		}
	}
	if !slices.Equal(ids, want) {
		t.Errorf("pending: %v, want %v", ids, want)
	}
	if n := r.count(t, `SELECT count(*) FROM call_action WHERE state = 'failed' AND action_id = '2.3'`); n != 1 {
		t.Error("the failed action is not marked")
	}
}

func TestStaleOwnerWritesNothing(t *testing.T) {
	r := newRig(t)
	l, c := r.open(t, r.t1, life("n1", 1))
	if _, err := r.Claim(t.Context(), c.ID, life("n1", 2)); err != nil {
		t.Fatal(err)
	}
	s := next(c, call.RequestedByAPI{})
	s.Seen = &bridge.Seen{Resource: "eu", EventID: "1"}
	s.Attempts = [][]byte{hash("attempt")}
	wrongEpoch := l
	wrongEpoch.Owner = "n1/2"
	for _, stale := range []bridge.Lease{l, wrongEpoch} {
		if err := r.Commit(t.Context(), stale, s); !errors.Is(err, bridge.ErrStale) {
			t.Errorf("a commit under %+v: %v", stale, err)
		}
	}
	if n := r.count(t, `SELECT (SELECT count(*) FROM seen_event) + (SELECT count(*) FROM attempt) + (SELECT count(*) FROM call_event WHERE seq > 1)`); n != 0 {
		t.Errorf("%d rows were written", n)
	}
}

func TestSeenOnce(t *testing.T) {
	r := newRig(t)
	l, c := r.open(t, r.t1, life("n1", 1))
	other, d := r.open(t, r.t2, life("n1", 1))
	s := next(c, call.Doubted{})
	s.After.Seq = c.Seq + 1
	s.Seen = &bridge.Seen{Resource: "eu", EventID: "1"}
	c = r.commit(t, l, s)

	again := next(c, call.Doubted{})
	again.After.Seq, again.Seen = c.Seq+1, s.Seen
	if err := r.Commit(t.Context(), l, again); !errors.Is(err, bridge.ErrSeen) {
		t.Errorf("the second time: %v", err)
	}
	elsewhere := next(d, call.Doubted{})
	elsewhere.Seen = s.Seen
	if err := r.Commit(t.Context(), other, elsewhere); !errors.Is(err, bridge.ErrSeen) {
		t.Errorf("for another call: %v", err)
	}
	owner, first := life("n1", 1), newCall(r.t1)
	opening := offered(first)
	opening.Seen = s.Seen
	if _, err := r.Create(t.Context(), bridge.Opening{Step: opening, Owner: &owner}); !errors.Is(err, bridge.ErrSeen) {
		t.Errorf("for a call that begins with it: %v", err)
	}
	if n := r.count(t, `SELECT count(*) FROM call_event`); n != 3 {
		t.Errorf("%d events are written, want 3", n)
	}
}

func TestClaim(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	_, c := r.open(t, r.t1, life("n1", 1))

	_, err := r.Claim(ctx, c.ID, life("n2", 1))
	journalFault(t, err, fault.KindConflict, "leased")
	_, err = r.Claim(ctx, c.ID, life("n1", 1))
	journalFault(t, err, fault.KindConflict, "leased") // it is ours already
	_, err = r.Claim(ctx, newCall(r.t1).ID, life("n1", 1))
	journalFault(t, err, fault.KindNotFound, "call_over")

	lapsing := life("n1", 2)
	lapsing.Until = time.Now().Add(-time.Second)
	if _, err := r.Claim(ctx, c.ID, lapsing); err != nil { // the next life need not wait
		t.Fatal(err)
	}
	got, err := r.Claim(ctx, c.ID, life("n2", 1)) // lapsed: anybody
	if err != nil || got.Lease.Epoch != 3 {
		t.Fatalf("got %+v, %v", got.Lease, err)
	}
	r.commit(t, got.Lease, ending(got.Call))
	_, err = r.Claim(ctx, c.ID, life("n1", 3))
	journalFault(t, err, fault.KindNotFound, "call_over")
}

// TestOneClaims: of many who want a call, one gets it.
func TestOneClaims(t *testing.T) {
	r := newRig(t)
	c := r.request(t, r.t1, "token", time.Now().Add(time.Minute))
	var won atomic.Int32
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			got, err := r.Claim(t.Context(), c.ID, life(fmt.Sprint("n", i), 1))
			switch {
			case err == nil && got.Fresh:
				won.Add(1)
			case fault.KindOf(err) != fault.KindConflict:
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d got it", won.Load())
	}
}

func TestRenewAndAdoptable(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	lapsed := life("n1", 1)
	lapsed.Until = time.Now().Add(-time.Second)
	_, a := r.open(t, r.t1, lapsed)
	_, b := r.open(t, r.t2, life("n2", 1))
	due := r.request(t, r.t1, "due", time.Now().Add(-time.Second))
	r.request(t, r.t1, "not due", time.Now().Add(time.Minute))
	l, over := r.open(t, r.t1, lapsed)
	r.commit(t, l, ending(over))

	adoptable := func(o bridge.Owner, settled bool, want ...call.ID) {
		t.Helper()
		got, err := r.Adoptable(ctx, o, settled, 10)
		slices.Sort(got) // ids of one millisecond have no order of their own
		slices.Sort(want)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s, settled %v: %v, %v, want %v", o.Life, settled, got, err, want)
		}
	}
	adoptable(life("n3", 1), false, due.ID)
	adoptable(life("n3", 1), true, a.ID, due.ID)
	adoptable(life("n2", 2), false, b.ID, due.ID)
	adoptable(life("n2", 1), false, due.ID)
	legless := life("n3", 1)
	legless.Legless = true
	_, err := r.Claim(ctx, a.ID, legless)
	journalFault(t, err, fault.KindConflict, "leased") // lapsed, but with legs
	fresh := r.request(t, r.t1, "fresh", time.Now().Add(time.Minute))
	if _, err := r.Claim(ctx, fresh.ID, legless); err != nil {
		t.Error(err)
	}
	if got, err := r.Adoptable(ctx, life("n3", 1), true, 1); err != nil || len(got) != 1 {
		t.Errorf("limited to one: %v, %v", got, err)
	}
	if err := r.Renew(ctx, life("n1", 1)); err != nil {
		t.Fatal(err)
	}
	adoptable(life("n3", 1), true, due.ID)
}

func TestTokens(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	c := r.request(t, r.t1, "good", time.Now().Add(time.Minute))
	r.request(t, r.t2, "late", time.Now().Add(-time.Second))

	_, err := r.BindToken(ctx, hash("none"), "d1")
	journalFault(t, err, fault.KindForbidden, "token_unknown")
	_, err = r.BindToken(ctx, hash("late"), "d1")
	journalFault(t, err, fault.KindForbidden, "token_expired")
	for range 2 { // the same dialog may ask again
		if id, err := r.BindToken(ctx, hash("good"), "d1"); err != nil || id != c.ID {
			t.Errorf("got %s, %v", id, err)
		}
	}
	r.exec(t, `UPDATE sip_token SET expires_at = now() - interval '1 s'`)
	if id, err := r.BindToken(ctx, hash("good"), "d1"); err != nil || id != c.ID {
		t.Errorf("bound in time, asked again later: %s, %v", id, err)
	}
	_, err = r.BindToken(ctx, hash("good"), "d2")
	journalFault(t, err, fault.KindForbidden, "token_used")

	got, err := r.Claim(ctx, c.ID, life("n1", 1))
	if err != nil || !got.Fresh {
		t.Fatalf("got %+v, %v", got, err)
	}
	r.commit(t, got.Lease, ending(got.Call))
	_, err = r.BindToken(ctx, hash("good"), "d2")
	journalFault(t, err, fault.KindForbidden, "token_used") // still known after the call
}

func TestAttempt(t *testing.T) {
	r := newRig(t)
	l, c := r.open(t, r.t1, life("n1", 1))
	s := next(c, call.Doubted{})
	s.After.Seq, s.Attempts = c.Seq+1, [][]byte{hash("attempt"), hash("another")}
	c = r.commit(t, l, s)
	if id, err := r.Attempt(t.Context(), hash("attempt")); err != nil || id != c.ID {
		t.Errorf("got %s, %v", id, err)
	}
	_, err := r.Attempt(t.Context(), hash("other"))
	journalFault(t, err, fault.KindNotFound, "attempt_unknown")
}

func TestReserve(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	o := life("n1", 1)
	agent, second := tenant.AgentID(uuid.NewString()), tenant.AgentID(uuid.NewString())
	var calls []call.Call
	var leases []bridge.Lease
	for range 20 {
		l, c := r.open(t, r.t1, o)
		calls, leases = append(calls, c), append(leases, l)
	}
	var winner atomic.Int32
	winner.Store(-1)
	var won atomic.Int32
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			ok, err := r.Reserve(ctx, r.t1, agent, calls[i].ID, "")
			if err != nil {
				t.Error(err)
			}
			if ok {
				won.Add(1)
				winner.Store(int32(i))
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Fatalf("%d calls have the agent", won.Load())
	}
	w := winner.Load()
	reserve := func(in tenant.ID, a tenant.AgentID, id call.ID, want bool) {
		t.Helper()
		if ok, err := r.Reserve(ctx, in, a, id, ""); err != nil || ok != want {
			t.Errorf("got %v, %v, want %v", ok, err, want)
		}
	}
	reserve(r.t1, agent, calls[w].ID, true) // again is again
	reserve(r.t1, second, calls[w].ID, true)
	const held = `SELECT count(*) FROM reservation WHERE tenant_id = $1`
	if n := r.count(t, held, string(r.t1)); n != 2 {
		t.Errorf("held: %d", n)
	}
	if n := r.count(t, held, string(r.t2)); n != 0 {
		t.Errorf("the other tenant holds %d", n)
	}
	reserve(r.t2, agent, calls[w].ID, false) // not a call of that tenant

	other := calls[(w+1)%20]
	s := next(calls[w], call.Doubted{})
	s.After.Seq, s.Release = calls[w].Seq+1, []tenant.AgentID{second}
	c := r.commit(t, leases[w], s)
	reserve(r.t1, second, other.ID, true)
	reserve(r.t1, agent, other.ID, false)
	r.commit(t, leases[w], ending(c)) // a call that is over keeps nobody
	reserve(r.t1, agent, c.ID, false)
	reserve(r.t1, agent, other.ID, true)
}

// TestReserveAndEnd: a reservation that races with the end never outlives it.
func TestReserveAndEnd(t *testing.T) {
	r := newRig(t)
	for range 20 {
		l, c := r.open(t, r.t1, life("n1", 1))
		agent := tenant.AgentID(uuid.NewString())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := r.Reserve(t.Context(), r.t1, agent, c.ID, ""); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if err := r.Commit(t.Context(), l, ending(c)); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
	}
	if n := r.count(t, `SELECT count(*) FROM reservation`); n != 0 {
		t.Errorf("still held: %d", n)
	}
}

func TestInbox(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	n1 := life("n1", 1)
	l, c := r.open(t, r.t1, n1)
	_, foreign := r.open(t, r.t2, life("n2", 1))

	listening, stop := context.WithCancel(ctx)
	woken := make(chan struct{}, 16)
	var wg sync.WaitGroup
	wg.Go(func() { r.Listen(listening, "n1", func() { woken <- struct{}{} }, func(tenant.ID) {}) })
	defer wg.Wait()
	defer stop()
	<-woken // it listens now

	seen := &bridge.Seen{Resource: "eu", EventID: "1"}
	if err := r.Post(ctx, c.ID, call.HangUpAsked{Cause: "api"}, nil); err != nil {
		t.Fatal(err)
	}
	<-woken
	if err := r.Post(ctx, c.ID, call.ConnectionUp{Connection: "k"}, seen); err != nil {
		t.Fatal(err)
	}
	if err := r.Post(ctx, foreign.ID, call.Doubted{}, nil); err != nil {
		t.Fatal(err)
	}
	err := r.Post(ctx, newCall(r.t1).ID, call.Doubted{}, nil)
	journalFault(t, err, fault.KindNotFound, "call_over")

	mail, err := r.Collect(ctx, n1)
	if err != nil || len(mail) != 2 {
		t.Fatalf("got %+v, %v", mail, err)
	}
	if mail[0].Call != c.ID || !reflect.DeepEqual(mail[0].Event, call.HangUpAsked{Cause: "api"}) || mail[0].Seen != nil {
		t.Errorf("got %+v", mail[0])
	}
	if !reflect.DeepEqual(mail[1].Event, call.ConnectionUp{Connection: "k"}) || *mail[1].Seen != *seen {
		t.Errorf("got %+v", mail[1])
	}

	s := next(c, call.Doubted{})
	s.After.Seq, s.Inbox = c.Seq+1, mail[0].ID
	c = r.commit(t, l, s)
	again := next(c, call.Doubted{})
	again.After.Seq, again.Inbox = c.Seq+1, mail[0].ID
	if err := r.Commit(ctx, l, again); !errors.Is(err, bridge.ErrSeen) {
		t.Errorf("the same mail twice: %v", err)
	}
	if mail, err = r.Collect(ctx, n1); err != nil || len(mail) != 1 {
		t.Errorf("left: %+v, %v", mail, err)
	}
	r.commit(t, l, ending(c))
	if n := r.count(t, `SELECT count(*) FROM inbox WHERE call_id = $1`, string(c.ID)); n != 0 {
		t.Errorf("%d events wait for a call that is over", n)
	}
	err = r.Post(ctx, c.ID, call.Doubted{}, nil)
	journalFault(t, err, fault.KindNotFound, "call_over")
}

// TestEnd: one record, and nothing left of what coordinates.
func TestEnd(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	l, c := r.open(t, r.t1, life("n1", 1))
	s := next(c, call.Doubted{})
	s.After.Seq, s.Attempts = c.Seq+1, [][]byte{hash("attempt")}
	c = r.commit(t, l, s)
	if _, err := r.Reserve(ctx, r.t1, tenant.AgentID(uuid.NewString()), c.ID, ""); err != nil {
		t.Fatal(err)
	}
	r.commit(t, l, ending(c))
	if err := r.Commit(ctx, l, ending(c)); !errors.Is(err, bridge.ErrStale) {
		t.Errorf("ended a second time: %v", err)
	}
	for table, want := range map[string]int{
		"call_lease": 0, "call_deadline": 0, "reservation": 0, "attempt": 0, "inbox": 0,
		"cdr": 1, "call": 1, "call_snapshot": 1, "call_event": 3,
	} {
		if n := r.count(t, `SELECT count(*) FROM `+table); n != want {
			t.Errorf("%s has %d rows, want %d", table, n, want)
		}
	}
	if n := r.count(t, `SELECT count(*) FROM call_action WHERE state = 'pending'`); n != 0 {
		t.Errorf("%d actions are still pending", n)
	}
	if n := r.count(t, `SELECT count(*) FROM cdr WHERE tenant_id = $1 AND result = 'completed' AND record ->> 'caller' = '+491701234567'`, string(r.t1)); n != 1 {
		t.Error("the record does not say what was")
	}
	if n := r.count(t, `SELECT count(*) FROM call WHERE phase = 'ended' AND result = 'completed' AND reason = 'caller_hung_up' AND ended_at IS NOT NULL`); n != 1 {
		t.Error("the header does not say how it ended")
	}
	if n := r.count(t, `SELECT count(*) FROM call_event_default`); n != 0 {
		t.Error("the journal of this month is in the default partition")
	}
}

// TestTenantsInTheJournal: a lease of one tenant writes nothing of another's.
func TestTenantsInTheJournal(t *testing.T) {
	r := newRig(t)
	l, c := r.open(t, r.t1, life("n1", 1))
	l.Tenant = r.t2
	s := ending(c)
	if err := r.Commit(t.Context(), l, s); !errors.Is(err, bridge.ErrStale) {
		t.Errorf("got %v", err)
	}
	if n := r.count(t, `SELECT count(*) FROM call_event WHERE tenant_id = $1`, string(r.t2)); n != 0 {
		t.Errorf("%d events were written to the other tenant", n)
	}
}

// TestOddText: what well-formed JSON and SIP can hold and PostgreSQL dislikes.
func TestOddText(t *testing.T) {
	r := newRig(t)
	c := newCall(r.t1)
	c.Plan.Context = json.RawMessage(`{"a":"\u0000","b":"\ud800","c":1e999999,"d":"` + "\xff" + `"}`)
	e := call.Offered{Peer: "p", Caller: "anonymous\x00\xff", Called: "+493012345678", SIPCallID: "\x00\xfe@b"}
	o := life("n1", 1)
	s := next(c, e)
	l, err := r.Create(t.Context(), bridge.Opening{Step: s, Owner: &o})
	if err != nil {
		t.Fatal(err)
	}
	r.commit(t, l, ending(s.After))
}
