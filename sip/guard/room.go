package guard

import "time"

// sweepEvery is the time between two looks through a table that is full: who comes from more
// addresses than it has room for must not have us do that for each of his packets.
const sweepEvery = time.Second

// room reports whether a table has room for one more. One that is full is rid of what is old,
// unless that was done a moment ago; swept is when.
func room[K comparable, V any](table map[K]V, most int, swept *time.Time, now time.Time, old func(V) bool) bool {
	if len(table) < most {
		return true
	}
	if now.Sub(*swept) < sweepEvery {
		return false
	}
	*swept = now
	for k, v := range table {
		if old(v) {
			delete(table, k)
		}
	}
	return len(table) < most
}
