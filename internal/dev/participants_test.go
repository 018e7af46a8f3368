package dev_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"tandem/internal/audio"
	"tandem/internal/dev"
	"tandem/internal/simulator/pstnhub"
	"tandem/internal/simulator/teams"
	"tandem/sip/siptest"
)

// participant is what these tests read of one.
type participant struct {
	ID       string `json:"id"`
	Agent    string `json:"agent"`
	ACSUser  string `json:"acs_user"`
	Phone    string `json:"phone_number"`
	Problem  struct{ Code string }
	State    string `json:"state"`
	Outcome  string `json:"outcome"`
	Held     bool   `json:"held"`
	Muted    bool   `json:"muted"`
	IsMuted  bool   `json:"is_muted"`
	IsOnHold bool   `json:"is_on_hold"`
}

// adds brings somebody in and returns the results.
func (c *conversation) adds(t *testing.T, who ...object) []participant {
	t.Helper()
	var added struct{ Items []participant }
	if status := c.ask(t, "POST", c.path+"/participants", object{"participants": who}, &added); status != 202 || len(added.Items) != len(who) {
		t.Fatalf("POST participants: %d %+v", status, added)
	}
	for _, p := range added.Items {
		if p.ID == "" {
			t.Logf("refused: %+v", p)
		}
	}
	return added.Items
}

// stands waits until a participant is as wanted.
func (c *conversation) stands(t *testing.T, id, what string, is func(participant) bool) participant {
	t.Helper()
	if id == "" {
		t.Fatalf("%s: who was refused", what)
	}
	var p participant
	eventually(t, what, soon, func() bool {
		p = participant{}
		return c.ask(t, "GET", c.path+"/participants/"+id, nil, &p) == 200 && is(p)
	})
	return p
}

func (c *conversation) joined(t *testing.T, id string) {
	t.Helper()
	c.stands(t, id, "joined", func(p participant) bool { return p.State == "joined" })
}

// guest is an ACS user with a client of his own.
func (c *conversation) guest(t *testing.T) string {
	t.Helper()
	id := "8:acs:" + c.File.Simulator.ACS.ImmutableID + "_0000001f-53ab-4b53-8a3c-5f2f6f1f9a02"
	c.control(t, "PUT", "/phones/"+url.PathEscape(id), object{"behaviour": "accept"}, nil)
	return id
}

// TestOtherParticipants: several at once, of all kinds, heard, muted and removed.
func TestOtherParticipants(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	t.Run("several at once", f.several)
	t.Run("a telephone", f.telephone)
	t.Run("telephones that do not answer", f.telephonesInVain)
	t.Run("toll fraud", f.tollFraud)
}

func (f *flows) several(t *testing.T) {
	audio.TestShare(t)
	c := f.converse(t)
	second := f.cast(t, does(teams.Accept))[0]
	guest := c.guest(t)
	items := c.adds(t, object{"agent": second.ID}, object{"acs_user": guest, "display_name": "Interpreter"}, object{"agent": c.agent.ID})
	if items[0].ID == "" || items[1].ID == "" || items[2].ID != "" { // who is in the call already is refused
		t.Fatalf("%+v", items)
	}
	for _, p := range items[:2] {
		c.joined(t, p.ID)
	}
	c.silence(t)
	if there := f.presentAt(t, c); len(there) != 4 || !slices.Contains(there, guest) {
		t.Errorf("Microsoft has %v", there)
	}

	c.control(t, "POST", "/say", object{"participant": guest, "text": long[0]["text"]}, nil)
	c.hears(t, "while the interpreter speaks", true, true)
	c.done(t, "/participants/"+items[1].ID+"/mute", nil)
	c.stands(t, items[1].ID, "muted", func(p participant) bool { return p.Muted && p.IsMuted })
	c.hears(t, "while he is muted", false, false)
	if status := c.ask(t, "POST", c.path+"/participants/"+items[1].ID+"/unmute", nil, nil); status != 422 {
		t.Errorf("unmute: %d", status)
	}
	c.done(t, "/participants/customer/hold", nil)
	var shown struct{ Customer participant }
	eventually(t, "Microsoft shows the customer on hold", soon, func() bool {
		return c.ask(t, "GET", c.path, nil, &shown) == 200 && shown.Customer.Held && shown.Customer.IsOnHold
	})
	c.done(t, "/participants/customer/unhold", nil)

	if status := c.ask(t, "DELETE", c.path+"/participants/"+items[1].ID, nil, nil); status != 202 {
		t.Errorf("DELETE: %d", status)
	}
	c.stands(t, items[1].ID, "gone", func(p participant) bool { return p.State == "gone" && p.Outcome == "ended" })
	if status := c.ask(t, "POST", c.path+"/hangup", nil, nil); status != 202 {
		t.Errorf("hangup: %d", status)
	}
	r := f.ended(t, c.id, soon)
	r.check(t, "completed", "hangup_requested", "none")
	if len(r.Attempts) != 3 || r.Attempts[1].Agent+r.Attempts[2].Agent != second.ID || r.Attempts[1].ACSUser+r.Attempts[2].ACSUser != guest {
		t.Errorf("attempts %+v", r.Attempts)
	}
	f.quiet(t, dev.FileAgent{OID: second.OID, Name: second.Name})
}

// presentAt are the raw ids of those whom Microsoft has in the call.
func (f *flows) presentAt(t *testing.T, c *conversation) []string {
	t.Helper()
	for _, v := range f.calls(t) {
		if v.Connection == c.conn {
			return v.Participants
		}
	}
	return nil
}

// outside is a telephone of the carrier's, on which all numbers ring.
func (s *stack) outside(t *testing.T, decide func(*siptest.Incoming)) {
	t.Helper()
	p, err := siptest.New(siptest.Config{Username: "outside"})
	if err != nil {
		t.Fatal(err)
	}
	p.OnCall(decide)
	var peers struct {
		Items []struct{ ID, Name, DialTo string }
	}
	if status := s.ask(t, "GET", "/peers?limit=200", nil, &peers); status != 200 {
		t.Fatal(status)
	}
	i := slices.IndexFunc(peers.Items, func(p struct{ ID, Name, DialTo string }) bool { return p.Name == "carrier" })
	dial := func(to string) (int, error) {
		status, _, err := s.do(context.Background(), "PATCH", "/peers/"+peers.Items[i].ID, object{"dial_to": to})
		return status, err
	}
	if status, err := dial("sip:" + p.Addr().String()); status != 200 || err != nil {
		t.Fatalf("PATCH peer: %d %v", status, err)
	}
	t.Cleanup(func() {
		_, _ = dial("sip:127.0.0.1:9") // the product may be gone
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
}

// telephone: customer, agent and an outside telephone hear each other, and the
// telephone hangs up.
func (f *flows) telephone(t *testing.T) {
	audio.TestShare(t)
	answers, invites := make(chan *siptest.Call, 1), make(chan *siptest.Incoming, 1)
	f.outside(t, func(in *siptest.Incoming) {
		invites <- in
		_ = in.Ring()
		c, err := in.Answer(context.Background(), audio.PCM{})
		if err != nil {
			t.Error(err)
			return
		}
		answers <- c
	})
	c := f.converse(t)
	const number = "+4930555111"
	item := c.adds(t, object{"phone_number": number, "display_name": "Contoso Airlines"})[0]
	in := <-invites
	if !strings.Contains(in.To(), number+"@") || !strings.Contains(in.From(), f.File.Tenants[0].Number+"@") || in.Header("X-MS-Custom-Tandem") != "" {
		t.Errorf("the telephone is called as %s by %s, with the token %q", in.To(), in.From(), in.Header("X-MS-Custom-Tandem"))
	}
	phone := <-answers
	c.joined(t, item.ID)
	c.silence(t)

	before := len(phone.Heard())
	c.control(t, "POST", "/say", object{"participant": "8:orgid:" + c.agent.OID, "text": long[0]["text"]}, nil)
	eventually(t, "the telephone hears the agent", soon, func() bool { return loud(phone.Heard()[before:]) })
	if err := phone.Say(audio.CustomerSpeech()); err != nil {
		t.Error(err)
	}
	c.hears(t, "while the telephone speaks", true, true)
	if err := phone.Hangup(t.Context()); err != nil {
		t.Error(err)
	}
	c.stands(t, item.ID, "gone", func(p participant) bool { return p.State == "gone" && p.Outcome == "ended" && p.Phone == number })

	// Once more, and it is taken out.
	item = c.adds(t, object{"phone_number": number})[0]
	<-invites
	phone = <-answers
	c.joined(t, item.ID)
	if status := c.ask(t, "DELETE", c.path+"/participants/"+item.ID, nil, nil); status != 202 {
		t.Errorf("DELETE: %d", status)
	}
	<-phone.Ended()
	c.stands(t, item.ID, "gone", func(p participant) bool { return p.State == "gone" })

	// And once more, and it stays until the customer hangs up.
	item = c.adds(t, object{"phone_number": number})[0]
	<-invites
	phone = <-answers
	c.joined(t, item.ID)
	if err := c.customer.Hangup(t.Context()); err != nil {
		t.Error(err)
	}
	<-phone.Ended()
	r := f.ended(t, c.id, soon)
	r.check(t, "completed", "caller_hung_up", "none")
	if len(r.Outlegs) != 3 || len(r.Attempts) != 4 || r.Outlegs[0].Number != number || r.Outlegs[0].Peer != "carrier" || r.Outlegs[0].Media.PacketsIn == 0 || r.Agent != c.agent.ID {
		t.Errorf("record %+v", r)
	}
}

// telephonesInVain: what a telephone says reaches the participant, and no leg stays.
func (f *flows) telephonesInVain(t *testing.T) {
	for _, x := range []struct {
		name, outcome string
		decide        func(*siptest.Incoming)
		invites       int
	}{
		{"busy", "busy", func(in *siptest.Incoming) { _ = in.Reject(486, "Busy Here") }, 1},
		{"declined", "declined", func(in *siptest.Incoming) { _ = in.Reject(603, "Decline") }, 1},
		{"no answer", "no_answer", func(in *siptest.Incoming) { _ = in.Ring(); <-in.Cancelled() }, 1},
		{"the carrier fails", "unknown", func(in *siptest.Incoming) { _ = in.Reject(503, "Service Unavailable") }, 1},
	} {
		t.Run(x.name, func(t *testing.T) {
			var invites atomic.Int32
			f.outside(t, func(in *siptest.Incoming) { invites.Add(1); x.decide(in) })
			c := f.converse(t)
			item := c.adds(t, object{"phone_number": "+4930555222"})[0]
			p := c.stands(t, item.ID, "gone", func(p participant) bool { return p.State == "gone" })
			if p.Outcome != x.outcome || int(invites.Load()) != x.invites {
				t.Errorf("%+v after %d INVITEs", p, invites.Load())
			}
			if status := c.ask(t, "POST", c.path+"/hangup", nil, nil); status != 202 {
				t.Errorf("hangup: %d", status)
			}
			r := f.ended(t, c.id, soon)
			if len(r.Outlegs) != x.invites {
				t.Errorf("%+v", r.Outlegs)
			}
		})
	}
}

// tollFraud: what the tenant's rules do not allow is refused before anybody calls,
// and Microsoft's call without our token is refused with an alarm.
func (f *flows) tollFraud(t *testing.T) {
	f.outside(t, func(*siptest.Incoming) { t.Error("somebody was dialled") })
	c := f.converse(t)
	items := c.adds(t, object{"phone_number": "+33123456789"}, object{"phone_number": "+4990012345"}, object{"phone_number": caller})
	for i, want := range []string{"destination_refused", "destination_costly", "call_state"} { // the last is the customer himself
		if items[i].Problem.Code != want || items[i].ID != "" {
			t.Errorf("%d: %+v, want %s", i, items[i], want)
		}
	}
	if status := c.ask(t, "POST", c.path+"/participants", object{"phone_number": "+4930555333", "caller_id": f.File.Tenants[1].Number}, nil); status != 404 {
		t.Errorf("another tenant's number as caller id: %d", status)
	}
	rules := "/tenants/" + f.File.Tenants[0].ID + "/dialling"
	if status := c.ask(t, "PUT", rules, object{"prefixes": []string{"+33"}, "max_legs": 0}, nil); status != 200 {
		t.Errorf("PUT rules: %d", status)
	}
	if item := c.adds(t, object{"phone_number": "+33123456789"})[0]; item.Problem.Code != "outlegs_full" {
		t.Errorf("%+v", item)
	}
	if status := c.ask(t, "PUT", rules, object{"max_legs": 10}, nil); status != 200 {
		t.Errorf("PUT rules: %d", status)
	}

	// Somebody has the resource's key and calls without us.
	_, port, err := net.SplitHostPort(f.File.SIP.Far)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	for _, headers := range []map[string]string{nil, {"X-MS-Custom-Tandem": "AAAAAAAAAAAAAAAAAAAAAA.4.0"}} {
		_, err = f.Sim.Proxies().Dial(t.Context(), pstnhub.Call{
			Trunk: f.File.Simulator.Resources[0].TrunkFQDN, Port: n, From: f.File.Tenants[0].Number, To: "+4930555444", Headers: headers,
		})
		var refused *pstnhub.Refused
		if !errors.As(err, &refused) || refused.Status != 403 {
			t.Errorf("%v: %v", headers, err)
		}
	}
	if !strings.Contains(f.log.String(), "ALARM: refused a call out") {
		t.Error("no alarm in the log")
	}
	if status := c.ask(t, "POST", c.path+"/hangup", nil, nil); status != 202 {
		t.Errorf("hangup: %d", status)
	}
	f.ended(t, c.id, soon)
}
