package call

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// An operation is something done with the sound of a call, or to one of those in
// it, that brings nobody in and takes nobody out. All kinds go the same way; the
// answer to the request is the end of those that have no callback.
//
//	asked ──accepted──▶ running ──ended──▶ done, failed, cancelled
//
// Nothing is done twice without knowing that it was not done: a prompt that is
// heard twice is worse than one whose end is not known.

// OperationKind says what is done.
type OperationKind string

// The kinds. Names follow Call Automation (facts/call-automation.md §6).
const (
	Play        OperationKind = "play"
	CancelMedia OperationKind = "cancel_media" // whatever plays or listens
	Recognize   OperationKind = "recognize"
	SendDTMF    OperationKind = "send_dtmf"
	Hold        OperationKind = "hold"
	Unhold      OperationKind = "unhold"
	Mute        OperationKind = "mute"
	Unmute      OperationKind = "unmute"
	Transfer    OperationKind = "transfer"

	// Record is in the table of capabilities; how it goes is told in recording.go.
	Record OperationKind = "record"
	// Remove and Terminate are in it as well; they are commands of their own.
	Remove    OperationKind = "remove"
	Move      OperationKind = "move" // into another call
	Terminate OperationKind = "terminate"
)

// Customer is the target that names the customer; others are participants' ids.
const Customer = "customer"

// Operation is what is to be done.
type Operation struct {
	Kind   OperationKind `json:"kind"`
	Target string        `json:"target,omitempty"` // Customer, a participant's id, or "": everybody

	Sources   []Source     `json:"sources,omitempty"`   // play: in turn; recognize: the prompt; hold: the music, at most one
	Loop      bool         `json:"loop,omitempty"`      // play
	Interrupt bool         `json:"interrupt,omitempty"` // play to everybody, recognize: cancels what plays or listens
	Listen    *Recognition `json:"listen,omitempty"`    // recognize
	Tones     string       `json:"tones,omitempty"`     // send_dtmf: 0-9, *, #, A-D
	Locale    string       `json:"locale,omitempty"`    // start_transcription, update_transcription
	To        *Person      `json:"to,omitempty"`        // transfer: who gets the target, rung whatever he does
}

// Source is something to be played: exactly one of the four.
type Source struct {
	Prompt tenant.PromptID `json:"prompt,omitempty"` // of the tenant's; its address is made when it is played
	File   string          `json:"file,omitempty"`   // https address of WAV (PCM, 16 bit, 16 kHz, mono) or MP3
	Text   string          `json:"text,omitempty"`
	SSML   string          `json:"ssml,omitempty"`

	Locale string `json:"locale,omitempty"` // of Text, BCP 47
	Voice  string `json:"voice,omitempty"`  // of Text, a name that the speech service knows
}

// Input is what is listened for.
type Input string

// The inputs.
const (
	InputDTMF         Input = "dtmf"
	InputSpeech       Input = "speech"
	InputSpeechOrDTMF Input = "speech_or_dtmf"
	InputChoices      Input = "choices"
)

// Recognition says what to listen for, and how long.
type Recognition struct {
	Input           Input         `json:"input"`
	InitialSilence  time.Duration `json:"initial_silence"`            // until the first sound, 0 to 300 s
	InterToneGap    time.Duration `json:"inter_tone_gap,omitempty"`   // DTMF: until the next tone, 1 to 60 s
	MaxTones        int           `json:"max_tones,omitempty"`        // DTMF
	StopTones       string        `json:"stop_tones,omitempty"`       // DTMF: any of them ends it
	EndSilence      time.Duration `json:"end_silence,omitempty"`      // speech: after the last word
	Choices         []Choice      `json:"choices,omitempty"`          // choices
	Locale          string        `json:"locale,omitempty"`           // of what is said, BCP 47
	InterruptPrompt bool          `json:"interrupt_prompt,omitempty"` // the first sound ends the prompt
}

// Choice is one of the answers listened for.
type Choice struct {
	Label   string   `json:"label"`
	Phrases []string `json:"phrases"`
	Tone    string   `json:"tone,omitempty"` // one tone that says the same
}

// Recognized is what was heard: which member is set says how.
type Recognized struct {
	Tones      string  `json:"tones,omitempty"`
	Choice     string  `json:"choice,omitempty"` // its label
	Phrase     string  `json:"phrase,omitempty"` // the words that chose it
	Speech     string  `json:"speech,omitempty"`
	Confidence float64 `json:"confidence,omitempty"` // 0 to 1
}

// OperationState is where an operation stands.
type OperationState string

// The states.
const (
	OperationAsked     OperationState = "asked"
	OperationRunning   OperationState = "running"
	OperationDone      OperationState = "done"
	OperationFailed    OperationState = "failed"
	OperationCancelled OperationState = "cancelled"
)

// OperationRecord is an operation of a call and what became of it; what was to be
// played and listened for is not kept.
type OperationRecord struct {
	ID string `json:"id"` // as it was asked for
	Op string `json:"op"` // the action
	Operation
	State      OperationState `json:"state"`
	Outcome    Outcome        `json:"outcome,omitzero"`
	Recognized *Recognized    `json:"recognized,omitempty"`
	Overdue    bool           `json:"overdue,omitempty"`   // a transfer: it took too long, a look is under way
	OurMusic   bool           `json:"our_music,omitempty"` // a hold of the customer: nobody named music, so our leg plays that of the call
	AskedAt    time.Time      `json:"asked_at"`
	HeardAt    time.Time      `json:"heard_at,omitzero"` // of what is played: when it began, as Microsoft told
	EndedAt    time.Time      `json:"ended_at,omitzero"`
}

// Over reports whether nothing more is expected of the operation.
func (o OperationRecord) Over() bool { return o.State != OperationAsked && o.State != OperationRunning }

const (
	maxRunning = 10 // operations of one call at once
	keptEnded  = 20 // operations that are over stay in the snapshot, the newest
)

// How long the end of an operation is awaited that has one of its own.
const (
	playWithin   = 30 * time.Minute       // of files, and at most; unless it loops
	playLeeway   = 30 * time.Second       // to fetch, to begin, and to tell of the end
	perLetter    = 150 * time.Millisecond // of a text that is read slowly
	perBreak     = 20 * time.Second       // the longest that speech services take in marks
	tonesWithin  = 30 * time.Second
	listenWithin = 10 * time.Minute // beside the prompt, and the silences that are listened to
	// Microsoft gives a transfer a minute (facts/call-automation.md §15).
	transferWithin = 75 * time.Second
)

// AwaitOperation is the name of a deadline, followed by "/" and the operation's action.
const AwaitOperation = "operation"

func awaitOperation(op string) string { return AwaitOperation + "/" + op }

// within is how long the end may take; 0 is for ever.
func (o Operation) within() time.Duration {
	switch o.Kind {
	case Play:
		if o.Loop {
			return 0
		}
		return playsWithin(o.Sources)
	case Recognize:
		return listenWithin + playsWithin(o.Sources) + o.Listen.InitialSilence + time.Duration(o.Listen.MaxTones)*o.Listen.InterToneGap
	case SendDTMF:
		return tonesWithin
	case Transfer:
		return transferWithin
	case StartStream, StopStream, StartTranscription, StopTranscription, UpdateTranscription:
		return streamWithin
	}
	return 0 // over with its answer
}

// playsWithin is how long sounds may take: the word of their end can be lost, and
// meanwhile nothing else can be said to who hears them.
func playsWithin(all []Source) time.Duration {
	return min(playLeeway+SoundsTake(all, func(tenant.PromptID) time.Duration { return tenant.MaxPromptDuration }), playWithin)
}

// SoundsTake is how long sounds take at most; lasts says how long a prompt does. How long
// a file does nobody knows.
func SoundsTake(all []Source, lasts func(tenant.PromptID) time.Duration) (d time.Duration) {
	for _, s := range all {
		switch {
		case s.File != "" || strings.Contains(s.SSML, "<audio"):
			return playWithin
		case s.Prompt != "":
			d += lasts(s.Prompt)
		}
		d += time.Duration(len(s.Text)+len(s.SSML))*perLetter + time.Duration(strings.Count(s.SSML, "<break"))*perBreak
	}
	return min(d, playWithin)
}

// customer is how Microsoft knows who came in by the far leg.
func (c Call) customer() Endpoint { return Endpoint{Kind: tenant.PhoneNumber, ID: c.Caller} }

// party is whom a target names; an error if the call has no such.
func (c Call) party(target string) (Party, Endpoint, error) {
	switch target {
	case "":
		return Everybody, Endpoint{}, nil
	case Customer:
		if !c.there() && !c.Plan.guest() {
			return "", Endpoint{}, fmt.Errorf("%w: it has no customer", ErrRefused)
		}
		return CustomerLeg, c.customer(), nil
	}
	i := c.participant(target)
	if i < 0 {
		return "", Endpoint{}, fmt.Errorf("%w: it has no such participant", ErrRefused)
	}
	p := c.Participants[i]
	if p.State != Joined {
		return "", Endpoint{}, fmt.Errorf("%w: that participant is %s", ErrRefused, p.State)
	}
	switch p.Endpoint.Kind {
	case tenant.PhoneNumber:
		return Telephone, p.Endpoint, nil
	case tenant.ACSUser:
		return ACSClient, p.Endpoint, nil
	}
	return TeamsUser, p.Endpoint, nil
}

// permitOperation says what stands against an operation.
func (c Call) permitOperation(e OperateAsked) error {
	o := e.Operation
	var mistakes fault.Problems
	if o.Check(&mistakes); mistakes.Err("", "") != nil {
		return fmt.Errorf("%w: it makes no sense: %w", ErrRefused, mistakes.Err("operation_invalid", "the operation is not valid"))
	}
	switch {
	case c.Phase != Connected && !c.Treatable():
		return fmt.Errorf("%w: operations are for a connected call, this one is %s", ErrRefused, c.Phase)
	case c.Connection.State != ConnectionIsUp: // the call ends next
		return fmt.Errorf("%w: its connection is %s", ErrRefused, c.Connection.State)
	}
	party, _, err := c.party(o.Target)
	if err != nil {
		return err
	}
	if able := c.Able(o.Kind, party); !able.Allowed() {
		return &NotAble{able}
	}
	if err := c.permitTreatment(o); err != nil {
		return err
	}
	running := 0
	for _, other := range c.Operations {
		if other.ID == e.ID {
			return fmt.Errorf("%w: operation %s was asked for already", ErrRefused, e.ID)
		}
		if other.Over() {
			continue
		}
		running++
		if other.Target == o.Target && undoes(other.Kind) != "" && (other.Kind == o.Kind || undoes(other.Kind) == o.Kind) {
			return fmt.Errorf("%w: %s %s is under way", ErrRefused, other.Kind, other.ID)
		}
		if other.Kind == Transfer && o.Kind != CancelMedia { // which ends what sounds, and nothing else
			return fmt.Errorf("%w: a transfer is under way", ErrRefused)
		}
		if c.alone(other.Operation) && c.alone(o) {
			return fmt.Errorf("%w: %s %s is under way, and Microsoft does one such thing at a time (412/8583)", ErrRefused, other.Kind, other.ID)
		}
	}
	if running >= maxRunning {
		return fmt.Errorf("%w: %d operations are under way", ErrRefused, running)
	}
	return nil
}

// undoes is what undoes an operation; "" for those that nothing does.
func undoes(k OperationKind) OperationKind {
	return map[OperationKind]OperationKind{Hold: Unhold, Unhold: Hold, Mute: Unmute, Unmute: Mute}[k]
}

// permitTreatment refuses what is so already: of two who hold somebody one is told. What
// Microsoft shows counts as well where something is undone, because an answer can be lost.
func (c Call) permitTreatment(o Operation) error {
	done, told := c.Customer, c.CustomerTold
	if i := c.participant(o.Target); i >= 0 {
		done, told = c.Participants[i].Treated, c.Participants[i].Told
	}
	switch {
	case o.Kind == Hold && done.Held:
		return fmt.Errorf("%w: that one is on hold already: unhold first", ErrRefused)
	case o.Kind == Unhold && !done.Held && !told.Held:
		return fmt.Errorf("%w: that one is not on hold", ErrRefused)
	case o.Kind == Mute && done.Muted:
		return fmt.Errorf("%w: that one is muted already", ErrRefused)
	case o.Kind == Unmute && !done.Muted && !told.Muted:
		return fmt.Errorf("%w: that one is not muted", ErrRefused)
	case o.Kind == Transfer:
		for _, p := range c.Participants {
			if p.State != Gone && p.Endpoint == o.To.Endpoint {
				return fmt.Errorf("%w: %s is %s already: take out who shall not talk on", ErrRefused, p.Name, p.State)
			}
		}
	}
	return nil
}

// NotAble is the refusal of what cannot be done to a party in any state.
type NotAble struct{ Capability Capability }

func (n *NotAble) Error() string {
	return fmt.Sprintf("%s cannot be done to %s: %s", n.Capability.Operation, partyWords[n.Capability.Party], n.Capability.Why)
}

var partyWords = map[Party]string{
	Everybody: "everybody", CustomerLeg: "the customer", TeamsUser: "a Teams user", Telephone: "somebody at a telephone",
	ACSClient: "an ACS user",
}

// alone reports whether an operation cannot run beside another that reports so
// (facts/call-automation.md §8).
func (c Call) alone(o Operation) bool {
	switch o.Kind {
	case Play:
		return o.Target != ""
	case Recognize:
		inside := 0
		for _, p := range c.Participants {
			if p.inside() {
				inside++
			}
		}
		return inside > 1 || inside == 1 && !c.Plan.outbound() // more than one party beside us
	case SendDTMF:
		return true
	}
	return false
}

func (s *step) onOperateAsked(e OperateAsked) bool {
	if s.c.Permit(e) != nil {
		return false
	}
	o := e.Operation
	party, who, _ := s.c.party(o.Target)
	var op string
	if o.Kind == Unhold && o.Target == Customer && s.c.Parked { // before he hears the first word
		s.c.Parked = false
		s.ask(HoldNear{})
	}
	if s.c.Able(o.Kind, party).Means == OnOurLeg {
		op = s.ask(MuteNear{On: o.Kind == Mute})
	} else {
		op = s.ask(Operate{Connection: s.c.Connection.ID, Endpoint: who, Operation: o})
	}
	if d := o.within(); d > 0 {
		s.await(awaitOperation(op), d)
	}
	ours := o.Kind == Hold && o.Target == Customer && len(o.Sources) == 0 && !s.c.Plan.External
	o.Sources, o.Listen = nil, nil // the action has them; they may be long, and each snapshot would hold them
	s.c.Operations = append(s.c.Operations, OperationRecord{ID: e.ID, Op: op, Operation: o, State: OperationAsked, AskedAt: s.at, OurMusic: ours})
	return true
}

// operation finds one by its action; -1 if there is none.
func (c Call) operation(op string) int {
	return slices.IndexFunc(c.Operations, func(o OperationRecord) bool { return o.Op == op })
}

func (s *step) onOperationRunning(op string) bool {
	i := s.c.operation(op)
	if i < 0 || s.c.Operations[i].State != OperationAsked {
		return false
	}
	s.c.Operations[i].State = OperationRunning
	return true
}

// onSoundBegan notes since when something is heard. That word can overtake the answer to
// the request, and be lost.
func (s *step) onSoundBegan(op string) bool {
	i := s.c.operation(op)
	if i < 0 || s.c.Operations[i].Over() || !s.c.Operations[i].HeardAt.IsZero() {
		return false
	}
	s.c.Operations[i].State, s.c.Operations[i].HeardAt = OperationRunning, s.at
	return true
}

// onOperationEnded takes the end of an operation. That of a hold, whose music
// cannot be had, comes after its answer, and undoes it; so does the loss of a stream, or of a transcription.
func (s *step) onOperationEnded(e OperationEnded) bool {
	i := s.c.operation(e.Op)
	if i < 0 {
		return false
	}
	o := &s.c.Operations[i]
	undone := (o.Kind == Hold || o.Kind == StartStream || o.Kind == StartTranscription) && o.State == OperationDone && e.State == OperationFailed
	if o.Over() && !undone {
		return false
	}
	o.State, o.Outcome, o.Recognized, o.EndedAt = e.State, e.Outcome, e.Recognized, s.at
	s.settle(awaitOperation(o.Op))
	s.announced(*o)
	switch {
	case undone && o.Kind == Hold:
		s.mark(o.Target, Unhold)
	case o.State == OperationDone && o.Kind == Transfer:
		s.release(o.To)
	case o.State == OperationDone && o.Kind == CancelMedia:
		s.silenced(*o)
	case o.State == OperationDone:
		s.mark(o.Target, o.Kind)
		if o.Kind == Hold && o.Target == Customer {
			s.c.OurMusic = o.OurMusic
		}
		if o.Kind == Mute && o.Target != Customer { // only a look shows it
			s.look()
		}
	case o.Kind == Transfer: // after a failed one calls were seen to be dead (facts/call-automation.md §16)
		s.look()
	}
	s.forgetOperations()
	return true
}

// operationOverdue: Microsoft did not say how it ended. Whether a transfer was
// accepted can be seen.
func (s *step) operationOverdue(op string) {
	if i := s.c.operation(op); i >= 0 && s.c.Operations[i].Kind == Transfer && !s.c.Operations[i].Overdue && s.look() {
		s.c.Operations[i].Overdue = true
		s.await(awaitOperation(op), ConnectedWithin)
		return
	}
	s.onOperationEnded(OperationEnded{
		Op: op, State: OperationFailed, Outcome: Outcome{Class: ClassTimeout, Message: "Microsoft did not say how it ended"},
	})
}

// silenced: what was cancelled ends. That word can be lost, and of music that plays
// again and again no other would come.
func (s *step) silenced(cancel OperationRecord) {
	for _, o := range s.c.Operations {
		if o.State == OperationRunning && (o.Kind == Play || o.Kind == Recognize) && !o.AskedAt.After(cancel.AskedAt) {
			s.await(awaitOperation(o.Op), CancelWithin)
		}
	}
}

// mark notes on a party what was done to it.
func (s *step) mark(target string, done OperationKind) {
	m := &s.c.Customer
	if i := s.c.participant(target); i >= 0 {
		m = &s.c.Participants[i].Treated
	}
	switch done {
	case Hold, Unhold:
		m.Held = done == Hold
	case Mute, Unmute:
		m.Muted = done == Mute
	}
}

// Treated is what operations did to a party, until others undo it.
type Treated struct {
	Held  bool `json:"held,omitempty"`
	Muted bool `json:"muted,omitempty"`
}

// forgetOperations drops the oldest that are over.
func (s *step) forgetOperations() {
	over := 0
	for i := len(s.c.Operations) - 1; i >= 0; i-- {
		if !s.c.Operations[i].Over() {
			continue
		}
		if over++; over > keptEnded {
			s.c.Operations = slices.Delete(s.c.Operations, i, i+1)
		}
	}
}

// endOperations: with the call everything ends.
func (s *step) endOperations() {
	for _, o := range slices.Clone(s.c.Operations) {
		if !o.Over() {
			s.onOperationEnded(OperationEnded{Op: o.Op, State: OperationCancelled, Outcome: Outcome{Class: ClassEnded}})
		}
	}
}

// Tones of DTMF, as they are written here.
const toneLetters = "0123456789*#ABCD"

// AreTones reports whether a text is made of DTMF tones.
func AreTones(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune(toneLetters, r) }) < 0
}
