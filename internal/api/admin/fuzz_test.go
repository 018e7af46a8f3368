package admin_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// FuzzBodies: whatever is sent, the answer is a success or a whole problem, and
// never one of ours to regret.
func FuzzBodies(f *testing.F) {
	w := newWorld(f)
	var with []operation
	for _, o := range operations(f, w) {
		if o.body != "" {
			with = append(with, o)
			f.Add(uint8(len(with)-1), []byte(o.body))
		}
	}
	for _, body := range []string{"", "null", "[]", `{"tenant":null}`, `{"agents":[[]],"context":{"a":1e999}}`, `{"ring_timeout":1e30}`, "\xff", `{"a":` + strings.Repeat("[", 1000)} {
		f.Add(uint8(0), []byte(body))
		f.Add(uint8(3), []byte(body))
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		o := with[int(which)%len(with)]
		a := w.do(t, owner, o.method, o.at(), string(body))
		switch {
		case a.Code >= 200 && a.Code < 300:
		case a.Code >= 400 && a.Code < 500:
			var p struct {
				Code   string
				Status int
			}
			if err := json.Unmarshal(a.Body.Bytes(), &p); err != nil || p.Code == "" || p.Status != a.Code {
				t.Errorf("%d %s", a.Code, a.Body)
			}
		default:
			t.Errorf("%s %q: %d %s", o.id, body, a.Code, a.Body)
		}
	})
}

// FuzzCursor: a cursor is input like any other.
func FuzzCursor(f *testing.F) {
	w := newWorld(f)
	f.Add("Y2FsbHMAeA")
	f.Add("=")
	f.Fuzz(func(t *testing.T, cursor string) {
		for _, list := range []string{"agents", "numbers", "regions", "calls"} {
			r, err := http.NewRequest("GET", "/v1/"+list, nil)
			if err != nil {
				t.Fatal(err)
			}
			q := r.URL.Query()
			q.Set("cursor", cursor)
			if a := w.do(t, owner, "GET", "/v1/"+list+"?"+q.Encode(), ""); a.Code != 200 && a.Code != 422 {
				t.Errorf("%s: %d %s", list, a.Code, a.Body)
			}
		}
	})
}
