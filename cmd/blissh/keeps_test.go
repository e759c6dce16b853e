package main

import (
	"strings"
	"testing"
)

// TestWhatAStoreKeeps is set for a running store; a scan that does not fit is
// refused with the figures, and the status says what is there.
func TestWhatAStoreKeeps(t *testing.T) {
	_, url := startRedis(t)
	p := newPlace(t, "BLISSH_STORE="+url)
	out, err := p.command("store", "--set", "--limit", "1MB", "--keep", "2h").CombinedOutput()
	if err != nil || !strings.Contains(string(out), " keeps 1.0 MB of scans, for 2h0m0s after their end") {
		t.Errorf("%v\n%s", err, out)
	}
	x := p.start()
	x.typeLines(
		"s = ascan(robz, 0, .01, 1, .001, sim_ct_gauss, save=False)",
		"t = ascan(robz, 3, 5, 20000, .001, sim_ct_gauss, save=False)",
	)
	x.see(`the store is too full: the scan needs \d+\.\d MB; of 1\.0 MB, 1\.0 MB are free, ended scans could give 0\.0 MB, running ones use 0\.0 MB`)
	if x.exit() != exitFailed {
		t.Error("the shell does not fail")
	}
	out, err = p.command("store", "--status").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"store redis://***@127.0.0.1", "data: 0.0 MB of 1.0 MB in 1 scan; a scan is kept for 2h0m0s after its end",
		"session demo_session: 1 scan, 0.0 MB; oldest 1_ascan of 2", ", expires in ",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// TestWarningOfThePolicy: a server that may throw data away draws one line.
func TestWarningOfThePolicy(t *testing.T) {
	_, url := startRedis(t, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru")
	x := newPlace(t, "BLISSH_STORE="+url).start()
	x.typeLines("1")
	line := x.see(`^.*maxmemory-policy.*$`)
	if !strings.Contains(line, "redis-cli CONFIG SET maxmemory-policy noeviction") {
		t.Errorf("it does not say what to set: %s", line)
	}
	x.exit()
	if n := strings.Count(x.out.String(), "maxmemory-policy allkeys-lru"); n != 1 {
		t.Errorf("%d lines:\n%s", n, x.out.String())
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{
		"500MB": 500e6, "2GB": 2e9, "1.5 GB": 1500e6, "0.001GB": 1e6, "3000000B": 3e6, "2TB": 2e12,
		"": 0, "2": 0, "GB": 0, "-2GB": 0, "NaNGB": 0, "10kB": 0, "99999TB": 0, "2gb": 0,
	} {
		var b byteSize
		if err := b.Set(text); int64(b) != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %d, %v; want %d", text, b, err, want)
		}
	}
}
