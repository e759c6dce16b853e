package redisconn

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Options turns an address into what go-redis wants. Its errors never contain
// the password.
func Options(address string) (*redis.UniversalOptions, error) {
	a, err := split(address)
	if err != nil {
		return nil, fmt.Errorf("store address %s: %w", Redact(address), err)
	}
	o, err := a.options()
	if err != nil {
		return nil, fmt.Errorf("store address %s: %w", Redact(address), err)
	}
	return o, nil
}

// address is a store's URL, taken apart by hand because net/url knows no list
// of hosts and quotes what it cannot parse, passwords included.
type address struct {
	scheme string // redis, rediss, unix
	user   string // userinfo as written, "" or "user:password"
	hosts  []string
	path   string // "/0", "/run/redis.sock"
	query  url.Values
}

func split(s string) (address, error) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return address{}, errors.New("want redis://host:port, rediss://host:port or unix:///path")
	}
	a := address{scheme: scheme}
	rest, query, _ := strings.Cut(rest, "?")
	var err error
	if a.query, err = url.ParseQuery(query); err != nil {
		return address{}, errors.New("the part after ? is not understood")
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		a.user, rest = rest[:at+1], rest[at+1:]
	}
	if slash := strings.IndexByte(rest, '/'); slash >= 0 {
		rest, a.path = rest[:slash], rest[slash:]
	}
	for h := range strings.SplitSeq(rest, ",") {
		a.hosts = append(a.hosts, withPort(h))
	}
	return a, nil
}

// withPort completes a host by Redis' own port.
func withPort(host string) string {
	if host == "" {
		host = "localhost"
	}
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), "6379")
}

// take is a value of the query, which is no longer there afterwards.
func (a address) take(name string) string {
	defer a.query.Del(name)
	return a.query.Get(name)
}

func (a address) options() (*redis.UniversalOptions, error) {
	master, cluster := a.take("master"), a.take("cluster") == "true"
	sentinelUser, sentinelPassword := a.take("sentinel_username"), a.take("sentinel_password")
	secure := a.takeSecurity()
	one, err := redis.ParseURL(a.first())
	if err != nil {
		return nil, cause(a.scheme)
	}
	if err := secure.set(one.TLSConfig); err != nil {
		return nil, err
	}
	o := &redis.UniversalOptions{
		Addrs: a.hosts, DB: one.DB, Username: one.Username, Password: one.Password,
		TLSConfig: one.TLSConfig, MasterName: master, IsClusterMode: cluster,
		SentinelUsername: sentinelUser, SentinelPassword: sentinelPassword,
	}
	if a.scheme == "unix" {
		o.Addrs = []string{a.path}
	}
	return o, nil
}

// first is the address with its first host only, which go-redis understands.
func (a address) first() string {
	host := a.hosts[0]
	if a.scheme == "unix" {
		host = ""
	}
	s := a.scheme + "://" + a.user + host + a.path
	if len(a.query) > 0 {
		s += "?" + a.query.Encode()
	}
	return s
}

// cause replaces an error of the URL parser, which might quote a password.
func cause(scheme string) error {
	switch scheme {
	case "redis", "rediss", "unix":
		return errors.New("not understood; a password with / ? # @ or % in it must be percent-encoded")
	}
	return errors.New("want redis://, rediss:// or unix://")
}

// Redact is an address without its password, for messages.
func Redact(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		scheme, rest = "", address
	} else {
		scheme += "://"
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = "***@" + rest[at+1:]
	}
	rest, _, _ = strings.Cut(rest, "?")
	return scheme + rest
}
