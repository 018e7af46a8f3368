package acs

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"tandem/internal/simulator/events"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/mixer"
	"tandem/internal/simulator/stream"
	"tandem/internal/simulator/voice"
)

// streamingRequest is MediaStreamingOptions.
type streamingRequest struct {
	URL           string `json:"transportUrl"`
	Channels      string `json:"audioChannelType"`
	Start         bool   `json:"startMediaStreaming"`
	Bidirectional bool   `json:"enableBidirectional"`
	Format        string `json:"audioFormat"`
	Tones         bool   `json:"enableDtmfTones"`
}

// transcriptionRequest is TranscriptionOptions.
type transcriptionRequest struct {
	URL          string `json:"transportUrl"`
	Locale       string `json:"locale"`
	Model        string `json:"speechModelEndpointId"`
	Start        bool   `json:"startTranscription"`
	Intermediate bool   `json:"enableIntermediateResults"`
}

// subscription is a WebSocket that a leg may open: media streaming or
// transcription (facts/call-automation.md §9).
type subscription struct {
	leg     *connection
	id      string
	start   bool
	active  bool
	config  stream.Config
	stream  *stream.Stream
	turn    int      // counts the times that it was opened or closed
	release []func() // what feeds it
	// hear listens to a member who comes later; nil unless it transcribes.
	hear  func(*member)
	words streamWords
	begun reply // of the request that started it
}

// streamWords are the names under which a kind of subscription is told about.
type streamWords struct {
	scope                              string // of faults
	started, stopped, failed           string // events
	statusStarted, statusStopped, fail string
	update                             string
	content                            bool
	failure                            events.Result
}

var mediaWords = streamWords{
	scope:   "mediaStreaming",
	started: events.MediaStreamingStarted, stopped: events.MediaStreamingStopped, failed: events.MediaStreamingFailed,
	statusStarted: "mediaStreamingStarted", statusStopped: "mediaStreamingStopped", fail: "mediaStreamingFailed",
	update: "mediaStreamingUpdate", content: true,
	failure: events.Result{Code: 400, SubCode: 8603, Message: "Media streaming failed."},
}

var transcriptionWords = streamWords{
	scope:   "transcription",
	started: events.TranscriptionStarted, stopped: events.TranscriptionStopped, failed: events.TranscriptionFailed,
	statusStarted: "transcriptionStarted", statusStopped: "transcriptionStopped", fail: "transcriptionFailed",
	update:  "transcriptionUpdate",
	failure: events.Result{Code: 500, SubCode: 8578, Message: "Transcription failed."},
}

// special is the part of an event that says what became of the stream.
func (w streamWords) special(status, detail string) events.Object {
	o := events.Object{}
	if w.content {
		o = append(o, events.Field{Key: "contentType", Value: "Audio"})
	}
	return events.Object{{Key: w.update, Value: append(o,
		events.Field{Key: w.scope + "Status", Value: status},
		events.Field{Key: w.scope + "StatusDetails", Value: detail},
	)}}
}

// subscribe keeps what create, answer or connect said about WebSockets.
func (m *mediaState) subscribe(leg *connection, o legOptions) {
	if r := o.Streaming; r != nil {
		rate := 16000
		if strings.EqualFold(r.Format, "pcm24KMono") {
			rate = 24000
		}
		m.streaming = &subscription{
			leg: leg, id: newID(), start: r.Start, words: mediaWords,
			config: stream.Config{URL: r.URL, Media: &stream.Media{Unmixed: strings.EqualFold(r.Channels, "unmixed"), Rate: rate, Bidirectional: r.Bidirectional, DTMF: r.Tones}},
		}
	}
	if r := o.Transcription; r != nil {
		m.transcription = &subscription{
			leg: leg, id: newID(), start: r.Start, words: transcriptionWords,
			config: stream.Config{URL: r.URL, Transcription: &stream.Transcription{Locale: r.Locale, SpeechModelEndpointID: r.Model, Intermediate: r.Intermediate}},
		}
	}
}

// subscriptions are the members of CallConnectionProperties about them.
func (m *mediaState) subscriptions() (o events.Object) {
	state := func(sub *subscription) string {
		if sub.active {
			return "active"
		}
		return "inactive"
	}
	if sub := m.streaming; sub != nil {
		o = append(o, events.Field{Key: "mediaStreamingSubscription", Value: events.Object{
			{Key: "id", Value: sub.id}, {Key: "state", Value: state(sub)}, {Key: "subscribedContentTypes", Value: []string{"audio"}},
		}})
	}
	if sub := m.transcription; sub != nil {
		kinds := []string{"final"}
		if sub.config.Transcription.Intermediate {
			kinds = append(kinds, "intermediate")
		}
		o = append(o, events.Field{Key: "transcriptionSubscription", Value: events.Object{
			{Key: "id", Value: sub.id}, {Key: "state", Value: state(sub)}, {Key: "subscribedResultTypes", Value: kinds},
			{Key: "locale", Value: sub.config.Transcription.Locale},
		}})
	}
	return o
}

// startSubscriptions opens those that are to start with the call.
func (s *Service) startSubscriptions(leg *connection) {
	for _, sub := range []*subscription{leg.media.streaming, leg.media.transcription} {
		if sub != nil && sub.start {
			s.openStream(sub, reply{OperationContext: leg.operationContext})
		}
	}
}

// errNoSubscription is the answer where the options were not given at create,
// answer or connect (facts/call-automation.md §3).
var errNoSubscription = failure{http.StatusMethodNotAllowed, "8522", "The options were not given when the call was created, answered or connected."}

// subscribed finds the subscription of a request; sub picks it from the leg.
func (s *Service) subscribed(x *exchange, r reply, pick func(*mediaState) *subscription) (*subscription, error) {
	if err := s.replyTo(r); err != nil {
		return nil, err
	}
	leg, err := s.findConnected(x)
	if err != nil {
		return nil, err
	}
	sub := pick(&leg.media)
	if sub == nil {
		return nil, errNoSubscription
	}
	return sub, nil
}

func streamingOf(m *mediaState) *subscription     { return m.streaming }
func transcriptionOf(m *mediaState) *subscription { return m.transcription }

func (s *Service) startStreaming(x *exchange) (events.Object, error) {
	return s.startStream(x, streamingOf)
}

func (s *Service) startTranscription(x *exchange) (events.Object, error) {
	return s.startStream(x, transcriptionOf)
}

func (s *Service) startStream(x *exchange, pick func(*mediaState) *subscription) (events.Object, error) {
	var req struct {
		reply
		Locale string `json:"locale"`
		Model  string `json:"speechModelEndpointId"`
	}
	if err := x.decode(&req); err != nil {
		return nil, err
	}
	sub, err := s.subscribed(x, req.reply, pick)
	if err != nil {
		return nil, err
	}
	if sub.active {
		return nil, errMediaConflict
	}
	x.then(func() {
		if sub.active || !sub.leg.alive() {
			return
		}
		if r, spoiled := s.mediaFault(x.name); spoiled {
			sub.leg.tell(sub.words.failed, req.reply, sub.words.special(sub.words.fail, stream.DetailUnspecified), r)
			return
		}
		sub.retarget(req.Locale, req.Model)
		s.openStream(sub, req.reply)
	})
	return nil, nil
}

// retarget changes language and model of a transcription.
func (sub *subscription) retarget(locale, model string) {
	if sub.config.Transcription == nil {
		return
	}
	t := new(*sub.config.Transcription) // an open stream reads its own
	sub.config.Transcription = t
	if locale != "" {
		t.Locale = locale
	}
	if model != "" {
		t.SpeechModelEndpointID = model
	}
}

func (s *Service) stopStreaming(x *exchange) (events.Object, error) {
	return s.stopStream(x, streamingOf)
}

func (s *Service) stopTranscription(x *exchange) (events.Object, error) {
	return s.stopStream(x, transcriptionOf)
}

func (s *Service) stopStream(x *exchange, pick func(*mediaState) *subscription) (events.Object, error) {
	var req reply
	if err := x.decode(&req); err != nil {
		return nil, err
	}
	sub, err := s.subscribed(x, req, pick)
	if err != nil {
		return nil, err
	}
	if !sub.active {
		return nil, errNotStreaming
	}
	x.then(func() {
		s.closeStream(sub)
		sub.leg.tell(sub.words.stopped, req, sub.words.special(sub.words.statusStopped, stream.DetailStopped), voice.Completed)
	})
	return nil, nil
}

// errNotStreaming is inferred [?].
var errNotStreaming = failure{http.StatusBadRequest, "8585", "Action is invalid: nothing has been started."}

func (s *Service) updateTranscription(x *exchange) (events.Object, error) {
	var req struct {
		reply
		Locale string `json:"locale"`
		Model  string `json:"speechModelEndpointId"`
	}
	if err := x.decode(&req); err != nil {
		return nil, err
	}
	sub, err := s.subscribed(x, req.reply, transcriptionOf)
	if err != nil {
		return nil, err
	}
	if !sub.active {
		return nil, errNotStreaming
	}
	x.then(func() {
		sub.retarget(req.Locale, req.Model)
		sub.leg.tell(events.TranscriptionUpdated, req.reply, sub.words.special("transcriptionUpdated", stream.DetailLocaleUpdated), voice.Completed)
	})
	return nil, nil
}

// summarize asks for a summary of what was said, in previews. The one recorded
// answer is that nothing was said, twice and with the context of the request
// that started the transcription (facts/observed-events.md §1, §4); a summary
// needs a language model, and the simulator has none.
func (s *Service) summarize(x *exchange) (events.Object, error) {
	if !strings.HasSuffix(x.version, "-preview") {
		return nil, unsupported(x.request.URL.Path + " of a stable version")
	}
	var req reply
	if err := x.decode(&req); err != nil {
		return nil, err
	}
	sub, err := s.subscribed(x, req, transcriptionOf)
	switch {
	case err != nil:
		return nil, err
	case !sub.active:
		return nil, errNotStreaming
	case sub.stream != nil && sub.stream.Counts().Sent > 1: // the first frame is no transcript
		return nil, unsupported("summaries of what was said")
	}
	x.then(func() {
		for range 2 {
			sub.leg.tell(events.TranscriptionCallSummaryUpdated, sub.begun, events.Object{{Key: sub.words.update, Value: events.Object{
				{Key: "transcriptionStatus", Value: "callSummaryUpdated"},
				{Key: "transcriptionStatusDetails", Value: "callSummaryFailure"},
				{Key: "transcriptionMessage", Value: "SummarizationFailed Cannot summarize conversation: no transcripts available."},
			}}}, noTranscripts)
		}
	})
	return nil, nil
}

var noTranscripts = events.Result{Code: 500, SubCode: 8626, Message: "Action failed, unable to summarize the call transcripts."}

// openStream connects beside the calls and tells how that went.
func (s *Service) openStream(sub *subscription, r reply) {
	leg, audience := sub.leg, sub.leg.call.resource.ImmutableID
	sub.active, sub.begun = true, r
	sub.turn++
	turn := sub.turn
	config := sub.config
	config.AllowInsecure, config.Client, config.Clock, config.Logger = s.InsecureCallbacks, s.Client, s.Clock, s.Logger
	config.Token = func() (string, error) { return s.Sender.Token(audience, stream.TokenLifetime) }
	config.CallConnectionID, config.CorrelationID, config.SubscriptionID = leg.ID, leg.CorrelationID, sub.id
	var bot *talker
	if m := config.Media; m != nil && m.Bidirectional {
		bot = newTalker(leg.call.sound)
		config.OnAudio, config.OnStop = bot.say, bot.hush
	}
	config.OnState = func(detail string) { s.streamState(sub, turn, detail) }
	s.spawn(func() {
		opened, err := stream.Dial(s.ctx, config)
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case sub.turn != turn: // stopped meanwhile
			bot.leave()
			if opened != nil {
				s.spawn(opened.Close)
			}
			return
		case err != nil:
			sub.active = false
			bot.leave()
			leg.tell(sub.words.failed, r, sub.words.special(sub.words.fail, stream.Detail(err)), sub.words.failure)
			return
		}
		sub.stream = opened
		sub.release = append(sub.release, bot.leave, s.feed(sub, opened))
		leg.tell(sub.words.started, r, sub.words.special(sub.words.statusStarted, stream.DetailStarted), voice.Completed)
		if value, struck := s.Faults.Take(faults.StreamCut, sub.words.scope); struck {
			s.cutLater(sub, value)
		}
	})
}

// cutLater loses the connection as an operator wishes.
func (s *Service) cutLater(sub *subscription, after string) {
	d, err := time.ParseDuration(after)
	if err != nil {
		s.Logger.Error("fault without a duration", "knob", faults.StreamCut, "value", after)
		return
	}
	turn := sub.turn
	timer := s.Clock.AfterFunc(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if sub.turn == turn {
			s.loseStream(sub, stream.DetailInterrupted)
		}
	})
	sub.release = append(sub.release, func() { timer.Stop() })
}

// streamState hears that a connection was interrupted, came back, or is lost
// for good.
func (s *Service) streamState(sub *subscription, turn int, detail string) {
	s.Logger.Info("stream", "kind", sub.words.scope, "state", detail)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case sub.turn != turn:
	case detail == stream.DetailInterrupted: // it tries again
	case detail == stream.DetailReestablished:
		sub.leg.tell(sub.words.started, sub.begun, sub.words.special(sub.words.statusStarted, detail), voice.Completed)
	default:
		s.loseStream(sub, detail)
	}
}

// loseStream ends a stream without the application's wish.
func (s *Service) loseStream(sub *subscription, detail string) {
	s.closeStream(sub)
	sub.leg.tell(sub.words.failed, sub.begun, sub.words.special(sub.words.fail, detail), sub.words.failure)
}

// closeStream takes away what feeds a stream and closes it.
func (s *Service) closeStream(sub *subscription) {
	sub.active = false
	sub.turn++
	for _, f := range sub.release {
		f()
	}
	sub.release = nil
	if opened := sub.stream; opened != nil {
		sub.stream = nil
		s.spawn(opened.Close)
	}
}

// feed carries the call into a stream until it is released. The application does
// not hear itself, and what it plays is nobody's channel.
func (s *Service) feed(sub *subscription, to *stream.Stream) (release func()) {
	c := sub.leg.call
	if media := sub.config.Media; media != nil {
		return c.sound.Tap(func(said []mixer.Said) {
			list := make([]stream.Said, 0, len(said))
			for _, one := range said {
				if participating(one.Name) || one.Name == promptName && !media.Unmixed {
					list = append(list, stream.Said{RawID: one.Name, Frame: one.Frame})
				}
			}
			to.Audio(time.Now(), list)
		})
	}
	ears := s.recogniser(c)
	start := ears.Now()
	open := make(map[string]*voice.Ear)
	sub.hear = func(m *member) {
		if raw := m.raw(); m.app == nil && open[raw] == nil {
			open[raw] = ears.Listen(raw, transcribedPause, func(e voice.Event) {
				if e.Kind == voice.Ended && e.Utterance.Text != "" {
					transcribe(to, e.Utterance.After(start))
				}
			})
		}
	}
	for _, m := range c.members {
		sub.hear(m)
	}
	return func() {
		sub.hear = nil
		for _, e := range open {
			e.Close()
		}
	}
}

// transcribedPause is the silence that ends a phrase of a transcription [?].
const transcribedPause = 500 * time.Millisecond

// transcribe sends what somebody said: as far as he had come after every word,
// and at last the whole.
func transcribe(to *stream.Stream, u voice.Utterance) {
	p := stream.Phrase{RawID: u.RawID, Confidence: u.Confidence, Offset: u.Offset}
	for _, w := range u.Words {
		if p.Text != "" {
			p.Text += " "
		}
		p.Text += w.Text
		p.Words = append(p.Words, stream.Word(w))
		p.Duration = w.Offset + w.Duration - u.Offset
		p.Final = len(p.Words) == len(u.Words)
		to.Transcribed(p)
	}
}

// talker says what an application sends, at the pace of the call: it may send
// faster than it is heard.
type talker struct {
	mu   sync.Mutex
	port *mixer.Port
	wait []int16
}

func newTalker(sound *mixer.Conference) *talker {
	t := &talker{}
	t.mu.Lock() // a tick can come before the port is known
	defer t.mu.Unlock()
	t.port = sound.JoinWide(botName, t.tick)
	return t
}

// maxTalk bounds what waits to be said, in samples: five minutes.
const maxTalk = 5 * 60 * mixer.WideRate

func (t *talker) say(pcm []int16) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wait = append(t.wait, pcm[:min(len(pcm), maxTalk-len(t.wait))]...)
}

func (t *talker) hush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wait = nil
}

func (t *talker) tick([]int16) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := min(len(t.wait), mixer.WideSamples); n > 0 {
		t.port.Write(t.wait[:n])
		t.wait = t.wait[n:]
	}
}

func (t *talker) leave() {
	if t != nil {
		t.port.Leave()
	}
}
