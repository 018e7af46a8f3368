package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/google/uuid"

	"tandem/internal/simulator"
	"tandem/internal/simulator/identity"
)

// document is what msim prints: all that a client needs, the resource's part on
// top for the sake of shell scripts. Its members are documented in README.md.
type document struct {
	Endpoint         string     `json:"endpoint"`
	AccessKey        string     `json:"access_key"`
	ConnectionString string     `json:"connection_string"`
	ImmutableID      string     `json:"immutable_id"`
	Topic            string     `json:"topic"`
	Identities       []string   `json:"identities"`
	CAFile           string     `json:"ca_file"`
	Control          string     `json:"control"`
	Desk             string     `json:"desk"`
	Callbacks        string     `json:"callbacks"`
	Tunnel           string     `json:"tunnel,omitempty"`
	CallbackConfig   string     `json:"callback_configuration"`
	Authority        string     `json:"authority"`
	SignIn           string     `json:"sign_in"`
	Graph            string     `json:"graph"`
	DNS              string     `json:"dns"`
	SIPProxies       []string   `json:"sip_proxies"`
	Trunks           []string   `json:"trunks"`
	Tenants          []tenant   `json:"tenants"`
	Users            []user     `json:"users"`
	App              app        `json:"app"`
	Resources        []resource `json:"resources"`
}

type tenant struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type user struct {
	OID    string `json:"oid"`
	RawID  string `json:"raw_id"`
	Name   string `json:"name"`
	Tenant string `json:"tenant"`
}

type app struct {
	ClientID string `json:"client_id"`
	Secret   string `json:"secret"`
}

type resource struct {
	Region      string `json:"region"`
	Endpoint    string `json:"endpoint"`
	ImmutableID string `json:"immutable_id"`
	AccessKey   string `json:"access_key"`
}

// report prints where everything is.
func report(s *simulator.Server, o options, stdout io.Writer) error {
	r := s.Resources()[0]
	caFile, err := filepath.Abs(s.CA().File())
	if err != nil {
		return fmt.Errorf("find the authority's file: %w", err)
	}
	d := document{
		Endpoint: r.Endpoint, AccessKey: r.AccessKey, ImmutableID: r.ImmutableID, Topic: r.Topic,
		ConnectionString: "endpoint=" + r.Endpoint + ";accesskey=" + r.AccessKey,
		CAFile:           caFile, Control: s.Control(), Desk: s.Desk(), Callbacks: s.Inbox(), Tunnel: s.Tunnel(), CallbackConfig: s.CallbackConfiguration(),
		Authority: s.Authority(), SignIn: s.SignIn(), Graph: s.Graph(), DNS: s.DNS(), SIPProxies: append([]string{}, s.SIPProxies()...), Trunks: []string{},
		Resources: []resource{{r.Region, r.Endpoint, r.ImmutableID, r.AccessKey}},
	}
	// The same users after every start, so that they may stand in a file of
	// settings.
	for _, name := range []string{"one", "two"} {
		d.Identities = append(d.Identities, identity.ID(r.ImmutableID, uuid.NewSHA1(uuid.MustParse(r.ImmutableID), []byte(name)).String()))
	}
	for _, t := range r.Trunks {
		d.Trunks = append(d.Trunks, t.FQDN)
	}
	for _, text := range o.tenants {
		id, name, _ := strings.Cut(text, "=")
		d.Tenants = append(d.Tenants, tenant{id, name})
	}
	for _, u := range s.Users().Users() {
		d.Users = append(d.Users, user{u.OID, "8:orgid:" + u.OID, u.Name, u.Tenant})
	}
	d.App.ClientID, d.App.Secret, _ = strings.Cut(o.app, "=")
	enc := json.NewEncoder(stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(d); err != nil {
		return fmt.Errorf("print the addresses: %w", err)
	}
	return nil
}

// cureOf says what to do about an error of starting; empty if that is not known.
func cureOf(err error) string {
	var l *simulator.ListenError
	if !errors.As(err, &l) {
		return ""
	}
	flag, _, _ := strings.Cut(l.Part, " ")
	switch flag {
	case "resource":
		flag = "acs"
	case "tunnel":
		flag = "tunnel-listen"
	}
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Sprintf("something listens there already, perhaps another msim or `tandem dev`: end it, or pass --%s with another port; port 0 takes a free one", flag)
	case errors.Is(err, syscall.EADDRNOTAVAIL) && flag == "sip" && runtime.GOOS == "darwin":
		return "macOS has only 127.0.0.1: run `sudo ifconfig lo0 alias 127.0.0.2` (and .3, .4), or pass --sip '' if you need no SIP"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Sprintf("this machine has no such address: pass --%s with one that it has", flag)
	case errors.Is(err, syscall.EACCES):
		return fmt.Sprintf("ports below 1024 need privileges: pass --%s with a higher one", flag)
	}
	return fmt.Sprintf("pass --%s an IP address and a port, as in 127.0.0.1:0", flag)
}
