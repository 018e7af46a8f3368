package onboarding

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// series is how long Entra is given to spread a consent before what is claimed
// counts as missing (facts/entra-graph-teams.md §1.1).
const series = 10 * time.Minute

// proofTakes keeps jobs away from a consent while somebody proves it for a person
// who waits; two at once would write everything down twice.
const proofTakes = 15 * time.Second

// ConsentAsked notes that an admin was sent to Entra's consent page.
func (s *Service) ConsentAsked(ctx context.Context, by Actor, t tenant.ID) error {
	if _, err := s.bound(ctx, t); err != nil {
		return err
	}
	if err := s.Store.MarkStep(ctx, t, tenant.StepMark{Step: tenant.StepConsent, OpenedAt: s.Now(), By: by.called()}); err != nil {
		return err
	}
	return s.audit(ctx, t, by, "consent.ask", thing{}, nil)
}

// ConsentReturned notes what the browser brought back. All of it is hearsay: an
// error is shown to the admin, and success is a claim that begins a series of
// proofs, the first of them at once.
func (s *Service) ConsentReturned(ctx context.Context, by Actor, id tenant.ID, r ConsentReturn) error {
	t, err := s.bound(ctx, id)
	if err != nil {
		return err
	}
	code := r.code()
	if code == "" && r.Tenant != "" && !strings.EqualFold(r.Tenant, t.EntraTenantID) {
		code = "consent_tenant_other"
	}
	now := s.Now()
	look, err := s.Store.ChangeLook(ctx, LookRef{id, LookConsent}, func(l Look) (Look, error) {
		l.Code = code
		if code != "" {
			return l, nil
		}
		if by.OID != "" {
			l.OID = by.OID
		}
		l.StartedAt, l.Tries, l.DueAt = now, 0, now.Add(proofTakes)
		return l, nil
	})
	if err != nil {
		return err
	}
	if code != "" {
		return s.audit(ctx, id, by, "consent.refuse", thing{}, object{
			"code": code, "error": clip(r.Error), "description": clip(r.Description), "entra_tenant_id": clip(r.Tenant),
		})
	}
	if err := s.Store.MarkStep(ctx, id, tenant.StepMark{Step: tenant.StepConsent, OpenedAt: now, By: by.called()}); err != nil {
		return err
	}
	if err := s.claim(ctx, id, by, "consent_return", tenant.GraphConsent, permissionNames()...); err != nil {
		return err
	}
	if err := s.audit(ctx, id, by, "consent.return", thing{}, nil); err != nil {
		return err
	}
	if _, err := s.prove(ctx, t, look.OID, by); err != nil {
		s.Logger.InfoContext(ctx, "the consent is not proved at the first try", "tenant", id, "error", err)
	}
	return ctx.Err()
}

// code is what a redirect's error means; "" if there is none. The error comes
// first, for Entra says admin_consent=True beside some (§1.1).
func (r ConsentReturn) code() string {
	switch {
	case r.Error == "":
		return ""
	case strings.Contains(r.Description, "AADSTS90094"):
		return "consent_needs_admin"
	case strings.Contains(r.Description, "AADSTS90095"):
		return "consent_requested"
	case strings.Contains(r.Description, "AADSTS65005"), strings.Contains(r.Description, "AADSTS650056"),
		strings.Contains(r.Description, "AADSTS650057"), r.Error == "invalid_scope":
		return "registration_wrong"
	case r.Error == "access_denied", r.Error == "permission_denied", r.Error == "consent_required":
		return "consent_declined"
	}
	return "consent_refused"
}

// hearsay are the codes that a redirect brings.
var hearsay = map[string]bool{
	"consent_declined": true, "consent_needs_admin": true, "consent_requested": true,
	"registration_wrong": true, "consent_refused": true, "consent_tenant_other": true,
}

// CheckConsent proves the consent now.
func (s *Service) CheckConsent(ctx context.Context, by Actor, id tenant.ID) (Track, error) {
	t, err := s.bound(ctx, id)
	if err != nil {
		return Track{}, err
	}
	now := s.Now()
	look, err := s.Store.ChangeLook(ctx, LookRef{id, LookConsent}, func(l Look) (Look, error) {
		l.DueAt = later(l.DueAt, now.Add(proofTakes))
		return l, nil
	})
	if err != nil {
		return Track{}, err
	}
	if by.OID != "" {
		look.OID = by.OID
	}
	// What kept the proof from being made stands in the track.
	if _, err := s.prove(ctx, t, look.OID, by); err != nil && ctx.Err() != nil {
		return Track{}, err
	}
	return s.Track(ctx, id, by)
}

// RecheckTenant proves the consent, for a job, and says when to do it again.
func (s *Service) RecheckTenant(ctx context.Context, id tenant.ID) (next time.Time, err error) {
	look, err := s.take(ctx, LookRef{id, LookConsent}, nil)
	if notDue(err) {
		return look.DueAt, nil
	}
	if err != nil {
		return next, err
	}
	t, err := s.bound(ctx, id)
	if err != nil {
		return next, err
	}
	return s.prove(ctx, t, look.OID, Tandem())
}

// prove makes one proof, writes down what it saw, and plans the next. An error
// means that nothing was seen; the next is planned all the same.
func (s *Service) prove(ctx context.Context, t tenant.Tenant, oid string, by Actor) (next time.Time, err error) {
	consent, failed := s.Directory.Prove(ctx, t.EntraTenantID, oid)
	if failed == nil && consent.ID != "" && !strings.EqualFold(consent.ID, t.EntraTenantID) {
		failed = fault.Internal("organisation_other", "Microsoft answered for another organisation than the one that was asked for")
	}
	ref := LookRef{t.ID, LookConsent}
	look, err := s.Store.Look(ctx, ref)
	if err != nil {
		return next, err
	}
	holding, err := s.grants(ctx, t.ID)
	if err != nil {
		return next, err
	}
	now := s.Now()
	trying := !look.StartedAt.IsZero() && now.Sub(look.StartedAt) < series
	seen, unclear := judge(consent, failed, now, !trying, holding)
	changed, err := s.settle(ctx, t.ID, by, seen...)
	if err != nil {
		return next, err
	}
	if holding, err = s.grants(ctx, t.ID); err != nil {
		return next, err
	}
	look, err = s.Store.ChangeLook(ctx, ref, func(l Look) (Look, error) {
		return afterProof(l, holding, unclear, fault.CodeOf(failed), now, s.Recheck), nil
	})
	if err != nil {
		return next, err
	}
	if unclear && failed != nil {
		return look.DueAt, failed
	}
	if t.State == tenant.Active && !changed { // nothing goes any further
		return look.DueAt, nil
	}
	return look.DueAt, s.advance(ctx, t.ID, by)
}

// againstConsent are the codes of package entra that say something about the
// tenant; all others are ours or Microsoft's trouble, and say nothing.
var againstConsent = map[string]tenant.GrantState{
	"consent_missing":      tenant.Revoked,
	"entra_tenant_unknown": tenant.Revoked,
	"app_disabled":         tenant.Missing,
	"policy_blocked":       tenant.Missing,
	"service_missing":      tenant.Missing,
	"entra_other_cloud":    tenant.Missing,
}

// judge turns a proof into observations; unclear if something could not be seen.
// Without a token, or with one that permits nothing, and without a claim there is
// nothing to write down: nobody has consented yet. There is such a token as soon as
// somebody has signed in, for that makes the application known in his tenant.
func judge(c Consent, failed error, now time.Time, final bool, holding ledger) (seen []observation, unclear bool) {
	if failed != nil {
		code := fault.CodeOf(failed)
		lost, speaks := againstConsent[code]
		if !speaks {
			return nil, true
		}
		for _, p := range Permissions() {
			if holding.of(tenant.GraphConsent, p.Name).State == "" {
				continue
			}
			seen = append(seen, observation{
				kind: tenant.GraphConsent, subject: p.Name, at: now, check: "consent_proof", code: code,
				message: cureOf(code).problem, final: final, lost: lost, evidence: object{"token": "refused", "code": code},
			})
		}
		return seen, false
	}
	none := true
	for _, p := range Permissions() {
		probe := probeOf(c, p.Name)
		o := observation{
			kind: tenant.GraphConsent, subject: p.Name, ok: probe.OK, at: now, check: "consent_proof",
			final: final, lost: tenant.Revoked, evidence: object{
				"in_token": probe.InToken, "status": probe.Status, "code": probe.Code, "organisation": c.Name, "domain": c.Domain,
			},
		}
		if !o.ok {
			if !probe.denied() {
				unclear = true
				continue
			}
			o.code = "permission_missing"
			o.message = p.Name + " is not granted. " + p.Without
		}
		seen = append(seen, o)
		none = none && !o.ok && holding.of(tenant.GraphConsent, p.Name).State == ""
	}
	if none {
		seen = nil
	}
	return seen, unclear
}

// denied says that the permission is not there; anything else that is not OK may
// be anything.
func (p Probe) denied() bool {
	return p.Status == http.StatusForbidden || p.Status == http.StatusUnauthorized || p.Status == 0 && !p.InToken
}

func probeOf(c Consent, permission string) Probe {
	for _, p := range c.Permissions {
		if p.Permission == permission {
			return p
		}
	}
	return Probe{Permission: permission, InToken: true} // not asked: nothing is known
}

// afterProof plans the next one.
func afterProof(l Look, holding ledger, unclear bool, code string, now time.Time, recheck time.Duration) Look {
	l.Tries++
	all, doubt := true, false
	for _, p := range Permissions() {
		g := holding.of(tenant.GraphConsent, p.Name)
		all = all && (g.State == tenant.Proved || !p.Needed)
		doubt = doubt || g.State == tenant.Doubtful
	}
	if code != "consent_missing" || !hearsay[l.Code] { // why it was not given says more than that it is not there
		l.Code = code
	}
	if !unclear {
		l.EndedAt = now
	}
	if all && !unclear {
		l.Code = ""
	}
	inSeries := !l.StartedAt.IsZero() && now.Sub(l.StartedAt) < series
	switch {
	case all && !unclear:
		l.StartedAt, l.Tries, l.DueAt = time.Time{}, 0, now.Add(recheck)
	case inSeries, unclear:
		l.DueAt = now.Add(min(patience(l.Tries), recheck))
	case doubt:
		l.DueAt = now.Add(min(confirmAfter, recheck))
	default:
		l.StartedAt, l.Tries, l.DueAt = time.Time{}, 0, now.Add(recheck)
	}
	return l
}

func permissionNames() []string {
	var all []string
	for _, p := range Permissions() {
		all = append(all, p.Name)
	}
	return all
}

// clip keeps what came from elsewhere short and on one line.
func clip(s string) string {
	r := []rune(strings.TrimSpace(plain(s)))
	if len(r) > 256 {
		r = append(r[:255], '…')
	}
	return strings.TrimSpace(string(r))
}

// Suspect learns from an error of Entra or Graph that was met in other work: if it
// speaks against the consent, a proof is made as soon as a job comes by.
func (s *Service) Suspect(ctx context.Context, id tenant.ID, met error) error {
	code := fault.CodeOf(met)
	if _, speaks := againstConsent[code]; !speaks && code != "permission_missing" {
		return nil
	}
	now := s.Now()
	_, err := s.Store.ChangeLook(ctx, LookRef{id, LookConsent}, func(l Look) (Look, error) {
		soon := now
		if now.Sub(l.EndedAt) < confirmAfter { // it has just been looked at
			soon = l.EndedAt.Add(confirmAfter)
		}
		if l.DueAt.IsZero() || l.DueAt.After(soon) {
			l.DueAt = soon
		}
		return l, nil
	})
	return err
}

// met hands an error on, and learns from it.
func (s *Service) met(ctx context.Context, id tenant.ID, err error) error {
	if err == nil {
		return nil
	}
	return errors.Join(err, s.Suspect(context.WithoutCancel(ctx), id, err))
}
