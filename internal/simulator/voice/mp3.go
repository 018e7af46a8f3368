package voice

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/hajimehoshi/go-mp3"

	"tandem/internal/audio"
)

// decodeMP3 decodes an MP3 with an ID3v2 tag; several channels become one. One
// without the tag is not documented to be played, and so it is refused [?].
func decodeMP3(raw []byte) (pcm audio.PCM, err error) {
	stream, err := afterTags(raw)
	if err != nil {
		return audio.PCM{}, err
	}
	if err := decodable(stream); err != nil {
		return audio.PCM{}, err
	}
	// The decoder trusts the numbers in a file and may run past its tables.
	defer func() {
		if broken := recover(); broken != nil {
			pcm, err = audio.PCM{}, fmt.Errorf("MP3: damaged: %v", broken)
		}
	}()
	// Without the means to seek, the decoder does not read all of it in advance.
	d, err := mp3.NewDecoder(struct{ io.Reader }{bytes.NewReader(stream)})
	if err != nil {
		return audio.PCM{}, fmt.Errorf("MP3: %w", err)
	}
	limit := int64(maxFileTime.Seconds()) * int64(d.SampleRate())
	mono, err := readMono(d, limit)
	if err != nil {
		return audio.PCM{}, err
	}
	return wide(audio.PCM{Rate: d.SampleRate(), Samples: mono}), nil
}

// readMono reads up to limit pairs of 16-bit samples, left and right, and
// returns their means.
func readMono(r io.Reader, limit int64) ([]int16, error) {
	var mono []int16
	block := make([]byte, 4096)
	for {
		n, err := io.ReadFull(r, block)
		for at := 0; at+4 <= n; at += 4 {
			left := int16(binary.LittleEndian.Uint16(block[at:]))
			right := int16(binary.LittleEndian.Uint16(block[at+2:]))
			mono = append(mono, int16((int32(left)+int32(right))/2))
		}
		if int64(len(mono)) > limit {
			return nil, fmt.Errorf("MP3: longer than %v, which is as much as the simulator plays", maxFileTime)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return mono, nil
		}
		if err != nil {
			return nil, fmt.Errorf("MP3: %w", err)
		}
	}
}

// Parts of an ID3v2 tag: "ID3", version, revision, flags, and the size in four
// bytes of seven bits, which counts neither the header nor the footer.
const (
	tagHeader     = 10
	tagFooterFlag = 0x10
)

// afterTags cuts off the ID3v2 tags at the start. The decoder could, but would
// take memory for whatever size a tag claims.
func afterTags(raw []byte) ([]byte, error) {
	for bytes.HasPrefix(raw, []byte("ID3")) {
		if len(raw) < tagHeader {
			return nil, errors.New("MP3: ID3v2 tag cut short")
		}
		size := tagHeader
		for i, b := range raw[6:tagHeader] {
			if b > 0x7f {
				return nil, errors.New("MP3: size of the ID3v2 tag is damaged")
			}
			size += int(b) << (7 * (3 - i))
		}
		if raw[5]&tagFooterFlag != 0 {
			size += tagHeader
		}
		if size > len(raw) {
			return nil, errors.New("MP3: ID3v2 tag cut short")
		}
		raw = raw[size:]
	}
	return raw, nil
}

// kilobits are the bit rates of MPEG 2 layer 3 by their index in a frame's header.
var kilobits = [16]int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0}

// decodable refuses what the decoder would turn into noise. go-mp3 0.3.4 loses
// the padding byte of frames at 22.05 kHz whose size without halving is even, as
// at 32 kbit/s. Microsoft plays those, so the error names the cure.
func decodable(stream []byte) error {
	const rate = 22050 // at the other rates of MPEG 2 no frame is padded
	for len(stream) >= 4 && stream[0] == 0xff {
		mpeg2Layer3, rateIndex := stream[1]&0xfe == 0xf2, stream[2]>>2&3
		bits := kilobits[stream[2]>>4] * 1000
		if !mpeg2Layer3 || rateIndex != 0 || bits == 0 {
			return nil
		}
		padding := int(stream[2] >> 1 & 1)
		if padding == 1 && 144*bits/rate%2 == 0 {
			return fmt.Errorf("MP3 at %d Hz with %d kbit/s is more than the simulator's decoder can do: encode it at 16, 24 or 44.1 kHz", rate, bits/1000)
		}
		size := 72*bits/rate + padding
		if size > len(stream) {
			return nil
		}
		stream = stream[size:]
	}
	return nil
}
