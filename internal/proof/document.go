package proof

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"math"
	"strings"

	_ "embed"

	"tandem/internal/fault"
)

// The two forms of a report; see the package comment.
const (
	formJSON = "json"
	formHTML = "html"
)

// JSON is the signed report as a file for programs: {"report": …, "signature": …}.
func (s Signer) JSON(r Report) ([]byte, error) {
	body, err := encode(r, "  ", false)
	if err != nil {
		return nil, err
	}
	return jsonFile(body, s.sign(formJSON, body))
}

func jsonFile(body []byte, of Signature) ([]byte, error) {
	signature, err := json.Marshal(of)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "{\n  \"report\": %s,\n  \"signature\": %s\n}\n", body, signature), nil
}

// encode writes readable JSON, whose lines but the first begin with a prefix. In HTML its
// angle brackets are escaped.
func encode(r Report, prefix string, inHTML bool) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent(prefix, "  ")
	e.SetEscapeHTML(inHTML)
	err := e.Encode(r)
	return bytes.TrimSpace(b.Bytes()), err
}

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"figure": figure, "took": took,
	"state": func(s State) string {
		return map[State]string{Passed: "Passed", Failed: "Failed", NotShown: "Not shown"}[s]
	},
	"way":   func(w Way) string { return map[Way]string{Live: "Live", Bench: "Bench"}[w] },
	"lines": func(l []string) string { return strings.Join(l, "\n") },
}).Parse(pageText))

// figure is a measured value for people: as many digits as mean something.
func figure(f Figure) string {
	text := fmt.Sprintf("%.2f", f.Value)
	if f.Unit != "" || f.Value == math.Trunc(f.Value) {
		text = fmt.Sprintf("%.0f", f.Value)
	}
	return strings.TrimSpace(text + " " + f.Unit)
}

// took is a time of some milliseconds.
func took(ms int64) string {
	if ms < 1000 {
		return fmt.Sprintf("%d ms", ms)
	}
	return fmt.Sprintf("%.1f s", float64(ms)/1000)
}

// The report inside a page, and the signature behind it.
const (
	reportBegins    = `<script type="application/json" id="report">`
	reportEnds      = `</script>`
	signatureBegins = "<!-- tandem-proof "
	signatureEnds   = " -->\n"
)

// HTML is the signed report as one file for people, which loads nothing from anywhere. The
// report is in it as data too.
func (s Signer) HTML(r Report) ([]byte, error) {
	data, err := encode(r, "", true)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = page.Execute(&b, struct {
		Report
		Key, WellKnown string
		Ways           []section
	}{r, s.id, WellKnown, sections(r)})
	if err != nil {
		return nil, err
	}
	// Behind the page, and not by the template: it would take it for a program.
	body := fmt.Appendf(b.Bytes(), "%s%s%s\n", reportBegins, data, reportEnds)
	return htmlFile(body, s.sign(formHTML, body))
}

func htmlFile(body []byte, of Signature) ([]byte, error) {
	signature, err := json.Marshal(of)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(bytes.Clone(body), "%s%s%s", signatureBegins, signature, signatureEnds), nil
}

// section is one way of showing, with its checks.
type section struct {
	Way    Way
	Checks []Check
}

func sections(r Report) []section {
	all := []section{{Way: Live}, {Way: Bench}}
	for _, c := range r.Checks {
		for i := range all {
			if all[i].Way == c.Way {
				all[i].Checks = append(all[i].Checks, c)
			}
		}
	}
	return all
}

// largest is what a report may have, in bytes; ours have a hundredth of it.
const largest = 4 << 20

// Verify says whether a file, of either form, is what one of the keys signed, and what it
// reports. Every byte of the file counts. Its errors are for people.
func Verify(file []byte, keys Keys) (Report, error) {
	if len(file) > largest {
		return Report{}, noProof()
	}
	take := takeJSON
	if bytes.HasPrefix(file, []byte("<!doctype html>")) {
		take = takeHTML
	}
	t, err := take(file)
	if err != nil {
		return Report{}, err
	}
	key, err := keys.check(t.form, t.body, t.signature)
	if err != nil {
		return Report{}, err
	}
	if !bytes.Equal(t.again, file) {
		return Report{}, fault.Invalid("proof_altered", "something was added around what was signed, or altered in it: ask for the file again")
	}
	var r Report
	if err := json.Unmarshal(t.report, &r); err != nil || r.Version != Version {
		return Report{}, fault.Invalid("proof_version", "it is signed, and has a form that this program does not know: use a newer one")
	}
	if key.RetiredAt != nil && r.At.After(*key.RetiredAt) {
		return Report{}, fault.Invalid("proof_key_retired", "it says that it was made after its key was retired: it is a fake, made by somebody who has the old key")
	}
	return r, nil
}

// taken is a file in its parts.
type taken struct {
	form      string
	body      []byte // that was signed
	report    []byte // JSON
	signature Signature
	again     []byte // the file built again from body and signature
}

func noProof() error {
	return fault.Invalid("proof_unreadable", "this is no proof of a trunk: give the .json or .html file as it was downloaded")
}

func takeJSON(file []byte) (taken, error) {
	var parts struct {
		Report    json.RawMessage
		Signature Signature
	}
	if err := json.Unmarshal(file, &parts); err != nil || len(parts.Report) == 0 {
		return taken{}, noProof()
	}
	again, err := jsonFile(parts.Report, parts.Signature)
	return taken{formJSON, parts.Report, parts.Report, parts.Signature, again}, err
}

func takeHTML(file []byte) (taken, error) {
	at := bytes.LastIndex(file, []byte(signatureBegins))
	from := bytes.LastIndex(file, []byte(reportBegins))
	if from < 0 || at < from {
		return taken{}, noProof()
	}
	t := taken{form: formHTML, body: file[:at]}
	var whole bool
	t.report, _, whole = bytes.Cut(file[from+len(reportBegins):at], []byte(reportEnds))
	signature, _ := bytes.CutSuffix(file[at+len(signatureBegins):], []byte(signatureEnds))
	if err := json.Unmarshal(signature, &t.signature); err != nil || !whole {
		return taken{}, noProof()
	}
	var err error
	t.again, err = htmlFile(t.body, t.signature)
	return t, err
}
