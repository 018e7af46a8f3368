package acs

import (
	"slices"
	"strings"
	"time"

	"tandem/internal/simulator/events"
	"tandem/internal/simulator/voice"
)

// maxSentTones is how many tones one request may send (facts/call-automation.md §7).
const maxSentTones = 18

// toneWatch is a continuous recognition of one member's keys.
type toneWatch struct {
	reply
	member *member
	count  int
}

type tonesRequest struct {
	reply
	Target *identifierModel `json:"targetParticipant"`
	Tones  []string         `json:"tones"`
}

// toned finds the member of a request about tones: Teams users have none
// (facts/call-automation.md §13).
func (s *Service) toned(x *exchange, req *tonesRequest, phonesOnly bool) (*connection, *member, error) {
	if err := x.decode(req); err != nil {
		return nil, nil, err
	}
	who, err := s.target(x, req.Target)
	if err != nil {
		return nil, nil, err
	}
	if who.kind == kindTeams || phonesOnly && who.kind != kindPhone {
		return nil, nil, invalid(errIdentifier.Error() + ".")
	}
	if err := s.replyTo(req.reply); err != nil {
		return nil, nil, err
	}
	leg, err := s.findConnected(x)
	if err != nil {
		return nil, nil, err
	}
	m := leg.call.member(who)
	if m == nil {
		return nil, nil, errParticipantNotFound
	}
	return leg, m, nil
}

func (s *Service) startTones(x *exchange) (events.Object, error) {
	var req tonesRequest
	leg, m, err := s.toned(x, &req, false)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(leg.media.jobs, func(j *job) bool { return j.exclusive }) {
		return nil, errMediaConflict
	}
	x.then(func() {
		if r, spoiled := s.mediaFault(x.name); spoiled {
			leg.tell(events.ContinuousDtmfRecognitionToneFailed, reply{OperationContext: req.OperationContext}, nil, r)
		} else if leg.watching(m) == nil {
			leg.media.tones = append(leg.media.tones, &toneWatch{reply: req.reply, member: m})
		}
	})
	return nil, nil
}

func (a *connection) watching(m *member) *toneWatch {
	for _, w := range a.media.tones {
		if w.member == m {
			return w
		}
	}
	return nil
}

// continuousStopped is what a live call was recorded to say
// (facts/call-automation.md §7).
var continuousStopped = events.Result{Code: 200, SubCode: 7000, Message: "The conversation has ended. DiagCode: 0#7000.@"}

func (s *Service) stopTones(x *exchange) (events.Object, error) {
	var req tonesRequest
	leg, m, err := s.toned(x, &req, false)
	if err != nil {
		return nil, err
	}
	x.then(func() {
		leg.media.tones = slices.DeleteFunc(leg.media.tones, func(w *toneWatch) bool { return w.member == m })
		leg.tell(events.ContinuousDtmfRecognitionStopped, req.reply, nil, continuousStopped)
	})
	return nil, nil
}

// sendTones sends keys to a phone.
func (s *Service) sendTones(x *exchange) (events.Object, error) {
	var req tonesRequest
	leg, m, err := s.toned(x, &req, true)
	if err != nil {
		return nil, err
	}
	digits := make([]byte, 0, len(req.Tones))
	for _, tone := range req.Tones {
		digit, _ := voice.ToneDigit(strings.ToLower(tone))
		digits = append(digits, digit)
	}
	j := &job{reply: req.reply, leg: leg, targets: []*member{m}, exclusive: true, failed: events.SendDtmfTonesFailed}
	j.begin = func() {
		if r, spoiled := s.mediaFault("send_tones"); spoiled {
			s.end(j, events.SendDtmfTonesFailed, nil, r)
			return
		}
		s.spawn(func() {
			err := m.line.Press(s.ctx, string(digits))
			s.mu.Lock()
			defer s.mu.Unlock()
			if err != nil {
				s.end(j, events.SendDtmfTonesFailed, nil, voice.Internal)
				return
			}
			s.end(j, events.SendDtmfTonesCompleted, nil, ok)
		})
	}
	if err := s.launch(x, j, false); err != nil {
		return nil, err
	}
	return events.Object{{Key: "operationContext", Value: events.Optional(req.OperationContext)}}, nil
}

// pressed takes a key that a member has pressed to whoever listens.
func (s *Service) pressed(m *member, digit byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.callOf(m)
	if c == nil {
		return
	}
	for _, leg := range c.legs {
		if w := leg.watching(m); w != nil {
			w.count++
			leg.push(events.ContinuousDtmfRecognitionToneReceived, "", time.Now(), leg.Operation(events.ContinuousDtmfRecognitionToneReceived, events.Object{
				{Key: "sequenceId", Value: w.count}, {Key: "tone", Value: voice.ToneName(digit)},
			}, w.OperationContext, ok))
		}
		for _, j := range slices.Clone(leg.media.jobs) {
			if j.digit != nil && slices.Contains(j.targets, m) {
				j.digit(digit)
			}
		}
		if sub := leg.media.streaming; sub != nil && sub.stream != nil {
			sub.stream.DTMF(digit)
		}
	}
}
