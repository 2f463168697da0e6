"""How the two Kubernetes operators and the common Helm chart start Locust: the arguments,
environment and mounts of their containers, as their sources at these commits produce them.

`<user's arguments>` and `<host>` stand for what the user writes. test_operators.py starts the image
cpp-worker/locust in this way.
"""

from __future__ import annotations

from dataclasses import dataclass, field

USERS_ARGUMENTS = "<user's arguments>"
HOST = "<host>"


@dataclass(frozen=True)
class PodContainer:
    args: tuple[str, ...]
    command: tuple[str, ...] = ()  # instead of the image's ENTRYPOINT
    env: dict[str, str] = field(default_factory=dict)
    # Folder: the ConfigMap that is mounted there. Kubernetes always mounts ConfigMaps read-only.
    mounts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Recorded:
    name: str
    repository: str
    version: str
    commit: str
    sources: tuple[str, ...]
    services: tuple[str, ...]  # for a release or resource named `locust`; the first one is the master's
    locustfile: str  # the name of the Python locustfile in the ConfigMap `locustfile`
    lib: str  # the folder of the ConfigMap `lib`, seen from the locustfile; empty if there is none
    master: PodContainer
    worker: PodContainer
    config_maps: dict[str, dict[str, str]] = field(default_factory=dict)  # of the operator itself
    arguments_of_a_headless_run: tuple[str, ...] = ()  # what else the user's arguments must have


# spec: {image: …, args: <user's arguments>, locustfile: {configMap: {name: locustfile}}}
# Both roles get the same arguments and the same spec.env. No securityContext is set.
LOCUSTIO = Recorded(
    name="locustio/k8s-operator",
    repository="https://github.com/locustio/k8s-operator",
    version="0.1.6",
    commit="6b50cade",
    sources=(
        "locust_operator/objects.py: build_master_job, build_worker_job, get_configmap_volume",
        "locust_operator/controller.py: ensure_master_service",
    ),
    services=("locust-master", "locust-webui"),
    locustfile="locustfile.py",
    lib="",
    master=PodContainer(
        args=("--master", USERS_ARGUMENTS),
        mounts={"/home/locust": "locustfile"},
    ),
    worker=PodContainer(
        args=("--worker", "--master-host", "locust-master", USERS_ARGUMENTS),
        mounts={"/home/locust": "locustfile"},
    ),
    arguments_of_a_headless_run=("--headless", "--only-summary", "--expect-workers", "1", "--host", HOST),
)

KAFKA = {
    "KAFKA_BOOTSTRAP_SERVERS": "localhost:9092",
    "KAFKA_SECURITY_ENABLED": "false",
    "KAFKA_SECURITY_PROTOCOL_CONFIG": "SASL_PLAINTEXT",
    "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
    "KAFKA_SASL_JAAS_CONFIG": "",
    "KAFKA_USERNAME": "",
    "KAFKA_PASSWORD": "",
}

# spec:
#   master: {command: "--locustfile /lotest/src/locustfile.py <user's arguments>", autoquit: {timeout: 1}}
#   worker: {command: "--locustfile /lotest/src/locustfile.py", replicas: 1}
#   testFiles: {configMapRef: locustfile, libConfigMapRef: lib}
# autoquit.timeout is 60 by default. With OpenTelemetry, --otel comes before --master and --worker.
# The pod has seccompProfile RuntimeDefault; users may set other security contexts.
HAMOUDA = Recorded(
    name="AbdelrhmanHamouda/locust-k8s-operator",
    repository="https://github.com/AbdelrhmanHamouda/locust-k8s-operator",
    version="chart 2.4.3, operator 2.4.1",
    commit="623c518c",
    sources=(
        "internal/resources/command.go: BuildMasterCommand, BuildWorkerCommand",
        "internal/resources/env.go: BuildKafkaEnvVars",
        "internal/resources/job.go: buildLocustContainer, buildVolumeMounts",
        "internal/resources/constants.go: DefaultMountPath, LibMountPath",
        "internal/config/config.go: the defaults of KAFKA_*",
    ),
    services=("locust-master",),
    locustfile="locustfile.py",
    lib="/opt/locust/lib",
    master=PodContainer(
        args=(
            "--locustfile", "/lotest/src/locustfile.py", USERS_ARGUMENTS,
            "--master", "--master-port=5557", "--expect-workers=1", "--autostart", "--autoquit", "1",
            "--enable-rebalancing", "--only-summary",
        ),
        env=KAFKA,
        mounts={"/lotest/src": "locustfile", "/opt/locust/lib": "lib"},
    ),
    worker=PodContainer(
        args=(
            "--locustfile", "/lotest/src/locustfile.py",
            "--worker", "--master-port=5557", "--master-host=locust-master",
        ),
        env=KAFKA,
        mounts={"/lotest/src": "locustfile", "/opt/locust/lib": "lib"},
    ),
    arguments_of_a_headless_run=("--host", HOST),
)  # fmt: skip

# loadtest: {locust_host: <host>, locust_locustfile_configmap: locustfile, locust_lib_configmap: lib,
#            headless: true, excludeTags: slow}
# master: {args: [<user's arguments>]}
# The script in /config runs `/opt/venv/bin/locust $@`, without quotes: `--exclude-tags slow` is one
# argument of the container, but two of Locust. podSecurityContext and securityContext are empty.
DELIVERYHERO = Recorded(
    name="deliveryhero/locust (Helm chart)",
    repository="https://github.com/deliveryhero/helm-charts",
    version="0.35.0",
    commit="17aac330",
    sources=(
        "stable/locust/templates/master-deployment.yaml",
        "stable/locust/templates/worker-deployment.yaml",
        "stable/locust/templates/configmap-config.yaml",
        "stable/locust/values.yaml",
    ),
    services=("locust",),
    locustfile="main.py",
    lib="lib",
    master=PodContainer(
        command=("sh", "/config/docker-entrypoint.sh"),
        args=("--master", USERS_ARGUMENTS, "--headless", "--exclude-tags slow"),
        env={
            "LOCUST_HOST": HOST,
            "LOCUST_LOGLEVEL": "INFO",
            "LOCUST_LOCUSTFILE": "/mnt/locust/main.py",
        },
        mounts={"/mnt/locust": "locustfile", "/mnt/locust/lib": "lib", "/config": "locust-config"},
    ),
    worker=PodContainer(
        command=("sh", "/config/docker-entrypoint.sh"),
        args=("--worker",),
        env={
            "LOCUST_HOST": HOST,
            "LOCUST_MASTER_NODE_HOST": "locust",
            "LOCUST_MASTER_NODE_PORT": "5557",
            "LOCUST_LOGLEVEL": "INFO",
            "LOCUST_LOCUSTFILE": "/mnt/locust/main.py",
        },
        mounts={"/mnt/locust": "locustfile", "/mnt/locust/lib": "lib", "/config": "locust-config"},
    ),
    arguments_of_a_headless_run=("--only-summary", "--expect-workers=1"),
    config_maps={
        "locust-config": {
            "docker-entrypoint.sh": """\
#!/bin/sh

set -eu

if [ -f "/packages/requirements.txt" ]; then
    echo "Installing pip packages from requirements file: /packages/requirements.txt"
    pip install --no-cache-dir -r "/packages/requirements.txt"
else
    echo "WARNING: Requirements file not found: /packages/requirements.txt"
fi

exec /opt/venv/bin/locust $@
"""
        }
    },
)

RECORDED = (LOCUSTIO, HAMOUDA, DELIVERYHERO)
