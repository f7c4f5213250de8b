package config

import (
	"errors"
	"net/netip"
	"strings"

	"go.yaml.in/yaml/v3"
)

// list is a value that is a list of short texts: [a, b]. A flag or variable may leave the brackets out.
type list[T any] struct {
	p      *[]T
	parse  func(string) (T, error) // the error says what is expected
	format func(T) string
}

func (v list[T]) kind() string { return "LIST" }

func (v list[T]) read(r *reader, label string, node *yaml.Node) {
	items := []T{}
	add := func(line int, text string) {
		item, err := v.parse(text)
		if err != nil {
			r.complain(line, label, text, err.Error())
		}
		items = append(items, item)
	}
	before := len(r.problems)
	switch {
	case isNull(node):
	case node.Kind == yaml.SequenceNode:
		for _, item := range node.Content {
			if item.Kind != yaml.ScalarNode {
				r.complain(item.Line, label, "", "want a list of texts")
				continue
			}
			add(item.Line, item.Value)
		}
	case node.Kind == yaml.ScalarNode:
		for item := range strings.FieldsFuncSeq(node.Value, func(c rune) bool { return c == ',' || c == ' ' }) {
			add(node.Line, item)
		}
	default:
		r.complain(node.Line, label, "", "want a list such as [a, b]")
	}
	if len(r.problems) == before {
		*v.p = items
	}
}

func (v list[T]) set(r *reader, label, text string) {
	before := len(r.problems)
	switch node := r.parse([]byte(text)); {
	case node != nil:
		v.read(r, label, node)
	case len(r.problems) == before:
		*v.p = nil
	}
}

func (v list[T]) node() *yaml.Node {
	list := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, item := range *v.p {
		list.Content = append(list.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v.format(item)})
	}
	return list
}

// names is a list of words.
func names(p *[]string) value {
	return list[string]{p, func(s string) (string, error) { return s, nil }, same}
}

// networks is a list of networks and single addresses.
func networks(p *[]netip.Prefix) value {
	return list[netip.Prefix]{p, parseNetwork, netip.Prefix.String}
}

// parseNetwork reads ADDRESS/BITS, or an address for itself.
func parseNetwork(s string) (netip.Prefix, error) {
	network, err := netip.ParsePrefix(s)
	if address, notAddress := netip.ParseAddr(s); notAddress == nil && address.Zone() == "" {
		network, err = netip.PrefixFrom(address, address.BitLen()), nil
	}
	switch {
	case err != nil:
		return netip.Prefix{}, errors.New("want networks or addresses such as 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32")
	case network != network.Masked():
		return netip.Prefix{}, errors.New("want " + network.Masked().String() + ", or more bits")
	case network.Addr().Is4In6():
		return netip.Prefix{}, errors.New("want IPv4 networks written as such: 10.0.0.0/8")
	default:
		return network, nil
	}
}
