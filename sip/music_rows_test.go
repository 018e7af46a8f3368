package sip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"tandem/internal/audio"
	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/simulator/pstnhub"
	"tandem/internal/tenant"
	"tandem/sip/siptest"
)

// What is compared: enough to tell music from speech, and from nothing.
const stretchHeard = 3 * 8000 / 2

// hearing is what a telephone hears from now on.
type hearing struct {
	t    *testing.T
	c    *siptest.Call
	from int
}

func hearingOf(t *testing.T, c *siptest.Call) hearing { return hearing{t, c, len(c.Heard())} }

// like compares it with what was sent, which begins somewhere in it.
func (h hearing) like(sent []int16) float64 {
	h.t.Helper()
	eventually(h.t, func() bool { return len(h.c.Heard()) > h.from+len(sent)+8000 })
	return audio.Compare(sent, slices.Clone(h.c.Heard()[h.from:]), 8000).Correlation
}

// loudest is the loudest sample of what follows, without the first moment, in which what was on its way arrives.
func (h hearing) loudest() (most int16) {
	h.t.Helper()
	const moment = 1600
	eventually(h.t, func() bool { return len(h.c.Heard()) > h.from+moment+4000 })
	for _, s := range h.c.Heard()[h.from+moment:] {
		most = max(most, s, -s)
	}
	return most
}

// holdMusic has somebody hear it. A machine that stalls is not a relay that does, so there is a second and a third chance.
func holdMusic(t *testing.T, m bridge.Music, want []int16, hold func(r *rig, id call.ID, far *pstnhub.Leg, on bool)) {
	for chance := 1; ; chance++ {
		err := heldTwice(t, m, want, hold)
		if err == nil {
			return
		}
		if chance == 3 {
			t.Fatal(err)
		}
		t.Log(err)
	}
}

// heldTwice is a call in which somebody is put on hold and taken back twice, with sound before, during and after.
func heldTwice(t *testing.T, m bridge.Music, want []int16, hold func(r *rig, id call.ID, far *pstnhub.Leg, on bool)) (err error) {
	r := newRig(t, func(c *Config) {
		c.Prompt = func(_ context.Context, t tenant.ID, id tenant.PromptID) ([]byte, error) {
			if t != "t1" || id != "p1" {
				return nil, fault.NotFound("prompt_unknown", "no such prompt")
			}
			var b bytes.Buffer
			err := audio.WriteWAV(&b, audio.Resample(audio.CustomerSpeech(), 16000))
			return b.Bytes(), err
		}
	})
	c, id, far, _, _ := r.up(siptest.CallOptions{})
	r.must(r.edge.Music(r.ctx(), id, call.Near, m))
	if m.Sound.Prompt() == "p1" {
		eventually(t, func() bool { _, ok := r.edge.music.get(tuneKey{"t1", "p1"}); return ok })
		r.must(r.edge.Music(r.ctx(), id, call.Near, m))
	}
	words := audio.AgentSpeech().Samples[:stretchHeard]
	for turn := range 2 {
		before := hearingOf(t, c)
		a := joinAgent(t, far, words)
		if got := before.like(words); got < 0.9 {
			err = errors.Join(err, fmt.Errorf("turn %d: before the hold the person is heard with %.2f", turn, got))
		}
		next(t, "end of the speech", a.done)
		hold(r, id, far, true)
		during := hearingOf(t, c)
		if want == nil {
			if got := during.loudest(); got > 100 {
				err = errors.Join(err, fmt.Errorf("turn %d: %d is heard in silence", turn, got))
			}
		} else if got := during.like(want); got < 0.9 {
			err = errors.Join(err, fmt.Errorf("turn %d: the music is heard with %.2f", turn, got))
		}
		hold(r, id, far, false)
		after := hearingOf(t, c)
		if got := after.loudest(); got > 100 {
			err = errors.Join(err, fmt.Errorf("turn %d: %d is heard after the hold, before anybody speaks", turn, got))
		}
	}
	if s := c.Stats(); s.Lost != 0 {
		err = errors.Join(err, fmt.Errorf("%+v", s))
	}
	r.must(c.Hangup(r.ctx()))
	r.ended(call.Near)
	r.hangUp(id, call.Far, 0, 16, "over")
	r.ended(call.Far)
	<-far.Ended()
	r.clean()
	return err
}

func melody() []int16 { return audio.Melody(8000).Samples[:stretchHeard] }

func byReinvite(r *rig, _ call.ID, far *pstnhub.Leg, on bool) {
	direction := "sendrecv"
	if on {
		direction = "inactive"
	}
	r.must(far.Reinvite(r.ctx(), pstnhub.Change{Direction: direction}))
}

func byEngine(r *rig, id call.ID, _ *pstnhub.Leg, on bool) { r.must(r.edge.Hold(r.ctx(), id, on)) }

func musicOnTheirHold(t *testing.T) {
	holdMusic(t, bridge.Music{Sound: tenant.HoldMelody}, melody(), byReinvite)
}

func musicOnOurHold(t *testing.T) {
	holdMusic(t, bridge.Music{Tenant: "t1", Sound: "p1"}, audio.CustomerSpeech().Samples[:stretchHeard], byEngine)
}

func musicThatIsGone(t *testing.T) {
	holdMusic(t, bridge.Music{Tenant: "t1", Sound: "p2"}, melody(), byEngine)
}

func silenceOnHold(t *testing.T) {
	holdMusic(t, bridge.Music{Sound: tenant.HoldSilence}, nil, byReinvite)
}

// TestKeptMusic: the newest few prompts are kept.
func TestKeptMusic(t *testing.T) {
	var m music
	for i := range keptMusic + 3 {
		m.put(tuneKey{"t", tenant.PromptID(fmt.Sprint(i))}, nil)
	}
	if _, ok := m.get(tuneKey{"t", "0"}); ok || len(m.kept) != keptMusic {
		t.Errorf("%d are kept", len(m.kept))
	}
	if _, ok := m.get(tuneKey{"t", tenant.PromptID(fmt.Sprint(keptMusic + 2))}); !ok {
		t.Error("the newest is not")
	}
}
