package dev

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// File is dev.json: how outside tools find their way around a running stack.
// Its shape is a contract (the README shows it).
type File struct {
	Ready       bool          `json:"ready"`
	Portal      string        `json:"portal"`
	PublicURL   string        `json:"public_url"`
	API         FileAPI       `json:"api"`
	SIP         FileSIP       `json:"sip"`
	Peer        FilePeer      `json:"peer"`
	Simulator   FileSimulator `json:"simulator"`
	DatabaseURL string        `json:"database_url"`
	Tenants     []FileTenant  `json:"tenants"`
}

// FileAPI is the admin API and a key that may do everything.
type FileAPI struct {
	URL string `json:"url"`
	Key string `json:"key"`
}

// FileSIP are the edge's listeners; an empty one is off.
type FileSIP struct {
	UDP string `json:"udp"`
	TCP string `json:"tcp"`
	TLS string `json:"tls"`
	Far string `json:"far"`
}

// FilePeer is a digest account that may call in, and a number to call.
type FilePeer struct {
	Username string `json:"username"`
	Password string `json:"password"`
	Number   string `json:"number"`
}

// FileSimulator are the doors of the simulated Microsoft.
type FileSimulator struct {
	Control    string         `json:"control"`
	Desk       string         `json:"desk"`
	SignIn     string         `json:"sign_in"`
	ACS        FileACS        `json:"acs"` // the first resource
	Resources  []FileResource `json:"resources"`
	Callbacks  string         `json:"callbacks"` // the inbox: https URLs below it take whatever comes
	Authority  string         `json:"authority"`
	Graph      string         `json:"graph"`
	CAFile     string         `json:"ca_file"`
	DNS        string         `json:"dns"`
	SIPProxies []string       `json:"sip_proxies"`
}

// FileACS is what a connection string is made of.
type FileACS struct {
	Endpoint    string `json:"endpoint"`
	AccessKey   string `json:"access_key"`
	ImmutableID string `json:"immutable_id"`
}

// FileResource is a resource of a region with its trunk.
type FileResource struct {
	Region string `json:"region"`
	FileACS
	TrunkFQDN string `json:"trunk_fqdn"`
}

// FileTenant is a customer of the demo provider.
type FileTenant struct {
	ID            string      `json:"id"`
	EntraTenantID string      `json:"entra_tenant_id"`
	Name          string      `json:"name"`
	Number        string      `json:"number"`
	Agents        []FileAgent `json:"agents"`
}

// FileAgent is one of its people.
type FileAgent struct {
	ID   string `json:"id"`
	OID  string `json:"oid"`
	Name string `json:"name"`
}

// Path of dev.json in a directory.
func Path(dir string) string { return filepath.Join(dir, "dev.json") }

// ReadFile reads the dev.json of the stack that runs in a directory.
func ReadFile(dir string) (f File, err error) {
	raw, err := os.ReadFile(Path(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return f, fmt.Errorf("nothing runs in %s: start it (make run), or say where it is (--dir)", dir)
	}
	if err == nil {
		err = json.Unmarshal(raw, &f)
	}
	if err != nil {
		return f, fmt.Errorf("%s: %w", Path(dir), err)
	}
	return f, nil
}

// write puts the file into place at once, so that nobody reads half of it.
func (f File) write(dir string) error {
	raw, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	tmp := Path(dir) + ".new"
	if err := os.WriteFile(tmp, append(raw, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, Path(dir))
}
