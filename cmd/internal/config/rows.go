package config

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// rows is a value that is a list of mappings, each with a table of its own. What is given replaces the whole list. A
// flag or variable takes it as YAML in flow style: [{name: a, …}].
type rows[T any] struct {
	p *[]T
	// fresh returns the element that a mapping starts from.
	fresh func() T
	// settings is the table of an element.
	settings func(*T) []Setting
	// oneLine prints each element on one line.
	oneLine bool
}

func (v rows[T]) kind() string { return "YAML" }

func (v rows[T]) read(r *reader, label string, node *yaml.Node) {
	if node.Kind != yaml.SequenceNode {
		r.complain(node.Line, label, node.Value, "want a list")
		return
	}
	before := len(r.problems)
	list := make([]T, len(node.Content))
	for i, item := range node.Content {
		list[i] = v.fresh()
		r.section(newTable(v.settings(&list[i]), fmt.Sprintf("%s[%d].", label, i)), "", item, 0)
	}
	if len(r.problems) == before {
		*v.p = list
	}
}

func (v rows[T]) set(r *reader, label, text string) {
	if node := r.parse([]byte(text)); node != nil {
		v.read(r, label, node)
	}
}

func (v rows[T]) node() *yaml.Node {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for i := range *v.p {
		item := &yaml.Node{Kind: yaml.MappingNode}
		if v.oneLine {
			item.Style = yaml.FlowStyle
		}
		for _, s := range v.settings(&(*v.p)[i]) {
			item.Content = append(item.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: s.Key}, s.value.node())
		}
		list.Content = append(list.Content, item)
	}
	return list
}

// unjoin returns the errors that errors.Join has joined.
func unjoin(err error) []error {
	if err == nil {
		return nil
	}
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		return joined.Unwrap()
	}
	return []error{err}
}
