package commands

import (
	"fmt"

	"blissh/device"
)

// Counter is a counter at the prompt.
type Counter struct {
	sh  *Shell
	dev *device.Counter
}

// Name is the name that is typed.
func (c *Counter) Name() string { return c.dev.Name }

// Unit is that of the values, which may be none.
func (c *Counter) Unit() string { return c.dev.Unit }

// Shape is empty for a number, [n] for a spectrum, [rows columns] for an image.
func (c *Counter) Shape() []int { return c.dev.Shape }

// Controller is the name of what is triggered and read.
func (c *Counter) Controller() string { return c.dev.Controller.Name() }

func (c *Counter) String() string {
	unit := ""
	if c.dev.Unit != "" {
		unit = " in " + c.dev.Unit
	}
	return fmt.Sprintf("counter %s%s, %s, of controller %s%s", c.Name(), unit, shapeText(c.dev.Shape), c.Controller(), c.settingsText())
}

// shapeText names the shape of a counter's values.
func shapeText(shape []int) string {
	switch len(shape) {
	case 0:
		return "a number"
	case 1:
		return fmt.Sprintf("a spectrum of %d", shape[0])
	}
	return fmt.Sprintf("an image of %d x %d", shape[0], shape[1])
}
