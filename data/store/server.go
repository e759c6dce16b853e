package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
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
	if tooOld(version) {
		return fmt.Errorf("it is Redis %s, 6.2 or newer is needed", version)
	}
	return nil
}

// tooOld reports whether a version is one before 6.2.
func tooOld(version string) bool {
	part := strings.SplitN(version, ".", 3)
	if len(part) < 2 {
		return false
	}
	major, err1 := strconv.Atoi(part[0])
	minor, err2 := strconv.Atoi(part[1])
	return err1 == nil && err2 == nil && (major < 6 || major == 6 && minor < 2)
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
