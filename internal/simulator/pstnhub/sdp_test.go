package pstnhub

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const ourTestKey = "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ"

// placeholders of testdata/*.txt.
var placeholders = strings.NewReplacer("{{THEIRS}}", testKey, "{{OURS}}", ourTestKey, "{{OTHER}}", strings.Repeat("Y", 40),
	"{{SESSION}}", "100263", "{{VERSION}}", "3", "{{ADDRESS}}", "203.0.113.5", "{{PORT}}", "50000", "{{RTCP}}", "50001")

// Every file is an offer, a line of dashes, and the answer or the refusal. A first line with "#" says what it is about.
func TestAnswersToOffers(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			offerText, want := readPair(t, file)
			var got string
			o, refused := checkOffer([]byte(offerText))
			if refused != nil {
				got = fmt.Sprintf("refuse %d %s\r\n", refused.status, refused.phrase)
			} else {
				if o.key != testKey {
					t.Errorf("took key %q", o.key)
				}
				a := answer{session: 100263, version: 3, address: "203.0.113.5", port: 50000, rtcp: 50001, key: ourTestKey}
				got = a.text(o)
			}
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func readPair(t testing.TB, file string) (offer, want string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := placeholders.Replace(string(raw))
	if strings.HasPrefix(text, "#") {
		_, text, _ = strings.Cut(text, "\n")
	}
	offer, want, ok := strings.Cut(text, "----------\n")
	if !ok {
		t.Fatalf("%s has no line of dashes", file)
	}
	return strings.ReplaceAll(offer, "\n", "\r\n"), strings.ReplaceAll(want, "\n", "\r\n")
}

func TestWhereRTCPGoes(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "127.0.0.1:40001",
		"a=rtcp:41000\r\n":                     "127.0.0.1:41000",
		"a=rtcp:41000 IN IP4 127.0.0.1\r\n":    "127.0.0.1:41000",
		"a=rtcp-mux\r\n":                       "127.0.0.1:40000",
		"a=rtcp:41000\r\na=rtcp-mux\r\n":       "127.0.0.1:40000",
		"a=rtcp-rsize\r\na=rtcp-fb:* nack\r\n": "127.0.0.1:40001",
	} {
		o, err := parseOffer([]byte(strings.Replace(offerText(40000), "a=ptime", text+"a=ptime", 1)))
		if err != nil || o.rtcp.String() != want {
			t.Errorf("%q: %v, %v", text, o, err)
		}
	}
}

func TestCustomHeaders(t *testing.T) {
	long := func(n int) string { return strings.Repeat("a", n) }
	tests := []struct {
		name    string
		headers []header
		want    map[string]string
		dropped int
	}{
		{"none", []header{{"Subject", "x"}, {"X-MS-Other", "x"}}, map[string]string{}, 0},
		{"user to user", []header{{"user-to-user", "4865;encoding=hex"}}, map[string]string{"userToUser": "4865;encoding=hex"}, 0},
		{"case as sent", []header{{"x-Ms-cUSTOM-caseID", "A~b"}}, map[string]string{"x-Ms-cUSTOM-caseID": "A~b"}, 0},
		{"five and user to user", []header{
			{"X-MS-Custom-1", "1"}, {"X-MS-Custom-2", "2"}, {"User-To-User", "00"}, {"X-MS-Custom-3", "3"}, {"X-MS-Custom-4", "4"}, {"X-MS-Custom-5", "5"}, {"X-MS-Custom-6", "6"},
		}, map[string]string{"X-MS-Custom-1": "1", "X-MS-Custom-2": "2", "X-MS-Custom-3": "3", "X-MS-Custom-4": "4", "X-MS-Custom-5": "5", "userToUser": "00"}, 1},
		{"twice", []header{{"X-MS-Custom-a", "1"}, {"x-ms-custom-A", "2"}, {"User-To-User", "1"}, {"User-To-User", "2"}}, map[string]string{"X-MS-Custom-a": "1", "userToUser": "1"}, 2},
		{"longest", []header{{"X-MS-Custom-" + long(52), long(256)}}, map[string]string{"X-MS-Custom-" + long(52): long(256)}, 0},
		{"name too long", []header{{"X-MS-Custom-" + long(53), "1"}}, map[string]string{}, 1},
		{"value too long", []header{{"X-MS-Custom-a", long(257)}, {"User-To-User", long(257)}}, map[string]string{}, 2},
		{"no name", []header{{"X-MS-Custom-", "1"}}, map[string]string{}, 1},
		{"characters", []header{{"X-MS-Custom-a'b", "1"}, {"X-MS-Custom-a", "1 2"}, {"X-MS-Custom-b", "ü"}, {"X-MS-Custom-c", ""}, {"X-MS-Custom-d", "=;.!%*_+~-"}}, map[string]string{"X-MS-Custom-d": "=;.!%*_+~-"}, 4},
		{"a dropped one leaves room", []header{
			{"X-MS-Custom-0", "ä"}, {"X-MS-Custom-1", "1"}, {"X-MS-Custom-2", "2"}, {"X-MS-Custom-3", "3"}, {"X-MS-Custom-4", "4"}, {"X-MS-Custom-5", "5"},
		}, map[string]string{"X-MS-Custom-1": "1", "X-MS-Custom-2": "2", "X-MS-Custom-3": "3", "X-MS-Custom-4": "4", "X-MS-Custom-5": "5"}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, dropped := customHeaders(&message{headers: tt.headers})
			if fmt.Sprint(got) != fmt.Sprint(tt.want) || dropped != tt.dropped {
				t.Errorf("got %v and %d dropped", got, dropped)
			}
		})
	}
}

func TestReserialise(t *testing.T) {
	for in, want := range map[string]string{
		"SIP/2.0/TLS a:5061;rport;branch=z9hG4bK1":             "SIP/2.0/TLS a:5061;branch=z9hG4bK1;rport",
		"SIP/2.0/TLS a:5061;branch=z9hG4bK1":                   "SIP/2.0/TLS a:5061;branch=z9hG4bK1",
		"SIP/2.0/TLS a:5061;alias;x=1;branch=z9hG4bK1;q=\";\"": "SIP/2.0/TLS a:5061;branch=z9hG4bK1;alias;x=1;q=\";\"",
		"SIP/2.0/TLS a": "SIP/2.0/TLS a",
	} {
		if got := reserialise(in); got != want {
			t.Errorf("%s became %s", in, got)
		}
	}
}

// A list that was joined with commas is found again, whatever is quoted or in brackets.
func TestSplitList(t *testing.T) {
	element := rapid.SampledFrom([]string{`<sip:a@b;x=1,2>;tag=1`, `"a, \"b\" <" <sip:c>`, `sip:d`, `a`, `Q.850;cause=16;text="x,y;z"`})
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(element, 1, 5).Draw(t, "parts")
		separator := rapid.SampledFrom([]string{",", ", ", " ,\t"}).Draw(t, "separator")
		if got := splitList(strings.Join(parts, separator)); fmt.Sprint(got) != fmt.Sprint(parts) {
			t.Fatalf("got %q, want %q", got, parts)
		}
	})
}
