package admin_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestEverythingIsDocumented: names in one style, and for every member what it
// means and what it looks like.
func TestEverythingIsDocumented(t *testing.T) {
	type schema struct {
		Ref         string `json:"$ref"`
		Type        any
		Description string
		Format      string
		Examples    []any
		Default     any
		Enum        []any
		Properties  map[string]schema
	}
	var doc struct {
		OpenAPI    string
		Paths      map[string]map[string]map[string]json.RawMessage
		Components struct{ Schemas map[string]schema }
	}
	newWorld(t).do(t, "", "GET", "/openapi.json", "").want(http.StatusOK).into(&doc)
	if doc.OpenAPI != "3.1.0" {
		t.Error(doc.OpenAPI)
	}
	camel, snake := regexp.MustCompile(`^"[a-z]+([A-Z][a-z]+|CDRs?)*"$`), regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	for path, methods := range doc.Paths {
		for method, op := range methods {
			if !camel.Match(op["operationId"]) || len(op["summary"]) < 4 || len(op["description"]) < 4 || len(op["tags"]) < 4 {
				t.Errorf("%s %s: %s", method, path, op["operationId"])
			}
			var parameters []struct {
				Name, In string
				Schema   schema
			}
			if len(op["parameters"]) > 0 {
				if err := json.Unmarshal(op["parameters"], &parameters); err != nil {
					t.Fatal(err)
				}
			}
			for _, p := range parameters {
				if p.In != "header" && p.Schema.Description == "" {
					t.Errorf("%s %s: what is %s?", method, path, p.Name)
				}
			}
		}
	}
	for name, s := range doc.Components.Schemas {
		for member, p := range s.Properties {
			if !snake.MatchString(member) {
				t.Errorf("%s.%s", name, member)
			}
			if p.Description == "" && p.Ref == "" {
				t.Errorf("what is %s.%s?", name, member)
			}
			looks := len(p.Examples) > 0 || p.Default != nil || len(p.Enum) > 0 || p.Format == "date-time" || p.Ref != "" || p.Type == "array"
			if !looks && !strings.HasPrefix(name, "Page") && !strings.HasSuffix(member, "password") && member != "access_key" && member != "message" {
				t.Errorf("what does %s.%s look like?", name, member)
			}
		}
	}
}

// TestDocsPage: complete, and nothing in it comes from elsewhere.
func TestDocsPage(t *testing.T) {
	w := newWorld(t)
	a := w.do(t, "", "GET", "/docs", "").want(http.StatusOK)
	page := a.Body.String()
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if ids[m[1]] {
			t.Errorf("two things are called %s", m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`href="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if anchor, local := strings.CutPrefix(m[1], "#"); local && !ids[anchor] || !local && m[1] != "/openapi.json" {
			t.Errorf("a link to %s", m[1])
		}
	}
	for _, o := range operations(t, w) {
		if !ids[o.id] || strings.Count(page, `href="#`+o.id+`"`) != 1 {
			t.Errorf("%s is not in the page and its index", o.id)
		}
	}
	if n := strings.Count(page, "curl "); n != len(operations(t, w)) {
		t.Errorf("%d examples", n)
	}
	for _, not := range []string{"<script", "<link", "<img", "@import", "url(", "ZgotmplZ", "%!", "&lt;nil&gt;", "<nil>"} {
		if strings.Contains(page, not) {
			t.Errorf("%s is in the page", not)
		}
	}
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(page)[1]
	sum := sha256.Sum256([]byte(style))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	if got := a.Header().Get("Content-Security-Policy"); got != want {
		t.Errorf("the policy %s does not let the page's own style in", got)
	}
}
