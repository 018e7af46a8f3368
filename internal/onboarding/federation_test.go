package onboarding

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tandem/internal/check"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// prove begins to prove federation with Ana's own Teams.
func (w *world) proving(t *testing.T) Actor {
	t.Helper()
	actor := w.bind(t)
	w.work(t)
	must[[]tenant.Proof](t)(w.StartFederationCheck(t.Context(), actor, w.tenant, actor.OID, ""))
	return actor
}

func (w *world) proof(t *testing.T, resource string) ProofView {
	t.Helper()
	f := must[Federation](t)(w.Federation(t.Context(), w.tenant))
	at := slices.IndexFunc(f.Proofs, func(p ProofView) bool { return p.Resource == resource })
	if at < 0 {
		t.Fatalf("no proof of %s", resource)
	}
	return f.Proofs[at]
}

// TestProofEnds: whatever the answer, what is known afterwards.
func TestProofEnds(t *testing.T) {
	for name, c := range map[string]struct {
		steps   []CallStep
		state   ProofState
		grant   tenant.GrantState
		step    StepState
		problem string
		rings   int // home and stand-by
	}{
		"answered":    {answered(), ProofProved, tenant.Proved, StepDone, "", 2},
		"declined":    {ends(603, 0, check.Authorised, check.None), ProofProved, tenant.Proved, StepDone, "", 2},
		"not yet":     {ends(403, 7600, check.NotYet, check.FederationList), ProofWaiting, tenant.Claimed, StepWaiting, "federation_waiting", 4},
		"no licence":  {ends(400, 0, check.NotReady, check.Licence), ProofFailed, tenant.Claimed, StepFailed, "licence", 1},
		"nobody home": {ends(480, 10037, check.Inconclusive, check.SignIn), ProofFailed, tenant.Claimed, StepFailed, "sign_in", 1},
	} {
		w := newWorld(t)
		w.caller.answer = func(string, string, int) []CallStep { return c.steps }
		actor := w.proving(t)
		w.workFor(t, 2*time.Minute)
		got := step(t, w.track(t, actor), tenant.StepFederation)
		code := ""
		if got.Problem != nil {
			code = got.Problem.Code
		}
		g := w.grant(tenant.Federation, "eu-1")
		if p := w.proof(t, "eu-1"); p.State != c.state || g.State != c.grant || got.State != c.step || code != c.problem || len(w.caller.placed) != c.rings {
			t.Errorf("%s: proof %s, grant %s, step %s (%s), %d calls", name, p.State, g.State, got.State, code, len(w.caller.placed))
		}
		if p := w.proof(t, "eu-1"); (p.Cure != nil) != (c.problem != "") {
			t.Errorf("%s: cure %+v", name, p.Cure)
		}
		for i, call := range w.caller.placed {
			if want := "eu-1 " + actor.OID; i == 0 && call != want {
				t.Errorf("%s: the first call is %s", name, call)
			}
		}
		if c.state != ProofWaiting { // it is over for good
			rang := len(w.caller.placed)
			w.workFor(t, time.Hour)
			if len(w.caller.placed) != rang {
				t.Errorf("%s: rings after the end", name)
			}
		}
	}
}

func TestProofGivesUpAfterADay(t *testing.T) {
	w := newWorld(t)
	w.caller.answer = func(string, string, int) []CallStep { return ends(403, 7502, check.NotYet, check.FederationSwitch) }
	actor := w.proving(t)
	w.trouble = true
	for w.now().Before(start.Add(25 * time.Hour)) {
		w.work(t)
		w.pass(time.Minute)
	}
	p := w.proof(t, "eu-1")
	if p.State != ProofFailed || p.EndedAt.Sub(p.StartedAt) > check.Patience || p.EndedAt.Sub(p.StartedAt) < 23*time.Hour {
		t.Errorf("%s after %s", p.State, p.EndedAt.Sub(p.StartedAt))
	}
	if g := w.grant(tenant.Federation, "eu-1"); g.State != tenant.Missing || g.Code != "federation_missing" {
		t.Errorf("grant %s %s", g.State, g.Code)
	}
	if got := step(t, w.track(t, actor), tenant.StepFederation); got.State != StepFailed || got.Problem.Cure.Code != "run_script" {
		t.Errorf("%s %+v", got.State, got.Problem)
	}
	if w.proof(t, "us-1").State != ProofFailed || slices.ContainsFunc(w.caller.placed, func(c string) bool { return strings.HasPrefix(c, "us-1") }) {
		t.Error("the stand-by rings, although the home region may not")
	}
}

// TestProofSurvivesItsWorker: the call is watched on, not made again.
func TestProofSurvivesItsWorker(t *testing.T) {
	w := newWorld(t)
	w.proving(t)
	ctx, cancel := context.WithCancel(t.Context())
	w.caller.answer = func(string, string, int) []CallStep {
		cancel() // the process is told to stop while it rings
		return []CallStep{{State: CallPlaced}, {State: CallRinging}}
	}
	_, proofs, _ := w.Due(t.Context(), 10)
	ref := proofs[slices.IndexFunc(proofs, func(p ProofRef) bool { return p.ID == w.proof(t, "eu-1").ID })]
	if _, err := w.RunProof(ctx, ref); err == nil {
		t.Fatal("it ended")
	}
	if p := w.proof(t, "eu-1"); p.State != ProofRinging || len(p.Attempts) != 1 {
		t.Fatalf("%s, %d attempts", p.State, len(p.Attempts))
	}
	w.caller.calls["call-1"] = answered()
	w.caller.answer = func(string, string, int) []CallStep { return answered() }
	w.workFor(t, time.Minute)
	rang := 0
	for _, call := range w.caller.placed {
		if strings.HasPrefix(call, "eu-1") {
			rang++
		}
	}
	if p := w.proof(t, "eu-1"); p.State != ProofProved || len(p.Attempts) != 1 || rang != 1 {
		t.Errorf("%s, %d attempts, %d calls", p.State, len(p.Attempts), rang)
	}
}

// TestProofRingsOnce: a process that dies when it has asked for a call and not
// written it down leaves the call to the next.
func TestProofRingsOnce(t *testing.T) {
	w := newWorld(t)
	w.proving(t)
	w.trouble = true
	w.caller.answer = func(string, string, int) []CallStep {
		w.store.failProof = errors.New("the process is killed")
		w.caller.answer = func(string, string, int) []CallStep { return answered() }
		return []CallStep{{State: CallPlaced}, {State: CallRinging}}
	}
	_, proofs, _ := w.Due(t.Context(), 10)
	ref := proofs[slices.IndexFunc(proofs, func(p ProofRef) bool { return p.ID == w.proof(t, "eu-1").ID })]
	if _, err := w.RunProof(t.Context(), ref); err == nil {
		t.Fatal("nothing was lost")
	}
	if p := w.proof(t, "eu-1"); len(p.Attempts) != 0 {
		t.Fatalf("%d attempts", len(p.Attempts))
	}
	w.caller.calls["call-1"] = answered()
	w.workFor(t, lease+time.Minute)
	if p := w.proof(t, "eu-1"); p.State != ProofProved || len(p.Attempts) != 1 || p.Attempts[0].Call != "call-1" {
		t.Errorf("%s, attempts %+v", p.State, p.Attempts)
	}
	if rang := strings.Count(strings.Join(w.caller.placed, "\n"), "eu-1"); rang != 1 {
		t.Errorf("rang %d times", rang)
	}
}

// TestProofWritesLedgerFirst: a process that dies before the proof is saved judges
// the same call again.
func TestProofWritesLedgerFirst(t *testing.T) {
	w := newWorld(t)
	w.proving(t)
	w.store.fail = fault.Unavailable("store_away", "away")
	w.workFor(t, time.Minute)
	if p := w.proof(t, "eu-1"); p.State != ProofProved || len(p.Attempts) != 1 {
		t.Errorf("%s, %d attempts", p.State, len(p.Attempts))
	}
	if w.grant(tenant.Federation, "eu-1").State != tenant.Proved {
		t.Error("not in the ledger")
	}
}

// TestOneRingAtATime: whichever began, the other resource waits.
func TestOneRingAtATime(t *testing.T) {
	w := newWorld(t)
	actor := w.bind(t)
	w.work(t)
	for _, resource := range []string{"us-1", "eu-1"} {
		p := tenant.Proof{Tenant: w.tenant, Resource: resource, OID: actor.OID, StartedAt: w.now(), NextAt: w.now()}
		if resource == "us-1" { // rings already
			p.Attempts, p.NextAt = []tenant.ProofAttempt{{At: w.now(), Call: "call-0"}}, w.now().Add(lease)
		}
		must[tenant.Proof](t)(w.store.StartProof(t.Context(), p))
	}
	w.work(t)
	if p := w.proof(t, "eu-1"); p.State != ProofWaiting || len(w.caller.placed) > 0 || !p.NextAt.After(w.now()) {
		t.Errorf("%s, %d calls", p.State, len(w.caller.placed))
	}
	w.caller.calls["call-0"] = answered()
	w.workFor(t, lease+time.Minute)
	if w.proof(t, "us-1").State != ProofProved || w.proof(t, "eu-1").State != ProofProved || len(w.caller.placed) != 1 {
		t.Errorf("%d calls", len(w.caller.placed))
	}
}

// TestProofWhileStopped: nothing rings while ringing is stopped, and it does not
// wait for ever.
func TestProofWhileStopped(t *testing.T) {
	w := newWorld(t)
	actor := w.proving(t)
	must[tenant.Tenant](t)(w.Pause(t.Context(), actor, w.tenant))
	w.workFor(t, 5*time.Minute)
	if p := w.proof(t, "eu-1"); p.State != ProofWaiting || len(w.caller.placed) > 0 {
		t.Errorf("%s, %d calls", p.State, len(w.caller.placed))
	}
	w.pass(check.Patience)
	w.work(t)
	if p := w.proof(t, "eu-1"); p.State != ProofFailed || p.Verdict != string(check.Inconclusive) {
		t.Errorf("%s %s", p.State, p.Verdict)
	}
	must[tenant.Tenant](t)(w.Resume(t.Context(), actor, w.tenant))
	w.workFor(t, time.Hour)
	if len(w.caller.placed) > 0 {
		t.Error("rings after its end")
	}
}

// TestCancelFederationCheck: nothing rings any more, whatever the proof is at, and
// nothing is known that was not seen.
func TestCancelFederationCheck(t *testing.T) {
	refused := func(string, string, int) []CallStep { return ends(403, 7600, check.NotYet, check.FederationList) }
	rings := []CallStep{{State: CallPlaced}, {State: CallRinging}}
	for name, begin := range map[string]func(*testing.T, *world, func()){
		"not begun": func(_ *testing.T, _ *world, cancel func()) { cancel() },
		"refused": func(t *testing.T, w *world, cancel func()) {
			w.caller.answer = refused
			w.workFor(t, 20*time.Minute)
			cancel()
		},
		"ringing": func(t *testing.T, w *world, cancel func()) {
			ctx, stop := context.WithCancel(t.Context())
			w.caller.answer = func(string, string, int) []CallStep { stop(); return rings }
			_, _ = w.RunProof(ctx, ProofRef{w.tenant, w.proof(t, "eu-1").ID})
			if p := w.proof(t, "eu-1"); p.State != ProofRinging {
				t.Fatalf("it is %s", p.State)
			}
			cancel()
		},
		"about to ring": func(t *testing.T, w *world, cancel func()) {
			w.caller.answer = func(string, string, int) []CallStep { cancel(); return rings }
			w.work(t)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			actor := w.proving(t)
			begin(t, w, func() {
				if err := w.CancelFederationCheck(t.Context(), actor, w.tenant); err != nil {
					t.Error(err)
				}
			})
			rang := len(w.caller.placed)
			w.workFor(t, time.Hour)
			for _, resource := range []string{"eu-1", "us-1"} {
				if p := w.proof(t, resource); p.State != ProofFailed || p.Verdict != cancelled || p.EndedAt.IsZero() || slices.ContainsFunc(p.Attempts, func(a tenant.ProofAttempt) bool { return a.Verdict == "" }) {
					t.Errorf("%s: %+v", resource, p)
				}
			}
			for call, steps := range w.caller.calls {
				if !over(steps) {
					t.Errorf("%s goes on", call)
				}
			}
			if len(w.caller.placed) != rang {
				t.Error("it rings all the same")
			}
			if g := w.grant(tenant.Federation, "eu-1"); g.State != tenant.Claimed {
				t.Errorf("the ledger says %s", g.State)
			}
			if got := step(t, w.track(t, actor), tenant.StepFederation); got.State != StepNext || got.Problem != nil {
				t.Errorf("the step is %s: %+v", got.State, got.Problem)
			}
			if err := w.CancelFederationCheck(t.Context(), actor, w.tenant); fault.KindOf(err) != fault.KindConflict || fault.CodeOf(err) != "proof_not_running" || w.audited("federation.check_cancel") != 1 {
				t.Errorf("again: %v", err)
			}
			w.caller.answer = func(string, string, int) []CallStep { return answered() }
			must[[]tenant.Proof](t)(w.StartFederationCheck(t.Context(), actor, w.tenant, actor.OID, ""))
			w.workFor(t, time.Minute)
			if p := w.proof(t, "eu-1"); p.State != ProofProved {
				t.Errorf("begun anew it is %s", p.State)
			}
		})
	}
}

func TestIRanItAgain(t *testing.T) {
	w := newWorld(t)
	w.caller.answer = func(string, string, int) []CallStep { return ends(403, 7600, check.NotYet, check.FederationList) }
	actor := w.proving(t)
	w.workFor(t, 20*time.Minute)
	tries := len(w.proof(t, "eu-1").Attempts)
	oid := w.person(7)
	must[[]tenant.Proof](t)(w.StartFederationCheck(t.Context(), actor, w.tenant, oid, ""))
	w.caller.answer = func(string, string, int) []CallStep { return answered() }
	w.work(t)
	p := w.proof(t, "eu-1")
	if p.State != ProofProved || len(p.Attempts) != tries+1 || p.OID != oid || p.Name != "Person 7" {
		t.Errorf("%s, %d attempts after %d, %s", p.State, len(p.Attempts), tries, p.Name)
	}
}

// TestWhoMayBeRung: only people of the organisation.
func TestWhoMayBeRung(t *testing.T) {
	w := newWorld(t)
	actor := w.bind(t)
	w.work(t)
	guest, app := w.person(1), w.person(2)
	g, a := w.dir.people[guest], w.dir.people[app]
	g.Guest, a.AccountType = true, "resourceAccount"
	w.dir.people[guest], w.dir.people[app] = g, a
	for oid, code := range map[string]string{
		"22222222-0000-4000-8000-000000000001": "person_unknown", // of another tenant
		guest:                                  "guest",
		app:                                    "resource_account",
		"ana@contoso.example":                  "people_invalid",
		"":                                     "people_invalid",
	} {
		if _, err := w.TestCall(t.Context(), actor, w.tenant, oid, "x"); fault.CodeOf(err) != code {
			t.Errorf("test call to %q: %v", oid, err)
		}
		if _, err := w.StartFederationCheck(t.Context(), actor, w.tenant, oid, "x"); fault.CodeOf(err) != code {
			t.Errorf("check with %q: %v", oid, err)
		}
		if err := w.Member(t.Context(), w.tenant, oid); fault.CodeOf(err) != code {
			t.Errorf("agent %q: %v", oid, err)
		}
	}
	if err := w.Member(t.Context(), w.tenant, strings.ToUpper(w.person(3))); err != nil {
		t.Error(err)
	}
	if len(w.caller.placed)+len(w.store.proofs) > 0 {
		t.Error("rings all the same")
	}
}

func TestCallEnded(t *testing.T) {
	w := newWorld(t)
	actor := w.bind(t)
	w.work(t)
	one, two := w.person(1), w.person(2)
	must[Added](t)(w.AddPeople(t.Context(), actor, w.tenant, []string{one, two}))
	end := func(oid string, code, sub int, ok bool) {
		t.Helper()
		if err := w.CallEnded(t.Context(), w.tenant, CallEnd{Call: "c", Resource: "eu-1", OID: oid, Code: code, SubCode: sub, Answered: ok, At: w.now()}); err != nil {
			t.Fatal(err)
		}
	}
	state := func(want tenant.GrantState) {
		t.Helper()
		if g := w.grant(tenant.Federation, "eu-1"); g.State != want {
			t.Errorf("%s, want %s", g.State, want)
		}
	}
	end(one, 200, 0, true)
	state(tenant.Proved)
	rows := len(w.store.ledger)
	for range 5 {
		end(one, 200, 0, true)
		end(one, 487, 10004, false)
		end(one, 480, 10037, false) // says nothing
	}
	if len(w.store.ledger) != rows {
		t.Error("the ledger grows by each call")
	}
	w.pass(freshAfter)
	end(one, 200, 0, true)
	if len(w.store.ledger) != rows+1 || w.told.count("grant.changed eu-1 proved") != 1 {
		t.Error("the proof is not renewed quietly after a day")
	}
	end(one, 403, 7600, false)
	state(tenant.Doubtful)
	end(one, 403, 7600, false)
	state(tenant.Doubtful) // too soon
	w.pass(confirmAfter)
	end(two, 403, 7600, false)
	state(tenant.Missing)
	if got := step(t, w.track(t, actor), tenant.StepFederation); got.State != StepFailed || got.Problem.Code != "federation_missing" {
		t.Errorf("%s %+v", got.State, got.Problem)
	}
	end(one, 200, 0, true)
	state(tenant.Proved)

	// one person's policy is not the tenant's list
	end(two, 403, 7604, false)
	w.pass(confirmAfter)
	end(two, 403, 7604, false)
	state(tenant.Doubtful)
	found := must[[]AgentStanding](t)(w.store.StandingsByOID(t.Context(), w.tenant, []string{two}))
	if st := found[0].Standing; st.Ready || item(st, itemPolicy).State != tenant.ItemFailed || item(st, itemPolicy).Cure.Command == "" {
		t.Errorf("%+v", item(st, itemPolicy))
	}
	w.pass(time.Hour)
	w.work(t) // a look keeps what only a call can tell
	found = must[[]AgentStanding](t)(w.store.StandingsByOID(t.Context(), w.tenant, []string{two}))
	if st := found[0].Standing; st.Ready {
		t.Error("a look forgets the policy")
	}
	end(one, 200, 0, true)
	state(tenant.Proved)
	end(two, 200, 0, true)
	found = must[[]AgentStanding](t)(w.store.StandingsByOID(t.Context(), w.tenant, []string{two}))
	if st := found[0].Standing; !st.Ready || item(st, itemPolicy).State != tenant.ItemOK {
		t.Errorf("rung, and still %+v", st)
	}
	end(one, 403, 7604, false)
	w.pass(confirmAfter)
	end(two, 403, 7604, false) // two people: the list
	state(tenant.Missing)
}

func item(st tenant.Standing, name string) (i tenant.Item) {
	for _, i = range st.Items {
		if i.Name == name {
			return i
		}
	}
	return tenant.Item{}
}

// TestLedger: whatever is observed, rows are only added, one bad look takes
// nothing away, what is gone was doubtful for confirmAfter, and ok proves at once.
func TestLedger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		ctx := context.Background()
		for range rapid.IntRange(1, 40).Draw(t, "looks") {
			w.pass(time.Duration(rapid.IntRange(0, 200).Draw(t, "seconds")) * time.Second)
			was := w.grant(tenant.Federation, "r")
			before := slices.Clone(w.store.ledger)
			if rapid.IntRange(0, 9).Draw(t, "claims") == 0 {
				if err := w.claim(ctx, w.tenant, Tandem(), "script_run", tenant.Federation, "r"); err != nil {
					t.Fatal(err)
				}
				if now := w.grant(tenant.Federation, "r"); was.Holds() && now.ID != was.ID || now.State == tenant.Proved && was.State != tenant.Proved {
					t.Fatalf("a claim made %s of %s", now.State, was.State)
				}
				continue
			}
			o := observation{
				kind: tenant.Federation, subject: "r", ok: rapid.Bool().Draw(t, "ok"), at: w.now(), final: rapid.Bool().Draw(t, "final"),
				lost: tenant.Missing, code: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "code"), by: rapid.SampledFrom([]string{"", "x"}).Draw(t, "by"),
			}
			changed, err := w.settle(ctx, w.tenant, Tandem(), o)
			if err != nil {
				t.Fatal(err)
			}
			now := w.grant(tenant.Federation, "r")
			if !slices.EqualFunc(w.store.ledger[:len(before)], before, func(a, b tenant.Grant) bool { return a.ID == b.ID && a.State == b.State && a.At.Equal(b.At) }) {
				t.Fatal("a row was changed")
			}
			switch {
			case o.ok && (now.State != tenant.Proved || now.Code != ""):
				t.Fatalf("ok, and %s", now.State)
			case !o.ok && was.State == tenant.Proved && now.State != tenant.Doubtful:
				t.Fatalf("one look made %s", now.State)
			case !o.ok && was.State == tenant.Doubtful && now.State != tenant.Doubtful && w.now().Sub(was.At) < confirmAfter:
				t.Fatal("taken away too soon")
			case !o.ok && now.State == tenant.Proved:
				t.Fatal("proved by a failure")
			case changed != (now.State != was.State || now.Code != was.Code):
				t.Fatalf("changed is %t from %s to %s", changed, was.State, now.State)
			}
		}
	})
}

// TestProofNeverRingsAfterItsEnd: with workers that race and die, calls that are
// lost and stores that are away.
func TestProofNeverRingsAfterItsEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		actor := w.bind(t)
		w.trouble = true
		w.work(t)
		final := map[string]bool{} // a resource whose call had a final answer
		answers := [][]CallStep{
			answered(), ends(403, 7600, check.NotYet, check.FederationList), ends(480, 10037, check.Inconclusive, check.SignIn),
			{{State: CallPlaced}}, ends(486, 0, check.Authorised, check.None),
		}
		w.caller.answer = func(resource, _ string, n int) []CallStep {
			if final[resource] {
				t.Fatalf("%s rings after a final answer", resource)
			}
			if rapid.IntRange(0, 5).Draw(t, "away") == 0 {
				w.store.fail = fault.Unavailable("store_away", "away")
			}
			steps := answers[rapid.IntRange(0, len(answers)-1).Draw(t, fmt.Sprint("answer ", n))]
			last := steps[len(steps)-1]
			final[resource] = !last.Over || last.Verdict != check.NotYet
			return steps
		}
		if _, err := w.StartFederationCheck(context.Background(), actor, w.tenant, actor.OID, ""); err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 60).Draw(t, "turns") {
			w.pass(time.Duration(rapid.IntRange(1, 400).Draw(t, "seconds")) * time.Second)
			ctx, cancel := context.WithCancel(context.Background())
			if rapid.IntRange(0, 4).Draw(t, "dies") == 0 {
				cancel()
			}
			for _, p := range w.store.proofs { // due or not
				before := p
				_, _ = w.RunProof(ctx, ProofRef{p.Tenant, p.ID})
				all, _ := w.store.Proofs(context.Background(), w.tenant, 10)
				after := all[slices.IndexFunc(all, func(q tenant.Proof) bool { return q.ID == p.ID })]
				if !before.EndedAt.IsZero() && (!after.EndedAt.Equal(before.EndedAt) || len(after.Attempts) != len(before.Attempts)) {
					t.Fatal("an ended proof changed")
				}
				if len(after.Attempts) < len(before.Attempts) {
					t.Fatal("an attempt is lost")
				}
				if after.EndedAt.IsZero() == after.NextAt.IsZero() {
					t.Fatalf("neither over nor to go on: %+v", after)
				}
			}
			cancel()
		}
	})
}
