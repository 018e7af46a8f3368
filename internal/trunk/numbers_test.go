package trunk_test

import (
	"testing"

	"pgregory.net/rapid"

	"tandem/internal/trunk"
)

// TestNumbers: how carriers write numbers, and back.
func TestNumbers(t *testing.T) {
	numbers, err := trunk.CompileNumbers([]trunk.NumberRule{
		{trunk.CalledIn, `00(\d+)`, "+$1"},
		{trunk.CalledIn, `0(\d+)`, "+49$1"},
		{trunk.CalledIn, `9(\d{4})`, "+493023125$1"}, // an extension behind a prefix
		{trunk.CallerIn, `(\d{8,})`, "+$1"},
		{trunk.CalledOut, `\+49(\d+)`, "0$1"},
		{trunk.CalledOut, `\+(\d+)`, "00$1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		to        trunk.Applies
		from, was string
	}{
		{trunk.CalledIn, "004930123", "+4930123"}, {trunk.CalledIn, "030123", "+4930123"}, {trunk.CalledIn, "95000", "+4930231255000"},
		{trunk.CalledIn, "+4930123", "+4930123"}, {trunk.CalledIn, "x004930123", "x004930123"}, {trunk.CallerIn, "4930123456", "+4930123456"},
		{trunk.CallerIn, "004930123", "+004930123"}, {trunk.CalledOut, "+4930123", "030123"}, {trunk.CalledOut, "+1201555", "001201555"},
		{trunk.CallerOut, "+4930123", "+4930123"},
	} {
		if got := numbers.Rewrite(c.to, c.from); got != c.was {
			t.Errorf("%s %s: %s, want %s", c.to, c.from, got, c.was)
		}
	}
	if _, err := trunk.CompileNumbers([]trunk.NumberRule{{trunk.CalledIn, "(", ""}}); err == nil {
		t.Error("an expression without end is taken")
	}
}

// TestNoRules: without a rule of its kind a number stays as it is.
func TestNoRules(t *testing.T) {
	numbers, err := trunk.CompileNumbers([]trunk.NumberRule{{trunk.CallerOut, ".*", "x"}})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.String().Draw(t, "number")
		if numbers.Rewrite(trunk.CalledIn, n) != n || (trunk.Numbers{}).Rewrite(trunk.CallerOut, n) != n {
			t.Errorf("%q changed", n)
		}
	})
}
