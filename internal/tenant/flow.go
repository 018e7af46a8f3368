package tenant

// FlowID names a flow of a tenant: a UUID in lower case. It is not secret.
type FlowID string
