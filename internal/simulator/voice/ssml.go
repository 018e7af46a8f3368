package voice

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// markup is SSML after checking.
type markup struct {
	text     string // all its words
	language string // xml:lang of the root
	clean    string // the same for espeak-ng
}

// passed are the elements, and of them the attributes, that reach espeak-ng.
// Everything else loses its tags and keeps its words: voices have Microsoft's
// names, mstts: is Microsoft's own, and espeak-ng would open the files that
// audio names.
var passed = map[string][]string{
	"p": nil, "s": nil,
	"break":    {"time", "strength"},
	"emphasis": {"level"},
	"prosody":  {"rate", "pitch", "range", "volume"},
	"say-as":   {"interpret-as", "format", "detail"},
	"sub":      {"alias"},
}

// maxDepth of elements; no sensible prompt comes near it.
const maxDepth = 64

// parseSSML reads well-formed XML whose root is speak.
func parseSSML(source string) (markup, error) {
	d := xml.NewDecoder(strings.NewReader(source))
	// It came out of JSON, so it is UTF-8 whatever it declares.
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var m markup
	var text, clean strings.Builder
	depth, roots := 0, 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return markup{}, fmt.Errorf("SSML: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return markup{}, fmt.Errorf("SSML: elements are nested deeper than %d", maxDepth)
			}
			if depth == 1 {
				if roots++; t.Name.Local != "speak" || roots > 1 {
					return markup{}, fmt.Errorf("SSML: <%s> at the top, want one <speak>", t.Name.Local)
				}
				m.language = attribute(t, "lang")
			}
			open(&clean, t)
		case xml.EndElement:
			depth--
			if _, ok := passed[t.Name.Local]; ok {
				clean.WriteString("</" + t.Name.Local + ">")
			}
			text.WriteByte(' ') // words of two elements are two words
		case xml.CharData:
			if depth == 0 && strings.TrimSpace(string(t)) != "" {
				return markup{}, errors.New("SSML: text outside of <speak>")
			}
			text.Write(t)
			escape(&clean, string(t))
		}
	}
	if roots == 0 {
		return markup{}, errors.New("SSML: no <speak>")
	}
	m.text = text.String()
	m.clean = "<speak>" + clean.String() + "</speak>"
	return m, nil
}

// open writes the start tag of an element that may pass.
func open(b *strings.Builder, t xml.StartElement) {
	attributes, ok := passed[t.Name.Local]
	if !ok {
		return
	}
	b.WriteString("<" + t.Name.Local)
	for _, a := range t.Attr {
		if slices.Contains(attributes, a.Name.Local) {
			b.WriteString(" " + a.Name.Local + `="`)
			escape(b, a.Value)
			b.WriteByte('"')
		}
	}
	b.WriteByte('>')
}

func escape(b *strings.Builder, text string) {
	_ = xml.EscapeText(b, []byte(text)) // a strings.Builder takes everything
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
