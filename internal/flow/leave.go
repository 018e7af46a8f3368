package flow

import (
	"tandem/internal/call"
	"tandem/internal/tenant"
)

// What a flow does to be rid of the caller. A transfer is one of the call's operations,
// and its failure leads on. A redirect is for a call that was not taken yet, so it comes
// before all steps that are heard; hours and redirects are gone through as soon as the
// call is there.

func (r *run) transfer(b Transfer) {
	if !r.s.Begun {
		to, known := r.d.people[tenant.AgentID(b.Agent)]
		if !known {
			r.enter(b.Failed)
			return
		}
		r.s.Op = r.operate(call.Operation{Kind: call.Transfer, Target: call.Customer, To: &to})
		r.s.Begun = true
		return
	}
	switch o, over := r.operation(r.s.Op); {
	case !over: // and when it is done, the call is none of the flow's any more
	case b.NoAnswer != "" && (o.Outcome.Class == call.ClassNoAnswer || o.Outcome.Class == call.ClassDeclined || o.Outcome.Class == call.ClassBusy):
		r.enter(b.NoAnswer)
	default:
		r.enter(b.Failed)
	}
}

// early reports whether a call can still be redirected, and the document may want that.
func (d Document) early(c call.Call) bool {
	for _, b := range d.Steps {
		if b.Redirect != nil {
			return c.Phase == call.Routing && c.Permit(call.RedirectAsked{}) == nil
		}
	}
	return false
}

// before goes through what needs no answered caller.
func (r *run) before() {
	if r.s.Step == "" {
		r.enter(r.d.start())
		return
	}
	switch b, _ := r.d.block(r.s.Step); {
	case b.Hours != nil:
		r.hours(*b.Hours)
	case b.Redirect != nil:
		r.redirect(*b.Redirect)
	}
}

func (r *run) redirect(b Redirect) {
	to, known := r.d.people[tenant.AgentID(b.Agent)]
	if !known {
		r.enter(b.Failed)
		return
	}
	r.want(call.RedirectAsked{To: to})
}

func (r *run) hours(b Hours) {
	if b.open(r.at) {
		r.enter(b.Open)
		return
	}
	r.enter(b.Closed)
}
