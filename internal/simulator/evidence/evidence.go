package evidence

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Mark is the kind of evidence, from best to none.
type Mark string

// The marks, as in the fact sheets.
const (
	Recorded   Mark = "recorded"   // [R] seen in recorded traffic of the service
	Documented Mark = "documented" // [D] in Microsoft's documentation
	Schema     Mark = "schema"     // [S] in the published API description
	SDK        Mark = "sdk"        // [K] read from, or captured from, an official SDK
	Reported   Mark = "reported"   // [I] said by a user, not confirmed
	Inferred   Mark = "inferred"   // [?] concluded; nothing says it
)

// meanings explain the marks to readers, in the order of the table.
var meanings = []struct {
	mark Mark
	text string
}{
	{Recorded, "seen in recorded traffic of the real service"},
	{Documented, "stands in Microsoft's documentation"},
	{Schema, "stands in the published API description"},
	{SDK, "read from an official SDK, or captured from one"},
	{Reported, "said by users of the real service, not confirmed"},
	{Inferred, "concluded by us; nothing says it"},
}

// Valid reports whether m is one of the marks.
func (m Mark) Valid() bool {
	for _, known := range meanings {
		if m == known.mark {
			return true
		}
	}
	return false
}

// Behaviour is one thing that is imitated.
type Behaviour struct {
	// Area groups rows, as in Events; Name is unique in it.
	Area, Name string
	// Text says what the simulator does.
	Text string
	Mark Mark
	// Source is where that is known from, as in observed-events.md §4.
	Source string
}

// Markdown writes the register: the meaning of the marks, a table of behaviours
// for each area in order of appearance, and one of the inferences with their
// switches. A row that is incomplete, or there twice, is an error.
func Markdown(w io.Writer, behaviours []Behaviour, inferences []Inference) error {
	seen := map[string]bool{}
	for _, row := range behaviours {
		key := row.Area + "\n" + row.Name
		if seen[key] || row.Area == "" || row.Name == "" || row.Text == "" || row.Source == "" || !row.Mark.Valid() {
			return fmt.Errorf("register of evidence: row %q of %q is there twice, lacks a field or has no known mark (%q)", row.Name, row.Area, row.Mark)
		}
		seen[key] = true
	}
	b := &strings.Builder{}
	fmt.Fprint(b, "| Mark | Means | Behaviours |\n|---|---|---|\n")
	for _, m := range meanings {
		n := 0
		for _, row := range behaviours {
			if row.Mark == m.mark {
				n++
			}
		}
		fmt.Fprintf(b, "| %s | %s | %d |\n", m.mark, m.text, n)
	}
	var areas []string
	for _, row := range behaviours {
		if !slices.Contains(areas, row.Area) {
			areas = append(areas, row.Area)
		}
	}
	for _, area := range areas {
		fmt.Fprintf(b, "\n## %s\n\n| Behaviour | What the simulator does | Mark | Source |\n|---|---|---|---|\n", cell(area))
		for _, row := range behaviours {
			if row.Area == area {
				fmt.Fprintf(b, "| %s | %s | %s | %s |\n", cell(row.Name), cell(row.Text), cell(string(row.Mark)), cell(row.Source))
			}
		}
	}
	if len(inferences) > 0 {
		fmt.Fprint(b, "\n## Switches\n\n| Switch | Values, the first by default | What is not known | Source |\n|---|---|---|---|\n")
		for _, i := range inferences {
			fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", cell(i.Name), cell(strings.Join(i.Values, ", ")), cell(i.Text), cell(i.Source))
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the register of evidence: %w", err)
	}
	return nil
}

// cell makes text fit into a cell of a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\r", "", "\n", " ").Replace(text)
}
