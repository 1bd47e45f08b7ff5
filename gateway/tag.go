package gateway

import (
	"context"
	"errors"
	"slices"
	"strings"

	"shvm-db/internal/catalog"
	"shvm-db/internal/fault"
)

// listTags lists the tags of a table, all at once: a NextToken is ignored.
func listTags(g *Gateway, _ context.Context, r *Request, dst []byte) ([]byte, error) {
	t, err := g.resource(r)
	if err != nil {
		return nil, err
	}
	type tag struct{ Key, Value string }
	answer := struct{ Tags []tag }{Tags: []tag{}}
	for _, one := range t.Tags {
		answer.Tags = append(answer.Tags, tag(one))
	}
	return encode(dst, answer)
}

// tagResource adds tags to a table, or changes their values. Its answer is
// empty.
func tagResource(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	var f struct{ Tags []tagForm }
	fill(r.Body, &f)
	if len(f.Tags) == 0 {
		return nil, fault.TagsMissing()
	}
	return dst, g.changeResource(ctx, r, func(t *catalog.Table) (err error) {
		t.Tags, err = addTags(t.Tags, f.Tags)
		return err
	})
}

// untagResource takes tags away. Its answer is empty.
func untagResource(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	var f struct{ TagKeys []string }
	fill(r.Body, &f)
	if len(f.TagKeys) == 0 {
		return nil, fault.TagKeysMissing()
	}
	return dst, g.changeResource(ctx, r, func(t *catalog.Table) error {
		t.Tags = slices.DeleteFunc(t.Tags, func(one catalog.Tag) bool { return slices.Contains(f.TagKeys, one.Key) })
		return nil
	})
}

// addTags adds tags to those there are.
func addTags(tags []catalog.Tag, forms []tagForm) ([]catalog.Tag, error) {
	for _, f := range forms {
		if strings.HasPrefix(strings.ToLower(f.Key), "aws:") {
			return nil, fault.TagReserved(f.Key)
		}
		if i := slices.IndexFunc(tags, func(one catalog.Tag) bool { return one.Key == f.Key }); i >= 0 {
			tags[i].Value = f.Value
			continue
		}
		tags = append(tags, catalog.Tag(f))
	}
	if len(tags) > mostTags {
		return nil, fault.TagCount()
	}
	return tags, nil
}

// resource is the table that a ResourceArn names.
func (g *Gateway) resource(r *Request) (*catalog.Table, error) {
	v, _ := r.Body.Field("ResourceArn")
	arn := v.Str()
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "dynamodb" || !strings.HasPrefix(parts[5], "table/") {
		return nil, fault.ResourceARNInvalid(arn)
	}
	if t, ok := g.Registry.Table(tableName(arn)); ok {
		return t, nil
	}
	if parts[3] != catalog.Region || parts[4] != catalog.Account {
		return nil, fault.NotAuthorized(r.Operation, arn)
	}
	return nil, fault.ResourceARNNotFound(arn)
}

// changeResource changes a setting of the table that a ResourceArn names.
func (g *Gateway) changeResource(ctx context.Context, r *Request, change func(*catalog.Table) error) error {
	t, err := g.resource(r)
	if err != nil {
		return err
	}
	_, err = g.Registry.Update(ctx, t.Name, change)
	if errors.Is(err, catalog.ErrNoTable) {
		_, err = g.resource(r)
	}
	return err
}

// changeNamed changes a setting of the table that TableName names, which
// nothing but the catalog has to know.
func (g *Gateway) changeNamed(ctx context.Context, r *Request, change func(*catalog.Table) error) (*catalog.Table, error) {
	t, err := g.named(r)
	if err != nil {
		return nil, err
	}
	t, err = g.Registry.Update(ctx, t.Name, change)
	if errors.Is(err, catalog.ErrNoTable) {
		return g.named(r)
	}
	return t, err
}
