package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/bridge"
	"tandem/internal/provider"
)

// alarm makes what hears of calls out that were refused. Somebody who gets at a
// resource's key, or at a token, would try to telephone at the provider's expense:
// so it is a line in the log, a counter, and, where it is known whose token it was,
// an event.
func (a *App) alarm(reg prometheus.Registerer) func(bridge.Alarm) {
	counter := prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "tandem", Subsystem: "call", Name: "out_refused_total", Help: "Calls of Microsoft's to telephones that were refused, by why: perhaps toll fraud.",
	}, []string{"code"})
	reg.MustRegister(counter)
	return func(x bridge.Alarm) {
		counter.WithLabelValues(alarmLabel(x.Code)).Inc()
		a.log.Error("ALARM: refused a call out", "code", x.Code, "trunk", x.Trunk, "number", lastDigits(x.Number), "call", x.Call, "tenant", x.Tenant)
		if x.Tenant == "" {
			return
		}
		a.world.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			data := provider.CallOutRefusedData{Call: string(x.Call), Code: x.Code, Number: x.Number, Trunk: x.Trunk}
			if err := a.store.PublishEvent(ctx, x.Tenant, provider.CallOutRefused, time.Now(), data); err != nil {
				a.log.Error("the alarm's event is not published", "call", x.Call, "error", err)
			}
		})
	}
}

// alarmLabel keeps labels to a closed list.
func alarmLabel(code string) string {
	switch code {
	case "token_missing", "token_unknown", "token_used", "destination_refused", "destination_costly":
		return code
	}
	return "other"
}

// lastDigits is what a log may show of a number.
func lastDigits(number string) string { return "…" + number[max(0, len(number)-3):] }
