package proof

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tandem/internal/fault"
)

var look = flag.String("look", "", "folder to write example pages to, for eyes")

var noon = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// signer is a key with its public side.
func signer(t testing.TB) (Signer, Keys) {
	t.Helper()
	seed, public := NewKey(noon.Add(-time.Hour))
	s, err := NewSigner(seed)
	if err != nil {
		t.Fatal(err)
	}
	return s, Keys{[]PublicKey{public}}
}

// report has something of everything, signs of other languages and of markup included.
func report(states map[string]State) Report {
	var made []Check
	for _, e := range Catalogue() {
		c := Check{ID: e.ID, State: Passed, Found: "was as it has to be", TookMS: 1234, Figures: []Figure{{"correlation", 0.987, ""}, {"longest gap", 12, "ms"}, {"proxies", 3, ""}}}
		if s := states[e.ID]; s != "" {
			c.State, c.Found = s, "was not"
		}
		if e.ID == BenchInviteTo {
			c.Evidence = []string{"     0 ms  trunk → Microsoft  INVITE sip:+493023125000@sip.pstnhub.microsoft.com:5061;user=phone  (1 INVITE)", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 <script>alert(1)</script> --> &"}
		}
		made = append(made, c)
	}
	r := Report{
		ID: "019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092", At: noon, TookMS: 61_200, Provider: "Contoso <Telecom> & Söhne", Node: "edge-1", Program: "tandem v1.0",
		Trunk: "e0.eu.sbc.example.net", Port: 5061,
		Certificate: Certificate{Subject: "e0.eu.sbc.example.net", Names: []string{"e0.eu.sbc.example.net"}, Issuer: "Example CA", NotAfter: noon.AddDate(0, 6, 0), SHA256: strings.Repeat("ab", 32)},
	}
	r.Conclude(made, "")
	return r
}

func files(t testing.TB, s Signer, r Report) map[string][]byte {
	t.Helper()
	asJSON, err := s.JSON(r)
	if err != nil {
		t.Fatal(err)
	}
	asHTML, err := s.HTML(r)
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"JSON": asJSON, "HTML": asHTML}
}

func TestVerify(t *testing.T) {
	s, keys := signer(t)
	for name, file := range files(t, s, report(nil)) {
		r, err := Verify(file, keys)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if r.Trunk != "e0.eu.sbc.example.net" || r.Result != AllPassed || len(r.Checks) != len(catalogue) || !r.At.Equal(noon) {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestEveryByteCounts: whatever is changed, left out or added anywhere is found.
func TestEveryByteCounts(t *testing.T) {
	s, keys := signer(t)
	for name, file := range files(t, s, report(nil)) {
		t.Run(name, func(t *testing.T) {
			const some = 13 // of so many: each of them takes a minute
			for i := rand.IntN(some); i < len(file); i += some {
				bad := bytes.Clone(file)
				bad[i] ^= 0x01
				refused(t, bad, keys, fmt.Sprintf("byte %d", i))
			}
			rapid.Check(t, func(t *rapid.T) {
				at := rapid.IntRange(0, len(file)).Draw(t, "at")
				until := rapid.IntRange(at, min(at+8, len(file))).Draw(t, "until")
				bad := slices.Concat(file[:at], rapid.SliceOfN(rapid.Byte(), 0, 8).Draw(t, "instead"), file[until:])
				if !bytes.Equal(bad, file) {
					refused(t, bad, keys, "a change")
				}
			})
		})
	}
}

func refused(t interface{ Fatalf(string, ...any) }, file []byte, keys Keys, what string) {
	if r, err := Verify(file, keys); err == nil {
		t.Fatalf("%s was not noticed: %s", what, r.Trunk)
	} else if fault.KindOf(err) != fault.KindInvalid {
		t.Fatalf("%s: %v", what, err)
	}
}

// TestForgers: what somebody would try who wants a better report.
func TestForgers(t *testing.T) {
	s, keys := signer(t)
	other, _ := signer(t)
	r := report(map[string]State{BenchHold: Failed})
	good := files(t, s, r)
	var parts struct {
		Report    json.RawMessage
		Signature Signature
	}
	if err := json.Unmarshal(good["JSON"], &parts); err != nil {
		t.Fatal(err)
	}
	again := func(change func(*Signature)) []byte {
		of := parts.Signature
		change(&of)
		file, err := jsonFile(parts.Report, of)
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	retired := noon.Add(-time.Minute)
	old := keys.Keys[0]
	old.RetiredAt = &retired
	for _, c := range []struct {
		name, code string
		file       []byte
		keys       Keys
	}{
		{"another key", "proof_key_unknown", files(t, other, r)["JSON"], keys},
		{"another key by this one's name", "proof_altered", again(func(s *Signature) { s.Value = other.sign(formJSON, parts.Report).Value }), keys},
		{"the signature of the other form", "proof_altered", again(func(s *Signature) { s.Value = sigOf(t, good["HTML"]) }), keys},
		{"no signature", "proof_altered", again(func(s *Signature) { s.Value = nil }), keys},
		{"another algorithm", "proof_key_unknown", again(func(s *Signature) { s.Algorithm = "none" }), keys},
		{"text for the terminal", "proof_key_unknown", again(func(s *Signature) { s.Key = "\x1b[2Jgood" }), keys},
		{"made after the key was retired", "proof_key_retired", good["JSON"], Keys{[]PublicKey{old}}},
		{"twice", "proof_unreadable", append(bytes.Clone(good["JSON"]), good["JSON"]...), keys},
		{"a second report in front", "proof_altered", bytes.Replace(good["JSON"], []byte("{\n  \"report\""), []byte("{\n  \"report\": {\"version\":1},\n  \"report\""), 1), keys},
		{"nothing", "proof_unreadable", nil, keys},
		{"another file", "proof_unreadable", []byte("%PDF-1.7"), keys},
		{"a large one", "proof_unreadable", make([]byte, largest+1), keys},
	} {
		if _, err := Verify(c.file, c.keys); fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v", c.name, err)
		} else if strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%s: a forger writes on the terminal", c.name)
		}
	}
}

// sigOf is the signature of a page.
func sigOf(t *testing.T, file []byte) []byte {
	t.Helper()
	parts, err := takeHTML(file)
	if err != nil {
		t.Fatal(err)
	}
	return parts.signature.Value
}

// TestRotation: with all keys there are, what each signed in its time is good.
func TestRotation(t *testing.T) {
	first, keys := signer(t)
	later := noon.Add(time.Hour)
	keys.Keys[0].RetiredAt = &later
	second, more := signer(t)
	keys.Keys = append(more.Keys, keys.Keys...)
	raw, err := json.Marshal(keys)
	if err != nil {
		t.Fatal(err)
	}
	published, err := ReadKeys(raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []Signer{first, second} {
		for name, file := range files(t, s, report(nil)) {
			if _, err := Verify(file, published); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestReadKeys(t *testing.T) {
	_, keys := signer(t)
	damaged := keys.Keys[0]
	damaged.ID = "0011223344556677"
	for name, v := range map[string]any{"no document": "x", "no keys": Keys{}, "another id": Keys{[]PublicKey{damaged}}} {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ReadKeys(raw); fault.CodeOf(err) != "proof_keys" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewSigner([]byte("short")); err == nil {
		t.Error("a damaged seed signs")
	}
}

func TestConclude(t *testing.T) {
	for _, c := range []struct {
		states map[string]State
		want   Result
	}{
		{nil, AllPassed},
		{map[string]State{LiveCalls: NotShown}, PartPassed},
		{map[string]State{LiveCalls: NotShown, BenchHold: Failed}, SomeFailed},
	} {
		r := report(c.states)
		if r.Result != c.want {
			t.Errorf("%v: %s, want %s", c.states, r.Result, c.want)
		}
		for i, check := range r.Checks {
			if check.ID != catalogue[i].ID || check.Way != catalogue[i].Way || check.Need == "" || check.Title == "" {
				t.Errorf("%+v", check)
			}
			if (check.State == Passed) != (check.Fix == "") {
				t.Errorf("%s is %s, and what to do is %q", check.ID, check.State, check.Fix)
			}
		}
	}
	var r Report
	r.Conclude(nil, "the bench did not start")
	if r.Result != PartPassed || r.Checks[0].Found != "the bench did not start" || r.Checks[0].Code != CodeNotMade {
		t.Errorf("%+v", r)
	}
}

// TestPage: what somebody put into a name is shown and does nothing, and the page loads
// nothing.
func TestPage(t *testing.T) {
	s, _ := signer(t)
	file := string(files(t, s, report(map[string]State{BenchHold: Failed, LiveCalls: NotShown}))["HTML"])
	for _, bad := range []string{"<script>", "<Telecom>", "http://", "url(", "@import", "src="} {
		if strings.Contains(file, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	for _, want := range []string{
		"Contoso &lt;Telecom&gt; &amp; Söhne", "1 failed", "1 not shown", "What to do: ", "0.99", "12 ms", "1.2 s", "<h2>Live</h2>", "<h2>Bench</h2>", s.id,
		base64.StdEncoding.EncodeToString(sigOf(t, []byte(file))), "AES_CM_128_HMAC_SHA1_80",
	} {
		if !strings.Contains(file, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if *look != "" {
		if err := os.WriteFile(*look+"/proof.html", []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	s, keys := signer(f)
	good := files(f, s, report(nil))
	for _, file := range good {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		if _, err := Verify(file, keys); err == nil && !bytes.Equal(file, good["JSON"]) && !bytes.Equal(file, good["HTML"]) {
			t.Errorf("good: %q", file)
		}
	})
}
