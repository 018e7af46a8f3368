package dev

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"tandem/internal/audio"
	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/sip/siptest"
)

// Report is what a demo call came to; --json prints it.
type Report struct {
	OK    bool        `json:"ok"`
	Error string      `json:"error,omitempty"`
	Steps []Milestone `json:"steps"`
	Audio Hearing     `json:"audio"`
	CDR   any         `json:"cdr"`
}

// Milestone is a step of the call, in milliseconds since the phone dialled.
type Milestone struct {
	Name string `json:"name"`
	AtMS int64  `json:"at_ms"`
}

// Hearing compares what was said with what was heard, each way.
type Hearing struct {
	ToTeams    Heard `json:"to_teams"`
	ToCustomer Heard `json:"to_customer"`
}

// Heard is one direction.
type Heard struct {
	Correlation float64 `json:"correlation"`
	LongestGap  int64   `json:"longest_gap_ms"`
	Seconds     float64 `json:"seconds"`
}

// What the demo demands of the audio.
const (
	minCorrelation = 0.9
	maxGap         = 60 * time.Millisecond
)

// demoTime bounds the whole call; the speech takes eight seconds of it.
const demoTime = 60 * time.Second

// Demo starts a stack in dir, places one call and checks it. It tells the story
// on out as it happens.
func Demo(ctx context.Context, dir string, o Options, out io.Writer) Report {
	r := Report{Steps: []Milestone{}}
	seen := make(chan bridge.Observation, 1024)
	o.Dir, o.Listen, o.SIP = dir, "127.0.0.1:0", "127.0.0.1:0"
	o.Observe = func(ob bridge.Observation) {
		select {
		case seen <- ob:
		default: // the story is shorter than the box
		}
	}
	_, _ = fmt.Fprintln(out, "Starting a private Postgres, a simulated Microsoft and Tandem …")
	began := time.Now()
	s, err := Start(ctx, o)
	if err != nil {
		return r.failed(err)
	}
	defer s.Close()
	_, _ = fmt.Fprintf(out, "All of it answers after %.1f s.\n\n", time.Since(began).Seconds())
	ctx, cancel := context.WithTimeout(ctx, demoTime)
	defer cancel()
	if err := r.play(ctx, s, seen, out); err != nil {
		return r.failed(err)
	}
	r.OK = true
	return r
}

func (r Report) failed(err error) Report {
	r.OK, r.Error = false, err.Error()
	return r
}

func (r *Report) play(ctx context.Context, s *Stack, seen <-chan bridge.Observation, out io.Writer) (err error) {
	phone, err := siptest.New(siptest.Config{Username: s.File.Peer.Username, Password: s.File.Peer.Password})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, phone.Close()) }()
	story := &story{out: out, began: time.Now(), tenant: s.File.Tenants[0].Name}
	number := s.File.Peer.Number
	story.tell("dial", "the customer's phone calls "+number+" by SIP over UDP at "+s.File.SIP.UDP)
	c, err := phone.Call(ctx, "sip:"+number+"@"+s.File.SIP.UDP, siptest.CallOptions{From: customerNumber, Speak: audio.CustomerSpeech()})
	if err != nil {
		return err
	}
	answered, spoken := make(chan error, 1), make(chan error, 1)
	go func() { answered <- c.Answered(ctx) }()
	var last call.Call
	for !last.Over() {
		select {
		case ob := <-seen:
			last = ob.Call
			story.follow(ob)
		case err := <-answered:
			if err != nil {
				r.Steps = story.steps
				return fmt.Errorf("the customer's call: %w", err)
			}
			story.tell("answered", "the customer's phone gets its 200: both talk for eight seconds")
			answered = nil
			go func() { spoken <- talk(ctx, c) }()
		case err := <-spoken:
			if err != nil {
				r.Steps = story.steps
				return err
			}
			story.tell("hangup", "the customer hangs up")
			go func() { _ = c.Hangup(ctx) }() // its end shows on both legs
		case <-ctx.Done():
			r.Steps = story.steps
			return fmt.Errorf("the call is %s and not over in time: %w", last.Phase, ctx.Err())
		}
	}
	r.Steps = story.steps
	return r.judge(ctx, s, c, last, out)
}

// talk waits until both have said what they have to say.
func talk(ctx context.Context, c *siptest.Call) error {
	if err := c.Spoken(ctx); err != nil {
		return err
	}
	// The agent began when he joined, a moment before or after; heard is as long
	// as both clips once all of his has arrived.
	want := len(audio.AgentSpeech().Samples) + rate
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for len(c.Heard()) < want {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("the customer heard %d of %d samples: %w", len(c.Heard()), want, ctx.Err())
		}
	}
	return nil
}

const rate = 8000

// judge looks at what came of the call: the audio at both ends, the record, and
// whether Microsoft had anything to complain about.
func (r *Report) judge(ctx context.Context, s *Stack, c *siptest.Call, last call.Call, out io.Writer) error {
	if err := r.listen(s, c, last, out); err != nil {
		return err
	}
	result, err := r.read(ctx, s, last, out)
	if err != nil {
		return err
	}
	for name, h := range map[string]Heard{"Teams": r.Audio.ToTeams, "the customer": r.Audio.ToCustomer} {
		if h.Correlation < minCorrelation || time.Duration(h.LongestGap)*time.Millisecond > maxGap {
			return fmt.Errorf("%s did not hear what was said: correlation %.3f (wanted %.1f), longest gap %d ms (at most %d)",
				name, h.Correlation, minCorrelation, h.LongestGap, maxGap.Milliseconds())
		}
	}
	if result != call.Completed {
		return fmt.Errorf("the record says that the call is %s", result)
	}
	if n := s.Sim.Unhandled(); n > 0 {
		return fmt.Errorf("%d requests asked Microsoft for something it does not have", n)
	}
	if v := s.Sim.Proxies().Violations(); len(v) > 0 {
		return fmt.Errorf("the SIP proxies of Microsoft complain: %v", v)
	}
	return nil
}

// listen compares what each said with what the other heard.
func (r *Report) listen(s *Stack, c *siptest.Call, last call.Call, out io.Writer) error {
	i := slices.IndexFunc(last.Participants, func(p call.Participant) bool { return !p.JoinedAt.IsZero() })
	if i < 0 {
		return errors.New("nobody joined the call")
	}
	teams, err := s.Sim.Heard(last.Participants[i].Endpoint.ID, last.Connection.ID)
	if err != nil {
		return fmt.Errorf("what Teams heard: %w", err)
	}
	r.Audio = Hearing{
		ToTeams:    heard(audio.CustomerSpeech().Samples, teams.Samples),
		ToCustomer: heard(audio.AgentSpeech().Samples, c.Heard()),
	}
	_, err = fmt.Fprintf(out, "\nAudio   to Teams:    correlation %.3f, longest gap %d ms\n        to customer: correlation %.3f, longest gap %d ms\n",
		r.Audio.ToTeams.Correlation, r.Audio.ToTeams.LongestGap, r.Audio.ToCustomer.Correlation, r.Audio.ToCustomer.LongestGap)
	return err
}

// read gets the record through the API, as a provider's program would.
func (r *Report) read(ctx context.Context, s *Stack, last call.Call, out io.Writer) (call.Result, error) {
	var cdr json.RawMessage
	if err := s.api.do(ctx, "GET", "/cdrs/"+string(last.ID), nil, &cdr); err != nil {
		return "", err
	}
	r.CDR = cdr
	var ending struct {
		Result call.Result `json:"result"`
	}
	if err := json.Unmarshal(cdr, &ending); err != nil {
		return "", err
	}
	pretty, err := json.MarshalIndent(cdr, "", "  ")
	if err != nil {
		return "", err
	}
	_, err = fmt.Fprintf(out, "\nCDR     %s\n", pretty)
	return ending.Result, err
}

func heard(said, heard []int16) Heard {
	m := audio.Compare(said, heard, rate)
	return Heard{Correlation: m.Correlation, LongestGap: m.LongestGap.Milliseconds(), Seconds: float64(len(heard)) / rate}
}
