package wire

import (
	"bytes"
	"fmt"
	"net/netip"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"pgregory.net/rapid"
)

// heard is a request as the stack hands it on.
func heard(t rapid.TB, packet, source string) *sipmsg.Request {
	t.Helper()
	m, err := sipmsg.ParseMessage([]byte(packet))
	if err != nil {
		t.Fatal(err)
	}
	r, ok := m.(*sipmsg.Request)
	if !ok {
		t.Fatalf("no request: %s", packet)
	}
	r.SetSource(source)
	r.SetTransport("UDP")
	return r
}

const byeForm = "BYE sip:a@192.0.2.1 SIP/2.0\r\n%s: SIP/2.0/UDP 192.0.2.2%s;branch=%s%s\r\nFrom: <sip:b@x>;tag=1\r\nTo: <sip:a@x>;tag=2\r\nCall-ID: 1\r\nCSeq: 2 BYE\r\nContent-Length: 0\r\n\r\n"

// TestRepeated: a repetition is told by method, branch and source, and what it gets are
// the bytes of the first time, at the port that RFC 3261 §18.2.2 and RFC 3581 §4 say.
func TestRepeated(t *testing.T) {
	for _, x := range []struct {
		name, via, port, more string
		to                    string
	}{
		{"sent-by with a port", "Via", ":5062", "", "192.0.2.2:5062"},
		{"sent-by without", "v", "", "", "192.0.2.2:40000"},
		{"rport", "VIA", ":5062", ";rport", "192.0.2.2:40000"},
		{"a list of them", "Via", ":5062", ";x=1, SIP/2.0/UDP 192.0.2.3;branch=z9hG4bKother", "192.0.2.2:5062"},
	} {
		t.Run(x.name, func(t *testing.T) {
			a := newAnswered()
			packet := fmt.Sprintf(byeForm, x.via, x.port, "z9hG4bK1", x.more)
			r := heard(t, packet, "192.0.2.2:40000")
			response := sipmsg.NewResponseFromRequest(r, 200, "OK", nil)
			if !a.remember(r, response) {
				t.Fatal("not remembered")
			}
			b := make([]byte, 65536)
			got, to, yes := a.repeats([]byte(packet), netip.MustParseAddrPort("192.0.2.2:40000"), b)
			if !yes || string(got) != response.String() || to.String() != x.to {
				t.Errorf("%t, to %s: %s", yes, to, got)
			}
			for other, from := range map[string]string{
				packet: "192.0.2.2:40001", fmt.Sprintf(byeForm, x.via, x.port, "z9hG4bK2", x.more): "192.0.2.2:40000",
				"ACK" + packet[3:]: "192.0.2.2:40000", packet[:40]: "192.0.2.2:40000", "": "192.0.2.2:40000",
			} {
				if _, _, yes := a.repeats([]byte(other), netip.MustParseAddrPort(from), b); yes {
					t.Errorf("%q from %s is taken for the same", other, from)
				}
			}
		})
	}
}

// TestNotRemembered: branches that are not unique stay with the stack (RFC 3261 §17.2.3).
func TestNotRemembered(t *testing.T) {
	a := newAnswered()
	for _, branch := range []string{"1", "z9hG4bK"} {
		if a.remember(heard(t, fmt.Sprintf(byeForm, "Via", "", branch, ""), "192.0.2.2:5060"), nil) {
			t.Errorf("branch %q is remembered", branch)
		}
	}
}

// TestForgotten: after 64·T1, and not before, a branch means nothing, and what it held is
// given back.
func TestForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnswered()
		from := netip.MustParseAddrPort("192.0.2.2:5060")
		packet := func(i int) string { return fmt.Sprintf(byeForm, "Via", "", fmt.Sprint("z9hG4bKx", i), "") }
		buf := make([]byte, 65536)
		for i := range 200 { // two a second
			r := heard(t, packet(i), from.String())
			if !a.remember(r, sipmsg.NewResponseFromRequest(r, 200, "OK", bytes.Repeat([]byte{'x'}, i))) {
				t.Fatalf("%d is not remembered", i)
			}
			for j := range i + 1 {
				age := time.Duration(i-j) * time.Second / 2
				_, _, yes := a.repeats([]byte(packet(j)), from, buf)
				if age < answeredFor*time.Second && !yes || age > (answeredFor+1)*time.Second && yes {
					t.Fatalf("after %v: %t", age, yes)
				}
			}
			<-time.After(time.Second / 2)
		}
		if n := len(a.known); n > 2*(answeredFor+1) {
			t.Errorf("%d are remembered", n)
		}
		<-time.After(time.Hour)
		a.turn()
		if len(a.known) != 0 {
			t.Errorf("%d are remembered after an hour", len(a.known))
		}
	})
}

// TestTimersAreFound: those that [Release] looks for are there, and the ACK of [Acknowledged]. Without them all would go on to
// work, but every call would cost its memory for half a minute more, and an ACK would be missing in its ladder.
func TestTimersAreFound(t *testing.T) {
	for name, of := range map[string]reflect.Type{timerL: reflect.TypeFor[sipmsg.ServerTx](), timerM: reflect.TypeFor[sipmsg.ClientTx]()} {
		if f, ok := of.FieldByName(name); !ok || f.Type != reflect.TypeFor[*time.Timer]() {
			t.Errorf("%v has no timer %s: the SIP stack has changed", of, name)
		}
	}
	if f, ok := reflect.TypeFor[sipmsg.ClientTx]().FieldByName(ackOfTx); !ok || f.Type != reflect.TypeFor[*sipmsg.Request]() {
		t.Errorf("a client transaction has no %s: the SIP stack has changed", ackOfTx)
	}
}

// FuzzTransactionOf: whatever a packet is, its branch is that which the parser finds, or
// none.
func FuzzTransactionOf(f *testing.F) {
	f.Add([]byte(fmt.Sprintf(byeForm, "Via", ":5060", "z9hG4bK1", ";rport")))
	f.Add([]byte("BYE x SIP/2.0\nv:SIP/2.0/UDP a;branch=z"))
	f.Add([]byte("\r\n\r\n"))
	f.Fuzz(func(t *testing.T, packet []byte) {
		method, branch := transactionOf(packet)
		if branch != nil && !bytes.Contains(packet, append([]byte(";branch="), branch...)) {
			t.Errorf("branch %q is not in it", branch)
		}
		if !bytes.HasPrefix(packet, method) {
			t.Errorf("method %q is not in it", method)
		}
	})
}
