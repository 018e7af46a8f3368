package pstnhub

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Faults that can be set at run time, from facts/direct-routing.md §20. The value "" or "off" takes a fault back.
const (
	FaultUnavailable = "unavailable"  // proxies, e.g. "sip" or "sip,sip2": INVITE is answered 503 with Retry-After 1
	FaultSilent      = "silent"       // proxies: TCP is accepted, nothing is ever answered
	FaultRefuse      = "refuse"       // status 400-699: every INVITE gets it
	FaultRingStorm   = "ring-storm"   // number: so many 180, each with its own tag, at once
	FaultEarlyMedia  = "early-media"  // on: a 183 with SDP, and no media follows
	FaultLateOK      = "late-ok"      // on: a 200 crosses the CANCEL
	FaultLostACK     = "lost-ack"     // on: the ACK of a 200 is lost (408/1106)
	FaultNoRTP       = "no-rtp"       // on: no RTP is sent; RTCP is
	FaultTLSReset    = "tls-reset"    // proxies: the connection is closed during the handshake
	FaultLowerCase   = "lower-case"   // on: header names in lower case
	FaultNoKeepAlive = "no-keepalive" // on: CRLF pings are not answered
	FaultCryptoLines = "crypto-lines" // on: our offers have the _32 suite with tag 0 in front and a line with MKI behind (§8.2)
)

// knobs says what values each fault takes.
var knobs = map[string]func(value string) error{
	FaultUnavailable: proxyNames,
	FaultSilent:      proxyNames,
	FaultTLSReset:    proxyNames,
	FaultRefuse:      between(400, 699),
	FaultRingStorm:   between(1, 200),
	FaultEarlyMedia:  onlyOn,
	FaultLateOK:      onlyOn,
	FaultLostACK:     onlyOn,
	FaultNoRTP:       onlyOn,
	FaultLowerCase:   onlyOn,
	FaultNoKeepAlive: onlyOn,
	FaultCryptoLines: onlyOn,
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
	check, ok := knobs[knob]
	if !ok {
		return fmt.Errorf("pstnhub: no fault %q", knob)
	}
	if value == "off" {
		value = ""
	}
	if value != "" {
		if err := check(value); err != nil {
			return fmt.Errorf("pstnhub: fault %s=%q: %w", knob, value, err)
		}
	}
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	if p.faults.values == nil {
		p.faults.values = map[string]string{}
	}
	p.faults.values[knob] = value
	return nil
}

// ClearFaults takes back all faults.
func (p *Proxies) ClearFaults() {
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	p.faults.values = nil
}

// FaultKnobs are the names that SetFault knows, sorted.
func FaultKnobs() []string {
	names := make([]string, 0, len(knobs))
	for name := range knobs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
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
