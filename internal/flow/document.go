package flow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// Limits of a document.
const (
	MaxSteps   = 100
	MaxEntered = 200 // steps entered in one call
)

// Document is a flow as it is written. Durations are whole seconds. The tags after
// json are what the API's description says.
type Document struct {
	lasts  map[tenant.PromptID]time.Duration // prompts, as far as is known
	people map[tenant.AgentID]call.Person    // those of People who can be rung
	Steps  []Block                           `json:"steps" nullable:"false" minItems:"1" maxItems:"100" doc:"The first one is where a call begins." example:"[{\"name\":\"greeting\",\"say\":{\"sounds\":[{\"text\":\"Welcome.\"}],\"next\":\"bye\"}},{\"name\":\"bye\",\"hang_up\":{}}]"`
}

// Block is one step: a name, and one of its kinds.
type Block struct {
	Name         string        `json:"name" minLength:"1" maxLength:"50" doc:"What other steps call it." example:"greeting"`
	Say          *Say          `json:"say,omitempty" doc:"Plays something."`
	Ask          *Ask          `json:"ask,omitempty" doc:"Asks, and goes on by the answer."`
	Hours        *Hours        `json:"hours,omitempty" doc:"Goes on by day and time."`
	HandOver     *HandOver     `json:"hand_over,omitempty" doc:"Looks for a person."`
	VirtualAgent *VirtualAgent `json:"virtual_agent,omitempty" doc:"Lets the caller talk with a bot."`
	Voicemail    *Voicemail    `json:"voicemail,omitempty" doc:"Records what the caller has to say."`
	Transfer     *Transfer     `json:"transfer,omitempty" doc:"Hands the caller to a person for good."`
	Redirect     *Redirect     `json:"redirect,omitempty" doc:"Has Microsoft ring a person instead of us, before the caller is answered; only hours and redirect steps may lead to it."`
	HangUp       *HangUp       `json:"hang_up,omitempty" doc:"Ends the call."`
}

// Sound is something that the caller hears: exactly one of prompt, text and ssml.
type Sound struct {
	Prompt string `json:"prompt,omitempty" maxLength:"36" doc:"Id of a prompt of the tenant's." example:"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77"`
	Text   string `json:"text,omitempty" maxLength:"16000" doc:"Said by Microsoft's speech; needs a resource with a cognitive endpoint." example:"Welcome."`
	SSML   string `json:"ssml,omitempty" maxLength:"16000" doc:"The same with marks." example:"<speak version=\"1.0\" xmlns=\"http://www.w3.org/2001/10/synthesis\" xml:lang=\"en-US\">Welcome.</speak>"`
	Locale string `json:"locale,omitempty" maxLength:"20" doc:"Language of text." example:"en-US"`
	Voice  string `json:"voice,omitempty" maxLength:"100" doc:"Voice of text, as the speech service calls it." example:"en-US-AvaNeural"`
}

// Say plays something and goes on, also when it could not be played.
type Say struct {
	Sounds []Sound `json:"sounds" nullable:"false" minItems:"1" maxItems:"10" doc:"In turn." example:"[{\"text\":\"Welcome.\"}]"`
	Next   string  `json:"next" maxLength:"50" doc:"The step after it." example:"menu"`
}

// Ask plays a question and listens for one of some answers.
type Ask struct {
	Sounds        []Sound  `json:"sounds" nullable:"false" minItems:"1" maxItems:"5" doc:"The question; the first sound of an answer ends it." example:"[{\"text\":\"For sales press one.\"}]"`
	Choices       []Choice `json:"choices" nullable:"false" minItems:"1" maxItems:"20" doc:"The answers." example:"[{\"label\":\"sales\",\"tone\":\"1\",\"next\":\"sales\"}]"`
	Locale        string   `json:"locale,omitempty" maxLength:"20" doc:"Language of what is said." example:"en-US"`
	WaitS         int      `json:"wait_s,omitempty" minimum:"0" maximum:"60" doc:"Seconds until the first sound of an answer; without it 5." example:"5"`
	Retries       int      `json:"retries,omitempty" minimum:"0" maximum:"5" doc:"How often it is asked again." example:"1"`
	Sorry         []Sound  `json:"sorry,omitempty" maxItems:"5" doc:"Said before it is asked again." example:"[{\"text\":\"I did not get that.\"}]"`
	NoInput       string   `json:"no_input" maxLength:"50" doc:"The step when nothing was pressed or said." example:"bye"`
	NotUnderstood string   `json:"not_understood" maxLength:"50" doc:"The step when it was none of the answers." example:"bye"`
}

// Choice is one answer.
type Choice struct {
	Label   string   `json:"label" minLength:"1" maxLength:"100" doc:"What it is called in transcripts." example:"sales"`
	Tone    string   `json:"tone,omitempty" maxLength:"1" doc:"The key for it." example:"1"`
	Phrases []string `json:"phrases,omitempty" maxItems:"20" doc:"Words for it; with them speech is listened for, which needs a resource with a cognitive endpoint." example:"[\"sales\"]"`
	Next    string   `json:"next" maxLength:"50" doc:"The step after it." example:"sales"`
}

// Hours goes on by the clock on a wall in Zone.
type Hours struct {
	Zone     string   `json:"zone" maxLength:"60" doc:"Time zone, as IANA calls it." example:"Europe/Berlin"`
	Weekly   []Period `json:"weekly" nullable:"false" maxItems:"50" doc:"When it is open." example:"[{\"days\":[\"mon\",\"tue\",\"wed\",\"thu\",\"fri\"],\"from\":\"09:00\",\"to\":\"17:30\"}]"`
	Holidays []string `json:"holidays,omitempty" maxItems:"400" doc:"Days on which it is closed." example:"[\"2026-12-25\"]"`
	Open     string   `json:"open" maxLength:"50" doc:"The step while it is open." example:"menu"`
	Closed   string   `json:"closed" maxLength:"50" doc:"The step while it is not." example:"bye"`
}

// Period is a part of some days of the week, from including, to excluding.
type Period struct {
	Days []string `json:"days" nullable:"false" minItems:"1" maxItems:"7" doc:"mon, tue, wed, thu, fri, sat, sun." example:"[\"mon\"]"`
	From string   `json:"from" maxLength:"5" doc:"HH:MM." example:"09:00"`
	To   string   `json:"to" maxLength:"5" doc:"HH:MM, up to 24:00." example:"17:30"`
}

// HandOver looks for a person: of the queue, or one of the agents in turn; without
// both one of those of the number.
type HandOver struct {
	Agents      []string  `json:"agents,omitempty" maxItems:"100" doc:"Ids of agents, rung in turn." example:"[\"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55\"]"`
	Queue       string    `json:"queue,omitempty" maxLength:"36" doc:"Id of a queue; instead of agents." example:"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e78"`
	RingS       int       `json:"ring_s,omitempty" minimum:"0" maximum:"180" doc:"Seconds that one person's Teams rings; without it as of the queue, or of the number." example:"20"`
	DisplayName string    `json:"display_name,omitempty" maxLength:"256" doc:"Shown to who is rung; without it as of the number." example:"Sales"`
	Music       []Sound   `json:"music,omitempty" maxItems:"10" doc:"Plays again and again meanwhile; it ends before a person is heard." example:"[{\"prompt\":\"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77\"}]"`
	Announce    *Announce `json:"announce,omitempty" doc:"Said while nobody is free."`
	MaxWaitS    int       `json:"max_wait_s,omitempty" minimum:"0" maximum:"3600" doc:"Seconds to wait for a person, ringing included; without it everybody is rung once at most, and nobody waited for." example:"300"`
	Nobody      string    `json:"nobody" maxLength:"50" doc:"The step when there was nobody to ring." example:"bye"`
	NoAnswer    string    `json:"no_answer" maxLength:"50" doc:"The step when who was rung did not take it." example:"bye"`
	Timeout     string    `json:"timeout,omitempty" maxLength:"50" doc:"The step when it was waited long enough; without it the one of nobody." example:"bye"`
	Closed      string    `json:"closed,omitempty" maxLength:"50" doc:"The step when the queue is closed; without it the one of nobody." example:"bye"`
}

// Announce interrupts the music.
type Announce struct {
	EveryS int     `json:"every_s" minimum:"10" maximum:"600" doc:"Seconds from one to the next." example:"45"`
	Sounds []Sound `json:"sounds" nullable:"false" minItems:"1" maxItems:"10" doc:"What is said. {position} and {minutes} in a text are the place in the queue and the estimated wait; a sound with one that is not known is left out." example:"[{\"text\":\"You are number {position}.\",\"locale\":\"en-US\"}]"`
}

// Voicemail records the caller until he hangs up, presses a key, or it was long
// enough. The recording is one of the call's.
type Voicemail struct {
	Sounds []Sound `json:"sounds" nullable:"false" minItems:"1" maxItems:"10" doc:"Asks for the message; it is not recorded." example:"[{\"text\":\"Please leave a message, and press a key when you are done.\"}]"`
	Tone   []Sound `json:"tone,omitempty" maxItems:"1" doc:"Played when recording has begun." example:"[{\"prompt\":\"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77\"}]"`
	MaxS   int     `json:"max_s,omitempty" minimum:"0" maximum:"300" doc:"The longest message, in seconds; without it 120." example:"120"`
	Next   string  `json:"next" maxLength:"50" doc:"The step after it, also when it could not be recorded." example:"bye"`
}

// Transfer has Microsoft hand the caller to a person, who is rung whatever his presence
// says, with his forwarding and voicemail. When he answers, the call is out of our hands.
type Transfer struct {
	Agent    string `json:"agent" maxLength:"36" doc:"Id of the agent." example:"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"`
	NoAnswer string `json:"no_answer,omitempty" maxLength:"50" doc:"The step when the person does not take it; without it the one of failed." example:"bye"`
	Failed   string `json:"failed" maxLength:"50" doc:"The step when the person cannot be rung: no agent any more, taken out, not ready, or refused by Microsoft." example:"bye"`
}

// Redirect has Microsoft ring a person as if the caller had called him. There is no way
// back from it: a person who does not take it ends the call.
type Redirect struct {
	Agent  string `json:"agent" maxLength:"36" doc:"Id of the agent, who is rung with forwarding and voicemail." example:"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"`
	Failed string `json:"failed" maxLength:"50" doc:"The step when the person cannot be rung: no agent any more, taken out, or not ready. Once Microsoft rings the person there is no way back." example:"bye"`
}

const (
	defaultMessage = 2 * time.Minute
	maxMessage     = 300 // seconds: as long as can be listened for
)

// longest is how long a message may be.
func (v Voicemail) longest() time.Duration {
	if v.MaxS > 0 {
		return time.Duration(v.MaxS) * time.Second
	}
	return defaultMessage
}

// HangUp ends the call.
type HangUp struct {
	Sounds []Sound `json:"sounds,omitempty" maxItems:"10" doc:"Said before." example:"[{\"text\":\"Goodbye.\"}]"`
}

// Parse reads a document; what it does not know is an error.
func Parse(raw []byte) (Document, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	var doc Document
	if err := d.Decode(&doc); err != nil {
		return Document{}, fault.Invalid("flow_invalid", "the flow is not a document of steps: "+err.Error())
	}
	return doc, nil
}

// Lasting is the document with what is known of how long its prompts last.
func (d Document) Lasting(prompts map[tenant.PromptID]time.Duration) Document {
	d.lasts = prompts
	return d
}

// Knowing is the document with those of its People who can be rung.
func (d Document) Knowing(people map[tenant.AgentID]call.Person) Document {
	d.people = people
	return d
}

// People lists to whom its steps hand the caller without our choosing: what is known of
// them is needed beforehand, because a flow cannot ask.
func (d Document) People() (all []tenant.AgentID) {
	for _, b := range d.Steps {
		if b.Transfer != nil {
			all = append(all, tenant.AgentID(b.Transfer.Agent))
		}
		if b.Redirect != nil {
			all = append(all, tenant.AgentID(b.Redirect.Agent))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// leeway is what an operation may take beside what is heard: to fetch, to begin, to answer,
// and to tell of it.
const leeway = 20 * time.Second

// takes is how long an operation takes at most; 0 is for ever.
func (d Document) takes(o call.Operation) time.Duration {
	if o.Loop || o.Kind == call.Transfer { // the call looks after a transfer
		return 0
	}
	all := leeway + call.SoundsTake(o.Sources, func(id tenant.PromptID) time.Duration {
		if lasts, known := d.lasts[id]; known {
			return lasts
		}
		return tenant.MaxPromptDuration
	})
	if l := o.Listen; l != nil {
		all += l.InitialSilence + time.Duration(l.MaxTones)*l.InterToneGap
	}
	return all
}

// block finds a step by its name.
func (d Document) block(name string) (Block, bool) {
	i := slices.IndexFunc(d.Steps, func(b Block) bool { return b.Name == name })
	if i < 0 {
		return Block{}, false
	}
	return d.Steps[i], true
}

// References lists what a document names of its tenant's.
func (d Document) References() (prompts []tenant.PromptID, agents []tenant.AgentID, queues []tenant.QueueID) {
	for _, b := range d.Steps {
		for _, list := range b.sounds() {
			for _, s := range list.sounds {
				if s.Prompt != "" {
					prompts = append(prompts, tenant.PromptID(s.Prompt))
				}
			}
		}
		if b.HandOver == nil {
			continue
		}
		for _, a := range b.HandOver.Agents {
			agents = append(agents, tenant.AgentID(a))
		}
		if b.HandOver.Queue != "" {
			queues = append(queues, tenant.QueueID(b.HandOver.Queue))
		}
	}
	agents = append(agents, d.People()...)
	slices.Sort(prompts)
	slices.Sort(agents)
	slices.Sort(queues)
	return slices.Compact(prompts), slices.Compact(agents), slices.Compact(queues)
}

// spoken is a list of sounds and where it stands in its step.
type spoken struct {
	path   string
	sounds []Sound
}

func (b Block) sounds() []spoken {
	switch {
	case b.Say != nil:
		return []spoken{{"say.sounds", b.Say.Sounds}}
	case b.Ask != nil:
		return []spoken{{"ask.sounds", b.Ask.Sounds}, {"ask.sorry", b.Ask.Sorry}}
	case b.HandOver != nil:
		all := []spoken{{"hand_over.music", b.HandOver.Music}}
		if b.HandOver.Announce != nil {
			all = append(all, spoken{announcements, b.HandOver.Announce.Sounds})
		}
		return all
	case b.Voicemail != nil:
		return []spoken{{"voicemail.sounds", b.Voicemail.Sounds}, {"voicemail.tone", b.Voicemail.Tone}}
	case b.HangUp != nil:
		return []spoken{{"hang_up.sounds", b.HangUp.Sounds}}
	}
	return nil
}

// link is a successor of a step and where it is named.
type link struct {
	path, to string
}

// links lists all successors.
func (b Block) links() []link {
	switch {
	case b.Say != nil:
		return []link{{"say.next", b.Say.Next}}
	case b.Ask != nil:
		all := []link{{"ask.no_input", b.Ask.NoInput}, {"ask.not_understood", b.Ask.NotUnderstood}}
		for i, c := range b.Ask.Choices {
			all = append(all, link{fmt.Sprintf("ask.choices[%d].next", i), c.Next})
		}
		return all
	case b.VirtualAgent != nil:
		return b.VirtualAgent.links()
	case b.Voicemail != nil:
		return []link{{"voicemail.next", b.Voicemail.Next}}
	case b.Redirect != nil:
		return []link{{"redirect.failed", b.Redirect.Failed}}
	case b.Transfer != nil:
		all := []link{{"transfer.failed", b.Transfer.Failed}}
		if b.Transfer.NoAnswer != "" {
			all = append(all, link{"transfer.no_answer", b.Transfer.NoAnswer})
		}
		return all
	case b.Hours != nil:
		return []link{{"hours.open", b.Hours.Open}, {"hours.closed", b.Hours.Closed}}
	case b.HandOver != nil:
		all := []link{{"hand_over.nobody", b.HandOver.Nobody}, {"hand_over.no_answer", b.HandOver.NoAnswer}}
		if b.HandOver.Timeout != "" {
			all = append(all, link{"hand_over.timeout", b.HandOver.Timeout})
		}
		if b.HandOver.Closed != "" {
			all = append(all, link{"hand_over.closed", b.HandOver.Closed})
		}
		return all
	}
	return nil
}

// source is the sound as the call plays it.
func (s Sound) source() call.Source {
	return call.Source{Prompt: tenant.PromptID(s.Prompt), Text: s.Text, SSML: s.SSML, Locale: s.Locale, Voice: s.Voice}
}

func sources(lists ...[]Sound) (all []call.Source) {
	for _, list := range lists {
		for _, s := range list {
			all = append(all, s.source())
		}
	}
	return all
}

// speaks reports whether an answer can be said.
func (a Ask) speaks() bool {
	return slices.ContainsFunc(a.Choices, func(c Choice) bool { return len(c.Phrases) > 0 })
}

const defaultWait = 5 * time.Second

// question asks, after an apology. Keys alone need no speech service.
func (a Ask) question(sorry []Sound) call.Operation {
	l := &call.Recognition{Input: call.InputDTMF, InitialSilence: defaultWait, InterToneGap: time.Second, MaxTones: 1, InterruptPrompt: true}
	if a.WaitS > 0 {
		l.InitialSilence = time.Duration(a.WaitS) * time.Second
	}
	if a.speaks() {
		l.Input, l.InterToneGap, l.MaxTones, l.Locale = call.InputChoices, 0, 0, a.Locale
		for _, c := range a.Choices {
			phrases := c.Phrases
			if len(phrases) == 0 {
				phrases = []string{c.Label}
			}
			l.Choices = append(l.Choices, call.Choice{Label: c.Label, Phrases: phrases, Tone: c.Tone})
		}
	}
	return call.Operation{Kind: call.Recognize, Target: call.Customer, Sources: sources(sorry, a.Sounds), Listen: l}
}

// choose finds where an answer leads; false if it is none.
func (a Ask) choose(r *call.Recognized) (Choice, bool) {
	if r == nil {
		return Choice{}, false
	}
	i := slices.IndexFunc(a.Choices, func(c Choice) bool {
		return r.Choice != "" && c.Label == r.Choice || r.Choice == "" && c.Tone != "" && c.Tone == r.Tones
	})
	if i < 0 {
		return Choice{}, false
	}
	return a.Choices[i], true
}

// open reports whether it is open at a moment. A zone that is not known is closed;
// Validate refuses it.
func (h Hours) open(at time.Time) bool {
	zone, err := time.LoadLocation(h.Zone)
	if err != nil {
		return false
	}
	local := at.In(zone)
	if slices.Contains(h.Holidays, local.Format(time.DateOnly)) {
		return false
	}
	day, clock := weekdays[local.Weekday()], local.Format(clockForm)
	return slices.ContainsFunc(h.Weekly, func(p Period) bool {
		return slices.Contains(p.Days, day) && p.From <= clock && clock < p.To // HH:MM sorts as it passes
	})
}

const clockForm = "15:04"

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// said is what is announced to a caller in that place; sounds that need to know more
// are left out.
func (a Announce) said(h call.Handover) (all []call.Source) {
	for _, s := range a.Sounds {
		said := s.Text + s.SSML
		if strings.Contains(said, placePosition) && h.Position == 0 || strings.Contains(said, placeMinutes) && h.Estimate == 0 {
			continue
		}
		minutes := int((h.Estimate + time.Minute - 1) / time.Minute)
		places := strings.NewReplacer(placePosition, fmt.Sprint(h.Position), placeMinutes, fmt.Sprint(minutes))
		s.Text, s.SSML = places.Replace(s.Text), places.Replace(s.SSML)
		all = append(all, s.source())
	}
	return all
}

// announcements is where the sounds are in which the places stand.
const announcements = "hand_over.announce.sounds"

const (
	placePosition = "{position}"
	placeMinutes  = "{minutes}"
)
