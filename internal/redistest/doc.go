// Package redistest runs real redis-servers for tests, alone and as the larger
// stores that blissh is used with: TLS, Sentinel, Cluster.
//
// A test without redis-server on its machine is skipped. Everything ends with
// the test.
package redistest
