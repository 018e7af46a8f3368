package call

import (
	"encoding/json"
	"testing"
	"time"
)

// BenchmarkNext plays the whole main job, 14 events. The baseline is encoding
// its last snapshot once, which the journal does for every event: "x-encode" is
// how many encodings one event costs, and should stay far below one.
func BenchmarkNext(b *testing.B) {
	steps := []Event{
		Offered{Peer: "ccaas", Caller: "+4930123", SIPCallID: "a"}, AgentChosen{Op: "1.0", Agent: "a1", Endpoint: ana},
		LegProceeding{Side: Far, SIPCallID: "f"}, Invited{Resource: "r", Context: "ctx"}, ConnectionAccepted{Op: "4.0", Connection: "c1"},
		LegAnswered{Side: Far}, ConnectionUp{Connection: "c1"}, AgentInvited{Op: "7.0", Invitation: "i1"},
		AgentJoined{Connection: "c1", Op: "7.0", Endpoint: ana}, ParticipantsChanged{Connection: "c1", Present: []Endpoint{ana}}, LegAnswered{Side: Near},
		LegEnded{Side: Near, By: ByCaller, Q850: 16}, ConnectionDown{Connection: "c1"}, LegEnded{Side: Far, By: ByTandem},
	}
	fresh := New(NewID(t0, [10]byte{1}), "t1", Plan{RingTimeout: time.Second, Policy: "with_agent"})
	var last Call
	b.ReportAllocs()
	began := time.Now()
	for b.Loop() {
		c := fresh
		for _, e := range steps {
			c, _ = Next(c, t0, e)
		}
		last = c
	}
	per := time.Since(began) / time.Duration(b.N*len(steps))
	if last.Phase != Ended {
		b.Fatalf("the call is %s", last.Phase)
	}
	const rounds = 2000
	began = time.Now()
	for range rounds {
		if _, err := json.Marshal(last); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(per)/float64(time.Since(began)/rounds), "x-encode")
}
