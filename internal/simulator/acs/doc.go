// Package acs is the Call Automation API of simulated Communication Services
// resources: calls arrive by SIP or by request of a test, are announced by
// Event Grid, answered by the application and filled with Teams users.
//
// Rules it keeps (facts/call-automation.md §1-§6, §11-§14, §18):
//
//   - Requests are signed with the resource's access key; the signature is
//     checked on the request target as it was sent.
//   - Success codes are the exact ones, for the official SDKs throw at others.
//     Errors have Microsoft's body, whose code is a string with the subcode.
//   - A repeatability id answers the second time what it answered the first.
//   - Work starts when the HTTP answer is on its way, so that no callback
//     overtakes it, unless the fault event.before_response is set.
//   - What this simulator does not implement is answered 501, logged as an
//     error and counted by Unhandled; tests fail when the count is not zero.
//
// # Life of a call
//
//	offered ──answer──▶ connecting ──leg answered──▶ connected ──▶ ended
//	   └─ reject · redirect · nobody answers · caller gives up ─────▶
//
// A call has the caller's leg, at most one connection (the application's leg)
// and Teams users. A hang-up of the application in a call of two others leaves
// them talking: the call is then released and no longer found by the API.
//
// One mutex guards all calls of a Service. Nothing that waits on the network is
// done under it.
package acs
