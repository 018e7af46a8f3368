package evidence

// The names of the switches.
const (
	ContextSingleUse      = "context.single_use"
	AddDuplicate          = "add.duplicate"
	AddZeroTimeout        = "add.zero_timeout"
	TeamsBusy             = "teams.busy"
	TeamsDND              = "teams.dnd"
	TeamsFederationOff    = "teams.federation_off"
	TeamsNotListed        = "teams.not_listed"
	TeamsPolicy           = "teams.policy"
	TeamsUnlicensed       = "teams.unlicensed"
	PresenceUnknownUser   = "presence.unknown_user"
	CallbackRetries       = "callback.retries"
	CallbackContentType   = "callback.content_type"
	RepeatabilityConflict = "repeatability.conflict"
	VersionWithdrawn      = "version.withdrawn"
	CallerLeft            = "caller_left"
	FailedConnect         = "failed_connect"
	HoldTeams             = "hold.teams"
	HMACSkew              = "hmac.skew"
	GroupConnected        = "group.connected"
	CreateUserIdentity    = "create.user_identity"
	CancelFailedAdd       = "cancel.failed_add"
	TrunkDomain           = "sip.domain"
	TrunkOrder            = "sip.trunk_order"
)

// Inferences returns what the simulator had to decide without evidence. Each
// has the source that leaves it open.
func Inferences() []Inference {
	return []Inference{
		{
			ContextSingleUse, "Whether an incomingCallContext can be used once, so that a second answer, reject or redirect with it is 404/8522 (yes), or again as long as the call rings (no).",
			"call-automation.md §12", []string{"yes", "no"},
		},
		{
			AddDuplicate, "What adding a participant who is being rung already gives: 400/8523 at once (refused), or a second invitation (accepted).",
			"call-automation.md §18.5", []string{"refused", "accepted"},
		},
		{
			AddZeroTimeout, "What invitationTimeoutInSeconds 0, which the range allows, means: the service's default time (default), or no ringing at all (immediate).",
			"call-automation.md §15; call-automation.json", []string{"default", "immediate"},
		},
		{
			TeamsBusy, "The code/subCode with which adding a busy Teams user fails. 8539 is listed as callee busy without a code.",
			"call-automation.md §13, §14", []string{"486/8539", "480/10037"},
		},
		{
			TeamsDND, "The code/subCode with which adding a Teams user fails who does not want to be disturbed.",
			"call-automation.md §13", []string{"480/10037", "603/0"},
		},
		{
			TeamsFederationOff, "The code/subCode with which adding a Teams user fails whose tenant has EnableAcsUsers switched off. 403/5223 was reported for a tenant without federation.",
			"entra-graph-teams.md §3.6; call-automation.md §14", []string{"403/7502", "403/5223"},
		},
		{
			TeamsNotListed, "The code/subCode with which adding a Teams user fails whose tenant does not list the resource.",
			"entra-graph-teams.md §3.6; call-automation.md §14", []string{"403/7600", "403/5223"},
		},
		{
			TeamsPolicy, "The code/subCode with which adding a Teams user fails whose ExternalAccessPolicy forbids it.",
			"entra-graph-teams.md §3.6; call-automation.md §14", []string{"403/7604", "403/5223"},
		},
		{
			TeamsUnlicensed, "The code/subCode with which adding a Teams user fails who has no Teams Phone licence or no Enterprise Voice, or is a resource account. A 400 was reported, without a subcode.",
			"entra-graph-teams.md §3.6", []string{"400/0", "400/8523"},
		},
		{
			PresenceUnknownUser, "What getPresencesByUserId answers for users who are not there or of another tenant: nothing (omitted), or PresenceUnknown (unknown).",
			"entra-graph-teams.md §2.2", []string{"omitted", "unknown"},
		},
		{
			CallbackRetries, "How often a callback is tried in all when it is not taken: three times with one and two seconds between (3), or never again after the first (0).",
			"call-automation.md §11.1", []string{"3", "0"},
		},
		{
			CallbackContentType, "The Content-Type of callbacks; the recordings do not have it.",
			"call-automation.md §11.1", []string{"application/json", "application/cloudevents-batch+json"},
		},
		{
			RepeatabilityConflict, "What a Repeatability-Request-ID gives that was used for another request: a refusal (400), or the first answer again (replay).",
			"call-automation.md §4", []string{"400", "replay"},
		},
		{
			VersionWithdrawn, "The status of a request with an unknown or withdrawn api-version. One user's report has the text of a 404; no other value is at hand, so this switch has one.",
			"call-automation.md §0, §16", []string{"404"},
		},
		{
			CallerLeft, "What happens when the caller leaves one Teams user behind with the application: the call goes on (keep), or ends (end).",
			"call-automation.md §6.4, §14", []string{"keep", "end"},
		},
		{
			FailedConnect, "What a connect that was accepted and failed sends: CallDisconnected and ConnectFailed, as a failed create does (both), or ConnectFailed alone (one).",
			"call-automation.md §11.3, §11.4.7", []string{"both", "one"},
		},
		{
			HoldTeams, "What holding a Teams user by API gives. It is documented for phone and ACS users only: 400/8523 (refused), or a hold (allowed).",
			"call-automation.md §13", []string{"refused", "allowed"},
		},
		{
			HMACSkew, "How far x-ms-date may be from the service's time: five minutes either way (5m), or as far as it likes (none).",
			"call-automation.md §2.1", []string{"5m", "none"},
		},
		{
			GroupConnected, "When a created group call sends CallConnected: at the first target's answer (first), or when the last target has answered or failed (all).",
			"call-automation.md §6", []string{"first", "all"},
		},
		{
			CreateUserIdentity, "Whether the application's own identity, as which it created or answered a call, is among the participants: not (hidden), or as one of them (listed).",
			"call-automation.md §11.4, §13; observed-events.md §5", []string{"hidden", "listed"},
		},
		{
			CancelFailedAdd, "Whether a cancelled invitation also sends AddParticipantFailed: no (silent), as in the one recording, or yes beside CancelAddParticipantSucceeded (both).",
			"call-automation.md §11.4.5; observed-events.md §6", []string{"silent", "both"},
		},
		{
			TrunkDomain, "What a new trunk gives whose domain nobody has proved for the resource: 422 without inner code (refused), or nothing (accepted). The portal demands the proof.",
			"direct-routing.md §1.4, §1.7", []string{"refused", "accepted"},
		},
		{
			TrunkOrder, "In which order the trunks of one route are tried: by chance, as the documentation says (shuffled), or as they are listed, as the API description says (listed).",
			"direct-routing.md §1.6", []string{"shuffled", "listed"},
		},
	}
}
