// Package binaries tells whole flows through the built functions: each a process
// of its own under the Runtime API, with the environment of template.yaml, over
// DynamoDB Local, a stand-in for Secrets Manager and a simulated PayPal over TLS.
// They are killed at every call they make to the outside, and held there until
// their deadline passes; then PayPal's books and a dump of the table are held
// against what may never happen.
//
// The settlement only asks PayPal, so an account's life is told once and read by any
// number of worlds: killed at every call, held at every call, with another settlement
// at every call, short of time, and with nothing new to read.
//
// The tests want DynamoDB Local and so carry the build tag binaries; tests/binaries/run
// installs it and starts them. They fail by name where a part is missing.
//
// The functions go by the machine's clock, and nothing in them can be told
// otherwise. So time passes by two honest means: PayPal's clock is the simulator's
// own, which also lets an account have days behind it, and what has a due in the
// table is made due by hand (its version and all else left alone), which is what an
// hour would have done.
package binaries
