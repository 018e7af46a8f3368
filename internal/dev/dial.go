package dev

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"tandem/internal/audio"
	"tandem/internal/call"
	"tandem/sip/siptest"
)

// DialOptions say whom the customer's phone calls, and what it does.
type DialOptions struct {
	Dir        string        // of the running stack
	To         string        // SIP URI, or a number, which the stack's edge is asked for
	From       string        // the customer's number; default that of the demo
	Say        string        // WAV file to say once answered; default the demo's customer
	Repeat     bool          // say it again and again
	Quiet      bool          // say nothing
	Press      string        // keys to press once answered
	PressAfter time.Duration // how long after the answer
	For        time.Duration // from the answer until it hangs up
	Record     string        // WAV file for what it hears
}

// Dialled is what a call of the customer's phone came to; `tandem dial` prints it.
type Dialled struct {
	Answered bool    `json:"answered"`
	Seconds  float64 `json:"seconds"` // since the answer
	Loud     bool    `json:"loud"`    // more than silence was heard since
	Tones    string  `json:"tones"`   // heard
	EndedBy  string  `json:"ended_by,omitempty"`
	// SIPStatus of the final response to the INVITE; 0: there was none.
	SIPStatus int    `json:"sip_status"`
	Reason    string `json:"reason,omitempty"` // the Reason header of what ended it (RFC 3326)
}

// Who ended a call.
const (
	byCaller = "caller" // the phone itself
	byCalled = "called"
)

// customerNumber is who calls in the demo.
const customerNumber = "+4930123456"

const (
	hangUpTime = 5 * time.Second // for the other side to agree
	loudness   = 500             // of 32768; no line and no codec is as loud by itself
)

// Dial places a call as the customer of the demo's contact centre and tells on out
// how it goes. It returns when the call is over; the end of ctx hangs up. A call
// that was refused is an error beside the result; without a call the result is nil.
func Dial(ctx context.Context, o DialOptions, out io.Writer) (_ *Dialled, err error) {
	speech, err := o.speech()
	if err != nil {
		return nil, err
	}
	if !call.AreTones(o.Press) {
		return nil, fmt.Errorf("keys %q: only 0-9, *, # and A-D can be pressed", o.Press)
	}
	f, err := ReadFile(o.Dir)
	if err != nil {
		return nil, err
	}
	to := o.To
	switch {
	case strings.HasPrefix(to, "+"):
		to = "sip:" + to + "@" + f.SIP.UDP
	case !strings.HasPrefix(to, "sip:"):
		return nil, fmt.Errorf("%q is neither a SIP URI (sip:…) nor a number (+…)", to)
	}
	phone, err := siptest.New(siptest.Config{Username: f.Peer.Username, Password: f.Peer.Password})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, phone.Close()) }()
	d := &dialling{DialOptions: o, began: time.Now(), out: out}
	d.tell("calls %s", to)
	d.call, err = phone.Call(ctx, to, siptest.CallOptions{From: cmp.Or(o.From, customerNumber), Speak: speech})
	if err != nil {
		return nil, err
	}
	if err = d.ring(ctx); err == nil && d.Answered {
		err = d.talk(ctx)
	}
	return &d.Dialled, err
}

// speech is all that the phone is going to say.
func (o DialOptions) speech() (audio.PCM, error) {
	said := audio.CustomerSpeech()
	switch {
	case o.Quiet:
		return audio.PCM{}, nil
	case o.Say != "":
		raw, err := os.ReadFile(o.Say)
		if err != nil {
			return audio.PCM{}, err
		}
		if said, err = audio.ReadWAV(bytes.NewReader(raw)); err != nil {
			return audio.PCM{}, fmt.Errorf("%s: %w", o.Say, err)
		}
	}
	said = audio.Resample(said, rate)
	if once := said.Samples; o.Repeat && len(once) > 0 {
		for said.Duration() < o.For {
			said.Samples = append(said.Samples, once...)
		}
	}
	return said, nil
}

// dialling is a call under way.
type dialling struct {
	DialOptions
	Dialled
	call  *siptest.Call
	began time.Time
	out   io.Writer
}

func (d *dialling) tell(format string, args ...any) {
	_, _ = fmt.Fprintf(d.out, "%7d ms  %s\n", time.Since(d.began).Milliseconds(), fmt.Sprintf(format, args...))
}

// ring waits for the answer.
func (d *dialling) ring(ctx context.Context) error {
	for progress := d.call.Progress(); progress != nil; {
		select {
		case status, more := <-progress:
			if !more {
				progress = nil
				break
			}
			d.tell("is told %d", status)
		case <-ctx.Done():
			d.hangUp()
			progress = nil
		}
	}
	answer, cancel := context.WithTimeout(context.Background(), hangUpTime)
	defer cancel()
	err := d.call.Answered(answer)
	var refused *siptest.Refused
	switch {
	case err == nil:
		d.Answered, d.SIPStatus = true, 200
		return nil
	case errors.As(err, &refused):
		d.SIPStatus, d.Reason = refused.Status, refused.ReasonHeader
		d.tell("is refused: %d %s", refused.Status, refused.Reason)
		if d.EndedBy == "" {
			d.EndedBy = byCalled
			return fmt.Errorf("the call was refused with %d %s", refused.Status, refused.Reason)
		}
		return nil
	case d.EndedBy != "":
		return nil
	}
	return fmt.Errorf("nobody answers at %s: %w", d.To, err)
}

// talk does what was asked for until the call is over.
func (d *dialling) talk(ctx context.Context) error {
	answered, before := time.Now(), len(d.call.Heard()) // ringback is no answer
	d.tell("is answered")
	press, over, tick := time.NewTimer(d.PressAfter), time.NewTimer(d.For), time.NewTicker(50*time.Millisecond)
	defer press.Stop()
	defer over.Stop()
	defer tick.Stop()
	var err error
	for talking := true; talking; {
		select {
		case <-press.C:
			if d.Press != "" {
				d.tell("presses %s", d.Press)
				err = errors.Join(err, d.call.SendDTMF(d.Press))
			}
		case <-tick.C:
			d.listen()
		case <-over.C:
			d.hangUp()
			talking = false
		case <-ctx.Done():
			d.hangUp()
			talking = false
		case <-d.call.Ended():
			d.EndedBy, d.Reason = byCalled, d.call.Ending().ReasonHeader
			d.tell("is hung up")
			talking = false
		}
	}
	d.listen()
	d.Seconds = time.Since(answered).Round(time.Millisecond).Seconds()
	heard := d.call.Heard()
	d.Loud = slices.ContainsFunc(heard[before:], func(s int16) bool { return s > loudness || s < -loudness })
	return errors.Join(err, d.record(heard))
}

// listen notes the tones that have come.
func (d *dialling) listen() {
	if tones := d.call.Digits(); tones != d.Tones {
		d.tell("hears %s", strings.TrimPrefix(tones, d.Tones))
		d.Tones = tones
	}
}

func (d *dialling) hangUp() {
	d.EndedBy = byCaller
	d.tell("hangs up")
	// The time is its own: what asks for the end may be the end of ctx.
	ctx, cancel := context.WithTimeout(context.Background(), hangUpTime)
	defer cancel()
	if err := d.call.Hangup(ctx); err != nil {
		d.tell("%v", err)
	}
}

func (d *dialling) record(heard []int16) error {
	if d.Record == "" {
		return nil
	}
	var wav bytes.Buffer
	if err := audio.WriteWAV(&wav, audio.PCM{Rate: rate, Samples: heard}); err != nil {
		return err
	}
	return os.WriteFile(d.Record, wav.Bytes(), 0o600)
}
