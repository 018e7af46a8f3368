package teams

import (
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/mixer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	oid      = "fc4ccb5f-8046-4812-803f-6c344a5d1560"
	tenant   = "5c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10"
	resource = "b9614373-fd0b-480c-8fd2-cb58b70eab9f"
)

type result struct {
	Outcome
	session *Session
}

func newDirectory(t *testing.T, p Profile) (*Directory, *clock.Clock, *faults.Book) {
	t.Helper()
	clk, book := clock.New(), &faults.Book{}
	d := New(clk, book, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { d.Close(); clk.Close() })
	if err := d.AddTenant(Tenant{ID: tenant, Name: "Contoso Airlines", Federation: []string{resource}}); err != nil {
		t.Fatal(err)
	}
	p.OID, p.Tenant, p.Name = oid, tenant, "Ada"
	if err := d.Add(p); err != nil {
		t.Fatal(err)
	}
	return d, clk, book
}

func ringing(d *Directory, who, from string) (results chan result, cancel func() bool) {
	results = make(chan result, 2)
	cancel = d.Ring(who, Invitation{
		ID: "i1", Call: "c1", Resource: from, From: "+4930", DisplayName: "Queue", Timeout: 30 * time.Second,
		Done: func(o Outcome, s *Session) { results <- result{o, s} },
	})
	return results, cancel
}

func TestOutcomes(t *testing.T) {
	present := func(a string) Presence { return Presence{Availability: a} }
	cases := []struct {
		name    string
		profile Profile
		from    string
		fault   string
		advance time.Duration
		want    Outcome
	}{
		{"accepts at once", Profile{}, resource, "", 0, accepted},
		{"accepts after a while", Profile{Behaviour: Behaviour{Do: Accept, After: 20 * time.Second}}, resource, "", 20 * time.Second, accepted},
		{"would accept too late", Profile{Behaviour: Behaviour{Do: Accept, After: 40 * time.Second}}, resource, "", time.Minute, noAnswer},
		{"declines", Profile{Behaviour: Behaviour{Do: Decline}}, resource, "", 0, declined},
		{"never answers", Profile{Behaviour: Behaviour{Do: Never}}, resource, "", 30 * time.Second, noAnswer},
		{"fails as told", Profile{Behaviour: Behaviour{Do: Fail, Code: 408, SubCode: 10057}}, resource, "", 0, Outcome{Code: 408, SubCode: 10057}},
		{"offline", Profile{Presence: present("Offline")}, resource, "", 0, unavailable},
		{"do not disturb", Profile{Presence: present("donotdisturb")}, resource, "", 0, unavailable},
		{"busy", Profile{Presence: present("Busy")}, resource, "", 0, busy},
		{"busy but rings", Profile{Presence: present("Busy"), IgnoresBusy: true}, resource, "", 0, accepted},
		{"away rings", Profile{Presence: present("Away")}, resource, "", 0, accepted},
		{"phone only", Profile{Client: Mobile}, resource, "", 0, unavailable},
		{"web", Profile{Client: Web}, resource, "", 0, accepted},
		{"an app of its own", Profile{Client: Custom}, resource, "", 0, accepted},
		{"no client", Profile{Client: NoneOn}, resource, "", 0, unavailable},
		{"user not federated", Profile{NotFederated: true}, resource, "", 0, notAllowed},
		{"tenant does not federate with it", Profile{}, "11111111-2222-4333-8444-555555555555", "", 0, notListed},
		{"fault", Profile{}, resource, "403/7600", 0, Outcome{Code: 403, SubCode: 7600}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d, clk, book := newDirectory(t, c.profile)
			if c.fault != "" {
				if err := book.Set(faults.Fault{Knob: faults.AddResult, Scope: oid, Value: c.fault}); err != nil {
					t.Fatal(err)
				}
			}
			results, cancel := ringing(d, oid, c.from)
			clk.Advance(c.advance)
			got := <-results
			if got.Code != c.want.Code || got.SubCode != c.want.SubCode {
				t.Errorf("outcome %v, want %v", got.Outcome, c.want)
			}
			if got.Accepted() != (got.session != nil) {
				t.Error("a session must come with acceptance only")
			}
			if cancel() {
				t.Error("cancelled after the outcome")
			}
			clk.Advance(time.Hour)
			if len(results) > 0 {
				t.Error("a second outcome")
			}
		})
	}
	d, _, _ := newDirectory(t, Profile{})
	results, _ := ringing(d, "00000000-0000-4000-8000-000000000000", resource)
	if got := <-results; got.Code != 480 {
		t.Errorf("unknown user: %v", got.Outcome)
	}
}

func TestDesk(t *testing.T) {
	d, clk, _ := newDirectory(t, Profile{Behaviour: Behaviour{Do: Manual}})
	if err := d.Answer(oid, ""); !errors.Is(err, ErrUnknown) {
		t.Errorf("answered nothing: %v", err)
	}
	results, cancel := ringing(d, oid, resource)
	v, err := d.User(oid)
	if err != nil || len(v.Ringing) != 1 || v.Ringing[0].DisplayName != "Queue" || v.Presence.Availability != "Available" {
		t.Fatalf("view %+v, %v", v, err)
	}
	if !cancel() || cancel() {
		t.Error("cancel must succeed once")
	}
	clk.Advance(time.Hour)
	if len(results) > 0 {
		t.Error("an outcome after the cancel")
	}

	results, _ = ringing(d, oid, resource)
	if err := d.Decline(oid, "i1"); err != nil {
		t.Fatal(err)
	}
	if got := <-results; got.Code != 603 {
		t.Errorf("declined: %v", got.Outcome)
	}

	left := make(chan struct{})
	r := mixer.New(nil)
	t.Cleanup(r.Close)
	d.Ring(oid, Invitation{
		ID: "i2", Call: "c2", Resource: resource, Timeout: time.Minute, Room: r,
		Done: func(o Outcome, s *Session) { results <- result{o, s} }, Left: func() { close(left) },
	})
	if err := d.Answer(oid, "i2"); err != nil {
		t.Fatal(err)
	}
	got := <-results
	if p, _ := d.Presence(tenant, oid); p.Activity != "InACall" {
		t.Errorf("presence in a call: %+v", p)
	}
	if _, ok := d.Presence("another-tenant", oid); ok {
		t.Error("another tenant sees the presence")
	}
	second, _ := ringing(d, oid, resource)
	if o := <-second; o.Outcome != busy {
		t.Errorf("rung while in a call: %v", o.Outcome)
	}
	if err := d.HangUp(oid, "c2"); err != nil {
		t.Fatal(err)
	}
	<-left
	got.session.Leave()
	if !got.session.Gone() || r.Parties() != 0 {
		t.Errorf("%d in the room", r.Parties())
	}
	if err := d.HangUp(oid, ""); !errors.Is(err, ErrUnknown) {
		t.Errorf("hung up twice: %v", err)
	}
}

func TestUpdateAndReset(t *testing.T) {
	d, _, _ := newDirectory(t, Profile{})
	var c Change
	if err := json.Unmarshal([]byte(`{"presence":"busy","client":"web","behaviour":{"do":"accept","after_seconds":1.5},"ignores_busy":true}`), &c); err != nil {
		t.Fatal(err)
	}
	v, err := d.Update(oid, c)
	if err != nil {
		t.Fatal(err)
	}
	if v.Presence != (Presence{"Busy", "InAMeeting"}) || v.Client != Web || v.Behaviour.After != 1500*time.Millisecond || !v.IgnoresBusy {
		t.Errorf("view %+v", v)
	}
	for _, bad := range []string{`{"presence":"Asleep"}`, `{"client":"fax"}`, `{"behaviour":"explode"}`, `{"behaviour":"fail"}`, `{"behaviour":{"do":"accept","after_seconds":-1}}`} {
		c = Change{}
		if err := json.Unmarshal([]byte(bad), &c); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Update(oid, c); err == nil {
			t.Errorf("%s was accepted", bad)
		}
	}
	d.Reset()
	if v, _ = d.User(oid); v.Presence.Availability != "Available" || v.Client != Desktop || v.IgnoresBusy {
		t.Errorf("after reset %+v", v)
	}
}

// Every mixture of answers, cancels and time gives one outcome or one cancel.
func TestOneEndPerRing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		clk := clock.New()
		d := New(clk, &faults.Book{}, slog.New(slog.DiscardHandler))
		defer clk.Close()
		defer d.Close()
		if err := d.AddTenant(Tenant{ID: tenant, Federation: []string{resource}}); err != nil {
			t.Fatal(err)
		}
		if err := d.Add(Profile{OID: oid, Tenant: tenant, Behaviour: Behaviour{Do: Manual}, IgnoresBusy: true}); err != nil {
			rt.Fatal(err)
		}
		results, cancel := ringing(d, oid, resource)
		ends := 0
		for _, step := range rapid.SliceOfN(rapid.SampledFrom([]string{"accept", "decline", "cancel", "time"}), 1, 6).Draw(rt, "steps") {
			switch step {
			case "accept":
				_ = d.Answer(oid, "i1")
			case "decline":
				_ = d.Decline(oid, "i1")
			case "cancel":
				if cancel() {
					ends++
				}
			case "time":
				clk.Advance(time.Minute)
			}
		}
		for len(results) > 0 {
			if got := <-results; got.session != nil {
				got.session.Leave()
			}
			ends++
		}
		if ends != 1 {
			rt.Fatalf("%d ends", ends)
		}
	})
}
