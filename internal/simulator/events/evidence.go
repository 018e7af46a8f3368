package events

import "tandem/internal/simulator/evidence"

// Evidence returns what this package imitates and how well that is known.
func Evidence() []evidence.Behaviour {
	const (
		callbacks = "Callbacks"
		grid      = "Event Grid"
	)
	return []evidence.Behaviour{
		{Area: callbacks, Name: "one a POST", Mark: evidence.Recorded, Source: "observed-events.md §1.1", Text: "One POST carries a JSON array with exactly one CloudEvent."},
		{Area: callbacks, Name: "envelope", Mark: evidence.Recorded, Source: "observed-events.md §2", Text: "id, source, type, data, time, specversion, datacontenttype, subject, in this order; source equals subject."},
		{Area: callbacks, Name: "time", Mark: evidence.Recorded, Source: "observed-events.md §2", Text: "Offset +00:00, never Z; up to seven digits with trailing zeros cut."},
		{Area: callbacks, Name: "shape by version", Mark: evidence.Recorded, Source: "observed-events.md §4", Text: "Members and order of data for 2023-10-03-preview, 2024-06-15-preview, 2024-09-01-preview and 2025-08-15-preview."},
		{Area: callbacks, Name: "shape of other versions", Mark: evidence.Inferred, Source: "observed-events.md §4; call-automation.md §11.1", Text: "2023-03-06 to 2024-04-15 as 2023-10-03-preview; 2024-09-15, 2025-05-15 and 2026-03-12 as 2024-09-01-preview; data.version is the api-version of the request."},
		{Area: callbacks, Name: "results before 2024-09", Mark: evidence.Inferred, Source: "observed-events.md §4", Text: "resultInformation on failures, media, hold and transcription, not on PlayCanceled; for 2023 versions and for RecognizeCanceled this is carried over."},
		{Area: callbacks, Name: "hold music", Mark: evidence.Recorded, Source: "observed-events.md §4", Text: "HoldAudio events have operationContext first in every version."},
		{Area: callbacks, Name: "state of a recording", Mark: evidence.Recorded, Source: "observed-events.md §2, §4", Text: "RecordingStateChanged comes from calling/recordings/…, has resultInformation before version, no operationContext, and eventSource in 2024-09-01-preview only."},
		{Area: callbacks, Name: "state of a recording, versions between", Mark: evidence.Inferred, Source: "observed-events.md §4", Text: "2024-09-15 and 2025-05-15 have eventSource in RecordingStateChanged, versions from 2025-08-15-preview on have not."},
		{Area: callbacks, Name: "absent members", Mark: evidence.Recorded, Source: "observed-events.md §4", Text: "operationContext is left out when the request had none; null and empty values never occur."},
		{Area: callbacks, Name: "no context", Mark: evidence.Recorded, Source: "observed-events.md §6; one rejected call", Text: "CreateCallFailed carries no operationContext, though CallDisconnected beside it does."},
		{Area: callbacks, Name: "sipDetails, q850Details", Mark: evidence.Documented, Source: "observed-events.md §7; call-automation.md §0", Text: "Part of resultInformation at the end of phone legs."},
		{Area: callbacks, Name: "order", Mark: evidence.Inferred, Source: "observed-events.md §1.3", Text: "Events of a connection leave in the order in which they arose; a failed one does not hold up the others, and one that is not answered holds them up for a quarter of a second."},
		{Area: callbacks, Name: "token", Mark: evidence.Documented, Source: "call-automation.md §11.2", Text: "RS256 JWT of five minutes, new for every attempt, with iss, aud (immutable resource id) and exp; keys behind an OpenID configuration."},
		{Area: callbacks, Name: "token's other claims", Mark: evidence.Inferred, Source: "call-automation.md §11.2, §19", Text: "kid in the header; iat, nbf and jti beside the documented claims."},
		{Area: callbacks, Name: "success", Mark: evidence.Inferred, Source: "call-automation.md §11.1", Text: "Any 2xx is taken as success. What is taken but not answered within five seconds is not sent again."},
		{Area: callbacks, Name: "again", Mark: evidence.Inferred, Source: "call-automation.md §11.1", Text: "A failed callback is tried again after one and two seconds with the same id: switch callback.retries."},
		{Area: callbacks, Name: "Content-Type", Mark: evidence.Inferred, Source: "call-automation.md §11.1", Text: "application/json: switch callback.content_type."},

		{Area: grid, Name: "validation", Mark: evidence.Documented, Source: "call-automation.md §12", Text: "SubscriptionValidation with a code; only 200 with the code within 30 s makes the subscription."},
		{Area: grid, Name: "validation by hand", Mark: evidence.Inferred, Source: "call-automation.md §12", Text: "The validationUrl is sent but leads nowhere."},
		{Area: grid, Name: "CloudEvents handshake", Mark: evidence.Documented, Source: "call-automation.md §12", Text: "OPTIONS with WebHook-Request-Origin; WebHook-Allowed-Origin must name Event Grid or be *."},
		{Area: grid, Name: "schemas", Mark: evidence.Documented, Source: "call-automation.md §12; eventgrid-communication.json", Text: "An array with one event, or the bare CloudEvent 1.0 as application/cloudevents+json; members as in the schema."},
		{Area: grid, Name: "https", Mark: evidence.Documented, Source: "Azure: Event Grid webhook event delivery", Text: "Delivery to https only."},
		{Area: grid, Name: "schedule", Mark: evidence.Documented, Source: "Azure: Event Grid message delivery and retry", Text: "10 s, 30 s, 1, 5, 10, 30 min, 1, 3, 6 h, then every 12 h; at least 2 min after 408 and 30 s after 503; 30 s for an answer; within attempts and lifetime."},
		{Area: grid, Name: "chance in the schedule", Mark: evidence.Inferred, Source: "Azure: Event Grid message delivery and retry", Text: "None, so that a run repeats; the service adds a little and may skip attempts."},
		{Area: grid, Name: "success", Mark: evidence.Documented, Source: "Azure: Event Grid message delivery and retry", Text: "200 to 204."},
		{Area: grid, Name: "no retry", Mark: evidence.Documented, Source: "Azure: Event Grid message delivery and retry", Text: "400, 401, 403 and 413 of a webhook are not tried again."},
		{Area: grid, Name: "lifetime", Mark: evidence.Documented, Source: "Azure: Event Grid message delivery and retry", Text: "Looked at when the next attempt is due."},
		{Area: grid, Name: "dead letters", Mark: evidence.Documented, Source: "Azure: Event Grid message delivery and retry", Text: "deadLetterReason, deliveryAttempts, lastDeliveryOutcome, publishTime, lastDeliveryAttemptTime."},
		{Area: grid, Name: "words of dead letters", Mark: evidence.Inferred, Source: "Azure: Event Grid message delivery and retry", Text: "TimeToLiveExceeded and NotRetriable as reasons, kept at once and not after five minutes."},
		{Area: grid, Name: "IncomingCall", Mark: evidence.Recorded, Source: "observed-events.md §3", Text: "Key order to, from, serverCallId, callerDisplayName, incomingCallContext, correlationId; kind stands first in identifiers."},
	}
}
