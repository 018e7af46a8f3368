package dev_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/dev"
)

// rate of the audio of the telephones, samples a second.
const rate = 8000

// program finds a program that somebody else wrote.
func program(t *testing.T, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		without(t, name, debian)
	}
	return path
}

// without ends a test that cannot run, which is an error where everything has to be there.
func without(t *testing.T, what, debian string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing (Debian: %s)", what, debian)
	}
	t.Skipf("NOT RUN: %s is missing (Debian: %s)", what, debian)
}

// softphone is a running baresip: a telephone whose SIP, codecs and timing
// share nothing with ours.
type softphone struct {
	dir    string // holds its recordings
	conn   net.Conn
	events chan softphoneEvent // closed when it is gone
}

// softphoneEvent is what baresip says of itself.
type softphoneEvent struct {
	Event bool   `json:"event"`
	Type  string `json:"type"`
	Param string `json:"param"`
}

// baresip starts the softphone with an account of the contact centre. It says
// speech when answered, and records.
func (s *stack) baresip(t *testing.T, speech audio.PCM) *softphone {
	t.Helper()
	bin := program(t, "baresip", "baresip-core")
	p := &softphone{dir: t.TempDir(), events: make(chan softphoneEvent, 64)}
	var wav bytes.Buffer
	if err := audio.WriteWAV(&wav, speech); err != nil {
		t.Fatal(err)
	}
	control := unused(t, 1)
	account := fmt.Sprintf("<sip:%s@%s>;auth_user=%[1]s;auth_pass=%[3]s;regint=0;audio_codecs=pcmu\n",
		s.File.Peer.Username, s.File.SIP.UDP, s.File.Peer.Password)
	settings := []string{
		"module_path /usr/lib/baresip/modules", "module g711.so", "module aufile.so", "module sndfile.so",
		"module_tmp account.so", "module_app menu.so", "module_app ctrl_tcp.so", "ctrl_tcp_listen " + control,
		"sip_listen 127.0.0.1:0", "net_interface 127.0.0.1", "rtp_ports 20000-30000",
		"audio_source aufile," + filepath.Join(p.dir, "speech.wav"), "snd_path " + p.dir,
		"ausrc_srate 8000", "auplay_srate 8000", "ausrc_channels 1", "auplay_channels 1", "",
	}
	for name, content := range map[string]string{
		"speech.wav": wav.String(), "accounts": account, "contacts": "", "config": strings.Join(settings, "\n"),
	} {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run(t, exec.CommandContext(t.Context(), bin, "-4", "-f", p.dir))
	eventually(t, "baresip listening", soon, func() bool {
		var err error
		p.conn, err = net.Dial("tcp", control)
		return err == nil
	})
	go p.listen()
	t.Cleanup(func() {
		_ = p.conn.Close()
		for range p.events { // until listen is done
		}
	})
	return p
}

// unused is a loopback address for a program that cannot tell which one it took.
func unused(t testing.TB, ports int) string {
	t.Helper()
	addr, err := dev.Unused("127.0.0.1", ports)
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

// run starts a program, kills it when the test ends and then shows what it said
// if the test failed.
func run(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(cmd.Path), said.String())
		}
	})
}

// listen reads netstrings ("5:hello,") until baresip is gone.
func (p *softphone) listen() {
	defer close(p.events)
	for r := bufio.NewReader(p.conn); ; {
		size, err := r.ReadString(':')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimSuffix(size, ":"))
		if err != nil || n > 1<<16 {
			return
		}
		body := make([]byte, n+1) // and the comma
		if _, err := io.ReadFull(r, body); err != nil {
			return
		}
		var e softphoneEvent
		if json.Unmarshal(body[:n], &e) == nil && e.Event {
			p.events <- e
		}
	}
}

// command is what a human would press.
func (p *softphone) command(t *testing.T, name, params string) {
	t.Helper()
	raw, err := json.Marshal(map[string]string{"command": name, "params": params})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(p.conn, "%d:%s,", len(raw), raw); err != nil {
		t.Fatal(err)
	}
}

// await waits for an event of baresip.
func (p *softphone) await(t *testing.T, kind string) {
	t.Helper()
	limit := time.NewTimer(soon)
	defer limit.Stop()
	for {
		select {
		case e, ok := <-p.events:
			switch {
			case !ok:
				t.Fatalf("baresip is gone, before %s", kind)
			case e.Type == kind:
				return
			case e.Type == "CALL_CLOSED":
				t.Fatalf("baresip's call ended before %s: %s", kind, e.Param)
			}
		case <-limit.C:
			t.Fatalf("baresip: no %s within %v", kind, soon)
		}
	}
}

// recorded is what baresip heard.
func (p *softphone) recorded(t *testing.T) audio.PCM {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, "dump-*-dec.wav"))
	if err != nil || len(files) != 1 {
		t.Fatalf("recordings: %v, %v", files, err)
	}
	f, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	pcm, err := audio.ReadWAV(f)
	if err != nil {
		t.Fatal(err)
	}
	return pcm
}

// aSoftphone is a human's call: baresip dials the number, both sides speak, and
// the human hangs up.
func (s *stack) aSoftphone(t *testing.T) {
	program(t, "baresip", "baresip-core")
	audio.TestShare(t)
	came := s.newcomers()
	speech := audio.CustomerSpeech()
	said := speech.Samples
	// Nobody hangs up in the middle of a word, and baresip's file must not end before the call.
	speech.Samples = slices.Concat(said, make([]int16, 60*rate))
	p := s.baresip(t, speech)

	p.command(t, "dial", "sip:"+s.File.Peer.Number+"@"+s.File.SIP.UDP)
	p.await(t, "CALL_ESTABLISHED")
	up := s.await(t, "customer and agent connected", soon, func(o bridge.Observation) bool { return came(o.Call) && joined(o.Call) != "" })
	oid := joined(up.Call)
	heard := func() []int16 {
		pcm, err := s.Sim.Heard(oid, up.Call.Connection.ID)
		if err != nil {
			t.Fatal(err)
		}
		return pcm.Samples
	}
	long := max(len(said), len(audio.AgentSpeech().Samples)) + 3*rate/2
	eventually(t, "all was said", 2*soon, func() bool { return len(heard()) >= long })
	p.command(t, "hangup", "")
	p.await(t, "CALL_CLOSED")
	s.await(t, "the end of the call", soon, func(o bridge.Observation) bool {
		return o.Call.ID == up.Call.ID && o.Call.Over() && o.Call.Ending.Result == call.Completed
	})

	judge(t, "Teams", said, heard())
	judge(t, "the softphone", audio.AgentSpeech().Samples, p.recorded(t).Samples)
}

// joined is the agent who talks in a call that is connected.
func joined(c call.Call) string {
	for _, p := range c.Participants {
		if c.Phase == call.Connected && !p.JoinedAt.IsZero() {
			return p.Endpoint.ID
		}
	}
	return ""
}

// judge demands that somebody heard all of what was said.
func judge(t *testing.T, who string, said, heard []int16) {
	t.Helper()
	m := audio.Compare(said, heard, rate)
	t.Logf("%s heard %.1f s: correlation %.3f, longest gap %v at %v", who, float64(len(heard))/rate, m.Correlation, m.LongestGap, m.GapAt)
	if m.Correlation < 0.9 || m.LongestGap > 60*time.Millisecond {
		t.Errorf("%s did not hear what was said", who)
	}
}
