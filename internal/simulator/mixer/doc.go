// Package mixer is the audio conference inside the simulated Microsoft cloud: everybody hears everybody else.
//
// It stands for the media processor that answers a direct-routing call (facts/direct-routing.md §8) and for the part of Teams behind it. It knows no
// SIP and no RTP: a party hands in frames of [FrameSamples] linear samples at [SampleRate] and gets such frames back.
//
// # Time
//
// One goroutine a conference counts ticks of [FrameDuration] from the conference's start; the n-th mix belongs to start + n·20 ms, so there is no
// drift however late single wake-ups are. A goroutine that woke up late catches up at twice the pace rather than in one burst, because the parties
// of a test share its processor and were most likely late too.
//
// Each party has a row of slots, one a tick. Its first frame is put two ticks ahead, so it waits 40 to 60 ms; every following frame has its own place
// relative to the first. Hence
//
//   - audio leaves in the order of its places, never in the order of arrival;
//   - a place that was not filled in time is silence, and a frame that comes after its tick is dropped: what follows stays aligned;
//   - a party that was silent on purpose (nobody filled its places) starts afresh, two ticks ahead.
//
// A party that knows where its frame belongs (RTP has timestamps) says so with [Port.WriteAt]. [Port.Write] takes the next place.
//
// # The mix
//
// Sums are made in 32 bits and saturate. With a single speaker what goes in comes out, bit for bit.
package mixer
