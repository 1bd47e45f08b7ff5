package expr

import (
	"shvm-db/internal/item"
)

// ParseProjection parses a projection expression. Errors are *fault.Error.
func ParseProjection(text string, ph *Placeholders) (*Projection, error) {
	p := newParser(projections, ProjectionExpression, text, ph)
	if err := p.check(); err != nil {
		return nil, err
	}
	var paths []Path
	for {
		paths = append(paths, p.path())
		if p.tok.kind != ',' {
			break
		}
		p.advance()
	}
	if p.syntax == nil {
		p.checkProjected(paths)
	}
	if err := p.finish(); err != nil {
		return nil, err
	}
	return &Projection{paths}, nil
}

func (p *parser) checkProjected(paths []Path) {
	for j := range paths {
		for i := range j {
			if p.checkPair(paths[i], paths[j]) {
				return
			}
		}
	}
}

// NewProjection is the projection of whole attributes. It is what
// AttributesToGet asks for.
func NewProjection(names []string) *Projection {
	p := &Projection{make([]Path, len(names))}
	for i, name := range names {
		p.paths[i] = Path{{Name: name}}
	}
	return p
}

// ProjectionOf is the projection of paths, for example those that an update has
// touched.
func ProjectionOf(paths []Path) *Projection { return &Projection{paths} }

// Project gives what the paths lead to, inside the maps and lists they lead
// through; a list keeps only the elements asked for, in the order of the list.
func (p *Projection) Project(m item.Map) item.Map {
	out := make(item.Map, 0, len(p.paths))
	for i := range m {
		if v, ok := project(&m[i].Value, m[i].Name, p.paths); ok {
			out = append(out, item.Attr{Name: m[i].Name, Value: v})
		}
	}
	return out
}

// project gives what is asked for of one entry of a map.
func project(v *item.Value, name string, paths []Path) (item.Value, bool) {
	var deeper []Path
	for _, path := range paths {
		if path[0].Name != name || name == "" {
			continue
		}
		if len(path) == 1 {
			return *v, true
		}
		deeper = append(deeper, path[1:])
	}
	if deeper == nil {
		return item.Value{}, false
	}
	return projectInto(v, deeper)
}

// projectInto gives what paths lead to inside a value.
func projectInto(v *item.Value, paths []Path) (item.Value, bool) {
	out := item.Value{Kind: v.Kind}
	switch v.Kind {
	case item.M:
		for i := range v.Map {
			if w, ok := project(&v.Map[i].Value, v.Map[i].Name, paths); ok {
				out.Map = append(out.Map, item.Attr{Name: v.Map[i].Name, Value: w})
			}
		}
		return out, len(out.Map) > 0
	case item.L:
		for i := range v.List {
			if w, ok := projectElement(&v.List[i], i, paths); ok {
				out.List = append(out.List, w)
			}
		}
		return out, len(out.List) > 0
	}
	return out, false
}

func projectElement(v *item.Value, index int, paths []Path) (item.Value, bool) {
	var deeper []Path
	for _, path := range paths {
		if path[0].Name != "" || path[0].Index != index {
			continue
		}
		if len(path) == 1 {
			return *v, true
		}
		deeper = append(deeper, path[1:])
	}
	if deeper == nil {
		return item.Value{}, false
	}
	return projectInto(v, deeper)
}
