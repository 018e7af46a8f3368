package stream

import (
	"encoding/binary"
	"math"
	"slices"
	"time"
)

// maxSpeakers is how many speakers an unmixed stream has at once [D].
const maxSpeakers = 4

// Silence is judged by the largest sample: A-law, in which most legs come, has
// no smaller ones than ±8 [?].
const silence = 8

// Of dominance only the number of speakers is documented. Here the loudest are
// dominant, where loudness fades by a tenth a frame, so that a breath does not
// cost the place; who said nothing for a second is forgotten [?].
const (
	fade   = 0.9
	forget = 50
)

// Said is what one participant says in one tick.
type Said struct {
	RawID string
	Frame []int16 // 320 samples at 16 kHz; a shorter one is filled up with silence
}

// Audio takes the 20 ms of a call that began at the given time: what everybody
// says who says something. It copies the frames and never blocks. In a mixed
// stream every call makes one frame, in an unmixed one each dominant speaker
// does. On a transcription it does nothing.
func (s *Stream) Audio(at time.Time, said []Said) {
	if s.config.Media == nil {
		return
	}
	e := entry{at: at, said: make([]voice, len(said))}
	for i, one := range said {
		e.said[i].rawID = one.RawID
		copy(e.said[i].frame[:], one.Frame)
	}
	s.queue.push(e)
}

// DTMF tells of a digit, '0' to '9', '*', '#' or 'A' to 'D', if the media stream
// is to carry tones. It never blocks. Only digits are documented as data, the
// rest is sent as it is written [?].
func (s *Stream) DTMF(digit byte) {
	if s.config.Media == nil || !s.config.Media.DTMF {
		return
	}
	s.queue.push(entry{text: encode(dtmfDataFrame{Kind: "DtmfData", DtmfData: dtmfData{Data: string(rune(digit))}})})
}

// Phrase is recognised speech of one participant.
type Phrase struct {
	RawID      string
	Text       string
	Confidence float64       // 0 to 1
	Offset     time.Duration // from the start of the transcription
	Duration   time.Duration
	Words      []Word
	Final      bool // else it is intermediate
}

// Word is a part of a Phrase; its offset counts from the same start.
type Word struct {
	Text     string
	Offset   time.Duration
	Duration time.Duration
}

// Transcribed sends a phrase, an intermediate one only if they are wanted. It
// never blocks. On a media stream it does nothing.
func (s *Stream) Transcribed(p Phrase) {
	if t := s.config.Transcription; t == nil || !p.Final && !t.Intermediate {
		return
	}
	data := transcriptionData{
		Text: p.Text, Format: "display", Confidence: finite(p.Confidence),
		Offset: ticks(p.Offset), Duration: ticks(p.Duration), Words: make([]wordData, len(p.Words)),
		ParticipantRawID: p.RawID, ResultStatus: "Intermediate",
	}
	if p.Final {
		data.ResultStatus = "Final"
	}
	for i, w := range p.Words {
		data.Words[i] = wordData{Text: w.Text, Offset: ticks(w.Offset), Duration: ticks(w.Duration)}
	}
	s.queue.push(entry{text: encode(transcriptionDataFrame{Kind: "TranscriptionData", TranscriptionData: data})})
}

// finite keeps a confidence within what it can be; JSON has no word for NaN.
func finite(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return max(0, min(1, x))
}

// sender makes frames of entries. It belongs to the goroutine that writes.
type sender struct {
	config   Config
	mix      channel
	speakers map[string]*speaker
}

// channel is one succession of frames.
type channel struct {
	resampler *resampler // nil where nothing is to be resampled
	last      int64      // tick of its last frame
}

// speaker is a participant of an unmixed stream.
type speaker struct {
	channel
	loudness float64
	heard    int64 // tick in which he last said something
}

func newSender(c Config) *sender {
	return &sender{config: c, speakers: map[string]*speaker{}}
}

// metadata is the first frame of a connection.
func (s *sender) metadata() []byte {
	c := s.config
	if c.Transcription != nil {
		return encode(transcriptionMetadataFrame{Kind: "TranscriptionMetadata", TranscriptionMetadata: transcriptionMetadata{
			SubscriptionID: c.SubscriptionID, Locale: c.Transcription.Locale,
			CallConnectionID: c.CallConnectionID, CorrelationID: c.CorrelationID,
			SpeechModelEndpointID: c.Transcription.SpeechModelEndpointID,
		}})
	}
	return encode(audioMetadataFrame{Kind: "AudioMetadata", AudioMetadata: audioMetadata{
		SubscriptionID: c.SubscriptionID, Encoding: "PCM", SampleRate: c.Media.Rate, Channels: 1,
		Length: 2 * c.Media.Rate / 50,
	}})
}

// frames is an entry as it is sent.
func (s *sender) frames(e entry) [][]byte {
	switch {
	case e.text != nil:
		return [][]byte{e.text}
	case s.config.Media.Unmixed:
		return s.unmixed(e)
	}
	var frame [inputSamples]int16
	for i := range frame {
		var sum int32
		for j := range e.said {
			sum += int32(e.said[j].frame[i])
		}
		frame[i] = int16(max(math.MinInt16, min(math.MaxInt16, sum)))
	}
	return [][]byte{s.frame(&s.mix, e, "", frame[:])}
}

// unmixed makes a frame for each dominant speaker, in the order given.
func (s *sender) unmixed(e entry) [][]byte {
	for i := range e.said {
		v := &e.said[i]
		p := s.speakers[v.rawID]
		if p == nil {
			p = &speaker{}
			s.speakers[v.rawID] = p
		}
		p.loudness = max(energy(v.frame[:]), p.loudness*math.Pow(fade, float64(e.tick-p.heard)))
		p.heard = e.tick
	}
	for id, p := range s.speakers {
		if e.tick-p.heard >= forget {
			delete(s.speakers, id)
		}
	}
	ranked := make([]int, len(e.said))
	for i := range ranked {
		ranked[i] = i
	}
	slices.SortStableFunc(ranked, func(a, b int) int {
		la, lb := s.speakers[e.said[a].rawID].loudness, s.speakers[e.said[b].rawID].loudness
		switch {
		case la > lb:
			return -1
		case la < lb:
			return 1
		}
		return 0
	})
	dominant := ranked[:min(len(ranked), maxSpeakers)]
	slices.Sort(dominant)
	var list [][]byte
	for _, i := range dominant {
		v := &e.said[i]
		list = append(list, s.frame(&s.speakers[v.rawID].channel, e, v.rawID, v.frame[:]))
	}
	return list
}

// frame encodes 20 ms of a channel.
func (s *sender) frame(c *channel, e entry, rawID string, pcm []int16) []byte {
	data := audioData{Timestamp: timestamp(e.at), ParticipantRawID: rawID, Silent: silent(pcm)}
	if s.config.Media.Rate != inputRate {
		if c.resampler == nil || e.tick != c.last+1 {
			c.resampler = newResampler(inputRate, s.config.Media.Rate) // what is before a gap does not belong to what is after it
		}
		pcm = c.resampler.run(pcm)
	}
	c.last = e.tick
	data.Data = make([]byte, 0, 2*len(pcm))
	for _, sample := range pcm {
		data.Data = binary.LittleEndian.AppendUint16(data.Data, uint16(sample))
	}
	return encode(audioDataFrame{Kind: "AudioData", AudioData: data})
}

func silent(pcm []int16) bool {
	for _, s := range pcm {
		if s > silence || s < -silence {
			return false
		}
	}
	return true
}

func energy(pcm []int16) float64 {
	var sum float64
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	return sum
}
