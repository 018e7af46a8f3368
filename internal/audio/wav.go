package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
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

// WAV format tags that [ReadWAV] understands.
const (
	wavLinear = 1
	wavALaw   = 6
	wavULaw   = 7
)

// maxWAV bounds what ReadWAV takes into memory: an hour of 8 kHz linear is 58 MB.
const maxWAV = 64 << 20

// ErrWAV is the cause of every error of [ReadWAV] that is the file's fault.
var ErrWAV = errors.New("not a readable WAV file")

// ReadWAV reads a mono RIFF/WAVE file: linear 16-bit, A-law or µ-law. Unknown chunks are skipped. A data chunk that is cut short, or whose length
// was never filled in because the writer could not seek, ends with the input.
func ReadWAV(r io.Reader) (PCM, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxWAV+1))
	if err != nil {
		return PCM{}, fmt.Errorf("read WAV: %w", err)
	}
	if len(raw) > maxWAV {
		return PCM{}, fmt.Errorf("%w: larger than %d bytes", ErrWAV, maxWAV)
	}
	if len(raw) < 12 || string(raw[:4]) != "RIFF" || string(raw[8:12]) != "WAVE" {
		return PCM{}, fmt.Errorf("%w: no RIFF/WAVE header", ErrWAV)
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
			return decodeWAV(format, body)
		}
		next := 8 + size + size%2 // chunks are padded to even lengths
		if next > uint64(len(rest)) {
			break
		}
		rest = rest[next:]
	}
	return PCM{}, fmt.Errorf("%w: no data chunk", ErrWAV)
}

func decodeWAV(format, data []byte) (PCM, error) {
	if len(format) < 16 {
		return PCM{}, fmt.Errorf("%w: format chunk missing or short", ErrWAV)
	}
	tag := binary.LittleEndian.Uint16(format)
	channels := binary.LittleEndian.Uint16(format[2:])
	rate := binary.LittleEndian.Uint32(format[4:])
	bits := binary.LittleEndian.Uint16(format[14:])
	if channels != 1 {
		return PCM{}, fmt.Errorf("%w: %d channels, want 1", ErrWAV, channels)
	}
	if rate == 0 || rate > 384_000 {
		return PCM{}, fmt.Errorf("%w: rate %d", ErrWAV, rate)
	}
	p := PCM{Rate: int(rate)}
	switch {
	case tag == wavLinear && bits == 16:
		p.Samples = make([]int16, len(data)/2)
		for i := range p.Samples {
			p.Samples[i] = int16(binary.LittleEndian.Uint16(data[2*i:]))
		}
	case tag == wavULaw && bits == 8:
		p.Samples = make([]int16, len(data))
		ULawToLinear(p.Samples, data)
	case tag == wavALaw && bits == 8:
		p.Samples = make([]int16, len(data))
		ALawToLinear(p.Samples, data)
	default:
		return PCM{}, fmt.Errorf("%w: format tag %d with %d bits", ErrWAV, tag, bits)
	}
	return p, nil
}

// WriteWAV writes p as linear 16-bit mono.
func WriteWAV(w io.Writer, p PCM) error {
	size := 2 * len(p.Samples)
	if p.Rate <= 0 || size > maxWAV {
		return fmt.Errorf("write WAV: rate %d, %d samples", p.Rate, len(p.Samples))
	}
	out := make([]byte, 0, 44+size)
	out = append(out, "RIFF"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(36+size))
	out = append(out, "WAVEfmt "...)
	out = binary.LittleEndian.AppendUint32(out, 16)
	out = binary.LittleEndian.AppendUint16(out, wavLinear)
	out = binary.LittleEndian.AppendUint16(out, 1)
	out = binary.LittleEndian.AppendUint32(out, uint32(p.Rate))
	out = binary.LittleEndian.AppendUint32(out, uint32(2*p.Rate))
	out = binary.LittleEndian.AppendUint16(out, 2)
	out = binary.LittleEndian.AppendUint16(out, 16)
	out = append(out, "data"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(size))
	for _, s := range p.Samples {
		out = binary.LittleEndian.AppendUint16(out, uint16(s))
	}
	if _, err := w.Write(out); err != nil {
		return fmt.Errorf("write WAV: %w", err)
	}
	return nil
}
