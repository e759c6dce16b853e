# make runs what CI runs, without installing anything.
SEED ?= $(shell date +%s)
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: check format vet staticcheck test race bench soak

check: format vet staticcheck test race

format:
	@out=$$(gofmt -l .); test -z "$$out" || { echo "gofmt would change:"; echo "$$out"; exit 1; }

vet:
	go vet ./...

staticcheck:
	go run $(STATICCHECK) ./...

test:
	go test ./...

race:
	go test -race -timeout 40m -skip 'TestMessages|TestStops' ./...

# the figures of the design, short form; make bench ROUNDS=20 for a quiet evening
ROUNDS ?= 5
bench:
	go run ./internal/bench -rounds $(ROUNDS)

# long suites with full counts; SEED=n repeats a run
soak:
	@echo "seed $(SEED)"
	BLISSH_SOAK=1 BLISSH_SEED=$(SEED) go test -count=1 -timeout 6h ./...
