// Package mixer is the audio conference inside the simulated Microsoft cloud: everybody hears everybody else.
//
// It stands for the media processor that answers a direct-routing call (facts/direct-routing.md §8) and for the part of Teams behind it. It knows no
// SIP and no RTP: a party hands in frames of [FrameSamples] linear samples at [SampleRate] and gets such frames back, or of [WideSamples] at [WideRate]
// if it joined so.
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
//   - a party whose first frame was late is ahead of the clock ever after: up to 240 ms of it wait, and none are left out;
//   - a party that was silent on purpose (nobody filled its places) starts afresh, two ticks ahead.
//
// A party that knows where its frame belongs (RTP has timestamps) says so with [Port.WriteAt]. [Port.Write] takes the next place.
//
// # The mix
//
// Sums are made in 32 bits and saturate. With a single speaker what goes in comes out, bit for bit, as long as all are narrow.
//
// # Two rates
//
// What a party says in a tick is a lower band of 0 to 4 kHz, which is all that a narrow party says and hears, and perhaps an upper one of 4 to 8 kHz. A
// wide party's frames are split and joined by the quadrature mirror filter of G.722, at the moment of the mix, hence in the order of their places. So
//
//   - narrow parties never pay for wide ones, nor does their sound pass a filter;
//   - each band is mixed by itself, at one rate, and each listener takes the bands that it can hear;
//   - a filter adds 22 samples at 16 kHz from wide to wide, about half of it between the rates.
//
// Rejected: mixing at 16 kHz and resampling narrow parties, which would end the promise above; two conferences with a bridge, which would give
// every party two delays.
//
// # Who hears what
//
//	            hears the conference   heard by it   hears whispers   heard by who whispers to it
//	muted       yes                    no            yes              no
//	held        no                     no            yes              yes
//
// A whisperer ([Port.Whisper]) is for prompts and music that one party alone gets, and for recognising what that party says. A tap ([Conference.Tap]) is for
// recording and streaming: it gets every speaker by himself, as far as the conference hears him. Mute is the party's own wish, so it holds towards
// the service too; hold is the service's, which may go on talking with the party. That Microsoft's service listens to a held party is inferred [?].
package mixer
