package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"blissh/internal/redisconn"
)

// checkVersion refuses a server that is too old for the commands of the
// contract. One that does not tell its version is taken as it is.
func (db *DB) checkVersion(ctx context.Context) error {
	info, err := db.client.Info(ctx, "server").Result()
	if err != nil {
		return nil
	}
	_, after, _ := strings.Cut(info, "redis_version:")
	version, _, _ := strings.Cut(after, "\r\n")
	if redisconn.TooOld(version) {
		return fmt.Errorf("it is Redis %s, 6.2 or newer is needed", version)
	}
	return nil
}

// runID is that of the server's process, which is another one after a restart;
// "" if the server does not tell, as the embedded one.
func runID(ctx context.Context, link *redis.Client) (string, error) {
	info, err := link.InfoMap(ctx, "server").Result()
	if err != nil && redisconn.Away(err) {
		return "", err
	}
	return info["Server"]["run_id"], nil
}

// Warning is one line about settings of the server that may cost data, with
// what to set instead; "" if there is none, or if the server does not tell.
func (db *DB) Warning(ctx context.Context) string {
	m, err := db.client.ConfigGet(ctx, "maxmemory*").Result()
	if policy := m["maxmemory-policy"]; err == nil && policy != "" && policy != "noeviction" && m["maxmemory"] != "0" {
		return fmt.Sprintf("the store %s may throw away a running scan (maxmemory-policy %s): redis-cli CONFIG SET maxmemory-policy noeviction", db.Address(), policy)
	}
	return ""
}
