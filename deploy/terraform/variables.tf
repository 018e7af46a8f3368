variable "name" {
  description = "Of the ACS resource and what belongs to it, such as tandem-eu"
  type        = string
}

variable "location" {
  description = "Azure region of the dead letters"
  type        = string
  default     = "westeurope"
}

variable "data_location" {
  description = "Where the resource keeps data at rest; cannot be changed"
  type        = string
  default     = "Europe"
}

variable "storage_name" {
  description = "Of the storage account for dead letters: 3 to 24 small letters and digits, unique in Azure"
  type        = string
}

variable "hook" {
  description = "Address of the Event Grid subscriptions, which `tandem hooks RESOURCE` prints"
  type        = string
  sensitive   = true
}

variable "provider_name" {
  description = "What customers' admins read on Microsoft's consent page"
  type        = string
}

variable "portal_url" {
  description = "http.portal_url, without a slash at its end"
  type        = string
}
