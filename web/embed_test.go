package web

import (
	"io/fs"
	"os"
	"strings"
	"testing"
)

func TestFilesHaveAPageWithOrWithoutNode(t *testing.T) {
	for name, files := range map[string]fs.FS{"as built": Files(), "without Node": unbuilt{mustSub(t)}} {
		t.Run(name, func(t *testing.T) {
			page, err := fs.ReadFile(files, index)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(page), "<title>Tandem</title>") {
				t.Errorf("%s is not a page of ours:\n%s", index, page)
			}
			if says := strings.Contains(string(page), "make build"); says != (name == "without Node" || !Built()) {
				t.Errorf("the page speaks of make build: %t", says)
			}
		})
	}
}

func mustSub(t *testing.T) fs.FS {
	t.Helper()
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// What begins with a dot or an underscore is not embedded: it must not be needed.
func TestEverythingBuiltIsEmbedded(t *testing.T) {
	files := mustSub(t)
	err := fs.WalkDir(os.DirFS("dist"), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name == ".vite" { // for the check of sizes
			return fs.SkipDir
		}
		if _, err := fs.Stat(files, name); err != nil {
			t.Error(err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
