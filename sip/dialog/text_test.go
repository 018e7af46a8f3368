package dialog

import (
	"slices"
	"strings"
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"
)

func with(name string, values ...string) *sipmsg.Response {
	r := sipmsg.NewResponse(200, "OK")
	for _, v := range values {
		r.AppendHeader(sipmsg.NewHeader(name, v))
	}
	return r
}

// TestList: lists with commas and repeated headers are the same (RFC 3261 §7.3.1).
func TestList(t *testing.T) {
	for name, c := range map[string]struct{ values, want []string }{
		"none":                {nil, nil},
		"empty":               {[]string{"", " ", ",", " , ,"}, nil},
		"one":                 {[]string{"<sip:a>"}, []string{"<sip:a>"}},
		"two headers":         {[]string{"<sip:a>", "<sip:b>"}, []string{"<sip:a>", "<sip:b>"}},
		"a list":              {[]string{" <sip:a>;x=y ,<sip:b>", "<sip:c>"}, []string{"<sip:a>;x=y", "<sip:b>", "<sip:c>"}},
		"comma in a URI":      {[]string{"<sip:a,b@c>,<sip:d>"}, []string{"<sip:a,b@c>", "<sip:d>"}},
		"comma in quotes":     {[]string{`"a, b" <sip:c>, <sip:d>`}, []string{`"a, b" <sip:c>`, "<sip:d>"}},
		"escaped quote":       {[]string{`"a\", b" <sip:c>, <sip:d>`}, []string{`"a\", b" <sip:c>`, "<sip:d>"}},
		"bracket in quotes":   {[]string{`"<" <sip:c>, <sip:d>`}, []string{`"<" <sip:c>`, "<sip:d>"}},
		"quote in a URI":      {[]string{`<sip:a;x="b>, <sip:c>`}, []string{`<sip:a;x="b>`, "<sip:c>"}},
		"quote without end":   {[]string{`"a, b`}, []string{`"a, b`}},
		"ends with an escape": {[]string{`"a\`}, []string{`"a\`}},
		"bracket without end": {[]string{"<sip:a, b"}, []string{"<sip:a, b"}},
	} {
		if got := List(with("Record-Route", c.values...), "Record-Route", ""); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestHasGap: what separates nothing.
func TestHasGap(t *testing.T) {
	for value, want := range map[string]bool{
		"": false, "<sip:a>": false, "<sip:a>;x;y=z": false, "<sip:a>;x;": false, "<sip:a>, <sip:b>;x": false, `"a;;b" <sip:a;;b@c>;x="\";;"`: false,
		"SIP/2.0/UDP a;branch=b, SIP/2.0/UDP c": false,
		"<sip:a>;;x":                            true, "<sip:a>; ;x": true, "<sip:a>;,<sip:b>": true, "<sip:a>,,<sip:b>": true, "<sip:a>,": true, "SIP/2.0/UDP 192.0.2.15;;,;,,": true,
	} {
		if got := HasGap(value); got != want {
			t.Errorf("%s: %v", value, got)
		}
	}
}

func TestAddrSpec(t *testing.T) {
	for value, want := range map[string]string{
		"":                                  "",
		"<" + microsoftTarget + ">":         microsoftTarget,
		"sip:a@b;tag=1":                     "sip:a@b",
		"  sip:a@b ":                        "sip:a@b",
		"<sip:a@b;x=y>;tag=1":               "sip:a@b;x=y",
		"Display Name<sip:a@b>;tag=1":       "sip:a@b",
		`"A <sip:no@no>" <sip:a@b>`:         "sip:a@b",
		`"A \" <sip:no@no>" <sip:a@b>`:      "sip:a@b",
		`sip:a@b;x="<sip:no@no>"`:           "sip:a@b",
		"<sip:a@b":                          "sip:a@b",
		"< sip:a@b >":                       "sip:a@b",
		"<sip:a@b>, <sip:c@d>":              "sip:a@b",
		"<SIP:A@B;X-I=Q;x-c=a/d/8/b?k=v&l>": "SIP:A@B;X-I=Q;x-c=a/d/8/b?k=v&l",
	} {
		if got := AddrSpec(value); got != want {
			t.Errorf("%s: %q", value, got)
		}
	}
}

// TestParseReason (RFC 3326; Microsoft's form: facts/direct-routing.md §12).
func TestParseReason(t *testing.T) {
	for name, c := range map[string]struct {
		values []string
		want   Reason
	}{
		"none":             {nil, Reason{}},
		"Q.850":            {[]string{`Q.850;cause=16;text="Normal call clearing"`}, Reason{Q850: 16, Text: "Normal call clearing"}},
		"SIP":              {[]string{`SIP;cause=200;text="Call completed elsewhere"`}, Reason{SIP: 200, Text: "Call completed elsewhere"}},
		"both":             {[]string{`SIP ;cause=480 ;text="a", q.850; Cause = 31 ;text="b"`}, Reason{Q850: 31, SIP: 480, Text: "a"}},
		"both in headers":  {[]string{`Q.850;cause=31`, `SIP;cause=480;text="b"`}, Reason{Q850: 31, SIP: 480, Text: "b"}},
		"text as a token":  {[]string{"Q.850;cause=16;text=Terminated"}, Reason{Q850: 16, Text: "Terminated"}},
		"escapes":          {[]string{`Q.850;text="a \"b\" \\c; d, e";cause=17`}, Reason{Q850: 17, Text: `a "b" \c; d, e`}},
		"cause too large":  {[]string{"Q.850;cause=128, SIP;cause=1000"}, Reason{}},
		"cause below one":  {[]string{"Q.850;cause=-1, SIP;cause=0"}, Reason{}},
		"cause no number":  {[]string{"Q.850;cause=x"}, Reason{}},
		"another protocol": {[]string{`Preemption;cause=5;text="x"`}, Reason{}},
		"nonsense":         {[]string{";;;", "=", `"`}, Reason{}},
		"Microsoft":        {[]string{`Q.850;cause=31;text="5fd5a3a1-0ff0-4b1f-8a6a-5a4a4f5e0c11;No callee endpoints were found."`}, Reason{Q850: 31, Text: "5fd5a3a1-0ff0-4b1f-8a6a-5a4a4f5e0c11;No callee endpoints were found."}},
	} {
		if got := ParseReason(with("Reason", c.values...)); got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestMicrosoftText(t *testing.T) {
	for text, want := range map[string][2]string{
		"5fd5a3a1-0ff0-4b1f-8a6a-5a4a4f5e0c11;No callee endpoints were found.": {"5fd5a3a1-0ff0-4b1f-8a6a-5a4a4f5e0c11", "No callee endpoints were found."},
		"id; a; b":        {"id", "a; b"},
		"Normal clearing": {"", "Normal clearing"},
		"":                {"", ""},
	} {
		if id, phrase := (Reason{Text: text}).Microsoft(); id != want[0] || phrase != want[1] {
			t.Errorf("%s: %q, %q", text, id, phrase)
		}
	}
}

func TestReasonHeader(t *testing.T) {
	for want, r := range map[string]Reason{
		"":                                   {SIP: 480, Text: "only ours says Q.850"},
		"Q.850;cause=16":                     {Q850: 16},
		`Q.850;cause=17;text="busy"`:         {Q850: 17, Text: "busy"},
		`Q.850;cause=17;text="a  b   c d é"`: {Q850: 17, Text: "a\r\nb \"\\c\x7fd é"},
	} {
		h := r.Header()
		if h == nil {
			if want != "" {
				t.Errorf("no header, want %s", want)
			}
			continue
		}
		if h.Name() != "Reason" || h.Value() != want {
			t.Errorf("got %s: %s, want %s", h.Name(), h.Value(), want)
		}
	}
}

func FuzzAddrSpec(f *testing.F) {
	for _, v := range []string{"", "<", ">", `"`, `"\`, "<" + microsoftTarget + ">", `"A <sip:no@no>" <sip:a@b>;tag=1`, "sip:a@b;tag=1"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		uri := AddrSpec(v)
		if !strings.Contains(v, uri) || strings.TrimSpace(uri) != uri || strings.Contains(uri, ">") && strings.Contains(v, "<"+uri) {
			t.Fatalf("%q gave %q", v, uri)
		}
		if hop, err := NextHop(uri, "UDP"); err == nil && (hop.Host == "" || hop.Port <= 0 || hop.Port > 65535) {
			t.Fatalf("%q goes to %v", uri, hop)
		}
	})
}

// FuzzList: the values are pieces of the text, in order, and stay what they are when they
// are sent back in headers of their own.
func FuzzList(f *testing.F) {
	for _, v := range []string{"", ",", `"a, b" <sip:c>, <sip:d>`, `"a\", b" <sip:c>`, "<sip:a,b@c>,<sip:d>", `"\`, microsoftRoute} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		values := List(with("Route", v), "Route", "")
		rest := v
		for _, value := range values {
			_, after, ok := strings.Cut(rest, value)
			if !ok || strings.TrimSpace(value) != value || value == "" {
				t.Fatalf("%q in %q", value, v)
			}
			rest = after
		}
		if again := List(with("Route", values...), "Route", ""); !slices.Equal(again, values) {
			t.Fatalf("%q became %q, then %q", v, values, again)
		}
	})
}

// FuzzParseReason: what was read can be said again.
func FuzzParseReason(f *testing.F) {
	for _, v := range []string{"", `Q.850;cause=16;text="a"`, `SIP;cause=480`, `Q.850;text="\"";cause=1`, `Q.850;cause=31;text="id;phrase, and more"`} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		r := ParseReason(with("Reason", v))
		if r.Q850 < 0 || r.Q850 > 127 || r.SIP < 0 || r.SIP > 999 {
			t.Fatalf("%q gave %+v", v, r)
		}
		_, _ = r.Microsoft()
		h := r.Header()
		if h == nil {
			return
		}
		if strings.ContainsAny(h.Value(), "\r\n") {
			t.Fatalf("a line break in %q", h.Value())
		}
		again := ParseReason(with("Reason", h.Value()))
		if again.Q850 != r.Q850 || again.Text != quotable(r.Text) {
			t.Fatalf("%+v became %+v", r, again)
		}
	})
}
