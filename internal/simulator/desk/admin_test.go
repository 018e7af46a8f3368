package desk

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"tandem/internal/simulator/teams"
)

type throttler struct{ on bool }

func (t *throttler) Throttling() bool { return t.on }

func (t *throttler) SetThrottling(on bool) { t.on = on }

// What administrators send, in this order, and what comes of it: a part of the
// answer, or of the error.
func TestAdministration(t *testing.T) {
	b := newBench(t)
	b.Throttler = &throttler{}
	const (
		tenant = "/_sim/teams/tenants/" + contoso
		group  = "aaaaaaaa-0000-4000-8000-000000000001"
		nested = "aaaaaaaa-0000-4000-8000-000000000002"
		other  = "11111111-2222-4333-8444-555555555555"
	)
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/_sim/teams/tenants", "", 200, `[{"id":"` + contoso + `","name":"Contoso \u003cAirlines\u003e"}]`},
		{"GET", tenant, "", 200, `"federation":{"enable_acs_users":true,"allowed_acs_resources":["` + resource + `"]},"policies":[{"name":"Global","enable_acs_federation_access":true}]`},
		{"GET", "/_sim/teams/tenants/" + strings.ToUpper(contoso), "", 200, `"domain":"contosoairlines.example"`},
		{"GET", "/_sim/teams/tenants/" + other, "", 404, "not found"},
		{"PUT", tenant + "/federation", `{"enable_acs_users":false}`, 200, `{"enable_acs_users":false,"allowed_acs_resources":["` + resource + `"]}`},
		{"PUT", tenant + "/federation", `{"allowed_acs_resources":["` + other + `"]}`, 200, `{"enable_acs_users":false,"allowed_acs_resources":["` + other + `"]}`},
		{"PUT", tenant + "/federation", `{"allowed_acs_resources":[]}`, 200, `"allowed_acs_resources":[]`},
		{"PUT", tenant + "/federation", `{"allowed_acs_resources":["eu-1"]}`, 400, "immutable id"},
		{"PUT", tenant + "/federation", `{"allow":true}`, 400, "unknown field"},
		{"PUT", tenant + "/federation", `{"enable_acs_users":true,"allowed_acs_resources":["` + resource + `"]}`, 200, `"callable":true`},
		{"PUT", tenant + "/policies/NoAcs", `{"enable_acs_federation_access":false}`, 200, `{"name":"NoAcs","enable_acs_federation_access":false}`},
		{"PUT", tenant + "/groups/" + nested, `{"name":"Inner"}`, 200, `"name":"Inner"`},
		{"PUT", tenant + "/groups/" + group, `{"name":"Agents","members":["` + ada + `"],"groups":["` + nested + `"],"policy":"NoAcs","rank":1}`, 200, `"callable":false`},
		{"GET", tenant, "", 200, `"effective_policy":"NoAcs"`},
		{"PUT", tenant + "/groups/" + group, `{"description":"Those who talk"}`, 200, `"description":"Those who talk","members":["` + ada + `"]`},
		{"PUT", tenant + "/groups/" + group, `{"members":["` + other + `"]}`, 400, "no user"},
		{"PUT", tenant + "/groups/" + group, `{"policy":"Nothing"}`, 400, "not there"},
		{"DELETE", tenant + "/groups/" + nested, "", 200, `"groups":[]`},
		{"DELETE", tenant + "/groups/" + nested, "", 404, "not found"},
		{"PUT", tenant + "/groups/" + nested, `{"name":"Inner","policy":"NoAcs"}`, 200, `"name":"Inner"`},
		{"PUT", tenant + "/groups/" + group, `{"groups":["` + nested + `"]}`, 200, `"groups":["` + nested + `"]`},
		{"DELETE", tenant + "/groups/Inner", "", 200, `"groups":[]`},
		{"DELETE", tenant + "/groups/Inner", "", 404, "not found"},
		{"PUT", tenant + "/users/" + ada, `{"policy":"NoAcs"}`, 200, `"policy":"NoAcs"`},
		{"DELETE", tenant + "/policies/NoAcs", "", 200, `"grants":[]`},
		{"PUT", tenant + "/users/" + ada, `{"department":"Claims"}`, 200, `"department":"Claims"`},
		{"PUT", tenant + "/users/" + ada, `{"policy":"NoAcs"}`, 400, "no such policy"},
		{"PUT", tenant + "/users/" + ada, `{"policy":""}`, 200, `"effective_policy":"Global"`},
		{"DELETE", tenant + "/policies/NoAcs", "", 404, "not found"},
		{"DELETE", tenant + "/policies/global", "", 400, "cannot be removed"},
		{"PUT", tenant + "/users/" + ada, `{"enterprise_voice":false}`, 200, `"enterprise_voice":false`},
		{"PUT", tenant + "/users/" + ada, `{"enterprise_voice":true,"plans":[{"name":"TEAMS1"}],"department":"Sales"}`, 200, `"has_phone":false,"enterprise_voice":true`},
		{"PUT", tenant + "/users/" + ada, `{"plans":[]}`, 200, `"plans":[]`},
		{"PUT", "/_sim/users/" + ada, `{"plans":[{"name":"TEAMS1"},{"name":"MCOEV","state":"Warning"}]}`, 200, `"name":"Ada Lovelace"`},
		{"GET", tenant, "", 200, `"has_phone":true`},
		{"PUT", tenant + "/users/" + other, `{"enterprise_voice":false}`, 404, "not found"},
		{"PUT", tenant + "/delay", `{"seconds":90.5}`, 200, `"delay_seconds":90.5`},
		{"PUT", tenant + "/federation", `{"enable_acs_users":false}`, 200, `"waiting":1`},
		{"PUT", tenant + "/delay", `{"seconds":-1}`, 400, "0 to 86400"},
		{"POST", "/_sim/clock", `{"advance":"91s"}`, 200, "now"},
		{"GET", tenant, "", 200, `"waiting":0`},
		{"POST", tenant + "/people", `{"count":3}`, 200, `{"oids":["`},
		{"POST", tenant + "/people", `{"count":0}`, 400, "want 1 to"},
		{"GET", tenant, "", 200, `"unlisted":3`},
		{"POST", tenant + "/script", `{"script":"Connect-MicrosoftTeams\nSet-CsTeamsAcsFederationConfiguration -EnableAcsUsers $true\n(Get-CsTeamsAcsFederationConfiguration).EnableAcsUsers"}`, 200, `True\n"}`},
		{"POST", tenant + "/script", `{"script":"Write-Host a\nNo-Thing"}`, 200, `"error":"The term 'No-Thing' is not recognized as a name of a cmdlet, function`},
		{"POST", "/_sim/teams/tenants/" + other + "/script", `{"script":""}`, 404, "not found"},
		{"PUT", "/_sim/graph/throttling", `{"on":true}`, 200, `{"on":true}`},
		{"GET", "/_sim/graph/throttling", "", 200, `{"on":true}`},
		{"POST", "/_sim/reset", "", 204, ""},
		{"GET", tenant, "", 200, `"delay_seconds":0,"waiting":0,"federation":{"enable_acs_users":true,"allowed_acs_resources":["` + resource + `"]}`},
	} {
		w := b.do(c.method, c.path, c.body)
		if got := strings.ReplaceAll(w.Body.String(), `\u0027`, "'"); w.Code != c.status || !strings.Contains(got, c.want) {
			t.Errorf("%s %s %s: %d %s, want %d %s", c.method, c.path, c.body, w.Code, got, c.status, c.want)
		}
	}
	if w := b.do("PUT", "/_sim/teams/tenants/"+contoso+"/federation", `{}`, "Origin", "https://elsewhere.example", "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
		t.Errorf("another site was let in: %d", w.Code)
	}
	b.Throttler = nil
	if w := b.do("PUT", "/_sim/graph/throttling", `{"on":true}`); w.Code != http.StatusBadRequest {
		t.Errorf("without Graph: %d", w.Code)
	}
}

// The state counts what administrators change, so that pages ask again.
func TestSettingsAreCounted(t *testing.T) {
	b := newBench(t)
	before := b.state().Settings
	for i, change := range []struct{ path, body string }{
		{"/federation", `{"enable_acs_users":false}`}, {"/delay", `{"seconds":1}`}, {"/users/" + ada, `{"department":"Sales"}`}, {"/people", `{"count":1}`},
	} {
		method := "PUT"
		if change.path == "/people" {
			method = "POST"
		}
		b.do(method, "/_sim/teams/tenants/"+contoso+change.path, change.body)
		now := b.state()
		if now.Settings <= before {
			t.Errorf("change %d is not counted", i)
		}
		before = now.Settings
		if text, _ := json.Marshal(now); strings.Count(string(text), `"oid"`) != 1 {
			t.Error("the crowd is on the desk")
		}
	}
	var v teams.TenantView
	if err := json.Unmarshal(b.do("GET", "/_sim/teams/tenants/"+contoso, "").Body.Bytes(), &v); err != nil || v.People[0].Department != "Sales" {
		t.Errorf("%+v, %v", v, err)
	}
}
