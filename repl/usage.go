package repl

import "strings"

// A usage tells how something is called: "mv(axis, position, ...)", where ...
// repeats what is before it, "wm(axes...)" with any number of arguments, "help()
// or help(name)" with several ways, or a signature of Go.

// stretch is a part of a text.
type stretch struct{ from, to int }

// parameters finds those of the way in usage that is called with an argument of
// that index; nil when there is none.
func parameters(usage string, index int) []stretch {
	var list []stretch
	for at := 0; at < len(usage); {
		open := strings.IndexByte(usage[at:], '(')
		if open < 0 {
			break
		}
		list, at = oneWay(usage, at+open+1)
		if n := len(list); n > index || n > 0 && strings.Contains(usage[list[n-1].from:list[n-1].to], "...") {
			return list
		}
		next := strings.Index(usage[at:], " or ")
		if next < 0 {
			break
		}
		at += next
	}
	return nil
}

// oneWay splits what follows a bracket, up to its partner, at the commas.
func oneWay(usage string, at int) (list []stretch, end int) {
	depth, from := 0, at
	add := func(to int) {
		s := stretch{from, to}
		for s.from < s.to && usage[s.from] == ' ' {
			s.from++
		}
		if s.from < s.to {
			list = append(list, s)
		}
		from = to + 1
	}
	for i := at; i < len(usage); i++ {
		switch c := usage[i]; {
		case depth == 0 && c == ',':
			add(i)
		case depth == 0 && c == ')':
			add(i)
			return list, i + 1
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			depth--
		}
	}
	return list, len(usage)
}

// parameter finds the one for the argument of that index; false when usage
// has none.
func parameter(usage string, index int) (stretch, bool) {
	list := parameters(usage, index)
	n := len(list)
	switch {
	case n == 0:
		return stretch{}, false
	case n > 1 && usage[list[n-1].from:list[n-1].to] == "...":
		return list[index%(n-1)], true
	}
	return list[min(index, n-1)], true
}

// marked is the usage with the parameter of an argument in «».
func marked(usage string, index int) string {
	p, ok := parameter(usage, index)
	if !ok {
		return usage
	}
	return usage[:p.from] + "«" + usage[p.from:p.to] + "»" + usage[p.to:]
}

// wanted is the name of the parameter of an argument, as one thing: "counter"
// for counters..., "" when there is none.
func wanted(usage string, index int) string {
	p, ok := parameter(usage, index)
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(usage[p.from:p.to], " ")
	name = strings.TrimSuffix(name, "...")
	if name == "axis" {
		return name
	}
	return strings.TrimSuffix(name, "s")
}
