package gateway

import (
	"context"
	"maps"
	"slices"

	"shvm-db/internal/catalog"
	"shvm-db/internal/fault"
)

// Contributor Insights is a setting that is kept and told: there is no
// CloudWatch that would show it.

type insightForm struct {
	TableName, IndexName, ContributorInsightsAction, ContributorInsightsMode string
}

func updateInsights(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	var f insightForm
	fill(r.Body, &f)
	one := catalog.Insight{Enabled: f.ContributorInsightsAction == "ENABLE", Mode: f.ContributorInsightsMode, Changed: r.Stamp()}
	t, err := g.changeNamed(ctx, r, func(t *catalog.Table) error {
		if err := hasIndex(t, f.IndexName); err != nil {
			return err
		}
		if one.Mode == "" {
			if one.Mode = t.Insights[f.IndexName].Mode; one.Mode == "" {
				one.Mode = "ACCESSED_AND_THROTTLED_KEYS"
			}
		}
		if t.Insights == nil {
			t.Insights = map[string]catalog.Insight{}
		}
		t.Insights[f.IndexName] = one
		return nil
	})
	if err != nil {
		return nil, err
	}
	status := "DISABLING"
	if one.Enabled {
		status = "ENABLING"
	}
	return encode(dst, insightAnswer{ContributorInsightsMode: one.Mode, ContributorInsightsStatus: status, IndexName: f.IndexName, TableName: t.Name})
}

type insightAnswer struct {
	ContributorInsightsMode     string   `json:",omitempty"`
	ContributorInsightsRuleList []string `json:",omitempty"`
	ContributorInsightsStatus   string
	IndexName                   string  `json:",omitempty"`
	LastUpdateDateTime          seconds `json:",omitempty"`
	TableName                   string
}

func describeInsights(g *Gateway, _ context.Context, r *Request, dst []byte) ([]byte, error) {
	t, err := g.named(r)
	if err != nil {
		return nil, err
	}
	index := text(r.Body, "IndexName")
	if err := hasIndex(t, index); err != nil {
		return nil, err
	}
	return encode(dst, describeInsight(t, index))
}

func describeInsight(t *catalog.Table, index string) insightAnswer {
	a := insightAnswer{ContributorInsightsStatus: "DISABLED", IndexName: index, TableName: t.Name}
	one, ok := t.Insights[index]
	if ok {
		a.LastUpdateDateTime = seconds(one.Changed)
	}
	if one.Enabled {
		a.ContributorInsightsStatus, a.ContributorInsightsMode = "ENABLED", one.Mode
	}
	return a
}

// listInsights lists the tables and indexes that have the setting, all at
// once.
func listInsights(g *Gateway, _ context.Context, r *Request, dst []byte) ([]byte, error) {
	tables := g.Registry.Tables()
	if _, ok := member(r.Body, "TableName"); ok {
		t, err := g.named(r)
		if err != nil {
			return nil, err
		}
		tables = []*catalog.Table{t}
	}
	answer := struct{ ContributorInsightsSummaries []insightAnswer }{[]insightAnswer{}}
	for _, t := range tables {
		for _, index := range slices.Sorted(maps.Keys(t.Insights)) {
			one := describeInsight(t, index)
			one.LastUpdateDateTime = 0
			answer.ContributorInsightsSummaries = append(answer.ContributorInsightsSummaries, one)
		}
	}
	return encode(dst, answer)
}

// hasIndex says whether a table has a global index; "" is the table itself.
func hasIndex(t *catalog.Table, index string) error {
	if index != "" && t.GlobalIndex(index) == nil {
		return fault.ResourceNotFound("Table: " + t.Name + " Index: " + index + " not found")
	}
	return nil
}
