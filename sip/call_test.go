package sip

import (
	"crypto/x509"
	"testing"

	"tandem/internal/call"
	"tandem/sip/siptest"
)

const serverAuth = x509.ExtKeyUsageServerAuth

func callFromEndToEnd(t *testing.T) {
	r := newRig(t, nil)
	c, id, far, _, _ := r.up(siptest.CallOptions{Headers: map[string]string{"X-MS-Custom-Tandem": "forged", "User-To-User": "0123;encoding=hex"}})
	if h := far.CustomHeaders(); h["X-MS-Custom-Tandem"] != "token-1" || h["userToUser"] != "0123;encoding=hex" || len(h) != 2 {
		t.Errorf("custom headers %v", h)
	}
	if far.From() != caller || far.To() != number || far.TrunkFQDN() != trunkName {
		t.Errorf("from %s to %s by %s", far.From(), far.To(), far.TrunkFQDN())
	}
	r.must(c.Hangup(r.ctx()))
	if end := r.ended(call.Near); end.By != call.ByCaller || end.Q850 != 16 {
		t.Errorf("near ended %+v", end)
	}
	r.hangUp(id, call.Far, 487, 16, "caller_hung_up")
	if end := r.ended(call.Far); end.By != call.ByTandem {
		t.Errorf("far ended %+v", end)
	}
	<-far.Ended()
	if by, status, q850 := far.End(); by != "sbc" || status != 0 || q850 != 16 {
		t.Errorf("at Microsoft: %s %d %d", by, status, q850)
	}
	r.clean()
}
