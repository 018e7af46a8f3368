package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"tandem/internal/api/admin"
	"tandem/internal/call"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

// asGuest makes a guest's call of the first one.
func (w *world) asGuest() *world {
	c := &w.all[0]
	c.Plan.Direction, c.Plan.Host, c.Phase = call.Guest, &call.HostCall{Kind: call.HostRoom, ID: "room-1"}, call.Connected
	c.Connection = call.Connection{State: call.ConnectionIsUp, ID: "c1", ServerCall: "srv", Resource: "eu-0"}
	c.Participants = []call.Participant{{
		ID: "host-3.0", Endpoint: call.Endpoint{Kind: tenant.TeamsUser, ID: "c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"}, Host: true, State: call.Joined,
	}}
	return w
}

func TestConnect(t *testing.T) {
	w := newWorld(t).withClara(t)
	var made admin.CallCreated
	a := w.do(t, owner, "POST", "/v1/calls", `{"tenant":"`+contoso+`","connect":{"kind":"server_call","id":"abc="},"resource":"eu-0","max_duration":60,"display_name":"Booking"}`).want(http.StatusCreated)
	a.into(&made)
	p := w.engine.placed[0]
	if made.Direction != "guest" || made.Phase != "routing" || made.SIPURI != "" || a.Header().Get("Location") != "/v1/calls/"+string(made.ID) ||
		*p.Host != (call.HostCall{Kind: call.HostServerCall, ID: "abc="}) || p.Resource != "eu-0" || p.RingTimeout == 0 || p.DisplayName != "Booking" || p.MaxDuration == 0 {
		t.Errorf("%+v, %+v", made, p)
	}
	for body, path := range map[string]string{
		`{"tenant":"` + contoso + `","direction":"guest"}`:                                                                     "connect",
		`{"tenant":"` + contoso + `","direction":"outbound","connect":{"kind":"room","id":"x"}}`:                               "direction",
		`{"tenant":"` + contoso + `","connect":{"kind":"room","id":""}}`:                                                       "connect.id",
		`{"tenant":"` + contoso + `","connect":{"kind":"meeting","id":"x"}}`:                                                   "connect.kind",
		`{"tenant":"` + contoso + `","connect":{"kind":"room","id":"x"},"agent":"` + clara + `"}`:                              "agent",
		`{"tenant":"` + contoso + `","connect":{"kind":"room","id":"x"},"queue":"0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77"}`:       "queue",
		`{"tenant":"` + contoso + `","connect":{"kind":"room","id":"x"},"reservation":"0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77"}`: "reservation",
		`{"tenant":"` + contoso + `","connect":{"kind":"room","id":"x"},"number":"+493012345678"}`:                             "number",
		`{"tenant":"` + contoso + `","connect":{"kind":"room","id":"x"},"answer_policy":"at_once"}`:                            "answer_policy",
	} {
		p := w.do(t, owner, "POST", "/v1/calls", body).problem(http.StatusUnprocessableEntity, "request_invalid")
		if len(p.Errors) == 0 || !strings.HasSuffix(p.Errors[0].Location, path) {
			t.Errorf("%s: %+v, want %s", body, p.Errors, path)
		}
	}
	both := w.do(t, owner, "POST", "/v1/calls", `{"tenant":"`+contoso+`","connect":{"kind":"meeting","id":""}}`).problem(http.StatusUnprocessableEntity, "request_invalid")
	if len(both.Errors) != 2 {
		t.Errorf("not everything at once: %+v", both.Errors)
	}
	w.all[1].Connection.ServerCall = "fabrikams"
	w.do(t, owner, "POST", "/v1/calls", `{"tenant":"`+contoso+`","connect":{"kind":"server_call","id":"fabrikams"}}`).problem(http.StatusUnprocessableEntity, "host_call_unknown")
	q := w.do(t, owner, "POST", "/v1/calls", `{"tenant":"`+contoso+`","connect":{"kind":"group","id":"nowhere"}}`).problem(http.StatusUnprocessableEntity, "host_call_unknown")
	if len(q.Errors) != 1 || q.Errors[0].Location != "body.connect.id" {
		t.Errorf("%+v", q.Errors)
	}
}

// A tenant's key is let into calls of its own resource only: those of a shared one
// are not known to be the tenant's.
func TestConnectByATenant(t *testing.T) {
	w := newWorld(t)
	const body = `{"connect":{"kind":"server_call","id":"abc"}`
	for _, resource := range []string{"", `,"resource":"eu-0"`, `,"resource":"nowhere"`} {
		w.do(t, contosoKey, "POST", "/v1/calls", body+resource+"}").problem(http.StatusForbidden, "connect_for_provider")
	}
	if _, err := w.places.CreateResource(t.Context(), trunk.Resource{ID: "dedicated", Region: "eu", OwnerTenant: contoso}); err != nil {
		t.Fatal(err)
	}
	w.do(t, fabrikamKey, "POST", "/v1/calls", body+`,"resource":"dedicated"}`).problem(http.StatusForbidden, "connect_for_provider")
	w.do(t, contosoKey, "POST", "/v1/calls", body+`,"resource":"dedicated"}`).want(http.StatusCreated)
}

func TestGuestsCall(t *testing.T) {
	w := newWorld(t).withClara(t).asGuest()
	path := "/v1/calls/" + string(contosoCall)
	var v admin.Call
	w.do(t, owner, "GET", path, "").want(http.StatusOK).into(&v)
	if v.Direction != "guest" || *v.Connect != (admin.ConnectTo{Kind: "room", ID: "room-1"}) || v.ServerCall != "srv" || v.Resource != "eu-0" ||
		len(v.Participants) != 1 || !v.Participants[0].Host || v.Participants[0].Teams != "c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02" {
		t.Errorf("%+v", v)
	}
	n := len(w.engine.commands)
	w.do(t, owner, "POST", path+"/terminate", "").problem(http.StatusUnprocessableEntity, "guest_never_terminates")
	w.do(t, owner, "POST", path+"/participants/customer/hold", "").problem(http.StatusUnprocessableEntity, "operation_not_possible")
	w.do(t, owner, "POST", path+"/reject", "").problem(http.StatusConflict, "call_state")
	if len(w.engine.commands) != n {
		t.Errorf("%+v", w.engine.commands[n:])
	}
	w.do(t, owner, "DELETE", path+"/participants/host-3.0", "").want(http.StatusAccepted)
	w.do(t, owner, "POST", path+"/participants", `{"agent":"`+clara+`"}`).want(http.StatusAccepted)
	w.do(t, owner, "POST", path+"/hangup", "").want(http.StatusAccepted)
}
