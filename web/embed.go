// Package web is the web app: a portal for a tenant's admins and a console for
// the provider's operators. It is written in TypeScript and built by Vite into
// dist, from where it goes into the binary. Go builds and tests without Node: a
// page in the place of the app says what to do.
package web

import (
	"embed"
	"io/fs"
)

//go:embed dist
var dist embed.FS

const index, placeholder = "index.html", "placeholder.html"

// Files is the app: index.html, which is the page of each of its routes, and
// assets, whose names hold a hash of their content and never change meaning.
func Files() fs.FS {
	app, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the path is a constant
	}
	if Built() {
		return app
	}
	return unbuilt{app}
}

// Built says whether the app is in this binary.
func Built() bool {
	_, err := fs.Stat(dist, "dist/"+index)
	return err == nil
}

// unbuilt shows the placeholder where the app would be.
type unbuilt struct{ fs.FS }

func (u unbuilt) Open(name string) (fs.File, error) {
	if name == index {
		name = placeholder
	}
	return u.FS.Open(name)
}
