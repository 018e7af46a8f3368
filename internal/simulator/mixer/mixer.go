package mixer

import (
	"log/slog"
	"math"
	"sync"
	"time"
)

// The one audio format of a conference.
const (
	SampleRate    = 8000
	FrameDuration = 20 * time.Millisecond
	FrameSamples  = SampleRate / 50
)

// catchUp is the pause between two mixes that are overdue.
const catchUp = FrameDuration / 2

// Conference mixes the audio of its parties. Use [New].
type Conference struct {
	log     *slog.Logger
	start   time.Time
	closing chan struct{}
	done    chan struct{}

	mu     sync.Mutex
	ports  []*Port
	mixed  int64 // ticks that were mixed
	closed bool
}

// New starts an empty conference. It runs until [Conference.Close]. The logger may be nil.
func New(logger *slog.Logger) *Conference {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	c := &Conference{log: logger, start: time.Now(), closing: make(chan struct{}), done: make(chan struct{})}
	go c.run()
	return c
}

// Close stops the conference and waits for the last call of an out function; it must not be called from one. It may be called again.
func (c *Conference) Close() {
	c.mu.Lock()
	first := !c.closed
	c.closed = true
	for _, p := range c.ports {
		p.left = true
	}
	c.ports = nil
	if first {
		c.log.Debug("conference closed", "ticks", c.mixed)
	}
	c.mu.Unlock()
	if first {
		close(c.closing)
	}
	<-c.done
}

// Join adds a party. Every 20 ms out gets what everybody else says, as a frame of its own; it is called by the conference's goroutine and must
// not block. A nil out makes a party that only speaks. In a closed conference the party hears nothing and nobody hears it.
func (c *Conference) Join(name string, out func(frame []int16)) *Port {
	p := &Port{conference: c, name: name, out: out}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		p.left = true
		return p
	}
	c.ports = append(c.ports, p)
	return p
}

// Parties is how many parties have joined and not left.
func (c *Conference) Parties() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.ports)
}

func (c *Conference) run() {
	defer close(c.done)
	timer := time.NewTimer(FrameDuration)
	defer timer.Stop()
	for {
		select {
		case <-c.closing:
			return
		case <-timer.C:
		}
		c.tick()
		wait := time.Until(c.start.Add(time.Duration(c.mixed+1) * FrameDuration)) // only this goroutine changes mixed
		if wait <= -FrameDuration {
			wait = catchUp
		}
		timer.Reset(max(0, wait))
	}
}

// delivery is a finished frame for one party.
type delivery struct {
	to    *Port
	frame []int16
}

// tick mixes one frame for everybody. The out functions run without the lock, so they may join and leave.
func (c *Conference) tick() {
	for _, d := range c.mix() {
		c.mu.Lock()
		left := d.to.left
		c.mu.Unlock()
		if !left {
			d.to.out(d.frame)
		}
	}
}

func (c *Conference) mix() []delivery {
	c.mu.Lock()
	defer c.mu.Unlock()
	var sum [FrameSamples]int32
	said := make([][]int16, len(c.ports))
	for i, p := range c.ports {
		said[i] = p.take(c.mixed)
		for j, s := range said[i] {
			sum[j] += int32(s)
		}
	}
	c.mixed++
	deliveries := make([]delivery, 0, len(c.ports))
	for i, p := range c.ports {
		if p.out == nil {
			continue
		}
		frame := make([]int16, FrameSamples)
		for j := range frame {
			v := sum[j]
			if said[i] != nil {
				v -= int32(said[i][j])
			}
			frame[j] = int16(max(math.MinInt16, min(math.MaxInt16, v)))
		}
		deliveries = append(deliveries, delivery{p, frame})
	}
	return deliveries
}

// due is the first tick that is still to come by the clock. Mixing may be behind it.
func (c *Conference) due() int64 {
	return max(c.mixed, int64(time.Since(c.start)/FrameDuration))
}
