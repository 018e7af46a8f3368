package dialog

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"
	"pgregory.net/rapid"
)

// TestRemainderRoundTrip: what goes into the journal comes out as it was.
func TestRemainderRoundTrip(t *testing.T) {
	text := rapid.StringMatching(`[ -~é\t]{0,40}`)
	some := rapid.SliceOfN(text, 1, 3)
	rapid.Check(t, func(t *rapid.T) {
		r := Remainder{
			State: rapid.SampledFrom([]State{Offered, Dialing, Up}).Draw(t, "state"), Trunk: text.Draw(t, "trunk"),
			Dialog: Dialog{
				CallID: text.Draw(t, "call id"), Local: text.Draw(t, "local"), Remote: text.Draw(t, "remote"),
				LocalTag: text.Draw(t, "local tag"), RemoteTag: text.Draw(t, "remote tag"), CSeq: rapid.Uint32().Draw(t, "cseq"),
				RemoteCSeq: rapid.Uint32().Draw(t, "remote cseq"), Target: text.Draw(t, "target"), Routes: some.Draw(t, "routes"),
				Transport: text.Draw(t, "transport"), Contact: text.Draw(t, "contact"),
			},
			Vias: some.Draw(t, "vias"), ReplyTo: text.Draw(t, "reply to"), InviteURI: text.Draw(t, "uri"), InviteTo: text.Draw(t, "to"),
			Branch: text.Draw(t, "branch"), Routes: some.Draw(t, "invite routes"), SentBy: text.Draw(t, "sent by"),
			Hop: Hop{Host: text.Draw(t, "host"), Port: rapid.IntRange(0, 65535).Draw(t, "port"), Transport: text.Draw(t, "hop transport")},
		}
		back, err := Decode(r.Encode())
		if err != nil || !reflect.DeepEqual(back, r) {
			t.Fatalf("%v: %+v became %+v", err, r, back)
		}
	})
}

// TestRemainderIsOnDisk: journals outlive a version of the product, so names are fixed.
func TestRemainderIsOnDisk(t *testing.T) {
	const written = `{"state":"dialing","trunk":"t1.sbc.test","dialog":{"call_id":"ours","local":"\u003csip:us\u003e;tag=ours","remote":"\u003csip:them\u003e",` +
		`"local_tag":"ours","cseq":1,"target":"sip:them","transport":"TLS","contact":"\u003csip:us\u003e"},"invite_uri":"sip:them","invite_to":"\u003csip:them\u003e",` +
		`"branch":"z9hG4bKours","sent_by":"t1.sbc.test:5061","hop":{"Host":"sip.test","Port":5061,"Transport":"TLS"}}`
	r, err := Decode(json.RawMessage(written))
	if err != nil {
		t.Fatal(err)
	}
	same(t, string(r.Encode()), written)
	same(t, sent(r.Cancel()), `CANCEL sip:them SIP/2.0
Via: SIP/2.0/TLS t1.sbc.test:5061;branch=z9hG4bKours
Max-Forwards: 70
From: <sip:us>;tag=ours
To: <sip:them>
Call-ID: ours
CSeq: 1 CANCEL
Content-Length: 0

`)
	if r.Cancel().Destination() != "sip.test:5061" {
		t.Errorf("goes to %s", r.Cancel().Destination())
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, raw := range []string{"", "null", "{}", "[]", `{"state":"gone"}`, `{"state":"up","dialog":7}`, `{"state":"up"`} {
		if r, err := Decode(json.RawMessage(raw)); err == nil {
			t.Errorf("%q gave %+v", raw, r)
		}
	}
}

// TestRemainderResponse: a final response to an INVITE whose edge has died.
func TestRemainderResponse(t *testing.T) {
	invite := parsed[*sipmsg.Request](t, microsoftInvite)
	d, err := Answering(invite, "ours", "<sip:us>")
	if err != nil {
		t.Fatal(err)
	}
	r := Remainder{State: Offered, Dialog: d, Vias: List(invite, "Via", "v")}
	same(t, strings.ReplaceAll(r.Response(503, "Service Unavailable").String(), "\r\n", "\n"), `SIP/2.0 503 Service Unavailable
Via: SIP/2.0/TLS 52.112.0.9:5061;branch=z9hG4bK12345678
From: "Display Name" <sip:+493099@sip.pstnhub.microsoft.com:5061;user=phone>;tag=0123456789abcdef
To: <sip:+493012345@t1.sbc.test:5061;user=phone>;tag=ours
Call-ID: fedcba9876543210
CSeq: 7 INVITE
Content-Length: 0

`)
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"state":"up","dialog":{"call_id":"x","target":"sip:a","routes":["<sip:b;lr>"],"transport":"UDP"},"vias":["x"]}`))
	f.Add([]byte(`{"state":"dialing","hop":{"Host":"[::1]","Port":-1},"sent_by":"::1"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := Decode(raw)
		if err != nil {
			return
		}
		again, err := Decode(r.Encode())
		if err != nil || string(again.Encode()) != string(r.Encode()) {
			t.Fatalf("%v: %s became %s", err, r.Encode(), again.Encode())
		}
		// What can be made of it must not make the next owner fall over.
		_ = r.Cancel().String()
		_ = r.Response(500, "Server Internal Error").String()
		if bye, err := r.Dialog.Request(sipmsg.BYE, "us"); err == nil {
			_ = bye.String()
		}
	})
}
