package admin_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"tandem/internal/api/admin"
	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/roster"
	"tandem/internal/tenant"
)

// queues keeps queues and reservations.
type queues struct {
	shelf[tenant.Queue]
	kept sync.Mutex
	held map[tenant.AgentID]provider.Reservation
}

func queueTenant(q tenant.Queue) tenant.ID { return q.Tenant }

func (s *queues) CreateQueue(_ context.Context, q tenant.Queue) (tenant.Queue, error) {
	if q.ID == "" {
		q.ID = tenant.QueueID(uuid.NewString())
	}
	q.CreatedAt = day
	return s.put(string(q.ID), q)
}
func (s *queues) Queue(_ context.Context, t tenant.ID, id tenant.QueueID) (tenant.Queue, error) {
	return s.get(string(id), in(t, queueTenant))
}
func (s *queues) ListQueues(_ context.Context, t tenant.ID, after tenant.QueueID, limit int) ([]tenant.Queue, error) {
	return s.list(string(after), limit, in(t, queueTenant))
}
func (s *queues) ChangeQueue(_ context.Context, t tenant.ID, id tenant.QueueID, f func(tenant.Queue) (tenant.Queue, error)) (tenant.Queue, error) {
	return s.change(string(id), func(q tenant.Queue) bool { return q.Tenant == t }, f)
}
func (s *queues) DeleteQueue(_ context.Context, t tenant.ID, id tenant.QueueID) error {
	return s.drop(string(id), func(q tenant.Queue) bool { return q.Tenant == t })
}
func (s *queues) CreateReservation(_ context.Context, t tenant.ID, a tenant.AgentID, lasts time.Duration) (provider.Reservation, error) {
	s.kept.Lock()
	defer s.kept.Unlock()
	if _, taken := s.held[a]; taken {
		return provider.Reservation{}, fault.Conflict("agent_taken", "somebody has the agent")
	}
	r := provider.Reservation{ID: tenant.ReservationID(uuid.NewString()), Tenant: t, Agent: a, Until: day.Add(lasts)}
	s.held[a] = r
	return r, nil
}
func (s *queues) Reservation(_ context.Context, t tenant.ID, id tenant.ReservationID) (provider.Reservation, error) {
	s.kept.Lock()
	defer s.kept.Unlock()
	for _, r := range s.held {
		if r.Tenant == t && r.ID == id {
			return r, nil
		}
	}
	return provider.Reservation{}, fault.NotFound("reservation_unknown", "there is no such reservation")
}
func (s *queues) DeleteReservation(ctx context.Context, t tenant.ID, id tenant.ReservationID) error {
	r, err := s.Reservation(ctx, t, id)
	if err == nil {
		s.kept.Lock()
		defer s.kept.Unlock()
		delete(s.held, r.Agent)
	}
	return err
}

// attendance is what the engine says of Adele.
func attendance(at time.Time, availability string) bridge.Attendance {
	a := bridge.Attendance{At: at}
	c := roster.Candidate{
		Agent:    tenant.Agent{ID: adele, Name: "Adele Vance"},
		Presence: roster.Presence{Availability: availability, Activity: "InACall", Source: "graph", At: at.Add(-3 * time.Second)}, FreeAt: day.Add(-time.Minute), Answered: 7,
	}
	if availability == "taken" {
		c.Kept, c.ChosenAt = roster.Kept{Call: contosoCall}, day
	}
	a.Agents = append(a.Agents, roster.Judge(c, at))
	return a
}

func (e *engine) Attendance(_ context.Context, _ tenant.ID, w bridge.Wanted) (bridge.Attendance, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.watched = append(e.watched, w)
	if w.Queue == nobodysQueue {
		return bridge.Attendance{}, fault.NotFound("queue_unknown", "there is no such queue")
	}
	return attendance(day, "Available"), nil
}

func (e *engine) Watch(ctx context.Context, t tenant.ID, w bridge.Wanted) (<-chan bridge.Attendance, error) {
	if _, err := e.Attendance(ctx, t, w); err != nil {
		return nil, err
	}
	all := make(chan bridge.Attendance, 8)
	defer close(all)
	trouble := attendance(day.Add(2*time.Second), "Available")
	trouble.Trouble = "presence could not be read"
	for _, a := range []bridge.Attendance{
		attendance(day, "Available"), trouble, attendance(day.Add(4*time.Second), "Busy"), attendance(day.Add(6*time.Second), "taken"), {At: day.Add(8 * time.Second)},
	} {
		all <- a
	}
	return all, nil
}

const (
	contosoQueue, fabrikamQueue = "1193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77", "2193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77"
	nobodysQueue                = "3193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77"
	contosoHold                 = "4193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77"
)

func (w *world) furnishQueues(t testing.TB) {
	t.Helper()
	for id, of := range map[string]struct{ tenant, agent string }{contosoQueue: {contoso, adele}, fabrikamQueue: {fabrikam, ben}} {
		q := tenant.Queue{ID: tenant.QueueID(id), Tenant: tenant.ID(of.tenant), Name: "Sales", Agents: []tenant.AgentID{tenant.AgentID(of.agent)}, RingTimeout: 25 * time.Second}
		if _, err := w.CreateQueue(t.Context(), q.Normalize()); err != nil {
			t.Fatal(err)
		}
	}
	w.held[adele] = provider.Reservation{ID: contosoHold, Tenant: contoso, Agent: adele, Until: day.Add(10 * time.Second)}
}

func TestQueues(t *testing.T) {
	w := newWorld(t)
	var q struct {
		ID, Tenant, Name, Group, Strategy string
		Agents                            []string
		RingTimeout                       int `json:"ring_timeout"`
		WrapUp                            int `json:"wrap_up"`
		MaxWait                           int `json:"max_wait"`
		MaxLength                         int `json:"max_length"`
		Hours                             *struct {
			Zone string
			Open []struct {
				Days        []string
				From, Until string
			}
		}
	}
	body := fmt.Sprintf(`{"name":" Service ","agents":[%q],"wrap_up":15,"hours":{"zone":"Europe/Berlin","open":[{"days":["fri","mon"],"from":"09:00","until":"24:00"}]}}`, adele)
	a := w.do(t, contosoKey, "POST", "/v1/queues", body).want(http.StatusCreated)
	a.into(&q)
	if q.Name != "Service" || q.Tenant != contoso || q.Strategy != "longest_idle" || q.RingTimeout != 20 || q.WrapUp != 15 || q.MaxWait != 600 || q.MaxLength != 100 ||
		q.Hours == nil || q.Hours.Zone != "Europe/Berlin" || !slices.Equal(q.Hours.Open[0].Days, []string{"mon", "fri"}) || q.Hours.Open[0].Until != "24:00" || a.Header().Get("Location") != "/v1/queues/"+q.ID {
		t.Errorf("%+v at %s", q, a.Header().Get("Location"))
	}
	path := "/v1/queues/" + q.ID
	w.do(t, contosoKey, "PATCH", path, `{"strategy":"round_robin","hours":{"open":[]},"max_length":5}`).want(http.StatusOK).into(&q)
	if kept, err := w.Queue(t.Context(), "", tenant.QueueID(q.ID)); err != nil || kept.Strategy != tenant.RoundRobin || len(kept.Hours.Open) != 0 || kept.MaxLength != 5 || kept.WrapUp != 15*time.Second {
		t.Errorf("%+v, %v", kept, err)
	}

	p := w.do(t, contosoKey, "POST", "/v1/queues", `{"name":"x","agents":[],"wrap_up":15,"hours":{"zone":"Mars","open":[{"days":["mon"],"from":"18:00","until":"09:00"}]}}`).problem(http.StatusUnprocessableEntity, "request_invalid")
	var at []string
	for _, e := range p.Errors {
		at = append(at, e.Location)
	}
	if want := []string{"body.agents", "body.hours.zone", "body.hours.open[0].until"}; !slices.Equal(at, want) {
		t.Errorf("wrong are %v, want %v", at, want)
	}
	w.do(t, contosoKey, "POST", "/v1/queues", fmt.Sprintf(`{"name":"x","agents":[%q]}`, ben)).problem(http.StatusNotFound, "agent_unknown")
	w.do(t, contosoKey, "PATCH", path, fmt.Sprintf(`{"agents":[%q]}`, ben)).problem(http.StatusNotFound, "agent_unknown")
	w.do(t, contosoKey, "PATCH", path, `{"agents":[]}`).problem(http.StatusUnprocessableEntity, "queue_invalid")
}

// A call for a queue, or for who is reserved.
func TestCallsOfQueues(t *testing.T) {
	w := newWorld(t)
	plan := func(body string) call.Plan {
		t.Helper()
		w.do(t, contosoKey, "POST", "/v1/calls", body).want(http.StatusCreated)
		return w.plans[len(w.plans)-1]
	}
	if p := plan(fmt.Sprintf(`{"queue":%q}`, contosoQueue)); p.Queue != contosoQueue || len(p.Agents) > 0 || p.RingTimeout != 25*time.Second || p.Policy != tenant.WithAgent {
		t.Errorf("%+v", p)
	}
	if p := plan(fmt.Sprintf(`{"reservation":%q}`, contosoHold)); p.Reservation != contosoHold || !slices.Equal(p.Agents, []tenant.AgentID{adele}) {
		t.Errorf("%+v", p)
	}
	for body, want := range map[string]struct {
		status int
		code   string
	}{
		fmt.Sprintf(`{"queue":%q}`, fabrikamQueue): {http.StatusNotFound, "queue_unknown"},
		`{"queue":"x"}`: {http.StatusUnprocessableEntity, "request_invalid"},
		fmt.Sprintf(`{"queue":%q,"agent":%q}`, contosoQueue, adele):             {http.StatusUnprocessableEntity, "request_invalid"},
		fmt.Sprintf(`{"queue":%q,"answer_policy":"at_once"}`, contosoQueue):     {http.StatusUnprocessableEntity, "request_invalid"},
		fmt.Sprintf(`{"queue":%q,"direction":"outbound"}`, contosoQueue):        {http.StatusUnprocessableEntity, "request_invalid"},
		fmt.Sprintf(`{"queue":%q,"reservation":%q}`, contosoQueue, contosoHold): {http.StatusUnprocessableEntity, "request_invalid"},
		fmt.Sprintf(`{"agents":[%q],"reservation":%q}`, adele, contosoHold):     {http.StatusUnprocessableEntity, "request_invalid"},
		fmt.Sprintf(`{"reservation":%q}`, nobodysQueue):                         {http.StatusConflict, "reservation_lapsed"},
		fmt.Sprintf(`{"reservation":%q,"direction":"outbound"}`, nobodysQueue):  {http.StatusConflict, "reservation_lapsed"},
		`{"reservation":"x"}`: {http.StatusUnprocessableEntity, "request_invalid"},
	} {
		w.do(t, contosoKey, "POST", "/v1/calls", body).problem(want.status, want.code)
	}
	w.do(t, fabrikamKey, "POST", "/v1/calls", fmt.Sprintf(`{"reservation":%q}`, contosoHold)).problem(http.StatusConflict, "reservation_lapsed")

	w.withClara(t)
	path := "/v1/calls/" + string(contosoCall) + "/participants"
	w.do(t, contosoKey, "POST", path, fmt.Sprintf(`{"agent":%q,"reservation":%q}`, clara, contosoHold)).problem(http.StatusConflict, "reservation_lapsed")
	r, err := w.CreateReservation(t.Context(), contoso, clara, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	w.do(t, contosoKey, "POST", path, fmt.Sprintf(`{"agent":%q,"reservation":%q}`, clara, r.ID)).want(http.StatusAccepted)
	if got, is := w.commands[len(w.commands)-1].(call.AddAsked); !is || got.Agent != clara || got.Reservation != r.ID {
		t.Errorf("asked for %+v", got)
	}
}

func TestReservationsOfAgents(t *testing.T) {
	w := newWorld(t).withClara(t)
	path := "/v1/tenants/" + contoso + "/reservations"
	var r struct{ ID, Agent, Until string }
	w.do(t, contosoKey, "POST", path, fmt.Sprintf(`{"agent":%q}`, clara)).want(http.StatusCreated).into(&r)
	if r.Agent != clara || r.Until != "2026-11-22T09:30:10Z" {
		t.Errorf("%+v", r)
	}
	w.do(t, contosoKey, "POST", path, fmt.Sprintf(`{"agent":%q}`, clara)).problem(http.StatusConflict, "agent_taken")
	w.do(t, contosoKey, "POST", path, fmt.Sprintf(`{"agent":%q}`, ben)).problem(http.StatusNotFound, "agent_unknown")
	w.do(t, contosoKey, "POST", path, fmt.Sprintf(`{"agent":%q,"seconds":31}`, clara)).problem(http.StatusUnprocessableEntity, "request_invalid")
	w.do(t, contosoKey, "DELETE", path+"/"+r.ID, "").want(http.StatusNoContent)
	w.do(t, contosoKey, "DELETE", path+"/"+r.ID, "").problem(http.StatusNotFound, "reservation_unknown")
	w.do(t, contosoKey, "POST", path, fmt.Sprintf(`{"agent":%q,"seconds":30}`, clara)).want(http.StatusCreated)
}

func TestAvailability(t *testing.T) {
	w := newWorld(t).withClara(t)
	path := "/v1/tenants/" + contoso + "/availability"
	var got struct {
		At     string
		Agents []struct {
			Agent, State, Why, Since, Presence, Activity, Source string
			AgeS                                                 float64 `json:"age_s"`
			Answered                                             int     `json:"answered_today"`
		}
	}
	w.do(t, contosoKey, "GET", path+"?agents="+adele+","+clara, "").want(http.StatusOK).into(&got)
	if x := got.Agents[0]; x.Agent != adele || x.State != "free" || x.Since == "" || x.Presence != "Available" || x.Activity != "InACall" || x.Source != "graph" || x.AgeS != 3 || x.Answered != 7 ||
		x.Why != "Adele Vance is free: Available (InACall), 3 s old from graph" {
		t.Errorf("%+v", x)
	}
	for query, want := range map[string]bridge.Wanted{
		"": {}, "?queue=" + contosoQueue: {Queue: contosoQueue}, "?group=" + salesGroup: {Group: salesGroup}, "?agents=" + adele + "," + clara: {Agents: []tenant.AgentID{adele, clara}},
	} {
		w.do(t, contosoKey, "GET", path+query, "").want(http.StatusOK)
		if last := w.watched[len(w.watched)-1]; fmt.Sprint(last) != fmt.Sprint(want) {
			t.Errorf("%s: %+v", query, last)
		}
	}
	w.do(t, contosoKey, "GET", path+"?queue="+nobodysQueue, "").problem(http.StatusNotFound, "queue_unknown")
	for _, of := range []string{"", "/stream"} { // another tenant's is not left out in silence: a router would wait for him
		p := w.do(t, contosoKey, "GET", path+of+"?agents="+adele+","+ben, "").problem(http.StatusNotFound, "agent_unknown")
		if len(p.Errors) != 1 || p.Errors[0].Location != "query.agents[1]" {
			t.Errorf("%+v", p.Errors)
		}
	}
	w.do(t, contosoKey, "GET", path+"?agents="+strings.ToUpper(adele), "").want(http.StatusOK)
	for _, bad := range []string{"?agents=x", "?group=x", "?queue=x", "?queue=" + contosoQueue + "&group=" + salesGroup} {
		w.do(t, contosoKey, "GET", path+bad, "").problem(http.StatusUnprocessableEntity, "request_invalid")
	}
}

// What changes is told, once; that time passes is not.
func TestAvailabilityStream(t *testing.T) {
	w := newWorld(t)
	srv := httptest.NewServer(w.handler)
	defer srv.Close()
	req, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL+"/v1/tenants/"+contoso+"/availability/stream?queue="+contosoQueue, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+contosoKey)
	client := srv.Client()
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if ct := res.Header.Get("Content-Type"); ct != "text/event-stream" {
		t.Errorf("it is %s", ct)
	}
	var told []string
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if kind, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			lines.Scan()
			state := lines.Text()
			for _, s := range []string{"free", "unavailable", "taken"} {
				if strings.Contains(state, `"state":"`+s+`"`) {
					kind += " " + s
				}
			}
			told = append(told, kind)
		}
	}
	if want := []string{"availability free", "trouble", "trouble", "availability unavailable", "availability taken", "gone"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// TestNumbersOfQueues: callers of a number wait in a queue, and in nothing besides.
func TestNumbersOfQueues(t *testing.T) {
	w := newWorld(t)
	var n admin.Number
	w.do(t, contosoKey, "POST", "/v1/numbers", fmt.Sprintf(`{"e164":"+493055555555","queue":%q}`, contosoQueue)).want(http.StatusCreated).into(&n)
	if n.Queue != contosoQueue || n.AnswerPolicy != "with_agent" {
		t.Errorf("%+v", n)
	}
	path := "/v1/numbers/" + n.E164
	for body, at := range map[string]string{
		fmt.Sprintf(`{"flow":%q}`, contosoFlow): "queue", fmt.Sprintf(`{"agents":[%q]}`, adele): "agents", `{"queue":"x"}`: "queue",
	} {
		p := w.do(t, contosoKey, "PATCH", path, body).problem(http.StatusUnprocessableEntity, "number_invalid")
		if len(p.Errors) != 1 || p.Errors[0].Location != "body."+at {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
	w.do(t, contosoKey, "PATCH", path, fmt.Sprintf(`{"queue":%q}`, fabrikamQueue)).problem(http.StatusNotFound, "queue_unknown")
	n = admin.Number{}
	w.do(t, contosoKey, "PATCH", path, fmt.Sprintf(`{"queue":null,"agents":[%q]}`, adele)).want(http.StatusOK).into(&n)
	if n.Queue != "" || len(n.Agents) != 1 {
		t.Errorf("%+v", n)
	}
}
