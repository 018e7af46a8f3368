package check

import (
	"fmt"

	"tandem/internal/call"
)

// Verdict is what a test call says about the permission to call.
type Verdict string

const (
	Authorised   Verdict = "authorised"
	NotYet       Verdict = "not_yet"
	NotReady     Verdict = "not_ready"
	Inconclusive Verdict = "inconclusive"
)

// Cure names what is to be done; the codes are stable. None is for a verdict
// that needs nothing.
type Cure string

const (
	None             Cure = ""
	FederationSwitch Cure = "federation_switch" // Teams admin: EnableAcsUsers (facts/entra-graph-teams.md §3.2)
	FederationList   Cure = "federation_list"   // Teams admin: AllowedAcsResources (§3.2)
	FederationPolicy Cure = "federation_policy" // Teams admin: list, or the person's ExternalAccessPolicy (§3.3)
	Federation       Cure = "federation"        // Teams admin: one of these
	Licence          Cure = "licence"           // Microsoft 365 admin: Teams Phone, Enterprise Voice (§3.4)
	AgentIdentity    Cure = "agent_identity"    // provider: the agent is not who he should be
	SignIn           Cure = "sign_in"           // the person: open Teams
	AgentBusy        Cure = "agent_busy"        // wait until no other call of ours has him
	ProviderAccess   Cure = "provider_access"   // provider: key, permission or registration of the resource
	Callbacks        Cure = "callbacks"         // provider: Microsoft does not reach public_url
	TryAgain         Cure = "try_again"
)

// Mark is how well a ruling is known.
type Mark string

const (
	Documented Mark = "doc"      // Microsoft says so
	Reported   Mark = "reported" // somebody met it
	Inferred   Mark = "inferred" // it follows from what is known
)

// anything stands for every code, or every sub-code.
const anything = -1

// Ruling says what one answer of Microsoft's means. From and To bound the
// sub-code.
type Ruling struct {
	Code     int
	From, To int
	Verdict  Verdict
	Cure     Cure
	Text     string
	Mark     Mark
}

func exactly(code, sub int, v Verdict, c Cure, m Mark, text string) Ruling {
	return Ruling{code, sub, sub, v, c, text, m}
}

// rulings are facts/entra-graph-teams.md §3.6 with the neighbours of
// facts/call-automation.md §14. The first that fits counts.
var rulings = []Ruling{
	exactly(403, 7502, NotYet, FederationSwitch, Inferred, "Teams does not let Azure Communication Services call, or not yet"),
	exactly(403, 7600, NotYet, FederationList, Inferred, "the resource is not among those that Teams lets call, or not yet"),
	exactly(403, 7604, NotYet, FederationPolicy, Inferred, "the resource is not allowed, or the person's external access policy forbids its calls"),
	exactly(403, 7504, NotYet, ProviderAccess, Documented, "the application has not the permissions it needs"),
	exactly(403, 7505, NotYet, AgentIdentity, Documented, "the person is of another tenant"),
	exactly(403, 7602, NotYet, AgentIdentity, Documented, "the person is not known by that object id"),
	{403, 7500, 7699, NotYet, Federation, "Teams does not allow the call, or not yet", Inferred},
	{403, 5221, 5222, NotYet, FederationSwitch, "the tenant is not open for Azure Communication Services", Documented},
	exactly(403, 5223, NotYet, Federation, Reported, "Teams does not allow the person to be called: federation, policy or licence"),
	exactly(403, 10105, NotReady, ProviderAccess, Documented, "the bot has no Teams channel"),
	{403, anything, anything, NotYet, Federation, "Teams refuses the call", Inferred},

	{anything, 7602, 7602, NotReady, AgentIdentity, "the person is not known by that object id", Documented},
	{404, 8522, 8522, NotReady, AgentIdentity, "the person is not known by that object id", Documented},
	{400, 8528, 8528, Inconclusive, TryAgain, "the call was over before it began", Documented},
	{400, 8501, 8508, Inconclusive, TryAgain, "Microsoft could not do it just then", Documented},
	{400, anything, anything, NotReady, Licence, "the person has no Teams Phone licence or no Enterprise Voice, or is not a person", Reported},
	{405, anything, anything, NotReady, ProviderAccess, "the resource cannot do this", Documented},
	{401, anything, anything, Inconclusive, ProviderAccess, "Microsoft does not take the key of the resource", Documented},

	exactly(480, 10037, Inconclusive, SignIn, Documented, "the person is signed in to Teams nowhere"),
	{480, anything, anything, Inconclusive, SignIn, "the person's Teams cannot be reached", Documented},
	{408, anything, anything, Inconclusive, SignIn, "the person's Teams gave no answer in time", Documented},

	{anything, 10004, 10004, Authorised, None, "it rang, nobody answered", Documented},
	{anything, 10024, 10024, Authorised, None, "it rang, and was declined everywhere", Documented},
	{anything, 10003, 10003, Authorised, None, "it was taken on another device", Documented},
	{anything, 5003, 5003, Authorised, None, "it rang, and was declined everywhere", Documented},
	{anything, 8538, 8538, Authorised, None, "it rang, and was declined", Documented},
	{anything, 8539, 8540, Authorised, None, "the person is in another call", Documented},
	{anything, 8587, 8587, Authorised, None, "it rang, nobody answered", Documented},
	{603, anything, anything, Authorised, None, "it rang, and was declined", Documented},
	{607, anything, anything, Authorised, None, "it rang, and was declined as unwanted", Inferred},
	{486, anything, anything, Authorised, None, "the person is in another call", Documented},
	{600, anything, anything, Authorised, None, "the person is in another call", Inferred},

	{429, anything, anything, Inconclusive, TryAgain, "too many requests at the moment", Documented},
	{anything, anything, anything, Inconclusive, TryAgain, "the call failed for another cause", Inferred},
}

// Rulings lists the table of what Microsoft's answers mean, in its order.
func Rulings() []Ruling { return append([]Ruling(nil), rulings...) }

func (r Ruling) fits(code, sub int) bool {
	return (r.Code == anything || r.Code == code) && (r.From == anything || r.From <= sub && sub <= r.To)
}

func rule(code, sub int) Ruling {
	for _, r := range rulings {
		if r.fits(code, sub) {
			return r
		}
	}
	return rulings[len(rulings)-1]
}

// Judge says what the record of a test call means. The pair is that of the
// person's attempt, 0/0 if Microsoft gave none.
func Judge(r call.CDR) Attempt {
	a := Attempt{At: r.Marks.Requested, Call: r.Call}
	say := func(v Verdict, c Cure, text string) Attempt {
		a.Verdict, a.Cure, a.Message = v, c, text
		return a
	}
	if len(r.Attempts) == 0 { // not even called
		if r.Reason == call.ReasonNobodyAvailable {
			return say(Inconclusive, AgentBusy, or(r.Message, "the person cannot be called now"))
		}
		return say(Inconclusive, TryAgain, or(r.Message, "the call ended before anybody was called: "+string(r.Reason)))
	}
	one := r.Attempts[0]
	a.Code, a.SubCode = one.Outcome.Code, one.Outcome.SubCode
	switch {
	case !one.Joined.IsZero(): // voicemail looks the same (facts/call-automation.md §13)
		a.Code, a.SubCode = 200, 0
		return say(Authorised, None, "answered, by the person or by voicemail")
	case r.Reason == call.ReasonHangUpRequested:
		return say(Inconclusive, TryAgain, "the test call was ended before it had an answer")
	case r.Reason == call.ReasonConnectTimeout:
		return say(Inconclusive, TryAgain, or(r.Message, "Microsoft did not answer in time"))
	case a.Code == 0 && a.SubCode == 0:
		return say(withoutPair(one.Outcome))
	}
	found := rule(a.Code, a.SubCode)
	return say(found.Verdict, found.Cure, fmt.Sprintf("%s (%d/%d)", found.Text, a.Code, a.SubCode))
}

// withoutPair judges what we know without an answer of Microsoft's.
func withoutPair(o call.Outcome) (Verdict, Cure, string) {
	switch o.Class {
	case call.ClassNoAnswer: // a look showed that it rang until our time was up
		return Authorised, None, "it rang, nobody answered"
	case call.ClassGone: // a look showed that it is over
		return Inconclusive, Callbacks, "the call is over, but Microsoft's word on how did not reach us"
	case call.ClassEnded: // 0/0 is an ordinary end, which says nothing of a call that nobody answered
		return Inconclusive, TryAgain, "the call ended before it had an answer"
	case call.ClassMisconfigured:
		return Inconclusive, ProviderAccess, or(o.Message, "a setting of the provider's stands against it")
	}
	return Inconclusive, TryAgain, or(o.Message, "the call failed for another cause")
}

func or(text, otherwise string) string {
	if text != "" {
		return text
	}
	return otherwise
}
