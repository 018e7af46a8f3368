package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"tandem/internal/call"
)

func TestConsult(t *testing.T) {
	w := newWorld(t).withClara(t)
	path := "/v1/calls/" + string(contosoCall) + "/consult"
	var k struct{ ID, State, Agent string }
	w.do(t, owner, "POST", path, `{"agent":"`+clara+`","display_name":"Second opinion","sources":[{"prompt":"`+contosoPrompt+`"}]}`).want(http.StatusAccepted).into(&k)
	asked, ok := w.engine.commands[len(w.engine.commands)-1].(call.ConsultAsked)
	if !ok || asked.Add.ID != k.ID || string(asked.Add.Agent) != clara || asked.Add.DisplayName != "Second opinion" || len(asked.Music) != 1 || k.State != "holding" {
		t.Errorf("%+v, %+v", k, asked)
	}
	w.do(t, owner, "POST", path+"/merge", "").problem(http.StatusConflict, "call_state") // there is none yet
	w.all[0].Consult = &call.Consult{Add: asked.Add, State: call.ConsultTalking}
	w.do(t, owner, "POST", path+"/merge", "").want(http.StatusAccepted)
	w.do(t, owner, "POST", path+"/cancel", "").want(http.StatusAccepted)
	n := len(w.engine.commands)
	if w.engine.commands[n-2] != (call.ConsultEndAsked{Merge: true}) || w.engine.commands[n-1] != (call.ConsultEndAsked{}) {
		t.Errorf("%+v", w.engine.commands[n-2:])
	}
	w.all[0].Consult = nil
	for body, code := range map[string]string{
		`{}`: "request_invalid",
		`{"agent":"` + clara + `","sources":[{"text":"a"},{"text":"b"}]}`:                         "request_invalid",
		`{"agent":"` + clara + `","sources":[{"prompt":"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e99"}]}`: "prompt_unknown",
		`{"agent":"` + clara + `","acs_user":"8:acs:x"}`:                                          "request_invalid",
		`{"agent":"7d2c5f0e-9c4e-4a53-8f0e-1f8f5a0d7c99"}`:                                        "agent_unknown",
	} {
		p := w.do(t, owner, "POST", path, body)
		if p.Code < 400 || !strings.Contains(p.Body.String(), code) {
			t.Errorf("%s: %d %s, want %s", body, p.Code, p.Body, code)
		}
	}
	if len(w.engine.commands) != n {
		t.Errorf("%d commands more", len(w.engine.commands)-n)
	}
}
