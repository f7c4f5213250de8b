package traffic

import (
	"math"
	"math/rand/v2"
	"sort"
)

// Stream returns the random numbers of one purpose, such as one viewer. Streams of one seed are independent of each other.
func Stream(seed, purpose uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, purpose)) }

// Zipf draws ranks: the one of index i with a weight of 1/(i+1)^s.
type Zipf struct{ upTo []float64 }

// NewZipf returns the popularity of n ranks, n at least 1, by exponent s; with 0 all are equally popular.
func NewZipf(n int, s float64) *Zipf {
	z := &Zipf{upTo: make([]float64, n)}
	sum := 0.
	for i := range z.upTo {
		sum += math.Pow(float64(i+1), -s)
		z.upTo[i] = sum
	}
	return z
}

// Draw returns an index.
func (z *Zipf) Draw(random *rand.Rand) int {
	at := random.Float64() * z.upTo[len(z.upTo)-1]
	return min(sort.SearchFloat64s(z.upTo, at), len(z.upTo)-1)
}
