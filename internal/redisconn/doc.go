// Package redisconn is the one way in which blissh connects to its store.
//
// The store is named by an address:
//
//	redis://[user:password@]host[:port][/db]     rediss:// for TLS
//	unix://[user:password@]/path/to/socket[?db=1]
//	redis://h1:7000,h2:7000,h3:7000              Redis Cluster
//	redis://h1:26379,h2:26379?master=NAME        Sentinel; sentinel_username and sentinel_password
//	                                             if the sentinels ask for them
//	redis://h1:7000?cluster=true                 Redis Cluster with one address
//
// The query of a rediss:// address may name ssl_ca_certs, the file of a private
// CA, and ssl_certfile and ssl_keyfile, a client's certificate.
//
// Without an address it is found by [Find]: BLISSH_STORE, else the file that
// `blissh store` writes in the user's runtime directory. Nothing that this
// package returns or prints contains a password, [StoreFile] excepted.
package redisconn
