package recording

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// Rows is what the database knows of recordings.
type Rows interface {
	Recording(ctx context.Context, in tenant.ID, id call.RecordingID) (call.StoredRecording, error)
	ChangeRecording(ctx context.Context, t tenant.ID, id call.RecordingID, at time.Time,
		change func(call.StoredRecording) (call.StoredRecording, error)) (call.StoredRecording, error)
	// WaitingRecordings ended before a moment, and their files are not all stored: the
	// oldest first, from the one behind after on; its zero value is before all.
	WaitingRecordings(ctx context.Context, endedBefore time.Time, after call.StoredRecording, limit int) ([]call.StoredRecording, error)
	// ExpireRecordings removes some whose time is over and says how many.
	ExpireRecordings(ctx context.Context, now time.Time, limit int) (int, error)
	// ExpireTranscripts does so with those of some calls.
	ExpireTranscripts(ctx context.Context, now time.Time, limit int) (int, error)
	// DroppedFiles are files whose row is gone; FilesDeleted forgets them.
	DroppedFiles(ctx context.Context, limit int) ([]string, error)
	FilesDeleted(ctx context.Context, keys []string) error
}

// Microsoft has the files first. What will never be had is fault.NotFound,
// Forbidden or Invalid; anything else may pass.
type Microsoft interface {
	// FetchRecording opens a file; size is -1 if it is not told.
	FetchRecording(ctx context.Context, resource, location string) (content io.ReadCloser, size int64, mediaType string, err error)
	// DeleteRecording succeeds also when the file is gone already.
	DeleteRecording(ctx context.Context, resource, location string) error
}

// Files is where they are kept; [*Store] is one.
type Files interface {
	Put(ctx context.Context, key, mediaType string, content io.Reader) error
	Delete(ctx context.Context, key string) error
}

// Config of a [Service].
type Config struct {
	Rows      Rows
	Microsoft Microsoft
	Files     Files
	// Fetch asks for a job that calls [Service.Fetch].
	Fetch   func(ctx context.Context, t tenant.ID, id call.RecordingID) error
	MaxSize int64 // of one file in bytes; 0: 4 GB, more than a WAV file can have
	Now     func() time.Time
	Logger  *slog.Logger
	Metrics prometheus.Registerer
}

// Service does the work of the jobs.
type Service struct {
	Config
	files *prometheus.CounterVec
	late  prometheus.Gauge
}

// New makes a service.
func New(c Config) *Service {
	c.MaxSize = cmp.Or(c.MaxSize, 4<<30)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	f := promauto.With(c.Metrics)
	return &Service{
		Config: c,
		files: f.NewCounterVec(prometheus.CounterOpts{
			Name: "tandem_recording_files_total", Help: "Files of recordings, by what became of them: stored, failed (tried again), lost, deleted.",
		}, []string{"result"}),
		late: f.NewGauge(prometheus.GaugeOpts{
			Name: "tandem_recordings_late", Help: "Recordings that ended more than twelve hours ago and whose files are not all stored. Microsoft keeps them for a day.",
		}),
	}
}

// Times of a recording without its files.
const (
	// KeptAtMicrosoft is how long it keeps them (facts/call-automation.md §10).
	KeptAtMicrosoft = 24 * time.Hour
	// LateAfter is when somebody is told, while there is time.
	LateAfter = 12 * time.Hour

	lostAfter  = KeptAtMicrosoft + time.Hour
	againAfter = 2 * time.Minute // between two attempts at the same file
	orphaned   = 15 * time.Minute
	atOnce     = 100
)

// Fetch stores what is not stored of a recording and deletes it at Microsoft; again
// is when to come back for what could not be had now.
func (s *Service) Fetch(ctx context.Context, t tenant.ID, id call.RecordingID) (again time.Duration, err error) {
	r, err := s.Rows.Recording(ctx, t, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return 0, nil // off-boarded meanwhile
	}
	if err != nil || r.File == call.FileLost {
		return 0, err
	}
	log := s.Logger.With("tenant", t, "call", r.Call, "recording", id)
	for _, f := range r.Files {
		if !f.StoredAt.IsZero() {
			continue
		}
		f, err := s.store(ctx, r, f)
		switch fault.KindOf(err) {
		case fault.KindNone:
		case fault.KindNotFound, fault.KindForbidden, fault.KindInvalid:
			log.Error("the file of a recording is lost", "index", f.Index, "error", err)
			s.files.WithLabelValues("lost").Inc()
			return 0, s.lose(ctx, r, fmt.Sprintf("file %d: %s", f.Index, shown(err)))
		default:
			if ctx.Err() != nil {
				return 0, ctx.Err()
			}
			log.Warn("the file of a recording is tried again", "index", f.Index, "in", againAfter, "error", err)
			s.files.WithLabelValues("failed").Inc()
			if s.Now().Sub(r.ReadyAt) > lostAfter {
				return 0, s.lose(ctx, r, fmt.Sprintf("file %d could not be fetched in time: %s", f.Index, shown(err)))
			}
			return againAfter, nil
		}
		if r, err = s.noted(ctx, r, f); err != nil {
			return 0, err
		}
		s.files.WithLabelValues("stored").Inc()
		log.Info("the file of a recording is stored", "index", f.Index, "bytes", f.Size)
	}
	return s.tidy(ctx, r, log)
}

// store fetches one file into the store.
func (s *Service) store(ctx context.Context, r call.StoredRecording, f call.RecordingFile) (call.RecordingFile, error) {
	content, size, mediaType, err := s.Microsoft.FetchRecording(ctx, r.Resource, f.Content)
	if err != nil {
		return f, err
	}
	defer func() { _ = content.Close() }()
	if size > s.MaxSize {
		return f, fault.Invalid("recording_too_large", fmt.Sprintf("the file has %d bytes, at most %d are fetched", size, s.MaxSize))
	}
	sum := sha256.New()
	counted := &counter{r: io.TeeReader(content, sum), left: s.MaxSize}
	key := r.Key(f.Index)
	if err := s.Files.Put(ctx, key, mediaType, counted.expecting(size)); err != nil {
		return f, err
	}
	f.Key, f.Size, f.Type, f.SHA256, f.StoredAt = key, counted.n, mediaType, hex.EncodeToString(sum.Sum(nil)), s.Now()
	return f, nil
}

// counter passes on what it reads, and fails if it is too much or too little.
type counter struct {
	r    io.Reader
	n    int64
	left int64
	want int64 // -1: whatever comes
}

func (c *counter) expecting(size int64) *counter {
	c.want = size
	return c
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	if c.left -= int64(n); c.left < 0 {
		return n, fault.Invalid("recording_too_large", "the file does not end")
	}
	if errors.Is(err, io.EOF) && c.want >= 0 && c.n != c.want {
		return n, fault.Unavailable("recording_cut", fmt.Sprintf("%d bytes of %d came", c.n, c.want))
	}
	return n, err
}

// noted writes down that a file is stored, and, with the last one, the recording.
// A file whose row is gone meanwhile is taken out again.
func (s *Service) noted(ctx context.Context, r call.StoredRecording, f call.RecordingFile) (call.StoredRecording, error) {
	now := s.Now()
	after, err := s.Rows.ChangeRecording(ctx, r.Tenant, r.ID, now, func(v call.StoredRecording) (call.StoredRecording, error) {
		all := true
		for i := range v.Files {
			if v.Files[i].Document == f.Document {
				v.Files[i] = f
			}
			all = all && !v.Files[i].StoredAt.IsZero()
		}
		if all {
			v.File, v.StoredAt = call.FileStored, now
		}
		return v, nil
	})
	if fault.KindOf(err) == fault.KindNotFound {
		return after, errors.Join(err, s.Files.Delete(ctx, f.Key))
	}
	return after, err
}

func (s *Service) lose(ctx context.Context, r call.StoredRecording, why string) error {
	_, err := s.Rows.ChangeRecording(ctx, r.Tenant, r.ID, s.Now(), func(v call.StoredRecording) (call.StoredRecording, error) {
		if v.File != call.FileStored {
			v.File, v.Why = call.FileLost, why
		}
		return v, nil
	})
	return err
}

// tidy deletes at Microsoft what is stored here. What cannot be deleted goes there
// by itself after its day.
func (s *Service) tidy(ctx context.Context, r call.StoredRecording, log *slog.Logger) (again time.Duration, err error) {
	for _, f := range r.Files {
		if f.Deleted || f.StoredAt.IsZero() {
			continue
		}
		if err := s.Microsoft.DeleteRecording(ctx, r.Resource, f.Delete); err != nil {
			if s.Now().Sub(f.StoredAt) > KeptAtMicrosoft || fault.KindOf(err) != fault.KindUnavailable {
				log.Warn("the file of a recording stays at Microsoft for its day", "index", f.Index, "error", err)
				continue
			}
			again = againAfter
			continue
		}
		if _, err := s.Rows.ChangeRecording(ctx, r.Tenant, r.ID, s.Now(), func(v call.StoredRecording) (call.StoredRecording, error) {
			for i := range v.Files {
				v.Files[i].Deleted = v.Files[i].Deleted || v.Files[i].Document == f.Document
			}
			return v, nil
		}); err != nil {
			return 0, err
		}
		s.files.WithLabelValues("deleted").Inc()
	}
	return again, nil
}

func shown(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Msg
	}
	return "it could not be stored"
}

// Tend looks for files that do not come, and for what is to go. It does some of it;
// what is left is for the next time.
func (s *Service) Tend(ctx context.Context) error {
	return errors.Join(s.chase(ctx), s.expire(ctx), s.sweep(ctx))
}

// chase finds recordings whose files are missing: it asks again for the job of those
// that have lost theirs, tells of those that are late, and gives up in the end.
func (s *Service) chase(ctx context.Context) error {
	now := s.Now()
	late := 0
	var failed []error
	for last := (call.StoredRecording{}); ; {
		waiting, err := s.Rows.WaitingRecordings(ctx, now.Add(-orphaned), last, atOnce)
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		for _, r := range waiting {
			if now.Sub(r.EndedAt) > LateAfter {
				late++
			}
			failed = append(failed, s.chaseOne(ctx, r, now))
		}
		if len(waiting) < atOnce {
			break
		}
		last = waiting[len(waiting)-1]
	}
	s.late.Set(float64(late))
	return errors.Join(failed...)
}

func (s *Service) chaseOne(ctx context.Context, r call.StoredRecording, now time.Time) error {
	since := now.Sub(r.EndedAt)
	log := s.Logger.With("tenant", r.Tenant, "call", r.Call, "recording", r.ID, "ended", r.EndedAt, "file", r.File)
	var asked error
	switch {
	case r.File == call.FileReady: // gives up by itself
		asked = s.Config.Fetch(ctx, r.Tenant, r.ID)
	case since > lostAfter:
		log.Error("a recording is lost: Microsoft never said where its file is")
		return s.lose(ctx, r, "Microsoft did not say within a day where the file is")
	}
	if since <= LateAfter || !r.AlarmedAt.IsZero() {
		return asked
	}
	log.Error("a recording ended twelve hours ago and is not stored; Microsoft deletes it after a day")
	_, err := s.Rows.ChangeRecording(ctx, r.Tenant, r.ID, now, func(v call.StoredRecording) (call.StoredRecording, error) {
		v.AlarmedAt = now
		return v, nil
	})
	return errors.Join(asked, err)
}

func (s *Service) expire(ctx context.Context) error {
	var failed []error
	for _, some := range []func(context.Context, time.Time, int) (int, error){s.Rows.ExpireRecordings, s.Rows.ExpireTranscripts} {
		n, err := atOnce, error(nil)
		for err == nil && n == atOnce {
			n, err = some(ctx, s.Now(), atOnce)
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// sweep takes files out of the store whose row is gone. One that cannot be deleted is
// tried again the next time.
func (s *Service) sweep(ctx context.Context) error {
	for {
		keys, err := s.Rows.DroppedFiles(ctx, atOnce)
		if err != nil || len(keys) == 0 {
			return err
		}
		var gone []string
		var failed []error
		for _, key := range keys {
			if err := s.Files.Delete(ctx, key); err != nil {
				failed = append(failed, err)
				continue
			}
			gone = append(gone, key)
		}
		if err := errors.Join(append(failed, s.Rows.FilesDeleted(ctx, gone))...); err != nil {
			return err
		}
	}
}
