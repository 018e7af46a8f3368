package party_test

import (
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/guard"
	"tandem/sip/party"
)

func TestNumber(t *testing.T) {
	for uri, want := range map[string]string{
		"sip:+4930123@host;user=phone": "+4930123", "SIPS:+49-30.(123)@host": "+4930123", "tel:+49-30-123;phone-context=x": "+4930123",
		"sip:%2B4930123@host": "+4930123", "sip:joe;x=y@host?a=b": "joe", "sip:host": "", "http:+4930@host": "", "tel:": "", "": "",
	} {
		if got := party.Number(uri); got != want {
			t.Errorf("%s: %q, want %q", uri, got, want)
		}
	}
}

func TestParam(t *testing.T) {
	for value, want := range map[string]string{
		`<sip:a;x=no>;x=yes`: "yes", `<sip:a>; X = "y z" `: "y z", `sip:a;x`: "", `<sip:a;x=no>`: "",
	} {
		if got, ok := party.Param(value, "x"); got != want || ok != (value != `<sip:a;x=no>`) {
			t.Errorf("%s: %q, %v", value, got, ok)
		}
	}
}

// request is an INVITE with some headers.
func request(headers ...string) *sipmsg.Request {
	r := dialog.Build(dialog.Head{Method: sipmsg.INVITE, URI: "sip:+493011@here", From: "<sip:+493022@there>;tag=a", To: "<sip:+493011@here>", CallID: "c", CSeq: 1})
	for i := 0; i < len(headers); i += 2 {
		r.AppendHeader(sipmsg.NewHeader(headers[i], headers[i+1]))
	}
	return r
}

func TestCaller(t *testing.T) {
	for name, c := range map[string]struct {
		headers []string
		peer    guard.Peer
		want    string
	}{
		"From":              {nil, guard.Peer{}, "+493022"},
		"asserted":          {[]string{"P-Asserted-Identity", "<sip:x@y>, <tel:+493033>"}, guard.Peer{}, "+493033"},
		"asserted to none":  {[]string{"P-Asserted-Identity", "<tel:+493033>"}, guard.Peer{FromOnly: true}, "+493022"},
		"private":           {[]string{"Privacy", "header;id"}, guard.Peer{}, "anonymous"},
		"private of old":    {[]string{"Remote-Party-ID", "<sip:+493033@y>;privacy=full"}, guard.Peer{}, "anonymous"},
		"preferred to From": {[]string{"P-Preferred-Identity", "<sip:+493044@y>"}, guard.Peer{}, "+493044"},
	} {
		if got := party.Caller(request(c.headers...), c.peer); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestDiversions: what was written is read again, and the older form says the same.
func TestDiversions(t *testing.T) {
	r := request("Diversion", "<sip:+493055@y>;reason=no-answer", "Diversion", "<sip:+493066@y>;reason=user-busy;privacy=full")
	as := func(n string) string { return n }
	all := party.Diversions(r, as)
	if len(all) != 2 || all[1].Number != "+493055" || all[0].Number != "+493066" {
		t.Fatalf("%+v", all)
	}
	value := party.HistoryInfo(all, "+493011", "here")
	want := "<sip:anonymous@anonymous.invalid?Reason=SIP%3Bcause%3D486%3Btext%3D%22Busy%20Here%22&Privacy=history>;index=1," +
		"<sip:+493055@here;user=phone?Reason=SIP%3Bcause%3D408%3Btext%3D%22Request%20Timeout%22>;index=1.1,<sip:+493011@here;user=phone>;index=1.1.1"
	if value != want {
		t.Errorf("got  %s\nwant %s", value, want)
	}
	again := party.Diversions(request("History-Info", value), as)
	if len(again) != 2 || again[0].Number != "" || again[1].Number != "+493055" {
		t.Errorf("%+v", again)
	}
	if h := party.DiversionHeaders(again, "here"); len(h) != 2 || h[0].Value() != "<sip:+493055@here;user=phone>;reason=no-answer" || h[1].Value() != "<sip:anonymous@anonymous.invalid>;reason=user-busy;privacy=full" {
		t.Errorf("%v", h)
	}
}
