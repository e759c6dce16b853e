package redisconn

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"
)

// ErrNoPassword is wrapped when a store on another machine asks for no password:
// whoever reaches it may stop scans and move what listens to shared channels.
var ErrNoPassword = errors.New("a store on another machine needs a password")

// admitted refuses a store that is not on this machine and has no password. A
// client certificate counts as one.
func admitted(address string, o *redis.UniversalOptions) error {
	if local(o) || o.Password != "" || o.TLSConfig != nil && len(o.TLSConfig.Certificates) > 0 {
		return nil
	}
	return fmt.Errorf("store %s: %w: set requirepass in its redis.conf, and name it redis://:PASSWORD@HOST:PORT", Redact(address), ErrNoPassword)
}

// local reports whether all servers are reached within this machine.
func local(o *redis.UniversalOptions) bool {
	for _, addr := range o.Addrs {
		host, _, err := net.SplitHostPort(addr)
		if ip := net.ParseIP(host); err == nil && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return false
		}
	}
	return true
}

// Warning is one line about an address that others may overhear, "" for any
// other.
func Warning(address string) string {
	o, err := Options(address)
	if err != nil || local(o) || strings.HasPrefix(address, "rediss://") {
		return ""
	}
	return fmt.Sprintf("the store %s is on another machine and not encrypted: data and password can be read on the way; rediss:// is", Redact(address))
}

// HasPassword reports whether an address contains one.
func HasPassword(address string) bool {
	o, err := Options(address)
	return err == nil && o.Password != ""
}
