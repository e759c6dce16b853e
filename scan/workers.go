package scan

import (
	"context"
	"fmt"
)

// task is what a group's worker does for the chain.
type task struct {
	ctx context.Context
	do  func(context.Context, *group)
}

// start begins the workers of all groups but the first, which the chain serves
// itself.
func (c *chain) start() {
	for _, g := range c.groups[min(1, len(c.groups)):] {
		tasks := make(chan task, 1)
		g.tasks = tasks
		c.workers.Go(func() { c.serve(g, tasks) })
	}
}

// serve does what is asked for until there is no more.
func (c *chain) serve(g *group, tasks <-chan task) {
	for t := range tasks {
		t.do(t.ctx, g)
		c.tasks.Done()
	}
}

// each does something with some groups side by side, with one of them here.
func (c *chain) each(ctx context.Context, groups []*group, do func(context.Context, *group)) {
	if len(groups) == 0 || ctx.Err() != nil {
		return
	}
	c.tasks.Add(len(groups) - 1)
	for _, g := range groups[1:] {
		g.tasks <- task{ctx, do}
	}
	do(ctx, groups[0])
	c.tasks.Wait()
}

// close ends what start began.
func (c *chain) close() {
	for _, g := range c.groups {
		if g.tasks != nil {
			close(g.tasks)
			g.tasks = nil
		}
	}
	c.workers.Wait()
}

// during calls a controller and names it, and what it was doing, in the error;
// a panic is one too.
func (g *group) during(what stage, f func() error) (err error) {
	g.stage.Store(int32(what))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
		g.stage.Store(int32(idle))
		if err != nil {
			err = fmt.Errorf("%s: %s: %w", g.controller.Name(), what, err)
		}
	}()
	return f()
}
