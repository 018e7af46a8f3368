package pstnhub

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// dialled is what Dial returned.
type dialled struct {
	leg *Leg
	err error
}

func (w *world) outgoing() Call {
	return Call{Trunk: trunkName, Port: w.port, From: "+4930123456", To: "+442079460011"}
}

// dials makes a call in the background.
func (w *world) dials(ctx context.Context, c Call) chan dialled {
	result := make(chan dialled, 1)
	go func() {
		leg, err := w.proxies.Dial(ctx, c)
		result <- dialled{leg, err}
	}()
	return result
}

func (w *world) result(ch chan dialled) (*Leg, error) {
	w.t.Helper()
	select {
	case d := <-ch:
		if (d.leg == nil) != (d.err != nil) {
			w.t.Fatalf("leg %v, error %v", d.leg, d.err)
		}
		return d.leg, d.err
	case <-time.After(patience):
		w.t.Fatal("Dial does not return")
		return nil, nil
	}
}

// callee is the SBC's side of a call that a proxy made.
type callee struct {
	w       *world
	line    *line  // the connection that the proxy opened
	invite  string // as it came
	sdp     string // what the SBC answers with
	tag     string
	contact string
	routes  string // RECORD-ROUTE lines of the answer
}

// called takes the INVITE from the connection.
func (w *world) called(l *line) *callee {
	w.t.Helper()
	b := &callee{w: w, line: l, invite: l.expect("INVITE "), sdp: offerText(40000), tag: "sbc1"}
	b.contact = fmt.Sprintf("Contact: <sip:+442079460011@%s:%d;transport=tls>\r\n", trunkName, w.port)
	b.routes = "Record-Route: " + value(b.invite, "RECORD-ROUTE") + "\r\n"
	return b
}

// calling makes a call and takes its INVITE.
func (w *world) calling(ctx context.Context) (*callee, chan dialled) {
	w.t.Helper()
	result := w.dials(ctx, w.outgoing())
	return w.called(w.opened()), result
}

// opened is the next connection that a proxy opened.
func (w *world) opened() *line {
	w.t.Helper()
	select {
	case l := <-w.inbound:
		return l
	case <-time.After(patience):
		w.t.Fatal("no connection from a proxy")
		return nil
	}
}

// response builds a response to the INVITE, with SDP if there is some.
func (b *callee) response(status int, sdp, extra string) string {
	var t strings.Builder
	fmt.Fprintf(&t, "SIP/2.0 %d %s\r\n", status, phrase(status))
	for _, name := range []string{"VIA", "FROM", "TO", "CALL-ID", "CSEQ"} {
		v := value(b.invite, name)
		if name == "TO" && status > 100 && b.tag != "" {
			v += ";tag=" + b.tag
		}
		fmt.Fprintf(&t, "%s: %s\r\n", name, v)
	}
	if status > 100 && status < 300 {
		t.WriteString(b.routes + b.contact)
	}
	if sdp != "" {
		t.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&t, "%sContent-Length: %d\r\n\r\n%s", extra, len(sdp), sdp)
	return t.String()
}

func (b *callee) ok() string { return b.response(200, b.sdp, "") }

// connected is a call of ours that the SBC answered.
func (w *world) connected(l *line) (*callee, *Leg) {
	w.t.Helper()
	result := w.dials(w.t.Context(), w.outgoing())
	if l == nil {
		l = w.opened()
	}
	b := w.called(l)
	return b, b.answer(result)
}

// answer answers the call and takes the ACK.
func (b *callee) answer(result chan dialled) *Leg {
	b.w.t.Helper()
	b.line.send(b.ok())
	b.line.expect("ACK ")
	leg, err := b.w.result(result)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return leg
}

// caller is the SBC as the one who sends requests in the dialog, on a connection of its own.
func (b *callee) caller(l *line) *call {
	return &call{
		w: b.w, line: l, id: value(b.invite, "CALL-ID"), tag: b.tag, target: inBrackets.FindStringSubmatch(value(b.invite, "CONTACT"))[1],
		route: value(b.invite, "RECORD-ROUTE"), from: value(b.invite, "TO"), to: value(b.invite, "FROM"), offer: b.sdp,
		contact: strings.TrimSuffix(strings.TrimPrefix(b.contact, "Contact: "), "\r\n"),
	}
}

// ends answers the BYE that must come now and waits for the end of the leg.
func (b *callee) ends(t *testing.T, leg *Leg) string {
	t.Helper()
	bye := b.line.expect("BYE ")
	b.line.send(okTo(bye))
	wait(t, "end of signalling", leg.over)
	return bye
}
