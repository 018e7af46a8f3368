package dev_test

import (
	"net/url"
	"slices"
	"testing"

	"tandem/internal/audio"
	"tandem/internal/dev"
	"tandem/internal/simulator/teams"
)

// participant is what these tests read of one.
type participant struct {
	ID       string `json:"id"`
	Agent    string `json:"agent"`
	ACSUser  string `json:"acs_user"`
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
	return added.Items
}

// stands waits until a participant is as wanted.
func (c *conversation) stands(t *testing.T, id, what string, is func(participant) bool) participant {
	t.Helper()
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
}

func (f *flows) several(t *testing.T) {
	audio.TestLock(t)
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
