package check

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tandem/internal/fault"
	"tandem/internal/trunk"
)

// Registry keeps what resources shall have, and the revisions.
type Registry interface {
	Routing(ctx context.Context, of trunk.ResourceID) (trunk.Routing, error)
	CreateRevision(ctx context.Context, r trunk.Revision) (trunk.Revision, error)
	Revision(ctx context.Context, id trunk.RevisionID) (trunk.Revision, error)
	ListRevisions(ctx context.Context, of trunk.ResourceID, before trunk.RevisionID, limit int) ([]trunk.Revision, error)
	// BeginApply lets one apply to a resource at a time: fault.Conflict tells who does.
	BeginApply(ctx context.Context, id trunk.RevisionID, by trunk.By, patience time.Duration) (trunk.Revision, error)
	// EndApply makes the registry what was wanted, unless it failed.
	EndApply(ctx context.Context, id trunk.RevisionID, state trunk.RevisionState, reason string) (trunk.Revision, error)
	Activate(ctx context.Context, id trunk.RevisionID) error
	// DomainMarks are what people have said about domains of a resource.
	DomainMarks(ctx context.Context, of trunk.ResourceID) ([]trunk.DomainMark, error)
	// MarkDomain changes what is said of one, which may be new.
	MarkDomain(ctx context.Context, of trunk.ResourceID, name string, change func(*trunk.DomainMark)) (trunk.DomainMark, error)
}

// Far is the SIP routing of one resource at Microsoft.
type Far interface {
	Routing(ctx context.Context) (trunk.Routing, error)
	// PatchRouting is done as a whole or not at all. fault.Unavailable: one or the other.
	PatchRouting(ctx context.Context, p trunk.Patch) (trunk.Routing, error)
}

// Routings plans and applies the routing of resources.
type Routings struct {
	Registry Registry
	// Far finds the routing of a resource; fault.NotFound.
	Far func(ctx context.Context, of trunk.ResourceID) (Far, error)
	// CertificateNames are the DNS names of the certificate that a trunk of ours shows;
	// false for a trunk of others. Nil: none are known.
	CertificateNames func(fqdn string) ([]string, bool)
	// Proved reports whether OPTIONS both ways and a call have shown since a moment that a
	// trunk of ours works; true for a trunk of others, of which Microsoft's word has to do.
	Proved func(ctx context.Context, fqdn string, since time.Time) (bool, error)
}

// applyPatience is how long applying can take, and more: three requests of ten seconds.
const applyPatience = 2 * time.Minute

// Proposal is what a plan is made for.
type Proposal struct {
	Resource trunk.ResourceID
	// What shall be: a document, or that of a revision, or, without both, what the
	// registry has.
	Document   *trunk.Routing
	RollBackTo trunk.RevisionID
	Reason     string
	By         trunk.By
}

// Plan compares what shall be with what Microsoft has, and keeps the result, to be read and
// applied. Nothing else changes.
func (r *Routings) Plan(ctx context.Context, p Proposal) (trunk.Revision, error) {
	was, err := r.Registry.Routing(ctx, p.Resource)
	if err != nil {
		return trunk.Revision{}, err
	}
	known := []trunk.Routing{was}
	desired := was // in the order in which it was written, so that mistakes are found there
	switch {
	case p.Document != nil && p.RollBackTo != "":
		return trunk.Revision{}, fault.Invalid("plan_invalid", "give a document or a revision to roll back to, not both")
	case p.Document != nil:
		desired = p.Document.Plain()
	case p.RollBackTo != "":
		to, err := r.Registry.Revision(ctx, p.RollBackTo)
		if err != nil {
			return trunk.Revision{}, err
		}
		if to.Resource != p.Resource {
			return trunk.Revision{}, fault.Invalid("plan_invalid", fmt.Sprintf("the revision is of resource %s: name that one", to.Resource))
		}
		desired = to.Desired
		known = append(known, desired)
	}
	has, err := r.Observed(ctx, p.Resource)
	if err != nil {
		return trunk.Revision{}, err
	}
	if err := desired.Validate(append(known, has)...); err != nil {
		return trunk.Revision{}, err
	}
	return r.Registry.CreateRevision(ctx, trunk.Revision{
		Resource: p.Resource, Author: p.By, Reason: p.Reason, RollsBackTo: p.RollBackTo, Desired: desired.Wanted(), Base: has, State: trunk.Planned,
	})
}

// Observed is what Microsoft has for a resource.
func (r *Routings) Observed(ctx context.Context, of trunk.ResourceID) (trunk.Routing, error) {
	far, err := r.Far(ctx, of)
	if err != nil {
		return trunk.Routing{}, err
	}
	return far.Routing(ctx)
}

// Notes are what a person should know of a plan.
func (r *Routings) Notes(ctx context.Context, rev trunk.Revision) ([]trunk.Note, error) {
	marks, err := r.Registry.DomainMarks(ctx, rev.Resource)
	if err != nil {
		return nil, err
	}
	return append(trunk.Doubts(rev.Desired, rev.Base, marks), r.uncovered(rev)...), nil
}

// uncovered are trunks of this node whose certificate is for other names.
func (r *Routings) uncovered(rev trunk.Revision) (notes []trunk.Note) {
	if r.CertificateNames == nil {
		return nil
	}
	for _, t := range rev.Desired.Trunks {
		if names, ours := r.CertificateNames(t.FQDN); ours && !trunk.Covers(names, t.FQDN) {
			notes = append(notes, trunk.Note{Code: trunk.NoteCertificate, Subject: t.FQDN, Text: fmt.Sprintf(
				"the certificate of trunk %s is for %s: Microsoft refuses the connection; it must name the trunk, or *. and all but its first label", t.FQDN, strings.Join(names, ", "))})
		}
	}
	return notes
}

// Apply does what a plan says by one patch, if Microsoft still has what the plan was made
// for: otherwise fault.Conflict, and nothing is done. The registry follows.
func (r *Routings) Apply(ctx context.Context, id trunk.RevisionID, by trunk.By) (trunk.Revision, error) {
	rev, err := r.Registry.BeginApply(ctx, id, by, applyPatience)
	if err != nil {
		return trunk.Revision{}, err
	}
	failure := r.patch(ctx, rev)
	state, reason := trunk.Activating, ""
	if failure != nil {
		state, reason = trunk.Failed, reasonOf(failure)
	}
	// Who asked may be gone; what was done is written down all the same.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	ended, err := r.Registry.EndApply(end, id, state, reason)
	switch {
	case failure != nil:
		return ended, failure
	case err != nil:
		return rev, r.unfollowed(end, id, err)
	}
	return ended, nil
}

// unfollowed ends a plan that Microsoft has taken and the registry cannot follow, because
// somebody else has taken one of its trunks meanwhile: nobody shall wait for it. If it is the
// database that is away, who applies next gives the plan up, after applyPatience.
func (r *Routings) unfollowed(ctx context.Context, id trunk.RevisionID, why error) error {
	told := fault.Conflict("apply_not_followed", "Microsoft has taken the change, but the registry cannot follow ("+reasonOf(why)+"): mend that, then import the routing").Because(why)
	_, err := r.Registry.EndApply(ctx, id, trunk.Failed, told.Msg)
	if err != nil {
		return errors.Join(why, err)
	}
	return told
}

func reasonOf(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Msg
	}
	return err.Error()
}

// patch makes Microsoft's side what the revision wants.
func (r *Routings) patch(ctx context.Context, rev trunk.Revision) error {
	far, err := r.Far(ctx, rev.Resource)
	if err != nil {
		return err
	}
	has, err := far.Routing(ctx)
	if err != nil {
		return err
	}
	plan := rev.Plan()
	if has.Fingerprint() != plan.Base {
		var others []string
		for _, c := range trunk.NewPlan(has, rev.Base).Changes {
			others = append(others, strings.SplitN(c.String(), "\n", 2)[0])
		}
		return fault.Conflict("base_changed", "somebody has changed the resource at Microsoft since this was planned ("+strings.Join(others, "; ")+"): plan again")
	}
	if plan.Patch.Empty() { // which Microsoft would refuse
		return nil
	}
	got, err := far.PatchRouting(ctx, plan.Patch)
	if fault.KindOf(err) == fault.KindUnavailable {
		// It may have been done all the same.
		look, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
		defer cancel()
		var lookErr error
		if got, lookErr = far.Routing(look); lookErr != nil {
			return fault.Unavailable("apply_unknown", "Microsoft did not answer, so it is not known whether the change was made: plan again, which shows it").Because(errors.Join(err, lookErr))
		}
		if got.Fingerprint() == plan.Base {
			return err
		}
		err = nil
	}
	if err != nil {
		return r.unverified(ctx, rev, err)
	}
	if got.Fingerprint() != rev.Desired.Fingerprint() {
		return fault.Conflict("applied_otherwise", "Microsoft took the change, but has made something else of it: plan again, which shows it")
	}
	return nil
}

// unverified adds to a refusal what is known of the domains of new trunks, because Microsoft
// does not say that it was for them.
func (r *Routings) unverified(ctx context.Context, rev trunk.Revision, refusal error) error {
	if fault.CodeOf(refusal) != "routing_refused" {
		return refusal
	}
	marks, err := r.Registry.DomainMarks(ctx, rev.Resource)
	notes := trunk.Unverified(rev.Desired, rev.Base, marks)
	if err != nil || len(notes) == 0 {
		return refusal // which is what counts
	}
	text := reasonOf(refusal)
	for _, n := range notes {
		text += "\n" + n.Text
	}
	return fault.Conflict("domain_not_verified", text).Because(refusal)
}

// Domains are those of a resource, with what Microsoft and people say of them. Those of the
// newest plan are among them if it is still to be applied.
func (r *Routings) Domains(ctx context.Context, of trunk.ResourceID) ([]trunk.DomainStanding, error) {
	desired, err := r.Registry.Routing(ctx, of)
	if err != nil {
		return nil, err
	}
	newest, err := r.Registry.ListRevisions(ctx, of, "", 1)
	if err != nil {
		return nil, err
	}
	for _, rev := range newest {
		if rev.State == trunk.Planned || rev.State == trunk.Failed {
			desired = rev.Desired
		}
	}
	marks, err := r.Registry.DomainMarks(ctx, of)
	if err != nil {
		return nil, err
	}
	has, err := r.Observed(ctx, of)
	if err != nil {
		return nil, err
	}
	return trunk.Domains(desired, has, marks), nil
}

// DomainStep is what a person says that he has done about a domain.
type DomainStep struct {
	TXT                 *string // nil: as it was
	Published, Verified bool
	By                  trunk.By
}

// MarkDomain keeps what a person says, with who and when. It proves nothing: Microsoft does.
func (r *Routings) MarkDomain(ctx context.Context, of trunk.ResourceID, name string, step DomainStep) (trunk.DomainMark, error) {
	return r.Registry.MarkDomain(ctx, of, name, func(m *trunk.DomainMark) {
		now := time.Now().UTC()
		if step.TXT != nil {
			m.TXT = *step.TXT
		}
		m.Published.Set(step.Published, step.By, now)
		m.Verified.Set(step.Verified, step.By, now)
	})
}

// Import makes the registry what Microsoft has. It is a revision too, so that one can roll
// back to it.
func (r *Routings) Import(ctx context.Context, of trunk.ResourceID, reason string, by trunk.By) (trunk.Revision, error) {
	if _, err := r.Registry.Routing(ctx, of); err != nil {
		return trunk.Revision{}, err
	}
	has, err := r.Observed(ctx, of)
	if err != nil {
		return trunk.Revision{}, err
	}
	return r.Registry.CreateRevision(ctx, trunk.Revision{
		Resource: of, Author: by, Reason: reason, Desired: has.Wanted(), Base: has, State: trunk.Active,
	})
}

// Drift is how a resource stands.
type Drift struct {
	Changes  []trunk.Change // that would make of what Microsoft has what was applied last
	Inactive []string       // trunks that Microsoft does not take for active
	Unproved []string       // trunks of ours that nothing has proved since they were applied, while that is waited for
	Never    bool           // nothing was ever applied or imported, so nothing can have drifted
}

// Watch compares a resource with what was applied to it last. A revision that is activating
// becomes active when Microsoft hears every trunk of it, and OPTIONS both ways and a call
// have proved ours.
func (r *Routings) Watch(ctx context.Context, of trunk.ResourceID) (Drift, error) {
	last, err := r.InForce(ctx, of)
	if err != nil {
		return Drift{}, err
	}
	if last.ID == "" {
		return Drift{Never: true}, nil
	}
	has, err := r.Observed(ctx, of)
	if err != nil {
		return Drift{}, err
	}
	d := Drift{Changes: trunk.NewPlan(last.Desired, has).Changes}
	for _, t := range has.Trunks {
		if t.Disabled || t.Health == nil || t.Health.Overall != "active" {
			d.Inactive = append(d.Inactive, t.FQDN)
		}
	}
	if last.State != trunk.Activating || len(d.Changes) > 0 || len(d.Inactive) > 0 {
		return d, nil
	}
	for _, t := range last.Desired.Trunks {
		proved, err := r.Proved(ctx, t.FQDN, last.EndedAt)
		if err != nil {
			return Drift{}, err
		}
		if !proved {
			d.Unproved = append(d.Unproved, t.FQDN)
		}
	}
	if len(d.Unproved) > 0 {
		return d, nil
	}
	return d, r.Registry.Activate(ctx, last.ID)
}

// InForce is the revision that Microsoft should have; its id is "" if there is none.
func (r *Routings) InForce(ctx context.Context, of trunk.ResourceID) (trunk.Revision, error) {
	const few = 50
	for before := trunk.RevisionID(""); ; {
		all, err := r.Registry.ListRevisions(ctx, of, before, few)
		if err != nil || len(all) == 0 {
			return trunk.Revision{}, err
		}
		for _, rev := range all {
			if rev.State == trunk.Activating || rev.State == trunk.Active {
				return rev, nil
			}
		}
		before = all[len(all)-1].ID
	}
}
