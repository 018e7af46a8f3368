package call

import (
	"testing"

	"tandem/internal/tenant"
)

// One sign that somebody joined is not enough to answer the customer for it.
func TestSightings(t *testing.T) {
	reported := AgentJoined{Connection: "c1", Endpoint: ana}
	listed := ParticipantsChanged{Connection: "c1", Sequence: 4, Present: []Endpoint{ana}}
	empty := ParticipantsChanged{Connection: "c1", Sequence: 5}
	there, nobody := Observed{Connection: "c1", Up: true, Present: []Endpoint{ana}}, Observed{Connection: "c1", Up: true}
	for _, row := range []struct {
		name string
		play func(s *story, sight Event)
		want ParticipantState
	}{
		{"the word, then the list", func(s *story, _ Event) {
			s.expect(reported)
			s.expect(reported) // told twice is not two signs
			s.expect(listed, "connect_media", "answer_near")
		}, Joined},
		{"the list, then the word", func(s *story, _ Event) {
			s.expect(listed)
			s.expect(listed)
			s.expect(reported, "connect_media", "answer_near")
		}, Joined},
		{"the list is lost", func(s *story, sight Event) {
			s.expect(reported)
			s.expect(sight, "look")
			s.expect(there, "connect_media", "answer_near")
		}, Joined},
		{"the word is lost", func(s *story, sight Event) {
			s.expect(listed)
			s.expect(sight, "look")
			s.expect(there, "connect_media", "answer_near")
		}, Joined},
		{"the look is not answered", func(s *story, sight Event) {
			s.expect(reported)
			s.expect(sight, "look")
			s.expect(sight, "connect_media", "answer_near")
		}, Joined},
		{"the look is behind what was told", func(s *story, sight Event) {
			s.expect(reported)
			s.expect(sight, "look")
			s.expect(nobody)
			s.expect(sight, "look")
			s.expect(there, "connect_media", "answer_near")
		}, Joined},
		{"the list comes after a look that did not show him", func(s *story, sight Event) {
			s.expect(reported)
			s.expect(sight, "look")
			s.expect(nobody)
			s.expect(listed, "connect_media", "answer_near")
		}, Joined},
		{"declined, and reported as a success", func(s *story, sight Event) {
			s.expect(reported)
			s.expect(nobody) // of a look that was under way before
			s.expect(sight, "look")
			s.expect(nobody)
			s.expect(sight, "look")
			s.expect(nobody, "choose_agent")
			if o := s.c.Participants[0].Outcome; o.Class != ClassDeclined || o.Message == "" {
				t.Errorf("%+v", o)
			}
			s.expect(NobodyAvailable{Op: s.op()}, "hang_up_leg", "end_connection", "hang_up_leg")
		}, Gone},
		{"listed and not there: he still rings, and accepts", func(s *story, sight Event) {
			s.expect(listed)
			s.expect(sight, "look")
			s.expect(nobody)
			if p := s.c.Participants[0]; p.State != Ringing || p.Listed || p.Sighting != "" {
				t.Errorf("%+v", p)
			}
			s.expect(reported)
			s.expect(listed, "connect_media", "answer_near")
		}, Joined},
		{"listed by one list, and not by the next", func(s *story, sight Event) {
			s.expect(listed)
			s.expect(empty)
			s.expect(sight)
		}, Ringing},
		{"listed and not there: he does not answer", func(s *story, sight Event) {
			s.expect(listed)
			s.expect(sight, "look")
			s.expect(nobody)
			s.expect(DeadlinePassed{Name: awaitRing(s.c.Participants[0])}, "look")
			s.expect(nobody, "cancel_ring")
		}, Cancelling},
		{"the invitation fails after all", func(s *story, _ Event) {
			s.expect(listed)
			s.expect(AgentFailed{Connection: "c1", Endpoint: ana, Outcome: Outcome{Class: ClassBusy}}, "choose_agent")
		}, Gone},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := ringing(t, Plan{Policy: tenant.WithAgent})
			row.play(s, DeadlinePassed{Name: awaitSight(s.c.Participants[0])})
			p := s.c.Participants[0]
			if p.State != row.want {
				t.Errorf("he is %s, want %s", p.State, row.want)
			}
			if _, waits := s.c.Deadlines[awaitSight(p)]; waits != (p.Sighting != "") || waits && p.State != Ringing {
				t.Errorf("a sight is awaited: %v, of %+v", waits, p)
			}
		})
	}
}

// A look that was asked for before somebody joined says nothing of him.
func TestLookOlderThanTheArrival(t *testing.T) {
	s := talking(t, Plan{})
	before := s.c.Participants[0].JoinedAt.Add(-1)
	s.expect(Observed{Connection: "c1", Up: true, Asked: before})
	if s.c.Participants[0].State != Joined {
		t.Fatal("an old answer threw him out")
	}
	s.expect(Observed{Connection: "c1", Up: true, Asked: s.at}, "hang_up_leg", "end_connection", "hang_up_leg")
}

// A list without somebody whom a look showed is older than his arrival, or he has left:
// another look tells.
func TestListOlderThanTheLook(t *testing.T) {
	s := ringing(t, Plan{})
	s.expect(AgentJoined{Connection: "c1", Endpoint: ana})
	s.expect(DeadlinePassed{Name: awaitSight(s.c.Participants[0])}, "look")
	s.expect(Observed{Connection: "c1", Up: true, Present: []Endpoint{ana}}, "connect_media", "answer_near")
	s.expect(LegAnswered{Side: Near})
	s.expect(ParticipantsChanged{Connection: "c1", Sequence: 3}, "look")
	s.expect(ParticipantsChanged{Connection: "c1", Sequence: 3}) // the same again
	s.expect(Observed{Connection: "c1", Up: true, Present: []Endpoint{ana}})
	s.expect(ParticipantsChanged{Connection: "c1", Sequence: 4}, "look")
	s.expect(Observed{Connection: "c1", Up: true}, "hang_up_leg", "end_connection", "hang_up_leg")
}

// TestRemovalThatNobodyReports: a look tells who is out, and who is not.
func TestRemovalThatNobodyReports(t *testing.T) {
	for name, x := range map[string]struct {
		play func(s *story, overdue Event)
		want ParticipantState
	}{
		"he is out":                {func(s *story, _ Event) { s.expect(Observed{Connection: "c1", Up: true, Present: []Endpoint{ana}}) }, Gone},
		"he is not":                {func(s *story, _ Event) { s.expect(Observed{Connection: "c1", Up: true, Present: []Endpoint{ana, bob}}) }, Joined},
		"the look is not answered": {func(s *story, overdue Event) { s.expect(overdue) }, Joined},
	} {
		t.Run(name, func(t *testing.T) {
			s := talking(t, Plan{})
			s.expect(AddAsked{Agent: "a2"}, "choose_agent")
			s.expect(AgentChosen{Op: s.op(), Agent: "a2", Endpoint: bob}, "ring_agent")
			s.joins(bob)
			s.expect(RemoveAsked{Participant: s.c.Participants[1].ID}, "remove_participant")
			overdue := DeadlinePassed{Name: awaitRing(s.c.Participants[1])}
			s.expect(overdue, "look")
			x.play(s, overdue)
			p := s.c.Participants[1]
			if _, waits := s.c.Deadlines[awaitRing(p)]; p.State != x.want || waits || p.State == Joined && p.Overdue {
				t.Errorf("%+v, awaited: %v", p, waits)
			}
			if x.want == Joined {
				s.expect(RemoveAsked{Participant: p.ID}, "remove_participant")
			}
		})
	}
}
