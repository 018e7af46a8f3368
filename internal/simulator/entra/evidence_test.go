package entra

import (
	"io"
	"testing"

	"tandem/internal/simulator/evidence"
)

func TestEvidence(t *testing.T) {
	if err := evidence.Markdown(io.Discard, Evidence(), nil); err != nil {
		t.Error(err)
	}
}
