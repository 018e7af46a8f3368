package recording_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/recording"
	"tandem/internal/tenant"
)

var day = time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)

// rig is a service with rows in memory, a Microsoft that does as told and a store
// on disk.
type rig struct {
	*recording.Service
	rows      map[call.RecordingID]call.StoredRecording
	dropped   []string
	fetched   []call.RecordingID // jobs asked for
	content   map[string]string
	size      int64 // instead of the content's, unless 0
	fails     error
	deleted   []string
	now       time.Time
	dir       string
	metrics   *prometheus.Registry
	vanishing bool // the row goes while the file is fetched

	transcripts int // whose time is over
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{rows: map[call.RecordingID]call.StoredRecording{}, content: map[string]string{}, now: day, dir: filepath.Join(t.TempDir(), "re cordings"), metrics: prometheus.NewRegistry()}
	store, err := recording.NewStore("file://" + strings.ReplaceAll(r.dir, " ", "%20"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if err := store.Usable(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.Service = recording.New(recording.Config{
		Rows: r, Microsoft: r, Files: store, MaxSize: 100, Now: func() time.Time { return r.now }, Metrics: r.metrics,
		Fetch: func(_ context.Context, _ tenant.ID, id call.RecordingID) error {
			r.fetched = append(r.fetched, id)
			return nil
		},
	})
	return r
}

func (r *rig) Recording(_ context.Context, _ tenant.ID, id call.RecordingID) (call.StoredRecording, error) {
	v, ok := r.rows[id]
	if !ok {
		return v, fault.NotFound("recording_unknown", "none")
	}
	return v, nil
}

func (r *rig) ChangeRecording(ctx context.Context, t tenant.ID, id call.RecordingID, _ time.Time, change func(call.StoredRecording) (call.StoredRecording, error)) (call.StoredRecording, error) {
	v, err := r.Recording(ctx, t, id)
	if err != nil {
		return v, err
	}
	v.Files = append([]call.RecordingFile(nil), v.Files...)
	if v, err = change(v); err == nil {
		r.rows[id] = v
	}
	return v, err
}

func (r *rig) WaitingRecordings(_ context.Context, before time.Time, after call.StoredRecording, limit int) (all []call.StoredRecording, err error) {
	order := func(a, b call.StoredRecording) int {
		return cmp.Or(a.EndedAt.Compare(b.EndedAt), cmp.Compare(a.ID, b.ID))
	}
	for _, v := range r.rows {
		if (v.File == call.FileNone || v.File == call.FileReady) && v.EndedAt.Before(before) && order(v, after) > 0 {
			all = append(all, v)
		}
	}
	slices.SortFunc(all, order)
	return all[:min(len(all), limit)], nil
}

func (r *rig) ExpireRecordings(_ context.Context, now time.Time, _ int) (n int, err error) {
	for id, v := range r.rows {
		if v.ExpiresAt.Before(now) && !v.ExpiresAt.IsZero() {
			for _, f := range v.Files {
				r.dropped = append(r.dropped, f.Key)
			}
			delete(r.rows, id)
			n++
		}
	}
	return n, nil
}

func (r *rig) ExpireTranscripts(_ context.Context, _ time.Time, limit int) (int, error) {
	n := min(limit, r.transcripts)
	r.transcripts -= n
	return n, nil
}

func (r *rig) DroppedFiles(context.Context, int) ([]string, error) { return r.dropped, nil }
func (r *rig) FilesDeleted(_ context.Context, keys []string) error {
	r.dropped = slices.DeleteFunc(r.dropped, func(key string) bool { return slices.Contains(keys, key) })
	return nil
}

func (r *rig) FetchRecording(_ context.Context, _, location string) (io.ReadCloser, int64, string, error) {
	if r.fails != nil {
		return nil, 0, "", r.fails
	}
	text, ok := r.content[location]
	if !ok {
		return nil, 0, "", fault.NotFound("recording_gone", "Microsoft does not have the file any more")
	}
	if r.vanishing {
		clear(r.rows)
	}
	size := int64(len(text))
	if r.size != 0 {
		size = r.size
	}
	return io.NopCloser(strings.NewReader(text)), size, "audio/wav", nil
}

func (r *rig) DeleteRecording(_ context.Context, _, location string) error {
	if r.fails != nil {
		return r.fails
	}
	r.deleted = append(r.deleted, location)
	return nil
}

const one call.RecordingID = "019ab1c2-7d3e-7f00-8a4b-3c5d6e7f80aa"

// ready is a recording whose files can be fetched.
func (r *rig) ready(contents ...string) {
	v := call.StoredRecording{ID: one, Tenant: "t", Call: "c", Resource: "eu", Format: call.WAV, AskedAt: day, StartedAt: day, EndedAt: day, ReadyAt: day, File: call.FileReady}
	for i, text := range contents {
		name := string(rune('a' + i))
		r.content["get "+name] = text
		v.Files = append(v.Files, call.RecordingFile{Index: i, Document: name, Content: "get " + name, Delete: "delete " + name})
	}
	r.rows[one] = v
}

func (r *rig) onDisk(t *testing.T) (all []string) {
	t.Helper()
	err := filepath.WalkDir(r.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(r.dir, path)
			all = append(all, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (r *rig) fetch(t *testing.T, again bool) call.StoredRecording {
	t.Helper()
	after, err := r.Fetch(t.Context(), "t", one)
	if err != nil || (after > 0) != again {
		t.Fatalf("again in %v, %v", after, err)
	}
	return r.rows[one]
}

// Each file is stored, hashed, and only then deleted at Microsoft.
func TestFetch(t *testing.T) {
	r := newRig(t)
	r.ready("first", "second")
	v := r.fetch(t, false)
	if v.File != call.FileStored || v.StoredAt != day || strings.Join(r.deleted, ",") != "delete a,delete b" {
		t.Errorf("%+v, deleted %v", v, r.deleted)
	}
	for i, text := range []string{"first", "second"} {
		f := v.Files[i]
		sum := sha256.Sum256([]byte(text))
		got, err := os.ReadFile(filepath.Join(r.dir, f.Key))
		if err != nil || string(got) != text || f.SHA256 != hex.EncodeToString(sum[:]) || f.Size != int64(len(text)) || f.Type != "audio/wav" || !f.Deleted {
			t.Errorf("%+v: %q %v", f, got, err)
		}
		if info, err := os.Stat(filepath.Join(r.dir, "t")); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("others can look into the directory: %v %v", info.Mode(), err)
		}
	}
	r.fetch(t, false)
	if len(r.deleted) != 2 || len(r.onDisk(t)) != 2 {
		t.Errorf("fetched again: %v, %v", r.deleted, r.onDisk(t))
	}
	delete(r.rows, one)
	r.fetch(t, false) // off-boarded
}

// What may pass is tried again, for the day that Microsoft keeps it.
func TestFetchAgain(t *testing.T) {
	for name, how := range map[string]func(*rig){
		"no answer":     func(r *rig) { r.fails = fault.Unavailable("acs_unavailable", "does not answer") },
		"unclassified":  func(r *rig) { r.fails = errors.New("broken") },
		"cut off":       func(r *rig) { r.size = 50 },
		"more than due": func(r *rig) { r.size = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.ready("first")
			how(r)
			if v := r.fetch(t, true); v.File != call.FileReady || len(r.onDisk(t)) > 0 || len(r.deleted) > 0 {
				t.Errorf("%+v, %v on disk", v, r.onDisk(t))
			}
			r.now = day.Add(25*time.Hour + time.Minute)
			if v := r.fetch(t, false); v.File != call.FileLost || v.Why == "" {
				t.Errorf("%+v", v)
			}
			r.fails, r.size = nil, 0
			r.fetch(t, false)
			if len(r.onDisk(t)) > 0 {
				t.Error("what was given up was fetched")
			}
		})
	}
	r := newRig(t)
	r.ready("first")
	r.fails = fault.Unavailable("acs_unavailable", "does not answer")
	r.fetch(t, true)
	r.fails = nil
	if v := r.fetch(t, false); v.File != call.FileStored {
		t.Errorf("%+v", v)
	}
}

// What cannot be had any more is told at once.
func TestFetchInVain(t *testing.T) {
	for name, how := range map[string]func(*rig){
		"gone":            func(r *rig) { clear(r.content) },
		"a stranger":      func(r *rig) { r.fails = fault.Invalid("recording_foreign", "the file is not at a host of Microsoft's") },
		"said to be huge": func(r *rig) { r.size = 101 },
		"huge": func(r *rig) {
			r.content["get a"], r.size = strings.Repeat("x", 101), -1
		},
	} {
		r := newRig(t)
		r.ready("first")
		how(r)
		if v := r.fetch(t, false); v.File != call.FileLost || v.Why == "" || len(r.onDisk(t)) > 0 {
			t.Errorf("%s: %+v, %v", name, v, r.onDisk(t))
		}
	}
}

// A tenant that leaves while its file is fetched leaves no file behind.
func TestRowGoesWhileItIsFetched(t *testing.T) {
	r := newRig(t)
	r.ready("first")
	r.vanishing = true
	if _, err := r.Fetch(t.Context(), "t", one); fault.KindOf(err) != fault.KindNotFound || len(r.onDisk(t)) > 0 {
		t.Errorf("%v, %v", err, r.onDisk(t))
	}
}

// Late and lost recordings are told once, jobs that got lost are asked for again.
func TestTend(t *testing.T) {
	r := newRig(t)
	r.ready("first")
	v := r.rows[one]
	v.File, v.Files = call.FileNone, nil
	r.rows[one] = v
	tend := func(after time.Duration, late float64) call.StoredRecording {
		t.Helper()
		r.now = day.Add(after)
		if err := r.Tend(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := "# HELP tandem_recordings_late Recordings that ended more than twelve hours ago and whose files are not all stored. Microsoft keeps them for a day.\n# TYPE tandem_recordings_late gauge\ntandem_recordings_late " + map[float64]string{0: "0", 1: "1"}[late] + "\n"
		if err := testutil.GatherAndCompare(r.metrics, strings.NewReader(want), "tandem_recordings_late"); err != nil {
			t.Error(err)
		}
		return r.rows[one]
	}
	if v := tend(11*time.Hour, 0); !v.AlarmedAt.IsZero() {
		t.Errorf("%+v", v)
	}
	if v := tend(13*time.Hour, 1); !v.AlarmedAt.Equal(r.now) {
		t.Errorf("%+v", v)
	}
	if v := tend(14*time.Hour, 1); !v.AlarmedAt.Equal(day.Add(13 * time.Hour)) {
		t.Error("told twice")
	}
	if v := tend(26*time.Hour, 1); v.File != call.FileLost {
		t.Errorf("%+v", v)
	}
	tend(27*time.Hour, 0)
	if len(r.fetched) > 0 {
		t.Errorf("asked for %v", r.fetched)
	}
	r.ready("first")
	tend(time.Hour, 0)
	if len(r.fetched) != 1 {
		t.Errorf("asked for %v", r.fetched)
	}
}

// All who are late are told of, and all who are lost, however many they are: nobody tells
// of any file if the subscription is not there.
func TestTendMany(t *testing.T) {
	r := newRig(t)
	for i := range 250 {
		id := call.RecordingID(fmt.Sprintf("019ab1c2-7d3e-7f00-8a4b-%012d", i))
		r.rows[id] = call.StoredRecording{ID: id, Tenant: "t", EndedAt: day, File: call.FileNone}
	}
	tend := func(after time.Duration, is func(call.StoredRecording) bool) {
		t.Helper()
		r.now = day.Add(after)
		if err := r.Tend(t.Context()); err != nil {
			t.Fatal(err)
		}
		for id, v := range r.rows {
			if !is(v) {
				t.Fatalf("%s after %s: %+v", id, after, v)
			}
		}
	}
	tend(13*time.Hour, func(v call.StoredRecording) bool { return !v.AlarmedAt.IsZero() })
	tend(26*time.Hour, func(v call.StoredRecording) bool { return v.File == call.FileLost })
}

// A file that cannot be deleted keeps no other one in the store.
func TestSweepAroundWhatStays(t *testing.T) {
	r := newRig(t)
	r.ready("first")
	kept := r.fetch(t, false).Files[0].Key
	stuck := filepath.Join(r.dir, "a", "stuck.wav")
	if err := os.MkdirAll(filepath.Join(stuck, "full"), 0o700); err != nil { // a directory that is not empty
		t.Fatal(err)
	}
	clear(r.rows)
	r.dropped = []string{"a/stuck.wav", kept}
	if err := r.Tend(t.Context()); err == nil {
		t.Error("nobody hears of what stays")
	}
	if len(r.onDisk(t)) != 0 || !slices.Equal(r.dropped, []string{"a/stuck.wav"}) {
		t.Errorf("%v on disk, %v to be dropped", r.onDisk(t), r.dropped)
	}
}

// What expires leaves the store, too.
func TestExpire(t *testing.T) {
	r := newRig(t)
	r.ready("first", "second")
	v := r.fetch(t, false)
	v.ExpiresAt = day.Add(time.Hour)
	r.rows[one] = v
	if err := r.Tend(t.Context()); err != nil || len(r.onDisk(t)) != 2 {
		t.Fatalf("%v, %v", err, r.onDisk(t))
	}
	r.now, r.transcripts = day.Add(2*time.Hour), 1001
	if err := r.Tend(t.Context()); err != nil || r.transcripts != 0 || len(r.onDisk(t)) != 0 || len(r.dropped) != 0 || len(r.rows) != 0 {
		t.Errorf("%v, %v on disk, %v to be dropped", err, r.onDisk(t), r.dropped)
	}
}

func TestStore(t *testing.T) {
	for _, bad := range []string{"", "/var/lib", "gs://x", "file:", "http://x/"} {
		if _, err := recording.NewStore(bad); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, good := range []string{"s3://bucket?region=eu-central-1", "azblob://container"} { // only opened when needed
		if _, err := recording.NewStore(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := recording.NewStore("file://" + file) // not a directory
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Usable(t.Context()); fault.KindOf(err) != fault.KindUnavailable {
		t.Error(err)
	}
	s, err = recording.NewStore("file://" + t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(t.Context(), "t/x.wav"); fault.KindOf(err) != fault.KindNotFound {
		t.Error(err)
	}
	if err := s.Delete(t.Context(), "t/x.wav"); err != nil {
		t.Error(err)
	}
	if err := s.Put(t.Context(), "t/x.wav", "audio/wav", bytes.NewReader([]byte("0123456789"))); err != nil {
		t.Fatal(err)
	}
	r, err := s.Open(t.Context(), "t/x.wav")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Seek(4, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(r); string(rest) != "456789" || err != nil {
		t.Errorf("%q %v", rest, err)
	}
	_ = r.Close()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
