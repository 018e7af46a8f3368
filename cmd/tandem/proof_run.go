package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tandem/internal/operator"
	"tandem/internal/proof"
	"tandem/internal/proof/bench"
)

func runProof() *cobra.Command {
	c := &cobra.Command{
		Use: "run", Short: "Prove trunks, and write the signed reports",
		Long: `Asks the installation to prove a trunk, or all trunks of its edges, waits for the
reports, which takes half a minute each, and writes them to --out as .json and .html.
The node that has the trunk makes the proof; calls under way notice nothing.

The admin API is that of --url (or TANDEM_URL), such as https://tandem.example.net, with
the key of TANDEM_KEY; --dev DIR takes both from a running tandem dev. The key needs
the scopes trunks.read and trunks.write. proofs.every has trunks proved without asking.

Exit code 0: no check failed; some may not have been shown, which is told.
1: a check failed, or there is no report.`,
		Args: cobra.NoArgs,
	}
	r := &proofRun{}
	f := c.Flags()
	f.StringVar(&r.url, "url", "", "address of the admin API, without /v1 (default TANDEM_URL, else http://127.0.0.1:8080)")
	f.StringVar(&r.dev, "dev", "", "directory of a running tandem dev, whose API and key are taken")
	f.StringVar(&r.trunk, "trunk", "", "FQDN of the trunk (default all of ours)")
	f.StringVar(&r.out, "out", ".", "folder for the reports; made if it is missing")
	f.BoolVar(&r.asJSON, "json", false, "write one JSON array of the reports, and where they are, instead of words")
	c.RunE = func(c *cobra.Command, _ []string) error { return r.run(c.Context(), c.OutOrStdout()) }
	return c
}

// proofRun is one run.
type proofRun struct {
	api        operator.Client
	url, dev   string
	trunk, out string
	asJSON     bool
}

// proofMade is what came of it for one trunk.
type proofMade struct {
	ID     string       `json:"id"`
	JSON   string       `json:"json"` // files
	HTML   string       `json:"html"`
	Report proof.Report `json:"report"`
}

// signedReport is what is read of a file.
type signedReport struct{ Report *proof.Report }

func (r *proofRun) run(ctx context.Context, w io.Writer) error {
	var err error
	if r.api, err = adminAPI(r.url, r.dev); err != nil {
		return err
	}
	trunks, err := r.trunks(ctx)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	all, failed := []proofMade{}, 0
	for _, fqdn := range trunks {
		m, err := r.one(ctx, fqdn)
		if err != nil {
			return fmt.Errorf("%s: %w", fqdn, err)
		}
		all = append(all, m)
		failed += m.Report.Count(proof.Failed)
		if !r.asJSON {
			if err := m.tell(w); err != nil {
				return err
			}
		}
	}
	if r.asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		if err := e.Encode(all); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d checks failed", failed)
	}
	return nil
}

// trunks are those to be proved.
func (r *proofRun) trunks(ctx context.Context) (all []string, err error) {
	if r.trunk != "" {
		return []string{r.trunk}, nil
	}
	for cursor := ""; ; {
		raw, err := r.api.Call(ctx, http.MethodGet, "/trunks?limit=200&cursor="+url.QueryEscape(cursor), nil)
		if err != nil {
			return nil, err
		}
		var page struct {
			Items []struct{ FQDN, Kind string }
			Next  string
		}
		if err := json.Unmarshal(raw, &page); err != nil {
			return nil, err
		}
		for _, t := range page.Items {
			if t.Kind == "builtin" {
				all = append(all, t.FQDN)
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(all) == 0 {
		return nil, errors.New("no trunk of an edge of ours is registered: POST /v1/trunks, or run tandem trunks import")
	}
	return all, nil
}

// one asks for a proof, waits for it and writes its files.
func (r *proofRun) one(ctx context.Context, fqdn string) (m proofMade, err error) {
	var k struct{ ID, State, Error string }
	raw, err := r.api.Call(ctx, http.MethodPost, "/proofs", map[string]string{"trunk": fqdn})
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if err != nil {
			return m, err
		}
		if err = json.Unmarshal(raw, &k); err != nil {
			return m, err
		}
		if k.State == string(proof.Made) || k.State == string(proof.Broken) {
			break
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return m, context.Cause(ctx)
		}
		raw, err = r.api.Call(ctx, http.MethodGet, "/proofs/"+k.ID, nil)
	}
	if k.State == string(proof.Broken) {
		return m, errors.New(k.Error)
	}
	m.ID = k.ID
	name := filepath.Join(r.out, "proof-"+fqdn+"-"+k.ID)
	for form, path := range map[string]*string{"json": &m.JSON, "html": &m.HTML} {
		*path = name + "." + form
		raw, err := r.api.Call(ctx, http.MethodGet, "/proofs/"+k.ID+"/report."+form, nil)
		if err == nil {
			err = os.WriteFile(*path, raw, 0o644) //nolint:gosec // it is for others
		}
		if err == nil && form == "json" {
			err = json.Unmarshal(raw, &signedReport{&m.Report})
		}
		if err != nil {
			return m, err
		}
	}
	return m, nil
}

// tell writes what did not pass, with what to do, and where the reports are.
func (m proofMade) tell(w io.Writer) error {
	text := told(m.Report) + "\n"
	for _, state := range []proof.State{proof.Failed, proof.NotShown} {
		for _, c := range m.Report.Checks {
			if c.State == state {
				text += fmt.Sprintf("  %-9s  %s: %s\n             %s\n             → %s\n", state, c.ID, c.Title, c.Found, c.Fix)
			}
		}
	}
	_, err := fmt.Fprintf(w, "%s  %s\n  %s\n", text, m.HTML, m.JSON)
	return err
}

// runBench is the process in which [proof.Setup] is tried, so that what goes wrong there
// does not reach the calls of the node. It is started by [benchProcess].
func runBench() *cobra.Command {
	return &cobra.Command{
		Use: "bench", Short: "Make the checks of a bench: a setup on stdin, checks on stdout", Hidden: true, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var s proof.Setup
			if err := json.NewDecoder(c.InOrStdin()).Decode(&s); err != nil {
				return err
			}
			made, err := bench.Run(c.Context(), s, slog.New(slog.DiscardHandler))
			if err != nil {
				return err
			}
			return json.NewEncoder(c.OutOrStdout()).Encode(made)
		},
	}
}

// benchProcess runs this program as [runBench].
func benchProcess(ctx context.Context, s proof.Setup) ([]proof.Check, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	setup, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	var out, complaints bytes.Buffer
	c := exec.CommandContext(ctx, self, "proof", "bench")
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(setup), &out, &complaints
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 5 * time.Second
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, bytes.TrimSpace(complaints.Bytes()))
	}
	var made []proof.Check
	return made, json.Unmarshal(out.Bytes(), &made)
}
