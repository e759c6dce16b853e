// Package sim simulates a beamline.
//
// Motors need the time that real ones would need, decelerate when stopped and
// stand on whole steps. Counters follow the position of the scanned axis.
// Every device fails on command through its Faults. Time is ordinary time, so
// that everything runs in a synctest bubble as well.
package sim
