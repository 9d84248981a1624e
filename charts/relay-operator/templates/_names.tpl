{{/* Names of objects. Cut where a Service or a label value would be too long. */}}

{{- define "relay-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* A Service's name begins with a letter, a release's need not. */}}
{{- define "relay-operator.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := printf "%s-%s" .Release.Name $name -}}
{{- if .Values.fullnameOverride -}}
{{- $full = .Values.fullnameOverride -}}
{{- else if contains $name .Release.Name -}}
{{- $full = .Release.Name -}}
{{- end -}}
{{- regexReplaceAll "^([0-9])" $full "r${1}" | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "relay-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "relay-operator.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* The operator's own name for its Lease; the Role that lets it write the Lease names it too. */}}
{{- define "relay-operator.leaseName" -}}
relay-operator
{{- end -}}

{{- define "relay-operator.uninstallCheckName" -}}
{{- printf "%s-uninstall" (include "relay-operator.fullname" .) -}}
{{- end -}}

{{/* Of the test's pool, so at most 45 characters, and a letter first whatever the release is called. */}}
{{- define "relay-operator.testName" -}}
{{- printf "test-%s" (include "relay-operator.fullname" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* Where the test's objects stand: a namespace whose pools this operator serves. */}}
{{- define "relay-operator.testNamespace" -}}
{{- if .Values.tests.namespace -}}
{{- if and .Values.namespaces (not (has .Values.tests.namespace .Values.namespaces)) -}}
{{- fail (printf "tests.namespace %q is not one of namespaces (%s): nobody would serve the test's pool." .Values.tests.namespace (join ", " .Values.namespaces)) -}}
{{- end -}}
{{- .Values.tests.namespace -}}
{{- else if or (not .Values.namespaces) (has .Release.Namespace .Values.namespaces) -}}
{{- .Release.Namespace -}}
{{- else -}}
{{- first .Values.namespaces -}}
{{- end -}}
{{- end -}}
