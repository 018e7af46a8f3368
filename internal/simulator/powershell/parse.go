package powershell

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// expression is a compiled expression or pipeline: its value when it runs.
type expression func(*runner) (any, error)

// body is compiled statements.
type body []func(*runner) error

// span is a part of the script, in runes.
type span struct{ from, to int }

const (
	eof      = rune(-1)
	maxDepth = 100 // of parentheses and blocks
)

// The words of PowerShell's ParserStrings.resx.
const (
	noBrace      = "Missing closing '}' in statement block or type definition."
	noBracket    = "Missing closing ')' in expression."
	noSubBracket = "Missing closing ')' in subexpression."
	noTerminator = "The string is missing the terminator: %c."
	noCondition  = "Missing condition in if statement after '%s ('."
	noOpening    = "Missing '(' after '%s' in if statement."
	noClosing    = "Missing closing ')' after expression in '%s' statement."
	noThen       = "Missing statement block after %s ( condition )."
	noElse       = "Missing statement block after 'else' keyword."
	badForeach   = "Missing %s foreach loop.\nThe correct form is: foreach ($a in $b) {...}"
	noOperand    = "You must provide a value expression following the '%s' operator."
	noFirst      = "Expressions are only allowed as the first element of a pipeline."
	emptyPipe    = "An empty pipe element is not allowed."
	badVariable  = "Variable reference is not valid. '$' was not followed by a valid variable name character. Consider using ${} to delimit the name."
	unexpected   = "Unexpected token '%s' in expression or statement."
	tooComplex   = "Processing was stopped because the script is too complex."
	notHere      = "%s: not known to this simulator"
)

// parser reads a script. After its first error it is at the end of the text, so
// that every loop of it ends.
type parser struct {
	text  []rune
	at    int
	depth int
	err   *Error
}

func (p *parser) look(ahead int) rune {
	if p.at+ahead < len(p.text) {
		return p.text[p.at+ahead]
	}
	return eof
}

func (p *parser) peek() rune { return p.look(0) }

func (p *parser) fail(where span, format string, args ...any) {
	if p.err == nil {
		p.err = &Error{Text: fmt.Sprintf(format, args...), who: "ParserError", where: where}
	}
	p.at = len(p.text)
}

// failHere names the token that the parser is at.
func (p *parser) failHere(format string) {
	end := p.at + 1
	for isName(p.peek()) && end < len(p.text) && isName(p.text[end]) {
		end++
	}
	token := string(p.text[min(p.at, len(p.text)):min(end, len(p.text))])
	if !strings.Contains(format, "%") {
		p.fail(span{p.at, end}, "%s", format)
		return
	}
	p.fail(span{p.at, end}, format, token)
}

// expect takes a character, or fails with these words.
func (p *parser) expect(c rune, missing string, args ...any) {
	if p.peek() != c {
		p.fail(span{p.at, p.at + 1}, missing, args...)
		return
	}
	p.at++
}

// take takes a text, if it is there.
func (p *parser) take(text string) bool {
	for i, c := range []rune(text) {
		if p.look(i) != c {
			return false
		}
	}
	p.at += len([]rune(text))
	return true
}

// back returns to a place, unless something is wrong.
func (p *parser) back(mark int) {
	if p.err == nil {
		p.at = mark
	}
}

// space goes on to the next token of the line, or of the next one behind a back
// tick.
func (p *parser) space() {
	for {
		switch c := p.peek(); {
		case c == '`' && p.look(1) == '\n':
			p.at += 2
		case c == '#':
			for p.peek() != '\n' && p.peek() != eof {
				p.at++
			}
		case c == '<' && p.look(1) == '#':
			from := p.at
			for p.at += 2; p.peek() != '#' || p.look(1) != '>'; p.at++ {
				if p.peek() == eof {
					p.fail(span{from, from + 2}, "The terminator '#>' is missing from the multiline comment.")
					return
				}
			}
			p.at += 2
		case c != '\n' && unicode.IsSpace(c):
			p.at++
		default:
			return
		}
	}
}

// lines goes on to the next token, in whatever line.
func (p *parser) lines() {
	for p.space(); p.peek() == '\n'; p.space() {
		p.at++
	}
}

func isName(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) || c == '_' }

// PowerShell takes all of these for a hyphen, and for quotes.
func isDash(c rune) bool   { return c == '-' || c >= '\u2013' && c <= '\u2015' }
func isSingle(c rune) bool { return c == '\'' || c >= '\u2018' && c <= '\u201b' }
func isDouble(c rune) bool { return c == '"' || c >= '\u201c' && c <= '\u201e' }

// word is the word that begins so far ahead, in lower case.
func (p *parser) word(ahead int) string {
	var b strings.Builder
	for ; isName(p.look(ahead)); ahead++ {
		b.WriteRune(unicode.ToLower(p.look(ahead)))
	}
	return b.String()
}

// name takes a name.
func (p *parser) name() string {
	from := p.at
	for isName(p.peek()) {
		p.at++
	}
	return string(p.text[from:p.at])
}

// body parses statements up to the character that closes them, which it takes.
func (p *parser) body(closing rune, missing string) body {
	var all body
	open := p.at - 1
	if p.depth++; p.depth > maxDepth {
		p.fail(span{open, p.at}, tooComplex)
	}
	defer func() { p.depth-- }()
	for {
		for p.lines(); p.peek() == ';'; p.lines() {
			p.at++
		}
		switch p.peek() {
		case closing:
			p.at = min(p.at+1, len(p.text))
			return all
		case eof:
			p.fail(span{open, open + 1}, "%s", missing)
			return all
		}
		all = append(all, p.statement())
		p.space()
		if c := p.peek(); c != '\n' && c != ';' && c != closing && c != eof {
			p.failHere(unexpected)
		}
	}
}

func (p *parser) block(missing string, args ...any) body {
	p.lines()
	p.expect('{', missing, args...)
	return p.body('}', noBrace)
}

// keywords are the language's; of them if and foreach are known, as statements.
var keywords = []string{"begin", "break", "catch", "class", "continue", "data", "do", "dynamicparam", "end", "enum", "exit", "filter", "finally", "for", "foreach", "function", "if", "param", "process", "return", "switch", "throw", "trap", "try", "until", "using", "while"}

// keyword is the keyword that the parser is at, if any.
func (p *parser) keyword() string {
	w := p.word(0)
	if after := p.look(len([]rune(w))); isDash(after) || after == '.' || !slices.Contains(keywords, w) {
		return ""
	}
	return w
}

func (p *parser) statement() func(*runner) error {
	switch p.keyword() {
	case "if":
		return p.conditional("if")
	case "foreach":
		return p.loop()
	}
	if p.peek() == '$' && p.look(1) != '(' {
		mark := p.at
		name := p.variable()
		p.space()
		where := span{mark, p.at}
		if adds := p.take("+="); adds || p.take("=") {
			if _, fixed := constants[name]; fixed {
				p.fail(where, "Cannot overwrite variable %s because it is read-only or constant.", name)
			}
			return p.assignment(name, adds, where)
		}
		p.back(mark)
	}
	value := p.pipeline()
	return func(r *runner) error {
		v, err := value(r)
		if err == nil {
			r.emit(enumerate(v))
		}
		return err
	}
}

func (p *parser) assignment(name string, adds bool, where span) func(*runner) error {
	p.operand("=")
	value := p.pipeline()
	return func(r *runner) error {
		v, err := value(r)
		if err == nil && adds {
			v, err = add(r.variables[name], v)
		}
		if err != nil {
			return located(err, "InvalidOperation", where)
		}
		r.variables[name] = v
		return nil
	}
}

func (p *parser) conditional(word string) func(*runner) error {
	p.at += len(word)
	p.lines()
	p.expect('(', noOpening, word)
	if p.lines(); p.peek() == ')' {
		p.fail(span{p.at, p.at + 1}, noCondition, word)
	}
	test := p.pipeline()
	p.lines()
	p.expect(')', noClosing, word)
	then := p.block(noThen, word)
	var otherwise body
	mark := p.at
	p.lines()
	switch p.word(0) {
	case "elseif":
		if p.depth++; p.depth > maxDepth {
			p.fail(span{p.at, p.at + 1}, tooComplex)
		}
		otherwise = body{p.conditional("elseif")}
		p.depth--
	case "else":
		p.at += len("else")
		otherwise = p.block(noElse)
	default:
		p.back(mark)
	}
	return func(r *runner) error {
		v, err := test(r)
		if err != nil {
			return err
		}
		if truth(v) {
			return r.run(then)
		}
		return r.run(otherwise)
	}
}

func (p *parser) loop() func(*runner) error {
	p.at += len("foreach")
	p.lines()
	p.expect('(', badForeach, "opening '(' after keyword in")
	p.lines()
	if p.peek() != '$' {
		p.failHere(fmt.Sprintf(badForeach, "variable name after"))
	}
	name := p.variable()
	p.lines()
	if p.word(0) != "in" {
		p.failHere(fmt.Sprintf(badForeach, "'in' after variable in"))
	}
	p.at = min(p.at+len("in"), len(p.text))
	p.lines()
	if p.peek() == ')' {
		p.failHere(fmt.Sprintf(badForeach, "expression in"))
	}
	value := p.pipeline()
	p.lines()
	p.expect(')', badForeach, "closing ')' after expression part of")
	do := p.block(badForeach, "statement body in")
	return func(r *runner) error {
		v, err := value(r)
		if v == nil || err != nil {
			return err
		}
		for _, item := range enumerate(v) {
			r.variables[name] = item
			if err := r.run(do); err != nil {
				return err
			}
		}
		return nil
	}
}

// pipeline parses an expression or a cmdlet, and what stands behind | . An
// expression alone keeps its value; of a pipeline the one is the one.
func (p *parser) pipeline() expression {
	p.space()
	var stages []command
	var head expression
	switch {
	case p.beginsExpression():
		head = p.logical()
	case p.keyword() != "":
		p.failHere(notHere)
	default:
		stages = append(stages, p.command())
	}
	for p.space(); p.peek() == '|'; p.space() {
		p.at++
		p.lines()
		switch {
		case p.peek() == eof || p.peek() == '|':
			p.fail(span{p.at, p.at + 1}, emptyPipe)
		case p.beginsExpression():
			p.failHere(noFirst)
		default:
			stages = append(stages, p.command())
		}
	}
	if len(stages) == 0 {
		return head
	}
	return func(r *runner) (any, error) {
		var values list
		if head != nil {
			v, err := head(r)
			if err != nil {
				return nil, err
			}
			values = enumerate(v)
		}
		for i, c := range stages {
			var err error
			if values, err = c.run(r, values, i > 0 || head != nil); err != nil {
				return nil, err
			}
		}
		return collapse(values), nil
	}
}

func (p *parser) beginsExpression() bool {
	c := p.peek()
	return strings.ContainsRune("$(@![{,", c) || isSingle(c) || isDouble(c) || isDash(c) || unicode.IsDigit(c)
}

// command is a cmdlet as it stands in a script.
type command struct {
	name      string
	at, where span // of the name, of all
	arguments []argument
}

// argument is a parameter, a value, or both if they are joined by a colon.
type argument struct {
	parameter string
	value     expression
	where     span
}

func (p *parser) command() command {
	from := p.at
	name := p.bare()
	if name == "" {
		p.failHere(unexpected)
	}
	c := command{name: name, at: span{from, p.at}}
	for {
		end := p.at
		p.space()
		start := p.at
		switch next := p.peek(); {
		case next == eof || strings.ContainsRune("\n;|)}", next):
			c.where = span{from, end}
			return c
		case isDash(next) && (unicode.IsLetter(p.look(1)) || p.look(1) == '_'):
			p.at++
			a := argument{parameter: p.name()}
			if p.take(":") {
				p.space()
				a.value = p.argument()
			}
			a.where = span{start, p.at}
			c.arguments = append(c.arguments, a)
		default:
			c.arguments = append(c.arguments, argument{value: p.argument(), where: span{start, p.at}})
		}
	}
}

// bare takes a word without quotes.
func (p *parser) bare() string {
	from := p.at
	for c := p.peek(); c != eof && !unicode.IsSpace(c) && !strings.ContainsRune("|&;,(){}$`<>=", c) && !isSingle(c) && !isDouble(c); c = p.peek() {
		p.at++
	}
	return string(p.text[from:p.at])
}

// argument parses a value behind a cmdlet, where a bare word is a text.
func (p *parser) argument() expression {
	one := func() expression {
		c := p.peek()
		var e expression
		switch {
		case c == '{':
			p.at++
			do := p.body('}', noBrace)
			e = func(*runner) (any, error) { return &do, nil }
		case c == '$' || c == '(' || c == '@' || isSingle(c) || isDouble(c):
			e = p.primary()
		default:
			word := p.bare()
			if word == "" {
				p.failHere(unexpected)
			}
			e = always(word)
			if n, err := strconv.Atoi(word); err == nil {
				e = always(n)
			}
		}
		if c := p.peek(); c != eof && !unicode.IsSpace(c) && !strings.ContainsRune("|;,)}`", c) {
			p.failHere(unexpected)
		}
		return e
	}
	return p.commas(one)
}

// commas parses one value, or an array of several.
func (p *parser) commas(one func() expression) expression {
	all := []expression{one()}
	for {
		mark := p.at
		if p.space(); p.peek() != ',' {
			p.back(mark)
			break
		}
		p.at++
		p.lines()
		all = append(all, one())
	}
	if len(all) == 1 {
		return all[0]
	}
	return func(r *runner) (any, error) {
		values := make(list, len(all))
		for i, e := range all {
			var err error
			if values[i], err = e(r); err != nil {
				return nil, err
			}
		}
		return values, nil
	}
}

func always(v any) expression { return func(*runner) (any, error) { return v, nil } }
