package postgres

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Between two tries to listen.
const (
	listenFirst = 250 * time.Millisecond
	listenMost  = 5 * time.Second
)

// listen tells got what is notified on channels, and nil after each time it had
// to connect, because something may have been missed. It returns when ctx ends.
func (s *Store) listen(ctx context.Context, log *slog.Logger, channels []string, got func(*pgconn.Notification)) {
	pause := listenFirst
	for ctx.Err() == nil {
		began := time.Now()
		err := s.listenOnce(ctx, channels, got)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > listenMost {
			pause = listenFirst
		}
		log.Warn("not listening for other processes", "channels", channels, "again_in", pause, "error", err)
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
		pause = min(2*pause, listenMost)
	}
}

// listenOnce uses a connection of its own: one of the pool would be missing there.
func (s *Store) listenOnce(ctx context.Context, channels []string, got func(*pgconn.Notification)) error {
	conn, err := pgx.ConnectConfig(ctx, s.app.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(ctx) // it may be broken already
	}()
	if _, err := conn.Exec(ctx, `LISTEN `+strings.Join(channels, `; LISTEN `)); err != nil {
		return err
	}
	got(nil)
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		got(n)
	}
}
