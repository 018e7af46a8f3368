package admin_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"tandem/internal/api/admin"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

const guest = "8:acs:1f3a1f7a-70a4-4a53-8f0a-7d7a5b0f0c33_0000001f-53ab-4b53-8a3c-5f2f6f1f9a02"

// TestAddSeveral: each has a result of his own, and who is refused keeps nobody else
// from being rung.
func TestAddSeveral(t *testing.T) {
	w := newWorld(t).withClara(t)
	base := "/v1/calls/" + string(contosoCall) + "/participants"
	var added admin.Added
	w.do(t, contosoKey, "POST", base, `{"participants":[{"agent":"`+clara+`"},{"agent":"`+adele+`"},{"agent":"`+ben+`"},
		{"acs_user":"`+strings.ToUpper(guest)+`","display_name":"Interpreter"}]}`).want(http.StatusAccepted).into(&added)
	codes := []string{"", "call_state", "agent_unknown", ""} // Adele is in the call, Ben is another tenant's
	if len(added.Items) != len(codes) {
		t.Fatalf("%+v", added.Items)
	}
	for i, item := range added.Items {
		code := ""
		if item.Problem != nil {
			code = item.Problem.Code
		}
		if code != codes[i] || (code == "") != (item.ID != "") {
			t.Errorf("%d: %+v, problem %+v, want %q", i, item, item.Problem, codes[i])
		}
	}
	want := []call.Event{
		call.AddAsked{ID: added.Items[0].ID, Agent: clara},
		call.AddAsked{ID: added.Items[3].ID, Outside: call.Endpoint{Kind: tenant.ACSUser, ID: strings.ToLower(guest)}, DisplayName: "Interpreter"},
	}
	if !reflect.DeepEqual(w.commands, want) {
		t.Errorf("got %#v", w.commands)
	}
}

// TestAddBehind: a call that was shown as connected takes somebody, although what the
// engine has at hand is a step behind.
func TestAddBehind(t *testing.T) {
	w := newWorld(t).withClara(t)
	w.known = w.all[0]
	w.known.Phase = call.Routing
	w.do(t, contosoKey, "POST", "/v1/calls/"+string(contosoCall)+"/participants", `{"agent":"`+clara+`"}`).want(http.StatusAccepted)
}

// TestAddBehindRefused: what a call under way does not permit is told as the engine finds
// it, not as what is at hand says.
func TestAddBehindRefused(t *testing.T) {
	w := newWorld(t).withClara(t)
	w.known = w.all[0]
	routing := w.all[0]
	routing.Phase = call.Routing
	why := routing.Permit(call.AddAsked{ID: "p", Agent: clara})
	if why == nil {
		t.Fatal("a call that is being routed takes somebody")
	}
	w.askFunc = func(call.ID, call.Event) error { return fault.Conflict("not_permitted", why.Error()).Because(why) }
	a := w.do(t, contosoKey, "POST", "/v1/calls/"+string(contosoCall)+"/participants", `{"agent":"`+clara+`"}`).want(http.StatusConflict)
	if !strings.Contains(a.Body.String(), "call_state") || strings.Count(a.Body.String(), why.Error()) != 1 {
		t.Errorf("said %s", a.Body)
	}
}

// TestAddNonsense: all mistakes at once, and nobody is rung.
func TestAddNonsense(t *testing.T) {
	w := newWorld(t).withClara(t)
	base := "/v1/calls/" + string(contosoCall) + "/participants"
	for body, places := range map[string][]string{
		`{}`: {"body.agent"},
		`{"agent":"` + clara + `","acs_user":"` + guest + `"}`:                                 {"body.agent"},
		`{"agent":"` + clara + `","participants":[{"agent":"` + clara + `"}]}`:                 {"body.participants"},
		`{"participants":[{"agent":"x"},{"acs_user":"8:acs:1_2"},{}]}`:                         {"body.participants[0].agent", "body.participants[1].acs_user", "body.participants[2].agent"},
		`{"queue":"x","max_wait":5}`:                                                           {"body.queue"},
		`{"agent":"` + clara + `","max_wait":5}`:                                               {"body.max_wait"},
		`{"agent":"` + clara + `","queue":"` + contosoQueue + `"}`:                             {"body.agent"},
		`{"participants":[{"queue":"` + contosoQueue + `"},{"queue":"` + contosoQueue + `"}]}`: {"body.participants[1].agent"},
		`{"participants":[{"acs_user":"` + guest + `"},{"acs_user":"` + guest + `"}]}`:         {"body.participants[1].agent"},
		`{"acs_user":"` + strings.Replace(guest, "_", "_"+guest[6:42]+"_", 1) + `"}`:           {"body.acs_user"}, // of Teams Phone extensibility
		`{"participants":[` + strings.Repeat(`{"agent":"`+clara+`"},`, 20) + `{"agent":"x"}]}`: nil,
	} {
		a := w.do(t, contosoKey, "POST", base, body).want(http.StatusUnprocessableEntity)
		for _, place := range places {
			if !strings.Contains(a.Body.String(), `"`+place+`"`) {
				t.Errorf("%s: %s is not named in %s", body, place, a.Body)
			}
		}
	}
	if len(w.commands) != 0 {
		t.Errorf("asked for %v", w.commands)
	}
}

// TestWhoIsAsked: an agent who is being looked for is shown, and can be taken back.
func TestWhoIsAsked(t *testing.T) {
	w := newWorld(t).withClara(t)
	w.all[0].Adds = []call.Sought{{AddAsked: call.AddAsked{ID: "p", Agent: clara}}}
	base := "/v1/calls/" + string(contosoCall) + "/participants"
	var people struct{ Items []admin.Participant }
	w.do(t, contosoKey, "GET", base, "").want(http.StatusOK).into(&people)
	if len(people.Items) != 2 || people.Items[1].State != "asked" || people.Items[1].Agent != clara {
		t.Errorf("%+v", people.Items)
	}
	w.do(t, contosoKey, "GET", base+"/p", "").want(http.StatusOK)
	w.do(t, contosoKey, "DELETE", base+"/p", "").want(http.StatusAccepted)
	if !reflect.DeepEqual(w.commands, []call.Event{call.RemoveAsked{Participant: "p"}}) {
		t.Errorf("%v", w.commands)
	}
}

// TestAddQueue: what the engine is asked for, and what is shown while somebody is looked
// for and afterwards.
func TestAddQueue(t *testing.T) {
	w := newWorld(t)
	base := "/v1/calls/" + string(contosoCall) + "/participants"
	var added admin.Added
	w.do(t, contosoKey, "POST", base, `{"queue":"`+contosoQueue+`","max_wait":90,"display_name":"Escalation"}`).want(http.StatusAccepted).into(&added)
	id := added.Items[0].ID
	if want := (call.AddAsked{ID: id, Queue: contosoQueue, MaxWait: 90 * time.Second, DisplayName: "Escalation"}); len(w.commands) != 1 || w.commands[0] != want || added.Items[0].Queue != contosoQueue {
		t.Errorf("%+v, %+v", w.commands, added.Items)
	}
	c := &w.all[0]
	c.Adds = []call.Sought{{AddAsked: call.AddAsked{ID: id, Queue: contosoQueue}, Waiting: call.Waiting{Since: day, Position: 2, Estimate: time.Minute, Why: []string{"busy"}}}}
	var one admin.Participant
	w.do(t, contosoKey, "GET", base+"/"+id, "").want(http.StatusOK).into(&one)
	if one.State != "asked" || one.Queue != contosoQueue || one.Waiting == nil || one.Waiting.Position != 2 || one.Waiting.EstimateS != 60 || len(one.Waiting.Why) != 1 {
		t.Errorf("%+v", one)
	}
	w.do(t, contosoKey, "POST", base, `{"queue":"`+contosoQueue+`"}`).problem(http.StatusConflict, "call_state")
	w.do(t, contosoKey, "DELETE", base+"/"+id, "").want(http.StatusAccepted)

	c.Adds = nil
	c.Participants = append(c.Participants, call.Participant{ID: "9.0", Agent: clara, Queue: contosoQueue, For: id, State: call.Joined})
	one = admin.Participant{}
	w.do(t, contosoKey, "GET", base+"/"+id, "").want(http.StatusOK).into(&one)
	if one.ID != "9.0" || one.AskedAs != id || one.Waiting != nil {
		t.Errorf("%+v", one)
	}
	w.do(t, contosoKey, "DELETE", base+"/"+id, "").want(http.StatusAccepted)
	if last := w.commands[len(w.commands)-1]; last != (call.RemoveAsked{Participant: id}) {
		t.Errorf("%+v", last)
	}
}

// TestUsersOfAnotherResource: Microsoft knows the identities of the call's own alone.
func TestUsersOfAnotherResource(t *testing.T) {
	w := newWorld(t)
	w.all[0].Connection.Resource = "eu-0"
	path := "/v1/calls/" + string(contosoCall) + "/participants"
	p := w.do(t, contosoKey, "POST", path, `{"acs_user":"`+guest+`"}`).problem(http.StatusUnprocessableEntity, "acs_user_foreign")
	if len(p.Errors) != 1 || p.Errors[0].Location != "body.acs_user" || !strings.Contains(p.Detail, "eu-0") {
		t.Errorf("%+v", p)
	}
	w.do(t, contosoKey, "POST", path, `{"acs_user":"8:acs:E9C1F8D2-2B49-4A53-8A2C-0A4B1F3F5D44`+guest[42:]+`"}`).want(http.StatusAccepted)
}
