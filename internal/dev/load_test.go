package dev_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/internal/dev"
	"tandem/sip/siptest"
)

var (
	perSecond = flag.Int("calls", 10, "how many calls BenchmarkCalls sets up in a second")
	loadFor   = flag.Duration("load", 10*time.Second, "how long it does so for each number of live calls")
)

// BenchmarkCalls is what the product itself adds to a call while -calls a second are set
// up, with PostgreSQL, the simulated Microsoft and the telephones on the same machine.
// Each is asked for by the API, comes in by SIP, is answered by its agent, a second agent
// is asked for, and the customer hangs up. Beside them 10, 100 and 1,000 people talk.
//
//	answer  IncomingCall received → the answer sent
//	add     a handover asked for by the API → addParticipant sent
//	ack     a callback received → acknowledged
//
// The floor is a bare handler that commits one row, asked as often in the same run and
// measured by the same wire. The promise is for 50 calls a second; with everything on two
// cores more than about 40 of them wait for each other, so that is for -calls=50 on a
// larger machine. "…-over-ms" is by how much the median is above the floor's
// (promised: 10), "…-p99/floor" how many times the floor's p99 it takes (promised: 2);
// "calls/s" were set up, and "…-cpu-ms/call" is the processor time that each took, by
// whose it is: that depends less on how busy the machine is, and is what to reckon with
// for a size. ("load" has the sound of all who talk, too.)
func BenchmarkCalls(b *testing.B) {
	var w *tapping
	s, p := apart(b, func(s *stack) { w = tap(b, s) })
	w.splice(b)
	s.Sim.KeepTokens(time.Minute)                     // or their signatures take a fifth of the machine
	s.Sim.NamesLast(time.Minute)                      // as those of Microsoft's proxies do, more or less
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // what asks and answers here is to take little of it, too
	l := &load{s: s, w: w, b: b, phone: s.phone(b), floor: w.bare(b), clocks: clocksOf(b, w, p)}
	l.hire(1000 + 20**perSecond)
	l.warmUp()
	for _, live := range []int{10, 100, 1000} {
		b.Run(fmt.Sprintf("live-%d", live), func(b *testing.B) {
			l.b = b
			l.connect(live)
			for b.Loop() {
				l.run()
			}
		})
	}
}

// load is what goes on in a benchmark of calls.
type load struct {
	s      *stack
	w      *tapping
	b      *testing.B
	phone  *siptest.Phone
	floor  string
	clocks *clocks            // nil where they cannot be read
	free   chan dev.FileAgent // agents without a call, who was free for the longest first
	live   []string           // calls of people who talk all the time
}

// hire makes agents who accept every call.
func (l *load) hire(n int) {
	var crowd struct{ OIDs []string }
	t := l.s.File.Tenants[0]
	l.s.simulator(l.b, "POST", "/teams/tenants/"+t.EntraTenantID+"/people", map[string]int{"count": n}, &crowd)
	l.free = make(chan dev.FileAgent, n)
	var hired []string
	for i, oid := range crowd.OIDs {
		l.s.control(l.b, "PUT", "/users/"+oid, map[string]any{"presence": "Available", "behaviour": map[string]any{"do": "accept"}}, nil)
		var a struct{ ID string }
		if status := l.s.ask(l.b, "POST", "/agents", map[string]string{"tenant": t.ID, "oid": oid, "name": fmt.Sprintf("Agent %d", i)}, &a); status != 201 {
			l.b.Fatalf("POST /agents: %d", status)
		}
		l.free <- dev.FileAgent{ID: a.ID, OID: oid}
		hired = append(hired, a.ID)
	}
	// Everybody was seen once, as in a process that has been running for a while.
	for some := range slices.Chunk(hired, 100) {
		if status := l.s.ask(l.b, "GET", "/tenants/"+t.ID+"/availability?agents="+strings.Join(some, ","), nil, &struct{}{}); status != 200 {
			l.b.Fatalf("GET availability: %d", status)
		}
	}
}

// warmUp sets a few calls up before anything is measured, so that each connection to
// the database knows the statements of a call, and PostgreSQL what is in its tables:
// on this server nobody else looks (autovacuum is off).
func (l *load) warmUp() {
	var calls sync.WaitGroup
	for i := range 8 {
		if i == 4 {
			if _, err := l.w.database(l.b).Exec(l.b.Context(), `ANALYZE`); err != nil {
				l.b.Fatal(err)
			}
		}
		for range 16 { // the connections that the product has
			calls.Go(func() {
				if err := l.call(l.b.Context()); err != nil {
					l.b.Error(err)
				}
			})
		}
		calls.Wait()
	}
}

// connect brings the people who talk up to a number: they were called by us, so there
// is no media of theirs here.
func (l *load) connect(n int) {
	for i := len(l.live); i < n; i++ {
		var c created
		w := outbound{Direction: "outbound", Tenant: l.s.File.Tenants[0].ID, Agent: (<-l.free).ID, RingTimeout: 20}
		if status := l.s.ask(l.b, "POST", "/calls", w, &c); status != 201 {
			l.b.Fatalf("POST /calls: %d", status)
		}
		l.live = append(l.live, string(c.ID))
	}
	for _, id := range l.live {
		eventually(l.b, "a live call", soon, func() bool {
			var v struct{ Phase string }
			return l.s.ask(l.b, "GET", "/calls/"+id, nil, &v) == 200 && v.Phase == "connected"
		})
	}
}

// run sets calls up at their rate, and reports.
func (l *load) run() {
	ctx, cancel := context.WithTimeout(l.b.Context(), *loadFor+time.Minute)
	defer cancel()
	l.w.results() // of what led here
	tick := time.NewTicker(time.Second / time.Duration(*perSecond))
	defer tick.Stop()
	var calls, asks sync.WaitGroup
	var mu sync.Mutex
	done, failed, before := 0, map[string]int{}, l.counted()
	spent := l.spending()
	began := time.Now()
	for time.Since(began) < *loadFor {
		<-tick.C
		calls.Go(func() {
			err := l.call(ctx)
			mu.Lock()
			defer mu.Unlock()
			if done++; err != nil {
				failed[err.Error()]++
			}
		})
		asks.Go(func() { l.ask(ctx) })
	}
	took := time.Since(began)
	calls.Wait()
	asks.Wait()
	for why, n := range failed {
		l.b.Errorf("%d of %d calls: %s", n, done, why)
	}
	eventually(l.b, "a record of each call", soon, func() bool { return l.counted() == before+int64(done) })
	l.report(l.w.results(), float64(done)/took.Seconds())
	spent(done)
}

// spending begins to count processor time; what it returns reports it.
func (l *load) spending() func(calls int) {
	if l.clocks == nil {
		return func(int) {}
	}
	before := l.clocks.read(l.b)
	return func(calls int) {
		after, sum := l.clocks.read(l.b), time.Duration(0)
		for _, group := range []string{ofProduct, ofPostgres, ofLoad} {
			used := (after[group] - before[group]) / time.Duration(calls)
			sum += used
			l.b.ReportMetric(float64(used.Microseconds())/1000, group+"-cpu-ms/call")
		}
		l.b.Logf("%v of processor time a call", sum)
	}
}

// ask asks the floor once.
func (l *load) ask(ctx context.Context) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.floor, strings.NewReader(strings.Repeat("x", 1500))) // a callback's size
	if err != nil {
		l.b.Error(err)
		return
	}
	res, err := (&http.Client{Transport: l.w.doors}).Do(req)
	if err != nil {
		l.b.Error(err)
		return
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		l.b.Errorf("the floor: %s", res.Status)
	}
}

// call is one customer's way.
func (l *load) call(ctx context.Context) error {
	first, second := <-l.free, <-l.free
	defer func() { l.free <- first; l.free <- second }()
	var c created
	status, answer, err := l.s.do(ctx, "POST", "/calls", wanted{Tenant: l.s.File.Tenants[0].ID, Agents: []string{first.ID}, RingTimeout: 15})
	if err == nil && status != http.StatusCreated {
		err = fmt.Errorf("POST /calls: %d %s", status, answer)
	}
	if err == nil {
		err = json.Unmarshal(answer, &c)
	}
	if err != nil {
		return err
	}
	customer, err := l.phone.Call(ctx, c.SIPURI, siptest.CallOptions{From: "+4930123456"})
	if err != nil {
		return err
	}
	if err := customer.Answered(ctx); err != nil {
		return fmt.Errorf("the customer: %w", err)
	}
	if err := l.add(ctx, string(c.ID), second); err != nil {
		return err
	}
	return customer.Hangup(ctx)
}

// add asks for one more, and returns when Microsoft is asked for him. The customer
// can hear that he was answered before his ACK is here: until then it is refused,
// and asked for less and less often, or a busy machine were kept busy by that.
func (l *load) add(ctx context.Context, call string, agent dev.FileAgent) error {
	pause := 10 * time.Millisecond
	retry := time.NewTimer(pause)
	defer retry.Stop()
	for ; ; pause *= 2 {
		added := l.w.handover(agent.OID)
		status, answer, err := l.s.do(ctx, "POST", "/calls/"+call+"/participants", map[string]string{"agent": agent.ID})
		switch {
		case err != nil:
			return err
		case status == http.StatusConflict:
			retry.Reset(pause)
			<-retry.C
		case status != http.StatusAccepted:
			return fmt.Errorf("POST participants: %d %s", status, answer)
		default:
			select {
			case <-added:
				return nil
			case <-ctx.Done():
				return fmt.Errorf("the second agent is not rung: %w", ctx.Err())
			}
		}
	}
}

// counted is how many customers' calls are on record.
func (l *load) counted() (n int64) {
	var page struct {
		Items []struct{ Inbound struct{ Calls int64 } }
	}
	if status := l.s.ask(l.b, "GET", "/usage?tenant="+l.s.File.Tenants[0].ID, nil, &page); status != 200 {
		l.b.Fatalf("GET /usage: %d", status)
	}
	for _, u := range page.Items {
		n += u.Inbound.Calls
	}
	return n
}

func (l *load) report(took map[string][]time.Duration, rate float64) {
	l.b.ReportMetric(0, "ns/op") // told by the others
	l.b.ReportMetric(rate, "calls/s")
	floor := took[theFloor]
	slices.Sort(floor)
	at := func(all []time.Duration, q float64) time.Duration { return all[int(q*float64(len(all)-1))] }
	for _, what := range []string{theFloor, toAnswer, toAdd, toAck} {
		all := took[what]
		if len(all) == 0 {
			l.b.Errorf("%s was not seen", what)
			continue
		}
		slices.Sort(all)
		p50, p99 := at(all, .5), at(all, .99)
		l.b.Logf("%-6s %6d times, p50 %v, p99 %v", what, len(all), p50, p99)
		if what != theFloor && len(floor) > 0 {
			l.b.ReportMetric(float64((p50-at(floor, .5)).Microseconds())/1000, what+"-over-ms")
			l.b.ReportMetric(float64(p99)/float64(at(floor, .99)), what+"-p99/floor")
		}
	}
}
