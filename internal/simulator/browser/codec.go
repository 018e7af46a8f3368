package browser

import (
	"strings"

	"github.com/pion/webrtc/v4"

	"tandem/internal/audio"
	"tandem/internal/simulator/mixer"
)

// codecs are what the endpoint speaks and understands, the best first. Every
// browser has G.711 (RFC 7874 §3), most have G.722.
var codecs = []webrtc.RTPCodecParameters{
	{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeG722, ClockRate: mixer.SampleRate}, PayloadType: 9},
	{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMU, ClockRate: mixer.SampleRate}, PayloadType: 0},
	{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMA, ClockRate: mixer.SampleRate}, PayloadType: 8},
}

// decoder returns how the payloads of one stream become samples, and how many
// samples there are for each count of the timestamp.
func decoder(mime string) (decode func(payload []byte) []int16, scale int) {
	table := audio.ULawToLinear
	switch {
	case strings.EqualFold(mime, webrtc.MimeTypeG722):
		g722 := audio.NewG722Decoder()
		return func(payload []byte) []int16 {
			samples := make([]int16, 2*len(payload))
			g722.Decode(samples, payload)
			return samples
		}, 2
	case strings.EqualFold(mime, webrtc.MimeTypePCMA):
		table = audio.ALawToLinear
	}
	return func(payload []byte) []int16 {
		samples := make([]int16, len(payload))
		table(samples, payload)
		return samples
	}, 1
}

// encoder returns how frames become payloads of 160 bytes. Frames have 160
// samples or, at 16 kHz, 320; those of the codec's other rate are converted.
func encoder(mime string) func(frame []int16) []byte {
	table := audio.LinearToULaw
	switch {
	case strings.EqualFold(mime, webrtc.MimeTypeG722):
		g722, widen := audio.NewG722Encoder(), audio.BandJoiner{}
		return func(frame []int16) []byte {
			if len(frame) == mixer.FrameSamples {
				frame = widen.Widen(frame)
			}
			payload := make([]byte, len(frame)/2)
			g722.Encode(payload, frame)
			return payload
		}
	case strings.EqualFold(mime, webrtc.MimeTypePCMA):
		table = audio.LinearToALaw
	}
	var bands audio.BandSplitter
	return func(frame []int16) []byte {
		if len(frame) == mixer.WideSamples {
			frame, _ = bands.Split(frame)
		}
		payload := make([]byte, len(frame))
		table(payload, frame)
		return payload
	}
}
