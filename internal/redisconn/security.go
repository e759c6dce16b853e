package redisconn

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// security are the files of a rediss:// address. They are named in its query as
// Python's redis.from_url names them, so that one address serves both.
type security struct{ ca, cert, key string }

func (a address) takeSecurity() security {
	return security{a.take("ssl_ca_certs"), a.take("ssl_certfile"), a.take("ssl_keyfile")}
}

// set reads the files into what TLS wants; c is nil for an address without TLS.
func (s security) set(c *tls.Config) error {
	if c == nil {
		if s != (security{}) {
			return errors.New("ssl_ca_certs, ssl_certfile and ssl_keyfile are for rediss://")
		}
		return nil
	}
	c.ServerName = "" // each host of a list is checked by its own name
	if s.ca != "" {
		pem, err := os.ReadFile(s.ca)
		if err != nil {
			return fmt.Errorf("ssl_ca_certs: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("ssl_ca_certs: no certificate in %s", s.ca)
		}
	}
	if s.cert == "" && s.key == "" {
		return nil
	}
	if s.cert == "" || s.key == "" {
		return errors.New("ssl_certfile and ssl_keyfile belong together")
	}
	pair, err := tls.LoadX509KeyPair(s.cert, s.key)
	if err != nil {
		return fmt.Errorf("ssl_certfile and ssl_keyfile: %w", err)
	}
	c.Certificates = []tls.Certificate{pair}
	return nil
}
