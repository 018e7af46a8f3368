package postgres_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/localpg"
	"tandem/internal/postgres"
	"tandem/internal/tenant"
)

// doubtfulRig reaches the shared server by a line that can break.
func doubtfulRig(t *testing.T) (*rig, *line) {
	t.Helper()
	r := newRig(t)
	l := newLine(t, r.db.Admin)
	r.store = openStore(t, l.dsn(t, r.db.Admin))
	r.Journal = postgres.NewJournal(r.store, slog.New(slog.DiscardHandler))
	return r, l
}

// written lists the numbers of a call's events.
func (r *rig) written(t testing.TB, c call.ID) string {
	t.Helper()
	var all string
	for seq := range 10 {
		if r.count(t, `SELECT count(*) FROM call_event WHERE call_id = $1 AND seq = $2`, string(c), seq) == 1 {
			all += strconv.Itoa(seq)
		}
	}
	return all
}

// TestStepInDoubt: the bridge was told that a step was not written, and does
// something else next. Then nothing of it may be left.
func TestStepInDoubt(t *testing.T) {
	r, line := doubtfulRig(t)
	ctx := t.Context()
	l, c := r.open(t, r.t1, life("n1", 1))

	doubtful := next(c, call.Doubted{})
	doubtful.After.Seq = c.Seq + 1
	doubtful.Actions = []call.Action{{ID: "2.0", Do: call.DialFar{Token: "x"}}}
	doubtful.Seen, doubtful.Attempts = &bridge.Seen{Resource: "eu", EventID: "1"}, [][]byte{hash("x")}
	line.loseAnswerTo(string(c.ID))
	journalFault(t, r.Commit(ctx, l, doubtful), fault.KindUnavailable, "database_away")
	if got := r.written(t, c.ID); got != "12" {
		t.Fatalf("events %s are written: the test does not do what it says", got)
	}

	// An event that needs no transaction came in between: the number is another.
	s := next(c, call.Doubted{})
	s.After.Seq, s.Actions = c.Seq+2, []call.Action{{ID: "3.0", Do: call.Look{}}}
	after := r.commit(t, l, s)
	if got := r.written(t, c.ID); got != "13" {
		t.Errorf("events %s are written", got)
	}
	_, err := r.Attempt(ctx, hash("x"))
	journalFault(t, err, fault.KindNotFound, "attempt_unknown")
	if n := r.count(t, `SELECT count(*) FROM call_action WHERE action_id = '2.0'`); n != 0 {
		t.Error("an action that nobody performs is pending")
	}
	redelivered := next(after, call.Doubted{})
	redelivered.After.Seq, redelivered.Seen = after.Seq+1, doubtful.Seen
	r.commit(t, l, redelivered)
}

// TestSameStepAgain: the bridge repeats the step itself.
func TestSameStepAgain(t *testing.T) {
	r, line := doubtfulRig(t)
	ctx := t.Context()
	l, c := r.open(t, r.t1, life("n1", 1))
	if err := r.Post(ctx, c.ID, call.Doubted{}, &bridge.Seen{Resource: "eu", EventID: "1"}); err != nil {
		t.Fatal(err)
	}
	mail, err := r.Collect(ctx, life("n1", 1))
	if err != nil || len(mail) != 1 {
		t.Fatal(mail, err)
	}
	s := next(c, call.Doubted{})
	s.After.Seq, s.Inbox, s.Seen, s.Attempts = c.Seq+1, mail[0].ID, mail[0].Seen, [][]byte{hash("a")}
	s.Actions, s.Closes = []call.Action{{ID: "2.0", Do: call.Look{}}}, "1.0"
	for range 2 { // two times in a row
		line.loseAnswerTo(string(c.ID))
		journalFault(t, r.Commit(ctx, l, s), fault.KindUnavailable, "database_away")
	}
	s.Attempts = [][]byte{hash("b")}
	c = r.commit(t, l, s)
	if got := r.written(t, c.ID); got != "12" {
		t.Errorf("events %s are written", got)
	}
	if id, err := r.Attempt(ctx, hash("b")); err != nil || id != c.ID {
		t.Errorf("got %s, %v", id, err)
	}

	end := ending(c)
	line.loseAnswerTo(string(c.ID))
	journalFault(t, r.Commit(ctx, l, end), fault.KindUnavailable, "database_away")
	if err := r.Commit(ctx, l, end); err != nil {
		t.Errorf("the end, again: %v", err)
	}
	if n := r.count(t, `SELECT count(*) FROM cdr`); n != 1 {
		t.Errorf("%d records", n)
	}
}

// TestLeaseInDoubt: a call that nobody knows to be ours is given up and adopted.
func TestLeaseInDoubt(t *testing.T) {
	r, line := doubtfulRig(t)
	ctx := t.Context()
	o := life("n1", 1)
	s := offered(newCall(r.t1))
	id := s.After.ID
	line.loseAnswerTo(string(id))
	_, err := r.Create(ctx, bridge.Opening{Step: s, Owner: &o})
	journalFault(t, err, fault.KindUnavailable, "database_away")
	adoptable := func(want ...call.ID) {
		t.Helper()
		if got, err := r.Adoptable(ctx, o, false, 10); err != nil || !slices.Equal(got, want) {
			t.Errorf("adoptable: %v, %v, want %v", got, err, want)
		}
	}
	adoptable()
	if err := r.Renew(ctx, o); err != nil {
		t.Fatal(err)
	}
	adoptable(id)

	line.loseAnswerTo("commit")
	_, err = r.Claim(ctx, id, o)
	journalFault(t, err, fault.KindUnavailable, "database_away")
	if n := r.count(t, `SELECT count(*) FROM call_lease WHERE owner = $1`, o.Life); n != 1 {
		t.Fatal("the claim was not written: the test does not do what it says")
	}
	got, err := r.Claim(ctx, id, o) // not waiting for the renewal
	if err != nil || got.Lease.Epoch != 3 || got.Fresh {
		t.Fatalf("got %+v, %v", got, err)
	}
	if err := r.Renew(ctx, o); err != nil { // which must not give up this one
		t.Fatal(err)
	}
	r.commit(t, got.Lease, ending(got.Call))
}

// TestPostgresKilled: while the server is away operations fail as unavailable;
// when it is back, whoever repeated his step finds it written once.
func TestPostgresKilled(t *testing.T) {
	r, line, server, dir := durableRig(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	const calls, steps = 4, 150
	var wg sync.WaitGroup
	halfway := make(chan struct{}, calls)
	var mu sync.Mutex
	failures := 0
	for n := range calls {
		l, c := r.open(t, r.t1, life("n1", 1))
		agent := tenant.AgentID(uuid.NewString())
		wg.Go(func() {
			insist := func(f func() error) {
				for ctx.Err() == nil {
					err := f()
					if err == nil {
						return
					}
					if fault.KindOf(err) != fault.KindUnavailable {
						t.Errorf("call %d: %v", n, err)
						return
					}
					mu.Lock()
					failures++
					mu.Unlock()
					select {
					case <-time.After(20 * time.Millisecond):
					case <-ctx.Done():
					}
				}
			}
			for i := range steps {
				s := next(c, call.Doubted{})
				s.After.Seq, s.Seen = c.Seq+1, &bridge.Seen{Resource: string(c.ID), EventID: strconv.Itoa(i)}
				s.Actions = []call.Action{{ID: fmt.Sprintf("%d.0", s.After.Seq), Do: call.Look{}}}
				insist(func() error { return r.Commit(ctx, l, s) })
				c = s.After
				if i == steps/2 {
					halfway <- struct{}{}
				}
			}
			insist(func() error { _, err := r.Reserve(ctx, r.t1, agent, c.ID, ""); return err })
			end := ending(c)
			insist(func() error { return r.Commit(ctx, l, end) })
		})
	}
	<-halfway
	if err := syscall.Kill(postmaster(t, server.DataDir()), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-server.Exited()
	if err := r.store.Ping(ctx); fault.KindOf(err) != fault.KindUnavailable {
		t.Errorf("with the server away: %v", err)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := localpg.Start(ctx, localpg.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		r.store.Close()
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}()
	line.leadTo(t, again.DSN())
	wg.Wait()
	if failures == 0 {
		t.Error("no operation failed: the server was not missed")
	}
	for table, want := range map[string]int{"cdr": calls, "call_event": calls * (steps + 2), "call_lease": 0, "reservation": 0} {
		if n := r.count(t, `SELECT count(*) FROM `+table); n != want {
			t.Errorf("%s has %d rows, want %d", table, n, want)
		}
	}
}

func postmaster(t *testing.T, data string) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// BenchmarkCommit says what a step costs, beside the cheapest durable thing a
// program can do: a transaction that inserts one small row.
func BenchmarkCommit(b *testing.B) {
	r, _, server, _ := durableRig(b)
	r.db.Admin = server.DSN()
	r.store = openStore(b, server.DSN()) // without the line
	r.Journal = postgres.NewJournal(r.store, slog.New(slog.DiscardHandler))
	r.exec(b, `CREATE TABLE plain (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, x text)`)
	for _, writers := range []int{1, 8} {
		b.Run(fmt.Sprint(writers, "-writers"), func(b *testing.B) {
			plain := perSecond(b, writers, func(int) func() {
				conn := connect(b, server.DSN())
				return func() {
					if _, err := conn.Exec(b.Context(), `INSERT INTO plain (x) VALUES ('x')`); err != nil {
						b.Error(err)
					}
				}
			})
			steps := perSecond(b, writers, func(int) func() {
				l, c := r.open(b, r.t1, life("n1", 1))
				return func() {
					s := next(c, call.Doubted{})
					s.After.Seq, s.Seen = c.Seq+1, &bridge.Seen{Resource: string(c.ID), EventID: strconv.Itoa(c.Seq)}
					s.Actions = []call.Action{{ID: fmt.Sprintf("%d.0", s.After.Seq), Do: call.Look{}}}
					c = r.commit(b, l, s)
				}
			})
			b.ReportMetric(0, "ns/op") // of both together: means nothing
			b.ReportMetric(steps, "steps/s")
			b.ReportMetric(plain, "inserts/s")
			b.ReportMetric(steps/plain, "steps/insert")
		})
	}
}

// perSecond runs b.N turns, shared among writers.
func perSecond(b *testing.B, writers int, writer func(int) func()) float64 {
	turns := make([]func(), writers)
	for i := range writers {
		turns[i] = writer(i)
	}
	each := max(b.N/writers, 1)
	began := time.Now()
	var wg sync.WaitGroup
	for _, turn := range turns {
		wg.Go(func() {
			for range each {
				turn()
			}
		})
	}
	wg.Wait()
	return float64(each*writers) / time.Since(began).Seconds()
}

// TestCommandsInDoubt: what a flow commanded goes with the event that it answered.
func TestCommandsInDoubt(t *testing.T) {
	r, line := doubtfulRig(t)
	l, c := r.open(t, r.t1, life("n1", 1))
	c.Plan.Flow = &call.FlowRef{ID: "f", Version: 7}

	s := next(c, call.Doubted{})
	s.After.Seq = c.Seq + 3
	s.Commands = []call.Event{call.HandoverAsked{}, call.FlowMoved{Step: "sales", Number: 2}}
	line.loseAnswerTo(string(c.ID))
	journalFault(t, r.Commit(t.Context(), l, s), fault.KindUnavailable, "database_away")
	if got := r.written(t, c.ID); got != "1234" {
		t.Fatalf("events %s are written: the test does not do what it says", got)
	}
	other := next(c, call.Doubted{})
	other.After.Seq = c.Seq + 1
	r.commit(t, l, other)
	if got := r.written(t, c.ID); got != "12" {
		t.Errorf("events %s are written", got)
	}
	again := s
	again.After.Seq++
	r.commit(t, l, again)
	if n := r.count(t, `SELECT count(*) FROM event WHERE type = 'call.flow_step' AND data ->> 'step' = 'sales' AND (data ->> 'version')::int = 7`); n != 1 {
		t.Errorf("%d events tell of one step", n)
	}
	kinds := r.count(t, `SELECT count(*) FROM call_event WHERE call_id = $1 AND kind IN ('handover_asked', 'flow_moved')`, string(c.ID))
	if kinds != 2 {
		t.Errorf("%d commands are in the journal", kinds)
	}
}
