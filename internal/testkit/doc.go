// Package testkit gives tests a real PostgreSQL. Only tests import it.
//
// [Postgres] makes a database of the test's own from a template with the whole
// schema, in some 50 ms. The server behind it is the one in the environment
// (TANDEM_TEST_DATABASE_URL, a superuser's address), or else one that the test
// binary starts when the first test asks and that [Main] ends. It is a scratch
// server: nothing in it survives.
package testkit
