package pstnhub

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come; it is never waited in full when all is well.
const patience = 10 * time.Second

const trunkName = "e0.sbc.tandem.test"

// authority is a CA for the tests. One RSA key serves all leaves, because making keys is slow.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pool *x509.CertPool
	leaf *rsa.PrivateKey
}

var pki = sync.OnceValue(func() *authority {
	a := &authority{pool: x509.NewCertPool()}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		panic(err)
	}
	if a.leaf, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		panic(err)
	}
	if a.cert, err = x509.ParseCertificate(raw); err != nil {
		panic(err)
	}
	a.pool.AddCert(a.cert)
	return a
})

func (a *authority) issue(t testing.TB, change func(*x509.Certificate), names ...string) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: names, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if change != nil {
		change(template)
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, a.cert, a.leaf.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: a.leaf}
}

// world is the proxies and an SBC beside them.
type world struct {
	t       *testing.T
	proxies *Proxies
	cert    tls.Certificate // the SBC's
	port    int             // the SBC's signalling port
	legs    chan *Leg
	inbound chan *line // connections that the proxies opened
}

// newWorld starts everything on loopback. The legs of good calls appear in world.legs.
func newWorld(t *testing.T, change func(*Config)) *world {
	w := &world{t: t, legs: make(chan *Leg, 16), inbound: make(chan *line, 16), cert: pki().issue(t, nil, "*.sbc.tandem.test", "e0.other.test")}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{w.cert}, ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS12,
		VerifyConnection: func(s tls.ConnectionState) error { // facts/direct-routing.md §4.4: the default would refuse serverAuth
			_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: pki().pool, DNSName: "sip.pstnhub.microsoft.com", KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
			return err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.port = listener.Addr().(*net.TCPAddr).Port
	accepted := make(chan struct{})
	go func() {
		defer close(accepted)
		for {
			nc, err := listener.Accept()
			if err != nil {
				return
			}
			w.inbound <- newLine(t, nc)
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-accepted })
	config := Config{
		Listen: []string{"127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"}, Certificate: pki().issue(t, nil, "*.pstnhub.microsoft.com"), ClientRoots: pki().pool,
		Resource: func(fqdn string) (string, bool) {
			return "resource-1", fqdn == trunkName || fqdn == "parent.sbc.tandem.test"
		},
		OnInvite: func(_ context.Context, l *Leg) { w.legs <- l },
		Ping:     -1, Dial: func(ctx context.Context, _ netip.Addr, fqdn string, port int) (net.Conn, error) {
			if fqdn != trunkName || port != w.port {
				return nil, fmt.Errorf("dialled %s:%d", fqdn, port)
			}
			var d net.Dialer
			return d.DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		},
		Logger: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&config)
	}
	if w.proxies, err = New(config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.proxies.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// fast makes timers short: an ACK is awaited for 320 ms.
func fast(c *Config) { c.T1 = 5 * time.Millisecond }

func (w *world) clientTLS() *tls.Config {
	return &tls.Config{RootCAs: pki().pool, ServerName: "sip.pstnhub.microsoft.com", Certificates: []tls.Certificate{w.cert}, MinVersion: tls.VersionTLS12}
}

// dial opens a connection of the SBC to proxy i.
func (w *world) dial(i int) *line {
	w.t.Helper()
	nc, err := tls.Dial("tcp", w.proxies.Addrs()[i], w.clientTLS())
	if err != nil {
		w.t.Fatal(err)
	}
	return newLine(w.t, nc)
}

// leg is the next call that reached the application.
func (w *world) leg() *Leg {
	w.t.Helper()
	select {
	case l := <-w.legs:
		return l
	case <-time.After(patience):
		w.t.Fatal("no leg")
		return nil
	}
}

func (w *world) noViolations() {
	w.t.Helper()
	if v := w.proxies.Violations(); len(v) != 0 {
		w.t.Errorf("violations %v", v)
	}
}

// line is one connection seen from the SBC. It shows messages as raw text.
type line struct {
	t    *testing.T
	conn net.Conn
	in   chan string // closed with the connection
}

func newLine(t *testing.T, nc net.Conn) *line {
	l := &line{t: t, conn: nc, in: make(chan string, 256)}
	go func() {
		defer close(l.in)
		r := bufio.NewReader(nc)
		for {
			m, err := readRaw(r)
			if err != nil {
				return
			}
			l.in <- m
		}
	}()
	t.Cleanup(func() {
		_ = nc.Close()
		for range l.in { // until the reader is gone
		}
	})
	return l
}

// readRaw reads one message, or the empty line of a keep-alive as "\r\n".
func readRaw(r *bufio.Reader) (string, error) {
	var head bytes.Buffer
	length := 0
	for {
		text, err := r.ReadString('\n')
		if err != nil {
			return "", err
		}
		head.WriteString(text)
		if name, value, ok := strings.Cut(text, ":"); ok && strings.EqualFold(name, "content-length") {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return "", err
			}
		}
		if text == "\r\n" {
			break
		}
	}
	body := make([]byte, length)
	_, err := io.ReadFull(r, body)
	return head.String() + string(body), err
}

func (l *line) send(message string) {
	l.t.Helper()
	if _, err := l.conn.Write([]byte(message)); err != nil {
		l.t.Fatal(err)
	}
}

// next is the next message; "" when the connection has ended.
func (l *line) next() string {
	l.t.Helper()
	select {
	case m := <-l.in:
		return m
	case <-time.After(patience):
		l.t.Fatal("nothing came")
		return ""
	}
}

// expect is the next message, which must have this start line.
func (l *line) expect(start string) string {
	l.t.Helper()
	m := l.next()
	if !strings.HasPrefix(m, start) {
		l.t.Fatalf("got\n%s\nwant %s", m, start)
	}
	return m
}

// nothing checks that what was sent so far gets no answer: the next answer is that to an OPTIONS.
func (l *line) nothing() {
	l.t.Helper()
	l.send(options(trunkName))
	if m := l.expect("SIP/2.0 200 OK"); !strings.Contains(m, "CSEQ: 1 OPTIONS") {
		l.t.Fatalf("got\n%s", m)
	}
}

// value is a header of a raw message.
func value(message, name string) string {
	for text := range strings.SplitSeq(message, "\r\n") {
		if n, v, ok := strings.Cut(text, ": "); ok && n == name {
			return v
		}
	}
	return ""
}

func body(message string) string {
	_, b, _ := strings.Cut(message, "\r\n\r\n")
	return b
}

func options(fqdn string) string {
	return strings.ReplaceAll("OPTIONS sip:sip.pstnhub.microsoft.com:5061;transport=tls SIP/2.0\r\n"+
		"Via: SIP/2.0/TLS FQDN:5061;rport;branch=z9hG4bKoptions\r\nMax-Forwards: 70\r\nFrom: <sip:FQDN:5061>;tag=abc\r\nTo: <sip:sip.pstnhub.microsoft.com:5061>\r\n"+
		"Call-ID: options-1\r\nCSeq: 1 OPTIONS\r\nContact: <sip:FQDN:5061;transport=tls>\r\nAllow: INVITE,ACK,CANCEL,BYE,OPTIONS,NOTIFY\r\nContent-Length: 0\r\n\r\n", "FQDN", fqdn)
}

// call is the SBC's side of one dialog.
type call struct {
	w       *world
	line    *line
	id      string // Call-ID
	tag     string // of From
	cseq    int
	offer   string
	target  string // Request-URI of the dialog
	route   string
	to      string
	headers string // further lines of the INVITE
	from    string
	contact string
	called  string
}

var calls struct {
	sync.Mutex
	n int
}

func (w *world) newCall(l *line) *call {
	calls.Lock()
	defer calls.Unlock()
	calls.n++
	id := fmt.Sprintf("call%d", calls.n)
	c := &call{w: w, line: l, id: id, tag: id, cseq: 1, offer: offerText(40000), called: "+4930123456"}
	c.from = "<sip:+442079460011@" + trunkName + ":5061;user=phone>"
	c.contact = fmt.Sprintf("<sip:+442079460011@%s:%d;transport=tls>", trunkName, w.port)
	return c
}

const testKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"

func offerText(port int) string {
	return strings.ReplaceAll(fmt.Sprintf(`v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio %d RTP/SAVP 8 0 101
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=ptime:20
a=sendrecv
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%s|2^31
`, port, testKey), "\n", "\r\n")
}

// request builds a request of the dialog, or the INVITE that starts it.
func (c *call) request(method, branch, sdp string) string {
	var b strings.Builder
	target, to := c.target, c.to
	if target == "" {
		target = "sip:" + c.called + "@sip.pstnhub.microsoft.com:5061;user=phone;transport=tls"
		to = "<sip:" + c.called + "@sip.pstnhub.microsoft.com:5061;user=phone>"
	}
	fmt.Fprintf(&b, "%s %s SIP/2.0\r\nVia: SIP/2.0/TLS %s:%d;branch=z9hG4bK%s%s\r\nMax-Forwards: 70\r\n", method, target, trunkName, c.w.port, c.id, branch)
	fmt.Fprintf(&b, "From: %s;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n", c.from, c.tag, to, c.id, c.cseq, method)
	if c.route != "" {
		fmt.Fprintf(&b, "Route: %s\r\n", c.route)
	}
	if method == "INVITE" && c.contact != "" {
		fmt.Fprintf(&b, "Contact: %s\r\n%s", c.contact, c.headers)
	}
	if sdp != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(sdp), sdp)
	return b.String()
}

// invite sends the first INVITE and takes the 100.
func (c *call) invite() *call {
	c.w.t.Helper()
	c.line.send(c.request("INVITE", "i", c.offer))
	c.line.expect("SIP/2.0 100 Trying")
	return c
}

var inBrackets = regexp.MustCompile(`<([^>]*)>`)

// adopt takes the dialog out of a response.
func (c *call) adopt(m string) {
	c.target = inBrackets.FindStringSubmatch(value(m, "CONTACT"))[1]
	c.route, c.to = value(m, "RECORD-ROUTE"), value(m, "TO")
}

// answered lets the application answer and sends the ACK; it returns the 200.
func (c *call) answered(l *Leg) string {
	c.w.t.Helper()
	result := make(chan error, 1)
	go func() { result <- l.Answer(c.w.t.Context()) }()
	ok := c.line.expect("SIP/2.0 200 OK")
	c.adopt(ok)
	c.line.send(c.request("ACK", "a", ""))
	if err := <-result; err != nil {
		c.w.t.Fatal(err)
	}
	return ok
}

// again is a request in the dialog with the next CSeq.
func (c *call) again(method, sdp string) string {
	c.cseq++
	return c.request(method, strconv.Itoa(c.cseq), sdp)
}

// up is a call that was answered.
func (w *world) up(l *line) (*call, *Leg) {
	w.t.Helper()
	c := w.newCall(l).invite()
	leg := w.leg()
	c.answered(leg)
	return c, leg
}

func wait(t *testing.T, what string, ch <-chan struct{}) {
	t.Helper()
	select {
	case <-ch:
	case <-time.After(patience):
		t.Fatalf("%s: did not happen", what)
	}
}

func ended(t *testing.T, l *Leg, by string, status, q850, code int) {
	t.Helper()
	wait(t, "end", l.Ended())
	b, s, q := l.End()
	if b != by || s != status || q != q850 || l.Code() != code {
		t.Errorf("ended by %s with %d, Q.850 %d, code %d; want %s, %d, %d, %d", b, s, q, l.Code(), by, status, q850, code)
	}
}
