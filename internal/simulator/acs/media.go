package acs

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"tandem/internal/audio"
	"tandem/internal/simulator/delays"
	"tandem/internal/simulator/events"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/mixer"
	"tandem/internal/simulator/teams"
	"tandem/internal/simulator/voice"
)

// mediaState is what a leg does with the sound of its call.
type mediaState struct {
	jobs          []*job
	tones         []*toneWatch
	streaming     *subscription
	transcription *subscription
}

// job is a play or recognition that runs or waits on a leg, or tones on their
// way. Which may run beside which says facts/call-automation.md §8: what goes to
// everybody waits in line, of what goes to one member there is one at a time.
type job struct {
	reply
	leg       *connection
	exclusive bool // to one member
	targets   []*member
	begin     func()
	stop      func()           // silences it; may be nil
	after     func()           // what follows when its end has been told; may be nil
	digit     func(digit byte) // of a recognition
	failed    string           // event when its call or member goes away
	canceled  string           // event when it is cancelled
	running   bool
	ended     bool
}

var errMediaConflict = failure{http.StatusPreconditionFailed, "8583", "The operation conflicts with a media operation that is running."}

// launch puts a job on its leg, to begin when the request is answered.
func (s *Service) launch(x *exchange, j *job, interrupt bool) error {
	media := &j.leg.media
	if j.exclusive && slices.ContainsFunc(media.jobs, func(o *job) bool { return o.exclusive && (!interrupt || o.canceled == "") }) {
		return errMediaConflict
	}
	x.then(func() {
		if !j.leg.alive() {
			return
		}
		if interrupt {
			s.cancelJobs(j.leg)
		}
		waits := !j.exclusive && slices.ContainsFunc(media.jobs, func(o *job) bool { return !o.exclusive })
		media.jobs = append(media.jobs, j)
		if !waits {
			s.run(j)
		}
	})
	return nil
}

func (s *Service) run(j *job) {
	j.running = true
	j.begin()
}

// end takes a job off its leg, tells how it ended and lets the next one begin.
func (s *Service) end(j *job, name string, special events.Object, result events.Result) {
	if j.ended {
		return
	}
	s.drop(j)
	j.leg.tell(name, j.reply, special, result)
	if j.after != nil {
		j.after()
	}
	s.runNext(j.leg)
}

// drop ends a job without a word.
func (s *Service) drop(j *job) {
	j.ended = true
	if j.stop != nil {
		j.stop()
	}
	media := &j.leg.media
	media.jobs = slices.DeleteFunc(media.jobs, func(o *job) bool { return o == j })
}

func (s *Service) runNext(leg *connection) {
	for _, j := range leg.media.jobs {
		if !j.exclusive {
			if !j.running {
				s.run(j)
			}
			return
		}
	}
}

// cancelJobs cancels what plays and listens.
func (s *Service) cancelJobs(leg *connection) {
	for _, j := range slices.Clone(leg.media.jobs) {
		if j.canceled != "" {
			s.drop(j)
			leg.tell(j.canceled, j.reply, nil, voice.Canceled)
			if j.after != nil {
				j.after()
			}
		}
	}
}

func (s *Service) cancelMedia(x *exchange) (events.Object, error) {
	leg, err := s.findConnected(x)
	if err != nil {
		return nil, err
	}
	x.then(func() { s.cancelJobs(leg) })
	return nil, nil
}

// stopMedia ends whatever a leg does. What was running has failed
// (500/8572, facts/call-automation.md §7).
func (s *Service) stopMedia(leg *connection) {
	for _, j := range slices.Clone(leg.media.jobs) {
		s.drop(j)
		if j.failed != "" && j.running {
			leg.tell(j.failed, j.reply, nil, voice.Shutdown)
		}
		if j.after != nil {
			j.after()
		}
	}
	leg.media.tones = nil
	for _, sub := range []*subscription{leg.media.streaming, leg.media.transcription} {
		if sub != nil {
			s.closeStream(sub)
		}
	}
}

// endMediaOf fails what was meant for a member who has left.
func (s *Service) endMediaOf(c *call, m *member) {
	for _, leg := range c.legs {
		for _, j := range slices.Clone(leg.media.jobs) {
			if j.failed != "" && slices.Contains(j.targets, m) {
				s.end(j, j.failed, nil, voice.Shutdown)
			}
		}
		leg.media.tones = slices.DeleteFunc(leg.media.tones, func(w *toneWatch) bool { return w.member == m })
	}
	m.stopMusic()
}

// source is a PlaySource.
type source struct {
	Kind string `json:"kind"`
	File *struct {
		URI string `json:"uri"`
	} `json:"file"`
	Text *struct {
		Text   string `json:"text"`
		Locale string `json:"sourceLocale"`
		Kind   string `json:"voiceKind"`
		Voice  string `json:"voiceName"`
	} `json:"text"`
	SSML *struct {
		Text string `json:"ssmlText"`
	} `json:"ssml"`
}

// errNoCognition is the answer to speech without a Cognitive Services endpoint
// on create, answer or connect (facts/call-automation.md §3).
var errNoCognition = failure{http.StatusMethodNotAllowed, "8522", "Cognitive Services endpoint was not configured for the call."}

// checkSources refuses sources that are not what their kind says, and speech
// that the leg has no Cognitive Services for.
func (s *Service) checkSources(leg *connection, sources []source) error {
	for _, src := range sources {
		switch kind := strings.ToLower(src.Kind); {
		case kind == "file" && src.File != nil:
			if !s.reachable(src.File.URI, "https", "http") {
				return invalid("The field Uri is invalid.")
			}
		case kind == "text" && src.Text != nil, kind == "ssml" && src.SSML != nil:
			if !leg.cognitive {
				return errNoCognition
			}
		default:
			return invalid("The field PlaySources is invalid.")
		}
	}
	return nil
}

// load fetches or speaks a source.
func (s *Service) load(ctx context.Context, src source) (audio.PCM, error) {
	switch strings.ToLower(src.Kind) {
	case "file":
		var allowed []voice.Allowance
		if s.InsecureCallbacks {
			allowed = append(allowed, voice.LoopbackHTTP)
		}
		return voice.Fetch(ctx, s.Client, src.File.URI, allowed...)
	case "ssml":
		return s.Speaker.Speak(ctx, voice.Text{SSML: src.SSML.Text})
	}
	return s.Speaker.Speak(ctx, voice.Text{Text: src.Text.Text, Locale: src.Text.Locale, Kind: src.Text.Kind, Voice: src.Text.Voice})
}

// prepare loads sources beside the calls and hands over the sound, or the
// source that cannot be had, under the lock.
func (s *Service) prepare(ctx context.Context, sources []source, ready func(clips []audio.PCM, bad int, err error)) {
	s.spawn(func() {
		clips := make([]audio.PCM, 0, len(sources))
		bad, failed := 0, error(nil)
		for i, src := range sources {
			clip, err := s.load(ctx, src)
			if err != nil {
				bad, failed = i, err
				break
			}
			clips = append(clips, clip)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.after(s.Delays[delays.Prepare], func() { ready(clips, bad, failed) })
	})
}

// silentLine is where sound goes that a member without sound would hear.
type silentLine struct{}

func (silentLine) WriteAt(int64, []int16) {}

// sound plays clips to some members, or to everybody if there are none named.
// done is called under the lock when all was heard; stop silences it.
func (s *Service) sound(c *call, to []*member, clips []audio.PCM, loop bool, done func()) (stop func()) {
	var stops []func()
	pending := max(1, len(to))
	start := func(join func(out func([]int16)) (*mixer.Port, voice.Line)) {
		player, out := voice.NewPlayer(clips, loop, func(completed bool) {
			if !completed { // stopped, with the lock held
				return
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if pending--; pending == 0 {
				done()
			}
		})
		port, line := join(out)
		player.Start(line)
		stops = append(stops, func() {
			player.Stop()
			port.Leave()
		})
	}
	for _, m := range to {
		start(func(out func([]int16)) (*mixer.Port, voice.Line) {
			if m.port == nil { // in time, though nobody hears it
				return c.sound.JoinWide(promptName, out), silentLine{}
			}
			port := m.port.Whisper(promptName, out)
			return port, port
		})
	}
	if len(to) == 0 {
		start(func(out func([]int16)) (*mixer.Port, voice.Line) {
			port := c.sound.JoinWide(promptName, out)
			return port, port
		})
	}
	return func() {
		for _, f := range stops {
			f()
		}
	}
}

// Ports that are no participants'.
const (
	promptName = "play"        // what an application plays
	botName    = "application" // what it says through its stream
)

// participating says whether a name is that of a participant, a raw id.
func participating(name string) bool { return name != promptName && name != botName }

// resultOf is what the application is told of an error of package voice.
func resultOf(err error) events.Result {
	if f, isFailure := err.(*voice.Failure); isFailure { //nolint:errorlint // voice returns nothing else
		return f.Result
	}
	return voice.Internal
}

// mediaFault is the result with which an operator wants an operation to fail.
func (s *Service) mediaFault(operation string) (events.Result, bool) {
	value, struck := s.Faults.Take(faults.MediaFail, operation)
	if !struck {
		return events.Result{}, false
	}
	o, err := teams.ParseOutcome(value)
	if err != nil {
		return voice.Internal, true
	}
	return events.Result{Code: o.Code, SubCode: o.SubCode, Message: o.Reason}, true
}
