// Package acs speaks with Azure Communication Services (ACS) Call Automation.
// It is the connectivity acs_direct_routing: calls reach Microsoft as SIP over
// a trunk that is registered in an ACS resource, and are controlled by REST.
//
//		engine ──▶ Connectivity ──▶ Client ──HTTPS, HMAC──▶ resource
//		engine ◀── Hooks ◀──HTTPS── Event Grid (IncomingCall), Call Automation (callbacks)
//		recordings ◀── Connectivity ◀──HTTPS, HMAC── Microsoft's storage of recorded files
//		prompts ──▶ Hooks ──HTTPS──▶ Call Automation (what it plays)
//
//	  - [Client] does one request of the API each: signature, repeatability
//	    headers, bounded answers, classified errors. It never repeats a request.
//	  - [Connectivity] says in that language what the engine wants
//	    (bridge.Microsoft), one client per request, as the directory then knows
//	    the resource: a rotated key counts from the next request on.
//	  - [Hooks] is the door for what Microsoft sends, and turns it into events of
//	    package call. It answers 200 once the engine made an event durable. Prompts
//	    are fetched there, too.
//
// # Who may knock
//
// All doors have a secret in their path that is derived from the [HookKeys]:
// it differs for each resource (Event Grid), each call (callbacks) and each sound
// of a prompt, needs no storage, and two keys are good at once so that they can be
// changed. It is compared first and in constant time; a wrong one is 404, like a
// path that does not exist. Prompts are fetched without credentials
// (facts/call-automation.md §7), so theirs is all there is. Callbacks carry a JWT besides, whose audience must be the immutable
// id of the resource in the path, never one of the token's choosing
// (facts/call-automation.md §11.2); it does not sign the body, so the path
// secret is what binds a body to its call. Event Grid's posts carry no JWT;
// there the topic is compared, if the directory knows it.
//
// # What is believed
//
// Event types, versions and keys that are not known are ignored, with 200: the
// service adds new ones (facts/observed-events.md §2). Nothing is taken from
// order. Success is what the event's type says; how a failure is to be
// understood is the table in outcome.go, by code and sub-code, never by message.
// An event that arrives after its call is over is answered 200 and counted; if
// it is CallConnected, its connection is ended first.
//
// # Decisions
//
//   - operationContext is "<request id>/<op>": unique per attempt, yet the same
//     when an attempt is repeated, as repeatability demands, and an adopter can
//     read the action out of an event without any look-up.
//   - AddParticipantFailed 487/10003 (taken on another endpoint) becomes a doubt,
//     not a failure: the person may well be in the call, so the engine looks.
//   - An invitation nobody waits for is rejected inside the delivery: Event Grid
//     then delivers again if the rejection failed for a passing cause.
//   - A connection that comes up when its call is over is ended inside the
//     delivery, too: nobody else would.
//   - A refused rejection, cancellation or hang-up of something that is gone
//     already is success; a lookup of it says that it is down.
package acs
