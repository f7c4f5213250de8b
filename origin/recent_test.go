package origin

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// recentModel says what a recent holds. Which of several unused values makes way first is not its business.
type recentModel struct {
	cost  map[int]int64
	value map[int]int // each put has a value of its own
	next  int
	alive map[int]bool // values that were put and not yet dropped
}

func (m *recentModel) total() (sum int64) {
	for _, cost := range m.cost {
		sum += cost
	}
	return sum
}

// forget removes key, whose value must then be dropped.
func (m *recentModel) forget(key int) {
	delete(m.cost, key)
	delete(m.value, key)
}

// TestRecent_Model does what comes to mind to a recent and compares it with a map after each step.
func TestRecent_Model(t *testing.T) {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 1))
		maxCost := 1 + random.Int64N(40)
		r := newRecent[int, int](maxCost)
		m := &recentModel{cost: map[int]int64{}, value: map[int]int{}, alive: map[int]bool{}}
		r.drop = func(value int) {
			if !m.alive[value] {
				t.Errorf("value %d was dropped twice", value)
			}
			delete(m.alive, value)
		}
		for range 2000 {
			key := random.IntN(30)
			switch random.IntN(20) {
			case 0, 1, 2, 3, 4, 5:
				m.put(t, r, key, 1+random.Int64N(8))
			case 6:
				m.put(t, r, key, maxCost+random.Int64N(2))
			case 7, 8:
				r.remove(key)
				m.forget(key)
			case 9:
				m.sweep(t, r, random.IntN(3))
			case 10:
				if random.IntN(20) == 0 {
					r.clear()
					clear(m.cost)
					clear(m.value)
				}
			default:
				value, ok := r.use(key)
				if want, held := m.value[key]; ok != held || value != want {
					t.Fatalf("seed %d: %d is %d, %t; want %d, %t", seed, key, value, ok, want, held)
				}
			}
			m.check(t, r)
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
	}
}

// put stores a new value. When one value makes way, it is one that was not used, unless all were. (Of several, one that
// the hand has passed may go before one that it has not come to.)
func (m *recentModel) put(t *testing.T, r *recent[int, int], key int, cost int64) {
	t.Helper()
	used := map[int]bool{}
	for _, item := range r.ring {
		used[item.key] = item.used.Load()
	}
	m.next++
	m.alive[m.next] = true
	r.put(key, m.next, cost)
	m.forget(key)
	went, usedWent, unusedStays := 0, false, false
	for held := range maps.Clone(m.value) {
		if r.items[held] == nil {
			went++
			usedWent = usedWent || used[held]
			m.forget(held)
		} else {
			unusedStays = unusedStays || !used[held]
		}
	}
	if went == 1 && usedWent && unusedStays {
		t.Error("a value in use made way before one that was not")
	}
	if cost <= r.maxCost {
		m.cost[key], m.value[key] = cost, m.next
	}
}

// sweep drops what was not used since the last time, and a third of the values as stale.
func (m *recentModel) sweep(t *testing.T, r *recent[int, int], third int) {
	t.Helper()
	stale := func(value int) bool { return value%3 == third }
	want := map[int]int{}
	for key, value := range m.value {
		if r.items[key].used.Load() && !stale(value) {
			want[key] = value
		}
	}
	r.sweep(stale)
	for _, key := range slices.Collect(maps.Keys(m.value)) {
		if _, ok := want[key]; !ok {
			m.forget(key)
		}
	}
	for _, item := range r.ring {
		if item.used.Load() {
			t.Errorf("%d still counts as used after the sweep", item.key)
		}
	}
}

func (m *recentModel) check(t *testing.T, r *recent[int, int]) {
	t.Helper()
	if r.cost != m.total() || r.cost > r.maxCost || r.len() != len(m.value) || len(r.ring) != len(r.items) {
		t.Errorf("cost %d of %d for %d values in a ring of %d, want %d for %d", r.cost, r.maxCost, r.len(), len(r.ring), m.total(), len(m.value))
	}
	for place, item := range r.ring {
		if item.place != place || r.items[item.key] != item || item.value != m.value[item.key] || item.cost != m.cost[item.key] {
			t.Errorf("at %d: %+v", place, item)
		}
	}
	for key, value := range m.value {
		if !m.alive[value] {
			t.Errorf("value %d of %d was dropped and is held", value, key)
		}
	}
	if len(m.alive) != len(m.value) {
		t.Errorf("%d values were not dropped, %d are held", len(m.alive), len(m.value))
	}
}

// TestRecent_SecondChance uses one value between all puts: it stays, whatever comes.
func TestRecent_SecondChance(t *testing.T) {
	r := newRecent[int, int](10)
	r.put(0, 0, 1)
	for key := 1; key < 1000; key++ {
		if _, ok := r.use(0); !ok {
			t.Fatalf("the value in use made way for %d", key)
		}
		r.put(key, key, 1)
		if _, held := r.items[key]; !held || r.len() > 10 {
			t.Fatalf("%d values, the new one among them: %t", r.len(), held)
		}
	}
}

// TestRecent_AllUsed has every value used: the hand goes round once and takes the first.
func TestRecent_AllUsed(t *testing.T) {
	r := newRecent[int, int](3)
	var dropped []int
	r.drop = func(value int) { dropped = append(dropped, value) }
	for key := range 3 {
		r.put(key, key, 1)
		r.use(key)
	}
	r.put(3, 3, 1)
	if !slices.Equal(dropped, []int{0}) {
		t.Errorf("%v made way", dropped)
	}
	r.put(3, 4, 3) // replaces a value and needs the room of all others
	slices.Sort(dropped)
	if !slices.Equal(dropped, []int{0, 1, 2, 3}) || r.cost != 3 || r.len() != 1 {
		t.Errorf("%v made way, cost %d", dropped, r.cost)
	}
}
