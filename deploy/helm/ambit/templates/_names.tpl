{{- define "ambit.name" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 45 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 45 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "ambit.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "ambit.labels" -}}
{{ include "ambit.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* The port of the configuration, so that there is one place to change it. */}}
{{- define "ambit.port" -}}
{{- regexFind "[0-9]+$" .Values.config.http.listen -}}
{{- end -}}

{{/* The ConfigMap of the inventory; empty where there is none. */}}
{{- define "ambit.inventory" -}}
{{- if .Values.inventory.existingConfigMap -}}
{{- .Values.inventory.existingConfigMap -}}
{{- else if .Values.inventory.document -}}
{{- include "ambit.name" . }}-inventory
{{- end -}}
{{- end -}}

{{/* The configuration with what the chart mounts. */}}
{{- define "ambit.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- if include "ambit.inventory" . -}}
{{- $_ := set $config "inventory" "/etc/ambit/inventory/workloads.yaml" -}}
{{- end -}}
{{- if .Values.rules -}}
{{- $_ := set $config "rules" (list "/etc/ambit/rules") -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}
