package voice

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"tandem/internal/audio"
)

// Limits of text to speech.
const (
	// maxText is in characters and documented for text only.
	maxText = 4000
	// maxSSML, in bytes, is a limit of the simulator.
	maxSSML = 64 << 10
	// maxSpeechTime is how long the synthesiser may work, for the simulator's sake.
	maxSpeechTime = 20 * time.Second
	// maxKept bounds the cache, in samples: ten minutes, 19 MB.
	maxKept = 600 * Rate
	// atOnce is how many synthesisers run at the same time.
	atOnce = 2
)

// Text is what to speak: a text or ssml play source
// (facts/call-automation.md §7). SSML wins if both are given.
type Text struct {
	Text string
	SSML string
	// Voice is a name such as en-US-JennyNeural; only its locale is used.
	Voice string
	// Locale is sourceLocale, such as de-DE. If empty, that of the SSML, of the
	// voice, or en-US is used.
	Locale string
	// Kind is male or female, in any case, or empty.
	Kind string
}

// Speaker turns text into speech, with espeak-ng where it is installed and with
// tones in its place where it is not. The zero value works.
type Speaker struct {
	// Tones makes tones even where espeak-ng is installed, so that a test
	// hears the same on every machine.
	Tones bool

	once sync.Once
	path string        // of espeak-ng; empty: tones
	turn chan struct{} // one element for each synthesiser that runs

	mu    sync.Mutex
	cache map[Text]audio.PCM
	order []Text // of the cache, oldest first
	kept  int    // samples in the cache
}

func (s *Speaker) init() {
	s.once.Do(func() {
		s.turn = make(chan struct{}, atOnce)
		s.cache = make(map[Text]audio.PCM)
		if s.Tones {
			return
		}
		if path, err := exec.LookPath("espeak-ng"); err == nil {
			s.path = path
		}
	})
}

// Speak returns t as sound at [Rate]. Others may get the same samples: do not
// change them. The error is a [*Failure]: nothing to say (400/8582), text or
// SSML that Azure's speech service would refuse (400/8565), too slow (408/8565),
// or the end of ctx (500/8572).
func (s *Speaker) Speak(ctx context.Context, t Text) (audio.PCM, error) {
	s.init()
	if pcm, ok := s.cached(t); ok {
		return pcm, nil
	}
	u, err := prepare(t)
	if err != nil {
		return audio.PCM{}, err
	}
	if s.path == "" {
		return s.keep(t, tones(u.words)), nil
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return audio.PCM{}, shutdown(ctx)
	}
	// Many calls often begin with the same words.
	if pcm, ok := s.cached(t); ok {
		return pcm, nil
	}
	pcm, err := s.synthesise(ctx, u)
	if err != nil {
		return audio.PCM{}, err
	}
	return s.keep(t, pcm), nil
}

// utterance is a checked Text.
type utterance struct {
	words  string // without markup
	input  string // for the synthesiser
	ssml   bool
	locale string // lower case
	kind   string
}

// localeForm is language[-script][-region], the only form that may become an
// argument of a program.
var localeForm = regexp.MustCompile(`^[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}$`)

func prepare(t Text) (utterance, error) {
	u := utterance{words: t.Text, input: t.Text, kind: strings.ToLower(t.Kind)}
	language := ""
	if t.SSML != "" {
		if len(t.SSML) > maxSSML {
			return utterance{}, fail(BadSpeechRequest, "SSML has %d bytes, the simulator takes %d", len(t.SSML), maxSSML)
		}
		if strings.TrimSpace(t.SSML) == "" {
			return utterance{}, fail(EmptyText, "the SSML is blank")
		}
		m, err := parseSSML(t.SSML)
		if err != nil {
			return utterance{}, fail(BadSpeechRequest, "%w", err)
		}
		u.words, u.input, u.ssml, language = m.text, m.clean, true, m.language
	} else if n := utf8.RuneCountInString(t.Text); n > maxText {
		// The limit is documented, what happens beyond it is inferred [?].
		return utterance{}, fail(BadSpeechRequest, "text has %d characters, %d are allowed: shorten it or use SSML", n, maxText)
	}
	if strings.TrimSpace(u.words) == "" {
		return utterance{}, fail(EmptyText, "there is nothing to say")
	}
	u.locale = "en-us"
	for _, candidate := range []string{t.Locale, language, localeOf(t.Voice)} {
		if candidate != "" {
			u.locale = strings.ToLower(candidate)
			break
		}
	}
	if !localeForm.MatchString(u.locale) {
		return utterance{}, fail(BadSpeechRequest, "%q is no locale, want the like of en-US", u.locale)
	}
	return u, nil
}

// localeOf is the locale with which the name of a voice begins: en-US of
// en-US-JennyNeural.
func localeOf(voice string) string {
	parts := strings.SplitN(voice, "-", 3)
	if len(parts) < 3 {
		return ""
	}
	return parts[0] + "-" + parts[1]
}

// synthesise runs espeak-ng, in English where it lacks the language.
func (s *Speaker) synthesise(ctx context.Context, u utterance) (audio.PCM, error) {
	limited, cancel := context.WithTimeout(ctx, maxSpeechTime)
	defer cancel()
	language, _, _ := strings.Cut(u.locale, "-")
	var err error
	for _, voice := range []string{u.locale, language, "en"} {
		var pcm audio.PCM
		if pcm, err = s.espeak(limited, voice, u); err == nil {
			return pcm, nil
		}
		if ctx.Err() != nil {
			return audio.PCM{}, shutdown(ctx)
		}
		if limited.Err() != nil {
			return audio.PCM{}, fail(SpeechTimedOut, "espeak-ng took longer than %v", maxSpeechTime)
		}
	}
	return audio.PCM{}, fail(Internal, "%w", err)
}

func (s *Speaker) espeak(ctx context.Context, voice string, u utterance) (audio.PCM, error) {
	switch u.kind {
	case "female":
		voice += "+f3"
	case "male":
		voice += "+m3"
	}
	args := []string{"-v", voice, "-b", "1", "--stdin", "--stdout"} // -b 1: UTF-8
	if u.ssml {
		args = append(args, "-m")
	}
	cmd := exec.CommandContext(ctx, s.path, args...)
	// Should it have children that hold its output open, they are not waited for.
	cmd.WaitDelay = time.Second
	cmd.Stdin = strings.NewReader(u.input)
	var wav, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &wav, &complaint
	if err := cmd.Run(); err != nil {
		return audio.PCM{}, fmt.Errorf("espeak-ng -v %s: %w: %s", voice, err, strings.TrimSpace(complaint.String()))
	}
	pcm, err := audio.ReadWAV(&wav)
	if err != nil {
		return audio.PCM{}, fmt.Errorf("espeak-ng -v %s: %w", voice, err)
	}
	return wide(pcm), nil
}

func (s *Speaker) cached(t Text) (audio.PCM, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pcm, ok := s.cache[t]
	return pcm, ok
}

// keep remembers pcm, forgetting the oldest until there is room, and returns it.
func (s *Speaker) keep(t Text, pcm audio.PCM) audio.PCM {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.cache[t]; ok || len(pcm.Samples) > maxKept {
		return pcm
	}
	for len(s.order) > 0 && s.kept+len(pcm.Samples) > maxKept {
		s.kept -= len(s.cache[s.order[0]].Samples)
		delete(s.cache, s.order[0])
		s.order = s.order[1:]
	}
	s.cache[t] = pcm
	s.order = append(s.order, t)
	s.kept += len(pcm.Samples)
	return pcm
}
