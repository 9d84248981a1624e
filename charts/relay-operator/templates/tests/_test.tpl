{{/* Metadata of an object of the test. Takes a map of root, name and weight. */}}
{{- define "relay-operator.testMetadata" -}}
{{- include "relay-operator.metadata" (dict
  "root" .root "name" .name "component" "test" "namespace" (include "relay-operator.testNamespace" .root)
  "labels" .labels
  "annotations" (include "relay-operator.hook" (dict "on" "test" "weight" .weight) | fromYaml)) -}}
{{- end -}}

{{/* What tells the sink's pod, and the hub that stands for it, from all others. */}}
{{- define "relay-operator.testSinkLabels" -}}
relayoperator.io/test: {{ include "relay-operator.testName" . }}
{{- end -}}

{{/* A pod of the test without its containers. */}}
{{- define "relay-operator.testPod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with include "relay-operator.imagePullSecrets" . }}
{{ . }}
{{- end }}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
volumes:
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- with include "relay-operator.placement" . }}
{{ . }}
{{- end }}
{{- end -}}

{{/* A container of the test. Takes a map of root, name and args. */}}
{{- define "relay-operator.testContainer" -}}
name: {{ .name }}
image: {{ include "relay-operator.image" (dict "root" .root "image" .root.Values.relay.image) | quote }}
imagePullPolicy: {{ .root.Values.relay.image.pullPolicy }}
terminationMessagePolicy: FallbackToLogsOnError
args:
  {{- toYaml .args | nindent 2 }}
resources:
  {{- toYaml .root.Values.tests.resources | nindent 2 }}
securityContext:
  {{- toYaml .root.Values.securityContext | nindent 2 }}
volumeMounts:
- name: tmp
  mountPath: /tmp
{{- end -}}
