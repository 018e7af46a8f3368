package operator

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"text/tabwriter"
	"time"

	"github.com/knadh/koanf/parsers/yaml"
)

// ErrPending says that there is something to do, and that it was not done.
var ErrPending = errors.New("there is something to do")

// Trunks plans, applies and takes back the trunks and routes of resources.
type Trunks struct {
	API      Client
	Out      io.Writer
	Resource string // id; "" where a plan names it
	Reason   string // for those who read the history
	JSON     bool   // write what the API answers instead of words
	DryRun   bool   // say what would be done, and do nothing
}

// plan is what is used of a plan of the API; raw is all of it.
type plan struct {
	ID, Resource, State string
	Changes, Notes      []struct{ Text string }
	raw                 json.RawMessage
}

// Plan says what would have to be changed to have what the file says, or the registry if
// there is none; ErrPending if there is anything.
func (o *Trunks) Plan(ctx context.Context, file string) error {
	p, err := o.plan(ctx, file, "")
	if err != nil {
		return err
	}
	return o.pending(p)
}

// Apply plans and does it.
func (o *Trunks) Apply(ctx context.Context, file string) error {
	p, err := o.plan(ctx, file, "")
	if err != nil {
		return err
	}
	return o.do(ctx, p)
}

// ApplyPlan does what a plan says that was made before.
func (o *Trunks) ApplyPlan(ctx context.Context, id string) error {
	p, err := o.ask(ctx, http.MethodGet, "/plans/"+url.PathEscape(id), nil)
	if err != nil {
		return err
	}
	return o.do(ctx, p)
}

// RollBack makes it again what a plan of the history wanted.
func (o *Trunks) RollBack(ctx context.Context, id string) error {
	to, err := o.ask(ctx, http.MethodGet, "/plans/"+url.PathEscape(id), nil)
	if err != nil {
		return err
	}
	o.Resource = cmp.Or(o.Resource, to.Resource)
	p, err := o.plan(ctx, "", to.ID)
	if err != nil {
		return err
	}
	return o.do(ctx, p)
}

func (o *Trunks) plan(ctx context.Context, file, rollBackTo string) (*plan, error) {
	if err := o.named(); err != nil {
		return nil, err
	}
	ask := map[string]any{"resource": o.Resource}
	if o.Reason != "" {
		ask["reason"] = o.Reason
	}
	if rollBackTo != "" {
		ask["roll_back_to"] = rollBackTo
	}
	if file != "" {
		document, err := readDocument(file)
		if err != nil {
			return nil, err
		}
		ask["document"] = document
	}
	return o.ask(ctx, http.MethodPost, "/plans", ask)
}

func (o *Trunks) named() error {
	if o.Resource == "" {
		return errors.New("say which resource: --resource eu-1")
	}
	return nil
}

// readDocument reads YAML, of which JSON is a part; "-" is stdin.
func readDocument(file string) (map[string]any, error) {
	var raw []byte
	var err error
	if file == "-" {
		raw, err = io.ReadAll(os.Stdin)
	} else {
		raw, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, err
	}
	document, err := yaml.Parser().Unmarshal(raw)
	if err != nil {
		return nil, fmt.Errorf("%s is neither YAML nor JSON: %w", file, err)
	}
	return document, nil
}

// do shows a plan and applies it, unless that is not wanted.
func (o *Trunks) do(ctx context.Context, p *plan) error {
	if o.DryRun {
		return o.pending(p)
	}
	if !o.JSON {
		o.show(p)
	}
	p, err := o.ask(ctx, http.MethodPost, "/plans/"+url.PathEscape(p.ID)+"/apply", nil)
	if err != nil {
		return err
	}
	if o.JSON {
		return o.write(p.raw)
	}
	_, err = fmt.Fprintf(o.Out, "\nApplied: %s. Microsoft needs some minutes.\n", p.State)
	return err
}

// pending shows a plan that is not applied now.
func (o *Trunks) pending(p *plan) error {
	if !o.JSON {
		o.show(p)
	} else if err := o.write(p.raw); err != nil {
		return err
	}
	if len(p.Changes) > 0 {
		return ErrPending
	}
	return nil
}

func (o *Trunks) show(p *plan) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Plan %s for resource %s\n\n", p.ID, p.Resource)
	for _, c := range p.Changes {
		b.WriteString(c.Text + "\n")
	}
	if len(p.Changes) == 0 {
		b.WriteString("Nothing to do: Microsoft has what shall be.\n")
	}
	for i, n := range p.Notes {
		if i == 0 {
			b.WriteString("\n")
		}
		b.WriteString("! " + n.Text + "\n")
	}
	_, _ = b.WriteTo(o.Out) // what cannot be shown is not worth an ending of its own
}

func (o *Trunks) write(raw json.RawMessage) error {
	_, err := fmt.Fprintln(o.Out, string(bytes.TrimSpace(raw)))
	return err
}

func (o *Trunks) routing(ctx context.Context, more string) (json.RawMessage, error) {
	if err := o.named(); err != nil {
		return nil, err
	}
	return o.API.Call(ctx, http.MethodGet, "/resources/"+url.PathEscape(o.Resource)+"/routing"+more, nil)
}

// Export writes what the registry has as a file that plan and apply take, yaml or json.
func (o *Trunks) Export(ctx context.Context, format string) error {
	raw, err := o.routing(ctx, "")
	if err != nil {
		return err
	}
	switch format {
	case "json":
		return o.write(raw)
	case "yaml":
		return o.writeYAML(raw)
	}
	return fmt.Errorf("there is no format %s: yaml or json", format)
}

func (o *Trunks) writeYAML(raw json.RawMessage) error {
	var document map[string]any
	if err := json.Unmarshal(raw, &document); err != nil {
		return err
	}
	text, err := yaml.Parser().Marshal(document)
	if err == nil {
		_, err = o.Out.Write(text)
	}
	return err
}

// Import makes the registry what Microsoft has; as a dry run it writes that.
func (o *Trunks) Import(ctx context.Context) error {
	if o.DryRun {
		raw, err := o.routing(ctx, "/observed")
		if err != nil {
			return err
		}
		if o.JSON {
			return o.write(raw)
		}
		var seen struct{ Document json.RawMessage }
		if err := json.Unmarshal(raw, &seen); err != nil {
			return err
		}
		return o.writeYAML(seen.Document)
	}
	if err := o.named(); err != nil {
		return err
	}
	p, err := o.ask(ctx, http.MethodPost, "/resources/"+url.PathEscape(o.Resource)+"/routing/import", map[string]any{"reason": o.Reason})
	if err != nil {
		return err
	}
	if o.JSON {
		return o.write(p.raw)
	}
	_, err = fmt.Fprintf(o.Out, "Imported: %s\n", p.ID)
	return err
}

// History lists the plans, the newest first.
func (o *Trunks) History(ctx context.Context) error {
	const shown = "200"
	raw, err := o.API.Call(ctx, http.MethodGet, "/plans?limit="+shown+"&resource="+url.QueryEscape(o.Resource), nil)
	if err != nil {
		return err
	}
	if o.JSON {
		return o.write(raw)
	}
	var page struct {
		Items []struct {
			ID, Resource, State, Reason, Author string
			AuthorName                          string    `json:"author_name"`
			CreatedAt                           time.Time `json:"created_at"`
			Changes                             int
		}
	}
	if err := json.Unmarshal(raw, &page); err != nil {
		return err
	}
	t := tabwriter.NewWriter(o.Out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "PLAN\tRESOURCE\tSTATE\tCHANGES\tWHEN\tWHO\tWHY") // Flush tells
	for _, p := range page.Items {
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%s\t%s\n", p.ID, p.Resource, p.State, p.Changes, p.CreatedAt.Format(time.RFC3339), cmp.Or(p.AuthorName, p.Author), p.Reason)
	}
	return t.Flush()
}

func (o *Trunks) ask(ctx context.Context, method, path string, in any) (*plan, error) {
	raw, err := o.API.Call(ctx, method, path, in)
	if err != nil {
		return nil, err
	}
	p := &plan{raw: raw}
	return p, json.Unmarshal(raw, p)
}
