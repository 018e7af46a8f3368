// Made by npm run api. Do not edit.

export interface paths {
    "/v1/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List agents
         * @description By id.
         *
         *     Scope: `agents.read`.
         */
        get: operations["listAgents"];
        put?: never;
        /**
         * Create an agent
         * @description An agent is a person of a tenant who may be rung.
         *
         *     Scope: `agents.write`.
         */
        post: operations["createAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an agent
         * @description Scope: `agents.read`.
         */
        get: operations["getAgent"];
        put?: never;
        post?: never;
        /**
         * Delete an agent
         * @description Refused while a number names the agent.
         *
         *     Scope: `agents.write`.
         */
        delete: operations["deleteAgent"];
        options?: never;
        head?: never;
        /**
         * Change an agent
         * @description Scope: `agents.write`.
         */
        patch: operations["changeAgent"];
        trace?: never;
    };
    "/v1/calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List calls
         * @description The newest first.
         *
         *     Scope: `calls.read`.
         */
        get: operations["listCalls"];
        put?: never;
        /**
         * Ask for a call
         * @description Prepares a call and answers with the SIP address to send the caller to. The address is good for one accepted call and for a short time; it belongs to the first authenticated INVITE that shows it.
         *
         *     Scope: `calls.write`.
         */
        post: operations["createCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a call
         * @description As it stands at this moment.
         *
         *     Scope: `calls.read`.
         */
        get: operations["getCall"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/hangup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hang up
         * @description Ends our part: the caller and everyone we brought. People who could talk on without us may.
         *
         *     Scope: `calls.write`.
         */
        post: operations["hangUpCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/participants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add a participant
         * @description Rings one more agent for a connected call. The answer says that it was asked for; the call shows what comes of it.
         *
         *     Scope: `calls.write`.
         */
        post: operations["addParticipant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/participants/{participant}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a participant
         * @description Takes a person out of the call, or stops ringing them.
         *
         *     Scope: `calls.write`.
         */
        delete: operations["removeParticipant"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/terminate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Terminate
         * @description Ends the call for everyone.
         *
         *     Scope: `calls.write`.
         */
        post: operations["terminateCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cdrs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List call detail records
         * @description The newest first, by when the call started. A record is written once, when its call is over.
         *
         *     Scope: `cdrs.read`.
         */
        get: operations["listCDRs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cdrs/{call}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a call detail record
         * @description Scope: `cdrs.read`.
         */
        get: operations["getCDR"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List keys
         * @description By id, without their secrets.
         *
         *     Scope: `keys.read`.
         */
        get: operations["listKeys"];
        put?: never;
        /**
         * Create a key
         * @description The key is shown in this answer and never again. Nobody can give a right he has not.
         *
         *     Scope: `keys.write`.
         */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a key
         * @description Scope: `keys.read`.
         */
        get: operations["getKey"];
        put?: never;
        post?: never;
        /**
         * Revoke a key
         * @description At once and for good. The key stays in the list.
         *
         *     Scope: `keys.write`.
         */
        delete: operations["revokeKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who am I?
         * @description The key that was sent: whose it is and what it may do.
         */
        get: operations["getMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/numbers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List numbers
         * @description By number.
         *
         *     Scope: `numbers.read`.
         */
        get: operations["listNumbers"];
        put?: never;
        /**
         * Create a number
         * @description A call to the number rings the tenant's agents.
         *
         *     Scope: `numbers.write`.
         */
        post: operations["createNumber"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/numbers/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a number
         * @description Scope: `numbers.read`.
         */
        get: operations["getNumber"];
        put?: never;
        post?: never;
        /**
         * Delete a number
         * @description Calls under way go on.
         *
         *     Scope: `numbers.write`.
         */
        delete: operations["deleteNumber"];
        options?: never;
        head?: never;
        /**
         * Change a number
         * @description For the next call; calls under way go on as they began.
         *
         *     Scope: `numbers.write`.
         */
        patch: operations["changeNumber"];
        trace?: never;
    };
    "/v1/peers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List peers
         * @description By id.
         *
         *     Scope: `peers.read`.
         */
        get: operations["listPeers"];
        put?: never;
        /**
         * Create a peer
         * @description A peer is a SIP neighbour on the near side: a platform or a carrier. Without a password one is made and shown, once.
         *
         *     Scope: `peers.write`.
         */
        post: operations["createPeer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/peers/{peer}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a peer
         * @description Scope: `peers.read`.
         */
        get: operations["getPeer"];
        put?: never;
        post?: never;
        /**
         * Delete a peer
         * @description Its next request is refused; calls under way go on.
         *
         *     Scope: `peers.write`.
         */
        delete: operations["deletePeer"];
        options?: never;
        head?: never;
        /**
         * Change a peer
         * @description A new user name needs the password again, because what is kept of it belongs to the name.
         *
         *     Scope: `peers.write`.
         */
        patch: operations["changePeer"];
        trace?: never;
    };
    "/v1/regions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List regions
         * @description By id.
         *
         *     Scope: `trunks.read`.
         */
        get: operations["listRegions"];
        put?: never;
        /**
         * Create a region
         * @description Scope: `trunks.write`.
         */
        post: operations["createRegion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/regions/{region}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a region
         * @description Scope: `trunks.read`.
         */
        get: operations["getRegion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/resources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List resources
         * @description By id.
         *
         *     Scope: `trunks.read`.
         */
        get: operations["listResources"];
        put?: never;
        /**
         * Create a resource
         * @description Makes an ACS resource of the provider known. Its access key is sealed and never shown again.
         *
         *     Scope: `trunks.write`.
         */
        post: operations["createResource"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/resources/{resource}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a resource
         * @description Scope: `trunks.read`.
         */
        get: operations["getResource"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List tenants
         * @description By id. A tenant's key sees its own.
         *
         *     Scope: `tenants.read`.
         */
        get: operations["listTenants"];
        put?: never;
        /**
         * Create a tenant
         * @description A tenant begins as invited; PATCH moves it on.
         *
         *     Scope: `tenants.write`.
         */
        post: operations["createTenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a tenant
         * @description Scope: `tenants.read`.
         */
        get: operations["getTenant"];
        put?: never;
        post?: never;
        /**
         * Delete a tenant
         * @description Only one that has no agents, numbers and calls; otherwise offboard it, because records outlive a contract.
         *
         *     Scope: `tenants.write`.
         */
        delete: operations["deleteTenant"];
        options?: never;
        head?: never;
        /**
         * Change a tenant
         * @description The state moves along invited → onboarding → active ⇄ suspended; from everywhere to offboarded, which is for good. Only an active tenant can be called.
         *
         *     Scope: `tenants.write`.
         */
        patch: operations["changeTenant"];
        trace?: never;
    };
    "/v1/trunks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List trunks
         * @description By FQDN.
         *
         *     Scope: `trunks.read`.
         */
        get: operations["listTrunks"];
        put?: never;
        /**
         * Create a trunk
         * @description Makes an SBC known that is registered in a resource.
         *
         *     Scope: `trunks.write`.
         */
        post: operations["createTrunk"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trunks/{fqdn}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a trunk
         * @description Scope: `trunks.read`.
         */
        get: operations["getTrunk"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Agent: {
            /**
             * Format: date-time
             * @description When it was changed last.
             * @example 2026-11-22T09:30:00Z
             */
            changed_at?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * @description By what kind of address the person is rung.
             * @example teams_user
             * @enum {string}
             */
            endpoint: "teams_user" | "phone_number";
            /**
             * @description A UUID.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            id: string;
            /**
             * @description What the person is called.
             * @example Adele Vance
             */
            name: string;
            /**
             * @description The address: the object id in Entra of a teams_user, the E.164 number of a phone_number.
             * @example c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02
             */
            oid: string;
            /**
             * @description The tenant it belongs to.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant: string;
        };
        AgentChange: {
            /**
             * @description By what kind of address the person is rung.
             * @example teams_user
             * @enum {string|null}
             */
            endpoint?: "teams_user" | "phone_number" | null;
            /**
             * @description What the person is called.
             * @example Adele Vance
             */
            name?: string | null;
            /**
             * @description The address.
             * @example c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02
             */
            oid?: string | null;
        };
        AgentCreate: {
            /**
             * @description By what kind of address the person is rung.
             * @default teams_user
             * @enum {string}
             */
            endpoint: "teams_user" | "phone_number";
            /**
             * @description What the person is called.
             * @example Adele Vance
             */
            name: string;
            /**
             * @description The address: the object id in Entra of a teams_user, the E.164 number of a phone_number. Unique in the tenant.
             * @example c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02
             */
            oid: string;
            /**
             * @description Id of the tenant; a tenant's key may leave it out.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
        };
        AttemptRecord: {
            /**
             * @description Id of the agent.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent?: string;
            /**
             * Format: int64
             * @description The code of Call Automation.
             * @example 487
             */
            code?: number;
            /**
             * Format: date-time
             * @description When the person accepted.
             * @example 2026-11-22T09:30:08Z
             */
            joined_at?: string;
            /**
             * Format: date-time
             * @description When the person was gone.
             * @example 2026-11-22T09:34:10Z
             */
            left_at?: string;
            /** @description Details for people. */
            message?: string;
            /**
             * @description What the person was called.
             * @example Adele Vance
             */
            name?: string;
            /**
             * @description How it ended.
             * @example no_answer
             */
            outcome?: string;
            /**
             * Format: date-time
             * @description When Teams was asked to ring.
             * @example 2026-11-22T09:30:01Z
             */
            rung_at?: string;
            /**
             * Format: int64
             * @description The sub-code of Call Automation.
             * @example 10003
             */
            sub_code?: number;
        };
        CDR: {
            /**
             * Format: int64
             * @description The code of Call Automation.
             * @example 480
             */
            acs_code?: number;
            /**
             * Format: int64
             * @description The sub-code of Call Automation.
             * @example 10037
             */
            acs_sub_code?: number;
            /**
             * @description Who talked first.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent?: string;
            /** @description Everyone who was rung, in order. */
            attempts: components["schemas"]["AttemptRecord"][];
            /**
             * @description Who ended it.
             * @enum {string}
             */
            by: "caller" | "agent" | "provider" | "microsoft" | "tandem";
            /**
             * @description Id of the call.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091
             */
            call: string;
            /**
             * @description What was dialled.
             * @example +493012345678
             */
            called?: string;
            /**
             * @description The caller's number, or anonymous.
             * @example +493098765432
             */
            caller?: string;
            /**
             * @description Microsoft's callConnectionId.
             * @example 421f0b00-9a3c-4f5e-8d53-0f6a1d9f4c11
             */
            connection?: string;
            /**
             * @description As it was given with the call.
             * @example {
             *       "ticket": 4711
             *     }
             */
            context?: unknown;
            /**
             * @description Microsoft's correlationId; its support asks for it.
             * @example f3f1d3c2-53a5-4b0f-9a4d-6b1d1b1c2a10
             */
            correlation?: string;
            /** @description The SIP dialog with Microsoft. */
            far: components["schemas"]["LegRecord"];
            /**
             * @description Whose fault it was.
             * @enum {string}
             */
            fault: "none" | "caller" | "tenant" | "provider" | "microsoft" | "tandem" | "undetermined";
            /** @description When the call reached what. */
            marks: components["schemas"]["Marks"];
            /**
             * @description Details for people.
             * @example Adele Vance is Busy
             */
            message?: string;
            /** @description The SIP dialog with the peer. */
            near: components["schemas"]["LegRecord"];
            /**
             * @description The tenant's number that the call went through.
             * @example +493012345678
             */
            number?: string;
            /**
             * @description The peer that brought the caller.
             * @example contact-centre
             */
            peer?: string;
            /**
             * Format: int64
             * @description The Q.850 cause received.
             * @example 16
             */
            q850?: number;
            /**
             * @description Why, from a closed list.
             * @example agent_hung_up
             */
            reason: string;
            /**
             * @description For statistics.
             * @example completed
             * @enum {string}
             */
            result: "completed" | "unanswered" | "abandoned" | "cancelled" | "failed";
            /**
             * @description Microsoft's serverCallId.
             * @example aHR0cHM6Ly9hcGkuZmxpZ2h0cHJveHkuc2t5cGUuY29t
             */
            server_call?: string;
            /**
             * Format: double
             * @description Seconds from the caller's INVITE until both heard each other; 0 if that was not reached.
             * @example 8.2
             */
            setup_s: number;
            /**
             * Format: int64
             * @description The SIP status received, if a leg was the cause.
             * @example 486
             */
            sip_status?: number;
            /**
             * Format: date-time
             * @description When the call started.
             * @example 2026-11-22T09:30:00Z
             */
            started_at: string;
            /**
             * Format: double
             * @description Seconds from then to the end.
             * @example 241.5
             */
            talk_s: number;
            /**
             * @description The tenant whose call it was.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant: string;
        };
        Call: {
            /**
             * @description Agents to ring, in this order; empty: any agent of the tenant.
             * @example [
             *       "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
             *     ]
             */
            agents: string[];
            /**
             * @description When the caller's INVITE gets its 200: when a person joins, or as soon as somebody can be rung.
             * @enum {string}
             */
            answer_policy: "with_agent" | "at_once";
            /**
             * @description What was dialled; absent for a call that came with a SIP address of ours.
             * @example +493012345678
             */
            called?: string;
            /**
             * @description The caller's number, or anonymous.
             * @example +493098765432
             */
            caller?: string;
            /**
             * @description As it was given.
             * @example {
             *       "ticket": 4711
             *     }
             */
            context?: unknown;
            /**
             * @description Shown to the person who is rung; absent: the caller.
             * @example Booking hotline
             */
            display_name?: string;
            /** @description Why the call ends or ended. */
            ending?: components["schemas"]["Ending"];
            /** @description The SIP dialog with Microsoft. */
            far: components["schemas"]["LegView"];
            /**
             * @description A UUID of version 7: ids rise with time.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091
             */
            id: string;
            /** @description When the call reached what. */
            marks: components["schemas"]["Marks"];
            /** @description The SIP dialog with the peer. */
            near: components["schemas"]["LegView"];
            /**
             * @description The tenant's number that the call goes through.
             * @example +493012345678
             */
            number?: string;
            /** @description Everyone who was rung, in order. */
            participants: components["schemas"]["Participant"][];
            /**
             * @description The peer that brought the caller.
             * @example contact-centre
             */
            peer?: string;
            /**
             * @description Where the call as a whole stands. released: the caller talks on without our control.
             * @example connected
             * @enum {string}
             */
            phase: "requested" | "routing" | "connected" | "released" | "ending" | "ended";
            /**
             * Format: int64
             * @description How long one person's Teams rings, in seconds.
             * @example 20
             */
            ring_timeout: number;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            started_at: string;
            /**
             * @description The tenant whose call it is.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant: string;
        };
        CallCreate: {
            /**
             * @description Id of the one agent to ring; instead of agents.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent?: string;
            /**
             * @description Ids of agents to ring, in this order; without any: any agent of the tenant.
             * @example [
             *       "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
             *     ]
             */
            agents?: string[];
            /**
             * @description When the caller's INVITE gets its 200: when a person joins (a SIP failure otherwise), or as soon as somebody can be rung.
             * @default with_agent
             * @enum {string}
             */
            answer_policy: "with_agent" | "at_once";
            /**
             * @description Any JSON of at most 4 kB; it comes back in the call and in its record.
             * @example {
             *       "ticket": 4711
             *     }
             */
            context?: unknown;
            /**
             * @description Shown to the person who is rung; without it: the caller.
             * @example Booking hotline
             */
            display_name?: string;
            /**
             * @description The tenant's number that the call goes through; without it the region's anchor number.
             * @example +493012345678
             */
            number?: string;
            /**
             * Format: int64
             * @description How long one person's Teams rings, in seconds.
             * @default 20
             */
            ring_timeout: number;
            /**
             * @description Id of the tenant; a tenant's key may leave it out.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
        };
        CallCreated: {
            /**
             * @description Agents to ring, in this order; empty: any agent of the tenant.
             * @example [
             *       "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
             *     ]
             */
            agents: string[];
            /**
             * @description When the caller's INVITE gets its 200: when a person joins, or as soon as somebody can be rung.
             * @enum {string}
             */
            answer_policy: "with_agent" | "at_once";
            /**
             * @description Shown to the person who is rung; absent: the caller.
             * @example Booking hotline
             */
            display_name?: string;
            /**
             * Format: date-time
             * @description The INVITE must arrive before.
             * @example 2026-11-22T09:31:00Z
             */
            expires_at: string;
            /**
             * @description A UUID of version 7: ids rise with time.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091
             */
            id: string;
            /**
             * @description The call waits for its INVITE.
             * @enum {string}
             */
            phase: "requested";
            /**
             * Format: int64
             * @description How long one person's Teams rings, in seconds.
             * @example 20
             */
            ring_timeout: number;
            /**
             * @description Send the caller's INVITE here, from one of your peers. Good for one accepted call; treat it as a secret until then.
             * @example sip:Yk3v0dYt0Yt2R1cW9sJq2A@sbc.example.net
             */
            sip_uri: string;
            /**
             * @description The tenant whose agents are rung.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant: string;
        };
        Ending: {
            /**
             * Format: int64
             * @description The code of Call Automation.
             * @example 480
             */
            acs_code?: number;
            /**
             * Format: int64
             * @description The sub-code of Call Automation.
             * @example 10037
             */
            acs_sub_code?: number;
            /**
             * @description Who ended it.
             * @enum {string}
             */
            by: "caller" | "agent" | "provider" | "microsoft" | "tandem";
            /**
             * @description Whose fault it was.
             * @enum {string}
             */
            fault: "none" | "caller" | "tenant" | "provider" | "microsoft" | "tandem" | "undetermined";
            /**
             * @description Details for people.
             * @example Adele Vance is Busy
             */
            message?: string;
            /**
             * Format: int64
             * @description The Q.850 cause received.
             * @example 16
             */
            q850?: number;
            /**
             * @description Why, from a closed list.
             * @example agent_hung_up
             */
            reason: string;
            /**
             * @description For statistics.
             * @example completed
             * @enum {string}
             */
            result: "completed" | "unanswered" | "abandoned" | "cancelled" | "failed";
            /**
             * Format: int64
             * @description The SIP status received, if a leg was the cause.
             * @example 486
             */
            sip_status?: number;
        };
        Key: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it stops working; absent: never.
             * @example 2027-11-22T00:00:00Z
             */
            expires_at?: string;
            /**
             * @description Its last letters, to tell keys apart.
             * @example x7Qp
             */
            hint: string;
            /**
             * @description A UUID; not secret.
             * @example 6f0d2b57-3f0f-4b1e-9d5c-0a6c2f5f3c11
             */
            id: string;
            /**
             * @description The key itself: only in the answer to its creation, and never again.
             * @example tdm_3sVq8Yd0Yt2R1cW9sJq2AkM4
             */
            key?: string;
            /**
             * Format: date-time
             * @description When it was used last, to the minute.
             * @example 2026-11-22T09:30:00Z
             */
            last_used_at?: string;
            /**
             * @description What the key is for.
             * @example contact centre, production
             */
            name: string;
            /**
             * Format: date-time
             * @description When it was revoked.
             * @example 2026-12-01T08:00:00Z
             */
            revoked_at?: string;
            /**
             * @description What the key may do.
             * @example [
             *       "calls.read",
             *       "calls.write"
             *     ]
             */
            scopes: string[];
            /**
             * @description The one tenant that the key sees; absent for a key of the provider.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
        };
        KeyCreate: {
            /**
             * Format: date-time
             * @description When it shall stop working; without it: never.
             * @example 2027-11-22T00:00:00Z
             */
            expires_at?: string;
            /**
             * @description What the key is for.
             * @example contact centre, production
             */
            name: string;
            /**
             * @description What the key may do; * is everything.
             * @example [
             *       "calls.read",
             *       "calls.write"
             *     ]
             */
            scopes: string[];
            /**
             * @description Id of the tenant that alone the key shall see; without it the key is the provider's.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
        };
        LegRecord: {
            /** @description What the relay counted. */
            media: components["schemas"]["Media"];
            /**
             * Format: int64
             * @description The Q.850 cause.
             * @example 16
             */
            q850?: number;
            /**
             * @description Its Call-ID, to find it in traces.
             * @example a84b4c76e66710@pc33.example.com
             */
            sip_call_id?: string;
            /**
             * Format: int64
             * @description The SIP status that refused or ended it.
             * @example 486
             */
            status?: number;
            /**
             * @description The text that came with it.
             * @example Normal call clearing
             */
            text?: string;
        };
        LegView: {
            /**
             * @description Its Call-ID, to find it in traces.
             * @example a84b4c76e66710@pc33.example.com
             */
            sip_call_id?: string;
            /**
             * @description Where the dialog stands.
             * @example up
             * @enum {string}
             */
            state: "none" | "offered" | "dialing" | "ringing" | "answering" | "up" | "ending" | "ended";
            /**
             * Format: int64
             * @description The SIP status that refused or ended it.
             * @example 486
             */
            status?: number;
        };
        Marks: {
            /**
             * Format: date-time
             * @description Microsoft confirmed that we did.
             */
            accepted?: string;
            /**
             * Format: date-time
             * @description Caller and person hear each other.
             */
            connected?: string;
            /**
             * Format: date-time
             * @description The INVITE to Microsoft was sent.
             */
            dialed?: string;
            /**
             * Format: date-time
             * @description Everything was over.
             */
            ended?: string;
            /**
             * Format: date-time
             * @description Microsoft asked whether we take the call.
             */
            invited?: string;
            /**
             * Format: date-time
             * @description The first person accepted.
             */
            joined?: string;
            /**
             * Format: date-time
             * @description The caller's INVITE arrived.
             */
            offered?: string;
            /**
             * Format: date-time
             * @description Asked for through the API.
             */
            requested?: string;
            /**
             * Format: date-time
             * @description The first person's Teams was asked to ring.
             */
            ringing?: string;
        };
        Me: {
            /**
             * Format: date-time
             * @description When the key stops working; absent: never.
             */
            expires_at?: string;
            /**
             * @description Id of the key that was sent.
             * @example 6f0d2b57-3f0f-4b1e-9d5c-0a6c2f5f3c11
             */
            key: string;
            /**
             * @description Whose key it is.
             * @enum {string}
             */
            kind: "provider" | "tenant";
            /**
             * @description What the key is for.
             * @example contact centre, production
             */
            name: string;
            /**
             * @description What the key may do.
             * @example [
             *       "calls.read",
             *       "calls.write"
             *     ]
             */
            scopes: string[];
            /**
             * @description The one tenant that the key sees; absent for a key of the provider.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
        };
        Media: {
            /**
             * Format: int64
             * @description Interarrival jitter in milliseconds (RFC 3550).
             * @example 4
             */
            jitter_ms: number;
            /**
             * Format: int64
             * @description Gaps in what was received.
             * @example 3
             */
            lost: number;
            /**
             * Format: int64
             * @description RTP packets received.
             * @example 12075
             */
            packets_in: number;
            /**
             * Format: int64
             * @description RTP packets sent.
             * @example 12070
             */
            packets_out: number;
        };
        Mistake: {
            /**
             * @description Where: body, query, path or header, then the path inside.
             * @example body.agents[2]
             */
            location: string;
            /**
             * @description What is wrong there.
             * @example must be an agent's id, a UUID in lower case
             */
            message: string;
        };
        Number: {
            /**
             * @description Agents to ring, in this order; empty: any agent of the tenant.
             * @example [
             *       "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
             *     ]
             */
            agents: string[];
            /**
             * @description When the caller's INVITE gets its 200: when a person joins, or as soon as somebody can be rung.
             * @enum {string}
             */
            answer_policy: "with_agent" | "at_once";
            /**
             * Format: date-time
             * @description When it was changed last.
             * @example 2026-11-22T09:30:00Z
             */
            changed_at?: string;
            /**
             * @description How the number reaches Microsoft.
             * @example acs_direct_routing
             * @enum {string}
             */
            connectivity: "acs_direct_routing";
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * @description Shown to the person who is rung; absent: the caller.
             * @example Booking hotline
             */
            display_name?: string;
            /**
             * @description The number, with + and country code.
             * @example +493012345678
             */
            e164: string;
            /**
             * Format: int64
             * @description How long one person's Teams rings, in seconds.
             * @example 20
             */
            ring_timeout: number;
            /**
             * @description The tenant it belongs to.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant: string;
        };
        NumberChange: {
            /**
             * @description Ids of agents to ring, in this order; empty: any agent of the tenant.
             * @example [
             *       "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
             *     ]
             */
            agents?: string[] | null;
            /**
             * @description When the caller's INVITE gets its 200.
             * @example with_agent
             * @enum {string|null}
             */
            answer_policy?: "with_agent" | "at_once" | null;
            /**
             * @description How the number reaches Microsoft.
             * @example acs_direct_routing
             * @enum {string|null}
             */
            connectivity?: "acs_direct_routing" | null;
            /**
             * @description Shown to the person who is rung; empty: the caller.
             * @example Booking hotline
             */
            display_name?: string | null;
            /**
             * Format: int64
             * @description How long one person's Teams rings, in seconds.
             * @example 30
             */
            ring_timeout?: number | null;
        };
        NumberCreate: {
            /**
             * @description Ids of agents to ring, in this order; without any: any agent of the tenant.
             * @example [
             *       "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
             *     ]
             */
            agents?: string[];
            /**
             * @description When the caller's INVITE gets its 200: when a person joins (a SIP failure otherwise), or as soon as somebody can be rung.
             * @default with_agent
             * @enum {string}
             */
            answer_policy: "with_agent" | "at_once";
            /**
             * @description How the number reaches Microsoft; without it the usual way.
             * @default acs_direct_routing
             * @example acs_direct_routing
             * @enum {string}
             */
            connectivity: "acs_direct_routing";
            /**
             * @description Shown to the person who is rung; without it: the caller.
             * @example Booking hotline
             */
            display_name?: string;
            /**
             * @description The number, with + and country code, digits only. No two tenants have the same.
             * @example +493012345678
             */
            e164: string;
            /**
             * Format: int64
             * @description How long one person's Teams rings, in seconds.
             * @default 20
             */
            ring_timeout: number;
            /**
             * @description Id of the tenant; a tenant's key may leave it out.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
        };
        PageAgent: {
            /** @description In the order of the list. */
            items: components["schemas"]["Agent"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageCDR: {
            /** @description In the order of the list. */
            items: components["schemas"]["CDR"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageCall: {
            /** @description In the order of the list. */
            items: components["schemas"]["Call"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageKey: {
            /** @description In the order of the list. */
            items: components["schemas"]["Key"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageNumber: {
            /** @description In the order of the list. */
            items: components["schemas"]["Number"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PagePeer: {
            /** @description In the order of the list. */
            items: components["schemas"]["Peer"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageRegion: {
            /** @description In the order of the list. */
            items: components["schemas"]["Region"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageResource: {
            /** @description In the order of the list. */
            items: components["schemas"]["Resource"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageTenant: {
            /** @description In the order of the list. */
            items: components["schemas"]["Tenant"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageTrunk: {
            /** @description In the order of the list. */
            items: components["schemas"]["Trunk"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        Participant: {
            /**
             * @description Id of the agent.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent?: string;
            /**
             * @description Within the call; one person rung twice is two participants.
             * @example 4.0
             */
            id: string;
            /**
             * Format: date-time
             * @description When the person accepted.
             * @example 2026-11-22T09:30:08Z
             */
            joined_at?: string;
            /**
             * Format: date-time
             * @description When the person was gone.
             * @example 2026-11-22T09:34:10Z
             */
            left_at?: string;
            /**
             * @description What the person is called.
             * @example Adele Vance
             */
            name?: string;
            /**
             * @description How it ended: ended, no_answer, declined, busy, unavailable, not_allowed, misconfigured, cancelled, media, timeout, throttled, unknown or gone.
             * @example no_answer
             */
            outcome?: string;
            /**
             * Format: date-time
             * @description When Teams was asked to ring.
             * @example 2026-11-22T09:30:01Z
             */
            rung_at?: string;
            /**
             * @description Where the person stands.
             * @example joined
             * @enum {string}
             */
            state: "reserved" | "inviting" | "ringing" | "joined" | "cancelling" | "removing" | "gone";
        };
        ParticipantAdd: {
            /**
             * @description Id of the agent to ring.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent: string;
            /**
             * @description Shown while it rings; without it what the call has.
             * @example Second opinion, please
             */
            display_name?: string;
        };
        Peer: {
            /**
             * @description Where the peer may come from; empty: anywhere.
             * @example [
             *       "192.0.2.0/24"
             *     ]
             */
            addresses: string[];
            /**
             * @description How the peer proves who it is.
             * @example digest
             * @enum {string}
             */
            auth: "digest" | "address" | "certificate";
            /**
             * @description Of auth certificate: a DNS name in it.
             * @example sbc.contact-centre.example
             */
            certificate_name?: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             * @example 2026-11-22T09:30:00Z
             */
            changed_at?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * @description A UUID.
             * @example d1a1f7a4-70a4-4a53-8f0a-7d7a5b0f0c33
             */
            id: string;
            /**
             * Format: int64
             * @description Calls at once; 0 is no limit.
             * @example 100
             */
            max_calls: number;
            /**
             * @description Unique; appears in call records.
             * @example contact-centre
             */
            name: string;
            /**
             * @description Only in the answer to the creation, if it was made here. It is never shown again.
             * @example 0aZ4kQ9vT1sW7xY2bC5dE8fG
             */
            password?: string;
            /**
             * @description The digest's realm.
             * @example tandem
             */
            realm?: string;
            /**
             * @description Of auth digest.
             * @example contact-centre
             */
            username?: string;
        };
        PeerChange: {
            /**
             * @description Addresses or networks the peer may come from.
             * @example [
             *       "192.0.2.0/24"
             *     ]
             */
            addresses?: string[] | null;
            /**
             * @description How the peer proves who it is.
             * @example digest
             * @enum {string|null}
             */
            auth?: "digest" | "address" | "certificate" | null;
            /**
             * @description Of auth certificate: a DNS name in it.
             * @example sbc.contact-centre.example
             */
            certificate_name?: string | null;
            /**
             * Format: int64
             * @description Calls at once; 0 is no limit.
             * @example 100
             */
            max_calls?: number | null;
            /**
             * @description Unique: lower-case letters, digits and hyphens.
             * @example contact-centre
             */
            name?: string | null;
            /** @description Of auth digest. */
            password?: string;
            /**
             * @description Of auth digest; a new one needs the password, too.
             * @example contact-centre
             */
            username?: string | null;
        };
        PeerCreate: {
            /**
             * @description Addresses or networks the peer may come from. The proof itself for auth address, a further condition for the others.
             * @example [
             *       "192.0.2.0/24"
             *     ]
             */
            addresses?: string[];
            /**
             * @description How the peer proves who it is: user name and password, where its packets come from, or its client certificate.
             * @default digest
             * @enum {string}
             */
            auth: "digest" | "address" | "certificate";
            /**
             * @description Of auth certificate: a DNS name in it.
             * @example sbc.contact-centre.example
             */
            certificate_name?: string;
            /**
             * Format: int64
             * @description Calls at once; 0 is no limit.
             * @example 100
             */
            max_calls?: number;
            /**
             * @description Unique: lower-case letters, digits and hyphens.
             * @example contact-centre
             */
            name: string;
            /** @description Of auth digest; without it one is made and shown, once. */
            password?: string;
            /**
             * @description Of auth digest; unique.
             * @example contact-centre
             */
            username?: string;
        };
        Problem: {
            /**
             * @description What is wrong, for programs. Codes are stable.
             * @example agent_unknown
             */
            code: string;
            /**
             * @description What is wrong, for people.
             * @example there is no such agent
             */
            detail?: string;
            /** @description Everything wrong with the request, at once. */
            errors?: components["schemas"]["Mistake"][];
            /**
             * @description Names this request in the log of the installation.
             * @example 2YQH4D3KPXJ5V6WZC7BNA2TFRM
             */
            request_id?: string;
            /**
             * Format: int64
             * @description The HTTP status.
             * @example 404
             */
            status: number;
            /**
             * @description The HTTP status in words.
             * @example Not Found
             */
            title: string;
        };
        Region: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * @description A short name.
             * @example eu
             */
            id: string;
            /**
             * @description What people call it.
             * @example Europe
             */
            name: string;
        };
        RegionCreate: {
            /**
             * @description A short name: lower-case letters, digits and hyphens.
             * @example eu
             */
            id: string;
            /**
             * @description What people call it.
             * @example Europe
             */
            name: string;
        };
        Resource: {
            /**
             * @description Called where a call has no number of its own.
             * @example +493012345600
             */
            anchor_number?: string;
            /**
             * @description Its AI service; without one Microsoft neither speaks nor listens in a call.
             * @example https://tandem-eu.cognitiveservices.azure.com/
             */
            cognitive_endpoint?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * @description Whether Microsoft lets it have direct routing, which is closed to resources made since 2026-10-23.
             * @example true
             */
            direct_routing: boolean;
            /**
             * @description Its address.
             * @example https://tandem-eu.germany.communication.azure.com/
             */
            endpoint: string;
            /**
             * @description A short name.
             * @example eu-1
             */
            id: string;
            /**
             * @description Its immutable resource id, a UUID.
             * @example e9c1f8d2-2b49-4a53-8a2c-0a4b1f3f5d44
             */
            immutable_id: string;
            /**
             * Format: date-time
             * @description When it was made in Azure.
             * @example 2025-03-01T00:00:00Z
             */
            made_at: string;
            /**
             * @description The one tenant it is for; absent: shared by the tenants of the region.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            owner_tenant?: string;
            /**
             * @description Id of its region.
             * @example eu
             */
            region: string;
        };
        ResourceCreate: {
            /** @description One of its access keys, in base64. It is sealed and never shown. */
            access_key: string;
            /**
             * @description Called where a call has no number of its own.
             * @example +493012345600
             */
            anchor_number?: string;
            /**
             * @description Its AI service.
             * @example https://tandem-eu.cognitiveservices.azure.com/
             */
            cognitive_endpoint?: string;
            /**
             * @description Its address.
             * @example https://tandem-eu.germany.communication.azure.com/
             */
            endpoint: string;
            /**
             * @description A short name: lower-case letters, digits and hyphens.
             * @example eu-1
             */
            id: string;
            /**
             * @description Its immutable resource id, a UUID.
             * @example e9c1f8d2-2b49-4a53-8a2c-0a4b1f3f5d44
             */
            immutable_id: string;
            /**
             * Format: date-time
             * @description When it was made in Azure.
             * @example 2025-03-01T00:00:00Z
             */
            made_at: string;
            /**
             * @description Id of the one tenant it is for.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            owner_tenant?: string;
            /**
             * @description Id of its region.
             * @example eu
             */
            region: string;
        };
        Tenant: {
            /**
             * Format: date-time
             * @description When it was changed last.
             * @example 2026-11-22T09:30:00Z
             */
            changed_at?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * @description Its directory (tenant) id in Entra, a UUID.
             * @example 2f1c0e8a-6a5d-4a0b-9d1c-7b7e0a9a4d11
             */
            entra_tenant_id: string;
            /**
             * @description Id of the region where its data and its calls stay.
             * @example eu
             */
            home_region: string;
            /**
             * @description A UUID.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            id: string;
            /**
             * @description What people call it.
             * @example Contoso Airlines
             */
            name: string;
            /**
             * @description Where it stands; only an active tenant can be called.
             * @example active
             * @enum {string}
             */
            state: "invited" | "onboarding" | "active" | "suspended" | "offboarded";
        };
        TenantChange: {
            /**
             * @description What people call it.
             * @example Contoso Airlines
             */
            name?: string | null;
            /**
             * @description Where it is to stand.
             * @example active
             * @enum {string|null}
             */
            state?: "invited" | "onboarding" | "active" | "suspended" | "offboarded" | null;
        };
        TenantCreate: {
            /**
             * @description Its directory (tenant) id in Entra, a UUID. No two tenants have the same.
             * @example 2f1c0e8a-6a5d-4a0b-9d1c-7b7e0a9a4d11
             */
            entra_tenant_id: string;
            /**
             * @description Id of the region where its data and its calls stay; it cannot be changed.
             * @example eu
             */
            home_region: string;
            /**
             * @description What people call it.
             * @example Contoso Airlines
             */
            name: string;
        };
        Trunk: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * @description The SBC's name.
             * @example e0.eu.sbc.example.net
             */
            fqdn: string;
            /**
             * @description builtin: a SIP edge of ours, which Microsoft does not certify; external: a third-party SBC.
             * @enum {string}
             */
            kind: "builtin" | "external";
            /**
             * Format: int64
             * @description Of TLS signalling.
             * @example 5061
             */
            port: number;
            /**
             * @description Id of the resource it is registered in.
             * @example eu-1
             */
            resource: string;
        };
        TrunkCreate: {
            /**
             * @description The SBC's name.
             * @example e0.eu.sbc.example.net
             */
            fqdn: string;
            /**
             * @description Whose SBC it is.
             * @default builtin
             * @enum {string}
             */
            kind: "builtin" | "external";
            /**
             * Format: int64
             * @description Of TLS signalling.
             * @default 5061
             */
            port: number;
            /**
             * @description Id of the resource it is registered in.
             * @example eu-1
             */
            resource: string;
        };
    };
    responses: {
        /** @description The body is not JSON. */
        400: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description No key, or not a good one. */
        401: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The key may not do this, or the tenant's state forbids it. */
        403: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no such thing, or not for this key. */
        404: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Right in itself, but not in this state. */
        409: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body has more than 256 kB. */
        413: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Something in the request is wrong; errors lists everything. */
        422: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A limit is reached. */
        429: {
            headers: {
                /** @description Seconds to wait before trying again. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A defect here; request_id finds it in the log. */
        500: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Something the installation needs is away; try again. */
        503: {
            headers: {
                /** @description Seconds to wait before trying again. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listAgents: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only of this tenant. */
                tenant?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageAgent"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createAgent: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "tenant": "0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21",
                 *       "oid": "c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02",
                 *       "name": "Adele Vance"
                 *     }
                 */
                "application/json": components["schemas"]["AgentCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the agent. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    deleteAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the agent. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    changeAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the agent. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Adele Vance"
                 *     }
                 */
                "application/json": components["schemas"]["AgentChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listCalls: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only of this tenant. */
                tenant?: string;
                /** @description Only what started at this moment or later, RFC 3339. */
                from?: string;
                /** @description Only what started before this moment, RFC 3339. */
                to?: string;
                /** @description Only what ended like this. */
                result?: "completed" | "unanswered" | "abandoned" | "cancelled" | "failed";
                /** @description Only with this agent, by id. */
                agent?: string;
                /** @description Only through this number of the tenant. The + may be left out, because in a query it means a space. */
                number?: string;
                /** @description Only in this phase. */
                phase?: "requested" | "routing" | "connected" | "released" | "ending" | "ended";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageCall"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "tenant": "0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21",
                 *       "agents": [
                 *         "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
                 *       ],
                 *       "display_name": "Booking hotline",
                 *       "ring_timeout": 20,
                 *       "context": {
                 *         "ticket": 4711
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["CallCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallCreated"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getCall: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    hangUpCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    addParticipant: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "agent": "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
                 *     }
                 */
                "application/json": components["schemas"]["ParticipantAdd"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    removeParticipant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the call. */
                call: string;
                /** @description Id of the participant within the call. */
                participant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    terminateCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listCDRs: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only of this tenant. */
                tenant?: string;
                /** @description Only what started at this moment or later, RFC 3339. */
                from?: string;
                /** @description Only what started before this moment, RFC 3339. */
                to?: string;
                /** @description Only what ended like this. */
                result?: "completed" | "unanswered" | "abandoned" | "cancelled" | "failed";
                /** @description Only with this agent, by id. */
                agent?: string;
                /** @description Only through this number of the tenant. The + may be left out, because in a query it means a space. */
                number?: string;
                /** @description Only with this reason. */
                reason?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageCDR"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getCDR: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CDR"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listKeys: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only of this tenant. */
                tenant?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageKey"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "contact centre, production",
                 *       "scopes": [
                 *         "calls.read",
                 *         "calls.write"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["KeyCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the key. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    revokeKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the key. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listNumbers: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only of this tenant. */
                tenant?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageNumber"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createNumber: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "tenant": "0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21",
                 *       "e164": "+493012345678",
                 *       "agents": [
                 *         "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
                 *       ],
                 *       "ring_timeout": 20
                 *     }
                 */
                "application/json": components["schemas"]["NumberCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Number"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getNumber: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The number, with +. */
                number: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Number"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    deleteNumber: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The number, with +. */
                number: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    changeNumber: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The number, with +. */
                number: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "ring_timeout": 30,
                 *       "display_name": null
                 *     }
                 */
                "application/json": components["schemas"]["NumberChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Number"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listPeers: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PagePeer"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createPeer: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "contact-centre",
                 *       "auth": "digest",
                 *       "username": "contact-centre",
                 *       "addresses": [
                 *         "192.0.2.0/24"
                 *       ],
                 *       "max_calls": 100
                 *     }
                 */
                "application/json": components["schemas"]["PeerCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Peer"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getPeer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the peer. */
                peer: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Peer"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    deletePeer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the peer. */
                peer: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    changePeer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the peer. */
                peer: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "max_calls": 200
                 *     }
                 */
                "application/json": components["schemas"]["PeerChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Peer"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listRegions: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageRegion"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createRegion: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "eu",
                 *       "name": "Europe"
                 *     }
                 */
                "application/json": components["schemas"]["RegionCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Region"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getRegion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the region. */
                region: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Region"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listResources: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageResource"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createResource: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "eu-1",
                 *       "region": "eu",
                 *       "endpoint": "https://tandem-eu.germany.communication.azure.com/",
                 *       "immutable_id": "e9c1f8d2-2b49-4a53-8a2c-0a4b1f3f5d44",
                 *       "access_key": "bm90IGEga2V5LCBvbmx5IGFuIGV4YW1wbGU=",
                 *       "made_at": "2025-03-01T00:00:00Z"
                 *     }
                 */
                "application/json": components["schemas"]["ResourceCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Resource"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getResource: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the resource. */
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Resource"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listTenants: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageTenant"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createTenant: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "entra_tenant_id": "2f1c0e8a-6a5d-4a0b-9d1c-7b7e0a9a4d11",
                 *       "home_region": "eu",
                 *       "name": "Contoso Airlines"
                 *     }
                 */
                "application/json": components["schemas"]["TenantCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getTenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    deleteTenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    changeTenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "state": "active"
                 *     }
                 */
                "application/json": components["schemas"]["TenantChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listTrunks: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageTrunk"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createTrunk: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "fqdn": "e0.eu.sbc.example.net",
                 *       "port": 5061,
                 *       "resource": "eu-1",
                 *       "kind": "builtin"
                 *     }
                 */
                "application/json": components["schemas"]["TrunkCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trunk"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getTrunk: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the trunk. */
                fqdn: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trunk"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
}
