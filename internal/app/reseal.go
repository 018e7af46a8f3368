package app

import (
	"context"
	"time"

	"tandem/internal/job"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

// resealSecrets has what an older key sealed sealed with the first one of seal_keys.
var resealSecrets = job.Kind[struct{}]{Name: "secrets.reseal", Timeout: 5 * time.Minute, MaxAge: time.Hour, Tries: 1}

func (a *App) newReseal(box *secret.Box) {
	job.Register(a.jobs, resealSecrets, func(ctx context.Context, _ tenant.ID, _ struct{}) error {
		n, err := a.store.Reseal(ctx, box.Rotate)
		if n > 0 {
			a.log.Info("secrets were sealed with the first key of seal_keys", "count", n)
		}
		if err != nil {
			a.log.Error("secrets cannot be sealed with the first key of seal_keys: put the key that opens them back, or set them anew", "error", err)
		}
		return err
	})
	job.Every(a.jobs, resealSecrets, time.Hour, struct{}{})
}
