package recording

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/azureblob" // azblob://
	_ "gocloud.dev/blob/fileblob"  // file://
	_ "gocloud.dev/blob/s3blob"    // s3://
	"gocloud.dev/gcerrors"

	"tandem/internal/fault"
)

// Store keeps the files. It is opened when it is needed, and again if that failed:
// a store that is away keeps calls from nothing.
type Store struct {
	url string

	mu     sync.Mutex
	bucket *blob.Bucket
}

// NewStore makes a store of its URL; fault.Invalid if that is none.
func NewStore(address string) (*Store, error) {
	u, err := url.Parse(address)
	if err != nil || !slices.Contains([]string{"file", "s3", "azblob"}, u.Scheme) || u.Host == "" && u.Path == "" {
		return nil, fault.Invalid("recording_store_invalid", "the store of recordings must be file:///directory, s3://bucket or azblob://container")
	}
	if u.Scheme == "file" { // made when it is missing; temporary files beside the others, so that renaming them is atomic
		q := u.Query()
		for name, value := range map[string]string{"create_dir": "true", "dir_file_mode": "448", "no_tmp_dir": "true", "metadata": "skip"} { // 0700
			if !q.Has(name) {
				q.Set(name, value)
			}
		}
		u.RawQuery = q.Encode()
	}
	return &Store{url: u.String()}, nil
}

func (s *Store) open(ctx context.Context) (*blob.Bucket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bucket != nil {
		return s.bucket, nil
	}
	b, err := blob.OpenBucket(ctx, s.url)
	if err != nil {
		return nil, away(err)
	}
	s.bucket = b
	return b, nil
}

func away(err error) error {
	return fault.Unavailable("recording_store_away", "the store of recordings cannot be used: see recordings.store in the configuration, and the log").Because(err)
}

// Usable says whether files can be stored now.
func (s *Store) Usable(ctx context.Context) error {
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	if ok, err := b.IsAccessible(ctx); err != nil || !ok {
		return away(err)
	}
	return nil
}

// Open reads a file, as far as it is wanted; fault.NotFound.
func (s *Store) Open(ctx context.Context, key string) (io.ReadSeekCloser, error) {
	b, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	r, err := b.NewReader(ctx, key, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, fault.NotFound("recording_file_missing", "the file is not in the store any more")
	}
	if err != nil {
		return nil, away(err)
	}
	return r, nil
}

// Put writes a file; it is there when Put returns nil, and not before.
func (s *Store) Put(ctx context.Context, key, mediaType string, content io.Reader) error {
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	writing, abort := context.WithCancel(ctx) // what is cancelled before it is closed is not written
	defer abort()
	w, err := b.NewWriter(writing, key, &blob.WriterOptions{ContentType: mediaType, DisableContentTypeDetection: true})
	if err != nil {
		return away(err)
	}
	if _, err := io.Copy(w, content); err != nil {
		abort()
		_ = w.Close() // says that it was cancelled
		return fmt.Errorf("write %s: %w", key[strings.LastIndexByte(key, '/')+1:], err)
	}
	if err := w.Close(); err != nil {
		return away(err)
	}
	return nil
}

// Delete takes a file out; one that is not there is no error.
func (s *Store) Delete(ctx context.Context, key string) error {
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	if err := b.Delete(ctx, key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return away(err)
	}
	return nil
}

// Close gives its connections back.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bucket == nil {
		return nil
	}
	b := s.bucket
	s.bucket = nil
	return b.Close()
}
