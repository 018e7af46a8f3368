package admin

import (
	"context"
	"encoding/csv"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// csvFile answers with a file (RFC 4180), which write fills row by row: what the
// writer says of a row it keeps for its Error, which is looked at here.
func (s *server) csvFile(ctx context.Context, name string, write func(*csv.Writer) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", "text/csv; charset=utf-8; header=present") // RFC 7111
		c.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
		c.SetHeader("X-Content-Type-Options", "nosniff")
		w := csv.NewWriter(c.BodyWriter())
		w.UseCRLF = true // RFC 4180 §2
		err := write(w)
		if w.Flush(); err == nil {
			err = w.Error()
		}
		if err != nil {
			s.log.WarnContext(ctx, "export broken off", "request", requestOf(ctx).id, "error", err)
			panic(http.ErrAbortHandler) // a file that ends early must not look whole
		}
	}}
}

// cell keeps a spreadsheet from taking words for a formula.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
