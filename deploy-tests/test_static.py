"""Checks of Dockerfiles, Compose files, scripts, the chart and the manifests that need no engine."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from support.helm import helm as find_helm

ROOT = Path(__file__).resolve().parent.parent
KUBERNETES = ROOT / "docker" / "kubernetes"
CHART = KUBERNETES / "chart"
MANIFESTS = sorted((KUBERNETES / "manifests").glob("*.yaml"))
LOCUSTFILE = ROOT / "examples" / "quickstart" / "locustfile.cpp"


def repository_files() -> list[Path]:
    """What git tracks, or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    files = (ROOT / name for name in listed.stdout.split("\0") if name)
    return sorted({file for file in files if file.is_file()})


FILES = repository_files()


def is_shell_script(file: Path) -> bool:
    if file.suffix in (".sh", ".bash"):
        return True
    with file.open("rb") as opened:
        return re.match(rb"#! ?/\S*/(env )?(ba|da)?sh\b", opened.readline(80)) is not None


def relative(file: Path) -> str:
    return str(file.relative_to(ROOT))


def run(*command, **options) -> subprocess.CompletedProcess:
    tools = Path(sys.executable).parent  # the tools are in the virtual environment of the tests
    program = shutil.which(command[0], path=f"{tools}:{os.environ['PATH']}")
    assert program, f"{command[0]} is not installed: run scripts/setup"
    return subprocess.run(
        [program, *map(str, command[1:])], cwd=ROOT, capture_output=True, text=True, timeout=120, **options
    )


def check(*command, **options) -> str:
    result = run(*command, **options)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


# ---- Scripts and Dockerfiles

SCRIPTS = [file for file in FILES if is_shell_script(file)]
DOCKERFILES = [file for file in FILES if file.name.endswith("Dockerfile")]


def test_shellcheck():
    assert {"scripts/setup", "docker/locust", "docker/healthcheck"} <= set(map(relative, SCRIPTS))
    check("shellcheck", *map(relative, SCRIPTS))


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=relative)
def test_hadolint(dockerfile):
    check("hadolint", dockerfile)


# ---- Compose

COMPOSE_FILES = sorted((ROOT / "docker").glob("compose*.yaml"))


def documented_combinations() -> list[tuple[str, ...]]:
    """The Compose files that a command in a document or in a comment of a Compose file combines."""
    texts = [file.read_text() for file in FILES if file.suffix == ".md"]
    texts += [file.read_text() for file in COMPOSE_FILES]
    combinations = set()
    for text in texts:
        for command in re.findall(r"docker[ -]compose((?:\s+\\?\s*-f\s+docker/\S+)+)", text):
            combinations.add(tuple(re.findall(r"-f\s+(\S+)", command)))
    return sorted(combinations)


COMBINATIONS = documented_combinations()


@pytest.fixture(scope="module")
def compose():
    """The command: `docker compose`, or Debian's docker-compose."""
    if shutil.which("docker") and run("docker", "compose", "version").returncode == 0:
        return ["docker", "compose"]
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    pytest.fail("Neither `docker compose` nor docker-compose is installed: run scripts/setup")


@pytest.mark.parametrize("files", COMBINATIONS, ids=" ".join)
def test_compose_config(compose, files):
    environment = {**os.environ, "LOCUST_MASTER_NODE_HOST": "10.0.0.7"}
    flags = [word for file in files for word in ("-f", file)]
    configuration = yaml.safe_load(check(*compose, *flags, "config", env=environment))
    services = set()
    for file in files:
        services |= set(yaml.safe_load((ROOT / file).read_text())["services"])
    assert set(configuration["services"]) == services


def test_every_compose_file_is_in_a_documented_command():
    assert {file for files in COMBINATIONS for file in files} == set(map(relative, COMPOSE_FILES))


# ---- The chart


@pytest.fixture(scope="module")
def helm():
    return str(find_helm())


@pytest.fixture
def template(helm, tmp_path):
    """`template(values)` gives the resources by kind and name; they are valid for Kubernetes."""

    def render(values):
        file = tmp_path / "values.yaml"
        file.write_text(yaml.safe_dump(values))
        check(helm, "lint", "--strict", CHART, "--values", file)
        text = check(helm, "template", "shop", CHART, "--values", file)
        rendered = tmp_path / "rendered.yaml"
        rendered.write_text(text)
        check("kubernetes-validate", "--strict", rendered)
        resources = [resource for resource in yaml.safe_load_all(text) if resource]
        return {(resource["kind"], resource["metadata"]["name"]): resource for resource in resources}

    return render


JOINS = {"masterHost": "locust-master", "locustfile": {"configMap": "shop"}}
CLUSTER = {
    "master": {"enabled": True, "args": ["--host=http://shop", "--autostart"]},
    "locustfile": {"files": {"locustfile.cpp": LOCUSTFILE.read_text()}},
}
ALL_FEATURES = {
    "masterHost": "master.load.svc.cluster.local",
    "masterPort": 6000,
    "image": {"repository": "registry.example/cpp-worker-dev", "tag": "1", "pullPolicy": "Always"},
    "imagePullSecrets": [{"name": "registry"}],
    "locustfile": {"path": "/mnt/locust/shop.cpp", "files": {"shop.cpp": "// C++", "data.csv": "a,b"}},
    "args": ["--on-master-loss=keep-running"],
    "threads": 4,
    "env": [
        {"name": "REGION", "value": "eu"},
        {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "shop", "key": "token"}}},
    ],
    "envFrom": [{"configMapRef": {"name": "settings"}}],
    "resources": {"requests": {"cpu": 4, "memory": "1Gi"}, "limits": {"cpu": 4, "memory": "2Gi"}},
    "terminationGracePeriodSeconds": 300,
    "autoscaling": {"enabled": True, "minReplicas": 3, "maxReplicas": 50},
    "podDisruptionBudget": {"maxUnavailable": "10%"},
    "podSecurityContext": {"sysctls": [{"name": "net.ipv4.ip_local_port_range", "value": "1024 65535"}]},
    "podLabels": {"team": "load"},
    "podAnnotations": {"example.com/cost": "test"},
    "serviceAccountName": "load",
    "priorityClassName": "batch",
    "nodeSelector": {"pool": "load"},
    "tolerations": [{"key": "load", "operator": "Exists", "effect": "NoSchedule"}],
    "affinity": {
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {"weight": 1, "podAffinityTerm": {"topologyKey": "kubernetes.io/hostname"}}
            ]
        }
    },
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway"}
    ],
    "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
    "volumeMounts": [{"name": "data", "mountPath": "/data", "readOnly": True}],
}


def pod_of(deployment):
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    return pod, container


def test_workers_join_an_existing_master(template):
    resources = template(JOINS)
    assert set(resources) == {
        ("Deployment", "shop-cpp-worker"), ("PodDisruptionBudget", "shop-cpp-worker")
    }  # fmt: skip
    deployment = resources["Deployment", "shop-cpp-worker"]
    assert deployment["spec"]["replicas"] == 2
    pod, container = pod_of(deployment)
    assert "command" not in container  # the image's entrypoint is PID 1, so it gets SIGTERM
    assert container["args"] == [
        "--worker",
        "--locustfile=/mnt/locust/locustfile.cpp",
        "--master-host=locust-master",
        "--master-port=5557",
    ]
    assert pod["terminationGracePeriodSeconds"] == 60
    assert pod["enableServiceLinks"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert {"name": "locustfile", "configMap": {"name": "shop"}} in pod["volumes"]
    assert {"name": "locustfile", "mountPath": "/mnt/locust", "readOnly": True} in container["volumeMounts"]
    assert "livenessProbe" not in container


def test_a_whole_cluster(template):
    resources = template(CLUSTER)
    assert resources["ConfigMap", "shop-cpp-worker-locustfile"]["data"] == CLUSTER["locustfile"]["files"]
    service = resources["Service", "shop-cpp-worker-master"]
    master = resources["Deployment", "shop-cpp-worker-master"]
    worker = resources["Deployment", "shop-cpp-worker"]
    master_labels = master["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= master_labels.items()
    assert not service["spec"]["selector"].items() <= worker["spec"]["template"]["metadata"]["labels"].items()
    assert f"--master-host={service['metadata']['name']}" in pod_of(worker)[1]["args"]
    assert pod_of(master)[1]["args"][-2:] == ["--host=http://shop", "--autostart"]
    for deployment in master, worker:
        selector = deployment["spec"]["selector"]["matchLabels"]
        assert selector.items() <= deployment["spec"]["template"]["metadata"]["labels"].items()
        checksum = "cpp-worker/locustfile-checksum"
        assert checksum in deployment["spec"]["template"]["metadata"]["annotations"]


def test_all_features(template):
    resources = template(ALL_FEATURES)
    deployment = resources["Deployment", "shop-cpp-worker"]
    pod, container = pod_of(deployment)
    assert "replicas" not in deployment["spec"]  # the autoscaler sets it
    scaler = resources["HorizontalPodAutoscaler", "shop-cpp-worker"]["spec"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (3, 50)
    assert scaler["scaleTargetRef"]["name"] == "shop-cpp-worker"
    assert container["image"] == "registry.example/cpp-worker-dev:1"
    assert container["args"][-2:] == ["--master-port=6000", "--on-master-loss=keep-running"]
    assert {"name": "CPPWORKER_THREADS", "value": "4"} in container["env"]
    assert {"name": "REGION", "value": "eu"} in container["env"]
    assert pod["securityContext"]["runAsNonRoot"] is True  # merged with the default values
    assert pod["securityContext"]["sysctls"] == ALL_FEATURES["podSecurityContext"]["sysctls"]
    for name in "serviceAccountName", "priorityClassName", "nodeSelector", "tolerations", "affinity":
        assert pod[name] == ALL_FEATURES[name]
    assert resources["PodDisruptionBudget", "shop-cpp-worker"]["spec"]["maxUnavailable"] == "10%"


def test_a_platform_that_chooses_the_user(template):
    resources = template({**JOINS, "podSecurityContext": {"runAsUser": None, "runAsGroup": None}})
    pod, _ = pod_of(resources["Deployment", "shop-cpp-worker"])
    assert pod["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


def test_a_locustfile_in_the_image(template):
    resources = template({"masterHost": "m", "locustfile": {"path": "/home/locust/libshop.so"}})
    pod, container = pod_of(resources["Deployment", "shop-cpp-worker"])
    assert [volume["name"] for volume in pod["volumes"]] == ["tmp"]
    assert "--locustfile=/home/locust/libshop.so" in container["args"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"locustfile": {"configMap": "x"}}, "Set masterHost to the Service of your Locust master"),
        ({"masterHost": "m"}, "There is no locustfile. Set locustfile.files"),
        ({**CLUSTER, "masterHost": "m"}, "Both masterHost and master.enabled are set"),
        (
            {"masterHost": "m", "locustfile": {"configMap": "x", "files": {"a.cpp": ""}}},
            "Both locustfile.files and locustfile.configMap are set",
        ),
        (
            {"masterHost": "m", "locustfile": {"files": {"shop.cpp": ""}}},
            "locustfile.path is /mnt/locust/locustfile.cpp, but locustfile.files has only shop.cpp",
        ),
        (
            {**JOINS, "autoscaling": {"enabled": True, "minReplicas": 20}},
            "autoscaling.minReplicas (20) is greater than autoscaling.maxReplicas (10)",
        ),
        (
            {**JOINS, "autoscaling": {"enabled": True}, "resources": {"requests": {"cpu": None}}},
            "autoscaling needs resources.requests.cpu",
        ),
        ({**JOINS, "worker": 3}, "additional properties 'worker' not allowed"),
        ({**JOINS, "workers": "many"}, "at '/workers': got string, want integer"),
        ({**JOINS, "masterHost": "http://m"}, "at '/masterHost': 'http://m' does not match pattern"),
        ({**JOINS, "threads": 0}, "at '/threads': minimum: got 0, want 1"),
        ({**JOINS, "resources": {"limits": {"memory": "1 GB"}}}, "at '/resources/limits/memory'"),
        ({**JOINS, "env": {"A": "b"}}, "at '/env': got object, want array"),
        ({**JOINS, "env": [{"name": "A", "value": 1}]}, "at '/env/0/value': got number, want string"),
    ],
)
def test_wrong_values(helm, tmp_path, values, message):
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump(values))
    result = run(helm, "template", "shop", CHART, "--values", file)
    assert result.returncode != 0
    assert message in result.stderr


# ---- The documents

DOCUMENTS = [ROOT / "docs" / "kubernetes.md", KUBERNETES / "README.md"]


def blocks(file: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", file.read_text(), re.DOTALL)


def helm_commands(file: Path) -> list[str]:
    text = "\n".join(blocks(file, "console")).replace("\\\n", " ")
    return re.findall(r"^\$ helm install (.*)", text, re.MULTILINE)


HELM_COMMANDS = [command for file in DOCUMENTS for command in helm_commands(file)]


@pytest.mark.parametrize("command", HELM_COMMANDS)
def test_documented_helm_command(helm, tmp_path, command):
    for name in "docker", "examples":
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copy(LOCUSTFILE, tmp_path)
    made = subprocess.run(
        [helm, "template", *shlex.split(command)], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert made.returncode == 0, made.stderr
    (tmp_path / "made.yaml").write_text(made.stdout)
    check("kubernetes-validate", "--strict", tmp_path / "made.yaml")


def test_every_document_has_helm_commands():
    assert all(helm_commands(file) for file in DOCUMENTS)


def test_documented_files_exist():
    for file in DOCUMENTS:
        for name in re.findall(r"apply -f (\S+)", file.read_text()):
            assert (ROOT / name).is_file(), name


def test_documented_dockerfile(tmp_path):
    (text,) = blocks(DOCUMENTS[0], "dockerfile")
    (tmp_path / "Dockerfile").write_text(text)
    check("hadolint", "--ignore", "DL3006", tmp_path / "Dockerfile")  # images without a tag


# ---- The plain manifests


OLDEST = "1.27"  # kubeVersion of the chart


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda file: file.name)
def test_manifest_is_valid(manifest):
    assert f'kubeVersion: ">={OLDEST}.0-0"' in (CHART / "Chart.yaml").read_text()
    check("kubernetes-validate", "--strict", manifest)
    check("kubernetes-validate", "--strict", "-k", OLDEST, manifest)


def test_the_manifests_are_made_from_the_chart(helm, tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "helm").symlink_to(helm)
    made = tmp_path / "manifests"
    made.mkdir()
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    check("sh", KUBERNETES / "make-manifests", made, env=environment)
    assert [file.name for file in sorted(made.iterdir())] == [file.name for file in MANIFESTS]
    for file in MANIFESTS:
        assert (made / file.name).read_text() == file.read_text(), (
            "The chart has changed. Run docker/kubernetes/make-manifests and commit the result"
        )


def test_the_versions_are_those_of_cpp_worker():
    header = (ROOT / "include" / "cppworker" / "version.hpp").read_text()
    version = re.search(r'CPPWORKER_VERSION "([^"]+)"', header)[1]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (version, version)
