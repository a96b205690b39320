// Package runtime is the part of AWS Lambda that a function's binary meets: the
// Runtime API it asks for work, the environment it is started with, and the ways
// in which it ends.
//
// One [Process] is one execution environment: it serves one invocation at a time
// and may be frozen between two of them. What Lambda promises nobody, it does not
// promise either: a process can be killed at any instant, and is killed at the
// deadline of the invocation it is busy with.
//
// The Runtime API is the one of 2018-06-01 (docs.aws.amazon.com/lambda,
// runtimes-api): GET runtime/invocation/next, POST .../response and .../error,
// POST runtime/init/error. Left out are extensions, response streaming, X-Ray
// and limits of memory and processor.
package runtime
