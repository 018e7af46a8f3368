package graph

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"tandem/internal/simulator/teams"
)

// created is when everything was made that has no time of its own.
var created = time.Date(2026, 1, 5, 11, 0, 0, 0, time.UTC).Format(time.RFC3339)

func strs(names ...string) map[string]property {
	all := map[string]property{}
	for _, n := range names {
		all[n] = property{filters: true}
	}
	return all
}

// with adds properties to some.
func with(all map[string]property, more map[string]property) map[string]property {
	for name, p := range more {
		all[name] = p
	}
	return all
}

var planMembers = map[string]property{
	"servicePlanId": {kind: guid, filters: true}, "capabilityStatus": {filters: true}, "service": {filters: true},
}

var userSchema = &schema{
	name: "microsoft.graph.user", directory: true, top: 100, most: 999,
	properties: with(strs("displayName", "givenName", "surname", "jobTitle", "mail", "userPrincipalName", "department", "userType", "mailNickname", "usageLocation"), map[string]property{
		"id": {kind: guid, filters: true}, "accountEnabled": {kind: boolean, filters: true},
		"assignedPlans": {members: planMembers}, "assignedLicenses": {members: map[string]property{"skuId": {kind: guid, filters: true}}},
		"businessPhones": {}, "mobilePhone": {}, "officeLocation": {}, "preferredLanguage": {}, "createdDateTime": {},
	}),
	defaults: []string{"businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone", "officeLocation", "preferredLanguage", "surname", "userPrincipalName"},
	search:   map[string]bool{"displayName": true, "givenName": false, "surname": false, "mail": false, "userPrincipalName": false},
	sorts:    []string{"displayName", "userPrincipalName"},
	real: strings.Fields("aboutMe ageGroup authorizationInfo birthday city companyName consentProvidedForMinor country creationType customSecurityAttributes deletedDateTime " +
		"employeeHireDate employeeId employeeType externalUserState faxNumber hireDate identities imAddresses interests isResourceAccount lastPasswordChangeDateTime licenseAssignmentStates mailboxSettings mySite " +
		"onPremisesSyncEnabled onPremisesImmutableId otherMails pastProjects postalCode preferredDataLocation preferredName provisionedPlans proxyAddresses responsibilities schools securityIdentifier " +
		"showInAddressList signInActivity signInSessionsValidFromDateTime skills state streetAddress manager"),
}

// basic are the properties of a user that User.ReadBasic.All shows.
var basic = []string{"displayName", "givenName", "id", "mail", "surname", "userPrincipalName"}

var groupSchema = &schema{
	name: "microsoft.graph.group", directory: true, top: 100, most: 999,
	properties: with(strs("displayName", "description", "mail", "mailNickname"), map[string]property{
		"id": {kind: guid, filters: true}, "mailEnabled": {kind: boolean, filters: true}, "securityEnabled": {kind: boolean, filters: true},
		"groupTypes": {}, "visibility": {}, "createdDateTime": {},
	}),
	defaults: []string{"createdDateTime", "description", "displayName", "groupTypes", "id", "mail", "mailEnabled", "mailNickname", "securityEnabled", "visibility"},
	search:   map[string]bool{"displayName": true, "description": true},
	sorts:    []string{"displayName"},
	real:     strings.Fields("assignedLabels assignedLicenses classification deletedDateTime expirationDateTime isAssignableToRole membershipRule onPremisesSyncEnabled owners members proxyAddresses renewedDateTime resourceProvisioningOptions theme uniqueName"),
}

// objectSchema is a directoryObject, which may be of either kind.
var objectSchema = &schema{
	name: "microsoft.graph.directoryObject", directory: true, top: 100, most: 999,
	properties: with(with(map[string]property{}, groupSchema.properties), userSchema.properties),
	real:       userSchema.real,
}

var organizationSchema = &schema{
	name: "microsoft.graph.organization", top: 100, most: 999,
	properties: with(map[string]property{}, map[string]property{
		"id": {}, "displayName": {}, "tenantType": {}, "countryLetterCode": {}, "verifiedDomains": {}, "createdDateTime": {}, "preferredLanguage": {}, "assignedPlans": {},
	}),
	defaults: []string{"id", "displayName", "tenantType", "countryLetterCode", "verifiedDomains", "createdDateTime", "preferredLanguage", "assignedPlans"},
	real:     strings.Fields("businessPhones city country defaultUsageLocation deletedDateTime directorySizeQuota marketingNotificationEmails mobileDeviceManagementAuthority onPremisesSyncEnabled partnerTenantType postalCode privacyProfile provisionedPlans state street technicalNotificationMails"),
}

var configurationSchema = &schema{
	name: "microsoft.graph.teamsAdministration.teamsUserConfiguration", top: 100, most: 999,
	properties: with(strs("userPrincipalName", "accountType"), map[string]property{
		"id": {kind: guid, filters: true}, "isEnterpriseVoiceEnabled": {kind: boolean, filters: true}, "tenantId": {}, "featureTypes": {},
		"createdDateTime": {}, "modifiedDateTime": {}, "telephoneNumbers": {}, "effectivePolicyAssignments": {},
	}),
	defaults: []string{"id", "tenantId", "userPrincipalName", "accountType", "isEnterpriseVoiceEnabled", "featureTypes", "createdDateTime", "modifiedDateTime", "telephoneNumbers", "effectivePolicyAssignments"},
	sorts:    []string{"userPrincipalName"},
}

// userProperty is a property of a user in JSON.
func userProperty(p teams.Profile, name string) any {
	first, last, _ := strings.Cut(p.Name, " ")
	switch name {
	case "id":
		return p.OID
	case "displayName":
		return p.Name
	case "givenName":
		return orNull(first)
	case "surname":
		return orNull(last)
	case "mail":
		return orNull(p.Mail)
	case "userPrincipalName":
		return p.UPN
	case "mailNickname":
		nick, _, _ := strings.Cut(p.UPN, "@")
		return nick
	case "jobTitle":
		return orNull(p.JobTitle)
	case "department":
		if p.AccountType == teams.AccountResource { // which is how one tells them (§3.4)
			return "Microsoft Communication Application Instance"
		}
		return orNull(p.Department)
	case "accountEnabled":
		return !p.Disabled
	case "userType":
		return p.UserType
	case "usageLocation":
		return "DE"
	case "createdDateTime":
		return created
	case "businessPhones":
		return append([]string{}, p.TelephoneNumbers[:min(1, len(p.TelephoneNumbers))]...)
	case "assignedPlans":
		list := []map[string]any{}
		for _, plan := range p.Plans {
			list = append(list, map[string]any{"assignedDateTime": created, "capabilityStatus": plan.State, "service": service(plan), "servicePlanId": plan.ID})
		}
		return list
	case "assignedLicenses":
		if len(p.Plans) == 0 {
			return []map[string]any{}
		}
		id, _ := sku(p)
		return []map[string]any{{"disabledPlans": []string{}, "skuId": id}}
	}
	return nil
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func service(p teams.Plan) string {
	if strings.HasPrefix(p.Name, "TEAMS") {
		return "TeamspaceAPI"
	}
	return "MicrosoftCommunicationsOnline"
}

// sku is a bundle that has the plans of a user (§2.5).
func sku(p teams.Profile) (id, name string) {
	has := func(prefix string) bool {
		for _, plan := range p.Plans {
			if strings.HasPrefix(plan.Name, prefix) {
				return true
			}
		}
		return false
	}
	switch {
	case has("MCOEV_VIRTUALUSER"):
		return "440eaaa8-b3e0-484b-a8be-62870b9ba70a", "PHONESYSTEM_VIRTUALUSER"
	case has("MCOEV") && has("TEAMS"):
		return "06ebc4ee-1bb5-47dd-8120-11324bc54e06", "SPE_E5"
	case has("MCOEV"):
		return "e43b5b99-8dfb-405f-9987-dc307f34bcbd", "MCOEV"
	}
	return "05e9a617-0261-4cee-bb44-138d3ef5d965", "SPE_E3"
}

// derived is an id made from others, the same every time.
func derived(of ...string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(strings.Join(of, "/"))).String()
}
