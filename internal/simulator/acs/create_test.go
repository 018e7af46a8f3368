package acs

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/simulator/events"
	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/phones"
	"tandem/internal/simulator/teams"
)

func TestCreateToAPhone(t *testing.T) {
	b := newBench(t)
	b.behave(customer, phones.Manual)
	r := b.must(http.StatusCreated, "", b.creation(rawPhone))
	props := r.json(t)
	id, _ := props["callConnectionId"].(string)
	if props["callConnectionState"] != "connecting" || props["serverCallId"] != nil || props["sourceDisplayName"] != "Contoso" || props["correlationId"] != r.header.Get("X-Microsoft-Skype-Chain-ID") {
		t.Errorf("create answered %s", r.body)
	}
	if !strings.Contains(r.body, `"sourceCallerIdNumber":{"value":"`+ours+`"}`) || !strings.Contains(r.body, `"source":{"rawId":"8:acs:`+immutableID) {
		t.Errorf("create answered %s", r.body)
	}
	b.phoneIs(customer, "ringing")
	if v, err := b.phones.Phone(customer); err != nil || v.Calls[0].With != ours || v.Calls[0].Shown != "Contoso" {
		t.Errorf("the phone shows %+v, %v", v, err)
	}
	b.refused(400, "8501", "/"+id+":play", body{"playSources": []body{b.file("clip.wav")}})
	b.check(b.phones.Answer(customer))
	e := b.event("CallConnected")
	if e.Data.Context != "create" || e.Data.CallConnectionID != id {
		t.Errorf("%+v", e.Data)
	}
	if e := b.event("ParticipantsUpdated"); !slices.Equal(e.people(), []string{rawPhone}) || e.Data.Sequence != 1 {
		t.Errorf("%+v", e.Data)
	}
	r = b.want(b.do(request{method: "GET", path: "/" + id}), http.StatusOK)
	if props = r.json(t); props["callConnectionState"] != "connected" || props["serverCallId"] == nil {
		t.Errorf("connected: %s", r.body)
	}
	b.check(b.phones.HangUp(customer))
	b.result(b.event("CallDisconnected"), 200, 560000)
}

func TestCreateToATeamsUser(t *testing.T) {
	b := newBench(t)
	id := b.begin(body{"sourceCallerIdNumber": nil}, rawAda)
	if v := b.view(ada); len(v.Ringing) != 1 || v.Ringing[0].DisplayName != "Contoso" || v.Ringing[0].Call != id {
		t.Fatalf("ringing: %+v", v.Ringing)
	}
	b.check(b.Directory.Answer(ada, ""))
	b.event("CallConnected")
	if e := b.event("ParticipantsUpdated"); !slices.Equal(e.people(), []string{rawAda}) {
		t.Errorf("%v", e.people())
	}
	b.check(b.Directory.HangUp(ada, id))
	b.result(b.event("CallDisconnected"), 200, 5001)
}

// A call of two legs of one application: each has its own connection and hears
// of the call for itself.
func TestCreateToAnACSUser(t *testing.T) {
	b := newBench(t)
	id := b.begin(body{"source": body{"id": carol}, "sourceCallerIdNumber": nil}, alice)
	in := b.incoming()
	if in.From.RawID != carol || in.To.RawID != alice || in.To.Kind != "communicationUser" {
		t.Errorf("announced %+v", in)
	}
	other := b.takes(in, "user")
	if other == id {
		t.Fatal("both legs have one id")
	}
	for leg, context := range map[string]string{id: "create", other: "user"} {
		e := b.eventOf(leg, "CallConnected")
		if e.Data.Context != context {
			t.Errorf("%s: %+v", context, e.Data)
		}
		e = b.eventOf(leg, "ParticipantsUpdated")
		if !slices.Equal(sorted(e.people()), sorted([]string{alice, carol})) || e.Data.Sequence != 1 {
			t.Errorf("%s: %v, number %d", context, e.people(), e.Data.Sequence)
		}
		if list := b.list(leg); !slices.Equal(sorted(list), sorted([]string{alice, carol})) {
			t.Errorf("%s: list %v", context, list)
		}
	}
	if e := b.want(b.do(request{method: "GET", path: "/" + other}), 200).json(t); e["correlationId"] != in.CorrelationID || e["serverCallId"] != in.ServerCallID {
		t.Errorf("%v", e)
	}
	b.want(b.do(request{method: "DELETE", path: "/" + other}), http.StatusNoContent)
	b.result(b.eventOf(other, "CallDisconnected"), 200, 7000)
	if e := b.eventOf(id, "CallDisconnected"); e.Data.Result.Code != 200 || e.Data.Context != "create" {
		t.Errorf("%+v", e.Data)
	}
	b.want(b.do(request{method: "GET", path: "/" + id}), http.StatusNotFound)
}

// The invitation of an ACS user does not overtake the answer to the request.
func TestIncomingCallFollowsTheAnswer(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	for op, send := range map[string]func(){
		"create": func() { b.begin(nil, alice) },
		"add": func() {
			b.must(http.StatusAccepted, "/"+id+"/participants:add", body{"participantToAdd": named(alice)})
		},
	} {
		const pause = 400 * time.Millisecond
		b.fault(faults.Fault{Knob: faults.HTTPSlow, Scope: op, Value: pause.String(), Times: 1})
		announced := make(chan time.Time, 1)
		go func() { <-b.calls; announced <- time.Now() }()
		send()
		answered := time.Now()
		if early := answered.Sub(<-announced); early > pause/2 {
			t.Errorf("%s: announced %v before the answer", op, early)
		}
	}
}

// Of several targets the first one connects the call and the others ring on.
func TestCreateAGroup(t *testing.T) {
	for _, all := range []bool{false, true} {
		b := newBench(t)
		b.behave(customer, phones.Manual)
		if all {
			b.check(b.Switches.Set(evidence.GroupConnected, "all"))
		}
		id := b.begin(nil, rawPhone, rawAda)
		b.phoneIs(customer, "ringing")
		if len(b.view(ada).Ringing) != 1 {
			t.Fatal("Ada is not rung")
		}
		b.check(b.phones.Answer(customer))
		if !all {
			b.event("CallConnected")
			if e := b.event("ParticipantsUpdated"); !slices.Equal(e.people(), []string{rawPhone}) {
				t.Errorf("%v", e.people())
			}
		} else {
			b.await("the phone joins", func() bool { return len(b.Calls()[0].Participants) == 1 })
		}
		if len(b.view(ada).Ringing) != 1 {
			t.Error("Ada does not ring on")
		}
		b.check(b.Directory.Answer(ada, ""))
		if all {
			b.event("CallConnected")
		}
		if e := b.event("ParticipantsUpdated"); !slices.Equal(e.people(), []string{rawPhone, rawAda}) {
			t.Errorf("%v", e.people())
		}
		b.nothingBut(id)
	}
}

// The last target to fail says how the create failed. The order and who has the
// context are recorded (facts/observed-events.md §6).
func TestCreateThatFails(t *testing.T) {
	cases := []struct {
		name      string
		targets   []string
		do        func(b *bench)
		code, sub int
		text      string
	}{
		{"busy phone", []string{rawPhone}, func(b *bench) { b.behave(customer, phones.Busy) }, 486, 560486, "Busy Here. DiagCode: 486#560486.@"},
		{"phone declines", []string{rawPhone}, func(b *bench) { b.behave(customer, phones.Decline) }, 603, 560603, "DiagCode: 603#560603.@"},
		{"phone does not answer", []string{rawPhone}, func(b *bench) { b.behave(customer, phones.Never) }, 487, 10004, ""},
		{"Teams user declines", []string{rawAda}, func(b *bench) {
			b.must200(b.Directory.Update(ada, teams.Change{Behaviour: &teams.Behaviour{Do: teams.Decline}}))
		}, 603, 0, "Decline. DiagCode: 603#0.@"},
		{"ACS user rejects", []string{alice}, nil, 603, 0, "Decline. DiagCode: 603#0.@"},
		{"ACS user does not answer", []string{alice}, nil, 487, 10004, ""},
		{"nobody answers for the ACS user", []string{alice}, func(b *bench) { b.Grid.Unsubscribe(events.Topic("eu")) }, 480, 10037, ""},
		{"everybody fails", []string{rawPhone, rawAda}, func(b *bench) {
			b.behave(customer, phones.Busy)
			b.must200(b.Directory.Update(ada, teams.Change{Behaviour: &teams.Behaviour{Do: teams.Decline, After: time.Minute}}))
		}, 603, 0, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			if c.do != nil {
				c.do(b)
			}
			id := b.begin(nil, c.targets...)
			switch {
			case c.name == "ACS user rejects":
				b.must(http.StatusNoContent, ":reject", body{"incomingCallContext": b.incoming().IncomingCallContext})
			case c.name == "everybody fails":
				b.await("the phone's refusal, while Teams rings", func() bool {
					calls := b.Calls()
					return len(calls) == 1 && slices.Equal(calls[0].Ringing, []string{rawAda}) && len(b.view(ada).Ringing) == 1
				})
				b.Clock.Advance(time.Minute)
			case c.sub == 10004:
				if c.targets[0] == alice {
					b.incoming()
				}
				b.Clock.Advance(defaultRingTime)
			}
			list := b.order("CallDisconnected", "CreateCallFailed")
			for _, e := range list {
				b.result(e, c.code, c.sub)
				if !strings.Contains(e.Data.Result.Message, c.text) {
					t.Errorf("%s: %s", e.name(), e.Data.Result.Message)
				}
				if sip := strings.Contains(e.raw, `"sipDetails":{"code":`+status(c.code)); sip != (c.sub > 560000) {
					t.Errorf("%s", e.raw)
				}
			}
			if list[0].Data.Context != "create" || list[1].Data.Context != "" || list[0].Time < list[1].Time {
				t.Errorf("%+v", list)
			}
			b.want(b.do(request{method: "GET", path: "/" + id}), http.StatusNotFound)
			if calls := b.Calls(); len(calls) != 0 {
				t.Errorf("left: %+v", calls)
			}
		})
	}
}

func (b *bench) must200(_ teams.View, err error) { b.t.Helper(); b.check(err) }

func TestHangUpWhileRinging(t *testing.T) {
	for _, how := range []string{"DELETE", "terminate"} {
		b := newBench(t)
		b.behave(customer, phones.Manual)
		id := b.begin(nil, rawPhone, rawAda, alice)
		b.phoneIs(customer, "ringing")
		in := b.incoming()
		if how == "DELETE" {
			b.want(b.do(request{method: "DELETE", path: "/" + id}), http.StatusNoContent)
		} else {
			b.must(http.StatusNoContent, "/"+id+":terminate", nil)
		}
		b.result(b.order("CallDisconnected")[0], 200, 7000)
		b.phoneIs(customer, "")
		if len(b.view(ada).Ringing) != 0 {
			t.Error("Ada is rung still")
		}
		b.refused(404, "8522", ":answer", body{"incomingCallContext": in.IncomingCallContext, "callbackUri": b.app.URL})
		if len(b.Calls()) != 0 {
			t.Errorf("left: %+v", b.Calls())
		}
	}
}

func TestCreateRefusals(t *testing.T) {
	b := newBench(t)
	good := b.creation(rawPhone)
	for name, c := range map[string]struct {
		change body
		status int
		code   string
	}{
		"Teams app":               {body{"teamsAppSource": body{"appId": ada, "cloud": "public"}}, 403, "7600"},
		"phone without a number":  {body{"sourceCallerIdNumber": nil}, 400, "8523"},
		"nobody":                  {body{"targets": []body{}}, 400, "8523"},
		"the same twice":          {body{"targets": []body{named(rawPhone), named(rawPhone)}}, 400, "8523"},
		"user of another":         {body{"targets": []body{named("8:acs:00000000-0000-4000-8000-000000000000_x")}}, 400, "8523"},
		"source of another":       {body{"source": body{"id": "8:acs:00000000-0000-4000-8000-000000000000_x"}}, 400, "8523"},
		"source that is a phone":  {body{"source": body{"id": rawPhone}}, 400, "8523"},
		"source in Teams":         {body{"source": body{"id": rawAda}}, 400, "8523"},
		"source that is another":  {body{"source": body{"id": "8:acs:x", "Id": rawPhone}}, 400, "8523"},
		"plain callback":          {body{"callbackUri": "http://app.contoso.com/"}, 400, "8523"},
		"plain socket":            {body{"mediaStreamingOptions": body{"transportType": "websocket", "audioChannelType": "mixed", "transportUrl": "ws://x/"}}, 400, "8523"},
		"plain transcript socket": {body{"transcriptionOptions": body{"transportType": "websocket", "locale": "en-US", "transportUrl": "https://x/"}}, 400, "8523"},
	} {
		if r := b.post("", b.with(good, c.change)); r.status != c.status || r.code() != c.code {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	if len(b.Calls()) != 0 {
		t.Errorf("calls: %+v", b.Calls())
	}
}

func TestCreatorIsListedIfAsked(t *testing.T) {
	b := newBench(t)
	b.check(b.Switches.Set(evidence.CreateUserIdentity, "listed"))
	id := b.connected(nil, rawPhone)
	if list := b.list(id); len(list) != 2 || list[0] != rawPhone || !strings.HasPrefix(list[1], "8:acs:"+immutableID) {
		t.Errorf("%v", list)
	}
}
