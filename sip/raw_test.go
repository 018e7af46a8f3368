package sip

import (
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/icholy/digest"
)

// raw is a peer that sends what it likes over UDP.
type raw struct {
	t    *testing.T
	conn *net.UDPConn
	sent int

	finals []string // those that came; without an ACK they come more than once

	wrote, got []string // all of it
}

func newRaw(t *testing.T, r *rig) *raw {
	t.Helper()
	return rawFrom(t, r, "127.0.0.1")
}

func rawFrom(t *testing.T, r *rig, address string) *raw {
	t.Helper()
	conn, err := net.DialUDP("udp", &net.UDPAddr{IP: net.ParseIP(address)}, net.UDPAddrFromAddrPort(r.edge.Addrs().UDP))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &raw{t: t, conn: conn}
}

// notToken is what may stand in the name of a test and not in that of a call.
var notToken = regexp.MustCompile(`[^A-Za-z0-9]+`)

// fill completes a message: ends of lines, and {here}, {n} (a number of its own) and {length}.
func (p *raw) fill(message string) string {
	p.sent++
	message = strings.ReplaceAll(message, "\r\n", "\n")
	message = strings.ReplaceAll(message, "\n", "\r\n")
	head, body, _ := strings.Cut(message, "\r\n\r\n")
	r := strings.NewReplacer("{here}", p.conn.LocalAddr().String(), "{n}", fmt.Sprintf("%s-%d", notToken.ReplaceAllString(p.t.Name(), "-"), p.sent), "{length}", strconv.Itoa(len(body)))
	return r.Replace(head) + "\r\n\r\n" + r.Replace(body)
}

func (p *raw) send(message string) string {
	p.t.Helper()
	message = p.fill(message)
	p.write(message)
	return message
}

func (p *raw) write(message string) {
	p.t.Helper()
	if _, err := p.conn.Write([]byte(message)); err != nil {
		p.t.Fatal(err)
	}
	p.wrote = append(p.wrote, message)
}

// receive is the next message, or "" if none comes in time.
func (p *raw) receive(within time.Duration) string {
	p.t.Helper()
	if err := p.conn.SetReadDeadline(time.Now().Add(within)); err != nil {
		p.t.Fatal(err)
	}
	b := make([]byte, 65536)
	n, err := p.conn.Read(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return ""
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.got = append(p.got, string(b[:n]))
	return string(b[:n])
}

// await is the next message that begins so; others are passed over.
func (p *raw) await(start string) string {
	p.t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		if m := p.receive(time.Until(deadline)); strings.HasPrefix(m, start) {
			return m
		}
	}
	p.t.Fatalf("no %q", start)
	return ""
}

// final is the next final response that has not come before.
func (p *raw) final() (status int, response string) {
	p.t.Helper()
	for {
		m := p.receive(patience)
		if m == "" {
			p.t.Fatal("no response")
		}
		f := strings.SplitN(m, " ", 3)
		if n, err := strconv.Atoi(f[1]); f[0] == "SIP/2.0" && err == nil && n >= 200 && !slices.Contains(p.finals, m) {
			p.finals = append(p.finals, m)
			return n, m
		}
	}
}

// field is the value of a header.
func field(message, name string) string {
	m := regexp.MustCompile(`(?im)^` + regexp.QuoteMeta(name) + `: *(.*?)\r$`).FindStringSubmatch(message)
	if m == nil {
		return ""
	}
	return m[1]
}

const plainSDP = `v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio 40000 RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
`

// invitation is a good INVITE. extra are header lines.
func invitation(user, callID string, cseq int, extra, body string) string {
	return fmt.Sprintf(`INVITE sip:%s@127.0.0.1 SIP/2.0
Via: SIP/2.0/UDP {here};branch=z9hG4bK{n};rport
Max-Forwards: 70
From: <sip:%s@peer.test>;tag=them-%s
To: <sip:%s@127.0.0.1>
Call-ID: %s
CSeq: %d INVITE
Contact: <sip:them@{here}>
%sContent-Type: application/sdp
Content-Length: {length}

%s`, user, caller, callID, user, callID, cseq, extra, body)
}

// authorization answers the challenge in a 401.
func authorization(t *testing.T, response, algorithm, password string, count int) string {
	t.Helper()
	for _, m := range regexp.MustCompile(`(?m)^WWW-Authenticate: (.*)\r$`).FindAllStringSubmatch(response, -1) {
		c, err := digest.ParseChallenge(m[1])
		if err != nil {
			t.Fatal(err)
		}
		if c.Algorithm != algorithm {
			continue
		}
		a, err := digest.Digest(c, digest.Options{Method: "INVITE", URI: "sip:elsewhere.test", Username: "joe", Password: password, Count: count})
		if err != nil {
			t.Fatal(err)
		}
		return "Authorization: " + a.String() + "\n"
	}
	t.Fatalf("no challenge with %s in %s", algorithm, response)
	return ""
}

// invite goes through the challenge; the INVITE as it was sent.
func (p *raw) invite(user, callID, extra, body string) string {
	p.t.Helper()
	sent := p.send(invitation(user, callID, 1, extra, body))
	status, response := p.final()
	if status != 401 {
		p.t.Fatalf("not challenged: %s", response)
	}
	p.write(strings.NewReplacer("INVITE sip:", "ACK sip:", "CSeq: 1 INVITE", "CSeq: 1 ACK", "To: "+field(sent, "To"), "To: "+field(response, "To")).Replace(headersOnly(sent)))
	return p.send(invitation(user, callID, 2, extra+authorization(p.t, response, "SHA-256", secret, 1), body))
}

// ack of a 2xx, or bye: a request inside the dialog that a response has made.
func (p *raw) inside(method string, cseq int, response string, extra string) string {
	p.t.Helper()
	target := strings.Trim(regexp.MustCompile(`<([^>]*)>`).FindString(field(response, "Contact")), "<>")
	return p.send(fmt.Sprintf(`%s %s SIP/2.0
Via: SIP/2.0/UDP {here};branch=z9hG4bK{n};rport
Max-Forwards: 70
From: %s
To: %s
Call-ID: %s
CSeq: %d %s
Contact: <sip:them@{here}>
%sContent-Length: {length}

`, method, target, field(response, "From"), field(response, "To"), field(response, "Call-ID"), cseq, method, extra))
}

// reply answers a request of ours.
func (p *raw) reply(request, status string) {
	p.t.Helper()
	var b strings.Builder
	b.WriteString("SIP/2.0 " + status + "\r\n")
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		b.WriteString(name + ": " + field(request, name) + "\r\n")
	}
	b.WriteString("Content-Length: 0\r\n\r\n")
	p.write(b.String())
}
