package dev_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tandem/internal/audio"
	"tandem/internal/dev"
	"tandem/internal/simulator/teams"
)

// abuse is a stack whose first two tenants have an admin in a browser, who wants
// more than is his.
type abuse struct {
	*flows
	contoso, fabrikam dev.FileTenant
	orgs              map[string]organisation // by domain
	ana, priya        *browser                // of Contoso, of Fabrikam
	key               string                  // of Contoso, with all that a tenant's key can have
}

// TestAbuse: what people with a right to something try to get at. Nothing answers
// 500, nothing changes, and nobody sees another's data.
func TestAbuse(t *testing.T) {
	t.Parallel()
	a := &abuse{flows: newFlows(t), orgs: map[string]organisation{}}
	a.contoso, a.fabrikam = a.File.Tenants[0], a.File.Tenants[1]
	for _, domain := range []string{"contoso.example", "fabrikam.example"} {
		a.orgs[domain] = a.organisation(t, domain)
	}
	a.ana, a.priya = a.browser(t), a.browser(t)
	a.ana.signIn(t, "invitation="+a.welcome(t, a.contoso), a.orgs["contoso.example"].person(t, "Ana Ruiz"))
	a.priya.signIn(t, "invitation="+a.welcome(t, a.fabrikam), a.orgs["fabrikam.example"].person(t, "Priya Raman"))
	a.key = a.newKey(t, a.contoso)

	t.Run("another's people", a.anothersPeople)
	t.Run("another's ids", a.anothersIDs)
	t.Run("texts that cannot be stored", a.unstorable)
	t.Run("invitations", a.invitations)
	t.Run("redirects", a.redirects)
	t.Run("forged requests", a.forged)
	t.Run("a tenant that is stopped", a.stopped)
	t.Run("a tenant that has left", a.left) // the last one: it is gone then
}

// welcome is the word of a new invitation for a tenant that is there already.
func (a *abuse) welcome(t *testing.T, of dev.FileTenant) string {
	t.Helper()
	var made struct{ Items []struct{ Link string } }
	if status := a.ask(t, "POST", "/invitations", map[string]any{"items": []any{map[string]string{"tenant": of.ID}}}, &made); status != 200 {
		t.Fatalf("invite: %d", status)
	}
	return made.Items[0].Link[strings.LastIndex(made.Items[0].Link, "/")+1:]
}

func (a *abuse) newKey(t *testing.T, of dev.FileTenant) string {
	t.Helper()
	var made struct{ Key string }
	scopes := []string{
		"tenants.read", "onboarding.read", "onboarding.write", "agents.read", "agents.write", "numbers.read", "numbers.write", "calls.read",
		"calls.write", "cdrs.read", "audit.read", "webhooks.read", "webhooks.write", "prompts.read", "prompts.write",
	}
	if status := a.ask(t, "POST", "/keys", map[string]any{"name": "abuse", "tenant": of.ID, "scopes": scopes}, &made); status != 201 {
		t.Fatalf("key: %d", status)
	}
	return made.Key
}

// send asks as a browser, or, with a key, as a program.
func (a *abuse) send(t *testing.T, b *browser, key, method, path string, in any, header ...string) (status int, answer string) {
	t.Helper()
	raw, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if in == nil {
		raw = nil
	}
	req, err := http.NewRequestWithContext(t.Context(), method, a.File.Portal+path, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	client := a.http
	if req.Header.Set("Content-Type", "application/json"); b != nil {
		client = b.Client
		req.Header.Set("X-CSRF-Token", b.csrf)
	} else {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// refuses checks the code of a refusal.
func (a *abuse) refuses(t *testing.T, b *browser, key, method, path string, in any, status int, code string, header ...string) {
	t.Helper()
	if got, body := a.send(t, b, key, method, path, in, header...); got != status || !strings.Contains(body, `"code":"`+code+`"`) {
		t.Errorf("%s %s %v: %d %s, want %d %s", method, path, in, got, body, status, code)
	}
}

// anothersPeople: the provider's resources may ring Fabrikam's people, for Fabrikam.
func (a *abuse) anothersPeople(t *testing.T) {
	dana, of := a.fabrikam.Agents[0].OID, "/v1/tenants/"+a.contoso.ID
	for _, as := range []struct {
		b   *browser
		key string
	}{{a.ana, ""}, {nil, a.key}} {
		a.refuses(t, as.b, as.key, "POST", "/v1/agents", map[string]string{"oid": dana, "name": "Dana"}, 422, "person_unknown")
		a.refuses(t, as.b, as.key, "PATCH", "/v1/agents/"+a.contoso.Agents[0].ID, map[string]string{"oid": dana}, 422, "person_unknown")
		a.refuses(t, as.b, as.key, "POST", "/v1/agents", map[string]string{"endpoint": "phone_number", "oid": caller, "name": "X"}, 403, "endpoint_of_provider")
		a.refuses(t, as.b, as.key, "POST", of+"/federation/check", map[string]string{"oid": dana, "name": "Dana"}, 422, "person_unknown")
		a.refuses(t, as.b, as.key, "POST", of+"/test-calls", map[string]string{"oid": dana, "name": "Dana"}, 422, "person_unknown")
		status, body := a.send(t, as.b, as.key, "POST", of+"/agents", map[string]any{"oids": []string{dana}})
		if status != 200 || !strings.Contains(body, `"added":0`) || !strings.Contains(body, "person_unknown") {
			t.Errorf("picked: %d %s", status, body)
		}
	}
	if calls := a.calls(t); len(calls) > 0 {
		t.Errorf("somebody is rung: %+v", calls)
	}
}

// anothersIDs tries each route of the API description with Fabrikam's ids.
func (a *abuse) anothersIDs(t *testing.T) {
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	_, raw := a.send(t, nil, a.File.API.Key, "GET", "/openapi.json", nil)
	if err := json.Unmarshal([]byte(raw), &doc); err != nil || len(doc.Paths) < 40 {
		t.Fatalf("%d paths, %v", len(doc.Paths), err)
	}
	var hook, asked struct{ ID string }
	a.ask(t, "POST", "/webhooks", map[string]string{"tenant": a.fabrikam.ID, "url": a.File.Simulator.Callbacks + "x"}, &hook)
	a.ask(t, "POST", "/calls", map[string]string{"tenant": a.fabrikam.ID}, &asked)
	var invitations struct{ Items []struct{ ID string } }
	a.ask(t, "GET", "/invitations?tenant="+a.fabrikam.ID, nil, &invitations)
	ids := map[string]string{
		"tenant": a.fabrikam.ID, "agent": a.fabrikam.Agents[0].ID, "number": a.fabrikam.Number, "call": asked.ID, "participant": "1.0", "peer": "x",
		"prompt": a.upload(t, "POST", "/prompts?name=Greeting&tenant="+a.fabrikam.ID, audio.AgentSpeech()).ID,
		"region": "us", "resource": "us-0", "fqdn": "x", "key": hook.ID, "webhook": hook.ID, "invitation": invitations.Items[0].ID, "group": a.fabrikam.Agents[0].OID,
	}
	trail := func() (lines []string) { // of people and programs
		var page struct {
			Items []struct{ Actor, Action, Subject string }
		}
		a.ask(t, "GET", "/audit?limit=200&tenant="+a.fabrikam.ID, nil, &page)
		for _, e := range page.Items {
			if e.Actor != "tandem" {
				lines = append(lines, e.Actor+" "+e.Action+" "+e.Subject)
			}
		}
		return lines
	}
	was, names := trail(), regexp.MustCompile(`\{(\w+)\}`)
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		at := names.ReplaceAllStringFunc(path, func(s string) string { return url.PathEscape(ids[strings.Trim(s, "{}")]) })
		for method := range doc.Paths[path] {
			if method = strings.ToUpper(method); strings.HasSuffix(path, "/stream") {
				continue
			}
			var in any
			if method != "GET" {
				in = map[string]any{"tenant": a.fabrikam.ID, "oid": a.fabrikam.Agents[0].OID, "name": "X", "oids": []string{a.fabrikam.Agents[0].OID}, "group": ids["group"]}
			}
			for who, b := range map[string]*browser{"a session": a.ana, "a key": nil} {
				status, body := a.send(t, b, a.key, method, at, in)
				if status >= 500 || status < 400 && (method != "GET" || at != path) {
					t.Errorf("%s, %s %s: %d %s", who, method, path, status, body)
				}
				if strings.Contains(body, a.fabrikam.ID) || strings.Contains(body, a.fabrikam.Name) || strings.Contains(body, a.fabrikam.Agents[0].OID) {
					t.Errorf("%s sees, %s %s: %s", who, method, path, body)
				}
			}
		}
	}
	if is := trail(); len(was) == 0 || !slices.Equal(is, was) {
		t.Errorf("Fabrikam's trail was %q and is %q", was, is)
	}
}

// unstorable: PostgreSQL has no NUL in a text; URLs and JSON have.
func (a *abuse) unstorable(t *testing.T) {
	for _, path := range []string{
		"regions/%00", "resources/%00", "trunks/a%00b", "tenants/%00", "agents/%00", "invitations?tenant=%00", "cdrs?reason=%00", "events?type=%00",
		"tenants/" + a.contoso.ID + "/people?search=%00", "tenants/" + a.contoso.ID + "/groups?search=%00",
	} {
		if status, body := a.send(t, nil, a.File.API.Key, "GET", "/v1/"+path, nil); status >= 500 {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	nul := map[string]string{"id": "zz", "name": "\x00", "home_region": "\x00", "url": "https://example.com", "description": "\x00"}
	for path, members := range map[string][]string{"regions": {"id", "name"}, "webhooks": {"url", "description"}} {
		in := map[string]string{}
		for _, m := range members {
			in[m] = nul[m]
		}
		if status, body := a.send(t, nil, a.File.API.Key, "POST", "/v1/"+path, in); status != 422 {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	status, body := a.send(t, nil, a.File.API.Key, "POST", "/v1/invitations", map[string]any{"items": []any{map[string]string{"name": "N", "home_region": "e\x00u"}}})
	if status != 200 || !strings.Contains(body, "text_invalid") {
		t.Errorf("invitation: %d %s", status, body)
	}
}

// invitations open one organisation to its admins, once.
func (a *abuse) invitations(t *testing.T) {
	priya, una := a.orgs["fabrikam.example"].person(t, "Priya Raman"), a.contoso.Agents[3].OID
	says := func(what string, b *browser, word, oid, code string) {
		t.Helper()
		if at := b.signIn(t, "invitation="+word, oid); at.Path != "/sign-in" || at.Query().Get("error") != code {
			t.Errorf("%s leads to %s", what, at)
		}
	}
	says("another organisation's", a.priya, a.welcome(t, a.contoso), priya, "entra_tenant_other")
	if status, body := a.send(t, a.priya, "", "GET", "/v1/tenants", nil); status != 200 || !strings.Contains(body, a.fabrikam.ID) || strings.Contains(body, a.contoso.ID) {
		t.Errorf("and then sees %d %s", status, body)
	}
	says("one without a role", a.browser(t), a.welcome(t, a.contoso), una, "admin_role_missing")
	says("a made-up one", a.browser(t), "AAAAAAAAAAAAAAAAAAAAAAAA", priya, "invitation_unknown")

	second, word := a.invite(t, "Fabrikam, again")
	says("a second one of a customer", a.browser(t), word, priya, "entra_tenant_taken")
	var made struct {
		State   string
		BoundBy string `json:"bound_by"`
	}
	if a.ask(t, "GET", "/tenants/"+second, nil, &made); made.State != "invited" || made.BoundBy != "" {
		t.Errorf("the second customer is %+v", made)
	}
	if status, body := a.send(t, nil, a.File.API.Key, "GET", "/v1/audit?tenant="+second, nil); status != 200 || !strings.Contains(body, "entra_tenant_taken") {
		t.Errorf("its trail does not tell: %s", body)
	}
}

// redirects stay on the portal.
func (a *abuse) redirects(t *testing.T) {
	home, err := url.Parse(a.File.Portal)
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"https://evil.example", "//evil.example", `/\evil.example`, "javascript:alert(1)", "/.//evil.example", "/tenant\r\nX: 1"} {
		if at := a.browser(t).signIn(t, "to="+url.QueryEscape(to), a.contoso.Agents[0].OID); at.Host != home.Host || at.Path != "/tenant" {
			t.Errorf("%q leads to %s", to, at)
		}
		a.refuses(t, a.ana, "", "POST", "/v1/tenants/"+a.contoso.ID+"/consent", map[string]string{"return_to": to}, 422, "return_to_invalid")
	}
}

// forged: requests that another site would have a browser make, and cookies that
// are good no more.
func (a *abuse) forged(t *testing.T) {
	pause := "/v1/tenants/" + a.contoso.ID + "/pause"
	for name, header := range map[string][]string{
		"no token": {"X-CSRF-Token", ""}, "another session's token": {"X-CSRF-Token", a.priya.csrf}, "another origin": {"Origin", "https://evil.example"},
		"another site": {"Sec-Fetch-Site", "cross-site"},
	} {
		t.Run(name, func(t *testing.T) { a.refuses(t, a.ana, "", "POST", pause, nil, 403, "csrf_failed", header...) })
	}
	b := a.browser(t)
	b.signIn(t, "", a.contoso.Agents[0].OID)
	home, _ := url.Parse(a.File.Portal)
	kept := b.Jar.Cookies(home)
	if status, body := a.send(t, b, "", "POST", "/portal/sign-out", nil); status != 204 {
		t.Fatalf("sign-out: %d %s", status, body)
	}
	b.Jar.SetCookies(home, kept)
	a.refuses(t, b, "", "GET", "/v1/tenants", nil, 401, "session_unknown")
}

// stopped: an admin's stop holds whichever way a call comes.
func (a *abuse) stopped(t *testing.T) {
	agents := a.cast(t, does(teams.Accept), does(teams.Accept), does(teams.Accept))
	asked, later := a.request(t, agents[:1]), a.request(t, agents[1:2])
	customer := a.place(t, asked.SIPURI)
	a.connected(t, asked.ID, customer, soon)
	of := "/v1/tenants/" + a.contoso.ID
	if status, body := a.send(t, a.ana, "", "POST", of+"/pause", nil); status != 200 {
		t.Fatalf("pause: %d %s", status, body)
	}
	for _, key := range []string{a.key, a.File.API.Key} {
		a.refuses(t, nil, key, "POST", "/v1/calls", map[string]any{"tenant": a.contoso.ID}, 403, "tenant_paused")
		a.refuses(t, nil, key, "POST", "/v1/calls", map[string]any{"tenant": a.contoso.ID, "direction": "outbound", "agent": agents[2].ID}, 403, "tenant_paused")
		a.refuses(t, nil, key, "POST", "/v1/calls/"+string(asked.ID)+"/participants", map[string]any{"agent": agents[2].ID}, 403, "tenant_paused")
		a.refuses(t, nil, key, "POST", of+"/test-calls", map[string]any{"oid": agents[2].OID}, 409, "tenant_paused")
		a.refuses(t, nil, key, "POST", of+"/federation/check", map[string]any{"oid": agents[2].OID}, 409, "tenant_paused")
	}
	a.turnedAway(t, later.SIPURI, 480, "nobody_available") // an address from before
	a.turnedAway(t, a.dial(), 403, "tenant_paused")
	for _, agent := range agents[1:] {
		if u, err := a.Sim.Users().User(agent.OID); err != nil || len(u.Calls) > 0 {
			t.Errorf("%s is rung: %+v, %v", agent.Name, u.Calls, err)
		}
	}
	if status, body := a.send(t, a.ana, "", "POST", of+"/resume", nil); status != 200 {
		t.Errorf("resume: %d %s", status, body)
	}
	if status := a.ask(t, "POST", "/calls/"+string(asked.ID)+"/hangup", nil, nil); status != 202 {
		t.Errorf("hangup: %d", status)
	}
	a.ended(t, asked.ID, soon)
}

// left: nothing of a tenant works on after its off-boarding, nor comes back.
func (a *abuse) left(t *testing.T) {
	of, theirs := "/v1/tenants/"+a.fabrikam.ID, a.newKey(t, a.fabrikam)
	oscar, word := a.orgs["fabrikam.example"].person(t, "Oscar Lind"), a.welcome(t, a.fabrikam)
	late := a.browser(t) // has been to Microsoft, and not come back yet
	at, _ := late.open(t, late.base+"/portal/sign-in")
	late.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	form := url.Values{"user": {oscar}, "action": {"sign_in"}}
	resp, err := late.PostForm(at.String(), form)
	if err != nil {
		t.Fatal(err)
	}
	if _ = resp.Body.Close(); resp.StatusCode == 200 {
		form.Set("action", "accept")
		if resp, err = late.PostForm(at.String(), form); err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	back := resp.Header.Get("Location")
	late.CheckRedirect = nil

	a.refuses(t, nil, a.File.API.Key, "PATCH", of, map[string]string{"state": "offboarded"}, 409, "tenant_offboard")
	a.refuses(t, a.priya, "", "POST", of+"/offboard", nil, 403, "scope_missing")
	eventually(t, "offboarded", soon, func() bool { // 503: another change came first
		status := a.ask(t, "POST", strings.TrimPrefix(of, "/v1")+"/offboard", nil, nil)
		if status != 200 && status != 503 {
			t.Fatalf("offboard: %d", status)
		}
		return status == 200
	})
	a.refuses(t, a.priya, "", "GET", of, nil, 401, "session_unknown")
	a.refuses(t, nil, theirs, "GET", of, nil, 401, "key_unknown")
	if at, _ := late.open(t, back); at.Path != "/sign-in" || at.Query().Get("error") != "not_invited" {
		t.Errorf("who was on the way is at %s", at)
	}
	a.refuses(t, nil, a.File.API.Key, "GET", "/portal/invitations/"+word, nil, 404, "invitation_unknown")
	for path, in := range map[string]map[string]any{
		"agents": {"oid": oscar, "name": "Oscar"}, "keys": {"name": "x", "scopes": []string{"agents.read"}}, "webhooks": {"url": "https://example.com"},
		"numbers": {"e164": "+13125550199"},
	} {
		in["tenant"] = a.fabrikam.ID
		a.refuses(t, nil, a.File.API.Key, "POST", "/v1/"+path, in, 409, "tenant_offboarded")
	}
	a.refuses(t, nil, a.File.API.Key, "POST", "/v1/calls", map[string]any{"tenant": a.fabrikam.ID}, 403, "tenant_offboarded")
}
