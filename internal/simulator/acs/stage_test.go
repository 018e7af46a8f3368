package acs

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tandem/internal/audio"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/mixer"
	"tandem/internal/simulator/phones"
	"tandem/internal/simulator/teams"
)

// Who takes part in the tests.
const (
	ours     = "+493023125000" // of the resource
	customer = "+4930901820"   // whom it calls
	second   = "+4930901821"
	rawPhone = "4:" + customer
	rawBob   = "8:orgid:" + bob
	alice    = "8:acs:" + immutableID + "_00000000-0000-4000-8000-00000000a11c"
	carol    = "8:acs:" + immutableID + "_00000000-0000-4000-8000-00000000ca01"
)

type body = map[string]any

func named(raw string) body { return body{"rawId": raw} }

// with returns m with more members.
func (b *bench) with(m body, more body) body {
	all := body{}
	for _, from := range []body{m, more} {
		for k, v := range from {
			all[k] = v
		}
	}
	return all
}

// must posts and returns the answer, which has to have that status.
func (b *bench) must(status int, path string, m any) response {
	b.t.Helper()
	return b.want(b.post(path, m), status)
}

// refused posts and wants that refusal.
func (b *bench) refused(status int, code, path string, m any) {
	b.t.Helper()
	if r := b.post(path, m); r.status != status || r.code() != code {
		b.t.Errorf("%s answered %d %s, want %d/%s", path, r.status, r.body, status, code)
	}
}

// creation is the body of a create call.
func (b *bench) creation(targets ...string) body {
	list := []body{}
	for _, raw := range targets {
		list = append(list, named(raw))
	}
	return body{
		"targets": list, "callbackUri": b.app.URL + "/cb", "operationContext": "create",
		"sourceCallerIdNumber": body{"value": ours}, "sourceDisplayName": "Contoso",
		"callIntelligenceOptions": body{"cognitiveServicesEndpoint": "https://ai.contoso.com"},
	}
}

// begin creates a call and returns its id; nobody has answered yet.
func (b *bench) begin(more body, targets ...string) string {
	b.t.Helper()
	r := b.must(http.StatusCreated, "", b.with(b.creation(targets...), more))
	id, _ := r.json(b.t)["callConnectionId"].(string)
	return id
}

// connected creates a call to phones and waits until it is connected.
func (b *bench) connected(more body, targets ...string) string {
	b.t.Helper()
	id := b.begin(more, targets...)
	b.event("CallConnected")
	b.event("ParticipantsUpdated")
	for range targets[1:] {
		b.event("ParticipantsUpdated")
	}
	return id
}

// incoming waits for the next IncomingCall.
func (b *bench) incoming() incoming {
	b.t.Helper()
	select {
	case in := <-b.calls:
		return in
	case <-time.After(10 * time.Second):
		b.t.Fatal("no IncomingCall")
		return incoming{}
	}
}

// takes answers an IncomingCall and returns the id of the new leg.
func (b *bench) takes(in incoming, name string) string {
	b.t.Helper()
	r := b.must(http.StatusOK, ":answer", body{
		"incomingCallContext": in.IncomingCallContext, "callbackUri": b.app.URL + "/" + name, "operationContext": name,
		"callIntelligenceOptions": body{"cognitiveServicesEndpoint": "https://ai.contoso.com"},
	})
	id, _ := r.json(b.t)["callConnectionId"].(string)
	return id
}

// withUser makes a call of a phone and an ACS user, both legs ours.
func (b *bench) withUser(phone, user string) (id, userID string) {
	b.t.Helper()
	id = b.connected(nil, "4:"+phone)
	return id, b.addUser(id, user)
}

// addUser adds an ACS user, for whom it answers.
func (b *bench) addUser(id, user string) (userID string) {
	b.t.Helper()
	b.must(http.StatusAccepted, "/"+id+"/participants:add", body{"participantToAdd": named(user), "operationContext": "add"})
	userID = b.takes(b.incoming(), "user")
	b.eventOf(userID, "CallConnected")
	b.event("AddParticipantSucceeded")
	b.quiet(id, userID)
	return userID
}

// addPhone adds a phone, which accepts.
func (b *bench) addPhone(id, number string) {
	b.t.Helper()
	b.must(http.StatusAccepted, "/"+id+"/participants:add", body{
		"participantToAdd": named("4:" + number), "sourceCallerIdNumber": body{"value": ours}, "operationContext": "add",
	})
	b.event("AddParticipantSucceeded")
	b.quiet(id)
}

// quiet waits until legs were told of a new member, which comes twice, and
// forgets all updates so far.
func (b *bench) quiet(ids ...string) {
	b.t.Helper()
	for _, id := range ids {
		for range 2 {
			b.find(func(e told) bool {
				return e.name() == "ParticipantsUpdated" && e.Data.CallConnectionID == id && e.Data.Sequence == b.sequence(id)
			}, "update of "+id)
		}
	}
	b.backlog = slices.DeleteFunc(b.backlog, func(e told) bool { return e.name() == "ParticipantsUpdated" })
}

// sequence is the number of the latest list.
func (b *bench) sequence(id string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.Service.calls {
		if c.is(id) {
			return c.sequence
		}
	}
	return 0
}

// list are the raw ids of the participants, by API.
func (b *bench) list(id string) (raw []string) {
	b.t.Helper()
	for _, p := range b.participants(id) {
		raw = append(raw, p.Identifier.RawID)
	}
	return raw
}

type participant struct {
	Identifier        struct{ RawID string }
	IsMuted, IsOnHold bool
}

func (b *bench) participants(id string) []participant {
	b.t.Helper()
	r := b.want(b.do(request{method: http.MethodGet, path: "/" + id + "/participants"}), http.StatusOK)
	var list struct{ Value []participant }
	if err := json.Unmarshal([]byte(r.body), &list); err != nil {
		b.t.Fatal(err)
	}
	return list.Value
}

// eventOf waits for the next event of a leg with that name.
func (b *bench) eventOf(id, name string) told {
	b.t.Helper()
	return b.find(func(e told) bool { return e.name() == name && e.Data.CallConnectionID == id }, name+" of "+id)
}

// find waits for an event; those before it stay for later.
func (b *bench) find(fits func(told) bool, what string) told {
	b.t.Helper()
	if i := slices.IndexFunc(b.backlog, fits); i >= 0 {
		e := b.backlog[i]
		b.backlog = slices.Delete(b.backlog, i, i+1)
		return e
	}
	deadline := time.After(10 * time.Second)
	for {
		select {
		case e := <-b.events:
			b.all = append(b.all, e)
			if fits(e) {
				return e
			}
			b.backlog = append(b.backlog, e)
		case <-deadline:
			b.t.Fatalf("no %s; there were %v", what, names(b.backlog))
		}
	}
}

// until waits for an event and returns the names of all events up to it, in
// their order.
func (b *bench) until(name string) (list []string, last told) {
	b.t.Helper()
	e := b.event(name)
	for _, old := range b.backlog {
		list = append(list, old.name())
	}
	b.backlog = nil
	return append(list, name), e
}

// order fails the test unless the next events are these.
func (b *bench) order(want ...string) []told {
	b.t.Helper()
	list := slices.Clone(b.backlog)
	b.backlog = nil
	deadline := time.After(10 * time.Second)
	for len(list) < len(want) {
		select {
		case e := <-b.events:
			list = append(list, e)
		case <-deadline:
			b.t.Fatalf("only %v, want %v", names(list), want)
		}
	}
	list, b.backlog = list[:len(want)], list[len(want):]
	if !slices.Equal(names(list), want) {
		b.t.Fatalf("%v, want %v", names(list), want)
	}
	return list
}

// result wants code and subcode of an event.
func (b *bench) result(e told, code, sub int) told {
	b.t.Helper()
	if e.Data.Result.Code != code || e.Data.Result.SubCode != sub {
		b.t.Errorf("%s with %+v, want %d/%d", e.name(), e.Data.Result, code, sub)
	}
	return e
}

// nothingBut ends a call and fails the test if its leg was told of anything else
// than is allowed.
func (b *bench) nothingBut(id string, allowed ...string) {
	b.t.Helper()
	b.must(http.StatusNoContent, "/"+id+":terminate", nil)
	list, _ := b.until("CallDisconnected")
	for _, name := range list[:len(list)-1] {
		if !slices.Contains(allowed, name) {
			b.t.Errorf("unexpected %s", name)
		}
	}
}

func (b *bench) fault(f faults.Fault) {
	b.t.Helper()
	if err := b.Faults.Set(f); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) behave(number, do string) {
	b.t.Helper()
	if err := b.phones.Set(number, phones.Behaviour{Do: do}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) check(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// await looks again whenever time has passed by a tick of sound, until a
// condition holds.
func (b *bench) await(what string, holds func() bool) {
	b.t.Helper()
	clock := mixer.New(nil)
	defer clock.Close()
	tick := make(chan struct{}, 1)
	clock.Join("", func([]int16) {
		select {
		case tick <- struct{}{}:
		default:
		}
	})
	deadline := time.After(15 * time.Second)
	for !holds() {
		select {
		case <-tick:
		case <-deadline:
			b.t.Fatalf("%s: does not come about", what)
		}
	}
}

// phoneIs waits until a phone's call has some state; an empty one is no call.
func (b *bench) phoneIs(number, state string) {
	b.t.Helper()
	b.await(number+" "+state, func() bool {
		v, err := b.phones.Phone(number)
		if err != nil || len(v.Calls) == 0 {
			return state == ""
		}
		return v.Calls[0].State == state
	})
}

// view is what Teams shows of a user.
func (b *bench) view(oid string) teams.View {
	b.t.Helper()
	v, err := b.Directory.User(oid)
	b.check(err)
	return v
}

// ------------------------------------------------------------------ sound

// clip is some seconds of speech at 16 kHz. It is made once: resampling took most of the time of these tests.
var clip = sync.OnceValue(func() audio.PCM { return short(audio.CustomerSpeech(), 1200*time.Millisecond) })

// other is another voice.
var other = sync.OnceValue(func() audio.PCM { return short(audio.AgentSpeech(), 1200*time.Millisecond) })

func short(p audio.PCM, d time.Duration) audio.PCM {
	wide := audio.Resample(p, mixer.WideRate)
	wide.Samples = slices.Clip(wide.Samples[:min(len(wide.Samples), int(d.Seconds()*mixer.WideRate))]) // who appends gets a copy
	return wide
}

// soundFiles are what the application has to play: nobody may write into them.
var soundFiles = sync.OnceValue(func() map[string][]byte {
	files := map[string][]byte{"bad.wav": []byte("no sound at all")}
	for name, pcm := range map[string]audio.PCM{"clip.wav": clip(), "other.wav": other(), "short.wav": short(clip(), 100*time.Millisecond)} {
		var wav bytes.Buffer
		if err := audio.WriteWAV(&wav, pcm); err != nil {
			panic(err) // a buffer takes everything
		}
		files[name] = wav.Bytes()
	}
	return files
})

// file is a play source.
func (b *bench) file(name string) body {
	return body{"kind": "file", "file": body{"uri": b.app.URL + "/file/" + name}}
}

func speech(text string) body { return body{"kind": "text", "text": body{"text": text}} }

// heard waits until a phone has heard a clip and returns how well.
func (b *bench) heard(number string, sent audio.PCM) audio.Match {
	b.t.Helper()
	var m audio.Match
	b.await("sound at "+number, func() bool {
		pcm, err := b.phones.Heard(number)
		if err != nil || len(pcm.Samples) < len(sent.Samples) {
			return false
		}
		m = audio.Compare(sent.Samples, pcm.Samples, mixer.WideRate)
		return m.Correlation > 0.8
	})
	return m
}

// reaches has something said until a phone has heard it: on a busy machine
// frames come too late now and then.
func (b *bench) reaches(number string, sent audio.PCM, say func()) {
	b.t.Helper()
	for range 5 {
		before, err := b.phones.Heard(number)
		b.check(err)
		say()
		arrived := false
		b.await("time for sound at "+number, func() bool {
			pcm, err := b.phones.Heard(number)
			if err != nil || len(pcm.Samples) < len(sent.Samples) {
				return false
			}
			arrived = audio.Compare(sent.Samples, pcm.Samples, mixer.WideRate).Correlation > 0.8
			return arrived || len(pcm.Samples) > len(before.Samples)+len(sent.Samples)+2*mixer.WideRate
		})
		if arrived {
			return
		}
	}
	b.t.Errorf("%s does not hear it", number)
}

// silent says whether a phone has heard next to nothing of a clip.
func (b *bench) silent(number string, sent audio.PCM) bool {
	b.t.Helper()
	pcm, err := b.phones.Heard(number)
	b.check(err)
	return audio.Compare(sent.Samples, pcm.Samples, mixer.WideRate).Correlation < 0.5
}

// ---------------------------------------------------------------- sockets

// socket is the application's end of a WebSocket.
type socket struct {
	*websocket.Conn
	path   string
	header http.Header
	texts  chan map[string]any
	over   chan struct{}
}

// give serves files and takes WebSockets.
func (b *bench) give(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") == "" {
		content, found := b.files[strings.TrimPrefix(r.URL.Path, "/file/")]
		if !found {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(content)
		return
	}
	if b.gate != nil {
		<-b.gate
	}
	if b.refuse.Load() {
		http.Error(w, "no", http.StatusForbidden)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		b.t.Error(err)
		return
	}
	conn.SetReadLimit(1 << 20)
	s := &socket{Conn: conn, path: r.URL.Path, header: r.Header, texts: make(chan map[string]any, 1<<14), over: make(chan struct{})}
	b.sockets <- s
	defer close(s.over)
	for {
		_, text, err := conn.Read(context.Background())
		if err != nil {
			return
		}
		m := map[string]any{}
		if err := json.Unmarshal(text, &m); err != nil {
			b.t.Error(err)
		}
		s.texts <- m
	}
}

func (b *bench) socket() *socket {
	b.t.Helper()
	select {
	case s := <-b.sockets:
		return s
	case <-time.After(10 * time.Second):
		b.t.Fatal("no WebSocket")
		return nil
	}
}

// frame waits for a frame that fits.
func (s *socket) frame(t *testing.T, what string, fits func(map[string]any) bool) map[string]any {
	t.Helper()
	deadline := time.After(15 * time.Second)
	for {
		select {
		case m := <-s.texts:
			if fits(m) {
				return m
			}
		case <-deadline:
			t.Fatalf("no frame: %s", what)
		}
	}
}

func ofKind(kind string) func(map[string]any) bool {
	return func(m map[string]any) bool { return m["kind"] == kind }
}

// inner is the object that a frame carries.
func inner(m map[string]any) map[string]any {
	for k, v := range m {
		if o, is := v.(map[string]any); is && k != "kind" {
			return o
		}
	}
	return nil
}

func (s *socket) closes(t *testing.T) {
	t.Helper()
	select {
	case <-s.over:
	case <-time.After(10 * time.Second):
		t.Fatal("the socket stays open")
	}
}

func (b *bench) ws(path string) string { return "wss" + strings.TrimPrefix(b.app.URL, "https") + path }

// say makes a phone say something.
func (b *bench) say(number string, pcm audio.PCM) {
	b.t.Helper()
	b.check(b.Service.Say("", "4:"+number, "", pcm))
}

// alike says whether two lists name the same people, in whatever order.
func alike(a, b []string) bool { return slices.Equal(sorted(a), sorted(b)) }
