package simulator

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"

	"tandem/internal/audio"
)

// press sends one key as RFC 4733 has it: a start, and the end three times.
func (s *sbc) press(event byte, at uint32, sequence *uint16) {
	s.t.Helper()
	for n, end := range []bool{false, true, true, true} {
		payload := []byte{event, 10, 0, 0}
		binary.BigEndian.PutUint16(payload[2:], uint16(160*(min(n, 1)+1)))
		if end {
			payload[1] |= 0x80
		}
		*sequence++
		packet := rtp.Packet{Header: rtp.Header{Version: 2, Marker: n == 0, PayloadType: 101, SequenceNumber: *sequence, Timestamp: at, SSRC: 7}, Payload: payload}
		raw, err := packet.Marshal()
		if err == nil {
			raw, err = s.send.EncryptRTP(nil, raw, nil)
		}
		if err == nil {
			_, err = s.media.WriteTo(raw, s.remote)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// tones returns the keys that come in as RFC 4733 events, until there are n.
func (s *sbc) tones(n int) (keys []byte) {
	s.t.Helper()
	if err := s.media.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		s.t.Fatal(err)
	}
	buf := make([]byte, 2048)
	var last uint32
	for len(keys) < n {
		size, _, err := s.media.ReadFrom(buf)
		if err != nil {
			s.t.Fatal(err)
		}
		plain, err := s.receive.DecryptRTP(nil, buf[:size], nil)
		var packet rtp.Packet
		if err != nil || packet.Unmarshal(plain) != nil || packet.PayloadType != 101 || len(packet.Payload) < 4 {
			continue
		}
		if len(keys) == 0 || packet.Timestamp != last {
			keys, last = append(keys, packet.Payload[0]), packet.Timestamp
		}
	}
	return keys
}

// Keys of a real leg reach a recognition and a continuous one, and tones of the
// application reach the leg.
func TestTonesBySIP(t *testing.T) {
	audio.TestShare(t)
	w := newWorld(t, func(c *Config) { c.Listen.SIP = []string{anyPort} })
	w.subscribed()
	caller := newSBC(w)
	caller.invite()
	in := next(t, "IncomingCall", w.calls)
	status, props := w.acs(http.MethodPost, ":answer", map[string]any{"incomingCallContext": in.IncomingCallContext, "callbackUri": w.app + "/cb"})
	if status != http.StatusOK {
		t.Fatalf("answer: %d", status)
	}
	caller.accepted()
	w.event("CallConnected")
	call := "/" + props["callConnectionId"].(string)
	phone := map[string]any{"rawId": "4:+4930901820"}
	for path, body := range map[string]map[string]any{
		":startContinuousDtmfRecognition": {"targetParticipant": phone},
		":recognize": {"recognizeInputType": "dtmf", "recognizeOptions": map[string]any{
			"targetParticipant": phone, "dtmfOptions": map[string]any{"maxTonesToCollect": 4, "stopTones": []string{"pound"}},
		}},
	} {
		if status, answer := w.acs(http.MethodPost, call+path, body); status/100 != 2 {
			t.Fatalf("%s: %d %v", path, status, answer)
		}
	}
	sequence := uint16(10)
	for i, key := range []byte{1, 2, 11} { // 1 2 #
		caller.press(key, uint32(8000+i*3200), &sequence)
	}
	for _, want := range []string{"one", "two", "pound"} {
		if e := w.event("ContinuousDtmfRecognitionToneReceived"); e.Data.Tone != want {
			t.Errorf("tone %s, want %s", e.Data.Tone, want)
		}
	}
	if e := w.event("RecognizeCompleted"); strings.Join(e.Data.DTMF.Tones, " ") != "one two" || e.Data.Result.SubCode != 8514 {
		t.Errorf("recognised %+v", e.Data)
	}
	if status, _ := w.acs(http.MethodPost, call+":sendDtmfTones", map[string]any{"targetParticipant": phone, "tones": []string{"five", "asterisk"}}); status != http.StatusAccepted {
		t.Fatalf("send: %d", status)
	}
	if got := caller.tones(2); got[0] != 5 || got[1] != 10 {
		t.Errorf("sent %v", got)
	}
	w.event("SendDtmfTonesCompleted")
}

// A number with a voice route goes to its trunks in turn, with the custom
// headers; what the SBC says is what the application hears.
func TestVoiceRoute(t *testing.T) {
	l, err := net.Listen("tcp", anyPort)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	const deaf = "e1.eu.sbc.tandem.test"
	w := newWorld(t, func(c *Config) {
		c.Listen.SIP = []string{anyPort}
		c.Resources[0].Trunks = []Trunk{{FQDN: deaf, Port: 1}, {FQDN: trunk, Port: l.Addr().(*net.TCPAddr).Port}}
		c.Resources[0].Routes = []Route{{Pattern: `^\+44`, Trunks: []string{deaf, trunk}}}
	})
	cert, err := w.CA().Issue([]string{trunk}, nil)
	if err != nil {
		t.Fatal(err)
	}
	invite := make(chan string, 1)
	go func() {
		conn, err := tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}}).Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		r := bufio.NewReader(conn)
		var head strings.Builder
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			head.WriteString(line)
			if line == "\r\n" && strings.HasPrefix(head.String(), "INVITE") {
				break
			}
		}
		var kept strings.Builder
		for _, line := range strings.Split(head.String(), "\r\n") {
			for _, name := range []string{"VIA:", "FROM:", "TO:", "CALL-ID:", "CSEQ:"} {
				if strings.HasPrefix(strings.ToUpper(line), name) {
					kept.WriteString(strings.TrimRight(line, "\r\n"))
					if name == "TO:" {
						kept.WriteString(";tag=x")
					}
					kept.WriteString("\r\n")
				}
			}
		}
		_, _ = fmt.Fprintf(conn, "SIP/2.0 486 Busy Here\r\n%sContent-Length: 0\r\n\r\n", kept.String())
		invite <- head.String()
		_, _ = io.Copy(io.Discard, conn) // the offer and the ACK
	}()
	status, answer := w.acs(http.MethodPost, "", map[string]any{
		"targets": []any{map[string]any{"rawId": "4:+442071838750"}}, "sourceCallerIdNumber": map[string]any{"value": "+493023125000"}, "callbackUri": w.app + "/cb",
	})
	if status != http.StatusCreated {
		t.Fatalf("create: %d %v", status, answer)
	}
	got := next(t, "INVITE", invite)
	if !strings.HasPrefix(got, "INVITE sip:+442071838750@"+trunk) {
		t.Errorf("the trunk got %.120s", got)
	}
	if e := w.event("CreateCallFailed"); e.Data.Result.Code != 486 || e.Data.Result.SubCode != 560486 {
		t.Errorf("failed with %+v", e.Data.Result)
	}
}

// A number that nobody answers behind a trunk is not answered in time, whatever
// the trunk said of the CANCEL.
func TestVoiceRouteUnanswered(t *testing.T) {
	l, err := net.Listen("tcp", anyPort)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	w := newWorld(t, func(c *Config) {
		c.Listen.SIP = []string{anyPort}
		c.Resources[0].Trunks = []Trunk{{FQDN: trunk, Port: l.Addr().(*net.TCPAddr).Port}}
		c.Resources[0].Routes = []Route{{Pattern: `^\+44`, Trunks: []string{trunk}}}
	})
	cert, err := w.CA().Issue([]string{trunk}, nil)
	if err != nil {
		t.Fatal(err)
	}
	rings := make(chan struct{})
	go func() {
		conn, err := tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}}).Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		if line, err := bufio.NewReader(conn).ReadString('\n'); err == nil && strings.HasPrefix(line, "INVITE") {
			close(rings)
		}
		_, _ = io.Copy(io.Discard, conn)
	}()
	if status, answer := w.acs(http.MethodPost, "", map[string]any{
		"targets": []any{map[string]any{"rawId": "4:+442071838750"}}, "sourceCallerIdNumber": map[string]any{"value": "+493023125000"}, "callbackUri": w.app + "/cb",
	}); status != http.StatusCreated {
		t.Fatalf("create: %d %v", status, answer)
	}
	next(t, "INVITE", rings)
	w.clock.Advance(3 * time.Minute)
	if e := w.event("CreateCallFailed"); e.Data.Result.Code != 487 || e.Data.Result.SubCode != 10004 {
		t.Errorf("failed with %+v", e.Data.Result)
	}
}
