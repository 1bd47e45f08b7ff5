package node

import (
	"os"
	"strings"
	"testing"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

func TestANodeStartsStopsAndStartsAgain(t *testing.T) {
	n := Start(t, Options{})
	first := n.URL
	n.Kill()
	if !n.Ended() {
		t.Error("killed, but runs")
	}
	n.Restart()
	if n.URL != first {
		t.Errorf("started again on %s, was on %s", n.URL, first)
	}
	n.Stop()
}

func TestANodeThatRefusesToStartSaysWhy(t *testing.T) {
	n := Start(t, Options{})
	if _, err := Try(t, Options{Data: n.Data}); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("the same folder: %v", err)
	}
	if _, err := Try(t, Options{Listen: n.Addr}); err == nil || !strings.Contains(err.Error(), "is taken by another program") {
		t.Errorf("the same port: %v", err)
	}
	if _, err := Try(t, Options{Data: "/dev/null/data"}); err == nil || !strings.Contains(err.Error(), "--data") {
		t.Errorf("a folder that cannot be: %v", err)
	}
}
