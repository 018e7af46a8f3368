package powershell

import (
	"strconv"
	"strings"
	"unicode"
)

// Operators by how strongly they bind.
var (
	logicals    = map[string]bool{"and": true, "or": true}
	comparisons = map[string]bool{"eq": true, "ne": true, "gt": true, "ge": true, "lt": true, "le": true, "contains": true, "notcontains": true, "in": true, "notin": true}
)

// constants are variables that nobody sets.
var constants = map[string]any{"true": true, "false": false, "null": nil}

// operator takes one of these operators, and returns it in lower case.
func (p *parser) operator(these map[string]bool) string {
	mark := p.at
	p.space()
	if !isDash(p.peek()) || !unicode.IsLetter(p.look(1)) {
		p.back(mark)
		return ""
	}
	switch word := p.word(1); {
	case these[word]:
		p.at += 1 + len(word)
		p.operand("-" + word)
		return word
	case logicals[word] || comparisons[word]:
		p.back(mark)
	default:
		p.fail(span{p.at, p.at + 1 + len([]rune(word))}, notHere, "the operator -"+word)
	}
	return ""
}

// operand goes on to the value behind an operator.
func (p *parser) operand(operator string) {
	p.lines()
	if c := p.peek(); c == eof || strings.ContainsRune(")};|", c) {
		p.fail(span{p.at, p.at + 1}, noOperand, operator)
	}
}

// logical parses an expression: -and and -or bind alike.
func (p *parser) logical() expression {
	if p.depth++; p.depth > maxDepth {
		p.fail(span{p.at, p.at + 1}, tooComplex)
	}
	defer func() { p.depth-- }()
	left := p.comparison()
	for op := p.operator(logicals); op != ""; op = p.operator(logicals) {
		first, second := left, p.comparison()
		left = func(r *runner) (any, error) {
			v, err := first(r)
			if err != nil || truth(v) != (op == "and") {
				return op == "or", err
			}
			v, err = second(r)
			return truth(v), err
		}
	}
	return left
}

func (p *parser) comparison() expression {
	from := p.at
	left := p.sum()
	for op := p.operator(comparisons); op != ""; op = p.operator(comparisons) {
		left = both(left, p.sum(), func(a, b any) (any, error) { return compare(op, a, b) }, span{from, p.at})
	}
	return left
}

func (p *parser) sum() expression {
	from := p.at
	left := p.unary()
	for {
		mark := p.at
		if p.space(); !p.take("+") {
			p.back(mark)
			return left
		}
		p.operand("+")
		left = both(left, p.unary(), add, span{from, p.at})
	}
}

func both(left, right expression, do func(a, b any) (any, error), where span) expression {
	return func(r *runner) (any, error) {
		a, err := left(r)
		if err != nil {
			return nil, err
		}
		b, err := right(r)
		if err != nil {
			return nil, err
		}
		v, err := do(a, b)
		return v, located(err, "InvalidOperation", where)
	}
}

func (p *parser) unary() expression {
	p.space()
	switch c := p.peek(); {
	case c == '!', isDash(c) && p.word(1) == "not":
		if p.at++; c != '!' {
			p.at += len("not")
		}
		if p.depth++; p.depth > maxDepth {
			p.fail(span{p.at, p.at + 1}, tooComplex)
		}
		defer func() { p.depth-- }()
		p.operand("-not")
		value := p.unary()
		return func(r *runner) (any, error) {
			v, err := value(r)
			return !truth(v), err
		}
	case isDash(c) && unicode.IsDigit(p.look(1)):
		p.at++
		return p.number("-")
	}
	return p.commas(p.primary)
}

// primary parses one value with the properties that are asked of it.
func (p *parser) primary() expression {
	var e expression
	switch c := p.peek(); {
	case c == '$' && p.look(1) == '(':
		e = p.sub(noSubBracket, collapse)
	case c == '@' && p.look(1) == '(':
		e = p.sub(noBracket, func(values list) any { return values })
	case c == '$':
		name := p.variable()
		e = func(r *runner) (any, error) { return r.variables[name], nil }
	case c == '(':
		p.at++
		if p.lines(); p.peek() == ')' {
			p.fail(span{p.at, p.at + 1}, "An expression was expected after '('.")
		}
		e = p.pipeline()
		p.lines()
		p.expect(')', noBracket)
	case isSingle(c):
		e = always(p.single())
	case isDouble(c):
		e = p.double()
	case unicode.IsDigit(c):
		e = p.number("")
	case c == '@' || c == '[' || c == '{':
		p.failHere(notHere)
	default:
		p.failHere(unexpected)
	}
	for {
		switch c := p.peek(); {
		case c == '.' && (unicode.IsLetter(p.look(1)) || p.look(1) == '_'):
			p.at++
			of, name := e, p.name()
			e = func(r *runner) (any, error) {
				v, err := of(r)
				return property(v, name), err
			}
			if p.peek() == '(' {
				p.fail(span{p.at - len([]rune(name)), p.at}, notHere, "the method "+name)
			}
		case c == '[':
			p.failHere(notHere)
		default:
			return e
		}
	}
}

// sub parses $( ) or @( ).
func (p *parser) sub(missing string, of func(list) any) expression {
	p.at += 2
	do := p.body(')', missing)
	return func(r *runner) (any, error) {
		values, err := r.collect(do)
		return of(values), err
	}
}

// variable takes a variable and returns its name in lower case.
func (p *parser) variable() string {
	from := p.at
	p.take("$")
	name := p.name()
	switch {
	case name == "":
		p.fail(span{from, from + 1}, badVariable)
	case p.peek() == ':' && isName(p.look(1)):
		p.fail(span{from, p.at}, notHere, "$"+name+":")
	}
	return strings.ToLower(name)
}

func (p *parser) number(sign string) expression {
	from := p.at
	digits := p.name()
	n, err := strconv.Atoi(sign + digits)
	if err != nil || p.peek() == '.' && !unicode.IsLetter(p.look(1)) {
		p.fail(span{from, p.at}, notHere, "the number "+sign+digits)
	}
	return always(n)
}

// single takes a string in single quotes, which are doubled inside.
func (p *parser) single() string {
	var b strings.Builder
	from := p.at
	for p.at++; ; p.at++ {
		switch c := p.peek(); {
		case c == eof:
			p.fail(span{from, from + 1}, noTerminator, '\'')
			return ""
		case isSingle(c):
			if p.at++; !isSingle(p.peek()) {
				return b.String()
			}
		}
		b.WriteRune(p.peek())
	}
}

// escapes behind a back tick; others stand for themselves.
var escapes = map[rune]rune{'n': '\n', 'r': '\r', 't': '\t', '0': 0}

// double parses a string in double quotes with what is expanded in it.
func (p *parser) double() expression {
	var parts []expression
	var b strings.Builder
	part := func(e expression) { parts, b = append(parts, always(b.String()), e), strings.Builder{} }
	from := p.at
	for p.at++; ; {
		c := p.peek()
		switch {
		case c == eof:
			p.fail(span{from, from + 1}, noTerminator, '"')
			return always("")
		case c == '$' && p.look(1) == '(':
			part(p.sub(noSubBracket, collapse))
			continue
		case c == '$' && p.look(1) == '{':
			p.failHere(notHere)
			continue
		case c == '$' && isName(p.look(1)):
			name := p.variable()
			part(func(r *runner) (any, error) { return r.variables[name], nil })
			continue
		case c == '`' && p.look(1) != eof:
			p.at++
			c = p.peek()
			if e, special := escapes[c]; special {
				c = e
			}
		case isDouble(c):
			if p.at++; !isDouble(p.peek()) {
				part(always(nil))
				where := span{from, p.at}
				return func(r *runner) (any, error) { return expand(r, parts, where) }
			}
		}
		b.WriteRune(c)
		p.at++
	}
}

func expand(r *runner, parts []expression, where span) (any, error) {
	var b strings.Builder
	for _, e := range parts {
		v, err := e(r)
		if err != nil {
			return nil, err
		}
		if b.WriteString(show(v)); b.Len() > maxText {
			return nil, located(problem(tooMuch), "InvalidOperation", where)
		}
	}
	return b.String(), nil
}
