package acs

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tandem/internal/call"
)

// A row for every line of facts/call-automation.md §14, then the classes of
// codes that are not listed there.
func TestClassify(t *testing.T) {
	for _, v := range []struct {
		code, sub int
		want      call.Class
	}{
		{200, 0, call.ClassEnded},
		{487, 10004, call.ClassNoAnswer},
		{487, 10024, call.ClassDeclined},
		{603, 0, call.ClassDeclined},
		{487, 10003, call.ClassUnknown},
		{480, 10037, call.ClassUnavailable},
		{480, 10076, call.ClassUnavailable},
		{480, 10077, call.ClassUnavailable},
		{480, 10078, call.ClassUnavailable},
		{0, 8539, call.ClassBusy},
		{486, 8539, call.ClassBusy},
		{486, 560486, call.ClassBusy},
		{0, 8540, call.ClassBusy},
		{400, 8538, call.ClassDeclined},
		{404, 8541, call.ClassUnavailable},
		{500, 8544, call.ClassUnavailable},
		{0, 8542, call.ClassCancelled},
		{200, 5300, call.ClassCancelled},
		{408, 10057, call.ClassTimeout},
		{408, 4506, call.ClassTimeout},
		{410, 301004, call.ClassMedia},
		{410, 301005, call.ClassMedia},
		{403, 5223, call.ClassNotAllowed},
		{403, 5221, call.ClassNotAllowed},
		{403, 5222, call.ClassNotAllowed},
		{403, 7604, call.ClassNotAllowed},
		{403, 7605, call.ClassNotAllowed},
		{403, 7502, call.ClassNotAllowed},
		{403, 7600, call.ClassNotAllowed},
		{403, 7504, call.ClassMisconfigured},
		{403, 7505, call.ClassMisconfigured},
		{403, 7507, call.ClassMisconfigured},
		{403, 10105, call.ClassMisconfigured},
		{400, 8523, call.ClassMisconfigured},
		{404, 8522, call.ClassGone},
		{400, 8528, call.ClassGone},
		{0, 5000, call.ClassEnded},
		{0, 5300, call.ClassEnded},
		{0, 5003, call.ClassDeclined},
		{200, 5001, call.ClassEnded},
		{0, 7000, call.ClassEnded},
		{200, 7000, call.ClassEnded},
		{0, 0, call.ClassEnded},
		{487, 0, call.ClassEnded},
		{496, 7, call.ClassMedia},
		{0, 4521, call.ClassMedia},
		// neighbours
		{0, 560000, call.ClassEnded},
		{200, 540000, call.ClassEnded},
		{487, 540487, call.ClassEnded},
		{403, 510403, call.ClassNotAllowed},
		{403, 510586, call.ClassNotAllowed},
		{404, 580404, call.ClassUnknown},
		{412, 10073, call.ClassMisconfigured},
		{403, 10151, call.ClassMisconfigured},
		{480, 560480, call.ClassUnavailable},
		{603, 560603, call.ClassDeclined},
		{0, 560486, call.ClassBusy},
		{0, 560603, call.ClassDeclined},
		{405, 8522, call.ClassMisconfigured}, // not the 404 of the same sub-code
		{401, 7509, call.ClassMisconfigured},
		{400, 8501, call.ClassUnknown},
		{429, 8516, call.ClassThrottled},
		{400, 8585, call.ClassUnknown},
		// by the class of the code
		{200, 4711, call.ClassEnded},
		{400, 0, call.ClassMisconfigured},
		{401, 0, call.ClassMisconfigured},
		{403, 4711, call.ClassNotAllowed},
		{404, 4711, call.ClassUnknown},
		{408, 4711, call.ClassTimeout},
		{429, 0, call.ClassThrottled},
		{480, 4711, call.ClassUnavailable},
		{486, 0, call.ClassBusy},
		{487, 4711, call.ClassNoAnswer},
		{500, 9999, call.ClassUnknown},
		{503, 0, call.ClassUnknown},
		{504, 0, call.ClassTimeout},
		{600, 0, call.ClassBusy},
		{603, 4711, call.ClassDeclined},
		{604, 0, call.ClassUnavailable},
		{0, 4711, call.ClassUnknown},
		{-5, -5, call.ClassUnknown},
	} {
		if got := classify(v.code, v.sub); got != v.want {
			t.Errorf("%d/%d: %s, want %s", v.code, v.sub, got, v.want)
		}
	}
}

// No row of the table hides another one.
func TestRulingsAreReachable(t *testing.T) {
	seen := map[string]string{}
	for _, r := range rulings {
		key := fmt.Sprintf("%d/%d", r.code, r.sub)
		if before, twice := seen[key]; twice {
			t.Errorf("%s stands twice: %q and %q", key, before, r.meaning)
		}
		seen[key] = r.meaning
		if _, hidden := seen[fmt.Sprintf("%d/%d", anyCode, r.sub)]; hidden && r.code != anyCode {
			t.Errorf("%s is hidden by the row for any code", key)
		}
		code := r.code
		if code == anyCode {
			code = 999
		}
		if got := classify(code, r.sub); got != r.class {
			t.Errorf("%s: %s, want %s", key, got, r.class)
		}
	}
}

func TestClassifyIsTotal(t *testing.T) {
	classes := map[call.Class]bool{
		call.ClassEnded: true, call.ClassNoAnswer: true, call.ClassDeclined: true, call.ClassBusy: true, call.ClassUnavailable: true,
		call.ClassNotAllowed: true, call.ClassMisconfigured: true, call.ClassCancelled: true, call.ClassMedia: true,
		call.ClassTimeout: true, call.ClassThrottled: true, call.ClassUnknown: true, call.ClassGone: true,
	}
	rapid.Check(t, func(t *rapid.T) {
		if got := classify(rapid.Int().Draw(t, "code"), rapid.Int().Draw(t, "sub")); !classes[got] {
			t.Fatalf("class %q", got)
		}
	})
}

func TestEnding(t *testing.T) {
	for _, v := range []struct {
		r    *result
		want call.Class
	}{
		{nil, call.ClassEnded},
		{&result{Code: 200, SubCode: 5300}, call.ClassEnded}, // we were removed, or everybody was
		{&result{Code: 200, SubCode: 5003}, call.ClassEnded},
		{&result{Code: 603}, call.ClassDeclined},
		{&result{Code: 410, SubCode: 301005}, call.ClassMedia},
	} {
		if got := v.r.ending(call.ClassEnded); got.Class != v.want {
			t.Errorf("%+v: %s, want %s", v.r, got.Class, v.want)
		}
	}
}

func TestBrief(t *testing.T) {
	long := strings.Repeat("é", 400)
	got := brief(long)
	if len(got) > 520 || !strings.HasSuffix(got, "é…") {
		t.Errorf("cut to %d bytes: …%s", len(got), got[len(got)-8:])
	}
	if brief("short") != "short" {
		t.Error("a short text was changed")
	}
}
