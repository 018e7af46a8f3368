package check

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var t0 = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// One row for each answer that facts/entra-graph-teams.md §3.6 and
// facts/call-automation.md §14 know, in their order, and for what is not in them.
func TestRule(t *testing.T) {
	for _, v := range []struct {
		code, sub int
		verdict   Verdict
		cure      Cure
	}{
		{403, 7502, NotYet, FederationSwitch},
		{403, 7600, NotYet, FederationList},
		{403, 7604, NotYet, FederationPolicy},
		{403, 7504, NotYet, ProviderAccess},
		{403, 7505, NotYet, AgentIdentity},
		{403, 7507, NotYet, Federation},
		{403, 7605, NotYet, Federation},
		{403, 7699, NotYet, Federation},
		{403, 5221, NotYet, FederationSwitch},
		{403, 5222, NotYet, FederationSwitch},
		{403, 5223, NotYet, Federation},
		{403, 0, NotYet, Federation},
		{403, 10105, NotReady, ProviderAccess},
		{403, 7602, NotYet, AgentIdentity},
		{400, 7602, NotReady, AgentIdentity},
		{400, 8523, NotReady, Licence},
		{400, 0, NotReady, Licence},
		{400, 8528, Inconclusive, TryAgain},
		{400, 8508, Inconclusive, TryAgain},
		{404, 8522, NotReady, AgentIdentity},
		{405, 8520, NotReady, ProviderAccess},
		{401, 7509, Inconclusive, ProviderAccess},
		{480, 10037, Inconclusive, SignIn},
		{480, 10076, Inconclusive, SignIn},
		{480, 0, Inconclusive, SignIn},
		{408, 10057, Inconclusive, SignIn},
		{408, 4506, Inconclusive, SignIn},
		{487, 10004, Authorised, None},
		{487, 10024, Authorised, None},
		{487, 10003, Authorised, None},
		{487, 0, Inconclusive, TryAgain}, // somebody cancelled: no word on permission
		{603, 0, Authorised, None},
		{0, 5003, Authorised, None},
		{200, 5003, Authorised, None},
		{603, 560603, Authorised, None},
		{486, 8539, Authorised, None},
		{486, 0, Authorised, None},
		{600, 8540, Authorised, None},
		{429, 8516, Inconclusive, TryAgain},
		{500, 9999, Inconclusive, TryAgain},
		{410, 301004, Inconclusive, TryAgain},
		{999, 4711, Inconclusive, TryAgain},
	} {
		if got := rule(v.code, v.sub); got.Verdict != v.verdict || got.Cure != v.cure {
			t.Errorf("%d/%d: %s, cure %q; want %s, cure %q", v.code, v.sub, got.Verdict, got.Cure, v.verdict, v.cure)
		}
	}
}

// Every ruling is reached by its own pair, says something and names a cure
// unless it needs none.
func TestRulingsAreOfUse(t *testing.T) {
	for i, r := range Rulings() {
		code, sub := r.Code, r.From
		if code == anything {
			code = 999
		}
		if sub == anything {
			sub = 4711
		}
		if code == 403 && r.From == 7500 { // what the family leaves to its named members
			sub = 7699
		}
		if j := slices.IndexFunc(rulings, func(o Ruling) bool { return o.fits(code, sub) }); j != i {
			t.Errorf("row %d (%d/%d) is hidden by row %d", i, code, sub, j)
		}
		if r.Text == "" || r.Mark == "" || (r.Cure == None) != (r.Verdict == Authorised) {
			t.Errorf("row %d: %+v", i, r)
		}
	}
	last := rulings[len(rulings)-1]
	if last.Code != anything || last.From != anything {
		t.Error("not every answer has a ruling")
	}
}

// Whatever the sub-code, the whole family of missing permission is tried again.
func TestFamilyOfPermission(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sub := rapid.IntRange(7500, 7699).Draw(t, "sub")
		if got := rule(403, sub); got.Verdict != NotYet {
			t.Fatalf("403/%d: %s", sub, got.Verdict)
		}
	})
}

func record(change func(*call.CDR)) call.CDR {
	r := call.CDR{Call: "c", Marks: call.Marks{Requested: t0}, Attempts: []call.Attempt{{Agent: "a", Rung: t0}}}
	change(&r)
	return r
}

func TestJudge(t *testing.T) {
	outcome := func(class call.Class, code, sub int) func(*call.CDR) {
		return func(r *call.CDR) {
			r.Attempts[0].Outcome = call.Outcome{Class: class, Code: code, SubCode: sub}
		}
	}
	ended := func(reason call.Reason, class call.Class) func(*call.CDR) {
		return func(r *call.CDR) {
			r.Reason = reason
			r.Attempts[0].Outcome.Class = class
		}
	}
	for _, v := range []struct {
		name   string
		record call.CDR
		want   Attempt
	}{
		{"answered, and we hung up", record(func(r *call.CDR) {
			r.Attempts[0].Joined, r.Reason = t0.Add(time.Second), call.ReasonMaxDuration
		}), Attempt{Code: 200, Verdict: Authorised, Message: "answered, by the person or by voicemail"}},
		{"answered, and ended by the API", record(func(r *call.CDR) {
			r.Attempts[0].Joined, r.Reason = t0.Add(time.Second), call.ReasonHangUpRequested
		}), Attempt{Code: 200, Verdict: Authorised, Message: "answered, by the person or by voicemail"}},
		{"declined", record(outcome(call.ClassDeclined, 603, 0)), Attempt{Code: 603, Verdict: Authorised, Message: "it rang, and was declined (603/0)"}},
		{"not federated", record(outcome(call.ClassMisconfigured, 403, 7600)), Attempt{
			Code: 403, SubCode: 7600, Verdict: NotYet, Cure: FederationList,
			Message: "the resource is not among those that Teams lets call, or not yet (403/7600)",
		}},
		{"offline", record(outcome(call.ClassUnavailable, 480, 10037)), Attempt{
			Code: 480, SubCode: 10037, Verdict: Inconclusive, Cure: SignIn, Message: "the person is signed in to Teams nowhere (480/10037)",
		}},
		{"rang until our time was up", record(ended(call.ReasonNoAnswer, call.ClassNoAnswer)), Attempt{Verdict: Authorised, Message: "it rang, nobody answered"}},
		{"no word on how it ended", record(ended(call.ReasonConnectionLost, call.ClassGone)), Attempt{
			Verdict: Inconclusive, Cure: Callbacks, Message: "the call is over, but Microsoft's word on how did not reach us",
		}},
		{"ended without a word", record(ended(call.ReasonConnectionLost, call.ClassEnded)), Attempt{
			Verdict: Inconclusive, Cure: TryAgain, Message: "the call ended before it had an answer",
		}},
		{"Microsoft is away", record(ended(call.ReasonConnectTimeout, call.ClassCancelled)), Attempt{
			Verdict: Inconclusive, Cure: TryAgain, Message: "Microsoft did not answer in time",
		}},
		{"taken back", record(ended(call.ReasonHangUpRequested, call.ClassCancelled)), Attempt{
			Verdict: Inconclusive, Cure: TryAgain, Message: "the test call was ended before it had an answer",
		}},
		{"the resource is gone", record(func(r *call.CDR) {
			r.Attempts[0].Outcome = call.Outcome{Class: call.ClassMisconfigured, Message: "not registered any more"}
		}), Attempt{Verdict: Inconclusive, Cure: ProviderAccess, Message: "not registered any more"}},
		{"in another call of ours", record(func(r *call.CDR) {
			r.Attempts, r.Reason, r.Message = nil, call.ReasonNobodyAvailable, "Ana is taken by another call"
		}), Attempt{Verdict: Inconclusive, Cure: AgentBusy, Message: "Ana is taken by another call"}},
		{"ended before anything", record(func(r *call.CDR) {
			r.Attempts, r.Reason = nil, call.ReasonInternal
		}), Attempt{Verdict: Inconclusive, Cure: TryAgain, Message: "the call ended before anybody was called: internal"}},
	} {
		v.want.At, v.want.Call = t0, "c"
		if got := Judge(v.record); got != v.want {
			t.Errorf("%s: %+v\nwant %+v", v.name, got, v.want)
		}
	}
}

func TestNext(t *testing.T) {
	var gaps []time.Duration
	now, n := t0, 0
	for {
		at, ok := Next(n, t0, now)
		if !ok {
			break
		}
		gaps = append(gaps, at.Sub(now))
		now = at
		n++
	}
	s, m := time.Second, time.Minute
	if want := []time.Duration{0, 15 * s, 30 * s, m, 2 * m, 5 * m, 10 * m, 15 * m, 15 * m}; !slices.Equal(gaps[:len(want)], want) {
		t.Errorf("begins with %v", gaps[:len(want)])
	}
	if took := now.Sub(t0); took > Patience || took < Patience-15*m {
		t.Errorf("gives up after %v", took)
	}
}

// Never in the past, never beyond a day, however long an attempt took.
func TestNextIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(-1, 1000).Draw(t, "attempts")
		now := t0.Add(time.Duration(rapid.Int64Range(0, int64(30*time.Hour)).Draw(t, "since")))
		at, ok := Next(n, t0, now)
		if ok && (at.Before(now) || n > 0 && at.Sub(t0) > Patience) {
			t.Fatalf("%d attempts, at %v: next %v", n, now, at)
		}
		if !ok && now.Sub(t0) < Patience-15*time.Minute {
			t.Fatalf("%d attempts, at %v: no more", n, now)
		}
	})
}

// ground answers with records as they come about.
type ground struct {
	placeFunc func(tenant.ID, call.Plan) (call.ID, error)
	cdrFunc   func(n int) (call.CDR, error)
	looks     int
}

func (g *ground) Place(_ context.Context, t tenant.ID, p call.Plan) (call.ID, error) {
	return g.placeFunc(t, p)
}

func (g *ground) CDR(_ context.Context, in tenant.ID, id call.ID) (call.CDR, error) {
	if in != "t" || id != "c" {
		return call.CDR{}, fault.Internal("wrong_call", "asked for another call")
	}
	g.looks++
	return g.cdrFunc(g.looks)
}

func TestTestCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got call.Plan
		g := &ground{
			placeFunc: func(_ tenant.ID, p call.Plan) (call.ID, error) { got = p; return "c", nil },
			cdrFunc: func(n int) (call.CDR, error) {
				switch n {
				case 1, 2:
					return call.CDR{}, fault.NotFound("call_unknown", "there is no such call")
				case 3:
					return call.CDR{}, fault.Unavailable("database_away", "down")
				}
				return record(func(r *call.CDR) {
					r.Attempts[0].Outcome = call.Outcome{Class: call.ClassBusy, Code: 486, SubCode: 8539}
				}), nil
			},
		}
		tester := New(Config{Calls: g, Records: g, Connectivity: "x"})
		began := time.Now()
		a, err := tester.TestCall(t.Context(), Target{Tenant: "t", Agent: "a", Resource: "eu-1"})
		if err != nil || a.Verdict != Authorised || a.Code != 486 || a.SubCode != 8539 || time.Since(began) != 1500*time.Millisecond {
			t.Errorf("%+v, %v, after %v", a, err, time.Since(began))
		}
		if got.Resource != "eu-1" || got.Connectivity != "x" || !slices.Equal(got.Agents, []tenant.AgentID{"a"}) || got.DisplayName != "Test call" ||
			got.RingTimeout != 45*time.Second || got.MaxDuration != time.Second || string(got.Context) != `{"test_call":true}` {
			t.Errorf("plan %+v", got)
		}
	})
}

func TestTestCallThatCannotBeJudged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &ground{placeFunc: func(tenant.ID, call.Plan) (call.ID, error) {
			return "", fault.Invalid("resource_unknown", "no such")
		}}
		tester := New(Config{Calls: g, Records: g})
		if _, err := tester.TestCall(t.Context(), Target{Tenant: "t"}); fault.CodeOf(err) != "resource_unknown" {
			t.Errorf("not placed: %v", err)
		}
		g.cdrFunc = func(int) (call.CDR, error) { return call.CDR{}, fault.Internal("damaged", "unreadable") }
		if _, err := tester.Await(t.Context(), "t", "c"); fault.CodeOf(err) != "damaged" {
			t.Errorf("a record that cannot be read: %v", err)
		}
		g.cdrFunc = func(int) (call.CDR, error) { return call.CDR{}, fault.NotFound("call_unknown", "not yet") }
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := tester.Await(ctx, "t", "c"); fault.CodeOf(err) != "test_call_running" || fault.KindOf(err) != fault.KindUnavailable {
			t.Errorf("a call that goes on: %v", err)
		}
	})
}
