package demo

// CheckDigit is for the tests of package demo_test.
var CheckDigit = checkDigit
