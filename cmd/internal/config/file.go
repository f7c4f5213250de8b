package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxDepth bounds the nesting of sections that is followed; the deepest key has fewer levels.
const maxDepth = 8

// reader applies YAML to settings and gathers what is wrong.
type reader struct {
	// origin names where a line of the text stands, for people.
	origin   func(line int) string
	problems Problems
	// applied is called for each setting of the outermost table that took its value.
	applied func(key, origin string)
}

// parse returns the one document in text; nil for a text without any. The bytes may come from anywhere.
func (r *reader) parse(text []byte) *yaml.Node {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return nil // nothing but comments
	}
	if err != nil {
		r.complain(0, "", "", "want YAML: "+strings.TrimPrefix(err.Error(), "yaml: "))
		return nil
	}
	if decoder.Decode(new(yaml.Node)) != io.EOF {
		r.complain(0, "", "", "want one YAML document")
		return nil
	}
	return document.Content[0]
}

// table is a mapping of the file while it is read: its settings by key, and where it stands.
type table struct {
	settings map[string]Setting
	keys     []string // in the order of the sample
	label    string   // what stands before a key in messages; empty for the outermost table
}

func newTable(settings []Setting, label string) table {
	t := table{settings: make(map[string]Setting, len(settings)), label: label}
	for _, s := range settings {
		t.settings[s.Key] = s
		t.keys = append(t.keys, s.Key)
	}
	return t
}

// section applies the keys of a mapping that stands at the dotted path in t.
func (r *reader) section(t table, path string, node *yaml.Node, depth int) {
	if isNull(node) {
		return // a section whose keys are all commented out
	}
	if node.Kind != yaml.MappingNode || depth > maxDepth {
		r.complain(node.Line, strings.TrimSuffix(t.label+path, "."), node.Value, "want keys and values below it")
		return
	}
	seen := map[string]bool{}
	for i := 0; i < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		key := name.Value
		if path != "" {
			key = path + "." + key
		}
		if seen[key] {
			r.complain(name.Line, t.label+key, "", "given twice; want it once")
			continue
		}
		seen[key] = true
		r.entry(t, key, name.Line, value, depth)
	}
}

// entry applies one key of t with what stands behind it.
func (r *reader) entry(t table, key string, line int, node *yaml.Node, depth int) {
	if node.Kind == yaml.AliasNode {
		r.complain(line, t.label+key, "*"+node.Value, "want the value itself; aliases are not read")
		return
	}
	if s, known := t.settings[key]; known {
		before := len(r.problems)
		s.value.read(r, t.label+key, node)
		if len(r.problems) == before && t.label == "" {
			r.applied(key, r.origin(node.Line))
		}
		return
	}
	isSection := func(k string) bool { return strings.HasPrefix(k, key+".") }
	if slices.ContainsFunc(t.keys, isSection) {
		r.section(t, key, node, depth+1)
		return
	}
	want := "unknown key; print-config --sample lists all"
	if near := nearest(key, t.keys); near != "" {
		want = "unknown key; did you mean " + t.label + near + "?"
	}
	r.complain(line, t.label+key, "", want)
}

func (r *reader) complain(line int, label, text, want string) {
	r.problems = append(r.problems, Problem{Origin: r.origin(line), Key: label, Value: text, Want: want})
}

// fileOrigin names lines of a file; line 0 is the file as a whole.
func fileOrigin(name string) func(line int) string {
	return func(line int) string {
		if line == 0 {
			return name
		}
		return fmt.Sprintf("%s:%d", name, line)
	}
}

func isNull(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && node.Tag == "!!null" }
