package entra

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"

	"tandem/internal/fault"
)

const (
	assertionType     = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" // RFC 7523 §2.2
	assertionLifetime = 5 * time.Minute
	maxAssertion      = 64 << 10 // bytes of the file
)

var credentialRejected = fault.Internal("credential_rejected", "Entra does not take the application's own credential")

// credential is how the application says who it is: one of the three kinds of
// facts/entra-graph-teams.md §1.3.
type credential struct {
	c     Config
	certs []*x509.Certificate
	key   *rsa.PrivateKey
}

// credential checks that exactly one kind is given, and that it can be used.
func (c Config) credential() (*credential, error) {
	given := 0
	for _, is := range []bool{c.ClientSecret != "", len(c.Certificate) > 0, c.AssertionFile != ""} {
		if is {
			given++
		}
	}
	if given != 1 {
		return nil, fault.Invalid("entra_config", "the Entra application needs exactly one of a secret, a certificate and an assertion file")
	}
	k := &credential{c: c}
	if len(c.Certificate) == 0 {
		return k, nil
	}
	certs, key, err := azidentity.ParseCertificates(c.Certificate, nil)
	if err != nil {
		return nil, fault.Invalid("entra_config", "the certificate of the Entra application is not good: want PEM with the certificate and its key, not encrypted").Because(err)
	}
	var isRSA bool
	if k.key, isRSA = key.(*rsa.PrivateKey); !isRSA || len(certs) == 0 {
		return nil, fault.Invalid("entra_config", "the certificate of the Entra application must have an RSA key")
	}
	k.certs = certs
	return k, nil
}

// source makes a credential of the library with an empty cache.
func (k *credential) source() (azcore.TokenCredential, error) {
	host := k.c.authority()
	client := azcore.ClientOptions{
		Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: host},
		// Short of patience: a call may be waiting, and the callers try again.
		Retry: policy.RetryOptions{MaxRetries: 1, RetryDelay: 200 * time.Millisecond, MaxRetryDelay: time.Second},
	}
	if k.c.HTTP != nil {
		client.Transport = k.c.HTTP
	}
	var made azcore.TokenCredential
	var err error
	switch any := []string{"*"}; {
	case k.key != nil:
		made, err = azidentity.NewClientCertificateCredential(k.c.HomeTenant, k.c.ClientID, k.certs, k.key, &azidentity.ClientCertificateCredentialOptions{
			ClientOptions: client, AdditionallyAllowedTenants: any, DisableInstanceDiscovery: true,
		})
	case k.c.AssertionFile != "":
		made, err = azidentity.NewClientAssertionCredential(k.c.HomeTenant, k.c.ClientID, k.federated, &azidentity.ClientAssertionCredentialOptions{
			ClientOptions: client, AdditionallyAllowedTenants: any, DisableInstanceDiscovery: true,
		})
	default:
		made, err = azidentity.NewClientSecretCredential(k.c.HomeTenant, k.c.ClientID, k.c.ClientSecret, &azidentity.ClientSecretCredentialOptions{
			ClientOptions: client, AdditionallyAllowedTenants: any, DisableInstanceDiscovery: true,
		})
	}
	if err != nil {
		return nil, fault.Invalid("entra_config", "the settings of the Entra application are not good").Because(err)
	}
	return made, nil
}

// causeKey is where federated leaves why there is no assertion: the library
// keeps only the text of that error.
type causeKey struct{}

// federated reads the assertion that the platform keeps fresh in a file.
func (k *credential) federated(ctx context.Context) (string, error) {
	raw, err := os.ReadFile(k.c.AssertionFile)
	raw = bytes.TrimSpace(raw)
	if err == nil && (len(raw) == 0 || len(raw) > maxAssertion) {
		err = errors.New("the assertion file holds no token")
	}
	if err != nil {
		if cause, ok := ctx.Value(causeKey{}).(*error); ok {
			*cause = err
		}
		return "", err
	}
	return string(raw), nil
}

// form is the credential as parameters of a request to the token endpoint
// (RFC 6749 §2.3.1, RFC 7523 §2.2).
func (k *credential) form(ctx context.Context, tokenEndpoint string, now time.Time) (map[string]string, error) {
	switch {
	case k.key != nil:
		signed, err := k.sign(tokenEndpoint, now)
		if err != nil {
			return nil, credentialRejected.Because(err)
		}
		return map[string]string{"client_assertion_type": assertionType, "client_assertion": signed}, nil
	case k.c.AssertionFile != "":
		token, err := k.federated(ctx)
		if err != nil {
			return nil, credentialRejected.Because(err)
		}
		return map[string]string{"client_assertion_type": assertionType, "client_assertion": token}, nil
	}
	return map[string]string{"client_secret": k.c.ClientSecret}, nil
}

// sign makes the assertion of a certificate, in the form of Microsoft's current
// libraries: PS256, and the certificate named by x5t#S256.
func (k *credential) sign(audience string, now time.Time) (string, error) {
	thumb := sha256.Sum256(k.certs[0].Raw)
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.PS256, Key: k.key},
		(&jose.SignerOptions{}).WithType("JWT").WithHeader("x5t#S256", base64.RawURLEncoding.EncodeToString(thumb[:])),
	)
	if err != nil {
		return "", fmt.Errorf("sign the assertion: %w", err)
	}
	return jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: k.c.ClientID, Subject: k.c.ClientID, Audience: jwt.Audience{audience}, ID: uuid.NewString(),
		IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(assertionLifetime)),
	}).Serialize()
}
