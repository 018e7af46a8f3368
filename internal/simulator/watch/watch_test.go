package watch

import "testing"

func TestWatch(t *testing.T) {
	var l List
	l.Tell() // nobody is there
	first, stop := l.Watch()
	second, stopSecond := l.Watch()
	defer stopSecond()
	for range 3 {
		l.Tell()
	}
	for _, changes := range []<-chan struct{}{first, second} {
		if len(changes) != 1 {
			t.Errorf("told %d times, want once", len(changes))
		}
		<-changes
	}
	stop()
	stop()
	l.Tell()
	if len(first) != 0 || len(second) != 1 {
		t.Errorf("told %d after stop, the other %d", len(first), len(second))
	}
}
