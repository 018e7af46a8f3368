package postgres_test

import (
	"context"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/postgres"
	"tandem/internal/roster"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

func candidateID(c roster.Candidate) tenant.AgentID { return c.Agent.ID }

func queueID(q tenant.Queue) tenant.QueueID { return q.ID }

func sales(of tenant.ID, agents ...tenant.AgentID) tenant.Queue {
	return tenant.Queue{
		Tenant: of, Name: "Sales", Agents: agents, WrapUp: 30 * time.Second,
		Hours: tenant.Hours{Zone: "Europe/Berlin", Open: []tenant.Opening{{Days: []time.Weekday{1, 2}, From: 9 * 60, Until: 17 * 60}}},
	}
}

func TestQueues(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	a, b, foreign := agent(t, s, t1.ID, "1"), agent(t, s, t1.ID, "2"), agent(t, s, t2.ID, "3")
	first, err := s.CreateQueue(ctx, sales(t1.ID, b.ID, a.ID))
	if err != nil {
		t.Fatal(err)
	}
	want := sales(t1.ID, b.ID, a.ID).Normalize()
	want.ID, want.CreatedAt, want.ChangedAt = first.ID, first.CreatedAt, first.ChangedAt
	if !reflect.DeepEqual(first, want) || first.ID == "" || first.CreatedAt.IsZero() {
		t.Errorf("got %+v, want %+v", first, want)
	}
	theirs, err := s.CreateQueue(ctx, sales(t2.ID, foreign.ID))
	if err != nil {
		t.Fatal(err)
	}
	create := func(q tenant.Queue) error { _, err := s.CreateQueue(ctx, q); return err }
	other := sales(t1.ID, a.ID)
	wantCode(t, "the name again", create(other), "queue_exists")
	other.Name = "Service"
	other.Agents = []tenant.AgentID{foreign.ID}
	wantCode(t, "somebody else's agent", create(other), "queue_invalid")
	other.Agents, other.Group = nil, nobody
	wantCode(t, "a group that is none of agents", create(other), "queue_invalid")
	wantCode(t, "of nobody", create(sales(nobody, a.ID)), "tenant_unknown")

	for _, in := range []tenant.ID{"", t1.ID} {
		if got, err := s.Queue(ctx, in, first.ID); err != nil || !reflect.DeepEqual(got, first) {
			t.Errorf("in %q: %+v, %v", in, got, err)
		}
	}
	for _, c := range []struct {
		in    tenant.ID
		after tenant.QueueID
		want  []tenant.QueueID
	}{{"", "", []tenant.QueueID{first.ID, theirs.ID}}, {t1.ID, "", []tenant.QueueID{first.ID}}, {"", first.ID, []tenant.QueueID{theirs.ID}}, {t2.ID, theirs.ID, []tenant.QueueID{}}} {
		if got, err := s.ListQueues(ctx, c.in, c.after, 0); err != nil || !slices.Equal(ids(got, queueID), c.want) {
			t.Errorf("%+v: %v, %v", c, got, err)
		}
	}
	keep := func(q tenant.Queue) (tenant.Queue, error) { return q, nil }
	_, err = s.Queue(ctx, t2.ID, first.ID)
	wantCode(t, "t2 reads", err, "queue_unknown")
	_, err = s.ChangeQueue(ctx, t2.ID, first.ID, keep)
	wantCode(t, "t2 changes", err, "queue_unknown")
	wantCode(t, "t2 deletes", s.DeleteQueue(ctx, t2.ID, first.ID), "queue_unknown")
	_, err = s.Registry().Choice(ctx, t2.ID, bridge.Wanted{Queue: first.ID})
	wantCode(t, "t2 chooses", err, "queue_unknown")

	if err := s.SaveGroup(ctx, tenant.Group{Tenant: t1.ID, ID: nobody, Name: "Everybody"}); err != nil {
		t.Fatal(err)
	}
	changed, err := s.ChangeQueue(ctx, t1.ID, first.ID, func(q tenant.Queue) (tenant.Queue, error) {
		q.Agents, q.Group, q.Strategy, q.Hours = []tenant.AgentID{a.ID}, nobody, tenant.RoundRobin, tenant.Hours{}
		return q, nil
	})
	if err != nil || !slices.Equal(changed.Agents, []tenant.AgentID{a.ID}) || changed.Group != nobody || changed.Strategy != tenant.RoundRobin || len(changed.Hours.Open) > 0 {
		t.Fatalf("%+v, %v", changed, err)
	}
	wantCode(t, "the group goes", s.DeleteGroup(ctx, t1.ID, nobody), "group_in_use")
	wantCode(t, "the tenant goes", s.DeleteTenant(ctx, t2.ID), "tenant_in_use")

	// Members of the group come behind those named; who is no agent any more, nowhere.
	if _, err := s.AddAgents(ctx, t1.ID, nobody, []tenant.Agent{b, {OID: "bbbbbbbb-0000-4000-8000-000000000009", Name: "Cleo"}}); err != nil {
		t.Fatal(err)
	}
	choice, err := s.Registry().Choice(ctx, t1.ID, bridge.Wanted{Queue: first.ID})
	if err != nil || len(choice.Agents) != 3 || choice.Agents[0].Agent.ID != a.ID || choice.Queue.Strategy != tenant.RoundRobin || choice.Directory != t1.EntraTenantID {
		t.Fatalf("%+v, %v", choice, err)
	}
	if err := s.DeleteAgent(ctx, t1.ID, a.ID); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Queue(ctx, t1.ID, first.ID); err != nil || len(got.Agents) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := s.DeleteQueue(ctx, t1.ID, first.ID); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "again", s.DeleteQueue(ctx, t1.ID, first.ID), "queue_unknown")
	for _, err := range []error{s.DeleteQueue(ctx, t1.ID, "x"), func() error { _, err := s.Queue(ctx, "", "x"); return err }()} {
		wantCode(t, "no id", err, "queue_unknown")
	}
}

// crew is a rig with agents, a queue, and a second process.
type crew struct {
	*rig
	second *postgres.Journal
	agents []tenant.Agent
	queue  tenant.Queue
}

func newCrew(t *testing.T, n int) *crew {
	t.Helper()
	c := &crew{rig: newRig(t)}
	c.second = postgres.NewJournal(openStore(t, c.db.Admin), slog.New(slog.DiscardHandler))
	var list []tenant.AgentID
	for i := range n {
		a := agent(t, c.store, c.t1, string(rune('1'+i)))
		c.agents, list = append(c.agents, a), append(list, a.ID)
	}
	var err error
	if c.queue, err = c.store.CreateQueue(t.Context(), sales(c.t1, list...)); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *crew) choice(t *testing.T) bridge.Choice {
	t.Helper()
	choice, err := c.store.Registry().Choice(t.Context(), c.t1, bridge.Wanted{Queue: c.queue.ID})
	if err != nil {
		t.Fatal(err)
	}
	return choice
}

// Two processes, three calls: the order in which they came is the order in which
// they wait, also for one whose agent did not answer, and who does not ask any more
// is not waited for.
func TestWaiting(t *testing.T) {
	c := newCrew(t, 1)
	ctx := t.Context()
	l1, c1 := c.open(t, c.t1, life("n1", 1))
	_, c2 := c.open(t, c.t1, life("n2", 1))
	_, c3 := c.open(t, c.t1, life("n1", 1))
	wait := func(j *postgres.Journal, id call.ID, ago time.Duration, tried ...tenant.AgentID) {
		t.Helper()
		if err := j.Wait(ctx, bridge.Waiting{Tenant: c.t1, Queue: c.queue.ID, Call: id, Since: time.Now().Add(-ago), Tried: tried}); err != nil {
			t.Fatal(err)
		}
	}
	order := func(want ...call.ID) {
		t.Helper()
		choice := c.choice(t)
		if got := ids(choice.Waiting, func(w roster.Waiter) call.ID { return w.Call }); !slices.Equal(got, want) || choice.Length != len(want) {
			t.Errorf("%v wait, want %v", got, want)
		}
	}
	wait(c.Journal, c1.ID, time.Minute)
	wait(c.Journal, c3.ID, time.Second)
	wait(c.second, c2.ID, 30*time.Second, c.agents[0].ID)
	wait(c.second, c2.ID, 0, c.agents[0].ID) // asks again
	order(c1.ID, c2.ID, c3.ID)
	if w := c.choice(t).Waiting[1]; !slices.Equal(w.Tried, []tenant.AgentID{c.agents[0].ID}) {
		t.Errorf("%+v", w)
	}
	if ok, err := c.Reserve(ctx, c.t1, c.agents[0].ID, c1.ID, ""); err != nil || !ok {
		t.Fatal(ok, err)
	}
	order(c2.ID, c3.ID)
	wait(c.Journal, c1.ID, 0, c.agents[0].ID) // he did not answer
	order(c1.ID, c2.ID, c3.ID)
	c.exec(t, `UPDATE waiting SET asked_at = now() - interval '1 minute' WHERE call_id = $1`, string(c2.ID))
	order(c1.ID, c3.ID)
	c.commit(t, l1, ending(c1))
	order(c3.ID)
	err := c.Wait(ctx, bridge.Waiting{Tenant: c.t1, Queue: c.queue.ID, Call: c1.ID, Since: time.Now()})
	wantCode(t, "a call that is over", err, "call_over")
	err = c.Wait(ctx, bridge.Waiting{Tenant: c.t2, Queue: c.queue.ID, Call: c3.ID, Since: time.Now()})
	wantCode(t, "another tenant's call", err, "call_over")
}

// What an agent did decides whose turn it is, and how long callers will wait.
func TestTurns(t *testing.T) {
	c := newCrew(t, 1)
	ctx := t.Context()
	a := c.agents[0]
	l, c1 := c.open(t, c.t1, life("n1", 1))
	_, waiting := c.open(t, c.t1, life("n2", 1))
	if err := c.second.Wait(ctx, bridge.Waiting{Tenant: c.t1, Queue: c.queue.ID, Call: waiting.ID, Since: time.Now()}); err != nil {
		t.Fatal(err)
	}
	listening, stop := context.WithCancel(ctx)
	freed := make(chan tenant.ID, 16)
	var wg sync.WaitGroup
	wg.Go(func() { c.second.Listen(listening, "n2", func() {}, func(of tenant.ID) { freed <- of }) })
	defer wg.Wait()
	defer stop()
	if of := <-freed; of != "" { // it listens now
		t.Errorf("at first %q", of)
	}
	if ok, err := c.Reserve(ctx, c.t1, a.ID, c1.ID, ""); err != nil || !ok {
		t.Fatal(ok, err)
	}
	began := time.Now()
	s := next(c1, call.Doubted{})
	s.After.Seq, s.Release = c1.Seq+1, []tenant.AgentID{a.ID}
	s.After.Participants = []call.Participant{{
		ID: "1.0", Agent: a.ID, Queue: c.queue.ID, State: call.Gone, RungAt: began.Add(-90 * time.Second), JoinedAt: began.Add(-80 * time.Second), LeftAt: began,
	}}
	c1 = c.commit(t, l, s)
	if of := <-freed; of != c.t1 {
		t.Errorf("freed is %q", of)
	}
	choice := c.choice(t)
	x := choice.Agents[0]
	if x.Kept != (roster.Kept{}) || x.Answered != 1 || x.FreeAt.IsZero() || x.ChosenAt.IsZero() || x.RestsUntil.Sub(x.FreeAt) != 30*time.Second {
		t.Errorf("%+v", x)
	}
	if v := roster.Judge(x, time.Now()); v.State != roster.Resting {
		t.Errorf("%s: %s", v.State, v.Why)
	}
	if choice.Service != 90*time.Second {
		t.Errorf("a call takes %v", choice.Service)
	}
	// Rung in vain is neither a call answered nor one to rest after.
	s = next(c1, call.Doubted{})
	s.After.Seq, s.Release = c1.Seq+1, []tenant.AgentID{a.ID}
	s.After.Participants = append(c1.Participants, call.Participant{ID: "2.0", Agent: a.ID, Queue: c.queue.ID, State: call.Gone, RungAt: began, LeftAt: began.Add(time.Hour)})
	c.commit(t, l, s)
	choice = c.choice(t)
	if x := choice.Agents[0]; x.Answered != 1 || !x.RestsUntil.IsZero() || choice.Service != 90*time.Second {
		t.Errorf("%+v, a call takes %v", x, choice.Service)
	}
	c.exec(t, `UPDATE agent_turn SET day = day - 1`)
	if x := c.choice(t).Agents[0]; x.Answered != 0 {
		t.Errorf("yesterday counts: %+v", x)
	}
}

// One agent, many who want him, in two processes: one gets him.
func TestReservations(t *testing.T) {
	c := newCrew(t, 1)
	ctx := t.Context()
	a := c.agents[0].ID
	other := openStore(t, c.db.Admin)
	_, c1 := c.open(t, c.t1, life("n1", 1))
	var mu sync.Mutex
	var got []tenant.ReservationID
	calls := 0
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			s := c.store
			if i%2 == 0 {
				s = other
			}
			if i == 7 {
				if ok, err := c.second.Reserve(ctx, c.t1, a, c1.ID, ""); err != nil {
					t.Error(err)
				} else if ok {
					calls++
				}
				return
			}
			r, err := s.CreateReservation(ctx, c.t1, a, 20*time.Second)
			if err != nil {
				wantCode(t, "the second", err, "agent_taken")
				return
			}
			mu.Lock()
			defer mu.Unlock()
			got = append(got, r.ID)
		})
	}
	wg.Wait()
	if len(got)+calls != 1 {
		t.Fatalf("%d have him", len(got)+calls)
	}
	c.exec(t, `DELETE FROM reservation`)

	r, err := c.store.CreateReservation(ctx, c.t1, a, 20*time.Second)
	if err != nil || r.Agent != a || r.Tenant != c.t1 || time.Until(r.Until) < 15*time.Second || time.Until(r.Until) > 21*time.Second {
		t.Fatalf("%+v, %v", r, err)
	}
	if x := c.choice(t).Agents[0]; x.Kept.Reservation != r.ID || !x.Kept.Until.Equal(r.Until) {
		t.Errorf("%+v", x)
	}
	if got, err := c.store.Reservation(ctx, c.t1, r.ID); err != nil || got != r {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = c.store.Reservation(ctx, c.t2, r.ID)
	wantCode(t, "t2 reads", err, "reservation_unknown")
	wantCode(t, "t2 deletes", c.store.DeleteReservation(ctx, c.t2, r.ID), "reservation_unknown")
	if ok, err := c.Reserve(ctx, c.t1, a, c1.ID, ""); err != nil || ok {
		t.Errorf("a call takes what is reserved: %v, %v", ok, err)
	}

	// A call of who reserved him takes him over.
	for _, wrong := range []tenant.ReservationID{"", nobody} {
		if ok, err := c.Reserve(ctx, c.t1, a, c1.ID, wrong); err != nil || ok {
			t.Errorf("with the reservation %q: %v, %v", wrong, ok, err)
		}
	}
	if ok, err := c.Reserve(ctx, c.t1, a, c1.ID, r.ID); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if x := c.choice(t).Agents[0]; x.Kept != (roster.Kept{Call: c1.ID}) {
		t.Errorf("%+v", x)
	}
	wantCode(t, "delete what a call has", c.store.DeleteReservation(ctx, c.t1, r.ID), "reservation_unknown")
	if ok, err := c.Reserve(ctx, c.t1, a, c1.ID, ""); err != nil || !ok {
		t.Errorf("its own agent: %v, %v", ok, err)
	}
	c.exec(t, `DELETE FROM reservation`)

	// A call that begins takes it over, or does not begin.
	if r, err = c.store.CreateReservation(ctx, c.t1, a, 20*time.Second); err != nil {
		t.Fatal(err)
	}
	begin := func() (call.ID, error) {
		asked := newCall(c.t1)
		asked.Plan.Agents, asked.Plan.Reservation = []tenant.AgentID{a}, r.ID
		s := next(asked, call.RequestedByAPI{})
		_, err := c.Create(ctx, bridge.Opening{Step: s, Token: secret.Hash(string(asked.ID)), Expires: time.Now().Add(time.Minute)})
		return asked.ID, err
	}
	id, err := begin()
	if err != nil {
		t.Fatal(err)
	}
	if x := c.choice(t).Agents[0]; x.Kept.Call != id {
		t.Errorf("%+v", x)
	}
	before := c.count(t, `SELECT count(*) FROM call`)
	_, err = begin()
	wantCode(t, "with what was used", err, "reservation_lapsed")
	if n := c.count(t, `SELECT count(*) FROM call`); n != before {
		t.Errorf("%d calls, had %d", n, before)
	}
	c.exec(t, `DELETE FROM reservation`)

	// Over, it is nobody's, and is swept.
	if r, err = c.store.CreateReservation(ctx, c.t1, a, 20*time.Second); err != nil {
		t.Fatal(err)
	}
	c.exec(t, `UPDATE reservation SET until = now() - interval '1 ms'`)
	_, err = begin()
	wantCode(t, "with what is over", err, "reservation_lapsed")
	_, err = c.store.Reservation(ctx, c.t1, r.ID)
	wantCode(t, "read what is over", err, "reservation_unknown")
	if x := c.choice(t).Agents[0]; x.Kept != (roster.Kept{}) {
		t.Errorf("%+v", x)
	}
	if _, err := c.store.CreateReservation(ctx, c.t1, a, time.Second); err != nil {
		t.Errorf("after one that is over: %v", err)
	}
	c.exec(t, `UPDATE reservation SET until = now() - interval '1 ms'`)
	if ok, err := c.Reserve(ctx, c.t1, a, c1.ID, ""); err != nil || !ok {
		t.Errorf("a call, after one that is over: %v, %v", ok, err)
	}
	c.exec(t, `DELETE FROM reservation`)
	if _, err := c.store.CreateReservation(ctx, c.t1, a, time.Second); err != nil {
		t.Fatal(err)
	}
	c.exec(t, `UPDATE reservation SET until = now() - interval '1 ms'`)
	if err := c.store.Engine().Sweep(ctx, time.Now()); err != nil || c.count(t, `SELECT count(*) FROM reservation`) != 0 {
		t.Errorf("not swept: %v", err)
	}
}

// askQueues is what is asked of queues, for TestNothingScans.
func askQueues(t *testing.T, s *postgres.Store, t1 tenant.Tenant, a tenant.Agent, word string, deep tenant.AgentID, check func(any, error)) {
	t.Helper()
	ctx := t.Context()
	q := sales(t1.ID, a.ID)
	q.Name = word
	q, err := s.CreateQueue(ctx, q)
	check(nil, err)
	for _, in := range []tenant.ID{"", t1.ID} {
		check(s.Queue(ctx, in, q.ID))
		check(s.ListQueues(ctx, in, tenant.QueueID(deep), 0))
	}
	check(s.Registry().Choice(ctx, t1.ID, bridge.Wanted{Queue: q.ID}))
	check(s.ChangeQueue(ctx, t1.ID, q.ID, func(q tenant.Queue) (tenant.Queue, error) { return q, nil }))
	check(nil, s.DeleteQueue(ctx, t1.ID, q.ID))
	r, err := s.CreateReservation(ctx, t1.ID, a.ID, 10*time.Second)
	check(nil, err)
	check(s.Reservation(ctx, t1.ID, r.ID))
	check(nil, s.DeleteReservation(ctx, t1.ID, r.ID))
}

// What a call waited for is behind it when it talks: if it waits in the same queue once
// more, it does so at the end.
func TestWaitingAgain(t *testing.T) {
	c := newCrew(t, 1)
	ctx := t.Context()
	l1, c1 := c.open(t, c.t1, life("n1", 1))
	_, c2 := c.open(t, c.t1, life("n2", 1))
	wait := func(j *postgres.Journal, id call.ID, since time.Time) {
		t.Helper()
		if err := j.Wait(ctx, bridge.Waiting{Tenant: c.t1, Queue: c.queue.ID, Call: id, Since: since}); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	wait(c.Journal, c1.ID, now.Add(-time.Hour))
	wait(c.second, c2.ID, now.Add(-time.Minute))
	s := next(c1, call.Doubted{})
	s.After.Seq, s.Leaves = c1.Seq+1, true
	c.commit(t, l1, s)
	if w := c.choice(t).Waiting; len(w) != 1 || w[0].Call != c2.ID {
		t.Errorf("%+v", w)
	}
	wait(c.Journal, c1.ID, now)
	if got := ids(c.choice(t).Waiting, func(w roster.Waiter) call.ID { return w.Call }); !slices.Equal(got, []call.ID{c2.ID, c1.ID}) {
		t.Errorf("%v wait", got)
	}
}

// A number whose callers wait in a queue keeps the queue.
func TestNumberWithAQueue(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	a := agent(t, s, t1.ID, "1")
	q, err := s.CreateQueue(ctx, sales(t1.ID, a.ID))
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := s.CreateQueue(ctx, sales(t2.ID, agent(t, s, t2.ID, "2").ID))
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.CreateNumber(ctx, tenant.Number{Tenant: t1.ID, E164: "+493012345678", Connectivity: "c", Queue: q.ID, AnswerPolicy: tenant.AtOnce})
	if err != nil || n.Queue != q.ID || n.AnswerPolicy != tenant.WithAgent {
		t.Fatalf("%+v %v", n, err)
	}
	if got, err := s.Registry().Number(ctx, n.E164); err != nil || got.Queue != q.ID {
		t.Errorf("a call finds %+v %v", got, err)
	}
	wantCode(t, "in use", s.DeleteQueue(ctx, t1.ID, q.ID), "queue_in_use")
	give := func(change func(*tenant.Number)) error {
		_, err := s.ChangeNumber(ctx, t1.ID, n.E164, func(n tenant.Number) (tenant.Number, error) { change(&n); return n, nil })
		return err
	}
	wantCode(t, "another tenant's", give(func(n *tenant.Number) { n.Queue = theirs.ID }), "number_invalid")
	wantCode(t, "agents besides", give(func(n *tenant.Number) { n.Agents = []tenant.AgentID{a.ID} }), "number_invalid")
	wantCode(t, "a flow besides", give(func(n *tenant.Number) { n.Flow = nobody }), "number_invalid")
	wantCode(t, "no id", give(func(n *tenant.Number) { n.Queue = "x" }), "number_invalid")
	if err := give(func(n *tenant.Number) { n.Queue = "" }); err != nil {
		t.Error(err)
	}
	if err := s.DeleteQueue(ctx, t1.ID, q.ID); err != nil {
		t.Error(err)
	}
}
