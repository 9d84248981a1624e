{{/* What every object carries, in one place, so that none is forgotten. */}}

{{/* Never changes in the life of a release: for selectors. */}}
{{- define "relay-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "relay-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end -}}

{{/*
The recommended labels, commonLabels and those of the object. Takes the root, or a map of root, component and labels.
The chart's own labels win: selectors rely on them.
*/}}
{{- define "relay-operator.labels" -}}
{{- $root := .root | default . -}}
{{- $own := dict
  "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/name" (include "relay-operator.name" $root)
  "app.kubernetes.io/instance" $root.Release.Name
  "app.kubernetes.io/version" $root.Chart.AppVersion
  "app.kubernetes.io/component" (.component | default "operator")
  "app.kubernetes.io/part-of" "relay-operator"
  "app.kubernetes.io/managed-by" $root.Release.Service -}}
{{- $labels := dict -}}
{{- range $part := list $root.Values.commonLabels .labels $own -}}
{{- range $key, $value := $part }}{{ $_ := set $labels $key (toString $value) }}{{ end -}}
{{- end -}}
{{- toYaml $labels -}}
{{- end -}}

{{/* commonAnnotations and those of the object, which win. Takes a map of root and annotations. */}}
{{- define "relay-operator.annotations" -}}
{{- $annotations := dict -}}
{{- range $part := list .root.Values.commonAnnotations .annotations -}}
{{- range $key, $value := $part }}{{ $_ := set $annotations $key (toString $value) }}{{ end -}}
{{- end -}}
{{- if $annotations -}}
annotations:
  {{- toYaml $annotations | nindent 2 }}
{{- end -}}
{{- end -}}

{{/*
The whole metadata of an object. Takes a map of root, name and component; namespace where it is not the release's,
clusterScoped where it has none; labels and annotations where it has more.
*/}}
{{- define "relay-operator.metadata" -}}
metadata:
  name: {{ .name }}
  {{- if not .clusterScoped }}
  namespace: {{ .namespace | default .root.Release.Namespace }}
  {{- end }}
  labels:
    {{- include "relay-operator.labels" (dict "root" .root "component" .component "labels" .labels) | nindent 4 }}
  {{- with include "relay-operator.annotations" (dict "root" .root "annotations" .annotations) }}
  {{- . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* Labels and annotations of a CRD, which stands there with its name. */}}
{{- define "relay-operator.crdMetadata" -}}
labels:
  {{- include "relay-operator.labels" (dict "root" . "component" "crds") | nindent 2 }}
{{- $own := .Values.crds.keep | ternary (dict "helm.sh/resource-policy" "keep") (dict) }}
{{- with include "relay-operator.annotations" (dict "root" . "annotations" $own) }}
{{ . }}
{{- end }}
{{- end -}}

{{/* Annotations of a hook, as YAML. Takes a map of on and weight. */}}
{{- define "relay-operator.hook" -}}
helm.sh/hook: {{ .on }}
helm.sh/hook-weight: {{ .weight | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
helm.sh/hook-output-log-policy: hook-failed
{{- end -}}
