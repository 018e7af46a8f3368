package check

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// State is what the doctor thinks of something.
type State string

const (
	OK         State = "ok"
	Warn       State = "warn"        // works now; will not, or may not, some day
	Fail       State = "fail"        // calls fail because of it, or the process does not start
	NotChecked State = "not-checked" // and Found says why
)

// Finding is one thing that the doctor looked at. Its id is stable:
//
//	settings                  the whole configuration
//	clock.database            our clock against the database server's
//	clock.microsoft           and against the Date of an answer of Microsoft's
//	dns.trunk                 the name of a trunk leads to this machine, by one address
//	dns.proxy                 the name of a proxy of Microsoft's leads to its networks
//	port                      a listener can be opened, or is ours
//	rtp.range, rtp.address    where RTP is to arrive
//	certificate, .file, .key, .name, .chain, .validity, .usage, .issuer
//	                          what a trunk, or public_url, shows
//	proxy.tls                 TLS with a proxy, our certificate shown
//	trunk.registered          the registry knows the trunk and its port
//	resource.routing          the resource may have direct routing, and until when
//	resource.credential       a signed request to the resource
//	entra.token               a token of our own app registration
//	entra.publisher           the registration's publisher is verified
//	public_url, eventgrid.handshake, eventgrid.events
//	                          Microsoft's way to us
//	database, database.version, database.migrations, database.rights
type Finding struct {
	ID      string `json:"id"`
	Subject string `json:"subject,omitempty"` // what it is about, where there are several
	State   State  `json:"state"`
	Found   string `json:"found"`
	Fix     string `json:"fix,omitempty"` // of everything that is not ok
}

// Report is all that was found.
type Report struct {
	At       time.Time `json:"at"`
	OK       bool      `json:"ok"` // nothing failed
	Findings []Finding `json:"findings"`
}

// Count is how many findings have a state.
func (r Report) Count(s State) (n int) {
	for _, f := range r.Findings {
		if f.State == s {
			n++
		}
	}
	return n
}

// Examination is one thing to look at. Run returns at least one finding; it is
// asked to end after Timeout, and what it has not found by then is not checked.
type Examination struct {
	ID      string
	Subject string
	Timeout time.Duration // 0: five seconds
	Run     func(context.Context) []Finding
}

const examineFor = 5 * time.Second

// Examine looks at everything at once and tells it in the order given. An
// examination that does not heed its time is not waited for.
func Examine(ctx context.Context, all []Examination, now time.Time) Report {
	results := make([][]Finding, len(all))
	var wg sync.WaitGroup
	for i, e := range all {
		wg.Go(func() { results[i] = e.within(ctx) })
	}
	wg.Wait()
	r := Report{At: now.UTC(), Findings: []Finding{}}
	for _, found := range results {
		r.Findings = append(r.Findings, found...)
	}
	r.OK = r.Count(Fail) == 0
	return r
}

func (e Examination) within(ctx context.Context) []Finding {
	limit := e.Timeout
	if limit == 0 {
		limit = examineFor
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan []Finding, 1)
	go func() { done <- e.Run(ctx) }()
	late := []Finding{{
		ID: e.ID, Subject: e.Subject, State: NotChecked, Found: fmt.Sprintf("nothing was known after %s", limit),
		Fix: "see whether what it asks answers at all, then run the doctor again",
	}}
	select {
	case found := <-done:
		return found
	case <-ctx.Done():
	}
	// What ends because its time is over tells more than that: it gets a moment.
	moment := time.NewTimer(200 * time.Millisecond)
	defer moment.Stop()
	select {
	case found := <-done:
		return found
	case <-moment.C:
		return late
	}
}
