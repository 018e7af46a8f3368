// Package heap says how often garbage is collected in the programs that carry calls.
//
// A call leaves much garbage and keeps little. By itself Go collects when the heap has
// doubled, which with a few megabytes in use is several times a second: in the first ten
// seconds of a busy edge that was a tenth of its processor time. So a reserve is counted
// as in use, whose pages nobody ever touches, and which thus takes no memory: garbage is
// collected when there are as many megabytes of it as of reserve and of what is in use.
package heap

import (
	"os"
	"runtime"
	"sync"
)

const reserved = 64 << 20 // bytes

var (
	once    sync.Once
	reserve []byte
)

// Reserve begins with that, unless who runs the program has said what he wants (GOGC).
func Reserve() {
	if os.Getenv("GOGC") != "" {
		return
	}
	once.Do(func() {
		reserve = make([]byte, reserved)
		runtime.KeepAlive(reserve) // as the variable does, for ever
	})
}
