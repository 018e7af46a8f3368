# Tandem: everything a person runs. `make` lists it.
# ARGS= passes flags on: make demo ARGS=--json

GO      ?= go
TOOLS   := $(CURDIR)/.tools
LINT    := $(TOOLS)/golangci-lint
LINT_V  := v2.15.0
FUZZFOR ?= 60s

.PHONY: help run demo test build lint bench fuzz sbc-conformance
.SILENT:

help:
	echo "make run     Tandem, a private Postgres and a simulated Microsoft, for you to play with"
	echo "make demo    one call, from a customer's phone to a person in Teams, checked end to end"
	echo "make test    every test"
	echo "make build   bin/tandem and bin/msim"
	echo "make lint    golangci-lint, eslint, tsc"
	echo "make bench   benchmarks; figures are ratios to a baseline of the same run"
	echo "make sbc-conformance  what an SBC is expected to do, row by row"
	echo "make fuzz    each fuzz target for a minute (FUZZFOR=60s)"

# Without Node, or without its packages, the binary has a page in the place of
# the web app that says so.
build:
	.ci/web build || echo "bin/tandem is built without the web app" >&2
	$(GO) build -trimpath -o bin/ ./cmd/...

run: build
	.ci/prepare postgres
	bin/tandem dev $(ARGS)

# The demo shows no page, so it does not wait for the web app.
demo:
	$(GO) build -trimpath -o bin/ ./cmd/tandem
	.ci/prepare postgres >&2
	bin/tandem demo $(ARGS)

test:
	.ci/test

# One line a row and the number of rows; the details of a row that fails follow it.
sbc-conformance:
	.ci/conformance

# The linter is large and stays out of go.mod.
$(LINT):
	echo "installing golangci-lint $(LINT_V) (two minutes, once)" >&2
	GOBIN=$(TOOLS) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_V)

lint: $(LINT)
	$(LINT) run ./...
	$(LINT) fmt --diff
	.ci/web lint

# BENCH_RIVALS=<folder> measures the SIP edge against Kamailio and rtpengine too.
bench:
	.ci/bench

fuzz:
	$(GO) list -f '{{.ImportPath}} {{.Dir}}' ./... | while read -r pkg dir; do \
		grep -ho '^func Fuzz[A-Za-z0-9_]*' "$$dir"/*_test.go 2>/dev/null | sed 's/^func //' | while read -r target; do \
			echo "$$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZFOR) "$$pkg" || exit 1; \
		done || exit 1; \
	done
