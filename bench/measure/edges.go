package measure

import (
	"math"
	"sort"
	"time"
)

// edges are the upper ends of all buckets.
var edges = func() (all []time.Duration) {
	for i := 0; ; i++ {
		micros := math.Pow(10, float64(i)/bucketsPerDecade)
		all = append(all, time.Duration(math.Round(micros*1000)))
		if micros >= most {
			return all
		}
	}
}()

// edgeOver returns the end of the bucket that holds a number of microseconds.
func edgeOver(micros int64) time.Duration {
	return edges[edgeIndex(time.Duration(micros)*time.Microsecond)]
}

func nextEdge(edge time.Duration) time.Duration { return edges[min(edgeIndex(edge)+1, len(edges)-1)] }

func edgeIndex(d time.Duration) int {
	return min(sort.Search(len(edges), func(i int) bool { return edges[i] >= d }), len(edges)-1)
}
