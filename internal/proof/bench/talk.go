package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"tandem/internal/audio"
	"tandem/internal/proof"
	"tandem/internal/simulator/mixer"
	"tandem/internal/simulator/pstnhub"
	"tandem/sip/siptest"
)

// talk is a call between the telephone and a person at Microsoft.
type talk struct {
	b     *bench
	phone *siptest.Call
	leg   *pstnhub.Leg
	room  *mixer.Conference
	port  *mixer.Port

	mu    sync.Mutex
	heard []int16 // by the person
}

// calls dials from the telephone, and returns when Microsoft has the INVITE.
func (b *bench) calls(ctx context.Context) (*siptest.Call, *pstnhub.Leg, error) {
	b.forgetCalls()
	c, err := b.phone.Call(ctx, "sip:"+agent+"@"+b.edge.Addrs().UDP.String(), siptest.CallOptions{From: customer})
	if err != nil {
		return nil, nil, err
	}
	refused := make(chan error, 1)
	go func() { refused <- c.Answered(ctx) }()
	select {
	case l := <-b.legs:
		return c, l, nil
	case err := <-refused:
		return nil, nil, errors.Join(fmt.Errorf("the telephone's call did not get to Microsoft: %w", err), c.Hangup(ctx))
	}
}

// forgetCalls leaves what came too late for the check that it was of.
func (b *bench) forgetCalls() {
	for len(b.legs) > 0 {
		(<-b.legs).Reject(480, 31, "bench")
	}
}

// connects makes a call to Microsoft that is answered.
func (b *bench) connects(ctx context.Context) (*talk, error) {
	c, l, err := b.calls(ctx)
	if err != nil {
		return nil, err
	}
	l.Ring()
	if err = l.Answer(ctx); err == nil {
		err = c.Answered(ctx)
	}
	if err != nil {
		l.Bye(16, "bench")
		return nil, errors.Join(fmt.Errorf("the call was not answered: %w", err), c.Hangup(ctx))
	}
	return b.joins(c, l), nil
}

// rings is a call from Microsoft to the telephone, which answers; rang gets when it rang.
func (b *bench) rings(ctx context.Context, replaces *pstnhub.Leg) (t *talk, rang time.Duration, err error) {
	began, ringing := time.Now(), make(chan time.Duration, 1)
	answered := make(chan *siptest.Call, 1)
	b.phone.OnCall(func(in *siptest.Incoming) {
		ringing <- time.Since(began)
		if in.Ring() != nil {
			return
		}
		if c, err := in.Answer(ctx, audio.PCM{}); err == nil {
			answered <- c
		}
	})
	defer b.phone.OnCall(nil)
	l, err := b.hub.Dial(ctx, pstnhub.Call{Trunk: b.setup.Trunk, Port: int(b.edge.Addrs().Far.Port()), From: agent, To: customer, DisplayName: "Bench", Replaces: replaces})
	if err != nil {
		return nil, 0, fmt.Errorf("no answer to Microsoft's call: %w", err)
	}
	select {
	case c := <-answered:
		return b.joins(c, l), <-ringing, nil
	case <-ctx.Done():
		l.Bye(16, "bench")
		return nil, 0, errors.New("the telephone never rang, and Microsoft was answered all the same")
	}
}

func (b *bench) joins(c *siptest.Call, l *pstnhub.Leg) *talk {
	t := &talk{b: b, phone: c, leg: l, room: mixer.New(nil)}
	l.Attach(t.room)
	t.port = t.room.Join("person", func(frame []int16) {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.heard = append(t.heard, frame...)
	})
	return t
}

// moves has the person talk on another leg.
func (t *talk) moves(l *pstnhub.Leg) {
	t.leg = l
	l.Attach(t.room)
}

// ends hangs up at the telephone and waits until Microsoft knows.
func (t *talk) ends(ctx context.Context) error {
	defer t.room.Close()
	err := t.phone.Hangup(ctx)
	select {
	case <-t.leg.Ended():
	case <-ctx.Done():
		err = errors.Join(err, errors.New("the telephone hung up, and Microsoft's leg goes on"))
		t.leg.Bye(16, "bench")
	}
	return err
}

// abandons is what becomes of a call whose check failed.
func (t *talk) abandons() {
	t.leg.Bye(16, "bench")
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = t.phone.Hangup(ctx) // it may be over
	t.room.Close()
}

// What good sound is: the limits are those of the tests of the edge. A busy machine cannot be
// told from a bad relay by one attempt.
const (
	leastCorrelation = 0.9
	longestGap       = 60 * time.Millisecond
	mostChances      = 3
	phrase           = 2 * time.Second
	frame            = 20 * time.Millisecond
)

// speaks has both say something at once, and holds what each hears against it.
func (t *talk) speaks(ctx context.Context) (figures []proof.Figure, err error) {
	for chance := 1; chance <= mostChances; chance++ {
		if figures, err = t.once(ctx); err == nil || ctx.Err() != nil {
			return append(figures, proof.Figure{Name: "attempts", Value: float64(chance)}), err
		}
	}
	return figures, err
}

func (t *talk) once(ctx context.Context) ([]proof.Figure, error) {
	said, answered := clip(audio.CustomerSpeech()), clip(audio.AgentSpeech())
	atPhone := len(t.phone.Heard())
	t.mu.Lock()
	t.heard = nil
	t.mu.Unlock()
	if err := t.phone.Say(said); err != nil {
		return nil, err
	}
	tick := time.NewTicker(frame)
	defer tick.Stop()
	for piece := range slices.Chunk(answered.Samples, mixer.FrameSamples) {
		select {
		case <-tick.C:
			t.port.Write(piece)
		case <-ctx.Done():
			return nil, fmt.Errorf("the person did not get to say all: %w", ctx.Err())
		}
	}
	if err := t.phone.Spoken(ctx); err != nil {
		return nil, err
	}
	for range 15 { // what is on its way
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	t.mu.Lock()
	person := slices.Clone(t.heard)
	t.mu.Unlock()
	toMicrosoft := audio.Compare(said.Samples, person, said.Rate)
	toPhone := audio.Compare(answered.Samples, t.phone.Heard()[atPhone:], answered.Rate)
	figures := append(matched("heard at Microsoft", toMicrosoft), matched("heard at the telephone", toPhone)...)
	m := t.leg.Media()
	figures = append(figures,
		proof.Figure{Name: "SRTP taken by Microsoft", Value: float64(m.PacketsIn), Unit: "packets"}, proof.Figure{Name: "SRTP sent by Microsoft", Value: float64(m.PacketsOut), Unit: "packets"},
		proof.Figure{Name: "SRTP that did not authenticate", Value: float64(m.AuthFailures), Unit: "packets"})
	err := errors.Join(good("Microsoft", toMicrosoft), good("the telephone", toPhone))
	if m.AuthFailures > 0 {
		err = errors.Join(err, fmt.Errorf("%d packets were encrypted with another key than was agreed on", m.AuthFailures))
	}
	return figures, err
}

func clip(p audio.PCM) audio.PCM {
	return audio.PCM{Rate: p.Rate, Samples: p.Samples[:int(phrase.Seconds())*p.Rate]}
}

func matched(who string, m audio.Match) []proof.Figure {
	return []proof.Figure{
		{Name: who + ", correlation", Value: m.Correlation},
		{Name: who + ", longest gap", Value: float64(m.LongestGap.Milliseconds()), Unit: "ms"},
	}
}

func good(who string, m audio.Match) error {
	switch {
	case m.Correlation < leastCorrelation/2:
		return fmt.Errorf("%s does not hear the other side (correlation %.2f)", who, m.Correlation)
	case m.Correlation < leastCorrelation || m.LongestGap > longestGap:
		return fmt.Errorf("%s hears the other side with gaps (correlation %.2f, longest gap %s)", who, m.Correlation, m.LongestGap)
	}
	return nil
}
