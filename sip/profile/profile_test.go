package profile

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"
	"go.uber.org/goleak"

	"tandem/sip/dialog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	trunk = Trunk{FQDN: "t1-eu.sbc.test", Port: 5061, UserAgent: "Tandem"}
	proxy = Proxy{FQDN: "sip.pstnhub.microsoft.com", Port: 5061}
)

// sent is a request as it goes out, with what is random replaced.
func sent(r *sipmsg.Request) string {
	text := strings.ReplaceAll(r.String(), "\r\n", "\n")
	return regexp.MustCompile(`[0-9a-f]{24}`).ReplaceAllString(text, "RANDOM")
}

func same(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestInvite is the text of a call (facts/direct-routing.md §6.1), of its CANCEL and of
// the BYE after it was answered.
func TestInvite(t *testing.T) {
	r, head, d := trunk.Invite(proxy, Call{
		Number: "+493012345", Caller: "+493099", CallID: "ours", Tag: "mine", SDP: []byte("v=0\r\n"),
		Headers: map[string]string{"X-MS-Custom-caseid": "7", "User-To-User": "616263;encoding=hex"},
	})
	same(t, sent(r), `INVITE sip:+493012345@sip.pstnhub.microsoft.com:5061;user=phone;transport=tls SIP/2.0
Via: SIP/2.0/TLS t1-eu.sbc.test:5061;branch=z9hG4bKRANDOM
Max-Forwards: 70
From: <sip:+493099@t1-eu.sbc.test:5061;user=phone>;tag=mine
To: <sip:+493012345@sip.pstnhub.microsoft.com:5061;user=phone>
Call-ID: ours
CSeq: 1 INVITE
Content-Length: 5
Contact: <sip:+493099@t1-eu.sbc.test:5061;transport=tls>
Allow: INVITE,ACK,OPTIONS,CANCEL,BYE,NOTIFY
Supported: timer
User-Agent: Tandem
User-To-User: 616263;encoding=hex
X-MS-Custom-caseid: 7
Content-Type: application/sdp

v=0
`)
	if r.Destination() != "sip.pstnhub.microsoft.com:5061" || r.Transport() != "TLS" {
		t.Errorf("goes to %s over %s", r.Destination(), r.Transport())
	}
	cancel := dialog.Cancel(head, proxy.Hop())
	same(t, sent(cancel), `CANCEL sip:+493012345@sip.pstnhub.microsoft.com:5061;user=phone;transport=tls SIP/2.0
Via: SIP/2.0/TLS t1-eu.sbc.test:5061;branch=z9hG4bKRANDOM
Max-Forwards: 70
From: <sip:+493099@t1-eu.sbc.test:5061;user=phone>;tag=mine
To: <sip:+493012345@sip.pstnhub.microsoft.com:5061;user=phone>
Call-ID: ours
CSeq: 1 CANCEL
Content-Length: 0

`)
	if cancel.Via().Value() != r.Via().Value() {
		t.Errorf("the CANCEL has %s, the INVITE %s", cancel.Via().Value(), r.Via().Value())
	}
	answer := sipmsg.NewResponseFromRequest(reparsed(t, r), 200, "OK", nil)
	answer.To().Params.Remove("tag")
	answer.To().Params.Add("tag", "theirs")
	answer.AppendHeader(sipmsg.NewHeader("Record-Route", "<sip:sip-du-a-eu.pstnhub.microsoft.com:5061;transport=tls;lr>"))
	answer.AppendHeader(&sipmsg.ContactHeader{Address: sipmsg.Uri{Scheme: "sip", Host: "api-du-a-euwe.pstnhub.microsoft.com", Port: 443}})
	d, err := d.Establish(answer)
	if err != nil {
		t.Fatal(err)
	}
	bye, err := d.Request(sipmsg.BYE, trunk.SentBy())
	if err != nil {
		t.Fatal(err)
	}
	same(t, sent(bye), `BYE sip:api-du-a-euwe.pstnhub.microsoft.com:443 SIP/2.0
Via: SIP/2.0/TLS t1-eu.sbc.test:5061;branch=z9hG4bKRANDOM
Max-Forwards: 70
Route: <sip:sip-du-a-eu.pstnhub.microsoft.com:5061;transport=tls;lr>
From: <sip:+493099@t1-eu.sbc.test:5061;user=phone>;tag=mine
To: <sip:+493012345@sip.pstnhub.microsoft.com:5061;user=phone>;tag=theirs
Call-ID: ours
CSeq: 2 BYE
Content-Length: 0

`)
}

// reparsed is a request as its receiver sees it.
func reparsed(t *testing.T, r *sipmsg.Request) *sipmsg.Request {
	t.Helper()
	m, err := sipmsg.ParseMessage([]byte(r.String()))
	if err != nil {
		t.Fatal(err)
	}
	return m.(*sipmsg.Request)
}

// TestAnonymousInvite: no digit of the caller is in it, and the trunk is named all the same.
func TestAnonymousInvite(t *testing.T) {
	r, _, d := trunk.Invite(proxy, Call{Number: "+493012345", Caller: Anonymous, CallID: "ours", Tag: "mine", SDP: []byte("v=0\r\n")})
	same(t, sent(r), `INVITE sip:+493012345@sip.pstnhub.microsoft.com:5061;user=phone;transport=tls SIP/2.0
Via: SIP/2.0/TLS t1-eu.sbc.test:5061;branch=z9hG4bKRANDOM
Max-Forwards: 70
From: "Anonymous" <sip:anonymous@anonymous.invalid>;tag=mine
To: <sip:+493012345@sip.pstnhub.microsoft.com:5061;user=phone>
Call-ID: ours
CSeq: 1 INVITE
Content-Length: 5
Contact: <sip:t1-eu.sbc.test:5061;transport=tls>
Allow: INVITE,ACK,OPTIONS,CANCEL,BYE,NOTIFY
Supported: timer
User-Agent: Tandem
Privacy: id
Content-Type: application/sdp

v=0
`)
	if d.Contact != "<sip:t1-eu.sbc.test:5061;transport=tls>" || d.Local != `"Anonymous" <sip:anonymous@anonymous.invalid>;tag=mine` {
		t.Errorf("got %+v", d)
	}
}

// TestOptions is the text of a ping (facts/direct-routing.md §5.1).
func TestOptions(t *testing.T) {
	r := Trunk{FQDN: "t1-eu.sbc.test", Port: 5067, UserAgent: "Tandem"}.Options(proxy)
	same(t, sent(r), `OPTIONS sip:sip.pstnhub.microsoft.com:5061;transport=tls SIP/2.0
Via: SIP/2.0/TLS t1-eu.sbc.test:5067;branch=z9hG4bKRANDOM
Max-Forwards: 70
From: <sip:t1-eu.sbc.test:5067>;tag=RANDOM
To: <sip:sip.pstnhub.microsoft.com:5061>
Call-ID: RANDOM
CSeq: 1 OPTIONS
Content-Length: 0
Contact: <sip:t1-eu.sbc.test:5067;transport=tls>
Allow: INVITE,ACK,OPTIONS,CANCEL,BYE,NOTIFY
User-Agent: Tandem

`)
	if r.Destination() != "sip.pstnhub.microsoft.com:5061" || r.Transport() != "TLS" {
		t.Errorf("goes to %s over %s", r.Destination(), r.Transport())
	}
	if slices.Contains(Methods(), sipmsg.REFER) {
		t.Error("REFER is allowed, but nobody carries it out (facts/direct-routing.md §10)")
	}
}

// TestAdmit: the limits of facts/direct-routing.md §14.
func TestAdmit(t *testing.T) {
	const custom = "X-MS-Custom-"
	long := custom + strings.Repeat("n", 64-len(custom))
	five := map[string]string{}
	for i := range 5 {
		five[fmt.Sprintf("%sh%d", custom, i)] = "v"
	}
	with := func(more map[string]string) map[string]string {
		all := maps.Clone(five)
		maps.Copy(all, more)
		return all
	}
	for name, c := range map[string]struct{ headers, kept map[string]string }{
		"none":                             {nil, map[string]string{}},
		"five and User-To-User":            {with(map[string]string{"User-To-User": "616263;encoding=hex"}), with(map[string]string{"User-To-User": "616263;encoding=hex"})},
		"a sixth":                          {with(map[string]string{custom + "h5": "v"}), five},
		"five, and one of no use":          {with(map[string]string{custom + "a": "ö", custom + "b": ""}), five},
		"spelling":                         {map[string]string{"x-ms-custom-CaseId": "v", "USER-TO-USER": "00"}, map[string]string{"x-ms-custom-CaseId": "v", "USER-TO-USER": "00"}},
		"one name in two spellings":        {map[string]string{custom + "A": "1", custom + "a": "2"}, map[string]string{custom + "A": "1"}},
		"two of User-To-User":              {map[string]string{"USER-TO-USER": "00", "User-To-User": "01"}, map[string]string{"USER-TO-USER": "00"}},
		"name of 64":                       {map[string]string{long: "v"}, map[string]string{long: "v"}},
		"name of 65":                       {map[string]string{long + "n": "v"}, map[string]string{}},
		"nothing after the prefix":         {map[string]string{custom: "v"}, map[string]string{}},
		"all characters of a name":         {map[string]string{custom + "aZ0.!%*_+~-": "v"}, map[string]string{custom + "aZ0.!%*_+~-": "v"}},
		"other characters in a name":       {map[string]string{custom + "a b": "v", custom + "a:b": "v", custom + "ö": "v", custom + "a\r\nb": "v"}, map[string]string{}},
		"all characters of a value":        {map[string]string{custom + "a": "aZ0=;.!%*_+~-"}, map[string]string{custom + "a": "aZ0=;.!%*_+~-"}},
		"other characters in a value":      {map[string]string{custom + "a": "a b", custom + "b": "a,b", custom + "c": "ö", custom + "d": "a\r\nEvil: b", custom + "e": `"a"`}, map[string]string{}},
		"value of 256":                     {map[string]string{custom + "a": strings.Repeat("v", 256)}, map[string]string{custom + "a": strings.Repeat("v", 256)}},
		"value of 257 is not shortened":    {map[string]string{custom + "a": strings.Repeat("v", 257)}, map[string]string{}},
		"User-To-User of 256":              {map[string]string{UserToUser: strings.Repeat("0", 256)}, map[string]string{UserToUser: strings.Repeat("0", 256)}},
		"User-To-User of 257":              {map[string]string{UserToUser: strings.Repeat("0", 257)}, map[string]string{}},
		"User-To-User with line break":     {map[string]string{UserToUser: "00\r\nEvil: b"}, map[string]string{}},
		"empty value":                      {map[string]string{custom + "a": "", UserToUser: ""}, map[string]string{}},
		"headers that mean something else": {map[string]string{"From": "x", "X-MS-SBC": "x", "X-Custom-a": "x", "Replaces": "x", "": "x"}, map[string]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			kept, dropped := Admit(c.headers)
			if !maps.Equal(kept, c.kept) || dropped != len(c.headers)-len(c.kept) {
				t.Errorf("kept %q, dropped %d", kept, dropped)
			}
		})
	}
}

// FuzzAdmit: whatever is kept cannot break out of its line.
func FuzzAdmit(f *testing.F) {
	f.Add("X-MS-Custom-a", "v")
	f.Add("User-To-User", "616263;encoding=hex")
	f.Add("x-ms-custom-a\r\nEvil", "\r\nEvil: v")
	f.Fuzz(func(t *testing.T, name, value string) {
		kept, dropped := Admit(map[string]string{name: value})
		if len(kept)+dropped != 1 {
			t.Fatalf("kept %q, dropped %d", kept, dropped)
		}
		for n, v := range kept {
			if n != name || v != value || strings.ContainsAny(n+v, "\r\n") || len(n) > 64 || len(v) > 256 {
				t.Fatalf("kept %q: %q", n, v)
			}
		}
	})
}
