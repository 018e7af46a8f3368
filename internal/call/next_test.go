package call

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tandem/internal/tenant"
)

var t0 = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// Every (state, fact) pair of the three machines: what is not in the table is
// ignored, and the tables name no state that the model does not have.
func TestMachines(t *testing.T) {
	legs := []LegState{LegNone, LegOffered, LegDialing, LegRinging, LegAnswering, LegUp, LegEnding, LegDone}
	legRows := []string{
		"none -offered-> offered",
		"offered -answered-> up", "offered -ended-> ended",
		"dialing -proceeding-> dialing", "dialing -ringing-> ringing", "dialing -answered-> up", "dialing -ended-> ended",
		"ringing -proceeding-> ringing", "ringing -ringing-> ringing", "ringing -answered-> up", "ringing -ended-> ended",
		"answering -answered-> up", "answering -ended-> ended",
		"up -answered-> up", "up -ended-> ended",
		"ending -proceeding-> ending", "ending -answered-> ending", "ending -ended-> ended",
	}
	checkMachine(t, legRows, legs, []legFact{factOffered, factProceeding, factRinging, factAnswered, factEnded}, nextLeg)

	connections := []ConnectionState{
		ConnectionNone, ConnectionOffered, ConnectionRedirecting, ConnectionAccepting, ConnectionAnswered, ConnectionPlacing, ConnectionPlaced,
		ConnectionIsUp, ConnectionEnding, ConnectionIsDown,
	}
	connectionRows := []string{
		"none -invited-> offered",
		"offered -down-> down",
		"redirecting -down-> down",
		"accepting -accepted-> accepted", "accepting -up-> up", "accepting -down-> down",
		"accepted -up-> up", "accepted -down-> down",
		"placing -placed-> placed", "placing -up-> up", "placing -down-> down",
		"placed -up-> up", "placed -down-> down",
		"up -accepted-> up", "up -placed-> up", "up -up-> up", "up -down-> down",
		"ending -accepted-> ending", "ending -placed-> ending", "ending -up-> ending", "ending -down-> down",
	}
	checkMachine(t, connectionRows, connections, []connectionFact{factInvited, factAccepted, factPlaced, factUp, factDown}, nextConnection)

	people := []ParticipantState{Reserved, Inviting, Ringing, Joined, Cancelling, Removing, Arriving, Departing, Gone}
	peopleRows := []string{
		"reserved -failed-> gone",
		"inviting -invited-> ringing", "inviting -joined-> joined", "inviting -failed-> gone",
		"ringing -joined-> joined", "ringing -failed-> gone", "ringing -cancelled-> gone",
		"joined -left-> gone",
		"cancelling -invited-> cancelling", "cancelling -joined-> joined", "cancelling -failed-> gone",
		"cancelling -cancelled-> gone", "cancelling -left-> gone",
		"removing -left-> gone",
		"arriving -joined-> joined", "arriving -failed-> gone",
		"departing -left-> gone",
	}
	checkMachine(t, peopleRows, people,
		[]participantFact{factInvitedAgent, factJoined, factFailed, factCancelled, factLeft}, nextParticipant)
}

func checkMachine[S, F ~string](t *testing.T, rows []string, states []S, facts []F, next func(S, F) (S, bool)) {
	t.Helper()
	var got []string
	for _, from := range states {
		for _, f := range facts {
			if to, ok := next(from, f); ok {
				if !slices.Contains(states, to) {
					t.Errorf("%s -%s-> %s: no such state", from, f, to)
				}
				got = append(got, named(string(from))+" -"+string(f)+"-> "+named(string(to)))
			}
		}
	}
	want := slices.Clone(rows)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("transitions:\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

func named(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func TestTheMainJob(t *testing.T) {
	s := talking(t, Plan{Number: "+4969100"})
	s.expect(LegEnded{Side: Near, By: ByCaller, Q850: 16, Media: MediaStats{PacketsIn: 5}}, "end_connection", "hang_up_leg")
	s.expect(ConnectionDown{Connection: "c1", Outcome: Outcome{Class: ClassEnded, Code: 200, SubCode: 7000}})
	s.expect(LegEnded{Side: Far, By: ByTandem})
	s.over(Termination{Result: Completed, Reason: ReasonCallerHungUp, By: ByCaller, Fault: FaultNone})
	r := s.c.Record()
	if r.Agent != "a1" || r.Connection != "c1" || r.Near.Media.PacketsIn != 5 || r.Talk <= 0 || r.Setup <= 0 {
		t.Errorf("record %+v", r)
	}
}

func TestEndings(t *testing.T) {
	refused := func(class Class) Outcome { return Outcome{Class: class, Code: 1, SubCode: 2} }
	fail := func(o Outcome) func(*story) {
		return func(s *story) {
			s.expect(AgentFailed{Connection: "c1", Op: s.c.Participants[0].Op, Endpoint: ana, Outcome: o}, "choose_agent")
			s.expect(NobodyAvailable{Op: s.op()}, "hang_up_leg", "end_connection", "hang_up_leg")
		}
	}
	gone := func(s *story) {
		s.play(ConnectionDown{Connection: "c1", Outcome: Outcome{Class: ClassEnded}})
		s.play(LegEnded{Side: Near, By: ByTandem})
		s.play(LegEnded{Side: Far, By: ByTandem})
	}
	rows := []struct {
		name   string
		from   func(*testing.T, Plan) *story
		end    func(*story)
		want   Termination
		status int
	}{
		{"agent hangs up", talking, func(s *story) {
			s.expect(ParticipantsChanged{Connection: "c1", Sequence: 5}, "hang_up_leg", "end_connection", "hang_up_leg")
		}, Termination{Result: Completed, Reason: ReasonAgentHungUp, By: ByAgent, Fault: FaultNone}, 0},
		{"Microsoft ends it", talking, func(s *story) {
			s.expect(ConnectionDown{Connection: "c1", Outcome: Outcome{Class: ClassEnded, Code: 200, SubCode: 5001}}, "hang_up_leg", "hang_up_leg")
		}, Termination{Result: Completed, Reason: ReasonMicrosoftHungUp, By: ByMicrosoft, Fault: FaultNone}, 0},
		{"Microsoft loses it", talking, func(s *story) {
			s.expect(ConnectionDown{Connection: "c1", Outcome: Outcome{Class: ClassMedia, Code: 410, SubCode: 301005}}, "hang_up_leg", "hang_up_leg")
		}, Termination{Result: Failed, Reason: ReasonConnectionLost, By: ByMicrosoft, Fault: FaultMicrosoft}, 0},
		{"far BYE, callback lost", talking, func(s *story) {
			s.expect(LegEnded{Side: Far, By: ByMicrosoft, Q850: 16}, "hang_up_leg", "end_connection")
		}, Termination{Result: Completed, Reason: ReasonMicrosoftHungUp, By: ByMicrosoft, Fault: FaultNone}, 0},
		{"media lost from Microsoft", talking, func(s *story) {
			s.expect(MediaLost{Side: Far}, "hang_up_leg", "end_connection", "hang_up_leg")
		}, Termination{Result: Failed, Reason: ReasonMediaLost, By: ByTandem, Fault: FaultMicrosoft}, 0},
		{"provider hangs up", talking, func(s *story) {
			s.expect(HangUpAsked{}, "hang_up_leg", "end_connection", "hang_up_leg")
		}, Termination{Result: Completed, Reason: ReasonHangUpRequested, By: ByProvider, Fault: FaultNone}, 0},
		{"owner lost", talking, func(s *story) {
			s.expect(OwnerLost{}, "bury_leg", "end_connection", "bury_leg")
		}, Termination{Result: Failed, Reason: ReasonOwnerLost, By: ByTandem, Fault: FaultTandem}, 0},
		{"no ACK", func(t *testing.T, p Plan) *story {
			s := ringing(t, p)
			s.joins(ana, "connect_media", "answer_near")
			return s
		}, func(s *story) {
			s.play(LegAnswered{Side: Near})
			s.expect(LegEnded{Side: Near, By: ByTandem, Text: "no ACK"}, "end_connection", "hang_up_leg")
		}, Termination{Result: Failed, Reason: ReasonLegLost, By: ByTandem, Fault: FaultProvider}, 0},
		{"declined", ringing, fail(refused(ClassDeclined)), Termination{Result: Unanswered, Reason: ReasonDeclined, By: ByAgent, Fault: FaultNone}, 603},
		{"no answer", ringing, fail(refused(ClassNoAnswer)), Termination{Result: Unanswered, Reason: ReasonNoAnswer, By: ByAgent, Fault: FaultNone}, 480},
		{"busy", ringing, fail(refused(ClassBusy)), Termination{Result: Unanswered, Reason: ReasonBusy, By: ByAgent, Fault: FaultNone}, 486},
		{"offline", ringing, fail(refused(ClassUnavailable)), Termination{Result: Unanswered, Reason: ReasonAgentUnavailable, By: ByAgent, Fault: FaultNone}, 480},
		{"federation missing", ringing, fail(refused(ClassNotAllowed)), Termination{Result: Failed, Reason: ReasonNotAllowed, By: ByMicrosoft, Fault: FaultTenant}, 403},
		{"bad identifier", ringing, fail(refused(ClassMisconfigured)), Termination{Result: Failed, Reason: ReasonMisconfigured, By: ByMicrosoft, Fault: FaultProvider}, 502},
		{"no media at the agent", ringing, fail(refused(ClassMedia)), Termination{Result: Failed, Reason: ReasonRingFailed, By: ByMicrosoft, Fault: FaultMicrosoft}, 502},
		{"unknown code", ringing, fail(refused(ClassUnknown)), Termination{Result: Failed, Reason: ReasonRingFailed, By: ByMicrosoft, Fault: FaultMicrosoft}, 502},
		{"customer gives up while it rings", ringing, func(s *story) {
			s.expect(LegEnded{Side: Near, By: ByCaller, Status: 487}, "cancel_ring")
			s.expect(RingCancelled{Connection: "c1", Invitation: "i1"}, "end_connection", "hang_up_leg")
		}, Termination{Result: Abandoned, Reason: ReasonCallerGaveUp, By: ByCaller, Fault: FaultNone}, 0},
		{"setup takes too long", ringing, func(s *story) {
			s.expect(DeadlinePassed{Name: AwaitSetup}, "hang_up_leg", "cancel_ring")
			s.expect(RingCancelled{Connection: "c1", Invitation: "i1"}, "end_connection", "hang_up_leg")
		}, Termination{Result: Unanswered, Reason: ReasonSetupTimeout, By: ByTandem, Fault: FaultUndetermined}, 480},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := row.from(t, Plan{})
			row.end(s)
			gone(s)
			s.over(row.want)
			if row.status != 0 {
				if got, _ := s.c.Ending.NearStatus(); got != row.status {
					t.Errorf("the customer hears %d, want %d", got, row.status)
				}
			}
		})
	}
}

func TestEndingsBeforeTheConnection(t *testing.T) {
	t.Run("nobody available: no far leg", func(t *testing.T) {
		s := begin(t, Plan{})
		s.expect(Offered{}, "choose_agent")
		s.expect(NobodyAvailable{Op: s.op(), Why: []string{"Ana is Offline"}}, "hang_up_leg")
		if hang := s.asked[0].Do.(HangUpLeg); hang.Status != 480 {
			t.Errorf("status %d", hang.Status)
		}
		s.expect(LegEnded{Side: Near, By: ByTandem})
		s.over(Termination{Result: Unanswered, Reason: ReasonNobodyAvailable, By: ByTandem, Fault: FaultNone})
	})
	dialing := func(t *testing.T) *story {
		s := begin(t, Plan{})
		s.expect(Offered{}, "choose_agent")
		s.expect(AgentChosen{Op: s.op(), Agent: "a1", Endpoint: ana}, "ring_near", "dial_far")
		return s
	}
	t.Run("Microsoft refuses the leg", func(t *testing.T) {
		s := dialing(t)
		s.expect(LegEnded{Side: Far, By: ByMicrosoft, Status: 403, Text: "no trunk"}, "hang_up_leg")
		s.expect(LegEnded{Side: Near, By: ByTandem})
		s.over(Termination{Result: Failed, Reason: ReasonMicrosoftRefused, By: ByMicrosoft, Fault: FaultMicrosoft})
		if s.c.Ending.SIPStatus != 403 {
			t.Errorf("status %d kept", s.c.Ending.SIPStatus)
		}
	})
	t.Run("no IncomingCall, then a late one", func(t *testing.T) {
		s := dialing(t)
		s.expect(DeadlinePassed{Name: AwaitInvitation}, "hang_up_leg", "hang_up_leg")
		s.expect(Invited{Resource: "r", Context: "late"}, "refuse_invitation")
		s.expect(LegEnded{Side: Near, By: ByTandem})
		s.expect(LegEnded{Side: Far, By: ByTandem})
		s.over(Termination{Result: Failed, Reason: ReasonNoInvitation, By: ByTandem, Fault: FaultMicrosoft})
	})
	t.Run("accept refused", func(t *testing.T) {
		s := dialing(t)
		s.expect(Invited{Resource: "r", Context: "x"}, "accept_invitation")
		s.expect(ActionFailed{Op: s.op(), Action: "accept_invitation", Outcome: Outcome{Class: ClassMisconfigured, Code: 400, SubCode: 8523}}, "hang_up_leg", "hang_up_leg")
		s.play(LegEnded{Side: Near, By: ByTandem})
		s.play(LegEnded{Side: Far, By: ByTandem})
		s.over(Termination{Result: Failed, Reason: ReasonMicrosoftRefused, By: ByMicrosoft, Fault: FaultMicrosoft})
	})
	t.Run("the connection dies while the agent's Teams rings: he was not in the call", func(t *testing.T) {
		s := ringing(t, Plan{})
		s.play(ConnectionDown{Connection: "c1", Outcome: Outcome{Class: ClassMedia, Code: 410}})
		if got := s.c.Participants[0].Outcome.Class; got != ClassCancelled {
			t.Errorf("outcome %s, want cancelled", got)
		}
	})
	t.Run("CallConnected lost: look, go on", func(t *testing.T) {
		s := dialing(t)
		s.play(Invited{Resource: "r", Context: "x"})
		s.play(ConnectionAccepted{Op: s.op(), Connection: "c1"})
		s.expect(DeadlinePassed{Name: AwaitConnected}, "look")
		s.expect(Observed{Connection: "c1", Up: true}, "ring_agent")
	})
	t.Run("CallConnected before the answer to the accept request", func(t *testing.T) {
		s := dialing(t)
		s.play(Invited{Resource: "r", Context: "x"})
		accept := s.op()
		s.expect(ConnectionUp{Connection: "c1"}, "ring_agent")
		s.expect(ConnectionAccepted{Op: accept, Connection: "c1", ServerCall: "srv"})
		if s.c.Connection.ServerCall != "srv" || s.c.Connection.State != ConnectionIsUp {
			t.Errorf("connection %+v", s.c.Connection)
		}
	})
	t.Run("a requested call whose INVITE never comes", func(t *testing.T) {
		s := begin(t, Plan{})
		s.expect(RequestedByAPI{})
		s.expect(DeadlinePassed{Name: AwaitInvite})
		s.over(Termination{Result: Abandoned, Reason: ReasonNoInvite, By: ByTandem, Fault: FaultProvider})
	})
	t.Run("owner lost while waiting for the INVITE changes nothing", func(t *testing.T) {
		s := begin(t, Plan{})
		s.play(RequestedByAPI{})
		s.expect(OwnerLost{})
		if s.c.Phase != Requested {
			t.Error(s.c.Phase)
		}
	})
}

func TestNextAgentAfterNoAnswer(t *testing.T) {
	s := ringing(t, Plan{Agents: []tenant.AgentID{"a1", "a2"}})
	s.expect(AgentFailed{Connection: "c1", Op: s.c.Participants[0].Op, Endpoint: ana, Outcome: Outcome{Class: ClassNoAnswer}}, "choose_agent")
	if tried := s.asked[0].Do.(ChooseAgent).Tried; !slices.Equal(tried, []tenant.AgentID{"a1"}) {
		t.Errorf("tried %v", tried)
	}
	s.expect(AgentChosen{Op: s.op(), Agent: "a2", Endpoint: bob}, "ring_agent")
	s.expect(AgentInvited{Op: s.op(), Invitation: "i2"})
	s.joins(bob, "connect_media", "answer_near")
	s.expect(LegAnswered{Side: Near})
	if s.c.Phase != Connected || !slices.Equal(s.c.Held(), []tenant.AgentID{"a2"}) {
		t.Errorf("phase %s, holds %v", s.c.Phase, s.c.Held())
	}
}

func TestRingThatNobodyReports(t *testing.T) {
	s := ringing(t, Plan{})
	ring := awaitRing(s.c.Participants[0])
	s.expect(DeadlinePassed{Name: ring}, "look")
	t.Run("he had joined", func(t *testing.T) {
		s := *s
		s.t = t
		s.expect(Observed{Connection: "c1", Up: true, Present: []Endpoint{ana}}, "connect_media", "answer_near")
	})
	t.Run("still ringing: withdraw, then the next", func(t *testing.T) {
		s := *s
		s.t = t
		s.expect(Observed{Connection: "c1", Up: true}, "cancel_ring")
		s.expect(RingCancelled{Connection: "c1", Invitation: "i1"}, "choose_agent")
		if o := s.c.Participants[0].Outcome.Class; o != ClassNoAnswer {
			t.Errorf("outcome %s: the withdrawal hid the reason", o)
		}
	})
	t.Run("the look is lost too", func(t *testing.T) {
		s := *s
		s.t = t
		s.expect(DeadlinePassed{Name: ring}, "choose_agent")
	})
}

// TestRingingIsLookedAt: the callbacks of who joined may all be lost, and he talks to nobody
// until somebody looks.
func TestRingingIsLookedAt(t *testing.T) {
	s := ringing(t, Plan{})
	for range 2 {
		if left := s.c.Deadlines[AwaitWatch].Sub(s.at); left <= 0 || left > WatchRinging {
			t.Fatalf("looked at in %s", left)
		}
		s.expect(DeadlinePassed{Name: AwaitWatch}, "look")
		s.expect(Observed{Connection: "c1", Up: true}) // he still rings
	}
	s.expect(DeadlinePassed{Name: AwaitWatch}, "look")
	s.expect(Observed{Connection: "c1", Up: true, Present: []Endpoint{ana}}, "connect_media", "answer_near")
}

func TestParticipantLists(t *testing.T) {
	s := talking(t, Plan{})
	s.expect(ParticipantsChanged{Connection: "c1", Sequence: 3}) // older than the one that showed him
	s.expect(ParticipantsChanged{Connection: "other", Sequence: 9})
	if s.c.Phase != Connected {
		t.Fatal("a stale or foreign list ended the call")
	}
	s = ringing(t, Plan{})
	s.expect(AgentJoined{Connection: "c1", Endpoint: ana})
	s.expect(ParticipantsChanged{Connection: "c1", Sequence: 3}) // sent before he joined, newest so far
	s.expect(ParticipantsChanged{Connection: "c1", Sequence: 4, Present: []Endpoint{ana}}, "connect_media", "answer_near")
	s.expect(LegAnswered{Side: Near})
	if s.c.Phase != Connected {
		t.Fatal("a list older than his arrival threw him out")
	}
	s.expect(DeadlinePassed{Name: AwaitWatch}, "look")
	s.expect(Observed{Connection: "c1", Up: true}, "hang_up_leg", "end_connection", "hang_up_leg")
}

func TestAddAndRemove(t *testing.T) {
	s := talking(t, Plan{})
	s.expect(AddAsked{Agent: "a1"})
	if len(s.c.Adds) != 0 {
		t.Error("an agent who is in the call was added again")
	}
	s.expect(AddAsked{Agent: "a2", DisplayName: "Expert wanted"}, "choose_agent")
	choose := s.op()
	if err := s.c.Permit(AddAsked{ID: "again", Agent: "a2"}); err == nil {
		t.Error("an agent who is being chosen was asked for again")
	}
	s.expect(AgentChosen{Op: choose, Agent: "a2", Endpoint: bob}, "ring_agent")
	if ring := s.asked[0].Do.(RingAgent); ring.DisplayName != "Expert wanted" {
		t.Errorf("rang as %q", ring.DisplayName)
	}
	s.expect(AgentInvited{Op: s.op(), Invitation: "i2"})
	s.joins(bob)
	s.expect(RemoveAsked{Participant: s.c.Participants[0].ID}, "remove_participant")
	s.expect(ParticipantRemoved{Connection: "c1", Endpoint: ana})
	if s.c.Phase != Connected {
		t.Fatal("the call ended although Bob is there")
	}
	s.expect(RemoveAsked{Participant: s.c.Participants[1].ID}, "remove_participant")
	s.expect(ActionFailed{Op: s.op(), Action: "remove_participant"}, "look")
	if s.c.Participants[1].State != Joined {
		t.Errorf("state %s after a failed remove", s.c.Participants[1].State)
	}
	if err := s.c.Permit(RemoveAsked{Participant: "nobody"}); err == nil {
		t.Error("removing nobody is permitted")
	}
}

func TestAnsweredAtOnce(t *testing.T) {
	s := talking(t, Plan{Policy: tenant.AtOnce})
	if _, ok := s.c.Deadlines[AwaitSetup]; ok {
		t.Error("an answered call cannot time out for SIP")
	}
}

func TestEndIsReachedWithoutAnyAnswer(t *testing.T) {
	s := talking(t, Plan{})
	s.play(HangUpAsked{})
	for range 2 * maxLooks {
		s.at = s.at.Add(EndWithin)
		s.play(DeadlinePassed{Name: AwaitEnd})
	}
	s.over(Termination{Result: Completed, Reason: ReasonHangUpRequested, By: ByProvider, Fault: FaultNone})
}

func TestJournalRoundTrip(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range Events() {
		raw, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		back, err := DecodeEvent(e.Kind(), raw)
		if err != nil || !reflect.DeepEqual(back, e) || seen[e.Kind()] {
			t.Errorf("%s came back as %+v (%v), doubled %v", e.Kind(), back, err, seen[e.Kind()])
		}
		seen[e.Kind()] = true
	}
	for _, d := range Doings() {
		raw, _ := json.Marshal(d)
		if back, err := DecodeDoing(d.Kind(), raw); err != nil || !reflect.DeepEqual(back, d) || seen[d.Kind()] {
			t.Errorf("%s came back as %+v (%v)", d.Kind(), back, err)
		}
		seen[d.Kind()] = true
	}
	if _, err := DecodeEvent("no_such", nil); err == nil {
		t.Error("an unknown kind was decoded")
	}
	s := talking(t, Plan{Context: json.RawMessage(`{"a":1}`)})
	raw, err := json.Marshal(s.c)
	if err != nil {
		t.Fatal(err)
	}
	var back Call
	if err := json.Unmarshal(raw, &back); err != nil || !reflect.DeepEqual(back, s.c) {
		t.Errorf("snapshot changed in the journal (%v):\n%+v\n%+v", err, back, s.c)
	}
}

func TestIDs(t *testing.T) {
	id := NewID(t0.Add(123456789), [10]byte{255, 1, 255})
	if got := id.StartedAt(); !got.Equal(t0.Add(123 * time.Millisecond)) {
		t.Errorf("started at %s", got)
	}
	if _, err := ParseID(string(id)); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "x", "00000000-0000-4000-8000-000000000000", strings.Repeat("0", 36)} {
		if _, err := ParseID(bad); err == nil {
			t.Errorf("%q passed for a call id", bad)
		}
	}
}

// Whatever happens in whatever order: Next never panics, never touches the call
// it was given, asks for nothing after the end, and an end is final.
func TestNextIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy := rapid.SampledFrom([]tenant.AnswerPolicy{tenant.WithAgent, tenant.AtOnce}).Draw(t, "policy")
		direction := rapid.SampledFrom([]Direction{"", Outbound, Guest}).Draw(t, "direction")
		plan := Plan{Direction: direction, Policy: policy, RingTimeout: time.Second, MaxDuration: time.Minute, Connectivity: acsDirectRouting}
		if direction == "" && rapid.Bool().Draw(t, "flow") {
			plan.Flow = &FlowRef{ID: "f", Version: 1}
		}
		plan.External = direction == "" && rapid.Bool().Draw(t, "external")
		if direction == Guest {
			plan.Host = &HostCall{Kind: HostGroup, ID: "g"}
		}
		c := New(NewID(t0, [10]byte{}), "t1", plan)
		at := t0
		var asked []Action
		for range rapid.IntRange(1, 60).Draw(t, "events") {
			at = at.Add(time.Second)
			e := anyEvent(t, c, asked)
			frozen, _ := json.Marshal(c)
			next, actions := Next(c, at, e)
			if after, _ := json.Marshal(c); string(after) != string(frozen) {
				t.Fatalf("%s changed the call it was applied to", e.Kind())
			}
			if c.Phase == Ended && (next.Phase != Ended || len(actions) > 0 || *next.Ending != *c.Ending) {
				t.Fatalf("%s did something to an ended call", e.Kind())
			}
			if c.Ending != nil && *next.Ending != *c.Ending {
				t.Fatalf("%s replaced the first cause %v by %v", e.Kind(), c.Ending, next.Ending)
			}
			if next.Phase != Ended && next.Phase != Requested && len(next.Deadlines) == 0 && next.Near.State != LegUp && next.Choosing == "" {
				t.Fatalf("%s leaves a call in %s that awaits nothing", e.Kind(), next.Phase)
			}
			c, asked = next, append(asked, actions...)
		}
	})
}

// anyEvent draws an event, mostly one that fits what was asked for.
func anyEvent(t *rapid.T, c Call, asked []Action) Event {
	op := "none"
	if len(asked) > 0 {
		op = asked[rapid.IntRange(0, len(asked)-1).Draw(t, "op")].ID
	}
	sides := []Side{Near, Far}
	for _, o := range c.Outlegs {
		sides = append(sides, o.Side())
	}
	side := rapid.SampledFrom(sides).Draw(t, "side")
	conn := rapid.SampledFrom([]string{"c1", "c2", ""}).Draw(t, "connection")
	who := rapid.SampledFrom([]Endpoint{ana, bob, eve, tel}).Draw(t, "who")
	agent := map[Endpoint]tenant.AgentID{ana: "a1", bob: "a2"}[who]
	deadline := AwaitEnd
	for _, n := range []string{AwaitInvite, AwaitSetup, AwaitInvitation, AwaitConnected, AwaitWatch, AwaitLimit, AwaitFlow, AwaitHandover, AwaitQueue, AwaitQuiet, AwaitRecording, AwaitStream} {
		if _, ok := c.Deadlines[n]; ok {
			deadline = n
		}
	}
	for _, a := range c.Adds {
		for _, n := range []string{awaitAdd(a.ID), awaitAddsQueue(a.ID)} {
			if _, ok := c.Deadlines[n]; ok {
				deadline = n
			}
		}
	}
	participant := ""
	for _, p := range c.Participants {
		participant = p.ID
	}
	var list []Endpoint
	if rapid.Bool().Draw(t, "present") {
		list = []Endpoint{who}
	}
	return rapid.SampledFrom([]Event{
		RequestedByAPI{}, Offered{}, AgentChosen{Op: c.Choosing, Agent: agent, Endpoint: who}, NobodyAvailable{Op: c.Choosing},
		LegProceeding{Side: side, Status: 180}, LegAnswered{Side: side}, LegEnded{Side: side, By: ByCaller}, MediaLost{Side: side},
		Invited{Resource: "r", Context: "x"}, ConnectionAccepted{Op: c.Connection.Op, Connection: conn}, ConnectionUp{Connection: conn},
		AgentCalled{Op: c.Connection.Op, Connection: conn}, CallFound{Op: c.Connection.Op, Connection: conn, ServerCall: "srv"}, HangUpAsked{ForEveryone: true}, Observed{Connection: conn, Ringing: true},
		ActionFailed{Op: c.Connection.Op, Action: rapid.SampledFrom([]string{"call_agent", "connect_call"}).Draw(t, "which"), Unsure: rapid.Bool().Draw(t, "unsure")},
		ConnectionDown{Connection: conn}, AgentInvited{Op: op, Invitation: "i" + op}, AgentJoined{Connection: conn, Endpoint: who},
		AgentFailed{Connection: conn, Endpoint: who, Outcome: Outcome{Class: ClassDeclined}}, RingCancelled{Connection: conn, Invitation: "i" + op},
		ParticipantsChanged{Connection: conn, Sequence: rapid.IntRange(0, 9).Draw(t, "seq"), Present: list},
		ParticipantRemoved{Connection: conn, Endpoint: who}, Observed{Connection: conn, Up: true, Present: list}, Observed{Connection: conn},
		DeadlinePassed{Name: deadline}, DeadlinePassed{Name: AwaitRing + "/" + participant}, DeadlinePassed{Name: AwaitSight + "/" + participant}, Doubted{},
		ActionFailed{Op: op, Action: rapid.SampledFrom(Doings()).Draw(t, "action").Kind()}, OwnerLost{}, Overloaded{},
		AddAsked{Agent: agent}, AddAsked{ID: op, Agent: agent}, AddAsked{ID: "s" + op, Queue: "q", MaxWait: time.Minute}, AddAsked{ID: "x" + op, Outside: eve}, AddAsked{ID: "t" + op, Outside: tel}, OutOffered{Op: op, Number: tel.ID}, RemoveAsked{Participant: participant}, HangUpAsked{Flow: rapid.Bool().Draw(t, "by flow")},
		HandoverAsked{Agents: []tenant.AgentID{agent}}, HandoverAsked{Queue: "q", MaxWait: time.Minute}, HandoverWithdrawn{}, QueueMoved{},
		NobodyAvailable{Op: c.Choosing, Closed: true}, FlowMoved{Step: op, Wake: t0.Add(time.Hour)}, OperationStarted{Op: op}, SoundBegan{Op: op},
		OperateAsked{ID: op, Operation: Operation{Kind: Play, Target: Customer, Sources: []Source{{Text: "one moment"}}}},
		StreamAsked{ID: op, Bot: aBot}, StreamStopAsked{}, BotJoined{Stream: streamOf(c), Session: op}, BotLeft{Stream: streamOf(c), Session: op},
		BotAsked{Stream: streamOf(c), Handover: &BotHandover{}},
		TranscribeAsked{How: TranscribeStart, ID: op, Locale: "en-US"}, TranscribeAsked{How: TranscribeStop, ID: "s" + op}, Transcribed{Transcription: op, Text: "x"},
		anyRecording(t, c, op),
		anyMove(t, c, op, who), DeadlinePassed{Name: AwaitMove + "/" + participant},
	}).Draw(t, "event")
}
