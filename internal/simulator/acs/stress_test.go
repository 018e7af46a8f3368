package acs

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"tandem/internal/simulator/phones"
	"tandem/internal/simulator/teams"
)

// Everything at once: whatever comes together, every request is answered as
// described, and when all calls have been ended nothing is left.
func TestEverythingAtOnce(t *testing.T) {
	b := newBench(t)
	for _, oid := range []string{ada, bob} {
		b.must200(b.Directory.Update(oid, teams.Change{Behaviour: &teams.Behaviour{Do: teams.Accept}}))
	}
	numbers := []string{customer, second, "+4930901822", "+4930901823"}
	for _, n := range numbers[2:] {
		b.behave(n, phones.Accept)
	}
	stop := make(chan struct{})
	var listening sync.WaitGroup
	listening.Go(func() { // the application: it answers for whomever it is asked
		for {
			select {
			case in := <-b.calls:
				b.post(":answer", body{"incomingCallContext": in.IncomingCallContext, "callbackUri": b.app.URL + "/user"})
			case <-b.events:
			case <-b.recorded:
			case <-b.sockets:
			case <-stop:
				return
			}
		}
	})
	var mu sync.Mutex
	ids := []string{"none", "none", "none"}
	creation := b.with(b.streaming(body{"enableBidirectional": true}), b.transcription(nil))
	// leg is one of three, made anew when it is gone.
	leg := func(i int) string {
		mu.Lock()
		defer mu.Unlock()
		if r := b.do(request{method: http.MethodGet, path: "/" + ids[i]}); r.status != http.StatusOK {
			ids[i], _ = b.post("", b.with(b.creation("4:"+numbers[i]), creation)).json(t)["callConnectionId"].(string)
		}
		return ids[i]
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	var workers sync.WaitGroup
	var all, refused atomic.Int32
	for w := range 6 {
		dice := rand.New(rand.NewPCG(uint64(w), seed))
		workers.Go(func() {
			for range 60 {
				if !b.something(dice, leg(dice.IntN(3)), leg(dice.IntN(3)), numbers) {
					refused.Add(1)
				}
				all.Add(1)
			}
		})
	}
	workers.Wait()
	if 2*refused.Load() > all.Load() {
		t.Errorf("%d of %d were refused: too little was tried", refused.Load(), all.Load())
	}
	for _, id := range append(b.legs(), ids...) {
		b.post("/"+id+":terminate", nil)
	}
	for _, v := range b.Calls() { // those that nobody controls, or that are created still
		_ = b.Service.HangUp(v.CorrelationID)
	}
	b.await("all calls end", func() bool {
		for _, v := range b.Calls() {
			_ = b.Service.HangUp(v.CorrelationID)
		}
		return len(b.Calls()) == 0
	})
	for _, n := range numbers {
		b.phoneIs(n, "")
	}
	b.leaves(ada)
	b.leaves(bob)
	close(stop)
	listening.Wait()
}

// legs are the ids of all legs.
func (b *bench) legs() (list []string) {
	for _, v := range b.Calls() {
		list = append(list, v.CallConnectionIDs...)
	}
	return list
}

// something does one thing to one call, or in it, and reports whether it was
// taken.
func (b *bench) something(dice *rand.Rand, id, other string, numbers []string) (taken bool) {
	number := numbers[dice.IntN(len(numbers))]
	who := []string{"4:" + number, rawAda, rawBob, alice, carol}[dice.IntN(5)]
	target := body{"targetParticipant": named(who), "sourceCallerIdNumber": body{"value": ours}}
	taken = true
	do := func(verb string, m body) {
		taken = b.do(request{method: http.MethodPost, path: "/" + id + verb, body: m, repeat: uuid.NewString()}).status < 300
	}
	switch dice.IntN(18) {
	case 0, 1, 2:
		do("/participants:add", body{"participantToAdd": named(who), "sourceCallerIdNumber": body{"value": ours}})
	case 3:
		do("/participants:remove", body{"participantToRemove": named(who)})
	case 4:
		do(":transferToParticipant", b.with(target, body{"transferee": named("4:" + number)}))
	case 5:
		do("/participants:moveHere", body{"targetParticipants": []body{named(who)}, "fromCall": other})
	case 6:
		do("/participants:mute", body{"targetParticipants": []body{named(alice)}})
	case 7:
		do(":hold", b.with(target, body{"playSourceInfo": b.file("short.wav")}))
	case 8:
		do(":unhold", target)
	case 9:
		do(":play", body{"playSources": []body{b.file("short.wav")}, "playTo": []body{named(who)}, "interruptCallMediaOperation": dice.IntN(2) == 0})
	case 10:
		do(":play", body{"playSources": []body{b.file("short.wav")}, "playOptions": body{"loop": true}, "interruptCallMediaOperation": true})
	case 11:
		do(":recognize", body{"recognizeInputType": "dtmf", "recognizeOptions": target, "playPrompt": b.file("short.wav")})
	case 12:
		do(":startContinuousDtmfRecognition", target)
		_ = b.phones.Press(number, "1#")
	case 13:
		do(":"+[]string{"startMediaStreaming", "stopMediaStreaming", "startTranscription", "stopTranscription"}[dice.IntN(4)], nil)
	case 14:
		r := b.do(request{method: http.MethodPost, path: "!/calling/recordings", body: body{"callConnectionId": id, "recordingStateCallbackUri": b.app.URL + "/rec"}})
		if r.status == http.StatusOK {
			recording, _ := r.json(b.t)["recordingId"].(string)
			b.do(request{method: http.MethodPost, path: "!/calling/recordings/" + recording + ":pause"})
		}
	case 15:
		_ = b.phones.HangUp(number)
		_ = b.Directory.HangUp(ada, "")
	case 16:
		do(":cancelAllMediaOperations", nil)
		_ = b.Directory.Mute(bob, "", dice.IntN(2) == 0)
		_ = b.Directory.Transfer(ada, "", bob)
	case 17:
		b.do(request{method: http.MethodGet, path: "/" + id + "/participants"})
		_ = b.Service.Say(id, who, "something", short(clip(), 300e6))
	}
	return taken
}
