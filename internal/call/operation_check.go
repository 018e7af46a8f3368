package call

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// Limits of an operation. Those of Microsoft's are from
// facts/call-automation.md §7, the others are ours.
const (
	MaxSources      = 10
	MaxText         = 4000 // characters of text or SSML
	MaxSentTones    = 18
	MaxSilence      = 300 * time.Second
	MaxInterToneGap = 60 * time.Second
	maxCollected    = 50
	maxEndSilence   = 10 * time.Second
	maxChoices      = 20
	maxPhrases      = 20
	maxPhrase       = 100 // characters, of a label too
	maxURL          = 2048
)

// A language tag as speech services use them: en-US, zh-Hans-CN (BCP 47).
var locale = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)

// Check notes everything that is wrong with an operation by itself; whether the
// call allows it is another question ([Call.Permit]). Paths are those of the JSON
// members.
func (o Operation) Check(p *fault.Problems) {
	switch o.Kind {
	case Play:
		checkSources(p, o.Sources, 1, MaxSources)
		if o.Interrupt && o.Target != "" {
			p.Add("interrupt", "is for what everybody hears; what one party hears interrupts nothing")
		}
	case Recognize:
		checkSources(p, o.Sources, 0, MaxSources)
		if o.Listen == nil {
			p.Add("listen", "must say what to listen for")
			break
		}
		o.Listen.check(p)
	case SendDTMF:
		if n := len(o.Tones); n == 0 || n > MaxSentTones {
			p.Add("tones", "must be 1 to %d tones", MaxSentTones)
		}
		checkTones(p, "tones", o.Tones)
	case Hold:
		checkSources(p, o.Sources, 0, 1)
	case Transfer:
		if o.To == nil {
			p.Add("to", "must say to whom")
		}
	case CancelMedia, Unhold, Mute, Unmute, StartStream, StopStream, StartTranscription, StopTranscription, UpdateTranscription:
	default:
		p.Add("kind", "there is no operation %q", string(o.Kind))
	}
}

func checkTones(p *fault.Problems, path, tones string) {
	if !AreTones(tones) {
		p.Add(path, "must be tones: 0-9, *, # and A-D")
	}
}

func checkSources(p *fault.Problems, list []Source, least, most int) {
	if len(list) < least || len(list) > most {
		p.Add("sources", "must be %d to %d", least, most)
		return
	}
	for i, s := range list {
		s.check(p, fmt.Sprintf("sources[%d]", i))
	}
}

func (s Source) check(p *fault.Problems, path string) {
	said := 0
	for _, one := range []string{string(s.Prompt), s.File, s.Text, s.SSML} {
		if one != "" {
			said++
		}
	}
	if said != 1 {
		p.Add(path, "must have exactly one of prompt, file, text and ssml")
		return
	}
	if _, err := tenant.ParsePromptID(string(s.Prompt)); s.Prompt != "" && err != nil {
		p.Add(path+".prompt", "must be a prompt's id")
	}
	if u, err := url.Parse(s.File); s.File != "" && (err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(s.File) > maxURL) {
		p.Add(path+".file", "must be an https address that Microsoft can fetch without a password")
	}
	if s.Text != "" && strings.TrimSpace(s.Text) == "" {
		p.Add(path+".text", "has nothing but spaces: there is nothing to say")
	}
	checkText(p, path+".text", s.Text)
	checkText(p, path+".ssml", s.SSML)
	if err := wellFormed(s.SSML); s.SSML != "" && err != nil {
		p.Add(path+".ssml", "is not well-formed: %s", err)
	}
	if s.Locale != "" && !locale.MatchString(s.Locale) {
		p.Add(path+".locale", "must be a language tag such as en-US")
	}
	if s.Text == "" && (s.Locale != "" || s.Voice != "") {
		p.Add(path, "locale and voice are for text")
	}
}

func checkText(p *fault.Problems, path, text string) {
	if n := utf8.RuneCountInString(text); n > MaxText {
		p.Add(path, "has %d characters, at most %d", n, MaxText)
	}
}

// wellFormed reports what a parser of XML has against a document with the root speak.
func wellFormed(ssml string) error {
	d := xml.NewDecoder(strings.NewReader(ssml))
	root := ""
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if e, ok := t.(xml.StartElement); ok && root == "" {
			root = e.Name.Local
		}
	}
	if root != "speak" {
		return errors.New("its root must be speak")
	}
	return nil
}

func (r *Recognition) check(p *fault.Problems) {
	tones, speech := false, false
	switch r.Input {
	case InputDTMF:
		tones = true
	case InputSpeech:
		speech = true
	case InputSpeechOrDTMF:
		tones, speech = true, true
	case InputChoices:
		r.checkChoices(p)
	default:
		p.Add("listen.input", "must be dtmf, speech, speech_or_dtmf or choices")
	}
	if r.InitialSilence < 0 || r.InitialSilence > MaxSilence {
		p.Add("listen.initial_silence", "must be 0 to %d seconds", int(MaxSilence.Seconds()))
	}
	if tones {
		if r.InterToneGap < time.Second || r.InterToneGap > MaxInterToneGap {
			p.Add("listen.inter_tone_gap", "must be 1 to %d seconds", int(MaxInterToneGap.Seconds()))
		}
		if r.MaxTones < 1 || r.MaxTones > maxCollected {
			p.Add("listen.max_tones", "must be 1 to %d", maxCollected)
		}
		checkTones(p, "listen.stop_tones", r.StopTones)
	} else if r.InterToneGap != 0 || r.MaxTones != 0 || r.StopTones != "" {
		p.Add("listen", "inter_tone_gap, max_tones and stop_tones are for tones")
	}
	if r.EndSilence < 0 || r.EndSilence > maxEndSilence || r.EndSilence > 0 && !speech {
		p.Add("listen.end_silence", "must be at most %d seconds, and is for speech", int(maxEndSilence.Seconds()))
	}
	if len(r.Choices) > 0 && r.Input != InputChoices {
		p.Add("listen.choices", "are for the input choices")
	}
	if r.Locale != "" && !locale.MatchString(r.Locale) {
		p.Add("listen.locale", "must be a language tag such as en-US")
	}
}

func (r *Recognition) checkChoices(p *fault.Problems) {
	if len(r.Choices) == 0 || len(r.Choices) > maxChoices {
		p.Add("listen.choices", "must be 1 to %d", maxChoices)
		return
	}
	labels, tones := map[string]bool{}, map[string]bool{}
	short := func(s string) bool { n := utf8.RuneCountInString(s); return n > 0 && n <= maxPhrase }
	for i, c := range r.Choices {
		path := fmt.Sprintf("listen.choices[%d]", i)
		if !short(c.Label) || labels[c.Label] {
			p.Add(path+".label", "must be 1 to %d characters, and each another", maxPhrase)
		}
		labels[c.Label] = true
		if len(c.Phrases) == 0 || len(c.Phrases) > maxPhrases {
			p.Add(path+".phrases", "must be 1 to %d", maxPhrases)
		}
		for j, phrase := range c.Phrases {
			if !short(phrase) {
				p.Add(fmt.Sprintf("%s.phrases[%d]", path, j), "must be 1 to %d characters", maxPhrase)
			}
		}
		if len(c.Tone) > 1 || !AreTones(c.Tone) || tones[c.Tone] {
			p.Add(path+".tone", "must be one tone that no other choice has")
		}
		tones[c.Tone] = c.Tone != ""
	}
}
