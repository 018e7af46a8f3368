package onboarding

import (
	"strings"
	"testing"
	"time"

	"tandem/internal/check"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// weekdays, nine to five in Madrid, of somebody else than the admin.
func (w *world) named(t *testing.T, actor Actor) tenant.TestUser {
	t.Helper()
	u := tenant.TestUser{
		OID: w.person(3), Zone: "Europe/Madrid", From: 9 * 60, Until: 17 * 60,
		Days: []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday},
	}
	if err := w.NameTestUser(t.Context(), actor, w.tenant, u); err != nil {
		t.Fatal(err)
	}
	return u
}

// TestTestUser: he is rung once a day, in his hours, as long as nothing else
// proves the federation, and never otherwise.
func TestTestUser(t *testing.T) {
	w := newWorld(t)
	actor := w.proving(t)
	w.workFor(t, time.Minute)
	before := len(w.caller.placed)
	days := func(n int) {
		for range n * 24 * 12 {
			w.pass(5 * time.Minute)
			w.work(t)
		}
	}
	if days(8); len(w.caller.placed) != before {
		t.Fatalf("%d calls that nobody asked for", len(w.caller.placed)-before)
	}

	u := w.named(t, actor)
	days(7)
	if n := len(w.caller.placed) - before; n != 6*2 { // home and stand-by, from a Monday to the next
		t.Errorf("%d calls in a week, want 12: %v", n, w.caller.at[before:])
	}
	for i, at := range w.caller.at[before:] {
		if who := w.caller.placed[before+i]; !strings.HasSuffix(who, " "+u.OID) || !u.Next(at).Equal(at) {
			t.Errorf("%s was called at %v; his hours begin at %v", who, at, u.Next(at))
		}
	}
	f := must[Federation](t)(w.Federation(t.Context(), w.tenant))
	if f.TestUser == nil || f.TestUser.Name == "" || f.TestUser.NamedBy != actor.ID || f.TestUser.ByName != actor.Name || f.TestUser.RungAt.IsZero() || !f.TestUser.NextAt.After(w.now()) {
		t.Errorf("shown as %+v", f.TestUser)
	}

	before = len(w.caller.placed)
	for range 14 * 24 { // people call all day
		for _, r := range []string{"eu-1", "us-1"} {
			if err := w.CallEnded(t.Context(), w.tenant, CallEnd{Call: "c", Resource: r, OID: w.person(4), Answered: true}); err != nil {
				t.Fatal(err)
			}
		}
		w.pass(time.Hour)
		w.work(t)
	}
	if n := len(w.caller.placed) - before; n > 0 {
		t.Errorf("%d calls in two weeks although others prove it", n)
	}

	before = len(w.caller.placed)
	must[tenant.Tenant](t)(w.Pause(t.Context(), actor, w.tenant))
	if days(7); len(w.caller.placed) != before {
		t.Error("rings although all ringing is stopped")
	}
	must[tenant.Tenant](t)(w.Resume(t.Context(), actor, w.tenant))
	if err := w.ForgetTestUser(t.Context(), actor, w.tenant); err != nil {
		t.Fatal(err)
	}
	if days(7); len(w.caller.placed) != before {
		t.Error("rings whom nobody named any more")
	}
	if w.audited("federation.test_user") != 1 || w.audited("federation.test_user_remove") != 1 {
		t.Error("no trail of it")
	}
}

// TestTestUserConfirms: a doubt is confirmed within minutes in his hours, and at
// their beginning otherwise.
func TestTestUserConfirms(t *testing.T) {
	for name, c := range map[string]struct {
		local string
		after time.Duration
	}{
		"in the hours": {"2026-11-25T11:00:00+01:00", 10 * time.Minute},
		"at night":     {"2026-11-25T23:00:00+01:00", 10*time.Hour + 10*time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			actor := w.proving(t)
			w.work(t)
			u := w.named(t, actor)
			at, err := time.Parse(time.RFC3339, c.local)
			if err != nil {
				t.Fatal(err)
			}
			w.pass(at.Sub(w.now()))
			w.work(t)
			before := len(w.caller.placed)
			w.caller.answer = func(string, string, int) []CallStep { return ends(403, 7502, check.NotYet, check.FederationSwitch) }
			if err := w.CallEnded(t.Context(), w.tenant, CallEnd{Call: "c", Resource: "eu-1", OID: w.person(4), Code: 403, SubCode: 7502}); err != nil {
				t.Fatal(err)
			}
			w.work(t)
			if g := w.grant(tenant.Federation, "eu-1"); g.State != tenant.Doubtful {
				t.Fatalf("one refusal: %s", g.State)
			}
			for end := w.now().Add(c.after); w.now().Before(end); w.pass(30 * time.Second) {
				w.work(t)
			}
			if g := w.grant(tenant.Federation, "eu-1"); g.State != tenant.Revoked && g.State != tenant.Missing {
				t.Errorf("after %s: %s", c.after, g.State)
			}
			for end := w.now().Add(26 * time.Hour); w.now().Before(end); w.pass(5 * time.Minute) {
				w.work(t)
			}
			for _, at := range w.caller.at[before:] { // it is tried again, but only while it may ring
				if !u.Next(at).Equal(at) {
					t.Errorf("called at %v", at)
				}
			}
		})
	}
}

func TestTestUserRefused(t *testing.T) {
	w := newWorld(t)
	if err := w.NameTestUser(t.Context(), Actor{ID: "key:1"}, w.tenant, tenant.TestUser{}); fault.CodeOf(err) != "tenant_unbound" {
		t.Errorf("before anybody signed in: %v", err)
	}
	actor := w.bind(t)
	good := tenant.TestUser{OID: w.person(3), Zone: "UTC", From: 1, Until: 2, Days: []time.Weekday{1}}
	for want, change := range map[string]func(*tenant.TestUser){
		"test_user_invalid": func(u *tenant.TestUser) { u.Zone = "Mars" },
		"people_invalid":    func(u *tenant.TestUser) { u.OID = "x" },
		"person_unknown":    func(u *tenant.TestUser) { u.OID = "0e0e0e0e-0000-4000-8000-00000000dead" },
	} {
		u := good
		change(&u)
		if err := w.NameTestUser(t.Context(), actor, w.tenant, u); fault.KindOf(err) != fault.KindInvalid || fault.CodeOf(err) != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	if f := must[Federation](t)(w.Federation(t.Context(), w.tenant)); f.TestUser != nil {
		t.Errorf("named %+v", f.TestUser)
	}
}
