package session

import (
	"fmt"
	"go/token"

	"go.yaml.in/yaml/v4"

	"blissh/internal/strictyaml"
)

// Alias is another name for a device, or for a command.
type Alias struct {
	Name, Target string

	file       string
	name, node *yaml.Node // of the target
}

// Problem is an error about what an alias stands for, at its place in the file.
func (a *Alias) Problem(err error) error { return problemAt(a.file, a.node, err) }

// NameProblem is an error about the alias' own name, likewise.
func (a *Alias) NameProblem(err error) error { return problemAt(a.file, a.name, err) }

func problemAt(file string, n *yaml.Node, err error) error {
	return &ConfigError{File: file, Line: n.Line, Col: n.Column, Msg: err.Error()}
}

// readAliases takes the key aliases apart: a mapping of names to names. Whether
// a target that is no device is a command is for those to say who know the
// commands.
func (c *Config) readAliases(r *strictyaml.Report, names map[string]string) {
	n := c.AliasNode
	switch {
	case n == nil || n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null":
		return
	case n.Kind != yaml.MappingNode:
		r.Add(n, "aliases must be a mapping such as {omega: robz}")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		c.readAlias(r, names, n.Content[i], n.Content[i+1])
	}
	for _, a := range c.Aliases {
		if other := c.alias(a.Target); other != nil {
			r.Add(a.node, "%s is an alias itself; write %s: %s", a.Target, a.Name, other.Target)
		}
	}
}

func (c *Config) readAlias(r *strictyaml.Report, names map[string]string, key, value *yaml.Node) {
	a := &Alias{Name: key.Value, Target: value.Value, file: c.File, name: key, node: value}
	switch {
	case key.Kind != yaml.ScalarNode || !token.IsIdentifier(a.Name):
		r.Add(key, "alias %q is no name: letters, digits and _ are, without a digit in front, and no word of Go's", a.Name)
	case names[a.Name] != "":
		r.Add(key, "the name %s is taken by %s", a.Name, names[a.Name])
	case value.Kind != yaml.ScalarNode || !token.IsIdentifier(a.Target):
		r.Add(value, "alias %s must stand for the name of a device or of a command", a.Name)
	default:
		names[a.Name] = fmt.Sprintf("the alias in line %d", key.Line)
		c.Aliases = append(c.Aliases, a)
	}
}

// alias is the alias of that name, nil when there is none.
func (c *Config) alias(name string) *Alias {
	for _, a := range c.Aliases {
		if a.Name == name {
			return a
		}
	}
	return nil
}
