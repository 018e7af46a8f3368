package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// wav is a file by hand; said is the length that its data chunk tells.
func wav(tag, channels, rate, bits int, said uint32, data []byte) []byte {
	format := binary.LittleEndian.AppendUint16(nil, uint16(tag))
	format = binary.LittleEndian.AppendUint16(format, uint16(channels))
	format = binary.LittleEndian.AppendUint32(format, uint32(rate))
	format = binary.LittleEndian.AppendUint32(format, uint32(rate*channels*bits/8))
	format = binary.LittleEndian.AppendUint16(format, uint16(channels*bits/8))
	format = binary.LittleEndian.AppendUint16(format, uint16(bits))
	return riff(format, said, data)
}

func riff(format []byte, said uint32, data []byte) []byte {
	out := append([]byte("RIFF\xff\xff\xff\xffWAVEfmt "), binary.LittleEndian.AppendUint32(nil, uint32(len(format)))...)
	out = append(append(out, format...), "data"...)
	return append(binary.LittleEndian.AppendUint32(out, said), data...)
}

// extensible is the same file in the extensible form.
func extensible(file []byte) []byte {
	format := slices.Clone(file[20:36])
	tag := [2]byte(format)
	format[0], format[1] = 0xfe, 0xff
	format = append(format, 22, 0, format[14], format[15], 0, 0, 0, 0)
	format = append(append(format, tag[:]...), wavSubformat...)
	return riff(format, binary.LittleEndian.Uint32(file[40:]), file[44:])
}

// Each format holds the same four samples, as well as it can.
func TestDecodeWAVFormats(t *testing.T) {
	samples := []int16{0, 8192, -16384, 32767}
	var eight, sixteen, twentyFour, thirtyTwo, float, double []byte
	for _, s := range samples {
		eight = append(eight, byte(int(s)>>8+128))
		sixteen = binary.LittleEndian.AppendUint16(sixteen, uint16(s))
		thirtyTwo = binary.LittleEndian.AppendUint32(thirtyTwo, uint32(int32(s)<<16))
		twentyFour = append(twentyFour, thirtyTwo[len(thirtyTwo)-3:]...)
		float = binary.LittleEndian.AppendUint32(float, math.Float32bits(float32(s)/32768))
		double = binary.LittleEndian.AppendUint64(double, math.Float64bits(float64(s)/32768))
	}
	alaw, ulaw := make([]byte, 4), make([]byte, 4)
	LinearToALaw(alaw, samples)
	LinearToULaw(ulaw, samples)
	for name, c := range map[string]struct {
		tag, bits int
		data      []byte
		off       float64 // by how much a sample may be wrong
	}{
		"8 bits": {wavLinear, 8, eight, 255}, "16 bits": {wavLinear, 16, sixteen, 0}, "24 bits": {wavLinear, 24, twentyFour, 0},
		"32 bits": {wavLinear, 32, thirtyTwo, 0}, "float": {wavFloat, 32, float, 0}, "double": {wavFloat, 64, double, 0},
		"A-law": {wavALaw, 8, alaw, 600}, "µ-law": {wavULaw, 8, ulaw, 700},
	} {
		t.Run(name, func(t *testing.T) {
			file := wav(c.tag, 1, 44100, c.bits, uint32(len(c.data)), c.data)
			for form, file := range map[string][]byte{"plain": file, "extensible": extensible(file)} {
				got, err := DecodeWAV(file, time.Minute)
				if err != nil || got.Rate != 44100 || len(got.Samples) != len(samples) {
					t.Fatalf("%s: %+v %v", form, got, err)
				}
				for i, s := range got.Samples {
					if math.Abs(float64(s)-float64(samples[i])) > c.off {
						t.Errorf("%s: got %v, want %v", form, got.Samples, samples)
					}
				}
			}
		})
	}
}

func TestDecodeWAVMixesDown(t *testing.T) {
	var file bytes.Buffer
	if err := WriteChannels(&file, 16000, [][]int16{{100, 32767, -32768, 3}, {-100, 32767, -32768, 0}}); err != nil {
		t.Fatal(err)
	}
	got, err := DecodeWAV(file.Bytes(), time.Minute)
	if want := []int16{0, 32767, -32768, 2}; err != nil || !slices.Equal(got.Samples, want) {
		t.Errorf("got %v %v, want %v", got.Samples, err, want)
	}
}

// Loud is clipped, and a length that its writer could not fill in is no lie.
func TestDecodeWAVTakes(t *testing.T) {
	loud := binary.LittleEndian.AppendUint32(nil, math.Float32bits(1e30))
	loud = binary.LittleEndian.AppendUint32(loud, math.Float32bits(-7))
	for _, said := range []uint32{8, 0xffffffff, 0x7ffff000} {
		got, err := DecodeWAV(wav(wavFloat, 1, 8000, 32, said, loud), time.Minute)
		if err != nil || !slices.Equal(got.Samples, []int16{32767, -32768}) {
			t.Errorf("%x: %v %v", said, got, err)
		}
	}
	if got, err := DecodeWAV(customerWAV, time.Minute); err != nil || !slices.Equal(got.Samples, CustomerSpeech().Samples) {
		t.Errorf("the clip: %v", err)
	}
}

func TestDecodeWAVRefuses(t *testing.T) {
	sound := make([]byte, 1600)
	good := wav(wavLinear, 1, 8000, 16, 1600, sound)
	contradiction := slices.Clone(good)
	contradiction[32] = 4 // bytes a frame
	other := extensible(good)
	other[50] = 1 // in the GUID
	for name, c := range map[string]struct {
		file []byte
		says string
	}{
		"nothing":             {nil, "no RIFF/WAVE header"},
		"words":               {[]byte(`{"name":"x"}`), "no RIFF/WAVE header"},
		"MP3 with a tag":      {[]byte("ID3\x04\x00 some more"), "this is MP3"},
		"MP3 without":         {[]byte("\xff\xfb\x90\x00 some more"), "this is MP3 or AAC"},
		"Ogg":                 {[]byte("OggS\x00\x02 some more"), "this is Ogg"},
		"FLAC":                {[]byte("fLaC\x00\x00 some more"), "this is FLAC"},
		"M4A":                 {[]byte("\x00\x00\x00\x20ftypM4A "), "this is MPEG-4"},
		"a form":              {[]byte("--------------------------d74496d6\r\nContent-Disposition: form-data"), "this is a form"},
		"half a header":       {good[:20], "no data chunk"},
		"a third of a format": {append(slices.Clone(good[:16]), "\x04\x00\x00\x00\x01\x00\x01\x00data\x00\x00\x00\x00"...), "format chunk missing or short"},
		"cut short":           {good[:len(good)-700], "cut short: 900 of 1600 bytes"},
		"empty":               {wav(wavLinear, 1, 8000, 16, 0, nil), "holds no sound"},
		"half a sample":       {wav(wavLinear, 1, 8000, 16, 1, []byte{1}), "holds no sound"},
		"contradiction":       {contradiction, "contradicts itself: 4 bytes"},
		"ADPCM":               {wav(2, 1, 8000, 4, 4, sound[:4]), "format tag 2 with 4 bits"},
		"12 bits":             {wav(wavLinear, 1, 8000, 12, 4, sound[:4]), "format tag 1 with 12 bits"},
		"another GUID":        {other, "format tag 0"},
		"no channel":          {wav(wavLinear, 0, 8000, 16, 4, sound[:4]), "0 channels"},
		"six channels":        {wav(wavLinear, 6, 48000, 16, 1200, sound[:1200]), "6 channels"},
		"too slow":            {wav(wavLinear, 1, 4000, 16, 4, sound[:4]), "4000 samples a second"},
		"too fast":            {wav(wavLinear, 1, 96000, 16, 4, sound[:4]), "96000 samples a second"},
		"no rate":             {wav(wavLinear, 1, 0, 16, 4, sound[:4]), "rate 0"},
		"not a number":        {wav(wavFloat, 1, 8000, 32, 8, append(sound[:4:4], 0, 0, 0xc0, 0x7f)), "sample 1 is no number"},
		"infinite":            {wav(wavFloat, 1, 8000, 32, 4, []byte{0, 0, 0x80, 0x7f}), "sample 0 is no number"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := DecodeWAV(c.file, time.Minute); !errors.Is(err, ErrWAV) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %s", err, c.says)
			}
		})
	}
	if _, err := DecodeWAV(good, 99*time.Millisecond); !errors.Is(err, ErrLong) || !strings.Contains(err.Error(), "99ms") {
		t.Errorf("too long: %v", err)
	}
	if p, err := DecodeWAV(good, 100*time.Millisecond); err != nil || p.Duration() != 100*time.Millisecond {
		t.Errorf("just as long: %v", err)
	}
}

func FuzzDecodeWAV(f *testing.F) {
	sound := []byte{0, 0x80, 1, 2, 3, 4, 5, 6}
	for at := range wavSamples {
		file := wav(at[0], 1, 8000, at[1], 8, sound)
		f.Add(file)
		f.Add(extensible(file))
		f.Add(wav(at[0], 2, 48000, at[1], 0xffffffff, append(sound, sound...)))
	}
	f.Add(customerWAV[:200])
	f.Add([]byte("ID3"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := DecodeWAV(raw, time.Second)
		switch {
		case err == nil && (len(p.Samples) == 0 || p.Duration() > time.Second || p.Rate < minRate || p.Rate > maxRate):
			t.Errorf("%d samples at %d", len(p.Samples), p.Rate)
		case err != nil && !errors.Is(err, ErrWAV) && !errors.Is(err, ErrLong):
			t.Errorf("unclassified error %v", err)
		}
	})
}
