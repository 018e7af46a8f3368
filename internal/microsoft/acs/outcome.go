package acs

import "tandem/internal/call"

// anyCode stands in a ruling for sub-codes whose code is not documented, or
// that mean the same whatever the code.
const anyCode = -1

// ruling says how one ending is understood.
type ruling struct {
	code, sub int
	class     call.Class
	meaning   string
}

// rulings is facts/call-automation.md §14. The first row that fits counts.
var rulings = []ruling{
	{200, 0, call.ClassEnded, "an ordinary end"},
	{487, 10004, call.ClassNoAnswer, "not answered in time"},
	{487, 10024, call.ClassDeclined, "declined by all endpoints"},
	{603, 0, call.ClassDeclined, "declined"},
	{487, 10003, call.ClassUnknown, "taken on another endpoint"}, // see takenElsewhere
	{480, 10037, call.ClassUnavailable, "no endpoint registered"},
	{480, 10076, call.ClassUnavailable, "registered, not online"},
	{480, 10077, call.ClassUnavailable, "registered with push, not online"},
	{480, 10078, call.ClassUnavailable, "not reachable"},
	{anyCode, 8539, call.ClassBusy, "callee busy"},
	{486, 560486, call.ClassBusy, "phone busy"},
	{anyCode, 8540, call.ClassBusy, "busy everywhere"},
	{anyCode, 8538, call.ClassDeclined, "callee declined"},
	{anyCode, 8541, call.ClassUnavailable, "callee unavailable"},
	{anyCode, 8544, call.ClassUnavailable, "callee unreachable"},
	{anyCode, 8542, call.ClassCancelled, "cancelled"},
	{200, 5300, call.ClassCancelled, "we cancelled"},
	{408, 10057, call.ClassTimeout, "callee did not finish joining in time"},
	{408, 4506, call.ClassTimeout, "call timed out"},
	{410, 301004, call.ClassMedia, "no media at set-up"},
	{410, 301005, call.ClassMedia, "media lost later"},
	{403, 5223, call.ClassNotAllowed, "interop does not allow this user"},
	{403, 5221, call.ClassNotAllowed, "tenant not enabled for interop"},
	{403, 5222, call.ClassNotAllowed, "tenant not enabled for interop"},
	{403, 7604, call.ClassNotAllowed, "unauthorised interop scenario"},
	{403, 7605, call.ClassNotAllowed, "interop recording not allowed"},
	{403, 7502, call.ClassNotAllowed, "access not enabled"},
	{403, 7600, call.ClassNotAllowed, "resource access not enabled"},
	{403, 7504, call.ClassMisconfigured, "app permission"},
	{403, 7505, call.ClassMisconfigured, "tenant mismatch"},
	{403, 7507, call.ClassMisconfigured, "source identity invalid"},
	{403, 10105, call.ClassMisconfigured, "not authorised"},
	{400, 8523, call.ClassMisconfigured, "bad identifier"},
	{404, 8522, call.ClassGone, "call not found"},
	{400, 8528, call.ClassGone, "call terminated already"},
	{0, 5000, call.ClassEnded, "removed by someone"},
	{0, 5300, call.ClassEnded, "removed by someone"},
	{0, 5003, call.ClassDeclined, "all endpoints declined"},
	{200, 5003, call.ClassDeclined, "all endpoints declined"},
	{200, 5001, call.ClassEnded, "conversation ended"},
	{0, 5001, call.ClassEnded, "conversation ended"},
	{0, 7000, call.ClassEnded, "ended by Call Automation or a bot"},
	{200, 7000, call.ClassEnded, "ended by Call Automation or a bot"},
	{0, 0, call.ClassEnded, "ended by the local participant"},
	{487, 0, call.ClassEnded, "caller cancelled"},
	{496, 7, call.ClassMedia, "client lost its network"},
	{0, 4521, call.ClassMedia, "leg dropped abruptly"},

	// Neighbours: phones.
	{0, 560000, call.ClassEnded, "ended by the remote phone"},
	{200, 540000, call.ClassEnded, "ended by the local caller"},
	{487, 540487, call.ClassEnded, "caller cancelled"},
	{403, 510403, call.ClassNotAllowed, "blocked as spam"},
	{412, 10073, call.ClassMisconfigured, "no PSTN metadata to dial out"},
	{403, 10151, call.ClassMisconfigured, "no PSTN metadata to dial out"},
	{403, 10500, call.ClassUnknown, "call site state prevents the fork"},

	// Neighbours: the service itself.
	{405, 8522, call.ClassMisconfigured, "a setting missing that was due at the answer"}, // not the 404 of that number
	{405, 8520, call.ClassMisconfigured, "operation not supported"},
	{anyCode, 7500, call.ClassMisconfigured, "unsupported Entra identity"},
	{anyCode, 7501, call.ClassMisconfigured, "invalid token"},
	{anyCode, 7508, call.ClassMisconfigured, "unsupported ACS identity"},
	{anyCode, 7509, call.ClassMisconfigured, "HMAC wrong: key, clock or path"},
	{anyCode, 7510, call.ClassMisconfigured, "managed identity"},
	{anyCode, 7600, call.ClassMisconfigured, "resource access not enabled"},
	{anyCode, 7601, call.ClassMisconfigured, "invalid ACS source identity"},
	{anyCode, 7602, call.ClassMisconfigured, "invalid ACS target identity"},
	{anyCode, 7603, call.ClassMisconfigured, "invalid ACS identity"},
	{anyCode, 7606, call.ClassMisconfigured, "not authorised for cognitive actions"},
	{anyCode, 8501, call.ClassUnknown, "call not established yet"},
	{anyCode, 8508, call.ClassCancelled, "operation cancelled"},
	{anyCode, 8503, call.ClassMedia, "audio inactive"},
	{anyCode, 8510, call.ClassNoInput, "nothing was said or pressed"},
	{anyCode, 8511, call.ClassMisconfigured, "the prompt could not be played"},
	{anyCode, 8516, call.ClassThrottled, "throttled"},
	{anyCode, 8517, call.ClassMisconfigured, "tenant mismatch"},
	{anyCode, 8529, call.ClassThrottled, "monthly limit"},
	{anyCode, 8530, call.ClassThrottled, "limit of active calls"},
	{anyCode, 8532, call.ClassNoInput, "no further tone"},
	{anyCode, 8534, call.ClassNotUnderstood, "a tone that is no answer"},
	{anyCode, 8535, call.ClassMisconfigured, "sound in a format that is not played"},
	{anyCode, 8536, call.ClassMisconfigured, "sound that cannot be fetched"},
	{anyCode, 8537, call.ClassTimeout, "keep-alive timeout"},
	{anyCode, 8543, call.ClassGone, "call does not exist"},
	{anyCode, 8547, call.ClassNotUnderstood, "words that are no answer"},
	{anyCode, 8558, call.ClassEnded, "participant not present"},
	{anyCode, 8560, call.ClassNotAllowed, "locked meeting"},
	{anyCode, 8563, call.ClassNotUnderstood, "speech not recognised"},
	{anyCode, 8565, call.ClassMisconfigured, "the speech service refused"},
	{anyCode, 8567, call.ClassMisconfigured, "no speech service"},
	{anyCode, 8582, call.ClassMisconfigured, "no text"},
	{anyCode, 8583, call.ClassUnknown, "another media operation is under way"},
	{anyCode, 8585, call.ClassUnknown, "not valid in the call's state"},
	{anyCode, 8586, call.ClassTimeout, "incoming call not acknowledged by us"},
	{anyCode, 8587, call.ClassNoAnswer, "not answered in time"},
	{anyCode, 8610, call.ClassTimeout, "no answer of ours to a notification"},
}

// classify understands a pair of code and sub-code: by the table, else by the
// SIP status inside a six-digit sub-code (560xyz: a phone answered xyz, 540xyz:
// the caller's side did), else by the class of the code.
func classify(code, sub int) call.Class {
	for _, r := range rulings {
		if (r.code == code || r.code == anyCode) && r.sub == sub {
			return r.class
		}
	}
	if side := sub / 1000; side == 560 || side == 540 {
		if class := byCode(sub % 1000); class != call.ClassUnknown {
			return class
		}
	}
	return byCode(code)
}

func byCode(code int) call.Class {
	switch code {
	case 200:
		return call.ClassEnded
	case 400, 401, 405:
		return call.ClassMisconfigured
	case 403:
		return call.ClassNotAllowed
	case 408, 504:
		return call.ClassTimeout
	case 429:
		return call.ClassThrottled
	case 480, 604:
		return call.ClassUnavailable
	case 486, 600:
		return call.ClassBusy
	case 487:
		return call.ClassNoAnswer
	case 603, 607:
		return call.ClassDeclined
	}
	return call.ClassUnknown
}

// result is resultInformation, of an event.
type result struct {
	Code    int    `json:"code"`
	SubCode int    `json:"subCode"`
	Message string `json:"message"`
}

// takenElsewhere: another endpoint of the callee's has the call
// (facts/call-automation.md §14).
func (r *result) takenElsewhere() bool { return r != nil && r.Code == 487 && r.SubCode == 10003 }

// outcome classifies; absent gives the class for events that carry no result,
// which older versions of the service send (facts/observed-events.md §4).
func (r *result) outcome(absent call.Class) call.Outcome {
	if r == nil {
		return call.Outcome{Class: absent}
	}
	return call.Outcome{Class: classify(r.Code, r.SubCode), Code: r.Code, SubCode: r.SubCode, Message: brief(r.Message)}
}

// ending is outcome for the end of our own leg: there 200 is always a normal
// end, whatever the sub-code (facts/observed-events.md §7).
func (r *result) ending(absent call.Class) call.Outcome {
	o := r.outcome(absent)
	if r != nil && r.Code == 200 {
		o.Class = call.ClassEnded
	}
	return o
}

// brief bounds a text of Microsoft's that is stored and logged.
func brief(s string) string {
	const most = 512
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && s[cut]&0xc0 == 0x80 { // not within a character
		cut--
	}
	return s[:cut] + "…"
}
