package tenant_test

import (
	"strings"
	"testing"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

func TestPromptNormalize(t *testing.T) {
	for typed, want := range map[string]string{
		"": "", " EN-gb ": "en-GB", "de": "de", "ZH-hANT-tw": "zh-Hant-TW", "es-419": "es-419", "de-ch-1996": "de-CH-1996", "en-a-bb-x-cc": "en-a-bb-x-cc",
	} {
		if got := (tenant.Prompt{Name: " Greeting ", Language: typed}).Normalize(); got.Name != "Greeting" || got.Language != want {
			t.Errorf("%q became %q, want %q", typed, got.Language, want)
		}
	}
}

func TestPromptValidate(t *testing.T) {
	good := tenant.Prompt{Name: "Greeting", Language: "en-GB"}
	for name, c := range map[string]struct {
		change func(*tenant.Prompt)
		wrong  string
	}{
		"good":                     {func(*tenant.Prompt) {}, ""},
		"no language":              {func(p *tenant.Prompt) { p.Language = "" }, ""},
		"as long as may be":        {func(p *tenant.Prompt) { p.Name = strings.Repeat("ü", tenant.MaxPromptName) }, ""},
		"longer":                   {func(p *tenant.Prompt) { p.Name = strings.Repeat("ü", tenant.MaxPromptName+1) }, "name"},
		"no name":                  {func(p *tenant.Prompt) { p.Name = "" }, "name"},
		"spaces":                   {func(p *tenant.Prompt) { p.Name = " x" }, "name"},
		"control characters":       {func(p *tenant.Prompt) { p.Name = "a\nb" }, "name"},
		"a language's own name":    {func(p *tenant.Prompt) { p.Language = "français" }, "language"},
		"an underscore":            {func(p *tenant.Prompt) { p.Language = "en_GB" }, "language"},
		"a dash at the end":        {func(p *tenant.Prompt) { p.Language = "en-" }, "language"},
		"a language without end":   {func(p *tenant.Prompt) { p.Language = "en" + strings.Repeat("-abcdefgh", 4) }, "language"},
		"a language of one letter": {func(p *tenant.Prompt) { p.Language = "e" }, "language"},
	} {
		p := good
		c.change(&p)
		err := p.Validate()
		if c.wrong == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if fault.CodeOf(err) != "prompt_invalid" || !strings.Contains(err.Error(), c.wrong+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParsePromptID(t *testing.T) {
	if id, err := tenant.ParsePromptID("0193A5C0-7D1E-7C3A-9B52-6A1F0C9D8E77"); err != nil || id != "0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77" {
		t.Errorf("%q %v", id, err)
	}
	if _, err := tenant.ParsePromptID("greeting"); fault.CodeOf(err) != "prompt_id_invalid" {
		t.Error(err)
	}
}
