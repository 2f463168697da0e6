{{- define "cpp-worker.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "cpp-worker.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- $name := include "cpp-worker.name" . }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "cpp-worker.labels" -}}
app.kubernetes.io/name: {{ include "cpp-worker.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "cpp-worker.workerLabels" -}}
{{ include "cpp-worker.labels" . }}
app.kubernetes.io/component: worker
{{- end }}

{{- define "cpp-worker.masterLabels" -}}
{{ include "cpp-worker.labels" . }}
app.kubernetes.io/component: master
{{- end }}

{{- define "cpp-worker.masterHost" -}}
{{- if .Values.master.enabled }}
{{- if .Values.masterHost }}
{{- fail "Both masterHost and master.enabled are set. Keep one: masterHost for workers of an existing master, master.enabled for a new cluster" }}
{{- end }}
{{- include "cpp-worker.fullname" . }}-master
{{- else if .Values.masterHost }}
{{- .Values.masterHost }}
{{- else }}
{{- fail "The workers need a master. Set masterHost to the Service of your Locust master (--set masterHost=locust-master), or install one with --set master.enabled=true" }}
{{- end }}
{{- end }}

{{/* The ConfigMap that is mounted at /mnt/locust; nothing if the locustfile is in the image. */}}
{{- define "cpp-worker.configMap" -}}
{{- $file := .Values.locustfile }}
{{- if and $file.files $file.configMap }}
{{- fail "Both locustfile.files and locustfile.configMap are set. Keep one" }}
{{- else if $file.files }}
{{- if and (eq (dir $file.path) "/mnt/locust") (not (hasKey $file.files (base $file.path))) }}
{{- $twin := printf "%s.cpp" (trimSuffix ".py" (base $file.path)) }}
{{- if not (hasKey $file.files $twin) }}
{{- fail (printf "locustfile.path is %s, but locustfile.files has only %s. Correct locustfile.path" $file.path (keys $file.files | sortAlpha | join ", ")) }}
{{- end }}
{{- end }}
{{- include "cpp-worker.fullname" . }}-locustfile
{{- else if $file.configMap }}
{{- $file.configMap }}
{{- else if hasPrefix "/mnt/locust/" $file.path }}
{{- fail "There is no locustfile. Set locustfile.files (--set-file 'locustfile.files.locustfile\\.cpp=locustfile.cpp'), or locustfile.configMap, or set locustfile.path to a file in your image, outside of /mnt/locust" }}
{{- end }}
{{- end }}

{{/* What the pods of master and workers have in common, before and in their container. */}}
{{- define "cpp-worker.pod" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.serviceAccountName }}
serviceAccountName: {{ . }}
{{- end }}
automountServiceAccountToken: false
# With service links, a Service `locust-web` would set the variable LOCUST_WEB_PORT.
enableServiceLinks: false
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: tmp
    emptyDir:
      sizeLimit: {{ .Values.tmpSizeLimit }}
  {{- with include "cpp-worker.configMap" . }}
  - name: locustfile
    configMap:
      name: {{ . }}
  {{- end }}
  {{- with .Values.volumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "cpp-worker.container" -}}
image: {{ printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
{{- with .Values.envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if or .Values.threads .Values.env }}
env:
  {{- with .Values.threads }}
  - name: CPPWORKER_THREADS
    value: {{ . | quote }}
  {{- end }}
  {{- with .Values.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
volumeMounts:
  - name: tmp
    mountPath: /tmp
  {{- if include "cpp-worker.configMap" . }}
  - name: locustfile
    mountPath: /mnt/locust
    readOnly: true
  {{- end }}
  {{- with .Values.volumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{/* A new locustfile restarts the pods. */}}
{{- define "cpp-worker.annotations" -}}
{{- with .Values.locustfile.files }}
cpp-worker/locustfile-checksum: {{ toYaml . | sha256sum }}
{{- end }}
{{- with .Values.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end }}
