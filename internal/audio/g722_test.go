package audio

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"testing"
)

// throughG722 codes and decodes, a packet of 20 ms at a time.
func throughG722(in []int16) []int16 {
	e, d := NewG722Encoder(), NewG722Decoder()
	var out []int16
	code, back := make([]byte, 160), make([]int16, 320)
	for i := 0; i+320 <= len(in); i += 320 {
		e.Encode(code, in[i:i+320])
		d.Decode(back, code)
		out = append(out, back...)
	}
	return out
}

// The sums are those of what an independent implementation, of spandsp 0.0.6, makes of the same noise: loud for half a second, then quiet.
func TestG722KnownValues(t *testing.T) {
	in := make([]int16, 16000)
	x := uint32(1)
	for i := range in {
		x = (x*1103515245 + 12345) & 0x7fffffff
		in[i] = int16(x >> 15)
		if in[i] >>= 2; i >= 8000 {
			in[i] >>= 7
		}
	}
	codes := make([]byte, 8000)
	NewG722Encoder().Encode(codes, in)
	if sum := crc32.ChecksumIEEE(codes); sum != 0xc4b1c6a3 {
		t.Errorf("code has the sum %#x", sum)
	}
	out := make([]int16, 16000)
	NewG722Decoder().Decode(out, codes)
	var raw []byte
	for _, s := range out {
		raw = binary.LittleEndian.AppendUint16(raw, uint16(s))
	}
	if sum := crc32.ChecksumIEEE(raw); sum != 0x4d195d3b {
		t.Errorf("decoded audio has the sum %#x", sum)
	}
}

func TestG722RoundTrip(t *testing.T) {
	const delay = 22 // of the filters
	for name, tt := range map[string]struct {
		in     []int16
		atBest float64 // signal to noise in dB, at least
	}{
		"1 kHz":        {sine(1000, 10000, 16000, 16000), 40},
		"5 kHz":        {sine(5000, 10000, 16000, 16000), 18},
		"quiet 1 kHz":  {sine(1000, 200, 16000, 16000), 15},
		"speech":       {wideSpeech(), 15},
		"loud, clips":  {sine(1000, 32767, 16000, 16000), 35},
		"narrow voice": {Resample(AgentSpeech(), 16000).Samples, 20},
	} {
		t.Run(name, func(t *testing.T) {
			out := throughG722(tt.in)
			noise, signal := 0.0, 0.0
			for i := 1600; i < len(out); i++ {
				want, got := float64(tt.in[i-delay]), float64(out[i])
				signal += want * want
				noise += (got - want) * (got - want)
			}
			ratio := 10 * math.Log10(signal/noise)
			m := Compare(tt.in, out, 16000)
			t.Logf("%.1f dB, %+v", ratio, m)
			if ratio < tt.atBest || m.Correlation < 0.98 || math.Abs(m.Gain-1) > 0.03 {
				t.Errorf("%.1f dB, %+v", ratio, m)
			}
		})
	}
}

func TestG722Sizes(t *testing.T) {
	e, d := NewG722Encoder(), NewG722Decoder()
	code := []byte{9, 9, 9}
	e.Encode(code[:2], []int16{1, 2, 3, 4, 5, 6})
	if code[2] != 9 {
		t.Error("wrote behind the end")
	}
	e.Encode(code[2:], []int16{1})
	if code[2] != 9 {
		t.Error("made a byte of one sample")
	}
	pcm := []int16{7, 7, 7, 7, 7}
	d.Decode(pcm[:3], code)
	if pcm[2] != 7 || pcm[4] != 7 {
		t.Errorf("decoded %v", pcm)
	}
	d.Decode(pcm, nil)
	e.Encode(nil, pcm)
}

// Any bytes are a stream, and after it the decoder still understands speech.
func FuzzG722Decoder(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("any bytes"))
	f.Add([]byte{0, 0xff, 0x3f, 0xc0, 0x55, 0xaa, 0x80, 0x20})
	f.Fuzz(func(t *testing.T, code []byte) {
		d := NewG722Decoder()
		out := make([]int16, 2*len(code))
		d.Decode(out, code)
		for range 50 { // long enough for the predictors to run away if they can
			d.Decode(out, code)
		}
		e, tone := NewG722Encoder(), sine(1000, 10000, 16000, 16000)
		recovered, packet := make([]int16, len(tone)), make([]byte, len(tone)/2)
		e.Encode(packet, tone)
		d.Decode(recovered, packet)
		if m := Compare(tone[8000:], recovered[8000:], 16000); m.Correlation < 0.95 {
			t.Errorf("after % x: %+v", code, m)
		}
	})
}

func BenchmarkG722Encode(b *testing.B) {
	e, in, out := NewG722Encoder(), sine(1000, 10000, 16000, 320), make([]byte, 160)
	for b.Loop() {
		e.Encode(out, in)
	}
}

func BenchmarkG722Decode(b *testing.B) {
	d, in, out := NewG722Decoder(), make([]byte, 160), make([]int16, 320)
	for b.Loop() {
		d.Decode(out, in)
	}
}
