package simulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tandem/internal/simulator/evidence"
)

// TestUsersOfAResource makes one by a signed request and calls it.
func TestUsersOfAResource(t *testing.T) {
	w := newWorld(t, nil)
	status, made := w.signed("POST", "/identities", map[string]any{"createTokenWithScopes": []string{"voip"}})
	if status != http.StatusCreated {
		t.Fatalf("create: %d %v", status, made)
	}
	id := made["identity"].(map[string]any)["id"].(string)
	if !strings.HasPrefix(id, "8:acs:"+resource+"_") {
		t.Errorf("id %s", id)
	}
	if status, token := w.signed("POST", "/identities/"+strings.ReplaceAll(id, ":", "%3A")+"/:issueAccessToken", map[string]any{"scopes": []string{"chat"}}); status != http.StatusOK || token["token"] == "" {
		t.Errorf("issue: %d %v", status, token)
	}
	if status, answer := w.signed("DELETE", "/identities/"+id, nil); status != http.StatusNoContent {
		t.Errorf("delete: %d %v", status, answer)
	}

	// Who is not signed hears the same as at Call Automation.
	res, err := w.client.Post(w.Resources()[0].Endpoint+"identities?api-version=2022-10-01", "application/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("unsigned: %d", res.StatusCode)
	}
}

// TestResourceByTLS has an https endpoint that its authority vouches for.
func TestResourceByTLS(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Resources[0].TLS = true })
	if e := w.Resources()[0].Endpoint; !strings.HasPrefix(e, "https://") {
		t.Fatalf("endpoint %s", e)
	}
	if status, answer := w.acs("GET", "/00000000-0000-0000-0000-000000000000", nil); status != http.StatusNotFound {
		t.Errorf("%d %v", status, answer)
	}
}

// letters reads a box until n messages are there.
func (w *world) letters(box string, n int) []map[string]any {
	w.t.Helper()
	var list []map[string]any
	for len(list) < n {
		last := 0
		if len(list) > 0 {
			last = int(list[len(list)-1]["number"].(float64))
		}
		_, answer := w.sim("GET", fmt.Sprintf("/inbox/%s?wait=10s&after=%d", box, last), "")
		more, _ := answer["messages"].([]any)
		if len(more) == 0 {
			w.t.Fatalf("only %d messages came: %v", len(list), list)
		}
		for _, m := range more {
			list = append(list, m.(map[string]any))
		}
	}
	return list
}

// TestInbox goes through a call with nothing but requests of one's own: events,
// callbacks and sound arrive in the inbox.
func TestInbox(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Subscriptions = nil })
	base := w.Inbox() + "main"
	status, answer := w.sim("POST", "/subscriptions", fmt.Sprintf(`{"resource":"eu","url":%q}`, base+"/grid"))
	if status != http.StatusNoContent {
		t.Fatalf("subscribe: %d %v", status, answer)
	}
	status, placed := w.sim("POST", "/incoming", `{"resource":"eu","from":"+4930222","to":"+4930111"}`)
	if status != http.StatusOK {
		t.Fatalf("incoming: %d %v", status, placed)
	}
	first := w.letters("main", 2)
	if first[0]["kind"] != "handshake" || first[1]["kind"] != "event" || first[1]["type"] != "Microsoft.Communication.IncomingCall" {
		t.Fatalf("first messages %v", first)
	}
	status, leg := w.acs("POST", ":answer", map[string]any{
		"incomingCallContext": placed["incomingCallContext"], "callbackUri": base + "/callbacks",
		"mediaStreamingOptions": map[string]any{
			"transportType": "websocket", "transportUrl": "wss" + strings.TrimPrefix(base, "https") + "/media?echo=1",
			"audioChannelType": "mixed", "startMediaStreaming": true, "enableBidirectional": true,
		},
	})
	if status != http.StatusOK {
		t.Fatalf("answer: %d %v", status, leg)
	}
	// CallConnected, ParticipantsUpdated, MediaStreamingStarted, the socket and
	// its metadata.
	seen := map[string]map[string]any{}
	for _, m := range w.letters("main", 7)[2:] {
		name, _ := m["type"].(string)
		seen[m["kind"].(string)+" "+strings.TrimPrefix(name, "Microsoft.Communication.")] = m
	}
	for _, name := range []string{"callback CallConnected", "callback ParticipantsUpdated", "callback MediaStreamingStarted", "opened ", "frame AudioMetadata"} {
		m := seen[name]
		if m == nil {
			t.Fatalf("no %q in %v", name, seen)
		}
		if strings.HasPrefix(name, "frame") {
			continue
		}
		token, _ := m["token"].(map[string]any)
		claims, _ := token["claims"].(map[string]any)
		if token["verified"] != true || claims["aud"] != resource {
			t.Errorf("%s: token %v", name, token)
		}
	}
	if status, answer := w.acs("DELETE", "/"+leg["callConnectionId"].(string), nil); status != http.StatusNoContent {
		t.Fatalf("hang up: %d %v", status, answer)
	}
	all := w.letters("main", 9)
	var closed map[string]any
	for _, m := range all {
		if m["kind"] == "closed" {
			closed = m["stream"].(map[string]any)
		}
	}
	if closed == nil || closed["frames"].(map[string]any)["AudioMetadata"] != 1.0 {
		t.Errorf("the stream ended with %v in %v", closed, all)
	}
}

// TestTunnel gives an application without TLS an https address, WebSockets
// included, and says so when nothing is behind it.
func TestTunnel(t *testing.T) {
	app := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			_, _ = io.WriteString(out, r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("X-Forwarded-Proto"))
			return
		}
		conn, err := websocket.Accept(out, r, nil)
		if err != nil {
			return
		}
		_ = conn.Write(r.Context(), websocket.MessageText, []byte("hello"))
		_, _, _ = conn.Read(r.Context()) // until the simulator goes away
		_ = conn.CloseNow()
	}))
	defer app.Close()
	w := newWorld(t, func(c *Config) { c.Tunnel = app.URL })
	res, err := w.client.Get(w.Tunnel() + "/some/where?x=1")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil || string(text) != "GET /some/where?x=1 https" {
		t.Errorf("%s, %v", text, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, res, err := websocket.Dial(ctx, "wss"+strings.TrimPrefix(w.Tunnel(), "https")+"/ws", &websocket.DialOptions{HTTPClient: w.client})
	if err != nil {
		t.Fatal(err)
	}
	if res.Body != nil {
		_ = res.Body.Close()
	}
	if _, text, err := conn.Read(ctx); err != nil || string(text) != "hello" {
		t.Errorf("%s, %v", text, err)
	}
	w.Close()
	if _, _, err := conn.Read(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("the socket outlives the simulator: %v", err)
	}
	_ = conn.CloseNow()
}

func TestTunnelToNowhere(t *testing.T) {
	free, err := net.Listen("tcp", anyPort)
	if err != nil {
		t.Fatal(err)
	}
	nowhere := "http://" + free.Addr().String()
	_ = free.Close()
	w := newWorld(t, func(c *Config) { c.Tunnel = nowhere })
	res, err := w.client.Get(w.Tunnel())
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusBadGateway || !strings.Contains(string(text), nowhere) {
		t.Errorf("%d %s", res.StatusCode, text)
	}
	for _, bad := range []string{"127.0.0.1:80", "ftp://x", "http://", "://"} {
		if _, err := New(Config{Tunnel: bad}); err == nil {
			t.Errorf("tunnel to %q was accepted", bad)
		}
	}
}

// TestPortsInUse name the part and the address.
func TestPortsInUse(t *testing.T) {
	taken, err := net.Listen("tcp", anyPort)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	at := taken.Addr().String()
	for part, change := range map[string]func(*Config){
		"control":     func(c *Config) { c.Listen.Control = at },
		"authority":   func(c *Config) { c.Listen.Authority = at },
		"graph":       func(c *Config) { c.Listen.Graph = at },
		"dns":         func(c *Config) { c.Listen.DNS = at },
		"sip":         func(c *Config) { c.Listen.SIP = []string{at} },
		"tunnel":      func(c *Config) { c.Listen.Tunnel, c.Tunnel = at, "http://127.0.0.1:1" },
		"resource eu": func(c *Config) { c.Resources = []Resource{{Name: "eu", Listen: at}} },
	} {
		c := Config{}
		change(&c)
		s, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		var l *ListenError
		if err := s.Start(t.Context()); !errors.As(err, &l) || l.Part != part || l.Address != at {
			t.Errorf("%s: %v", part, err)
		}
		s.Close()
	}
}

func TestEvidence(t *testing.T) {
	if err := evidence.Markdown(io.Discard, Evidence(), evidence.Inferences()); err != nil {
		t.Error(err)
	}
	// Every switch is told of by a behaviour, and no behaviour by a switch that
	// is none.
	told := map[string]bool{}
	for _, row := range Evidence() {
		if _, name, found := strings.Cut(row.Text, "switch "); found {
			told[strings.Trim(strings.Fields(name)[0], ".,;")] = true
		}
	}
	for _, i := range evidence.Inferences() {
		if !told[i.Name] {
			t.Errorf("no behaviour tells of the switch %s", i.Name)
		}
		delete(told, i.Name)
	}
	for name := range told {
		t.Errorf("a behaviour tells of a switch %q, which is none", name)
	}
	if err := evidence.GapsMarkdown(io.Discard, Gaps()); err != nil {
		t.Error(err)
	}
	if err := evidence.GapsMarkdown(io.Discard, []evidence.Gap{{Area: "a", What: "b"}}); err == nil {
		t.Error("a gap without its consequence was written")
	}
}
