package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"blissh/repl"
)

// devices is how many names the session has.
const devices = 2000

// promptLine is row 14: how long it takes until the code of a command runs that
// was typed in a session of 2 000 devices. The store has no part in it.
func promptLine(ctx context.Context, b *bench, _ *engine) ([]figure, error) {
	var entered time.Time
	names := map[string]reflect.Value{"ascan": reflect.ValueOf(func(...any) int { entered = time.Now(); return 0 })}
	for i := range devices {
		names[fmt.Sprintf("m%04d", i)] = reflect.ValueOf(&struct{ Name string }{})
	}
	in, err := repl.New(repl.Options{
		Commands: func(name string) bool { return name == "ascan" },
		Keyword:  func(name string, value any) any { return value },
	})
	if err != nil {
		return nil, err
	}
	defer in.Close()
	if err := in.Define(names); err != nil {
		return nil, err
	}
	var took samples
	for i := range b.turns() * b.pick(2_000, 500) {
		entered = time.Time{}
		begin := time.Now()
		if err := in.Run(ctx, fmt.Sprintf("x%d = ascan(m%04d, -5, 5, 500, .001, m0001, save=False, run=False)", i%100, i%devices)); err != nil {
			return nil, err
		}
		if entered.IsZero() {
			return nil, errors.New("the command was not called")
		}
		took = append(took, entered.Sub(begin))
	}
	return []figure{percentiles(took, time.Microsecond, time.Millisecond, 5*time.Millisecond)}, ctx.Err()
}
