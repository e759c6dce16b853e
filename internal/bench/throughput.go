package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"blissh/scan"
	"blissh/session"
)

// throughput is how many points a second are measured and acknowledged, as a
// ratio to what redis-benchmark's XADD reaches on the same server, on one
// connection, with the same fields.
func throughput(ctx context.Context, b *bench, e *engine) (figures []figure, err error) {
	s, done, err := b.openMany(ctx, e)
	if err != nil {
		return nil, err
	}
	defer done()
	n := b.pick(20_000, 5_000)
	for _, counters := range []int{1, 4, 20} {
		var ours, theirs []float64
		for range b.turns() {
			took, err := bare(ctx, s, counters, n)
			if err != nil {
				return figures, err
			}
			raw, err := e.xadd(ctx, counters+2, n)
			if err != nil {
				return figures, err
			}
			ours, theirs = append(ours, float64(n)/took.Seconds()), append(theirs, raw)
		}
		slices.Sort(ours)
		slices.Sort(theirs)
		p, x := ours[len(ours)/2], theirs[len(theirs)/2]
		figures = append(figures, stated("%.0f/%.0f = %.2f", p, x, p/x))
	}
	return figures, nil
}

// bare is how long a scan takes that nobody watches.
func bare(ctx context.Context, s *session.Session, counters, n int) (time.Duration, error) {
	sc, err := s.NewScan(scan.Plan{Name: "loopscan", Trajectory: scan.Static{N: n}, Counters: s.Counters()[:counters]})
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	err = sc.Run(ctx)
	return time.Since(begin), err
}

// xadd is how many XADD a second redis-benchmark reaches, each with so many
// fields of 8 bytes.
func (e *engine) xadd(ctx context.Context, fields, n int) (float64, error) {
	args := []string{"-u", e.url, "-c", "1", "-n", strconv.Itoa(n), "--csv", "xadd", "bench:xadd", "*"}
	for i := range fields {
		args = append(args, fmt.Sprint("c", i), "12345678")
	}
	out, err := exec.CommandContext(ctx, "redis-benchmark", args...).Output()
	if err != nil {
		return 0, fmt.Errorf("redis-benchmark (apt-get install redis-tools): %w", err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(out))).ReadAll()
	if err != nil || len(rows) != 2 || len(rows[1]) < 2 {
		return 0, errors.Join(fmt.Errorf("redis-benchmark printed %q", out), err)
	}
	return strconv.ParseFloat(rows[1][1], 64)
}
