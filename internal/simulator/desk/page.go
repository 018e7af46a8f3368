package desk

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"strings"

	"golang.org/x/text/language"

	"tandem/internal/simulator/teams"
)

//go:embed page
var files embed.FS

// The languages of the pages; the first one is for everybody else.
var (
	languages = []string{"en", "es"}
	matcher   = language.NewMatcher([]language.Tag{language.English, language.Spanish})
)

// languageCookie remembers the language that was chosen on a page.
const languageCookie = "desk_language"

// texts are the words of the pages, by language and key.
var texts = readTexts()

func readTexts() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, l := range languages {
		data, err := files.ReadFile("page/" + l + ".json")
		if err != nil {
			panic(err) // part of the program
		}
		words := map[string]string{}
		if err := json.Unmarshal(data, &words); err != nil {
			panic(l + ": " + err.Error())
		}
		all[l] = words
	}
	return all
}

// lang is the language for a request: asked for, chosen before, or preferred.
func lang(r *http.Request) string {
	wishes := []string{r.URL.Query().Get("lang")}
	if c, err := r.Cookie(languageCookie); err == nil {
		wishes = append(wishes, c.Value)
	}
	for _, wish := range wishes {
		if _, ok := texts[wish]; ok {
			return wish
		}
	}
	_, i := language.MatchStrings(matcher, r.Header.Get("Accept-Language"))
	return languages[i]
}

// shell is what the page's template gets.
type shell struct {
	Lang           string
	Other          string // the language to switch to
	Text           map[string]string
	View           string // people, person, phones, misbehaviour or admin
	Title          string // before the title of all pages
	OID            string // of the person
	Tenant         string // whose admin centre it is
	Availabilities []string
	Clients        []string
	Behaviours     []string
	Sound          bool
	Resources      []named
	Knobs          map[string]string
	Inferences     []inference
}

type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// assets are the files of the page with their types.
var assets = map[string]string{
	"desk.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml",
	"admin.js": "text/javascript; charset=utf-8", "desk.js": "text/javascript; charset=utf-8", "draw.js": "text/javascript; charset=utf-8", "stream.js": "text/javascript; charset=utf-8",
	"views.js": "text/javascript; charset=utf-8", "lobby.js": "text/javascript; charset=utf-8", "person.js": "text/javascript; charset=utf-8",
	"phones.js": "text/javascript; charset=utf-8", "misbehaviour.js": "text/javascript; charset=utf-8", "note.js": "text/javascript; charset=utf-8", "voice.js": "text/javascript; charset=utf-8",
}

// page adds the routes of the pages.
func (h *Handler) page(mux *http.ServeMux) {
	views := template.Must(template.ParseFS(files, "page/*.html"))
	show := func(w http.ResponseWriter, r *http.Request, status int, name string, s shell) {
		s.Lang, s.Availabilities, s.Clients = lang(r), teams.Availabilities(), teams.Clients()
		s.Behaviours, s.Sound = []string{teams.Manual, teams.Accept, teams.Decline, teams.Never}, h.Voice != nil
		s.Text = texts[s.Lang]
		switch s.View {
		case "phones", "misbehaviour":
			s.Title = s.Text[s.View]
			s.Resources, s.Knobs, s.Inferences = h.named(), h.knobs(), h.inferences()
		}
		s.Other = languages[0]
		if s.Lang == languages[0] {
			s.Other = languages[1]
		}
		if r.URL.Query().Get("lang") == s.Lang {
			http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: s.Lang, Path: "/desk", MaxAge: 365 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode})
		}
		var buf bytes.Buffer
		if err := views.ExecuteTemplate(&buf, name, s); err != nil {
			http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
			return
		}
		secure(w.Header())
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Language", s.Lang)
		w.Header().Set("Vary", "Accept-Language, Cookie")
		w.WriteHeader(status)
		_, _ = w.Write(buf.Bytes())
	}
	mux.HandleFunc("GET /desk", func(w http.ResponseWriter, r *http.Request) {
		show(w, r, http.StatusOK, "desk.html", shell{View: "people"})
	})
	for _, view := range []string{"phones", "misbehaviour"} {
		mux.HandleFunc("GET /desk/"+view, func(w http.ResponseWriter, r *http.Request) {
			show(w, r, http.StatusOK, "desk.html", shell{View: view})
		})
	}
	mux.HandleFunc("GET /desk/admin/{tid}", func(w http.ResponseWriter, r *http.Request) {
		t, known := h.Directory.Lookup(r.PathValue("tid"))
		if !known {
			show(w, r, http.StatusNotFound, "nobody.html", shell{})
			return
		}
		show(w, r, http.StatusOK, "desk.html", shell{View: "admin", Tenant: t.ID, Title: t.Name})
	})
	mux.HandleFunc("GET /desk/{oid}", func(w http.ResponseWriter, r *http.Request) {
		v, err := h.Directory.User(r.PathValue("oid"))
		if err != nil {
			show(w, r, http.StatusNotFound, "nobody.html", shell{})
			return
		}
		show(w, r, http.StatusOK, "desk.html", shell{View: "person", OID: v.OID, Title: v.Name})
	})
	for name, kind := range assets {
		mux.HandleFunc("GET /desk/"+name, func(w http.ResponseWriter, r *http.Request) {
			secure(w.Header())
			w.Header().Set("Content-Type", kind)
			http.ServeFileFS(w, r, files, "page/"+name)
		})
	}
	mux.Handle("GET /{$}", http.RedirectHandler("/desk", http.StatusFound))
	mux.HandleFunc("GET /desk/{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/desk", http.StatusFound) })
}

func (h *Handler) named() []named {
	list := make([]named, 0, len(h.Resources))
	for _, r := range h.Resources {
		list = append(list, named{r.ImmutableID, r.Name})
	}
	return list
}

// policy forbids everything but the page's own script, style, pictures and
// requests, and gives it the microphone.
var policy = strings.Join([]string{
	"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'", "media-src 'self'",
	"base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
}, "; ")

func secure(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Permissions-Policy", "microphone=(self), camera=(), geolocation=()")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
}
