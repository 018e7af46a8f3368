package acs

import (
	"context"
	"strings"
	"time"

	"tandem/internal/audio"
	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/events"
	"tandem/internal/simulator/mixer"
	"tandem/internal/simulator/voice"
)

// What a recognition waits for when the request does not say; the SDK's values
// (facts/call-automation.md §17).
const (
	defaultSilence    = 5 * time.Second
	defaultInterTone  = 2 * time.Second
	defaultEndSilence = 2 * time.Second
)

type recognizeRequest struct {
	reply
	Kind      string   `json:"recognizeInputType"`
	Prompt    *source  `json:"playPrompt"`
	Prompts   []source `json:"playPrompts"`
	Interrupt bool     `json:"interruptCallMediaOperation"`
	Options   struct {
		InterruptPrompt bool             `json:"interruptPrompt"`
		InitialSilence  *int             `json:"initialSilenceTimeoutInSeconds"`
		Target          *identifierModel `json:"targetParticipant"`
		DTMF            struct {
			InterTone int      `json:"interToneTimeoutInSeconds"`
			Max       int      `json:"maxTonesToCollect"`
			Stop      []string `json:"stopTones"`
		} `json:"dtmfOptions"`
		Choices []struct {
			Label   string   `json:"label"`
			Phrases []string `json:"phrases"`
			Tone    string   `json:"tone"`
		} `json:"choices"`
		Speech struct {
			EndSilence int `json:"endSilenceTimeoutInMs"`
		} `json:"speechOptions"`
	} `json:"recognizeOptions"`
}

// recognition listens to one member.
type recognition struct {
	*job
	member    *member
	kind      string // dtmf, speech, speechordtmf or choices
	choices   []voice.Choice
	collector *voice.Collector
	ear       *voice.Ear
	hasty     bool // the prompt may be interrupted
	prompting func()
	listening bool
	spoken    bool // speech has begun: silence is over
	since     time.Time
	timer     *clock.Timer
	pause     time.Duration // silence that ends an utterance
}

func (r *recognition) hearsTones() bool  { return r.kind != "speech" }
func (r *recognition) hearsSpeech() bool { return r.kind != "dtmf" }

// recognize listens to a phone or an ACS user; Teams users cannot be listened
// to (facts/call-automation.md §13).
func (s *Service) recognize(x *exchange) (events.Object, error) {
	var req recognizeRequest
	if err := x.decode(&req); err != nil {
		return nil, err
	}
	who, err := s.target(x, req.Options.Target)
	if err != nil {
		return nil, err
	}
	if who.kind == kindTeams {
		return nil, invalid(errIdentifier.Error() + ".")
	}
	if err := s.replyTo(req.reply); err != nil {
		return nil, err
	}
	leg, err := s.findConnected(x)
	if err != nil {
		return nil, err
	}
	m := leg.call.member(who)
	if m == nil {
		return nil, errParticipantNotFound
	}
	prompts := req.Prompts
	if req.Prompt != nil {
		prompts = append([]source{*req.Prompt}, prompts...)
	}
	if err := s.checkSources(leg, prompts); err != nil {
		return nil, err
	}
	r := &recognition{
		job: &job{
			reply: req.reply, leg: leg, targets: []*member{m}, exclusive: leg.call.others() > 1,
			failed: events.RecognizeFailed, canceled: events.RecognizeCanceled,
		},
		member: m, kind: strings.ToLower(req.Kind), hasty: req.Options.InterruptPrompt,
	}
	if err := r.configure(req); err != nil {
		return nil, err
	}
	if r.hearsSpeech() && !leg.cognitive {
		return nil, errNoCognition
	}
	r.begin = func() { s.beginRecognition(r, prompts) }
	r.digit = func(digit byte) { s.digit(r, digit) }
	return nil, s.launch(x, r.job, req.Interrupt)
}

// configure takes over the options and checks what belongs together.
func (r *recognition) configure(req recognizeRequest) error {
	o := req.Options
	if (r.kind == "choices") != (len(o.Choices) > 0) {
		return invalid("The field Choices is invalid.")
	}
	for _, c := range o.Choices {
		digit, _ := voice.ToneDigit(strings.ToLower(c.Tone))
		r.choices = append(r.choices, voice.Choice{Label: c.Label, Phrases: c.Phrases, Tone: digit})
	}
	r.collector = &voice.Collector{Max: o.DTMF.Max, InterTone: defaultInterTone, InitialSilence: defaultSilence}
	if o.DTMF.Max < 0 {
		return invalid("The field MaxTonesToCollect is invalid.")
	}
	for _, tone := range o.DTMF.Stop {
		if digit, known := voice.ToneDigit(strings.ToLower(tone)); known {
			r.collector.StopTones += string(digit)
		}
	}
	if o.DTMF.InterTone > 0 {
		r.collector.InterTone = time.Duration(o.DTMF.InterTone) * time.Second
	}
	if o.InitialSilence != nil {
		r.collector.InitialSilence = time.Duration(*o.InitialSilence) * time.Second
	}
	r.pause = defaultEndSilence
	if o.Speech.EndSilence > 0 {
		r.pause = time.Duration(o.Speech.EndSilence) * time.Millisecond
	}
	return nil
}

func (s *Service) beginRecognition(r *recognition, prompts []source) {
	c := r.leg.call
	ctx, cancel := context.WithCancel(s.ctx)
	r.stop = func() {
		cancel()
		r.timer.Stop()
		if r.prompting != nil {
			r.prompting()
		}
		if r.ear != nil {
			r.ear.Close()
		}
	}
	if result, spoiled := s.mediaFault("recognize"); spoiled {
		s.end(r.job, events.RecognizeFailed, nil, result)
		return
	}
	if len(prompts) == 0 {
		s.listen(r)
		return
	}
	if r.hasty {
		s.openEar(r)
	}
	var to []*member
	if r.exclusive {
		to = r.targets
	}
	s.prepare(ctx, prompts, func(clips []audio.PCM, bad int, err error) {
		switch {
		case r.ended || r.listening:
		case err != nil:
			s.end(r.job, events.RecognizeFailed, events.Object{{Key: "failedPlaySourceIndex", Value: bad}}, voice.PromptFailed)
		default:
			r.prompting = s.sound(c, to, clips, false, func() {
				if !r.ended {
					s.listen(r)
				}
			})
		}
	})
}

// listen begins to count the silence, after the prompt or instead of its rest.
func (s *Service) listen(r *recognition) {
	if r.listening {
		return
	}
	if r.prompting != nil {
		r.prompting()
		r.prompting = nil
	}
	r.listening, r.since = true, s.Clock.Now()
	s.openEar(r)
	s.rewind(r)
}

func (s *Service) openEar(r *recognition) {
	if r.ear != nil || !r.hearsSpeech() {
		return
	}
	r.ear = s.recogniser(r.leg.call).Listen(r.member.raw(), r.pause, func(e voice.Event) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !r.ended {
			s.heard(r, e)
		}
	})
}

// rewind sets the timer to the next moment at which time runs out.
func (s *Service) rewind(r *recognition) {
	r.timer.Stop()
	due, waiting := r.collector.Next()
	if !waiting || r.spoken && r.collector.Tones() == "" {
		return
	}
	r.timer = s.Clock.AfterFunc(due-s.Clock.Now().Sub(r.since), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if r.ended {
			return
		}
		if result, over := r.collector.Tick(s.Clock.Now().Sub(r.since)); over {
			s.end(r.job, events.RecognizeFailed, nil, result)
			return
		}
		s.rewind(r)
	})
}

// digit takes a key of the member.
func (s *Service) digit(r *recognition, digit byte) {
	if r.ended || !r.running || !r.hearsTones() || !r.listening && !r.hasty {
		return
	}
	s.listen(r)
	if r.kind == "choices" {
		label, known := voice.MatchTone(r.choices, digit)
		if !known {
			s.end(r.job, events.RecognizeFailed, nil, voice.IncorrectTone)
			return
		}
		s.end(r.job, events.RecognizeCompleted, events.Object{
			{Key: "recognitionType", Value: "choices"},
			{Key: "choiceResult", Value: events.Object{{Key: "label", Value: label}, {Key: "confidence", Value: 1.0}}},
		}, voice.ToneMatched)
		return
	}
	result, over := r.collector.Digit(s.Clock.Now().Sub(r.since), digit)
	switch {
	case !over:
		s.rewind(r)
	case result.Code != 200:
		s.end(r.job, events.RecognizeFailed, nil, result)
	default:
		names := []string{}
		for _, d := range []byte(r.collector.Tones()) {
			names = append(names, voice.ToneName(d))
		}
		s.end(r.job, events.RecognizeCompleted, events.Object{
			{Key: "recognitionType", Value: "dtmf"},
			{Key: "dtmfResult", Value: events.Object{{Key: "tones", Value: names}}},
		}, result)
	}
}

// heard takes what the recogniser noticed.
func (s *Service) heard(r *recognition, e voice.Event) {
	switch e.Kind {
	case voice.Began:
		r.spoken = true
		s.listen(r)
		s.rewind(r)
	case voice.Ended:
		u := e.Utterance
		switch {
		case u.Text == "":
			s.end(r.job, events.RecognizeFailed, nil, voice.NotRecognised)
		case r.kind == "choices":
			label, phrase, confidence, known := voice.Match(r.choices, u.Text)
			if !known {
				s.end(r.job, events.RecognizeFailed, nil, voice.SpeechNotMatched)
				return
			}
			s.end(r.job, events.RecognizeCompleted, events.Object{
				{Key: "recognitionType", Value: "choices"},
				{Key: "choiceResult", Value: events.Object{
					{Key: "label", Value: label}, {Key: "recognizedPhrase", Value: phrase}, {Key: "confidence", Value: confidence},
				}},
			}, voice.SpeechMatched)
		default:
			s.end(r.job, events.RecognizeCompleted, events.Object{
				{Key: "recognitionType", Value: "speech"},
				{Key: "speechResult", Value: events.Object{{Key: "speech", Value: u.Text}, {Key: "confidence", Value: u.Confidence}}},
			}, voice.SpeechRecognised)
		}
	}
}

// recogniser returns the one of a call, fed from its sound; it lives as long as
// the call.
func (s *Service) recogniser(c *call) *voice.Recogniser {
	if c.ears == nil {
		ears := s.script.Recogniser()
		c.ears = ears
		c.sound.Tap(func(said []mixer.Said) { // until the sound is closed
			for _, one := range said {
				ears.Add(one.Name, one.Frame)
			}
			ears.EndTick()
		})
	}
	return c.ears
}
