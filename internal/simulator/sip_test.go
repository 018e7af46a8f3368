package simulator

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"tandem/internal/audio"
	"tandem/internal/simulator/teams"
)

// sbc is a minimal SBC with one call: enough to see that SIP, sound and Call
// Automation fit together. The proxies' own package tests the details.
type sbc struct {
	t      *testing.T
	conn   net.Conn
	reader *bufio.Reader
	media  net.PacketConn
	key    []byte // master key and salt

	target, route, to string
	remote            net.Addr
	send, receive     *srtp.Context
}

func newSBC(w *world) *sbc {
	cert, err := w.CA().Issue([]string{trunk}, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	s := &sbc{t: w.t, key: []byte("0123456789abcdefghijklmnopqrst")}
	s.conn, err = tls.Dial("tcp", w.SIPProxies()[0], &tls.Config{
		RootCAs: w.CA().Pool(), ServerName: "sip.pstnhub.microsoft.com", Certificates: []tls.Certificate{cert},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	s.reader = bufio.NewReader(s.conn)
	if s.media, err = net.ListenPacket("udp", anyPort); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = s.conn.Close(); _ = s.media.Close() })
	return s
}

// write sends a request of the one dialog.
func (s *sbc) write(method string, cseq int, extra, body string) {
	s.t.Helper()
	target, to := s.target, s.to
	if target == "" {
		target = "sip:+493023125000@sip.pstnhub.microsoft.com:5061;user=phone;transport=tls"
		to = "<sip:+493023125000@sip.pstnhub.microsoft.com:5061;user=phone>"
	}
	if s.route != "" {
		extra += "Route: " + s.route + "\r\n"
	}
	message := fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/TLS %s:5061;branch=z9hG4bK%s%d\r\nMax-Forwards: 70\r\n"+
		"From: <sip:+4930901820@%s:5061;user=phone>;tag=sbc\r\nTo: %s\r\nCall-ID: end-to-end\r\nCSeq: %d %s\r\n"+
		"Contact: <sip:+4930901820@%s:5061;transport=tls>\r\n%sContent-Length: %d\r\n\r\n%s",
		method, target, trunk, method, cseq, trunk, to, cseq, method, trunk, extra, len(body), body)
	if _, err := io.WriteString(s.conn, message); err != nil {
		s.t.Fatal(err)
	}
}

// read returns the next message: start line, headers by upper-case name, body.
func (s *sbc) read() (start string, header map[string]string, body string) {
	s.t.Helper()
	if err := s.conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		s.t.Fatal(err)
	}
	header = map[string]string{}
	for {
		line, err := s.reader.ReadString('\n')
		if err != nil {
			s.t.Fatal(err)
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" && start == "" {
			continue
		}
		if line == "" {
			break
		}
		if start == "" {
			start = line
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		header[strings.ToUpper(name)] = strings.TrimSpace(value)
	}
	length, _ := strconv.Atoi(header["CONTENT-LENGTH"])
	raw := make([]byte, length)
	if _, err := io.ReadFull(s.reader, raw); err != nil {
		s.t.Fatal(err)
	}
	return start, header, string(raw)
}

func (s *sbc) invite() {
	port := s.media.LocalAddr().(*net.UDPAddr).Port
	sdp := fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/SAVP 0 101\r\n"+
		"a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n"+
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%s|2^31\r\n", port, base64.StdEncoding.EncodeToString(s.key))
	s.write("INVITE", 1, "Content-Type: application/sdp\r\nX-MS-Custom-Tandem: abc\r\n", sdp)
	if start, _, _ := s.read(); !strings.HasPrefix(start, "SIP/2.0 100") {
		s.t.Fatalf("got %s", start)
	}
}

var (
	bracketed = regexp.MustCompile(`<([^>]*)>`)
	mediaPort = regexp.MustCompile(`m=audio (\d+) `)
	inlineKey = regexp.MustCompile(`inline:([A-Za-z0-9+/=]+)`)
)

// accepted takes the 200 and sends the ACK.
func (s *sbc) accepted() {
	s.t.Helper()
	start, header, body := s.read()
	if !strings.HasPrefix(start, "SIP/2.0 200") {
		s.t.Fatalf("got %s", start)
	}
	s.target = bracketed.FindStringSubmatch(header["CONTACT"])[1]
	s.route, s.to = header["RECORD-ROUTE"], header["TO"]
	s.write("ACK", 1, "", "")
	port, err := strconv.Atoi(mediaPort.FindStringSubmatch(body)[1])
	if err != nil {
		s.t.Fatal(err)
	}
	s.remote = &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
	theirs, err := base64.StdEncoding.DecodeString(inlineKey.FindStringSubmatch(body)[1])
	if err != nil {
		s.t.Fatal(err)
	}
	const profile = srtp.ProtectionProfileAes128CmHmacSha1_80
	if s.send, err = srtp.CreateContext(s.key[:16], s.key[16:], profile); err != nil {
		s.t.Fatal(err)
	}
	if s.receive, err = srtp.CreateContext(theirs[:16], theirs[16:], profile); err != nil {
		s.t.Fatal(err)
	}
}

// talk says the samples in real time, then silence until done, and returns
// what was heard meanwhile by timestamp.
func (s *sbc) talk(samples []int16, done <-chan struct{}) []int16 {
	var wg sync.WaitGroup
	wg.Go(func() { s.speak(samples, done) })
	heard := s.listen(done)
	wg.Wait()
	return heard
}

func (s *sbc) speak(samples []int16, done <-chan struct{}) {
	began := time.Now() // a ticker would leave out what it is late for, and all that follows would be late
	for n := 0; ; n++ {
		frame := make([]int16, 160)
		if at := n * 160; at < len(samples) {
			copy(frame, samples[at:])
		}
		packet := rtp.Packet{
			Header:  rtp.Header{Version: 2, SequenceNumber: uint16(n), Timestamp: uint32(n * 160), SSRC: 7},
			Payload: make([]byte, 160),
		}
		audio.LinearToULaw(packet.Payload, frame)
		raw, err := packet.Marshal()
		if err == nil {
			raw, err = s.send.EncryptRTP(nil, raw, nil)
		}
		if err == nil {
			_, err = s.media.WriteTo(raw, s.remote)
		}
		if err != nil {
			s.t.Error(err)
			return
		}
		select {
		case <-done:
			return
		case <-time.After(time.Until(began.Add(time.Duration(n+1) * 20 * time.Millisecond))):
		}
	}
}

func (s *sbc) listen(done <-chan struct{}) (heard []int16) {
	buf := make([]byte, 2048)
	var first uint32
	stop := make(chan struct{})
	go func() {
		defer close(stop)
		<-done
		_ = s.media.SetReadDeadline(time.Now())
	}()
	defer func() { <-stop }()
	for {
		n, _, err := s.media.ReadFrom(buf)
		if err != nil {
			return heard
		}
		plain, err := s.receive.DecryptRTP(nil, buf[:n], nil)
		if err != nil {
			continue
		}
		var packet rtp.Packet
		if packet.Unmarshal(plain) != nil || packet.PayloadType != 0 {
			continue
		}
		if heard == nil {
			first = packet.Timestamp
		}
		at := int(packet.Timestamp - first)
		if at < 0 || at > 60*8000 {
			continue
		}
		for len(heard) < at+len(packet.Payload) {
			heard = append(heard, 0)
		}
		audio.ULawToLinear(heard[at:], packet.Payload)
	}
}

// The caller behind a real INVITE and the Teams user hear each other.
func TestCallBySIP(t *testing.T) {
	audio.TestShare(t)
	customer, agent := audio.CustomerSpeech(), audio.AgentSpeech()
	w := newWorld(t, func(c *Config) {
		c.Listen.SIP = []string{anyPort, anyPort, anyPort}
		c.Users[0].Behaviour = teams.Behaviour{Do: teams.Accept}
		c.Users[0].Speech = agent
		c.Users[0].SpeakAfter = time.Second
	})
	w.subscribed()
	caller := newSBC(w)
	caller.invite()
	in := next(t, "IncomingCall", w.calls)
	if in.CustomContext.SIPHeaders["X-MS-Custom-Tandem"] != "abc" {
		t.Errorf("custom context %+v", in.CustomContext)
	}
	status, props := w.acs(http.MethodPost, ":answer", map[string]any{"incomingCallContext": in.IncomingCallContext, "callbackUri": w.app + "/cb"})
	if status != http.StatusOK {
		t.Fatalf("answer: %d", status)
	}
	caller.accepted()
	w.event("CallConnected")
	call := props["callConnectionId"].(string)
	w.add(call)
	w.event("AddParticipantSucceeded")

	done, late := make(chan struct{}), audio.Lateness()
	said := customer.Samples[:min(len(customer.Samples), 3*8000)]
	time.AfterFunc(5*time.Second, func() { close(done) })
	heard := caller.talk(said, done)
	tolerance := 60*time.Millisecond + late()

	pcm, err := w.Heard(ada, call)
	if err != nil {
		t.Fatal(err)
	}
	if m := audio.Compare(said, pcm.Samples, 8000); m.Correlation < 0.9 || m.LongestGap > tolerance {
		t.Errorf("the user heard the customer with %+v", m)
	}
	if m := audio.Compare(agent.Samples[:3*8000], heard, 8000); m.Correlation < 0.9 || m.LongestGap > tolerance {
		t.Errorf("the customer heard the user with %+v", m)
	}

	caller.write("BYE", 2, "", "")
	if start, _, _ := caller.read(); !strings.HasPrefix(start, "SIP/2.0 200") {
		t.Errorf("BYE got %s", start)
	}
	w.event("ParticipantsUpdated")
	if status, _ := w.acs(http.MethodDelete, "/"+call, nil); status != http.StatusNoContent {
		t.Errorf("hang up: %d", status)
	}
	if e := w.event("CallDisconnected"); e.Data.Result.SubCode != 7000 {
		t.Errorf("end %+v", e.Data.Result)
	}
	if v := w.Proxies().Violations(); len(v) != 0 {
		t.Errorf("violations %v", v)
	}
}

func TestRejectedBySIP(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Listen.SIP = []string{anyPort} })
	w.subscribed()
	caller := newSBC(w)
	caller.invite()
	in := next(t, "IncomingCall", w.calls)
	if status, _ := w.acs(http.MethodPost, ":reject", map[string]any{"incomingCallContext": in.IncomingCallContext, "callRejectReason": "busy"}); status != http.StatusNoContent {
		t.Fatalf("reject: %d", status)
	}
	if start, header, _ := caller.read(); !strings.HasPrefix(start, "SIP/2.0 486") || !strings.Contains(header["REASON"], "cause=17") {
		t.Errorf("got %s, %v", start, header)
	}
}

// Names of proxies and trunks resolve, others are refused.
func TestNames(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Listen.SIP = []string{anyPort} })
	resolver := &net.Resolver{PreferGo: true, Dial: w.names.Resolver().Dial}
	for _, name := range []string{"sip.pstnhub.microsoft.com", trunk} {
		if addrs, err := resolver.LookupHost(t.Context(), name); err != nil || addrs[0] != "127.0.0.1" {
			t.Errorf("%s: %v, %v", name, addrs, err)
		}
	}
	if err := w.Register("eu", Trunk{FQDN: "e1.eu.sbc.tandem.test"}); err != nil {
		t.Fatal(err)
	}
	if id, ok := w.trunkResource("E1.eu.sbc.tandem.test"); !ok || id != resource {
		t.Errorf("registered: %q %v", id, ok)
	}
	if w.Register("nowhere", Trunk{FQDN: "x.test"}) == nil {
		t.Error("a trunk of an unknown resource was registered")
	}
	if w.DNS() == "" || w.CA().Pool().Equal(x509.NewCertPool()) {
		t.Error("no name server or no authority")
	}
}
