package admin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// Source is something to be played.
type Source struct {
	Prompt string `json:"prompt,omitempty" maxLength:"36" doc:"Id of a prompt of the tenant's." example:"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77"`
	File   string `json:"file,omitempty" maxLength:"2048" doc:"Https address of WAV (PCM, 16 bit, 16 kHz, mono) or MP3, which Microsoft fetches." example:"https://sounds.example.com/welcome.wav"`
	Text   string `json:"text,omitempty" maxLength:"16000" doc:"Said by Microsoft's speech; needs a resource with a cognitive endpoint." example:"One moment, please."`
	SSML   string `json:"ssml,omitempty" maxLength:"16000" doc:"The same with marks." example:"<speak version=\"1.0\" xmlns=\"http://www.w3.org/2001/10/synthesis\" xml:lang=\"en-US\">One moment.</speak>"`
	Locale string `json:"locale,omitempty" maxLength:"20" doc:"Language of text." example:"en-US"`
	Voice  string `json:"voice,omitempty" maxLength:"100" doc:"Voice of text, as the speech service calls it." example:"en-US-AvaNeural"`
}

// Listen says what to listen for, and how long.
type Listen struct {
	Input           string         `json:"input" enum:"dtmf,speech,speech_or_dtmf,choices" doc:"Tones, words, both, or one of some answers."`
	InitialSilence  int            `json:"initial_silence,omitempty" minimum:"0" maximum:"300" default:"5" doc:"Seconds until the first sound."`
	InterToneGap    int            `json:"inter_tone_gap,omitempty" minimum:"0" maximum:"60" doc:"Tones: seconds until the next one; without it 2." example:"2"`
	MaxTones        int            `json:"max_tones,omitempty" minimum:"0" maximum:"50" doc:"Tones: how many complete it; without it 1." example:"4"`
	StopTones       string         `json:"stop_tones,omitempty" maxLength:"16" doc:"Tones: any of these completes it and is not among what was heard." example:"#"`
	EndSilence      float64        `json:"end_silence,omitempty" minimum:"0" maximum:"10" doc:"Words: seconds of silence after the last one." example:"1.5"`
	Choices         []ListenChoice `json:"choices,omitempty" maxItems:"20" doc:"The answers of the input choices." example:"[{\"label\":\"sales\",\"phrases\":[\"sales\"],\"tone\":\"1\"}]"`
	Locale          string         `json:"locale,omitempty" maxLength:"20" doc:"Language of what is said." example:"en-US"`
	InterruptPrompt bool           `json:"interrupt_prompt,omitempty" default:"false" doc:"The first sound ends the prompt."`
}

// ListenChoice is one of the answers listened for.
type ListenChoice struct {
	Label   string   `json:"label" maxLength:"400" doc:"Comes back if it is chosen." example:"sales"`
	Phrases []string `json:"phrases" maxItems:"20" doc:"Words that choose it." example:"[\"sales\",\"buy something\"]"`
	Tone    string   `json:"tone,omitempty" maxLength:"1" doc:"A tone that chooses it as well." example:"1"`
}

// PlayBody is what is to be played to whom.
type PlayBody struct {
	Sources   []Source `json:"sources" doc:"In turn." example:"[{\"text\":\"One moment, please.\"}]"`
	Target    string   `json:"target,omitempty" maxLength:"64" doc:"customer, or a participant's id; without it everybody hears it. Who alone hears it does not hear the others meanwhile." example:"customer"`
	Loop      bool     `json:"loop,omitempty" default:"false" doc:"Again and again until it is cancelled."`
	Interrupt bool     `json:"interrupt,omitempty" default:"false" doc:"Cancels what plays or listens; for what everybody hears."`
}

// RecognizeBody is what to listen for.
type RecognizeBody struct {
	Target    string   `json:"target,omitempty" maxLength:"64" default:"customer" doc:"Whom to listen to: customer, or the id of a participant at a telephone."`
	Sources   []Source `json:"sources,omitempty" doc:"The prompt, played first." example:"[{\"text\":\"Please enter your customer number.\"}]"`
	Listen    Listen   `json:"listen"`
	Interrupt bool     `json:"interrupt,omitempty" default:"false" doc:"Cancels what plays or listens."`
}

// DTMFBody is tones to send.
type DTMFBody struct {
	Target string `json:"target,omitempty" maxLength:"64" default:"customer" doc:"customer, or the id of a participant at a telephone."`
	Tones  string `json:"tones" maxLength:"18" doc:"0-9, *, # and A-D." example:"1234#"`
}

// HoldBody is what is heard on hold.
type HoldBody struct {
	Sources []Source `json:"sources,omitempty" example:"[{\"file\":\"https://sounds.example.com/music.wav\"}]" doc:"One: music that Microsoft plays, again and again. Without it a customer hears the hold music of the call from our own leg, others silence."`
}

// Operation is something done with the sound of a call.
type Operation struct {
	ID         string      `json:"id" doc:"Within the call." example:"0f5c1f9e-8c7b-4a53-8f0e-1f8f5a0d7c21"`
	Kind       string      `json:"kind" enum:"play,cancel_media,recognize,send_dtmf,hold,unhold,mute,unmute,transfer,start_streaming,stop_streaming,start_transcription,stop_transcription,update_transcription" doc:"What was asked for."`
	Target     string      `json:"target,omitempty" doc:"customer, or a participant's id; without it everybody." example:"customer"`
	State      string      `json:"state" enum:"asked,running,done,failed,cancelled" doc:"Where it stands."`
	Outcome    string      `json:"outcome,omitempty" doc:"How it ended: ended, cancelled, no_input, not_understood, misconfigured, gone, timeout, throttled or unknown." example:"no_input"`
	Message    string      `json:"message,omitempty" doc:"Details for people."`
	Recognized *Recognized `json:"recognized,omitempty" doc:"What was heard."`
	AskedAt    time.Time   `json:"asked_at" doc:"RFC 3339, UTC."`
	StartedAt  *time.Time  `json:"started_at,omitempty" doc:"Of what is played: when Microsoft told that it began; absent: it did not, or that word was lost. RFC 3339, UTC."`
	EndedAt    *time.Time  `json:"ended_at,omitempty" doc:"RFC 3339, UTC."`
}

// Recognized is what was heard; which member is there says how.
type Recognized struct {
	Tones      string  `json:"tones,omitempty" doc:"0-9, *, # and A-D." example:"42"`
	Choice     string  `json:"choice,omitempty" doc:"The label." example:"sales"`
	Phrase     string  `json:"phrase,omitempty" doc:"The words that chose it; absent if a tone did." example:"sales please"`
	Speech     string  `json:"speech,omitempty" doc:"What was said." example:"I have a question about my invoice"`
	Confidence float64 `json:"confidence,omitempty" doc:"Of the speech service, 0 to 1." example:"0.93"`
}

func showOperation(o call.OperationRecord) Operation {
	v := Operation{
		ID: o.ID, Kind: string(o.Kind), Target: o.Target, State: string(o.State), Outcome: string(o.Outcome.Class), Message: o.Outcome.Message,
		AskedAt: o.AskedAt.UTC(), StartedAt: at(o.HeardAt), EndedAt: at(o.EndedAt),
	}
	if r := o.Recognized; r != nil {
		heard := Recognized(*r)
		v.Recognized = &heard
	}
	return v
}

func sources(in []Source) []call.Source {
	return each(in, func(s Source) call.Source {
		return call.Source{Prompt: tenant.PromptID(s.Prompt), File: s.File, Text: s.Text, SSML: s.SSML, Locale: s.Locale, Voice: s.Voice}
	})
}

func (l Listen) recognition() *call.Recognition {
	r := call.Recognition{
		Input: call.Input(l.Input), InitialSilence: wholeSeconds(l.InitialSilence), InterToneGap: wholeSeconds(l.InterToneGap), MaxTones: l.MaxTones,
		StopTones: l.StopTones, EndSilence: time.Duration(l.EndSilence * float64(time.Second)), Locale: l.Locale, InterruptPrompt: l.InterruptPrompt,
	}
	for _, c := range l.Choices {
		r.Choices = append(r.Choices, call.Choice(c))
	}
	if r.Input == call.InputDTMF || r.Input == call.InputSpeechOrDTMF {
		if r.InterToneGap == 0 {
			r.InterToneGap = 2 * time.Second
		}
		if r.MaxTones == 0 {
			r.MaxTones = 1
		}
	}
	return &r
}

func (b *PlayBody) operation() call.Operation {
	return call.Operation{Kind: call.Play, Target: b.Target, Sources: sources(b.Sources), Loop: b.Loop, Interrupt: b.Interrupt}
}

func (b *RecognizeBody) operation() call.Operation {
	return call.Operation{Kind: call.Recognize, Target: b.Target, Sources: sources(b.Sources), Interrupt: b.Interrupt, Listen: b.Listen.recognition()}
}

func (b *DTMFBody) operation() call.Operation {
	return call.Operation{Kind: call.SendDTMF, Target: b.Target, Tones: b.Tones}
}

func (b *HoldBody) operation() call.Operation {
	return call.Operation{Kind: call.Hold, Sources: sources(b.Sources)}
}

// checkOperation says of a body what is wrong with what it asks for.
func checkOperation(at *huma.PathBuffer, o call.Operation) []error {
	var p fault.Problems
	o.Check(&p)
	return mistakes(at, p.Err("operation_invalid", "the operation is not valid"))
}

// Resolve implements huma.ResolverWithPath.
func (b *PlayBody) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	return checkOperation(at, b.operation())
}

// Resolve implements huma.ResolverWithPath.
func (b *RecognizeBody) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	return checkOperation(at, b.operation())
}

// Resolve implements huma.ResolverWithPath.
func (b *DTMFBody) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	return checkOperation(at, b.operation())
}

// Resolve implements huma.ResolverWithPath.
func (b *HoldBody) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	return checkOperation(at, b.operation())
}

// TransferBody is to whom the caller goes.
type TransferBody struct {
	Agent  string `json:"agent" maxLength:"36" doc:"Id of the agent whose Teams rings, whatever the presence says; with the person's forwarding and voicemail." example:"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"`
	Target string `json:"target,omitempty" maxLength:"64" default:"customer" doc:"Who is transferred." example:"customer"`
}

// RedirectBody is who gets the call.
type RedirectBody struct {
	Agent string `json:"agent" maxLength:"36" doc:"Id of the agent whose Teams rings, with the person's forwarding and voicemail." example:"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"`
}

// RejectBody is what the caller's side is told.
type RejectBody struct {
	Reason string `json:"reason,omitempty" enum:"none,busy,forbidden" default:"none" doc:"none: 603 Decline. busy: 486. forbidden: 403."`
}

// Resolve implements huma.ResolverWithPath.
func (b *TransferBody) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	return checkAgent(at, b.Agent)
}

// Resolve implements huma.ResolverWithPath.
func (b *RedirectBody) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	return checkAgent(at, b.Agent)
}

// checkAgent says of a body whether its agent is an id.
func checkAgent(at *huma.PathBuffer, agent string) []error {
	var p fault.Problems
	if id, err := tenant.ParseAgentID(agent); err != nil || string(id) != agent {
		p.Add("agent", "must be an agent's id, a UUID in lower case")
	}
	return mistakes(at, p.Err("operation_invalid", "the operation is not valid"))
}

type (
	redirectAsk struct {
		CallPath
		Body RedirectBody
	}
	rejectAsk struct {
		CallPath
		Body *RejectBody
	}
	transferAsk struct {
		CallPath
		Body TransferBody
	}
	playAsk struct {
		CallPath
		Body PlayBody
	}
	recognizeAsk struct {
		CallPath
		Body RecognizeBody
	}
	dtmfAsk struct {
		CallPath
		Body DTMFBody
	}
	// PartyPath names somebody in a call.
	PartyPath struct {
		CallPath
		Participant string `path:"participant" maxLength:"64" doc:"customer, or the id of a participant within the call." example:"customer"`
	}
	holdAsk struct {
		PartyPath
		Body *HoldBody
	}
	operationPath struct {
		CallPath
		Operation string `path:"operation" maxLength:"64" doc:"Id of the operation within the call." example:"0f5c1f9e-8c7b-4a53-8f0e-1f8f5a0d7c21"`
	}
)

// operate asks for an operation and answers with it as it was asked for; the call
// shows what comes of it.
func (s *server) operate(ctx context.Context, in CallPath, o call.Operation) (*made[Operation], error) {
	c, err := s.callOf(ctx, in)
	if err != nil {
		return nil, err
	}
	if o.Target != "" && o.Target != call.Customer {
		if _, err := knownParticipant(c, o.Target); err != nil {
			return nil, err
		}
	}
	if err := s.knownPrompts(ctx, c.Tenant, "sources", o.Sources); err != nil {
		return nil, err
	}
	id := uuid.NewString()
	if err := s.ask(ctx, c, call.OperateAsked{ID: id, Operation: o}); err != nil {
		return nil, err
	}
	record := call.OperationRecord{ID: id, Operation: o, State: call.OperationAsked, AskedAt: s.cfg.Now()}
	return &made[Operation]{Location: "/v1/calls/" + string(c.ID) + "/operations/" + id, Body: showOperation(record)}, nil
}

// knownPrompts says of a body whether its prompts are the tenant's.
func (s *server) knownPrompts(ctx context.Context, t tenant.ID, path string, all []call.Source) error {
	for i, source := range all {
		if source.Prompt == "" {
			continue
		}
		if _, err := s.deps.Prompts.Prompt(ctx, t, source.Prompt); err != nil {
			return notTheTenants(err, fmt.Sprintf("%s[%d].prompt", path, i), "prompt_unknown")
		}
	}
	return nil
}

// redirect is for a call that Microsoft was not asked to connect us to yet.
func (s *server) redirect(ctx context.Context, in *redirectAsk) (*none, error) {
	c, to, err := s.callAndPerson(ctx, in.CallPath, in.Body.Agent)
	if err != nil {
		return nil, err
	}
	return nil, s.ask(ctx, c, call.RedirectAsked{To: to})
}

func (s *server) reject(ctx context.Context, in *rejectAsk) (*none, error) {
	c, err := s.callOf(ctx, in.CallPath)
	if err != nil {
		return nil, err
	}
	why := call.RejectNone
	if in.Body != nil {
		why = call.Rejection(in.Body.Reason)
	}
	return nil, s.ask(ctx, c, call.RejectAsked{Why: why})
}

// callAndPerson finds a call and whom it goes to: the model has no way to look up
// a person's address.
func (s *server) callAndPerson(ctx context.Context, in CallPath, agent string) (call.Call, call.Person, error) {
	c, err := s.callOf(ctx, in)
	if err != nil {
		return c, call.Person{}, err
	}
	if _, err := s.deps.Tenants.Callable(ctx, c.Tenant); err != nil { // stopped since
		return c, call.Person{}, err
	}
	a, err := s.ringable(ctx, c.Tenant, tenant.AgentID(agent), "agent")
	return c, call.Person{Endpoint: call.Endpoint{Kind: a.Endpoint, ID: a.OID}, Name: a.Name}, err
}

func (s *server) transfer(ctx context.Context, in *transferAsk) (*made[Operation], error) {
	_, to, err := s.callAndPerson(ctx, in.CallPath, in.Body.Agent)
	if err != nil {
		return nil, err
	}
	return s.operate(ctx, in.CallPath, call.Operation{Kind: call.Transfer, Target: in.Body.Target, To: &to})
}

func (s *server) play(ctx context.Context, in *playAsk) (*made[Operation], error) {
	return s.operate(ctx, in.CallPath, in.Body.operation())
}

func (s *server) recognize(ctx context.Context, in *recognizeAsk) (*made[Operation], error) {
	return s.operate(ctx, in.CallPath, in.Body.operation())
}

func (s *server) sendDTMF(ctx context.Context, in *dtmfAsk) (*made[Operation], error) {
	return s.operate(ctx, in.CallPath, in.Body.operation())
}

func (s *server) cancelMedia(ctx context.Context, in *CallPath) (*made[Operation], error) {
	return s.operate(ctx, *in, call.Operation{Kind: call.CancelMedia})
}

func (s *server) hold(ctx context.Context, in *holdAsk) (*made[Operation], error) {
	o := call.Operation{Kind: call.Hold}
	if in.Body != nil {
		o = in.Body.operation()
	}
	o.Target = in.Participant
	return s.operate(ctx, in.CallPath, o)
}

// treat is an operation on one participant that needs no more words.
func (s *server) treat(kind call.OperationKind) func(context.Context, *PartyPath) (*made[Operation], error) {
	return func(ctx context.Context, in *PartyPath) (*made[Operation], error) {
		return s.operate(ctx, in.CallPath, call.Operation{Kind: kind, Target: in.Participant})
	}
}

func (s *server) getOperation(ctx context.Context, in *operationPath) (*shown[Operation], error) {
	c, err := s.callOf(ctx, in.CallPath)
	if err != nil {
		return nil, err
	}
	for _, o := range c.Operations {
		if o.ID == in.Operation {
			return &shown[Operation]{showOperation(o)}, nil
		}
	}
	return nil, fault.NotFound("operation_unknown", "the call has no such operation, or it was long ago")
}

// notAble is the refusal of what Microsoft would refuse.
func notAble(err error) error {
	var n *call.NotAble
	if !errors.As(err, &n) {
		return nil
	}
	return fault.Invalid("operation_not_possible", n.Error())
}

// Capability is what can be done to whom.
type Capability struct {
	Connectivity string `json:"connectivity" doc:"Over which way to Microsoft." example:"acs_direct_routing"`
	Operation    string `json:"operation" doc:"As in the actions of a call." example:"mute"`
	Party        string `json:"party" enum:"everybody,customer,teams_user,phone_number,acs_user" doc:"To whom."`
	Possible     bool   `json:"possible" example:"true" doc:"Whether it can be done."`
	Means        string `json:"means,omitempty" enum:"microsoft,our_leg" doc:"microsoft: by one request of Call Automation. our_leg: in our own relay, for a caller on a trunk of ours."`
	Why          string `json:"why,omitempty" example:"Microsoft mutes ACS users only; a Teams user mutes himself" doc:"What to know about it, or why it cannot be done."`
	Guest        bool   `json:"guest,omitempty" example:"false" doc:"Said of calls that we are a guest of, where those differ from the row without this."`
	External     bool   `json:"external,omitempty" example:"false" doc:"Said of callers who came over an SBC that is not ours, where those differ from the row without this."`
	Source       string `json:"source" doc:"Where that is known from." example:"call-automation.md §6.4"`
}

func (s *server) listCapabilities(context.Context, *none) (*shown[Page[Capability]], error) {
	return &shown[Page[Capability]]{Page[Capability]{Items: each(call.Capabilities(), func(c call.Capability) Capability {
		return Capability{
			Connectivity: string(c.Connectivity), Operation: string(c.Operation), Party: string(c.Party), Possible: c.Allowed(),
			Means: string(c.Means), Why: c.Why, Source: c.Source, Guest: c.Guest, External: c.External,
		}
	})}}, nil
}
