// Package check finds out whether things work, by trying them. So far it knows
// the test call: the one proof there is that a tenant's Teams admin lets a
// resource of ours call the tenant's people (facts/entra-graph-teams.md §3.6).
//
//	Target ──▶ Tester.Place ──▶ call ──▶ Tester.Await ──▶ Attempt{Verdict, Cure, pair}
//	                                                         │
//	                            Again(attempts, now) ◀───────┘   only while it is not_yet
//
// A test call is an ordinary outbound call with a short limit. Nothing of it is
// kept here: the call is in the journal, and survives whoever asked for it; the
// attempts are rows of whoever keeps proofs. What the person hears is silence,
// until calls can play something.
//
// # Verdicts
//
//   - authorised: Microsoft let the call through to the person. What the person
//     did with it (answered, declined, was busy, did not answer) does not matter.
//   - not_yet: Microsoft refused for lack of permission. Nobody's Teams rang, so
//     it is tried again by itself, up to a day: changes of the Teams admin take
//     minutes as a rule, hours at worst (facts/entra-graph-teams.md §3.5). The first
//     other answer ends that.
//   - not_ready: the person cannot be called: no licence, no Enterprise Voice, or
//     not a person.
//   - inconclusive: it says nothing about permission: the person is signed in
//     nowhere, or something else went wrong.
//
// Which code Microsoft gives for missing federation is not documented, so the
// whole family 403/75xx and 76xx counts as not_yet; the raw pair is always kept
// and shown.
package check
