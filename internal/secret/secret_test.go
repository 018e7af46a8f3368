package secret_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tandem/internal/secret"
)

func box(t testing.TB, keys string) *secret.Box {
	t.Helper()
	b, err := secret.ReadKeys(strings.NewReader(keys))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestStringNeverShows(t *testing.T) {
	const hidden = "hunter2"
	v := struct {
		Password secret.String `json:"password"`
	}{hidden}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", v.Password, "in", v)
	encoded, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{
		fmt.Sprint(v.Password), fmt.Sprintf("%v %+v %#v %s %q", v, v, v, v.Password, v.Password), log.String(), string(encoded),
		fmt.Sprint(fmt.Errorf("with %v", v)),
	} {
		if strings.Contains(shown, hidden) || !strings.Contains(shown, "[redacted]") {
			t.Errorf("shown: %s", shown)
		}
	}
	if got := secret.String("").String(); got != "" {
		t.Errorf("no secret is shown as %q", got)
	}
	if err := json.Unmarshal([]byte(`{"password":"hunter2"}`), &v); err != nil || string(v.Password) != hidden {
		t.Errorf("read %q, %v", string(v.Password), err)
	}
}

func TestSealAndOpen(t *testing.T) {
	keys := secret.NewKeyLine("2026a")
	rapid.Check(t, func(rt *rapid.T) {
		b := box(t, keys)
		plain := rapid.SliceOf(rapid.Byte()).Draw(rt, "plain")
		context := rapid.String().Draw(rt, "context")
		sealed := b.Seal(plain, context)
		if got, err := b.Open(sealed, context); err != nil || !bytes.Equal(got, plain) {
			rt.Fatalf("opened %x, %v", got, err)
		}
		if len(plain) >= 8 && bytes.Contains(sealed, plain) {
			rt.Fatal("the value can be read")
		}
		if _, err := b.Open(sealed, context+"x"); !errors.Is(err, secret.ErrSealed) {
			rt.Fatalf("opened in another context: %v", err)
		}
		flip := rapid.IntRange(0, len(sealed)*8-1).Draw(rt, "bit")
		sealed[flip/8] ^= 1 << (flip % 8)
		if _, err := b.Open(sealed, context); !errors.Is(err, secret.ErrSealed) {
			rt.Fatalf("opened although bit %d is wrong: %v", flip, err)
		}
	})
}

func TestRotate(t *testing.T) {
	older, newer := secret.NewKeyLine("old"), secret.NewKeyLine("new")
	sealed := box(t, older).Seal([]byte("value"), "c")

	both := box(t, "# the new one first\n\n"+newer+older)
	resealed, changed, err := both.Rotate(sealed, "c")
	if err != nil || !changed {
		t.Fatalf("changed %v, %v", changed, err)
	}
	if _, again, err := both.Rotate(resealed, "c"); again || err != nil {
		t.Errorf("a second time: changed %v, %v", again, err)
	}
	alone := box(t, newer)
	if got, err := alone.Open(resealed, "c"); err != nil || string(got) != "value" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := alone.Open(sealed, "c"); !errors.Is(err, secret.ErrSealed) {
		t.Errorf("opened without its key: %v", err)
	}
	if _, _, err := both.Rotate(sealed, "d"); !errors.Is(err, secret.ErrSealed) {
		t.Errorf("rotated in another context: %v", err)
	}
}

func TestReadKeysRefuses(t *testing.T) {
	good := secret.NewKeyLine("a")
	for name, keys := range map[string]string{
		"nothing":      "# only words\n",
		"no key":       "a\n",
		"three words":  "a b c\n",
		"short":        "a c2hvcnQ=\n",
		"not base64":   "a !!!\n",
		"twice":        good + good,
		"a long id":    secret.NewKeyLine(strings.Repeat("x", 33)),
		"a giant line": strings.Repeat("x", 1<<17),
	} {
		_, err := secret.ReadKeys(strings.NewReader(keys))
		if err == nil {
			t.Errorf("%s: taken", name)
		} else if words := strings.Fields(good); strings.Contains(err.Error(), words[1]) {
			t.Errorf("%s: the error shows the key", name)
		}
	}
}

func TestToken(t *testing.T) {
	form := regexp.MustCompile(`^tdm_[0-9A-Za-z]{24}$`)
	seen := map[secret.String]bool{}
	for range 1000 {
		token := secret.Token("tdm_")
		if !form.MatchString(string(token)) || seen[token] {
			t.Fatalf("%q", string(token))
		}
		seen[token] = true
	}
	// FIPS 180-4, the message "abc".
	if got := fmt.Sprintf("%x", secret.Hash("abc")); got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Error(got)
	}
}

// FuzzOpen: damaged rows are refused, never a crash.
func FuzzOpen(f *testing.F) {
	b := box(f, secret.NewKeyLine("a"))
	f.Add([]byte{}, "c")
	f.Add([]byte{1, 255}, "c")
	f.Add(b.Seal([]byte("x"), "c")[:20], "c")
	f.Fuzz(func(t *testing.T, sealed []byte, context string) {
		if _, err := b.Open(sealed, context); err == nil {
			t.Error("opened what nobody sealed")
		}
		if _, _, err := b.Rotate(sealed, context); err == nil && len(sealed) < 16 {
			t.Error("rotated what nobody sealed")
		}
	})
}
