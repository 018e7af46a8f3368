package acs

import (
	"testing"
	"time"

	"tandem/internal/call"
	"tandem/internal/explain"
	"tandem/internal/tenant"
)

// Every ruling that can end a ringing has a row of its own in the table of verdicts, as the
// call that it ends really writes it down. What is left out is about sound and keys, which
// end no call.
func TestRulingsAreExplained(t *testing.T) {
	noEnding := map[int]bool{8510: true, 8532: true, 8534: true, 8547: true, 8563: true, 8558: true}
	for _, r := range rulings {
		if r.class == call.ClassEnded || r.class == call.ClassGone || noEnding[r.sub] {
			continue
		}
		code := r.code
		if code == anyCode {
			code = 499 // whatever it is, the sub-code says it
		}
		at := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
		c := call.New(call.NewID(at, [10]byte{1}), "t1", call.Plan{
			Direction: call.Outbound, Resource: "r", RingTimeout: 20 * time.Second, Agents: []tenant.AgentID{"a1"},
		})
		c, asked := call.Next(c, at, call.RequestedByAPI{})
		c, asked = call.Next(c, at, call.AgentChosen{
			Op: asked[0].ID, Agent: "a1", Name: "Ana", Endpoint: call.Endpoint{Kind: tenant.TeamsUser, ID: "ana"},
		})
		o := call.Outcome{Class: classify(code, r.sub), Code: code, SubCode: r.sub}
		c, _ = call.Next(c, at, call.ActionFailed{Op: asked[0].ID, Action: "call_agent", Outcome: o})
		if c.Ending == nil {
			t.Fatalf("%d/%d (%s) does not end the call", code, r.sub, r.meaning)
		}
		if v := explain.Judge(*c.Ending); !v.Known {
			t.Errorf("%d/%d (%s, %s) has no row: %s", code, r.sub, r.meaning, o.Class, v.ID)
		}
	}
}
