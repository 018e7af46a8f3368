package simulator

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
)

// checkTunnel says what is wrong with the target of a tunnel.
func checkTunnel(target string) error {
	if target == "" {
		return nil
	}
	u, err := url.Parse(target)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("tunnel to %q: want a URL, as in http://127.0.0.1:8080", target)
	}
	return nil
}

// startTunnel puts https, WebSockets included, before an application that speaks
// http, so that the service takes its addresses.
func (s *Server) startTunnel(ctx, life context.Context, leaf *tls.Certificate) error {
	if s.config.Tunnel == "" {
		return nil
	}
	target, err := url.Parse(s.config.Tunnel) // New has checked it
	if err != nil {
		return err
	}
	l, err := s.listen(ctx, "tunnel", s.config.Listen.Tunnel)
	if err != nil {
		return err
	}
	var down atomic.Bool // said already
	transport := &http.Transport{MaxIdleConnsPerHost: 32}
	s.close = append(s.close, transport.CloseIdleConnections)
	proxy := &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.SetXForwarded()
		},
		ModifyResponse: func(*http.Response) error { down.Store(false); return nil },
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if !errors.Is(err, context.Canceled) && !down.Swap(true) {
				s.logger.Warn("nothing answers behind the tunnel; is the application running?", "target", s.config.Tunnel, "path", r.URL.Path, "error", err)
			}
			http.Error(w, "nothing answers at "+s.config.Tunnel, http.StatusBadGateway)
		},
	}
	s.tunnel = "https://" + l.Addr().String()
	s.serve("tunnel", l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A WebSocket outlives the server that it came by, not the simulator.
		ctx, stop := context.WithCancel(r.Context())
		defer stop()
		defer context.AfterFunc(life, stop)()
		proxy.ServeHTTP(w, r.WithContext(ctx))
	}), leaf)
	return nil
}
