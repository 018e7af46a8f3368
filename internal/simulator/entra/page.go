package entra

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

//go:embed page.html
var pageText string

// views are the pages. They ask for nothing but themselves, and carry every
// request's parameters in their own address: a form posts back to it.
var views = template.Must(template.New("page.html").Funcs(template.FuncMap{
	"role": RoleName, "lower": strings.ToLower,
}).Parse(pageText))

// view is what a page shows.
type view struct {
	Page  string
	Title string
	Nonce string // of style and script

	App           string
	Organisations []organisation
	Hint          string // sign-in name that is chosen already
	Endings       []ending
	Person        Person
	Permissions   []permissionText
	Request       bool // approval can be requested

	Problem told

	Target string // of form_post
	Fields url.Values
}

func (s *Service) show(w http.ResponseWriter, status int, page string, v view) {
	v.Page, v.Nonce = page, random("")
	var buf bytes.Buffer
	if err := views.Execute(&buf, v); err != nil {
		http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	// There is no form-action: browsers apply it to where a form's answer redirects
	// to, and from there the client may go on to anywhere.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+v.Nonce+"'; script-src 'nonce-"+v.Nonce+"'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store, no-cache")
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(buf.Bytes())
}

// showProblem shows what Microsoft does not tell the client.
func (s *Service) showProblem(w http.ResponseWriter, r *http.Request, p problem) {
	t := s.tell(p, r)
	s.show(w, t.status, "problem", view{Title: "Sorry, but we're having trouble signing you in.", Problem: t})
}

// showForm posts an answer to the client (OAuth 2.0 Form Post Response Mode).
func (s *Service) showForm(w http.ResponseWriter, target string, fields url.Values) {
	s.show(w, http.StatusOK, "form_post", view{Title: "Working…", Target: target, Fields: fields})
}
