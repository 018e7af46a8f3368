package sip

import (
	"bytes"
	"context"
	"sync"
	"time"

	"tandem/internal/audio"
	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
	"tandem/sip/media"
)

// Prompts are coded once and kept for the calls that follow, the newest few of them.
const (
	keptMusic  = 16
	musicFresh = time.Minute // after which it is looked whether a prompt has changed
	musicLoad  = 10 * time.Second
)

// music are the prompts that calls of late have had; guarded by its own lock.
type music struct {
	mu   sync.Mutex
	kept map[tuneKey]tune
}

type tuneKey struct {
	tenant tenant.ID
	prompt tenant.PromptID
}

type tune struct {
	music *media.Music
	at    time.Time
}

func (m *music) get(k tuneKey) (*media.Music, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.kept[k]
	return t.music, ok && time.Since(t.at) < musicFresh
}

func (m *music) put(k tuneKey, t *media.Music) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.kept) >= keptMusic {
		oldest := k
		for other, t := range m.kept {
			if oldest == k || t.at.Before(m.kept[oldest].at) {
				oldest = other
			}
		}
		delete(m.kept, oldest)
	}
	if m.kept == nil {
		m.kept = map[tuneKey]tune{}
	}
	m.kept[k] = tune{t, time.Now()}
}

// Music chooses what the peer of a near leg, or of a call out, hears while that is on hold.
// Until a prompt is there, and if it cannot be had, that is our own tune.
func (e *Edge) Music(_ context.Context, id call.ID, side call.Side, m bridge.Music) error {
	s, err := e.soundOf(id, side)
	if err != nil {
		return err
	}
	switch prompt := m.Sound.Prompt(); {
	case m.Sound == tenant.HoldSilence:
		s.Music(media.Near, nil)
	case prompt == "" || e.cfg.Prompt == nil:
		s.Music(media.Near, media.Melody())
	default:
		k := tuneKey{m.Tenant, prompt}
		if known, ok := e.music.get(k); ok {
			s.Music(media.Near, known)
			break
		}
		s.Music(media.Near, media.Melody())
		if !e.begin() {
			return errNoLeg
		}
		go func() {
			defer e.running.Done()
			e.fetchMusic(s, k)
		}()
	}
	return nil
}

func (e *Edge) fetchMusic(s *media.Session, k tuneKey) {
	ctx, cancel := context.WithTimeout(e.ctx, musicLoad)
	defer cancel()
	wav, err := e.cfg.Prompt(ctx, k.tenant, k.prompt)
	var sound audio.PCM
	if err == nil {
		sound, err = audio.ReadWAV(bytes.NewReader(wav))
	}
	tune := media.NewMusic(sound)
	if err == nil && tune == nil {
		err = fault.Invalid("prompt_empty", "the prompt has no sound")
	}
	if err != nil {
		e.log.Warn("no hold music, our own is heard", "prompt", string(k.prompt), keyError, err)
		return
	}
	e.music.put(k, tune)
	s.Music(media.Near, tune)
}

// Hold has the customer hear that music instead of Microsoft, or Microsoft again.
func (e *Edge) Hold(_ context.Context, id call.ID, on bool) error {
	s, err := e.soundOf(id, call.Near)
	if err == nil {
		s.Park(media.Near, on)
	}
	return err
}

// soundOf is that of a near leg, or of a call out.
func (e *Edge) soundOf(id call.ID, side call.Side) (*media.Session, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, out := side.Out(); out {
		if o := e.outs[outKey{id, side}]; o != nil {
			return o.far.voice.session, nil
		}
	} else if c := e.conversations[id]; c != nil {
		return c.near.voice.session, nil
	}
	return nil, errNoLeg
}
