package store

import (
	"context"
	"fmt"
	"strings"
	"testing"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"blissh/internal/redistest"
)

// network is the way to a store: it can be cut, slowed down, and made to swallow
// what passes.
type network struct {
	t     testing.TB
	proxy *toxiproxy.Proxy
}

func newNetwork(t testing.TB, to string) *network {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	n := &network{t, toxiproxy.NewProxy(server, "store", "127.0.0.1:0", to)}
	if err := n.proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.proxy.Stop)
	return n
}

func (n *network) addr() string { return n.proxy.Listen }

// cut cuts all connections and lets nobody in until it is mended.
func (n *network) cut() { n.proxy.Stop() }

func (n *network) mend() {
	redistest.Eventually(n.t, "the port is free again", func() bool { return n.proxy.Start() == nil })
}

// add adds a toxic in one direction: "upstream" is towards the store.
func (n *network) add(kind, direction, attributes string) (remove func()) {
	n.t.Helper()
	text := fmt.Sprintf(`{"name": "it", "type": %q, "stream": %q, "attributes": {%s}}`, kind, direction, attributes)
	if _, err := n.proxy.Toxics.AddToxicJson(strings.NewReader(text)); err != nil {
		n.t.Fatal(err)
	}
	return func() {
		if err := n.proxy.Toxics.RemoveToxic(context.Background(), "it"); err != nil {
			n.t.Error(err)
		}
	}
}
