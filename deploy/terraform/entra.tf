# The provider's multi-tenant app registration. Its application permissions are those
# that internal/onboarding asks customers' admins for, and no others (a test compares
# them); the ids are Microsoft Graph's app roles.

locals {
  graph = "00000003-0000-0000-c000-000000000000"

  permissions = {
    "User.Read.All"                   = "df021288-bdef-4463-88db-98f22de89214"
    "Presence.Read.All"               = "a70e0c2d-e793-494c-94c4-118fa0a67f42"
    "TeamsUserConfiguration.Read.All" = "a91eadaf-2c3c-4362-908b-fb172d208fc6"
    "GroupMember.Read.All"            = "98830695-27a2-44f7-8c18-0c3ebc9698f6"
  }

  # For the provider's own people: who may do what in the console.
  operators = {
    "Tandem.Owner"    = "does everything"
    "Tandem.Operator" = "runs the installation"
    "Tandem.Viewer"   = "looks"
  }
}

resource "azuread_application" "tandem" {
  display_name            = var.provider_name
  sign_in_audience        = "AzureADMultipleOrgs"
  group_membership_claims = ["DirectoryRole"]

  web {
    redirect_uris = ["${var.portal_url}/portal/signed-in", "${var.portal_url}/portal/consented"]
  }

  required_resource_access {
    resource_app_id = local.graph

    dynamic "resource_access" {
      for_each = local.permissions
      content {
        id   = resource_access.value
        type = "Role"
      }
    }
  }

  dynamic "app_role" {
    for_each = local.operators
    content {
      id                   = random_uuid.operator[app_role.key].result
      value                = app_role.key
      display_name         = app_role.key
      description          = app_role.value
      allowed_member_types = ["User"]
    }
  }
}

resource "random_uuid" "operator" {
  for_each = local.operators
}

resource "azuread_service_principal" "tandem" {
  client_id = azuread_application.tandem.client_id
}

output "client_id" {
  value = azuread_application.tandem.client_id
}
