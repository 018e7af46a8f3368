package admin_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"tandem/internal/api/admin"
	"tandem/internal/call"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

// TestOperations: what is asked for reaches the engine as the model has it, and
// the answer says where to look what comes of it.
func TestOperations(t *testing.T) {
	prompt := []call.Source{{Text: "Hi", Locale: "en-US"}}
	sources := `"sources":[{"text":"Hi","locale":"en-US"}]`
	for _, v := range []struct {
		path, body string
		want       call.Operation
	}{
		{"/play", `{` + sources + `,"loop":true,"interrupt":true}`, call.Operation{Kind: call.Play, Sources: prompt, Loop: true, Interrupt: true}},
		{"/play", `{` + sources + `,"target":"4.0"}`, call.Operation{Kind: call.Play, Sources: prompt, Target: "4.0"}},
		{"/recognize", `{"listen":{"input":"dtmf"}}`, call.Operation{Kind: call.Recognize, Target: call.Customer, Sources: []call.Source{}, Listen: &call.Recognition{
			Input: call.InputDTMF, InitialSilence: 5 * time.Second, InterToneGap: 2 * time.Second, MaxTones: 1,
		}}},
		{"/recognize", `{` + sources + `,"listen":{"input":"choices","locale":"de-DE","interrupt_prompt":true,"initial_silence":9,"choices":[{"label":"a","phrases":["b"],"tone":"1"}]}}`, call.Operation{
			Kind: call.Recognize, Target: call.Customer, Sources: prompt, Listen: &call.Recognition{
				Input: call.InputChoices, InitialSilence: 9 * time.Second, Locale: "de-DE", InterruptPrompt: true, Choices: []call.Choice{{Label: "a", Phrases: []string{"b"}, Tone: "1"}},
			},
		}},
		{"/recognize", `{"listen":{"input":"speech","end_silence":1.5}}`, call.Operation{Kind: call.Recognize, Target: call.Customer, Sources: []call.Source{}, Listen: &call.Recognition{
			Input: call.InputSpeech, InitialSilence: 5 * time.Second, EndSilence: 1500 * time.Millisecond,
		}}},
		{"/play", `{"sources":[{"prompt":"` + contosoPrompt + `"}]}`, call.Operation{Kind: call.Play, Sources: []call.Source{{Prompt: contosoPrompt}}}},
		{"/dtmf", `{"tones":"12#"}`, call.Operation{Kind: call.SendDTMF, Target: call.Customer, Tones: "12#"}},
		{"/cancel-media", ``, call.Operation{Kind: call.CancelMedia}},
		{"/participants/customer/hold", ``, call.Operation{Kind: call.Hold, Target: call.Customer}},
		{"/participants/customer/hold", `{` + sources + `}`, call.Operation{Kind: call.Hold, Target: call.Customer, Sources: prompt}},
		{"/participants/customer/unhold", ``, call.Operation{Kind: call.Unhold, Target: call.Customer}},
		{"/participants/customer/mute", ``, call.Operation{Kind: call.Mute, Target: call.Customer}},
		{"/participants/customer/unmute", ``, call.Operation{Kind: call.Unmute, Target: call.Customer}},
	} {
		w := newWorld(t)
		if undo := v.want.Kind; undo == call.Unhold || undo == call.Unmute {
			w.all[0].Customer = call.Treated{Held: true, Muted: true}
		}
		base := "/v1/calls/" + string(contosoCall)
		a := w.do(t, contosoKey, "POST", base+v.path, v.body).want(http.StatusAccepted)
		var o admin.Operation
		a.into(&o)
		if want := []call.Event{call.OperateAsked{ID: o.ID, Operation: v.want}}; o.ID == "" || !reflect.DeepEqual(w.commands, want) {
			t.Errorf("%s %s: got %#v", v.path, v.body, w.commands)
		}
		if o.Kind != string(v.want.Kind) || o.Target != v.want.Target || o.State != "asked" || a.Header().Get("Location") != base+"/operations/"+o.ID {
			t.Errorf("%s: %+v at %s", v.path, o, a.Header().Get("Location"))
		}
	}
}

// TestOperationsRefused: with the reason, and the engine is not asked.
func TestOperationsRefused(t *testing.T) {
	w := newWorld(t)
	base := "/v1/calls/" + string(contosoCall)
	play := `{"sources":[{"text":"Hi"}],"target":"`
	for _, v := range []struct {
		path, body string
		status     int
		code       string
	}{
		{"/play", `{"sources":[{"prompt":"` + fabrikamPrompt + `"}]}`, http.StatusNotFound, "prompt_unknown"},
		{"/play", `{"sources":[{"prompt":"` + contosoPrompt + `","text":"Hi"}]}`, http.StatusUnprocessableEntity, "request_invalid"},
		{"/participants/4.0/mute", ``, http.StatusUnprocessableEntity, "operation_not_possible"},
		{"/participants/4.0/hold", ``, http.StatusUnprocessableEntity, "operation_not_possible"},
		{"/recognize", `{"target":"4.0","listen":{"input":"dtmf"}}`, http.StatusUnprocessableEntity, "operation_not_possible"},
		{"/dtmf", `{"target":"4.0","tones":"1"}`, http.StatusUnprocessableEntity, "operation_not_possible"},
		{"/participants/9.9/hold", ``, http.StatusNotFound, "participant_unknown"},
		{"/play", play + `9.9"}`, http.StatusNotFound, "participant_unknown"},
		{"/play", `{"sources":[]}`, http.StatusUnprocessableEntity, "request_invalid"},
		{"/play", `{"sources":[{"file":"ftp://x/y"}]}`, http.StatusUnprocessableEntity, "request_invalid"},
		{"/play", play + `customer","interrupt":true}`, http.StatusUnprocessableEntity, "request_invalid"},
		{"/recognize", `{"listen":{"input":"choices"}}`, http.StatusUnprocessableEntity, "request_invalid"},
		{"/recognize", `{"listen":{"input":"smell"}}`, http.StatusUnprocessableEntity, "request_invalid"},
		{"/dtmf", `{"tones":"x"}`, http.StatusUnprocessableEntity, "request_invalid"},
	} {
		w.do(t, contosoKey, "POST", base+v.path, v.body).problem(v.status, v.code)
	}
	w.do(t, contosoKey, "GET", base+"/operations/none", "").problem(http.StatusNotFound, "operation_unknown")
	w.do(t, contosoKey, "GET", base+"/participants/none", "").problem(http.StatusNotFound, "participant_unknown")
	w.do(t, contosoKey, "DELETE", base+"/participants/customer", "").problem(http.StatusUnprocessableEntity, "operation_not_possible")
	w.all[0].Phase = call.Routing
	w.do(t, contosoKey, "POST", base+"/cancel-media", "").problem(http.StatusConflict, "call_state")
	if len(w.commands) > 0 {
		t.Errorf("the engine was asked: %+v", w.commands)
	}
}

// TestAskedAboutCalls: participants, an operation and what is possible.
func TestAskedAboutCalls(t *testing.T) {
	w := newWorld(t)
	base := "/v1/calls/" + string(contosoCall)
	var people struct{ Items []admin.Participant }
	w.do(t, contosoKey, "GET", base+"/participants", "").want(http.StatusOK).into(&people)
	var one admin.Participant
	w.do(t, contosoKey, "GET", base+"/participants/4.0", "").want(http.StatusOK).into(&one)
	if len(people.Items) != 1 || !reflect.DeepEqual(people.Items[0], one) || one.Name != "Adele Vance" {
		t.Errorf("%+v, %+v", people, one)
	}
	var o admin.Operation
	w.do(t, contosoKey, "GET", base+"/operations/"+contosoPlay, "").want(http.StatusOK).into(&o)
	var c admin.Call
	w.do(t, contosoKey, "GET", base, "").want(http.StatusOK).into(&c)
	if o.Recognized == nil || o.Recognized.Tones != "42" || len(c.Operations) != 1 || !reflect.DeepEqual(c.Operations[0], o) {
		t.Errorf("%+v, %+v", o, c.Operations)
	}

	var able struct{ Items []admin.Capability }
	w.do(t, contosoKey, "GET", "/v1/capabilities", "").want(http.StatusOK).into(&able)
	if len(able.Items) != len(call.Capabilities()) {
		t.Errorf("%d capabilities", len(able.Items))
	}
	for _, c := range able.Items {
		if c.Connectivity != string(trunk.ACSDirectRouting) || c.Possible == (c.Means == "") {
			t.Errorf("%+v", c)
		}
	}
}

// TestBeforeTheCall: redirect and reject, while they are possible.
func TestBeforeTheCall(t *testing.T) {
	base := "/v1/calls/" + string(contosoCall)
	for _, v := range []struct {
		path, body string
		want       call.Event
	}{
		{"/redirect", `{"agent":"` + clara + `"}`, call.RedirectAsked{To: call.Person{
			Endpoint: call.Endpoint{Kind: tenant.TeamsUser, ID: "c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a00"}, Name: "Clara Barbosa",
		}}},
		{"/reject", ``, call.RejectAsked{Why: call.RejectNone}},
		{"/reject", `{"reason":"busy"}`, call.RejectAsked{Why: call.RejectBusy}},
		{"/reject", `{"reason":"forbidden"}`, call.RejectAsked{Why: call.RejectForbidden}},
	} {
		w := operation{id: "rejectCall"}.world(t)
		w.do(t, contosoKey, "POST", base+v.path, v.body).want(http.StatusAccepted)
		if want := []call.Event{v.want}; !reflect.DeepEqual(w.commands, want) {
			t.Errorf("%s %s: %#v", v.path, v.body, w.commands)
		}
	}
	w := newWorld(t).withClara(t)
	w.do(t, contosoKey, "POST", base+"/reject", "").problem(http.StatusConflict, "call_state")
	w.do(t, contosoKey, "POST", base+"/reject", `{"reason":"bored"}`).problem(http.StatusUnprocessableEntity, "request_invalid")
	w.do(t, contosoKey, "POST", base+"/redirect", `{"agent":"`+clara+`"}`).problem(http.StatusConflict, "call_state")
	w.do(t, contosoKey, "POST", base+"/redirect", `{"agent":"`+ben+`"}`).problem(http.StatusNotFound, "agent_unknown")
}

// TestWhoCannotBeRung: whoever is asked for by name and cannot be rung is refused
// with what is missing and what mends it.
func TestWhoCannotBeRung(t *testing.T) {
	w := newWorld(t).withClara(t)
	base := "/v1/calls/" + string(contosoCall)
	ask := func(status int, code string) {
		t.Helper()
		for _, door := range []struct{ path, body, at string }{
			{base + "/participants", `{"agent":"` + clara + `"}`, "agent"}, {base + "/consult", `{"agent":"` + clara + `"}`, "agent"},
			{base + "/transfer", `{"agent":"` + clara + `"}`, "agent"}, {base + "/redirect", `{"agent":"` + clara + `"}`, "agent"},
			{"/v1/calls", `{"direction":"outbound","agent":"` + clara + `"}`, "agent"}, {"/v1/calls", `{"agent":"` + clara + `"}`, "agent"},
			{"/v1/calls", `{"agents":["` + clara + `"]}`, "agents[0]"}, {"/v1/calls", `{"agents":["` + clara + `"],"flow":"` + contosoFlow + `"}`, "agents[0]"},
			{"/v1/tenants/" + contoso + "/reservations", `{"agent":"` + clara + `"}`, "agent"},
		} {
			p := w.do(t, contosoKey, "POST", door.path, door.body).problem(status, code)
			if len(p.Errors) != 1 || p.Errors[0].Location != "body."+door.at {
				t.Errorf("%s %s: %+v", door.path, door.body, p.Errors)
			}
		}
		var several admin.Added
		w.do(t, contosoKey, "POST", base+"/participants", `{"participants":[{"agent":"`+clara+`"}]}`).want(http.StatusAccepted).into(&several)
		if p := several.Items[0].Problem; p == nil || p.Code != code || several.Items[0].ID != "" {
			t.Errorf("among several: %+v", p)
		}
		// Of several who are tried in turn one who can be rung is enough, and a queue is a
		// list of people of whom some are away.
		w.do(t, contosoKey, "POST", "/v1/calls", `{"agents":["`+clara+`","`+adele+`"]}`).want(http.StatusCreated)
		w.do(t, contosoKey, "PATCH", "/v1/queues/"+contosoQueue, `{"agents":["`+clara+`"]}`).want(http.StatusOK)
	}
	w.seen = map[tenant.AgentID]tenant.Standing{clara: {Items: []tenant.Item{
		{Name: "presence", State: tenant.ItemFailed}, {Name: "phone_licence", State: tenant.ItemFailed, Seen: "no plan MCOEV", Cure: tenant.Cure{Text: "Assign Teams Phone."}},
	}}}
	ask(http.StatusUnprocessableEntity, "agent_not_ready")
	w.seen[clara] = tenant.Standing{Items: []tenant.Item{{Name: "presence", State: tenant.ItemFailed}}}
	if _, err := w.ChangeAgent(t.Context(), contoso, clara, func(a tenant.Agent) (tenant.Agent, error) { a.PausedAt = day; return a, nil }); err != nil {
		t.Fatal(err)
	}
	ask(http.StatusUnprocessableEntity, "agent_paused")
	if len(w.commands) > 0 {
		t.Errorf("the engine was asked: %+v", w.commands)
	}
	w.do(t, contosoKey, "POST", base+"/transfer", `{"agent":"`+ben+`"}`).problem(http.StatusNotFound, "agent_unknown")
}

// TestWhatIsNotTheTenants: every door that names something in its body takes only what
// is the tenant's, and says where in the body it stands.
func TestWhatIsNotTheTenants(t *testing.T) {
	w := newWorld(t).withClara(t)
	base := "/v1/calls/" + string(contosoCall)
	flowStep := `{"document":{"steps":[{"name":"x","%s":{"%s":%s,"failed":"bye","nobody":"bye","no_answer":"bye"}},{"name":"bye","hang_up":{}}]}}`
	step := func(kind, member, value string) string {
		s := strings.NewReplacer(`"%s":{"%s":%s`, `"`+kind+`":{"`+member+`":`+value).Replace(flowStep)
		if kind == "hand_over" {
			return strings.Replace(s, `"failed":"bye",`, "", 1)
		}
		return strings.Replace(strings.Replace(s, `,"nobody":"bye"`, "", 1), `,"no_answer":"bye"`, "", 1)
	}
	for _, door := range []struct{ path, body, code, at string }{
		{base + "/participants", `{"agent":"` + ben + `"}`, "agent_unknown", "agent"},
		{base + "/participants", `{"queue":"` + fabrikamQueue + `"}`, "queue_unknown", "queue"},
		{base + "/participants", `{"phone_number":"+493098765432","caller_id":"` + otherNumber + `"}`, "number_unknown", "caller_id"},
		{base + "/consult", `{"agent":"` + ben + `"}`, "agent_unknown", "agent"},
		{base + "/consult", `{"queue":"` + fabrikamQueue + `"}`, "queue_unknown", "queue"},
		{base + "/consult", `{"agent":"` + clara + `","sources":[{"prompt":"` + fabrikamPrompt + `"}]}`, "prompt_unknown", "sources[0].prompt"},
		{base + "/transfer", `{"agent":"` + ben + `"}`, "agent_unknown", "agent"},
		{base + "/redirect", `{"agent":"` + ben + `"}`, "agent_unknown", "agent"},
		{base + "/play", `{"sources":[{"prompt":"` + fabrikamPrompt + `"}]}`, "prompt_unknown", "sources[0].prompt"},
		{base + "/recognize", `{"listen":{"input":"dtmf"},"sources":[{"prompt":"` + fabrikamPrompt + `"}]}`, "prompt_unknown", "sources[0].prompt"},
		{base + "/participants/customer/hold", `{"sources":[{"prompt":"` + fabrikamPrompt + `"}]}`, "prompt_unknown", "sources[0].prompt"},
		{"/v1/calls", `{"agent":"` + ben + `"}`, "agent_unknown", "agent"},
		{"/v1/calls", `{"agents":["` + clara + `","` + ben + `"]}`, "agent_unknown", "agents[1]"},
		{"/v1/calls", `{"direction":"outbound","agent":"` + ben + `"}`, "agent_unknown", "agent"},
		{"/v1/calls", `{"queue":"` + fabrikamQueue + `"}`, "queue_unknown", "queue"},
		{"/v1/calls", `{"flow":"` + fabrikamFlow + `"}`, "flow_unknown", "flow"},
		{"/v1/calls", `{"number":"` + otherNumber + `"}`, "number_unknown", "number"},
		{"/v1/tenants/" + contoso + "/reservations", `{"agent":"` + ben + `"}`, "agent_unknown", "agent"},
		{"/v1/numbers", `{"e164":"+493055555555","agents":["` + ben + `"]}`, "agent_unknown", "agents[0]"},
		{"/v1/numbers", `{"e164":"+493055555555","queue":"` + fabrikamQueue + `"}`, "queue_unknown", "queue"},
		{"/v1/numbers", `{"e164":"+493055555555","flow":"` + fabrikamFlow + `"}`, "flow_unknown", "flow"},
		{"/v1/queues", `{"name":"X","agents":["` + ben + `"]}`, "agent_unknown", "agents[0]"},
		{"/v1/flows/validate", step("transfer", "agent", `"`+ben+`"`), "flow_invalid", "document.steps[0].transfer.agent"},
		{"/v1/flows/validate", step("redirect", "agent", `"`+ben+`"`), "flow_invalid", "document.steps[0].redirect.agent"},
		{"/v1/flows/validate", step("hand_over", "queue", `"`+fabrikamQueue+`"`), "flow_invalid", "document.steps[0].hand_over.queue"},
	} {
		status := http.StatusNotFound
		if door.code == "flow_invalid" {
			status = http.StatusUnprocessableEntity
		}
		p := w.do(t, contosoKey, "POST", door.path, door.body).problem(status, door.code)
		if len(p.Errors) != 1 || p.Errors[0].Location != "body."+door.at || strings.Contains(p.Detail, "[") || strings.Contains(p.Detail, "sources") {
			t.Errorf("%s %s: %+v", door.path, door.body, p.Errors)
		}
	}
	if n := len(w.commands) + len(w.plans) + len(w.placed); n > 0 {
		t.Errorf("the engine was asked %d times", n)
	}
}
