package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tandem/internal/operator"
	"tandem/internal/proof"
)

func proofs() *cobra.Command {
	c := &cobra.Command{
		Use: "proof", Short: "Prove that a trunk behaves as Microsoft and carriers need it, and check such a proof",
		Long: `A proof of a trunk is a signed report: TLS, OPTIONS both ways, a call each way with
the sound checked, hold, session refresh, transfers, ringing, failover to each proxy.
What cannot be had from the real Microsoft on demand is shown at an edge that is
started for the proof alone, with the trunk's certificate and settings, on the node
that has the trunk; each check says how it was shown.`,
	}
	c.AddCommand(runProof(), verifyProof(), runBench())
	return c
}

func verifyProof() *cobra.Command {
	c := &cobra.Command{
		Use: "verify FILE", Short: "Say whether a proof, as .json or .html, is what an installation signed",
		Long: `Checks the signature of a proof with the public keys of the installation that made
it, and that no byte was changed. The keys are those at ` + proof.WellKnown + `
of --url, or a copy of that document (--key). Which installation that is you have to
know: a forger would name his own.

Exit code 0: the proof is genuine; its result, which may be a failure, is told.
1: it is not, or could not be checked.`,
		Args: cobra.ExactArgs(1),
	}
	key := c.Flags().String("key", "", "file with the keys: a copy of the document at "+proof.WellKnown)
	from := c.Flags().String("url", "", "address of the installation (default TANDEM_URL)")
	c.MarkFlagsMutuallyExclusive("key", "url")
	c.RunE = func(c *cobra.Command, args []string) error {
		file, err := os.ReadFile(args[0])
		if err != nil {
			return err
		}
		raw, err := publicKeys(c.Context(), *key, *from)
		if err != nil {
			return err
		}
		keys, err := proof.ReadKeys(raw)
		if err != nil {
			return err
		}
		r, err := proof.Verify(file, keys)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.OutOrStdout(), "genuine: %s\n", told(r))
		return err
	}
	return c
}

// told is a report in one line.
func told(r proof.Report) string {
	return fmt.Sprintf("trunk %s, %s, %s: %d passed, %d failed, %d not shown", r.Trunk, r.At.UTC().Format(time.RFC3339), r.Result, r.Count(proof.Passed), r.Count(proof.Failed), r.Count(proof.NotShown))
}

// mostKeys is what the document of the keys may have, in bytes.
const mostKeys = 1 << 20

// publicKeys reads the document of the keys, from a file or an installation.
func publicKeys(ctx context.Context, file, from string) ([]byte, error) {
	if file != "" {
		return os.ReadFile(file)
	}
	if from == "" {
		from = os.Getenv("TANDEM_URL")
	}
	at, err := url.Parse(from)
	if err != nil || at.Host == "" {
		return nil, errors.New("say whose proof it is: --url https://… of the installation that made it, or --key FILE")
	}
	at = &url.URL{Scheme: at.Scheme, Host: at.Host, Path: proof.WellKnown}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, err
	}
	res, err := operator.Patient().Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, mostKeys))
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %d: is it the address of an installation that makes proofs?", strings.TrimSuffix(at.String(), proof.WellKnown), res.StatusCode)
	}
	return raw, err
}
