// Package srtp protects RTP and RTCP with AES_CM_128_HMAC_SHA1_80 (RFC 3711), the one suite
// that the edge negotiates (RFC 4568 §6.2), in place and without allocation.
//
// A [Context] is one direction of one stream of media, for any number of SSRCs. It is not
// safe for concurrent use: it belongs to the relay's thread.
//
// # Why not a library
//
// What a packet costs besides the system calls is mostly SRTP (facts/performance.md, "The
// parts"). pion/srtp parses the header again, looks states up in maps, makes six keys
// for either direction when a context is made, and carries the ciphers of all suites. Tests
// hold this package against it, packet by packet.
package srtp
