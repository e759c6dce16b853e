package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes blissh a command of the test scripts: the test binary itself.
// Shells in this process save nothing unless a test wants it.
func TestMain(m *testing.M) {
	if os.Getenv(envSaving) == "" {
		os.Setenv(envSaving, "off")
	}
	testscript.Main(m, map[string]func(){"blissh": func() {
		patience, err := time.ParseDuration(os.Getenv(hangUpEnv))
		if err != nil {
			patience = hangUpPatience
		}
		os.Exit(run(patience))
	}})
}

// hangUpEnv shortens hangUpPatience for a test.
const hangUpEnv = "BLISSH_TEST_HANGUP"

// repository is the folder of go.mod.
func repository(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestScripts runs the transcripts in testdata/script, each in a place of its
// own: runtime files, settings, and a store that ends with the script.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: os.Getenv("BLISSH_UPDATE") != "",
		Setup: func(e *testscript.Env) error {
			e.Setenv("REPO", repository(t))
			e.Setenv("NO_COLOR", "1")
			e.Setenv("BLISSH_DATA_ROOT", filepath.Join(e.WorkDir, "scans"))
			e.Setenv(envSaving, "off") // those that look at files set it on
			e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, "state"))
			run := filepath.Join(e.WorkDir, "run")
			e.Setenv("XDG_RUNTIME_DIR", run)
			if err := os.Mkdir(run, 0o700); err != nil {
				return err
			}
			return os.Symlink(filepath.Join(repository(t), "scripts"), filepath.Join(e.WorkDir, "scripts"))
		},
	})
}
