package admin

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
)

// downloaded is a file of what was said, which somebody downloads.
type downloaded struct {
	action, subject string         // of the line in the trail
	detail          map[string]any // of the same, without the part that is asked for
	name, kind      string         // of the file, and its media type
	sha256          string         // "" if it is not known
	changed         time.Time      // zero: not known
}

// download answers with the file or a part of it, and leaves a line in the trail for each
// request: who listened to a customer is to be known. The content is closed.
func (s *server) download(ctx context.Context, f downloaded, content io.ReadSeekCloser) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(c huma.Context) {
		defer func() { _ = content.Close() }()
		g := humagin.Unwrap(c)
		f.detail["range"] = g.GetHeader("Range")
		detail, _ := json.Marshal(f.detail) // strings and numbers can be encoded
		s.record(ctx, f.action, f.subject, detail)
		c.SetHeader("Content-Type", f.kind)
		if f.sha256 != "" {
			c.SetHeader("ETag", `"`+f.sha256+`"`)
		}
		c.SetHeader("Cache-Control", "private, no-store")
		c.SetHeader("Content-Disposition", `attachment; filename="`+f.name+`"`)
		http.ServeContent(g.Writer, g.Request, "", f.changed, content)
	}}
}

// inMemory is content that needs no closing.
type inMemory struct{ io.ReadSeeker }

func (inMemory) Close() error { return nil }
