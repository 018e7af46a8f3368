// Package audio holds the little signal processing that the media path, the simulator and the tests share: G.711 and G.722, the two bands of
// G.722, conversion between rates, WAV files, two embedded clips of speech, and a comparison of what was sent with what was heard.
//
// All audio is mono, signed 16-bit linear; only [ReadChannels] and [WriteChannels] know files with more channels, and [DecodeWAV] makes that of the
// files that people have. The package knows nothing of RTP: packets, timestamps and loss are its callers' business, who turn a
// packet that never came into silence before they compare.
//
// # What keeps state and what does not
//
// G.711 is a table: its functions may be called for any piece of audio. G.722 and its band filters adapt to the stream, so that each
// stream has a coder of its own ([G722Encoder], [G722Decoder], [BandSplitter], [BandJoiner]); they are not for several goroutines at once.
// [Resample] takes a whole clip and adds no delay; it is not for streams.
//
// G.722 is mode 1, 64 kbit/s, to the bit; its RTP clock is 8000 although it samples at 16 kHz (RFC 3551 §4.5.2), which again is the callers' business.
// A decoder goes on after lost packets as if they had not been sent, and adapts within some milliseconds.
//
// # How the comparison works
//
// [Compare] answers three questions about a path: is this the audio that was sent, how late is it, and is it whole.
//
//   - One alignment for everything: the peak of the normalised cross-correlation, found by FFT, so 30 s of 8 kHz cost well under a second. A path that
//     inserts or repeats frames therefore does not match from that point on, which is intended: timestamps are to be honoured, not smoothed over.
//   - Correlation over the whole of the sent audio; a constant gain does not change it, and missing audio counts as silence.
//   - Damage locally, in windows of 5 ms: where the sent audio has sound and the heard audio does not follow it. A stretch of such windows is a
//     gap. Runs of digital silence are also measured to the sample, because the limit of 60 ms is three lost packets and must not hang on the
//     resolution of a window.
package audio
