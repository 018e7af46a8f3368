package postgres

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tandem/internal/fault"
)

// violations says what a violated constraint means when something is written.
// A test looks each name up in the schema.
var violations = map[string]*fault.Error{
	"region_pkey":                   fault.Conflict("region_exists", "there is such a region already"),
	"tenant_entra_tenant_id_key":    fault.Conflict("tenant_exists", "a tenant with this Entra tenant id exists already"),
	"tenant_home_region_fkey":       field("tenant_invalid", "the tenant is not valid", "home_region", "there is no such region"),
	"agent_pkey":                    fault.Conflict("agent_exists", "there is such an agent already"),
	"agent_oid_key":                 fault.Conflict("agent_exists", "the tenant has an agent with this object id already"),
	"agent_tenant_fkey":             noTenant(),
	"number_pkey":                   fault.Conflict("number_taken", "the number is in use already"),
	"number_lookup_pkey":            fault.Conflict("number_taken", "the number is in use already"),
	"number_tenant_fkey":            noTenant(),
	"number_agent_agent_fkey":       field("number_invalid", "the number is not valid", "agents", "one of them is not an agent of the tenant"),
	"resource_pkey":                 fault.Conflict("resource_exists", "there is such a resource already"),
	"resource_immutable_id_key":     fault.Conflict("resource_exists", "a resource with this immutable id exists already"),
	"resource_endpoint_key":         fault.Conflict("resource_exists", "a resource with this endpoint exists already"),
	"resource_region_fkey":          field("resource_invalid", "the resource is not valid", "region", "there is no such region"),
	"resource_owner_tenant_fkey":    field("resource_invalid", "the resource is not valid", "owner_tenant", "there is no such tenant"),
	"trunk_pkey":                    trunkTaken(),
	"route_resource_fkey":           noResource(),
	"health_sample_health_fkey":     noHealth(),
	"revision_resource_fkey":        noResource(),
	"domain_mark_resource_fkey":     noResource(),
	"revision_applying_key":         fault.Conflict("apply_under_way", "somebody else is applying a plan to the resource: wait for its end, then plan again"),
	"trunk_resource_fkey":           field("trunk_invalid", "the trunk is not valid", "resource", "there is no such resource"),
	"peer_pkey":                     fault.Conflict("peer_exists", "there is such a peer already"),
	"peer_name_key":                 fault.Conflict("peer_exists", "a peer with this name exists already"),
	"peer_username_key":             fault.Conflict("peer_exists", "a peer with this user name exists already"),
	"peer_certificate_name_key":     fault.Conflict("peer_exists", "a peer with this certificate name exists already"),
	"api_key_pkey":                  fault.Conflict("key_exists", "there is such a key already"),
	"api_key_hash_key":              fault.Conflict("key_exists", "there is such a key already"),
	"api_key_tenant_fkey":           field("key_invalid", "the key is not valid", "tenant", "there is no such tenant"),
	"invitation_tenant_fkey":        noTenant(),
	"grant_ledger_tenant_fkey":      noTenant(),
	"onboarding_step_tenant_fkey":   noTenant(),
	"onboarding_look_tenant_fkey":   noTenant(),
	"onboarding_look_kind_check":    fault.Invalid("look_invalid", "the kind of look is not known"),
	"agent_standing_agent_fkey":     noAgent(),
	"agent_group_tenant_fkey":       noTenant(),
	"agent_group_member_group_fkey": noGroup(),
	"agent_group_member_agent_fkey": noAgent(),
	"proof_tenant_fkey":             noTenant(),
	"proof_key_pkey":                fault.Conflict("proof_key_exists", "there is such a key already"),
	"proof_key_signing_key":         fault.Conflict("proof_key_exists", "there is a key that signs already: rotate it"),
	"trunk_proof_pkey":              fault.Conflict("proof_exists", "there is such a proof already"),
	"trunk_proof_running_key":       fault.Conflict("proof_under_way", "the trunk is being proved already: wait for that one, or take it"),
	"trunk_proof_state_check":       fault.Invalid("proof_invalid", "the state of the proof is not known"),
	"test_user_tenant_fkey":         noTenant(),
	"prompt_tenant_fkey":            noTenant(),
	"dialling_tenant_fkey":          noTenant(),
	"bot_tenant_fkey":               noTenant(),
	"bot_name_key":                  fault.Conflict("bot_exists", "the tenant has a bot of this name already: choose another, or change that one"),
	"prompt_name_key":               fault.Conflict("prompt_exists", "the tenant has a prompt of this name already: choose another, or replace the audio of that one"),
	"flow_tenant_fkey":              noTenant(),
	"flow_name_key":                 fault.Conflict("flow_exists", "the tenant has a flow of this name already: choose another, or add a version to that one"),
	"number_flow_fkey":              field("number_invalid", "the number is not valid", "flow", "the tenant has no such flow"),
	"number_queue_fkey":             field("number_invalid", "the number is not valid", "queue", "the tenant has no such queue"),
	"queue_tenant_fkey":             noTenant(),
	"queue_name_key":                fault.Conflict("queue_exists", "the tenant has a queue of this name already: choose another"),
	"queue_group_fkey":              field("queue_invalid", "the queue is not valid", "group", "its members are not agents: add the group to the tenant's agents first"),
	"queue_agent_agent_fkey":        field("queue_invalid", "the queue is not valid", "agents", "one of them is not an agent of the tenant"),
	"queue_strategy_check":          fault.Invalid("queue_invalid", "the strategy is not known"),
	"waiting_lease_fkey":            callOver(),
	"proof_running_key":             fault.Conflict("proof_running", "a proof for this resource is under way already: wait for its answer"),
	"session_tenant_fkey":           noTenant(),
	"agent_source_check":            fault.Invalid("agent_invalid", "where the agent comes from is not known"),
	"invitation_kind_check":         fault.Invalid("invitation_invalid", "the kind of invitation is not known"),
	"grant_ledger_kind_check":       fault.Invalid("grant_invalid", "the kind of grant is not known"),
	"grant_ledger_state_check":      fault.Invalid("grant_invalid", "the state of the grant is not known"),
	"journey_kind_check":            fault.Invalid("journey_invalid", "the kind of journey is not known"),
	"call_once_key":                 fault.Conflict("call_exists", "there is such a call already"),
	"call_pkey":                     fault.Conflict("call_exists", "there is such a call already"),
	"call_tenant_fkey":              noTenant(),
	"call_usage_tenant_fkey":        noTenant(),
	"agent_usage_tenant_fkey":       noTenant(),
	"call_lease_pkey":               fault.Conflict("call_exists", "there is such a call already"),
	"sip_token_pkey":                fault.Conflict("token_exists", "there is such a token already"),
	"attempt_pkey":                  fault.Conflict("token_exists", "there is such a token already"),
	"call_deadline_lease_fkey":      callOver(),
	"inbox_lease_fkey":              callOver(),
	"reservation_lease_fkey":        callOver(),
	"attempt_lease_fkey":            callOver(),
	"cdr_pkey":                      fault.Conflict("cdr_exists", "the call's record has been written already"),
	"webhook_pkey":                  fault.Conflict("webhook_exists", "there is such a webhook already"),
	"webhook_tenant_fkey":           field("webhook_invalid", "the webhook is not valid", "tenant", "there is no such tenant"),
	"webhook_delivery_webhook_fkey": noWebhook(),
	"event_pkey":                    fault.Conflict("event_exists", "there is such an event already"),
	"tenant_state_check":            fault.Invalid("tenant_invalid", "the tenant's state is not known"),
	"number_answer_policy_check":    fault.Invalid("number_invalid", "the answer policy is not known"),
	"trunk_connectivity_check":      fault.Invalid("trunk_invalid", "a trunk is registered in a resource or in Teams"),
	"trunk_kind_check":              fault.Invalid("trunk_invalid", "the kind of trunk is not known"),
	"peer_auth_check":               fault.Invalid("peer_invalid", "the peer's way to prove itself is not known"),

	"recording_tenant_fkey":          noTenant(),
	"recording_settings_tenant_fkey": noTenant(),
	"transcript_phrase_tenant_fkey":  noTenant(),
	"call_trace_tenant_fkey":         noTenant(),
	"transcript_phrase_pkey":         fault.Conflict("phrase_exists", "there is such a phrase already"),
}

// stillUsed says what a violated foreign key means when something is deleted.
var stillUsed = map[string]*fault.Error{
	"agent_tenant_fkey":           fault.Conflict("tenant_in_use", "the tenant has agents"),
	"number_tenant_fkey":          fault.Conflict("tenant_in_use", "the tenant has numbers"),
	"api_key_tenant_fkey":         fault.Conflict("tenant_in_use", "the tenant has API keys"),
	"webhook_tenant_fkey":         fault.Conflict("tenant_in_use", "the tenant has webhooks"),
	"resource_owner_tenant_fkey":  fault.Conflict("tenant_in_use", "a resource belongs to the tenant"),
	"invitation_tenant_fkey":      fault.Conflict("tenant_in_use", "the tenant has invitations: offboard it instead"),
	"grant_ledger_tenant_fkey":    fault.Conflict("tenant_in_use", "the tenant has grants on record: offboard it instead"),
	"onboarding_step_tenant_fkey": fault.Conflict("tenant_in_use", "the tenant is being onboarded: offboard it instead"),
	"onboarding_look_tenant_fkey": fault.Conflict("tenant_in_use", "the tenant is being onboarded: offboard it instead"),
	"agent_group_tenant_fkey":     fault.Conflict("tenant_in_use", "the tenant has groups of agents"),
	"proof_tenant_fkey":           fault.Conflict("tenant_in_use", "the tenant has proofs on record: offboard it instead"),
	"test_user_tenant_fkey":       fault.Conflict("tenant_in_use", "the tenant has named a test user: offboard it instead"),
	"prompt_tenant_fkey":          fault.Conflict("tenant_in_use", "the tenant has prompts"),
	"bot_tenant_fkey":             fault.Conflict("tenant_in_use", "the tenant has bots"),
	"call_usage_tenant_fkey":      fault.Conflict("tenant_in_use", "the tenant has calls on record: offboard it instead"),
	"agent_usage_tenant_fkey":     fault.Conflict("tenant_in_use", "the tenant has calls on record: offboard it instead"),
	"flow_tenant_fkey":            fault.Conflict("tenant_in_use", "the tenant has flows"),
	"number_flow_fkey":            fault.Conflict("flow_in_use", "a number has the flow: give it another one there first"),
	"number_queue_fkey":           fault.Conflict("queue_in_use", "a number has the queue: give it another one there first"),
	"queue_tenant_fkey":           fault.Conflict("tenant_in_use", "the tenant has queues"),
	"queue_group_fkey":            fault.Conflict("group_in_use", "the group's members are those of a queue: give that others first"),
	"dialling_tenant_fkey":        fault.Conflict("tenant_in_use", "the tenant has rules for dialling: offboard it instead"),
	"call_tenant_fkey":            fault.Conflict("tenant_in_use", "the tenant has calls on record: offboard it instead"),
	"number_agent_agent_fkey":     fault.Conflict("agent_in_use", "the agent is in the list of a number: take him out there first"),

	"recording_tenant_fkey":          fault.Conflict("tenant_in_use", "the tenant has recordings: offboard it instead"),
	"recording_settings_tenant_fkey": fault.Conflict("tenant_in_use", "the tenant has said how its calls are recorded: offboard it instead"),
	"call_trace_tenant_fkey":         fault.Conflict("tenant_in_use", "messages of the tenant's calls are kept: offboard it instead"),
	"transcript_phrase_tenant_fkey":  fault.Conflict("tenant_in_use", "the tenant has transcripts of calls: offboard it instead"),
}

func noTenant() *fault.Error { return fault.NotFound("tenant_unknown", "there is no such tenant") }
func noWebhook() *fault.Error {
	return fault.NotFound("webhook_unknown", "there is no such webhook")
}
func noGroup() *fault.Error {
	return fault.NotFound("group_unknown", "there is no such group among those whose members are agents")
}
func callOver() *fault.Error { return fault.NotFound("call_over", "the call is over, or never was") }

func field(code, msg, path, problem string) *fault.Error {
	e := fault.Invalid(code, msg)
	e.Fields = []fault.Field{{Path: path, Msg: problem}}
	return e
}

// deleting classifies the error of a DELETE.
func deleting(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		if f, ok := stillUsed[pg.ConstraintName]; ok {
			return f.Because(err)
		}
	}
	return err
}

// classify makes a fault of whatever a database operation failed with. What is
// a fault already stays what it is.
func classify(what string, err error) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) {
		return err
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return classifyServer(what, pg)
	}
	if away(err) {
		return fault.Unavailable("database_away", "the database does not answer: try again").Because(err)
	}
	return fault.Internal("database", "could not "+what).Because(err)
}

// classifyServer takes what the server said, by class of its code
// (PostgreSQL documentation, appendix A).
func classifyServer(what string, pg *pgconn.PgError) error {
	if f, ok := violations[pg.ConstraintName]; ok {
		return f.Because(pg)
	}
	switch {
	case pg.Code == "22021", pg.Code == "22P05": // NUL, which JSON and URLs can hold
		return fault.Invalid("text_invalid", "a text has a character in it that cannot be stored; take out control characters").Because(pg)
	case strings.HasPrefix(pg.Code, "40"), // serialization failure, deadlock
		pg.Code == "55P03": // lock not available
		return fault.Unavailable("database_busy", "another change came first: try again").Because(pg)
	case strings.HasPrefix(pg.Code, "08"), // connection
		strings.HasPrefix(pg.Code, "53"), // out of connections, memory, disk
		strings.HasPrefix(pg.Code, "57"), // shutting down, statement cancelled
		pg.Code == "25P03",               // idle in transaction for too long
		pg.Code == "25006":               // read-only: a standby, or one that is being promoted
		return fault.Unavailable("database_away", "the database does not answer: try again").Because(pg)
	}
	return fault.Internal("database", "could not "+what).Because(pg)
}

// away recognises what the driver says when there is nobody to talk to. A
// context that ended belongs here: whether the server got the request is not
// known.
func away(err error) bool {
	var netErr net.Error
	var connect *pgconn.ConnectError
	return errors.As(err, &netErr) || errors.As(err, &connect) || pgconn.SafeToRetry(err) || pgconn.Timeout(err) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, pgx.ErrTxClosed)
}
