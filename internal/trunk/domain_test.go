package trunk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/fault"
	"tandem/internal/trunk"
)

// TestDomains: who needs which, and how far each is by what people and Microsoft say.
func TestDomains(t *testing.T) {
	at := time.Date(2026, 11, 30, 14, 2, 0, 0, time.UTC)
	ana := trunk.Done{By: trunk.By{ID: "user:1", Name: "Ana Ruiz"}, At: at}
	desired := trunk.Routing{}
	for _, fqdn := range []string{"a.open.example", "b.open.example", "a.txt.example", "a.claimed.example", "a.whole.example", "a.listed.example", "c.listed.example", "there.example.net"} {
		desired.Trunks = append(desired.Trunks, trunk.Registered{FQDN: fqdn, Port: 1})
	}
	observed := trunk.Routing{
		Trunks:  []trunk.Registered{{FQDN: "there.example.net", Port: 1}},
		Domains: []trunk.Domain{{Name: "listed.example", Enabled: true}, {Name: "txt.example"}, {Name: "spare.example", Enabled: true}},
	}
	marks := []trunk.DomainMark{
		{Name: "txt.example", Published: ana}, {Name: "claimed.example", Published: ana, Verified: ana}, {Name: "a.whole.example", Published: ana},
		{Name: "there.example.net", Published: ana}, // and Microsoft has taken the trunk
		{Name: "c.listed.example"},                  // somebody began with the whole name, which is not needed
	}
	var got []string
	for _, d := range trunk.Domains(desired, observed, marks) {
		got = append(got, fmt.Sprintf("%s %s %v", d.Name, d.State, d.Trunks))
	}
	want := []string{
		"a.whole.example published [a.whole.example]", "c.listed.example open []", "claimed.example claimed [a.claimed.example]",
		"listed.example verified [a.listed.example c.listed.example]", "open.example open [a.open.example b.open.example]",
		"spare.example verified []", "there.example.net verified []", "txt.example published [a.txt.example]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	notes := map[string]string{}
	for _, n := range trunk.Unverified(desired, observed, marks) {
		notes[n.Subject] = n.Text
	}
	for fqdn, says := range map[string]string{
		"a.open.example": "add open.example", "b.open.example": "add open.example", "a.txt.example": "Ana Ruiz has put the TXT record into DNS (2026-11-30 14:02 UTC)",
		"a.claimed.example": "Ana Ruiz says that the portal has verified it", "a.whole.example": "domain a.whole.example of trunk a.whole.example",
	} {
		if !strings.Contains(notes[fqdn], says) {
			t.Errorf("of %s: %q", fqdn, notes[fqdn])
		}
	}
	if len(notes) != 5 {
		t.Errorf("%q", notes)
	}
}

// TestMarksKeepWhoBegan: saying it again changes nothing, taking it back all.
func TestMarksKeepWhoBegan(t *testing.T) {
	var d trunk.Done
	first := time.Date(2026, 11, 30, 14, 2, 0, 0, time.UTC)
	d.Set(true, trunk.By{ID: "user:1"}, first)
	d.Set(true, trunk.By{ID: "user:2"}, first.Add(time.Hour))
	if d.By.ID != "user:1" || !d.At.Equal(first) {
		t.Errorf("%+v", d)
	}
	if d.Set(false, trunk.By{ID: "user:2"}, first); d != (trunk.Done{}) {
		t.Errorf("%+v", d)
	}
	err := trunk.DomainMark{Name: "no", TXT: strings.Repeat("x", trunk.MaxTXT+1)}.Validate()
	if fault.CodeOf(err) != "domain_invalid" || !strings.Contains(err.Error(), "domain: ") || !strings.Contains(err.Error(), "txt: ") {
		t.Error(err)
	}
}
