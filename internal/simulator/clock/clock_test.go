package clock

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAdvanceRunsWhatIsDueInOrder(t *testing.T) {
	c := New()
	defer c.Close()
	var got []string
	c.AfterFunc(2*time.Hour, func() { got = append(got, "second") })
	c.AfterFunc(time.Hour, func() {
		got = append(got, "first")
		c.AfterFunc(30*time.Minute, func() { got = append(got, "between") })
	})
	stopped := c.AfterFunc(time.Hour, func() { got = append(got, "stopped") })
	if !stopped.Stop() || stopped.Stop() {
		t.Fatal("Stop must succeed exactly once")
	}
	c.AfterFunc(5*time.Hour, func() { got = append(got, "late") })

	before := c.Now()
	c.Advance(3 * time.Hour)
	if c.Now().Sub(before) < 3*time.Hour {
		t.Error("the clock did not move")
	}
	// "between" was made while the clock already stood at +3 h, so it is due half an hour later.
	if want := []string{"first", "second"}; !slices.Equal(got, want) {
		t.Errorf("ran %v, want %v", got, want)
	}
	c.Advance(time.Hour)
	if want := []string{"first", "second", "between"}; !slices.Equal(got, want) {
		t.Errorf("ran %v, want %v", got, want)
	}
}

// What an advance makes due must not be started by its real timer too: functions
// would run beside each other, out of order, and Advance return before they end.
func TestAdvanceRunsOneAfterTheOther(t *testing.T) {
	for range 200 {
		c := New()
		var got []int
		for i := range 20 {
			c.AfterFunc(time.Hour+time.Duration(i)*time.Minute, func() {
				runtime.Gosched() // lets a timer that was wrongly started come between
				got = append(got, i)
			})
		}
		c.Advance(2 * time.Hour)
		if len(got) != 20 || !slices.IsSorted(got) {
			t.Fatalf("ran %v", got)
		}
		c.Close()
	}
}

func TestRealTimeFiresAndCloseWaits(t *testing.T) {
	c := New()
	started := make(chan struct{})
	done := false
	c.AfterFunc(time.Millisecond, func() { close(started); done = true })
	<-started
	c.Close()
	if !done {
		t.Error("Close returned before the running function ended")
	}
	c.AfterFunc(0, func() { t.Error("ran after Close") })
}
