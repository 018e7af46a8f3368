package onboarding

import (
	"context"
	"encoding/json"
	"time"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

const (
	// confirmAfter lies between the first observation against a grant and the one
	// that takes it away (facts/entra-graph-teams.md §1.2).
	confirmAfter = 2 * time.Minute
	// freshAfter is how old a proof may get before the same is written down again,
	// so that its age can be told without a row for each call.
	freshAfter = 12 * time.Hour
)

// observation is what one look saw of one grant.
type observation struct {
	kind    tenant.GrantKind
	subject string
	ok      bool
	at      time.Time
	check   string
	code    string // of anything but ok
	message string
	// final: what somebody only claims has had its time to become true.
	final bool
	// lost is what a grant becomes that was proved and is gone.
	lost tenant.GrantState
	// by is whoever the observation depends on; a second one against a grant that
	// depends on the same confirms nothing. "": on nobody.
	by       string
	evidence object
}

// next is what the ledger says after an observation, and whether that is a new
// row. A first sight of loss makes a doubt, a second one, confirmAfter later,
// takes the grant away; ok proves it at once.
func (o observation) next(was tenant.Grant) (tenant.Grant, bool) {
	g := tenant.Grant{
		Kind: o.kind, Subject: o.subject, At: o.at, Check: o.check, Code: o.code, Message: o.message,
	}
	if o.ok {
		g.State, g.Code, g.Message = tenant.Proved, "", ""
		return g, was.State != tenant.Proved || o.at.Sub(was.At) >= freshAfter && o.kind == tenant.Federation
	}
	switch was.State {
	case tenant.Proved:
		g.State = tenant.Doubtful
		return g, true
	case tenant.Doubtful:
		g.State = o.lost
		return g, o.at.Sub(was.At) >= confirmAfter && (o.by == "" || o.by != dependsOn(was))
	case tenant.Missing, tenant.Revoked:
		g.State = was.State
		return g, was.Code != o.code
	case tenant.Claimed:
	}
	g.State = tenant.Missing
	return g, o.final
}

// settle brings observations into the ledger. Each change of what is known is
// told and written down; it is told first, because what is stored already would
// not be a change at the next look, if the telling failed. changed is false if
// all is as it was.
func (s *Service) settle(ctx context.Context, t tenant.ID, by Actor, seen ...observation) (changed bool, err error) {
	if len(seen) == 0 {
		return false, nil
	}
	ledger, err := s.grants(ctx, t)
	if err != nil {
		return false, err
	}
	var rows []tenant.Grant
	for _, o := range seen {
		was := ledger.of(o.kind, o.subject)
		g, isNew := o.next(was)
		if !isNew {
			continue
		}
		g.Tenant, g.By, g.ByName = t, by.ID, by.Name
		if o.by != "" {
			if o.evidence == nil {
				o.evidence = object{}
			}
			o.evidence["depends_on"] = o.by
		}
		g.Evidence = encoded(o.evidence)
		rows = append(rows, g)
		if g.State == was.State && g.Code == was.Code {
			continue
		}
		changed = true
		change := object{
			"kind": g.Kind, "subject": g.Subject, "was": was.State, "state": g.State,
			"code": g.Code, "message": g.Message, "check": g.Check, "at": g.At,
		}
		if err := s.publish(ctx, t, "grant.changed", change); err != nil {
			return false, err
		}
		if err := s.audit(ctx, t, by, "grant."+string(g.State), thing{id: string(g.Kind) + "/" + g.Subject}, change); err != nil {
			return false, err
		}
	}
	if len(rows) == 0 {
		return false, nil
	}
	if err := s.Store.AppendGrants(ctx, t, rows...); err != nil {
		return changed, err
	}
	return changed, s.doubts(ctx, t, rows)
}

// doubts lets the test user, if there is one, confirm or dispel a doubt soon.
func (s *Service) doubts(ctx context.Context, t tenant.ID, rows []tenant.Grant) error {
	for _, g := range rows {
		if g.Kind != tenant.Federation || g.State != tenant.Doubtful {
			continue
		}
		if _, err := s.Store.TestUser(ctx, t); fault.KindOf(err) == fault.KindNotFound {
			return nil
		} else if err != nil {
			return err
		}
		return s.ask(ctx, t, LookTestUser, g.At.Add(confirmAfter))
	}
	return nil
}

// claim notes that somebody says a grant is given. What holds stays as it is: a
// claim proves nothing, and takes nothing away.
func (s *Service) claim(ctx context.Context, t tenant.ID, by Actor, check string, kind tenant.GrantKind, subjects ...string) error {
	ledger, err := s.grants(ctx, t)
	if err != nil {
		return err
	}
	var rows []tenant.Grant
	for _, subject := range subjects {
		if was := ledger.of(kind, subject); was.Holds() || was.State == tenant.Claimed {
			continue
		}
		rows = append(rows, tenant.Grant{
			Tenant: t, Kind: kind, Subject: subject, State: tenant.Claimed, At: s.Now(), By: by.ID, ByName: by.Name, Check: check,
		})
	}
	if len(rows) == 0 {
		return nil
	}
	return s.Store.AppendGrants(ctx, t, rows...)
}

// ledger is what holds now, by kind and subject.
type ledger map[tenant.GrantKind]map[string]tenant.Grant

// of is the newest row; one without a state if there is none.
func (l ledger) of(kind tenant.GrantKind, subject string) tenant.Grant { return l[kind][subject] }

func (s *Service) grants(ctx context.Context, t tenant.ID) (ledger, error) {
	rows, err := s.Store.Grants(ctx, t)
	return newLedger(rows), err
}

func newLedger(rows []tenant.Grant) ledger {
	all := ledger{tenant.GraphConsent: {}, tenant.Federation: {}}
	for _, g := range rows {
		if all[g.Kind] != nil {
			all[g.Kind][g.Subject] = g
		}
	}
	return all
}

// dependsOn is whom an observation depended on.
func dependsOn(g tenant.Grant) string {
	var seen struct {
		DependsOn string `json:"depends_on"`
	}
	_ = json.Unmarshal(g.Evidence, &seen) // evidence of another kind depends on nobody
	return seen.DependsOn
}
