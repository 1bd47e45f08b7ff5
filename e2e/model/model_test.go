package model_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"shvm-db/e2e/model"
	"shvm-db/e2e/node"
)

// Each of rapid's checks makes tables and restarts nodes: a few of them do, and
// -rapid.checks asks for more.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "12"); err != nil {
		panic(err)
	}
	os.Exit(node.Main(m))
}

// sleep is when a partition that is left alone closes its file.
const sleep = 50 * time.Millisecond

func TestANodeAnswersAsTheModelDoes(t *testing.T) {
	for _, partitions := range []int{1, 4} {
		t.Run(fmt.Sprint(partitions), func(t *testing.T) {
			n := node.Start(t, node.Options{Args: []string{"--sleep", sleep.String(), "--partitions", fmt.Sprint(partitions)}})
			model.Check(t, model.Target{
				URL: func() string { return n.URL },
				Restart: func(kill bool) {
					if kill {
						n.Kill()
					} else {
						n.Stop()
					}
					n.Restart()
				},
				Idle:         func() { time.Sleep(2 * sleep) },
				Backfill:     true,
				Transactions: true,
			})
		})
	}
}
