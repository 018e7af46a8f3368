// Package entra gets the application's own tokens from Entra ID, for any
// customer tenant (facts/entra-graph-teams.md §1.3, §1.4).
//
// One credential of the provider's app registration serves all tenants; tokens
// are cached by the library per tenant and scope. That the tenant is a customer
// of ours is the caller's check, made before he asks here.
//
// A token proves less than it seems: Entra issues one without roles when
// nothing was granted. What a refusal means is decided in classify, by the
// AADSTS number; the fault's code says what to do:
//
//	consent_missing         the tenant's admin has to consent (again)
//	app_disabled            the admin switched the application off
//	policy_blocked          Conditional Access or cross-tenant policy
//	service_missing         the tenant has no subscription for the resource
//	entra_tenant_unknown    there is no such tenant
//	entra_other_cloud       it lives in a national cloud
//	credential_rejected     our secret or certificate is wrong: not the tenant's doing
//	entra_unavailable       try again
//	entra_refused           anything else, most likely our registration
//
// 700016 also comes for some minutes after consent was given, so one
// observation is not yet a revocation.
package entra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"tandem/internal/fault"
)

// Authority is the sign-in host of the global cloud.
const Authority = "https://login.microsoftonline.com"

const (
	tokenTimeout = 10 * time.Second // one token, retries included
	maxRefusal   = 64 << 10         // bytes of an error answer that are read
)

// Config says who we are.
type Config struct {
	HomeTenant   string // of the app registration, a GUID
	ClientID     string
	ClientSecret string // secret
	// Authority is an https origin; "" is the global cloud's. It is taken on
	// trust (no instance discovery): it comes from the installation's settings.
	Authority string
	// HTTP carries the requests and knows the roots to trust; nil is the default.
	HTTP *http.Client
}

// LogValue leaves the secret out.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.ClientID) }

// Tokens is a source of app-only tokens, safe for concurrent use.
type Tokens struct{ credential azcore.TokenCredential }

// New makes a source that authenticates with a client secret.
func New(c Config) (*Tokens, error) {
	o := azidentity.ClientSecretCredentialOptions{
		// Short of patience: a call may be waiting, and the callers try again.
		ClientOptions: azcore.ClientOptions{Retry: policy.RetryOptions{
			MaxRetries: 1, RetryDelay: 200 * time.Millisecond, MaxRetryDelay: time.Second,
		}},
		DisableInstanceDiscovery:   true,
		AdditionallyAllowedTenants: []string{"*"},
	}
	host := c.Authority
	if host == "" {
		host = Authority
	}
	o.Cloud = cloud.Configuration{ActiveDirectoryAuthorityHost: host}
	if c.HTTP != nil {
		o.Transport = c.HTTP
	}
	credential, err := azidentity.NewClientSecretCredential(c.HomeTenant, c.ClientID, c.ClientSecret, &o)
	if err != nil {
		return nil, fault.Invalid("entra_config", "the settings of the Entra application are not good").Because(err)
	}
	return &Tokens{credential}, nil
}

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// Token returns an access token of a tenant for a scope such as
// https://graph.microsoft.com/.default. Its errors are faults with the codes of
// the package comment.
func (t *Tokens) Token(ctx context.Context, entraTenantID, scope string) (string, error) {
	if !guid.MatchString(entraTenantID) { // common and organizations yield no app-only tokens
		return "", fault.Invalid("entra_tenant_id", "an Entra tenant id is a UUID")
	}
	ctx, cancel := context.WithTimeout(ctx, tokenTimeout)
	defer cancel()
	token, err := t.credential.GetToken(ctx, policy.TokenRequestOptions{TenantID: entraTenantID, Scopes: []string{scope}})
	if err != nil {
		return "", classify(err)
	}
	return token.Token, nil
}

// Refusal is what Entra said.
type Refusal struct {
	Status      int    // HTTP
	OAuth       string // error
	AADSTS      int    // 0 if it named none
	Description string // first line
	Correlation string // which support asks for
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("Entra answered %d %s %s (correlation %s)", r.Status, r.OAuth, r.Description, r.Correlation)
}

// rulings is facts/entra-graph-teams.md §1.2: numbers, and what to tell.
var rulings = []struct {
	fault   *fault.Error
	numbers []int
}{
	{
		fault.Forbidden("consent_missing", "the tenant's admin has not consented to the application"),
		[]int{700016, 65001, 65004, 90094, 90095},
	},
	{fault.Forbidden("app_disabled", "the application is switched off in the tenant"), []int{7000112}},
	{
		fault.Forbidden("policy_blocked", "a policy of the tenant blocks the application"),
		[]int{53003, 530032, 530035, 500212, 500213, 50105},
	},
	{fault.Forbidden("service_missing", "the tenant has no subscription for the service"), []int{650052, 500011}},
	{fault.Forbidden("entra_other_cloud", "the tenant lives in another cloud"), []int{90038, 900382, 900432}},
	{fault.NotFound("entra_tenant_unknown", "Entra knows no such tenant"), []int{90002}},
	{
		fault.Internal("credential_rejected", "Entra does not take the application's own credential"),
		[]int{7000215, 7000222, 7000218, 700027, 7000214, 70021, 700211, 700212, 700213, 700229},
	},
	{unavailable, []int{90033, 90024, 90006, 50196}},
}

var (
	unavailable = fault.Unavailable("entra_unavailable", "Entra does not answer")
	refused     = fault.Internal("entra_refused", "Entra refuses a token")
)

func classify(err error) error {
	var failed *azidentity.AuthenticationFailedError
	if !errors.As(err, &failed) || failed.RawResponse == nil {
		return unavailable.Because(err)
	}
	r := read(failed.RawResponse)
	for _, rule := range rulings {
		for _, n := range rule.numbers {
			if n == r.AADSTS {
				return rule.fault.Because(r)
			}
		}
	}
	switch {
	case r.Status == http.StatusTooManyRequests, r.Status == http.StatusRequestTimeout, r.Status >= 500,
		r.OAuth == "temporarily_unavailable", r.OAuth == "server_error":
		return unavailable.Because(r)
	case r.OAuth == "invalid_tenant": // the discovery document says it without a number
		return fault.NotFound("entra_tenant_unknown", "Entra knows no such tenant").Because(r)
	case r.OAuth == "invalid_client":
		return fault.Internal("credential_rejected", "Entra does not take the application's own credential").Because(r)
	}
	return refused.Because(r)
}

var aadsts = regexp.MustCompile(`AADSTS(\d{4,8})`)

// read takes the answer apart; the number stands in error_codes, else in the text.
func read(resp *http.Response) *Refusal {
	r := &Refusal{Status: resp.StatusCode}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxRefusal))
	if err != nil {
		return r
	}
	var told struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		Codes       []int  `json:"error_codes"`
		Correlation string `json:"correlation_id"`
	}
	if json.Unmarshal(body, &told) != nil {
		return r
	}
	r.OAuth, r.Correlation = told.Error, told.Correlation
	r.Description, _, _ = strings.Cut(told.Description, "\n")
	r.Description = strings.TrimSpace(r.Description)
	if len(r.Description) > 512 {
		r.Description = strings.ToValidUTF8(r.Description[:512], "") + "…"
	}
	if len(told.Codes) > 0 {
		r.AADSTS = told.Codes[0]
	} else if m := aadsts.FindStringSubmatch(told.Description); m != nil {
		r.AADSTS, _ = strconv.Atoi(m[1]) // eight digits at most
	}
	return r
}
