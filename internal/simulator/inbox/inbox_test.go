package inbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"tandem/internal/simulator/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// soon is when a test gives up.
const soon = 10 * time.Second

// post is an inbox behind real sockets.
type post struct {
	t *testing.T
	*Service
	door, desk *httptest.Server
}

func newPost(t *testing.T) *post {
	t.Helper()
	c := clock.New()
	p := &post{t: t, Service: New(Config{Clock: c, Claims: func(token string) (map[string]any, error) {
		if token != "good" {
			return nil, errors.New("not signed by us")
		}
		return map[string]any{"aud": "resource"}, nil
	}})}
	p.door, p.desk = httptest.NewServer(p.Receiver()), httptest.NewServer(p.Control())
	t.Cleanup(func() {
		p.Close()
		p.Close()
		p.door.Close()
		p.desk.Close()
		c.Close()
	})
	return p
}

func (p *post) do(method, url, body string, headers ...string) (int, http.Header, string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), soon)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return res.StatusCode, res.Header, strings.TrimSpace(string(text))
}

// list reads a box.
func (p *post) list(query string) contents {
	p.t.Helper()
	status, _, text := p.do("GET", p.desk.URL+"/_sim/inbox/"+query, "")
	if status != http.StatusOK {
		p.t.Fatalf("reading %s: %d %s", query, status, text)
	}
	var c contents
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		p.t.Fatal(err)
	}
	return c
}

func TestMessages(t *testing.T) {
	p := newPost(t)
	cases := []struct {
		name, method, body string
		headers            []string
		kind, typ          string
		answer             string
		verified           bool
		tokenError         string
	}{
		{
			"callback", "POST", `[{"type":"Microsoft.Communication.CallConnected","data":{}}]`, []string{"Authorization", "Bearer good"},
			KindCallback, "Microsoft.Communication.CallConnected", "{}", true, "",
		},
		{"bad token", "POST", `[{"type":"x"}]`, []string{"Authorization", "Bearer bad"}, KindCallback, "x", "{}", false, "not signed by us"},
		{"no bearer", "POST", `{"type":"x"}`, []string{"Authorization", "Basic bad"}, KindCallback, "x", "{}", false, "Authorization is no Bearer token"},
		{
			"validation", "POST", `[{"eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"42"}}]`,
			[]string{"aeg-event-type", "SubscriptionValidation"}, KindHandshake, "Microsoft.EventGrid.SubscriptionValidationEvent", `{"validationResponse":"42"}`, false, "",
		},
		{
			"Event Grid", "POST", `[{"eventType":"Microsoft.Communication.IncomingCall","data":{}}]`, []string{"aeg-event-type", "Notification"},
			KindEvent, "Microsoft.Communication.IncomingCall", "{}", false, "",
		},
		{"CloudEvent", "POST", `{"type":"Microsoft.Communication.IncomingCall","data":{}}`, nil, KindEvent, "Microsoft.Communication.IncomingCall", "{}", false, ""},
		{"CloudEvents handshake", "OPTIONS", "", []string{"WebHook-Request-Origin", "eventgrid.azure.net"}, KindHandshake, "", "", false, ""},
		{"no event", "POST", "hello", nil, KindOther, "", "{}", false, ""},
		{"empty list", "POST", "[]", nil, KindOther, "", "{}", false, ""},
	}
	for i, c := range cases {
		status, header, answer := p.do(c.method, p.door.URL+Path+"main/some/where?x=1", c.body, c.headers...)
		if status != http.StatusOK || answer != c.answer {
			t.Errorf("%s: %d %s", c.name, status, answer)
		}
		if c.method == "OPTIONS" && header.Get("WebHook-Allowed-Origin") != "eventgrid.azure.net" {
			t.Errorf("%s: %v", c.name, header)
		}
		got := p.list(fmt.Sprintf("main?after=%d", i))
		if len(got.Messages) != 1 || got.Last != i+1 {
			t.Fatalf("%s: %+v", c.name, got)
		}
		m := got.Messages[0]
		if m.Number != i+1 || m.Kind != c.kind || m.Type != c.typ || m.URL != Path+"main/some/where?x=1" || m.Method != c.method || m.Received.IsZero() {
			t.Errorf("%s: %+v", c.name, m)
		}
		if kept := string(m.Body) + m.Text; kept != c.body {
			t.Errorf("%s: kept %q", c.name, kept)
		}
		switch {
		case (m.Token != nil) != (c.verified || c.tokenError != ""):
			t.Errorf("%s: token %+v", c.name, m.Token)
		case m.Token != nil && (m.Token.Verified != c.verified || m.Token.Error != c.tokenError || c.verified && m.Token.Claims["aud"] != "resource"):
			t.Errorf("%s: token %+v", c.name, m.Token)
		}
	}
	if status, _, text := p.do("GET", p.desk.URL+"/_sim/inbox", ""); status != http.StatusOK || text != fmt.Sprintf(`[{"name":"main","messages":%[1]d,"last":%[1]d,"dropped":0}]`, len(cases)) {
		t.Errorf("boxes: %d %s", status, text)
	}
	if status, _, _ := p.do("DELETE", p.desk.URL+"/_sim/inbox/main", ""); status != http.StatusNoContent {
		t.Errorf("emptying: %d", status)
	}
	if got := p.list("main"); len(got.Messages) != 0 || got.Last != len(cases) {
		t.Errorf("emptied: %+v", got)
	}
}

func TestRefusals(t *testing.T) {
	p := newPost(t)
	for _, c := range []struct {
		method, url, body string
		status            int
	}{
		{"POST", p.door.URL + Path + "a%20b", "{}", http.StatusBadRequest},
		{"OPTIONS", p.door.URL + Path + "a%20b", "", http.StatusBadRequest},
		{"GET", p.door.URL + Path + "a%20b", "", http.StatusBadRequest},
		{"GET", p.door.URL + Path + "main", "", http.StatusMethodNotAllowed},
		{"POST", p.door.URL + Path + "main", strings.Repeat("x", maxBody+1), http.StatusBadRequest},
		{"GET", p.desk.URL + "/_sim/inbox/a%20b", "", http.StatusBadRequest},
		{"GET", p.desk.URL + "/_sim/inbox/main?after=x", "", http.StatusBadRequest},
		{"GET", p.desk.URL + "/_sim/inbox/main?after=-1", "", http.StatusBadRequest},
		{"GET", p.desk.URL + "/_sim/inbox/main?wait=2h", "", http.StatusBadRequest},
		{"GET", p.desk.URL + "/_sim/inbox/main?wait=x", "", http.StatusBadRequest},
		{"DELETE", p.desk.URL + "/_sim/inbox/a%20b", "", http.StatusBadRequest},
		{"DELETE", p.desk.URL + "/_sim/inbox/nothing", "", http.StatusNoContent},
		{"GET", p.desk.URL + "/_sim/inbox/main?wait=1ms", "", http.StatusOK},
	} {
		if status, _, text := p.do(c.method, c.url, c.body); status != c.status {
			t.Errorf("%s %s: %d %s, want %d", c.method, c.url, status, text, c.status)
		}
	}
}

// TestWaiting has a reader wait before there is a box.
func TestWaiting(t *testing.T) {
	p := newPost(t)
	got := make(chan contents, 1)
	go func() { got <- p.list("later?wait=10s") }()
	// A message for another box must not wake it for good.
	p.do("POST", p.door.URL+Path+"other", `{"type":"x"}`)
	p.do("POST", p.door.URL+Path+"later", `{"type":"y"}`)
	select {
	case c := <-got:
		if len(c.Messages) != 1 || c.Messages[0].Type != "y" {
			t.Errorf("got %+v", c)
		}
	case <-time.After(soon):
		t.Fatal("the reader was not woken")
	}
}

// TestClosingWhileOneWaits sends the reader home, whether he waits already or
// comes too late.
func TestClosingWhileOneWaits(t *testing.T) {
	p := newPost(t)
	got := make(chan int, 1)
	go func() {
		res, err := http.Get(p.desk.URL + "/_sim/inbox/never?wait=1m")
		if err != nil {
			got <- 0
			return
		}
		_ = res.Body.Close()
		got <- res.StatusCode
	}()
	p.do("POST", p.door.URL+Path+"other", "{}")
	p.Close()
	select {
	case status := <-got:
		if status != http.StatusOK && status != http.StatusServiceUnavailable {
			t.Errorf("status %d", status)
		}
	case <-time.After(soon):
		t.Fatal("the reader still waits")
	}
}

func TestBounds(t *testing.T) {
	p := newPost(t)
	for i := range maxMessages + 5 {
		p.put("many", Message{Text: fmt.Sprint(i)})
	}
	c := p.list("many")
	if len(c.Messages) != maxMessages || c.Dropped != 5 || c.Messages[0].Text != "5" || c.Last != maxMessages+5 {
		t.Errorf("%d messages, dropped %d, last %d", len(c.Messages), c.Dropped, c.Last)
	}
	if c = p.list(fmt.Sprintf("many?after=%d", maxMessages+4)); len(c.Messages) != 1 || c.Messages[0].Number != maxMessages+5 {
		t.Errorf("the last: %+v", c)
	}
	big := strings.Repeat("x", maxBytes/4)
	for range 6 {
		p.put("big", Message{Text: big})
	}
	if c = p.list("big"); len(c.Messages) != 3 || c.Dropped != 3 {
		t.Errorf("%d big messages, dropped %d", len(c.Messages), c.Dropped)
	}
	for i := range maxBoxes {
		p.put(fmt.Sprint("box", i), Message{})
	}
	if len(p.boxes) != maxBoxes || p.box("many") != nil || p.box("box0") == nil {
		t.Errorf("%d boxes", len(p.boxes))
	}
}

func TestStream(t *testing.T) {
	p := newPost(t)
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	url := "ws" + strings.TrimPrefix(p.door.URL, "http") + Path + "main/media?echo=1"
	conn, res, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer good"}}})
	if err != nil {
		t.Fatal(err)
	}
	if res.Body != nil {
		_ = res.Body.Close()
	}
	defer func() { _ = conn.CloseNow() }()
	for _, text := range []string{
		`{"kind":"AudioMetadata","audioMetadata":{"sampleRate":16000}}`,
		`{"kind":"AudioData","audioData":{"data":"AAECAw==","participantRawID":"4:+49","silent":false}}`,
		`nonsense`,
		`{"kind":"AudioData","audioData":{"data":"AAEC","participantRawID":"4:+49","silent":true}}`,
	} {
		if err := conn.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"AAECAw==", "AAEC"} {
		_, text, err := conn.Read(ctx)
		if err != nil || !bytes.Equal(text, []byte(`{"audioData":{"data":"`+want+`"},"kind":"AudioData"}`)) {
			t.Errorf("echo %s, %v", text, err)
		}
	}
	if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Error(err)
	}
	var last Message
	for after := 0; last.Kind != KindClosed; after = last.Number {
		c := p.list(fmt.Sprintf("main?wait=10s&after=%d", after))
		if len(c.Messages) == 0 {
			t.Fatal("the socket was not closed")
		}
		last = c.Messages[len(c.Messages)-1]
	}
	sum := *last.Stream
	if sum.Frames["AudioMetadata"] != 1 || sum.Frames["AudioData"] != 2 || sum.Frames["unreadable"] != 1 ||
		sum.AudioBytes != 7 || sum.Silent != 1 || sum.Echoed != 2 || fmt.Sprint(sum.Speakers) != "[4:+49]" || sum.Closed != "normally" {
		t.Errorf("summary %+v", sum)
	}
	all := p.list("main").Messages
	if len(all) != 3 || all[0].Kind != KindOpened || !all[0].Token.Verified || all[1].Kind != KindFrame || all[1].Type != "AudioMetadata" {
		t.Errorf("messages %+v", all)
	}
}

// TestClosingCutsStreams, and takes no new ones.
func TestClosingCutsStreams(t *testing.T) {
	p := newPost(t)
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	url := "ws" + strings.TrimPrefix(p.door.URL, "http") + Path + "main"
	conn, res, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.Body != nil {
		_ = res.Body.Close()
	}
	p.list("main?wait=10s") // it is open
	p.Close()
	if _, _, err := conn.Read(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("the socket lives: %v", err)
	}
	_ = conn.CloseNow()
	if _, res, err := websocket.Dial(ctx, url, nil); err == nil || res == nil || res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a socket after Close: %v, %v", res, err)
	}
}

func FuzzFirstEvent(f *testing.F) {
	f.Add([]byte(`[{"type":"a","data":{"validationCode":"1"}}]`))
	f.Add([]byte(`{"eventType":"a"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if e := firstEvent(body); e.kind() != "" && !json.Valid(body) {
			t.Errorf("%q is no JSON, and an event of type %q", body, e.kind())
		}
	})
}
