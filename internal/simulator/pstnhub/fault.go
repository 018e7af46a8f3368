package pstnhub

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Faults that can be set at run time, from facts/direct-routing.md §20. The value "" or "off" takes a fault back.
const (
	FaultUnavailable = "unavailable"
	FaultSilent      = "silent"
	FaultRefuse      = "refuse"
	FaultRingStorm   = "ring-storm"
	FaultEarlyMedia  = "early-media"
	FaultLateOK      = "late-ok"
	FaultLostACK     = "lost-ack"
	FaultNoRTP       = "no-rtp"
	FaultTLSReset    = "tls-reset"
	FaultLowerCase   = "lower-case"
	FaultNoKeepAlive = "no-keepalive"
	FaultCryptoLines = "crypto-lines"
	FaultRefresh     = "refresh"
	FaultRekey       = "rekey"
	FaultGlare       = "glare"
	FaultCertificate = "certificate"
	FaultDNS         = "dns"
	FaultReferredBy  = "referred-by"
	FaultConfigCache = "config-cache"
	FaultRefresher   = "refresher"
	// FaultNewConnection is REFER, BYE or re-INVITE on a connection of its own.
	FaultNewConnection = "new-connection"
)

// knobs says what each fault does and what values it takes.
var knobs = map[string]struct {
	check func(value string) error
	text  string
}{
	FaultUnavailable: {proxyNames, "value: proxies, as in sip or sip,sip2; INVITE is answered 503 with Retry-After 1"},
	FaultSilent:      {proxyNames, "value: proxies; TCP is accepted, nothing is ever answered"},
	FaultTLSReset:    {proxyNames, "value: proxies; the connection is closed during the handshake"},
	FaultRefuse:      {between(400, 699), "value: status 400-699; every INVITE gets it"},
	FaultRingStorm:   {between(1, 200), "value: count; so many 180, each with its own tag, at once"},
	FaultEarlyMedia:  {onlyOn, "value: on; a 183 with SDP, and no media follows"},
	FaultLateOK:      {onlyOn, "value: on; a 200 crosses the CANCEL"},
	FaultLostACK:     {onlyOn, "value: on; the ACK of a 200 is lost (408/1106)"},
	FaultNoRTP:       {onlyOn, "value: on; no RTP is sent, RTCP is"},
	FaultLowerCase:   {onlyOn, "value: on; header names are in lower case"},
	FaultNoKeepAlive: {onlyOn, "value: on; CRLF pings are not answered"},
	FaultCryptoLines: {onlyOn, "value: on; our offers have the _32 suite with tag 0 in front and a line with MKI behind (facts/direct-routing.md §8.2)"},
	FaultRefresh:     {someTime, "value: how long apart, as in 2s; re-INVITEs with the description unchanged"},
	FaultRekey:       {someTime, "value: how long apart, as in 2s; re-INVITEs with a new SRTP key, whose rollover counter is 0"},
	FaultGlare:       {onlyOn, "value: on; the SBC's first re-INVITE in a dialog meets one of Microsoft's and gets 491"},
	FaultCertificate: {kinds, "value: expired, or both for clientAuth beside serverAuth; new connections, either way, show this certificate"},
	FaultDNS:         {proxyNames, "value: proxies; their names fail to resolve"},
	FaultReferredBy:  {onlyOn, "value: on; Microsoft's INVITEs carry a REFERRED-BY of 400 characters"},
	FaultRefresher:   {between(leastExpires, sessionExpires), "value: seconds; Microsoft's 200 to an SBC that has the session timer says so much, and that the SBC refreshes"},
	FaultConfigCache: {onlyOn, "value: on; what a connection has learnt of a trunk it keeps until it ends"},

	FaultNewConnection: {onlyOn, "value: on; each request within a dialog comes on a connection that was opened for it"},
}

func proxyNames(value string) error {
	for name := range strings.SplitSeq(value, ",") {
		if !slices.ContainsFunc(sites, func(s site) bool { return s.name == name }) {
			return fmt.Errorf("no proxy %q", name)
		}
	}
	return nil
}

func between(low, high int) func(string) error {
	return func(value string) error {
		if n, err := strconv.Atoi(value); err != nil || n < low || n > high {
			return fmt.Errorf("not a number from %d to %d", low, high)
		}
		return nil
	}
}

func someTime(value string) error {
	if d, err := time.ParseDuration(value); err != nil || d < 10*time.Millisecond || d > time.Hour {
		return fmt.Errorf("not a time from 10ms to 1h")
	}
	return nil
}

func kinds(value string) error {
	if value != "expired" && value != "both" {
		return fmt.Errorf("neither expired nor both")
	}
	return nil
}

func onlyOn(value string) error {
	if value != "on" {
		return fmt.Errorf("neither on nor off")
	}
	return nil
}

// faults are the values that are set. The zero value has none.
type faults struct {
	mu     sync.Mutex
	values map[string]string
}

// SetFault sets a fault for all that follows, calls in progress included. An unknown knob or value is an error and changes nothing.
func (p *Proxies) SetFault(knob, value string) error {
	known, ok := knobs[knob]
	if !ok {
		return fmt.Errorf("pstnhub: no fault %q", knob)
	}
	if value == "off" {
		value = ""
	}
	if value != "" {
		if err := known.check(value); err != nil {
			return fmt.Errorf("pstnhub: fault %s=%q: %w", knob, value, err)
		}
	}
	if err := p.reaches(knob, value); err != nil {
		return fmt.Errorf("pstnhub: fault %s=%q: %w", knob, value, err)
	}
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	if p.faults.values == nil {
		p.faults.values = map[string]string{}
	}
	p.faults.values[knob] = value
	return nil
}

// reaches carries out what a fault changes at once.
func (p *Proxies) reaches(knob, value string) error {
	switch knob {
	case FaultDNS:
		if p.config.FailName == nil {
			if value == "" {
				return nil
			}
			return fmt.Errorf("there is no name server here")
		}
		for _, pr := range p.all {
			p.config.FailName(pr.name+domain, slices.Contains(strings.Split(value, ","), pr.name))
		}
	case FaultCertificate:
		var shown tls.Certificate
		if value != "" {
			if p.config.Issue == nil {
				return fmt.Errorf("there is no authority here")
			}
			var err error
			if shown, err = p.config.Issue(value); err != nil {
				return err
			}
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.shown = nil
		if value != "" {
			p.shown = &shown
		}
		clear(p.peers) // the next request of ours opens a connection
	}
	return nil
}

// certificate is what new connections show.
func (p *Proxies) certificate() tls.Certificate {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown != nil {
		return *p.shown
	}
	return p.config.Certificate
}

// ClearFaults takes back all faults.
func (p *Proxies) ClearFaults() {
	for _, knob := range []string{FaultDNS, FaultCertificate} {
		if p.faults.on(knob) {
			_ = p.reaches(knob, "") // taking back cannot fail
		}
	}
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	p.faults.values = nil
}

// Faults returns the values of the faults that are set.
func (p *Proxies) Faults() map[string]string {
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	set := make(map[string]string, len(p.faults.values))
	for knob, value := range p.faults.values {
		if value != "" {
			set[knob] = value
		}
	}
	return set
}

// FaultTexts returns every fault that SetFault knows with what its value means.
func (p *Proxies) FaultTexts() map[string]string {
	all := make(map[string]string, len(knobs))
	for knob, known := range knobs {
		all[knob] = known.text
	}
	return all
}

func (f *faults) on(knob string) bool { return f.value(knob) != "" }

func (f *faults) value(knob string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.values[knob]
}

// number is the value of a numeric fault, 0 if it is not set.
func (f *faults) number(knob string) int {
	n, err := strconv.Atoi(f.value(knob))
	if err != nil {
		return 0
	}
	return n
}

// hits says whether a fault is set for a proxy.
func (f *faults) hits(knob string, pr *proxy) bool {
	return slices.Contains(strings.Split(f.value(knob), ","), pr.name)
}
