package report

import (
	_ "embed" // the parts of the page
	"html/template"
	"io"
)

// The parts of the page. They refer to nothing outside of it.
var (
	//go:embed page/page.html
	pageHTML string
	//go:embed page/page.css
	pageCSS string
	//go:embed page/page.js
	pageJS string
)

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"css":   func() template.CSS { return template.CSS(pageCSS) },
	"js":    func() template.JS { return template.JS(pageJS) },
	"count": count, "significant": significant, "times": times, "percent": percent, "printable": printable, "data": bytesText,
}).Parse(pageHTML))

// HTML writes the report as one page that needs no other file, no network and no server. It follows the light or dark
// scheme of the browser.
func (r *Report) HTML(w io.Writer) error { return page.Execute(w, newPageView(r)) }
