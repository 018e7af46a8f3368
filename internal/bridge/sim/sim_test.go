package sim

import (
	"flag"
	"strings"
	"testing"

	"tandem/internal/call"
)

var (
	seed  = flag.Uint64("seed", 0, "replay one seed and print its story")
	seeds = flag.Uint64("seeds", 200, "how many seeds to run")
)

func TestSeeds(t *testing.T) {
	if *seed != 0 {
		_, story, err := Run(*seed)
		t.Log("\n" + strings.Join(story, "\n"))
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	failures, seen, told := 0, map[call.Reason]int{}, map[string]bool{}
	for n := uint64(1); n <= *seeds; n++ {
		cdrs, story, err := Run(n)
		for _, c := range cdrs {
			seen[c.Reason]++
		}
		for _, line := range story {
			for _, what := range operations {
				if strings.Contains(line, what) {
					told[what] = true
				}
			}
		}
		if err == nil {
			continue
		}
		failures++
		if len(story) > 120 {
			story = story[len(story)-120:]
		}
		t.Errorf("seed %d: %v\n%s", n, err, strings.Join(story, "\n"))
		if failures == 3 {
			t.Fatal("enough")
		}
	}
	// A simulation in which these never happen would prove nothing.
	for _, reason := range []call.Reason{
		call.ReasonCallerHungUp, call.ReasonAgentHungUp, call.ReasonCallerGaveUp, call.ReasonHangUpRequested,
		call.ReasonNobodyAvailable, call.ReasonNoAnswer, call.ReasonDeclined, call.ReasonMicrosoftRefused,
		call.ReasonNoInvitation, call.ReasonNoInvite, call.ReasonOwnerLost, call.ReasonLegLost,
		call.ReasonMaxDuration, call.ReasonFlowEnded, call.ReasonMisconfigured, call.ReasonAgentUnavailable,
		call.ReasonHostEnded, call.ReasonHostRefused,
	} {
		if seen[reason] == 0 {
			t.Errorf("no call ended with %s in %d seeds", reason, *seeds)
		}
	}
	for _, what := range operations {
		if !told[what] {
			t.Errorf("nothing told of %q in %d seeds", what, *seeds)
		}
	}
	t.Logf("%d seeds: %v", *seeds, seen)
}

// operations are what the story must tell of.
var operations = []string{
	" moves from ", "took move_told {\"tenant\":\"t\",\"from", "\"moved\"", "\"stayed\"", "\"refused\"",
	" over an SBC", " hangs up in ",
	"is a guest of", "no guest of", "the host ends", "took call_found",
	": play in", ": recognize in", ": send_dtmf in", ": hold in", ": unhold in", ": cancel_media in", ": transfer in", ": start_streaming in", ": stop_streaming in", ": start_transcription in", ": update_transcription in", ": stop_transcription in", "is redirected", "is done", "is failed", "is cancelled",
	"is told to have joined", "is active: true", "is active: false", "rec-0 of", "look_recording", "recording_observed", "recording_not_started", "recording_done",
	"hangup_asked", "by its flow", "handover_asked",
	" waits", "took queue_moved", `"id":"sought`, `"name":"queue/sought`, `"name":"add/sought`,
	"took sound_began", "took out_offered", "tries another trunk", "destination_refused", "token_used", "buries out",
}

// A seed is a whole run: twice the same seed is twice the same story.
func TestReplay(t *testing.T) {
	for n := uint64(1); n <= 20; n++ {
		_, a, _ := Run(n)
		_, b, _ := Run(n)
		if strings.Join(a, "\n") != strings.Join(b, "\n") {
			t.Fatalf("seed %d told two stories", n)
		}
	}
}
