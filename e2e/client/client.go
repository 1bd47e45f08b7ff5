// Package client runs the clients that people use, unmodified, against a real
// node: the AWS SDKs for Go, JavaScript and Python, the AWS CLI, a
// data-modelling library, and an admin tool in a browser.
//
// The tests have the build tag "clients": they need those clients installed,
// as .ci/run does.
package client
