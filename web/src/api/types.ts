// The API's types under the names that the app uses. schema.d.ts is made from
// internal/api/openapi.json by npm run api.
import type { components } from "./schema";

type S = components["schemas"];
export type { paths } from "./schema";

export type AgentGroup = S["AgentGroup"];
export type AgentRow = S["AgentStanding"];
export type AuditEntry = S["AuditEntry"];
export type Cure = S["Cure"];
export type Delivery = S["WebhookDelivery"];
export type Federation = S["Federation"];
export type Grant = S["Grant"];
export type Invitation = S["Invitation"];
export type InvitationResult = S["Invited"];
export type InvitationRow = S["InvitationCreate"];
export type Item = S["Item"];
export type Key = S["Key"];
export type Person = S["Person"];
export type Problem = S["Problem"];
export type Proof = S["FederationProof"];
export type Readiness = S["Readiness"];
export type StandingState = S["Standing"]["state"];
export type Step = S["StepView"];
export type StepName = Step["id"];
export type Tenant = S["Tenant"];
export type TenantRow = S["TenantStanding"];
export type TenantState = Tenant["state"];
export type TenantSummary = S["TenantSummary"];
export type TestCall = S["TestCall"];
export type TestUserHours = S["TestUserHours"];
export type Track = S["Track"];
export type TrackState = Track["state"];
export type Usage = S["Usage"];
export type Webhook = S["Webhook"];
