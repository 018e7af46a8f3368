package app

import (
	"bytes"
	"context"
	"crypto/tls"
	"os"
	"sync/atomic"
	"time"
)

// pair is a certificate of ours and its key, in two files that may be replaced: new connections
// show what is in them then, and no connection or call is ended for it.
type pair struct {
	cert, key string
	check     func(tls.Certificate) error // nil: any will do
	shown     atomic.Pointer[tls.Certificate]

	changed [2]time.Time // when the files were, as far as they were looked at
	failure string       // of the newest that cannot be shown; so that it is told once
}

// certificate reads a pair, which is kept up to date from then on.
func (a *App) certificate(cert, key string, check func(tls.Certificate) error) (*pair, error) {
	p := &pair{cert: cert, key: key, check: check}
	if _, err := p.read(); err != nil {
		return nil, err
	}
	a.pairs = append(a.pairs, p)
	return p, nil
}

func (p *pair) now() *tls.Certificate { return p.shown.Load() }

// read takes up what is in the files if they have changed. What cannot be shown leaves the
// one before; while the files are being replaced they may not fit each other, and are
// looked at again.
func (p *pair) read() (renewed bool, err error) {
	var changed [2]time.Time
	for i, name := range []string{p.cert, p.key} {
		info, err := os.Stat(name)
		if err != nil {
			return false, err
		}
		changed[i] = info.ModTime()
	}
	if changed == p.changed {
		return false, nil
	}
	c, err := tls.LoadX509KeyPair(p.cert, p.key)
	if err == nil && p.check != nil {
		err = p.check(c)
	}
	if err != nil {
		return false, err
	}
	before := p.shown.Swap(&c)
	p.changed = changed
	return before != nil && !bytes.Equal(before.Certificate[0], c.Certificate[0]), nil
}

// renewCertificates looks at the files until ctx ends.
func (a *App) renewCertificates(ctx context.Context) {
	tick := time.NewTicker(a.health.Files)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		for _, p := range a.pairs {
			a.renew(p)
		}
	}
}

func (a *App) renew(p *pair) {
	renewed, err := p.read()
	switch {
	case err != nil && err.Error() != p.failure:
		p.failure = err.Error()
		a.log.Error("a new certificate cannot be shown, the one before is", "file", p.cert, "error", err)
	case err == nil:
		p.failure = ""
	}
	if renewed {
		a.log.Info("new connections show a new certificate", "file", p.cert, "until", p.now().Leaf.NotAfter)
	}
}
