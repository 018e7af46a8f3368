package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"tandem/internal/fault"
)

func TestKindAndCodeSurviveWrapping(t *testing.T) {
	err := fmt.Errorf("load the tenant: %w", fault.Unavailable("database_away", "the database does not answer").Because(io.ErrUnexpectedEOF))
	if k := fault.KindOf(err); k != fault.KindUnavailable {
		t.Errorf("kind %q", k)
	}
	if c := fault.CodeOf(err); c != "database_away" {
		t.Errorf("code %q", c)
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
}

func TestUnclassifiedIsInternal(t *testing.T) {
	if k, c := fault.KindOf(io.EOF), fault.CodeOf(io.EOF); k != fault.KindInternal || c != "internal" {
		t.Errorf("%q %q", k, c)
	}
	if k, c := fault.KindOf(nil), fault.CodeOf(nil); k != fault.KindNone || c != "" {
		t.Errorf("nil: %q %q", k, c)
	}
}

func TestBecauseLeavesTheOriginalAlone(t *testing.T) {
	original := fault.Conflict("taken", "taken already")
	_ = original.Because(io.EOF)
	if original.Err != nil {
		t.Error("the original carries the cause")
	}
}

func TestProblems(t *testing.T) {
	var none fault.Problems
	if err := none.Err("x", "x"); err != nil {
		t.Errorf("no problem, but %v", err)
	}
	var inner, outer fault.Problems
	inner.Add("oid", "must be a UUID")
	inner.Add("", "is empty")
	outer.Add("name", "must have at most %d characters", 3)
	outer.Under("agents[2]", inner.Err("agent_invalid", "the agent is not valid"))
	outer.Under("agents[3]", nil)
	var same fault.Problems
	if same.Under("", inner.Err("x", "x")); same.Err("x", "x").Error() != "x: oid: must be a UUID; : is empty" {
		t.Error(same.Err("x", "x"))
	}
	err := outer.Err("request_invalid", "the request is not valid")
	want := "the request is not valid: name: must have at most 3 characters; agents[2].oid: must be a UUID; agents[2]: is empty"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
