package ledger

import (
	"container/list"
	"sync"
)

// recent keeps what was last used, up to a total cost. It can be used by several at once.
type recent[K comparable, V any] struct {
	mutex sync.Mutex
	limit int
	cost  int
	order *list.List // of item[K, V], the last used first
	items map[K]*list.Element
}

type item[K comparable, V any] struct {
	key   K
	value V
	cost  int
}

func newRecent[K comparable, V any](limit int) *recent[K, V] {
	return &recent[K, V]{limit: limit, order: list.New(), items: map[K]*list.Element{}}
}

// get finds a value and marks it as used.
func (r *recent[K, V]) get(key K) (V, bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	element, there := r.items[key]
	if !there {
		var none V
		return none, false
	}
	r.order.MoveToFront(element)
	return element.Value.(item[K, V]).value, true
}

// put keeps a value, and lets go of the longest unused where there is no room.
func (r *recent[K, V]) put(key K, value V, cost int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if old, there := r.items[key]; there {
		r.drop(old)
	}
	r.items[key] = r.order.PushFront(item[K, V]{key: key, value: value, cost: cost})
	r.cost += cost
	r.trim()
}

// upTo has it keep no more than limit from now on.
func (r *recent[K, V]) upTo(limit int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.limit = limit
	r.trim()
}

// trim lets go of the longest unused where there is no room; what was used last stays.
func (r *recent[K, V]) trim() {
	for r.cost > r.limit && r.order.Len() > 1 {
		r.drop(r.order.Back())
	}
}

func (r *recent[K, V]) drop(element *list.Element) {
	gone := r.order.Remove(element).(item[K, V])
	delete(r.items, gone.key)
	r.cost -= gone.cost
}
