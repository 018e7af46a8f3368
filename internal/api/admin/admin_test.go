package admin_test

import (
	"flag"
	"net/http"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file, or writes it.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(got) {
		t.Errorf("%s is not current; go test ./internal/api/admin -update writes it\ngot:\n%s", path, got)
	}
}

// TestDocumentIsCurrent keeps the exported description, from which the web
// client is generated, equal to the one that is served.
func TestDocumentIsCurrent(t *testing.T) {
	a := newWorld(t).do(t, "", "GET", "/openapi.json", "").want(http.StatusOK)
	golden(t, "../openapi.json", a.Body.Bytes())
}

// TestBodiesAreRefused: whatever takes a body can be sent nonsense, or too much.
func TestBodiesAreRefused(t *testing.T) {
	var doc struct {
		Paths map[string]map[string]struct {
			RequestBody *struct{}
			Responses   map[string]any
		}
	}
	newWorld(t).do(t, "", "GET", "/openapi.json", "").want(http.StatusOK).into(&doc)
	n := 0
	for path, methods := range doc.Paths {
		for method, op := range methods {
			if op.RequestBody == nil {
				continue
			}
			n++
			if op.Responses["400"] == nil || op.Responses["413"] == nil {
				t.Errorf("%s %s tells nothing of 400 and 413", method, path)
			}
		}
	}
	if n == 0 {
		t.Error("nothing takes a body")
	}
}
