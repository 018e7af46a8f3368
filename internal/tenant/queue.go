package tenant

// QueueID names a queue of a tenant: a UUID in lower case. It is not secret.
type QueueID string
