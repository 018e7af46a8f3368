package siptest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
	"go.uber.org/goleak"

	"tandem/internal/audio"
	"tandem/sip/sdp"
)

// sipgo can leave a socket's reader behind when a message is being handled while it closes.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/emiago/sipgo/sip.(*TransportUDP).readUDPConnection"))
}

func newPhone(t *testing.T, c Config) *Phone {
	t.Helper()
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// start is the beginning of a clip, enough to recognise it.
func start(clip audio.PCM) audio.PCM {
	return audio.PCM{Rate: clip.Rate, Samples: clip.Samples[:4*clip.Rate]}
}

func wait(t *testing.T, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s: not within 10 s", what)
	}
}

// answering makes p answer every call with speech; the calls come out of the channel.
func answering(t *testing.T, p *Phone, speech audio.PCM) <-chan *Call {
	calls := make(chan *Call, 1)
	p.OnCall(func(in *Incoming) {
		if err := in.Ring(); err != nil {
			t.Error(err)
		}
		ringing := time.NewTimer(50 * time.Millisecond) // sipgo hands out messages that come at once in any order
		<-ringing.C
		c, err := in.Answer(context.Background(), speech)
		if err != nil {
			t.Error(err)
		}
		calls <- c
	})
	return calls
}

func same(t *testing.T, who string, sent audio.PCM, c *Call) {
	t.Helper()
	m := audio.Compare(sent.Samples, c.Heard(), sent.Rate)
	if m.Correlation < 0.9 || m.LongestGap > 60*time.Millisecond {
		t.Errorf("%s heard %+v", who, m)
	}
	if s := c.Stats(); s.Lost != 0 || s.Duplicates != 0 || s.Sources != 1 || s.Undecodable != 0 {
		t.Errorf("%s: %+v", who, s)
	}
}

func TestTwoPhones(t *testing.T) {
	audio.TestShare(t)
	customerSays, agentSays := start(audio.CustomerSpeech()), start(audio.AgentSpeech())
	for name, o := range map[string]CallOptions{"A-law": {Codec: PCMA}, "µ-law over SRTP": {Codec: PCMU, Secure: true}} {
		t.Run(name, func(t *testing.T) {
			a, b := newPhone(t, Config{Username: "alice"}), newPhone(t, Config{Username: "bob"})
			calls := answering(t, b, agentSays)
			ctx := within(t, 30*time.Second)
			o.Speak, o.From, o.Headers = customerSays, "+4930123", map[string]string{"X-Test": "1"}
			call, err := a.Call(ctx, b.URI(), o)
			if err != nil {
				t.Fatal(err)
			}
			if err := call.Answered(ctx); err != nil {
				t.Fatal(err)
			}
			other := <-calls
			if codes := fmt.Sprint(collect(call.Progress())); !strings.Contains(codes, "180") {
				t.Errorf("progress %s", codes)
			}
			for _, c := range []*Call{call, other} {
				if err := c.Spoken(ctx); err != nil {
					t.Fatal(err)
				}
			}
			if err := call.SendDTMF("12#A"); err != nil {
				t.Fatal(err)
			}
			for other.Digits() != "12#A" {
				if err := settle(ctx, other); err != nil {
					t.Fatalf("digits %q: %v", other.Digits(), err)
				}
			}
			if err := call.Hangup(ctx); err != nil {
				t.Fatal(err)
			}
			wait(t, "BYE", other.Ended())
			if !other.Ending().Remote || call.Ending().Remote {
				t.Errorf("ended by: caller %+v, called %+v", call.Ending(), other.Ending())
			}
			same(t, "alice", agentSays, call)
			same(t, "bob", customerSays, other)
			if call.FirstPacket().IsZero() {
				t.Error("no time of the first packet")
			}
		})
	}
}

func collect(c <-chan int) (all []int) {
	for code := range c {
		all = append(all, code)
	}
	return all
}

// settle waits for the time of one frame, or the end of ctx.
func settle(ctx context.Context, c *Call) error {
	timer := time.NewTimer(frame)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-c.Ended():
		return errors.New("the call ended")
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestCalledSideHangsUp(t *testing.T) {
	a, b := newPhone(t, Config{}), newPhone(t, Config{})
	calls := answering(t, b, audio.PCM{})
	ctx := within(t, 10*time.Second)
	call, err := a.Call(ctx, b.URI(), CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := call.Answered(ctx); err != nil {
		t.Fatal(err)
	}
	if err := (<-calls).Hangup(ctx); err != nil {
		t.Fatal(err)
	}
	wait(t, "BYE", call.Ended())
	if !call.Ending().Remote {
		t.Errorf("ending %+v", call.Ending())
	}
	if err := call.Hangup(ctx); err != nil {
		t.Errorf("hanging up twice: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	a, b := newPhone(t, Config{}), newPhone(t, Config{})
	ctx := within(t, 10*time.Second)
	for name, tc := range map[string]struct {
		handler func(*Incoming)
		status  int
	}{
		"nobody there": {nil, 480},
		"undecided":    {func(*Incoming) {}, 480},
		"busy": {func(in *Incoming) {
			if err := in.Reject(486, "Busy Here"); err != nil {
				t.Error(err)
			}
		}, 486},
	} {
		t.Run(name, func(t *testing.T) {
			b.OnCall(tc.handler)
			call, err := a.Call(ctx, b.URI(), CallOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var refused *Refused
			if err := call.Answered(ctx); !errors.As(err, &refused) || refused.Status != tc.status {
				t.Errorf("got %v", err)
			}
			wait(t, "end", call.Ended())
		})
	}
}

func TestCancel(t *testing.T) {
	a, b := newPhone(t, Config{}), newPhone(t, Config{})
	ctx := within(t, 10*time.Second)
	gone := make(chan struct{})
	b.OnCall(func(in *Incoming) {
		if err := in.Ring(); err != nil {
			t.Error(err)
		}
		<-in.Cancelled()
		if _, err := in.Answer(ctx, audio.PCM{}); !errors.Is(err, ErrCancelled) {
			t.Errorf("answered a cancelled call: %v", err)
		}
		close(gone)
	})
	call, err := a.Call(ctx, b.URI(), CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for code := range call.Progress() {
		if code == 180 {
			break
		}
	}
	if err := call.Cancel(ctx); err != nil {
		t.Fatal(err)
	}
	var refused *Refused
	if err := call.Answered(ctx); !errors.As(err, &refused) || refused.Status != 487 {
		t.Errorf("got %v", err)
	}
	wait(t, "the called side", gone)
}

func TestCloseEndsCalls(t *testing.T) {
	a, b, c := newPhone(t, Config{}), newPhone(t, Config{}), newPhone(t, Config{})
	calls := answering(t, b, audio.PCM{})
	ringing := make(chan struct{})
	c.OnCall(func(in *Incoming) { close(ringing); <-in.Cancelled() })
	ctx := within(t, 10*time.Second)
	up, err := a.Call(ctx, b.URI(), CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pending, err := a.Call(ctx, c.URI(), CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := up.Answered(ctx); err != nil {
		t.Fatal(err)
	}
	wait(t, "ringing", ringing)
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	wait(t, "the refused call", pending.Ended())
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	wait(t, "BYE", (<-calls).Ended())
	if _, err := a.Call(ctx, b.URI(), CallOptions{}); !errors.Is(err, ErrClosed) {
		t.Errorf("calling from a closed phone: %v", err)
	}
}

// exchange is a bare UAS for what the phone itself does not do.
func exchange(t *testing.T, invite, ack func(*sipmsg.Request, sipmsg.ServerTransaction)) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ua, err := sipgo.NewUA()
	if err != nil {
		t.Fatal(err)
	}
	server, err := sipgo.NewServer(ua)
	if err != nil {
		t.Fatal(err)
	}
	ok := func(r *sipmsg.Request, tx sipmsg.ServerTransaction) {
		_ = tx.Respond(sipmsg.NewResponseFromRequest(r, 200, "OK", nil))
	}
	server.OnInvite(invite)
	server.OnAck(ack)
	server.OnBye(ok)
	served := make(chan struct{})
	heard := newSocket(conn)
	go func() {
		defer close(served)
		_ = server.ServeUDP(heard)
	}()
	t.Cleanup(func() {
		_ = shut(ua, heard)
		<-served
	})
	return "sip:+49301234@" + conn.LocalAddr().String()
}

func noACK(*sipmsg.Request, sipmsg.ServerTransaction) {}

func TestDigest(t *testing.T) {
	for _, tc := range []struct {
		name       string
		status     int
		algorithms []string
		want       string // the algorithm answered with
	}{
		{"MD5", 401, []string{"MD5"}, "MD5"},
		{"SHA-256", 401, []string{"SHA-256"}, "SHA-256"},
		{"the stronger of two", 401, []string{"SHA-256", "MD5"}, "SHA-256"},
		{"the stronger of two, last", 401, []string{"MD5", "SHA-256"}, "SHA-256"},
		{"one that is unknown", 401, []string{"TOKEN-9", "MD5"}, "MD5"},
		{"by a proxy", 407, []string{"SHA-256"}, "SHA-256"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			challenge, credentials := "WWW-Authenticate", "Authorization"
			if tc.status == 407 {
				challenge, credentials = "Proxy-Authenticate", "Proxy-Authorization"
			}
			uri := exchange(t, func(r *sipmsg.Request, tx sipmsg.ServerTransaction) {
				status := tc.status
				if h := r.GetHeader(credentials); h != nil {
					got, err := digest.ParseCredentials(h.Value())
					if err != nil || got.Algorithm != tc.want || got.URI != r.Recipient.String() {
						t.Errorf("credentials %v: %v", got, err)
						return
					}
					want, err := digest.Digest(&digest.Challenge{Realm: "tandem", Nonce: "n1", Algorithm: tc.want, QOP: []string{"auth"}},
						digest.Options{Method: "INVITE", URI: got.URI, Username: "peer", Password: "right", Cnonce: got.Cnonce, Count: got.Nc})
					if err == nil && want.Response == got.Response {
						status = 486
					}
				}
				res := sipmsg.NewResponseFromRequest(r, status, "Whatever", nil)
				if status == tc.status {
					for _, algorithm := range tc.algorithms {
						res.AppendHeader(sipmsg.NewHeader(challenge, fmt.Sprintf(`Digest realm="tandem", nonce="n1", algorithm=%s, qop="auth"`, algorithm)))
					}
				}
				_ = tx.Respond(res)
			}, noACK)
			ctx := within(t, 10*time.Second)
			for password, want := range map[string]int{"right": 486, "wrong": tc.status, "": tc.status} {
				p := newPhone(t, Config{Username: "peer", Password: password})
				call, err := p.Call(ctx, uri, CallOptions{})
				if err != nil {
					t.Fatal(err)
				}
				var refused *Refused
				if err := call.Answered(ctx); !errors.As(err, &refused) || refused.Status != want {
					t.Errorf("password %q: %v, want %d", password, err, want)
				}
			}
		})
	}
}

// Every copy of the 200 is acknowledged, along the route set, at the address in its Contact.
func TestRepeatedAnswer(t *testing.T) {
	acks, again := make(chan string, 2), make(chan struct{})
	uri := exchange(t, func(r *sipmsg.Request, tx sipmsg.ServerTransaction) {
		offer, err := sdp.Parse(r.Body())
		if err != nil {
			t.Error(err)
			return
		}
		answer, _, err := sdp.Answer(offer, sdp.Local{Address: netip.MustParseAddr("127.0.0.1"), Port: 9, RTCPPort: 9, Direction: sdp.SendRecv}, sdp.Near(sdp.PlainOnly, sdp.PCMU))
		if err != nil {
			t.Error(err)
			return
		}
		address := fmt.Sprintf("%s:%d", r.Recipient.Host, r.Recipient.Port)
		res := sipmsg.NewResponseFromRequest(r, 200, "OK", sdp.NewSource(1).Write(answer))
		res.AppendHeader(sipmsg.NewHeader("Contact", "<sip:elsewhere@192.0.2.1:5060>"))
		res.AppendHeader(sipmsg.NewHeader("Record-Route", "<sip:192.0.2.7;lr>"))
		res.AppendHeader(sipmsg.NewHeader("Record-Route", "<sip:"+address+";lr>"))
		res.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
		_ = tx.Respond(res)
		select {
		case <-again:
			_ = tx.Respond(res)
		case <-t.Context().Done():
		}
	}, func(r *sipmsg.Request, _ sipmsg.ServerTransaction) {
		var routes []string
		for _, h := range r.GetHeaders("Route") {
			routes = append(routes, h.Value())
		}
		acks <- r.Recipient.String() + " via " + strings.Join(routes, " ")
	})
	p := newPhone(t, Config{})
	ctx := within(t, 10*time.Second)
	call, err := p.Call(ctx, uri, CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := call.Answered(ctx); err != nil {
		t.Fatal(err)
	}
	for n := range 2 {
		select {
		case ack := <-acks:
			if n == 0 {
				close(again)
			}
			if want := "sip:elsewhere@192.0.2.1:5060 via <sip:" + uri[strings.Index(uri, "@")+1:] + ";lr> <sip:192.0.2.7;lr>"; ack != want {
				t.Errorf("ACK to %s, want %s", ack, want)
			}
		case <-ctx.Done():
			t.Fatal("no ACK")
		}
	}
	if err := call.Hangup(ctx); err != nil {
		t.Error(err)
	}
}

func TestRecorder(t *testing.T) {
	var r recorder
	at := time.Unix(0, 0)
	packet := func(v int16) []int16 {
		out := make([]int16, frameSamples)
		for i := range out {
			out[i] = v
		}
		return out
	}
	first := uint32(0xffffff80) // the timestamp wraps
	r.add(1, first, packet(1), at)
	r.add(1, first+480, packet(4), at.Add(3*frame))
	r.add(1, first+160, packet(2), at.Add(3*frame)) // late
	r.add(9, 77, packet(6), at.Add(5*frame))        // another source, 40 ms later
	var got []int16
	for i := 0; i < len(r.samples); i += frameSamples {
		got = append(got, r.samples[i])
	}
	if fmt.Sprint(got) != "[1 2 0 4 0 6]" {
		t.Errorf("got %v", got)
	}
}

func TestSequence(t *testing.T) {
	var s sequence
	for _, step := range []struct {
		number uint16
		fresh  bool
	}{{65534, true}, {65535, true}, {1, true}, {1, false}, {0, true}, {5, true}, {65535, false}} {
		if got := s.add(step.number); got != step.fresh {
			t.Errorf("%d: fresh %v", step.number, got)
		}
	}
	if s.lost() != 3 {
		t.Errorf("lost %d, want 3", s.lost())
	}
}
