package expr

import "strconv"

// The bytes that UpdateItem charges a request for, beside the sizes of names
// and values. They look like the service's own record of the update. Recorded
// in eu-west-2 in August and October 2026 (public conformance suite of
// paritysuite, limits/itemSizeBySurface); ten regions have no such rule.
const (
	chargeUpdate   = 3
	chargeWrite    = 19 // SET and ADD, PUT of AttributeUpdates
	chargeRemoval  = 1  // REMOVE and DELETE
	chargeStep     = 4  // each step of a target after the first
	chargePath     = 1  // an operand that is a path
	chargePathStep = 14 // each of its steps
)

var chargeFunction = map[*function]int{plus: 34, minus: 37, ifNotExists: 39, listAppend: 37}

// Charge is the size in bytes that the service holds an UpdateItem to, besides
// the size of the item it leads to: what the request itself writes.
func (u *Update) Charge() int {
	sum := chargeUpdate
	for i := range u.clauses {
		c := &u.clauses[i]
		for j := range c.path {
			if j > 0 {
				sum += chargeStep
			}
			sum += c.path[j].bytes()
		}
		if c.verb == set || c.verb == add || c.verb == oldAdd {
			sum += chargeWrite + c.value.charge()
		} else {
			sum += chargeRemoval
		}
	}
	return sum
}

func (s Step) bytes() int {
	if s.Name == "" {
		return len(strconv.Itoa(s.Index))
	}
	return len(s.Name)
}

func (o *operand) charge() int {
	switch {
	case o.value != nil:
		return o.value.Size()
	case o.path != nil:
		sum := chargePath
		for _, s := range o.path {
			sum += chargePathStep + s.bytes()
		}
		return sum
	case o.call != nil:
		sum := chargeFunction[o.call.fn]
		for i := range o.call.args {
			sum += o.call.args[i].charge()
		}
		return sum
	}
	return 0
}
