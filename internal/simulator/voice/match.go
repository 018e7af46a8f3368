package voice

import (
	"strings"
	"unicode"
)

// Choice is one of the choices of a recognize request.
type Choice struct {
	Label   string
	Phrases []string
	// Tone is the digit that chooses it too; 0 if none does.
	Tone byte
}

// Match finds the choice whose phrase is contained in what was recognised, as
// whole words, whatever their case and punctuation. The phrase with the most
// words wins, of equal ones the first. The phrase returned is the choice's own
// spelling; the confidence is that of recognition, less where more was said than
// the phrase [?].
func Match(choices []Choice, phrase string) (label, recognisedPhrase string, confidence float64, ok bool) {
	heard := plainWords(phrase)
	best := 0
	for _, c := range choices {
		for _, p := range c.Phrases {
			wanted := plainWords(p)
			if len(wanted) <= best || !contains(heard, wanted) {
				continue
			}
			best = len(wanted)
			label, recognisedPhrase, ok = c.Label, p, true
		}
	}
	if ok {
		confidence = Confidence * (1 + float64(best)/float64(len(heard))) / 2
	}
	return label, recognisedPhrase, confidence, ok
}

// MatchTone finds the choice of a digit.
func MatchTone(choices []Choice, digit byte) (label string, ok bool) {
	for _, c := range choices {
		if c.Tone != 0 && c.Tone == digit {
			return c.Label, true
		}
	}
	return "", false
}

// plainWords are the words in lower case and without punctuation: "Don't." is
// dont, "check-in" is check in.
func plainWords(text string) []string {
	text = strings.NewReplacer("'", "", "’", "").Replace(strings.ToLower(text))
	return strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
}

// contains reports whether part stands in whole, in a row.
func contains(whole, part []string) bool {
	for i := 0; i+len(part) <= len(whole); i++ {
		match := true
		for j := range part {
			match = match && whole[i+j] == part[j]
		}
		if match {
			return true
		}
	}
	return false
}
