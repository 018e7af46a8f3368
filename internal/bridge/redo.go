package bridge

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"tandem/internal/call"
)

// redo says what the owner, or an adopter, may do again.
type redo struct {
	// patience: how long an owner repeats the request while the error is a passing one.
	patience time.Duration
	// adopt: what an adopter does with an action that nobody knows to be done.
	adopt adoption
}

type adoption string

const (
	// dropIt: it spoke to an edge that is gone, or its question is void.
	dropIt adoption = "drop"
	// againAlways: doing it twice is doing it once.
	againAlways adoption = "again"
	// tellIt: doing it twice would be heard, so an adopter says that it is not
	// known to be done.
	tellIt adoption = "tell"
	// againYoung: Microsoft knows the request id for a while
	// (facts/call-automation.md §4); later it would be done a second time, so
	// the call looks instead.
	againYoung adoption = "again while young"
)

// young is how long a request id is trusted to be remembered (DESIGN §5).
const young = 2 * time.Minute

// allows says whether an action that was journalled at a moment, and first tried
// by us at another, may be tried once more.
func (r redo) allows(now, at, since time.Time) bool {
	return now.Sub(since) < r.patience && (r.adopt != againYoung || now.Sub(at) < young)
}

// ruleOf is the redo rule of an action.
func ruleOf(do call.Doing) redo {
	switch do := do.(type) {
	case call.Operate:
		return operationRules[do.Operation.Kind]
	case call.ChangeRecording:
		if do.How == call.RecordStop { // what is stopped stays so: 404 is success
			return redo{patience: 30 * time.Second, adopt: againAlways}
		}
	}
	return redoRules[do.Kind()]
}

// operationRules has a row for every kind of operation that Microsoft does.
// Which take a request id says facts/call-automation.md §6.
var operationRules = map[call.OperationKind]redo{
	call.Play:        {adopt: tellIt},
	call.Recognize:   {adopt: tellIt},
	call.SendDTMF:    {patience: 10 * time.Second, adopt: againYoung},
	call.Transfer:    {patience: 10 * time.Second, adopt: againYoung},
	call.CancelMedia: {patience: 10 * time.Second, adopt: tellIt}, // by then it would cancel what came after it
	call.Hold:        {patience: 10 * time.Second, adopt: againAlways},
	call.Unhold:      {patience: 10 * time.Second, adopt: againAlways},
	call.Mute:        {patience: 10 * time.Second, adopt: againAlways},
	// A stream that runs refuses to be started, and its socket tells that it runs.
	call.StartStream:         {adopt: tellIt},
	call.StartTranscription:  {adopt: tellIt},
	call.StopTranscription:   {adopt: tellIt},
	call.UpdateTranscription: {patience: 10 * time.Second, adopt: againAlways}, // the same language twice is that language
	call.StopStream:          {adopt: tellIt},                                  // no socket of a stream that is unwanted is let in
}

// redoRules has a row for every other kind of action.
var redoRules = map[string]redo{
	call.ChooseAgent{}.Kind(): {patience: 20 * time.Second, adopt: againAlways}, // a reservation made twice is one
	// Only asking again with the same id tells whether there is a connection, and
	// which: so ask for as long as the id is known.
	call.CallAgent{}.Kind():          {patience: young - 10*time.Second, adopt: againYoung},
	call.ConnectCall{}.Kind():        {patience: young - 10*time.Second, adopt: againYoung}, // likewise
	call.MoveHere{}.Kind():           {patience: 10 * time.Second, adopt: againYoung},
	call.TellCall{}.Kind():           {patience: 60 * time.Second, adopt: againAlways}, // what is told twice changes nothing
	call.RingNear{}.Kind():           {adopt: dropIt},
	call.AnswerNear{}.Kind():         {adopt: dropIt},
	call.DialFar{}.Kind():            {adopt: dropIt},
	call.DialOut{}.Kind():            {adopt: dropIt},
	call.HangUpLeg{}.Kind():          {adopt: dropIt}, // the leg is an orphan now; the call asks to bury it
	call.ConnectMedia{}.Kind():       {adopt: dropIt},
	call.MuteNear{}.Kind():           {adopt: dropIt}, // the leg and the call end
	call.HoldNear{}.Kind():           {adopt: dropIt},
	call.BuryLeg{}.Kind():            {patience: 30 * time.Second, adopt: againAlways}, // 481 is success
	call.AcceptInvitation{}.Kind():   {patience: 10 * time.Second, adopt: againYoung},
	call.RefuseInvitation{}.Kind():   {patience: 10 * time.Second, adopt: againYoung},
	call.RedirectInvitation{}.Kind(): {patience: 10 * time.Second, adopt: againYoung},
	call.RingAgent{}.Kind():          {patience: 10 * time.Second, adopt: againYoung},
	call.CancelRing{}.Kind():         {patience: 4 * time.Second, adopt: againYoung},
	call.RemoveParticipant{}.Kind():  {patience: 10 * time.Second, adopt: againYoung},
	call.StartRecording{}.Kind():     {patience: 10 * time.Second, adopt: againYoung},
	call.ChangeRecording{}.Kind():    {adopt: tellIt}, // the call looks, and asks again if it must
	call.LookRecording{}.Kind():      {patience: 10 * time.Second, adopt: againAlways},
	call.EndConnection{}.Kind():      {patience: 60 * time.Second, adopt: againAlways}, // 404 is success
	call.Look{}.Kind():               {patience: 30 * time.Second, adopt: againAlways},
}

// Between two tries of one action.
const (
	tryFirst = 250 * time.Millisecond
	tryMost  = 4 * time.Second
)

// requestID makes the UUID that marks all tries of one action. It is derived,
// so an adopter needs nothing but the journal to use the same one.
func requestID(id call.ID, op string) string {
	h := sha256.Sum256([]byte(string(id) + "/" + op))
	b := h[:16]
	b[6] = b[6]&0x0f | 0x40 // version 4, as the SDKs send
	b[8] = b[8]&0x3f | 0x80
	s := hex.EncodeToString(b)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
