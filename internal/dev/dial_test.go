package dev_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/dev"
	"tandem/internal/simulator/teams"
	"tandem/internal/testkit"
)

// inDirectory starts a stack that outside tools find in the directory.
func inDirectory(t *testing.T) (*stack, string) {
	t.Helper()
	dir := t.TempDir()
	return start(t, dev.Options{Dir: dir, DatabaseURL: testkit.Postgres(t).Admin}), dir
}

// TestDial: the customer's telephone at the command line.
func TestDial(t *testing.T) {
	t.Parallel()
	s, dir := inDirectory(t)
	f := &flows{stack: s, log: &journal{}}
	t.Run("a number", func(t *testing.T) { f.dialsNumber(t, dir) })
	t.Run("an address", func(t *testing.T) { f.dialsAddress(t, dir) })
	t.Run("hung up while it rings", func(t *testing.T) { f.dialsInVain(t, dir) })
	t.Run("refused", func(t *testing.T) {
		d, err := dial(t, t.Context(), dev.DialOptions{Dir: dir, To: "+4969100999"})
		if err == nil || !strings.Contains(err.Error(), "404") || d == nil || d.SIPStatus != 404 || d.Answered || d.EndedBy != "called" {
			t.Errorf("%+v, %v", d, err)
		}
	})
	t.Run("mistakes", func(t *testing.T) {
		noise := filepath.Join(t.TempDir(), "noise.wav")
		if err := os.WriteFile(noise, []byte("noise"), 0o600); err != nil {
			t.Fatal(err)
		}
		for want, o := range map[string]dev.DialOptions{
			"make run":           {Dir: t.TempDir(), To: "+4969100100"},
			"neither a SIP URI":  {Dir: dir, To: "Ana"},
			"0-9, *, # and A-D":  {Dir: dir, To: "+4969100100", Press: "4x"},
			"noise.wav":          {Dir: dir, To: "+4969100100", Say: noise},
			"no such file or di": {Dir: dir, To: "+4969100100", Say: noise + "2"},
		} {
			if d, err := dial(t, t.Context(), o); d != nil || err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: %v, want %q", o, err, want)
			}
		}
	})
}

// dial calls and shows how that went if the test fails.
func dial(t *testing.T, ctx context.Context, o dev.DialOptions) (*dev.Dialled, error) {
	t.Helper()
	var story bytes.Buffer
	d, err := dev.Dial(ctx, o, &story)
	t.Logf("%+v\n%s", d, story.String())
	return d, err
}

// dialsNumber: the phone hangs up by itself, and keeps what it heard.
func (f *flows) dialsNumber(t *testing.T, dir string) {
	said, heard := filepath.Join(t.TempDir(), "said.wav"), filepath.Join(t.TempDir(), "heard.wav")
	wide := audio.Resample(audio.CustomerSpeech(), 16000)
	var wav bytes.Buffer
	if err := audio.WriteWAV(&wav, audio.PCM{Rate: wide.Rate, Samples: wide.Samples[:wide.Rate]}); err != nil { // one second
		t.Fatal(err)
	}
	if err := os.WriteFile(said, wav.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := dial(t, t.Context(), dev.DialOptions{
		Dir: dir, To: f.File.Tenants[0].Number, From: "+4930999", Say: said, Repeat: true, For: 3 * time.Second, Record: heard,
	})
	if err != nil || !d.Answered || d.Seconds < 3 || !d.Loud || d.EndedBy != "caller" || d.SIPStatus != 200 {
		t.Errorf("%+v, %v", d, err)
	}
	over := f.await(t, "the end of the call", soon, func(o bridge.Observation) bool { return o.Call.Caller == "+4930999" && o.Call.Over() })
	f.ended(t, over.Call.ID, soon).check(t, "completed", "caller_hung_up", "none")
	raw, err := os.ReadFile(heard)
	if err != nil {
		t.Fatal(err)
	}
	if pcm, err := audio.ReadWAV(bytes.NewReader(raw)); err != nil || pcm.Rate != rate || !loud(pcm.Samples) {
		t.Errorf("recorded %d Hz, %d samples: %v", pcm.Rate, len(pcm.Samples), err)
	}
	atTeams, err := f.Sim.Heard(over.Call.Participants[0].Endpoint.ID, over.Call.Connection.ID)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(atTeams.Samples); n < 2*rate || !loud(atTeams.Samples[n-3*rate/2:]) {
		t.Errorf("it was not said again and again: %d samples at Teams", n)
	}
}

// dialsAddress: keys are pressed and tones heard, and the other side hangs up.
func (f *flows) dialsAddress(t *testing.T, dir string) {
	audio.TestShare(t)
	agents := f.cast(t, does(teams.Accept))
	asked := f.request(t, agents)
	path := "/calls/" + string(asked.ID)
	var d *dev.Dialled
	var err error
	over := make(chan struct{})
	go func() {
		defer close(over)
		d, err = dial(t, t.Context(), dev.DialOptions{Dir: dir, To: asked.SIPURI, Quiet: true, Press: "42#", PressAfter: 3 * time.Second, For: time.Minute})
	}()
	f.await(t, "customer and agent talk", soon, func(o bridge.Observation) bool { return o.Call.ID == asked.ID && o.Call.Phase == call.Connected })
	c := &conversation{flows: f, id: asked.ID, path: path}
	o := c.end(t, c.begin(t, "/recognize", object{"listen": object{"input": "dtmf", "max_tones": 6, "stop_tones": "#", "initial_silence": 15}}))
	if o.State != "done" || o.Recognized.Tones != "42" {
		t.Errorf("%+v", o)
	}
	c.done(t, "/dtmf", object{"tones": "19#"})
	if status := f.ask(t, "POST", path+"/terminate", nil, nil); status != 202 {
		t.Errorf("terminate: %d", status)
	}
	<-over
	if err != nil || !d.Answered || d.Tones != "19#" || d.EndedBy != "called" || !strings.Contains(d.Reason, "hangup_requested") {
		t.Errorf("%+v, %v", d, err)
	}
	f.ended(t, asked.ID, soon).check(t, "completed", "hangup_requested", "none")
	if d, err := dial(t, t.Context(), dev.DialOptions{Dir: dir, To: asked.SIPURI}); err == nil || d.Answered {
		t.Errorf("the address was good twice: %+v", d)
	}
}

// dialsInVain: whoever is interrupted before the answer has given up, which is no
// failure of the command.
func (f *flows) dialsInVain(t *testing.T, dir string) {
	asked := f.request(t, f.cast(t, does(teams.Never)))
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	over := make(chan struct{})
	go func() {
		defer close(over)
		d, err := dial(t, ctx, dev.DialOptions{Dir: dir, To: asked.SIPURI})
		if err != nil || d.Answered || d.SIPStatus != 487 || d.EndedBy != "caller" {
			t.Errorf("%+v, %v", d, err)
		}
	}()
	f.await(t, "ringing", soon, func(o bridge.Observation) bool { return o.Call.ID == asked.ID && !o.Call.Marks.Ringing.IsZero() })
	interrupt()
	<-over
	f.ended(t, asked.ID, soon).check(t, "abandoned", "caller_gave_up", "none")
}
