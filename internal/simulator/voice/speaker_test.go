package voice

import (
	"context"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"tandem/internal/audio"
	"tandem/internal/simulator/events"
)

func TestTonesInPlaceOfSpeech(t *testing.T) {
	s := &Speaker{Tones: true}
	if s.init(); s.path != "" {
		t.Fatal("tones were asked for")
	}
	for _, c := range []struct {
		name  string
		text  Text
		beeps int
	}{
		{"one word", Text{Text: "Hello"}, 1},
		{"punctuation is no word", Text{Text: "Hello - and welcome, friend!"}, 4},
		{"SSML", Text{SSML: `<speak version="1.0" xml:lang="de-DE"><p>eins</p><p>zwei</p> <break time="1s"/>drei</speak>`}, 3},
		{"other scripts", Text{Text: "добрый день", Locale: "ru-RU"}, 2},
		{"SSML before text", Text{Text: "a b c d", SSML: "<speak>one</speak>"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := s.Speak(t.Context(), c.text)
			if err != nil {
				t.Fatal(err)
			}
			if got.Rate != Rate {
				t.Errorf("rate %d", got.Rate)
			}
			mark := samples(markTime)
			for i, want := range []float64{markHigh, markLow} {
				if f := frequency(got.Samples[i*mark : (i+1)*mark]); f < want-20 || f > want+20 {
					t.Errorf("note %d of the mark has %.0f Hz, want %.0f", i, f, want)
				}
			}
			if n := beeps(got.Samples[2*mark:]); n != c.beeps {
				t.Errorf("%d beeps, want %d", n, c.beeps)
			}
			again, err := (&Speaker{Tones: true}).Speak(t.Context(), c.text)
			if err != nil || !slices.Equal(got.Samples, again.Samples) {
				t.Errorf("not the same the second time (%v)", err)
			}
		})
	}
}

// beeps counts stretches of sound.
func beeps(s []int16) int {
	n, quiet := 0, samples(gapTime)
	for _, v := range s {
		if v == 0 {
			quiet++
			continue
		}
		if quiet >= samples(gapTime) {
			n++
		}
		quiet = 0
	}
	return n
}

func TestSpeakRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		text Text
		want events.Result
	}{
		{"nothing", Text{}, EmptyText},
		{"blank", Text{Text: " \n"}, EmptyText},
		{"blank SSML", Text{SSML: "  "}, EmptyText},
		{"SSML without words", Text{SSML: "<speak><break time='1s'/></speak>"}, EmptyText},
		{"SSML is not XML", Text{SSML: "hello"}, BadSpeechRequest},
		{"SSML not closed", Text{SSML: "<speak>hello"}, BadSpeechRequest},
		{"SSML badly nested", Text{SSML: "<speak><p>hello</speak></p>"}, BadSpeechRequest},
		{"unknown entity", Text{SSML: "<speak>&nbsp;hello</speak>"}, BadSpeechRequest},
		{"another root", Text{SSML: "<voice>hello</voice>"}, BadSpeechRequest},
		{"two roots", Text{SSML: "<speak>one</speak><speak>two</speak>"}, BadSpeechRequest},
		{"text after the root", Text{SSML: "<speak>one</speak> two"}, BadSpeechRequest},
		{"too deep", Text{SSML: "<speak>" + strings.Repeat("<p>", 100) + "x" + strings.Repeat("</p>", 100) + "</speak>"}, BadSpeechRequest},
		{"SSML too long", Text{SSML: "<speak>" + strings.Repeat("a ", maxSSML) + "</speak>"}, BadSpeechRequest},
		{"text too long", Text{Text: strings.Repeat("ä", maxText+1)}, BadSpeechRequest},
		{"no locale", Text{Text: "hello", Locale: "../../etc"}, BadSpeechRequest},
		{"an option as locale", Text{Text: "hello", Locale: "-w"}, BadSpeechRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := (&Speaker{Tones: true}).Speak(t.Context(), c.text)
			wantFailure(t, err, c.want)
		})
	}
	if _, err := (&Speaker{Tones: true}).Speak(t.Context(), Text{Text: strings.Repeat("ä", maxText)}); err != nil {
		t.Errorf("text of just the limit: %v", err)
	}
}

func TestLocale(t *testing.T) {
	for _, c := range []struct {
		text Text
		want string
	}{
		{Text{Text: "a"}, "en-us"},
		{Text{Text: "a", Locale: "de-DE", Voice: "en-GB-RyanNeural"}, "de-de"},
		{Text{Text: "a", Voice: "en-GB-RyanNeural"}, "en-gb"},
		{Text{Text: "a", Voice: "custom"}, "en-us"},
		{Text{SSML: `<speak xml:lang="fr-FR">a</speak>`, Voice: "en-GB-RyanNeural"}, "fr-fr"},
		{Text{SSML: `<?xml version="1.0" encoding="utf-16"?><speak xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="sr-Latn-RS">a</speak>`}, "sr-latn-rs"},
	} {
		u, err := prepare(c.text)
		if err != nil || u.locale != c.want {
			t.Errorf("%+v: %q, %v, want %s", c.text, u.locale, err, c.want)
		}
	}
}

// Only harmless elements reach the synthesiser: it opens the files that audio names.
func TestCleanSSML(t *testing.T) {
	for in, want := range map[string]string{
		`<speak><audio src="/etc/passwd">beep</audio> <p>a &amp; b</p></speak>`:                          `<speak>beep <p>a &amp; b</p></speak>`,
		`<speak xml:lang="de-DE"><voice name="de-DE-KatjaNeural">eins<break time="1s"/></voice></speak>`: `<speak>eins<break time="1s"></break></speak>`,
		`<speak><prosody rate="-10%" onload="x">a</prosody><!-- c --><?pi x?></speak>`:                   `<speak><prosody rate="-10%">a</prosody></speak>`,
		`<speak xmlns:mstts="m"><mstts:express-as style="sad">a&lt;b</mstts:express-as></speak>`:         `<speak>a&lt;b</speak>`,
		`<speak><sub alias="a&quot; b">c</sub></speak>`:                                                  `<speak><sub alias="a&#34; b">c</sub></speak>`,
	} {
		m, err := parseSSML(in)
		if err != nil || m.clean != want {
			t.Errorf("%s\n got %s, %v\nwant %s", in, m.clean, err, want)
		}
	}
}

func FuzzParseSSML(f *testing.F) {
	f.Add(`<speak version="1.0" xml:lang="en-US"><voice name="v"><p>a <break time="1s"/>&amp;</p></voice></speak>`)
	f.Add(`<speak><sub alias="&#34;><audio/>">x</sub></speak>`)
	f.Add(`<a:speak><x:p y:rate="1">x</x:p></a:speak>`)
	f.Fuzz(func(t *testing.T, source string) {
		m, err := parseSSML(source)
		if err != nil {
			return
		}
		again, err := parseSSML(m.clean)
		if err != nil {
			t.Fatalf("%q was cleaned to %q: %v", source, m.clean, err)
		}
		if again.clean != m.clean || strings.Contains(m.clean, "<audio") {
			t.Fatalf("%q was cleaned to %q and that to %q", source, m.clean, again.clean)
		}
	})
}

func TestCache(t *testing.T) {
	s := &Speaker{Tones: true}
	first, err := s.Speak(t.Context(), Text{Text: "hello"})
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.Speak(t.Context(), Text{Text: "hello"})
	if err != nil {
		t.Fatal(err)
	}
	if &first.Samples[0] != &second.Samples[0] {
		t.Error("the same text was made twice")
	}
	long := audio.PCM{Rate: Rate, Samples: make([]int16, maxKept-len(first.Samples)+1)}
	s.keep(Text{Text: "long"}, long)
	if _, ok := s.cached(Text{Text: "hello"}); ok {
		t.Error("the oldest is still there though it is too much")
	}
	if _, ok := s.cached(Text{Text: "long"}); !ok || s.kept != len(long.Samples) {
		t.Errorf("the newest is not there; %d samples are counted", s.kept)
	}
	s.keep(Text{Text: "longer"}, audio.PCM{Rate: Rate, Samples: make([]int16, maxKept+1)})
	if _, ok := s.cached(Text{Text: "longer"}); ok {
		t.Error("more than fits was kept")
	}
}

// speaking returns a speaker with espeak-ng, or skips.
func speaking(t *testing.T) *Speaker {
	t.Helper()
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Skip("espeak-ng is not installed")
	}
	s := &Speaker{}
	if s.init(); s.path == "" {
		t.Fatal("espeak-ng is installed and not used")
	}
	return s
}

func TestSpeech(t *testing.T) {
	s := speaking(t)
	say := func(text Text) []int16 {
		t.Helper()
		pcm, err := s.Speak(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		if pcm.Rate != Rate || rms(pcm.Samples) < 500 {
			t.Fatalf("%+v: rate %d, level %.0f", text, pcm.Rate, rms(pcm.Samples))
		}
		return pcm.Samples
	}
	sentence := "Thank you for calling, somebody will be with you in a moment."
	plain := say(Text{Text: sentence})
	if d := (audio.PCM{Rate: Rate, Samples: plain}).Duration().Seconds(); d < 2 || d > 6 {
		t.Errorf("the sentence takes %.1f s", d)
	}
	for name, other := range map[string]Text{
		"female":           {Text: sentence, Kind: "Female"},
		"male":             {Text: sentence, Kind: "male"},
		"German":           {Text: sentence, Locale: "de-DE"},
		"text, not markup": {Text: sentence + " <break time='3s'/>"},
	} {
		if slices.Equal(plain, say(other)) {
			t.Errorf("%s sounds like the plain voice", name)
		}
	}
	// A language that espeak-ng lacks is spoken like English.
	say(Text{Text: sentence, Locale: "qq-QQ"})
	short := say(Text{SSML: "<speak>one two</speak>"})
	long := say(Text{SSML: `<speak>one <break time="2s"/> two</speak>`})
	if d := len(long) - len(short); d < Rate || d > 3*Rate {
		t.Errorf("a pause of 2 s adds %d samples", d)
	}
	if d := len(short) - len(say(Text{Text: "one two"})); d < -Rate/4 || d > Rate/4 {
		t.Errorf("the same words in SSML take %d samples more: the markup is read out", d)
	}
	// What begins with a hyphen is text, not an option.
	say(Text{Text: "--version"})
}

func TestSpeechIsGivenUpWithTheCall(t *testing.T) {
	s := speaking(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Speak(ctx, Text{Text: "hello"})
	wantFailure(t, err, Shutdown)
}

func TestBrokenSynthesiser(t *testing.T) {
	s := speaking(t)
	s.path = "/nowhere/espeak-ng"
	_, err := s.Speak(t.Context(), Text{Text: "hello"})
	wantFailure(t, err, Internal)
}
