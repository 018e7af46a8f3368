package entra

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"golang.org/x/oauth2"

	"tandem/internal/fault"
)

const maxRefusal = 64 << 10 // bytes of an error answer that are read

// Refusal is what Entra said.
type Refusal struct {
	Status      int    // HTTP; 0 if a browser brought it
	OAuth       string // error
	Sub         string // error_subcode or suberror
	AADSTS      int    // 0 if it named none
	Description string // first line
	Correlation string // which support asks for
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("Entra answered %d %s %s (correlation %s)", r.Status, r.OAuth, r.Description, r.Correlation)
}

// ruling says which fault a number is.
type ruling struct {
	fault   *fault.Error
	numbers []int
}

var (
	unavailable = fault.Unavailable("entra_unavailable", "Entra does not answer; try again in a minute")
	refused     = fault.Internal("entra_refused", "Entra refuses a token")
	unknown     = fault.NotFound("entra_tenant_unknown", "Entra knows no such tenant")
)

// numbers of facts/entra-graph-teams.md §1.2 that mean the same in both tables.
var (
	ours       = []int{7000215, 7000222, 7000218, 700027, 7000214, 70021, 700211, 700212, 700213, 700229}
	transient  = []int{90033, 90024, 90006, 50196}
	policies   = []int{53003, 530032, 530035, 500212, 500213}
	otherCloud = []int{90038, 900382, 900432}
)

// tokenRulings are about app-only tokens.
var tokenRulings = []ruling{
	{
		fault.Forbidden("consent_missing", "the tenant's admin has not consented to the application"),
		[]int{700016, 65001, 65004, 90094, 90095},
	},
	{fault.Forbidden("app_disabled", "the application is switched off in the tenant"), []int{7000112}},
	{fault.Forbidden("policy_blocked", "a policy of the tenant blocks the application"), append([]int{50105}, policies...)},
	{fault.Forbidden("service_missing", "the tenant has no subscription for the service"), []int{650052, 500011}},
	{fault.Forbidden("entra_other_cloud", "the tenant lives in another cloud"), otherCloud},
	{unknown, []int{90002}},
	{credentialRejected, ours},
	{unavailable, transient},
}

// signInRulings are about people who sign in or consent.
var signInRulings = []ruling{
	{
		fault.Forbidden("admin_approval_needed", "your organisation lets only an administrator approve applications: send this page to a Global Administrator, or wait for the approval you asked for"),
		[]int{90094, 90095, 65001},
	},
	{fault.Forbidden("consent_declined", "the permissions were declined; start again and accept them, or send the page to somebody who may"), []int{65004}},
	{
		fault.Forbidden("policy_blocked", "a sign-in policy of your organisation blocks this application or this device; ask your administrator to allow it"),
		append([]int{53000, 53001, 53002, 53004}, policies...),
	},
	{fault.Forbidden("user_not_assigned", "you are not assigned to this application; ask your administrator to assign you in Entra, Enterprise applications"), []int{50105}},
	{fault.Forbidden("app_disabled", "the application is switched off in your organisation; ask your administrator to enable it in Entra, Enterprise applications"), []int{7000112}},
	{fault.Forbidden("account_other", "this account cannot sign in here; sign out of it at Microsoft and choose a work account of your organisation"), []int{50020, 50034, 50057, 500208}},
	{fault.Forbidden("entra_other_cloud", "your organisation lives in a national cloud, where this application is not registered"), otherCloud},
	{fault.Unauthenticated("sign_in_again", "Microsoft wants you to sign in again; start once more"), []int{50074, 50076, 50079, 50173, 70008, 700082}},
	{fault.Unauthenticated("try_again", "the sign-in took too long or was sent twice; start once more"), []int{54005, 501481, 50147, 700005}},
	{unknown, []int{90002}},
	{credentialRejected, ours},
	{unavailable, transient},
}

// rule finds the fault of a refusal; fallback if nothing says more.
func rule(rulings []ruling, r *Refusal, fallback *fault.Error) error {
	for _, one := range rulings {
		if r.AADSTS != 0 && slices.Contains(one.numbers, r.AADSTS) {
			return one.fault.Because(r)
		}
	}
	switch {
	case r.Status == http.StatusTooManyRequests, r.Status == http.StatusRequestTimeout, r.Status >= 500,
		r.OAuth == "temporarily_unavailable", r.OAuth == "server_error":
		return unavailable.Because(r)
	case r.OAuth == "invalid_tenant": // the discovery document says it without a number
		return unknown.Because(r)
	case r.OAuth == "invalid_client":
		return credentialRejected.Because(r)
	}
	return fallback.Because(r)
}

// classify is for the errors of app-only tokens.
func classify(err error) error {
	var failed *azidentity.AuthenticationFailedError
	if !errors.As(err, &failed) || failed.RawResponse == nil {
		return unavailable.Because(err)
	}
	body, readErr := io.ReadAll(io.LimitReader(failed.RawResponse.Body, maxRefusal))
	if readErr != nil {
		body = nil
	}
	return rule(tokenRulings, read(failed.RawResponse.StatusCode, body), refused)
}

// classifyRedemption is for the errors of exchanging a code.
func classifyRedemption(err error) error {
	var failed *oauth2.RetrieveError
	if !errors.As(err, &failed) || failed.Response == nil {
		return unavailable.Because(err)
	}
	r := read(failed.Response.StatusCode, failed.Body)
	if r.OAuth == "invalid_grant" { // expired, used, made up
		return rule(signInRulings, r, fault.Unauthenticated("try_again", "the sign-in took too long or was sent twice; start once more"))
	}
	return rule(signInRulings, r, fault.Internal("sign_in_refused", "Microsoft refuses the sign-in"))
}

// RedirectError is what a browser brings back from Microsoft instead of a code
// or a consent; nil if it brings no error. It is a browser's word and no more:
// what it says is shown to whoever sits there, and proves nothing.
func RedirectError(q url.Values) error {
	if !q.Has("error") {
		return nil
	}
	r := &Refusal{
		OAuth: short(q.Get("error")), Sub: short(q.Get("error_subcode")), Description: short(q.Get("error_description")),
		AADSTS: number(q.Get("error_description")),
	}
	fallback := fault.Forbidden("sign_in_refused", "Microsoft refuses the sign-in; start once more, and if it happens again tell your provider the code")
	switch {
	case r.AADSTS != 0:
	case r.Sub == "cancel", r.OAuth == "permission_denied", r.OAuth == "access_denied": // §1.1: the number may be missing
		fallback = fault.Forbidden("cancelled", "it was cancelled at Microsoft; start again when you like")
	case r.OAuth == "consent_required":
		fallback = fault.Forbidden("consent_declined", "the permissions were declined; start again and accept them, or send the page to somebody who may")
	case r.OAuth == "login_required", r.OAuth == "interaction_required":
		fallback = fault.Unauthenticated("sign_in_again", "Microsoft wants you to sign in again; start once more")
	}
	return rule(signInRulings, r, fallback)
}

var aadsts = regexp.MustCompile(`AADSTS(\d{4,8})`)

func number(text string) int {
	if m := aadsts.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1]) // eight digits at most
		return n
	}
	return 0
}

// short is the first line, fit for a log.
func short(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	s = strings.TrimSpace(s)
	if len(s) > 512 {
		s = s[:512] + "…"
	}
	return strings.ToValidUTF8(s, "")
}

// read takes an answer apart; the number stands in error_codes, else in the text.
func read(status int, body []byte) *Refusal {
	r := &Refusal{Status: status}
	var told struct {
		Error       string `json:"error"`
		Sub         string `json:"suberror"`
		Description string `json:"error_description"`
		Codes       []int  `json:"error_codes"`
		Correlation string `json:"correlation_id"`
	}
	if json.Unmarshal(body, &told) != nil {
		return r
	}
	r.OAuth, r.Sub, r.Correlation, r.Description = short(told.Error), short(told.Sub), short(told.Correlation), short(told.Description)
	if len(told.Codes) > 0 {
		r.AADSTS = told.Codes[0]
	} else {
		r.AADSTS = number(told.Description)
	}
	return r
}
