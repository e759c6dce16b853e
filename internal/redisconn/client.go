package redisconn

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// How long a connection attempt or one command may take. A store that needs
// longer counts as absent.
const (
	dialTimeout = 3 * time.Second
	ioTimeout   = 3 * time.Second
)

// New makes a pooled client for ordinary, short commands; it connects at the
// first command. tune may change the options or be nil. The caller closes it.
// Replies are bounded by the defaults of [Bounds].
func New(address string, tune func(*redis.UniversalOptions)) (redis.UniversalClient, error) {
	o, err := Options(address)
	if err != nil {
		return nil, err
	}
	if err := admitted(address, o); err != nil {
		return nil, err
	}
	common(o)
	Bound(o, NewBounds(0, 0))
	if tune != nil {
		tune(o)
	}
	return redis.NewUniversalClient(o), nil
}

// common sets what every client of blissh wants: RESP2, which every server and
// the embedded store speak, and nothing written to the terminal by the library.
func common(o *redis.UniversalOptions) {
	logging.Disable()
	o.Protocol = 2
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	o.DialTimeout, o.DialerRetries = dialTimeout, 1
	o.ReadTimeout, o.WriteTimeout = ioTimeout, ioTimeout
	o.ContextTimeoutEnabled = true
}

// Bound gives all connections of a pool these bounds.
func Bound(o *redis.UniversalOptions, b *Bounds) {
	o.Dialer = bounded(redis.NewDialer(&redis.Options{TLSConfig: o.TLSConfig, DialTimeout: o.DialTimeout}), b)
}

// ErrBroken is returned by a client of [Dedicated] whose connection is gone.
var ErrBroken = errors.New("the connection to the store is gone")

// Dedicated makes a client of exactly one connection, to the server that holds
// key. It never retries and never reconnects: once its connection broke, every
// command fails, so that the caller knows when to look what has become of the
// last one. Close unblocks a command in progress, which cancelling its context
// does not. The caller closes it.
func Dedicated(ctx context.Context, address, key string) (*redis.Client, error) {
	return Bounded(ctx, address, key, NewBounds(0, 0))
}

// Bounded is Dedicated with bounds of the caller's own.
func Bounded(ctx context.Context, address, key string, b *Bounds) (*redis.Client, error) {
	u, err := Options(address)
	if err != nil {
		return nil, err
	}
	if err := admitted(address, u); err != nil {
		return nil, err
	}
	common(u)
	if u.Addrs, err = locate(ctx, u, key); err != nil {
		return nil, err
	}
	o := u.Simple()
	// The dialer makes it one connection. A pool of one would, after the first
	// failed attempt, go on dialling on a goroutine that outlives Close.
	o.MaxRetries, o.PoolSize, o.PipelinePoolSize = -1, 10, -1
	o.ConnMaxIdleTime = -1
	o.Dialer = once(bounded(redis.NewDialer(o), b))
	c := redis.NewClient(o)
	// A server whose disk is full refuses PING, too, but not reading.
	if err := c.Ping(ctx).Err(); err != nil && !Full(err) {
		c.Close()
		return nil, err
	}
	return c, nil
}

type dialer = func(ctx context.Context, network, addr string) (net.Conn, error)

// once lets a dialer be used for one connection only.
func once(dial dialer) dialer {
	var used atomic.Bool
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if used.Swap(true) {
			return nil, ErrBroken
		}
		return dial(ctx, network, addr)
	}
}

// locate finds the address of the server that holds key.
func locate(ctx context.Context, o *redis.UniversalOptions, key string) ([]string, error) {
	switch {
	case o.MasterName != "":
		return askSentinels(ctx, o)
	case o.IsClusterMode || len(o.Addrs) > 1:
		return askCluster(ctx, o, key)
	}
	return o.Addrs[:1], nil
}

func askSentinels(ctx context.Context, o *redis.UniversalOptions) ([]string, error) {
	var all []error
	for _, addr := range o.Addrs {
		one := *o
		one.Addrs, one.DB = []string{addr}, 0
		one.Username, one.Password = o.SentinelUsername, o.SentinelPassword
		s := redis.NewSentinelClient(one.Simple())
		at, err := s.GetMasterAddrByName(ctx, o.MasterName).Result()
		s.Close()
		if err == nil && len(at) == 2 {
			return []string{net.JoinHostPort(at[0], at[1])}, nil
		}
		all = append(all, err)
	}
	return nil, errors.Join(all...)
}

func askCluster(ctx context.Context, o *redis.UniversalOptions, key string) ([]string, error) {
	c := redis.NewClusterClient(o.Cluster())
	defer c.Close()
	node, err := c.MasterForKey(ctx, key)
	if err != nil {
		return nil, err
	}
	return []string{node.Options().Addr}, nil
}

// temporary are the beginnings of the answers of a server that cannot do its
// work now, though it may later.
var temporary = [...]string{
	"LOADING ", "READONLY ", "MASTERDOWN ", "CLUSTERDOWN ", "MOVED ", "ASK ", "TRYAGAIN ",
	"BUSY ", "NOREPLICAS ", "UNBLOCKED ", "ERR max number of clients",
}

// Full reports whether a server answers, but takes no data: its memory is at its
// limit, or its disk is.
func Full(err error) bool {
	var reply redis.Error
	if !errors.As(err, &reply) {
		return false
	}
	text := strings.TrimPrefix(reply.Error(), "EXECABORT Transaction discarded because of: ")
	return strings.HasPrefix(text, "OOM ") || strings.HasPrefix(text, "MISCONF ")
}

// Away reports whether an error of a command means that the store, or this
// server of it, cannot be reached now, as opposed to an answer that it gave.
func Away(err error) bool {
	if err == nil || errors.Is(err, redis.Nil) || errors.Is(err, ErrTooLarge) {
		return false
	}
	var reply redis.Error
	if !errors.As(err, &reply) {
		return true
	}
	return slices.ContainsFunc(temporary[:], func(t string) bool { return strings.HasPrefix(reply.Error(), t) })
}
