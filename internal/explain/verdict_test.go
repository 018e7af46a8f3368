package explain

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/call"
	"tandem/internal/tenant"
)

var t0 = time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)

// played is a call that is led to its end by the events that the product sees.
type played struct {
	t     *testing.T
	c     call.Call
	at    time.Time
	asked []call.Action
}

var ana = call.Endpoint{Kind: tenant.TeamsUser, ID: "ana"}

func begin(t *testing.T, p call.Plan) *played {
	t.Helper()
	p.RingTimeout = 20 * time.Second
	if p.Policy == "" {
		p.Policy = tenant.WithAgent
	}
	return &played{t: t, at: t0, c: call.New(call.NewID(t0, [10]byte{1}), "t1", p)}
}

func (p *played) play(events ...call.Event) *played {
	p.t.Helper()
	for _, e := range events {
		p.at = p.at.Add(10 * time.Millisecond)
		ignored := p.c.Ignored
		c, asked := call.Next(p.c, p.at, e)
		if c.Ignored > ignored {
			p.t.Fatalf("%s is ignored in %s", e.Kind(), p.c.Phase)
		}
		p.c = c
		if len(asked) > 0 {
			p.asked = asked
		}
	}
	return p
}

func (p *played) op() string { return p.asked[len(p.asked)-1].ID }

func offered(t *testing.T) *played {
	return begin(t, call.Plan{}).play(call.Offered{Peer: "ccaas", Caller: "+4930123", SIPCallID: "a"})
}

func dialing(t *testing.T) *played {
	p := offered(t)
	return p.play(call.AgentChosen{Op: p.op(), Agent: "a1", Name: "Ana", Endpoint: ana}, call.LegProceeding{Side: call.Far, SIPCallID: "f"})
}

func answering(t *testing.T) *played {
	return dialing(t).play(call.Invited{Resource: "r", Context: "ctx", Correlation: "corr"})
}

func rings(t *testing.T) *played {
	p := answering(t)
	p.play(call.ConnectionAccepted{Op: p.op(), Connection: "c1", ServerCall: "srv"}, call.LegAnswered{Side: call.Far}, call.ConnectionUp{Connection: "c1"})
	return p.play(call.AgentInvited{Op: p.op(), Invitation: "i1"})
}

func talks(t *testing.T) *played {
	p := rings(t)
	return p.play(
		call.AgentJoined{Connection: "c1", Op: p.c.Participants[0].Op, Endpoint: ana},
		call.ParticipantsChanged{Connection: "c1", Sequence: 4, Present: []call.Endpoint{ana}}, call.LegAnswered{Side: call.Near})
}

func guest(t *testing.T) *played {
	return begin(t, call.Plan{Direction: call.Guest, Resource: "r", Host: &call.HostCall{}}).play(call.RequestedByAPI{})
}

// placing is an outbound call whose agent is about to be called.
func placing(t *testing.T) *played {
	p := begin(t, call.Plan{Direction: call.Outbound, Resource: "r", Agents: []tenant.AgentID{"a1"}}).play(call.RequestedByAPI{})
	return p.play(call.AgentChosen{Op: p.op(), Agent: "a1", Name: "Ana", Endpoint: ana})
}

// The ways in which a call ends, as steps behind one of the places above.
type ending func(t *testing.T) *played

// ring: Microsoft says so of the agent who is rung, and nobody else is there.
func ring(class call.Class, code, sub int) ending {
	return func(t *testing.T) *played {
		p := placing(t)
		return p.play(call.ActionFailed{Op: p.op(), Action: "call_agent", Outcome: call.Outcome{Class: class, Code: code, SubCode: sub}})
	}
}

func refuse(status, q850 int) ending {
	return func(t *testing.T) *played {
		return dialing(t).play(call.LegEnded{Side: call.Far, By: call.ByMicrosoft, Status: status, Q850: q850})
	}
}

func down(place func(*testing.T) *played, class call.Class, code, sub int) ending {
	return func(t *testing.T) *played {
		return place(t).play(call.ConnectionDown{Connection: "c1", Outcome: call.Outcome{Class: class, Code: code, SubCode: sub}})
	}
}

func accepted(t *testing.T) *played {
	p := answering(t)
	return p.play(call.ConnectionAccepted{Op: p.op(), Connection: "c1", ServerCall: "srv"})
}

func leg(place func(*testing.T) *played, e call.LegEnded) ending {
	return func(t *testing.T) *played { return place(t).play(e) }
}

func then(place func(*testing.T) *played, events ...call.Event) ending {
	return func(t *testing.T) *played { return place(t).play(events...) }
}

func deadline(place func(*testing.T) *played, name string) ending {
	return then(place, call.DeadlinePassed{Name: name})
}

func inFlow(t *testing.T) *played {
	p := begin(t, call.Plan{Policy: tenant.AtOnce, Flow: &call.FlowRef{ID: "f", Version: 1}})
	p.play(call.Offered{Peer: "ccaas", Caller: "+4930123", SIPCallID: "a"})
	return p
}

func hosted(class call.Class) ending {
	return func(t *testing.T) *played {
		p := guest(t)
		return p.play(call.ActionFailed{Op: p.op(), Action: "connect_call", Outcome: call.Outcome{Class: class, Code: 404, SubCode: 8522}})
	}
}

func byTandem(side call.Side, status, q850 int) call.LegEnded {
	return call.LegEnded{Side: side, By: call.ByTandem, Status: status, Q850: q850}
}

// endings lead to each row of the table.
var endings = map[string]ending{
	"caller_hung_up":         leg(talks, call.LegEnded{Side: call.Near, By: call.ByCaller, Q850: 16}),
	"caller_connection_lost": leg(talks, call.LegEnded{Side: call.Near, By: call.ByCaller, Q850: 41, Text: "connection lost"}),
	"agent_hung_up":          then(talks, call.ParticipantsChanged{Connection: "c1", Sequence: 5}),
	"microsoft_hung_up":      leg(talks, call.LegEnded{Side: call.Far, By: call.ByMicrosoft, Q850: 16}),
	"hung_up_by_api":         then(rings, call.HangUpAsked{}),
	"hung_up_by_api_talking": then(talks, call.HangUpAsked{}),
	"flow_ended":             then(inFlow, call.HangUpAsked{Flow: true}),
	"caller_gave_up":         leg(rings, call.LegEnded{Side: call.Near, By: call.ByCaller, Status: 487, Q850: 16}),
	"caller_gave_up_lost":    leg(rings, call.LegEnded{Side: call.Near, By: call.ByCaller, Q850: 41, Text: "connection lost"}),
	"nobody_available": func(t *testing.T) *played {
		p := offered(t)
		return p.play(call.NobodyAvailable{Op: p.op(), Why: []string{"Ana is busy"}})
	},
	"rejected_by_api":           then(rings, call.RejectAsked{Why: call.RejectNone}),
	"rejected_busy_by_api":      then(rings, call.RejectAsked{Why: call.RejectBusy}),
	"rejected_forbidden_by_api": then(rings, call.RejectAsked{Why: call.RejectForbidden}),
	"max_duration": func(t *testing.T) *played {
		p := begin(t, call.Plan{Direction: call.Outbound, Resource: "r", MaxDuration: time.Minute, Agents: []tenant.AgentID{"a1"}}).play(call.RequestedByAPI{})
		p.play(call.AgentChosen{Op: p.op(), Agent: "a1", Name: "Ana", Endpoint: ana})
		return p.play(call.AgentCalled{Op: p.op(), Connection: "c1"}, call.ConnectionUp{Connection: "c1"}, call.DeadlinePassed{Name: call.AwaitLimit})
	},
	"host_ended": func(t *testing.T) *played {
		p := guest(t)
		return p.play(call.CallFound{Op: p.op(), Connection: "c1"}, call.ConnectionUp{Connection: "c1"},
			call.ConnectionDown{Connection: "c1", Outcome: call.Outcome{Class: call.ClassEnded, Code: 200, SubCode: 5001}})
	},

	"no_answer":           ring(call.ClassNoAnswer, 0, 0),
	"no_answer_in_time":   ring(call.ClassNoAnswer, 487, 10004),
	"no_answer_8587":      ring(call.ClassNoAnswer, 500, 8587),
	"declined":            ring(call.ClassDeclined, 0, 0),
	"declined_everywhere": ring(call.ClassDeclined, 487, 10024),
	"declined_603":        ring(call.ClassDeclined, 603, 0),
	"declined_by_phone":   ring(call.ClassDeclined, 603, 560603),
	"busy":                ring(call.ClassBusy, 486, 0),
	"busy_in_teams":       ring(call.ClassBusy, 486, 8539),
	"busy_phone":          ring(call.ClassBusy, 486, 560486),
	"agent_unavailable":   ring(call.ClassUnavailable, 480, 0),
	"no_endpoint":         ring(call.ClassUnavailable, 480, 10037),
	"endpoint_not_online": ring(call.ClassUnavailable, 480, 10077),
	"callee_unreachable":  ring(call.ClassUnavailable, 404, 8541),
	"phone_unavailable":   ring(call.ClassUnavailable, 480, 560480),

	"not_allowed":           ring(call.ClassNotAllowed, 0, 0),
	"user_not_allowed":      ring(call.ClassNotAllowed, 403, 5223),
	"tenant_not_federated":  ring(call.ClassNotAllowed, 403, 5222),
	"interop_unauthorised":  ring(call.ClassNotAllowed, 403, 7604),
	"recording_not_allowed": ring(call.ClassNotAllowed, 403, 7605),
	"access_not_enabled":    ring(call.ClassNotAllowed, 403, 7600),
	"blocked_as_spam":       ring(call.ClassNotAllowed, 403, 510403),
	"meeting_locked":        ring(call.ClassNotAllowed, 403, 8560),
	"redirect_forbidden":    ring(call.ClassNotAllowed, 403, 0),

	"misconfigured":    ring(call.ClassMisconfigured, 0, 0),
	"bad_identifier":   ring(call.ClassMisconfigured, 400, 8523),
	"app_permission":   ring(call.ClassMisconfigured, 403, 7504),
	"tenant_mismatch":  ring(call.ClassMisconfigured, 403, 7505),
	"source_identity":  ring(call.ClassMisconfigured, 403, 7507),
	"target_identity":  ring(call.ClassMisconfigured, 400, 7602),
	"not_authorised":   ring(call.ClassMisconfigured, 403, 10105),
	"credentials":      ring(call.ClassMisconfigured, 401, 7509),
	"credentials_401":  ring(call.ClassMisconfigured, 401, 0),
	"no_pstn_metadata": ring(call.ClassMisconfigured, 412, 10073),
	"no_cognitive":     ring(call.ClassMisconfigured, 400, 8567),
	"resource_access":  ring(call.ClassMisconfigured, 500, 7600),
	"bad_prompt":       ring(call.ClassMisconfigured, 400, 8536),
	"not_supported":    ring(call.ClassMisconfigured, 405, 8520),

	"ring_failed":       ring(call.ClassUnknown, 0, 0),
	"taken_elsewhere":   ring(call.ClassUnknown, 487, 10003),
	"join_timeout":      ring(call.ClassTimeout, 408, 10057),
	"ring_timeout_4506": ring(call.ClassTimeout, 408, 4506),
	"no_media_setup":    ring(call.ClassMedia, 410, 301004),
	"client_lost":       ring(call.ClassMedia, 496, 7),
	"media_inactive":    ring(call.ClassMedia, 400, 8503),
	"throttled":         ring(call.ClassThrottled, 429, 8516),
	"throttled_429":     ring(call.ClassThrottled, 429, 0),
	"monthly_limit":     ring(call.ClassThrottled, 403, 8529),
	"active_limit":      ring(call.ClassThrottled, 403, 8530),
	"fork_refused":      ring(call.ClassUnknown, 403, 10500),
	"not_acknowledged":  ring(call.ClassTimeout, 504, 8610),
	"keep_alive":        ring(call.ClassTimeout, 408, 8537),
	"ring_withdrawn":    ring(call.ClassCancelled, 200, 5300),
	"not_possible_now":  ring(call.ClassUnknown, 400, 8501),
	"ring_server_error": ring(call.ClassUnknown, 500, 0),
	"ring_server_down":  ring(call.ClassUnknown, 503, 0),

	"refused":            down(accepted, call.ClassUnknown, 0, 0),
	"refused_400":        refuse(400, 111),
	"refused_no_contact": refuse(400, 63),
	"refused_403":        refuse(403, 0),
	"refused_no_trunk":   refuse(403, 63),
	"refused_caller_id":  refuse(403, 21),
	"refused_404":        refuse(404, 1),
	"refused_405":        refuse(405, 63),
	"refused_408":        refuse(408, 102),
	"refused_410":        refuse(410, 22),
	"refused_420":        refuse(420, 127),
	"refused_480":        refuse(480, 0),
	"refused_no_callee":  refuse(480, 31),
	"refused_481":        refuse(481, 41),
	"refused_482":        refuse(482, 25),
	"refused_483":        refuse(483, 25),
	"refused_484":        refuse(484, 28),
	"refused_486":        refuse(486, 17),
	"refused_487":        refuse(487, 19),
	"refused_488":        refuse(488, 88),
	"refused_500":        refuse(500, 41),
	"refused_503":        refuse(503, 41),
	"refused_504":        refuse(504, 102),
	"refused_505":        refuse(505, 127),
	"refused_603":        refuse(603, 21),
	"answer_gone":        down(accepted, call.ClassGone, 404, 8522),
	"answer_setting":     down(accepted, call.ClassMisconfigured, 405, 8522),
	"answer_401":         down(accepted, call.ClassMisconfigured, 401, 0),
	"answer_403":         down(accepted, call.ClassNotAllowed, 403, 0),
	"answer_late":        down(accepted, call.ClassTimeout, 504, 8586),
	"answer_media":       down(accepted, call.ClassMedia, 410, 301004),
	"answer_throttled":   down(accepted, call.ClassThrottled, 403, 8530),
	"answer_429":         down(accepted, call.ClassThrottled, 429, 0),
	"answer_500":         down(accepted, call.ClassUnknown, 500, 0),
	"no_incoming_call":   deadline(dialing, call.AwaitInvitation),
	"connect_timeout": func(t *testing.T) *played {
		return placing(t).play(call.ActionFailed{Op: "2.0", Action: "call_agent", Unsure: true, Outcome: call.Outcome{Class: call.ClassTimeout}})
	},
	"setup_timeout":  deadline(rings, call.AwaitSetup),
	"no_invite":      then(func(t *testing.T) *played { return begin(t, call.Plan{InviteWithin: time.Minute}) }, call.RequestedByAPI{}, call.DeadlinePassed{Name: call.AwaitInvite}),
	"host_refused":   hosted(call.ClassUnknown),
	"host_unknown":   hosted(call.ClassGone),
	"host_forbidden": hosted(call.ClassNotAllowed),

	"connection_lost":         leg(talks, call.LegEnded{Side: call.Far, By: call.ByMicrosoft, Q850: 99}),
	"bridge_lost":             leg(talks, call.LegEnded{Side: call.Far, By: call.ByMicrosoft, Q850: 22}),
	"bye_no_endpoint":         leg(talks, call.LegEnded{Side: call.Far, By: call.ByMicrosoft, Q850: 31}),
	"far_connection_lost":     leg(talks, call.LegEnded{Side: call.Far, By: call.ByMicrosoft, Q850: 41}),
	"bye_timer":               leg(talks, call.LegEnded{Side: call.Far, By: call.ByMicrosoft, Q850: 102}),
	"media_lost_at_microsoft": down(talks, call.ClassMedia, 410, 301005),
	"dropped":                 down(talks, call.ClassMedia, 0, 4521),
	"gone":                    down(talks, call.ClassGone, 404, 8522),
	"keep_alive_lost":         down(talks, call.ClassTimeout, 408, 8537),
	"removed":                 down(talks, call.ClassCancelled, 500, 5300),
	"connection_500":          down(talks, call.ClassUnknown, 500, 0),
	"near_silent":             then(talks, call.MediaLost{Side: call.Near}),
	"far_silent":              then(talks, call.MediaLost{Side: call.Far}),
	"near_leg_lost":           leg(talks, byTandem(call.Near, 0, 0)),
	"near_no_ack":             leg(talks, byTandem(call.Near, 408, 102)),
	"near_no_prack":           leg(rings, byTandem(call.Near, 504, 102)),
	"near_no_codec":           leg(rings, byTandem(call.Near, 488, 88)),
	"near_unreachable":        leg(rings, byTandem(call.Near, 0, 41)),
	"edge_closed_near":        leg(talks, byTandem(call.Near, 503, 41)),
	"far_leg_lost":            leg(talks, byTandem(call.Far, 0, 0)),
	"no_proxy":                leg(dialing, byTandem(call.Far, 408, 102)),
	"far_lost_ringing":        leg(dialing, byTandem(call.Far, 408, 41)),
	"far_unusable_ok":         leg(dialing, byTandem(call.Far, 502, 111)),
	"far_no_codec":            leg(dialing, byTandem(call.Far, 0, 88)),
	"far_no_ack":              leg(talks, byTandem(call.Far, 0, 102)),
	"edge_closed_far":         leg(talks, byTandem(call.Far, 0, 41)),

	"owner_lost": then(talks, call.OwnerLost{}),
	"overload":   then(talks, call.Overloaded{}),
	"internal": func(t *testing.T) *played {
		p := offered(t)
		return p.play(call.ActionFailed{Op: p.op(), Action: "choose_agent", Outcome: call.Outcome{Class: call.ClassUnknown, Message: "the store is away"}})
	},
}

func TestEveryRow(t *testing.T) {
	if len(table) < 40 {
		t.Errorf("%d endings, at least 40 were promised", len(table))
	}
	for _, r := range table {
		t.Run(r.id, func(t *testing.T) {
			lead, ok := endings[r.id]
			if !ok {
				t.Fatal("no call leads to this row")
			}
			c := lead(t).c
			if c.Ending == nil {
				t.Fatalf("the call does not end: %s", c.Phase)
			}
			v := Judge(*c.Ending)
			if v.ID != r.id || v.Fault != r.fault || v.What != r.what || v.Do != r.do {
				t.Errorf("%+v is %s, want %s", *c.Ending, v.ID, r.id)
			}
			if !v.Known && r.when.coded() {
				t.Error("not known, though the row has its codes")
			}
			best := 0
			most, _ := r.when.fits(*c.Ending)
			for _, other := range table {
				if weight, ok := other.when.fits(*c.Ending); ok && weight == most {
					best++
				}
			}
			if best != 1 {
				t.Errorf("%d rows match equally well", best)
			}
		})
	}
	for id := range endings {
		if !slices.Contains(VerdictIDs(), id) {
			t.Errorf("%s is no row", id)
		}
	}
}

func TestRowsAreWritten(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range table {
		if seen[r.id] {
			t.Errorf("%s is there twice", r.id)
		}
		seen[r.id] = true
		if !slices.Contains(Parties(), r.fault) || !strings.HasSuffix(r.what, ".") {
			t.Errorf("%s: fault %q, %q", r.id, r.fault, r.what)
		}
		if r.fault != Nobody && r.do == "" {
			t.Errorf("%s: somebody is at fault and nothing is to be done", r.id)
		}
	}
}

// Each reason that package call has must have a row that asks for nothing else: with a
// termination that has only this reason, the answer is about it.
func TestEveryReason(t *testing.T) {
	reasons := reasonsOfCall(t)
	if len(reasons) < 25 {
		t.Fatalf("only %d reasons found: the test does not look at package call", len(reasons))
	}
	for _, reason := range reasons {
		if v := Judge(call.Termination{Reason: reason}); v.ID == notKnown.id {
			t.Errorf("reason %s has no row", reason)
		}
	}
}

// reasonsOfCall reads them from the source, so that a new one is not forgotten.
func reasonsOfCall(t *testing.T) (all []call.Reason) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../call/termination.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			if typ, ok := v.Type.(*ast.Ident); ok && typ.Name == "Reason" {
				for _, x := range v.Values {
					all = append(all, call.Reason(strings.Trim(x.(*ast.BasicLit).Value, `"`)))
				}
			}
		}
		return true
	})
	return all
}

func TestNotKnown(t *testing.T) {
	v := Judge(call.Termination{Result: call.Failed, Reason: "of_tomorrow", SIPStatus: 499, Q850: 77, ACSCode: 403, ACSSubCode: 99})
	if v.ID != "not_known" || v.Known || v.Fault != Unknown || v.Codes != "SIP 499, Q.850 77, ACS 403/99" {
		t.Errorf("%+v", v)
	}
	v = Judge(*refuse(499, 77)(t).c.Ending)
	if v.ID != "refused" || v.Known || v.Codes != "SIP 499, Q.850 77" {
		t.Errorf("a status that no row has: %+v", v)
	}
	v = Judge(*ring(call.ClassDeclined, 603, 560603)(t).c.Ending)
	if !v.Known {
		t.Errorf("a sub-code that a row has: %+v", v)
	}
}

// The console says each verdict in Spanish, too, and gives a cure where there is one.
func TestVerdictsInSpanish(t *testing.T) {
	const file = "../../web/src/words/verdicts.es.ts"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]int{} // texts, by row
	for _, m := range regexp.MustCompile(`(?m)^  (\w+): \[("[^"]+")(, "[^"]+")?\],$`).FindAllStringSubmatch(string(text), -1) {
		written[m[1]] = 1
		if m[3] != "" {
			written[m[1]] = 2
		}
	}
	for _, r := range append(slices.Clone(table), notKnown) {
		want := 1
		if r.do != "" {
			want = 2
		}
		if written[r.id] != want {
			t.Errorf("%s has %d texts in %s, want %d", r.id, written[r.id], file, want)
		}
		delete(written, r.id)
	}
	for id := range written {
		t.Errorf("%s in %s is no row", id, file)
	}
}
