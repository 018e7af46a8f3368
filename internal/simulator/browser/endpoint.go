package browser

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/webrtc/v4"
)

const (
	// A browser that was closed without a word is noticed after the sum of both.
	disconnected = 4 * time.Second
	failed       = 4 * time.Second
	keepAlive    = 2 * time.Second
)

// ErrOffer is the cause of the errors of Open that are the offer's fault.
var ErrOffer = errors.New("the offer cannot be answered")

var errClosed = errors.New("the endpoint is closed")

// Endpoint answers browsers. Make it with Listen, Close it.
type Endpoint struct {
	api    *webrtc.API
	conn   net.PacketConn
	mux    *ice.UDPMuxDefault
	logger *slog.Logger
	work   sync.WaitGroup

	mu     sync.Mutex
	lines  []*Line
	closed bool
}

// Listen opens the endpoint's UDP port, any free one of 127.0.0.1.
func Listen(ctx context.Context, logger *slog.Logger) (*Endpoint, error) {
	var lc net.ListenConfig
	conn, err := lc.ListenPacket(ctx, "udp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("browser: %w", err)
	}
	logs := logging.NewDefaultLoggerFactory()
	logs.Writer = slog.NewLogLogger(logger.Handler(), slog.LevelDebug).Writer()
	e := &Endpoint{conn: conn, logger: logger}
	e.mux = ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: conn, Logger: logs.NewLogger("ice")})

	var media webrtc.MediaEngine
	for _, c := range codecs {
		if err := media.RegisterCodec(c, webrtc.RTPCodecTypeAudio); err != nil {
			e.Close()
			return nil, fmt.Errorf("browser: %w", err)
		}
	}
	engine := webrtc.SettingEngine{LoggerFactory: logs}
	engine.SetLite(true)
	engine.SetICEUDPMux(e.mux)
	engine.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	engine.SetIncludeLoopbackCandidate(true)
	engine.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	engine.DisableActiveTCP(true)
	engine.SetICETimeouts(disconnected, failed, keepAlive)
	e.api = webrtc.NewAPI(webrtc.WithMediaEngine(&media), webrtc.WithSettingEngine(engine))
	return e, nil
}

// Close ends every line and waits until nothing runs any more.
func (e *Endpoint) Close() {
	e.mu.Lock()
	e.closed = true
	lines := slices.Clone(e.lines)
	e.mu.Unlock()
	for _, l := range lines {
		l.Close()
	}
	e.work.Wait()
	if err := e.mux.Close(); err != nil {
		e.logger.Debug("close the browsers' port", "error", err)
	}
	_ = e.conn.Close()
}

// Open answers a browser's offer (SDP). The line is silent until Start.
func (e *Endpoint) Open(ctx context.Context, offer string) (*Line, error) {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil, errClosed
	}
	e.work.Add(1) // for the line; its close gives it back
	e.mu.Unlock()
	pc, err := e.api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		e.work.Done()
		return nil, fmt.Errorf("browser: %w", err)
	}
	l := newLine(e, pc)
	e.mu.Lock()
	e.lines = append(e.lines, l)
	e.mu.Unlock()
	if err := l.answer(ctx, offer); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

func (e *Endpoint) forget(l *Line) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lines = slices.DeleteFunc(e.lines, func(other *Line) bool { return other == l })
}

// Line finds an open line.
func (e *Endpoint) Line(id string) (*Line, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if i := slices.IndexFunc(e.lines, func(l *Line) bool { return l.id == id }); i >= 0 {
		return e.lines[i], true
	}
	return nil, false
}
