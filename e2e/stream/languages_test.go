//go:build clients

package stream

import (
	"os/exec"
	"sync"
	"testing"

	"shvm-db/e2e/lineage"
)

// python finds an interpreter that has boto3.
func python(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import boto3").Run() == nil {
			return name
		}
	}
	t.Fatal("no Python with boto3: .ci/run installs it (Debian's python3-boto3)")
	return ""
}

func TestConsumersInPythonAndJavaScriptGetEveryChangeOnce(t *testing.T) {
	py := python(t)
	s := start(t)
	scripts := map[string][]string{
		"boto3":      {py, "consume.py"},
		"javascript": {"node", "../js/consume.mjs"},
	}
	got := map[string][]lineage.Record{}
	var mu sync.Mutex
	var running sync.WaitGroup
	for who, command := range scripts {
		running.Go(func() {
			records, err := s.script(t.Context(), command[0], command[1:]...)
			if err != nil {
				t.Errorf("%s: %v", who, err)
			}
			mu.Lock()
			got[who] = records
			mu.Unlock()
		})
	}
	effective := s.write(t, soak(t), true)
	s.end(t)
	running.Wait()
	for who := range scripts {
		s.check(t, who, got[who], effective)
	}
}
