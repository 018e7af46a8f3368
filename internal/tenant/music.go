package tenant

import "tandem/internal/fault"

// HoldMusic is what is heard on hold: one of the words, or the id of a prompt of the
// tenant's, which is played again and again.
type HoldMusic string

// The words.
const (
	HoldMelody  HoldMusic = "melody" // a quiet tune of ours
	HoldSilence HoldMusic = "silence"
)

// Prompt is the prompt that is played; "" if none is.
func (m HoldMusic) Prompt() PromptID {
	if m == HoldMelody || m == HoldSilence {
		return ""
	}
	return PromptID(m)
}

// CheckHoldMusic notes what is wrong with it; whether there is such a prompt is known to the store.
func CheckHoldMusic(p *fault.Problems, path string, m HoldMusic) {
	if m == HoldMelody || m == HoldSilence {
		return
	}
	if id, err := ParsePromptID(string(m)); err != nil || string(id) != string(m) {
		p.Add(path, "must be %s, %s or the id of a prompt, a UUID in lower case", HoldMelody, HoldSilence)
	}
}
