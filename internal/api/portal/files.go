package portal

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tandem/internal/api/problem"
)

const (
	indexPage = "index.html"
	assets    = "assets/" // files whose names hold a hash of their content
	forever   = "public, max-age=31536000, immutable"
)

// file is one of the app's, in every form in which it is served.
type file struct {
	kind string            // Content-Type
	tag  string            // of its content, without quotes
	form map[string][]byte // by Content-Encoding; "" is plain
}

// ofOthers are the paths of the listener that are not the app's, whatever stands
// behind them.
var ofOthers = []string{"/v1", "/portal", "/docs", "/openapi.json", "/healthz", "/readyz", "/metrics", "/hooks", "/media"}

// load reads the app. What Vite compressed is taken; what it did not, and is
// worth it, is compressed here, once.
func load(app fs.FS) (index []byte, files map[string]file, err error) {
	if index, err = fs.ReadFile(app, indexPage); err != nil {
		return nil, nil, err
	}
	if !bytes.Contains(index, []byte("<head>")) {
		return nil, nil, errors.New(indexPage + " has no <head>")
	}
	files = map[string]file{}
	err = fs.WalkDir(app, ".", func(name string, d fs.DirEntry, err error) error {
		ext := path.Ext(name)
		if err != nil || d.IsDir() || ext == ".gz" || ext == ".br" || ext == ".html" || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		plain, err := fs.ReadFile(app, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(plain)
		f := file{kind: mime.TypeByExtension(ext), tag: base64.RawURLEncoding.EncodeToString(sum[:12]), form: map[string][]byte{"": plain}}
		if known, ok := kinds[ext]; ok { // the machine's own table may be odd
			f.kind = known
		}
		if f.kind == "" {
			f.kind = "application/octet-stream"
		}
		for encoding, ext := range map[string]string{"br": ".br", "gzip": ".gz"} {
			if packed, err := fs.ReadFile(app, name+ext); err == nil {
				f.form[encoding] = packed
			}
		}
		if f.form["gzip"] == nil && strings.Contains(f.kind, "charset") {
			f.form["gzip"] = pack(plain)
		}
		files["/"+name] = f
		return nil
	})
	return index, files, err
}

// kinds are the types of what a web app is made of.
var kinds = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml; charset=utf-8",
	".json": "application/json; charset=utf-8", ".map": "application/json; charset=utf-8", ".txt": "text/plain; charset=utf-8",
	".webmanifest": "application/manifest+json; charset=utf-8", ".woff2": "font/woff2", ".png": "image/png", ".ico": "image/x-icon",
}

func pack(plain []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is a good one
	_, _ = w.Write(plain)                                   // a buffer takes everything
	_ = w.Close()
	if out.Len() >= len(plain) {
		return nil
	}
	return out.Bytes()
}

// app answers whatever has no route: a file of the app, or its page.
func (p *Portal) app(c *gin.Context) {
	name := c.Request.URL.Path
	f, isFile := p.files[name]
	switch {
	case c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead, !isFile && !isRoute(name):
		refuse(c, problem.New(http.StatusNotFound, "path_unknown", "there is no such path"))
	case isFile:
		p.file(c, name, f)
	default:
		p.indexPage(c)
	}
}

// isRoute says whether a path may be one of the app's pages: not one of others,
// and not a file that is not there.
func isRoute(name string) bool {
	for _, other := range ofOthers {
		if name == other || strings.HasPrefix(name, other+"/") {
			return false
		}
	}
	return !strings.HasPrefix(name, "/"+assets) && !strings.Contains(path.Base(name), ".")
}

func (p *Portal) file(c *gin.Context, name string, f file) {
	h := c.Writer.Header()
	h.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, "/"+assets) {
		h.Set("Cache-Control", forever)
	}
	h.Set("Content-Type", f.kind)
	h.Set("Vary", "Accept-Encoding")
	encoding := ""
	for _, e := range []string{"br", "gzip"} {
		if f.form[e] != nil && takes(c.GetHeader("Accept-Encoding"), e) {
			encoding = e
			break
		}
	}
	tag := f.tag
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
		tag += "-" + encoding
	}
	h.Set("ETag", `"`+tag+`"`)
	c.Request.Header.Del("Range") // parts of small files are of no use
	http.ServeContent(c.Writer, c.Request, "", time.Time{}, bytes.NewReader(f.form[encoding]))
}

// takes says whether an Accept-Encoding lists a coding (RFC 9110 §12.5.3). A
// star is not taken at its word: nobody who can unpack br says only that.
func takes(header, coding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, rest, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		key, value, _ := strings.Cut(strings.TrimSpace(rest), "=")
		q, err := strconv.ParseFloat(value, 64)
		return !strings.EqualFold(key, "q") || err == nil && q > 0
	}
	return false
}

// indexPage is the app's page with a nonce of its own.
func (p *Portal) indexPage(c *gin.Context) {
	nonce := rand.Text()
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", p.page(nonce))
	h.Set("Content-Type", "text/html; charset=utf-8")
	page := bytes.Replace(p.index, []byte("<head>"), fmt.Appendf(nil, `<head><meta property="csp-nonce" nonce="%s">`, nonce), 1)
	page = bytes.ReplaceAll(page, []byte("<style>"), fmt.Appendf(nil, `<style nonce="%s">`, nonce))
	h.Set("Content-Length", strconv.Itoa(len(page)))
	c.Status(http.StatusOK)
	c.Writer.WriteHeaderNow()
	if c.Request.Method != http.MethodHead {
		_, _ = c.Writer.Write(page) // the client is gone
	}
}
