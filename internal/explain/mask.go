package explain

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
)

// hidden are the members of what the journal keeps that nobody gets to see: what would let
// somebody into a call (tokens, Microsoft's incoming call context, what a dialog is ended
// with), and state that is the engine's own.
var hidden = []string{"dialog", "token", "context", "state", "secret", "told", "authorization"}

// spoken are those that say what was said or pressed, which is shown to whom recordings are.
var spoken = []string{"tones", "stop_tones", "speech", "phrase", "phrases", "text", "ssml", "choice", "recognized", "words"}

const redacted = `"[redacted]"`

// clean takes the secrets out of what is kept.
func clean(raw json.RawMessage) json.RawMessage {
	return rewrite(raw, func(name string, value any) any {
		if _, word := value.(string); word && name == "state" { // how an operation stands, not what a flow keeps
			return value
		}
		if value != nil && slices.Contains(hidden, name) {
			return json.RawMessage(redacted)
		}
		return value
	})
}

// Mask returns the explanation for somebody who must not see all of it: telephone numbers
// are cut to their last three digits, and what was said or pressed is left out.
func (x Explanation) Mask(numbers, words bool) Explanation {
	x.Lines = slices.Clone(x.Lines)
	for i, l := range x.Lines {
		if numbers {
			l.What, l.Detail = Number(l.What), slices.Clone(l.Detail)
			for k, d := range l.Detail {
				l.Detail[k] = Number(d)
			}
		}
		l.Raw = rewrite(l.Raw, func(name string, value any) any {
			s, isText := value.(string)
			switch {
			case words && value != nil && slices.Contains(spoken, name) && (name != "text" || l.Leg == ""): // that of a leg is a cause
				return json.RawMessage(redacted)
			case numbers && isText:
				return Number(s)
			}
			return value
		})
		if l.Message != nil {
			m := readMessage(MaskMessage(l.Message.SIPMessage, numbers, words))
			l.Message = &m
		}
		x.Lines[i] = l
	}
	return x
}

// numberForm is a telephone number in E.164, or the user of a SIP or tel URI.
var numberForm = regexp.MustCompile(`(\+|\bsips?:\+?|\btel:\+?)([0-9]{3,12})([0-9]{3})\b`)

// bareForm is a whole text, or what follows its first word, that is a number as dialled.
var bareForm = regexp.MustCompile(`^((?:from|to|who|outside) )?[0-9]{3,12}([0-9]{3})$`)

// Number cuts the telephone numbers in a text to their last three digits.
func Number(text string) string {
	return bareForm.ReplaceAllString(numberForm.ReplaceAllString(text, "$1…$3"), "$1…$2")
}

// rewrite passes each member of a JSON text through change. A text that is no JSON is left
// out, for nobody knows what is in it.
func rewrite(raw json.RawMessage, change func(name string, value any) any) json.RawMessage {
	if len(raw) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	out, err := json.Marshal(walk("", v, change))
	if err != nil {
		return nil
	}
	return out
}

func walk(name string, v any, change func(string, any) any) any {
	v = change(name, v)
	switch v := v.(type) {
	case map[string]any:
		for k, member := range v {
			v[k] = walk(k, member, change)
		}
	case []any:
		for i, member := range v {
			v[i] = walk(name, member, change)
		}
	}
	return v
}
