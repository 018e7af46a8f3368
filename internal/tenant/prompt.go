package tenant

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"tandem/internal/fault"
)

// PromptID names a prompt: a UUID in lower case. It is not secret.
type PromptID string

// Limits of prompts.
const (
	MaxPrompts        = 500 // of one tenant
	MaxPromptName     = 100 // characters
	MaxPromptDuration = 10 * time.Minute
	MaxPromptUpload   = 25 << 20 // bytes of the file that is sent
)

// PromptRate is that of what is played, in samples a second: Microsoft takes WAV,
// mono, linear with 16 bits at this rate (facts/call-automation.md §7).
const PromptRate = 16_000

// Prompt is sound that a tenant plays to callers.
type Prompt struct {
	ID       PromptID
	Tenant   ID
	Name     string // unique in the tenant
	Language string // of what is said, a BCP 47 tag such as en-GB; "" if there is none
	// Version rises from 1 with each new audio, and is part of where that is
	// fetched, so that nobody plays what he kept of an older one.
	Version   int
	Duration  time.Duration // whole milliseconds
	Size      int64         // of the WAV file that is played, in bytes
	CreatedAt time.Time
	ChangedAt time.Time
}

// language is the form of a BCP 47 tag (RFC 5646 §2.1); which subtags there are
// is in a registry of thousands, and nothing here depends on it.
var language = regexp.MustCompile(`^[a-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)

const maxLanguage = 35 // characters (RFC 5646 §4.4.1)

// Normalize puts what was typed into the form that is compared and stored: of the
// language, en-GB and zh-Hant (RFC 5646 §2.1.1).
func (p Prompt) Normalize() Prompt {
	p.Name = strings.TrimSpace(p.Name)
	subtags := strings.Split(strings.ToLower(strings.TrimSpace(p.Language)), "-")
	for i, s := range subtags {
		switch {
		case i == 0 || len(subtags[i-1]) == 1: // the language, or behind the mark of an extension
		case len(s) == 2:
			subtags[i] = strings.ToUpper(s)
		case len(s) == 4:
			subtags[i] = strings.ToUpper(s[:1]) + s[1:]
		}
	}
	p.Language = strings.Join(subtags, "-")
	return p
}

// Validate reports everything wrong with what people say of a prompt; its sound
// is looked at where it is converted.
func (p Prompt) Validate() error {
	var all fault.Problems
	if p.Name == "" || utf8.RuneCountInString(p.Name) > MaxPromptName || !showable(p.Name) {
		all.Add("name", "must be printable text of 1 to %d characters, without spaces at its ends", MaxPromptName)
	}
	if p.Language != "" && (len(p.Language) > maxLanguage || !language.MatchString(p.Language)) {
		all.Add("language", "must be a language tag (BCP 47) such as en-GB, or left out")
	}
	return all.Err("prompt_invalid", "the prompt is not valid")
}
