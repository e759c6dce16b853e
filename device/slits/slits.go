// Package slits makes gap and offset of two blades.
package slits

import "errors"

// Slit is the geometry of two opposite blades. Both count in the same
// direction, the first blade being the one at the higher positions, unless
// Outward is set: then each blade counts outwards from the beam.
//
//	             gap              offset
//	common       first - second   (first + second)/2
//	outward      first + second   (first - second)/2
//
// The calculated axes are gap and offset, or offset and gap if OffsetFirst is
// set.
type Slit struct {
	Outward     bool
	OffsetFirst bool
}

// sign is how the second blade counts, seen from the first.
func (s Slit) sign() float64 {
	if s.Outward {
		return -1
	}
	return 1
}

// Forward gives gap and offset of the blades.
func (s Slit) Forward(blades []float64) ([]float64, error) {
	if len(blades) != 2 {
		return nil, errors.New("a slit has two blades")
	}
	first, second := blades[0], s.sign()*blades[1]
	return s.order(first-second, (first+second)/2), nil
}

// Inverse gives the blades for gap and offset.
func (s Slit) Inverse(calculated []float64) ([]float64, error) {
	if len(calculated) != 2 {
		return nil, errors.New("a slit has a gap and an offset")
	}
	c := s.order(calculated[0], calculated[1])
	gap, offset := c[0], c[1]
	return []float64{offset + gap/2, s.sign() * (offset - gap/2)}, nil
}

// order puts gap and offset, or offset and gap, into the order of the axes.
func (s Slit) order(x, y float64) []float64 {
	if s.OffsetFirst {
		x, y = y, x
	}
	return []float64{x, y}
}
