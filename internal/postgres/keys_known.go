package postgres

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tandem/internal/provider"
)

// keyChannel is notified when keys are not what they were.
const keyChannel = "tandem_key"

// keyFor is how long a key is believed without asking again, if nobody says that it
// changed: as long as it may count after its end where the word of it is lost.
const keyFor = 2 * time.Second

// mostKeys bounds the memory.
const mostKeys = 10_000

// knownKeys remembers keys by their hash, so that not each request has to wait for the
// database before it begins.
type knownKeys struct {
	mu      sync.Mutex
	all     map[string]knownKey // nil: nobody listens, so nothing is remembered
	changes int
	lasts   time.Duration // 0: keyFor
}

type knownKey struct {
	provider.Key
	read time.Time
}

// find also tells how many changes there were, for [knownKeys.keep].
func (k *knownKeys) find(hash []byte, now time.Time) (key provider.Key, changes int, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	known, ok := k.all[string(hash)]
	return known.Key, k.changes, ok && now.Sub(known.read) < cmp.Or(k.lasts, keyFor)
}

// keep remembers what was read, unless something changed since it was asked for.
func (k *knownKeys) keep(key provider.Key, read time.Time, changes int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all == nil || k.changes != changes {
		return
	}
	if len(k.all) >= mostKeys {
		clear(k.all)
	}
	k.all[string(key.Hash)] = knownKey{key, read}
}

// forget makes everybody ask again.
func (k *knownKeys) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.changes++
	clear(k.all)
}

func (k *knownKeys) remember(on bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.changes++
	if k.all = nil; on {
		k.all = map[string]knownKey{}
	}
}

// WatchKeys has keys remembered until ctx ends, and forgotten when one of them
// changes. Without it each use of a key is a question.
func (s *Store) WatchKeys(ctx context.Context, log *slog.Logger) {
	s.keys.remember(true)
	defer s.keys.remember(false)
	s.listen(ctx, log, []string{keyChannel}, func(*pgconn.Notification) { s.keys.forget() })
}
