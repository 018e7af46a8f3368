# The Azure side of one region: the ACS resource, what Event Grid brings us of it, and
# the provider's app registration.
#
# THIS WAS NEVER APPLIED: it is checked for its format only. Read the plan before you
# apply it. What it cannot do: direct routing (trunks and routes are registered through
# the resource's own API, and only resources made before 23 October 2026 have it, so
# import an old one: terraform import azurerm_communication_service.tandem …), the proof
# of the trunk's domain, verification of the publisher.

terraform {
  required_version = ">= 1.6"
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
    azuread = {
      source  = "hashicorp/azuread"
      version = "~> 3.0"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.0"
    }
  }
}

provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "tandem" {
  name     = var.name
  location = var.location
}

resource "azurerm_communication_service" "tandem" {
  name                = var.name
  resource_group_name = azurerm_resource_group.tandem.name
  data_location       = var.data_location

  lifecycle {
    prevent_destroy = true # one made anew has no direct routing
  }
}

# A resource's events; a global topic, as Communication Services have it.
resource "azurerm_eventgrid_system_topic" "tandem" {
  name                = var.name
  resource_group_name = azurerm_resource_group.tandem.name
  location            = "global"
  source_resource_id  = azurerm_communication_service.tandem.id
  topic_type          = "Microsoft.Communication.CommunicationServices"
}

# A call waits for nobody: two attempts within a minute.
resource "azurerm_eventgrid_system_topic_event_subscription" "incoming" {
  name                  = "incoming-call"
  system_topic          = azurerm_eventgrid_system_topic.tandem.name
  resource_group_name   = azurerm_resource_group.tandem.name
  event_delivery_schema = "EventGridSchema"
  included_event_types  = ["Microsoft.Communication.IncomingCall"]

  webhook_endpoint {
    url = var.hook # tandem hooks RESOURCE prints it; it holds a secret
  }

  retry_policy {
    max_delivery_attempts = 2
    event_time_to_live    = 1
  }
}

# A file waits for a day: so do its events, and none is lost after it.
resource "azurerm_eventgrid_system_topic_event_subscription" "recordings" {
  name                  = "recording-files"
  system_topic          = azurerm_eventgrid_system_topic.tandem.name
  resource_group_name   = azurerm_resource_group.tandem.name
  event_delivery_schema = "EventGridSchema"
  included_event_types  = ["Microsoft.Communication.RecordingFileStatusUpdated"]

  webhook_endpoint {
    url = var.hook
  }

  retry_policy {
    max_delivery_attempts = 30
    event_time_to_live    = 1440
  }

  storage_blob_dead_letter_destination {
    storage_account_id          = azurerm_storage_account.letters.id
    storage_blob_container_name = azurerm_storage_container.letters.name
  }
}

resource "azurerm_storage_account" "letters" {
  name                            = var.storage_name
  resource_group_name             = azurerm_resource_group.tandem.name
  location                        = azurerm_resource_group.tandem.location
  account_tier                    = "Standard"
  account_replication_type        = "LRS"
  min_tls_version                 = "TLS1_2"
  allow_nested_items_to_be_public = false
}

resource "azurerm_storage_container" "letters" {
  name                  = "dead-letters"
  storage_account_id    = azurerm_storage_account.letters.id
  container_access_type = "private"
}
