package model

import (
	"slices"

	"pgregory.net/rapid"
)

// drawGuard draws the condition of a write, or none. With older, it is written
// as Expected if that can say it.
func (r *run) drawGuard(request map[string]any, p *Placeholders, older bool) *Condition {
	if rapid.Bool().Draw(r.T, "unconditional") {
		return nil
	}
	c := drawCondition(r.T, 2)
	if rapid.Bool().Draw(r.T, "old on failure") {
		request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
	}
	if older {
		expected, operator, ok := c.expected()
		if !ok {
			delete(request, "ReturnValuesOnConditionCheckFailure")
			return nil
		}
		request["Expected"] = expected
		if operator != "" {
			request["ConditionalOperator"] = operator
		}
		return c
	}
	request["ConditionExpression"] = c.Text(p)
	return c
}

// older says whether a request is written with the older parameters.
func (r *run) older() bool { return rapid.IntRange(0, 3).Draw(r.T, "older") == 0 }

// unmet holds that the answer says that the condition failed, and has the item
// if it was asked for.
func (r *run) unmet(request map[string]any, answer reply, old Item) {
	r.Helper()
	r.refused(answer, unmet)
	var want Item
	if request["ReturnValuesOnConditionCheckFailure"] != nil {
		want = old
	}
	r.sameItem("the item that failed the condition", answer.item("Item"), want)
}

func (r *run) put() {
	t := r.table
	m := drawItem(r.T, t)
	old := t.Get(t.KeyOf(m))
	request := map[string]any{"TableName": t.Name, "Item": m}
	returns := rapid.SampledFrom([]string{"", "NONE", "ALL_OLD"}).Draw(r.T, "returns")
	if returns != "" {
		request["ReturnValues"] = returns
	}
	var p Placeholders
	guard := r.drawGuard(request, &p, r.older())
	p.into(request)
	answer := r.ask("PutItem", request)
	switch {
	case !t.fits(m):
		r.refused(answer, invalid)
		return
	case !guard.Holds(old):
		r.unmet(request, answer, old)
		return
	}
	r.refused(answer, "")
	var want Item
	if returns == "ALL_OLD" {
		want = old
	}
	r.sameItem("the old item", answer.item("Attributes"), want)
	t.Put(m)
}

func (r *run) delete() {
	t := r.table
	k := t.drawKey(r.T)
	old := t.Get(k)
	request := map[string]any{"TableName": t.Name, "Key": k, "ReturnValues": "ALL_OLD"}
	var p Placeholders
	guard := r.drawGuard(request, &p, r.older())
	p.into(request)
	answer := r.ask("DeleteItem", request)
	if !guard.Holds(old) {
		r.unmet(request, answer, old)
		return
	}
	r.refused(answer, "")
	r.sameItem("the old item", answer.item("Attributes"), old)
	t.Delete(k)
}

func (r *run) update() {
	t := r.table
	k := t.drawKey(r.T)
	old := t.Get(k)
	before := old
	if before == nil {
		before = normalItem(k)
	}
	request := map[string]any{"TableName": t.Name, "Key": k}
	var p Placeholders
	clauses := drawClauses(r.T)
	updates, older := attributeUpdates(clauses)
	older = older && r.older()
	// No clauses at all make an item of the key alone.
	switch bare := rapid.IntRange(0, 9).Draw(r.T, "bare") == 0; {
	case bare:
		clauses = nil
	case older:
		request["AttributeUpdates"] = updates
	default:
		request["UpdateExpression"] = updateText(clauses, &p)
	}
	returns := rapid.SampledFrom([]string{"", "NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"}).Draw(r.T, "returns")
	if returns != "" {
		request["ReturnValues"] = returns
	}
	guard := r.drawGuard(request, &p, older)
	p.into(request)
	answer := r.ask("UpdateItem", request)
	after, ok := Update(before, clauses)
	switch {
	case !t.fits(written(clauses)):
		r.refused(answer, invalid)
		return
	case !guard.Holds(old):
		r.unmet(request, answer, old)
		return
	case !ok || !t.fits(after):
		r.refused(answer, invalid)
		return
	}
	r.refused(answer, "")
	r.sameItem(returns, answer.item("Attributes"), returned(returns, old, after, clauses))
	t.Put(after)
}

// written is what the clauses say in so many words that attributes become: it
// is held against the indexes before the condition is looked at.
func written(clauses []Clause) Item {
	out := Item{}
	for _, c := range clauses {
		kind := ""
		if c.Value != nil {
			kind, _ = tag(c.Value)
		}
		switch {
		case kind == "", kind == "SS", kind == "NS", c.Plus != "", c.Default:
		case c.Verb == "SET", c.Verb == "ADD":
			out[c.Attr] = c.Value
		}
	}
	return out
}

// returned is what ReturnValues asks for.
func returned(returns string, old, after Item, clauses []Clause) Item {
	from := after
	switch returns {
	case "ALL_OLD":
		return old
	case "ALL_NEW":
		return after
	case "UPDATED_OLD":
		from = old
	case "UPDATED_NEW":
	default:
		return nil
	}
	out := Item{}
	for _, c := range clauses {
		if v := from[c.Attr]; v != nil {
			out[c.Attr] = v
		}
	}
	return out
}

func (r *run) batchWrite() {
	t := r.table
	var list []any
	var done []func()
	var keys []string
	refuse := false
	for range rapid.IntRange(1, 6).Draw(r.T, "writes") {
		m := drawItem(r.T, t)
		k := t.KeyOf(m)
		if text := itemText(normalItem(k)); slices.Contains(keys, text) {
			continue // the service refuses a key that comes twice
		} else {
			keys = append(keys, text)
		}
		if rapid.Bool().Draw(r.T, "delete") {
			list = append(list, map[string]any{"DeleteRequest": map[string]any{"Key": k}})
			done = append(done, func() { t.Delete(k) })
			continue
		}
		refuse = refuse || !t.fits(m)
		list = append(list, map[string]any{"PutRequest": map[string]any{"Item": m}})
		done = append(done, func() { t.Put(m) })
	}
	answer := r.ask("BatchWriteItem", map[string]any{"RequestItems": map[string]any{t.Name: list}})
	if refuse {
		r.refused(answer, invalid)
		return
	}
	r.refused(answer, "")
	if left, _ := answer.body["UnprocessedItems"].(map[string]any); len(left) > 0 {
		r.Fatalf("left undone: %v", left)
	}
	for _, do := range done {
		do()
	}
}

// transaction writes several items at once, or none of them.
func (r *run) transaction() {
	t := r.table
	var list []any
	var done []func()
	var keys []string
	refuse, cancel := false, false
	var reasons []string
	for range rapid.IntRange(1, 4).Draw(r.T, "actions") {
		m := drawItem(r.T, t)
		k := t.KeyOf(m)
		if text := itemText(normalItem(k)); slices.Contains(keys, text) {
			continue // the service refuses a key that comes twice
		} else {
			keys = append(keys, text)
		}
		action := map[string]any{"TableName": t.Name}
		var p Placeholders
		guard := drawCondition(r.T, 1)
		kind := rapid.SampledFrom([]string{"Put", "Put", "Update", "Delete", "ConditionCheck"}).Draw(r.T, "action")
		if kind == "ConditionCheck" || rapid.Bool().Draw(r.T, "guarded") {
			action["ConditionExpression"] = guard.Text(&p)
		} else {
			guard = nil
		}
		old := t.Get(k)
		reason := "None"
		if !guard.Holds(old) {
			reason = "ConditionalCheckFailed"
		}
		if kind == "Put" {
			action["Item"] = m
			refuse = refuse || !t.fits(m)
			done = append(done, func() { t.Put(m) })
		} else {
			action["Key"] = k
		}
		switch kind {
		case "Delete":
			done = append(done, func() { t.Delete(k) })
		case "Update":
			clauses := []Clause{{Verb: "SET", Attr: "a", Value: drawValue(r.T)}, {Verb: "REMOVE", Attr: "b"}}
			action["UpdateExpression"] = updateText(clauses, &p)
			before := old
			if before == nil {
				before = normalItem(k)
			}
			after, _ := Update(before, clauses)
			if reason == "None" && !t.fits(after) {
				reason = "ValidationError" // it was there before the index
			}
			done = append(done, func() { t.Put(after) })
		}
		p.into(action)
		cancel = cancel || reason != "None"
		reasons = append(reasons, reason)
		list = append(list, map[string]any{kind: action})
	}
	answer := r.ask("TransactWriteItems", map[string]any{"TransactItems": list})
	switch {
	case refuse:
		if answer.kind != invalid && answer.kind != "TransactionCanceledException" {
			r.Fatalf("%v, want a refusal", answer)
		}
		return
	case cancel:
		r.refused(answer, "TransactionCanceledException")
		var got []string
		given, _ := answer.body["CancellationReasons"].([]any)
		for _, reason := range given {
			code, _ := reason.(map[string]any)["Code"].(string)
			got = append(got, code)
		}
		if !slices.Equal(got, reasons) {
			r.Fatalf("cancelled for %v, want %v", got, reasons)
		}
		return
	}
	r.refused(answer, "")
	for _, do := range done {
		do()
	}
}
