package app

import (
	"context"
	"slices"
	"time"

	"tandem/internal/job"
	"tandem/internal/provider"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

// watchExternal asks how trunks of third-party SBCs are: Microsoft alone knows.
var watchExternal = job.Kind[struct{}]{Name: "health.external", Timeout: 4 * time.Minute, MaxAge: 10 * time.Minute, Tries: 1}

func (a *App) newExternal() {
	job.Register(a.jobs, watchExternal, func(ctx context.Context, _ tenant.ID, _ struct{}) error { return a.lookAtExternal(ctx) })
	job.Every(a.jobs, watchExternal, time.Minute, struct{}{}) // see trunk.MissedAfter
}

// lookAtExternal tells what Microsoft says. Where it cannot be asked nothing is told, which is
// seen after trunk.MissedAfter.
func (a *App) lookAtExternal(ctx context.Context) error {
	of := map[trunk.ResourceID][]string{}
	for after := ""; ; {
		all, err := a.store.ListTrunks(ctx, after, provider.MaxPage)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			break
		}
		for _, t := range all {
			after = t.FQDN
			if t.Kind == trunk.External && t.Resource != "" {
				of[t.Resource] = append(of[t.Resource], t.FQDN)
			}
		}
	}
	for id, names := range of {
		has, err := a.routings.Observed(ctx, id)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			a.log.Info("Microsoft cannot be asked how trunks of third-party SBCs are", "resource", id, "error", err)
			continue
		}
		var all []trunk.Sighting
		for _, fqdn := range names {
			all = append(all, trunk.Sighting{Of: trunk.TrunkKind, Name: fqdn, Signs: trunk.Signs{Microsoft: wordOf(has, fqdn)}})
		}
		if err := a.store.TellHealth(ctx, "", all, time.Now(), a.health.Hold); err != nil {
			return err
		}
	}
	return nil
}

// wordOf is what Microsoft says of a trunk; zero if it does not have it.
func wordOf(has trunk.Routing, fqdn string) *trunk.Health {
	i := slices.IndexFunc(has.Trunks, func(t trunk.Registered) bool { return t.FQDN == fqdn })
	switch {
	case i < 0:
		return &trunk.Health{}
	case has.Trunks[i].Health == nil:
		return &trunk.Health{TLS: "unknown", Ping: "unknown", Overall: "unknown"}
	}
	return has.Trunks[i].Health
}
