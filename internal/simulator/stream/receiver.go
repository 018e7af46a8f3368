package stream

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/coder/websocket"
)

// inbound is a frame of an application. Kinds that nobody here knows are kept as
// they came.
type inbound struct {
	kind inboundKind
	// pcm is set with kindAudio: as many samples as came, at the stream's rate.
	pcm []int16
}

type inboundKind int

const (
	kindUnknown inboundKind = iota
	kindAudio
	kindStop
	kindMark
)

// parse reads a text frame of an application. The SDKs and the samples spell the
// members differently (JavaScript audioData{data}, .NET AudioData{Data}), so
// members and kinds are compared without case [?]; members that the kind does not
// need are not looked at, for the JavaScript SDK sends an empty stopAudio with
// every audioData [K].
func parse(text []byte) (inbound, error) {
	// encoding/json compares names without case.
	var frame struct {
		Kind      *string         `json:"kind"`
		AudioData json.RawMessage `json:"audioData"`
	}
	if err := json.Unmarshal(text, &frame); err != nil {
		return inbound{}, fmt.Errorf("no JSON object with a kind: %w", err)
	}
	if frame.Kind == nil {
		return inbound{}, errors.New("kind is missing")
	}
	switch strings.ToLower(*frame.Kind) {
	case "audiodata":
		pcm, err := parseAudio(frame.AudioData)
		return inbound{kind: kindAudio, pcm: pcm}, err
	case "stopaudio":
		return inbound{kind: kindStop}, nil
	case "markdata":
		return inbound{kind: kindMark}, nil
	}
	return inbound{kind: kindUnknown}, nil
}

func parseAudio(member json.RawMessage) ([]int16, error) {
	if len(member) == 0 {
		return nil, errors.New("audioData is missing")
	}
	var audio struct {
		Data string `json:"data"`
	}
	if err := json.Unmarshal(member, &audio); err != nil {
		return nil, fmt.Errorf("audioData: %w", err)
	}
	if audio.Data == "" {
		return nil, errors.New("audioData has no data")
	}
	raw, err := base64.StdEncoding.DecodeString(audio.Data)
	if err != nil {
		return nil, fmt.Errorf("audioData.data is not base64: %w", err)
	}
	if len(raw)%2 != 0 {
		return nil, fmt.Errorf("audioData.data is %d bytes, which are not whole samples of 16 bits", len(raw))
	}
	pcm := make([]int16, len(raw)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return pcm, nil
}

// receiver passes on what an application sends over one connection.
type receiver struct {
	stream    *Stream
	resampler *resampler // nil while nothing is being said, or nothing to be resampled
}

func newReceiver(s *Stream) *receiver { return &receiver{stream: s} }

// take counts a message and does what it says.
func (r *receiver) take(kind websocket.MessageType, text []byte) {
	s := r.stream
	if kind != websocket.MessageText || s.config.Media == nil || !s.config.Media.Bidirectional {
		s.unknown.Add(1)
		return
	}
	frame, err := parse(text)
	if err != nil {
		if s.malformed.Add(1) == 1 { // a broken application sends fifty a second
			s.config.Logger.Warn("malformed frame of an application; further ones are counted only", "error", err)
		}
		return
	}
	switch frame.kind {
	case kindAudio:
		s.audio.Add(1)
		r.hear(frame.pcm)
	case kindStop:
		r.resampler = nil // what follows is new
		if s.config.OnStop != nil {
			s.config.OnStop()
		}
	case kindMark: // known to .NET betas; what the service answers is not documented
	case kindUnknown:
		s.unknown.Add(1)
	}
}

// hear hands over audio at 16 kHz.
func (r *receiver) hear(pcm []int16) {
	c := r.stream.config
	if c.Media.Rate != inputRate {
		if r.resampler == nil {
			r.resampler = newResampler(c.Media.Rate, inputRate)
		}
		pcm = r.resampler.run(pcm)
	}
	if c.OnAudio != nil && len(pcm) > 0 {
		c.OnAudio(pcm)
	}
}
