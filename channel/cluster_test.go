package channel_test

import (
	"context"
	"strings"
	"testing"

	"blissh/channel"
)

// cluster is a Redis Cluster of one server, which refuses to read two slots in
// one command as a large one does.
type cluster struct{ *outside }

func (c cluster) URL() string { return c.outside.URL() + "?cluster=true" }

func startCluster(t *testing.T) cluster {
	t.Helper()
	o := startRedis(t, "--cluster-enabled", "yes")
	c := plain(t, o)
	if err := c.Do(t.Context(), "CLUSTER", "ADDSLOTSRANGE", "0", "16383").Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the cluster", func() bool {
		return strings.Contains(c.ClusterInfo(context.Background()).Val(), "cluster_state:ok")
	})
	return cluster{o}
}

func TestCluster(t *testing.T) {
	s := startCluster(t)
	one, two := connect(t, s), connect(t, s)
	var far collector
	events(t, two, "e").Watch(far.take)
	for _, name := range []string{"a", "b", "c", "d"} { // four slots
		near := open(t, one, name, channel.Options{Default: 0})
		far := open(t, two, name, channel.Options{})
		if err := near.Set(name); err != nil {
			t.Fatal(err)
		}
		wait(t, far, name)
		if err := far.Set(1); err != nil {
			t.Fatal(err)
		}
		wait(t, near, 1)
		near.Close()
	}
	if err := events(t, one, "e").Post("x"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the event", far.has("x"))
}
