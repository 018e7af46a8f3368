// Package events sends what the simulated Azure Communication Services tell an
// application: Event Grid notifications (Grid) and mid-call callbacks (Sender).
//
// # Callbacks
//
// One POST carries a JSON array with exactly one CloudEvent and an RS256 JWT of
// five minutes, new for every attempt, whose audience is the immutable id of
// the resource (facts/call-automation.md §11.1, §11.2; facts/observed-events.md
// §1, §2). Bodies keep the key order of the recordings, so they are written
// from Object, an ordered list of fields, and not from maps.
//
// The api-version that made the leg decides which members the data of an event
// has and in which order (Shape, Connection.Operation).
//
// Every call connection has an Outbox: its events leave one after the other,
// in the order of Push, unless a fault says otherwise. A failed attempt is
// tried again without holding up the events behind it. That the service tries
// again at all, after one and two seconds, is an inference ([?] in
// facts/call-automation.md §11.1), hence the switch callback.retries.
//
// # Event Grid
//
// A subscription is made only after the endpoint has agreed: by the code of the
// validation event, or for CloudEvents by the answer to OPTIONS. Every
// subscription names the types it wants and its own retry policy; IncomingCall
// alone is tried twice within a minute, as this project's subscriptions are
// configured (DESIGN §8). An event that is given up becomes a dead letter
// (facts/call-automation.md §12; the schedule is that of Microsoft's page on
// Event Grid message delivery and retry).
package events
