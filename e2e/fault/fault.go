// Package fault breaks real nodes in the ways that machines break them, and
// checks what their clients saw.
//
// The tests have the build tag "faults". They take seconds each; with
// SHVM_E2E_SOAK=10m in the environment the storms last that long.
package fault
