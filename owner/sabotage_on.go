//go:build sabotage

package owner

import "os"

var (
	skipCondition  = os.Getenv("SHVM_SABOTAGE") == "skip-condition"
	answerEarly    = os.Getenv("SHVM_SABOTAGE") == "answer-early"
	ignoreVersions = os.Getenv("SHVM_SABOTAGE") == "ignore-versions"
)
