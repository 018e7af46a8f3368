package acs

import (
	"slices"
	"time"

	"tandem/internal/audio"
	"tandem/internal/simulator/delays"
	"tandem/internal/simulator/events"
	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/mixer"
	"tandem/internal/simulator/teams"
	"tandem/internal/simulator/voice"
)

// call is one conversation: who is in it, who is being rung, which legs of the
// application it has and what they do. Guarded by Service.mu.
type call struct {
	resource      *resource
	correlationID string
	serverCallID  string
	groupID       string // of a group or room that was connected to
	born          time.Time
	from, to      identifier // as the first leg was announced, for the desk
	sound         *mixer.Conference
	ears          *voice.Recogniser // nil until somebody listens

	members     []*member
	legs        []*connection
	invitations []*invitation
	offers      []*offer // IncomingCall events that wait for an answer
	recordings  []*recording
	sequence    int
	storm       int // repetitions of ParticipantsUpdated still to come
	repeating   bool
	over        bool
}

// member is somebody in a call: a phone behind a line, a Teams user with a
// session, or an ACS user whose side the application plays.
type member struct {
	identifier
	line    Leg
	dialled *connection // the leg that called this phone
	session *teams.Session
	app     *connection
	port    *mixer.Port // nil without sound
	muted   bool
	held    bool        // by the application
	holds   bool        // of his own will, in Teams
	hears   int         // plays that go to this member alone
	music   func()      // stops the music on hold
	clips   []audio.PCM // of the music
	heldBy  *connection
	heldFor reply
}

// onHold is what the service shows: a play to one member holds it as well
// (facts/call-automation.md §8).
func (m *member) onHold() bool { return m.held || m.holds || m.hears > 0 }

// object is CallParticipant. Events were never seen to tell that somebody is
// muted, while the list does (facts/observed-events.md §5).
func (m *member) object(inEvent bool) events.Object {
	return events.Object{
		{Key: "identifier", Value: m.identifier.object()},
		{Key: "isMuted", Value: m.muted && !inEvent},
		{Key: "isOnHold", Value: m.onHold()},
	}
}

// refreshHold makes the sound agree with onHold.
func (m *member) refreshHold() {
	if m.port != nil {
		m.port.SetHeld(m.onHold())
	}
}

func (s *Service) newCall(res *resource, from, to identifier) *call {
	c := &call{
		resource: res, correlationID: newID(), serverCallID: newServerCallID(time.Now()), born: time.Now(),
		from: from, to: to, sound: mixer.New(s.Logger),
	}
	s.calls = append(s.calls, c)
	return c
}

func (c *call) member(i identifier) *member {
	for _, m := range c.members {
		if m.identifier == i {
			return m
		}
	}
	return nil
}

// others counts the members that are not the application's.
func (c *call) others() int {
	n := 0
	for _, m := range c.members {
		if m.app == nil {
			n++
		}
	}
	return n
}

// enter adds a member and connects its sound. A phone that is called stands before
// the identity that calls it, as in the one recorded phone call
// (recorded/acs-events/js-dtmf-actions.json).
func (s *Service) enter(c *call, m *member) {
	place := len(c.members)
	if m.line != nil && place == 1 && c.members[0].app != nil && c.members[0].app.created {
		place = 0
	}
	c.members = slices.Insert(c.members, place, m)
	s.plug(c, m)
	for _, r := range c.recordings {
		r.banner(m)
	}
	for _, leg := range c.legs {
		if t := leg.media.transcription; t != nil && t.hear != nil {
			t.hear(m)
		}
	}
}

// plug connects a member to the sound of a call.
func (s *Service) plug(c *call, m *member) {
	switch {
	case m.line != nil:
		m.port = m.line.Attach(c.sound)
		if m.port != nil {
			m.port.SetMuted(m.muted)
		}
		m.line.OnDigit(func(digit byte) { s.pressed(m, digit) })
	case m.session != nil:
		m.port = m.session.Port()
	case m.app != nil:
		m.port = c.sound.JoinWide(m.raw(), nil)
		m.port.SetMuted(m.muted)
	}
	if m.port != nil {
		m.port.SetName(m.raw()) // so that a tap knows who speaks
	}
	m.refreshHold()
}

// tellMembers sends every leg the whole list under the current number.
func (s *Service) tellMembers(c *call, at time.Time) {
	for _, leg := range c.legs {
		if leg.connected {
			s.tellMembersTo(leg, at)
		}
	}
	s.repeat(c)
}

// repeat tells everybody again after a while, as long as the call is of the kind
// in which the service does so.
func (s *Service) repeat(c *call) {
	pause := s.Delays[delays.Repeat]
	restless := func() bool {
		return !c.over && (len(c.members) > 2 || slices.ContainsFunc(c.recordings, func(r *recording) bool { return r.running() }))
	}
	if pause == 0 || c.repeating || !restless() {
		return
	}
	c.repeating = true
	s.after(pause, func() {
		c.repeating = false
		if restless() {
			s.tellMembers(c, time.Now())
		}
	})
}

func (s *Service) tellMembersTo(leg *connection, at time.Time) {
	c := leg.call
	list := make([]events.Object, 0, len(c.members)+1)
	for _, m := range c.members {
		list = append(list, m.object(true))
	}
	if raw, struck := s.Faults.Take(faults.AddPhantom, c.resource.ImmutableID); struck {
		list = append(list, (&member{identifier: parseRaw(raw)}).object(true))
	}
	leg.push(events.ParticipantsUpdated, "", at, leg.ParticipantsUpdated(list, c.sequence))
}

// changed moves the number on and tells everybody.
func (s *Service) changed(c *call, steps int) {
	c.sequence += steps
	s.tellMembers(c, time.Now())
}

// stormPause is the pause between repeated updates (facts/observed-events.md §5).
const stormPause = 400 * time.Millisecond

// rage repeats ParticipantsUpdated with nothing changed in it.
func (s *Service) rage(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.over || c.storm == 0 {
		return
	}
	c.storm--
	s.tellMembers(c, time.Now())
	s.Clock.AfterFunc(stormPause, func() { s.rage(c) })
}

// relocate brings a member from one call into another, with his leg of the
// application if he has one. What went on for him in the old call ends; that his
// leg's streams end too is inferred [?].
func (s *Service) relocate(m *member, from, to *call) {
	from.take(m)
	s.endMediaOf(from, m)
	m.held, m.hears = false, 0
	switch leg := m.app; {
	case m.session != nil:
		m.session.SetRecording(false)
		m.session.Move(to.sound)
	case leg != nil:
		s.removeLeg(leg)
		if m.port != nil {
			m.port.Leave()
		}
		leg.call, leg.ServerCallID = to, to.serverCallID
		to.legs = append(to.legs, leg)
	}
	s.enter(to, m)
}

// take removes a member from the list and nothing else.
func (c *call) take(m *member) bool {
	i := slices.Index(c.members, m)
	if i < 0 {
		return false
	}
	c.members = slices.Delete(c.members, i, i+1)
	return true
}

// parties counts who makes the call go on: the members, and the application's
// legs that are no member.
func (c *call) parties() int {
	n := len(c.members)
	for _, leg := range c.legs {
		if leg.identity == nil {
			n++
		}
	}
	return n
}

// depart takes a member out who has left by its own doing or was removed; why
// is what the legs that end with it are told.
func (s *Service) depart(c *call, m *member, why events.Result) {
	if c.over || !c.take(m) {
		return
	}
	if m.port != nil {
		m.port.Leave()
	}
	s.endMediaOf(c, m)
	if m.app != nil {
		s.after(s.Delays[delays.OthersEnd], func() { s.disconnect(m.app, why) })
	}
	// When a caller leaves a Teams user behind, the application keeps that user
	// until it terminates; no recording shows it.
	alone := len(c.members) == 1 && m.line != nil && c.members[0].session != nil && s.Switches.Get(evidence.CallerLeft) == "end"
	if alone || c.deserted() {
		s.after(s.Delays[delays.AloneEnd], func() {
			if alone || c.deserted() { // nobody has come meanwhile
				s.endCall(c, why)
			}
		})
		return
	}
	s.changed(c, 1)
}

// deserted says that nobody is left to talk to. While somebody is still rung
// for a created call there is nobody yet.
func (c *call) deserted() bool { return len(c.members) == 0 || c.parties() < 2 }

// endCall ends every leg of the application with a reason and then the call.
func (s *Service) endCall(c *call, why events.Result) {
	if c.over {
		return
	}
	for len(c.legs) > 0 {
		s.disconnect(c.legs[0], why)
	}
	s.dissolve(c)
}

// dissolve ends a call silently: lines, sessions, sound. Who wants to say
// something to the application says it before.
func (s *Service) dissolve(c *call) {
	if c.over {
		return
	}
	c.over = true
	for _, inv := range c.invitations {
		inv.cancel()
	}
	c.invitations = nil
	for _, o := range slices.Clone(c.offers) {
		s.withdraw(o)
	}
	for _, leg := range c.legs {
		s.stopMedia(leg)
	}
	c.legs = nil
	for _, r := range c.recordings {
		s.finishRecording(r, recordingCallEnded)
	}
	members := c.members
	c.members = nil
	if i := slices.Index(s.calls, c); i >= 0 {
		s.calls = slices.Delete(s.calls, i, i+1)
	}
	s.spawn(func() {
		for _, m := range members {
			m.leave()
		}
		c.sound.Close()
		if c.ears != nil {
			c.ears.Close()
		}
	})
}

// leave sends a member away; it may block until the other side has been told.
func (m *member) leave() {
	switch {
	case m.session != nil:
		m.session.Leave()
	case m.line != nil && !over(m.line):
		m.line.Bye(16, "CallEndReasonLocalUserInitiated")
	}
}

// lineEnded takes out a phone that has hung up, or whose leg was lost.
func (s *Service) lineEnded(m *member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.callOf(m); c != nil {
		s.depart(c, m, lineResult(m.line))
	}
}

// callOf finds the call that a member is in now: it may have been moved.
func (s *Service) callOf(m *member) *call {
	for _, c := range s.calls {
		if slices.Contains(c.members, m) {
			return c
		}
	}
	return nil
}

// watch waits for the end of a member's line.
func (s *Service) watch(m *member) {
	s.spawn(func() {
		select {
		case <-m.line.Ended():
			s.lineEnded(m)
		case <-s.ctx.Done():
		}
	})
}

func over(line Leg) bool {
	select {
	case <-line.Ended():
		return true
	default:
		return false
	}
}

// speak makes a member say something aloud that has no voice of its own.
func (m *member) speak(pcm audio.PCM) bool {
	if m.session != nil {
		m.session.Say(pcm)
		return true
	}
	if speaker, can := m.line.(interface{ Say(audio.PCM) }); can {
		speaker.Say(pcm)
		return true
	}
	return false
}
