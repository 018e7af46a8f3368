package call

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tandem/internal/tenant"
)

// Deadline names. Those of a ring or a sight are followed by "/" and the participant's id.
const (
	AwaitInvite     = "invite"         // the INVITE of a requested call
	AwaitSetup      = "setup"          // a person, before the customer's SIP times out
	AwaitInvitation = "incoming_call"  // IncomingCall after the far leg's INVITE
	AwaitConnected  = "call_connected" // CallConnected after the accept
	AwaitRing       = "ring"           // the end of one ringing
	AwaitSight      = "sight"          // whether somebody really joined
	AwaitWatch      = "watch"          // nothing special: time to look whether all is as believed
	AwaitLimit      = "limit"          // the longest the connected call was to last
	AwaitFlow       = "flow"           // what the flow waits for
	AwaitHandover   = "handover"       // the longest a handover waits
	AwaitQueue      = "queue"          // the next choice of a call or a handover that waits
	AwaitStream     = "stream"         // the bot, after a stream was asked for
	AwaitQuiet      = "quiet"          // what was played to the customer cancelled
	AwaitLeave      = "leave"          // the connection of a released call gone
	AwaitEnd        = "end"            // both legs and the connection gone
)

// How long each is awaited.
const (
	SetupWithin      = 110 * time.Second // DESIGN §4: carriers give a ringing call two to three minutes
	InvitationWithin = 10 * time.Second  // DESIGN §4
	ConnectedWithin  = 15 * time.Second
	RingGrace        = 5 * time.Second // for AddParticipantFailed after the invitation's own timeout
	CancelWithin     = 5 * time.Second // of an invitation, or of somebody's place in the call
	WatchEvery       = 60 * time.Second
	WatchRinging     = 8 * time.Second // somebody may be there of whom no callback told, and talks to nobody
	EndWithin        = 10 * time.Second

	defaultInviteWithin = 60 * time.Second
	maxLooks            = 60 // at EndWithin each: ten minutes, then the end is taken for granted
)

// apply hands the event to its machine; false means it changes nothing.
func (s *step) apply(e Event) bool {
	if s.c.Phase == Ended {
		return false
	}
	switch e := e.(type) {
	case RequestedByAPI:
		return s.onRequested()
	case Offered:
		return s.onOffered(e)
	case AgentChosen:
		return s.onChosen(e)
	case NobodyAvailable:
		return s.onNobody(e)
	case LegProceeding:
		return s.onProceeding(e)
	case LegAnswered:
		return s.onAnswered(e)
	case LegEnded:
		return s.onLegEnded(e)
	case MediaLost:
		return s.onMediaLost(e)
	case Invited:
		return s.onInvited(e)
	case ConnectionAccepted:
		return s.onAccepted(e)
	case AgentCalled:
		return s.onCalled(e)
	case CallFound:
		return s.onFound(e)
	case MoveAsked:
		return s.onMoveAsked(e)
	case MoveTold:
		return s.onMoveTold(e)
	case ConnectionUp:
		return s.onUp(e.Connection, e.ServerCall)
	case ConnectionDown:
		return s.onDown(e.Connection, e.Outcome)
	case AgentInvited:
		return s.onAgentInvited(e)
	case AgentJoined:
		return s.c.ours(e.Connection) && s.reported(s.c.rung(e.Op, e.Endpoint))
	case AgentFailed:
		i := s.c.rung(e.Op, e.Endpoint)
		if i >= 0 && i == s.c.called() { // the end of the connection is his answer
			return false
		}
		return s.c.ours(e.Connection) && s.move(i, factFailed, e.Outcome)
	case RingCancelled:
		return s.onCancelled(e)
	case ParticipantsChanged:
		return s.onList(e)
	case ParticipantRemoved:
		return s.c.ours(e.Connection) && s.move(s.c.rung("", e.Endpoint), factLeft, Outcome{Class: ClassEnded})
	case Observed:
		return s.onObserved(e)
	case DeadlinePassed:
		return s.onDeadline(e.Name)
	case Doubted:
		looks := s.look()
		return s.lookRecording() || looks
	case ActionFailed:
		return s.onFailed(e)
	case OwnerLost:
		return s.onOwnerLost()
	case Overloaded:
		return s.stop(Termination{Result: Failed, Reason: ReasonOverload, By: ByTandem, Fault: FaultTandem})
	case AddAsked:
		return s.onAddAsked(e)
	case OutOffered:
		return s.onOutOffered(e)
	case RemoveAsked:
		return s.onRemoveAsked(e)
	case RedirectAsked:
		return s.onRedirectAsked(e)
	case Redirected:
		return s.onRedirected(e)
	case RejectAsked:
		return s.onRejectAsked(e)
	case ConsultAsked:
		return s.onConsultAsked(e)
	case ConsultEndAsked:
		return s.onConsultEndAsked(e)
	case OperateAsked:
		return s.onOperateAsked(e)
	case OperationStarted:
		return s.onOperationRunning(e.Op)
	case SoundBegan:
		return s.onSoundBegan(e.Op)
	case OperationEnded:
		return s.onOperationEnded(e)
	case HandoverAsked:
		return s.onHandoverAsked(e)
	case HandoverWithdrawn:
		return s.onHandoverWithdrawn()
	case QueueMoved:
		return s.onQueueMoved()
	case FlowMoved:
		return s.onFlowMoved(e)
	case RecordAsked, RecordingStarted, RecordingDone, RecordingChanged, RecordingNotStarted, RecordingObserved:
		return s.onRecording(e)
	case StreamAsked, StreamStopAsked, BotJoined, BotLeft, BotAsked:
		return s.onStream(e)
	case TranscribeAsked:
		return s.onTranscribeAsked(e)
	case Transcribed:
		return s.onTranscribed(e)
	case HangUpAsked:
		return s.onHangUpAsked(e)
	}
	return false
}

func (s *step) onRequested() bool {
	if s.c.Phase != Requested || !s.c.Marks.Requested.IsZero() {
		return false
	}
	s.c.Marks.Requested = s.at
	if s.c.Plan.takesNobody() {
		s.c.Phase = Routing
		return true
	}
	within := s.c.Plan.InviteWithin
	if within <= 0 {
		within = defaultInviteWithin
	}
	s.await(AwaitInvite, within)
	return true
}

func (s *step) onOffered(e Offered) bool {
	to, ok := nextLeg(s.c.Near.State, factOffered)
	if !ok || s.c.Phase != Requested || s.c.Plan.legless() {
		return false
	}
	s.c.Phase = Routing
	s.c.Near = Leg{State: to, SIPCallID: e.SIPCallID, Dialog: e.Dialog}
	s.c.Peer, s.c.Caller, s.c.Called = e.Peer, e.Caller, e.Called
	s.c.Marks.Offered = s.at
	if s.c.Marks.Requested.IsZero() {
		s.c.Marks.Requested = s.at
	}
	s.settle(AwaitInvite)
	if s.c.Plan.Policy == tenant.WithAgent || s.c.Plan.Flow != nil {
		s.await(AwaitSetup, SetupWithin)
	}
	return true
}

func (s *step) onDeadline(name string) bool {
	if _, ok := s.c.Deadlines[name]; !ok {
		return false
	}
	s.settle(name)
	kind, id, _ := strings.Cut(name, "/")
	k := s.c.Connection
	microsoft := Termination{Result: Failed, By: ByTandem, Fault: FaultMicrosoft}
	switch kind {
	case AwaitInvite:
		s.finish(Termination{Result: Abandoned, Reason: ReasonNoInvite, By: ByTandem, Fault: FaultProvider})
	case AwaitSetup:
		s.finish(Termination{Result: Unanswered, Reason: ReasonSetupTimeout, By: ByTandem, Fault: FaultUndetermined})
	case AwaitInvitation:
		microsoft.Reason = ReasonNoInvitation
		s.finish(microsoft)
	case AwaitConnected:
		if s.c.Plan.guest() {
			s.admissionOverdue()
			break
		}
		if k.State == ConnectionAnswered { // the callback may be lost: look once
			s.look()
			s.c.Connection.State = ConnectionAccepting
			s.await(AwaitConnected, ConnectedWithin)
			break
		}
		microsoft.Reason = ReasonConnectTimeout
		s.finish(microsoft)
	case AwaitRing:
		s.ringOverdue(s.c.participant(id))
	case AwaitMove:
		s.moveOverdue(s.c.participant(id))
	case AwaitSight:
		s.sightOverdue(s.c.participant(id))
	case AwaitOperation:
		s.operationOverdue(id)
	case AwaitRecording:
		s.recordingOverdue()
	case AwaitWatch:
		s.look()
		s.lookRecording()
		s.await(AwaitWatch, WatchEvery)
		s.watchRinging()
	case AwaitLimit:
		s.finish(Termination{Result: Completed, Reason: ReasonMaxDuration, By: ByTandem, Fault: FaultNone})
	case AwaitHandover:
		if s.c.Handover.Open() {
			s.closeHandover(HandoverLost, LossTimeout)
		}
	case AwaitQueue:
		if id == "" { // an addition asks again by itself
			s.onQueueMoved()
		}
	case AwaitAdd:
		s.addOverdue(id)
	case AwaitStream:
		s.streamOverdue()
	case AwaitFlow, AwaitQuiet: // the flow, and quieten, see that it passed
	case AwaitLeave:
		if s.look() {
			s.await(AwaitLeave, EndWithin)
		}
	case AwaitEnd:
		s.endOverdue()
	}
	return true
}

// onFailed: what an action was to bring about will not come.
func (s *step) onFailed(e ActionFailed) bool {
	internal := Termination{Result: Failed, Reason: ReasonInternal, By: ByTandem, Fault: FaultTandem, Message: e.Outcome.Message}
	switch e.Action {
	case ChooseAgent{}.Kind():
		if e.Op != s.c.Choosing {
			return false
		}
		s.c.Choosing = ""
		if i := s.c.soughtBy(e.Op); i >= 0 {
			s.lose(i, e.Outcome)
			return true
		}
		if s.c.treated() {
			s.foundNobody(NobodyAvailable{Why: []string{e.Outcome.Message}})
			return true
		}
		s.finish(internal)
		return true
	case DialFar{}.Kind():
		return s.onLegEnded(LegEnded{Side: Far, By: ByMicrosoft, Status: e.Status, Text: e.Outcome.Message})
	case RingNear{}.Kind(), AnswerNear{}.Kind():
		return s.onLegEnded(LegEnded{Side: Near, By: ByTandem, Text: e.Outcome.Message})
	case DialOut{}.Kind():
		return s.onDialOutFailed(e.Op)
	case AcceptInvitation{}.Kind():
		if e.Op != s.c.Connection.Op {
			return false
		}
		if e.Unsure && s.c.Plan.External { // no leg of ours ends what may be there: it names itself yet
			return s.stop(Termination{Result: Failed, Reason: ReasonConnectTimeout, By: ByTandem, Fault: FaultMicrosoft, Message: e.Outcome.Message})
		}
		return s.onDown(s.c.Connection.ID, e.Outcome)
	case RedirectInvitation{}.Kind():
		return s.onRedirectFailed(e)
	case CallAgent{}.Kind(), ConnectCall{}.Kind():
		return s.onPlacingFailed(e)
	case MoveHere{}.Kind():
		return s.onMoveFailed(e)
	case TellCall{}.Kind():
		return s.onTellFailed(e)
	case RingAgent{}.Kind():
		return s.move(s.c.rung(e.Op, Endpoint{}), factFailed, e.Outcome)
	case RemoveParticipant{}.Kind():
		i := slices.IndexFunc(s.c.Participants, func(p Participant) bool { return p.State == Removing })
		if i < 0 {
			return false
		}
		s.stays(i)
		s.look() // perhaps he had left by himself
		return true
	case CancelRing{}.Kind():
		return s.c.Ending == nil && s.look() // mostly he has just answered
	case StartRecording{}.Kind(), ChangeRecording{}.Kind(), LookRecording{}.Kind():
		return s.onRecordFailed(e)
	case Operate{}.Kind(), MuteNear{}.Kind():
		return s.onOperationEnded(OperationEnded{Op: e.Op, State: OperationFailed, Outcome: e.Outcome})
	case ConnectMedia{}.Kind():
		return s.stop(internal)
	}
	return false // hang-ups, burials and looks: the deadline asks again; music: its leg is over
}

// look asks how the connection stands, if there is one to ask about.
func (s *step) look() bool {
	k := s.c.Connection
	if !k.Live() || k.ID == "" {
		return false
	}
	s.ask(Look{Connection: k.ID, Called: s.c.Plan.takesNobody()})
	return true
}

// onOwnerLost makes orphans of the legs; a call that has none goes on.
func (s *step) onOwnerLost() bool {
	lost := false
	for _, l := range s.c.legs() {
		if l.Live() && !l.Orphan {
			l.Orphan, lost = true, true
			if l.State == LegEnding {
				l.State = LegUp // ended by nobody any more: bury it
			}
		}
	}
	if !lost {
		return false
	}
	s.finish(Termination{Result: Failed, Reason: ReasonOwnerLost, By: ByTandem, Fault: FaultTandem})
	return true
}

func (s *step) onRemoveAsked(e RemoveAsked) bool {
	if s.c.Permit(e) != nil {
		return false
	}
	if at := s.c.asked(e.Participant); at >= 0 {
		s.dropAdd(at)
		return true
	}
	i := s.c.participant(e.Participant)
	if i == s.c.called() || s.c.Plan.outbound() && s.c.Phase == Routing { // without him there is no call
		return s.onHangUpAsked(HangUpAsked{})
	}
	switch p := &s.c.Participants[i]; p.State {
	case Reserved:
		s.leave(i, Outcome{Class: ClassCancelled})
	case Joined:
		p.State = Removing
		s.ask(RemoveParticipant{Connection: s.c.Connection.ID, Endpoint: p.Endpoint})
		s.await(awaitRing(*p), CancelWithin)
	case Inviting, Ringing:
		s.withdraw(i, Outcome{Class: ClassCancelled})
	}
	return true
}

// drive asks for whatever the tree now lacks.
func (s *step) drive() {
	switch s.c.Phase {
	case Routing:
		switch {
		case s.c.Plan.outbound():
			s.driveOutbound()
		case s.c.Plan.guest():
			s.driveGuest()
		default:
			s.driveRouting()
		}
	case Connected:
		s.driveConnected()
	case Released:
		s.driveReleased()
	}
	if s.c.Phase == Ending {
		s.driveEnding()
	} else {
		s.driveOutlegs(s.c.Phase == Released)
	}
	s.withdrawals()
	s.reportMoves()
}

func (s *step) driveRouting() {
	c := &s.c
	if c.Redirect != nil {
		s.driveRedirect()
		return
	}
	if c.Connection.State == ConnectionOffered {
		c.Connection.Op = s.ask(AcceptInvitation{Resource: c.Connection.Resource, Context: c.Connection.Invitation})
		c.Connection.State, c.Connection.Invitation = ConnectionAccepting, ""
		s.await(AwaitConnected, ConnectedWithin)
	}
	if c.Plan.Flow != nil {
		s.driveTreated()
		return
	}
	i := c.current()
	if i < 0 {
		if _, waits := c.Deadlines[AwaitQueue]; c.Choosing == "" && !waits {
			c.Choosing = s.ask(ChooseAgent{Wanted: c.Plan.Agents, Queue: c.Plan.Queue, Tried: c.tried()})
		}
		return
	}
	if c.Near.State == LegOffered { // somebody may take it: only now does the customer hear ringing
		if c.Plan.Policy == tenant.AtOnce {
			s.answerNear()
		} else {
			s.ringNear()
		}
	}
	s.dialFar()
	s.ring()
	if c.Participants[i].State == Joined && s.bridged() {
		s.connected()
	}
}

func (s *step) ringNear() {
	s.ask(RingNear{})
	s.c.Near.State = LegRinging
}

func (s *step) dialFar() {
	c := &s.c
	if c.Far.State != LegNone || c.Plan.External {
		return
	}
	s.ask(DialFar{Number: c.Plan.Number, Caller: c.Caller})
	c.Far.State = LegDialing
	c.Marks.Dialed = s.at
	s.await(AwaitInvitation, InvitationWithin)
}

// join has the customer hear who is there, and reports whether he does.
func (s *step) join() bool {
	c := &s.c
	if !c.Media { // before the 200, or the customer's first words are lost
		s.ask(ConnectMedia{})
		c.Media = true
	}
	if c.Near.State == LegOffered || c.Near.State == LegRinging {
		s.answerNear()
	}
	return c.Near.State == LegUp
}

func (s *step) connected() {
	s.c.Phase = Connected
	s.c.Marks.Connected = s.at
	s.settle(AwaitSetup)
	s.await(AwaitWatch, WatchEvery)
	if s.c.Plan.guest() && s.c.Connection.Sequence < 0 { // the list may be lost that tells a guest who is there
		s.await(AwaitWatch, SightAgainIn)
	}
	if d := s.c.Plan.MaxDuration; d > 0 {
		s.await(AwaitLimit, d)
	}
}

func (s *step) answerNear() {
	s.ask(AnswerNear{})
	s.c.Near.State = LegAnswering
}

// ring rings whoever is reserved, once there is a connection to ring from.
func (s *step) ring() {
	c := &s.c
	if c.Connection.State != ConnectionIsUp {
		return
	}
	for i := range c.Participants {
		p := &c.Participants[i]
		if p.State != Reserved {
			continue
		}
		name, ring := cmp.Or(p.DisplayName, c.Plan.DisplayName), cmp.Or(p.RingTimeout, c.Plan.RingTimeout)
		if c.Handover.Open() {
			name, ring = cmp.Or(c.Handover.DisplayName, name), cmp.Or(c.Handover.RingTimeout, ring)
		}
		p.Op = s.ask(RingAgent{Connection: c.Connection.ID, Endpoint: p.Endpoint, DisplayName: name, CallerID: p.CallerID, Timeout: ring})
		p.State, p.RungAt = Inviting, s.at
		s.await(awaitRing(*p), ring+RingGrace)
		s.watchRinging()
		if c.Marks.Ringing.IsZero() {
			c.Marks.Ringing = s.at
		}
	}
}

// watchRinging has a look come soon while somebody rings.
func (s *step) watchRinging() {
	if slices.ContainsFunc(s.c.Participants, func(p Participant) bool { return p.State == Inviting || p.State == Ringing }) {
		s.await(AwaitWatch, WatchRinging)
	}
}

func (s *step) driveConnected() {
	c := &s.c
	s.findAdds()
	waits := c.seeking() >= 0 && !c.Plan.outbound() // the customer does, for somebody of a queue
	if !c.Plan.guest() && c.current() < 0 && c.Choosing == "" && !waits && !slices.ContainsFunc(c.Participants, func(p Participant) bool { return p.State == Removing || p.between() }) {
		last := c.Participants[len(c.Participants)-1]
		t := Termination{Result: Completed, Reason: ReasonAgentHungUp, By: ByAgent, Fault: FaultNone}
		t.ACSCode, t.ACSSubCode = last.Outcome.Code, last.Outcome.SubCode
		s.finish(t)
		return
	}
	s.driveConsult()
	s.driveBotHandover()
	s.driveAdds()
	s.driveStream()
	s.driveTranscription()
	s.ring()
	s.quieten()
}
