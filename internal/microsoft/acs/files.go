package acs

import (
	"context"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tandem/internal/call"
	"tandem/internal/fault"
)

// RecordingHosts is where Microsoft keeps recorded files; a name that begins with a
// dot is of all hosts below it. Requests that are signed with the key of a resource
// go nowhere else (facts/call-automation.md §10).
func RecordingHosts() []string {
	return []string{".asm.skype.com", ".asyncgw.teams.microsoft.com", ".ams.gov.teams.microsoft.us"}
}

// hostAllowed compares a URL's host, with its port if it has one.
func hostAllowed(host string, allowed []string) bool {
	host = strings.ToLower(host)
	return slices.ContainsFunc(allowed, func(a string) bool {
		a = strings.ToLower(a)
		return host == a || strings.HasPrefix(a, ".") && strings.HasSuffix(host, a)
	})
}

// FetchRecording opens a recorded file of a resource; the reader is to be closed.
// size is -1 if it is not told. fault.NotFound if it is gone, fault.Invalid for an
// address that is none of Microsoft's.
func (c *Connectivity) FetchRecording(ctx context.Context, resource, location string) (content io.ReadCloser, size int64, mediaType string, err error) {
	resp, err := c.stored(ctx, resource, http.MethodGet, location)
	if err != nil {
		return nil, 0, "", err
	}
	mediaType, _, err = mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		mediaType = "application/octet-stream"
	}
	return resp.Body, resp.ContentLength, mediaType, nil
}

// DeleteRecording deletes a recorded file; one that is gone is as good.
func (c *Connectivity) DeleteRecording(ctx context.Context, resource, location string) error {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	resp, err := c.stored(ctx, resource, http.MethodDelete, location)
	if fault.KindOf(err) == fault.KindNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// stored does a request to the storage of recorded files: signed for the resource's
// host over the path alone, and sent to another one. How long it may take is the
// context's matter, because files are large.
func (c *Connectivity) stored(ctx context.Context, resource, method, location string) (*http.Response, error) {
	u, err := url.Parse(location)
	if err != nil || u.Scheme != "https" || u.User != nil || !hostAllowed(u.Host, c.cfg.RecordingHosts) {
		return nil, fault.Invalid("recording_foreign", "the file of the recording is not at a host of Microsoft's")
	}
	client, _, err := c.client(ctx, resource)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, location, http.NoBody)
	if err != nil {
		return nil, fault.Invalid("recording_foreign", "the address of the recording's file makes no sense")
	}
	signFor(req, client.origin.Host, u.EscapedPath(), client.key, c.cfg.Now())
	h := *c.cfg.HTTP // with its rule about redirects
	h.Timeout = 0
	began := c.cfg.Now()
	resp, err := h.Do(req)
	operation := map[string]string{http.MethodGet: "get_file", http.MethodDelete: "delete_file"}[method]
	if err == nil && resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		err = fileProblem(resp.StatusCode)
	} else if err != nil {
		err = fault.Unavailable("acs_unavailable", "Microsoft's storage of recordings does not answer").Because(err)
	}
	result := "ok"
	switch fault.KindOf(err) {
	case fault.KindNone:
	case fault.KindNotFound:
		result = "gone"
	case fault.KindUnavailable:
		result = "unavailable"
	default:
		result = "refused"
	}
	c.cfg.Metrics.request(operation, result, c.cfg.Now().Sub(began))
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// fileProblem says what a status of the storage means. A key may just be rotated, so
// that 401 and 403 are tried again.
func fileProblem(status int) error {
	switch status {
	case http.StatusNotFound, http.StatusGone:
		return fault.NotFound("recording_gone", "Microsoft does not have the file any more")
	}
	return fault.Unavailable("recording_refused", "Microsoft's storage of recordings answers "+http.StatusText(status))
}

// signFor is sign for a request without a body that goes to another host than the
// one it is signed for.
func signFor(req *http.Request, host, path string, key []byte, at time.Time) {
	date := at.UTC().Format(http.TimeFormat)
	hash := hashOfNothing
	req.Header.Set("x-ms-date", date)
	req.Header.Set("x-ms-content-sha256", hash)
	req.Header.Set("x-ms-host", host)
	req.Header.Set("Authorization", "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="+
		signature(key, req.Method, path, date, host, hash))
}

// hashOfNothing is the SHA-256 of an empty body (facts/call-automation.md §2.1).
const hashOfNothing = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

const typeRecordingFile = typePrefix + "RecordingFileStatusUpdated"

// recordingFile reads the data of a RecordingFileStatusUpdated; false if it makes no
// sense. Its recording is named in the subject,
// /recording/call/{serverCallId}/recordingId/{recordingId}.
func (e gridEvent) recordingFile(resource string) (call.RecordingReady, bool) {
	var d struct {
		Info struct {
			Chunks []struct {
				Document string `json:"documentId"`
				Index    int    `json:"index"`
				Content  string `json:"contentLocation"`
				Delete   string `json:"deleteLocation"`
			} `json:"recordingChunks"`
		} `json:"recordingStorageInfo"`
	}
	_, recording, ok := strings.Cut(e.Subject, "/recordingId/")
	if !ok || recording == "" || e.decode(&d) != nil || len(d.Info.Chunks) == 0 || len(d.Info.Chunks) > maxChunks {
		return call.RecordingReady{}, false
	}
	ready := call.RecordingReady{Resource: resource, Microsoft: recording}
	for _, chunk := range d.Info.Chunks {
		if chunk.Document == "" || chunk.Content == "" {
			return call.RecordingReady{}, false
		}
		ready.Files = append(ready.Files, call.RecordingFile{Index: chunk.Index, Document: chunk.Document, Content: chunk.Content, Delete: chunk.Delete})
	}
	return ready, true
}

// maxChunks bounds the files of one recording: more than a call of days would have.
const maxChunks = 1000
