package admin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"tandem/internal/call"
	"tandem/internal/fault"
)

// pretty is a problem without what differs from run to run.
func pretty(t *testing.T, a answer) []byte {
	t.Helper()
	var m map[string]any
	a.into(&m)
	if m["request_id"] == "" {
		t.Error("no request id")
	}
	delete(m, "request_id")
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestProblems: what a client sees of everything that can be wrong.
func TestProblems(t *testing.T) {
	big := `{"name":"` + strings.Repeat("x", 256<<10) + `"}`
	for _, c := range []struct {
		name, key, method, path, body string
		status                        int
	}{
		{"no_key", "", "GET", "/v1/agents", "", 401},
		{"unknown_path", owner, "GET", "/v2/agents", "", 404},
		{"unknown_method", owner, "PUT", "/v1/agents", "", 405},
		{"unknown_query", owner, "GET", "/v1/agents?tennant=x&limit=10", "", 422},
		{"limit", owner, "GET", "/v1/agents?limit=201", "", 422},
		{"cursor", owner, "GET", "/v1/agents?cursor=bm9uc2Vuc2U", "", 422},
		{"queries", owner, "GET", "/v1/calls?from=2026-11-23T00:00:00Z&to=2026-11-22T00:00:00Z&agent=adele&number=0049", "", 422},
		{"query_time", owner, "GET", "/v1/calls?from=yesterday", "", 422},
		{"not_json", owner, "POST", "/v1/agents", `{"name":`, 400},
		{"no_body", owner, "POST", "/v1/agents", "", 400},
		{"no_object", owner, "POST", "/v1/agents", "[]", 422},
		{"too_large", owner, "POST", "/v1/agents", big, 413},
		{"unknown_field", owner, "POST", "/v1/agents", `{"tenant":"` + contoso + `","oid":"c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02","name":"Adele","nickname":"x"}`, 422},
		// The schema finds one thing, the domain another: one answer.
		{"agent_all_at_once", owner, "POST", "/v1/agents", `{"oid":"adele@contoso.com","nickname":"x","name":" Adele"}`, 422},
		{"call_all_at_once", owner, "POST", "/v1/calls", `{"agents":["` + adele + `","` + adele + `","ADELE"],"agent":"b","ring_timeout":500,"answer_policy":"never","display_name":" x","number":"0049","context":"` + strings.Repeat("y", 5000) + `"}`, 422},
		{"number_all_at_once", owner, "POST", "/v1/numbers", `{"e164":"030-1234","connectivity":"carrier_pigeon","agents":["x"],"ring_timeout":1}`, 422},
		{"peer_all_at_once", owner, "POST", "/v1/peers", `{"name":"Carrier One","auth":"address","password":"correct horse","addresses":["127.0.0.1","0.0.0.0/0","here"],"max_calls":-1}`, 422},
		{"key_all_at_once", owner, "POST", "/v1/keys", `{"name":" x","tenant":"y","scopes":["calls.read","calls.raed","keys.write"]}`, 422},
		{"resource_all_at_once", owner, "POST", "/v1/resources", `{"id":"EU","region":"","endpoint":"http://example.com/x","immutable_id":"1","access_key":"secret!","made_at":"2025-01-01T00:00:00Z"}`, 422},
		{"wrong_types", owner, "PATCH", "/v1/numbers/" + theirNumber, `{"agents":"adele","ring_timeout":"20","display_name":7}`, 422},
		{"patch_breaks_rule", owner, "PATCH", "/v1/agents/" + adele, `{"oid":"adele","name":null}`, 422},
		{"tenant_state", owner, "PATCH", "/v1/tenants/" + contoso, `{"state":"invited"}`, 409},
		{"foreign_agents", owner, "POST", "/v1/calls", `{"tenant":"` + contoso + `","agents":["` + adele + `","` + ben + `"]}`, 404},
		{"foreign_agent", owner, "POST", "/v1/calls/" + string(contosoCall) + "/participants", `{"agent":"` + ben + `"}`, 404},
		{"foreign_number", owner, "POST", "/v1/calls", `{"tenant":"` + contoso + `","number":"` + otherNumber + `"}`, 404},
		{"no_tenant", owner, "POST", "/v1/calls", `{}`, 422},
		{"exists", owner, "POST", "/v1/numbers", `{"tenant":"` + contoso + `","e164":"` + theirNumber + `"}`, 409},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newWorld(t).do(t, c.key, c.method, c.path, c.body).want(c.status)
			if a.Header().Get("Content-Type") != "application/problem+json" {
				t.Error(a.Header())
			}
			golden(t, "testdata/problem_"+c.name+".json", pretty(t, a))
		})
	}
}

// TestEveryKind: the classifier, seen from outside.
func TestEveryKind(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		code   string
		retry  string
	}{
		{fault.Invalid("x", "m"), 422, "x", ""},
		{fault.Unauthenticated("x", "m"), 401, "x", ""},
		{fault.Forbidden("x", "m"), 403, "x", ""},
		{fault.NotFound("x", "m"), 404, "x", ""},
		{fault.Conflict("x", "m"), 409, "x", ""},
		{fault.Gone("x", "m"), 410, "x", ""},
		{fault.Exhausted("x", "m"), 429, "x", "1"},
		{fault.Unavailable("x", "m").Because(errors.New("dial tcp hidden")), 503, "x", "2"},
		{fault.Internal("x", "hidden"), 500, "internal", ""},
		{errors.New("hidden"), 500, "internal", ""},
		{context.DeadlineExceeded, 503, "timeout", "2"},
	} {
		w := newWorld(t)
		w.failure = c.err
		a := w.do(t, owner, "GET", "/v1/calls/"+string(contosoCall), "")
		p := a.problem(c.status, c.code)
		if a.Header().Get("Retry-After") != c.retry || strings.Contains(a.Body.String(), "hidden") {
			t.Errorf("%v: %v %s", c.err, a.Header(), a.Body)
		}
		if n := strings.Count(w.logged(), p.RequestID); c.status >= 500 && n != 2 || c.status < 500 && n != 1 {
			t.Errorf("%v: the log names the request %d times: %s", c.err, n, w.logged())
		}
	}
}

func TestPanicIsAnswered(t *testing.T) {
	w := newWorld(t)
	w.askFunc = func(call.ID, call.Event) error { panic("hidden") }
	path := "/v1/calls/" + string(contosoCall) + "/hangup"
	a := w.do(t, owner, "POST", path, "", "Idempotency-Key", "k")
	a.problem(http.StatusInternalServerError, "internal")
	if strings.Contains(a.Body.String(), "hidden") || !strings.Contains(w.logged(), "hidden") {
		t.Errorf("%s\n%s", a.Body, w.logged())
	}
	w.askFunc = nil
	w.do(t, owner, "POST", path, "", "Idempotency-Key", "k").want(http.StatusAccepted)
}

// TestNothingSecretIsLogged: neither keys nor numbers nor passwords, from paths,
// queries, headers or bodies.
func TestNothingSecretIsLogged(t *testing.T) {
	w := newWorld(t)
	w.do(t, owner, "GET", "/v1/numbers/"+theirNumber, "").want(200)
	w.do(t, owner, "GET", "/v1/calls?number=%2B493012345678&cursor=x", "").want(422)
	w.do(t, owner, "POST", "/v1/peers", `{"name":"p","username":"p","password":"correct horse battery"}`).want(201)
	w.do(t, owner, "POST", "/v1/peers", `{"name":"P","username":"p","password":"correct horse battery"}`).want(422)
	w.do(t, "tdm_guessed", "GET", "/v1/me", "").want(401)
	w.keys.err = fault.Unavailable("database_away", "the database does not answer").Because(errors.New("refused"))
	w.do(t, owner, "GET", "/v1/me", "").problem(503, "database_away")
	for _, secret := range []string{owner, "tdm_guessed", "12345678", "correct horse", "sip:"} {
		if strings.Contains(w.logged(), secret) {
			t.Errorf("%q is in the log:\n%s", secret, w.logged())
		}
	}
	if !strings.Contains(w.logged(), `"route":"/v1/numbers/:number"`) || !strings.Contains(w.logged(), `"key":"00000000-`) {
		t.Errorf("the log does not tell routes and keys:\n%s", w.logged())
	}
}

func TestValuesAreNotRepeated(t *testing.T) {
	a := newWorld(t).do(t, owner, "POST", "/v1/peers", `{"name":"p","username":"p","password":"hunter2"}`).want(422)
	if strings.Contains(a.Body.String(), "hunter2") {
		t.Errorf("the answer repeats a password: %s", a.Body)
	}
	a = newWorld(t).do(t, owner, "POST", "/v1/peers", `{"password":"hunter2",,}`).want(400)
	if strings.Contains(a.Body.String(), "hunter2") {
		t.Errorf("the answer repeats a password: %s", a.Body)
	}
}

// TestNothingIsFoundInDefaults: what cannot be read leaves the defaults out, and nobody is
// told of what nobody sent.
func TestNothingIsFoundInDefaults(t *testing.T) {
	w := newWorld(t)
	p := w.do(t, owner, "POST", "/v1/calls", `{"tenant":"`+contoso+`","agents":5}`).problem(http.StatusUnprocessableEntity, "request_invalid")
	if len(p.Errors) != 1 || p.Errors[0].Location != "body.agents" {
		t.Errorf("%+v", p.Errors)
	}
	p = w.do(t, owner, "POST", "/v1/calls", `{"tenant":"`+contoso+`","connect":{"kind":"meeting","id":"x"}}`).problem(http.StatusUnprocessableEntity, "request_invalid")
	if len(p.Errors) != 1 || p.Errors[0].Location != "body.connect.kind" {
		t.Errorf("%+v", p.Errors)
	}
}
