package alone

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"
)

// BenchmarkCall has whole calls set up and ended through the edge, media anchored and SRTP
// agreed on, and through the least back-to-back user agent that sipgo gives, which carries
// the SDP through and nothing else. x-least is the edge's CPU time for a call as a
// multiple of that one's; what caller and called need themselves is taken off both.
func BenchmarkCall(b *testing.B) {
	called := newAnswerer(b)
	caller := newDialler(b)
	e, err := New(Options{Listen: []string{"udp:127.0.0.1:0"}, Allow: []string{"127.0.0.1"}, NextHop: "sip:" + called.at})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done, ready := make(chan error, 1), make(chan struct{})
	go func() { done <- e.Run(ctx, func() { close(ready) }) }()
	<-ready
	defer func() {
		stop()
		if err := <-done; err != nil {
			b.Error(err)
		}
	}()
	least := leastB2BUA(b, called.at)

	var cost [3]time.Duration // straight, least, edge
	for b.Loop() {
		for i, to := range []string{called.at, least, e.Addrs()[0].UDP.String()} {
			before := spent()
			caller.calls(b, to, 200)
			cost[i] += spent() - before
		}
	}
	per := func(i int) float64 { return float64(cost[i]-cost[0]) / float64(200*b.N) }
	b.ReportMetric(per(2)/1000, "µs/call")
	b.ReportMetric(per(1)/1000, "µs/call-least")
	b.ReportMetric(per(2)/per(1), "x-least")
}

// spent is the CPU time of this process.
func spent() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// field is the value of a header as these two write it.
func field(m []byte, name string) string {
	_, rest, _ := bytes.Cut(m, []byte("\r\n"+name+": "))
	v, _, _ := bytes.Cut(rest, []byte("\r\n"))
	return string(v)
}

func packets(b *testing.B, take func(c *net.UDPConn, m []byte, from *net.UDPAddr)) *net.UDPConn {
	b.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		b.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		buf := make([]byte, 65536)
		for {
			n, from, err := c.ReadFromUDP(buf)
			if err != nil {
				return
			}
			take(c, buf[:n], from)
		}
	})
	b.Cleanup(func() {
		_ = c.Close()
		reading.Wait()
	})
	return c
}

// answerer rings and answers each call at once; it knows nothing of earlier messages.
type answerer struct{ at string }

func newAnswerer(b *testing.B) *answerer {
	a := &answerer{}
	c := packets(b, func(c *net.UDPConn, m []byte, from *net.UDPAddr) {
		reply := func(status, body string) {
			to := field(m, "To")
			if !strings.Contains(to, ";tag=") {
				to += ";tag=called"
			}
			_, _ = fmt.Fprintf(writer{c, from}, "SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\nContact: <sip:%s>\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
				status, field(m, "Via"), field(m, "From"), to, field(m, "Call-ID"), field(m, "CSeq"), a.at, len(body), body)
		}
		switch {
		case bytes.HasPrefix(m, []byte("INVITE ")):
			sdp := benchSDP
			if bytes.Contains(m, []byte("RTP/SAVP")) {
				sdp = strings.Replace(sdp, "RTP/AVP", "RTP/SAVP", 1) + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n"
			}
			reply("180 Ringing", "")
			reply("200 OK", sdp)
		case bytes.HasPrefix(m, []byte("BYE ")):
			reply("200 OK", "")
		}
	})
	a.at = c.LocalAddr().String()
	return a
}

const benchSDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"

type writer struct {
	c  *net.UDPConn
	to *net.UDPAddr
}

func (w writer) Write(b []byte) (int, error) { return w.c.WriteToUDP(b, w.to) }

// dialler makes calls and ends each as soon as it is answered.
type dialler struct {
	c    *net.UDPConn
	next int
	over chan struct{}
	bad  atomic.Int64
}

func newDialler(b *testing.B) *dialler {
	d := &dialler{over: make(chan struct{}, 1024)}
	d.c = packets(b, func(c *net.UDPConn, m []byte, from *net.UDPAddr) {
		status, _, _ := bytes.Cut(bytes.TrimPrefix(m, []byte("SIP/2.0 ")), []byte(" "))
		cseq := field(m, "CSeq")
		switch {
		case !bytes.HasPrefix(m, []byte("SIP/2.0 ")) || status[0] == '1':
		case status[0] != '2':
			d.bad.Add(1)
			d.over <- struct{}{}
		case strings.HasSuffix(cseq, "INVITE"):
			target := strings.Trim(strings.TrimPrefix(field(m, "Contact"), "<"), ">")
			target, _, _ = strings.Cut(target, ">")
			for i, method := range []string{"ACK", "BYE"} {
				_, _ = fmt.Fprintf(writer{c, from}, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%s\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContent-Length: 0\r\n\r\n",
					method, target, c.LocalAddr(), method, field(m, "Call-ID"), field(m, "From"), field(m, "To"), field(m, "Call-ID"), 1+i, method)
			}
		default:
			d.over <- struct{}{}
		}
	})
	return d
}

// calls makes n calls, twenty at once.
func (d *dialler) calls(b *testing.B, at string, n int) {
	b.Helper()
	to, err := net.ResolveUDPAddr("udp", at)
	if err != nil {
		b.Fatal(err)
	}
	limit := time.After(30 * time.Second)
	for i := range n + 20 {
		if i >= 20 {
			select {
			case <-d.over:
			case <-limit:
				b.Fatal("calls are lost")
			}
		}
		if i < n {
			d.next++
			id := strconv.Itoa(d.next)
			_, _ = fmt.Fprintf(writer{d.c, to}, "INVITE sip:+4930%s@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKi%s\r\nMax-Forwards: 70\r\nFrom: <sip:+4940@127.0.0.1>;tag=c%s\r\nTo: <sip:+4930%s@%s>\r\nCall-ID: c%s\r\nCSeq: 1 INVITE\r\nContact: <sip:a@%s>\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
				id, at, d.c.LocalAddr(), id, id, id, at, id, d.c.LocalAddr(), len(benchSDP), benchSDP)
		}
	}
	if bad := d.bad.Load(); bad > 0 {
		b.Fatalf("%d calls failed", bad)
	}
}

// leastB2BUA joins two of sipgo's dialogs for each call, without a thought.
func leastB2BUA(b *testing.B, nextHop string) string {
	b.Helper()
	quiet := slog.New(slog.DiscardHandler)
	ua, err := sipgo.NewUA(
		sipgo.WithUserAgentTransportLayerOptions(sipmsg.WithTransportLayerLogger(quiet)),
		sipgo.WithUserAgentTransactionLayerOptions(sipmsg.WithTransactionLayerLogger(quiet), sipmsg.WithTransactionLayerUnhandledResponseHandler(func(*sipmsg.Response) {})),
	)
	if err != nil {
		b.Fatal(err)
	}
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	local := conn.LocalAddr().(*net.UDPAddr)
	server, err := sipgo.NewServer(ua, sipgo.WithServerLogger(quiet))
	if err != nil {
		b.Fatal(err)
	}
	client, err := sipgo.NewClient(ua, sipgo.WithClientLogger(quiet), sipgo.WithClientHostname("127.0.0.1"), sipgo.WithClientPort(local.Port))
	if err != nil {
		b.Fatal(err)
	}
	host, port, err := net.SplitHostPort(nextHop)
	if err != nil {
		b.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		b.Fatal(err)
	}
	contact := sipmsg.ContactHeader{Address: sipmsg.Uri{Scheme: "sip", User: "b", Host: "127.0.0.1", Port: local.Port}}
	ins, outs := sipgo.NewDialogServerCache(client, contact), sipgo.NewDialogClientCache(client, contact)
	var other sync.Map // id of the caller's dialog: the session with the called
	kind := sipmsg.NewHeader("Content-Type", "application/sdp")
	server.OnInvite(func(r *sipmsg.Request, tx sipmsg.ServerTransaction) {
		in, err := ins.ReadInvite(r, tx)
		if err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), soon)
		defer cancel()
		out, err := outs.Invite(ctx, sipmsg.Uri{Scheme: "sip", User: r.Recipient.User, Host: host, Port: number}, r.Body(), kind)
		if err == nil {
			err = out.WaitAnswer(ctx, sipgo.AnswerOptions{OnResponse: func(res *sipmsg.Response) error {
				if res.StatusCode == 180 {
					return in.Respond(180, "Ringing", nil)
				}
				return nil
			}})
		}
		if err == nil {
			err = out.Ack(ctx)
		}
		if err != nil {
			_ = in.Respond(500, "Failed", nil)
			return
		}
		other.Store(in.ID, out)
		_ = in.Respond(200, "OK", out.InviteResponse.Body(), kind)
	})
	server.OnAck(func(r *sipmsg.Request, tx sipmsg.ServerTransaction) { _ = ins.ReadAck(r, tx) })
	server.OnBye(func(r *sipmsg.Request, tx sipmsg.ServerTransaction) {
		in, err := ins.MatchDialogRequest(r)
		if err != nil || in.ReadBye(r, tx) != nil {
			return
		}
		if v, ok := other.LoadAndDelete(in.ID); ok {
			out := v.(*sipgo.DialogClientSession)
			_ = out.Bye(context.Background())
			_ = out.Close()
		}
	})
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.ServeUDP(conn) })
	b.Cleanup(func() {
		_ = conn.Close()
		serving.Wait()
		_ = ua.Close()
	})
	return local.String()
}
