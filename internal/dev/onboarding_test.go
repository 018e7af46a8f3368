package dev_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"tandem/internal/call"
	"tandem/internal/dev"
	"tandem/internal/simulator/teams"
)

// browser is an admin's: it keeps cookies, follows Microsoft's pages and fills
// in their forms.
type browser struct {
	*http.Client
	base string
	csrf string
}

func (s *stack) browser(t testing.TB) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{Client: &http.Client{Jar: jar, Timeout: soon, Transport: &http.Transport{}}, base: s.File.Portal}
	t.Cleanup(b.CloseIdleConnections)
	return b
}

// open gets a page and returns where the browser is then.
func (b *browser) open(t testing.TB, address string) (at *url.URL, page string) {
	t.Helper()
	resp, err := b.Get(address)
	return landed(t, resp, err)
}

// press sends a form of the page the browser is on.
func (b *browser) press(t testing.TB, at *url.URL, form url.Values) (*url.URL, string) {
	t.Helper()
	resp, err := b.PostForm(at.String(), form)
	return landed(t, resp, err)
}

func landed(t testing.TB, resp *http.Response, err error) (*url.URL, string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %d: %.300s", resp.Request.URL, resp.StatusCode, page)
	}
	return resp.Request.URL, string(page)
}

// signIn goes to Microsoft as somebody and comes back, consenting to what
// sign-in itself asks for.
func (b *browser) signIn(t testing.TB, query, oid string) *url.URL {
	t.Helper()
	at, _ := b.open(t, b.base+"/portal/sign-in?"+query)
	at, page := b.press(t, at, url.Values{"user": {oid}, "action": {"sign_in"}})
	if strings.Contains(page, `data-page="user_consent"`) {
		at, _ = b.press(t, at, url.Values{"user": {oid}, "action": {"accept"}})
	}
	var session struct {
		CSRF string `json:"csrf"`
	}
	_, page = b.open(t, b.base+"/portal/session")
	if err := json.Unmarshal([]byte(page), &session); err != nil {
		t.Fatal(err)
	}
	b.csrf = session.CSRF
	return at
}

// do asks the API as the page in the browser does.
func (b *browser) do(t testing.TB, method, path string, in, out any) int {
	t.Helper()
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, b.base+"/v1"+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-CSRF-Token", b.csrf)
	resp, err := b.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if out != nil && resp.StatusCode < 300 {
		if err := json.Unmarshal(raw, out); err != nil {
			t.Fatalf("%s %s: %s: %v", method, path, raw, err)
		}
	}
	if resp.StatusCode >= 300 {
		t.Logf("%s %s: %d %s", method, path, resp.StatusCode, raw)
	}
	return resp.StatusCode
}

// organisation is one of the simulator's, as Entra knows it.
type organisation struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	People []struct {
		OID   string   `json:"oid"`
		Name  string   `json:"name"`
		Roles []string `json:"role_names"`
	} `json:"people"`
}

func (n organisation) person(t testing.TB, name string) string {
	t.Helper()
	for _, p := range n.People {
		if p.Name == name {
			return p.OID
		}
	}
	t.Fatalf("nobody at %s is called %s", n.Name, name)
	return ""
}

func (s *stack) organisation(t testing.TB, domain string) organisation {
	t.Helper()
	var n organisation
	s.simulator(t, "GET", "/entra/tenants/"+domain, nil, &n)
	return n
}

// simulator asks /_sim.
func (s *stack) simulator(t testing.TB, method, path string, in, out any) {
	t.Helper()
	raw, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.File.Simulator.Control+path, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s %v", method, path, resp.StatusCode, answer, err)
	}
	if out != nil {
		if err := json.Unmarshal(answer, out); err != nil {
			t.Fatalf("%s %s: %s: %v", method, path, answer, err)
		}
	}
}

// invite makes a tenant with a link for its admin.
func (s *stack) invite(t testing.TB, name string) (id, word string) {
	t.Helper()
	var made struct {
		Items []struct{ Tenant, Link string }
	}
	if status := s.ask(t, "POST", "/invitations", map[string]any{"items": []any{map[string]string{"name": name, "home_region": "eu"}}}, &made); status != 200 {
		t.Fatalf("invite: %d", status)
	}
	return made.Items[0].Tenant, made.Items[0].Link[strings.LastIndex(made.Items[0].Link, "/")+1:]
}

// track is GET …/onboarding.
type track struct {
	State  string
	Next   string
	Tenant struct {
		State         string `json:"state"`
		EntraTenantID string `json:"entra_tenant_id"`
	}
	Steps []struct {
		ID      string
		State   string
		Problem *struct{ Code, Text string }
	}
}

func (k track) step(id string) string {
	for _, s := range k.Steps {
		if s.ID == id {
			return s.State
		}
	}
	return ""
}

// TestOnboarding takes a tenant from its invitation to a call that rings, with
// nothing but what its two admins would do.
func TestOnboarding(t *testing.T) {
	t.Parallel()
	s := start(t, dev.Options{})
	org := s.organisation(t, "adatum.example") // no customer yet
	id, word := s.invite(t, org.Name)
	global, teamsAdmin, aisha := org.person(t, "Gloria Hart"), org.person(t, "Theo Lindqvist"), org.person(t, "Aisha Khan")
	of := "/tenants/" + id

	b := s.browser(t)
	_, page := b.open(t, b.base+"/portal/invitations/"+word)
	if !strings.Contains(page, org.Name) || !strings.Contains(page, "Presence.Read.All") {
		t.Errorf("before you begin: %s", page)
	}
	if at := b.signIn(t, "invitation="+word, global); at.Path != "/tenant" {
		t.Fatalf("signed in, and then at %s", at)
	}
	on := func(state, step string) func() bool {
		return func() bool {
			var k track
			return b.do(t, "GET", of+"/onboarding", nil, &k) == 200 && k.step(step) == state
		}
	}
	if !on("done", "sign_in")() {
		t.Fatal("the sign-in did not bind the tenant")
	}

	var away struct{ URL string }
	if status := b.do(t, "POST", of+"/consent", map[string]string{}, &away); status != 200 {
		t.Fatalf("consent: %d", status)
	}
	at, _ := b.open(t, away.URL)
	if at, page = b.press(t, at, url.Values{"user": {global}, "action": {"accept"}}); at.Path != "/tenant" {
		t.Fatalf("consented, and then at %s: %.300s", at, page)
	}
	eventually(t, "consent proved", soon, on("done", "consent"))

	// The Teams administrator is somebody else, and comes by a link of his own.
	var hand struct{ Link string }
	if status := b.do(t, "POST", of+"/handover", map[string]string{"step": "federation"}, &hand); status >= 300 {
		t.Fatalf("handover: %d", status)
	}
	other := s.browser(t)
	if at := other.signIn(t, "invitation="+hand.Link[strings.LastIndex(hand.Link, "/")+1:], teamsAdmin); at.Path != "/tenant" {
		t.Fatalf("the Teams administrator is at %s", at)
	}
	var federation struct{ Script string }
	if status := other.do(t, "GET", of+"/federation", nil, &federation); status != 200 {
		t.Fatalf("federation: %d", status)
	}
	var ran struct{ Output, Error string }
	s.simulator(t, "POST", "/teams/tenants/"+org.ID+"/script", map[string]string{"script": federation.Script}, &ran)
	if ran.Error != "" {
		t.Fatalf("the script fails: %s\n%s", ran.Error, ran.Output)
	}
	if status := other.do(t, "POST", of+"/federation/check", map[string]string{"oid": aisha, "name": "Aisha Khan"}, nil); status != 202 {
		t.Fatalf("check: %d", status)
	}
	eventually(t, "federation proved", 3*soon, on("done", "federation"))
	eventually(t, "the resource that stands by proved too", 3*soon, func() bool {
		var f struct{ Resources []struct{ State string } }
		other.do(t, "GET", of+"/federation", nil, &f)
		return len(f.Resources) == 2 && f.Resources[0].State == "proved" && f.Resources[1].State == "proved"
	})

	var found struct {
		Items []struct {
			OID        string
			CanBeAgent bool `json:"can_be_agent"`
		}
	}
	if b.do(t, "GET", of+"/people?search=aish", nil, &found); len(found.Items) != 1 || found.Items[0].OID != aisha || !found.Items[0].CanBeAgent {
		t.Fatalf("found %+v", found)
	}
	if status := b.do(t, "POST", of+"/agents", map[string]any{"oids": []string{aisha}}, nil); status >= 300 {
		t.Fatalf("add: %d", status)
	}
	eventually(t, "people ready", soon, on("done", "people"))

	var test struct{ Call string }
	eventually(t, "a test call, when she is free", soon, func() bool {
		return b.do(t, "POST", of+"/test-calls", map[string]string{"oid": aisha, "name": "Aisha Khan"}, &test) == 202
	})
	var call struct {
		Over    bool
		Verdict string
		Steps   []struct{ State string }
	}
	eventually(t, "the test call over", 2*soon, func() bool {
		return b.do(t, "GET", of+"/test-calls/"+test.Call, nil, &call) == 200 && call.Over
	})
	if call.Verdict != "authorised" || len(call.Steps) != 4 {
		t.Errorf("the test call went %+v", call)
	}
	var k track
	eventually(t, "active", soon, func() bool {
		return b.do(t, "GET", of+"/onboarding", nil, &k) == 200 && k.Tenant.State == "active" && k.State == "ready"
	})
	if k.Tenant.EntraTenantID != org.ID {
		t.Errorf("bound to %s, not to %s", k.Tenant.EntraTenantID, org.ID)
	}

	s.hangsUp(t, b, id, aisha)

	// Nobody else's: another customer's ids do not exist, and the used link is good for those whom it let in, only.
	if status := b.do(t, "GET", "/tenants/"+s.File.Tenants[0].ID+"/onboarding", nil, nil); status != 404 {
		t.Errorf("another tenant's onboarding: %d", status)
	}
	if at := s.browser(t).signIn(t, "invitation="+word, global); at.Path != "/tenant" {
		t.Errorf("the used link leads its admin to %s", at)
	}
	stranger := s.organisation(t, "fabrikam.example").person(t, "Priya Raman")
	if at := s.browser(t).signIn(t, "invitation="+word, stranger); at.Path != "/sign-in" || at.Query().Get("error") != "invitation_used" {
		t.Errorf("the used link leads another organisation's admin to %s", at)
	}

	// What Microsoft takes away is noticed, and told.
	s.simulator(t, "PUT", "/entra/tenants/"+org.ID, map[string]any{"roles": []string{"User.Read.All"}}, nil)
	if status := b.do(t, "POST", of+"/consent/check", map[string]string{}, &k); status != 200 || k.step("consent") == "done" && k.Steps[1].Problem == nil {
		t.Errorf("after a role was taken away: %d, %+v", status, k)
	}

	// The stop switch.
	if status := b.do(t, "POST", of+"/pause", map[string]string{}, nil); status >= 300 {
		t.Errorf("pause: %d", status)
	}
	if status := s.ask(t, "POST", "/calls", map[string]any{"tenant": id}, nil); status != 403 {
		t.Errorf("a call to a paused tenant: %d", status)
	}
}

// hangsUp: an admin ends a test call that rings, and no other call.
func (s *stack) hangsUp(t *testing.T, b *browser, of, oid string) {
	t.Helper()
	if _, err := s.Sim.Users().Update(oid, does(teams.Never)); err != nil {
		t.Fatal(err)
	}
	var test struct{ Call call.ID }
	if status := b.do(t, "POST", "/tenants/"+of+"/test-calls", map[string]string{"oid": oid}, &test); status != 202 {
		t.Fatalf("test call: %d", status)
	}
	path := "/tenants/" + of + "/test-calls/" + string(test.Call)
	var v struct {
		Over    bool
		Verdict string
		Cure    struct{ Code string }
		Steps   []struct{ State string }
	}
	state := func() string {
		if b.do(t, "GET", path, nil, &v) != 200 || len(v.Steps) == 0 {
			return ""
		}
		return v.Steps[len(v.Steps)-1].State
	}
	eventually(t, "the test call rings", soon, func() bool { return state() == "ringing" })
	if status := s.ask(t, "POST", "/tenants/"+s.File.Tenants[0].ID+"/test-calls/"+string(test.Call)+"/hangup", nil, nil); status != 404 {
		t.Errorf("hung up for another tenant: %d", status)
	}
	if status := b.do(t, "POST", path+"/hangup", nil, nil); status != 202 {
		t.Errorf("hang up: %d", status)
	}
	eventually(t, "the test call over", soon, func() bool { return state() == "ended" && v.Over })
	if v.Verdict != "inconclusive" || v.Cure.Code != "try_again" {
		t.Errorf("judged %+v", v)
	}
	eventually(t, "Teams quiet", soon, func() bool {
		u, err := s.Sim.Users().User(oid)
		return err == nil && len(u.Ringing) == 0
	})
	if status := b.do(t, "POST", path+"/hangup", nil, nil); status != 409 {
		t.Errorf("hang up what is over: %d", status)
	}

	var agents struct{ Items []struct{ ID, OID string } }
	if b.do(t, "GET", "/tenants/"+of+"/agents", nil, &agents) != 200 || len(agents.Items) != 1 {
		t.Fatalf("agents %+v", agents)
	}
	var c created
	if status := s.ask(t, "POST", "/calls", outbound{Direction: "outbound", Tenant: of, Agent: agents.Items[0].ID, RingTimeout: 30}, &c); status != 201 {
		t.Fatalf("POST /calls: %d", status)
	}
	if status := b.do(t, "POST", "/tenants/"+of+"/test-calls/"+string(c.ID)+"/hangup", nil, nil); status != 404 {
		t.Errorf("hang up a call that is no test: %d", status)
	}
	if status := s.ask(t, "POST", "/calls/"+string(c.ID)+"/terminate", nil, nil); status != 202 {
		t.Errorf("terminate: %d", status)
	}
	s.recorded(t, c.ID, soon)
}
