# Two commands do everything on a fresh machine (Debian 12, Go, gcc, make, git):
#
#   make demo   install what is missing, build, and run the morning
#   make test   install what is missing, and run all tests that a change has to pass
#
# The others are parts of these, or longer proofs that are run before a release.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

BUILD := .build
TAGS := migrated_fynedo
export GOFLAGS := -buildvcs=false
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

# What the desktop is built with, what plays it with a keyboard in a virtual screen, what traces
# its writes, and what keeps its keys where a system has a keychain.
PACKAGES := libgl1-mesa-dev xorg-dev libwayland-dev libxkbcommon-dev \
	strace xvfb xdotool imagemagick openbox x11-utils libgl1-mesa-dri \
	fcitx5 fcitx5-chinese-addons dbus dbus-x11 gnome-keyring

.PHONY: help deps build desktop server windows lint test unit race real day demo scenario sim account ladders attacks kills power cuts versions drill soak fuzz mutants bench bench-wire bench-crowd bench-sync bench-desk bench-tick clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

deps: ## install the missing Debian packages
	@missing=$$(for p in $(PACKAGES); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -n "$$missing" ]; then \
	  echo "installing:" $$missing; \
	  root=; if [ "$$(id -u)" != 0 ]; then root=sudo; fi; \
	  $$root apt-get update -qq; \
	  $$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >$${TMPDIR:-/tmp}/redress-packages.log; \
	fi

build: server desktop ## build both programs into .build

server:
	CGO_ENABLED=0 go build -o $(BUILD)/redress-server ./server

desktop: deps
	CGO_ENABLED=1 go build -tags $(TAGS) -o $(BUILD)/redress ./desktop

# What the desktop is cross-built with; its toolkit is C.
MINGW := gcc-mingw-w64-x86-64

windows: ## cross-build both programs for Windows into .build (not part of CI)
	@$(MAKE) --no-print-directory deps PACKAGES="$(MINGW)"
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 go build -o $(BUILD)/redress-server.exe ./server
	GOOS=windows GOARCH=amd64 CGO_ENABLED=1 CC=x86_64-w64-mingw32-gcc go build -tags $(TAGS) -ldflags "-H windowsgui" -o $(BUILD)/redress.exe ./desktop

$(BUILD)/tools/golangci-lint:
	GOBIN=$(CURDIR)/$(BUILD)/tools go install $(GOLANGCI)

lint: deps $(BUILD)/tools/golangci-lint ## the strict linter
	$(BUILD)/tools/golangci-lint run --build-tags $(TAGS),realwindow --timeout 20m --allow-parallel-runners

# Tests keep their files in memory where there are 4 GB for them: what is real is SQLite and its
# files, not the disk; what is about the disk (make power) traces its writes.
MEMORY := /dev/shm
TESTS_IN = $(shell [ "$$(df --output=avail -k $(MEMORY) 2>/dev/null | tail -1)" -gt 4000000 ] 2>/dev/null && findmnt -no OPTIONS $(MEMORY) | grep -vqw noexec && [ -w $(MEMORY) ] && echo TMPDIR=$(MEMORY))

unit: ## everything that needs no screen; of the simulation 100 fresh seeds, or what is begun within MINUTES=2
	$(TESTS_IN) CGO_ENABLED=0 go test -timeout 45m -tags $(TAGS) -skip '^TestSimulation$$' $$(CGO_ENABLED=0 go list ./... | grep -v '/desktop$$')
	@$(TESTS_IN) CGO_ENABLED=0 MINUTES=$(MINUTES) go test . -vet=off -run '^TestSimulation$$' -count=1 -timeout 45m -v | { grep -vE '^ *(=== |--- PASS)' || true; }

real: build ## real windows and real processes, on a virtual screen, and a real keychain
	go test -tags '$(TAGS) realwindow' -count=1 -timeout 20m -p 1 -run 'RealWindow|RealKeychain' -skip '^TestTheDayInRealWindows$$' ./desktop/keyring ./desktop/ui/ime .

day: build ## the whole ladder and the duplicate approval in real windows, a second for an hour
	go test -tags '$(TAGS) realwindow' -count=1 -timeout 20m -v -run '^TestTheDayInRealWindows$$' .

test: deps lint unit real ## all tests that a change has to pass

race: ## the concurrent rooms under the race detector
	CGO_ENABLED=1 go test -race ./server/... ./desktop/replica/... ./desktop/syncclient/... ./syncproto/...

scenario: ## play a scenario: make scenario FILE=any/path.txt
	@SCENARIO=$(abspath $(FILE)) CGO_ENABLED=0 go test -count=1 -run '^TestScenarioFile$$' -v . | { grep -vE '^(=== RUN|--- PASS|PASS|ok)' || true; }

# The simulation of design §11. SEEDS so many, or SEED that one, begun within MINUTES; MODE safety, liveness or both;
# SHRINK=1 makes the trace of what fails short, and writes it as a scenario into
# .build/simulation; ARCHES=1 walks the same seeds on amd64 and on 386 and compares their logs
# (where the system runs no programs of 32 bits: QEMU=qemu-i386, which knows no preemption by
# signals).
SIMULATE = CGO_ENABLED=0 SEED=$(SEED) SEEDS=$(or $(SEEDS),$(if $(SEED),1,200)) MODE=$(MODE) MINUTES=$(MINUTES) SHRINK=$(SHRINK) \
	go test . -vet=off -run '^TestSimulation$$' -count=1 -timeout 24h -v

sim: ## the simulation: make sim SEEDS=500, or SEED=17 MODE=safety SHRINK=1, or SEEDS=20 ARCHES=1
ifdef ARCHES
	@mkdir -p $(BUILD)/simulation
	@for arch in amd64 386; do echo "on $$arch"; \
	  QEMU_SET_ENV=GODEBUG=asyncpreemptoff=1 HASHES=$(CURDIR)/$(BUILD)/simulation/$$arch GOARCH=$$arch $(SIMULATE) $$([ $$arch = amd64 ] || echo $(if $(QEMU),-exec $(QEMU))) | grep -E 'held|^ *(--- FAIL|FAIL)' || exit 1; done
	@cmp $(BUILD)/simulation/amd64 $(BUILD)/simulation/386 && echo "the logs are the same"
else
	@$(SIMULATE) | { grep -vE '^ *(=== |--- PASS)' || true; }
endif

account: ## a million commands against the account
	CGO_ENABLED=0 go test ./syncproto/rules -run TestAccount -count=1 -v -timeout 30m -rapid.checks=16500

ladders: ## a million commands against the ladders
	CGO_ENABLED=0 go test ./syncproto/rules -run TestLadders -count=1 -v -timeout 120m -rapid.checks=17000

# Each gets the seeds that are begun within MINUTES=2, then the scenarios, then the unit tests that it
# names; UNITS=no leaves those out, UNITS=first begins with them. A limit for each is MUTANT_LIMIT=5m;
# MUTANTS=compile only sees that each compiles.
mutants: ## plant bugs and see that the simulator finds them: make mutants [MUTANT=name,name] [SEEDS=n]
	@MUTANTS=$(or $(MUTANTS),1) MUTANT="$(MUTANT)" UNITS=$(or $(UNITS),1) MINUTES=$(or $(MINUTES),2) $(if $(SEEDS),SEEDS=$(SEEDS)) CGO_ENABLED=0 go test . -run '^TestMutants$$' -count=1 -timeout 72h -v | { grep -vE '^(=== RUN|--- PASS|PASS|ok)' || true; }

attacks: ## take away each defence of server/THREATS.md and see its attack succeed: make attacks [ATTACK=name,name]
	@ATTACKS=1 ATTACK="$(ATTACK)" CGO_ENABLED=0 go test . -run '^TestAttacksWithoutDefence$$' -count=1 -timeout 24h -v | { grep -vE '^(=== RUN|--- PASS|PASS|ok)' || true; }

# The rings of real things (design §11); of each a few rounds are a part of `make unit`.
RING = CGO_ENABLED=0 go test . -count=1 -v -timeout 24h

kills: ## kill the server and the cores of desks, a thousand times each, and the server of real desks: make kills KILLS=1000 SERVERKILLS=200
	CGO_ENABLED=0 go test ./server -run TestKill -count=1 -v -timeout 24h -kills $(or $(KILLS),1000)
	$(RING) -run '^TestKilled' -args -kills $(or $(KILLS),1000) -serverkills $(or $(SERVERKILLS),200) -cores 12

power: deps ## cut the power of server and desk, as a trace of their writes has it: make power POWERCUTS=200
	POWER=1 $(RING) -run '^TestPowerLoss' -args -powercuts $(or $(POWERCUTS),60)

cuts: ## work over lines that are cut, held, torn and left alone: make cuts CUTS=500
	$(RING) -run '^TestCutLines$$' -args -runs $(or $(CUTS),500) -cores 12

versions: ## the servers and desks of every release, built from this history, with those of today
	VERSIONS=1 $(RING) -run '^TestEarlierVersions$$'

drill: ## lose the server's disk, with 200 desks and a wrong clock, or all but an old backup, and copy and set back a manager's: make drill DESKS=200
	DRILL=1 $(RING) -run '^TestDrill' -args -drilldesks $(or $(DESKS),200)

soak: ## so many commands a second from desks that come and go, and nothing grows: make soak SOAK=1h RATE=1000 DESKS=500
	SOAK=$(or $(SOAK),1h) $(RING) -run '^TestSoak$$' -args -rate $(or $(RATE),1000) -desks $(or $(DESKS),500)

# How long each decoder is fuzzed. What is found stands in testdata/fuzz of its room and is from
# then on a part of `make unit`, beside the few inputs that earlier runs learned and that reach
# what the others do not; shrinking is kept short, for it stops the clock.
FUZZTIME := 10m

fuzz: ## each decoder for FUZZTIME=10m, one after another, up to the first finding (not part of CI)
	@for room in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u); do \
	  targets=$$(CGO_ENABLED=0 go test -tags $(TAGS) -list '^Fuzz' $$room | { grep '^Fuzz' || true; }); \
	  for target in $$targets; do \
	    echo "$$room $$target"; \
	    CGO_ENABLED=0 go test -tags $(TAGS) $$room -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x || { \
	      echo "found by $$target; play it again: CGO_ENABLED=0 go test -tags $(TAGS) $$room -run '^$$target\$$'"; exit 1; }; \
	  done; \
	done

# One run takes all rows, or some: make bench-wire. Absolute figures are of the machine and of
# what else it does; what counts is the ratio to what stands beside it in the same run.
FIGURES = | { grep -vE '^(=== RUN|--- PASS|PASS|ok)' || true; }

bench: bench-wire bench-crowd bench-sync bench-desk bench-tick ## figures of design §12, one a line: name, value, unit, ratio, goal; or one part: make bench-wire, -crowd, -sync, -desk, -tick

bench-wire: # 200 desks over sockets; the same creates by PocketBase
	@CGO_ENABLED=0 go build -C server/peer -o $(CURDIR)/$(BUILD)/peer .
	@CGO_ENABLED=0 go test . -run '^TestFiguresOfTheWire$$' -count=1 -timeout 60m -v -args -desks 200 -each 50 -heard 10 -peer $(CURDIR)/$(BUILD)/peer $(FIGURES)

bench-crowd: # a few desks in peace; one desk hears of another; 5,000 come back; connections that do nothing
	@CGO_ENABLED=0 go test . -run '^TestFiguresOfTheCrowd$$' -count=1 -timeout 60m -v -args -heardof 500 -crowd 5000 -idle 1000 $(FIGURES)

# The desk that these are taken with holds 100,000 tickets; it is made once.
DESK := $(CURDIR)/$(BUILD)/bench/desk

bench-sync: # a desk takes in 100,000 tickets, in pages as a server packs them, with the search index; fewer: TICKETS=20000
	@CGO_ENABLED=0 go test ./desktop/replica -run '^TestFiguresOfTheFirstSync$$' -count=1 -timeout 60m -v -args -tickets $(or $(TICKETS),100000) $(FIGURES)

bench-desk: # first list, search, scrolling, tap; to the disk and to the painted window
	@CGO_ENABLED=0 go test . -run '^TestADeskOfTheFigures$$' -count=1 -timeout 60m -args -holds 100000 -folder $(DESK) $(FIGURES)
	@CGO_ENABLED=0 go test ./desktop/replica -run '^TestFiguresOfTheDesk$$' -count=1 -timeout 60m -v -args -folder $(DESK) -times 200 $(FIGURES)
	@CGO_ENABLED=0 go test -tags $(TAGS) ./desktop/ui -run '^TestFiguresOfTheScreen$$' -count=1 -timeout 60m -v -args -folder $(DESK) -times 40 $(FIGURES)

bench-tick: # a log of 1,000,000 open tickets, made once (6.5 GB)
	@CGO_ENABLED=0 go test . -run '^TestFiguresOfTheTick$$' -count=1 -timeout 60m -v -args -open 1000000 -due 10000 $(FIGURES)

demo: build ## the main job: server, a seat's and a manager's window
	@bash .ci/demo

clean: ## forget what was built
	rm -rf $(BUILD)
