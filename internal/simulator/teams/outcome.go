package teams

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Outcome is how ringing a user ended: code, subcode and the reason in the
// words that Microsoft puts into messages.
type Outcome struct {
	Code    int
	SubCode int
	Reason  string
}

// Accepted reports whether the user is in the call now.
func (o Outcome) Accepted() bool { return o.Code == 200 }

// Outcomes of ringing (facts/call-automation.md §14).
var (
	accepted    = Outcome{Code: 200}
	declined    = Outcome{Code: 603, Reason: "Decline"}
	noAnswer    = Outcome{Code: 487, SubCode: 10004, Reason: "No answer"}
	unavailable = Outcome{Code: 480, SubCode: 10037, Reason: "No endpoint registered for the callee"}
	notAllowed  = Outcome{Code: 403, SubCode: 5223, Reason: "Acs interop does not allow this user target in dial out."}
	// busy: 8539 is listed as "callee busy" without a code; 486 is inferred [?].
	busy = Outcome{Code: 486, SubCode: 8539, Reason: "Callee is busy"}
	// What a tenant's settings give is inferred, and so are the words [?]
	// (facts/entra-graph-teams.md §3.6).
	switchedOff   = Outcome{Code: 403, SubCode: 7502, Reason: "Access is not enabled for this tenant"}
	notListed     = Outcome{Code: 403, SubCode: 7600, Reason: "Access of the resource is not enabled"}
	forbidden     = Outcome{Code: 403, SubCode: 7604, Reason: "Unauthorized Teams interop scenario"}
	unlicensed    = Outcome{Code: 400, Reason: "The target is not enabled for calling"}
	wrongArgument = Outcome{Code: 400, SubCode: 8523, Reason: "Invalid argument"}
)

// inferred is the outcome that a switch names: one of those above, so that it
// has its words.
func (d *Directory) inferred(name string) Outcome {
	o, err := ParseOutcome(d.Switches.Get(name))
	for _, known := range []Outcome{declined, unavailable, busy, notAllowed, switchedOff, notListed, forbidden, unlicensed, wrongArgument} {
		if err == nil && o.Code == known.Code && o.SubCode == known.SubCode {
			return known
		}
	}
	return unavailable
}

// ParseOutcome reads code/subCode, as in 403/7600, into a failure.
func ParseOutcome(text string) (Outcome, error) {
	left, right, found := strings.Cut(text, "/")
	code, err := strconv.Atoi(left)
	if err != nil || !found || code == 200 {
		return Outcome{}, fmt.Errorf("%q is not a failing code/subCode", text)
	}
	sub, err := strconv.Atoi(right)
	if err != nil {
		return Outcome{}, fmt.Errorf("%q is not a failing code/subCode", text)
	}
	return Outcome{Code: code, SubCode: sub, Reason: "Set by the simulator's operator"}, nil
}

// Presence is what a user's Teams shows, in Graph's PascalCase.
type Presence struct {
	Availability string `json:"availability"`
	Activity     string `json:"activity"`
}

// UnmarshalJSON also takes the bare availability, as in "Busy".
func (p *Presence) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		*p = Presence{}
		return json.Unmarshal(text, &p.Availability)
	}
	type plain Presence
	return json.Unmarshal(text, (*plain)(p))
}

// availabilities are the values that can be set, each with the activity that
// goes with it unless another is given (facts/entra-graph-teams.md §2.2).
var availabilities = []Presence{
	{"Available", "Available"},
	{"AvailableIdle", "Inactive"},
	{"Away", "Away"},
	{"BeRightBack", "BeRightBack"},
	{"Busy", "InAMeeting"},
	{"BusyIdle", "Inactive"},
	{"DoNotDisturb", "DoNotDisturb"},
	{"Offline", "Offline"},
	{"PresenceUnknown", "PresenceUnknown"},
}

// Availabilities returns the values of availability that a user can have.
func Availabilities() []string {
	names := make([]string, 0, len(availabilities))
	for _, p := range availabilities {
		names = append(names, p.Availability)
	}
	return names
}

// NewPresence returns the presence with that availability; an empty activity
// becomes the usual one.
func NewPresence(availability, activity string) (Presence, error) {
	for _, p := range availabilities {
		if strings.EqualFold(p.Availability, availability) {
			if activity != "" {
				p.Activity = activity
			}
			return p, nil
		}
	}
	return Presence{}, fmt.Errorf("no such availability: %q", availability)
}
