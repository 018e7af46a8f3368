package call

import "testing"

// The customer hears our music from when he is on hold until somebody asks to end it,
// unless music was named or something is played to him alone.
func TestPark(t *testing.T) {
	s := operating(t)
	parked := func(want bool) {
		t.Helper()
		if s.c.Parked != want {
			t.Fatalf("parked: %v", s.c.Parked)
		}
	}
	hold := Operation{Kind: Hold, Target: Customer}
	held := func(id string) {
		t.Helper()
		s.expect(OperateAsked{ID: id, Operation: hold}, "operate")
		parked(false) // he may still hear the others
		s.expect(OperationEnded{Op: s.op(), State: OperationDone}, "hold_near")
		parked(true)
	}
	held("1")
	s.expect(OperateAsked{ID: "play", Operation: Operation{Kind: Play, Target: Customer, Sources: prompt}}, "operate", "hold_near")
	parked(false)
	s.expect(OperationEnded{Op: s.c.Operations[1].Op, State: OperationDone}, "hold_near")
	parked(true)
	s.expect(OperateAsked{ID: "2", Operation: Operation{Kind: Unhold, Target: Customer}}, "hold_near", "operate") // in this order
	parked(false)
	s.expect(OperationEnded{Op: s.op(), State: OperationFailed, Outcome: Outcome{Class: ClassThrottled}}, "hold_near")
	parked(true) // he is on hold still
	s.expect(OperateAsked{ID: "3", Operation: Operation{Kind: Unhold, Target: Customer}}, "hold_near", "operate")
	s.expect(OperationEnded{Op: s.op(), State: OperationDone})
	parked(false)

	named := hold
	named.Sources = prompt
	s.expect(OperateAsked{ID: "4", Operation: named}, "operate")
	s.expect(OperationEnded{Op: s.op(), State: OperationDone}) // Microsoft plays it
	parked(false)
	s.expect(OperateAsked{ID: "5", Operation: Operation{Kind: Unhold, Target: Customer}}, "operate")
	s.expect(OperationEnded{Op: s.op(), State: OperationDone})

	held("6")
	s.expect(LegEnded{Side: Near, By: ByCaller, Q850: 16}, "end_connection", "hang_up_leg") // and no word to a leg that is over
}

// Who was transferred on hold hears whom he was transferred to.
func TestParkEndsWithTransfer(t *testing.T) {
	s := operating(t)
	s.expect(OperateAsked{ID: "1", Operation: Operation{Kind: Hold, Target: Customer}}, "operate")
	s.expect(OperationEnded{Op: s.op(), State: OperationDone}, "hold_near")
	s.expect(OperateAsked{ID: "2", Operation: Operation{Kind: Transfer, Target: Customer, To: expert}}, "operate")
	s.play(OperationEnded{Op: s.op(), State: OperationDone})
	if s.c.Phase != Released || s.c.Parked {
		t.Errorf("%s, parked: %v", s.c.Phase, s.c.Parked)
	}
}
