package call

import (
	"slices"

	"tandem/internal/tenant"
)

// Party is whom something is done to, as far as Microsoft makes a difference.
type Party string

// The parties.
const (
	Everybody   Party = "everybody" // the call as a whole
	CustomerLeg Party = "customer"  // who came in by our trunk
	TeamsUser   Party = "teams_user"
	Telephone   Party = "phone_number" // somebody added by number
	ACSClient   Party = "acs_user"     // somebody added by an ACS identity
)

// Means is how something is done.
type Means string

const (
	ByMicrosoftsAPI Means = "microsoft" // one request of Call Automation
	OnOurLeg        Means = "our_leg"   // in our own relay, which only a customer on a trunk of ours passes
)

// Capability is one cell of what can be done to whom.
type Capability struct {
	Connectivity tenant.Connectivity `json:"connectivity"`
	Operation    OperationKind       `json:"operation"`
	Party        Party               `json:"party"`
	Means        Means               `json:"means,omitempty"`    // "": it cannot be done
	Why          string              `json:"why,omitempty"`      // what to know, or why not
	Source       string              `json:"source"`             // the section of the fact sheet
	Guest        bool                `json:"guest,omitempty"`    // said of calls that we are a guest of, where those differ
	External     bool                `json:"external,omitempty"` // said of calls over an SBC that is not ours, where those differ
}

// Allowed reports whether it can be done.
func (c Capability) Allowed() bool { return c.Means != "" }

const sheet = "call-automation.md "

// Capabilities is the one table of what Microsoft allows in a call with Teams
// users; what is not in it is refused.
func Capabilities() []Capability {
	return slices.Concat(capabilities, guestCapabilities, externalCapabilities)
}

// Able finds the cell of an operation; a refusal of its own if there is none.
func Able(c tenant.Connectivity, o OperationKind, p Party) Capability {
	for _, row := range capabilities {
		if row.Connectivity == c && row.Operation == o && row.Party == p {
			return row
		}
	}
	return Capability{Connectivity: c, Operation: o, Party: p, Why: "not known to work over this connectivity"}
}

// Able finds the cell of an operation for this very call.
func (c Call) Able(o OperationKind, p Party) Capability {
	differ := []Capability(nil)
	switch {
	case c.Plan.guest():
		differ = guestCapabilities
	case c.Plan.External:
		differ = externalCapabilities
	}
	for _, row := range differ {
		if row.Connectivity == c.Plan.Connectivity && row.Operation == o && row.Party == p {
			return row
		}
	}
	return Able(c.Plan.Connectivity, o, p)
}

// acsDirectRouting is named here and nowhere else in this package: what can be
// done is a fact about a connectivity.
const acsDirectRouting tenant.Connectivity = "acs_direct_routing"

// capabilities has a row for each operation and each party it could be meant
// for.
var capabilities = directRouting(
	cell{Play, Everybody, ByMicrosoftsAPI, "", "§7"},
	cell{Play, CustomerLeg, ByMicrosoftsAPI, "the customer does not hear the others while it plays", "§8"},
	cell{Play, TeamsUser, ByMicrosoftsAPI, "the person does not hear the others while it plays", "§8, §13"},
	cell{Play, Telephone, ByMicrosoftsAPI, "the person does not hear the others while it plays", "§8"},
	cell{Play, ACSClient, ByMicrosoftsAPI, "the person does not hear the others while it plays", "§8"},
	cell{CancelMedia, Everybody, ByMicrosoftsAPI, "ends whatever plays or listens", "§6"},
	cell{CancelMedia, CustomerLeg, "", "all media operations of a call are cancelled at once", "§6"},
	cell{CancelMedia, TeamsUser, "", "all media operations of a call are cancelled at once", "§6"},
	cell{CancelMedia, Telephone, "", "all media operations of a call are cancelled at once", "§6"},
	cell{CancelMedia, ACSClient, "", "all media operations of a call are cancelled at once", "§6"},
	cell{Recognize, Everybody, "", "one party is listened to at a time", "§7"},
	cell{Recognize, CustomerLeg, ByMicrosoftsAPI, "", "§7"},
	cell{Recognize, TeamsUser, "", "Microsoft does not listen to a Teams user; listen to the customer", "§13"},
	cell{Recognize, Telephone, ByMicrosoftsAPI, "", "§7"},
	cell{Recognize, ACSClient, ByMicrosoftsAPI, "", "§7"},
	cell{SendDTMF, Everybody, "", "tones are sent to one party", "§7"},
	cell{SendDTMF, CustomerLeg, ByMicrosoftsAPI, "", "§7"},
	cell{SendDTMF, TeamsUser, "", "tones are sent to telephones only", "§13"},
	cell{SendDTMF, Telephone, ByMicrosoftsAPI, "", "§7"},
	cell{SendDTMF, ACSClient, "", "tones are sent to telephones only", "§7"},
	cell{Hold, Everybody, "", "parties are held one by one", "§6"},
	cell{Hold, CustomerLeg, ByMicrosoftsAPI, "", "§6"},
	cell{Hold, TeamsUser, "", "documented for telephones and ACS users only; a Teams user holds the call in Teams", "§13"},
	cell{Hold, Telephone, ByMicrosoftsAPI, "", "§6"},
	cell{Hold, ACSClient, ByMicrosoftsAPI, "", "§13"},
	cell{Unhold, Everybody, "", "parties are held one by one", "§6"},
	cell{Unhold, CustomerLeg, ByMicrosoftsAPI, "", "§6"},
	cell{Unhold, TeamsUser, "", "documented for telephones and ACS users only; a Teams user holds the call in Teams", "§13"},
	cell{Unhold, Telephone, ByMicrosoftsAPI, "", "§6"},
	cell{Unhold, ACSClient, ByMicrosoftsAPI, "", "§13"},
	cell{Transfer, Everybody, "", "one party is transferred", "§6"},
	cell{Transfer, CustomerLeg, ByMicrosoftsAPI, "to a Teams user; the call is out of our hands then, and who was in it stays behind", "§6.4, §13"},
	cell{Transfer, TeamsUser, "", "documented for the other party of a call with a Teams user", "§13"},
	cell{Transfer, Telephone, "", "one call with two customers is not carried yet", "§6.4"},
	cell{Transfer, ACSClient, "", "documented for the other party of a call with a Teams user", "§13"},
	cell{Mute, Everybody, "", "parties are muted one by one", "§6"},
	cell{Mute, CustomerLeg, OnOurLeg, "Microsoft mutes ACS users only; our relay sends silence instead of the customer", "§6.4"},
	cell{Mute, TeamsUser, "", "Microsoft mutes ACS users only; a Teams user mutes himself", "§6.4, §13"},
	cell{Mute, Telephone, "", "Microsoft mutes ACS users only", "§6.4"},
	cell{Mute, ACSClient, ByMicrosoftsAPI, "the person can unmute himself, an application cannot", "§6.4"},
	cell{Unmute, Everybody, "", "parties are muted one by one", "§6"},
	cell{Unmute, CustomerLeg, OnOurLeg, "", "§6.4"},
	cell{Unmute, TeamsUser, "", "there is no unmute in Microsoft's API", "§6"},
	cell{Unmute, Telephone, "", "there is no unmute in Microsoft's API", "§6"},
	cell{Unmute, ACSClient, "", "there is no unmute in Microsoft's API; the person unmutes himself", "§6.4"},
	cell{StartStream, Everybody, ByMicrosoftsAPI, "all that is heard, mixed, to one bot; the bot is heard by everybody", "§9"},
	cell{StartStream, CustomerLeg, "", "a call is streamed as a whole", "§9"},
	cell{StartStream, TeamsUser, "", "a call is streamed as a whole", "§9"},
	cell{StartStream, Telephone, "", "a call is streamed as a whole", "§9"},
	cell{StartStream, ACSClient, "", "a call is streamed as a whole", "§9"},
	cell{StopStream, Everybody, ByMicrosoftsAPI, "", "§9"},
	cell{StopStream, CustomerLeg, "", "a call is streamed as a whole", "§9"},
	cell{StopStream, TeamsUser, "", "a call is streamed as a whole", "§9"},
	cell{StopStream, Telephone, "", "a call is streamed as a whole", "§9"},
	cell{StopStream, ACSClient, "", "a call is streamed as a whole", "§9"},
	cell{StartTranscription, Everybody, ByMicrosoftsAPI, "needs a resource with a cognitive endpoint; each phrase says who said it", "§9"},
	cell{StartTranscription, CustomerLeg, "", "a call is transcribed as a whole", "§9"},
	cell{StartTranscription, TeamsUser, "", "a call is transcribed as a whole", "§9"},
	cell{StartTranscription, Telephone, "", "a call is transcribed as a whole", "§9"},
	cell{StartTranscription, ACSClient, "", "a call is transcribed as a whole", "§9"},
	cell{StopTranscription, Everybody, ByMicrosoftsAPI, "", "§9"},
	cell{StopTranscription, CustomerLeg, "", "a call is transcribed as a whole", "§9"},
	cell{StopTranscription, TeamsUser, "", "a call is transcribed as a whole", "§9"},
	cell{StopTranscription, Telephone, "", "a call is transcribed as a whole", "§9"},
	cell{StopTranscription, ACSClient, "", "a call is transcribed as a whole", "§9"},
	cell{UpdateTranscription, Everybody, ByMicrosoftsAPI, "to another language", "§9"},
	cell{UpdateTranscription, CustomerLeg, "", "a call is transcribed as a whole", "§9"},
	cell{UpdateTranscription, TeamsUser, "", "a call is transcribed as a whole", "§9"},
	cell{UpdateTranscription, Telephone, "", "a call is transcribed as a whole", "§9"},
	cell{UpdateTranscription, ACSClient, "", "a call is transcribed as a whole", "§9"},
	cell{Record, Everybody, ByMicrosoftsAPI, "one recording at a time; everybody in Teams sees its banner, others must be told", "§10"},
	cell{Record, CustomerLeg, "", "a call is recorded as a whole; unmixed keeps speakers apart", "§10"},
	cell{Record, TeamsUser, "", "a call is recorded as a whole; unmixed keeps speakers apart", "§10"},
	cell{Record, Telephone, "", "a call is recorded as a whole; unmixed keeps speakers apart", "§10"},
	cell{Record, ACSClient, "", "a call is recorded as a whole; unmixed keeps speakers apart", "§10"},
	cell{Remove, Everybody, "", "parties are removed one by one; terminate ends the call for everyone", "§6"},
	cell{Remove, CustomerLeg, "", "without the customer the call is over: hang up", "§6.4"},
	cell{Remove, TeamsUser, ByMicrosoftsAPI, "", "§13"},
	cell{Remove, Telephone, ByMicrosoftsAPI, "", "§6"},
	cell{Remove, ACSClient, ByMicrosoftsAPI, "", "§6"},
	cell{Move, Everybody, "", "participants are named", "§6"},
	cell{Move, CustomerLeg, "", "the customer's leg at our trunk is part of the call that it began; transfer, or move the others", "§6"},
	cell{Move, TeamsUser, ByMicrosoftsAPI, "between calls of one resource, without ringing", "§6"},
	cell{Move, Telephone, ByMicrosoftsAPI, "unless Microsoft called it through our trunk: then its leg is part of the call that it is in", "§6"},
	cell{Move, ACSClient, ByMicrosoftsAPI, "between calls of one resource", "§6"},
	cell{Terminate, Everybody, ByMicrosoftsAPI, "", "§6, §13"},
	cell{Terminate, CustomerLeg, "", "a call is ended as a whole", "§6"},
	cell{Terminate, TeamsUser, "", "a call is ended as a whole; one is removed", "§6"},
	cell{Terminate, Telephone, "", "a call is ended as a whole; one is removed", "§6"},
	cell{Terminate, ACSClient, "", "a call is ended as a whole; one is removed", "§6"},
)

// guestCapabilities are what differs in a call of the provider's that we are a guest
// of: who called in came by no leg of ours, and the call is not ours to end.
var guestCapabilities = asGuest(capabilities)

func asGuest(rows []Capability) (differ []Capability) {
	for _, row := range rows {
		switch {
		case row.Party == CustomerLeg:
			row.Why, row.Source = "a guest has no customer of its own: who called in is a participant with an id", sheet+"§6"
		case row.Operation == Terminate && row.Party == Everybody:
			row.Why, row.Source = "a guest leaves and never terminates: hang up", sheet+"§6.4"
		default:
			continue
		}
		row.Means, row.Guest = "", true
		differ = append(differ, row)
	}
	return differ
}

// externalCapabilities are what differs where the customer does not pass a relay of ours.
var externalCapabilities = asExternal(capabilities)

func asExternal(rows []Capability) (differ []Capability) {
	for _, row := range rows {
		if row.Means == OnOurLeg {
			row.Means, row.Why, row.External = "", "Microsoft mutes ACS users only, and the customer came over an SBC that is not ours", true
			differ = append(differ, row)
		}
	}
	return differ
}

type cell struct {
	operation OperationKind
	party     Party
	means     Means
	why       string
	section   string
}

func directRouting(cells ...cell) []Capability {
	rows := make([]Capability, 0, len(cells))
	for _, c := range cells {
		rows = append(rows, Capability{
			Connectivity: acsDirectRouting, Operation: c.operation, Party: c.party, Means: c.means, Why: c.why, Source: sheet + c.section,
		})
	}
	return rows
}
