// Package borders holds the import rules of the module. Each test states a rule
// with the reason for it; there is nothing to import here.
package borders

import (
	"os/exec"
	"strings"
	"testing"
)

// rule forbids packages among everything that others link.
type rule struct {
	packages  []string // of this module, without "blissh/"
	forbidden []string // prefixes of import paths
	reason    string
}

var rules = []rule{
	{
		[]string{"data", "data/peak"}, []string{"blissh/", "github.com/", "golang.org/x/"},
		"a program in another module speaks about scans with the standard library only",
	},
	{
		[]string{"internal/hdf5"}, []string{"blissh/", "github.com/", "golang.org/x/"},
		"a file format is bytes: it knows neither scans nor stores",
	},
	{
		[]string{"data/file"}, []string{"github.com/", "golang.org/x/", "blissh/data/store", "blissh/channel", "blissh/scan", "blissh/device", "blissh/hooks", "blissh/session", "blissh/commands", "blissh/repl"},
		"files are written from what a scan says, wherever that comes from",
	},
	{
		[]string{"writer"}, []string{"github.com/traefik/yaegi", "github.com/c-bata/go-prompt", "blissh/scan", "blissh/device", "blissh/hooks", "blissh/session", "blissh/commands", "blissh/repl"},
		"the writer is a client of the store like any other: a scan does not know of it",
	},
	{
		[]string{"data", "data/peak", "data/store", "channel"},
		[]string{"github.com/traefik/yaegi", "github.com/c-bata/go-prompt", "blissh/scan", "blissh/device", "blissh/hooks", "blissh/session", "blissh/commands", "blissh/repl"},
		"a client program links neither an interpreter nor a beamline",
	},
	{
		[]string{"data", "data/store", "channel", "device", "scan", "hooks", "session", "commands"},
		[]string{"github.com/alicebob/miniredis", "blissh/internal/embedded", "blissh/internal/storeserver"},
		"which store there is, is the program's choice: only cmd and tests link a server",
	},
	{
		[]string{"scan", "hooks", "device"}, []string{"github.com/redis/go-redis", "blissh/data/store", "blissh/channel"},
		"the engine is pure: it has never heard of Redis and is tested without",
	},
	{
		[]string{"data", "channel", "device"}, []string{"blissh/scan", "blissh/hooks", "blissh/session", "blissh/commands", "blissh/repl"},
		"imports point down the layers: data, channel and device are the lowest",
	},
	{
		[]string{"scan"}, []string{"blissh/hooks", "blissh/session", "blissh/commands", "blissh/repl"},
		"imports point down the layers: the engine knows hooks by an interface",
	},
	{
		[]string{"hooks"}, []string{"github.com/traefik/yaegi", "blissh/repl", "blissh/session", "blissh/commands"},
		"the interpreter is given to hooks as a Loader, so that they are tested without",
	},
	{
		[]string{"session"}, []string{"github.com/traefik/yaegi", "github.com/c-bata/go-prompt", "blissh/repl", "blissh/commands"},
		"a session runs without a prompt: in batch scripts and in tests",
	},
	{
		[]string{"commands"}, []string{"github.com/traefik/yaegi", "github.com/c-bata/go-prompt", "blissh/repl"},
		"commands and prompt are siblings: cmd joins them",
	},
	{
		[]string{"repl"}, []string{"blissh/session", "blissh/commands"},
		"the prompt knows source text, not beamlines",
	},
	{
		[]string{"device"}, []string{"blissh/data"},
		"data, channel and device are siblings",
	},
}

func TestBorders(t *testing.T) {
	for _, r := range rules {
		for _, p := range r.packages {
			for _, dep := range deps(t, "blissh/"+p) {
				for _, f := range r.forbidden {
					if strings.HasPrefix(dep, f) && dep != "blissh/"+p && !allowed(dep) {
						t.Errorf("%s links %s: %s", p, dep, r.reason)
					}
				}
			}
		}
	}
}

// allowed are helpers without a layer of their own.
func allowed(dep string) bool {
	return dep == "blissh/internal/nearest" || dep == "blissh/internal/redisconn"
}

// TestDirectImports pins who may import the libraries that are kept behind one
// package each.
func TestDirectImports(t *testing.T) {
	for library, owners := range map[string][]string{
		"github.com/traefik/yaegi":      {"blissh/repl"},
		"github.com/c-bata/go-prompt":   {"blissh/repl"},
		"github.com/alicebob/miniredis": {"blissh/internal/embedded"},
		"github.com/redis/go-redis":     {"blissh/data/store", "blissh/channel", "blissh/internal"},
		"github.com/spf13/cobra":        {"blissh/cmd"},
		"github.com/Shopify/toxiproxy":  {"no package: it is for tests"},
		"blissh/internal/redistest":     {"no package: it is for tests"},
	} {
		for p, imports := range directImports(t) {
			for _, i := range imports {
				if strings.HasPrefix(i, library) && !owned(p, owners) {
					t.Errorf("%s imports %s, which is kept behind %s so that it can be exchanged in one place", p, i, strings.Join(owners, ", "))
				}
			}
		}
	}
}

func owned(p string, owners []string) bool {
	for _, o := range owners {
		if p == o || strings.HasPrefix(p, o+"/") {
			return true
		}
	}
	return false
}

func deps(t *testing.T, p string) []string {
	t.Helper()
	return strings.Fields(goList(t, "-deps", p))
}

func directImports(t *testing.T) map[string][]string {
	t.Helper()
	m := map[string][]string{}
	out := goList(t, "-f", `{{.ImportPath}} {{join .Imports " "}}`, "blissh/...")
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		words := strings.Fields(line)
		m[words[0]] = words[1:]
	}
	return m
}

func goList(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("go list %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
