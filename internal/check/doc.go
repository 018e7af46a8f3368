// Package check finds out whether things work, by trying them: the doctor, which looks
// at an installation (see [Finding] for what it looks at), and the test call, the one
// proof there is that a tenant's Teams admin lets a resource of ours call the tenant's
// people (facts/entra-graph-teams.md §3.6). It also makes the routing of resources at
// Microsoft what it shall be ([Routings], at the end).
//
// # The doctor
//
// Each file doctor_*.go knows one kind of thing. What it needs of the world is a small
// interface or a value, so that everything is judged here and fetched elsewhere: package
// app knows which things a configuration names, [Examine] looks at all of them at once.
// Whatever could not be looked at is a finding, too, and says why.
//
// # The test call
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
//
// # Routing
//
//	Plan ──▶ Revision{planned} ──▶ Apply: GET, compare with the plan's base, PATCH ──▶ activating ──▶ active
//	                                        └─▶ failed, with the reason                  Watch: Microsoft hears every trunk,
//	                                                                                     OPTIONS both ways and a call prove ours
//
// The API of Microsoft has no ETag (facts/direct-routing.md §1.1), so between the GET
// and the PATCH somebody else could still write; our own applies are one at a time by
// a row in the database. A PATCH without an answer is looked after: what the resource
// has then decides. The registry becomes what was applied; whatever else is found at
// Microsoft is drift, which Watch tells and nobody undoes by himself.
package check
