package app

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"tandem/internal/check"
	"tandem/internal/trunk"
)

// TestDriftIsToldOnce, of each resource by itself, and counted at each look.
func TestDriftIsToldOnce(t *testing.T) {
	var log bytes.Buffer
	kept := map[trunk.ResourceID][]string{}
	d := newDrifts(prometheus.NewRegistry(), slog.New(slog.NewTextHandler(&log, nil)), func(_ context.Context, of trunk.ResourceID, changes []string, _ time.Time) error {
		kept[of] = changes
		return nil
	})
	list := func(_ context.Context, after trunk.ResourceID, _ int) ([]trunk.Resource, error) {
		if after != "" {
			return nil, nil
		}
		return []trunk.Resource{{ID: "away"}, {ID: "drifted"}, {ID: "never"}, {ID: "new"}, {ID: "quiet"}, {ID: "same"}}, nil
	}
	gone := check.Drift{Changes: []trunk.Change{{Action: trunk.Add, Of: trunk.OfRoute, Name: "all", Lines: []string{"place: 1"}}}}
	is := map[trunk.ResourceID]check.Drift{"drifted": gone, "never": {Never: true}, "quiet": {Inactive: []string{"e0.example.net"}}, "new": {Unproved: []string{"e1.example.net"}}}
	watch := func(_ context.Context, id trunk.ResourceID) (check.Drift, error) {
		if id == "away" {
			return check.Drift{}, errors.New("no answer")
		}
		return is[id], nil
	}
	look := func() {
		t.Helper()
		if err := d.look(t.Context(), list, watch); err != nil {
			t.Fatal(err)
		}
	}
	look()
	look()
	if n := strings.Count(log.String(), "ALARM"); n != 1 || !strings.Contains(log.String(), "+ route all place: 1") {
		t.Errorf("told %d times:\n%s", n, log.String())
	}
	if _, looked := kept["away"]; looked || len(kept["drifted"]) != 1 || len(kept["same"]) != 0 {
		t.Errorf("kept %v", kept)
	}
	is["drifted"] = check.Drift{} // taken back, and again
	look()
	if len(kept["drifted"]) != 0 {
		t.Errorf("kept %v", kept)
	}
	is["drifted"] = gone
	look()
	if n := strings.Count(log.String(), "ALARM"); n != 2 {
		t.Errorf("told %d times:\n%s", n, log.String())
	}
	for labels, want := range map[[2]string]float64{
		{"drifted", "drifted"}: 3, {"drifted", "same"}: 1, {"away", "failed"}: 4, {"quiet", "inactive"}: 4, {"same", "same"}: 4, {"never", "same"}: 0, {"new", "unproved"}: 4,
	} {
		if got := testutil.ToFloat64(d.looks.WithLabelValues(labels[0], labels[1])); got != want {
			t.Errorf("%v: %v, want %v", labels, got, want)
		}
	}
}
