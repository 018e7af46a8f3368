// Package call is the pure model of one customer conversation.
//
// A [Call] is a small tree: a phase and the state of each leg (one SIP dialog
// each), of the connection (our application's leg at Microsoft), of each
// participant and of each awaited answer (a deadline). [Next] is a pure and
// total function: it takes a call and one [Event] and yields the next call and
// the [Action]s to perform. It reads no clock, draws no random number and never
// fails; late, doubled and impossible events change nothing and are counted in
// [Call.Ignored].
//
// Next works in two strides:
//
//  1. The event is handed to the machine of its kind (leg.go, connection.go,
//     participant.go). Each machine is a table from (state, event) to state;
//     a pair that is not in the table is ignored.
//  2. drive (drive.go) looks at the whole tree and asks for what is missing:
//     "somebody is reserved, the far leg does not exist, so dial it". Asking
//     moves a machine into a state that says so (dialing, accepting, inviting),
//     hence nothing is asked twice and no action needs a memory of its own.
//
// The result of an action comes back as an event, so a call that lost its
// process can be continued by another one from its snapshot and journal alone.
//
// # Phases
//
//	requested ──Offered──▶ routing ──somebody joined──▶ connected ──transferred──▶ released
//	    │                     │                             │                         │
//	    └────────────────── any end (finish) ───────────────┴─────────────────────────┴──▶ ending ──all gone──▶ ended
//
// An outbound call (outbound.go) has no customer: one agent is called by us, at a
// connection that we make. It is routing while his Teams rings, connected when
// he answered, and has no legs. Nor has the call of a customer who came over an SBC that
// is not ours (external.go).
//
// The first cause to end a call wins and becomes its [Termination]; everything
// that arrives later only takes the tree apart. Actions say what is wanted
// (RingAgent), never how a way to Microsoft does it; how is the business of one
// adapter behind the port that package bridge declares.
//
// # Treatment
//
// A call whose plan names a flow is treated before a person takes it (handover.go):
// it is routing with a customer who was answered. The flow is a client like the API
// (package flow): what it wants are events, and what it knows is the snapshot, where
// its own state is kept beside, not understood here. Somebody is looked for when it
// asks for a handover; a handover that brings nobody ends nothing.
//
// # Operations
//
// What is done with the sound of a call (operation.go) goes one way for all kinds:
// asked, running, over. Whether it can be done to whom is the table of capabilities
// (capability.go), which the API shows too. A customer who was transferred talks on
// over his two legs while the connection goes away: the call is released
// (release.go), and the first leg to end ends it.
//
// # Decisions
//
//   - Facts arrive in any order (facts/call-automation.md §11.4): the answer of
//     the accept request, CallConnected, the 200 of the far leg, and
//     ParticipantsUpdated before or after AddParticipantSucceeded. Each machine
//     therefore takes its fact whenever it comes, and only drive combines them.
//   - An agent counts as gone only when a participant list that once showed him
//     no longer does, or when a look at the call says so: a list older than his
//     arrival must not throw him out.
//   - Whether calling somebody took effect can be unknown (no answer came). Such a
//     call ends, but stays ending until its connection named itself, and ends
//     that: nobody else would. Microsoft itself gives up ringing before we do.
//   - Nothing is believed to arrive. Each awaited event has a deadline; when it
//     passes, the call looks (action [Look]) and goes on with what it sees.
package call
