package entra

// DefaultPermissions are the application permissions of an app that names none
// (facts/entra-graph-teams.md §2.1, the recommended minimum).
func DefaultPermissions() []string {
	return []string{"Presence.Read.All", "User.Read.All", "TeamsUserConfiguration.Read.All", "GroupMember.Read.All"}
}

// permissionText is what the consent page says about a permission of Graph. The
// sheet has the ids; the words are ours, after those of the permissions reference.
type permissionText struct{ Name, Title, Text string }

var permissionTexts = map[string]permissionText{
	"Presence.Read.All":                   {Title: "Read presence information of all users in your organization", Text: "Allows the app to read presence information of all users in the directory without a signed-in user: activity, availability, status note and time zone."},
	"Presence.ReadWrite.All":              {Title: "Read and write presence information for all users", Text: "Allows the app to read and to set the presence of all users in the directory without a signed-in user."},
	"User.Read.All":                       {Title: "Read all users' full profiles", Text: "Allows the app to read the full set of profile properties, licences included, of other users in your organization without a signed-in user."},
	"User.ReadBasic.All":                  {Title: "Read all users' basic profiles", Text: "Allows the app to read a basic set of profile properties of other users in your organization without a signed-in user."},
	"TeamsUserConfiguration.Read.All":     {Title: "Read Teams user configurations", Text: "Allows the app to read your tenant's user configurations for Teams without a signed-in user: account type, features and assigned telephone numbers."},
	"GroupMember.Read.All":                {Title: "Read all group memberships", Text: "Allows the app to read memberships and basic group properties for all groups without a signed-in user."},
	"LicenseAssignment.Read.All":          {Title: "Read all license assignments", Text: "Allows the app to read all license assignments without a signed-in user."},
	"TeamsTelephoneNumber.Read.All":       {Title: "Read tenant-acquired telephone number details", Text: "Allows the app to read your tenant's telephone numbers without a signed-in user."},
	"TeamsTelephoneNumber.ReadWrite.All":  {Title: "Read and modify your tenant's acquired telephone numbers", Text: "Allows the app to assign your tenant's telephone numbers without a signed-in user."},
	"TeamsPolicyUserAssign.ReadWrite.All": {Title: "Read and write Teams policy user assignments", Text: "Allows the app to assign Teams policies to users without a signed-in user."},
	"TeamsResourceAccount.Read.All":       {Title: "Read Teams resource accounts", Text: "Allows the app to read your tenant's resource accounts without a signed-in user."},
	"Organization.Read.All":               {Title: "Read organization information", Text: "Allows the app to read the organization and related resources without a signed-in user."},
	"Application.Read.All":                {Title: "Read all applications", Text: "Allows the app to read all applications and service principals without a signed-in user."},
	"Directory.Read.All":                  {Title: "Read directory data", Text: "Allows the app to read data in your organization's directory, such as users, groups and apps, without a signed-in user."},
	"CallRecords.Read.All":                {Title: "Read all call records", Text: "Allows the app to read call records for all calls and online meetings without a signed-in user."},

	"openid":         {Title: "Sign users in", Text: "Allows users to sign in to the app with their work or school accounts and allows the app to see basic user profile information."},
	"profile":        {Title: "View users' basic profile", Text: "Allows the app to see your users' basic profile: name, picture, user name, email address."},
	"email":          {Title: "View users' email address", Text: "Allows the app to read your users' primary email address."},
	"offline_access": {Title: "Maintain access to data you have given it access to", Text: "Allows the app to see and update the data you gave it access to, even when users are not currently using the app."},
	"User.Read":      {Title: "Sign in and read user profile", Text: "Allows users to sign in to the app, and allows the app to read the profile of signed-in users."},
}

// described returns what a page says about permissions.
func described(names []string) []permissionText {
	list := make([]permissionText, 0, len(names))
	for _, name := range names {
		t := permissionTexts[name]
		if t.Title == "" {
			t.Title = name
		}
		t.Name = name
		list = append(list, t)
	}
	return list
}
