package dev_test

import (
	"flag"
	"net/url"
	"strings"
	"testing"
	"time"

	"tandem/internal/dev"
)

var agents = flag.Int("agents", 10000, "how many agents BenchmarkReadiness looks at")

// admins are the people of an organisation that is no customer yet, at their
// browsers; laps are how long each stretch of their way took.
type admins struct {
	s                          *stack
	org                        organisation
	tenant, word               string
	global, teamsAdmin, person string
	b, other                   *browser
	laps                       map[string]time.Duration
	since                      time.Time
}

// invited is Adatum with a link; whoever is rung there accepts at once.
func (s *stack) invited(t testing.TB) *admins {
	t.Helper()
	a := &admins{s: s, org: s.organisation(t, "adatum.example"), laps: map[string]time.Duration{}, b: s.browser(t), other: s.browser(t)}
	a.global, a.teamsAdmin, a.person = a.org.person(t, "Gloria Hart"), a.org.person(t, "Theo Lindqvist"), a.org.person(t, "Aisha Khan")
	s.control(t, "PUT", "/users/"+a.person, map[string]any{"behaviour": map[string]any{"do": "accept"}}, nil)
	a.since = time.Now()
	a.tenant, a.word = s.invite(t, a.org.Name)
	a.lap("invite")
	return a
}

func (a *admins) lap(name string) {
	now := time.Now()
	a.laps[name] += now.Sub(a.since)
	a.since = now
}

func (a *admins) of(path string) string { return "/tenants/" + a.tenant + path }

// done waits until a step is done, as the page does that asks again and again.
func (a *admins) done(t testing.TB, step string) {
	t.Helper()
	eventually(t, step, 5*soon, func() bool {
		var k track
		return a.b.do(t, "GET", a.of("/onboarding"), nil, &k) == 200 && k.step(step) == "done"
	})
}

func (a *admins) signIn(t testing.TB) {
	t.Helper()
	if at := a.b.signIn(t, "invitation="+a.word, a.global); at.Path != "/tenant" {
		t.Fatalf("signed in, and then at %s", at)
	}
	a.lap("sign_in")
}

func (a *admins) consent(t testing.TB) {
	t.Helper()
	var away struct{ URL string }
	if status := a.b.do(t, "POST", a.of("/consent"), map[string]string{}, &away); status != 200 {
		t.Fatalf("consent: %d", status)
	}
	at, _ := a.b.open(t, away.URL)
	if at, page := a.b.press(t, at, url.Values{"user": {a.global}, "action": {"accept"}}); at.Path != "/tenant" {
		t.Fatalf("consented, and then at %s: %.300s", at, page)
	}
	a.done(t, "consent")
	a.lap("consent")
}

func (a *admins) federation(t testing.TB) {
	t.Helper()
	var hand struct{ Link string }
	if status := a.b.do(t, "POST", a.of("/handover"), map[string]string{"step": "federation"}, &hand); status >= 300 {
		t.Fatalf("handover: %d", status)
	}
	a.other.signIn(t, "invitation="+hand.Link[strings.LastIndex(hand.Link, "/")+1:], a.teamsAdmin)
	var federation struct{ Script string }
	if status := a.other.do(t, "GET", a.of("/federation"), nil, &federation); status != 200 {
		t.Fatalf("federation: %d", status)
	}
	a.lap("handover")
	var ran struct{ Output, Error string }
	a.s.simulator(t, "POST", "/teams/tenants/"+a.org.ID+"/script", map[string]string{"script": federation.Script}, &ran)
	if ran.Error != "" {
		t.Fatalf("the script fails: %s\n%s", ran.Error, ran.Output)
	}
	a.lap("script")
	if status := a.other.do(t, "POST", a.of("/federation/check"), map[string]string{"oid": a.person, "name": "Aisha Khan"}, nil); status != 202 {
		t.Fatalf("check: %d", status)
	}
	a.done(t, "federation")
	a.lap("federation")
}

func (a *admins) people(t testing.TB) {
	t.Helper()
	if status := a.b.do(t, "POST", a.of("/agents"), map[string]any{"oids": []string{a.person}}, nil); status >= 300 {
		t.Fatalf("add: %d", status)
	}
	a.done(t, "people")
	a.lap("people")
}

func (a *admins) testCall(t testing.TB) {
	t.Helper()
	var k track
	active := func() bool {
		return a.b.do(t, "GET", a.of("/onboarding"), nil, &k) == 200 && k.Tenant.State == "active" && k.State == "ready"
	}
	tries := 0
	eventually(t, "a test call", soon, func() bool { // not while a proof rings the same person, which may do as well
		tries++
		return active() || tries%10 == 1 && a.b.do(t, "POST", a.of("/test-calls"), map[string]string{"oid": a.person, "name": "Aisha Khan"}, nil) == 202
	})
	eventually(t, "active", soon, active)
	a.lap("test_call")
}

// BenchmarkOnboarding is the machine's time from an invitation to a tenant that is
// active: everything that two admins do at browsers, at the speed of a program,
// against a Microsoft that takes no time, with a person who accepts at once. All of
// it is real time. "of-5s" is the share of what is promised; the other figures are
// seconds, by stretch.
func BenchmarkOnboarding(b *testing.B) {
	total, laps := time.Duration(0), map[string]time.Duration{}
	for b.Loop() {
		b.StopTimer()
		s := start(b, dev.Options{})
		b.StartTimer()
		a := s.invited(b)
		began := time.Now()
		for _, step := range []func(testing.TB){a.signIn, a.consent, a.federation, a.people, a.testCall} {
			step(b)
		}
		total += time.Since(began) + a.laps["invite"]
		for name, d := range a.laps {
			laps[name] += d
		}
	}
	n := float64(b.N)
	b.ReportMetric(0, "ns/op") // told in seconds
	b.ReportMetric(total.Seconds()/n/5, "of-5s")
	b.ReportMetric(total.Seconds()/n, "s")
	for name, d := range laps {
		b.ReportMetric(d.Seconds()/n, name+"-s")
	}
}

// BenchmarkReadiness is how long it takes to know of -agents people of one group
// what each lacks, while Graph throttles as documented (8,000 resource units in
// 10 s, 1,500 presences in 30 s). All of it is real time, the waiting for Graph too.
// "of-5min" is the share of what is promised; "seen" is how often the readiness
// document told of progress on the way.
func BenchmarkReadiness(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s := start(b, dev.Options{})
		a := s.invited(b)
		a.signIn(b)
		a.consent(b)
		var crowd struct{ OIDs []string }
		s.simulator(b, "POST", "/teams/tenants/"+a.org.ID+"/people", map[string]int{"count": *agents}, &crowd)
		const group = "6f1e3ed6-2c1b-4b52-9f1d-000000000001"
		s.simulator(b, "PUT", "/teams/tenants/"+a.org.ID+"/groups/"+group, map[string]any{"name": "Everybody", "members": crowd.OIDs}, nil)
		for _, oid := range crowd.OIDs[:*agents/10] { // of a tenth something is missing
			s.control(b, "PUT", "/users/"+oid, map[string]any{"enterprise_voice": false}, nil)
		}
		s.control(b, "PUT", "/graph/throttling", map[string]bool{"on": true}, nil)
		b.StartTimer()

		began := time.Now()
		if status := s.ask(b, "POST", a.of("/agent-groups"), map[string]string{"group": group}, nil); status != 201 {
			b.Fatalf("the group: %d", status)
		}
		var r readiness
		last, seen := 0, 0
		eventually(b, "everybody looked at", 10*time.Minute, func() bool {
			if status := s.ask(b, "GET", a.of("/readiness"), nil, &r); status != 200 {
				b.Fatalf("readiness: %d", status)
			}
			if r.Progress.Done > last {
				last, seen = r.Progress.Done, seen+1
			}
			return r.Agents.Total == *agents && r.Agents.Unchecked == 0 && !r.Progress.Running
		})
		took := time.Since(began)
		if r.Agents.Ready != *agents-*agents/10 || r.Agents.NotReady != *agents/10 {
			b.Errorf("of %d agents: %+v", *agents, r.Agents)
		}
		b.ReportMetric(took.Seconds()/300, "of-5min")
		b.ReportMetric(took.Seconds(), "s")
		b.ReportMetric(float64(seen), "seen")
	}
	b.ReportMetric(0, "ns/op") // told in seconds
}

// readiness is GET …/readiness.
type readiness struct {
	Agents struct {
		Total, Ready, Unchecked int
		NotReady                int `json:"not_ready"`
	}
	Progress struct {
		Running     bool
		Total, Done int
	}
}
