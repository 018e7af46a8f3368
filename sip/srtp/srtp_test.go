package srtp

import (
	"bytes"
	"crypto/aes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/pion/srtp/v3"
	"pgregory.net/rapid"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestKeyStream is RFC 3711, appendix B.2.
func TestKeyStream(t *testing.T) {
	block, err := aes.NewCipher(unhex(t, "2B7E151628AED2A6ABF7158809CF4F3C"))
	if err != nil {
		t.Fatal(err)
	}
	s := &cipherSuite{block: block}
	copy(s.salt[:], unhex(t, "F0F1F2F3F4F5F6F7F8F9FAFBFCFD"))
	p := make([]byte, 0xff02*aes.BlockSize)
	s.xor(p, 0, 0)
	for at, want := range map[int]string{
		0: "E03EAD0935C95E80E166B16DD92B4EB4", 1: "D23513162B02D0F72A43A2FE4A5F97AB", 2: "41E95B3BB0A2E8DD477901E4FCA894C0",
		0xfeff: "EC8CDF7398607CB0F2D21675EA9EA1E4", 0xff00: "362B7C3C6773516318A077D7FC5073AE", 0xff01: "6A2CC3787889374FBEB4C81B17BA6C44",
	} {
		if got := p[at*aes.BlockSize:][:aes.BlockSize]; !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("block %x: %X, want %s", at, got, want)
		}
	}
}

// TestKeyDerivation is RFC 3711, appendix B.3.
func TestKeyDerivation(t *testing.T) {
	prf, err := aes.NewCipher(unhex(t, "E1F97A0D3E018BE0D64FA32C06DE4139"))
	if err != nil {
		t.Fatal(err)
	}
	salt := [SaltSize]byte(unhex(t, "0EC675AD498AFEEBB6960B3AABE6"))
	for label, want := range map[byte]string{
		labelRTP:     "C61E7A93744F39EE10734AFE3FF7A087",
		labelRTP + 1: "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4",
		labelRTP + 2: "30CBBC08863D8C85D49DB34A9AE1",
	} {
		got := make([]byte, len(want)/2)
		if derive(got, prf, salt, label); !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("label %d: %X, want %s", label, got, want)
		}
	}
}

// pair is this package and pion/srtp with the same keys.
type pair struct {
	ours   *Context
	theirs *srtp.Context
}

func newPair(t rapid.TB, key []byte, mki []byte) pair {
	ours, err := New([KeySize]byte(key[:KeySize]), [SaltSize]byte(key[KeySize:]), mki)
	if err != nil {
		t.Fatal(err)
	}
	options := []srtp.ContextOption{srtp.SRTPReplayProtection(window), srtp.SRTCPReplayProtection(window)}
	if len(mki) > 0 {
		options = append(options, srtp.MasterKeyIndicator(mki))
	}
	theirs, err := srtp.CreateContext(key[:KeySize], key[KeySize:], srtp.ProtectionProfileAes128CmHmacSha1_80, options...)
	if err != nil {
		t.Fatal(err)
	}
	return pair{ours, theirs}
}

func packet(seq uint16, ssrc uint32, csrcs, extension int, payload []byte) []byte {
	p := []byte{0x80 | byte(csrcs), 8}
	p = binary.BigEndian.AppendUint16(p, seq)
	p = binary.BigEndian.AppendUint32(p, 4711)
	p = binary.BigEndian.AppendUint32(p, ssrc)
	p = append(p, make([]byte, 4*csrcs)...)
	if extension >= 0 {
		p[0] |= 0x10
		p = append(p, 0xbe, 0xde, 0, byte(extension))
		p = append(p, make([]byte, 4*extension)...)
	}
	return append(p, payload...)
}

// TestAgreement: what this package sends pion/srtp reads, letter by letter as it would
// write it, and the other way round, over wraps of the sequence number.
func TestAgreement(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), KeySize+SaltSize, KeySize+SaltSize).Draw(t, "key")
		mki := rapid.SampledFrom([][]byte{nil, {1}, {1, 2, 3, 4}}).Draw(t, "mki")
		send, receive := newPair(t, key, mki), newPair(t, key, mki)
		first := rapid.Uint16Range(0, 1<<15-1).Draw(t, "seq")
		last := map[uint32]uint16{1: first, 0xdecafbad: first}
		for range rapid.IntRange(1, 20).Draw(t, "packets") {
			ssrc := rapid.SampledFrom([]uint32{1, 1, 1, 0xdecafbad}).Draw(t, "ssrc")
			last[ssrc] += rapid.SampledFrom([]uint16{1, 1, 2, 3000, 30000}).Draw(t, "step")
			seq := last[ssrc]
			plain := packet(seq, ssrc, rapid.IntRange(0, 15).Draw(t, "csrcs"), rapid.IntRange(-1, 3).Draw(t, "extension"),
				rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "payload"))
			ours, err := send.ours.Protect(bytes.Clone(plain))
			if err != nil {
				t.Fatal(err)
			}
			theirs, err := send.theirs.EncryptRTP(nil, plain, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(ours, theirs) {
				t.Fatalf("protected\n%x\n%x", ours, theirs)
			}
			if got, err := receive.theirs.DecryptRTP(nil, ours, nil); err != nil || !bytes.Equal(got, plain) {
				t.Fatalf("theirs reads %x, %v; want %x", got, err, plain)
			}
			if got, err := receive.ours.Unprotect(theirs); err != nil || !bytes.Equal(got, plain) {
				t.Fatalf("ours reads %x, %v; want %x", got, err, plain)
			}
		}
	})
}

// TestReportsAgree is the same for RTCP.
func TestReportsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), KeySize+SaltSize, KeySize+SaltSize).Draw(t, "key")
		mki := rapid.SampledFrom([][]byte{nil, {1, 2}}).Draw(t, "mki")
		send, receive := newPair(t, key, mki), newPair(t, key, mki)
		for range rapid.IntRange(1, 5).Draw(t, "reports") {
			words := rapid.IntRange(0, 20).Draw(t, "words")
			plain := append([]byte{0x80, 200, 0, byte(1 + words), 0, 0, 0, 7}, make([]byte, 4*words)...)
			ours, err := send.ours.ProtectRTCP(bytes.Clone(plain))
			if err != nil {
				t.Fatal(err)
			}
			theirs, err := send.theirs.EncryptRTCP(nil, plain, nil)
			if err != nil || !bytes.Equal(ours, theirs) {
				t.Fatalf("protected\n%x\n%x, %v", ours, theirs, err)
			}
			if got, err := receive.theirs.DecryptRTCP(nil, ours, nil); err != nil || !bytes.Equal(got, plain) {
				t.Fatalf("theirs reads %x, %v; want %x", got, err, plain)
			}
			if got, err := receive.ours.UnprotectRTCP(theirs); err != nil || !bytes.Equal(got, plain) {
				t.Fatalf("ours reads %x, %v; want %x", got, err, plain)
			}
		}
	})
}

// TestReplays: in any order within the window each packet is taken once, as pion/srtp takes it.
func TestReplays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := bytes.Repeat([]byte{7}, KeySize+SaltSize)
		send, receive := newPair(t, key, nil), newPair(t, key, nil)
		first := rapid.Uint16Range(1, 1<<15-1).Draw(t, "first")
		var sent [][]byte
		for i := range 400 {
			p, err := send.ours.Protect(packet(first+uint16(i), 1, 0, -1, []byte{byte(i)}))
			if err != nil {
				t.Fatal(err)
			}
			sent = append(sent, p)
		}
		at := 0
		for range 300 {
			at = max(0, min(at+rapid.IntRange(-150, 160).Draw(t, "step"), len(sent)-1))
			_, err := receive.ours.Unprotect(bytes.Clone(sent[at]))
			_, want := receive.theirs.DecryptRTP(nil, sent[at], nil)
			if (err == nil) != (want == nil) {
				t.Fatalf("packet %d: ours %v, theirs %v", at, err, want)
			}
			if err != nil && !errors.Is(err, ErrReplay) {
				t.Fatalf("packet %d: %v", at, err)
			}
		}
	})
}

// TestForgeries: no changed bit is taken, and none changes what is taken afterwards.
func TestForgeries(t *testing.T) {
	key := bytes.Repeat([]byte{9}, KeySize+SaltSize)
	send, receive := newPair(t, key, []byte{1, 2}), newPair(t, key, []byte{1, 2})
	good, err := send.ours.Protect(packet(1, 1, 1, 1, make([]byte, 20)))
	if err != nil {
		t.Fatal(err)
	}
	report, err := send.ours.ProtectRTCP([]byte{0x80, 200, 0, 1, 0, 0, 0, 1})
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		packet []byte
		read   func([]byte) ([]byte, error)
	}{"RTP": {good, receive.ours.Unprotect}, "RTCP": {report, receive.ours.UnprotectRTCP}} {
		for bit := range 8 * len(x.packet) {
			bad := bytes.Clone(x.packet)
			bad[bit/8] ^= 1 << (bit % 8)
			if _, err := x.read(bad); err == nil {
				t.Fatalf("%s: bit %d may be changed", name, bit)
			}
		}
		for n := range len(x.packet) {
			if _, err := x.read(bytes.Clone(x.packet[:n])); err == nil {
				t.Fatalf("%s: %d bytes are enough", name, n)
			}
		}
		if _, err := x.read(bytes.Clone(x.packet)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := x.read(bytes.Clone(x.packet)); !errors.Is(err, ErrReplay) {
			t.Errorf("%s again: %v", name, err)
		}
	}
	if len(receive.ours.sources) != 1 {
		t.Errorf("%d sources", len(receive.ours.sources))
	}
}

// TestLimits: sources and reports under one key are bounded.
func TestLimits(t *testing.T) {
	c := newPair(t, bytes.Repeat([]byte{3}, KeySize+SaltSize), nil).ours
	for i := range maxSources + 1 {
		_, err := c.Protect(packet(1, uint32(i), 0, -1, nil))
		if want := i == maxSources; want != errors.Is(err, ErrSources) {
			t.Fatalf("source %d: %v", i, err)
		}
	}
	c.index = lastIndex
	if _, err := c.ProtectRTCP(make([]byte, 8)); !errors.Is(err, ErrExhausted) {
		t.Error(err)
	}
}

func FuzzUnprotect(f *testing.F) {
	f.Add([]byte{})
	f.Add(packet(1, 1, 15, 255, make([]byte, 40)))
	f.Add(packet(1, 1, 0, -1, make([]byte, 9)))
	f.Fuzz(func(t *testing.T, p []byte) {
		c := newPair(t, bytes.Repeat([]byte{5}, KeySize+SaltSize), nil).ours
		for _, read := range []func([]byte) ([]byte, error){c.Unprotect, c.UnprotectRTCP} {
			if _, err := read(bytes.Clone(p)); err == nil {
				t.Errorf("%x is taken", p)
			}
		}
		if out, err := c.Protect(append(make([]byte, 0, len(p)+MaxOverhead), p...)); err == nil && len(out) != len(p)+TagSize {
			t.Errorf("%d bytes became %d", len(p), len(out))
		}
	})
}

func BenchmarkProtect(b *testing.B) {
	key := bytes.Repeat([]byte{5}, KeySize+SaltSize)
	plain := packet(1, 1, 0, -1, make([]byte, 160))
	p := newPair(b, key, nil)
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		buf := make([]byte, 0, 400)
		for i := range b.N {
			q := append(buf, plain...)
			binary.BigEndian.PutUint16(q[2:], uint16(i))
			if _, err := p.ours.Protect(q); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("pion", func(b *testing.B) {
		b.ReportAllocs()
		buf := make([]byte, 0, 400)
		for i := range b.N {
			binary.BigEndian.PutUint16(plain[2:], uint16(i))
			if _, err := p.theirs.EncryptRTP(buf, plain, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkNew(b *testing.B) {
	key := bytes.Repeat([]byte{5}, KeySize+SaltSize)
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if _, err := New([KeySize]byte(key[:KeySize]), [SaltSize]byte(key[KeySize:]), nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("pion", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if _, err := srtp.CreateContext(key[:KeySize], key[KeySize:], srtp.ProtectionProfileAes128CmHmacSha1_80, srtp.SRTPReplayProtection(window)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
