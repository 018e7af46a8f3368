{{- define "tandem.labels" -}}
app.kubernetes.io/name: tandem
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The configuration of one node: call with (dict "root" $ "node" .). */}}
{{- define "tandem.settings" -}}
{{- $v := .root.Values -}}
{{- $trunk := dict "fqdn" .node.trunk "cert" (printf "/etc/tandem/trunk/tls.crt") "key" "/etc/tandem/trunk/tls.key" -}}
{{- $made := dict
  "node" (printf "%s-%s" .root.Release.Name .node.name)
  "provider_name" $v.providerName
  "http" (dict "listen" (printf ":%v" $v.ports.http) "portal_url" $v.portalURL "public_url" $v.publicURL "public_listen" (printf ":%v" $v.ports.public) "public_cert" "/etc/tandem/public/tls.crt" "public_key" "/etc/tandem/public/tls.key")
  "sip" (dict
    "near" (dict "udp" (printf ":%v" $v.ports.sip) "tcp" (printf ":%v" $v.ports.sip) "advertise" .node.address)
    "far" (dict "listen" (printf ":%v" $v.ports.far) "trunks" (list $trunk))
    "media" (dict "advertise" .node.address "port_min" $v.ports.rtpMin "port_max" $v.ports.rtpMax))
  "microsoft" (dict "client_id" $v.microsoft.clientID "home_tenant" $v.microsoft.homeTenant)
  "recordings" (dict "store" (required "recordings.store is needed: all nodes keep recordings in the same place" $v.recordings.store))
-}}
{{- toYaml (mergeOverwrite $made (deepCopy $v.settings)) -}}
{{- end }}
