package file

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"blissh/internal/soak"
)

// damaged is a file with something wrong.
func damaged(rng *rand.Rand, whole []byte) (b []byte, what string) {
	b = slices.Clone(whole)
	at := rng.IntN(len(b))
	if rng.IntN(2) == 0 {
		at = rng.IntN(min(len(b), 6000)) // superblock and root group
	}
	switch rng.IntN(5) {
	case 0:
		b[at] ^= 1 << rng.IntN(8)
		return b, fmt.Sprintf("a bit of byte %d flipped", at)
	case 1:
		b[at] = byte(rng.IntN(256))
		return b, fmt.Sprintf("byte %d changed", at)
	case 2:
		at -= at % 4096
		clear(b[at:min(at+4096, len(b))])
		return b, fmt.Sprintf("page at %d zeroed", at)
	case 3:
		return b[:at], fmt.Sprintf("cut off at %d", at)
	}
	for i := range b[at:min(at+8, len(b))] {
		b[at+i] = 255
	}
	return b, fmt.Sprintf("eight bytes at %d overwritten", at)
}

// TestADamagedFileIsNeverMadeWorse damages a file in random places and adds a scan. It
// is refused in one line and left as it is, or all that was there stays, but for
// superblock and root group, and h5py reads the new scan if it could read the root.
func TestADamagedFileIsNeverMadeWorse(t *testing.T) {
	needsSilx(t)
	rng := rand.New(rand.NewPCG(soak.Seed(t), 7))
	all, dir := samples(), t.TempDir()
	start := filepath.Join(dir, "start.h5")
	finished(t, Formats[2], start, all[1], all[3], all[5])
	whole, err := os.ReadFile(start)
	must(t, err)
	whole = whole[:bytes.Index(whole, []byte("free from here on"))] // without the hole at the end
	binary.LittleEndian.PutUint64(whole[40:], uint64(len(whole)))
	refusals := map[string]int{}
	var accepted []string
	n := soak.Count(150, 3000)
	for i := range n {
		b, what := damaged(rng, whole)
		path := filepath.Join(dir, fmt.Sprintf("%05d.h5", i))
		must(t, os.WriteFile(path, b, 0o644))
		o, err := openNexus(path, all[8].scan)
		if err == nil {
			if err = all[8].write(o, 30); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			must(t, o.Close())
			accepted = append(accepted, what+"|"+path)
		} else {
			refused(t, what, path, o, err)
			_, why, _ := strings.Cut(err.Error(), ": ")
			refusals[strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return -1
				}
				return r
			}, why)]++
		}
		after, _ := os.ReadFile(path)
		const root = 6000 // the root group ends before
		if err != nil && string(after) != string(b) || err == nil && string(after[root:len(b)]) != string(b[root:]) {
			t.Fatalf("%s: what was there was changed (%v)", what, err)
		}
		if err != nil {
			os.Remove(path)
		} else {
			must(t, os.WriteFile(path+".damaged", b, 0o644))
		}
		if len(accepted) > 0 && (len(accepted) == 500 || i == n-1) {
			readAccepted(t, accepted)
			accepted = nil
		}
	}
	for why, n := range refusals {
		t.Logf("%4d times: %s", n, why)
	}
}

func readAccepted(t *testing.T, list []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "list")
	must(t, os.WriteFile(path, []byte(strings.Join(list, "\n")), 0o644))
	inPython(t, `
import os, h5py
def new(path):
    with h5py.File(path, "r") as f:
        assert f.attrs["default"] == "9.1" and len(f["9.1/measurement/diode"][()]) == 25 and "end_time" in f["9.1"]
def old(path):
    with h5py.File(path + ".damaged", "r") as f:
        dict(f.attrs), dict(f)
def fails(read, path): # a damaged file may also end the process
    pid = os.fork()
    if pid == 0:
        try:
            read(path)
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1]
bad = []
for line in open(sys.argv[1]):
    what, path = line.strip().split("|")
    if fails(new, path) and not fails(old, path):
        bad.append(what)
    os.remove(path), os.remove(path + ".damaged")
assert not bad, "%d of %d: " % (len(bad), len(list(open(sys.argv[1])))) + "; ".join(bad[:20])`, path)
	must(t, os.Remove(path))
}
