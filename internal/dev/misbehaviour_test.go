package dev_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/dev"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
	"tandem/sip/siptest"
)

// An ending is what the product makes of one misbehaviour of Microsoft's: what is
// switched on, what is done, and what comes of it, all in the test.
type ending struct {
	knob string
	name string
	test func(*flows, *testing.T)
}

// reaches is a call to one who accepts, whom it reaches in spite of the misbehaviour.
func reaches(name string, broken ...faults.Fault) ending {
	return ending{broken[0].Knob, name, func(f *flows, t *testing.T) {
		f.reach(t, reach{name, oneAccepts, func(f *flows, t *testing.T) {
			for _, x := range broken {
				f.fault(t, x)
			}
		}, customerHangsUp, "completed", "caller_hung_up", "none", []string{"ended"}})
	}}
}

// sipReaches is the same with Microsoft's SIP proxies.
func sipReaches(knob, value string) ending {
	return ending{faults.SIPPrefix + knob, value, func(f *flows, t *testing.T) {
		f.reach(t, reach{knob, oneAccepts, func(f *flows, t *testing.T) { f.sipFault(t, knob, value) }, customerHangsUp,
			"completed", "caller_hung_up", "none", []string{"ended"}})
	}}
}

// endings are played one after the other, because most misbehaviours strike whoever comes.
var endings = []ending{
	reaches("callbacks are late", faults.Fault{Knob: faults.EventDelay, Value: "1s"}),
	reaches("the list is first", faults.Fault{Knob: faults.EventOrder, Value: "updated-first"}),
	reaches("the list is second", faults.Fault{Knob: faults.EventOrder, Value: "connected-first"}),
	reaches("the answers to accepting and adding are late",
		faults.Fault{Knob: faults.HTTPSlow, Scope: "answer", Value: "1500ms", Times: 1}, faults.Fault{Knob: faults.HTTPSlow, Scope: "add", Value: "1500ms", Times: 1}),
	reaches("the request to add does not arrive, then its answer",
		faults.Fault{Knob: faults.HTTPCut, Scope: "add", Value: "before", Times: 1}, faults.Fault{Knob: faults.HTTPCut, Scope: "add", Value: "after", Times: 1}),
	reaches("the request to accept does not arrive, then its answer",
		faults.Fault{Knob: faults.HTTPReset, Scope: "answer", Value: "before", Times: 1}, faults.Fault{Knob: faults.HTTPReset, Scope: "answer", Value: "after", Times: 1}),
	reaches("nobody says that the connection has ended", faults.Fault{Knob: faults.LeaveSilent}),
	{faults.AddLie, "the only one", (*flows).liedTo},
	{faults.AddLie, "the first of two", (*flows).liedToAndReached},
	{faults.AddLie, "in a conversation", (*flows).liedToInACall},
	{faults.AddPhantom, "of one who rings", (*flows).phantomThatRings},
	{faults.AddPhantom, "of a stranger", (*flows).phantomStranger},
	{faults.MediaFail, "each operation on sound", (*flows).soundsFail},
	{faults.RecordingFail, "a recording that was accepted", (*flows).recordingFails},
	{faults.GridLose, "the second try comes too late", (*flows).gridLoses},
	{faults.PresenceFreeze, "he is gone, and Graph has him as he was", (*flows).frozenPresence},
	{faults.PresenceCamelCase, "offline", (*flows).camelCase},
	{faults.PresencePoor, "offline", (*flows).poorPresence},
	sipReaches("early-media", "on"),
	sipReaches("no-keepalive", "on"),
	{"sip.lost-ack", "", (*flows).lostACK},
	{"sip.crypto-lines", "in an offer to a telephone", (*flows).cryptoLines},
}

// shownBy names the declaration, in a test of another file, that shows the ending of a
// misbehaviour. What is there has to name it.
var shownBy = map[string]string{
	faults.EventLose:           "internal/dev/talks_test.go lose",
	faults.EventDuplicate:      "internal/dev/talks_test.go talks",
	faults.EventReorder:        "internal/dev/talks_test.go talks",
	faults.EventBeforeResponse: "internal/dev/talks_test.go talks",
	faults.EventBeforeAnswer:   "internal/dev/talks_test.go talks",
	faults.EventStorm:          "internal/dev/talks_test.go talks",
	faults.HTTPStatus:          "internal/dev/talks_test.go talks",
	faults.GraphStatus:         "internal/dev/talks_test.go talks",
	faults.TokenAudience:       "internal/dev/doors_test.go forgedCallbacks",
	faults.TokenExpired:        "internal/dev/doors_test.go forgedCallbacks",
	faults.TokenKey:            "internal/dev/doors_test.go forgedCallbacks",
	faults.LegReject:           "internal/dev/flows_test.go nobodyTakesIt",
	faults.AddResult:           "internal/dev/flows_test.go nobodyTakesIt",
	faults.RecordingChunk:      "internal/dev/recording_test.go recordedOnABadDay",
	faults.StreamCut:           "internal/dev/bots_test.go TestVirtualAgentOnBadDays",

	faults.GraphEmptyPage:        "internal/microsoft/graph/directory_test.go",
	faults.GraphNoConfigurations: "internal/microsoft/graph/directory_test.go",
	faults.EntraError:            "internal/api/portal/signin_test.go TestRefusals",
	faults.EntraKey:              "internal/api/portal/signin_test.go TestRefusals",
	faults.EntraStatus:           "internal/api/portal/signin_test.go TestSignInWithoutMicrosoft",
	faults.EntraWrongTenant:      "internal/api/portal/consent_test.go",
	faults.EntraSignIn:           "internal/api/portal/signin_test.go TestRefusals",
	faults.EntraIssuer:           "internal/api/portal/signin_test.go TestSignInWithoutMicrosoft",
	faults.EntraLostState:        "internal/api/portal/consent_test.go TestConsentWithAnotherState",

	"sip.unavailable": "sip/conform_far_test.go farRows",
	"sip.silent":      "sip/conform_far_test.go farRows",
	"sip.tls-reset":   "sip/conform_far_test.go farRows",
	"sip.refuse":      "sip/conform_far_test.go farRows",
	"sip.ring-storm":  "sip/legs_test.go manyRing",
	"sip.late-ok":     "sip/legs_test.go answerCrossesCancel",
	"sip.lower-case":  "sip/legs_test.go lowerCase",
	"sip.no-rtp":      "internal/dev/talks_test.go talks",

	"sip.certificate":    "sip/conform_far_test.go farRows",
	"sip.dns":            "sip/conform_far_test.go farRows",
	"sip.referred-by":    "sip/conform_far_test.go farRows",
	"sip.refresh":        "sip/farsession_test.go refreshesOfACallOut",
	"sip.glare":          "sip/farsession_test.go glareAtTheProxies",
	"sip.refresher":      "sip/farsession_test.go glareAtTheProxies",
	"sip.new-connection": "sip/farsession_test.go requestsOnNewConnections",
	"sip.rekey":          "sip/farsession_test.go rekeys",
	"sip.config-cache":   "sip/farsession_test.go staleTrunk",
}

// noEnding says why there is no test of a misbehaviour itself.
var noEnding = map[string]string{
	faults.EntraRoles:   "a permission that is missing, which takes minutes to be believed: internal/onboarding/flow_test.go has its ending, with time of its own",
	faults.EntraPartial: "the same",
}

// TestMisbehaviours: the simulator is asked in which ways it can misbehave, and each of
// them has a test that shows the right ending.
func TestMisbehaviours(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	var knobs map[string]string
	f.control(t, "GET", "/knobs", nil, &knobs)
	named := constants(t, "internal/simulator/faults/faults.go", "")
	for value, name := range constants(t, "internal/simulator/pstnhub/fault.go", faults.SIPPrefix) {
		named[value] = name
	}
	for knob, text := range knobs {
		here := slices.ContainsFunc(endings, func(e ending) bool { return e.knob == knob })
		switch where := shownBy[knob]; {
		case here:
		case where != "":
			if !mentions(t, where, named[knob], strings.TrimPrefix(knob, faults.SIPPrefix)) {
				t.Errorf("%s does not show %s", where, knob)
			}
		case noEnding[knob] == "":
			t.Errorf("no test shows how it ends: %s (%s)", knob, text)
		}
	}
	for _, e := range endings {
		if knobs[e.knob] == "" {
			t.Errorf("there is no %s", e.knob)
		}
		t.Run(e.knob+" "+e.name, func(t *testing.T) { e.test(f, t) })
	}
	f.nothingLeft(t)
}

const root = "../../"

// constants are the names of a file's constants by value.
func constants(t *testing.T, file, prefix string) map[string]string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), root+file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, d := range parsed.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			if v := s.(*ast.ValueSpec); len(v.Values) == 1 {
				if text, ok := v.Values[0].(*ast.BasicLit); ok && text.Kind == token.STRING {
					names[prefix+strings.Trim(text.Value, `"`)] = v.Names[0].Name
				}
			}
		}
	}
	return names
}

// mentions reports whether a file, or one declaration in it, names a constant or its value.
func mentions(t *testing.T, where, constant, value string) bool {
	t.Helper()
	file, name, _ := strings.Cut(where, " ")
	source, err := os.ReadFile(filepath.FromSlash(root + file))
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, source, 0)
	if err != nil {
		t.Fatal(err)
	}
	in := func(n ast.Node) bool {
		text := string(source[set.Position(n.Pos()).Offset:set.Position(n.End()).Offset])
		return constant != "" && strings.Contains(text, "."+constant) || strings.Contains(text, `"`+value+`"`)
	}
	if name == "" {
		return in(parsed)
	}
	for _, d := range parsed.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.Name == name {
				return in(d)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if v, ok := s.(*ast.ValueSpec); ok && v.Names[0].Name == name {
					return in(v)
				}
			}
		}
	}
	return false
}

// vain is a call that reaches nobody.
func (f *flows) vain(t *testing.T, agents []dev.FileAgent, status int, result, reason, fault string, outcomes ...string) {
	t.Helper()
	asked := f.request(t, agents)
	customer := f.place(t, asked.SIPURI)
	r := f.ended(t, asked.ID, 40*time.Second)
	if no := refused(t, customer); no.Status != status {
		t.Errorf("the customer got %d, want %d", no.Status, status)
	}
	r.check(t, result, reason, fault)
	if !slices.Equal(r.outcomes(), outcomes) {
		t.Errorf("outcomes %v, want %v", r.outcomes(), outcomes)
	}
	for _, a := range agents {
		f.quiet(t, a)
	}
}

// liedTo: who declines is told to have joined. The customer is not answered for him.
func (f *flows) liedTo(t *testing.T) {
	agents := f.cast(t, does(teams.Decline))
	f.fault(t, faults.Fault{Knob: faults.AddLie, Scope: agents[0].OID})
	f.vain(t, agents, 603, "unanswered", "declined", "none", "declined")
}

func (f *flows) liedToAndReached(t *testing.T) {
	f.reach(t, reach{"", []teams.Change{does(teams.Decline), does(teams.Accept)}, set(faults.Fault{Knob: faults.AddLie}), customerHangsUp,
		"completed", "caller_hung_up", "none", []string{"declined", "ended"}})
}

// liedToInACall: the conversation goes on without him who did not come.
func (f *flows) liedToInACall(t *testing.T) {
	c := f.converse(t)
	second := f.cast(t, does(teams.Decline))[0]
	f.fault(t, faults.Fault{Knob: faults.AddLie, Scope: second.OID})
	p := c.stands(t, c.adds(t, object{"agent": second.ID})[0].ID, "gone", func(p participant) bool { return p.State == "gone" })
	if p.Outcome != "declined" {
		t.Errorf("%+v", p)
	}
	c.goesOn(t)
	customerHangsUp(f, t, c.customer, call.Call{}, nil)
	f.ended(t, c.id, soon).check(t, "completed", "caller_hung_up", "none")
}

// goesOn checks that the conversation does.
func (c *conversation) goesOn(t *testing.T) {
	t.Helper()
	c.done(t, "/play", object{"sources": []object{{"text": "Hi."}}})
	if phase := c.phase(t, c.id); phase != "connected" {
		t.Errorf("the call is %s", phase)
	}
}

// phantomThatRings: a list shows him while his Teams rings. He does not come, and the
// customer is not answered for him.
func (f *flows) phantomThatRings(t *testing.T) {
	agents := f.cast(t, does(teams.Never))
	f.fault(t, faults.Fault{Knob: faults.AddPhantom, Value: "8:orgid:" + agents[0].OID})
	f.vain(t, agents, 480, "unanswered", "no_answer", "none", "no_answer")
}

// phantomStranger: a list shows somebody whom nobody asked for. He is nobody's participant.
func (f *flows) phantomStranger(t *testing.T) {
	stranger := f.cast(t, does(teams.Never))[0]
	f.fault(t, faults.Fault{Knob: faults.AddPhantom, Value: "8:orgid:" + stranger.OID})
	c := f.converse(t)
	var shown struct{ Items []participant }
	if c.ask(t, "GET", c.path+"/participants", nil, &shown); len(shown.Items) != 1 || shown.Items[0].Agent != c.agent.ID {
		t.Errorf("%+v", shown)
	}
	c.goesOn(t)
	f.control(t, "POST", "/users/"+c.agent.OID+"/hangup", nil, nil)
	f.ended(t, c.id, soon).check(t, "completed", "agent_hung_up", "none")
}

// soundsFail: an operation that was accepted fails, and the call goes on.
func (f *flows) soundsFail(t *testing.T) {
	c := f.converse(t)
	for _, x := range []struct {
		operation, path string
		body            object
	}{
		{"play", "/play", object{"sources": prompt}},
		{"recognize", "/recognize", object{"listen": object{"input": "dtmf", "max_tones": 2}}},
		{"send_tones", "/dtmf", object{"tones": "1"}},
	} {
		f.fault(t, faults.Fault{Knob: faults.MediaFail, Scope: x.operation, Value: "400/8536", Times: 1})
		if o := c.end(t, c.begin(t, x.path, x.body)); o.State != "failed" || o.Outcome == "" {
			t.Errorf("%s: %+v", x.operation, o)
		}
	}
	c.goesOn(t)
	customerHangsUp(f, t, c.customer, call.Call{}, nil)
	f.ended(t, c.id, soon).check(t, "completed", "caller_hung_up", "none")
}

// recordingFails: none begins, the record says so, and the call goes on.
func (f *flows) recordingFails(t *testing.T) {
	c := f.converse(t)
	f.fault(t, faults.Fault{Knob: faults.RecordingFail, Value: "500/8700", Times: 1})
	if status := c.ask(t, "POST", c.path+"/recording/start", nil, nil); status != 202 {
		t.Fatalf("start: %d", status)
	}
	o := f.await(t, "the recording failed", soon, func(o bridge.Observation) bool {
		return o.Call.ID == c.id && len(o.Call.Recordings) == 1 && o.Call.Recordings[0].State == call.RecordingFailed
	})
	if r := o.Call.Recordings[0]; r.Outcome.Code != 500 {
		t.Errorf("%+v", r)
	}
	c.goesOn(t)
	customerHangsUp(f, t, c.customer, call.Call{}, nil)
	f.ended(t, c.id, soon).check(t, "completed", "caller_hung_up", "none")
}

// gridLoses: the first delivery of IncomingCall is lost. Event Grid's second comes when
// the call was given up, and is refused.
func (f *flows) gridLoses(t *testing.T) {
	agents := f.cast(t, does(teams.Accept))
	f.fault(t, faults.Fault{Knob: faults.GridLose, Scope: "IncomingCall", Times: 1})
	f.vain(t, agents, 504, "failed", "no_incoming_call", "microsoft", "cancelled")
}

// frozenPresence: he seems to be there, his ringing fails at once, and the next has his turn.
func (f *flows) frozenPresence(t *testing.T) {
	here := does(teams.Accept)
	here.Presence = &teams.Presence{Availability: "Available"}
	agents := f.cast(t, here, here)
	f.fault(t, faults.Fault{Knob: faults.PresenceFreeze, Scope: agents[0].OID})
	f.availability(t, "agents="+agents[0].ID) // Graph answers once as it is, and then the same
	if _, err := f.Sim.Users().Update(agents[0].OID, absent()); err != nil {
		t.Fatal(err)
	}
	asked := f.request(t, agents)
	customer := f.place(t, asked.SIPURI)
	f.connected(t, asked.ID, customer, soon)
	customerHangsUp(f, t, customer, call.Call{}, nil)
	r := f.ended(t, asked.ID, soon)
	r.check(t, "completed", "caller_hung_up", "none")
	if !slices.Equal(r.outcomes(), []string{"unavailable", "ended"}) {
		t.Errorf("outcomes %v", r.outcomes())
	}
}

// camelCase, poorPresence: an absent agent is known to be so, and not rung.
func (f *flows) camelCase(t *testing.T)    { f.passedOver(t, faults.PresenceCamelCase) }
func (f *flows) poorPresence(t *testing.T) { f.passedOver(t, faults.PresencePoor) }

func (f *flows) passedOver(t *testing.T, knob string) {
	f.reach(t, reach{knob, []teams.Change{absent(), does(teams.Accept)}, set(faults.Fault{Knob: knob}), customerHangsUp,
		"completed", "caller_hung_up", "none", []string{"ended"}})
}

// lostACK: Microsoft does not get the ACK of its 200, so that the connection never comes
// up. Nobody is rung for it.
func (f *flows) lostACK(t *testing.T) {
	agents := f.cast(t, does(teams.Accept))
	f.sipFault(t, "lost-ack", "on")
	f.vain(t, agents, 504, "failed", "connect_timeout", "microsoft", "cancelled")
}

// cryptoLines: Microsoft's offer for a telephone has more lines than we need.
func (f *flows) cryptoLines(t *testing.T) {
	f.sipFault(t, "crypto-lines", "on")
	f.outside(t, func(in *siptest.Incoming) {
		if _, err := in.Answer(context.Background(), audio.PCM{}); err != nil {
			t.Error(err)
		}
	})
	c := f.converse(t)
	c.joined(t, c.adds(t, object{"phone_number": "+4930555111"})[0].ID)
	customerHangsUp(f, t, c.customer, call.Call{}, nil)
	r := f.ended(t, c.id, soon)
	r.check(t, "completed", "caller_hung_up", "none")
	if len(r.Outlegs) != 1 || r.Outlegs[0].Media.PacketsIn == 0 {
		t.Errorf("%+v", r.Outlegs)
	}
}
