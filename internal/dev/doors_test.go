package dev_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/icholy/digest"
	"github.com/jackc/pgx/v5"

	"tandem/internal/app"
	"tandem/internal/call"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
	"tandem/sip/siptest"
)

// TestDoors: what comes to the doors without the right to enter.
func TestDoors(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	t.Run("tokens", f.tokens)
	t.Run("a retry of the dialog that has the token", f.retriedDialog)
	t.Run("callers", f.callers)
	t.Run("requests to Microsoft's doors", f.strangeRequests)
	t.Run("callbacks with a bad signature", f.forgedCallbacks)
	t.Run("requests to the API", f.strangeAPI)
}

// database connects to the stack's.
func (f *flows) database(t *testing.T) *pgx.Conn {
	t.Helper()
	db, err := pgx.Connect(t.Context(), f.File.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(context.WithoutCancel(t.Context())) })
	return db
}

// uri replaces the user of the address of a token.
func (f *flows) uri(user string) string { return "sip:" + user + "@" + f.File.SIP.UDP }

// turnedAway places a call that is refused, and checks with what.
func (f *flows) turnedAway(t *testing.T, uri string, status int, reason string) {
	t.Helper()
	no := refused(t, f.place(t, uri))
	if no.Status != status || !strings.Contains(no.ReasonHeader, reason) {
		t.Errorf("refused with %d and %q, want %d and %s", no.Status, no.ReasonHeader, status, reason)
	}
}

// tokens: the address of a requested call is good for one dialog and a time.
func (f *flows) tokens(t *testing.T) {
	t.Run("unknown", func(t *testing.T) { f.turnedAway(t, f.uri("AAAAAAAAAAAAAAAAAAAAAA"), 403, "token_unknown") })
	t.Run("used", func(t *testing.T) {
		asked := f.request(t, f.cast(t, does(teams.Accept)))
		customer := f.place(t, asked.SIPURI)
		f.connected(t, asked.ID, customer, soon)
		f.turnedAway(t, asked.SIPURI, 403, "token_used")
		if status := f.ask(t, "POST", "/calls/"+string(asked.ID)+"/hangup", nil, nil); status != 202 {
			t.Errorf("hangup: %d", status)
		}
		f.ended(t, asked.ID, soon).check(t, "completed", "hangup_requested", "none")
		f.turnedAway(t, asked.SIPURI, 403, "token_used")
	})
	t.Run("taken back", func(t *testing.T) {
		asked := f.request(t, f.cast(t, does(teams.Accept)))
		if status := f.ask(t, "POST", "/calls/"+string(asked.ID)+"/hangup", nil, nil); status != 202 {
			t.Errorf("hangup: %d", status)
		}
		f.ended(t, asked.ID, soon).check(t, "cancelled", "hangup_requested", "none")
		f.turnedAway(t, asked.SIPURI, 403, "token_")
	})
	t.Run("expired", func(t *testing.T) {
		asked := f.request(t, f.cast(t, does(teams.Accept)))
		// The minute for which it is good passes in the database only.
		if _, err := f.database(t).Exec(t.Context(), "UPDATE sip_token SET expires_at = now() - interval '1 second' WHERE call_id = $1", string(asked.ID)); err != nil {
			t.Fatal(err)
		}
		f.turnedAway(t, asked.SIPURI, 403, "token_expired")
		if status := f.ask(t, "POST", "/calls/"+string(asked.ID)+"/hangup", nil, nil); status != 202 {
			t.Errorf("hangup: %d", status)
		}
	})
}

// retriedDialog: an INVITE that is sent again is the same call, not a second
// use of its token.
func (f *flows) retriedDialog(t *testing.T) {
	agents := f.cast(t, does(teams.Never))
	asked := f.request(t, agents)
	w := newWire(t, asked.SIPURI, f.File.SIP.UDP)
	first := w.invite(2, f.credentials(t, asked.SIPURI, w.until("401", w.invite(1, ""))))
	w.until("180", first)
	w.until("180", first) // the same again
	again := w.invite(4, f.credentials(t, asked.SIPURI, w.until("401", w.invite(3, ""))))
	if got := w.until("482", again); strings.Contains(got, "token_used") {
		t.Errorf("a second INVITE of the dialog counts as a second use: %s", got)
	}
	w.until("487", w.request("CANCEL", 2, "", ""))
	f.ended(t, asked.ID, soon).check(t, "abandoned", "caller_gave_up", "none")
}

// credentials answers the challenge in a response, as a header line.
func (f *flows) credentials(t *testing.T, uri, response string) string {
	t.Helper()
	found := regexp.MustCompile(`(?im)^WWW-Authenticate: (.*)\r$`).FindStringSubmatch(response)
	if found == nil {
		t.Fatalf("no challenge in %s", response)
	}
	c, err := digest.ParseChallenge(found[1])
	if err != nil {
		t.Fatal(err)
	}
	answer, err := digest.Digest(c, digest.Options{Method: "INVITE", URI: uri, Username: f.File.Peer.Username, Password: f.File.Peer.Password})
	if err != nil {
		t.Fatal(err)
	}
	return "Authorization: " + answer.String() + "\r\n"
}

// wire is a telephone that can do one thing that honest ones do not: choose
// what it repeats.
type wire struct {
	t        *testing.T
	conn     *net.UDPConn
	uri, id  string
	deadline time.Time
}

func newWire(t *testing.T, uri, to string) *wire {
	t.Helper()
	addr, err := net.ResolveUDPAddr("udp", to)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.DialUDP("udp", nil, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &wire{t: t, conn: conn, uri: uri, id: "wire-" + conn.LocalAddr().String(), deadline: time.Now().Add(soon)}
}

// request writes a request; each CSeq has a transaction of its own.
func (w *wire) request(method string, cseq int, headers, body string) string {
	me := w.conn.LocalAddr().String()
	return fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-wire-%d;rport\r\nMax-Forwards: 70\r\n"+
		"From: <sip:+4930123456@%s>;tag=wire\r\nTo: <%s>\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:wire@%s>\r\n%sContent-Length: %d\r\n\r\n%s",
		method, w.uri, me, cseq, me, w.uri, w.id, cseq, method, me, headers, len(body), body)
}

func (w *wire) invite(cseq int, headers string) string {
	const sound = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
	return w.request("INVITE", cseq, headers+"Content-Type: application/sdp\r\n", sound)
}

// until sends and reads until a response has the status; failures are acknowledged.
func (w *wire) until(status, request string) string {
	w.t.Helper()
	if _, err := w.conn.Write([]byte(request)); err != nil {
		w.t.Fatal(err)
	}
	_ = w.conn.SetReadDeadline(w.deadline)
	buf := make([]byte, 64<<10)
	for {
		n, err := w.conn.Read(buf)
		if err != nil {
			w.t.Fatalf("waiting for %s: %v", status, err)
		}
		got := string(buf[:n])
		var code, cseq int
		if _, err := fmt.Sscanf(got, "SIP/2.0 %d", &code); err != nil {
			continue // a request
		}
		line := got[strings.Index(got, "CSeq:")+len("CSeq:"):]
		if _, err := fmt.Sscanf(line, "%d", &cseq); err != nil {
			w.t.Fatalf("no CSeq in %s", got)
		}
		if code >= 300 && strings.Contains(strings.SplitN(line, "\r\n", 2)[0], "INVITE") {
			if _, err := w.conn.Write([]byte(w.request("ACK", cseq, "", ""))); err != nil {
				w.t.Fatal(err)
			}
		}
		if strings.HasPrefix(got, "SIP/2.0 "+status) {
			return got
		}
		if code >= 300 {
			w.t.Logf("passed over: %s", got)
		}
	}
}

// callers: who may call what.
func (f *flows) callers(t *testing.T) {
	t.Run("unknown number", func(t *testing.T) { f.turnedAway(t, f.uri("+4969999999"), 404, "cause=1;") })
	t.Run("wrong password", func(t *testing.T) {
		phone, err := siptest.New(siptest.Config{Username: f.File.Peer.Username, Password: "wrong"})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = phone.Close() }()
		c, err := phone.Call(t.Context(), f.uri(f.File.Tenants[0].Number), siptest.CallOptions{From: caller})
		if err != nil {
			t.Fatal(err)
		}
		if no := refused(t, c); no.Status != 401 && no.Status != 403 {
			t.Errorf("refused with %d, want 401 or 403", no.Status)
		}
	})
}

// hook is the secret address for callbacks of one call: HMAC-SHA256 under the
// installation's key of "resource/call", the first half.
func (f *flows) hook(resource string, id call.ID) string {
	key := f.Config.Key("hooks")
	mac := hmac.New(sha256.New, key[:])
	_, _ = mac.Write([]byte(resource + "/" + string(id)))
	return f.Config.HTTP.PublicURL + "/hooks/calls/" + resource + "/" + string(id) + "/" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// microsoft is a client that trusts whom the simulated Microsoft trusts.
func (f *flows) microsoft(t *testing.T) *http.Client {
	t.Helper()
	raw, err := os.ReadFile(f.File.Simulator.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(raw)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: soon}
}

// strangeRequests: wrong secrets, tokens and bodies get their status, and
// nothing of them is kept.
func (f *flows) strangeRequests(t *testing.T) {
	db := f.database(t)
	stored := func() string {
		var s string
		err := db.QueryRow(t.Context(), "SELECT concat_ws('/', (SELECT count(*) FROM seen_event), (SELECT count(*) FROM inbox), (SELECT count(*) FROM call_event))").Scan(&s)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	client := f.microsoft(t)
	id := f.request(t, f.cast(t, does(teams.Accept))).ID
	grid := app.GridURL(f.Config, "tandem-eu")
	callback := f.hook("tandem-eu", id)
	event := fmt.Sprintf(`[{"id":"1","type":"Microsoft.Communication.CallDisconnected","specversion":"1.0","source":"x","data":{"callConnectionId":"%s"}}]`, id)
	before := stored()
	for _, c := range []struct {
		name, url, body, bearer string
		want                    int
	}{
		{"Event Grid, wrong secret", grid[:len(grid)-4] + "AAAA", "[]", "", 404},
		{"Event Grid, another resource's secret", strings.Replace(grid, "tandem-eu", "tandem-us", 1), "[]", "", 404},
		{"Event Grid, not JSON", grid, "hello", "", 400},
		{"Event Grid, half of a JSON", grid, `[{"id":`, "", 400},
		{"Event Grid, too large", grid, "[" + strings.Repeat(" ", 1<<20) + "]", "", 413},
		{"callback, wrong secret", callback[:len(callback)-4] + "AAAA", event, "", 404},
		{"callback, no call", strings.Replace(callback, string(id), "nonsense", 1), event, "", 404},
		{"callback, no token", callback, event, "", 401},
		{"callback, token of nobody", callback, event, "eyJhbGciOiJub25lIn0.e30.", 401},
		{"elsewhere", f.Config.HTTP.PublicURL + "/v1/calls", "{}", "", 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), "POST", c.url, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			if c.bearer != "" {
				req.Header.Set("Authorization", "Bearer "+c.bearer)
			}
			res, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != c.want {
				t.Errorf("%d, want %d", res.StatusCode, c.want)
			}
		})
	}
	if after := stored(); after != before {
		t.Errorf("something was stored: %s, before %s", after, before)
	}
	if status := f.ask(t, "POST", "/calls/"+string(id)+"/hangup", nil, nil); status != 202 {
		t.Errorf("hangup: %d", status)
	}
}

// forgedCallbacks: an event whose signature is not Microsoft's is not believed;
// the call finds out for itself.
func (f *flows) forgedCallbacks(t *testing.T) {
	for _, knob := range []string{faults.TokenAudience, faults.TokenExpired, faults.TokenKey} {
		t.Run(knob, func(t *testing.T) {
			f.fault(t, faults.Fault{Knob: knob, Scope: "AddParticipantSucceeded"})
			asked := f.request(t, f.cast(t, does(teams.Accept)))
			customer := f.place(t, asked.SIPURI)
			f.connected(t, asked.ID, customer, soon)
			ctx, cancel := context.WithTimeout(t.Context(), soon)
			defer cancel()
			if err := customer.Hangup(ctx); err != nil {
				t.Error(err)
			}
			f.ended(t, asked.ID, soon).check(t, "completed", "caller_hung_up", "none")
			f.mu.Lock()
			defer f.mu.Unlock()
			for _, o := range f.seen {
				if _, joined := o.Event.(call.AgentJoined); joined && o.Call.ID == asked.ID {
					t.Error("the event was believed")
				}
			}
		})
	}
}

// strangeAPI: what is no request gets a problem and leaves nothing.
func (f *flows) strangeAPI(t *testing.T) {
	for _, c := range []struct {
		name, method, path, key, body string
		want                          int
	}{
		{"no key", "GET", "/calls", "", "", 401},
		{"wrong key", "GET", "/calls", "tdm_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "", 401},
		{"not JSON", "POST", "/calls", f.File.API.Key, "hello", 400},
		{"too large", "POST", "/calls", f.File.API.Key, `{"display_name":"` + strings.Repeat("a", 1<<20) + `"}`, 413},
		{"no such tenant", "POST", "/calls", f.File.API.Key, `{"tenant":"00000000-0000-4000-8000-000000000000"}`, 404},
		{"no such call", "GET", "/calls/01a20ba6-6e18-706d-86ce-0afbcf866ae6", f.File.API.Key, "", 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), c.method, f.File.API.URL+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			if c.key != "" {
				req.Header.Set("Authorization", "Bearer "+c.key)
			}
			res, err := f.http.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != c.want || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/problem+json") {
				t.Errorf("%d %s, want %d and a problem", res.StatusCode, res.Header.Get("Content-Type"), c.want)
			}
		})
	}
}
