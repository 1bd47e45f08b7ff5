package gateway

import (
	"context"
	"sort"
)

// listTables lists the names of the tables, a hundred at a time.
func listTables(g *Gateway, _ context.Context, r *Request, dst []byte) ([]byte, error) {
	var f struct {
		ExclusiveStartTableName string
		Limit                   *int64
	}
	fill(r.Body, &f)
	limit := 100
	if f.Limit != nil {
		limit = int(*f.Limit)
	}
	tables := g.Registry.Tables()
	from := sort.Search(len(tables), func(i int) bool { return tables[i].Name > f.ExclusiveStartTableName })
	if f.ExclusiveStartTableName == "" {
		from = 0
	}
	var answer struct {
		LastEvaluatedTableName string `json:",omitempty"`
		TableNames             []string
	}
	answer.TableNames = []string{}
	for _, t := range tables[from:] {
		if len(answer.TableNames) == limit {
			answer.LastEvaluatedTableName = answer.TableNames[limit-1]
			break
		}
		answer.TableNames = append(answer.TableNames, t.Name)
	}
	return encode(dst, answer)
}
