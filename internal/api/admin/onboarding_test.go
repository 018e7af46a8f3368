package admin_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/internal/api/admin"
	"tandem/internal/fault"
	"tandem/internal/onboarding"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

var _ admin.Onboarding = (*onboarding.Service)(nil)

const (
	contosoInvitation, fabrikamInvitation = "0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e01", "0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e02"
	salesGroup                            = "d2b1f0de-34f1-4b53-8a3c-5f2f6f1f9a77"
)

// trail keeps lines, of "" for the provider's own.
type trail struct {
	mu    sync.Mutex
	lines []provider.Entry
	err   error
}

func (s *trail) Audit(_ context.Context, t tenant.ID, e provider.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	e.Tenant, e.ID, e.At = t, int64(len(s.lines)+1), day
	s.lines = append(s.lines, e)
	return nil
}

func (s *trail) ListAudit(_ context.Context, in tenant.ID, before int64, limit int) ([]provider.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []provider.Entry
	for _, e := range slices.Backward(s.lines) {
		if (in == "" || e.Tenant == in) && (before == 0 || e.ID < before) && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, nil
}

type ledger struct{ shelf[tenant.Invitation] }

func invitationTenant(i tenant.Invitation) tenant.ID { return i.Tenant }

func (s *ledger) Invitation(_ context.Context, t tenant.ID, id tenant.InvitationID) (tenant.Invitation, error) {
	return s.get(string(id), in(t, invitationTenant))
}
func (s *ledger) ListInvitations(_ context.Context, t tenant.ID, after tenant.InvitationID, limit int) ([]tenant.Invitation, error) {
	return s.list(string(after), limit, in(t, invitationTenant))
}
func (s *ledger) GrantHistory(_ context.Context, t tenant.ID, before int64, limit int) ([]tenant.Grant, error) {
	if before > 0 {
		return nil, nil
	}
	g := tenant.Grant{ID: 7, Tenant: t, Kind: tenant.GraphConsent, Subject: "Presence.Read.All", State: tenant.Proved, At: day, By: "tandem", Check: "consent_proof", Evidence: []byte(`{"status":200}`)}
	return []tenant.Grant{g}[:min(1, limit)], nil
}

func (w *world) furnishOnboarding(t testing.TB) {
	t.Helper()
	for id, of := range map[string]tenant.ID{contosoInvitation: contoso, fabrikamInvitation: fabrikam} {
		if _, err := w.ledger.put(id, tenant.Invitation{ID: tenant.InvitationID(id), Tenant: of, Kind: tenant.Welcome, CreatedBy: "key:x", CreatedAt: day, ExpiresAt: day.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		if err := w.Audit(t.Context(), of, provider.Entry{Actor: "tandem", Action: "tenant.bind", Subject: "=cmd()", Detail: []byte(`{"a":1}`)}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEveryChangeIsAudited: each operation that changes something leaves one
// line, in the trail of the tenant that it is about, and no secret in it.
func TestEveryChangeIsAudited(t *testing.T) {
	for _, o := range operations(t, newWorld(t)) {
		t.Run(o.id, func(t *testing.T) {
			t.Parallel()
			w := o.world(t)
			before := len(w.lines)
			w.do(t, owner, o.method, o.at(), o.fresh()).want(o.status)
			lines := w.lines[before:]
			heard := slices.Contains([]string{"downloadRecording", "downloadCapture", "getTranscript"}, o.id) // who heard what is to be known
			if o.method == http.MethodGet && !heard || o.id == "validateFlow" || o.id == "rehearseFlow" {
				if len(lines) > 0 {
					t.Errorf("a look left %+v", lines)
				}
				return
			}
			// What several tenants are in is told to each.
			if want := map[string]int{"invite": 2}[o.id]; len(lines) != max(want, 1) {
				t.Fatalf("%d lines: %+v", len(lines), lines)
			}
			for _, e := range lines {
				if e.Actor != "key:00000000-0000-4000-8000-000000000000" || e.Action == "" {
					t.Errorf("%+v", e)
				}
				for _, secret := range []string{"bm90IGEga2V5", "platform.example.com", "4711"} {
					if strings.Contains(string(e.Detail), secret) && !strings.Contains(e.Subject, secret) {
						t.Errorf("the line tells %s: %s", secret, e.Detail)
					}
				}
			}
			e := lines[len(lines)-1]
			scoped := slices.Contains(provider.TenantScopes(), o.scope) || strings.Contains(o.path, "{tenant}")
			switch {
			case o.id == "createTenant" || o.id == "invite":
				if e.Tenant == "" || e.Tenant == contoso {
					t.Errorf("in the trail of %q", e.Tenant)
				}
			case o.id == "createKey" || o.id == "revokeKey": // the examples' are the provider's, or Contoso's
			case o.id == "revokeInvitation" || scoped:
				if e.Tenant != contoso {
					t.Errorf("in the trail of %q, want Contoso's", e.Tenant)
				}
			default:
				if e.Tenant != "" {
					t.Errorf("in the trail of %q, want the provider's", e.Tenant)
				}
			}
			if e.Action == o.id && (e.Subject == "" || e.ActorName != owner) { // the fixtures' keys are called as they are
				t.Errorf("a line about nothing, or by nobody: %+v", e)
			}
			if e.Action == o.id && e.SubjectName == "" && strings.HasSuffix(strings.NewReplacer("Agent", "Thing", "Tenant", "Thing", "Key", "Thing", "Peer", "Thing").Replace(o.id), "Thing") {
				t.Errorf("the line does not say what is called %s", e.Subject)
			}

			// What is refused has changed nothing.
			before = len(w.lines)
			w.do(t, powerless, o.method, o.at(), o.fresh()).want(http.StatusForbidden)
			if tenantMay := slices.Contains(provider.TenantScopes(), o.scope); tenantMay {
				w.do(t, fabrikamKey, o.method, o.at(), o.fresh())
			}
			if len(w.lines) != before {
				t.Errorf("a refusal left %+v", w.lines[before:])
			}
		})
	}
}

// TestAnotherTenantChangesNothing: each route with another tenant's key and ids.
func TestAnotherTenantChangesNothing(t *testing.T) {
	for _, o := range operations(t, newWorld(t)) {
		if o.method == http.MethodGet || !slices.Contains(provider.TenantScopes(), o.scope) {
			continue
		}
		t.Run(o.id, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t).withClara(t)
			was := w.state()
			w.do(t, fabrikamKey, o.method, o.at(), o.fresh())
			// With its own tenant's path and the other's things in the body, too.
			own := strings.NewReplacer(contoso, fabrikam).Replace(o.at())
			if strings.Contains(o.path, "{group}") || strings.Count(o.path, "{") > 1 {
				own = o.at()
			}
			if own == o.at() {
				w.do(t, fabrikamKey, o.method, own, o.fresh())
			}
			if is := w.state(); is != was {
				t.Errorf("it was\n%s\nand is\n%s", was, is)
			}
		})
	}
}

// state is everything that could be changed, in words.
func (w *world) state() string {
	b, err := json.Marshal([]any{
		w.tenants.things, w.agents.things, w.numbers.things, w.peers.things, w.regions.things, w.resources.things, w.trunks.things,
		w.keys.things, w.webhooks.things, w.prompts.things, w.bots.things, w.rules.set, w.ledger.things, w.plans, len(w.commands), w.orders, w.lines,
	})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// TestHostileStrings: in every string of every body, path and query; never 500.
func TestHostileStrings(t *testing.T) {
	hostile := []string{
		"\x00", "a\x00b", "\u202Eevil", "'; DROP TABLE tenant; --", "<script>alert(1)</script>", "../../etc/passwd", "%s%n", strings.Repeat("x", 5000),
		"\xff\xfe", "${jndi:ldap://x}", "\r\nX-Injected: 1", "=cmd()", "𝕳", "", " ", "null", "-1", "1e999",
	}
	for _, o := range operations(t, newWorld(t)) {
		t.Run(o.id, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t).withClara(t)
			for _, bad := range hostile {
				for _, body := range o.with(t, bad) {
					a := w.do(t, owner, o.method, o.at(), body)
					if a.Code >= 500 || a.Header().Get("X-Injected") != "" {
						t.Errorf("%s: %d %s", body, a.Code, a.Body)
					}
				}
			}
		})
	}
}

// with puts a word into each string of the example, one at a time.
func (o operation) with(t *testing.T, bad string) (bodies []string) {
	t.Helper()
	if o.body == "" {
		return nil
	}
	var example any
	if err := json.Unmarshal([]byte(o.body), &example); err != nil {
		t.Fatal(err)
	}
	var walk func(v any, put func(any))
	walk = func(v any, put func(any)) {
		switch v := v.(type) {
		case string:
			put(bad)
			b, err := json.Marshal(example)
			if err != nil {
				t.Fatal(err)
			}
			bodies = append(bodies, string(b))
			put(v)
		case map[string]any:
			for k, inner := range v {
				walk(inner, func(x any) { v[k] = x })
			}
		case []any:
			for i, inner := range v {
				walk(inner, func(x any) { v[i] = x })
			}
		}
	}
	walk(example, func(x any) { example = x })
	return bodies
}

// TestSessions: a person in a browser acts like a key, and is named in the trail.
func TestSessions(t *testing.T) {
	w := newWorld(t)
	const oid = "c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"
	admin1 := provider.Visitor{Tenant: contoso, OID: oid, Name: "Adele Vance", Roles: []tenant.AdminRole{tenant.GlobalAdministrator}, SessionHash: []byte("hash")}
	be := func(v provider.Visitor, err error) {
		w.visitor = func(*http.Request) (provider.Visitor, error) { return v, err }
	}
	be(admin1, nil)
	w.do(t, "", "GET", "/v1/tenants/"+contoso, "").want(http.StatusOK)
	w.do(t, "", "GET", "/v1/tenants/"+fabrikam, "").problem(http.StatusNotFound, "tenant_unknown")
	w.do(t, "", "GET", "/v1/keys", "").problem(http.StatusForbidden, "scope_missing")
	w.do(t, "", "POST", "/v1/tenants/"+contoso+"/pause", "").want(http.StatusOK)
	if e := w.lines[len(w.lines)-1]; e.Actor != "user:"+oid || e.Tenant != contoso {
		t.Errorf("%+v", e)
	}
	if by := w.by[len(w.by)-1]; !reflect.DeepEqual(by, onboarding.Actor{ID: "user:" + oid, Name: "Adele Vance", OID: oid, Roles: admin1.Roles}) {
		t.Errorf("%+v", by)
	}
	var address struct{ URL string }
	w.do(t, "", "POST", "/v1/tenants/"+contoso+"/consent", `{"return_to":"/tenant"}`).want(http.StatusOK).into(&address)
	if !strings.Contains(address.URL, "to=/tenant&by=user:"+oid+"&session=hash") {
		t.Error(address.URL)
	}
	w.do(t, "", "PATCH", "/v1/agents/"+adele, `{"name":"A"}`, "Idempotency-Key", "x").want(http.StatusOK)
	if e := w.lines[len(w.lines)-1]; e.Action != "changeAgent" || e.Actor != "user:"+oid || e.ActorName != "Adele Vance" || e.Subject != adele || e.SubjectName != "Adele Vance" || string(e.Detail) != `{"name":"A"}` {
		t.Errorf("%+v %s", e, e.Detail)
	}
	for range 2 {
		a := w.do(t, "", "POST", "/v1/tenants/"+contoso+"/resume", "", "Idempotency-Key", "again").want(http.StatusOK)
		_ = a
	}
	if n := len(slices.DeleteFunc(slices.Clone(w.orders), func(s string) bool { return s != "resume" })); n != 1 {
		t.Errorf("resumed %d times", n)
	}

	be(provider.Visitor{Operator: provider.Viewer, OID: oid}, nil)
	w.do(t, "", "GET", "/v1/tenants/"+fabrikam, "").want(http.StatusOK)
	w.do(t, "", "POST", "/v1/regions", `{"id":"ap","name":"Asia"}`).problem(http.StatusForbidden, "scope_missing")
	be(provider.Visitor{Operator: provider.Owner, OID: oid}, nil)
	w.do(t, "", "POST", "/v1/regions", `{"id":"ap","name":"Asia"}`).want(http.StatusCreated)
	if e := w.lines[len(w.lines)-1]; e.Tenant != "" || e.Subject != "ap" || e.Actor != "user:"+oid {
		t.Errorf("%+v", e)
	}
	be(provider.Visitor{OID: oid}, nil) // signed in, and nobody's admin
	w.do(t, "", "GET", "/v1/tenants", "").problem(http.StatusForbidden, "scope_missing")

	be(provider.Visitor{}, fault.Forbidden("csrf_failed", "no"))
	w.do(t, "", "POST", "/v1/tenants/"+contoso+"/pause", "").problem(http.StatusForbidden, "csrf_failed")
	be(provider.Visitor{}, fault.Unauthenticated("session_expired", "sign in again"))
	w.do(t, "", "GET", "/v1/me", "").problem(http.StatusUnauthorized, "session_expired")
	be(admin1, nil)
	w.do(t, "tdm_nobodys", "GET", "/v1/me", "").problem(http.StatusUnauthorized, "key_unknown") // a bad key is not made good by a cookie
}

func TestInvitations(t *testing.T) {
	w := newWorld(t)
	body := `{"items":[
		{"name":"Northwind","home_region":"eu","note":"Nora","expires_in_days":3},
		{"name":"","home_region":"eu","entra_tenant_id":"x"},
		{"tenant":"` + contoso + `","note":"again"},
		{"tenant":"` + contoso + `","name":"both"},
		{"tenant":"2c0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c23"},
		{"name":"Days","home_region":"eu","expires_in_days":91},
		{"name":"Late","home_region":"eu","note":"unlucky"}]}`
	var out admin.InvitedList
	w.do(t, owner, "POST", "/v1/invitations", body).want(http.StatusOK).into(&out)
	type row struct{ state, code string }
	var got []row
	for i, v := range out.Items {
		r := row{state: v.State}
		if v.Problem != nil {
			r.code = v.Problem.Code
		}
		if v.Index != i || (v.Link == "") != (v.State == "refused") {
			t.Errorf("%+v", v)
		}
		got = append(got, r)
	}
	if want := []row{{"created", ""}, {"refused", "invitation_invalid"}, {"created", ""}, {"refused", "invitation_invalid"}, {"refused", "tenant_unknown"}, {"refused", "invitation_invalid"}, {"refused", "database_away"}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if v := out.Items[0]; !v.ExpiresAt.Equal(day.Add(72*time.Hour)) || v.Tenant == "" || !strings.HasSuffix(v.Link, string(v.Tenant)) {
		t.Errorf("%+v", v)
	}
	if v := out.Items[1].Problem; len(v.Errors) != 2 || v.Errors[0].Location != "body.items[1].name" {
		t.Errorf("%+v", v)
	}
	if v := out.Items[6]; v.Tenant == "" { // the tenant is there, for another try
		t.Errorf("%+v", v)
	}

	file := "\xEF\xBB\xBFname;Home_Region;note;expires_in_days\r\nWingtip;eu;\"Wanda; IT\";\r\nTailspin;eu;;soon\r\n"
	w.do(t, owner, "POST", "/v1/invitations", file, "Content-Type", "text/csv; charset=utf-8").want(http.StatusOK).into(&out)
	if len(out.Items) != 2 || out.Items[0].State != "created" || out.Items[1].State != "refused" || !slices.Contains(w.orders, "invite Wanda; IT") {
		t.Errorf("%+v %v", out.Items, w.orders)
	}
	for _, bad := range []string{"", "name,colour\n", "name,name\n", "name,home_region\nA\n", "name\n\"x\n", "name,home_region\nM\xfcller,eu\n"} {
		w.do(t, owner, "POST", "/v1/invitations", bad+" ", "Content-Type", "text/csv").want(http.StatusUnprocessableEntity)
	}
	many := "name,home_region\n" + strings.Repeat("A,eu\n", 501)
	w.do(t, owner, "POST", "/v1/invitations", many, "Content-Type", "text/csv").problem(http.StatusUnprocessableEntity, "request_invalid")
	w.do(t, owner, "POST", "/v1/invitations", "name,home_region\n"+strings.Repeat("x", 300<<10), "Content-Type", "text/csv").problem(http.StatusRequestEntityTooLarge, "body_too_large")

	// Done once, with the links told again.
	first := w.do(t, owner, "POST", "/v1/invitations", `{"items":[{"name":"Once","home_region":"eu"}]}`, "Idempotency-Key", "k").want(http.StatusOK)
	again := w.do(t, owner, "POST", "/v1/invitations", `{"items":[{"name":"Once","home_region":"eu"}]}`, "Idempotency-Key", "k").want(http.StatusOK)
	if first.Body.String() != again.Body.String() || again.Header().Get("Idempotency-Replayed") == "" {
		t.Errorf("%s\n%s", first.Body, again.Body)
	}
	w.do(t, owner, "DELETE", "/v1/invitations/"+contosoInvitation, "").want(http.StatusNoContent)
	w.do(t, owner, "DELETE", "/v1/invitations/x", "").problem(http.StatusNotFound, "invitation_unknown")
	if !slices.Contains(w.orders, "revoke "+contosoInvitation) {
		t.Errorf("%v", w.orders)
	}
}

func TestAuditTrail(t *testing.T) {
	w := newWorld(t)
	w.do(t, owner, "POST", "/v1/peers", `{"name":"pbx","username":"pbx","password":"correct horse"}`).want(http.StatusCreated)
	e := w.lines[len(w.lines)-1]
	if strings.Contains(string(e.Detail), "horse") || !strings.Contains(string(e.Detail), `"name":"pbx"`) || e.Tenant != "" || e.SubjectName != "pbx" {
		t.Errorf("%s", e.Detail)
	}
	w.do(t, owner, "PATCH", "/v1/tenants/"+contoso, `{"state":"suspended"}`).want(http.StatusOK)
	if e := w.lines[len(w.lines)-1]; string(e.Detail) != `{"state":"suspended"}` || e.Subject != contoso {
		t.Errorf("%+v %s", e, e.Detail)
	}
	var page struct {
		Items []admin.AuditEntry
		Next  string
	}
	w.do(t, owner, "GET", "/v1/audit?limit=1", "").want(http.StatusOK).into(&page)
	if len(page.Items) != 1 || page.Items[0].Action != "changeTenant" || page.Next == "" {
		t.Errorf("%+v", page)
	}
	w.do(t, owner, "GET", "/v1/audit?limit=1&cursor="+page.Next, "").want(http.StatusOK).into(&page)
	if len(page.Items) != 1 || page.Items[0].Action != "createPeer" || page.Items[0].ActorName != owner || page.Items[0].SubjectName != "pbx" {
		t.Errorf("%+v", page)
	}
	w.do(t, contosoKey, "PATCH", "/v1/agents/"+adele, `{"name":"=Adele"}`).want(http.StatusOK)
	w.do(t, contosoKey, "GET", "/v1/audit", "").want(http.StatusOK).into(&page)
	if len(page.Items) != 3 {
		t.Errorf("%+v", page)
	}
	a := w.do(t, contosoKey, "GET", "/v1/audit.csv", "").want(http.StatusOK)
	rows, err := csv.NewReader(a.Body).ReadAll()
	if err != nil || len(rows) != 4 || rows[0][0] != "id" || rows[3][6] != "'=cmd()" || rows[1][4] != contosoKey || rows[1][7] != "Adele Vance" || !strings.HasPrefix(a.Header().Get("Content-Type"), "text/csv") {
		t.Errorf("%v, %v, %v", rows, err, a.Header())
	}

	// What is done is done, also if its line could not be written; the log says so.
	w.trail.err = fault.Unavailable("database_away", "x")
	w.do(t, owner, "PATCH", "/v1/tenants/"+contoso, `{"state":"active"}`).want(http.StatusOK)
	if !strings.Contains(w.logged(), "audit line not written") {
		t.Error(w.logged())
	}
}

func TestOnboardingViews(t *testing.T) {
	w := newWorld(t)
	base := "/v1/tenants/" + contoso
	for path, want := range map[string]string{
		"/onboarding":                        `"needs":["global_administrator","privileged_role_administrator"],"minutes":5`,
		"/readiness":                         `"agents":{"total":3,"ready":1,"not_ready":1,"unchecked":1,"paused":0}`,
		"/grants":                            `"subject":"Presence.Read.All"`,
		"/federation":                        `"sub_code":7550`,
		"/people":                            `"can_be_agent":false,"reason":"guest"`,
		"/groups":                            `"name":"Sales"`,
		"/agent-groups":                      `"id":"` + salesGroup + `"`,
		"/agents":                            `"ready":true`,
		"/agents/check":                      `"progress":{"running":false,"total":3,"done":3`,
		"/agents/fixes":                      `"script":"Set-Y"`,
		"/undo":                              `"steps":[]`,
		"/test-calls/" + string(contosoCall): `"state":"ringing"`,
	} {
		if a := w.do(t, contosoKey, "GET", base+path, "").want(http.StatusOK); !strings.Contains(a.Body.String(), want) {
			t.Errorf("%s: %s", path, a.Body)
		}
	}
	w.do(t, contosoKey, "GET", base+"/people?search=ade&limit=5", "").want(http.StatusOK)
	if !slices.Contains(w.orders, "search ade 5") {
		t.Errorf("%v", w.orders)
	}
	var page struct{ Items []admin.AgentStanding }
	w.do(t, contosoKey, "GET", base+"/agents?ready=false", "").want(http.StatusOK).into(&page)
	if len(page.Items) != 0 {
		t.Errorf("%+v", page)
	}
	w.do(t, contosoKey, "GET", base+"/agents?ready=maybe", "").problem(http.StatusUnprocessableEntity, "request_invalid")
	w.do(t, contosoKey, "GET", base+"/test-calls/x", "").problem(http.StatusNotFound, "call_unknown")
	w.do(t, contosoKey, "POST", base+"/test-calls/x/hangup", "").problem(http.StatusNotFound, "call_unknown")
	w.do(t, contosoKey, "POST", base+"/test-calls/"+string(contosoCall)+"/hangup", "").want(http.StatusAccepted)
	if !slices.Contains(w.orders, "hang up "+string(contosoCall)) {
		t.Errorf("%v", w.orders)
	}
	w.do(t, contosoKey, "DELETE", base+"/federation/check", "").want(http.StatusOK)
	if !slices.Contains(w.orders, "cancel federation check") {
		t.Errorf("%v", w.orders)
	}
	w.do(t, contosoKey, "POST", base+"/handover", `{"step":"people"}`).problem(http.StatusUnprocessableEntity, "request_invalid")
	var a admin.Agent
	w.do(t, contosoKey, "POST", "/v1/agents/"+adele+"/pause", "").want(http.StatusOK).into(&a)
	if a.PausedAt == nil {
		t.Errorf("%+v", a)
	}
	w.do(t, fabrikamKey, "POST", "/v1/agents/"+adele+"/resume", "").problem(http.StatusNotFound, "agent_unknown")
	w.do(t, contosoKey, "POST", base+"/pause", "").want(http.StatusOK)
	w.do(t, contosoKey, "POST", "/v1/calls", `{}`).problem(http.StatusForbidden, "tenant_paused")
	w.do(t, owner, "POST", "/v1/tenants", `{"name":"Unknown yet","home_region":"eu"}`).want(http.StatusCreated)
}
