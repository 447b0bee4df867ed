package main

// wideOpen has no meaning here.
func wideOpen() func() { return func() {} }
