//go:build !linux

package main

import "context"

// keyboard is not there on this system.
type keyboard struct{}

func openKeyboard() (*keyboard, error)                { return nil, errNoKeys }
func (*keyboard) Key(context.Context) (string, error) { return "", errNoKeys }
func (*keyboard) Close() error                        { return nil }
func (*keyboard) closed() bool                        { return true }
