// Package sdp is the edge's view of SDP: one audio stream, offered and answered (RFC 3264), with SDES keys (RFC 4568).
//
// [Parse] reduces a body to a [Description]. [Profile] says what one side of the edge may negotiate; [Offer], [Answer] and [Conclude] apply it and
// yield a [Stream], which is all that the media relay needs to know. [Source] turns descriptions into bodies and keeps the o= line of a dialog.
//
// # Rules kept here
//
//   - Several m= lines: the first usable audio line is taken, all others are answered with port 0, in order (RFC 3264 §6).
//   - The version in o= changes if, and only if, something else changed (RFC 3264 §8): a session refresh is answered with the very same body.
//   - Towards Microsoft ([Far]): RTP/SAVP with AES_CM_128_HMAC_SHA1_80 and a lifetime of 2^31, the crypto line without MKI if there is one,
//     ptime 20, no ICE, and hold only as a=inactive with the real address (facts/direct-routing.md §8.2, §9).
//   - Towards peers ([Near]): RTP/AVP, or RTP/SAVP with SDES, by the peer's setting. DTLS and ICE are not spoken; attributes of both are ignored.
//   - c= lines have addresses; a name (RFC 8866 §5.7) has to be looked up before, see [Resolve].
//   - rtcp-mux is never answered: RTCP has its own port, which a=rtcp names (RFC 3605).
//
// Rejected: handing out pion's structure. It would put the rules above into every caller; and pion refuses whole bodies for an m=image line or an
// unknown bandwidth type, which real peers send and RFC 4566 tells to ignore (see tolerate).
package sdp
