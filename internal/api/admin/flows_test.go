package admin_test

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"tandem/internal/api/admin"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/flow"
	"tandem/internal/tenant"
)

const contosoFlow, fabrikamFlow = "0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e05", "0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e06"

// flows keeps the versions by flow.
type flows struct {
	shelf[flow.Flow]
	guard    sync.Mutex
	versions map[tenant.FlowID][]flow.Document
	mute     bool // no cognitive endpoint
}

func flowTenant(f flow.Flow) tenant.ID { return f.Tenant }

func (s *flows) keep(id tenant.FlowID, d flow.Document) {
	s.guard.Lock()
	defer s.guard.Unlock()
	if s.versions == nil {
		s.versions = map[tenant.FlowID][]flow.Document{}
	}
	s.versions[id] = append(s.versions[id], d)
}

func (s *flows) CreateFlow(_ context.Context, f flow.Flow, d flow.Document) (flow.Flow, error) {
	f.ID, f.Published, f.Newest, f.CreatedAt, f.ChangedAt = cmp.Or(f.ID, tenant.FlowID(uuid.NewString())), 1, 1, day, day
	s.keep(f.ID, d)
	return s.put(string(f.ID), f)
}

func (s *flows) Flow(_ context.Context, t tenant.ID, id tenant.FlowID) (flow.Flow, error) {
	return s.get(string(id), in(t, flowTenant))
}

func (s *flows) ListFlows(_ context.Context, t tenant.ID, after tenant.FlowID, limit int) ([]flow.Flow, error) {
	return s.list(string(after), limit, in(t, flowTenant))
}

func (s *flows) AddFlowVersion(_ context.Context, t tenant.ID, id tenant.FlowID, d flow.Document) (flow.Flow, error) {
	return s.change(string(id), in(t, flowTenant), func(f flow.Flow) (flow.Flow, error) {
		f.Newest++
		s.keep(id, d)
		return f, nil
	})
}

func (s *flows) FlowVersion(_ context.Context, t tenant.ID, id tenant.FlowID, n int) (flow.Version, error) {
	s.guard.Lock()
	defer s.guard.Unlock()
	if n > len(s.versions[id]) {
		return flow.Version{}, fault.NotFound("flow_version_unknown", "no such version")
	}
	return flow.Version{Flow: id, Tenant: t, Version: n, Document: s.versions[id][n-1], CreatedAt: day}, nil
}

func (s *flows) PublishFlow(_ context.Context, t tenant.ID, id tenant.FlowID, n int) (flow.Flow, error) {
	return s.change(string(id), in(t, flowTenant), func(f flow.Flow) (flow.Flow, error) {
		if n > f.Newest {
			return f, fault.NotFound("flow_version_unknown", "no such version")
		}
		f.Published = n
		return f, nil
	})
}

func (s *flows) DeleteFlow(_ context.Context, t tenant.ID, id tenant.FlowID) error {
	return s.drop(string(id), in(t, flowTenant))
}

func (s *flows) Speech(context.Context, tenant.ID) (bool, error) { return !s.mute, nil }

func (w *world) furnishFlows(t testing.TB) {
	t.Helper()
	for id, of := range map[tenant.FlowID]tenant.ID{contosoFlow: contoso, fabrikamFlow: fabrikam} {
		if _, err := w.CreateFlow(t.Context(), flow.Flow{ID: id, Tenant: of, Name: "Service line"}, flow.Document{Steps: []flow.Block{{Name: "bye", HangUp: &flow.HangUp{}}}}); err != nil {
			t.Fatal(err)
		}
	}
}

const line = `{"steps":[
	{"name":"menu","ask":{"sounds":[{"text":"Press one."}],"choices":[{"label":"sales","tone":"1","next":"sales"}],"no_input":"bye","not_understood":"bye"}},
	{"name":"sales","hand_over":{"agents":["` + adele + `"],"music":[{"prompt":"` + contosoPrompt + `"}],"nobody":"bye","no_answer":"bye"}},
	{"name":"bye","hang_up":{"sounds":[{"text":"Goodbye."}]}}]}`

func TestFlows(t *testing.T) {
	w := newWorld(t)
	var f admin.Flow
	a := w.do(t, contosoKey, "POST", "/v1/flows", `{"name":" Sales ","document":`+line+`}`).want(http.StatusCreated)
	a.into(&f)
	if f.Name != "Sales" || f.Tenant != contoso || f.Published != 1 || a.Header().Get("Location") != "/v1/flows/"+string(f.ID) {
		t.Errorf("%s", a.Body)
	}
	at := "/v1/flows/" + string(f.ID)
	a = w.do(t, contosoKey, "POST", at+"/versions", `{"document":{"steps":[{"name":"bye","hang_up":{}}]}}`).want(http.StatusCreated)
	if a.into(&f); f.Newest != 2 || f.Published != 1 || a.Header().Get("Location") != at+"/versions/2" {
		t.Errorf("%s", a.Body)
	}
	if w.do(t, contosoKey, "POST", at+"/publish", `{"version":2}`).want(http.StatusOK).into(&f); f.Published != 2 {
		t.Errorf("%+v", f)
	}
	w.do(t, contosoKey, "POST", at+"/publish", `{"version":3}`).want(http.StatusNotFound)
	w.do(t, contosoKey, "GET", at+"/versions/9", "").want(http.StatusNotFound)
	var v admin.FlowVersion
	w.do(t, contosoKey, "GET", at+"/versions/1", "").want(http.StatusOK).into(&v)
	var want flow.Document
	if err := json.Unmarshal([]byte(line), &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(v.Document, want) {
		t.Errorf("%+v", v)
	}

	var n admin.Number
	if w.do(t, contosoKey, "PATCH", "/v1/numbers/"+theirNumber, `{"flow":"`+string(f.ID)+`"}`).want(http.StatusOK).into(&n); n.Flow != string(f.ID) || n.AnswerPolicy != "at_once" {
		t.Errorf("%+v", n)
	}
	w.do(t, contosoKey, "PATCH", "/v1/numbers/"+theirNumber, `{"flow":"`+fabrikamFlow+`"}`).problem(http.StatusNotFound, "flow_unknown")
	w.do(t, contosoKey, "POST", "/v1/numbers", `{"e164":"+493055555556","flow":"`+fabrikamFlow+`"}`).problem(http.StatusNotFound, "flow_unknown")
	n = admin.Number{}
	if w.do(t, contosoKey, "PATCH", "/v1/numbers/"+theirNumber, `{"flow":""}`).want(http.StatusOK).into(&n); n.Flow != "" {
		t.Errorf("%+v", n)
	}
}

// TestFlowsThatAreNotValid: everything at once, with the tenant's own things, and the
// same wherever a document is sent.
func TestFlowsThatAreNotValid(t *testing.T) {
	w := newWorld(t)
	w.mute = true
	wrong := strings.NewReplacer(adele, ben, contosoPrompt, fabrikamPrompt, `"no_input":"bye"`, `"no_input":"nowhere"`).Replace(line)
	for _, path := range []string{"/v1/flows/validate", "/v1/flows", "/v1/flows/" + contosoFlow + "/versions"} {
		body := `{"document":` + wrong + `}`
		if path == "/v1/flows" {
			body = `{"name":"x","document":` + wrong + `}`
		}
		var got []string
		for _, e := range w.do(t, contosoKey, "POST", path, body).problem(http.StatusUnprocessableEntity, "flow_invalid").Errors {
			got = append(got, e.Location)
		}
		want := []string{
			"body.document.steps[0].ask.no_input", "body.document.steps[0].ask.sounds[0]", "body.document.steps[1].hand_over.agents[0]",
			"body.document.steps[1].hand_over.music[0].prompt", "body.document.steps[2].hang_up.sounds[0]",
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s: %q", path, got)
		}
	}
	p := w.do(t, contosoKey, "POST", "/v1/flows/validate", `{"document":{"steps":[{"name":"x","sing":{}}]}}`).problem(http.StatusUnprocessableEntity, "request_invalid")
	if len(p.Errors) != 2 || p.Errors[0].Location != "body.document.steps[0].sing" || p.Errors[1].Location != "body.document.steps[0]" {
		t.Errorf("%+v", p.Errors)
	}
	w.mute = false
	var checked admin.FlowChecked
	if w.do(t, contosoKey, "POST", "/v1/flows/validate", `{"document":`+line+`}`).want(http.StatusOK).into(&checked); checked.Steps != 3 {
		t.Errorf("%+v", checked)
	}
}

func TestRehearsal(t *testing.T) {
	w := newWorld(t)
	var r admin.Rehearsal
	w.do(t, contosoKey, "POST", "/v1/flows/rehearse", `{"document":`+line+`,"answers":[{"press":"1"}],"handovers":[{"brings":"answered","after_s":12}]}`).want(http.StatusOK).into(&r)
	var got []string
	for _, l := range r.Lines {
		got = append(got, l.Step+" "+l.What)
	}
	want := []string{"menu enters", "menu asked", "menu presses", "sales enters", "sales seeks", "sales rings", "sales hears", "sales answered"}
	if !slices.Equal(got, want) || r.Lines[len(want)-1].AfterS < 12 {
		t.Errorf("%+v", r.Lines)
	}
	w.do(t, contosoKey, "POST", "/v1/flows/rehearse", `{"document":`+line+`,"answers":[{"press":"1","say":"one"}]}`).problem(http.StatusUnprocessableEntity, "script_invalid")
	w.do(t, contosoKey, "POST", "/v1/flows/rehearse", `{"document":{"steps":[]}}`).want(http.StatusUnprocessableEntity)
}

func TestTheFlowOfACall(t *testing.T) {
	w := newWorld(t)
	c := &w.all[0]
	c.Plan.Flow = &call.FlowRef{ID: contosoFlow, Version: 3}
	c.Flow = call.FlowPosition{Step: "sales", Since: day}
	c.Handover = call.Handover{State: call.HandoverWaiting, Queue: "q", Position: 2, Estimate: 90 * time.Second}
	var v admin.Call
	w.do(t, contosoKey, "GET", "/v1/calls/"+string(contosoCall), "").want(http.StatusOK).into(&v)
	since := day
	want := &admin.CallFlow{Flow: contosoFlow, Version: 3, Step: "sales", Since: &since, Handover: &admin.CallHandover{State: "waiting", Queue: "q", Position: 2, EstimateS: 90}}
	if !reflect.DeepEqual(v.Flow, want) {
		t.Errorf("%+v", v.Flow)
	}
	c.Phase, c.Handover.Since = call.Routing, day // it is told where any call's place is told, too
	if w.do(t, contosoKey, "GET", "/v1/calls/"+string(contosoCall), "").want(http.StatusOK).into(&v); v.Waiting == nil || v.Waiting.Position != 2 || v.Waiting.EstimateS != 90 {
		t.Errorf("%+v", v.Waiting)
	}
}

// TestAllThatIsWrongWithAFlowAtOnce: what the schema finds hides nothing of what the
// domain does, and nothing is told that follows from it.
func TestAllThatIsWrongWithAFlowAtOnce(t *testing.T) {
	w := newWorld(t)
	w.mute = true
	document := `{"steps":[
		{"name":"Menu","ask":{"sounds":[],"choices":[{"label":"x","tone":"1","next":"nowhere"}],"no_input":"bye","not_understood":"bye","retries":9}},
		{"name":"bye","dance":{}},
		{"name":"clock","hours":{"zone":"Mars/Olympus","weekly":"always","open":"bye","closed":"bye"}}]}`
	want := []string{
		"body.document.steps[0].ask.choices[0].next", "body.document.steps[0].ask.retries", "body.document.steps[0].ask.sounds", "body.document.steps[0].name",
		"body.document.steps[1]", "body.document.steps[1].dance", "body.document.steps[2].hours.weekly", "body.document.steps[2].hours.zone",
	}
	for path, body := range map[string]string{
		"/v1/flows":                              `{"name":"x","document":` + document + `}`,
		"/v1/flows/validate":                     `{"document":` + document + `}`,
		"/v1/flows/rehearse":                     `{"document":` + document + `}`,
		"/v1/flows/" + contosoFlow + "/versions": `{"document":` + document + `}`,
	} {
		var got []string
		for _, e := range w.do(t, contosoKey, "POST", path, body).problem(http.StatusUnprocessableEntity, "request_invalid").Errors {
			got = append(got, e.Location)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s: %q", path, got)
		}
	}
	w.mute = false
	p := w.do(t, contosoKey, "POST", "/v1/flows", `{"name":"  ","document":{"steps":[{"name":"a","hang_up":{"sounds":[{"text":"{place}"}]}}]}}`).
		problem(http.StatusUnprocessableEntity, "flow_invalid")
	if len(p.Errors) != 2 || p.Errors[0].Location != "body.name" || p.Errors[1].Location != "body.document.steps[0].hang_up.sounds[0].text" {
		t.Errorf("%+v", p.Errors)
	}
}
