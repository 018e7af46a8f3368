package call

import (
	"fmt"
	"time"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// FileState is what is known of a recording's files.
type FileState string

// The states.
const (
	FileNone   FileState = "none"   // Microsoft has not said where they are
	FileReady  FileState = "ready"  // it has: they are being fetched
	FileStored FileState = "stored" // all of them are in the store
	FileLost   FileState = "lost"   // at least one cannot be had any more
)

// RecordingFile is one piece of a recording: Microsoft cuts long ones.
type RecordingFile struct {
	Index    int           `json:"index"`
	Document string        `json:"document"` // its name at Microsoft
	Content  string        `json:"content"`  // where it is fetched there
	Delete   string        `json:"delete"`   // and deleted
	Key      string        `json:"key,omitempty"`
	Size     int64         `json:"size,omitempty"`   // bytes
	SHA256   string        `json:"sha256,omitempty"` // hex
	Type     string        `json:"type,omitempty"`   // media type
	Duration time.Duration `json:"duration,omitempty"`
	StoredAt time.Time     `json:"stored_at,omitzero"`
	Deleted  bool          `json:"deleted,omitempty"` // at Microsoft
}

// StoredRecording is a recording as it is kept, longer than its call.
type StoredRecording struct {
	ID        RecordingID
	Tenant    tenant.ID
	Call      ID
	Resource  string
	Microsoft string // its id there
	State     RecordingState
	Format    RecordingFormat
	Channels  RecordingChannels
	AskedAt   time.Time
	StartedAt time.Time // zero: it never began, so there is no file
	EndedAt   time.Time
	Recorded  time.Duration // without pauses
	Outcome   Class
	Message   string
	File      FileState
	Files     []RecordingFile // by index
	ReadyAt   time.Time
	StoredAt  time.Time
	AlarmedAt time.Time // somebody was told that the files are late
	Why       string    // they are lost
	ExpiresAt time.Time // zero: never
}

// RecordingReady is what Microsoft says when the files of a recording can be had.
type RecordingReady struct {
	Resource  string
	Microsoft string // the recording's id there
	Files     []RecordingFile
}

// How long recordings are kept, in days; 0 is until somebody deletes them.
const (
	DefaultRetention = 90
	MaxRetention     = 3650
)

// RecordingSettings is how a tenant's calls are recorded.
type RecordingSettings struct {
	RetentionDays int
	Announcement  []Source // played before each recording that brings none of its own
}

// Validate reports everything wrong with settings.
func (s RecordingSettings) Validate() error {
	var p fault.Problems
	if s.RetentionDays < 0 || s.RetentionDays > MaxRetention {
		p.Add("retention_days", "must be 0 to %d; 0 keeps recordings until somebody deletes them", MaxRetention)
	}
	if len(s.Announcement) > 0 {
		var sources fault.Problems
		checkSources(&sources, s.Announcement, 0, MaxSources)
		p.Under("announcement", sources.Err("sources_invalid", "the announcement is not valid"))
	}
	return p.Err("recording_settings_invalid", "the settings are not valid")
}

// Key names the file in the store.
func (r StoredRecording) Key(index int) string {
	return fmt.Sprintf("%s/%s/%s-%d.%s", r.Tenant, r.AskedAt.UTC().Format("2006/01/02"), r.ID, index, r.Format)
}
