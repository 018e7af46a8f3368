package proof

import (
	"crypto/x509"
	"fmt"
	"os"

	"tandem/internal/tenant"
)

// Setup is what a bench takes over from the node whose trunk is proved.
type Setup struct {
	Trunk        string              `json:"trunk"` // FQDN
	Connectivity tenant.Connectivity `json:"connectivity"`
	Cert         string              `json:"cert"` // PEM files
	Key          string              `json:"key"`
	// Roots are PEM files of authorities that vouch for the trunk beside the system's, for development.
	Roots   []string `json:"roots"`
	Refers  bool     `json:"refers"`
	PortMin uint16   `json:"port_min"` // of RTP
	PortMax uint16   `json:"port_max"`
}

// Authorities are those that vouch for the trunk: the system's, and those of Roots.
func (s Setup) Authorities() (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("the system's roots: %w", err)
	}
	for _, file := range s.Roots {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("roots: %w", err)
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("roots: %s has no certificate in PEM", file)
		}
	}
	return pool, nil
}
