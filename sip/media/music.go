package media

import (
	"sync"
	"time"

	"tandem/internal/audio"
)

// longestMusic bounds what is kept of music in memory: 2 minutes are 3 MB in the three codecs.
const longestMusic = 2 * time.Minute

// Music is what somebody hears who waits, coded beforehand. Any number of sessions may play it; it begins anew at its end.
type Music struct{ coded [3][]byte } // by Codec, whole frames

// NewMusic codes sound of any rate, of which no more than two minutes are played. It takes a moment: never call it on a worker's thread. Without a whole
// frame of sound it is nil, which is silence.
func NewMusic(p audio.PCM) *Music {
	narrow := audio.Resample(p, clockRate).Samples
	frames := min(len(narrow)/frameSamples, int(longestMusic/frame))
	if frames == 0 {
		return nil
	}
	narrow = narrow[:frames*frameSamples]
	wide := audio.Resample(p, 2*clockRate).Samples[:2*len(narrow)]
	m := &Music{}
	for codec := range m.coded {
		m.coded[codec] = make([]byte, len(narrow))
	}
	audio.LinearToULaw(m.coded[PCMU], narrow)
	audio.LinearToALaw(m.coded[PCMA], narrow)
	audio.NewG722Encoder().Encode(m.coded[G722], wide)
	return m
}

// Melody is music of our own.
var Melody = sync.OnceValue(func() *Music { return NewMusic(audio.Melody(2 * clockRate)) })

// frame is the n-th one, in a codec.
func (m *Music) frame(codec Codec, n int) []byte {
	all := m.coded[codec]
	n %= len(all) / frameSamples
	return all[n*frameSamples : (n+1)*frameSamples]
}
