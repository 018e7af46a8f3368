package roomy

import (
	"sync"
	"testing"
)

//go:noinline
func deep(n int) int {
	var frame [256]byte
	frame[n%len(frame)] = byte(n)
	if n == 0 {
		return int(frame[0])
	}
	return deep(n-1) + int(frame[(n+1)%len(frame)])
}

// BenchmarkStack is a goroutine that calls as deep as a step of a call does, with and without.
func BenchmarkStack(b *testing.B) {
	for name, first := range map[string]func(){"at once": Stack, "bit by bit": func() {}} {
		b.Run(name, func(b *testing.B) {
			var wg sync.WaitGroup
			for b.Loop() {
				wg.Go(func() {
					first()
					_ = deep(30)
				})
				wg.Wait()
			}
		})
	}
}
