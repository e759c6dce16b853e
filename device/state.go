package device

import "strings"

// State is what an axis says about itself: a set of flags.
type State uint

// The flags of a State.
const (
	Ready         State = 1 << iota // may be moved
	Moving                          // not at rest
	Fault                           // does not move before somebody looked at it
	LimitPositive                   // on the switch at the high end, dial
	LimitNegative                   // on the switch at the low end, dial
	Off                             // without power
	Home                            // on its reference, where a home search ended
)

// stateNames are in the order of the flags.
const stateNames = "READY MOVING FAULT LIMPOS LIMNEG OFF HOME"

// Has reports whether all flags of f are set.
func (s State) Has(f State) bool { return s&f == f }

// AtRest reports whether the axis stands still; an unknown state does not.
func (s State) AtRest() bool { return s != 0 && s&Moving == 0 }

// String joins the flags with "|": "READY|LIMPOS"; no flag is "UNKNOWN".
func (s State) String() string {
	if s == 0 {
		return "UNKNOWN"
	}
	var set []string
	for i, name := range strings.Fields(stateNames) {
		if s&(1<<i) != 0 {
			set = append(set, name)
		}
	}
	return strings.Join(set, "|")
}
