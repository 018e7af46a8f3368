package wire

import (
	"strings"
	"testing"
)

// FuzzWhiteSpace: what a Via was is found behind the same comma as before, and white space
// around separators changes nothing.
func FuzzWhiteSpace(f *testing.F) {
	for _, s := range []string{"SIP / 2.0 /UDP  a:5060 ; branch = x , SIP/2.0/TCP [::1]:5060;b", "\"a ; b\" <sip:a ; b> ; tag = 1", "\t,\t,", "\"\\", "a<"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		via := tightenVia(s)
		if len(via) != len(s) || strings.Count(via, ",") != strings.Count(s, ",") {
			t.Fatalf("%q became %q", s, via)
		}
		if once := tighten(s); tighten(once) != once {
			t.Fatalf("%q, then %q", once, tighten(once))
		}
	})
}
