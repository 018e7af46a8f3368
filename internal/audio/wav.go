package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// PCM is mono audio: Rate samples a second.
type PCM struct {
	Rate    int
	Samples []int16
}

// Duration is the playing time; zero if the rate is not set.
func (p PCM) Duration() time.Duration {
	if p.Rate <= 0 {
		return 0
	}
	return time.Duration(len(p.Samples)) * time.Second / time.Duration(p.Rate)
}

// WAV format tags. [ReadWAV] understands those of two bytes a sample and of G.711, [DecodeWAV] all.
const (
	wavLinear     = 1
	wavFloat      = 3
	wavALaw       = 6
	wavULaw       = 7
	wavExtensible = 0xfffe // the tag is in what follows
)

// maxWAV bounds what is read into memory: an hour of 8 kHz linear is 58 MB.
const maxWAV = 64 << 20

// ErrWAV is the cause of every error of [ReadWAV], [ReadChannels] and [DecodeWAV] that is the file's fault.
var ErrWAV = errors.New("not a readable WAV file")

// ReadWAV reads a mono RIFF/WAVE file: linear 16-bit, A-law or µ-law. Unknown chunks are skipped. A data chunk that is cut short, or whose length
// was never filled in because the writer could not seek, ends with the input.
func ReadWAV(r io.Reader) (PCM, error) {
	f, data, err := readWAV(r)
	if err != nil {
		return PCM{}, err
	}
	return decodeWAV(f, data)
}

// ReadChannels reads a linear 16-bit RIFF/WAVE file with any number of channels, which are of one length. What ReadWAV says of chunks goes for it
// too.
func ReadChannels(r io.Reader) (rate int, channels [][]int16, err error) {
	f, data, err := readWAV(r)
	if err != nil {
		return 0, nil, err
	}
	if f.tag != wavLinear || f.bits != 16 || f.channels == 0 {
		return 0, nil, fmt.Errorf("%w: %d channels of format tag %d with %d bits", ErrWAV, f.channels, f.tag, f.bits)
	}
	channels = make([][]int16, f.channels)
	length := len(data) / 2 / len(channels)
	for c := range channels {
		channels[c] = make([]int16, length)
		for i := range channels[c] {
			channels[c][i] = int16(binary.LittleEndian.Uint16(data[2*(i*len(channels)+c):]))
		}
	}
	return f.rate, channels, nil
}

// wavFormat is what the format chunk says; sub is the tag of the extensible form, frame the bytes of one sample of every channel.
type wavFormat struct{ tag, sub, channels, rate, bits, frame int }

// readWAV returns the format and the content of the data chunk.
func readWAV(r io.Reader) (wavFormat, []byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxWAV+1))
	if err != nil {
		return wavFormat{}, nil, fmt.Errorf("read WAV: %w", err)
	}
	if len(raw) > maxWAV {
		return wavFormat{}, nil, fmt.Errorf("%w: larger than %d bytes", ErrWAV, maxWAV)
	}
	f, data, _, err := parseWAV(raw)
	return f, data, err
}

// parseWAV returns the format and the content of the data chunk, and how many bytes that says it has.
func parseWAV(raw []byte) (f wavFormat, data []byte, said uint64, err error) {
	if len(raw) < 12 || string(raw[:4]) != "RIFF" || string(raw[8:12]) != "WAVE" {
		return f, nil, 0, fmt.Errorf("%w: no RIFF/WAVE header", ErrWAV)
	}
	var format []byte
	for rest := raw[12:]; len(rest) >= 8; {
		name, size := string(rest[:4]), uint64(binary.LittleEndian.Uint32(rest[4:8]))
		body := rest[8:]
		if size < uint64(len(body)) {
			body = body[:size]
		}
		switch name {
		case "fmt ":
			format = body
		case "data":
			f, err = parseFormat(format)
			return f, body, size, err
		}
		next := 8 + size + size%2 // chunks are padded to even lengths
		if next > uint64(len(rest)) {
			break
		}
		rest = rest[next:]
	}
	return f, nil, 0, fmt.Errorf("%w: no data chunk", ErrWAV)
}

// wavSubformat is what follows the tag in the GUID that the extensible form has for it.
const wavSubformat = "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"

func parseFormat(chunk []byte) (wavFormat, error) {
	if len(chunk) < 16 {
		return wavFormat{}, fmt.Errorf("%w: format chunk missing or short", ErrWAV)
	}
	f := wavFormat{
		tag:      int(binary.LittleEndian.Uint16(chunk)),
		channels: int(binary.LittleEndian.Uint16(chunk[2:])),
		frame:    int(binary.LittleEndian.Uint16(chunk[12:])),
		bits:     int(binary.LittleEndian.Uint16(chunk[14:])),
	}
	if f.tag == wavExtensible && len(chunk) >= 40 && string(chunk[26:40]) == wavSubformat {
		f.sub = int(binary.LittleEndian.Uint16(chunk[24:]))
	}
	rate := binary.LittleEndian.Uint32(chunk[4:])
	if rate == 0 || rate > 384_000 {
		return wavFormat{}, fmt.Errorf("%w: rate %d", ErrWAV, rate)
	}
	f.rate = int(rate)
	return f, nil
}

func decodeWAV(f wavFormat, data []byte) (PCM, error) {
	if f.channels != 1 {
		return PCM{}, fmt.Errorf("%w: %d channels, want 1", ErrWAV, f.channels)
	}
	p := PCM{Rate: f.rate}
	switch {
	case f.tag == wavLinear && f.bits == 16:
		p.Samples = make([]int16, len(data)/2)
		for i := range p.Samples {
			p.Samples[i] = int16(binary.LittleEndian.Uint16(data[2*i:]))
		}
	case f.tag == wavULaw && f.bits == 8:
		p.Samples = make([]int16, len(data))
		ULawToLinear(p.Samples, data)
	case f.tag == wavALaw && f.bits == 8:
		p.Samples = make([]int16, len(data))
		ALawToLinear(p.Samples, data)
	default:
		return PCM{}, fmt.Errorf("%w: format tag %d with %d bits", ErrWAV, f.tag, f.bits)
	}
	return p, nil
}

// WriteWAV writes p as linear 16-bit mono.
func WriteWAV(w io.Writer, p PCM) error { return WriteChannels(w, p.Rate, [][]int16{p.Samples}) }

// WriteChannels writes linear 16-bit audio of one or more channels. Channels that are shorter than the longest end in silence.
func WriteChannels(w io.Writer, rate int, channels [][]int16) error {
	length := 0
	for _, c := range channels {
		length = max(length, len(c))
	}
	frame := 2 * len(channels) // bytes of one sample of every channel
	size := frame * length
	if rate <= 0 || frame == 0 || frame > math.MaxUint16 || uint64(size) > math.MaxUint32-36 {
		return fmt.Errorf("write WAV: rate %d, %d channels of %d samples", rate, len(channels), length)
	}
	out := make([]byte, 0, 44+size)
	out = append(out, "RIFF"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(36+size))
	out = append(out, "WAVEfmt "...)
	out = binary.LittleEndian.AppendUint32(out, 16)
	out = binary.LittleEndian.AppendUint16(out, wavLinear)
	out = binary.LittleEndian.AppendUint16(out, uint16(len(channels)))
	out = binary.LittleEndian.AppendUint32(out, uint32(rate))
	out = binary.LittleEndian.AppendUint32(out, uint32(frame*rate))
	out = binary.LittleEndian.AppendUint16(out, uint16(frame))
	out = binary.LittleEndian.AppendUint16(out, 16)
	out = append(out, "data"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(size))
	for i := range length {
		for _, c := range channels {
			var s int16
			if i < len(c) {
				s = c[i]
			}
			out = binary.LittleEndian.AppendUint16(out, uint16(s))
		}
	}
	if _, err := w.Write(out); err != nil {
		return fmt.Errorf("write WAV: %w", err)
	}
	return nil
}
