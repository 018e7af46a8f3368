// Package checks holds what deploy/ has against what reads it: the chart against
// Kubernetes' own types, the compose file against Compose, dashboards and alerts against
// Prometheus' parser and the product's metrics, Terraform against its formatter. It is a
// module of its own because these readers are large and no business of the product's.
package checks

import (
	"os"
	"testing"
)

func read(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
