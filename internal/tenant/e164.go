package tenant

import "tandem/internal/fault"

// The length of an E.164 number in digits, country code included. Fifteen is
// ITU-T E.164 §6.1; the lower bound is ours and keeps out extensions.
const (
	minDigits = 5
	maxDigits = 15
)

// ParseE164 checks that s is a number in its one canonical form: "+", then
// digits without separators. Nothing is repaired, because "0049 30" and "+4930"
// would otherwise be two keys of one number.
func ParseE164(s string) (string, error) {
	if !validE164(s) {
		return "", fault.Invalid("e164_invalid", "a number is written +, country code and number, digits only: +493012345678")
	}
	return s, nil
}

func validE164(s string) bool {
	if len(s) < 1+minDigits || len(s) > 1+maxDigits || s[0] != '+' || s[1] == '0' {
		return false
	}
	for _, c := range []byte(s[1:]) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
