package admin_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tandem/internal/call"
	"tandem/internal/provider"
)

// operation is one row of the list of routes, as the served document has it.
type operation struct {
	method, path, id string
	scope            provider.Scope
	status           int
	body             string // the documented example
}

func operations(t testing.TB, w *world) []operation {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Security    []map[string][]string
			Responses   map[string]any
			RequestBody *struct {
				Content map[string]struct{ Example json.RawMessage }
			}
		}
	}
	w.do(t, "", "GET", "/openapi.json", "").want(http.StatusOK).into(&doc)
	var all []operation
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(doc.Paths[path])) {
			d := doc.Paths[path][method]
			o := operation{method: strings.ToUpper(method), path: path, id: d.OperationID}
			if len(d.Security) != 2 || d.Security[0]["key"] == nil || d.Security[1]["session"] == nil {
				t.Fatalf("%s is open to everybody: %v", o.id, d.Security)
			}
			if _, token := d.Security[1]["csrf"]; token == (o.method == http.MethodGet) {
				t.Errorf("%s: whether a session needs its token: %v", o.id, d.Security[1])
			}
			for _, s := range d.Security[0]["key"] {
				o.scope = provider.Scope(s)
			}
			for status := range d.Responses {
				if n, _ := strconv.Atoi(status); n < 300 && n != http.StatusPartialContent {
					o.status = n
				}
			}
			if d.RequestBody != nil {
				o.body = string(d.RequestBody.Content["application/json"].Example)
			}
			all = append(all, o)
		}
	}
	if len(all) < 80 {
		t.Fatalf("only %d operations", len(all))
	}
	return all
}

// at puts names of things of Contoso into the path.
func (o operation) at() string {
	participant := "4.0"
	if o.method == http.MethodPost {
		participant = call.Customer // what is done to people of Teams is mostly not possible
	}
	return strings.NewReplacer("{tenant}", contoso, "{agent}", adele, "{number}", theirNumber, "{call}", string(contosoCall),
		"{participant}", participant, "{operation}", contosoPlay, "{peer}", peerOne, "{region}", "na", "{resource}", "eu-0", "{domain}", "sbc.example.net", "{fqdn}", "e0.sbc.example.net", "{key}", spareKey, "{webhook}", contosoHook,
		"{invitation}", contosoInvitation, "{group}", salesGroup, "{prompt}", contosoPrompt, "{bot}", contosoBot, "{flow}", contosoFlow, "{version}", "1", "{queue}", contosoQueue, "{reservation}", contosoHold, "{recording}", contosoRecording, "{plan}", onePlan, "{proof}", oneProof).Replace(o.path) + o.query()
}

// fresh is the example, where it would collide with what is there already.
func (o operation) fresh() string {
	switch o.id {
	case "createPrompt", "replacePromptAudio":
		return string(sound(8000, 1))
	case "createPlan":
		return strings.Replace(o.body, "eu-1", "eu-0", 1)
	case "createNumber":
		return strings.Replace(o.body, theirNumber, "+493055555555", 1)
	case "createQueue":
		return strings.Replace(o.body, "Sales", "Service", 1)
	case "createReservation": // Adele is kept already
		return strings.Replace(o.body, adele, clara, 1)
	case "addParticipant", "consult", "transferCall", "redirectCall": // Adele is in the call; another one of Contoso's
		return strings.Replace(o.body, adele, clara, 1)
	}
	return o.body
}

// world is one in which the operation is possible.
func (o operation) world(t testing.TB) *world {
	w := newWorld(t).withClara(t)
	if o.id == "redirectCall" || o.id == "rejectCall" {
		c := &w.all[0]
		c.Phase, c.Near.State, c.Far.State, c.Connection.State = call.Routing, call.LegRinging, call.LegNone, call.ConnectionNone
	}
	if o.id == "unholdParticipant" || o.id == "unmuteParticipant" {
		w.all[0].Customer = call.Treated{Held: true, Muted: true}
	}
	if o.id == "moveParticipants" {
		w.withSecond()
	}
	if o.id == "mergeConsult" || o.id == "cancelConsult" {
		w.all[0].Consult = &call.Consult{Add: call.AddAsked{ID: "k"}, State: call.ConsultTalking}
	}
	w.recorded(map[string]call.RecordingState{
		"pauseRecording": call.RecordingActive, "resumeRecording": call.RecordingPaused, "stopRecording": call.RecordingActive, "getCallRecording": call.RecordingActive,
	}[o.id])
	return w
}

const contosoPlay = "0f5c1f9e-8c7b-4a53-8f0e-1f8f5a0d7c21" // in contosoCall

const clara = "7b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e57"

func (w *world) withClara(t testing.TB) *world {
	t.Helper()
	a, err := w.Agent(t.Context(), "", adele)
	if err != nil {
		t.Fatal(err)
	}
	a.ID, a.Name = clara, "Clara Barbosa"
	if _, err := w.CreateAgent(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestEveryRoute: each operation × (no key, bad key, wrong scope, another
// tenant's key, the tenant's key, the provider's key).
func TestEveryRoute(t *testing.T) {
	for _, o := range operations(t, newWorld(t)) {
		t.Run(o.id, func(t *testing.T) {
			t.Parallel()
			w := o.world(t)
			for key, code := range map[string]string{"": "key_missing", "tdm_nobodys": "key_unknown", "guess": "key_unknown", expired: "key_expired"} {
				a := w.do(t, key, o.method, o.at(), o.fresh())
				a.problem(http.StatusUnauthorized, code)
				if a.Header().Get("WWW-Authenticate") == "" {
					t.Error("401 without WWW-Authenticate")
				}
			}
			if o.scope == "" {
				w.do(t, powerless, o.method, o.at(), o.fresh()).want(o.status)
			} else {
				w.do(t, powerless, o.method, o.at(), o.fresh()).problem(http.StatusForbidden, "scope_missing")
			}

			tenantMay := o.scope == "" || slices.Contains(provider.TenantScopes(), o.scope)
			a := w.do(t, fabrikamKey, o.method, o.at(), o.fresh())
			switch {
			case !tenantMay:
				a.problem(http.StatusForbidden, "scope_missing")
			case strings.Contains(o.path, "{"):
				if a.want(http.StatusNotFound); !strings.Contains(a.Body.String(), "_unknown") {
					t.Errorf("%s", a.Body)
				}
			case o.method == http.MethodPost:
				p := a.problem(http.StatusNotFound, "tenant_unknown")
				if len(p.Errors) != 1 || p.Errors[0].Location != "body.tenant" && p.Errors[0].Location != "query.tenant" {
					t.Errorf("%+v", p.Errors)
				}
			default:
				a.want(http.StatusOK)
			}
			if strings.Contains(a.Body.String(), contoso) || strings.Contains(a.Body.String(), "Adele") {
				t.Errorf("another tenant's key sees %s", a.Body)
			}

			if tenantMay {
				o.world(t).do(t, contosoKey, o.method, o.at(), o.fresh()).want(o.status)
			}
			a = o.world(t).do(t, owner, o.method, o.at(), o.fresh()).want(o.status)
			if a.Code == http.StatusCreated && a.Header().Get("Location") == "" {
				t.Error("created, but where?")
			}
		})
	}
}

// TestAnotherTenantsFilter: naming a foreign tenant is as good as naming none
// that exists.
func TestAnotherTenantsFilter(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/v1/agents", "/v1/numbers", "/v1/prompts", "/v1/bots", "/v1/flows", "/v1/queues", "/v1/calls", "/v1/cdrs", "/v1/recordings", "/v1/usage", "/v1/webhooks", "/v1/events", "/v1/invitations", "/v1/audit"} {
		for _, of := range []string{contoso, "2c0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c23", "x"} {
			w.do(t, fabrikamKey, "GET", path+"?tenant="+of, "").problem(http.StatusNotFound, "tenant_unknown")
		}
		var page struct{ Items []struct{ Tenant string } }
		w.do(t, owner, "GET", path+"?tenant="+contoso, "").want(http.StatusOK).into(&page)
		if len(page.Items) != 1 || page.Items[0].Tenant != contoso {
			t.Errorf("%s: %+v", path, page)
		}
		w.do(t, owner, "GET", path, "").want(http.StatusOK).into(&page)
		if len(page.Items) != 2 {
			t.Errorf("%s: %+v", path, page)
		}
	}
}

// TestTenantsAreNamed: a page of things of several tenants says what they are called,
// by one question; nobody learns another's name.
func TestTenantsAreNamed(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/v1/keys", "/v1/webhooks", "/v1/invitations", "/v1/audit", "/v1/usage", "/v1/calls"} {
		var page struct {
			Items []struct {
				Tenant string
				Name   string `json:"tenant_name"`
			}
		}
		w.namings = 0
		w.do(t, owner, "GET", path, "").want(http.StatusOK).into(&page)
		got := map[string]string{}
		for _, x := range page.Items {
			got[x.Tenant] = x.Name
		}
		delete(got, "") // the provider's own
		if want := map[string]string{contoso: "Contoso Airlines", fabrikam: "Fabrikam"}; !maps.Equal(got, want) || w.namings != 1 {
			t.Errorf("%s: %v by %d questions", path, got, w.namings)
		}
		if path == "/v1/keys" {
			continue // not for a tenant's key
		}
		if a := w.do(t, contosoKey, "GET", path, "").want(http.StatusOK); !strings.Contains(a.Body.String(), "Contoso Airlines") || strings.Contains(a.Body.String(), "Fabrikam") {
			t.Errorf("%s: %s", path, a.Body)
		}
	}
}

// TestDeletedIsGone, for everything that can be deleted.
func TestDeletedIsGone(t *testing.T) {
	for _, path := range []string{"/v1/tenants/" + contoso, "/v1/agents/" + adele, "/v1/numbers/" + theirNumber, "/v1/peers/" + peerOne, "/v1/webhooks/" + contosoHook, "/v1/prompts/" + contosoPrompt, "/v1/bots/" + contosoBot, "/v1/flows/" + contosoFlow, "/v1/queues/" + contosoQueue, "/v1/recordings/" + contosoRecording} {
		w := newWorld(t)
		if a := w.do(t, owner, "DELETE", path, "").want(http.StatusNoContent); a.Body.Len() > 0 {
			t.Errorf("204 with %q", a.Body)
		}
		w.do(t, owner, "GET", path, "").want(http.StatusNotFound)
		w.do(t, owner, "DELETE", path, "").want(http.StatusNotFound)
	}
}

// TestIDsThatAreNone: what has not the form of an id names nothing.
func TestIDsThatAreNone(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"tenants", "agents", "numbers", "calls", "cdrs", "peers", "regions", "resources", "trunks", "routes", "plans", "keys", "webhooks", "prompts", "bots", "flows", "queues", "recordings"} {
		for _, id := range []string{"x", "%2e%2e", "%00", "0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c2z", "00000000-0000-0000-0000-000000000000", "'; drop table"} {
			w.do(t, owner, "GET", "/v1/"+path+"/"+strings.ReplaceAll(id, " ", "%20"), "").want(http.StatusNotFound)
		}
	}
}

// TestNumberInPath: its + may be escaped or not.
func TestNumberInPath(t *testing.T) {
	w := newWorld(t)
	w.do(t, owner, "GET", "/v1/numbers/+493012345678", "").want(http.StatusOK)
	w.do(t, owner, "GET", "/v1/numbers/%2B493012345678", "").want(http.StatusOK)
}
