package acs

import (
	"context"
	"strings"
	"time"

	"tandem/internal/audio"
	"tandem/internal/simulator/events"
	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/voice"
)

// play plays sources to everybody, or to some: then those are on hold for its
// time (facts/call-automation.md §8).
func (s *Service) play(x *exchange) (events.Object, error) {
	var req struct {
		reply
		Sources   []source           `json:"playSources"`
		To        []*identifierModel `json:"playTo"`
		Interrupt bool               `json:"interruptCallMediaOperation"`
		Options   struct {
			Loop bool `json:"loop"`
		} `json:"playOptions"`
	}
	if err := x.decode(&req); err != nil {
		return nil, err
	}
	who, err := s.targets(x, req.To)
	if err != nil {
		return nil, err
	}
	if err := s.replyTo(req.reply); err != nil {
		return nil, err
	}
	leg, err := s.findConnected(x)
	if err != nil {
		return nil, err
	}
	if err := s.checkSources(leg, req.Sources); err != nil {
		return nil, err
	}
	j := &job{reply: req.reply, leg: leg, exclusive: len(who) > 0, failed: events.PlayFailed, canceled: events.PlayCanceled}
	for _, i := range who {
		m := leg.call.member(i)
		if m == nil {
			return nil, errParticipantNotFound
		}
		j.targets = append(j.targets, m)
	}
	j.begin = func() { s.beginPlay(j, req.Sources, req.Options.Loop) }
	return nil, s.launch(x, j, req.Interrupt)
}

func (s *Service) beginPlay(j *job, sources []source, loop bool) {
	c := j.leg.call
	ctx, cancel := context.WithCancel(s.ctx)
	silence := func() {}
	var paused []*member // whose music on hold gives way
	for _, m := range j.targets {
		m.hears++
		m.refreshHold()
	}
	if len(j.targets) > 0 {
		s.changed(c, 2)
	}
	j.stop = func() {
		cancel()
		silence()
		for _, m := range j.targets {
			m.hears--
			m.refreshHold()
		}
	}
	// How it ends is told before the targets come off hold (recorded order).
	j.after = func() {
		if len(j.targets) > 0 && !c.over && !c.deserted() {
			s.changed(c, 1)
			s.resumeMusic(j, paused)
		}
	}
	s.prepare(ctx, sources, func(clips []audio.PCM, bad int, err error) {
		r, spoiled := s.mediaFault("play")
		switch {
		case j.ended:
			return
		case err != nil:
			s.end(j, events.PlayFailed, events.Object{{Key: "failedPlaySourceIndex", Value: bad}}, resultOf(err))
			return
		case spoiled:
			s.end(j, events.PlayFailed, nil, r)
			return
		}
		paused = s.pauseMusic(j)
		silence = s.sound(c, j.targets, clips, loop, func() {
			s.end(j, events.PlayCompleted, nil, voice.Completed)
		})
		started := time.Now()
		j.leg.tellAt(events.PlayStarted, j.reply, started, nil, voice.Completed)
		for _, m := range paused { // delivered later with an earlier time (facts/observed-events.md §6)
			s.musicEventAt(m, events.HoldAudioPaused, started.Add(-musicLead), voice.Completed)
		}
	})
}

// hold takes a phone or an ACS user out of the conversation; whether Teams users
// can be held is contradictory in the documentation ([?] switch hold.teams,
// facts/call-automation.md §13). Success shows as isOnHold.
func (s *Service) hold(x *exchange) (events.Object, error) {
	var req struct {
		reply
		Target *identifierModel `json:"targetParticipant"`
		Music  *source          `json:"playSourceInfo"`
	}
	if err := x.decode(&req); err != nil {
		return nil, err
	}
	leg, m, err := s.holdable(x, req.Target, req.reply)
	if err != nil {
		return nil, err
	}
	if req.Music != nil {
		if err := s.checkSources(leg, []source{*req.Music}); err != nil {
			return nil, err
		}
	}
	x.then(func() { s.putOnHold(leg, m, req.Music, req.reply) })
	return nil, nil
}

func (s *Service) putOnHold(leg *connection, m *member, music *source, r reply) {
	c := leg.call
	if !leg.alive() || c.member(m.identifier) != m {
		return
	}
	m.held = true
	m.refreshHold()
	m.stopMusic() // of an earlier hold
	s.changed(c, 2)
	fail := func(result events.Result) { // undoes the hold (facts/observed-events.md §6)
		m.held = false
		m.refreshHold()
		leg.tell(events.HoldFailed, r, nil, result)
		s.changed(c, 1)
	}
	if result, spoiled := s.mediaFault("hold"); spoiled {
		fail(result)
		return
	}
	if music == nil {
		return
	}
	s.prepare(s.ctx, []source{*music}, func(clips []audio.PCM, _ int, err error) {
		switch {
		case !m.held || !leg.alive() || c.member(m.identifier) != m:
		case err != nil:
			fail(resultOf(err))
		default:
			m.stopMusic()
			m.clips, m.heldBy, m.heldFor = clips, leg, r
			m.music = s.sound(c, []*member{m}, clips, true, func() {})
			s.musicEvent(m, events.HoldAudioStarted, voice.Completed)
		}
	})
}

func (s *Service) unhold(x *exchange) (events.Object, error) {
	var req struct {
		reply
		Target *identifierModel `json:"targetParticipant"`
	}
	if err := x.decode(&req); err != nil {
		return nil, err
	}
	leg, m, err := s.holdable(x, req.Target, req.reply)
	if err != nil {
		return nil, err
	}
	x.then(func() {
		if !m.held {
			return
		}
		m.held = false
		m.refreshHold()
		if m.stopMusic() {
			s.musicEvent(m, events.HoldAudioCompleted, holdCancelled)
		}
		s.changed(leg.call, 2)
	})
	return nil, nil
}

// holdCancelled ends music on hold, with the service's own spelling
// (facts/observed-events.md §7).
var holdCancelled = events.Result{Code: 400, SubCode: 8508, Message: "Action falied, the operation was cancelled."}

func (s *Service) holdable(x *exchange, target *identifierModel, r reply) (*connection, *member, error) {
	who, err := s.target(x, target)
	if err != nil {
		return nil, nil, err
	}
	if err := s.replyTo(r); err != nil {
		return nil, nil, err
	}
	leg, err := s.findConnected(x)
	if err != nil {
		return nil, nil, err
	}
	if who.kind == kindTeams && s.Switches.Get(evidence.HoldTeams) == "refused" {
		return nil, nil, invalid(errIdentifier.Error() + ".")
	}
	m := leg.call.member(who)
	if m == nil {
		return nil, nil, errParticipantNotFound
	}
	return leg, m, nil
}

// stopMusic ends the music of a member, if there is any.
func (m *member) stopMusic() bool {
	if m.music == nil {
		return false
	}
	m.music()
	m.music = nil
	return true
}

// musicEvent tells of music on hold. Only previews were recorded to do so, and
// the stable API description has no such events.
func (s *Service) musicEvent(m *member, name string, r events.Result) {
	s.musicEventAt(m, name, time.Now(), r)
}

func (s *Service) musicEventAt(m *member, name string, at time.Time, r events.Result) {
	if m.heldBy != nil && strings.HasSuffix(m.heldBy.Version, "-preview") {
		m.heldBy.tellAt(name, m.heldFor, at, nil, r)
	}
}

// musicLead is how much earlier than a play the music was paused for it.
const musicLead = 15 * time.Millisecond

// pauseMusic silences the music of those who are held and are to hear a play.
func (s *Service) pauseMusic(j *job) (paused []*member) {
	for _, m := range j.targets {
		if m.music != nil {
			m.music()
			paused = append(paused, m)
		}
	}
	return paused
}

func (s *Service) resumeMusic(j *job, paused []*member) {
	for _, m := range paused {
		if m.music != nil && m.held {
			m.music = s.sound(j.leg.call, []*member{m}, m.clips, true, func() {})
			s.musicEvent(m, events.HoldAudioResumed, voice.Completed)
		}
	}
}
