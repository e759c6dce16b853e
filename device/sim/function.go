package sim

import (
	"math"
	"math/rand/v2"
	"time"
)

// Input is what a simulated counter knows of a point.
type Input struct {
	Index     int
	X         float64 // real position of the first scanned axis
	HasAxis   bool    // false in a scan without axes; X is then 0
	CountTime time.Duration
	Time      time.Time
}

// Function computes the value of a simulated counter.
type Function func(in Input, r *rand.Rand) float64

// Gauss is height·exp(-(x-center)²/2sigma²), times 1 + noise·U with U uniform
// in [0,1). Without an axis it is the height, times the noise.
func Gauss(center, sigma, height, noise float64) Function {
	return func(in Input, r *rand.Rand) float64 {
		y := height
		if in.HasAxis {
			z := (in.X - center) / sigma
			y *= math.Exp(-z * z / 2)
		}
		return noisy(y, noise, r)
	}
}

// GaussHeight is the height of a Gauss curve whose area is given.
func GaussHeight(area, sigma float64) float64 { return area / (sigma * math.Sqrt(2*math.Pi)) }

// Linear is slope·x + intercept, with the noise of Gauss.
func Linear(slope, intercept, noise float64) Function {
	return func(in Input, r *rand.Rand) float64 {
		return noisy(slope*in.X+intercept, noise, r)
	}
}

// Flat is a constant, with the noise of Gauss.
func Flat(value, noise float64) Function {
	return func(_ Input, r *rand.Rand) float64 { return noisy(value, noise, r) }
}

// Diode is uniform between low and high, in hundredths.
func Diode(low, high float64) Function {
	return func(_ Input, r *rand.Rand) float64 {
		return math.Round((low+(high-low)*r.Float64())*100) / 100
	}
}

// Temperature is mean with a swing of amplitude over period, and a little
// noise, in thousandths.
func Temperature(mean, amplitude float64, period time.Duration) Function {
	return func(in Input, r *rand.Rand) float64 {
		turns := float64(in.Time.UnixNano()%int64(period)) / float64(period)
		y := mean + amplitude*math.Sin(2*math.Pi*turns) + 0.002*r.NormFloat64()
		return math.Round(y*1000) / 1000
	}
}

// noisy draws one random number if there is noise at all.
func noisy(y, noise float64, r *rand.Rand) float64 {
	if noise == 0 {
		return y
	}
	return y * (1 + noise*r.Float64())
}
