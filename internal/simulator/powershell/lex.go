package powershell

import (
	"fmt"
	"strings"
	"unicode"
)

// Error is what is wrong with a script, and where.
type Error struct {
	Line int
	Text string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }

// Kinds of tokens.
const (
	end      = iota // of the script
	stop            // of a statement: a new line or a semicolon
	word            // Get-CsOnlineUser, Global, if
	variable        // $list, without its dollar
	literal         // 'text'
	number
	option // -TenantId, and operators such as -ne, without the hyphen
	symbol // ( ) { } | , = + . @(
)

type token struct {
	kind, line int
	text       string
	glued      bool // no space before it
	expands    bool // a string in double quotes
}

// lex splits a script. Line breaks inside parentheses or behind | and , are
// spaces.
func lex(script string) ([]token, error) {
	var list []token
	line, depth, text := 1, []rune{}, []rune(script)
	space := true
	add := func(kind int, s string, expands bool) {
		list = append(list, token{kind, line, s, !space, expands})
		space = false
	}
	for i := 0; i < len(text); {
		c := text[i]
		rest := string(text[i:min(i+2, len(text))])
		switch {
		case c == '\n' || c == ';':
			last := token{kind: stop}
			if len(list) > 0 {
				last = list[len(list)-1]
			}
			joined := c == '\n' && (last.kind == symbol && strings.Contains("|,=+({", last.text) || len(depth) > 0 && depth[len(depth)-1] == '(')
			if !joined && last.kind != stop {
				add(stop, "", false)
			}
			if c == '\n' {
				line++
			}
			space = true
			i++
		case unicode.IsSpace(c):
			space = true
			i++
		case c == '`' && i+1 < len(text) && (text[i+1] == '\n' || text[i+1] == '\r'): // goes on in the next line
			for i++; i < len(text) && text[i] != '\n'; i++ {
			}
			i++
			line++
			space = true
		case c == '#':
			for i < len(text) && text[i] != '\n' {
				i++
			}
		case c == '\'' || c == '"':
			s, n, err := quoted(text[i:], line)
			if err != nil {
				return nil, err
			}
			add(literal, s, c == '"')
			line += strings.Count(string(text[i:i+n]), "\n")
			i += n
		case c == '$':
			j := i + 1
			for j < len(text) && (isName(text[j])) {
				j++
			}
			if j == i+1 {
				return nil, &Error{line, "a $ without a name"}
			}
			add(variable, string(text[i+1:j]), false)
			i = j
		case rest == "@(":
			depth = append(depth, '(')
			add(symbol, "@(", false)
			i += 2
		case strings.ContainsRune("(){}|,=+.", c):
			switch {
			case c == '(' || c == '{':
				depth = append(depth, c)
			case (c == ')' || c == '}') && len(depth) > 0:
				depth = depth[:len(depth)-1]
			}
			add(symbol, string(c), false)
			i++
		case unicode.IsDigit(c):
			j := i
			for j < len(text) && unicode.IsDigit(text[j]) {
				j++
			}
			add(number, string(text[i:j]), false)
			i = j
		case c == '-' && i+1 < len(text) && unicode.IsLetter(text[i+1]):
			j := i + 1
			for j < len(text) && isName(text[j]) {
				j++
			}
			add(option, string(text[i+1:j]), false)
			i = j
		case unicode.IsLetter(c) || c == '_':
			j := i
			for j < len(text) && (isName(text[j]) || strings.ContainsRune("-@.:", text[j])) {
				j++
			}
			add(word, string(text[i:j]), false)
			i = j
		default:
			return nil, &Error{line, fmt.Sprintf("unexpected character %q", c)}
		}
	}
	return append(list, token{kind: stop, line: line}, token{kind: end, line: line}), nil
}

func isName(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) || c == '_' }

// quoted reads a string, whose quote is doubled inside, and how long it is in the
// script.
func quoted(text []rune, line int) (string, int, error) {
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		if text[i] != text[0] {
			b.WriteRune(text[i])
			continue
		}
		if i+1 >= len(text) || text[i+1] != text[0] {
			return b.String(), i + 1, nil
		}
		b.WriteRune(text[0])
		i++
	}
	return "", 0, &Error{line, "The string is missing the terminator."}
}
