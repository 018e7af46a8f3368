package desk

import (
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestPages(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		path, accept, cookie string
		status               int
		lang                 string
		contains             string
	}{
		{"/desk", "", "", 200, "en", `data-oid=""`},
		{"/desk", "fr, es-MX;q=0.8, en;q=0.5", "", 200, "es", "Personas"},
		{"/desk", "de", "", 200, "en", "People"},
		{"/desk/" + ada, "", "", 200, "en", `data-oid="` + ada + `"`},
		{"/desk/" + strings.ToUpper(ada), "", "", 200, "en", `data-oid="` + ada + `"`},
		{"/desk/" + ada + "?lang=es", "en", "", 200, "es", "Ada Lovelace · Escritorio"},
		{"/desk/" + ada, "en", "es", 200, "es", "<dialog"},
		{"/desk/" + ada + "?lang=en", "es", "es", 200, "en", `?lang=es`},
		{"/desk/" + ada + "?lang=xx", "es", "", 200, "es", ""},
		{"/desk", "", "", 200, "en", `<a href="/desk" aria-current="page">`},
		{"/desk/phones", "", "", 200, "en", `<a href="/desk/phones" aria-current="page">`},
		{"/desk/phones", "es", "", 200, "es", "<title>Teléfonos · Escritorio"},
		{"/desk/phones", "", "", 200, "en", `"resources":[{"id":"` + resource + `","name":"eu-1"}]`},
		{"/desk/misbehaviour", "", "", 200, "en", `<a href="/desk/misbehaviour" aria-current="page">`},
		{"/desk/misbehaviour", "es", "", 200, "es", "<title>Mal comportamiento · Escritorio"},
		{"/desk/misbehaviour", "", "", 200, "en", `"sip.silent":"value: proxies`},
		{"/desk/misbehaviour", "", "", 200, "en", `"name":"add.duplicate","value":"refused"`},
		{"/desk/admin/" + contoso, "", "", 200, "en", `data-tenant="` + contoso + `"`},
		{"/desk/admin/" + strings.ToUpper(contoso), "es", "", 200, "es", "<title>Contoso &lt;Airlines&gt; · Escritorio"},
		{"/desk/admin/" + ada, "", "", 404, "en", "Nobody"},
		{"/desk/nobody", "", "", 404, "en", "Nobody"},
	} {
		header := []string{"Accept-Language", c.accept}
		if c.cookie != "" {
			header = append(header, "Cookie", languageCookie+"="+c.cookie)
		}
		w := b.do("GET", c.path, "", header...)
		page := w.Body.String()
		found := false
		for part := range strings.SplitSeq(c.contains, "|") {
			found = found || strings.Contains(page, part)
		}
		if w.Code != c.status || !strings.Contains(page, `<html lang="`+c.lang+`"`) || !found || w.Header().Get("Content-Language") != c.lang {
			t.Errorf("%s for %q: %d, want language %s and %q in\n%.300s", c.path, c.accept, w.Code, c.lang, c.contains, page)
		}
		if asked := strings.HasSuffix(c.path, "?lang="+c.lang); asked != strings.Contains(w.Header().Get("Set-Cookie"), c.lang) {
			t.Errorf("%s: cookie %q", c.path, w.Header().Get("Set-Cookie"))
		}
		if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'; script-src 'self'") || strings.Contains(csp, "unsafe") {
			t.Errorf("policy %q", csp)
		}
		// The policy would drop it, and nobody would see why.
		if regexp.MustCompile(`<script>|<style|\sstyle=|\son[a-z]+=`).MatchString(page) {
			t.Error("something inline in the page")
		}
	}
	for name, kind := range assets {
		if w := b.do("GET", "/desk/"+name, ""); w.Code != 200 || w.Header().Get("Content-Type") != kind || w.Body.Len() == 0 {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
	}
	for path, location := range map[string]string{"/": "/desk", "/desk/": "/desk"} {
		if w := b.do("GET", path, ""); w.Code != http.StatusFound || w.Header().Get("Location") != location {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// Every file of the page is served, every word is there in each language, and
// what the page asks for by name exists.
func TestWords(t *testing.T) {
	entries, err := fs.ReadDir(files, "page")
	if err != nil {
		t.Fatal(err)
	}
	asks := regexp.MustCompile(`\bt\("([A-Za-z_]+)"|\.Text\.([a-z_]+)`)
	used := map[string]bool{}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, ".html") && !strings.HasSuffix(name, ".json") && assets[name] == "" {
			t.Errorf("%s is not served", name)
		}
		data, err := files.ReadFile("page/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range asks.FindAllStringSubmatch(string(data), -1) {
			used[m[1]+m[2]] = true
		}
	}
	for knob := range newBench(t).knobs() {
		prefix, _, _ := strings.Cut(knob, ".")
		used["group_"+prefix] = true
	}
	for key := range used {
		if texts["en"][key] == "" {
			t.Errorf("the page asks for %q, which is not there", key)
		}
	}
	for _, l := range languages {
		for key, text := range texts["en"] {
			other := texts[l][key]
			if other == "" || strings.Count(other, "{0}") != strings.Count(text, "{0}") {
				t.Errorf("%s: %q is %q", l, key, other)
			}
		}
		if len(texts[l]) != len(texts["en"]) {
			t.Errorf("%s has %d texts, want %d", l, len(texts[l]), len(texts["en"]))
		}
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{"Ada Lovelace": "AL", "ömer": "Ö", "": "", "A b c": "AB"} {
		if got := initials(name); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
}
