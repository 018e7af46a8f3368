package admin_test

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"tandem/internal/api/admin"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

func TestMe(t *testing.T) {
	w := newWorld(t)
	var me admin.Me
	w.do(t, owner, "GET", "/v1/me", "").want(http.StatusOK).into(&me)
	if me.Kind != "provider" || me.Tenant != "" || !reflect.DeepEqual(me.Scopes, []string{"*"}) {
		t.Errorf("%+v", me)
	}
	w.do(t, contosoKey, "GET", "/v1/me", "").want(http.StatusOK).into(&me)
	if me.Kind != "tenant" || me.Tenant != contoso {
		t.Errorf("%+v", me)
	}
}

func TestKeyThatExpires(t *testing.T) {
	w := newWorld(t)
	w.now = day.Add(-time.Second)
	w.do(t, expired, "GET", "/v1/me", "").want(http.StatusOK)
	w.now = day
	w.do(t, expired, "GET", "/v1/me", "").problem(http.StatusUnauthorized, "key_expired")
}

func TestAskForACall(t *testing.T) {
	w := newWorld(t)
	var made admin.CallCreated
	a := w.do(t, contosoKey, "POST", "/v1/calls", `{"agent":"`+adele+`","display_name":"Booking hotline","context": {"ticket" : 4711}}`).want(http.StatusCreated)
	a.into(&made)
	if made.SIPURI != "sip:token1@eu.sbc.example.net" || made.Tenant != contoso || !made.ExpiresAt.Equal(day.Add(time.Minute)) ||
		made.Phase != "requested" || a.Header().Get("Location") != "/v1/calls/"+string(made.ID) {
		t.Errorf("%s %v", a.Body, a.Header())
	}
	want := call.Plan{
		Connectivity: trunk.ACSDirectRouting, Agents: []tenant.AgentID{adele}, DisplayName: "Booking hotline",
		RingTimeout: 20 * time.Second, Policy: tenant.WithAgent, Context: []byte(`{"ticket":4711}`),
	}
	if !reflect.DeepEqual(w.plans[0], want) {
		t.Errorf("got %+v\nwant %+v", w.plans[0], want)
	}

	w.do(t, owner, "POST", "/v1/calls", `{"tenant":"`+contoso+`","agents":["`+adele+`"],"ring_timeout":45,"answer_policy":"at_once","number":"`+theirNumber+`"}`).want(http.StatusCreated)
	if p := w.plans[1]; p.RingTimeout != 45*time.Second || p.Policy != tenant.AtOnce || p.Number != theirNumber || p.Connectivity != trunk.ACSDirectRouting {
		t.Errorf("%+v", p)
	}
	w.do(t, contosoKey, "POST", "/v1/calls", `{"flow":"`+contosoFlow+`","agents":["`+adele+`"]}`).want(http.StatusCreated).into(&made)
	if p := w.plans[2]; !reflect.DeepEqual(p.Flow, &call.FlowRef{ID: contosoFlow, Version: 1}) || p.Policy != tenant.AtOnce || made.AnswerPolicy != "at_once" {
		t.Errorf("%+v", p)
	}
	w.do(t, contosoKey, "POST", "/v1/calls", `{"flow":"`+fabrikamFlow+`"}`).problem(http.StatusNotFound, "flow_unknown")
	for _, more := range []string{`"direction":"outbound","agent":"` + adele + `"`, `"queue":"` + contosoQueue + `"`, `"reservation":"` + contosoHold + `"`} {
		p := w.do(t, contosoKey, "POST", "/v1/calls", `{"flow":"`+contosoFlow+`",`+more+`}`).problem(http.StatusUnprocessableEntity, "request_invalid")
		if len(p.Errors) != 1 || p.Errors[0].Location != "body.flow" {
			t.Errorf("%s: %+v", more, p.Errors)
		}
	}
	w.plans = w.plans[:2]
	w.do(t, contosoKey, "POST", "/v1/calls", `{}`).want(http.StatusCreated) // any agent of the tenant
	if p := w.plans[2]; len(p.Agents) != 0 {
		t.Errorf("%+v", p)
	}
}

func TestAskForAnOutboundCall(t *testing.T) {
	w := newWorld(t)
	var made admin.CallCreated
	a := w.do(t, contosoKey, "POST", "/v1/calls", `{"direction":"outbound","agent":"`+adele+`","display_name":"Test call","ring_timeout":30,"resource":"eu-0","max_duration":5,"context":{"test":1}}`).want(http.StatusCreated)
	a.into(&made)
	if made.Direction != "outbound" || made.SIPURI != "" || made.ExpiresAt != nil || made.Phase != "routing" || a.Header().Get("Location") != "/v1/calls/"+string(made.ID) {
		t.Errorf("%s %v", a.Body, a.Header())
	}
	want := call.Plan{
		Direction: call.Outbound, Connectivity: trunk.ACSDirectRouting, Agents: []tenant.AgentID{adele}, DisplayName: "Test call",
		RingTimeout: 30 * time.Second, Policy: tenant.WithAgent, Resource: "eu-0", MaxDuration: 5 * time.Second, Context: []byte(`{"test":1}`),
	}
	if len(w.plans) != 0 || len(w.placed) != 1 || !reflect.DeepEqual(w.placed[0], want) {
		t.Errorf("got %+v\nwant %+v", w.placed, want)
	}
	for body, where := range map[string]string{
		`{"direction":"outbound"}`: "agents",
		`{"direction":"outbound","agents":["` + adele + `","` + clara + `"]}`:             "agents",
		`{"direction":"outbound","agent":"` + adele + `","number":"` + theirNumber + `"}`: "number",
		`{"direction":"outbound","agent":"` + adele + `","answer_policy":"at_once"}`:      "answer_policy",
		`{"direction":"outbound","agent":"` + adele + `","max_duration":86401}`:           "max_duration",
		`{"direction":"sideways","agent":"` + adele + `"}`:                                "direction",
		`{"agent":"` + adele + `","max_duration":5}`:                                      "max_duration",
		`{"agent":"` + adele + `","resource":"eu-0"}`:                                     "resource",
	} {
		p := w.do(t, contosoKey, "POST", "/v1/calls", body).problem(http.StatusUnprocessableEntity, "request_invalid")
		if len(p.Errors) != 1 || p.Errors[0].Location != "body."+where {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
	p := w.do(t, contosoKey, "POST", "/v1/calls", `{"direction":"outbound","agent":"`+adele+`","resource":"nowhere"}`).problem(http.StatusUnprocessableEntity, "resource_unknown")
	if len(p.Errors) != 1 || p.Errors[0].Location != "body.resource" {
		t.Errorf("%+v", p.Errors)
	}
	w.do(t, fabrikamKey, "POST", "/v1/calls", `{"direction":"outbound","agent":"`+adele+`"}`).want(http.StatusNotFound)
	if len(w.placed) != 1 {
		t.Errorf("called nevertheless: %+v", w.placed[1:])
	}
}

func TestOnlyActiveTenantsAreCalled(t *testing.T) {
	w := newWorld(t)
	w.withClara(t)
	stop := func(change func(*tenant.Tenant), code string) {
		t.Helper()
		if _, err := w.ChangeTenant(t.Context(), contoso, func(v tenant.Tenant) (tenant.Tenant, error) { change(&v); return v, nil }); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{contosoKey, owner} {
			w.do(t, key, "POST", "/v1/calls", `{"tenant":"`+contoso+`"}`).problem(http.StatusForbidden, code)
			w.do(t, key, "POST", "/v1/calls", `{"tenant":"`+contoso+`","direction":"outbound","agent":"`+adele+`"}`).problem(http.StatusForbidden, code)
			w.do(t, key, "POST", "/v1/calls/"+string(contosoCall)+"/participants", `{"agent":"`+clara+`"}`).problem(http.StatusForbidden, code)
		}
		if len(w.plans)+len(w.placed)+len(w.commands) != 0 {
			t.Errorf("%s: asked for nevertheless", code)
		}
	}
	for _, s := range tenant.States() {
		if s != tenant.Active {
			stop(func(v *tenant.Tenant) { v.State = s }, "tenant_"+string(s))
		}
	}
	stop(func(v *tenant.Tenant) { v.State, v.PausedAt = tenant.Active, day }, "tenant_paused")
}

// TestOffboardedForGood: nothing is made for a tenant that has left, and it leaves by
// the way that deletes.
func TestOffboardedForGood(t *testing.T) {
	w := newWorld(t)
	w.do(t, owner, "PATCH", "/v1/tenants/"+contoso, `{"state":"offboarded"}`).problem(http.StatusConflict, "tenant_offboard")
	if _, err := w.ChangeTenant(t.Context(), contoso, func(v tenant.Tenant) (tenant.Tenant, error) { v.State = tenant.Offboarded; return v, nil }); err != nil {
		t.Fatal(err)
	}
	was := w.state()
	for path, body := range map[string]string{
		"agents":   `"oid":"c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a09","name":"X"`,
		"numbers":  `"e164":"+493055555555"`,
		"webhooks": `"url":"https://example.com/hooks"`,
		"keys":     `"name":"x","scopes":["agents.read"]`,
	} {
		w.do(t, owner, "POST", "/v1/"+path, `{"tenant":"`+contoso+`",`+body+`}`).problem(http.StatusConflict, "tenant_offboarded")
	}
	w.do(t, owner, "PATCH", "/v1/tenants/"+contoso, `{"state":"active"}`).problem(http.StatusConflict, "tenant_state")
	if is := w.state(); is != was {
		t.Errorf("it was\n%s\nand is\n%s", was, is)
	}
}

// TestWhoseAgents: resources are shared, so a tenant may not have another's people
// rung, nor telephones.
func TestWhoseAgents(t *testing.T) {
	w := newWorld(t)
	const stranger, own = "f7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02", "c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a09"
	was := w.state()
	w.do(t, contosoKey, "POST", "/v1/agents", `{"oid":"`+stranger+`","name":"X"}`).problem(http.StatusUnprocessableEntity, "person_unknown")
	w.do(t, contosoKey, "POST", "/v1/agents", `{"oid":"`+strings.ToUpper(stranger)+`","name":"X"}`).problem(http.StatusUnprocessableEntity, "person_unknown")
	w.do(t, contosoKey, "POST", "/v1/agents", `{"endpoint":"phone_number","oid":"+493012345678","name":"X"}`).problem(http.StatusForbidden, "endpoint_of_provider")
	w.do(t, contosoKey, "PATCH", "/v1/agents/"+adele, `{"oid":"`+stranger+`"}`).problem(http.StatusUnprocessableEntity, "person_unknown")
	w.do(t, contosoKey, "PATCH", "/v1/agents/"+adele, `{"endpoint":"phone_number","oid":"+493012345678"}`).problem(http.StatusForbidden, "endpoint_of_provider")
	if is := w.state(); is != was {
		t.Errorf("it was\n%s\nand is\n%s", was, is)
	}
	w.do(t, contosoKey, "PATCH", "/v1/agents/"+adele, `{"name":"Adele V."}`).want(http.StatusOK)
	w.do(t, contosoKey, "PATCH", "/v1/agents/"+adele, `{"oid":"`+own+`"}`).want(http.StatusOK)
	w.do(t, owner, "POST", "/v1/agents", `{"tenant":"`+contoso+`","endpoint":"phone_number","oid":"+493012345678","name":"X"}`).want(http.StatusCreated)
	w.do(t, owner, "POST", "/v1/agents", `{"tenant":"`+contoso+`","oid":"`+stranger+`","name":"X"}`).want(http.StatusCreated)
}

func TestContextHasRoom(t *testing.T) {
	w := newWorld(t)
	fits := `{"context":"` + strings.Repeat("x", 4094) + `"}`
	w.do(t, contosoKey, "POST", "/v1/calls", fits).want(http.StatusCreated)
	w.do(t, contosoKey, "POST", "/v1/calls", `{"context":[`+strings.Repeat(" ", 9000)+`]}`).want(http.StatusCreated)
	w.do(t, contosoKey, "POST", "/v1/calls", strings.Replace(fits, "x", "xx", 1)).problem(http.StatusUnprocessableEntity, "request_invalid")
}

func TestCommands(t *testing.T) {
	w := newWorld(t).withClara(t)
	base := "/v1/calls/" + string(contosoCall)
	w.do(t, contosoKey, "POST", base+"/participants", `{"agent":"`+clara+`","display_name":"Second opinion"}`).want(http.StatusAccepted)
	w.do(t, contosoKey, "DELETE", base+"/participants/4.0", "").want(http.StatusAccepted)
	w.do(t, contosoKey, "POST", base+"/hangup", "").want(http.StatusAccepted)
	w.do(t, contosoKey, "POST", base+"/terminate", "").want(http.StatusAccepted)
	cause := "asked for through the API"
	want := []call.Event{
		call.AddAsked{Agent: clara, DisplayName: "Second opinion"}, call.RemoveAsked{Participant: "4.0"},
		call.HangUpAsked{Cause: cause}, call.HangUpAsked{ForEveryone: true, Cause: cause},
	}
	add, _ := w.commands[0].(call.AddAsked)
	if uuid.Validate(add.ID) != nil {
		t.Errorf("the participant has the id %q", add.ID)
	}
	want[0] = call.AddAsked{ID: add.ID, Agent: clara, DisplayName: "Second opinion"}
	if !reflect.DeepEqual(w.commands, want) {
		t.Errorf("got %#v", w.commands)
	}
	w.do(t, contosoKey, "DELETE", base+"/participants/9.9", "").problem(http.StatusNotFound, "participant_unknown")
	w.do(t, contosoKey, "POST", base+"/participants", `{"agent":"`+adele+`"}`).problem(http.StatusConflict, "call_state") // is in it
	if len(w.commands) != 4 {
		t.Error("the engine was asked for what the snapshot rules out")
	}
}

// TestCommandTooLate: the call ended between the look and the command.
func TestCommandTooLate(t *testing.T) {
	w := newWorld(t)
	for _, err := range []error{
		fault.Conflict("not_permitted", "another came first"), fault.NotFound("call_over", "the call is over"), fmt.Errorf("%w: it is ended", call.ErrRefused), fault.Conflict("call_state", "no"),
	} {
		w.askFunc = func(call.ID, call.Event) error { return err }
		w.do(t, owner, "POST", "/v1/calls/"+string(contosoCall)+"/hangup", "").problem(http.StatusConflict, "call_state")
	}
	w.all[0].Phase = call.Ended
	w.do(t, owner, "POST", "/v1/calls/"+string(contosoCall)+"/hangup", "").problem(http.StatusConflict, "call_state")
}

func TestMergePatch(t *testing.T) {
	w := newWorld(t)
	path := "/v1/numbers/" + theirNumber
	get := func() (n admin.Number) {
		t.Helper()
		w.do(t, owner, "GET", path, "").want(http.StatusOK).into(&n)
		return n
	}
	w.do(t, contosoKey, "PATCH", path, `{"display_name":"Hotline","ring_timeout":60,"answer_policy":"at_once"}`, "Content-Type", "application/merge-patch+json").want(http.StatusOK)
	if n := get(); n.DisplayName != "Hotline" || n.RingTimeout != 60 || n.AnswerPolicy != "at_once" || len(n.Agents) != 1 || n.Connectivity == "" {
		t.Errorf("%+v", n)
	}
	w.do(t, contosoKey, "PATCH", path, `{"display_name":null,"ring_timeout":null,"answer_policy":null,"agents":null,"connectivity":null}`).want(http.StatusOK)
	if n := get(); n.DisplayName != "" || n.RingTimeout != 20 || n.AnswerPolicy != "with_agent" || len(n.Agents) != 0 || n.Connectivity != string(trunk.ACSDirectRouting) {
		t.Errorf("%+v", n)
	}
	before := get()
	w.do(t, contosoKey, "PATCH", path, `{}`).want(http.StatusOK)
	w.do(t, contosoKey, "PATCH", path, `{"agents":["`+ben+`"]}`).problem(http.StatusNotFound, "agent_unknown")
	if !reflect.DeepEqual(before, get()) {
		t.Errorf("%+v", get())
	}
}

func TestPeerSecrets(t *testing.T) {
	w := newWorld(t)
	var p admin.Peer
	w.do(t, owner, "POST", "/v1/peers", `{"name":"pbx","username":"pbx"}`).want(http.StatusCreated).into(&p)
	if len(p.Password) != 24 || p.Realm != "tandem" || p.Auth != "digest" {
		t.Errorf("%+v", p)
	}
	a := w.do(t, owner, "GET", "/v1/peers/"+string(p.ID), "").want(http.StatusOK)
	kept := w.peers.things[string(p.ID)]
	if strings.Contains(a.Body.String(), p.Password) || len(kept.HA1MD5) < 32 || strings.Contains(string(kept.HA1SHA256), p.Password) {
		t.Errorf("%s", a.Body)
	}

	path := "/v1/peers/" + string(p.ID)
	w.do(t, owner, "PATCH", path, `{"username":"pbx2"}`).problem(http.StatusUnprocessableEntity, "peer_invalid") // needs the password
	w.do(t, owner, "PATCH", path, `{"username":"pbx2","password":"correct horse"}`).want(http.StatusOK).into(&p)
	if now := w.peers.things[string(p.ID)]; now.Username != "pbx2" || string(now.HA1MD5) == string(kept.HA1MD5) {
		t.Error("the new name has the old secret")
	}
	w.do(t, owner, "PATCH", path, `{"auth":"address","username":null,"addresses":["192.0.2.7","2001:db8::/48"]}`).want(http.StatusOK).into(&p)
	if now := w.peers.things[string(p.ID)]; now.HA1MD5 != nil || !reflect.DeepEqual(p.Addresses, []string{"192.0.2.7/32", "2001:db8::/48"}) {
		t.Errorf("%+v", p)
	}
	w.do(t, owner, "PATCH", path, `{"addresses":["everywhere"]}`).problem(http.StatusUnprocessableEntity, "request_invalid")
}

func TestResourceKeyIsSealed(t *testing.T) {
	w := newWorld(t)
	const key = "bm90IGEga2V5LCBvbmx5IGFuIGV4YW1wbGU="
	a := w.do(t, owner, "POST", "/v1/resources", `{"id":"eu-1","region":"eu","endpoint":"https://x.communication.azure.com","immutable_id":"E9C1F8D2-2b49-4a53-8a2c-0a4b1f3f5d44","access_key":"`+key+`","made_at":"2026-10-23T00:00:00Z"}`).want(http.StatusCreated)
	var r admin.Resource
	a.into(&r)
	if r.DirectRouting || r.Endpoint != "https://x.communication.azure.com/" || strings.Contains(a.Body.String(), key) {
		t.Errorf("%s", a.Body)
	}
	if sealed := w.resources.things["eu-1"].AccessKey; len(sealed) <= len(key) || strings.Contains(string(sealed), key) {
		t.Error("the access key is not sealed")
	}
}

func TestKeysOfKeys(t *testing.T) {
	w := newWorld(t)
	var k admin.Key
	w.do(t, owner, "POST", "/v1/keys", `{"name":"platform","tenant":"`+contoso+`","scopes":["calls.read"],"expires_at":"2026-12-01T00:00:00Z"}`).want(http.StatusCreated).into(&k)
	if !strings.HasPrefix(k.Secret, "tdm_") || !strings.HasSuffix(k.Secret, k.Hint) || k.Tenant != contoso {
		t.Errorf("%+v", k)
	}
	w.do(t, k.Secret, "GET", "/v1/calls", "").want(http.StatusOK)
	w.do(t, k.Secret, "GET", "/v1/agents", "").problem(http.StatusForbidden, "scope_missing")
	if a := w.do(t, owner, "GET", "/v1/keys/"+string(k.ID), "").want(http.StatusOK); strings.Contains(a.Body.String(), k.Secret) {
		t.Errorf("%s", a.Body)
	}
	w.do(t, owner, "DELETE", "/v1/keys/"+string(k.ID), "").want(http.StatusNoContent)
	w.do(t, k.Secret, "GET", "/v1/calls", "").problem(http.StatusUnauthorized, "key_revoked")

	var scopes admin.Page[admin.KeyScope]
	w.do(t, owner, "GET", "/v1/keys/scopes", "").want(http.StatusOK).into(&scopes)
	for _, x := range scopes.Items { // each is as it says
		body := `{"name":"x","scopes":["` + x.Scope + `"]}`
		w.do(t, owner, "POST", "/v1/keys", body).want(http.StatusCreated)
		status := map[bool]int{true: http.StatusCreated, false: http.StatusUnprocessableEntity}[x.Tenant]
		w.do(t, owner, "POST", "/v1/keys", strings.Replace(body, "{", `{"tenant":"`+contoso+`",`, 1)).want(status)
	}

	// Nobody can give a right he has not.
	var maker admin.Key
	w.do(t, owner, "POST", "/v1/keys", `{"name":"maker","scopes":["keys.write","calls.read"]}`).want(http.StatusCreated).into(&maker)
	w.do(t, maker.Secret, "POST", "/v1/keys", `{"name":"x","scopes":["calls.read"]}`).want(http.StatusCreated)
	p := w.do(t, maker.Secret, "POST", "/v1/keys", `{"name":"x","scopes":["*","calls.write"]}`).problem(http.StatusUnprocessableEntity, "key_invalid")
	if len(p.Errors) != 2 {
		t.Errorf("%+v", p)
	}
	w.do(t, owner, "POST", "/v1/keys", `{"name":"x","scopes":["calls.read"],"expires_at":"2020-01-01T00:00:00Z"}`).problem(http.StatusUnprocessableEntity, "key_invalid")
	w.do(t, owner, "POST", "/v1/keys", `{"name":"x","scopes":["calls.read"],"tenant":"2c0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c23"}`).problem(http.StatusNotFound, "tenant_unknown")
}

func TestRecord(t *testing.T) {
	w := newWorld(t)
	var r admin.CDR
	w.do(t, contosoKey, "GET", "/v1/cdrs/"+string(contosoCall), "").want(http.StatusOK).into(&r)
	if r.Result != "completed" || r.Reason != "agent_hung_up" || r.By != "agent" || r.Fault != "none" || r.Agent != adele ||
		r.SetupS != 8.2 || r.TalkS != 241.8 || len(r.Attempts) != 1 || string(r.Context) != `{"ticket":4711}` || !r.StartedAt.Equal(day) {
		t.Errorf("%+v", r)
	}
	var c admin.Call
	w.do(t, contosoKey, "GET", "/v1/calls/"+string(contosoCall), "").want(http.StatusOK).into(&c)
	if c.Phase != "connected" || c.Near.State != "up" || len(c.Participants) != 1 || c.Participants[0].ID != "4.0" || c.Marks.Ended != nil || c.Ending != nil {
		t.Errorf("%+v", c)
	}
}

func TestProbes(t *testing.T) {
	w := newWorld(t)
	w.do(t, "", "GET", "/healthz", "").want(http.StatusOK)
	w.do(t, "", "GET", "/readyz", "").want(http.StatusOK)
	if a := w.do(t, "", "GET", "/metrics", "").want(http.StatusOK); a.Body.String() != "metrics 1\n" {
		t.Errorf("%s", a.Body)
	}
	w.away = []admin.Away{
		{Name: "postgres", Err: fault.Unavailable("database_away", "the database does not answer").Because(fmt.Errorf("password=hidden"))},
		{Name: "sip", Err: fmt.Errorf("hidden")},
	}
	a := w.do(t, "", "GET", "/readyz", "").want(http.StatusServiceUnavailable)
	if got := strings.TrimSpace(a.Body.String()); got != `{"ready":false,"away":{"postgres":"the database does not answer","sip":"away"}}` {
		t.Error(got)
	}
	w.do(t, "", "GET", "/healthz", "").want(http.StatusOK)
}
