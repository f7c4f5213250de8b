# Everything that is done with this repository. "make help" lists it. The steps that need more than a line are in .make.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL: # each step uses all cores itself

GO ?= go
VERSION = $(shell git -c safe.directory='*' describe --tags --always --dirty 2>/dev/null || echo unknown)

# Media files that tests use beside what they make themselves; those tests are skipped without it.
CORPUS ?= $(wildcard ../shared/media)
override CORPUS := $(abspath $(CORPUS))
export CORPUS

# What "make unit" tells go test: a sample of the long tests will do. "make accept" runs them whole.
UNIT ?= -short

# How long "make fuzz" fuzzes each target, in seconds.
FUZZ ?= 10

# How long "make soak" loads.
TIME ?= 15m

# What "make bench" measures, a regular expression, and how many rounds of it.
RUN ?=
ROUNDS ?= 15

web := origin/console/web
e2e := $(web)/e2e
npm_ci := npm ci --no-audit --no-fund --loglevel=error

##@ Use

.PHONY: demo
demo: build ## Store a clip (FILE=… or one made here), serve it, print where it plays; DATA= LISTEN= CONTROL=
	@.make/deps run
	@.make/demo

.PHONY: build
build: web ## Build bin/headwater, one static binary
	@CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '-X main.version=$(VERSION)' -o bin/headwater ./cmd/headwater

.PHONY: web
web: ## Bundle the watch page that the binary embeds
	@.make/deps build
	@$(MAKE) -s --no-print-directory $(web)/dist/watch.js

##@ Check

.PHONY: test
test: ## Everything that must hold before a commit lands; under 15 minutes on 2 cores
	@.make/deps build run test bench
	@$(MAKE) -s --no-print-directory build lint unit exact goldens sample players
	@echo; echo 'make test: everything passed'

.PHONY: lint
lint: ## Format, repository rules, vet, staticcheck
	@echo '== format and repository rules'
	@$(GO) test ./cmd/internal/repolint
	@echo '== vet'
	@$(GO) vet ./...
	@echo '== staticcheck'
	@$(GO) tool staticcheck -checks all ./...

.PHONY: unit
unit: ## All Go tests with the race detector, in random order
	@echo "== tests, CORPUS=$${CORPUS:-(none)}"
	@CGO_ENABLED=1 $(GO) test -race $(UNIT) -shuffle=on -p 4 -timeout 20m ./... # some packages wait most of their time

.PHONY: exact
exact: ## What the race detector would spoil: allocations and hit ratios
	@echo '== allocations and hit ratios'
	@$(GO) test -p 1 -run '[Aa]llocat|HitRatio|RecyclesItsBuffer' ./auth/... ./bench/client ./cache ./cmd/internal/wire ./origin/... ./packager

.PHONY: fuzz
fuzz: ## Fuzz each target for FUZZ=10 seconds; make test runs what earlier fuzzing found, which does not depend on chance
	@echo '== fuzz, $(FUZZ) s each'
	@GO='$(GO)' .make/fuzz '$(FUZZ)'

.PHONY: goldens
goldens: ## Write all golden files again; they must not change
	@echo '== goldens'
	@GO='$(GO)' .make/goldens

.PHONY: players
players: build $(e2e)/node_modules/.package-lock.json ## Play a short clip with hls.js, dash.js, shaka-player, GStreamer and ffmpeg; protected too
	@echo '== players; and of protected assets, through nginx, at the same time: both wait most of theirs'
	@log=$$(mktemp); trap 'rm -f "$$log"' EXIT; .make/access protected >"$$log" 2>&1 & protected=$$!; \
	.make/players || failed=1; wait $$protected || failed=1; cat "$$log"; exit $${failed:-0}

.PHONY: sample
sample: build ## A few of the clips of the matrix, through the whole program
	@echo '== a sample of the matrix'
	@GO='$(GO)' .make/matrix 'flashbeep_2997|hostile|length_one_picture_and'

.PHONY: matrix
matrix: build ## Some 180 made clips, one for each thing that may break ingest, through the whole program
	@GO='$(GO)' .make/matrix

.PHONY: bench-ingest
bench-ingest: build ## CPU of ingest against a hand-written ffmpeg command, and the time to the first playable segment
	@.make/deps run
	@$(GO) run ./cmd/ingestbench $(FILE)

.PHONY: bench
bench: build ## Side by side with nginx on two cores; RUN= chooses cases, ROUNDS=, FLAGS=-full …; ends with all budgets
	@.make/deps run bench
	@$(GO) build -o bin/sidebyside ./cmd/sidebyside
	@bin/sidebyside -run '$(RUN)' -rounds $(ROUNDS) $(FLAGS)

.PHONY: bench-start
bench-start: build ## What 100,000 assets cost: process start to first byte, memory, an idle server; DATA= keeps them
	@.make/deps run
	@$(GO) run ./cmd/startbench $(if $(DATA),-data $(DATA))

.PHONY: soak
soak: build ## Load two servers for TIME=15m with players, 10,000 idle connections and misbehaving clients; nothing may grow
	@.make/deps run
	@$(GO) build -o bin/soak ./cmd/soak
	@bin/soak -time '$(TIME)' $(FLAGS)

.PHONY: accept
accept: ## Everything whole, without a time limit: long fuzzing, the matrix, the corpus, players on all of it, budgets
	@$(MAKE) -s --no-print-directory test UNIT=
	@$(MAKE) -s --no-print-directory fuzz FUZZ=60
	@$(MAKE) -s --no-print-directory matrix
	@test -z "$$CORPUS" || $(MAKE) -s --no-print-directory corpus
	@GO='$(GO)' CONFIG=.make/codecs.yaml .make/matrix 'flashbeep|sound_[^o]|sound_opus' # ffmpeg wants two packets of MP3: not sound_one_sample
	@test -z "$$CORPUS" || $(GO) run ./cmd/corpus -config .make/codecs.yaml "$$CORPUS"
	@$(MAKE) -s --no-print-directory $(e2e)/node_modules/.package-lock.json
	@CONFIG=.make/codecs.yaml SCRIPTS=codecs .make/players
	@.make/access signed pages
	@test -z "$$CORPUS" || .make/players "$$CORPUS"/*.{mp4,mov,mkv,webm,ts,avi,m4a,mp3,flac}

.PHONY: corpus
corpus: build ## Ingest and play back every file of the folder CORPUS=…; prints a table
	@.make/deps run
	@test -n "$$CORPUS" || { echo 'name a folder of media files: make corpus CORPUS=DIR' >&2; exit 2; }
	@$(GO) run ./cmd/corpus "$$CORPUS"

##@ Care

.PHONY: deps
deps: ## Install what is missing by apt (as root or with sudo), or say what to install
	@.make/deps build run test

.PHONY: clean
clean: ## Remove what was built; keeps demo data
	@rm -rf bin $(web)/node_modules $(e2e)/node_modules
	@find $(web)/dist -type f ! -name unbuilt.html ! -name .gitignore -delete

.PHONY: help
help:
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z][a-z-]*:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(web)/dist/watch.js: $(web)/node_modules/.package-lock.json $(wildcard $(web)/src/*) $(web)/build.mjs
	@cd $(web) && npm run --silent build
	@touch $@

%/node_modules/.package-lock.json: %/package-lock.json %/package.json
	@cd $* && $(npm_ci)
	@touch $@
