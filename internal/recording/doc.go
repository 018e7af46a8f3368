// Package recording fetches the files of recordings from Microsoft, stores them,
// and takes them out of the store again.
//
//	Event Grid ──▶ door ──▶ row "ready" ──▶ job [Service.Fetch] ──▶ store
//	                                             └──▶ deleted at Microsoft
//	[Service.Tend]: late and lost files, expired recordings, files without a row
//
// # What holds
//
// Microsoft keeps a file for a day (facts/call-automation.md §10). A file is deleted
// there only when it is whole in the store and the row says so; one that could not
// be fetched is tried again every few minutes until that day is over. Twelve hours
// after the end of a recording whose files are not all stored somebody is told, when
// there is still time; after the day it is lost, and that is told, too.
//
// A file is fetched whole or not at all: it is checked against the length that was
// announced, hashed (SHA-256) as it passes, and appears in the store when it is
// complete. Fetching it twice writes the same name twice.
//
// Files go when their row goes, whatever removes it: retention, the API, or the
// tenant's off-boarding. The database keeps their names until they are gone.
//
// # The store
//
// It is named by a URL (gocloud.dev/blob): file:///var/lib/tandem/recordings,
// s3://bucket?region=eu-central-1 or azblob://container. Credentials come from the
// platform, as the SDKs of AWS and Azure find them. Processes that serve the API and
// processes that run jobs need the same one.
package recording
