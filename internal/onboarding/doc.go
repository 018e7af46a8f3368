// Package onboarding takes a customer organisation from an invitation to calls
// that ring, and keeps proving that they still can.
//
// Five steps, in the order in which they are mostly taken; Microsoft does not
// insist on it, and neither do we:
//
//	sign_in     an admin signs in with Microsoft: binds the Entra tenant
//	consent     Entra admin consent, proved by an app-only token with the roles
//	federation  a Teams admin's script, proved by a test call
//	people      who may be rung, each with what is missing for it
//	test_call   one call to an agent, seen from end to end
//
// # What counts as proof
//
// Nothing that a browser brings back proves anything
// (facts/entra-graph-teams.md §0.2). Consent is proved by [Directory.Prove]: a
// token got past every cache and one harmless question for each permission.
// Federation is proved by a call: any answer that only somebody who may ring can
// get. Each proof is a row of the ledger, with its evidence; what holds is the
// newest row of a (tenant, kind, subject).
//
// # Who does the waiting
//
// Entra and Teams take their time (§3.5). What has to be tried again is stored
// with the moment of the next try, and done by jobs ([Service.DueLooks],
// [Service.RunLook], [Service.RunProof]), so that it goes on when the page is
// closed and when the process dies. Nothing runs in the background by itself.
//
// # When a tenant becomes active
//
// When consent is proved, the home region's resources are proved, one agent at
// least is ready, and a test call was answered. The answered call of a federation
// proof counts as the test call if it rang an agent: then it was the very thing.
//
// # Drift
//
// A refusal seen once makes a grant doubtful, a second one, two minutes later at
// the earliest, takes it away; consent also comes back by itself when Entra had
// only been slow. A claim that is never proved counts as missing in the end: of
// consent after ten minutes, of federation after a day. Federation is proved again
// by the calls that people make anyway; a job rings somebody only if the tenant
// named a test user and his hours ([Service.NameTestUser]). Each change
// of what holds is told to the provider ([Publisher]). A call that would fail
// for a reason that is known is refused by the registry at once.
//
// # At a glance
//
// A list of 100,000 tenants cannot judge each. So the store keeps the verdict
// ([Facts.Standing]) beside the tenant, and renews it in the transaction of
// whatever changes the facts: what the list says is what the readiness says.
//
// The package knows neither HTTP nor SQL nor Microsoft's wire: see [Store],
// [Directory], [Caller], [Publisher].
package onboarding
