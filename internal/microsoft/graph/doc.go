// Package graph asks Microsoft Graph about a tenant's people: their presence, for
// calls ([Presence]), and everything that onboarding wants to know
// ([Directory]); facts/entra-graph-teams.md §2.
//
// # Presence
//
// Presence lags reality by seconds to minutes whoever asks; a few seconds of
// cache cost nothing in truth and keep a burst of calls from becoming a burst
// of requests. The cache and the shared requests are per tenant:
//
//   - who was asked about within [Config.CacheFor] is answered from memory, also
//     if the answer was that nothing is known;
//   - callers who need the same people at the same time wait for one request. It
//     belongs to none of them: when a caller gives up, the others still get it;
//   - after 429 a tenant is left alone for as long as Graph asks, and callers are
//     told at once that presence is unavailable (the limit is per tenant,
//     facts/entra-graph-teams.md §2.7).
//
// # Directory
//
// Nothing is cached: an admin who has just changed something wants to see it.
// Throttling is waited out as long as the caller's context allows. A question
// that Graph did not answer is never an answer: a permission is missing only
// after 403, a person only after 404; everything else is Unavailable.
package graph
