package faults

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tandem/internal/simulator/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a real server whose only operation is "add".
type bench struct {
	*Book
	client *http.Client
	url    string
	worked chan struct{} // one for each time the work was done
	done   chan struct{} // one for each slow handler that returned
}

func newBench(t *testing.T, protocol string) *bench {
	t.Helper()
	b := &bench{Book: &Book{}, worked: make(chan struct{}, 8), done: make(chan struct{}, 1)}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Chain", "c")
		b.Wrap("add", w, r, func(w http.ResponseWriter) {
			b.worked <- struct{}{}
			if r.URL.Path == "/nothing" {
				return
			}
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, "{}")
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Errorf("flush: %v", err)
			}
		})
		select {
		case b.done <- struct{}{}:
		default:
		}
	})
	server := httptest.NewUnstartedServer(handler)
	switch server.EnableHTTP2 = protocol == "h2"; protocol {
	case "http":
		server.Start()
	default:
		server.StartTLS()
	}
	b.client, b.url = server.Client(), server.URL
	t.Cleanup(func() {
		b.client.CloseIdleConnections()
		server.Close()
	})
	return b
}

func (b *bench) post(t *testing.T) (status int, header http.Header, body string, err error) {
	t.Helper()
	res, err := b.client.Post(b.url, "application/json", strings.NewReader("{}"))
	if err != nil {
		return 0, nil, "", err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, res.Header, string(text), err
}

// works says how often the work was done, when nothing is under way.
func (b *bench) works() int {
	n := len(b.worked)
	for range n {
		<-b.worked
	}
	return n
}

func TestHTTPFaults(t *testing.T) {
	for _, protocol := range []string{"http", "https", "h2"} {
		b := newBench(t, protocol)
		cases := []struct {
			name   string
			fault  Fault
			status int // 0: no answer
			retry  string
			code   string
			works  int
		}{
			{"status", Fault{Knob: HTTPStatus, Value: "503"}, 503, "1", "9999", 0},
			{"throttled", Fault{Knob: HTTPStatus, Value: "429;retry-after=2"}, 429, "2", "8516", 0},
			{"gone", Fault{Knob: HTTPStatus, Value: "404"}, 404, "", "8522", 0},
			{"cut before", Fault{Knob: HTTPCut, Value: "before"}, 0, "", "", 0},
			{"cut after", Fault{Knob: HTTPCut, Value: "after"}, 0, "", "", 1},
			{"reset before", Fault{Knob: HTTPReset, Value: "before"}, 0, "", "", 0},
			{"reset after", Fault{Knob: HTTPReset, Value: "after"}, 0, "", "", 1},
			{"another operation", Fault{Knob: HTTPCut, Scope: "answer"}, 202, "", "", 1},
			{"nonsense is not slow", Fault{Knob: HTTPSlow, Value: "x"}, 202, "", "", 1},
		}
		for _, c := range cases {
			b.Reset()
			if c.fault.Scope == "" {
				c.fault.Scope, c.fault.Count = "add", 1
			}
			if err := b.Set(c.fault); err != nil {
				t.Fatal(err)
			}
			status, header, body, err := b.post(t)
			if status != c.status || (err != nil) != (c.status == 0) || b.works() != c.works {
				t.Errorf("%s by %s: %d %s, %v", c.name, protocol, status, body, err)
				continue
			}
			if c.status != 0 && (header.Get("Retry-After") != c.retry || header.Get("X-Chain") != "c" || !strings.Contains(body, c.code)) {
				t.Errorf("%s: %v %s", c.name, header, body)
			}
			isReset := errors.Is(err, syscall.ECONNRESET)
			if isReset != (c.fault.Knob == HTTPReset && protocol != "h2") {
				t.Errorf("%s by %s: %v", c.name, protocol, err)
			}
			if status, _, _, err := b.post(t); status != 202 || err != nil {
				t.Errorf("after %s: %d, %v", c.name, status, err)
			}
			b.works()
		}
	}
}

func TestSlowAnswer(t *testing.T) {
	b := newBench(t, "http")
	b.Clock = clock.New()
	t.Cleanup(b.Clock.Close)
	for _, path := range []string{"", "/nothing"} {
		if err := b.Set(Fault{Knob: HTTPSlow, Value: "1h", Count: 1}); err != nil {
			t.Fatal(err)
		}
		b.client.Timeout = 0
		answered := make(chan int, 1)
		go func() {
			res, err := b.client.Get(b.url + path)
			if err != nil {
				answered <- 0
				return
			}
			_ = res.Body.Close()
			answered <- res.StatusCode
		}()
		<-b.worked // the work is done, and yet there is no answer
		select {
		case status := <-answered:
			t.Fatalf("answered %d at once", status)
		default:
		}
		deadline := time.After(10 * time.Second)
		for status := -1; status < 0; {
			b.Clock.Advance(2 * time.Hour) // until the wait has begun
			select {
			case status = <-answered:
				if status != http.StatusAccepted && path == "" || status != http.StatusOK && path != "" {
					t.Errorf("answered %d", status)
				}
			case <-deadline:
				t.Fatal("no answer")
			case <-time.After(time.Millisecond):
			}
		}
		<-b.done
	}

	// A client that gives up does not keep the handler, by real time neither.
	b.Clock = nil
	for _, value := range []string{"1h", "20ms;"} {
		if err := b.Set(Fault{Knob: HTTPSlow, Value: strings.TrimSuffix(value, ";"), Count: 1}); err != nil {
			t.Fatal(err)
		}
		b.client.Timeout = 0
		if value == "1h" {
			b.client.Timeout = 50 * time.Millisecond
		}
		start := time.Now()
		status, _, _, err := b.post(t)
		var timeout net.Error
		if value == "1h" && (!errors.As(err, &timeout) || !timeout.Timeout()) {
			t.Errorf("a slow answer came: %d, %v", status, err)
		}
		if value != "1h" && (status != http.StatusAccepted || time.Since(start) < 20*time.Millisecond) {
			t.Errorf("answered %d after %v", status, time.Since(start))
		}
		<-b.worked
		<-b.done
	}
}

func TestParseAnswer(t *testing.T) {
	cases := map[string]struct {
		status int
		header string
		want   string
	}{
		"503": {503, "Retry-After", "1"}, "429": {429, "Retry-After", "1"}, "429;retry-after=2": {429, "Retry-After", "2"},
		"429; Retry-After = Wed, 13 Apr 2022 18:09:12 GMT": {429, "Retry-After", "Wed, 13 Apr 2022 18:09:12 GMT"},
		"429;retry-after=none;x-ms-retry-after-ms=500;":    {429, "X-Ms-Retry-After-Ms", "500"},
		"503;retry-after=none":                             {503, "Retry-After", ""}, "400": {400, "Retry-After", ""},
		"x": {500, "Retry-After", ""}, "200": {500, "Retry-After", ""}, "": {500, "Retry-After", ""}, "600": {500, "Retry-After", ""},
	}
	for value, c := range cases {
		a := ParseAnswer(value)
		if a.Status != c.status || a.Header.Get(c.header) != c.want {
			t.Errorf("%q: %+v", value, a)
		}
	}
}

func FuzzParseAnswer(f *testing.F) {
	for _, seed := range []string{"503", "429;retry-after=2", ";;=;", "429;a=b;c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if a := ParseAnswer(value); a.Status < 400 || a.Status > 599 {
			t.Errorf("status %d", a.Status)
		}
		w := httptest.NewRecorder()
		ParseAnswer(value).write(w)
	})
}
