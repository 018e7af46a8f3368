package call

// Result is how a call ended, for statistics.
type Result string

const (
	Completed  Result = "completed"  // customer and person talked
	Unanswered Result = "unanswered" // nobody took it
	Abandoned  Result = "abandoned"  // the customer gave up first
	Cancelled  Result = "cancelled"  // the provider took it back before anybody talked
	Failed     Result = "failed"
)

// Reason is why, from a closed list.
type Reason string

const (
	ReasonCallerHungUp     Reason = "caller_hung_up"
	ReasonAgentHungUp      Reason = "agent_hung_up"
	ReasonMicrosoftHungUp  Reason = "microsoft_hung_up"
	ReasonHangUpRequested  Reason = "hangup_requested"
	ReasonFlowEnded        Reason = "flow_ended"   // the flow ended it, and wanted no person
	ReasonMaxDuration      Reason = "max_duration" // the call was to last no longer
	ReasonCallerGaveUp     Reason = "caller_gave_up"
	ReasonNobodyAvailable  Reason = "nobody_available"
	ReasonNoAnswer         Reason = "no_answer"
	ReasonDeclined         Reason = "declined"
	ReasonBusy             Reason = "busy"
	ReasonAgentUnavailable Reason = "agent_unavailable"
	ReasonNotAllowed       Reason = "not_allowed"       // the tenant's federation, policy or licence
	ReasonMisconfigured    Reason = "misconfigured"     // a setting of the provider
	ReasonRingFailed       Reason = "ring_failed"       // Microsoft failed to ring, for none of the above
	ReasonMicrosoftRefused Reason = "microsoft_refused" // the far leg, or our answer
	ReasonNoInvitation     Reason = "no_incoming_call"  // no IncomingCall event in time
	ReasonConnectTimeout   Reason = "connect_timeout"   // no CallConnected in time
	ReasonSetupTimeout     Reason = "setup_timeout"     // the whole of it took too long
	ReasonNoInvite         Reason = "no_invite"         // a requested call whose INVITE never came
	ReasonMediaLost        Reason = "media_lost"
	ReasonLegLost          Reason = "leg_lost"        // our SIP edge gave a leg up: no ACK, no answer
	ReasonConnectionLost   Reason = "connection_lost" // Microsoft ended it for a cause that is not normal
	ReasonHostEnded        Reason = "host_ended"      // the host's call ended, or we were sent out of it
	ReasonHostRefused      Reason = "host_refused"    // Microsoft did not let us into the host's call
	ReasonOwnerLost        Reason = "owner_lost"      // the process that held the legs died
	ReasonOverload         Reason = "overload"
	ReasonInternal         Reason = "internal"
)

// Fault is whose it was; support asks that first.
type Fault string

const (
	FaultNone         Fault = "none"
	FaultCaller       Fault = "caller"
	FaultTenant       Fault = "tenant"
	FaultProvider     Fault = "provider"
	FaultMicrosoft    Fault = "microsoft"
	FaultTandem       Fault = "tandem"
	FaultUndetermined Fault = "undetermined"
)

// Termination is how the call ended: one result, one reason, one party at fault.
type Termination struct {
	Result     Result `json:"result"`
	Reason     Reason `json:"reason"`
	By         By     `json:"by"`
	Fault      Fault  `json:"fault"`
	SIPStatus  int    `json:"sip_status,omitempty"` // received, if a leg was the cause
	Q850       int    `json:"q850,omitempty"`
	ACSCode    int    `json:"acs_code,omitempty"`
	ACSSubCode int    `json:"acs_sub_code,omitempty"`
	Message    string `json:"message,omitempty"`
}

// NearStatus is the SIP status for a customer whose call ends before it was
// answered, and the Q.850 cause that goes with it (RFC 3398 §7.2.4.1).
func (t Termination) NearStatus() (status, q850 int) {
	switch t.Reason {
	case ReasonBusy:
		return 486, 17
	case ReasonDeclined:
		return 603, 21
	case ReasonNobodyAvailable, ReasonAgentUnavailable:
		return 480, 20
	case ReasonNoAnswer, ReasonSetupTimeout:
		return 480, 19
	case ReasonNotAllowed:
		return 403, 21
	case ReasonMicrosoftRefused, ReasonRingFailed, ReasonConnectionLost, ReasonMisconfigured:
		return 502, 38
	case ReasonNoInvitation, ReasonConnectTimeout:
		return 504, 102
	case ReasonOverload:
		return 503, 42
	case ReasonCallerGaveUp:
		return 487, 16
	case ReasonHangUpRequested, ReasonFlowEnded: // what no other way would have made better
		return 480, 31
	}
	return 500, 41
}

// byClass says what the last person's outcome makes of the call.
func byClass(o Outcome) Termination {
	t := Termination{
		Result: Failed, By: ByMicrosoft, Fault: FaultMicrosoft,
		ACSCode: o.Code, ACSSubCode: o.SubCode, Message: o.Message,
	}
	switch o.Class {
	case ClassNoAnswer:
		t.Result, t.Reason, t.By, t.Fault = Unanswered, ReasonNoAnswer, ByAgent, FaultNone
	case ClassDeclined:
		t.Result, t.Reason, t.By, t.Fault = Unanswered, ReasonDeclined, ByAgent, FaultNone
	case ClassBusy:
		t.Result, t.Reason, t.By, t.Fault = Unanswered, ReasonBusy, ByAgent, FaultNone
	case ClassUnavailable:
		t.Result, t.Reason, t.By, t.Fault = Unanswered, ReasonAgentUnavailable, ByAgent, FaultNone
	case ClassNotAllowed:
		t.Reason, t.Fault = ReasonNotAllowed, FaultTenant
	case ClassMisconfigured:
		t.Reason, t.Fault = ReasonMisconfigured, FaultProvider
	case ClassGone, ClassEnded:
		t.Reason = ReasonConnectionLost
	default:
		t.Reason = ReasonRingFailed
	}
	return t
}

// nobody is how a call ends when there is no one (left) to ring: with the fate
// of the last one rung, else because nobody was available.
func (c Call) nobody(e NobodyAvailable) Termination {
	for i := len(c.Participants) - 1; i >= 0; i-- {
		if p := c.Participants[i]; p.Outcome.Class != "" {
			return byClass(p.Outcome)
		}
	}
	t := Termination{Result: Unanswered, Reason: ReasonNobodyAvailable, By: ByTandem, Fault: FaultNone}
	if len(e.Why) > 0 {
		t.Message = e.Why[0]
		for _, w := range e.Why[1:] {
			t.Message += "; " + w
		}
	}
	return t
}
