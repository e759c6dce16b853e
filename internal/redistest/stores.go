package redistest

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"blissh/internal/embedded"
)

// Each runs a test on every kind of store that blissh is used with; the test is
// given the store's address.
func Each(t *testing.T, test func(t *testing.T, address string)) {
	for _, kind := range []struct {
		name  string
		start func(t testing.TB) string
	}{
		{"embedded", Embedded},
		{"redis", func(t testing.TB) string { return "redis://" + Start(t).Addr }},
		{"user", User},
		{"socket", Socket},
		{"tls", TLS},
		{"sentinel", func(t testing.TB) string { return StartSentinel(t).URL() }},
		{"cluster", func(t testing.TB) string { return ClusterURL(StartCluster(t, 3)) }},
	} {
		t.Run(kind.name, func(t *testing.T) { test(t, kind.start(t)) })
	}
}

// Embedded is the address of an embedded store.
func Embedded(t testing.TB) string {
	t.Helper()
	s, err := embedded.Start(embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.URL()
}

// User is the address of a server with a user who may do what blissh needs, and
// no more; nobody else is let in.
func User(t testing.TB) string {
	t.Helper()
	s := Start(t, "--user", "default", "off",
		"--user", "blissh", "on", ">s3cr3t/x", "~blissh:*", "resetchannels", "+@all", "-@admin", "-@dangerous", "+info")
	return "redis://blissh:s3cr3t%2Fx@" + s.Addr
}

// Socket is the address of a server that listens on a unix socket alone.
func Socket(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "redis") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	StartAt(t, path, "--port", "0", "--unixsocket", path, "--requirepass", "secret")
	return "unix://:secret@" + path
}

// TLS is the address of a server with a private CA that lets in only who has a
// certificate of it.
func TLS(t testing.TB) string {
	t.Helper()
	c := NewCertificates(t)
	addr := FreeAddr(t)
	_, port, _ := net.SplitHostPort(addr)
	StartAt(t, addr, "--port", "0", "--tls-port", port, "--tls-auth-clients", "yes", "--requirepass", "secret",
		"--tls-cert-file", c.ServerCert, "--tls-key-file", c.ServerKey, "--tls-ca-cert-file", c.CA)
	return "rediss://:secret@" + addr + "?" + c.Query()
}

// Query is the part of an address that names the CA and the client's files.
func (c Certificates) Query() string {
	return url.Values{"ssl_ca_certs": {c.CA}, "ssl_certfile": {c.ClientCert}, "ssl_keyfile": {c.ClientKey}}.Encode()
}

// Sentinel is a master with a replica and the sentinel that watches over them.
type Sentinel struct {
	Master, Replica, Watch *Server
}

// URL is the address for a client.
func (s *Sentinel) URL() string { return "redis://:secret@" + s.Watch.Addr + "?master=beamline" }

// StartSentinel starts the three and waits until each knows the others.
func StartSentinel(t testing.TB) *Sentinel {
	t.Helper()
	auth := []string{"--requirepass", "secret", "--masterauth", "secret"}
	s := &Sentinel{Master: Start(t, auth...)}
	host, port, _ := net.SplitHostPort(s.Master.Addr)
	s.Replica = Start(t, append(auth, "--replicaof", host, port, "--repl-diskless-sync-delay", "0")...)
	s.Watch = startWatch(t, host, port)
	c := s.Watch.Client()
	Eventually(t, "the sentinel knows the replica", func() bool {
		list, err := c.Do(t.Context(), "SENTINEL", "REPLICAS", "beamline").Slice()
		return err == nil && len(list) == 1 && strings.Contains(fmt.Sprint(list), "master-link-status ok")
	})
	return s
}

// startWatch starts a sentinel, which writes into its own configuration.
func startWatch(t testing.TB, host, port string) *Server {
	t.Helper()
	conf := filepath.Join(t.TempDir(), "sentinel.conf")
	text := fmt.Sprintf(`sentinel monitor beamline %s %s 1
sentinel auth-pass beamline secret
sentinel down-after-milliseconds beamline 1000
sentinel failover-timeout beamline 5000
`, host, port)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Start(t, conf)
}

// StartCluster starts a Redis Cluster of n masters.
func StartCluster(t testing.TB, n int) []*Server {
	t.Helper()
	var list []*Server
	for range n {
		addr := busAddr(t)
		_, port, _ := net.SplitHostPort(addr)
		list = append(list, StartAt(t, addr, "--port", port, "--cluster-enabled", "yes"))
	}
	clients := make([]*redis.Client, n)
	for i, s := range list {
		clients[i] = s.Client()
		from, to := 16384*i/n, 16384*(i+1)/n-1
		if err := clients[i].ClusterAddSlotsRange(t.Context(), from, to).Err(); err != nil {
			t.Fatal(err)
		}
		host, port, _ := net.SplitHostPort(s.Addr)
		if err := clients[0].ClusterMeet(t.Context(), host, port).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range clients {
		Eventually(t, "the cluster is up", func() bool {
			info := c.ClusterInfo(t.Context()).Val()
			return strings.Contains(info, "cluster_state:ok") && strings.Contains(info, fmt.Sprintf("cluster_known_nodes:%d", n))
		})
	}
	return list
}

// busAddr is free, and has room for the cluster's own port 10 000 above.
func busAddr(t testing.TB) string {
	for {
		addr := FreeAddr(t)
		if a, err := net.ResolveTCPAddr("tcp", addr); err == nil && a.Port < 55000 {
			return addr
		}
	}
}

// ClusterURL is the address of a cluster for a client.
func ClusterURL(list []*Server) string {
	var hosts []string
	for _, s := range list {
		hosts = append(hosts, s.Addr)
	}
	return "redis://" + strings.Join(hosts, ",")
}
