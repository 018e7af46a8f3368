{{- define "tandem.labels" -}}
app.kubernetes.io/name: tandem
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The configuration of a process: call with (dict "root" $ "roles" list), of a node also with "node". */}}
{{- define "tandem.settings" -}}
{{- $v := .root.Values -}}
{{- $near := dict "udp" (printf ":%v" $v.ports.sip) "tcp" (printf ":%v" $v.ports.sip) "advertise" $v.sipHost -}}
{{- $made := dict
  "roles" .roles
  "provider_name" $v.providerName
  "http" (dict "listen" (printf ":%v" $v.ports.http) "portal_url" $v.portalURL "public_url" $v.publicURL)
  "sip" (dict "near" $near)
  "microsoft" (dict "client_id" $v.microsoft.clientID "home_tenant" $v.microsoft.homeTenant)
  "recordings" (dict "store" (required "recordings.store is needed: all processes keep recordings in the same place" $v.recordings.store))
-}}
{{- if has "bridge" .roles -}}
{{- $_ := mergeOverwrite $made.http (dict "public_listen" (printf ":%v" $v.ports.public) "public_cert" "/etc/tandem/public/tls.crt" "public_key" "/etc/tandem/public/tls.key") -}}
{{- end -}}
{{- with .node -}}
{{- $trunk := dict "fqdn" .trunk "cert" "/etc/tandem/trunk/tls.crt" "key" "/etc/tandem/trunk/tls.key" -}}
{{- $_ := set $near "advertise" .address -}}
{{- $_ := set $made.sip "far" (dict "listen" (printf ":%v" $v.ports.far) "trunks" (list $trunk)) -}}
{{- $_ := set $made.sip "media" (dict "advertise" .address "port_min" $v.ports.rtpMin "port_max" $v.ports.rtpMax) -}}
{{- end -}}
{{- toYaml (mergeOverwrite $made (deepCopy $v.settings)) -}}
{{- end }}

{{/* What all pods have in common: call with (dict "root" $ "name" n "roles" list). A node's name stays; other pods have the name of the pod. */}}
{{- define "tandem.pod" -}}
{{- $v := .root.Values -}}
automountServiceAccountToken: false
# Calls have thirty seconds to end.
terminationGracePeriodSeconds: 45
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
containers:
  - name: tandem
    image: "{{ $v.image.repository }}:{{ $v.image.tag }}"
    imagePullPolicy: {{ $v.image.pullPolicy }}
    args: [serve, --config, /etc/tandem/tandem.yaml]
    env:
      - name: TANDEM_NODE
        {{- if has "sip" .roles }}
        value: {{ .name }}
        {{- else }}
        valueFrom:
          fieldRef: {fieldPath: metadata.name}
        {{- end }}
      {{- range $variable, $key := dict "TANDEM_DATABASE_URL_FILE" "database_url" "TANDEM_MASTER_KEY_FILE" "master_key" "TANDEM_SEAL_KEYS_FILE" "seal_keys" "TANDEM_MICROSOFT_CLIENT_SECRET_FILE" "client_secret" }}
      - name: {{ $variable }}
        value: /run/secrets/tandem/{{ $key }}
      {{- end }}
    ports:
      - {name: http, containerPort: {{ $v.ports.http }}, protocol: TCP}
      {{- if has "bridge" .roles }}
      - {name: public, containerPort: {{ $v.ports.public }}, protocol: TCP}
      {{- end }}
      {{- if has "sip" .roles }}
      - {name: sip-udp, containerPort: {{ $v.ports.sip }}, protocol: UDP}
      - {name: sip-tcp, containerPort: {{ $v.ports.sip }}, protocol: TCP}
      - {name: far, containerPort: {{ $v.ports.far }}, protocol: TCP}
      {{- end }}
    startupProbe:
      httpGet: {path: /healthz, port: http}
      periodSeconds: 2
      failureThreshold: 30
    livenessProbe:
      httpGet: {path: /healthz, port: http}
      periodSeconds: 10
      failureThreshold: 6
    readinessProbe:
      httpGet: {path: /readyz, port: http}
      periodSeconds: 5
    resources: {{- toYaml $v.resources | nindent 6 }}
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities: {drop: [ALL]}
    volumeMounts:
      - {name: settings, mountPath: /etc/tandem/tandem.yaml, subPath: tandem.yaml, readOnly: true}
      {{- if has "sip" .roles }}
      - {name: trunk, mountPath: /etc/tandem/trunk, readOnly: true}
      {{- end }}
      {{- if has "bridge" .roles }}
      - {name: public, mountPath: /etc/tandem/public, readOnly: true}
      {{- end }}
      - {name: secrets, mountPath: /run/secrets/tandem, readOnly: true}
      - {name: tmp, mountPath: /tmp}
volumes:
  - name: settings
    configMap: {name: {{ .name }}}
  {{- if has "sip" .roles }}
  - name: trunk
    secret: {secretName: {{ required "each node needs a certificateSecret" .node.certificateSecret }}}
  {{- end }}
  {{- if has "bridge" .roles }}
  - name: public
    secret: {secretName: {{ $v.publicCertificateSecret }}}
  {{- end }}
  - name: secrets
    secret: {secretName: {{ $v.secretName }}}
  - name: tmp
    emptyDir: {}
{{- end }}

{{- define "tandem.annotations" -}}
# A changed configuration is a new pod.
tandem/settings: {{ .settings | sha256sum }}
prometheus.io/scrape: "true"
prometheus.io/port: {{ .root.Values.ports.http | quote }}
prometheus.io/path: /metrics
{{- end }}
