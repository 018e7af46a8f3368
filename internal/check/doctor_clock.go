package check

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// Our clock may be off by this much. Leases and deadlines of calls are compared
// between processes; tokens and signed requests carry a time that Microsoft
// compares with its own, how strictly is not documented (facts/call-automation.md
// §2.1).
const (
	clockWarn = 2 * time.Second
	clockFail = 60 * time.Second
)

// Clock compares our clock with another. That one has a resolution, and was read
// at some time while it was asked.
func Clock(ctx context.Context, id, whose string, resolution time.Duration, now func() time.Time, other func(context.Context) (time.Time, error)) Finding {
	f := Finding{ID: id}
	before := now()
	theirs, err := other(ctx)
	after := now()
	if err != nil {
		f.State, f.Found, f.Fix = NotChecked, "the clock of "+whose+" could not be read: "+err.Error(), "see the finding about "+whose
		return f
	}
	// The true offset lies somewhere in here.
	low, high := theirs.Sub(after), theirs.Add(resolution).Sub(before)
	var off time.Duration // the least that agrees with what was seen
	switch {
	case low > 0:
		off = low
	case high < 0:
		off = high
	}
	size, direction := off.Abs(), "behind"
	if off < 0 {
		direction = "ahead of"
	}
	switch {
	case size > clockFail:
		f.State = Fail
	case size > clockWarn:
		f.State = Warn
	default:
		f.State, f.Found = OK, fmt.Sprintf("our clock agrees with that of %s, which was read to within %s", whose, (high-low).Round(10*time.Millisecond))
		return f
	}
	f.Found = fmt.Sprintf("our clock is %s %s that of %s", size.Round(100*time.Millisecond), direction, whose)
	f.Fix = "let a time service set this machine's clock: timedatectl set-ntp true, or chrony; where both findings about clocks agree it is ours that is wrong"
	return f
}

// HTTPDate reads the clock of a web server from the Date of any answer, whose
// resolution is a second (RFC 9110 §6.6.1).
func HTTPDate(client *http.Client, url string) func(context.Context) (time.Time, error) {
	return func(ctx context.Context) (time.Time, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil)
		if err != nil {
			return time.Time{}, err
		}
		resp, err := client.Do(req)
		if err != nil {
			return time.Time{}, err
		}
		_ = resp.Body.Close()
		return http.ParseTime(resp.Header.Get("Date"))
	}
}
