{{/*
What the operator may do where it serves pools: all of it, and nothing that it does not use. An object is written by
server-side apply, which needs create and patch; what is listed and watched is read from a watch.
Takes a map of namespace: "" for a ClusterRole, else the namespace of the Role.
*/}}
{{- define "relay-operator.rules" -}}
{{- $applied := "[get, list, watch, create, patch, delete]" -}}
{{- $watched := "[get, list, watch]" -}}
# The two resources. A pool is patched for its finalizer only.
- apiGroups: [relayoperator.io]
  resources: [relaypools]
  verbs: [get, list, watch, patch]
- apiGroups: [relayoperator.io]
  resources: [hubtransports]
  verbs: {{ $watched }}
- apiGroups: [relayoperator.io]
  resources: [relaypools/status, hubtransports/status]
  verbs: [get, patch]
# An owner reference that blocks the owner's deletion needs this where OwnerReferencesPermissionEnforcement is on.
- apiGroups: [relayoperator.io]
  resources: [relaypools/finalizers]
  verbs: [update]
# A pool's own objects. Secrets: those that pools and hubs refer to have names that nobody knows in advance, so they
# cannot be listed here; they are watched by their metadata and read by name. Written are only the pools' own. Relay pods
# read their one Secret by a Role that the operator may grant because it has the same rights itself, without "escalate".
- apiGroups: [""]
  resources: [serviceaccounts, services, secrets]
  verbs: {{ $applied }}
- apiGroups: [rbac.authorization.k8s.io]
  resources: [roles, rolebindings]
  verbs: {{ $applied }}
- apiGroups: [apps]
  resources: [deployments, statefulsets]
  verbs: {{ $applied }}
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: {{ $applied }}
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: {{ $applied }}
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: {{ $applied }}
- apiGroups: [monitoring.coreos.com]
  resources: [podmonitors]
  verbs: {{ $applied }}
# Claims are made by the StatefulSet: here they grow, are marked as drained, and go when they are empty.
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [get, list, watch, patch, delete]
# What is seen of running pods, and in which zone each is.
- apiGroups: [""]
  resources: [pods]
  verbs: {{ $watched }}
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: {{ $watched }}
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
# Whether a pool's namespace is being deleted: then its finalizer lets go.
- apiGroups: [""]
  resources: [namespaces]
  {{- with .namespace }}
  resourceNames: [{{ . }}]
  {{- end }}
  verbs: [get]
{{- if not .namespace }}
# Addresses of nodes: SMTP that seems to come from one has lost its client's address.
- apiGroups: [""]
  resources: [nodes]
  verbs: {{ $watched }}
{{- end }}
{{- end -}}

{{/* What the check before an uninstall reads. */}}
{{- define "relay-operator.uninstallRules" -}}
- apiGroups: [relayoperator.io]
  resources: [relaypools]
  verbs: [list]
{{- end -}}
