package app

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/bot"
	"tandem/internal/notify"
	"tandem/internal/secret"
)

// newBots prepares what joins calls with bots. Who may register one names where we
// connect to, so it is guarded as webhooks are.
func (a *App) newBots(reg prometheus.Registerer, box *secret.Box) error {
	networks, err := prefixes(a.cfg.Bots.Networks)
	if err != nil {
		return fmt.Errorf("bots.networks: %w", err)
	}
	guard := notify.Guard{Allowed: networks, Loopback: a.cfg.Development}
	a.bots = bot.New(bot.Config{Store: a.store, Engine: a.bridge, Box: box, HTTP: guard.SocketClient(), Logger: a.log, Metrics: reg})
	return nil
}
