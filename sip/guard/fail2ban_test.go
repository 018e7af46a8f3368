package guard

import (
	"bytes"
	"log/slog"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// filter are the expressions of deploy/fail2ban, with fail2ban's own notation for addresses written out.
func filter(t *testing.T) []*regexp.Regexp {
	t.Helper()
	raw, err := os.ReadFile("../../deploy/fail2ban/filter.d/tandem.conf")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(raw), "failregex = ")
	if !found {
		t.Fatal("no failregex")
	}
	var list []*regexp.Regexp
	for l := range strings.SplitSeq(rest, "\n") {
		if l = strings.TrimSpace(l); !strings.HasPrefix(l, "^") {
			break
		}
		list = append(list, regexp.MustCompile(strings.ReplaceAll(l, "<HOST>", `(?P<host>[0-9a-fA-F:.]+)`)))
	}
	if len(list) != 2 {
		t.Fatalf("%d expressions", len(list))
	}
	return list
}

// sources are those that the filter finds.
func sources(t *testing.T, list []*regexp.Regexp, log string) []string {
	t.Helper()
	var found []string
	for l := range strings.Lines(log) {
		for _, r := range list {
			if m := r.FindStringSubmatch(strings.TrimRight(l, "\n")); m != nil {
				if _, err := netip.ParseAddr(m[1]); err != nil {
					t.Errorf("%q in %s", m[1], l)
				}
				found = append(found, m[1])
			}
		}
	}
	return found
}

func TestFail2banSample(t *testing.T) {
	log, err := os.ReadFile("../../deploy/fail2ban/sample.log")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"198.51.100.7", "198.51.100.8", "2001:db8::9", "198.51.100.17", "198.51.100.10", "198.51.100.10",
		"198.51.100.12", "2001:db8::13", "198.51.100.14", "198.51.100.18", "198.51.100.15", "198.51.100.15",
	}
	if got := sources(t, filter(t), string(log)); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestFail2ban holds the filter against what the guard logs, in both formats.
func TestFail2ban(t *testing.T) {
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"JSON": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			s := newSetup(t, func(c *Config) {
				c.Logger, c.Failures, c.RequestsPerSecond = slog.New(handler(&log)), 2, 1
			}, withPassword(Peer{Name: "anywhere"}, "joe", "secret"))
			if err := s.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			scanner, guesser := netip.MustParseAddr("203.0.113.1"), netip.MustParseAddr("2001:db8::2")
			s.Inspect(scanner, []byte("OPTIONS sip:x SIP/2.0\r\nUser-Agent: friendly-scanner\r\n\r\n"))
			for range 2 {
				wrong := joe()
				wrong.password = "guess"
				s.expect(t, "wrong", authorize(t, s.challenged(t, guesser, "MD5"), wrong), guesser, CauseWrongDigest)
			}
			flood := netip.MustParseAddr("203.0.113.3")
			for range 4 {
				s.Inspect(flood, []byte("OPTIONS sip:x SIP/2.0\r\n\r\n"))
			}
			crowd := netip.MustParseAddr("203.0.113.4")
			for range maxConnections + 1 {
				s.Connect(crowd)
			}
			s.peers.list = []Peer{byPrefix("carrier", "192.0.2.0/24")}
			s.pass(time.Minute)
			if err := s.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.Inspect(stranger, []byte("OPTIONS sip:x SIP/2.0\r\n\r\n"))
			want := []string{"203.0.113.1", "2001:db8::2", "2001:db8::2", "2001:db8::2", "203.0.113.3", "203.0.113.4", stranger.String()}
			if got := sources(t, filter(t), log.String()); !slices.Equal(got, want) || strings.Count(log.String(), "\n") != len(want) {
				t.Errorf("got %v, want %v, in %s", got, want, log.String())
			}
		})
	}
}
