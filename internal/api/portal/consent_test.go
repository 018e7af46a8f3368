package portal

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tandem/internal/fault"
	"tandem/internal/onboarding"
	"tandem/internal/simulator/faults"
	"tandem/internal/tenant"
)

// asked is a consent that the person in the browser begins, as the admin API does.
func (b *browser) asked(to string) string {
	b.w.t.Helper()
	r, err := http.NewRequestWithContext(b.w.t.Context(), http.MethodGet, b.w.server.URL, nil)
	if err != nil {
		b.w.t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: "__Host-tandem", Value: b.cookie("__Host-tandem")})
	v, err := b.w.portal.Session(r)
	if err != nil {
		b.w.t.Fatal(err)
	}
	t, err := b.w.store.Tenant(b.w.t.Context(), v.Tenant)
	if err != nil {
		b.w.t.Fatal(err)
	}
	address, expires, err := b.w.portal.StartConsent(b.w.t.Context(), ConsentRequest{Tenant: t, Actor: actor(v), Session: v.SessionHash, ReturnTo: to})
	if err != nil || !expires.Equal(b.w.now().Add(journeyLasts)) {
		b.w.t.Fatal(err)
	}
	return address
}

func TestConsent(t *testing.T) {
	for name, c := range map[string]struct {
		action string
		fault  string
		change func(back string) string
		to     string
		want   onboarding.ConsentReturn
	}{
		"given":    {action: "accept", to: "/tenant?consent=returned", want: onboarding.ConsentReturn{Tenant: contoso}},
		"declined": {action: "decline", to: "/tenant?consent=declined&error=consent_declined", want: onboarding.ConsentReturn{Error: "consent_required"}},
		"cancel":   {action: "cancel", to: "/tenant?consent=declined&error=cancelled", want: onboarding.ConsentReturn{Error: "access_denied"}},
		"of another organisation": {
			action: "accept", fault: fabrikam, to: "/tenant?consent=declined&error=consent_tenant_other", want: onboarding.ConsentReturn{Tenant: fabrikam},
		},
		"said by nobody": {
			action: "accept", change: func(back string) string { return strings.Replace(back, "admin_consent=True", "x=y", 1) },
			to: "/tenant?consent=declined&error=consent_declined", want: onboarding.ConsentReturn{Error: "consent_required", Tenant: contoso},
		},
		"error beside success": {
			action: "accept", change: func(back string) string { return back + "&error=consent_required" },
			to: "/tenant?consent=declined&error=consent_declined", want: onboarding.ConsentReturn{Error: "consent_required", Tenant: contoso},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if c.fault != "" {
				if err := w.faults.Set(faults.Fault{Knob: faults.EntraWrongTenant, Scope: contoso, Value: c.fault}); err != nil {
					t.Fatal(err)
				}
			}
			b := w.browser()
			b.signIn(gloria, "")
			address := b.asked("")
			if !strings.HasPrefix(address, w.login.URL+"/"+contoso+"/v2.0/adminconsent?") {
				t.Fatal(address)
			}
			back := b.answered(address, gloria, c.action)
			if c.change != nil {
				back = c.change(back)
			}
			if s := b.get(back); s.to() != c.to {
				t.Errorf("%s", s.to())
			}
			if len(w.steps.returned) != 1 || w.steps.by[0].ID != "user:"+gloria || len(w.steps.by[0].Roles) != 1 {
				t.Fatalf("%+v", w.steps)
			}
			got := w.steps.returned[0]
			if got.Error != c.want.Error || got.Tenant != c.want.Tenant {
				t.Errorf("%+v", got)
			}
			s := b.get(back)
			if s.to() != "/tenant?consent=refused&error=state_used" || len(w.steps.returned) != 1 || w.store.wrote(t1, "state.refuse", "state_used") != 1 {
				t.Errorf("replayed: %s %+v", s.to(), w.steps.returned)
			}
		})
	}
}

// TestConsentWithAnotherState: what comes back without the state that was sent is nobody's
// consent.
func TestConsentWithAnotherState(t *testing.T) {
	for _, state := range []string{"none", "another"} {
		w := newWorld(t)
		if err := w.faults.Set(faults.Fault{Knob: faults.EntraLostState, Scope: contoso, Value: state}); err != nil {
			t.Fatal(err)
		}
		b := w.browser()
		b.signIn(gloria, "")
		s := b.get(b.answered(b.asked(""), gloria, "accept"))
		if s.to() != "/tenant?consent=refused&error=state_unknown" || len(w.steps.returned) > 0 {
			t.Errorf("%s: %s %+v", state, s.to(), w.steps.returned)
		}
	}
}

// TestForgedConsent: nothing of it reaches onboarding.
func TestForgedConsent(t *testing.T) {
	w := newWorld(t)
	b, other := w.browser(), w.browser()
	b.signIn(gloria, "")
	other.signIn(theo, "")
	forge := func(address string) string {
		return "/portal/consented?admin_consent=True&tenant=" + contoso + "&state=" + url.QueryEscape(query(address, "state"))
	}
	check := func(name string, s seen, code string, of tenant.ID) {
		t.Helper()
		if s.to() != "/tenant?consent=refused&error="+code || len(w.steps.returned) > 0 || w.store.wrote(of, "state.refuse", code) == 0 {
			t.Errorf("%s: %s %+v", name, s.to(), w.store.trail)
		}
	}
	check("made up", w.browser().get("/portal/consented?admin_consent=True&tenant="+contoso+"&state="+strings.Repeat("A", 24)), "state_unknown", "")
	check("made up, signed in", other.get("/portal/consented?admin_consent=True&tenant="+contoso), "state_unknown", t2)
	check("another admin's session", other.get(forge(b.asked(""))), "state_other_browser", t1)
	check("nobody's browser", w.browser().get(forge(b.asked(""))), "state_other_browser", t1)
	expired := forge(b.asked(""))
	w.pass(journeyLasts - 1)
	b.session() // still here
	w.looked.roles[gloria] = []tenant.AdminRole{tenant.GlobalAdministrator}
	if err := w.portal.ConfirmRoles(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.pass(1)
	check("expired", b.get(expired), "state_expired", t1)
	start := b.get("/portal/sign-in").to()
	check("state of a sign-in", b.get(forge(start)), "state_unknown", t1)
}

// The provider's own portal begins a consent with its key: whoever comes back,
// it only makes us look.
func TestConsentByKey(t *testing.T) {
	w := newWorld(t)
	by := onboarding.Actor{ID: "key:7"}
	address, _, err := w.portal.StartConsent(t.Context(), ConsentRequest{Tenant: customers()[0], Actor: by, ReturnTo: "/tenant?tab=x"})
	if err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	if s := b.get(b.answered(address, gloria, "accept")); s.to() != "/tenant?consent=returned&tab=x" || len(w.steps.by) != 1 || w.steps.by[0].ID != by.ID {
		t.Errorf("%s %+v", s.to(), w.steps)
	}
	for _, to := range []string{"https://evil.example", "//evil.example", "tenant"} {
		if _, _, err := w.portal.StartConsent(t.Context(), ConsentRequest{Tenant: customers()[0], ReturnTo: to}); fault.CodeOf(err) != "return_to_invalid" {
			t.Errorf("%s: %v", to, err)
		}
	}
	if _, _, err := w.portal.StartConsent(t.Context(), ConsentRequest{Tenant: tenant.Tenant{ID: t1, EntraTenantID: contoso}}); fault.CodeOf(err) != "tenant_unbound" {
		t.Error(err)
	}
	w.steps.err = fault.Unavailable("database_away", "the database does not answer")
	if address, _, err = w.portal.StartConsent(t.Context(), ConsentRequest{Tenant: customers()[0], Actor: by}); err != nil {
		t.Fatal(err)
	}
	if s := b.get(b.answered(address, gloria, "accept")); s.to() != "/tenant?consent=refused&error=database_away" {
		t.Error(s.to())
	}
}
