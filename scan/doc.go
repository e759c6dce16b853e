// Package scan runs scans: a path of points, devices that move and count at
// each of them, sinks that are told.
//
// A Plan describes a scan completely; New checks it, limits included, before
// anything moves; Run does it, once. One point is
//
//	sleep, Ready, Guard, move all axes, settle, read them back, compare,
//	Ready, Guard, trigger, count, read, read the axes again, compare, Put
//
// and one scan is
//
//	Reserve, Open, NewNode, presets prepare, controllers prepare, first move,
//	Prepared, presets start, points, controllers stop, presets stop in reverse,
//	axes go back if the plan says so, Finish, EndScan
//
// The limits are compared with every point by New, and again by Run once it has
// read where the axes stand.
//
// A sink that got NewNode gets EndScan; a preset whose Prepare was called gets
// Stop; a controller that was prepared gets Stop; whatever happened in between.
// Every end goes through Stop: a hook's verdict, a key, a deadline, a device
// that fails. The first cause is kept and what follows it is told beside it.
package scan
