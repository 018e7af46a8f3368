package trunk

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tandem/internal/fault"
)

// Domain is one of those in which a resource may have trunks. Microsoft proves by a TXT
// record that it is ours, which is a person's work in the portal: there is no API for it
// (facts/direct-routing.md §1.7). A whole FQDN may stand here too.
type Domain struct {
	Name    string `json:"name"`
	Enabled bool   `json:"enabled"`
}

// MaxTXT is the length of the text of a TXT record in bytes (RFC 1035 §3.3.14).
const MaxTXT = 255

// DomainMark is what people say that they have done about a domain of a resource.
type DomainMark struct {
	Resource  ResourceID
	Name      string
	TXT       string // what the portal wants the record to say; "": not told
	Published Done   // the record is in DNS
	Verified  Done   // the portal has looked, and was content
}

// Done says who has done something, and when; the zero value: nobody yet.
type Done struct {
	By By
	At time.Time
}

// Set notes that something is done, by whom if it was not before, or that it is not.
func (d *Done) Set(done bool, by By, now time.Time) {
	switch {
	case !done:
		*d = Done{}
	case d.At.IsZero():
		*d = Done{by, now}
	}
}

// Validate reports everything wrong with a mark.
func (m DomainMark) Validate() error {
	var p fault.Problems
	checkTrunkName(&p, "domain", m.Name)
	if len(m.TXT) > MaxTXT {
		p.Add("txt", "at most %d bytes", MaxTXT)
	}
	return p.Err("domain_invalid", "the domain is not valid")
}

// DomainState is how far a domain is.
type DomainState string

const (
	DomainOpen      DomainState = "open"      // nobody has done anything that we know of
	DomainPublished DomainState = "published" // somebody says that the TXT record is in DNS
	DomainClaimed   DomainState = "claimed"   // somebody says that the portal was content; Microsoft does not say so yet
	DomainVerified  DomainState = "verified"  // Microsoft says so, or has the trunk of this very name
)

// DomainStanding is a domain with all that is known of it.
type DomainStanding struct {
	Name   string
	State  DomainState
	Mark   DomainMark
	Trunks []string // that need it: new ones, as Microsoft has the others already
}

// Domains are those that new trunks of a document need, those that Microsoft lists, and
// those that somebody has marked, by name.
func Domains(desired, observed Routing, marks []DomainMark) []DomainStanding {
	desired, observed = desired.Normalize(), observed.Normalize()
	all := map[string]*DomainStanding{}
	of := func(name string) *DomainStanding {
		if all[name] == nil {
			all[name] = &DomainStanding{Name: name, State: DomainOpen}
		}
		return all[name]
	}
	for _, m := range marks {
		s := of(m.Name)
		s.Mark = m
		switch {
		case !m.Verified.At.IsZero():
			s.State = DomainClaimed
		case !m.Published.At.IsZero():
			s.State = DomainPublished
		}
	}
	for _, d := range observed.Domains {
		if s := of(d.Name); d.Enabled {
			s.State = DomainVerified
		}
	}
	for name, s := range all {
		if observed.Has(name) { // the whole name of a trunk that Microsoft took
			s.State = DomainVerified
		}
	}
	for _, t := range desired.Trunks {
		if !observed.Has(t.FQDN) {
			s := of(domainOf(t.FQDN, all))
			s.Trunks = append(s.Trunks, t.FQDN)
		}
	}
	list := make([]DomainStanding, 0, len(all))
	for _, s := range all {
		list = append(list, *s)
	}
	slices.SortFunc(list, func(a, b DomainStanding) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// domainOf is the domain by which a trunk is proved: one that is verified if there is one,
// else its whole name if people work on that, else all but the first label.
func domainOf(fqdn string, all map[string]*DomainStanding) string {
	_, parent, _ := strings.Cut(fqdn, ".")
	for _, name := range []string{fqdn, parent} {
		if s := all[name]; s != nil && s.State == DomainVerified {
			return name
		}
	}
	if all[fqdn] != nil {
		return fqdn
	}
	return parent
}

// Doubts are the notes on what shall be, given what Microsoft says of its side: domains that
// somebody has still to verify, trunks that were switched off.
func Doubts(desired, observed Routing, marks []DomainMark) []Note {
	desired, observed = desired.Normalize(), observed.Normalize()
	notes := desired.Notes()
	for _, t := range observed.Trunks {
		if t.Disabled && desired.Has(t.FQDN) {
			notes = append(notes, Note{NoteDisabled, t.FQDN, fmt.Sprintf("trunk %s is switched off at Microsoft: switch it on in the Azure portal", t.FQDN)})
		}
	}
	return append(notes, Unverified(desired, observed, marks)...)
}

// Unverified are the notes on domains of new trunks of which Microsoft does not say that
// they are verified: it refuses the trunks if they are not.
func Unverified(desired, observed Routing, marks []DomainMark) []Note {
	var notes []Note
	for _, d := range Domains(desired, observed, marks) {
		if d.State == DomainVerified {
			continue
		}
		for _, fqdn := range d.Trunks {
			notes = append(notes, Note{NoteDomain, fqdn, fmt.Sprintf("Microsoft does not list the domain %s of trunk %s as verified, and refuses the trunk if it is not: %s", d.Name, fqdn, d.next())})
		}
	}
	return notes
}

// next is what is to be done about a domain, with what was done already.
func (d DomainStanding) next() string {
	switch m := d.Mark; d.State {
	case DomainClaimed:
		return fmt.Sprintf("%s says that the portal has verified it (%s); look there if the plan is refused", m.Verified.By.name(), day(m.Verified.At))
	case DomainPublished:
		return fmt.Sprintf("%s has put the TXT record into DNS (%s); have the Azure portal verify it, under Direct routing, Domains", m.Published.By.name(), day(m.Published.At))
	}
	return fmt.Sprintf("in the Azure portal, under Direct routing, Domains, add %s, put the TXT record shown there into DNS, and verify it", d.Name)
}

func day(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 MST") }
