package sdp

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the expected halves of testdata/*.txt")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const dashes = "----------\n"

func key(b byte) (k Key) {
	for i := range k {
		k[i] = b
	}
	return k
}

func local(d Direction) Local {
	return Local{Address: netip.MustParseAddr("203.0.113.5"), Port: 20000, RTCPPort: 20001, Direction: d, Key: key('T')}
}

// profileOf reads the profile from the file's name: far-, near- or plain-.
func profileOf(name string) Profile {
	switch side, _, _ := strings.Cut(name, "-"); side {
	case "far":
		return Far(PCMA, PCMU)
	case "plain":
		return Near(PlainOnly, PCMA, PCMU)
	}
	return Near(SecureAllowed, PCMA, PCMU)
}

// Each file holds an offer, a line of dashes and what we make of it: the answer and what was agreed on, or the error.
func TestAnswerGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			offer, want, _ := strings.Cut(string(raw), dashes)
			got := answerText(offer, profileOf(name))
			if *update {
				if err := os.WriteFile(file, []byte(offer+dashes+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func answerText(offer string, p Profile) string {
	parsed, err := Parse([]byte(strings.ReplaceAll(offer, "\n", "\r\n")))
	if err != nil {
		return fmt.Sprintf("%v\n", err)
	}
	answer, s, err := Answer(parsed, local(SendRecv), p)
	if err != nil {
		return fmt.Sprintf("%v\n", err)
	}
	body := strings.ReplaceAll(string(NewSource(7).Write(answer)), "\r\n", "\n")
	return body + dashes + fmt.Sprintf("to %v rtcp %v, %s as %d/%d, events %d/%d, %v, held %v, secure %v, their key %q, MKI %v\n",
		s.Remote, s.RemoteRTCP, s.Codec.Name, s.Codec.PayloadType, s.ReceivePayload, s.SendEvents, s.ReceiveEvents, s.Direction, s.Held, s.Secure,
		strings.TrimRight(string(s.RemoteKey[:2]), "\x00"), s.RemoteMKI)
}

func TestOfferToMicrosoft(t *testing.T) {
	body := string(NewSource(42).Write(Offer(local(SendRecv), Far(PCMA))))
	want := strings.ReplaceAll(`v=0
o=- 42 1 IN IP4 203.0.113.5
s=-
c=IN IP4 203.0.113.5
t=0 0
m=audio 20000 RTP/SAVP 8 101
a=rtcp:20001
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=ptime:20
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:VFRUVFRUVFRUVFRUVFRUVFRUVFRUVFRUVFRUVFRU|2^31
a=sendrecv
`, "\n", "\r\n")
	if body != want {
		t.Errorf("got\n%s", body)
	}
}

// RFC 3264 §8: the same description has the same version, each change raises it by one.
func TestSourceVersion(t *testing.T) {
	s := NewSource(1)
	version := func(d *Description) uint64 {
		body := s.Write(d)
		parsed, err := Parse(body)
		if err != nil {
			t.Fatal(err)
		}
		return parsed.Origin.Version
	}
	for i, step := range []struct {
		direction Direction
		want      uint64
	}{{SendRecv, 1}, {SendRecv, 1}, {Inactive, 2}, {Inactive, 2}, {SendOnly, 2}, {SendRecv, 3}} {
		if got := version(Offer(local(step.direction), Far(PCMA))); got != step.want {
			t.Errorf("step %d: version %d, want %d", i, got, step.want)
		}
	}
}

// Whatever two profiles can agree on, both ends see the same stream from their own side.
func TestOfferAnswerAgree(t *testing.T) {
	directions := rapid.SampledFrom([]Direction{Inactive, SendOnly, RecvOnly, SendRecv})
	codecs := rapid.SliceOfNDistinct(rapid.SampledFrom([]Codec{PCMA, PCMU, {PayloadType: 96, Name: "L16", Rate: 8000}}), 1, 3, func(c Codec) uint8 { return c.PayloadType })
	profiles := rapid.Custom(func(t *rapid.T) Profile {
		return Profile{
			Codecs:       codecs.Draw(t, "codecs"),
			Security:     rapid.SampledFrom([]Security{PlainOnly, SecureAllowed, SecureOnly}).Draw(t, "security"),
			InactiveHold: rapid.Bool().Draw(t, "inactive hold"),
			Lifetime:     rapid.SampledFrom([]string{"", "2^31"}).Draw(t, "lifetime"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		a := Local{Address: netip.MustParseAddr("192.0.2.1"), Port: 4000, RTCPPort: 4001, Direction: directions.Draw(t, "offered"), Key: key('a')}
		b := Local{Address: netip.MustParseAddr("198.51.100.2"), Port: 5000, RTCPPort: 5005, Direction: directions.Draw(t, "answered"), Key: key('b')}
		pa, pb := profiles.Draw(t, "offerer"), profiles.Draw(t, "answerer")

		offer, err := Parse(NewSource(1).Write(Offer(a, pa)))
		if err != nil {
			t.Fatal(err)
		}
		answer, atB, err := Answer(offer, b, pb)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Problem != Unacceptable {
				t.Fatalf("unclassified %v", err)
			}
			return
		}
		parsed, err := Parse(NewSource(2).Write(answer))
		if err != nil {
			t.Fatal(err)
		}
		atA, err := Conclude(Offer(a, pa), parsed)
		if err != nil {
			t.Fatal(err)
		}
		if !atA.Codec.Same(atB.Codec) || atA.Codec.PayloadType != atB.ReceivePayload || atA.Secure != atB.Secure || atA.SendEvents != atB.ReceiveEvents {
			t.Fatalf("offerer %+v, answerer %+v", atA, atB)
		}
		if atA.Secure && (atA.LocalKey != atB.RemoteKey || atA.RemoteKey != atB.LocalKey) {
			t.Fatal("keys differ")
		}
		if atA.Direction != atB.Direction.Reverse() {
			t.Fatalf("directions %v and %v", atA.Direction, atB.Direction)
		}
		if atA.Remote != netip.AddrPortFrom(b.Address, b.Port) || atA.RemoteRTCP.Port() != b.RTCPPort || atB.Remote.Port() != a.Port {
			t.Fatal("addresses differ")
		}
	})
}

func TestConcludeRefuses(t *testing.T) {
	offer := Offer(local(SendRecv), Far(PCMA))
	good := string(NewSource(1).Write(Offer(local(SendRecv), Far(PCMA))))
	for name, tc := range map[string]struct {
		from, to string
		problem  Problem
	}{
		"stream refused":  {"audio 20000", "audio 0", Unacceptable},
		"other transport": {"RTP/SAVP", "RTP/AVP", Malformed},
		"other codec":     {"8 101\r\n", "0 101\r\n", Unacceptable},
		"foreign tag":     {"crypto:1", "crypto:9", Malformed},
		"no crypto":       {"a=crypto:1 AES", "a=crypto:1 XES", Unacceptable},
		"more lines":      {"a=sendrecv\r\n", "a=sendrecv\r\nm=video 0 RTP/AVP 96\r\n", Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			body := strings.Replace(good, tc.from, tc.to, 1)
			if body == good {
				t.Fatal("nothing replaced")
			}
			answer, err := Parse([]byte(body))
			if err != nil {
				t.Fatal(err)
			}
			_, err = Conclude(offer, answer)
			var e *Error
			if !errors.As(err, &e) || e.Problem != tc.problem {
				t.Errorf("got %v, want %v", err, tc.problem)
			}
		})
	}
}

func TestKeyIsHidden(t *testing.T) {
	c := Crypto{Tag: 1, Suite: Suite, Key: key('S')}
	var log bytes.Buffer
	timeless := func(_ []string, a slog.Attr) slog.Attr { // the digits of a moment may be those of the key
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{ReplaceAttr: timeless})).Info("x", "key", c.Key)
	for _, text := range []string{fmt.Sprint(c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c), c.Key.String(), log.String()} {
		if strings.Contains(text, "SSS") || strings.Contains(text, "83") || strings.Contains(text, "0x53") {
			t.Errorf("key shows in %q", text)
		}
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txt")
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		offer, _, _ := strings.Cut(string(raw), dashes)
		f.Add([]byte(offer))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := Parse(body)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Errorf("unclassified error %v", err)
			}
			return
		}
		for _, p := range []Profile{Far(PCMA, PCMU), Near(SecureAllowed, PCMA, PCMU)} {
			answer, _, err := Answer(d, local(SendRecv), p)
			if err != nil {
				continue
			}
			if _, err := Parse(NewSource(1).Write(answer)); err != nil {
				t.Errorf("our answer does not parse: %v", err)
			}
		}
		_, _ = Conclude(Offer(local(SendRecv), Far(PCMA)), d)
	})
}

// TestReoffer: an offer after the first one keeps lines, ports and payload types, whatever
// the other party had chosen (RFC 3264 §8).
func TestReoffer(t *testing.T) {
	local := Local{Address: netip.MustParseAddr("192.0.2.1"), Port: 4000, RTCPPort: 4001, Direction: SendRecv, Key: NewKey()}
	theirs, err := Parse([]byte("v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n" +
		"m=video 6000 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\nm=audio 5000 RTP/AVP 0 8 96\r\na=rtpmap:96 telephone-event/8000\r\na=sendonly\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	p := Near(PlainOnly, PCMA)
	source := NewSource(7)
	answer, s, err := Answer(theirs, local, p)
	if err != nil {
		t.Fatal(err)
	}
	first := string(source.Write(answer))
	if same := string(source.Write(answer.Reoffer(s, RecvOnly, p))); same != first {
		t.Errorf("unchanged: %s", same)
	}
	again := string(source.Write(answer.Reoffer(s, SendRecv, p)))
	want := strings.NewReplacer("a=recvonly", "a=sendrecv", " 7 1 IN", " 7 2 IN").Replace(first)
	if again != want {
		t.Errorf("got %s, want %s", again, want)
	}
	offer := Offer(local, Near(PlainOnly, PCMU, PCMA)) // of which one was chosen
	reply, err := Parse([]byte("v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 5000 RTP/AVP 8\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if s, err = Conclude(offer, reply); err != nil {
		t.Fatal(err)
	}
	if re := offer.Reoffer(s, SendRecv, p); len(re.Audio.Codecs) != 1 || !re.Audio.Codecs[0].Same(PCMA) || re.Audio.Events != 0 || len(offer.Audio.Codecs) != 2 {
		t.Errorf("%+v of %+v", re.Audio, offer.Audio)
	}
}
