package dev

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"tandem/internal/config"
)

// secrets are made once a directory and kept in it, so that a second start
// finds the same installation.
type secrets struct {
	MasterKey    string            `json:"master_key"`
	SealKeys     string            `json:"seal_keys"`
	ClientSecret string            `json:"client_secret"`
	PeerPassword string            `json:"peer_password"`
	AccessKeys   map[string]string `json:"access_keys"` // of the simulated resources, by name
	APIKey       string            `json:"api_key,omitempty"`
}

func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return base64.StdEncoding.EncodeToString(b)
}

// letters is a password that survives every shell and URI: 80 bits.
func letters() string {
	b := make([]byte, 10)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return hex.EncodeToString(b)
}

func secretsFile(dir string) string { return filepath.Join(dir, "secrets.json") }

func loadSecrets(dir string) (secrets, error) {
	var s secrets
	raw, err := os.ReadFile(secretsFile(dir))
	switch {
	case err == nil:
		if err := json.Unmarshal(raw, &s); err != nil {
			return s, fmt.Errorf("%s is damaged; delete the directory to begin anew: %w", secretsFile(dir), err)
		}
		return s, nil
	case !errors.Is(err, fs.ErrNotExist):
		return s, err
	}
	s = secrets{
		MasterKey:    config.DevelopmentSecret + "-" + random(32),
		SealKeys:     config.DevelopmentSecret + " " + random(32),
		ClientSecret: config.DevelopmentSecret + "-" + random(16),
		PeerPassword: letters(),
		AccessKeys:   map[string]string{},
	}
	for _, r := range regions {
		s.AccessKeys[r.resource] = random(32)
	}
	return s, s.save(dir)
}

func (s secrets) save(dir string) error {
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(secretsFile(dir), append(raw, '\n'), 0o600)
}
