package audio

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestG711KnownValues(t *testing.T) {
	linear := make([]int16, 4)
	ULawToLinear(linear, []byte{0xff, 0x7f, 0x80, 0x00})
	if want := [4]int16{0, 0, 32124, -32124}; [4]int16(linear) != want {
		t.Errorf("µ-law: got %v, want %v", linear, want)
	}
	ALawToLinear(linear, []byte{0xd5, 0x55, 0xaa, 0x2a})
	if want := [4]int16{8, -8, 32256, -32256}; [4]int16(linear) != want {
		t.Errorf("A-law: got %v, want %v", linear, want)
	}
	codes := make([]byte, 4)
	LinearToULaw(codes, []int16{0, -1, 32767, -32768})
	if want := [4]byte{0xff, 0x7f, 0x80, 0x00}; [4]byte(codes) != want {
		t.Errorf("to µ-law: got %x, want %x", codes, want)
	}
	LinearToALaw(codes, []int16{0, -1, 32767, -32768})
	if want := [4]byte{0xd5, 0x55, 0xaa, 0x2a}; [4]byte(codes) != want {
		t.Errorf("to A-law: got %x, want %x", codes, want)
	}
}

// Every code survives decoding and encoding, and every sample comes back within half a step.
func TestG711RoundTrip(t *testing.T) {
	for name, law := range map[string]struct {
		decode func([]int16, []byte)
		encode func([]byte, []int16)
	}{
		"µ-law": {ULawToLinear, LinearToULaw},
		"A-law": {ALawToLinear, LinearToALaw},
	} {
		t.Run(name, func(t *testing.T) {
			code, sample, again := make([]byte, 1), make([]int16, 1), make([]byte, 1)
			for i := range 256 {
				code[0] = byte(i)
				law.decode(sample, code)
				law.encode(again, sample)
				if again[0] != code[0] && sample[0] != 0 { // µ-law has two zeros
					t.Errorf("code %#x decodes to %d, which encodes to %#x", code[0], sample[0], again[0])
				}
			}
			back := make([]int16, 1)
			for v := math.MinInt16; v <= math.MaxInt16; v++ {
				sample[0] = int16(v)
				law.encode(code, sample)
				law.decode(back, code)
				if diff := math.Abs(float64(back[0]) - float64(v)); diff > 16+math.Abs(float64(v))/25 {
					t.Fatalf("%d comes back as %d", v, back[0])
				}
			}
		})
	}
}

func TestWAVRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := PCM{Rate: rapid.IntRange(1, 48000).Draw(t, "rate"), Samples: rapid.SliceOf(rapid.Int16()).Draw(t, "samples")}
		var file bytes.Buffer
		if err := WriteWAV(&file, p); err != nil {
			t.Fatal(err)
		}
		got, err := ReadWAV(&file)
		if err != nil {
			t.Fatal(err)
		}
		if got.Rate != p.Rate || len(got.Samples) != len(p.Samples) {
			t.Fatalf("got %d samples at %d", len(got.Samples), got.Rate)
		}
		for i := range got.Samples {
			if got.Samples[i] != p.Samples[i] {
				t.Fatalf("sample %d differs", i)
			}
		}
	})
}

func TestChannels(t *testing.T) {
	var file bytes.Buffer
	if err := WriteChannels(&file, 16000, [][]int16{{1, 2, 3}, {-1}, {}}); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadWAV(bytes.NewReader(file.Bytes())); !errors.Is(err, ErrWAV) {
		t.Errorf("three channels read as mono: %v", err)
	}
	rate, got, err := ReadChannels(&file)
	if err != nil || rate != 16000 {
		t.Fatalf("rate %d, %v", rate, err)
	}
	if want := [][]int16{{1, 2, 3}, {-1, 0, 0}, {0, 0, 0}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if _, _, err := ReadChannels(bytes.NewReader(customerWAV)); !errors.Is(err, ErrWAV) {
		t.Errorf("µ-law read as linear: %v", err)
	}
	if err := WriteChannels(&file, 16000, nil); err == nil {
		t.Error("a file without channels")
	}
}

func FuzzReadWAV(f *testing.F) {
	var file bytes.Buffer
	if err := WriteWAV(&file, PCM{Rate: 8000, Samples: []int16{1, -1, 300}}); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add(customerWAV[:200])
	f.Add([]byte("RIFF\xff\xff\xff\xffWAVEdata\xff\xff\xff\xff"))
	f.Add([]byte("RIFF....WAVEfmt \x01\x00\x00\x00a"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := ReadWAV(bytes.NewReader(raw))
		if err != nil && !errors.Is(err, ErrWAV) {
			t.Errorf("unclassified error %v", err)
		}
		if err == nil && p.Rate <= 0 {
			t.Errorf("rate %d", p.Rate)
		}
		if _, _, err := ReadChannels(bytes.NewReader(raw)); err != nil && !errors.Is(err, ErrWAV) {
			t.Errorf("unclassified error %v", err)
		}
	})
}

func TestSpeech(t *testing.T) {
	for name, p := range map[string]PCM{"customer": CustomerSpeech(), "agent": AgentSpeech()} {
		if p.Rate != 8000 || p.Duration() < 5*time.Second || p.Duration() > 8*time.Second {
			t.Errorf("%s: %v at %d", name, p.Duration(), p.Rate)
		}
	}
	if n := len(customerWAV) + len(agentWAV); n > 200_000 {
		t.Errorf("clips take %d bytes", n)
	}
}

// Whoever takes all places is alone, and no more have one than there are.
func TestPlaces(t *testing.T) {
	p := newPlaces(filepath.Join(t.TempDir(), "test"), 2)
	var inside atomic.Int32
	done := make(chan error)
	for i := range 16 {
		which, share := (*places).one, int32(1)
		if i%4 == 0 {
			which, share = (*places).all, 2
		}
		go func() {
			leave, err := p.wait(which)
			if err == nil {
				if inside.Add(share) > 2 {
					err = os.ErrInvalid
				}
				runtime.Gosched()
				inside.Add(-share)
				leave()
			}
			done <- err
		}()
	}
	for range 16 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// Two have a place each; who wants all waits for both, and is not passed by a third.
func TestPlacesInTurn(t *testing.T) {
	p := newPlaces(filepath.Join(t.TempDir(), "test"), 2)
	first, err := p.wait((*places).one)
	if err != nil {
		t.Fatal(err)
	}
	second, err := p.wait((*places).one)
	if err != nil {
		t.Fatal(err)
	}
	order := make(chan string)
	queue := func(who string, which func(*places) (func(), error)) {
		leave, err := p.wait(which)
		if err != nil {
			t.Error(err)
		} else {
			defer leave()
		}
		order <- who
	}
	go queue("all", (*places).all)
	for {
		leave, err := tryLockFile(p.door)
		if err != nil {
			t.Fatal(err)
		}
		if leave == nil {
			break
		}
		leave()
		runtime.Gosched()
	}
	go queue("one", (*places).one)
	second()
	select {
	case who := <-order:
		t.Fatalf("%s had a place too many", who)
	case <-time.After(50 * time.Millisecond):
	}
	first()
	if a, b := <-order, <-order; a != "all" || b != "one" {
		t.Errorf("%s came before %s", a, b)
	}
}

func TestLocks(t *testing.T) {
	t.Run("all", func(t *testing.T) { TestLock(t) })
	t.Run("one", func(t *testing.T) { TestShare(t) })
}
