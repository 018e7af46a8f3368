package graph

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// predicate decides about one entity by its properties.
type predicate func(get func(property string) any) bool

// maxDepth keeps nested expressions within reason.
const maxDepth = 32

// parseSearch reads $search for directory objects: clauses "property:text" in
// double quotes, AND before OR, parentheses (facts/entra-graph-teams.md §2.4).
// Properties are those that can be searched, with whether they are tokenised.
func parseSearch(text string, properties map[string]bool) (predicate, error) {
	p := &searchParser{text: text, properties: properties}
	all, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.at < len(text) {
		return nil, p.unexpected()
	}
	return all, nil
}

type searchParser struct {
	text       string
	at         int
	properties map[string]bool
}

func (p *searchParser) space() {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
}

func (p *searchParser) unexpected() error {
	if p.at >= len(p.text) {
		return fmt.Errorf("Syntax error: unexpected end at position %d in '%s'.", p.at, p.text) //nolint:staticcheck // Microsoft's words
	}
	return fmt.Errorf("Syntax error: character '%c' is not valid at position %d in '%s'.", []rune(p.text[p.at:])[0], p.at, p.text) //nolint:staticcheck // Microsoft's words
}

func (p *searchParser) word(word string) bool {
	p.space()
	rest, found := strings.CutPrefix(p.text[p.at:], word)
	if !found || rest != "" && !strings.ContainsRune(` "(`, rune(rest[0])) {
		return false
	}
	p.at += len(word)
	return true
}

func (p *searchParser) or(depth int) (predicate, error) {
	return p.chain("OR", depth, p.and, func(a, b predicate) predicate {
		return func(get func(string) any) bool { return a(get) || b(get) }
	})
}

func (p *searchParser) and(depth int) (predicate, error) {
	return p.chain("AND", depth, p.clause, func(a, b predicate) predicate {
		return func(get func(string) any) bool { return a(get) && b(get) }
	})
}

func (p *searchParser) chain(word string, depth int, part func(int) (predicate, error), join func(a, b predicate) predicate) (predicate, error) {
	all, err := part(depth)
	for err == nil && p.word(word) {
		var next predicate
		if next, err = part(depth); err == nil {
			all = join(all, next)
		}
	}
	return all, err
}

func (p *searchParser) clause(depth int) (predicate, error) {
	p.space()
	if p.at >= len(p.text) || depth > maxDepth {
		return nil, p.unexpected()
	}
	switch p.text[p.at] {
	case '(':
		p.at++
		inner, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if p.space(); p.at >= len(p.text) || p.text[p.at] != ')' {
			return nil, p.unexpected()
		}
		p.at++
		return inner, nil
	case '"':
		return p.quoted()
	}
	return nil, p.unexpected()
}

func (p *searchParser) quoted() (predicate, error) {
	var b strings.Builder
	for p.at++; ; p.at++ {
		if p.at >= len(p.text) {
			return nil, p.unexpected()
		}
		switch c := p.text[p.at]; c {
		case '"':
			p.at++
			return p.matcher(b.String())
		case '\\':
			if p.at++; p.at >= len(p.text) || p.text[p.at] != '"' && p.text[p.at] != '\\' {
				return nil, p.unexpected()
			}
			b.WriteByte(p.text[p.at])
		case '&': // a known problem, even when it is encoded
			return nil, p.unexpected()
		default:
			b.WriteByte(c)
		}
	}
}

func (p *searchParser) matcher(clause string) (predicate, error) {
	name, text, found := strings.Cut(clause, ":")
	for property, tokenised := range p.properties {
		if !found || !strings.EqualFold(property, name) {
			continue
		}
		if text == "" {
			return nil, fmt.Errorf("Invalid $search clause: '%s'.", clause) //nolint:staticcheck // Microsoft's words
		}
		if !tokenised {
			return func(get func(string) any) bool { return hasPrefixFold(textOf(get(property)), text) }, nil
		}
		wanted := tokens(text)
		return func(get func(string) any) bool {
			there := tokens(textOf(get(property)))
			return len(wanted) > 0 && !slices.ContainsFunc(wanted, func(w string) bool {
				return !slices.ContainsFunc(there, func(t string) bool { return strings.HasPrefix(t, w) })
			})
		}, nil
	}
	return nil, fmt.Errorf("Invalid $search clause: '%s'.", clause) //nolint:staticcheck // Microsoft's words
}

func textOf(v any) string {
	s, _ := v.(string)
	return s
}

func hasPrefixFold(s, prefix string) bool {
	return strings.HasPrefix(strings.ToLower(s), strings.ToLower(prefix))
}

// tokens are the words of a text in lower case: it is split at spaces and
// symbols, between letters and digits, and where a capital follows a small letter.
func tokens(text string) []string {
	var list []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			list = append(list, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	var last rune
	for _, r := range text {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r):
			end()
		default:
			if unicode.IsDigit(r) != unicode.IsDigit(last) || unicode.IsUpper(r) && unicode.IsLower(last) {
				end()
			}
			word = append(word, r)
		}
		last = r
	}
	end()
	return list
}
