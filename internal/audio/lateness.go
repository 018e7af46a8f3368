package audio

import "time"

// Lateness begins to watch how much later than asked for this process is woken,
// every frame of 20 ms. What it returns ends that and says the worst of it: a gap of
// that length in audio that was paced meanwhile is the machine's, not the code's.
func Lateness() (worst func() time.Duration) {
	const frame = 20 * time.Millisecond
	var most time.Duration
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		timer := time.NewTimer(frame)
		defer timer.Stop()
		for due := time.Now().Add(frame); ; due = time.Now().Add(frame) {
			select {
			case <-stop:
				return
			case <-timer.C:
			}
			most = max(most, time.Since(due))
			timer.Reset(frame)
		}
	}()
	return func() time.Duration {
		close(stop)
		<-stopped
		return most
	}
}
