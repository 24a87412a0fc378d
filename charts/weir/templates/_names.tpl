{{- define "weir.labels" -}}
app.kubernetes.io/name: weir
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- /* What Services and Deployments select by: it may never change, so no version is in it. */}}
{{- define "weir.controlPlaneSelector" -}}
app.kubernetes.io/name: weir
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: control-plane
{{- end }}

{{- define "weir.image" -}}
{{- with .Values.image -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ with .digest }}@{{ . }}{{ end }}
{{- end -}}
{{- end }}

{{- /* What every container may do: nothing. It satisfies the Pod Security level `restricted`. */}}
{{- define "weir.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "weir.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- /* Where pods of the release may run: the image is not for Windows, and where the control plane may, they all may. */}}
{{- define "weir.place" -}}
nodeSelector:
  {{- toYaml (merge (dict) (.Values.controlPlane.nodeSelector | default dict) (dict "kubernetes.io/os" "linux")) | nindent 2 }}
{{- with .Values.controlPlane.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Of all proxies, as the control plane reads it of ConfigMaps; a ratio is of no use without a collector. */}}
{{- define "weir.tracing" -}}
{{- with .Values.telemetry -}}
{{- if .otlpEndpoint -}}
otlp-endpoint: {{ .otlpEndpoint | quote }}
trace-ratio: {{ .traceRatio | default 0 | quote }}
{{- end -}}
{{- end -}}
{{- end }}
