package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"tandem/internal/api/admin"
	"tandem/internal/call"
	"tandem/internal/tenant"
)

const secondCall = call.ID("019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092")

// withSecond adds a call of the same tenant in which Clara and an outside telephone talk.
func (w *world) withSecond() *world {
	c := w.all[0]
	c.ID, c.Phase = secondCall, call.Connected
	c.Connection = call.Connection{State: call.ConnectionIsUp, ID: "c2", Resource: "eu-0"}
	c.Participants = []call.Participant{
		{ID: "4.0", Agent: clara, Name: "Clara", Endpoint: call.Endpoint{Kind: tenant.TeamsUser, ID: "oid-of-clara"}, State: call.Joined},
		{ID: "tel", Op: "5.0", Endpoint: call.Endpoint{Kind: tenant.PhoneNumber, ID: "+4930999"}, State: call.Joined},
	}
	c.Outlegs = []call.Outleg{{ID: "6", Op: "5.0", Leg: call.Leg{State: call.LegUp}}}
	w.all = append(w.all, c)
	w.all[0].Phase = call.Connected
	w.all[0].Connection = call.Connection{State: call.ConnectionIsUp, ID: "c1", Resource: "eu-0"}
	return w
}

func TestMove(t *testing.T) {
	w := newWorld(t).withClara(t).withSecond()
	path := "/v1/calls/" + string(contosoCall) + "/move"
	body := func(from call.ID, who string) string {
		return `{"from_call":"` + string(from) + `","participants":[` + who + `]}`
	}
	var moving admin.Moving
	w.do(t, contosoKey, "POST", path, body(secondCall, `"4.0","tel","customer"`)).want(http.StatusAccepted).into(&moving)
	asked, ok := w.engine.commands[len(w.engine.commands)-1].(call.MoveAsked)
	if !ok || len(moving.Items) != 3 || asked.ID != moving.Items[0].ID || asked.From != secondCall || asked.Participant != "4.0" || asked.Agent != clara || asked.Endpoint.ID != "oid-of-clara" {
		t.Errorf("%+v, %+v", moving, asked)
	}
	for _, one := range moving.Items[1:] {
		if one.Problem == nil || one.Problem.Code != "operation_not_possible" || one.ID != "" {
			t.Errorf("%+v", one)
		}
	}
	n := len(w.engine.commands)
	for _, x := range []struct {
		key, body, code string
	}{
		{owner, body(secondCall, `"tel"`), "operation_not_possible"},
		{owner, body(secondCall, `"nobody"`), "participant_unknown"},
		{owner, body(secondCall, `"4.0","4.0"`), "request_invalid"},
		{owner, body(secondCall, ``), "request_invalid"},
		{owner, body("x", `"4.0"`), "request_invalid"},
		{owner, body(contosoCall, `"4.0"`), "call_state"},
		{owner, body(fabrikamCall, `"4.0"`), "call_unknown"}, // another tenant's, though the provider sees both
		{contosoKey, body(fabrikamCall, `"4.0"`), "call_unknown"},
		{owner, body("019ab1c2-7d3e-7f00-8a4b-3c5d6e7f80ff", `"4.0"`), "call_unknown"},
	} {
		if a := w.do(t, x.key, "POST", path, x.body); a.Code < 400 || !strings.Contains(a.Body.String(), x.code) {
			t.Errorf("%s: %d %s, want %s", x.body, a.Code, a.Body, x.code)
		}
	}
	w.do(t, fabrikamKey, "POST", path, body(secondCall, `"4.0"`)).want(http.StatusNotFound)
	w.all[len(w.all)-1].Connection.Resource = "us-0"
	w.do(t, owner, "POST", path, body(secondCall, `"4.0"`)).problem(http.StatusUnprocessableEntity, "resource_differs")
	if len(w.engine.commands) != n {
		t.Errorf("%+v", w.engine.commands[n:])
	}
}
