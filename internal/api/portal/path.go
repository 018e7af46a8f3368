package portal

import (
	"net/url"
	"strings"
)

const maxPath = 2048

// local returns the path of ours that s is, or "" if it is anything else. It is
// made anew from its parts, so that a browser reads what we have read.
func local(s string) string {
	if len(s) > maxPath || !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") {
		return ""
	}
	for _, r := range s {
		if r <= ' ' || r > '~' || r == '\\' { // browsers drop tabs and newlines, and take \ for /
			return ""
		}
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || strings.HasPrefix(u.Path, "//") || strings.Contains(u.Path, `\`) {
		return ""
	}
	for _, segment := range strings.Split(u.Path, "/") {
		if segment == "." || segment == ".." { // browsers resolve them: /.//evil.example is //evil.example
			return ""
		}
	}
	return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery, Fragment: u.Fragment, RawFragment: u.RawFragment}).String()
}

// at is a path of ours with a query.
func at(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	u, err := url.Parse(path)
	if err != nil || len(q) == 0 {
		return path
	}
	for k, v := range u.Query() {
		if !q.Has(k) {
			q[k] = v
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}
