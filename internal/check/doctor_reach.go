package check

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Door is how Microsoft reaches us: what the doctor knocks at.
type Door struct {
	Resource string
	URL      string // of the Event Grid subscription; its secret is never shown
	Client   *http.Client
	Running  bool // the product answers on this machine
}

const (
	doorRefused = "see that public_url leads to http.public_listen of a node: DNS, firewall, load balancer"
	maxEcho     = 4 << 10 // bytes of an answer that are read
)

// Handshake shakes hands as Event Grid does when a subscription is made
// (facts/call-automation.md §12): it sends a code by public_url, TLS and all, and wants it back.
// That shows the way from here; Microsoft's may have a firewall more.
func (d Door) Handshake(ctx context.Context) Finding {
	f := Finding{ID: "eventgrid.handshake", Subject: d.Resource}
	code := rand.Text()
	status, echo, err := d.knock(ctx, code)
	switch {
	case err == nil && status == http.StatusOK && echo == code:
		f.State, f.Found = OK, "the address of the subscription takes Event Grid's handshake, from here"
		return f
	case !d.Running && (err != nil || status != http.StatusOK):
		f.State, f.Found = NotChecked, "nothing of Tandem answers at http.listen, so that the doors for Microsoft cannot be tried"
		f.Fix = "start `tandem serve` and run the doctor again"
		return f
	}
	f.State = Fail
	switch {
	case err != nil:
		f.Found, f.Fix = unreachable(err)
	case status == http.StatusNotFound:
		f.Found = "public_url is answered by somebody who does not know this address (404)"
		f.Fix = "see that public_url leads to this installation, and that all its processes have the same master_key: it makes the secret in the address"
	case status == http.StatusOK:
		f.Found = "public_url is answered, but not by Tandem: the code of the handshake did not come back"
		f.Fix = doorRefused
	default:
		f.Found = fmt.Sprintf("public_url is answered with %d", status)
		f.Fix = "see the log of the process, and of the proxy before it if there is one; POST must pass unchanged"
	}
	return f
}

func unreachable(err error) (found, fix string) {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var dns *net.DNSError
	switch {
	case errors.As(err, &unknown), errors.As(err, &name), errors.As(err, &invalid):
		return "TLS with public_url fails: " + cause(err), "set http.public_cert to a certificate of a public authority for the host of public_url, with its intermediates"
	case errors.As(err, &dns):
		return "the host of public_url cannot be resolved: " + cause(err), "make its A record"
	case errors.Is(err, context.DeadlineExceeded):
		return "nobody answers at public_url", doorRefused + "; some networks do not let a machine reach its own public address: then try it from outside"
	}
	return "public_url cannot be reached: " + cause(err), doorRefused
}

// cause leaves out the address, which holds a secret, and that net/http puts before it.
func cause(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil || !strings.Contains(err.Error(), "/hooks/") {
			return err.Error()
		}
		err = next
	}
}

func (d Door) knock(ctx context.Context, code string) (status int, echo string, err error) {
	body, err := json.Marshal([]map[string]any{{
		"id": rand.Text(), "topic": "", "subject": "", "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "eventTime": time.Now().UTC().Format(time.RFC3339),
		"data": map[string]string{"validationCode": code}, "dataVersion": "1",
	}})
	if err != nil {
		return 0, "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Aeg-Event-Type", "SubscriptionValidation")
	resp, err := d.Client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxEcho))
	if err != nil {
		return 0, "", err
	}
	var answer struct {
		Response string `json:"validationResponse"`
	}
	_ = json.Unmarshal(raw, &answer) // what is no JSON is no echo
	return resp.StatusCode, answer.Response, nil
}

// Events tells when Microsoft last brought an event of a resource. Whether its two
// subscriptions exist can be read with rights in Azure only, which the product does
// not have.
func Events(resource string, last, now time.Time, err error) Finding {
	f := Finding{ID: "eventgrid.events", Subject: resource}
	switch {
	case err != nil:
		f.State, f.Found, f.Fix = NotChecked, "what Event Grid brought cannot be read: "+err.Error(), "see the finding about the database"
	case last.IsZero():
		f.State, f.Found = NotChecked, "Microsoft has brought no event of this resource within seven days, and its subscriptions cannot be seen from here"
		f.Fix = "compare `az eventgrid event-subscription list --source-resource-id …` with `tandem hooks " + resource + "`: IncomingCall, and RecordingFileStatusUpdated; then make a test call"
	default:
		f.State, f.Found = OK, fmt.Sprintf("Microsoft last brought an event %s ago", now.Sub(last).Round(time.Second))
	}
	return f
}

// Proxy speaks TLS with one of Microsoft's proxies as a trunk would.
type Proxy struct {
	Address string // host:port, the host for SNI and certificate
	TLS     *tls.Config
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)
}

// alertWithin is how long a proxy has to refuse our certificate: with TLS 1.3 that
// comes after the handshake (RFC 8446 §4.4.2.4).
const alertWithin = 300 * time.Millisecond

// Check shakes hands and waits for an alert that may follow.
func (p Proxy) Check(ctx context.Context) Finding {
	f := Finding{ID: "proxy.tls", Subject: hostOf(p.Address)}
	raw, err := p.Dial(ctx, "tcp", p.Address)
	if err != nil {
		f.State, f.Found = Fail, "no connection to "+p.Address+": "+err.Error()
		f.Fix = "let TCP out to port 5061 of 52.112.0.0/14 and 52.120.0.0/14 (facts/direct-routing.md §2.1)"
		return f
	}
	defer func() { _ = raw.Close() }()
	c := p.TLS.Clone()
	c.ServerName = hostOf(p.Address)
	conn := tls.Client(raw, c)
	if err := conn.HandshakeContext(ctx); err != nil {
		f.State, f.Found = Fail, "no TLS with "+p.Address+": "+err.Error()
		f.Fix = "an unknown authority here means that sip.far.roots (or the system's roots) lack one of Microsoft's seven (facts/direct-routing.md §2.3), or that something on the way opens TLS"
		return f
	}
	if err := conn.SetReadDeadline(time.Now().Add(alertWithin)); err != nil {
		f.State, f.Found = NotChecked, "the connection broke: "+err.Error()
		return f
	}
	_, err = conn.Read(make([]byte, 1))
	var timeout net.Error
	if err != nil && (!errors.As(err, &timeout) || !timeout.Timeout()) {
		f.State, f.Found = Fail, p.Address+" ends the connection when it has seen our certificate: "+err.Error()
		f.Fix = "see the findings about the certificate of the trunk"
		return f
	}
	s := conn.ConnectionState()
	root := ""
	if len(s.VerifiedChains) > 0 {
		way := s.VerifiedChains[0]
		root = ", certificate by " + way[len(way)-1].Subject.CommonName
	}
	f.State, f.Found = OK, tls.VersionName(s.Version)+" with "+p.Address+root+"; our own was shown"
	return f
}
