package heap

import (
	"runtime"
	"testing"
)

var kept []byte

// BenchmarkGarbage tells how often a mebibyte of garbage has the rest collected, and what the
// program takes of the machine for it.
func BenchmarkGarbage(b *testing.B) {
	for _, reserved := range []bool{false, true} {
		b.Run(map[bool]string{false: "plain", true: "reserve"}[reserved], func(b *testing.B) {
			if reserved {
				Reserve()
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for b.Loop() {
				for range 1024 {
					kept = make([]byte, 1024)
				}
			}
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.NumGC-before.NumGC)/float64(b.N), "collections/MiB")
		})
	}
}

// TestReserve: with the reserve much less often, and its pages are not touched.
func TestReserve(t *testing.T) {
	collections := func() uint32 {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for range 64 << 10 { // 64 MiB
			kept = make([]byte, 1024)
		}
		runtime.ReadMemStats(&after)
		return after.NumGC - before.NumGC
	}
	plain := collections()
	Reserve()
	runtime.GC() // the first one that counts it
	if with := collections(); plain < 4 || with > plain/4 {
		t.Errorf("64 MiB of garbage: collected %d times, with the reserve %d", plain, with)
	}
}
