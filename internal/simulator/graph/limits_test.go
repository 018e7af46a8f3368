package graph

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
)

// The limits of a small tenant: 3500 units in 10 s, 1500 presences in 30 s.
func TestThrottling(t *testing.T) {
	b, token := newCompany(t)
	const path = "/groups/" + desk + "/transitiveMembers" // five units
	used := func(what string, units int, length time.Duration) {
		b.throttle.take(what+"/app/"+contoso, units, 1<<20, length, b.now())
	}
	used("identity", 3500, identityWindow)
	if r := b.get(token, path); r.Code != http.StatusOK || r.Header().Get("x-ms-resource-unit") != "5" {
		t.Fatalf("throttled though it is off: %d", r.Code)
	}
	b.SetThrottling(true)
	used("identity", 2795, identityWindow)
	r := b.get(token, path)
	if r.Code != http.StatusOK || r.Header().Get("x-ms-throttle-limit-percentage") != "0.8" {
		t.Errorf("at 2800 units: %d %v", r.Code, r.Header())
	}
	used("identity", 700, identityWindow)
	r = b.get(token, path)
	h := r.Header()
	if r.Code != http.StatusTooManyRequests || r.Error.Code != "TooManyRequests" || !within(h.Get("Retry-After"), 10) || h.Get("x-ms-throttle-limit-percentage") != "1.0" ||
		!strings.HasPrefix(h.Get("x-ms-throttle-scope"), "Tenant_Application/Read/") || !strings.HasSuffix(h.Get("x-ms-throttle-scope"), contoso) {
		t.Errorf("at 3505 units: %d %v", r.Code, h)
	}
	if r := b.ask(token, idsOf(ada)); r.Code != http.StatusOK {
		t.Errorf("presence has a limit of its own: %d", r.Code)
	}
	b.Clock.Advance(10 * time.Second)
	if r := b.get(token, "/users?$select=id&$top=19"); r.Code != http.StatusOK || r.Header().Get("x-ms-resource-unit") != "1" {
		t.Errorf("in the next window: %d %v", r.Code, r.Header())
	}
	used("presence", 1499, presenceWindow)
	if r := b.ask(token, idsOf(ada)); r.Code != http.StatusTooManyRequests || !within(r.Header().Get("Retry-After"), 20) {
		t.Errorf("the 1501st presence: %d %v", r.Code, r.Header())
	}
	b.SetThrottling(false)
	if r := b.ask(token, idsOf(ada)); r.Code != http.StatusOK || b.Throttling() {
		t.Errorf("switched off: %d", r.Code)
	}
	for n, want := range map[int]int{0: 3500, 49: 3500, 50: 5000, 500: 5000, 501: 8000} {
		if got := unitLimit(n); got != want {
			t.Errorf("%d users: %d", n, got)
		}
	}
}

// What an operator can make of the answers.
func TestGraphFaults(t *testing.T) {
	b, token := newCompany(t)
	for _, c := range []struct {
		value  string
		status int
		retry  string
		code   string
	}{
		{"429", 429, "10", "TooManyRequests"},
		{"429;retry-after=2.5", 429, "2.5", "TooManyRequests"},
		{"429;retry-after=0", 429, "0", "TooManyRequests"},
		{"429;retry-after=none", 429, "", "TooManyRequests"},
		{"503", 503, "10", "ServiceUnavailable"},
		{"401", 401, "", "Unauthorized"},
		{"500", 500, "", "UnknownError"},
		{"nonsense", 503, "10", "ServiceUnavailable"},
	} {
		if err := b.Faults.Set(faults.Fault{Knob: faults.GraphStatus, Scope: contoso, Value: c.value, Count: 1}); err != nil {
			t.Fatal(err)
		}
		if r := b.get(token, "/users"); r.Code != c.status || r.Header().Get("Retry-After") != c.retry || r.Error.Code != c.code {
			t.Errorf("%s: %d %s, Retry-After %q", c.value, r.Code, r.Error.Code, r.Header().Get("Retry-After"))
		}
	}
	for _, c := range []struct{ value, code string }{{"403", "Forbidden"}, {"404", "NotFound"}, {"x", "NotFound"}} {
		if err := b.Faults.Set(faults.Fault{Knob: faults.GraphNoConfigurations, Scope: contoso, Value: c.value, Count: 1}); err != nil {
			t.Fatal(err)
		}
		if r := b.get(token, "/admin/teams/userConfigurations/"+ada); r.Error.Code != c.code {
			t.Errorf("%s: %d %s", c.value, r.Code, r.Error.Code)
		}
	}
	for _, knob := range []string{faults.PresenceCamelCase, faults.PresencePoor} {
		if err := b.Faults.Set(faults.Fault{Knob: knob, Scope: contoso, Count: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if r := b.get(token, "/users/"+ada+"/presence"); r.body["availability"] != "available" || r.body["sequenceNumber"] != nil {
		t.Errorf("%s", r.Body)
	}
	if r := b.get(token, "/users/"+ada+"/presence"); r.body["availability"] != "Available" || r.body["sequenceNumber"] == nil {
		t.Errorf("%s", r.Body)
	}
}

func TestGovernment(t *testing.T) {
	b, token := newCompany(t)
	if err := b.people.AddTenant(teams.Tenant{ID: contoso, Name: "Contoso", Cloud: teams.CloudGCCHigh}); err != nil {
		t.Fatal(err)
	}
	if r := b.get(token, "/admin/teams/userConfigurations"); r.Code != http.StatusNotFound {
		t.Errorf("configurations: %d", r.Code)
	}
	r := b.get(token, "/users/"+ada+"/presence")
	delete(r.body, "@odata.context")
	if got := canonical(r.body); got != `{"activity":"Available","availability":"Available","id":"`+ada+`","statusMessage":null}` {
		t.Errorf("presence %s", got)
	}
}

func TestUnknownUsersWithoutPresence(t *testing.T) {
	b, token := newCompany(t)
	var err error
	if b.Switches, err = evidence.NewSwitches(evidence.Inferences()); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]int{"omitted": 1, "unknown": 3} {
		if err := b.Switches.Set(evidence.PresenceUnknownUser, value); err != nil {
			t.Fatal(err)
		}
		w := b.ask(token, idsOf(ada, eve, uuid.NewString()))
		if got := strings.Count(w.Body.String(), `"availability"`); got != want || strings.Count(w.Body.String(), `"PresenceUnknown"`) != 2*(want-1) {
			t.Errorf("%s: %s", value, w.Body)
		}
	}
}

func (b *bench) batched(token string, requests ...string) (map[string]partAnswer, reply) {
	b.t.Helper()
	r := b.send(token, httptest.NewRequest(http.MethodPost, base+"/$batch", strings.NewReader(`{"requests":[`+strings.Join(requests, ",")+`]}`)))
	var answer struct{ Responses []partAnswer }
	_ = json.Unmarshal(r.Body.Bytes(), &answer)
	all := map[string]partAnswer{}
	for _, a := range answer.Responses {
		all[a.ID] = a
	}
	return all, r
}

func TestBatch(t *testing.T) {
	b, token := newCompany(t)
	if err := b.Faults.Set(faults.Fault{Knob: faults.GraphStatus, Scope: contoso, Value: "429;retry-after=6", Count: 1}); err != nil {
		t.Fatal(err)
	}
	all, r := b.batched(token,
		`{"id":"1","method":"GET","url":"/users/`+ada+`/licenseDetails?$select=skuPartNumber"}`,
		`{"id":"2","method":"get","url":"admin/teams/userConfigurations/`+eve+`"}`,
		`{"id":"3","method":"POST","url":"/communications/getPresencesByUserId","headers":{"Content-Type":"application/json"},"body":{"ids":["`+ada+`"]}}`,
		`{"id":"4","method":"GET","url":"/users?$search=%22displayName:rita%22","headers":{"ConsistencyLevel":"eventual"}}`,
		`{"id":"5","method":"GET","url":"/users/`+ada+`","dependsOn":["2"]}`,
		`{"id":"6","method":"GET","url":"/users/`+ada+`","dependsOn":["5"]}`,
		`{"id":"7","method":"GET","url":"/users/`+ada+`","dependsOn":["3"]}`,
		`{"id":"8","method":"POST","url":"/$batch"}`)
	if r.Code != http.StatusOK {
		t.Fatalf("%d %s", r.Code, r.Body)
	}
	for id, want := range map[string]int{"1": 429, "2": 404, "3": 200, "4": 200, "5": 424, "6": 424, "7": 200, "8": 400} {
		if all[id].Status != want {
			t.Errorf("%s: %d %s", id, all[id].Status, all[id].Body)
		}
	}
	if all["1"].Headers["Retry-After"] != "6" || !strings.Contains(string(all["4"].Body), rita) || !strings.Contains(string(all["3"].Body), "Available") {
		t.Errorf("%+v", all)
	}

	one := func(id string) string { return `{"id":"` + id + `","method":"GET","url":"/users"}` }
	var many []string
	for i := range 21 {
		many = append(many, one(fmt.Sprint(i)))
	}
	for name, requests := range map[string][]string{
		"none": nil, "too many": many, "one id twice": {one("1"), one("1")}, "no id": {one("")},
		"absolute":           {`{"id":"1","method":"GET","url":"https://graph.microsoft.com/v1.0/users"}`},
		"no url":             {`{"id":"1","method":"GET"}`},
		"no method":          {`{"id":"1","url":"/users"}`},
		"depends on nothing": {`{"id":"1","method":"GET","url":"/users","dependsOn":["9"]}`},
		"body without type":  {`{"id":"1","method":"POST","url":"/communications/getPresencesByUserId","body":{"ids":[]}}`},
		"no JSON":            {`{`},
	} {
		if _, r := b.batched(token, requests...); r.Code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, r.Code, r.Body)
		}
	}
	if all, _ := b.batched(token, many[:20]...); len(all) != 20 {
		t.Errorf("%d answers for twenty requests", len(all))
	}
	if _, r := b.batched("x.y.z", one("1")); r.Code != http.StatusUnauthorized {
		t.Errorf("with a bad token: %d", r.Code)
	}
}

// A batch does not save quota.
func TestBatchIsThrottled(t *testing.T) {
	b, token := newCompany(t)
	b.SetThrottling(true)
	b.throttle.take("identity/app/"+contoso, 3490, 3500, identityWindow, b.now())
	var list []string
	for i := range 10 {
		list = append(list, fmt.Sprintf(`{"id":"%d","method":"GET","url":"/users/%s/licenseDetails"}`, i, ada))
	}
	refused := 0
	all, r := b.batched(token, list...)
	for _, a := range all {
		if a.Status == http.StatusTooManyRequests && a.Headers["Retry-After"] != "" {
			refused++
		}
	}
	if r.Code != http.StatusOK || refused != 5 {
		t.Errorf("%d: %d of ten are refused, want those beyond 3500 units", r.Code, refused)
	}
}

// within reports whether a Retry-After is between one second and most.
func within(text string, most int) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n >= 1 && n <= most
}

func TestTokens(t *testing.T) {
	for text, want := range map[string]string{
		"Ada Lovelace": "ada lovelace", "OneVideo": "one video", "McDonald-Smith": "mc donald smith", "Team42b": "team 42 b", "ÉlanVital ñu": "élan vital ñu",
		"": "", " .,!": "", "HTTPServer": "httpserver",
	} {
		if got := strings.Join(tokens(text), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Every beginning of a word of a name finds it; a filter on what is written with
// doubled apostrophes finds just that.
func TestNamesAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[A-Z][a-z']{1,8}( [A-Z][a-z"\\]{1,8}){0,2}`).Draw(t, "name")
		get := func(string) any { return name }
		word := rapid.SampledFrom(tokens(name)).Draw(t, "word")
		begin := word[:rapid.IntRange(1, len(word)).Draw(t, "letters")]
		found, err := parseSearch(`"displayName:`+begin+`"`, userSchema.search)
		if err != nil || !found(get) {
			t.Fatalf("%q is not found by %q: %v", name, begin, err)
		}
		f, err := parseFilter("displayName eq '"+strings.ReplaceAll(name, "'", "''")+"' and not (displayName eq 'x')", userSchema.find)
		if err != nil || !f.matches(get) || !f.advanced || !slices.Contains(f.uses, "displayName") {
			t.Fatalf("%q: %v", name, err)
		}
	})
}

func FuzzSearch(f *testing.F) {
	for _, seed := range []string{`"displayName:a"`, `("mail:a" OR "displayName:b c") AND "surname:\"x\\"`, `"`, `(((`, `"displayName:&"`, `"a" AND`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if matches, err := parseSearch(text, userSchema.search); err == nil {
			matches(func(string) any { return "Ada Lovelace" })
			matches(func(string) any { return nil })
		} else if err.Error() == "" {
			t.Error("no words")
		}
	})
}

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		`startsWith(displayName,'O''Ne') and accountEnabled eq true`, `id in ('a','b')`, `not (mail ne null)`, `assignedPlans/any(p:p/servicePlanId eq 4828 or p/service eq 'x')`,
		`'`, `((`, `a/any(`, `endsWith(mail`, `displayName in (`, `assignedPlans/any(p:q/x eq 1)`,
	} {
		f.Add(seed)
	}
	p := teams.Profile{OID: ada, Name: "Ada", Plans: []teams.Plan{{ID: teams.PlanPhone, Name: "MCOEV", State: "Enabled"}}}
	f.Fuzz(func(t *testing.T, text string) {
		if filter, err := parseFilter(text, userSchema.find); err == nil {
			filter.matches(func(name string) any { return userProperty(p, name) })
		} else if err.Error() == "" {
			t.Error("no words")
		}
	})
}
