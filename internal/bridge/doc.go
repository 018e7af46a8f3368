// Package bridge runs calls: it feeds events to the pure model in package call,
// writes each step to the journal, performs the actions and watches deadlines.
//
// One [Bridge] a process. It declares the ports (ports.go) that the adapters
// implement; package app wires them.
//
//	SIP edge ───Offer, Leg───▶┐                       ┌──▶ Edge        (sip)
//	Microsoft ──Incoming,─────┤   ┌─────────────┐     ├──▶ Microsoft   (microsoft/acs)
//	            Receive       ├──▶│ runner/call │─────┼──▶ Registry    (postgres)
//	API ─Request, Place, Ask──┤   └──────┬──────┘     ├──▶ Presence    (microsoft/graph)
//	deadlines, inbox ─────────┘          ▼            └──▶ Journal     (postgres)
//	                                 Journal.Commit
//
// # One owner
//
// A runner owns one call. Everybody else leaves mail in its bounded box; one
// goroutine at a time empties it, so there is no lock inside a call. For each
// piece of mail the runner computes the next call, commits the step (event,
// snapshot, actions, released agents and, at the end, the CDR, in one
// transaction that checks the lease), and only then performs the actions.
// Nothing is done that is not journalled; nothing is believed that is not
// committed. What changes nothing is not written: an event that the call ignores, and
// a list of participants that says what is known. Of it only the count, or the number
// of the list, is kept, until the next step is written.
//
// Requests to the SIP edge are sent from the runner itself, because their order
// matters and they return at once. Requests to Microsoft run beside it; their
// result is mail again. The world (time, goroutines) is handed in, so that
// bridge/sim can run this very code on a virtual clock, kill it between any two
// writes, and replay a failing run from its seed.
//
// # Treatment
//
// A call to a number with a flow has its flow beside it in the runner. Behind each
// event the flow looks at the call and may command something (package flow); event,
// commands and snapshot are one step, so that a process that dies leaves either all
// of it or nothing. A flow needs the customer's leg, which dies with its process: an
// adopted call has no flow, and ends. A customer who came over an SBC that is not ours has
// no such leg, and the flow of his call goes on with its new owner.
//
// # When things go away
//
//   - Postgres: a callback is refused (5xx) and the runner makes a note to look
//     at Microsoft later; mail that nobody will send again (a BYE, a deadline)
//     stays at the head of the box until it can be written. Media goes on.
//   - This process: its leases lapse. Another process, or the next life of the
//     same node, claims the call (the epoch rises, so the old owner's commits
//     fail), ends the SIP dialogs from what the snapshot kept of them, and
//     repeats the unfinished actions by the rule of their kind (redo.go).
//   - Microsoft: requests are tried again while the error is a passing one and
//     the rule of the action allows; then the failure becomes an event.
//
// A process that could not reach Postgres itself adopts nothing for one lease
// time afterwards: the others were as cut off as it was, and their legs live.
package bridge
