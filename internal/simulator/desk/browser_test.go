package desk

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/internal/simulator/browser"
	"tandem/internal/simulator/mixer"
	"tandem/internal/simulator/phones"
	"tandem/internal/simulator/teams"
)

const (
	bob   = "0f9d33b0-1111-4222-8333-444455556666"
	carol = "0f9d33b0-2222-4222-8333-444455556666"
)

// missing skips a test, or fails it where everything must be there.
func missing(t *testing.T, what, debian string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing; install it with: apt-get install %s", what, debian)
	}
	t.Skipf("NOT RUN: %s is missing (Debian: %s)", what, debian)
}

// tools returns where Chromium and Node are, and a folder with the test and what
// it needs from the npm registry.
func tools(t *testing.T) (chromium, node, dir string) {
	t.Helper()
	var err error
	if chromium, err = exec.LookPath("chromium"); err != nil {
		missing(t, "chromium", "chromium")
	}
	if node, err = exec.LookPath("node"); err != nil {
		missing(t, "node", "nodejs npm")
	}
	if dir, err = filepath.Abs("testdata/browser"); err != nil {
		t.Fatal(err)
	}
	lock, err := os.Stat(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	if installed, err := os.Stat(filepath.Join(dir, "node_modules/.package-lock.json")); err != nil || installed.ModTime().Before(lock.ModTime()) {
		npm, err := exec.LookPath("npm")
		if err != nil {
			missing(t, "npm", "npm")
		}
		cmd := exec.CommandContext(t.Context(), npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("npm ci: %v\n%s", err, out)
		}
	}
	return chromium, node, dir
}

// stand is the desk with whoever invites and a customer, as the browser's test
// asks for them.
type stand struct {
	*bench
	mu       sync.Mutex
	room     *mixer.Conference
	customer *mixer.Port
	session  chan *teams.Session
	did      []string
	heard    []int16 // by the customer
	saying   []int16 // what the customer still says, again and again
	said     int
	dialling sync.WaitGroup
	hangUp   context.CancelFunc // ends what is dialled, until reset
	ctx      context.Context
	line     *phones.Line // of the telephone that answered
}

// tick is the customer's 20 ms.
func (s *stand) tick(frame []int16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard = append(s.heard, frame...)
	if len(s.saying) == 0 || s.customer == nil {
		return
	}
	if s.said+mixer.FrameSamples > len(s.saying) {
		s.said = 0
	}
	s.customer.Write(s.saying[s.said:][:mixer.FrameSamples])
	s.said += mixer.FrameSamples
}

func (s *stand) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.did = append(s.did, what)
}

// dial calls a telephone and, when it answers, lets it hear the customer.
func (s *stand) dial(number string) int64 {
	at, ctx := time.Now(), s.ctx
	s.dialling.Go(func() {
		line, err := s.Phones.Dial(ctx, phones.Call{From: "+4930901820", To: number, DisplayName: "Contoso queue"})
		if err != nil {
			s.note("refused")
			return
		}
		line.OnDigit(func(digit byte) { s.note(string(digit)) })
		line.Attach(s.room)
		s.note("answered")
		s.mu.Lock()
		s.line = line
		s.mu.Unlock()
	})
	return at.UnixMilli()
}

// stopDialling ends the calls of the telephones.
func (s *stand) stopDialling() {
	if s.hangUp != nil {
		s.hangUp()
	}
	s.dialling.Wait()
	for _, p := range s.Phones.List() {
		for range p.Calls {
			_ = s.Phones.HangUp(p.Number)
		}
	}
	s.Phones.Reset()
	s.ctx, s.hangUp = context.WithCancel(context.Background())
}

// reset ends all calls and begins anew.
func (s *stand) reset() {
	s.stopDialling()
	s.forgetFaults()
	s.Switches.Reset()
	for _, u := range s.Directory.Users() {
		for range u.Ringing {
			_ = s.Directory.Decline(u.OID, "")
		}
		for range u.Calls {
			_ = s.Directory.HangUp(u.OID, "")
		}
	}
	s.Directory.Reset()
	for len(s.session) > 0 {
		<-s.session
	}
	if s.room != nil {
		s.room.Close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.did, s.heard, s.saying, s.customer = nil, nil, nil, nil
	s.room = mixer.New(nil)
	s.customer = s.room.Join("customer", s.tick)
}

func (s *stand) invite(oid string) int64 {
	at := time.Now()
	s.Directory.Ring(oid, teams.Invitation{
		ID: "ring-" + at.String(), Call: "call-" + at.Format("150405.000"), Resource: resource, From: "+4930901820", DisplayName: "Contoso queue",
		Timeout: time.Minute, Room: s.room, VoIPHeaders: map[string]string{"order": "4711"},
		Done: func(_ teams.Outcome, session *teams.Session) {
			if session != nil {
				s.session <- session
			}
		},
		Left: func() { s.note("left") },
		Changed: func(muted, held bool) {
			s.note("changed:" + map[bool]string{true: "true", false: "false"}[muted] + "," + map[bool]string{true: "true", false: "false"}[held])
		},
		Pressed:  func(digit byte) { s.note(string(digit)) },
		Transfer: func(target string) error { s.note(target); return nil },
	})
	return at.UnixMilli()
}

// inCall is the session of the call that goes on.
func (s *stand) inCall(t *testing.T) *teams.Session {
	select {
	case session := <-s.session:
		s.session <- session
		return session
	case <-time.After(5 * time.Second):
		t.Error("there is no call")
		return nil
	}
}

// silent waits until nobody speaks for Ada.
func (s *stand) silent() string {
	changes, stop := s.Directory.Watch()
	defer stop()
	deadline := time.After(15 * time.Second)
	for {
		v, err := s.Directory.User(ada)
		if err != nil || v.Voice == "" {
			return ""
		}
		select {
		case <-changes:
		case <-deadline:
			return v.Voice
		}
	}
}

func (s *stand) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	verb, ok := strings.CutPrefix(r.URL.Path, "/test/")
	if !ok {
		s.bench.ServeHTTP(w, r)
		return
	}
	answer := map[string]any{}
	switch verb {
	case "reset":
		s.reset()
	case "ring":
		oid := r.URL.Query().Get("oid")
		if oid == "" {
			oid = ada
		}
		answer["at"] = s.invite(oid)
	case "accept":
		_ = s.Directory.Answer(ada, "")
	case "settled": // whoever cannot be rung is off the screen
		changes, stop := s.Directory.Watch()
		defer stop()
		for slices.ContainsFunc(s.Directory.Users(), func(v teams.View) bool { return len(v.Ringing) > 0 }) {
			<-changes
		}
	case "record":
		s.inCall(s.t).SetRecording(r.URL.Query().Get("on") == "true")
	case "did":
		s.mu.Lock()
		answer["did"] = s.did
		s.mu.Unlock()
	case "talk":
		s.mu.Lock()
		s.saying, s.said = audio.CustomerSpeech().Samples, 0
		s.mu.Unlock()
	case "listened":
		s.mu.Lock()
		heard := slices.Clone(s.heard)
		s.mu.Unlock()
		m := audio.Compare(audio.AgentSpeech().Samples, heard, mixer.SampleRate)
		s.t.Logf("microphone to customer: correlation %.3f, longest gap %v, gain %.2f", m.Correlation, m.LongestGap, m.Gain)
		if m.Correlation < 0.8 {
			s.t.Errorf("the customer heard the microphone with a correlation of %.3f, want 0.8", m.Correlation)
		}
	case "voice":
		v, _ := s.Directory.User(ada)
		answer["voice"] = v.Voice
	case "silent":
		answer["voice"] = s.silent()
	case "dial":
		answer["at"] = s.dial(r.URL.Query().Get("number"))
	case "tones":
		s.mu.Lock()
		line := s.line
		s.mu.Unlock()
		if err := line.Press(r.Context(), "42#"); err != nil {
			s.t.Error(err)
		}
	case "end":
		s.inCall(s.t).Leave()
	default:
		http.NotFound(w, r)
		return
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// newStand opens a stand. run has Chromium do files of testdata/browser, with flags of
// node's; what they make is in the folder out.
func newStand(t *testing.T) (run func(args ...string), out string) {
	t.Helper()
	chromium, node, dir := tools(t)
	s := &stand{bench: newBench(t), session: make(chan *teams.Session, 8)}
	for _, who := range []struct{ oid, name string }{{bob, "Bob Babbage"}, {carol, "Carol Turing"}} {
		if err := s.Directory.Add(teams.Profile{OID: who.oid, Tenant: contoso, Name: who.name, Behaviour: teams.Behaviour{Do: teams.Manual}}); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if s.Voice, err = browser.Listen(t.Context(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	s.Say = func(_ context.Context, _, rawID, text, locale string) error {
		s.note(rawID + " " + locale + " " + text)
		return nil
	}
	server := httptest.NewServer(s)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		s.Voice.Close()
		s.reset()
		s.room.Close()
	})

	out = t.TempDir()
	microphone := filepath.Join(out, "microphone.wav")
	file, err := os.Create(microphone)
	if err != nil {
		t.Fatal(err)
	}
	speech := audio.AgentSpeech()
	speech.Samples = append(make([]int16, 5*speech.Rate), speech.Samples...)
	if err := audio.WriteWAV(file, speech); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return func(args ...string) {
		t.Helper()
		all := []string{"--test", "--test-reporter=spec", "--test-timeout=480000", "--test-concurrency=1"} // ms, which holds for a whole file as well
		cmd := exec.CommandContext(t.Context(), node, append(all, args...)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "DESK=http://localhost:"+server.URL[strings.LastIndexByte(server.URL, ':')+1:],
			"CHROMIUM="+chromium, "MICROPHONE="+microphone, "OUT="+out)
		text, err := cmd.CombinedOutput()
		t.Logf("%s", text)
		if err != nil {
			t.Fatal(err)
		}
	}, out
}

// What a person sees, presses and says, in Chromium. The parts are tests of
// testdata/browser; ONLY picks one by its name, SHOTS is a folder for pictures.
func TestInBrowser(t *testing.T) {
	run, _ := newStand(t)
	args := []string{"desk.test.mjs", "phones.test.mjs", "misbehaviour.test.mjs", "admin.test.mjs"}
	if only := os.Getenv("ONLY"); only != "" {
		args = append([]string{"--test-name-pattern=" + only}, args...)
	}
	run(args...)
}

// Customer and person hear each other.
func TestVoiceInBrowser(t *testing.T) {
	run, out := newStand(t)
	audio.TestLock(t)
	listen := func() audio.Match {
		run("voice.test.mjs")
		raw, err := os.ReadFile(filepath.Join(out, "browser.pcm"))
		if err != nil {
			t.Fatal(err)
		}
		heard := make([]int16, len(raw)/2)
		if _, err := binary.Decode(raw, binary.LittleEndian, heard); err != nil {
			t.Fatal(err)
		}
		m := audio.Compare(audio.CustomerSpeech().Samples, heard, mixer.SampleRate)
		t.Logf("customer to speaker: correlation %.3f, longest gap %v at %v, gain %.2f, delay %v of %d samples", m.Correlation, m.LongestGap, m.GapAt, m.Gain, m.Delay, len(heard))
		return m
	}
	m := listen()
	if m.Correlation < 0.8 { // a browser that gets no time has holes in its sound: once more
		m = listen()
	}
	if m.Correlation < 0.8 {
		t.Errorf("the browser heard the customer with a correlation of %.3f, want 0.8", m.Correlation)
	}
}
