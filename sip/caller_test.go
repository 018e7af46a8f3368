package sip

import (
	"regexp"
	"strings"
	"testing"

	numbers "tandem/internal/trunk"
	"tandem/sip/guard"
	"tandem/sip/party"
)

func fromOnly(p *guard.Peer) { p.FromOnly = true }

// callerTowardsMicrosoft: whom Microsoft is told that calls.
func callerTowardsMicrosoft(cases map[string]struct {
	headers string
	peer    func(*guard.Peer)
	want    string // number in From, or anonymous
}) func(*testing.T) {
	return func(t *testing.T) {
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				_, _, _, invite := farInvite(t, nil, c.peer, withHeaders(c.headers))
				want := "<sip:" + c.want + "@" + trunkName
				if c.want == "anonymous" {
					want = `"Anonymous" <sip:anonymous@anonymous.invalid>`
					if field(invite, "Privacy") != "id" {
						t.Errorf("Privacy: %q", field(invite, "Privacy"))
					}
				} else if field(invite, "Privacy") != "" {
					t.Errorf("Privacy: %q", field(invite, "Privacy"))
				}
				if from := field(invite, "From"); !strings.HasPrefix(from, want) {
					t.Errorf("From: %s", from)
				}
				for _, name := range []string{"P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID", "Diversion"} {
					if got := field(invite, name); got != "" {
						t.Errorf("%s: %s", name, got)
					}
				}
			})
		}
	}
}

type callerCase = struct {
	headers string
	peer    func(*guard.Peer)
	want    string
}

const asserted = "P-Asserted-Identity: \"Jo, the caller\" <sip:+4930777001@carrier.test;user=phone>, <tel:+4930777001>\n"

// callerTowardsPeers: what the peer is told of who calls.
func callerTowardsPeers(t *testing.T) {
	for name, c := range map[string]struct {
		headers string
		from    string // instead of Microsoft's
		peer    func(*guard.Peer)
		shown   string
		has     map[string]string
	}{
		"From is shown, not who is billed": {"P-ASSERTED-IDENTITY: <tel:+4930999>\nPRIVACY: id\n", "", nil, number, map[string]string{"P-Asserted-Identity": "<sip:" + number + "@{us};user=phone>", "Privacy": ""}},
		"no P-Asserted-Identity":           {"", "", nil, number, map[string]string{"P-Asserted-Identity": "<sip:" + number + "@{us};user=phone>", "Privacy": ""}},
		"not to whom is not trusted":       {"P-ASSERTED-IDENTITY: <tel:+4930999>\nHISTORY-INFO: <sip:+4930555@a?Reason=SIP%3Bcause%3D302>;index=1\n", "", fromOnly, number, map[string]string{"P-Asserted-Identity": "", "History-Info": "", "Diversion": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, _, invite := nearInvite(t, nil, c.peer, c.headers)
			if from := field(invite, "From"); !strings.HasPrefix(from, "<sip:"+c.shown+"@") {
				t.Errorf("From: %s", from)
			}
			us := regexp.MustCompile(`@([^;>]*)`).FindStringSubmatch(field(invite, "From"))[1]
			for name, want := range c.has {
				if got := field(invite, name); got != strings.ReplaceAll(want, "{us}", us) {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
}

// historyTowardsMicrosoft: who sent the call on, in the form and in the names that
// Microsoft takes.
func historyTowardsMicrosoft(t *testing.T) {
	const busy, moved = "Reason=SIP%3Bcause%3D486%3Btext%3D%22Busy%20Here%22", "Reason=SIP%3Bcause%3D302%3Btext%3D%22Moved%20temporarily%22"
	for name, c := range map[string]struct {
		headers string
		peer    func(*guard.Peer)
		want    string // {us} is the trunk
	}{
		"Diversion": {
			"Diversion: <sip:+4930222@10.0.0.9:5060>;reason=user-busy;counter=1, \"Boss\" <tel:+4930111>;reason=unconditional\n", nil,
			"<sip:+4930111@{us};user=phone?" + moved + ">;index=1,<sip:+4930222@{us};user=phone?" + busy + ">;index=1.1,<sip:" + number + "@{us};user=phone>;index=1.1.1",
		},
		"a private Diversion": {
			"Diversion: <sip:+4930222@10.0.0.9>;reason=unconditional;privacy=full\n", nil,
			"<sip:anonymous@anonymous.invalid?" + moved + "&Privacy=history>;index=1,<sip:" + number + "@{us};user=phone>;index=1.1",
		},
		"History-Info": {
			"History-Info: <sip:+4930111@10.0.0.9?Reason=SIP%3Bcause%3D486%3Btext%3D%22Go%20away%22>;index=1, <sip:+4930222@10.0.0.9;cause=486>;index=1.1\nHistory-Info: <sip:x@10.0.0.9>;index=1.1.1\n" +
				"Diversion: <sip:+4930333@10.0.0.9>;reason=unknown\n", nil,
			"<sip:+4930111@{us};user=phone?" + busy + ">;index=1,<sip:" + number + "@{us};user=phone>;index=1.1",
		},
		"of nobody that is trusted": {"Diversion: <sip:+4930222@10.0.0.9>;reason=user-busy\n", fromOnly, ""},
		"by the rules of the peer":  {"Diversion: <sip:030222@10.0.0.9>;reason=user-busy\n", func(p *guard.Peer) { p.Numbers = rules(numbers.CallerIn, `0(\d+)`, "+49$1") }, "<sip:+4930222@{us};user=phone?" + busy + ">;index=1,<sip:" + number + "@{us};user=phone>;index=1.1"},
		"none":                      {"", nil, ""},
		"in a circle":               {strings.Repeat("Diversion: <sip:+4930222@a>;reason=user-busy\n", 40), nil, strings.TrimPrefix(circle(busy), ",")},
	} {
		t.Run(name, func(t *testing.T) {
			r, _, _, invite := farInvite(t, nil, c.peer, withHeaders(c.headers))
			us := r.edge.far.trunks[trunkName].SentBy()
			if got, want := field(invite, "History-Info"), strings.ReplaceAll(c.want, "{us}", us); got != want {
				t.Errorf("%s\nwant %s", got, want)
			}
			if strings.Contains(invite, "10.0.0.9") {
				t.Errorf("an address of the near side in %s", invite)
			}
		})
	}
}

// circle is a call that was sent on too often: the last five count.
func circle(reason string) string {
	all, index := "", "1"
	for range party.MaxDiversions {
		all += ",<sip:+4930222@{us};user=phone?" + reason + ">;index=" + index
		index += ".1"
	}
	return all + ",<sip:" + number + "@{us};user=phone>;index=" + index
}

func rules(to numbers.Applies, match, replace string) numbers.Numbers {
	n, err := numbers.CompileNumbers([]numbers.NumberRule{{AppliesTo: to, Match: match, Replace: replace}})
	if err != nil {
		panic(err)
	}
	return n
}

// historyTowardsPeers: in both forms, since few carriers know the newer one.
func historyTowardsPeers(t *testing.T) {
	_, _, _, invite := nearInvite(t, nil, nil, "HISTORY-INFO: <sip:+4930111@sip.pstnhub.microsoft.com:5061;user=phone?Reason=SIP%3Bcause%3D302%3Btext%3D%22Moved%20temporarily%22>;index=1,<sip:"+abroad+"@sip.pstnhub.microsoft.com:5061>;index=1.1\n")
	us := regexp.MustCompile(`@([^;>]*)`).FindStringSubmatch(field(invite, "From"))[1]
	want := "<sip:+4930111@" + us + ";user=phone?Reason=SIP%3Bcause%3D302%3Btext%3D%22Moved%20temporarily%22>;index=1,<sip:" + abroad + "@" + us + ";user=phone>;index=1.1"
	if got := field(invite, "History-Info"); got != want {
		t.Errorf("History-Info: %s", got)
	}
	if got := field(invite, "Diversion"); got != "<sip:+4930111@"+us+";user=phone>;reason=unconditional" {
		t.Errorf("Diversion: %s", got)
	}
}

// numberRules: numbers come and go as the peer writes them, and are E.164 in between.
func numberRules(t *testing.T) {
	all, err := numbers.CompileNumbers([]numbers.NumberRule{
		{AppliesTo: numbers.CalledIn, Match: `00(\d+)`, Replace: "+$1"}, {AppliesTo: numbers.CallerIn, Match: `0([1-9]\d+)`, Replace: "+49$1"},
		{AppliesTo: numbers.CalledOut, Match: `\+49(\d+)`, Replace: "0$1"}, {AppliesTo: numbers.CallerOut, Match: `\+(\d+)`, Replace: "00$1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	national := func(p *guard.Peer) { p.Numbers = all }
	t.Run("in", func(t *testing.T) {
		r := newRig(t, nil)
		g := digestPeer("joe")
		national(&g)
		r.peers.set(g)
		r.must(r.edge.RefreshPeers(r.ctx()))
		p := newRaw(t, r)
		p.invite("00493023125000", "rules", "P-Asserted-Identity: <sip:030901820@carrier.test>\n", plainSDP)
		if o := next(t, "offer", r.engine.offers); o.User != number || o.Caller != caller {
			t.Errorf("%+v", o)
		}
	})
	t.Run("out", func(t *testing.T) {
		_, _, _, invite := nearInvite(t, nil, national, "")
		if uri := strings.Fields(invite)[1]; !strings.HasPrefix(uri, "sip:030555123@") || !strings.HasPrefix(field(invite, "To"), "<sip:030555123@") {
			t.Errorf("calls %s, To %s", uri, field(invite, "To"))
		}
		for _, name := range []string{"From", "P-Asserted-Identity"} {
			if got := field(invite, name); !strings.HasPrefix(got, "<sip:0049") {
				t.Errorf("%s: %s", name, got)
			}
		}
	})
}

// customHeaders go along both ways, within Microsoft's limits; the one that an attempt is
// known by is ours.
func customHeaders(t *testing.T) {
	const uui = "56a390f3d2b7310023a2;encoding=hex;purpose=foo;content=bar"
	long := strings.Repeat("v", 257)
	r, _, _, invite := farInvite(t, nil, nil, withHeaders(
		"User-To-User: "+uui+"\nX-MS-Custom-Tandem: forged\nx-ms-custom-e: 5\nX-MS-Custom-a: 1\nX-MS-Custom-b: 2\nX-MS-Custom-c: "+long+"\nX-MS-Custom-d: 4\nX-MS-Custom-f: 6\nX-MS-Custom-g: a b\nX-Other: 7\n"))
	for name, want := range map[string]string{
		"User-To-User": uui, "X-MS-Custom-Tandem": "token-1", "X-MS-Custom-a": "1", "X-MS-Custom-b": "2", "X-MS-Custom-c": "", "X-MS-Custom-d": "4",
		"X-MS-Custom-f": "6", "X-MS-Custom-e": "", "X-MS-Custom-g": "", "X-Other": "",
	} {
		if got := field(invite, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if n := strings.Count(strings.ToLower(invite), "x-ms-custom-"); n != 5 {
		t.Errorf("%d custom headers", n)
	}
	if n := r.counted("tandem_sip_headers_dropped_total"); n != 3 {
		t.Errorf("%v counted as left out", n)
	}
	_, _, _, invite = nearInvite(t, nil, nil, "USER-TO-USER: "+uui+"\nX-MS-Custom-caseid: 35567842\nX-MS-UserLocation: External\n")
	for name, want := range map[string]string{"User-To-User": uui, "X-MS-Custom-caseid": "35567842", "X-MS-Custom-Tandem": "", "X-MS-UserLocation": ""} {
		if got := field(invite, name); got != want {
			t.Errorf("towards the peer, %s: %q, want %q", name, got, want)
		}
	}
}

// topologyHidden searches what goes over each wire for what belongs to the other.
func topologyHidden(t *testing.T) {
	near := []string{"198.51.100.77", "peer.test", "wire", "z9hG4bK", "them", "CarrierBox", "IP4 198.51", "jdoe 4711"}
	t.Run("near to far", func(t *testing.T) {
		_, p, l, invite := farInvite(t, nil, nil, func(m string) string {
			m = swap(m, "Max-Forwards", "Via: SIP/2.0/UDP 198.51.100.77;branch=z9hG4bKdeep\nUser-Agent: CarrierBox/1\nServer: CarrierBox\nOrganization: peer.test\nCall-Info: <http://peer.test/x>\nSubject: them\nMax-Forwards")
			m = swap(m, "o=- 1 1 IN IP4 127.0.0.1", "o=jdoe 4711 1 IN IP4 198.51.100.77")
			return swap(m, "Content-Type", asserted+"Diversion: <sip:+4930222@198.51.100.77:5060>;reason=user-busy\nContent-Type")
		})
		ours := field(invite, "Via")
		branch := regexp.MustCompile(`branch=[^;]*`).FindString(ours)
		rest := strings.ReplaceAll(invite, branch, "")
		for _, secret := range append(near, p.conn.LocalAddr().String()) {
			if strings.Contains(rest, secret) {
				t.Errorf("%q of the near side in %s", secret, invite)
			}
		}
		if strings.Contains(strings.Join(strings.Split(invite, "\r\n\r\n")[:1], ""), "127.0.0.1") {
			t.Errorf("an address in a header: %s", invite)
		}
		l.respond(invite, "486 Busy Here", "ms", "", "")
	})
	t.Run("far to near", func(t *testing.T) {
		_, p, _, invite := nearInvite(t, nil, nil, "RECORD-ROUTE: <sip:sip-du-a-eu.pstnhub.microsoft.com:5061;transport=tls;lr>\nUSER-AGENT: Microsoft.PSTNHub.SIPProxy v.2026 i.EUNO.7\n"+
			"REFERRED-BY: <sip:sip.pstnhub.microsoft.com:5061;x-m=8:orgid:0000>\nHISTORY-INFO: <sip:+4930111@sip.pstnhub.microsoft.com:5061?Reason=SIP%3Bcause%3D302>;index=1\nP-ASSERTED-IDENTITY: <sip:+4930999@sip.pstnhub.microsoft.com>\n")
		for _, secret := range []string{"pstnhub", "Microsoft", "52.112.1.1", "orgid", "Contoso", "4930999", "token-1", trunkName, "tag=ms", "Call-ID: out", "inline:", "s=session"} {
			if strings.Contains(strings.ToLower(invite), strings.ToLower(secret)) {
				t.Errorf("%q of the far side in %s", secret, invite)
			}
		}
		p.reply(invite, "486 Busy Here")
	})
}
