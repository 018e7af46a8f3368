package dns

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// TestControl: names and proofs are whatever a test says, and each only what it says.
func TestControl(t *testing.T) {
	s := newServer(t)
	h := s.Control()
	ask := func(method, name, body string) int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, "/_sim/dns/"+name, strings.NewReader(body)))
		return w.Code
	}
	if code := ask(http.MethodPut, "sbc.contoso.test", `{"txt":["ms=1"]}`); code != http.StatusNoContent {
		t.Fatalf("a zone of its own: %d", code)
	}
	if code := ask(http.MethodPut, "SBC.contoso.test", `{"addresses":["127.0.0.9"]}`); code != http.StatusNoContent {
		t.Fatalf("an address: %d", code)
	}
	r := s.Resolver()
	text, err := r.LookupTXT(t.Context(), "sbc.contoso.test")
	if err != nil || !slices.Equal(text, []string{"ms=1"}) {
		t.Errorf("TXT %q, %v", text, err)
	}
	if ips, err := r.LookupHost(t.Context(), "sbc.contoso.test"); err != nil || !slices.Equal(ips, []string{"127.0.0.9"}) {
		t.Errorf("A %q, %v", ips, err)
	}
	for _, body := range []string{`{"txt":"x"}`, `{"addresses":["here"]}`, `{"other":1}`, `{"txt":["` + strings.Repeat("x", maxText+1) + `"]}`} {
		if code := ask(http.MethodPut, "sbc.contoso.test", body); code != http.StatusBadRequest {
			t.Errorf("%s: %d", body, code)
		}
	}
	if code := ask(http.MethodDelete, "sbc.contoso.test", ""); code != http.StatusNoContent {
		t.Fatalf("deleted: %d", code)
	}
	if text, err := r.LookupTXT(t.Context(), "sbc.contoso.test"); err == nil && len(text) > 0 {
		t.Errorf("still there: %q", text)
	}
}
