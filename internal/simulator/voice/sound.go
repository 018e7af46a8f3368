package voice

import (
	"time"

	"tandem/internal/audio"
)

// The one format of this package: mono, linear 16 bit.
const (
	Rate          = 16000
	FrameDuration = 20 * time.Millisecond
	FrameSamples  = Rate / 50
)

// wide returns p at [Rate].
func wide(p audio.PCM) audio.PCM { return audio.Resample(p, Rate) }
