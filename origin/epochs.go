package origin

import "time"

// epochs tells how far records are good that were read at different times. A record keeps the epoch in which it was
// read; a new one begins whenever changes may have been missed, and outdates what was read before.
type epochs struct {
	now    uint64
	oldest uint64      // records of earlier epochs serve only when storage confirms them
	ended  []time.Time // when the epochs from oldest to the one before now ended
}

// maxEpochs bounds what is remembered of past epochs.
const maxEpochs = 1024

// outdate begins an epoch. Records read before may serve unconfirmed for limit.
func (e *epochs) outdate(now time.Time, limit time.Duration) {
	e.now++
	e.ended = append(e.ended, now)
	for len(e.ended) > maxEpochs || now.Sub(e.ended[0]) > limit {
		e.ended = e.ended[1:]
		e.oldest++
	}
}

// distrust begins an epoch. No record read before may serve unconfirmed.
func (e *epochs) distrust() {
	e.now++
	e.oldest, e.ended = e.now, nil
}

// usable reports whether a record that was read in epoch may serve unconfirmed: it is of this epoch, or its own ended
// no longer than limit ago.
func (e *epochs) usable(epoch uint64, now time.Time, limit time.Duration) bool {
	if epoch < e.oldest {
		return false
	}
	return epoch == e.now || now.Sub(e.ended[epoch-e.oldest]) <= limit
}
