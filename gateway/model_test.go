package gateway

import (
	"fmt"
	"testing"

	"shvm-db/e2e/model"
	"shvm-db/gateway/memory"
	"shvm-db/internal/catalog"
)

func TestAnswersAreThoseOfTheModel(t *testing.T) {
	for _, partitions := range []int{1, 5} {
		t.Run(fmt.Sprint(partitions), func(t *testing.T) {
			r, err := catalog.Open(t.Context(), catalog.NewMemory())
			if err != nil {
				t.Fatal(err)
			}
			m := memory.New(r)
			s := testGateway(t, Options{Registry: r, Data: m, Transactions: m, Partitions: partitions})
			model.Check(t, model.Target{URL: func() string { return s.URL }, Transactions: true})
		})
	}
}
