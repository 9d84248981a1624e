{{/* Where and how a monitor of either kind reads the metrics. */}}
{{- define "relay-operator.endpoint" -}}
port: http
path: /metrics
honorLabels: {{ .Values.monitoring.honorLabels }}
{{- with .Values.monitoring.interval }}
interval: {{ . }}
{{- end }}
{{- with .Values.monitoring.scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
{{- with .Values.monitoring.relabelings }}
relabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.monitoring.metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
