package call

import "encoding/json"

// LegState is where one SIP dialog stands.
type LegState string

const (
	LegNone      LegState = ""          // there is none
	LegOffered   LegState = "offered"   // near: INVITE received
	LegDialing   LegState = "dialing"   // far: INVITE asked for
	LegRinging   LegState = "ringing"   // 18x sent (near) or received (far)
	LegAnswering LegState = "answering" // near: 200 asked for
	LegUp        LegState = "up"
	LegEnding    LegState = "ending" // hang-up asked for
	LegDone      LegState = "ended"
)

// Leg is one SIP dialog of the call.
type Leg struct {
	State     LegState        `json:"state,omitempty"`
	SIPCallID string          `json:"sip_call_id,omitempty"`
	Dialog    json.RawMessage `json:"dialog,omitempty"` // opaque to us: what its edge needs to end it later
	Orphan    bool            `json:"orphan,omitempty"` // its edge is gone
	By        By              `json:"by,omitempty"`     // who ended it
	Status    int             `json:"status,omitempty"` // the SIP status that ended or refused it
	Q850      int             `json:"q850,omitempty"`
	Text      string          `json:"text,omitempty"`
	Media     MediaStats      `json:"media,omitzero"`
}

// Live reports whether the dialog exists, or may.
func (l Leg) Live() bool { return l.State != LegNone && l.State != LegDone }

// legFact is what the edge can tell of a leg.
type legFact string

const (
	factOffered    legFact = "offered"
	factProceeding legFact = "proceeding" // sent, or 100
	factRinging    legFact = "ringing"    // 18x
	factAnswered   legFact = "answered"
	factEnded      legFact = "ended"
)

// legTable holds every foreseen pair. A late 200 of a leg that is being ended
// stays "ending": its edge sends ACK and BYE by itself (RFC 3261 §15, §9.1). A leg that is
// up is answered again when another dialog takes its place (RFC 3891).
var legTable = map[LegState]map[legFact]LegState{
	LegNone:      {factOffered: LegOffered},
	LegOffered:   {factEnded: LegDone, factAnswered: LegUp},
	LegDialing:   {factProceeding: LegDialing, factRinging: LegRinging, factAnswered: LegUp, factEnded: LegDone},
	LegRinging:   {factProceeding: LegRinging, factRinging: LegRinging, factAnswered: LegUp, factEnded: LegDone},
	LegAnswering: {factAnswered: LegUp, factEnded: LegDone},
	LegUp:        {factAnswered: LegUp, factEnded: LegDone},
	LegEnding:    {factProceeding: LegEnding, factAnswered: LegEnding, factEnded: LegDone},
}

// nextLeg is the leg's machine; false means the fact has no place here.
func nextLeg(from LegState, f legFact) (LegState, bool) {
	to, ok := legTable[from][f]
	return to, ok
}

// leg finds one by its side; one that does not exist is no leg of the call.
func (c *Call) leg(side Side) *Leg {
	id, out := side.Out()
	switch {
	case side == Near:
		return &c.Near
	case side == Far:
		return &c.Far
	case out && c.outleg(id) >= 0:
		return &c.Outlegs[c.outleg(id)].Leg
	}
	return &Leg{}
}

func (s *step) onProceeding(e LegProceeding) bool {
	l := s.c.leg(e.Side)
	fact := factProceeding
	if e.Status > 100 {
		fact = factRinging
	}
	to, ok := nextLeg(l.State, fact)
	if !ok || e.Side == Near {
		return false
	}
	l.State = to
	l.keep(e.SIPCallID, e.Dialog)
	return true
}

func (l *Leg) keep(sipCallID string, dialog json.RawMessage) {
	if sipCallID != "" {
		l.SIPCallID = sipCallID
	}
	if dialog != nil {
		l.Dialog = dialog
	}
}

func (s *step) onAnswered(e LegAnswered) bool {
	l := s.c.leg(e.Side)
	to, ok := nextLeg(l.State, factAnswered)
	if !ok {
		return false
	}
	l.State = to
	l.keep("", e.Dialog)
	return true
}

func (s *step) onLegEnded(e LegEnded) bool {
	l := s.c.leg(e.Side)
	asked := l.State == LegEnding
	to, ok := nextLeg(l.State, factEnded)
	if !ok {
		return false
	}
	l.State, l.By, l.Status, l.Q850, l.Text, l.Media = to, e.By, e.Status, e.Q850, e.Text, e.Media
	if id, out := e.Side.Out(); out {
		s.outEnded(id)
	} else if !asked {
		s.finish(s.c.legEnding(e))
	}
	return true
}

// legEnding is why the call ends when a leg ends that nobody asked to end.
func (c Call) legEnding(e LegEnded) Termination {
	connected := c.Phase == Connected || c.Phase == Released
	t := Termination{SIPStatus: e.Status, Q850: e.Q850, Message: e.Text}
	switch {
	case e.By == ByTandem: // our edge gave up: no ACK, no answer, transport gone
		t.Result, t.Reason, t.By = Failed, ReasonLegLost, ByTandem
		t.Fault = FaultProvider
		if e.Side == Far {
			t.Fault = FaultMicrosoft
		}
	case e.Side == Near && connected:
		t.Result, t.Reason, t.By, t.Fault = Completed, ReasonCallerHungUp, ByCaller, FaultNone
	case e.Side == Near:
		t.Result, t.Reason, t.By, t.Fault = Abandoned, ReasonCallerGaveUp, ByCaller, FaultNone
	case c.Redirect != nil && !connected && e.Side == Far:
		return byClass(Outcome{Class: classOfStatus(e.Status), Code: e.Status, Message: e.Text})
	case connected && (e.Q850 == 0 || e.Q850 == 16):
		t.Result, t.Reason, t.By, t.Fault = Completed, ReasonMicrosoftHungUp, ByMicrosoft, FaultNone
	case connected || !c.Marks.Treated.IsZero():
		t.Result, t.Reason, t.By, t.Fault = Failed, ReasonConnectionLost, ByMicrosoft, FaultMicrosoft
	default:
		t.Result, t.Reason, t.By, t.Fault = Failed, ReasonMicrosoftRefused, ByMicrosoft, FaultMicrosoft
	}
	return t
}

// onMediaLost ends the call: silence without RTP is how a dead path shows.
func (s *step) onMediaLost(e MediaLost) bool {
	if s.c.leg(e.Side).State != LegUp || s.c.Ending != nil {
		return false
	}
	if _, out := e.Side.Out(); out {
		s.hangUp(e.Side, 0, 41)
		return true
	}
	t := Termination{Result: Failed, Reason: ReasonMediaLost, By: ByTandem, Fault: FaultProvider, Q850: 41}
	if e.Side == Far {
		t.Fault = FaultMicrosoft
	}
	s.finish(t)
	return true
}
