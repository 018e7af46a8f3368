package srtp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the suite's
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"hash"
)

// Labels of the key derivation (§4.3.1, §4.3.2): encryption; the next two are
// authentication and salt.
const (
	labelRTP  = 0x00
	labelRTCP = 0x03
)

// cipherSuite are the session keys of RTP or RTCP.
type cipherSuite struct {
	block cipher.Block
	salt  [SaltSize]byte
	mac   hash.Hash

	counter, stream [aes.BlockSize]byte
	word            [4]byte
	sum             [sha1.Size]byte
}

func newSuite(master [KeySize]byte, salt [SaltSize]byte, label byte) (*cipherSuite, error) {
	prf, err := aes.NewCipher(master[:])
	if err != nil {
		return nil, fmt.Errorf("srtp: %w", err)
	}
	var key [KeySize]byte
	var auth [sha1.Size]byte
	s := &cipherSuite{}
	derive(key[:], prf, salt, label)
	derive(auth[:], prf, salt, label+1)
	derive(s.salt[:], prf, salt, label+2)
	if s.block, err = aes.NewCipher(key[:]); err != nil {
		return nil, fmt.Errorf("srtp: %w", err)
	}
	s.mac = hmac.New(sha1.New, auth[:])
	return s, nil
}

// derive fills out with AES-CM under the master key (§4.3.3). The key derivation rate is 0.
func derive(out []byte, prf cipher.Block, salt [SaltSize]byte, label byte) {
	var in, stream [aes.BlockSize]byte
	copy(in[:], salt[:])
	in[7] ^= label
	for i := uint16(0); len(out) > 0; i++ {
		binary.BigEndian.PutUint16(in[14:], i)
		prf.Encrypt(stream[:], in[:])
		out = out[copy(out, stream[:]):]
	}
}

// xor adds the key stream of a packet (§4.1.1).
func (s *cipherSuite) xor(p []byte, ssrc uint32, index uint64) {
	copy(s.counter[:], s.salt[:])
	high := binary.BigEndian.Uint32(s.counter[4:]) ^ ssrc
	binary.BigEndian.PutUint32(s.counter[4:], high)
	// Index and block counter are the low 64 bits; the counter begins at 0.
	low := uint64(binary.BigEndian.Uint32(s.counter[8:]))<<32 | uint64(binary.BigEndian.Uint16(s.counter[12:]))<<16
	low ^= index << 16
	for ; len(p) > 0; low++ {
		binary.BigEndian.PutUint64(s.counter[8:], low)
		s.block.Encrypt(s.stream[:], s.counter[:])
		p = p[subtle.XORBytes(p, p, s.stream[:]):]
	}
}

// tag authenticates a packet of RTP with its rollover counter (§4.2). It is good until
// the next one.
func (s *cipherSuite) tag(packet []byte, roc uint32) []byte {
	s.mac.Reset()
	_, _ = s.mac.Write(packet) // a hash never fails
	binary.BigEndian.PutUint32(s.word[:], roc)
	_, _ = s.mac.Write(s.word[:])
	return s.mac.Sum(s.sum[:0])[:TagSize]
}

func (s *cipherSuite) tagRTCP(packet []byte) []byte {
	s.mac.Reset()
	_, _ = s.mac.Write(packet)
	return s.mac.Sum(s.sum[:0])[:TagSize]
}
