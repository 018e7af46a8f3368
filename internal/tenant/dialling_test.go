package tenant_test

import (
	"slices"
	"testing"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

func TestDiallingRefuses(t *testing.T) {
	own := []string{"+493012345678", "+12125550100"}
	for _, c := range []struct {
		prefixes []string
		number   string
		code     string
	}{
		{nil, "+4989123456", ""}, {nil, "+14155550123", ""},
		{nil, "+33123456789", "destination_refused"}, {nil, "+491801234567", "destination_costly"}, {nil, "+4990012345", "destination_costly"},
		{nil, "+18095550123", "destination_costly"}, {nil, "0301234", "e164_invalid"},
		{[]string{"+33"}, "+33123456789", ""}, {[]string{"+33"}, "+4989123456", "destination_refused"},
		{[]string{"+33"}, "+33891234567", "destination_costly"}, {[]string{"+33", "+3389"}, "+33891234567", ""},
		{[]string{"+4930"}, "+4930123456", ""}, {[]string{"+4930"}, "+4989123456", "destination_refused"},
		{[]string{"+49180"}, "+491801234567", ""}, {[]string{"+979"}, "+979123456789", ""},
		{nil, "+49841123456", ""}, {[]string{"+44"}, "+448431234567", "destination_costly"}, // Ingolstadt, and a British number that charges for a service
	} {
		d := tenant.Dialling{Prefixes: c.prefixes, MaxLegs: 1}
		if err := d.Refuses(c.number, own); fault.CodeOf(err) != c.code && (err != nil || c.code != "") {
			t.Errorf("%v, %s: %v, want %q", c.prefixes, c.number, err, c.code)
		}
	}
	if err := (tenant.Dialling{}).Refuses("+4930123456", nil); fault.CodeOf(err) != "destination_refused" {
		t.Errorf("a tenant without a number: %v", err)
	}
}

func TestCountryCode(t *testing.T) {
	for number, want := range map[string]string{
		"+493012345": "+49", "+12125550100": "+1", "+79161234567": "+7", "+35312345678": "+353", "+97912345": "+979", "4930123456": "", "+49": "",
	} {
		if got := tenant.CountryCode(number); got != want {
			t.Errorf("%s: %q, want %q", number, got, want)
		}
	}
}

func TestDiallingIsValid(t *testing.T) {
	d := tenant.Dialling{Prefixes: []string{"+49", "+33", "+49"}, MaxLegs: 5}.Normalize()
	if !slices.Equal(d.Prefixes, []string{"+33", "+49"}) || d.Validate() != nil {
		t.Errorf("%+v: %v", d, d.Validate())
	}
	for _, bad := range []tenant.Dialling{
		{Prefixes: []string{"49"}}, {Prefixes: []string{"+"}}, {Prefixes: []string{"+0"}}, {Prefixes: []string{"+4x"}}, {MaxLegs: -1}, {MaxLegs: 1001},
	} {
		if bad.Validate() == nil {
			t.Errorf("%+v passed", bad)
		}
	}
}
