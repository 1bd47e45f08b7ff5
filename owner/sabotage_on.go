//go:build sabotage && unix

package owner

import (
	"os"
	"syscall"
)

var (
	skipCondition  = os.Getenv("SHVM_SABOTAGE") == "skip-condition"
	answerEarly    = os.Getenv("SHVM_SABOTAGE") == "answer-early"
	ignoreLocks    = os.Getenv("SHVM_SABOTAGE") == "ignore-locks"
	ignoreVersions = os.Getenv("SHVM_SABOTAGE") == "ignore-versions"
)

// failpoint ends the process, as a power cut would, at the step of a
// transaction that SHVM_FAILPOINT names.
func failpoint(step string) {
	if os.Getenv("SHVM_FAILPOINT") == step {
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
		select {}
	}
}
