package tenant

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tandem/internal/fault"
)

// Dialling is what a tenant lets be dialled at its expense: telephones that are
// added to its calls. Without rules of its own it is [DefaultDialling].
type Dialling struct {
	Tenant ID
	// Prefixes of the numbers that may be dialled, with the +; empty: the countries
	// of the tenant's own numbers.
	Prefixes  []string
	MaxLegs   int    // telephones called at once, rung ones included; 0: none
	Peer      string // name of the peer that dials them; "": the one of the home region
	ChangedAt time.Time
}

// Limits of the rules.
const (
	MaxDialPrefixes = 100
	MaxDialLegs     = 1000
	defaultDialLegs = 10
)

// DefaultDialling is for a tenant that nobody made rules for.
func DefaultDialling(t ID) Dialling { return Dialling{Tenant: t, MaxLegs: defaultDialLegs} }

// Normalize sorts the prefixes, each once.
func (d Dialling) Normalize() Dialling {
	d.Prefixes = slices.Compact(slices.Sorted(slices.Values(d.Prefixes)))
	return d
}

// Validate reports everything wrong with the rules.
func (d Dialling) Validate() error {
	var p fault.Problems
	if len(d.Prefixes) > MaxDialPrefixes {
		p.Add("prefixes", "at most %d", MaxDialPrefixes)
	}
	for i, s := range d.Prefixes {
		if rest, ok := strings.CutPrefix(s, "+"); !ok || rest == "" || rest[0] == '0' || len(rest) > maxDigits || strings.Trim(rest, "0123456789") != "" {
			p.Add(fmt.Sprintf("prefixes[%d]", i), "must be + and the first digits of numbers, such as +49 or +4930")
		}
	}
	if d.MaxLegs < 0 || d.MaxLegs > MaxDialLegs {
		p.Add("max_legs", "must be from 0 (none) to %d", MaxDialLegs)
	}
	return p.Err("dialling_invalid", "the rules for dialling are not valid")
}

// Refuses says why a number may not be dialled; nil if it may. own are numbers of
// the tenant's. What costs more than an ordinary call is refused unless a prefix
// of the tenant's own rules names it at least as exactly as we do.
func (d Dialling) Refuses(number string, own []string) error {
	if _, err := ParseE164(number); err != nil {
		return err
	}
	allowed := d.Prefixes
	if len(allowed) == 0 {
		for _, n := range own {
			allowed = append(allowed, CountryCode(n))
		}
	}
	best := ""
	for _, prefix := range allowed {
		if prefix != "" && len(prefix) > len(best) && strings.HasPrefix(number, prefix) {
			best = prefix
		}
	}
	if best == "" {
		return fault.Forbidden("destination_refused", "the tenant's rules for dialling do not let this number be called; see PUT /v1/tenants/{tenant}/dialling")
	}
	for _, costly := range costly {
		if strings.HasPrefix(number, costly) && (len(d.Prefixes) == 0 || len(best) < len(costly)) {
			return fault.Forbidden("destination_costly", "numbers that begin with "+costly+" are dialled only for a tenant whose rules name them")
		}
	}
	return nil
}

// twoDigits are the country codes of two digits (ITU-T E.164, list of assigned
// codes); 1 and 7 have one, all others three.
const twoDigits = " 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 "

// CountryCode is the country code of a number, with the +; "" if it has none.
func CountryCode(number string) string {
	digits, ok := strings.CutPrefix(number, "+")
	switch {
	case !ok || len(digits) < minDigits:
		return ""
	case digits[0] == '1' || digits[0] == '7':
		return number[:2]
	case strings.Contains(twoDigits, " "+digits[:2]+" "):
		return number[:3]
	}
	return number[:4]
}

// costly are the beginnings of numbers at which callers pay the callee, or a
// satellite, more than for an ordinary call: those of international services, of
// the larger national plans, and the islands that share +1 and that fraud likes
// best. It is no complete list: no such list exists, which is why the countries
// come first.
var costly = []string{
	"+808", "+870", "+878", "+881", "+882", "+883", "+888", "+979",
	"+1900", "+1976", "+1242", "+1246", "+1264", "+1268", "+1284", "+1345", "+1441", "+1473", "+1649", "+1664", "+1721", "+1758", "+1767", "+1784", "+1809",
	"+1829", "+1849", "+1868", "+1869", "+1876", "+1658",
	"+4487", "+449", "+4470", "+4484", "+49137", "+49180", "+49900", "+49118", "+3190", "+32900", "+32902", "+32903", "+32904", "+32905", "+32906", "+32907",
	"+32908", "+32909", "+3389", "+34803", "+34806", "+34807", "+3989", "+41900", "+41901", "+41906", "+43810", "+43820", "+43821", "+43900", "+43901",
	"+43930", "+43931", "+4590", "+4699", "+46939", "+46944", "+4782", "+48700", "+48701", "+48703", "+48704", "+48708", "+61190",
}
