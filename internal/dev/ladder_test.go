package dev_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/icholy/digest"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/dev"
	"tandem/internal/simulator/teams"
	"tandem/internal/testkit"
)

// wiretap lies between the product and Microsoft, where TLS has come off, and is the
// customer's telephone itself: it has every message, and knows nothing of the product.
type wiretap struct {
	mu       sync.Mutex
	sent     []byte // by Microsoft
	received []byte

	conn   *net.UDPConn
	wrote  []string // by the customer
	heard  []string
	branch int
}

type wiretapped struct {
	net.Conn
	w *wiretap
}

func (c wiretapped) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	c.w.received = append(c.w.received, b[:n]...)
	return n, err
}

func (c wiretapped) Write(b []byte) (int, error) {
	c.w.mu.Lock()
	c.w.sent = append(c.w.sent, b...)
	c.w.mu.Unlock()
	return c.Conn.Write(b)
}

// header is the value of a header of a message.
func header(message, name string) string {
	m := regexp.MustCompile(`(?im)^` + regexp.QuoteMeta(name) + `: *(.*?)\r$`).FindStringSubmatch(message)
	if m == nil {
		return ""
	}
	return m[1]
}

// inDialog cuts a stream into messages, and has those of one dialog.
func inDialog(stream []byte, callID string) (all []string) {
	text := strings.TrimLeft(string(stream), "\r\n")
	for {
		head, rest, ok := strings.Cut(text, "\r\n\r\n")
		if !ok {
			return all
		}
		length, _ := strconv.Atoi(header(head+"\r\n", "Content-Length"))
		if header(head+"\r\n", "Call-ID") == callID {
			all = append(all, head+"\r\n\r\n"+rest[:length])
		}
		text = strings.TrimLeft(rest[length:], "\r\n")
	}
}

// send has the customer say a request of his call: to and extra as they are now.
func (w *wiretap) send(t *testing.T, method, uri, to string, cseq int, extra, body string) {
	t.Helper()
	w.branch++
	here := w.conn.LocalAddr().String()
	m := fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKladder%d;rport\r\nMax-Forwards: 70\r\nFrom: <sip:%s@customer.test>;tag=ladder\r\nTo: %s\r\nCall-ID: ladder@customer.test\r\n"+
		"CSeq: %d %s\r\nContact: <sip:customer@%s>\r\n%sContent-Length: %d\r\n\r\n%s", method, uri, here, w.branch, caller, to, cseq, method, here, extra, len(body), body)
	if _, err := w.conn.Write([]byte(m)); err != nil {
		t.Fatal(err)
	}
	w.wrote = append(w.wrote, m)
}

// answer is the next final response to the customer.
func (w *wiretap) answer(t *testing.T) (status int, response string) {
	t.Helper()
	b := make([]byte, 65536)
	for status < 200 {
		if err := w.conn.SetReadDeadline(time.Now().Add(soon)); err != nil {
			t.Fatal(err)
		}
		n, err := w.conn.Read(b)
		if err != nil {
			t.Fatalf("no response: %v", err)
		}
		response = string(b[:n])
		w.heard = append(w.heard, response)
		status, _ = strconv.Atoi(strings.SplitN(response, " ", 3)[1])
	}
	return status, response
}

const customerSDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"

// calls goes through the challenge, is answered, and hangs up when told.
func (w *wiretap) calls(t *testing.T, s *stack, uri string) (hangUp func()) {
	t.Helper()
	to := "<" + uri + ">"
	sdp := "Content-Type: application/sdp\r\n"
	w.send(t, "INVITE", uri, to, 1, sdp, customerSDP)
	status, response := w.answer(t)
	if status != 401 {
		t.Fatalf("not challenged: %s", response)
	}
	w.branch-- // an ACK of a refusal is of the same transaction
	w.send(t, "ACK", uri, header(response, "To"), 1, "", "")
	challenge, err := digest.ParseChallenge(header(response, "WWW-Authenticate"))
	if err != nil {
		t.Fatal(err)
	}
	credentials, err := digest.Digest(challenge, digest.Options{Method: "INVITE", URI: uri, Username: s.File.Peer.Username, Password: s.File.Peer.Password, Count: 1})
	if err != nil {
		t.Fatal(err)
	}
	w.send(t, "INVITE", uri, to, 2, "Authorization: "+credentials.String()+"\r\n"+sdp, customerSDP)
	if status, response = w.answer(t); status != 200 {
		t.Fatalf("not answered: %s", response)
	}
	target := strings.Trim(header(response, "Contact"), "<>")
	w.send(t, "ACK", target, header(response, "To"), 2, "", "")
	return func() {
		w.send(t, "BYE", target, header(response, "To"), 3, "", "")
		w.answer(t)
	}
}

// withoutSecrets is a message as it may be kept; written apart from the product.
func withoutSecrets(message string) string {
	for _, secret := range []string{`inline:([^|;\s]+)`, `(?i)authorization:[^\r]*\bresponse="([^"]+)"`, `X-MS-Custom-Tandem: *([^\r]+)`} {
		for _, m := range regexp.MustCompile(secret).FindAllStringSubmatch(message, -1) {
			message = strings.ReplaceAll(message, m[1], "redacted")
		}
	}
	return message
}

// TestLadder: the ladder of a call is what a wire tap sees of both its legs, message for message, as is the file that
// can be saved of it, from which tshark reads the same.
func TestLadder(t *testing.T) {
	t.Parallel()
	w := &wiretap{}
	s := start(t, dev.Options{TapSIP: func(c net.Conn) net.Conn { return wiretapped{c, w} }, DatabaseURL: testkit.Postgres(t).Admin})
	f := &flows{stack: s, log: &journal{}}
	asked := f.request(t, f.cast(t, does(teams.Accept)))
	to, err := net.ResolveUDPAddr("udp", s.File.SIP.UDP)
	if err != nil {
		t.Fatal(err)
	}
	if w.conn, err = net.DialUDP("udp", nil, to); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.conn.Close() })
	hangUp := w.calls(t, s, asked.SIPURI)
	f.await(t, "customer and agent connected", soon, func(o bridge.Observation) bool { return o.Call.ID == asked.ID && o.Call.Phase == call.Connected })
	while := s.ladder(t, asked.ID)
	hangUp()
	f.ended(t, asked.ID, soon)
	var x ladder
	eventually(t, "the end of Microsoft's leg in the ladder", soon, func() bool {
		x = s.ladder(t, asked.ID)
		return len(x.Timeline) > 0 && slices.ContainsFunc(x.Timeline, func(e rung) bool {
			return e.Message != nil && e.Leg == "far" && e.What == "200 OK" && strings.HasSuffix(e.Message.CSeq, "BYE")
		})
	})
	if before, after := len(while.messages("near", "peer")), len(x.messages("near", "peer")); before == 0 || before >= after {
		t.Errorf("%d messages of the customer's while the call ran, %d then", before, after)
	}
	farID := ""
	for _, e := range x.Timeline {
		if e.Message != nil && e.Leg == "far" {
			farID = e.Message.CallID
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := map[[2]string][]string{
		{"near", "peer"}: w.wrote, {"near", "tandem"}: w.heard, {"far", "tandem"}: inDialog(w.received, farID), {"far", "microsoft_sip"}: inDialog(w.sent, farID),
	}
	var all []string
	for way, want := range seen {
		for i := range want {
			want[i] = withoutSecrets(want[i])
		}
		all = append(all, want...)
		got := x.messages(way[0], way[1])
		if way[0] == "far" { // there are several connections, and what goes by two of them at once has no order
			slices.Sort(got)
			slices.Sort(want)
		}
		if !slices.Equal(got, want) || len(want) < 3 {
			t.Errorf("%s leg, from %s: the ladder has\n%s\nthe wire\n%s", way[0], way[1], strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	status, pcap, err := s.do(t.Context(), "GET", "/calls/"+string(asked.ID)+"/messages.pcap", nil)
	if err != nil || status != 200 {
		t.Fatalf("%d %v", status, err)
	}
	slices.Sort(all)
	if got := datagrams(t, pcap); !slices.Equal(got, all) {
		t.Errorf("%d messages are in the file, %d were on the wire", len(got), len(all))
	}
	t.Run("tshark", func(t *testing.T) { tshark(t, pcap, all) })
}

// rung is a line of the ladder.
type rung struct {
	From, Leg, What string
	Message         *struct {
		Text, Remote string
		CSeq         string `json:"cseq"`
		CallID       string `json:"call_id"`
	}
}

type ladder struct{ Timeline []rung }

func (s *stack) ladder(t *testing.T, id call.ID) (x ladder) {
	t.Helper()
	if status := s.ask(t, "GET", "/calls/"+string(id)+"/explanation", nil, &x); status != 200 {
		t.Fatalf("GET explanation: %d", status)
	}
	return x
}

// messages are those of a leg that somebody sent.
func (x ladder) messages(leg, from string) (all []string) {
	for _, e := range x.Timeline {
		if e.Message != nil && e.Leg == leg && e.From == from {
			all = append(all, e.Message.Text)
		}
	}
	return all
}

// datagrams reads the payloads of a pcap file of raw IPv4 packets, sorted.
func datagrams(t *testing.T, pcap []byte) (all []string) {
	t.Helper()
	if len(pcap) < 24 || binary.LittleEndian.Uint32(pcap[20:]) != 101 {
		t.Fatalf("no pcap file: %x", pcap[:min(24, len(pcap))])
	}
	for pcap = pcap[24:]; len(pcap) > 0; {
		n := int(binary.LittleEndian.Uint32(pcap[8:]))
		packet := pcap[16 : 16+n]
		all, pcap = append(all, string(packet[28:])), pcap[16+n:]
		if binary.BigEndian.Uint32(packet[12:]) == 0 || binary.BigEndian.Uint32(packet[16:]) == 0 {
			t.Errorf("an address is not known of %.40q", packet[28:])
		}
	}
	slices.Sort(all)
	return all
}

// tshark reads the file.
func tshark(t *testing.T, pcap []byte, want []string) {
	t.Helper()
	reader := program(t, "tshark", "tshark")
	file := filepath.Join(t.TempDir(), "call.pcap")
	if err := os.WriteFile(file, pcap, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), reader, "-r", file, "-Y", "sip", "-T", "fields", "-e", "sip.Request-Line", "-e", "sip.Status-Line").Output()
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	var lines, first []string
	for line := range bytes.Lines(out) {
		lines = append(lines, strings.Trim(string(line), "\t\r\n"))
	}
	for _, m := range want {
		line, _, _ := strings.Cut(m, "\r\n")
		first = append(first, line)
	}
	slices.Sort(lines)
	slices.Sort(first)
	if !slices.Equal(lines, first) {
		t.Errorf("tshark reads\n%s\nnot\n%s", strings.Join(lines, "\n"), strings.Join(first, "\n"))
	}
}
