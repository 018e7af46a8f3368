package acs

import (
	"fmt"
	"strings"

	"tandem/internal/simulator/evidence"
)

// Evidence returns what this package imitates and how well that is known. The
// operations come from the table that serves them.
func Evidence() []evidence.Behaviour {
	rows := make([]evidence.Behaviour, 0, len(operations)+64)
	for _, o := range operations {
		rows = append(rows, o.evidence())
	}
	return append(append(append(append(rows, protocol()...), callRules()...), mediaRules()...), recordingRules()...)
}

func (o operation) evidence() evidence.Behaviour {
	text := fmt.Sprintf("`%s %s` → %d", o.method, o.path, o.status)
	if o.repeatable {
		text += "; repeatable"
	}
	if len(o.events) > 0 {
		text += ". Events: " + strings.Join(o.events, ", ")
	}
	return evidence.Behaviour{
		Area: "Call Automation: operations", Name: strings.ReplaceAll(o.name, "_", " "), Text: text + ".",
		Mark: evidence.Schema, Source: "call-automation.json",
	}
}

// sheet is a section of the fact sheet of Call Automation.
func sheet(sections string) string { return "call-automation.md " + sections }

func protocol() []evidence.Behaviour {
	const area = "Call Automation: protocol"
	return []evidence.Behaviour{
		{Area: area, Name: "signature", Mark: evidence.SDK, Source: sheet("§2.1"), Text: "HMAC-SHA256 over method, request target as sent, x-ms-date, host and body hash; otherwise 401."},
		{Area: area, Name: "age of a signature", Mark: evidence.Inferred, Source: sheet("§2.1"), Text: "x-ms-date may be five minutes off: switch hmac.skew."},
		{Area: area, Name: "Entra token", Mark: evidence.Documented, Source: sheet("§2.2"), Text: "A bearer token for https://communication.azure.com is taken instead; which role it needs is not documented, so none is asked for."},
		{Area: area, Name: "request bodies", Mark: evidence.Schema, Source: "call-automation.json", Text: "Required members, types, ranges and enumerations are checked."},
		{Area: area, Name: "unknown members", Mark: evidence.Inferred, Source: sheet("§18"), Text: "Are ignored."},
		{Area: area, Name: "errors", Mark: evidence.Recorded, Source: sheet("§3"), Text: "error with code, a string that is the subcode, and message; 404/8522 for calls that are gone."},
		{Area: area, Name: "texts of errors", Mark: evidence.Inferred, Source: sheet("§3"), Text: "Texts that were not recorded are ours in Microsoft's manner."},
		{Area: area, Name: "headers of answers", Mark: evidence.Recorded, Source: "observed-events.md §10", Text: "X-Microsoft-Skype-Chain-ID (the correlation id of calls that exist), X-Azure-Ref, X-Cache, x-ms-client-request-id."},
		{Area: area, Name: "repeatability", Mark: evidence.Documented, Source: sheet("§4"), Text: "A repeated Repeatability-Request-ID gets the first answer again, with Repeatability-Result: accepted."},
		{Area: area, Name: "memory of repeatability", Mark: evidence.Inferred, Source: sheet("§4"), Text: "Five minutes; another request under the same id is 400: switch repeatability.conflict."},
		{Area: area, Name: "versions", Mark: evidence.Reported, Source: sheet("§0, §16"), Text: "An unknown or withdrawn api-version is 404: switch version.withdrawn."},
		{Area: area, Name: "identifiers", Mark: evidence.SDK, Source: sheet("§5"), Text: "Phone, Teams and communication users, with or without kind and rawId; contradictions are 400."},
		{Area: area, Name: "callback addresses", Mark: evidence.Documented, Source: sheet("§11.1"), Text: "https only, as transportUrl is wss only; --insecure-callbacks adds http and ws on loopback."},
		{Area: area, Name: "answer before callbacks", Mark: evidence.Inferred, Source: "observed-events.md §1", Text: "Work starts when the answer is on its way; fault event.before_response turns that round."},
	}
}

func callRules() []evidence.Behaviour {
	const area = "Call Automation: calls"
	const observed = "observed-events.md "
	return []evidence.Behaviour{
		{Area: area, Name: "CallConnected and ParticipantsUpdated", Mark: evidence.Recorded, Source: observed + "§6", Text: "Come in either order, the latter first on about two legs of three; the seed decides."},
		{Area: area, Name: "sequenceNumber", Mark: evidence.Recorded, Source: observed + "§5", Text: "Skips numbers; an add moves it by two while the list stays the same."},
		{Area: area, Name: "order of an add", Mark: evidence.Recorded, Source: sheet("§11.4"), Text: "ParticipantsUpdated, AddParticipantSucceeded with the same time, one more ParticipantsUpdated."},
		{Area: area, Name: "adding somebody twice", Mark: evidence.Inferred, Source: sheet("§18.5"), Text: "400/8523: switch add.duplicate."},
		{Area: area, Name: "ring time", Mark: evidence.Documented, Source: sheet("§6.2, §15"), Text: "Up to 180 s; two minutes when none is given."},
		{Area: area, Name: "ring time 0", Mark: evidence.Inferred, Source: sheet("§15"), Text: "The default: switch add.zero_timeout."},
		{Area: area, Name: "custom context", Mark: evidence.Documented, Source: sheet("§6.3"), Text: "Up to 5 SIP headers of 256 and 1000 VoIP headers of 1024 characters, names up to 64."},
		{Area: area, Name: "cancelled add", Mark: evidence.Recorded, Source: observed + "§6", Text: "CancelAddParticipantSucceeded with 200/5300 and an error-like text, and nothing else: switch cancel.failed_add."},
		{Area: area, Name: "endings", Mark: evidence.Recorded, Source: observed + "§7", Text: "200/7000 for the leg that terminated, 200/5001 for the others, 540xyz and 560xyz with sipDetails and q850Details for phones, 408/1106 without an ACK."},
		{Area: area, Name: "lost media", Mark: evidence.Documented, Source: observed + "§7", Text: "410/531005."},
		{Area: area, Name: "a refused create", Mark: evidence.Recorded, Source: observed + "§6", Text: "CallDisconnected, then CreateCallFailed with an earlier time and no operationContext."},
		{Area: area, Name: "a refused answer or connect", Mark: evidence.Inferred, Source: sheet("§11.3, §11.4.7"), Text: "Both events: switch failed_connect."},
		{Area: area, Name: "use of incomingCallContext", Mark: evidence.Inferred, Source: sheet("§12"), Text: "Once, then 404/8522: switch context.single_use."},
		{Area: area, Name: "nobody answers IncomingCall", Mark: evidence.Inferred, Source: "direct-routing.md §20", Text: "480 to the SBC after 115 s, and at once when no subscription takes the call."},
		{Area: area, Name: "reject", Mark: evidence.Recorded, Source: observed + "§6", Text: "None is 603."},
		{Area: area, Name: "reject with a reason", Mark: evidence.Inferred, Source: sheet("§6"), Text: "Busy is 486, forbidden is 403."},
		{Area: area, Name: "redirect", Mark: evidence.Documented, Source: sheet("§6.4"), Text: "Without callbacks; a VoIP call does not go to a phone number."},
		{Area: area, Name: "hang up", Mark: evidence.Documented, Source: sheet("§6"), Text: "In a call of two others the application alone leaves and they talk on; terminate ends it for everybody."},
		{Area: area, Name: "caller leaves", Mark: evidence.Inferred, Source: sheet("§6.4, §14"), Text: "One user stays behind with the application: switch caller_left."},
		{Area: area, Name: "group calls", Mark: evidence.Inferred, Source: sheet("§6"), Text: "CallConnected at the first target's answer: switch group.connected."},
		{Area: area, Name: "the application as a participant", Mark: evidence.Inferred, Source: sheet("§11.4, §13"), Text: "Not listed unless it named a user of its own: switch create.user_identity."},
		{Area: area, Name: "transfer", Mark: evidence.Documented, Source: sheet("§6, §15"), Text: "Blind, within 60 s; the application then leaves. A second one meanwhile is 409/8607."},
		{Area: area, Name: "transfer to a wrong kind", Mark: evidence.Documented, Source: sheet("§3"), Text: "500/9999, a known issue."},
		{Area: area, Name: "a Teams user transfers", Mark: evidence.Inferred, Source: sheet("§13"), Text: "One participant joins, the other leaves; no event of its own."},
		{Area: area, Name: "mute", Mark: evidence.Recorded, Source: observed + "§5", Text: "ParticipantsUpdated goes on saying isMuted false; the list of participants says the truth. Communication users only."},
		{Area: area, Name: "connect to a group or room", Mark: evidence.Inferred, Source: sheet("§6"), Text: "Opens it when nobody is there yet."},
		{Area: area, Name: "answer's state", Mark: evidence.Recorded, Source: observed + "§10", Text: "answer and connect say callConnectionState unknown, create says connecting."},
	}
}

func mediaRules() []evidence.Behaviour {
	const area = "Call Automation: media"
	return []evidence.Behaviour{
		{Area: area, Name: "which may run together", Mark: evidence.Documented, Source: sheet("§8"), Text: "Plays to everybody wait in line; of operations on one participant a second one is 412/8583."},
		{Area: area, Name: "a targeted play", Mark: evidence.Recorded, Source: sheet("§8"), Text: "Puts its listener on hold for its time."},
		{Area: area, Name: "speech without Cognitive Services", Mark: evidence.Documented, Source: sheet("§3"), Text: "405/8522 unless create, answer or connect named an endpoint, which may be any."},
		{Area: area, Name: "recognise whom", Mark: evidence.Documented, Source: sheet("§13"), Text: "Phones and communication users; Teams users are refused."},
		{Area: area, Name: "times of a recognition", Mark: evidence.SDK, Source: sheet("§17"), Text: "5 s of silence, 2 s between tones, 2 s after speech, when the request does not say."},
		{Area: area, Name: "at the end of a call", Mark: evidence.Documented, Source: sheet("§7"), Text: "What ran fails with 500/8572."},
		{Area: area, Name: "hold", Mark: evidence.Recorded, Source: "observed-events.md §6", Text: "Shows as isOnHold; music that cannot be fetched gives HoldFailed and undoes the hold."},
		{Area: area, Name: "hold a Teams user", Mark: evidence.Inferred, Source: sheet("§13"), Text: "400: switch hold.teams."},
		{Area: area, Name: "events of music on hold", Mark: evidence.Recorded, Source: "observed-events.md §7", Text: "HoldAudio… for preview versions only; the end is 400/8508 with the service's own spelling."},
		{Area: area, Name: "tones sent", Mark: evidence.Documented, Source: sheet("§7"), Text: "Up to 18, to phones only."},
		{Area: area, Name: "end of continuous tones", Mark: evidence.Recorded, Source: sheet("§7"), Text: "200/7000 The conversation has ended."},
		{Area: area, Name: "streaming without options", Mark: evidence.Documented, Source: sheet("§3"), Text: "405/8522."},
		{Area: area, Name: "a summary", Mark: evidence.Recorded, Source: "observed-events.md §1, §7", Text: "summarizeCall, for preview versions only: TranscriptionCallSummaryUpdated twice with 500/8626 when nothing was said."},
		{Area: area, Name: "stopping what does not run", Mark: evidence.Inferred, Source: sheet("§9"), Text: "400/8585."},
	}
}

func recordingRules() []evidence.Behaviour {
	const area = "Call Automation: recording"
	return []evidence.Behaviour{
		{Area: area, Name: "states", Mark: evidence.Recorded, Source: "observed-events.md §6", Text: "inactive with the year 1 comes before active."},
		{Area: area, Name: "one a call", Mark: evidence.Documented, Source: sheet("§3"), Text: "A second one is 400/8559."},
		{Area: area, Name: "formats", Mark: evidence.Documented, Source: sheet("§10"), Text: "Defaults and combinations as documented; unmixed is wav and audio, up to five channels."},
		{Area: area, Name: "file", Mark: evidence.Documented, Source: sheet("§10"), Text: "RecordingFileStatusUpdated by Event Grid; content, metadata and deletion for a day, signed like the API."},
		{Area: area, Name: "pieces", Mark: evidence.Inferred, Source: sheet("§10"), Text: "One, unless recording.chunk says how long they are. When the service begins another, and its word for that, is not known."},
		{Area: area, Name: "time until the file", Mark: evidence.Inferred, Source: sheet("§10"), Text: "None; the service takes minutes. The content is WAV whatever the format."},
	}
}
