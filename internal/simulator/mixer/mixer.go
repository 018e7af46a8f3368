package mixer

import (
	"log/slog"
	"slices"
	"sync"
	"time"
)

// The two audio formats of a conference: what a party says and hears is narrow by default.
const (
	SampleRate    = 8000
	FrameDuration = 20 * time.Millisecond
	FrameSamples  = SampleRate / 50

	WideRate    = 16000
	WideSamples = WideRate / 50
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
	ports  []*Port // parties and whisperers
	taps   []*tap
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
	c.ports, c.taps = nil, nil
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
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.add(&Port{name: name, out: out})
}

// JoinWide is [Conference.Join] for a party that says and hears [WideSamples] a frame at [WideRate].
func (c *Conference) JoinWide(name string, out func(frame []int16)) *Port {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.add(&Port{name: name, out: out, wide: true})
}

func (c *Conference) add(p *Port) *Port {
	p.conference = c
	if c.closed {
		p.left = true
	} else {
		c.ports = append(c.ports, p)
	}
	return p
}

// Parties is how many parties have joined and not left. Whisperers are none.
func (c *Conference) Parties() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, p := range c.ports {
		if p.to == nil {
			n++
		}
	}
	return n
}

// Said is what one party said in one tick.
type Said struct {
	Name  string
	Frame []int16 // WideSamples at WideRate, whatever the party's own rate
}

// tap is somebody who takes notes.
type tap struct {
	out     func([]Said)
	stopped bool // belongs to the conference's lock
}

// Tap has out called once a tick with what each party says, as far as the others may hear it: the muted and the held are not there, nor are whispers, nor who
// says nothing. The frames are shared by all taps and must not be changed. Out is called like that of [Conference.Join]. It may be running
// while stop returns, but does not start again; stop may be called again.
func (c *Conference) Tap(out func(said []Said)) (stop func()) {
	t := &tap{out: out}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.taps = append(c.taps, t)
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		t.stopped = true
		c.taps = slices.DeleteFunc(c.taps, func(other *tap) bool { return other == t })
	}
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

// tick mixes one frame for everybody. The out functions run without the lock, so they may join and leave.
func (c *Conference) tick() {
	for _, deliver := range c.mix() {
		deliver()
	}
}

// mix returns the calls of the out functions that are due.
func (c *Conference) mix() []func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all bands
	for _, p := range c.ports {
		p.voice = p.take(c.mixed)
		if p.audible() {
			all.add(p.voice)
		}
	}
	c.mixed++
	deliveries := make([]func(), 0, len(c.ports)+len(c.taps))
	for _, p := range c.ports {
		if p.out == nil {
			continue
		}
		frame := p.hear(&all)
		deliveries = append(deliveries, func() {
			if c.unless(&p.left) {
				p.out(frame)
			}
		})
	}
	if len(c.taps) == 0 {
		return deliveries
	}
	said := c.said()
	for _, t := range c.taps {
		deliveries = append(deliveries, func() {
			if c.unless(&t.stopped) {
				t.out(said)
			}
		})
	}
	return deliveries
}

// said lists who speaks in this tick.
func (c *Conference) said() []Said {
	var said []Said
	for _, p := range c.ports {
		if frame := p.spoken(); frame != nil {
			said = append(said, Said{p.name, frame})
		}
	}
	return said
}

// unless reads a flag that says that an out function is not wanted any more.
func (c *Conference) unless(over *bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !*over
}

// due is the first tick that is still to come by the clock. Mixing may be behind it.
func (c *Conference) due() int64 {
	return max(c.mixed, int64(time.Since(c.start)/FrameDuration))
}
