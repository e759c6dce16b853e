// Package store carries scans between processes through Redis.
//
// A program that runs scans opens a session and publishes each scan; any other
// program follows the session, or reads what is there:
//
//	db, err := store.Open(ctx, "")            // BLISSH_STORE, else this user's store
//	defer db.Close()
//	r, err := db.Follow(ctx, "demo_session", store.FollowOptions{})
//	for {
//		e, err := r.Next(ctx)             // data.NewNode, Prepared, NewData, ..., EndScan
//		...
//	}
//
// The layout of keys, streams and blocks is the contract of docs/data.md, which
// is all that a client in another language needs. In short, the stream of a
// scan holds it in total order, and its entry IDs say how many points there are:
//
//	<k>-0    the block of points that ends with k points taken
//	<k>-<n>  the n-th event after k points: new 0-1, prepared 0-2, ...
//	9007199254740991-1  the end; nothing can follow
package store
