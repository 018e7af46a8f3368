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
