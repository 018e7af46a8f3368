package events

import (
	"io"
	"testing"

	"tandem/internal/simulator/evidence"
)

func TestEvidence(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range Evidence() {
		if key := row.Area + " " + row.Name; seen[key] || !row.Mark.Valid() || row.Text == "" || row.Source == "" {
			t.Errorf("row %+v", row)
		} else {
			seen[key] = true
		}
	}
	if err := evidence.Markdown(io.Discard, Evidence(), nil); err != nil {
		t.Error(err)
	}
}
