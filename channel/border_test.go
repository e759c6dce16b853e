package channel_test

import (
	"os/exec"
	"strings"
	"testing"
)

// Programs of other people import package channel: it brings no interpreter, no
// server and nothing of the shell along.
func TestImportsOfClientsStaySmall(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("needs the go command")
	}
	out, err := exec.Command("go", "list", "-deps", "blissh/channel").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, forbidden := range []string{
		"traefik/yaegi", "go-prompt", "miniredis", "blissh/internal/embedded", "blissh/internal/storeserver",
		"blissh/scan", "blissh/session", "blissh/device", "blissh/hooks", "blissh/data",
	} {
		if strings.Contains(string(out), forbidden) {
			t.Errorf("imports %s", forbidden)
		}
	}
}
