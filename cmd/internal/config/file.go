package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxFileDepth bounds the nesting that is followed; the deepest key has fewer levels.
const maxFileDepth = 8

// file reads one YAML document into a loader.
type file struct {
	name string
	*loader
}

// read applies every value of the document. The bytes may come from anywhere.
func (f *file) read(content []byte) {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var document yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return // nothing but comments
	}
	if err != nil {
		f.complain(0, "", "", "want YAML: "+strings.TrimPrefix(err.Error(), "yaml: "))
		return
	}
	f.section("", document.Content[0], 0)
	if decoder.Decode(new(yaml.Node)) != io.EOF {
		f.complain(0, "", "", "want one YAML document")
	}
}

// section applies the keys of a mapping that stands at the dotted path.
func (f *file) section(path string, node *yaml.Node, depth int) {
	if isNull(node) {
		return // a section whose keys are all commented out
	}
	if node.Kind != yaml.MappingNode || depth > maxFileDepth {
		f.complain(node.Line, path, node.Value, "want keys and values below it")
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
			f.complain(name.Line, key, "", "given twice; want it once")
			continue
		}
		seen[key] = true
		f.entry(key, name.Line, value, depth)
	}
}

// entry applies one key with what stands behind it.
func (f *file) entry(key string, line int, node *yaml.Node, depth int) {
	if node.Kind == yaml.AliasNode {
		f.complain(line, key, "*"+node.Value, "want the value itself; aliases are not read")
		return
	}
	if _, known := f.settings[key]; known {
		f.scalar(key, node)
		return
	}
	for _, k := range f.keys {
		if strings.HasPrefix(k, key+".") {
			f.section(key, node, depth+1)
			return
		}
	}
	want := "unknown key; print-config --sample lists all"
	if near := nearest(key, f.keys); near != "" {
		want = "unknown key; did you mean " + near + "?"
	}
	f.complain(line, key, "", want)
}

// scalar applies the value of a setting.
func (f *file) scalar(key string, node *yaml.Node) {
	if node.Kind != yaml.ScalarNode {
		f.complain(node.Line, key, "", "want a single value")
		return
	}
	text := node.Value
	if isNull(node) {
		text = ""
	}
	f.set(key, text, fmt.Sprintf("%s:%d", f.name, node.Line))
}

func (f *file) complain(line int, key, text, want string) {
	origin := f.name
	if line > 0 {
		origin = fmt.Sprintf("%s:%d", f.name, line)
	}
	f.problems = append(f.problems, Problem{Origin: origin, Key: key, Value: text, Want: want})
}

func isNull(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && node.Tag == "!!null" }
