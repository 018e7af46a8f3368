package evidence

import (
	"fmt"
	"io"
	"strings"
)

// Gap is something of the real service that is not imitated.
type Gap struct {
	Area, What string
	// Instead is what happens here.
	Instead string
}

// GapsMarkdown writes a table of gaps, to follow the register. A row that lacks a
// field is an error.
func GapsMarkdown(w io.Writer, gaps []Gap) error {
	b := &strings.Builder{}
	fmt.Fprint(b, "\n## Not imitated\n\n| Area | What | What happens instead |\n|---|---|---|\n")
	for _, g := range gaps {
		if g.Area == "" || g.What == "" || g.Instead == "" {
			return fmt.Errorf("list of gaps: row %q of %q lacks a field", g.What, g.Area)
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", cell(g.Area), cell(g.What), cell(g.Instead))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the list of gaps: %w", err)
	}
	return nil
}
