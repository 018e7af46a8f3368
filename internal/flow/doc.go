// Package flow treats a caller before a person does: it greets, asks, looks at the
// clock, and hands over to agents or a queue.
//
// A flow is a [Document]: named steps, each of one kind, that name their successors.
// Documents are versioned where they are stored, and a call keeps the version that it
// began with. What can be wrong with one is told at once ([Document.Validate]).
//
// # A client of the call
//
// [Step] is pure and total. It looks at the snapshot of the call and at its own
// [State], and says what it wants: commands of package call, the same that the API
// sends. It is told nothing else: what became of a prompt stands in the call's
// operations, whether somebody is there in its handover. An event that came twice,
// late or never therefore cannot mislead it, and a command that the call refuses is
// an operation that is not there, which is over.
//
// [Advance] applies what Step wants until it wants no more. The engine does that in
// the step of the event that caused it, so that call and flow are one snapshot, and
// [Rehearse] does it with an imagined Microsoft on an imagined clock.
//
// Each wait ends: what plays or listens has a deadline of the call's, a handover its
// longest wait, and the next announcement is the time at which the flow asks to be
// woken. A flow that goes in circles nonetheless is ended after [MaxEntered] steps.
//
// When somebody joins, the flow is over: the call cancels what it plays, and goes on
// as any other.
package flow
