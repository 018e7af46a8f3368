package desk

import (
	"log/slog"
	"strings"
	"testing"

	"tandem/internal/simulator/browser"
)

func TestVoiceIsRefused(t *testing.T) {
	b := newBench(t)
	if w := b.do("POST", "/desk/"+ada+"/voice", "v=0"); w.Code != 400 || !strings.Contains(w.Body.String(), "no sound") {
		t.Errorf("without sound: %d %s", w.Code, w.Body)
	}
	if w := b.do("DELETE", "/desk/"+ada+"/voice/x", ""); w.Code != 404 {
		t.Errorf("end without sound: %d", w.Code)
	}
	var err error
	if b.Voice, err = browser.Listen(t.Context(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	defer b.Voice.Close()
	for _, c := range []struct {
		method, path, body string
		status             int
		contains           string
	}{
		{"POST", "/desk/" + ada + "/voice", "hello", 400, "offer"},
		{"POST", "/desk/nobody/voice", "v=0", 404, "not found"},
		{"DELETE", "/desk/" + ada + "/voice/x", "", 404, "no such voice"},
	} {
		if w := b.do(c.method, c.path, c.body); w.Code != c.status || !strings.Contains(w.Body.String(), c.contains) {
			t.Errorf("%s %s: %d %s", c.method, c.path, w.Code, w.Body)
		}
	}
	if w := b.do("POST", "/desk/"+ada+"/voice", "v=0", "Origin", "https://evil.example"); w.Code != 403 {
		t.Errorf("from another site: %d", w.Code)
	}
}
