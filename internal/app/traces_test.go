package app

import (
	"context"
	"log/slog"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/postgres"
	"tandem/internal/tenant"
)

// TestTraces: what is handed over is written, by tenant, as soon as the database takes it; what it never takes is counted.
func TestTraces(t *testing.T) {
	written := map[tenant.ID]int{}
	away := 1
	k := newTraces(func(_ context.Context, of tenant.ID, all []postgres.CallTrace) error {
		switch {
		case of == "gone":
			return fault.NotFound("tenant_unknown", "there is no such tenant")
		case away > 0:
			away--
			return fault.Unavailable("database_away", "the database does not answer")
		}
		written[of] += len(all)
		return nil
	}, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	x := call.Trace{Messages: []call.SIPMessage{{Text: "x"}}}
	for range 3 {
		k.keeper("a", "1")(x)
	}
	k.keeper("b", "2")(x)
	k.keeper("b", "2")(call.Trace{}) // nothing went by
	k.keeper("gone", "3")(x)
	k.keeper("", "4")(x)
	close(k.queue)
	k.run(t.Context())
	if written["a"] != 3 || written["b"] != 1 || testutil.ToFloat64(k.lost) != 2 {
		t.Errorf("written %v, lost %v", written, testutil.ToFloat64(k.lost))
	}
	k = newTraces(k.write, k.log, prometheus.NewRegistry())
	for range tracesWaiting + 2 {
		k.keeper("a", "1")(x)
	}
	if lost := testutil.ToFloat64(k.lost); lost != 2 {
		t.Errorf("%v are lost of two too many", lost)
	}
}
