// Package acs is the Call Automation API of simulated Communication Services resources, all of it: calls that come in by SIP or are created, Teams users,
// phones and ACS users in them, playing and recognising, tones, streams, transcription, recording.
//
// What it obeys is facts/call-automation.md (its sections are cited where they are obeyed) and facts/observed-events.md; [?] marks what is only inferred.
//
// # The model
//
//	call         one conversation: its sound, its members, the legs of the application, who is rung, what records
//	member       somebody in it: a phone behind a line, a Teams user with a session, an ACS user whose side is an application's leg
//	connection   a leg of the application, one callConnectionId; a call may have several: the one that created or answered it,
//	             those that answered for ACS users, guests that connected to it
//	offer        an IncomingCall event that waits for answer, reject or redirect: a line from outside, or an invitation of an ACS user
//	invitation   somebody who is being rung, by create, add, transfer, redirect or a colleague; settled is called once with the outcome
//	job          a play, a recognition or tones on their way, on one leg
//	subscription the WebSocket of media streaming or transcription of one leg
//	recording    of a call; its file lives a day longer
//
// A leg is a member only if it has an identity (answered for an ACS user, answeredBy, source). Other legs are in the call without being listed, as the
// application is in Microsoft's lists. A call is over when it has no members, or when fewer than two parties are left, members and unlisted legs counted; until
// then it goes on, also without any leg: it is released, and found by its server call id alone.
//
//	offered ──answer──▶ connecting ──line answered──▶ connected ──▶ over
//	   │                connecting ◀──create; the first target to answer connects it
//	   └─ reject · redirect · nobody answers · caller gives up ────▶
//
// # A request
//
// router.go takes it: signature or token, api-version, the row of operations.go, faults, repeatability, then the body against the row's fields. A row's
// function runs under the lock, changes what the answer shows, and leaves the rest in exchange.then, which runs when the answer is on its way: no callback overtakes it,
// unless the fault event.before_response is set. Nor does an invitation's outcome, or the IncomingCall of an ACS user: they wait for invitation.ready.
// Success codes are the exact ones, for the official SDKs throw at others. Errors have Microsoft's body, whose code is a string with the subcode.
// What is not implemented is answered 501, logged as an error and counted by Unhandled; tests fail when the count is not zero.
//
// # Who owns what
//
// The call owns its conference, made by newCall and closed by dissolve. enter and plug put a member's port into it, relocate takes a member with his leg to another call.
// A member's line or session is the call's from the moment that an invitation is settled; who comes too late is sent away. Everything leaves a call
// by depart (of its own accord, or removed), disconnect (a leg of the application, with CallDisconnected as its last event) or endCall and dissolve (all of it).
// A leg owns its jobs and subscriptions; what runs on it ends in stopMedia, what is meant for a member in endMediaOf. Events of a leg go through its outbox, one after the other;
// a recording has an outbox of its own.
//
//	incoming.go outgoing.go   offers, create, connect          invite.go transfer.go participants.go   who joins, leaves, is moved
//	media.go play.go          jobs, sources, hold              recognize.go tones.go                   listening
//	streaming.go              WebSockets                       recording.go                            recordings and their files
//	call.go connection.go     the model                        view.go                                 for /_sim and the desk
//
// # Locking
//
// One mutex, Service.mu, guards all calls of a Service. Nothing that waits on the network or for another goroutine is done under it: that is spawned, and
// comes back with the lock. The locks of Directory, phones, SIP legs, conference, recogniser and clock may be taken under it, never the other way round: all of them
// call back without theirs (the conference from its tick). So a callback may find that what it belongs to has ended meanwhile, and each looks: job.ended,
// connection.alive, subscription.turn, call.over, the list of invitations.
//
// # What is inferred
//
// evidence.Switches has what somebody may want to have otherwise; beside those: which SIP status a rejected or unanswered line gets, the results of refusals that were never recorded
// (rejections, phoneOutcome), that a call of a group or room opens with the first who connects, that a transfer out of a group makes a call of its own to which the leg of an ACS user
// goes along without its streams, that a target already in the call is refused, how a hand-over by a Teams user looks to the application, that what an
// application plays is in mixed recordings and streams and has no channel in unmixed ones, that files are there at once, and that a held member
// stays held when the leg that held it leaves.
package acs
