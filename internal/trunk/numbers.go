package trunk

import (
	"fmt"
	"regexp"

	"tandem/internal/fault"
)

// Applies says to which numbers of a peer a rule applies.
type Applies string

const (
	CalledIn  Applies = "called_in"  // the number that the peer calls
	CallerIn  Applies = "caller_in"  // who calls, as the peer says
	CalledOut Applies = "called_out" // the number that is dialled at the peer
	CallerOut Applies = "caller_out" // who calls, as the peer is told
)

// NumberRule rewrites a number between how a peer writes it and E.164. The first rule of
// its kind that matches counts; a number that none matches stays as it is.
type NumberRule struct {
	AppliesTo Applies `json:"applies_to"`
	Match     string  `json:"match"`   // regular expression (RE2) of the whole number
	Replace   string  `json:"replace"` // $1 is the first group
}

// maxNumberRules of one peer, and the longest expression in characters.
const (
	maxNumberRules = 32
	maxExpression  = 200
)

// Numbers are the rules of a peer, ready to be used. The zero value changes nothing.
type Numbers struct{ rules []compiled }

type compiled struct {
	applies Applies
	match   *regexp.Regexp
	replace string
}

// CompileNumbers makes rules ready. Its error names the first that cannot be read.
func CompileNumbers(rules []NumberRule) (Numbers, error) {
	var n Numbers
	for i, r := range rules {
		match, err := regexp.Compile(`^(?:` + r.Match + `)$`)
		if err != nil {
			return Numbers{}, fault.Internal("number_rule_unreadable", fmt.Sprintf("rule %d of the peer's numbers is no regular expression", i+1)).Because(err)
		}
		n.rules = append(n.rules, compiled{r.AppliesTo, match, r.Replace})
	}
	return n, nil
}

// Rewrite applies the first rule that matches.
func (n Numbers) Rewrite(to Applies, number string) string {
	for _, r := range n.rules {
		if r.applies == to && r.match.MatchString(number) {
			return r.match.ReplaceAllString(number, r.replace)
		}
	}
	return number
}

func checkNumberRules(bad *fault.Problems, rules []NumberRule) {
	if len(rules) > maxNumberRules {
		bad.Add("number_rules", "at most %d", maxNumberRules)
	}
	for i, r := range rules {
		at := fmt.Sprintf("number_rules[%d].", i)
		switch r.AppliesTo {
		case CalledIn, CallerIn, CalledOut, CallerOut:
		default:
			bad.Add(at+"applies_to", "must be one of %s, %s, %s, %s", CalledIn, CallerIn, CalledOut, CallerOut)
		}
		if r.Match == "" || len(r.Match) > maxExpression {
			bad.Add(at+"match", "must have 1 to %d characters", maxExpression)
		} else if _, err := regexp.Compile(r.Match); err != nil {
			bad.Add(at+"match", `must be a regular expression such as 00(\d+); a plus sign is written \+`)
		}
		if len(r.Replace) > maxExpression {
			bad.Add(at+"replace", "at most %d characters", maxExpression)
		}
	}
}
