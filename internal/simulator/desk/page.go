package desk

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"tandem/internal/simulator/teams"
)

//go:embed page
var files embed.FS

// tenantPeople is a tenant with its users, as the page groups them.
type tenantPeople struct {
	Name  string
	Users []person
}

type person struct {
	teams.View
	Initials       string
	Availabilities []string
	Behaviours     []string
}

var behaviours = []string{teams.Accept, teams.Decline, teams.Never, teams.Manual}

// people are all of them by tenant. Who is rung comes first, then who talks, in
// a group of their own: nobody would find them among dozens in time.
func (h *Handler) people() []tenantPeople {
	var list []tenantPeople
	var ringing, talking []person
	for _, v := range h.Directory.Users() {
		p := person{View: v, Initials: initials(v.Name), Availabilities: teams.Availabilities(), Behaviours: behaviours}
		switch {
		case len(v.Ringing) > 0:
			ringing = append(ringing, p)
			continue
		case len(v.Calls) > 0:
			talking = append(talking, p)
			continue
		}
		if n := len(list); n > 0 && list[n-1].Name == v.TenantName {
			list[n-1].Users = append(list[n-1].Users, p)
			continue
		}
		list = append(list, tenantPeople{Name: v.TenantName, Users: []person{p}})
	}
	if busy := slices.Concat(ringing, talking); len(busy) > 0 {
		list = slices.Insert(list, 0, tenantPeople{Name: "On the phone", Users: busy})
	}
	return list
}

func initials(name string) string {
	var out []rune
	for word := range strings.FieldsSeq(name) {
		out = append(out, []rune(word)[0])
		if len(out) == 2 {
			break
		}
	}
	return strings.ToUpper(string(out))
}

// page adds the routes of the page.
func (h *Handler) page(mux *http.ServeMux) {
	views := template.Must(template.New("").Funcs(template.FuncMap{
		"clock": func(t time.Time) string { return t.Format("15:04:05") },
	}).ParseFS(files, "page/*.html"))
	render := func(name string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			var buf bytes.Buffer
			if err := views.ExecuteTemplate(&buf, name, h.people()); err != nil {
				http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
				return
			}
			secure(w.Header())
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(buf.Bytes())
		}
	}
	mux.HandleFunc("GET /desk", render("desk.html"))
	mux.HandleFunc("GET /desk/people", render("people.html"))
	for name, kind := range map[string]string{"desk.css": "text/css; charset=utf-8", "desk.js": "text/javascript; charset=utf-8"} {
		mux.HandleFunc("GET /desk/"+name, func(w http.ResponseWriter, r *http.Request) {
			secure(w.Header())
			w.Header().Set("Content-Type", kind)
			http.ServeFileFS(w, r, files, "page/"+name)
		})
	}
	mux.Handle("GET /{$}", http.RedirectHandler("/desk", http.StatusFound))
}

// secure forbids everything but the page's own script, style and requests.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "+
		"media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
}
