package portal

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/simulator/faults"
	"tandem/internal/tenant"
)

func TestSignIn(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	if v := b.session(); v.SignedIn || v.CSRF != "" || v.Provider.Name != "Acme" {
		t.Errorf("before: %+v", v)
	}
	s := b.signIn(gloria, "?invitation="+word)
	if s.StatusCode != http.StatusFound || s.to() != "/tenant" {
		t.Fatalf("%d %s", s.StatusCode, s.to())
	}
	c := s.Cookies()
	if len(c) != 1 || c[0].Name != "__Host-tandem" || !c[0].Secure || !c[0].HttpOnly || c[0].SameSite != http.SameSiteLaxMode || c[0].Path != "/" || c[0].Domain != "" || len(c[0].Value) != wordLength {
		t.Errorf("%+v", c)
	}
	v := b.session()
	if !v.SignedIn || len(v.CSRF) != 43 || v.Person.OID != gloria || v.Person.Name != "Gloria Hart" || v.Person.UPN != "gloria@contoso.example" ||
		len(v.Person.Roles) != 1 || v.Person.Roles[0] != "global_administrator" || v.Tenant.ID != string(t1) || v.Tenant.Name != "Contoso Airlines" || v.Operator != "" || !slices.Contains(v.Scopes, "events.read") || slices.Contains(v.Scopes, "webhooks.read") {
		t.Errorf("%+v", v)
	}
	if a := w.steps.signedIn[0]; a.EntraTenantID != contoso || !a.RolesKnown {
		t.Errorf("%+v", a)
	}
	for _, kept := range w.store.sessions {
		if strings.Contains(string(kept.Person), "Gloria") || string(kept.Hash) == c[0].Value {
			t.Error("a copy of the table shows people, or opens sessions")
		}
	}
	if s := b.get("/v1/x"); s.Header.Get("X-Code") != "" || s.Header.Get("X-Actor") != "user:"+gloria || s.Header.Get("X-Tenant") != string(t1) {
		t.Errorf("%v", s.Header)
	}
	if s := b.send(http.MethodPost, "/portal/sign-out", nil, CSRFHeader, v.CSRF); s.StatusCode != http.StatusNoContent || b.cookie("__Host-tandem") != "" {
		t.Errorf("sign-out: %d", s.StatusCode)
	}
	if b.session().SignedIn || len(w.store.sessions) != 0 || w.store.wrote(t1, "sign_out", "") != 1 {
		t.Error("not signed out")
	}
	if s := b.send(http.MethodPost, "/portal/sign-out", nil); s.StatusCode != http.StatusNoContent {
		t.Errorf("sign-out again: %d", s.StatusCode)
	}
}

// Afterwards people go where they wanted to, but never elsewhere.
func TestWhereTo(t *testing.T) {
	for to, want := range map[string]string{
		"/tenant?tab=people#x":  "/tenant?tab=people#x",
		"//evil.example":        "/tenant",
		"https://evil.example/": "/tenant",
		`/\evil.example`:        "/tenant",
		"":                      "/tenant",
	} {
		if s := newWorld(t).browser().signIn(gloria, "?to="+url.QueryEscape(to)); s.to() != want {
			t.Errorf("%q: %q", to, s.to())
		}
	}
}

// TestRefusals: each ends on the page that says so, and nobody is signed in.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		user, action string
		fault        faults.Fault
		code         string
		tenant       tenant.ID
		audited      string // code of a sign_in.refuse in the provider's own trail
	}{
		"cancelled":              {user: gloria, action: "cancel", code: "cancelled"},
		"approval needed":        {user: gloria, action: "return", code: "admin_approval_needed"},
		"approval asked for":     {user: gloria, action: "request", code: "admin_approval_needed"},
		"declined":               {user: gloria, action: "decline", code: "consent_declined"},
		"conditional access":     {user: gloria, action: "53003", code: "policy_blocked"},
		"Microsoft is away":      {user: gloria, action: "90033", code: "entra_unavailable"},
		"no admin":               {user: una, action: "sign_in", code: "admin_role_missing"},
		"unpublished key":        {user: gloria, action: "sign_in", fault: faults.Fault{Knob: faults.EntraKey, Scope: contoso, Value: "unknown"}, code: "sign_in_not_proved", audited: "sign_in_not_proved"},
		"key of personal people": {user: gloria, action: "sign_in", fault: faults.Fault{Knob: faults.EntraKey, Scope: contoso, Value: "personal"}, code: "sign_in_not_proved", audited: "sign_in_not_proved"},
		"sign-in fails":          {user: gloria, action: "sign_in", fault: faults.Fault{Knob: faults.EntraSignIn, Scope: contoso, Value: "53003"}, code: "policy_blocked"},
		"token refused":          {user: gloria, action: "sign_in", fault: faults.Fault{Knob: faults.EntraError, Scope: contoso, Value: "7000222"}, code: "credential_rejected"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if c.fault.Knob != "" {
				if err := w.faults.Set(c.fault); err != nil {
					t.Fatal(err)
				}
			}
			b := w.browser()
			s := b.get(b.answered(b.get("/portal/sign-in?to=/tenant").to(), c.user, c.action))
			if s.StatusCode != http.StatusFound || !strings.HasPrefix(s.to(), "/sign-in?") || query(s.to(), "error") != c.code || query(s.to(), "to") != "/tenant" {
				t.Errorf("%d %s", s.StatusCode, s.to())
			}
			if b.session().SignedIn || len(w.store.sessions) > 0 {
				t.Error("signed in")
			}
			if c.audited != "" && w.store.wrote("", "sign_in.refuse", c.audited) != 1 {
				t.Errorf("%+v", w.store.trail)
			}
		})
	}
}

func TestSignInWithoutMicrosoft(t *testing.T) {
	for _, x := range []faults.Fault{
		{Knob: faults.EntraStatus, Value: "503"}, {Knob: faults.EntraIssuer, Scope: "organizations", Value: "https://login.example.com/{tenantid}/v2.0"},
	} {
		w := newWorld(t)
		if err := w.faults.Set(x); err != nil {
			t.Fatal(err)
		}
		s := w.browser().get("/portal/sign-in?invitation=" + word)
		if query(s.to(), "error") != "entra_unavailable" || query(s.to(), "invitation") != word || query(s.to(), "to") != "/onboard/"+word {
			t.Errorf("%s: %s", x.Knob, s.to())
		}
	}
}

// TestStates: what comes back must have been sent, once, from this browser.
func TestStates(t *testing.T) {
	w := newWorld(t)
	check := func(name string, s seen, code string) {
		t.Helper()
		before := w.store.wrote("", "state.refuse", code)
		if s.StatusCode != http.StatusFound || !strings.HasPrefix(s.to(), "/sign-in?") || query(s.to(), "error") != code || len(setCookies(s)) > 0 || before == 0 {
			t.Errorf("%s: %d %s, cookies %v, audited %d", name, s.StatusCode, s.to(), setCookies(s), before)
		}
	}
	b := w.browser()
	back := b.answered(b.get("/portal/sign-in").to(), gloria, "sign_in")
	if s := b.get(back); s.to() != "/tenant" {
		t.Fatal(s.to())
	}
	other := w.browser()
	check("replayed elsewhere", other.get(back), "state_used")

	again := b.answered(b.get("/portal/sign-in").to(), gloria, "sign_in")
	w.pass(journeyLasts)
	check("expired", b.get(again), "state_expired")

	stolen := b.answered(b.get("/portal/sign-in?invitation="+word).to(), gloria, "sign_in")
	victim := w.browser()
	s := victim.get(stolen)
	check("another browser", s, "state_other_browser")
	if query(s.to(), "invitation") != "" || victim.session().SignedIn {
		t.Errorf("another browser learns of the invitation, or is signed in: %s", s.to())
	}
	other.get("/portal/sign-in") // has a cookie, but another one
	stolen = b.answered(b.get("/portal/sign-in").to(), gloria, "sign_in")
	check("another browser on its own way", other.get(stolen), "state_other_browser")

	w.pass(window)
	for name, q := range map[string]string{
		"none": "code=x", "made up": "code=x&state=" + strings.Repeat("A", 24), "long": "code=x&state=" + strings.Repeat("A", 100), "empty": "state=&code=x",
		"error only": "error=access_denied",
	} {
		check(name, other.get("/portal/signed-in?"+q), "state_unknown")
	}
	twice := b.get("/portal/sign-in").to()
	u, _ := url.Parse(b.answered(twice, gloria, "sign_in"))
	check("two states", b.get(u.String()+"&state=x"), "state_unknown")

	address, _, err := w.portal.StartConsent(t.Context(), ConsentRequest{Tenant: customers()[0]})
	if err != nil {
		t.Fatal(err)
	}
	check("state of a consent", b.get("/portal/signed-in?code=x&state="+query(address, "state")), "state_unknown")
}

// The trail cannot be flooded by anybody who makes up states.
func TestStrayLinesAreBounded(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	for range 30 {
		b.get("/portal/signed-in?code=x&state=" + strings.Repeat("B", 24))
	}
	if n := w.store.wrote("", "state.refuse", "state_unknown"); n != 10 {
		t.Errorf("%d lines", n)
	}
	w.pass(window)
	b.get("/portal/signed-in?code=x&state=" + strings.Repeat("B", 24))
	if n := w.store.wrote("", "state.refuse", "state_unknown"); n != 11 {
		t.Errorf("%d lines a minute later", n)
	}
}

// A session that somebody planted, or that was there before, does not become
// the one of who signs in.
func TestFixation(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.plant(&http.Cookie{Name: "__Host-tandem", Value: strings.Repeat("P", wordLength), Path: "/", Secure: true})
	b.signIn(gloria, "")
	first := b.cookie("__Host-tandem")
	if first == strings.Repeat("P", wordLength) || !b.session().SignedIn {
		t.Error("the planted word was kept")
	}
	b.signIn(gloria, "")
	if second := b.cookie("__Host-tandem"); second == first || len(w.store.sessions) != 1 {
		t.Errorf("%d sessions after two sign-ins", len(w.store.sessions))
	}
	// Two cookies of the name: one of them is somebody else's doing.
	s := b.get("/v1/x", "Cookie", "__Host-tandem="+first+"; __Host-tandem="+b.cookie("__Host-tandem"))
	if s.Header.Get("X-Code") != "session_missing" {
		t.Error(s.Header)
	}
}

func TestExpiry(t *testing.T) {
	w := newWorld(t)
	idle := w.browser()
	idle.signIn(gloria, "")
	w.pass(provider.SessionIdle - time.Second)
	if !idle.session().SignedIn {
		t.Fatal("signed out too soon")
	}
	w.pass(provider.SessionIdle)
	if s := idle.get("/v1/x"); s.Header.Get("X-Code") != "session_expired" {
		t.Error(s.Header)
	}
	s := idle.get("/portal/session")
	if strings.Contains(s.body, "csrf") || idle.cookie("__Host-tandem") != "" {
		t.Errorf("idle: %s", s.body)
	}

	w.looked.roles[gloria] = []tenant.AdminRole{tenant.GlobalAdministrator}
	busy := w.browser()
	busy.signIn(gloria, "")
	for range 24 {
		w.pass(provider.SessionLasts/24 - time.Second)
		if err := w.portal.ConfirmRoles(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !busy.session().SignedIn {
			t.Fatal("signed out too soon")
		}
	}
	w.pass(24 * time.Second)
	if busy.session().SignedIn {
		t.Error("a session lasts for ever")
	}
}

func TestCSRF(t *testing.T) {
	w := newWorld(t)
	b, other := w.browser(), w.browser()
	b.signIn(gloria, "")
	other.signIn(theo, "")
	token, others := b.session().CSRF, other.session().CSRF
	for name, c := range map[string]struct {
		method string
		header []string
		code   string
	}{
		"reading":                 {"GET", nil, ""},
		"right":                   {"POST", []string{CSRFHeader, token}, ""},
		"right, from the portal":  {"DELETE", []string{CSRFHeader, token, "Origin", w.server.URL, "Sec-Fetch-Site", "same-origin"}, ""},
		"none":                    {"POST", nil, "csrf_failed"},
		"empty":                   {"PATCH", []string{CSRFHeader, ""}, "csrf_failed"},
		"wrong":                   {"PUT", []string{CSRFHeader, strings.Repeat("A", 43)}, "csrf_failed"},
		"another session's":       {"POST", []string{CSRFHeader, others}, "csrf_failed"},
		"from another site":       {"POST", []string{CSRFHeader, token, "Sec-Fetch-Site", "cross-site"}, "csrf_failed"},
		"from another host of it": {"POST", []string{CSRFHeader, token, "Sec-Fetch-Site", "same-site"}, "csrf_failed"},
		"from another origin":     {"POST", []string{CSRFHeader, token, "Origin", "https://evil.example"}, "csrf_failed"},
		"from nowhere":            {"POST", []string{CSRFHeader, token, "Origin", "null"}, "csrf_failed"},
		"from another port":       {"POST", []string{CSRFHeader, token, "Origin", "https://127.0.0.1:1"}, "csrf_failed"},
		"odd method":              {"PROPFIND", nil, "csrf_failed"},
	} {
		if s := b.send(c.method, "/v1/x", nil, c.header...); s.Header.Get("X-Code") != c.code || c.code != "" && s.Header.Get("X-Tenant") != "" {
			t.Errorf("%s: %v", name, s.Header)
		}
	}
	if s := b.send(http.MethodPost, "/portal/sign-out", nil); s.StatusCode != http.StatusForbidden || !strings.Contains(s.body, `"csrf_failed"`) || !b.session().SignedIn {
		t.Errorf("sign-out: %d %s", s.StatusCode, s.body)
	}
	// A form of another site: the browser sends no cookie (Lax), and if it did,
	// there would be no token.
	b.signIn(gloria, "")
	if b.session().CSRF == token {
		t.Error("a token outlives its session")
	}
}

// Nobody acts in another's tenant.
func TestTwoTenants(t *testing.T) {
	w := newWorld(t)
	g, th := w.browser(), w.browser()
	g.signIn(gloria, "")
	th.signIn(theo, "")
	if a, b := g.get("/v1/x").Header.Get("X-Tenant"), th.get("/v1/x").Header.Get("X-Tenant"); a != string(t1) || b != string(t2) {
		t.Errorf("%q %q", a, b)
	}
	if s := w.browser().get("/v1/x"); s.Header.Get("X-Code") != "session_missing" || s.Header.Get("X-Tenant") != "" {
		t.Errorf("nobody: %v", s.Header)
	}
}

// someone is a sign-in that always brings the same person.
type someone struct {
	Identity
	Person
}

func (s someone) Redeem(context.Context, Trip, string) (Person, error) { return s.Person, nil }

func TestOperators(t *testing.T) {
	for name, c := range map[string]struct {
		tenant string
		roles  []string
		query  string
		to     string
		role   provider.OperatorRole
		may    []provider.Scope
		mayNot []provider.Scope
	}{
		"owner":                     {home, []string{"Tandem.Viewer", "Tandem.Owner"}, "", "/console", provider.Owner, []provider.Scope{provider.KeysWrite, provider.TenantsWrite}, nil},
		"operator":                  {home, []string{"Tandem.Operator"}, "", "/console", provider.Operator, []provider.Scope{provider.TenantsWrite, provider.KeysRead}, []provider.Scope{provider.KeysWrite, provider.RecordingsHear}},
		"viewer":                    {home, []string{"Tandem.Viewer"}, "", "/console", provider.Viewer, []provider.Scope{provider.CDRsRead, provider.OnboardingRead}, []provider.Scope{provider.OnboardingWrite, provider.CallsWrite}},
		"nobody of the provider":    {home, []string{"Other.Role"}, "", "/sign-in?error=not_invited", "", nil, nil},
		"role of another directory": {fabrikam, []string{"Tandem.Owner"}, "", "/sign-in?error=admin_role_missing", "", nil, nil},
		"with an invitation":        {home, []string{"Tandem.Owner"}, "?invitation=" + word, "/sign-in?error=not_invited&invitation=" + word + "&to=%2Fonboard%2F" + word, "", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(d *Deps, _ *Config) {
				d.Identity = someone{d.Identity, Person{TenantID: c.tenant, OID: gloria, Name: "Olga Operator", AppRoles: c.roles, DirectoryRoles: []string{}}}
			})
			b := w.browser()
			if s := b.signIn(gloria, c.query); s.to() != c.to {
				t.Fatalf("%s", s.to())
			}
			if got := b.session(); got.Operator != string(c.role) || got.SignedIn != (c.role != "") || got.Tenant.ID != "" {
				t.Errorf("%+v", got)
			}
			if c.role == "" {
				return
			}
			r := httptest.NewRequest(http.MethodGet, "/v1/x", nil)
			r.AddCookie(&http.Cookie{Name: "__Host-tandem", Value: b.cookie("__Host-tandem")})
			v, err := w.portal.Session(r)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range c.may {
				if err := v.Key().Permits(s); err != nil {
					t.Error(err)
				}
			}
			for _, s := range c.mayNot {
				if err := v.Key().Permits(s); fault.KindOf(err) != fault.KindForbidden {
					t.Errorf("%s: %v", s, err)
				}
			}
			if line := w.store.trail[0]; w.store.wrote("", "sign_in", "") != 1 || line.ActorName != "Olga Operator" || line.SubjectName != "Olga Operator" {
				t.Errorf("%+v", w.store.trail)
			}
		})
	}
}

// What somebody may do is known from his sign-in only: an operator has to come again
// soon, and whoever comes without his role is out in every browser.
func TestLostRole(t *testing.T) {
	olga := Person{TenantID: home, OID: gloria, Name: "Olga Operator", AppRoles: []string{"Tandem.Owner"}, DirectoryRoles: []string{}}
	adele := Person{TenantID: contoso, OID: gloria, Name: "Adele", DirectoryRoles: []string{"62e90394-69f5-4237-9190-012177145e10"}}
	for name, c := range map[string]struct {
		who   Person
		query string
		code  string
		out   bool
	}{
		"an operator": {olga, "", "not_invited", true}, "an operator at an invitation": {olga, "?invitation=" + word, "not_invited", false},
		"an admin": {adele, "", "admin_role_missing", true}, "an admin at an invitation": {adele, "?invitation=" + word, "admin_role_missing", true},
	} {
		t.Run(name, func(t *testing.T) {
			is := &someone{Person: c.who}
			w := newWorld(t, func(d *Deps, _ *Config) { is.Identity, d.Identity = d.Identity, is })
			first, second, bystander := w.browser(), w.browser(), w.browser()
			first.signIn(gloria, "")
			is.Person = Person{TenantID: fabrikam, OID: theo, DirectoryRoles: adele.DirectoryRoles}
			bystander.signIn(theo, "")
			is.Person = c.who
			is.Person.AppRoles, is.Person.DirectoryRoles = nil, []string{}
			if s := second.signIn(gloria, c.query); query(s.to(), "error") != c.code || second.session().SignedIn {
				t.Errorf("%s", s.to())
			}
			if got := !first.session().SignedIn; got != c.out {
				t.Errorf("the other browser is out: %v", got)
			}
			if !bystander.session().SignedIn {
				t.Error("somebody else is out, too")
			}
		})
	}
	w := newWorld(t, func(d *Deps, _ *Config) { d.Identity = &someone{d.Identity, olga} })
	b := w.browser()
	b.signIn(gloria, "")
	w.pass(provider.RolesHold / 2)
	if !b.session().SignedIn {
		t.Error("signed out too soon")
	}
	w.pass(provider.RolesHold / 2)
	if b.session().SignedIn {
		t.Error("an operator who was busy stays for ever")
	}
}

// TestRolesAreConfirmed: whoever is an admin still stays signed in, and whoever is
// none any more is out of every browser within the hour.
func TestRolesAreConfirmed(t *testing.T) {
	w := newWorld(t)
	is := func(who string, roles ...tenant.AdminRole) { w.looked.roles[who] = roles }
	confirm := func(after time.Duration) {
		t.Helper()
		w.pass(after)
		if err := w.portal.ConfirmRoles(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	g, g2, th := w.browser(), w.browser(), w.browser()
	g.signIn(gloria, "")
	g2.signIn(gloria, "")
	th.signIn(theo, "") // whose organisation has not consented: nothing can be seen
	is(gloria, tenant.GlobalAdministrator)
	if confirm(provider.RolesHold/2 - time.Second); w.looked.asked != 0 {
		t.Errorf("asked %d times while all is fresh", w.looked.asked)
	}
	if confirm(2 * time.Second); w.looked.asked != 3 {
		t.Errorf("asked %d times about three sessions", w.looked.asked)
	}
	if confirm(time.Minute); w.looked.asked != 4 { // of whom nothing was seen it asks again
		t.Errorf("asked %d times", w.looked.asked)
	}
	if w.pass(provider.RolesHold/2 - 2*time.Minute); !th.session().SignedIn || !g.session().SignedIn || !g2.session().SignedIn {
		t.Error("out before the hour is over")
	}
	w.pass(time.Minute)
	if th.session().SignedIn || !g.session().SignedIn || !g2.session().SignedIn {
		t.Errorf("after an hour: %v %v %v", th.session().SignedIn, g.session().SignedIn, g2.session().SignedIn)
	}
	is(gloria, tenant.TeamsAdministrator)
	if confirm(time.Minute); !slices.Equal(g.session().Person.Roles, []string{"teams_administrator"}) {
		t.Errorf("another role now: %v", g.session().Person.Roles)
	}
	if s := g.get("/v1/x"); s.Header.Get("X-Tenant") != string(t1) || s.Header.Get("X-Actor") != "user:"+gloria {
		t.Errorf("%v", s.Header)
	}

	th.signIn(theo, "")
	is(gloria)
	confirm(provider.RolesHold/2 + 2*time.Second)
	if g.session().SignedIn || g2.session().SignedIn || !th.session().SignedIn {
		t.Errorf("the role is gone: %v %v, another's %v", g.session().SignedIn, g2.session().SignedIn, th.session().SignedIn)
	}
	if s := g.get("/v1/x"); s.Header.Get("X-Code") != "session_missing" && s.Header.Get("X-Code") != "session_unknown" {
		t.Errorf("%v", s.Header)
	}
	line := w.store.trail[len(w.store.trail)-1]
	if w.store.wrote(t1, "session.end", "admin_role_missing") != 1 || line.Actor != "tandem" || line.Subject != gloria || line.SubjectName != "Gloria Hart" {
		t.Errorf("%+v", w.store.trail)
	}
}

// In development the portal is plain http on this machine, under two names.
func TestDevelopment(t *testing.T) {
	w := newWorld(t, func(_ *Deps, c *Config) { c.BaseURL = "http://localhost:8080" })
	r := httptest.NewRequest(http.MethodGet, "/portal/sign-in?to=/console", nil)
	r.Host = "127.0.0.1:8080"
	rec := httptest.NewRecorder()
	w.portal.ServeHTTP(rec, r)
	if rec.Header().Get("Location") != "http://localhost:8080/portal/sign-in?to=/console" {
		t.Error(rec.Header())
	}
	r.Host = "localhost:8080"
	rec = httptest.NewRecorder()
	w.portal.ServeHTTP(rec, r)
	c := rec.Result().Cookies()
	if !strings.HasPrefix(rec.Header().Get("Location"), w.login.URL) || len(c) != 1 || c[0].Name != "tandem-browser" || c[0].Secure || !c[0].HttpOnly {
		t.Errorf("%v %v", rec.Header(), c)
	}
	r.Host = "evil.example:8080"
	rec = httptest.NewRecorder()
	w.portal.ServeHTTP(rec, r)
	if !strings.HasPrefix(rec.Header().Get("Location"), w.login.URL) {
		t.Errorf("%v", rec.Header())
	}
}

func TestStoreAway(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.signIn(gloria, "")
	w.store.away = fault.Unavailable("database_away", "the database does not answer")
	if s := b.get("/portal/session"); s.StatusCode != http.StatusServiceUnavailable || s.Header.Get("Retry-After") == "" || !strings.Contains(s.body, "database_away") {
		t.Errorf("%d %s", s.StatusCode, s.body)
	}
	if s := b.get("/portal/sign-in"); query(s.to(), "error") != "database_away" {
		t.Error(s.to())
	}
	w.store.away = nil
	if !b.session().SignedIn {
		t.Error("signed out because the database was away")
	}
}

func TestTooManySignIns(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	last := ""
	for range 61 {
		last = b.get("/portal/sign-in").to()
	}
	if query(last, "error") != "rate_limited" || len(w.store.journeys) != 60 {
		t.Errorf("%s, %d journeys", last, len(w.store.journeys))
	}
}
