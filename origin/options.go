package origin

import (
	"strings"
	"sync"

	"headwater/packager"
)

// optionsTable remembers what elements of options mean. They are few, come with every manifest of a filtered stream,
// and reading one allocates. Safe for concurrent use.
type optionsTable struct {
	mu     sync.RWMutex
	parsed map[string]packager.Options
}

// maxParsedOptions bounds the table against elements that nobody uses twice.
const maxParsedOptions = 1024

func newOptionsTable() *optionsTable { return &optionsTable{parsed: map[string]packager.Options{}} }

// parse reads a path from outside, as parseTarget does. Options of the result may be kept, the rest keeps path alive.
func (o *optionsTable) parse(path string) (target, error) { return parseTarget(path, o.options) }

func (o *optionsTable) options(element string) (packager.Options, error) {
	if options, ok := o.known(element); ok {
		return options, nil
	}
	element = strings.Clone(element)
	options, err := packager.ParseOptions(element)
	if err == nil {
		o.remember(element, options)
	}
	return options, err
}

func (o *optionsTable) known(element string) (packager.Options, bool) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	options, ok := o.parsed[element]
	return options, ok
}

func (o *optionsTable) remember(element string, options packager.Options) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.parsed) >= maxParsedOptions {
		clear(o.parsed)
	}
	o.parsed[element] = options
}
