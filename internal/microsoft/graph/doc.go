// Package graph asks Microsoft Graph about a tenant's people: for now, their
// presence (facts/entra-graph-teams.md §2.2).
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
package graph
