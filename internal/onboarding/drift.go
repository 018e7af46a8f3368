package onboarding

import (
	"context"
	"slices"
	"strings"
	"time"

	"tandem/internal/call"
	"tandem/internal/check"
	"tandem/internal/tenant"
)

// CallEnd is how the ringing of one person from one resource ended, in any call.
type CallEnd struct {
	Call     string
	Resource string
	OID      string
	Code     int // Call Automation's
	SubCode  int
	Answered bool
	At       time.Time
}

// CallEnded learns from a call: federation is proved again and again by calls
// that people make anyway. The first refusal makes the grant doubtful while the
// call ends, a second one takes it away; an answer proves it.
func (s *Service) CallEnded(ctx context.Context, t tenant.ID, e CallEnd) error {
	a := judged(e)
	at := e.At
	if at.IsZero() {
		at = s.Now()
	}
	changed, err := s.learn(ctx, t, Tandem(), sign{
		call: e.Call, resource: e.Resource, oid: e.OID, check: "call", at: at, final: true,
		verdict: a.Verdict, cure: a.Cure, code: e.Code, subCode: e.SubCode, message: a.Message, answered: e.Answered,
	})
	if err != nil || !changed {
		return err
	}
	return s.advance(ctx, t, Tandem())
}

func judged(e CallEnd) check.Attempt {
	one := call.Attempt{Outcome: call.Outcome{Code: e.Code, SubCode: e.SubCode}}
	if e.Answered {
		one.Joined = time.Unix(1, 0) // when does not matter to the judge
	}
	return check.Judge(call.CDR{Attempts: []call.Attempt{one}})
}

// sign is what the end of one person's ringing says.
type sign struct {
	call, resource, oid string
	check               string
	at                  time.Time
	final               bool // if only claimed, federation has had its time
	verdict             check.Verdict
	cure                check.Cure
	code, subCode       int
	message             string
	answered            bool
}

// learn brings the end of a ringing to the ledger and to the person.
func (s *Service) learn(ctx context.Context, t tenant.ID, by Actor, e sign) (changed bool, err error) {
	if o, speaks := e.federation(); speaks && e.resource != "" {
		if changed, err = s.settle(ctx, t, by, o); err != nil {
			return changed, err
		}
	}
	oid := strings.ToLower(e.oid)
	if oid == "" {
		return changed, nil
	}
	if e.rang() {
		if err := s.Store.MarkRang(ctx, t, oid, e.at); err != nil {
			return changed, err
		}
	}
	if e.verdict != check.Authorised && e.cure != check.FederationPolicy {
		return changed, nil
	}
	return changed, s.notePolicy(ctx, t, oid, e)
}

// federation is what the end says about the grant, if it says anything.
//
// 7604 may be the list of the tenant or the policy of one person (§3.6). It makes
// a doubt; only a refusal that depends on somebody else confirms it.
func (e sign) federation() (o observation, speaks bool) {
	o = observation{
		kind: tenant.Federation, subject: e.resource, at: e.at, check: e.check, final: e.final, lost: tenant.Missing,
		evidence: object{"call": e.call, "oid": e.oid, "code": e.code, "sub_code": e.subCode, "message": e.message, "answered": e.answered},
	}
	switch {
	case e.verdict == check.Authorised:
		o.ok = true
		return o, true
	case e.verdict != check.NotYet:
		return o, false
	}
	switch e.cure {
	case check.FederationPolicy:
		o.code, o.by = string(check.FederationPolicy), e.oid
	case check.FederationSwitch, check.FederationList, check.Federation:
		o.code = "federation_missing"
	default: // refused for something that is not the tenant's doing
		return o, false
	}
	o.message = e.message
	return o, true
}

// rang says that Teams rang on desktop or web: it let the call through, and the
// person was not just in another one.
func (e sign) rang() bool {
	return e.verdict == check.Authorised && !busy(e.code, e.subCode)
}

// busy says that the person was in another call.
func busy(code, subCode int) bool {
	return code == 486 || code == 600 || subCode == 8539 || subCode == 8540
}

// notePolicy keeps what only a call can tell about a person's policy.
func (s *Service) notePolicy(ctx context.Context, t tenant.ID, oid string, e sign) error {
	found, err := s.Store.StandingsByOID(ctx, t, []string{oid})
	if err != nil || len(found) == 0 {
		return err
	}
	st := found[0].Standing
	i := policyItem(e)
	at := slices.IndexFunc(st.Items, func(i tenant.Item) bool { return i.Name == itemPolicy })
	switch {
	case at >= 0 && st.Items[at].State == i.State:
		return nil // nothing new
	case at >= 0:
		st.Items = slices.Clone(st.Items)
		st.Items[at] = i
	case i.State == tenant.ItemOK && st.CheckedAt.IsZero():
		return nil // the first look at the person puts it in
	default:
		st.Items = append(slices.Clone(st.Items), i)
	}
	st.Tenant, st.Agent = t, found[0].ID
	if st.CheckedAt.IsZero() {
		st.CheckedAt = e.at
	}
	st.Ready = ready(st.Items)
	return s.Store.SaveStandings(ctx, t, []tenant.Standing{st})
}

func policyItem(e sign) tenant.Item {
	i := tenant.Item{Name: itemPolicy, CheckedAt: e.at, Check: strings.ReplaceAll(e.check, "_", " "), Seen: e.message, State: tenant.ItemOK}
	if e.verdict != check.Authorised {
		i.State = tenant.ItemFailed
		i.Cure = cureOf(string(check.FederationPolicy)).cure
	}
	return i
}
