package acs

import (
	"context"
	"net/http"
	"strings"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// toneNames are the tones as Microsoft spells them (facts/call-automation.md §7).
var toneNames = map[rune]string{
	'0': "zero", '1': "one", '2': "two", '3': "three", '4': "four", '5': "five", '6': "six", '7': "seven", '8': "eight", '9': "nine",
	'A': "a", 'B': "b", 'C': "c", 'D': "d", '#': "pound", '*': "asterisk",
}

// spellTones names each tone of a text.
func spellTones(s string) []string {
	names := make([]string, 0, len(s))
	for _, r := range s {
		names = append(names, toneNames[r])
	}
	return names
}

// readTones is the reverse; what is no tone is left out.
func readTones(names []string) string {
	var s strings.Builder
	for _, name := range names {
		for r, known := range toneNames {
			if strings.EqualFold(name, known) {
				s.WriteRune(r)
			}
		}
	}
	return s.String()
}

// PlaySource is PlaySourceInternal: kind says which member is set.
type PlaySource struct {
	Kind string      `json:"kind"`
	File *FileSource `json:"file,omitempty"`
	Text *TextSource `json:"text,omitempty"`
	SSML *SSMLSource `json:"ssml,omitempty"`
}

// FileSource is sound that the service fetches.
type FileSource struct {
	URI string `json:"uri"`
}

// TextSource is text that the service's speech says.
type TextSource struct {
	Text   string `json:"text"`
	Locale string `json:"sourceLocale,omitempty"`
	Voice  string `json:"voiceName,omitempty"`
}

// SSMLSource is text with marks.
type SSMLSource struct {
	SSML string `json:"ssmlText"`
}

// playSources spells sources as Microsoft does. A prompt's address is made now: it
// changes with the prompt's sound, and is a secret that no journal needs.
func (c *Connectivity) playSources(ctx context.Context, t tenant.ID, list []call.Source) ([]PlaySource, error) {
	out := make([]PlaySource, 0, len(list))
	for _, s := range list {
		switch {
		case s.Prompt != "":
			p, err := c.directory.Prompt(ctx, t, s.Prompt)
			if fault.KindOf(err) == fault.KindNotFound {
				return nil, misconfigured("the tenant has no prompt " + string(s.Prompt) + " any more")
			}
			if err != nil {
				return nil, err
			}
			out = append(out, PlaySource{Kind: "file", File: &FileSource{c.keys.PromptURL(c.publicURL, p)}})
		case s.File != "":
			out = append(out, PlaySource{Kind: "file", File: &FileSource{s.File}})
		case s.SSML != "":
			out = append(out, PlaySource{Kind: "ssml", SSML: &SSMLSource{s.SSML}})
		default:
			out = append(out, PlaySource{Kind: "text", Text: &TextSource{Text: s.Text, Locale: s.Locale, Voice: s.Voice}})
		}
	}
	return out, nil
}

// PlayRequest is the body of :play.
type PlayRequest struct {
	Sources   []PlaySource `json:"playSources"`
	To        []Identifier `json:"playTo,omitempty"` // absent: everybody
	Options   *PlayOptions `json:"playOptions,omitempty"`
	Interrupt bool         `json:"interruptCallMediaOperation,omitempty"`
	Context   string       `json:"operationContext,omitempty"`
}

// PlayOptions are the options of :play.
type PlayOptions struct {
	Loop bool `json:"loop"`
}

// RecognizeRequest is the body of :recognize.
type RecognizeRequest struct {
	Input     string           `json:"recognizeInputType"`
	Prompts   []PlaySource     `json:"playPrompts,omitempty"`
	Interrupt bool             `json:"interruptCallMediaOperation,omitempty"`
	Options   RecognizeOptions `json:"recognizeOptions"`
	Context   string           `json:"operationContext,omitempty"`
}

// RecognizeOptions say whom to listen to, for what and how long.
type RecognizeOptions struct {
	Target          Identifier        `json:"targetParticipant"`
	InterruptPrompt bool              `json:"interruptPrompt"`
	InitialSilence  int               `json:"initialSilenceTimeoutInSeconds"`
	Language        string            `json:"speechLanguage,omitempty"`
	DTMF            *DTMFOptions      `json:"dtmfOptions,omitempty"`
	Speech          *SpeechOptions    `json:"speechOptions,omitempty"`
	Choices         []RecognizeChoice `json:"choices,omitempty"`
}

// DTMFOptions say when tones are complete.
type DTMFOptions struct {
	InterTone int      `json:"interToneTimeoutInSeconds,omitempty"`
	MaxTones  int      `json:"maxTonesToCollect,omitempty"`
	StopTones []string `json:"stopTones,omitempty"`
}

// SpeechOptions say when speech is complete.
type SpeechOptions struct {
	EndSilence int64 `json:"endSilenceTimeoutInMs,omitempty"`
}

// RecognizeChoice is one of the answers listened for.
type RecognizeChoice struct {
	Label   string   `json:"label"`
	Phrases []string `json:"phrases"`
	Tone    string   `json:"tone,omitempty"`
}

var inputTypes = map[call.Input]string{
	call.InputDTMF: "dtmf", call.InputSpeech: "speech", call.InputSpeechOrDTMF: "speechOrDtmf", call.InputChoices: "choices",
}

func recognizeOptions(who Identifier, r *call.Recognition) RecognizeOptions {
	o := RecognizeOptions{
		Target: who, InterruptPrompt: r.InterruptPrompt, InitialSilence: int(r.InitialSilence / time.Second), Language: r.Locale,
	}
	if r.Input == call.InputDTMF || r.Input == call.InputSpeechOrDTMF {
		o.DTMF = &DTMFOptions{InterTone: int(r.InterToneGap / time.Second), MaxTones: r.MaxTones, StopTones: spellTones(r.StopTones)}
	}
	if r.Input == call.InputSpeech || r.Input == call.InputSpeechOrDTMF {
		o.Speech = &SpeechOptions{r.EndSilence.Milliseconds()}
	}
	for _, c := range r.Choices {
		choice := RecognizeChoice{Label: c.Label, Phrases: c.Phrases}
		if c.Tone != "" {
			choice.Tone = spellTones(c.Tone)[0]
		}
		o.Choices = append(o.Choices, choice)
	}
	return o
}

// TonesRequest is the body of :sendDtmfTones.
type TonesRequest struct {
	Tones   []string   `json:"tones"`
	Target  Identifier `json:"targetParticipant"`
	Context string     `json:"operationContext,omitempty"`
}

// HoldRequest is the body of :hold and :unhold.
type HoldRequest struct {
	Target  Identifier  `json:"targetParticipant"`
	Music   *PlaySource `json:"playSourceInfo,omitempty"`
	Context string      `json:"operationContext,omitempty"`
}

// MuteRequest is the body of participants:mute.
type MuteRequest struct {
	Targets []Identifier `json:"targetParticipants"`
	Context string       `json:"operationContext,omitempty"`
}

// TransferRequest is the body of :transferToParticipant.
type TransferRequest struct {
	Target     Identifier `json:"targetParticipant"`
	Transferee Identifier `json:"transferee"`
	Context    string     `json:"operationContext,omitempty"`
}

// onCall does one of the requests POST callConnections/{id}:verb.
func (c *Client) onCall(ctx context.Context, once Once, connection, verb string, body any) error {
	return c.do(ctx, request{verb, http.MethodPost, target("callConnections/" + segment(connection) + ":" + verb), once, body}, nil)
}

// needsSpeech reports whether an operation is for the speech service, which the
// resource must be joined with (facts/call-automation.md §7).
func needsSpeech(o call.Operation) bool {
	for _, s := range o.Sources {
		if s.Text != "" || s.SSML != "" {
			return true
		}
	}
	return o.Listen != nil && o.Listen.Input != call.InputDTMF || o.Kind == call.StartTranscription
}

// Operate implements bridge.Microsoft. Which requests take a request id says
// facts/call-automation.md §6.
func (c *Connectivity) Operate(ctx context.Context, r bridge.Request, do call.Operate) (over bool, err error) {
	o, everybody := do.Operation, do.Endpoint == call.Endpoint{}
	who, ok := identify(do.Endpoint)
	if !ok && !everybody {
		return false, misconfigured("nobody is in a call as " + string(do.Endpoint.Kind) + " here")
	}
	client, res, err := c.client(ctx, r.Resource)
	if err != nil {
		return false, err
	}
	if res.CognitiveEndpoint == "" && needsSpeech(o) {
		return false, misconfigured("the resource of this call has no speech service: set its cognitive endpoint, or play files")
	}
	sources, err := c.playSources(ctx, r.Tenant, o.Sources)
	if err != nil {
		return false, err
	}
	post := func(once Once, verb string, body any) error {
		return client.onCall(ctx, once, do.Connection, verb, body)
	}
	label := operationContext(r)
	switch o.Kind {
	case call.Play:
		body := PlayRequest{Sources: sources, Options: &PlayOptions{o.Loop}, Interrupt: o.Interrupt, Context: label}
		if !everybody {
			body.To = []Identifier{who}
		}
		return false, post(Once{}, "play", body)
	case call.Recognize:
		return false, post(Once{}, "recognize", RecognizeRequest{
			Input: inputTypes[o.Listen.Input], Prompts: sources, Interrupt: o.Interrupt,
			Options: recognizeOptions(who, o.Listen), Context: label,
		})
	case call.SendDTMF:
		return false, post(once(r), "sendDtmfTones", TonesRequest{spellTones(o.Tones), who, label})
	case call.Transfer:
		to, ok := identify(o.To.Endpoint)
		if !ok || o.To.Endpoint.Kind != tenant.TeamsUser {
			return false, misconfigured("nobody can be transferred to a " + string(o.To.Endpoint.Kind) + " here")
		}
		return false, post(once(r), "transferToParticipant", TransferRequest{to, who, label})
	case call.CancelMedia:
		return true, post(Once{}, "cancelAllMediaOperations", nil)
	case call.StartStream:
		return false, post(Once{}, "startMediaStreaming", StreamRequest{label})
	case call.StopStream:
		return false, post(Once{}, "stopMediaStreaming", StreamRequest{label})
	case call.StartTranscription:
		return false, post(Once{}, "startTranscription", TranscribeRequest{o.Locale, label})
	case call.StopTranscription:
		return false, post(Once{}, "stopTranscription", StreamRequest{label})
	case call.UpdateTranscription:
		return false, post(Once{}, "updateTranscription", TranscribeRequest{o.Locale, label})
	case call.Hold:
		body := HoldRequest{Target: who, Context: label}
		if len(sources) > 0 {
			body.Music = &sources[0]
		}
		return true, post(Once{}, "hold", body)
	case call.Unhold:
		return true, post(Once{}, "unhold", HoldRequest{Target: who, Context: label})
	case call.Mute:
		return true, client.do(ctx, request{"mute", http.MethodPost, participants(do.Connection, ":mute"), once(r), MuteRequest{[]Identifier{who}, label}}, nil)
	}
	return false, misconfigured("no way to do " + string(o.Kind))
}

// recognition is what RecognizeCompleted says was heard.
type recognition struct {
	Type string `json:"recognitionType"`
	DTMF struct {
		Tones []string `json:"tones"`
	} `json:"dtmfResult"`
	Choice struct {
		Label      string  `json:"label"`
		Phrase     string  `json:"recognizedPhrase"`
		Confidence float64 `json:"confidence"`
	} `json:"choiceResult"`
	Speech struct {
		Speech     string  `json:"speech"`
		Confidence float64 `json:"confidence"`
	} `json:"speechResult"`
}

func (r recognition) recognized() *call.Recognized {
	switch r.Type {
	case "dtmf":
		return &call.Recognized{Tones: readTones(r.DTMF.Tones)}
	case "choices":
		return &call.Recognized{Choice: r.Choice.Label, Phrase: r.Choice.Phrase, Confidence: r.Choice.Confidence}
	case "speech":
		return &call.Recognized{Speech: r.Speech.Speech, Confidence: r.Speech.Confidence}
	}
	return nil
}

// operationEnded reads the end of an operation. One that is none of ours has no
// name, and the call ignores it.
func (d callback) operationEnded(state call.OperationState) call.Event {
	e := call.OperationEnded{Op: opOf(d.Context), State: state, Outcome: d.Result.outcome(call.ClassUnknown)}
	switch state {
	case call.OperationDone: // with sub-codes of its own (facts/call-automation.md §7)
		e.Outcome.Class = call.ClassEnded
		e.Recognized = d.recognized()
	case call.OperationCancelled:
		e.Outcome.Class = call.ClassCancelled
	}
	return e
}
