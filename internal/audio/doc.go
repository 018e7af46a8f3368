// Package audio holds the little signal processing that the media path, the simulator and the tests share: G.711, WAV files, two embedded
// clips of speech, and a comparison of what was sent with what was heard.
//
// All audio is mono, signed 16-bit linear; only [ReadChannels] and [WriteChannels] know files with more channels. The package knows nothing of RTP: packets, timestamps and loss are its callers' business, who turn a
// packet that never came into silence before they compare.
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
