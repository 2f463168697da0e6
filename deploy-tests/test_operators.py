"""The image cpp-worker/locust in the operators and charts of Kubernetes: containers with exactly
their arguments, environment and mounts (recorded_containers.py) run a test, and so do the pods of
docker/kubernetes/chart."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml
from helm import helm
from pods import Namespace, eventually, service_links, table
from recorded_containers import HOST, RECORDED, USERS_ARGUMENTS, Container

ROOT = Path(__file__).resolve().parent.parent
CHART = ROOT / "docker" / "kubernetes" / "chart"
TARGET = "http://target:8080"

PYTHON = """\
from locust import HttpUser, constant, task


class ShopUser(HttpUser):
    wait_time = constant(0.1)

    @task
    def index(self):
        self.client.get("/in-python")
"""

CPP = """\
#include <cppworker/locust.hpp>

#include "LIB/paths.hpp"

using namespace cppworker;
using namespace std::chrono_literals;

class ShopUser : public HttpUser {
 public:
  static constexpr WaitTime wait_time = constant(100ms);
  void index() { client().get(kPath); }
  static constexpr auto tasks() { return task_list(task<&ShopUser::index>()); }
};

CPPWORKER_LOCUSTFILE(ShopUser)
"""
LIB = {"paths.hpp": 'inline constexpr const char* kPath = "/in-cpp";\n'}


@pytest.fixture
def namespace(engine, images, tmp_path):
    tmp_path.chmod(0o755)
    made = Namespace(engine, tmp_path)
    yield made
    made.remove()


def start(namespace, recorded, role, alias, users_arguments, files, lib):
    container = getattr(recorded, role)
    args = []
    for argument in container.args:
        args += users_arguments if argument == USERS_ARGUMENTS else [argument]
    env = {name: TARGET if value == HOST else value for name, value in container.env.items()}
    env |= service_links(recorded.services)
    return namespace.pod(
        alias,
        Container(tuple(args), container.command, env, container.mounts),
        {"locustfile": files, "lib": lib, **recorded.config_maps},
        ["--user", recorded.user] if recorded.user else [],
    )


@pytest.mark.parametrize("locustfiles", ["python-and-cpp", "cpp-only"])
@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: recorded.name.split("/")[0])
def test_a_run(namespace, recorded, locustfiles):
    """The master's table has exactly the requests that the server has answered."""
    twin = recorded.locustfile.replace(".py", ".cpp")
    files = {twin: CPP.replace("LIB", recorded.lib) if recorded.lib else CPP.replace("LIB/", "")}
    lib = LIB
    if not recorded.lib:
        files, lib = files | LIB, {}
    if locustfiles == "python-and-cpp":
        files[recorded.locustfile] = PYTHON
    users_arguments = ["--users", "5", "--spawn-rate", "5", "--run-time", "4s", "--stop-timeout", "10"]
    if recorded.name.startswith("locustio"):  # both roles get these
        users_arguments += ["--headless", "--only-summary", "--expect-workers", "1", "--host", TARGET]
    elif recorded.name.startswith("deliveryhero"):
        users_arguments += ["--only-summary", "--expect-workers=1"]
    else:
        users_arguments += ["--host", TARGET]

    service = recorded.services[0]
    master = start(namespace, recorded, "master", service, users_arguments, files, lib)
    worker = start(namespace, recorded, "worker", "worker", users_arguments, files, lib)

    def program():
        processes = namespace.engine.docker("top", worker, "-o", "pid,args")
        return processes if "/bin/sh" not in processes else ""

    assert "cpp-worker" in eventually(program, "the entrypoint starts a program")
    assert namespace.exit_code(master) == 0
    assert namespace.exit_code(worker) == 0  # the master has ended it
    served = namespace.served()
    assert served > 50
    assert table(namespace.logs(master)) == {"/in-cpp": (served, 0), "Aggregated": (served, 0)}


def container_of(manifests, component):
    """The pod of the chart's Deployment as a container, and the flags that its settings become."""
    (deployment,) = (
        manifest
        for manifest in manifests
        if manifest["kind"] == "Deployment"
        and manifest["metadata"]["labels"]["app.kubernetes.io/component"] == component
    )
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    mounts, flags = {}, []
    for mount in container["volumeMounts"]:
        volume = volumes[mount["name"]]
        if "emptyDir" in volume:  # a folder of the node: everybody may write, programs may run
            flags += ["--tmpfs", f"{mount['mountPath']}:exec,mode=1777"]
        else:
            mounts[mount["mountPath"]] = volume["configMap"]["name"]
    security = container["securityContext"]
    assert security["readOnlyRootFilesystem"] and not security["allowPrivilegeEscalation"]
    limits = container["resources"]["limits"]
    flags += [
        "--read-only",
        "--security-opt=no-new-privileges",
        *(f"--cap-drop={capability}" for capability in security["capabilities"]["drop"]),
        f"--user={pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}",
        f"--cpus={limits['cpu']}",
        f"--memory={limits['memory'].replace('i', '').lower()}",
    ]
    env = {variable["name"]: variable["value"] for variable in container["env"]}
    return Container(tuple(container["args"]), (), env, mounts), flags, pod, container


def test_the_chart(namespace, tmp_path):
    """A whole cluster from the chart; its worker is stopped during the run, as in a drain."""
    values = tmp_path / "values.yaml"
    values.write_text(
        yaml.safe_dump(
            {
                "locustfile": {"files": {"locustfile.cpp": CPP.replace("LIB/", ""), **LIB}},
                "master": {
                    "enabled": True,
                    "args": [
                        f"--host={TARGET}", "--users=5", "--spawn-rate=5", "--autostart",
                        "--expect-workers=1", "--stop-timeout=10",
                    ],
                },
            }
        )
    )  # fmt: skip
    text = subprocess.run(
        [helm(), "template", "shop", CHART, "--values", values], capture_output=True, text=True, check=True
    ).stdout
    manifests = [manifest for manifest in yaml.safe_load_all(text) if manifest]
    config_maps = {
        manifest["metadata"]["name"]: manifest["data"]
        for manifest in manifests
        if manifest["kind"] == "ConfigMap"
    }
    (service,) = (m["metadata"]["name"] for m in manifests if m["kind"] == "Service")

    container, flags, _, spec = container_of(manifests, "master")
    master = namespace.pod(service, container, config_maps, flags)
    container, flags, pod, worker_spec = container_of(manifests, "worker")
    worker = namespace.pod("worker", container, config_maps, flags)

    # The probes: both are ready in the end, and stay alive until then.
    for name, probe in (master, spec["readinessProbe"]), (worker, worker_spec["readinessProbe"]):
        command = " ".join(probe["exec"]["command"])

        def is_ready():
            assert namespace.state(name, "Running") == "true"
            return "ready" in namespace.engine.docker(
                "exec", name, "sh", "-c", f"if {command} >/dev/null; then echo ready; fi"
            )

        eventually(is_ready, f"{name} is ready")
    eventually(lambda: namespace.served() > 20, "requests")
    statistics = namespace.statistics(master)
    assert [w["state"] for w in statistics["workers"]] == ["running"]

    grace_period = str(pod["terminationGracePeriodSeconds"])
    namespace.engine.docker("stop", "--time", grace_period, worker)
    assert namespace.state(worker, "ExitCode") == "0"
    statistics = eventually(
        lambda: s if not (s := namespace.statistics(master))["workers"] else None, "the worker has left"
    )
    (row, total) = statistics["stats"]
    assert (row["name"], row["num_requests"], row["num_failures"]) == ("/in-cpp", namespace.served(), 0)
    assert total["num_requests"] == row["num_requests"]
