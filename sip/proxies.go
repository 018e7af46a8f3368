package sip

import (
	"strconv"
	"strings"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// standing is what a trunk knows of each of Microsoft's proxies: one that did not
// answer, or that asked to be left alone for a while, is tried after the others and not
// left out, since there may be nobody else (facts/direct-routing.md §13).
type standing struct {
	mu      sync.Mutex
	down    []bool      // by place in the list of proxies
	resting []time.Time // until when, after a 503 with Retry-After
}

// maxRest bounds Retry-After; Microsoft sends one second.
const maxRest = time.Minute

func newStanding(proxies int) *standing {
	return &standing{down: make([]bool, proxies), resting: make([]time.Time, proxies)}
}

// order is the proxies as an attempt tries them: Microsoft's order, good ones first.
func (s *standing) order(now time.Time) []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	good, rest := make([]int, 0, len(s.down)), []int(nil)
	for i := range s.down {
		if s.down[i] || now.Before(s.resting[i]) {
			rest = append(rest, i)
		} else {
			good = append(good, i)
		}
	}
	return append(good, rest...)
}

// mark notes whether a proxy answered.
func (s *standing) mark(i int, answered bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down[i] = !answered
}

// rest notes a 503.
func (s *standing) rest(i int, r *sipmsg.Response, now time.Time) {
	wait := restFor(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resting[i] = now.Add(wait)
}

// restFor is how long a response asks to be left alone, 0 if it does not
// (RFC 3261 §20.33).
func restFor(r *sipmsg.Response) time.Duration {
	h := r.GetHeader("Retry-After")
	if h == nil {
		return 0
	}
	digits, _, _ := strings.Cut(strings.TrimSpace(h.Value()), ";")
	digits, _, _ = strings.Cut(digits, "(")
	n, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 31)
	if err != nil {
		return 0
	}
	return min(time.Duration(n)*time.Second, maxRest)
}

// elsewhere says whether the next proxy may do better after this response. 503 says so
// by itself; 408 and other server errors do, as long as nobody's telephone has rung:
// then another INVITE would ring it once more. 4xx and 6xx are final
// (facts/direct-routing.md §13, §18 no. 22).
func (a *attempt) elsewhere(status int) bool {
	switch {
	case status == sipmsg.StatusServiceUnavailable:
		return true
	case status == sipmsg.StatusRequestTimeout || status >= 500 && status < 600:
		return !a.rang
	}
	return false
}
