//go:build !unix

package alone

import (
	"runtime"
	"time"
)

var started = time.Now()

// processorTime has all processors busy all the time, so that all of them are used.
func processorTime() time.Duration {
	return time.Since(started) * time.Duration(runtime.NumCPU())
}
