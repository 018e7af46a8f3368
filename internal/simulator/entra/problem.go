package entra

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/google/uuid"
)

const timestampFormat = "2006-01-02 15:04:05Z"

// problem is an AADSTS code with its text; empty is that of the table.
type problem struct {
	code int
	text string
}

// kind is what is said of an AADSTS code.
type kind struct {
	name   string // OAuth's error
	status int
	text   string
	page   bool // sign-in shows it instead of redirecting
}

const (
	bad          = http.StatusBadRequest
	unauthorised = http.StatusUnauthorized
)

// kinds are the AADSTS codes (facts/entra-graph-teams.md §1.2; the texts abridge
// Microsoft's reference of error codes).
var kinds = map[int]kind{
	28000:   {"invalid_request", bad, "Provided value for the input parameter scope isn't valid because it contains more than one resource.", false},
	50011:   {"invalid_request", bad, "The redirect URI specified in the request does not match the redirect URIs configured for the application.", true},
	50020:   {"interaction_required", bad, "User account does not exist in this tenant and cannot access the application in that tenant. Sign out and sign in again with a different account.", true},
	50034:   {"invalid_grant", bad, "The user account does not exist in the directory.", true},
	50049:   {"invalid_instance", bad, "Unknown or invalid instance.", false},
	50057:   {"invalid_grant", bad, "The user account is disabled.", true},
	50058:   {"login_required", bad, "A silent sign-in request was sent but no user is signed in.", false},
	50059:   {"invalid_request", bad, "No tenant-identifying information found in either the request or implied by any provided credentials.", false},
	50074:   {"interaction_required", bad, "Strong authentication is required.", false},
	50076:   {"interaction_required", bad, "Due to a configuration change made by your administrator, you must use multi-factor authentication to access the resource.", false},
	50079:   {"interaction_required", bad, "You must enroll in multi-factor authentication to access the resource.", false},
	50105:   {"access_denied", bad, "Your administrator has configured the application to block users unless they are specifically granted access to it.", true},
	50147:   {"invalid_request", bad, "The size of the code challenge parameter is not valid.", false},
	50173:   {"invalid_grant", bad, "The provided grant has expired due to it being revoked, a fresh auth token is needed.", false},
	50194:   {"invalid_request", bad, "Application is not configured as a multi-tenant application.", true},
	50196:   {"invalid_request", bad, "The server terminated an operation because it encountered a client request loop.", false},
	53003:   {"access_denied", bad, "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.", false},
	54005:   {"invalid_grant", bad, "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.", false},
	65001:   {"invalid_grant", bad, "The user or administrator has not consented to use the application.", false},
	65004:   {"consent_required", bad, "User declined to consent to access the app.", false},
	65005:   {"invalid_resource", bad, "The application is misconfigured: the resource is not in its list of requested permissions.", false},
	70000:   {"invalid_grant", bad, "Provided grant is invalid or malformed.", false},
	70003:   {"unsupported_grant_type", bad, "The app requested an unsupported grant type.", false},
	70005:   {"unsupported_response_type", bad, "The app requested a response type that is not enabled for it.", false},
	70007:   {"invalid_request", bad, "Unsupported value of response_mode.", false},
	70008:   {"invalid_grant", bad, "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request.", false},
	70011:   {"invalid_scope", bad, "The provided value for the input parameter 'scope' is not valid.", false},
	70021:   {"invalid_client", unauthorised, "No matching federated identity record found for presented assertion.", false},
	90002:   {"invalid_tenant", bad, "Tenant not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.", true},
	90006:   {"server_error", http.StatusServiceUnavailable, "An external security challenge was not satisfied.", false},
	90023:   {"invalid_request", bad, "Unsupported value of a parameter.", false},
	90024:   {"server_error", http.StatusServiceUnavailable, "A transient error has occurred. Please try again.", false},
	90033:   {"temporarily_unavailable", http.StatusServiceUnavailable, "A transient error has occurred. Please try again.", false},
	90038:   {"invalid_request", bad, "The tenant is part of a national cloud.", true},
	90094:   {"access_denied", bad, "The grant requires admin permission: an administrator of the organization must consent to the application.", false},
	90095:   {"access_denied", bad, "Admin consent is required. The request for approval was sent to the administrators.", false},
	500011:  {"invalid_resource", bad, "The resource principal was not found in the tenant.", false},
	500112:  {"invalid_grant", bad, "The reply address does not match the reply address provided when requesting the authorization code.", false},
	500212:  {"access_denied", bad, "The user's administrator has set an outbound access policy that does not allow access to the resource tenant.", false},
	500213:  {"access_denied", bad, "The resource tenant's cross-tenant access policy does not allow this user to access this tenant.", false},
	501481:  {"invalid_grant", bad, "The Code_Verifier does not match the code_challenge supplied in the authorization request.", false},
	530032:  {"access_denied", bad, "Access has been blocked by the tenant's security policy.", false},
	530035:  {"access_denied", bad, "Access has been blocked by security defaults.", false},
	650052:  {"invalid_request", bad, "The app needs access to a service that the organization has not subscribed to or enabled.", false},
	650056:  {"invalid_request", bad, "Misconfigured application.", false},
	650057:  {"invalid_resource", bad, "Invalid resource: the client has requested access to a resource which is not listed in the requested permissions.", false},
	700005:  {"invalid_grant", bad, "Provided authorization code is intended to use against another tenant, thus rejected.", false},
	700016:  {"unauthorized_client", bad, "Application was not found in the directory.", true},
	700021:  {"invalid_client", unauthorised, "Client assertion application identifier doesn't match 'client_id' parameter.", false},
	700023:  {"invalid_client", unauthorised, "Client assertion audience claim does not match Realm issuer.", false},
	700024:  {"invalid_client", unauthorised, "Client assertion is not within its valid time range.", false},
	700027:  {"invalid_client", unauthorised, "The certificate with identifier used to sign the client assertion is not registered on application.", false},
	700082:  {"invalid_grant", bad, "The refresh token has expired due to inactivity.", false},
	700211:  {"invalid_client", unauthorised, "No matching federated identity record found for presented assertion issuer.", false},
	700212:  {"invalid_client", unauthorised, "No matching federated identity record found for presented assertion audience.", false},
	700213:  {"invalid_client", unauthorised, "No matching federated identity record found for presented assertion subject.", false},
	700229:  {"invalid_client", unauthorised, "Only app tokens can be used as a federated identity credential for Entra ID issued tokens.", false},
	900144:  {"invalid_request", bad, "The request must contain a required parameter.", true},
	900382:  {"invalid_request", bad, "Confidential client is not supported in cross cloud request.", false},
	1002012: {"invalid_scope", bad, "The provided value for scope is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).", false},
	7000112: {"unauthorized_client", bad, "Application is disabled.", true},
	7000214: {"invalid_client", unauthorised, "Certificate is not registered.", false},
	7000215: {"invalid_client", unauthorised, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.", false},
	7000218: {"invalid_client", unauthorised, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.", false},
	7000222: {"invalid_client", unauthorised, "The provided client secret keys for app are expired.", false},
	9001023: {"invalid_request", bad, "The grant type isn't supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.", false},
	9002313: {"invalid_request", bad, "Invalid request. Request is malformed or invalid.", true},
}

// told is a problem with everything that is said of it.
type told struct {
	kind
	Code                                int
	Description, At, Trace, Correlation string
}

func (s *Service) tell(p problem, r *http.Request) told {
	k, known := kinds[p.code]
	if !known {
		k = kind{name: "invalid_request", status: bad, text: "Set by the simulator's operator."}
	}
	if p.text == "" {
		p.text = k.text
	}
	t := told{kind: k, Code: p.code, At: s.Now().UTC().Format(timestampFormat), Trace: uuid.NewString(), Correlation: r.Header.Get("client-request-id")}
	if t.Correlation == "" {
		t.Correlation = uuid.NewString()
	}
	t.Description = fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s", p.code, p.text, t.Trace, t.Correlation, t.At)
	return t
}

// refuse answers a client, which is no browser.
func (s *Service) refuse(w http.ResponseWriter, p problem, r *http.Request) {
	t := s.tell(p, r)
	body := map[string]any{
		"error": t.name, "error_description": t.Description, "error_codes": []int{t.Code},
		"timestamp": t.At, "trace_id": t.Trace, "correlation_id": t.Correlation,
		"error_uri": s.Origin + "/error?code=" + strconv.Itoa(t.Code),
	}
	if p.code == 65001 {
		body["suberror"] = "consent_required"
	}
	write(w, t.status, body)
}

func noTenant(name string) problem {
	return problem{90002, "Tenant '" + name + "' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."}
}

func noApp(id, directory string) problem {
	return problem{700016, "Application with identifier '" + id + "' was not found in the directory '" + directory + "'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."}
}

func disabled(a App) problem {
	return problem{7000112, "Application '" + a.ClientID + "'(" + a.Name + ") is disabled."}
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store, no-cache")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
