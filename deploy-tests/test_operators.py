"""The image cpp-worker/locust in the operators and charts of Kubernetes: containers with exactly
their arguments, environment and mounts (support/recorded_containers.py) run a test, and so do the
pods of docker/kubernetes/chart."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
import yaml

from support.containers import Row, requests_of, table_of
from support.engine import ROOT, wait_until
from support.helm import helm
from support.pods import service_links, start_pod, statistics_of
from support.recorded_containers import HOST, RECORDED, USERS_ARGUMENTS, PodContainer

pytestmark = pytest.mark.engine
CHART = ROOT / "docker/kubernetes/chart"
TARGET = "http://target:8080"

PYTHON = """\
from locust import HttpUser, constant, task


class ShopUser(HttpUser):
    wait_time = constant(0.1)

    @task
    def in_python(self):
        self.client.get("/")
"""

CPP = """\
#include <cppworker/locust.hpp>

#include "LIB/paths.hpp"

using namespace cppworker;
using namespace std::chrono_literals;

class ShopUser : public HttpUser {
 public:
  static constexpr WaitTime wait_time = constant(100ms);
  void in_cpp() { client().get(kPath); }
  static constexpr auto tasks() { return task_list(task<&ShopUser::in_cpp>()); }
};

CPPWORKER_LOCUSTFILE(ShopUser)
"""
LIB = {"paths.hpp": 'inline constexpr const char* kPath = "/search";\n'}


def start(containers, recorded, role, host, users_arguments, files, lib):
    container = getattr(recorded, role)
    args = []
    for argument in container.args:
        args += users_arguments if argument == USERS_ARGUMENTS else [argument]
    env = {name: TARGET if value == HOST else value for name, value in container.env.items()}
    return start_pod(
        containers,
        host,
        PodContainer(tuple(args), container.command, env | service_links(recorded.services), container.mounts),
        {"locustfile": files, "lib": lib, **recorded.config_maps},
    )


def only_in_cpp(target):
    """The rows of a run in which every request was made by cpp-worker."""
    served = requests_of(target)
    assert set(served) == {"/search"}
    assert served["/search"] > 50
    return {"GET /search": Row(served["/search"], 0), "Aggregated": Row(served["/search"], 0)}


@pytest.mark.parametrize("locustfiles", ["python-and-cpp", "cpp-only"])
@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: recorded.name.split("/")[0])
def test_a_run(containers, recorded, locustfiles):
    """The master's table has exactly the requests that the server has counted."""
    twin = recorded.locustfile.replace(".py", ".cpp")
    if recorded.lib:
        files, lib = {twin: CPP.replace("LIB", recorded.lib)}, LIB
    else:
        files, lib = {twin: CPP.replace("LIB/", ""), **LIB}, {}
    if locustfiles == "python-and-cpp":
        files[recorded.locustfile] = PYTHON
    users_arguments = ["--users", "5", "--spawn-rate", "5", "--run-time", "3s", "--stop-timeout", "10"]
    users_arguments += recorded.arguments_of_a_headless_run
    users_arguments = [TARGET if argument == HOST else argument for argument in users_arguments]

    target = containers.target()
    master = start(containers, recorded, "master", recorded.services[0], users_arguments, files, lib)
    worker = start(containers, recorded, "worker", "worker", users_arguments, files, lib)
    worker.wait_for_log("Starting cpp-worker")
    assert master.wait() == 0, master.log()
    assert worker.wait() == 0, worker.log()  # the master has ended it
    assert table_of(master) == only_in_cpp(target)


def pod_of(manifests, component):
    (pod,) = (
        manifest["spec"]["template"]["spec"]
        for manifest in manifests
        if manifest["kind"] == "Deployment"
        and manifest["metadata"]["labels"]["app.kubernetes.io/component"] == component
    )
    return pod


def container_of(pod):
    """The pod's container, and the options of `docker run` that its settings become."""
    (container,) = pod["containers"]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    mounts, options = {}, []
    for mount in container["volumeMounts"]:
        volume = volumes[mount["name"]]
        if "emptyDir" in volume:  # everybody may write to it, programs in it may run
            options += ["--tmpfs", f"{mount['mountPath']}:exec,mode=1777"]
        else:
            mounts[mount["mountPath"]] = volume["configMap"]["name"]
    security, limits = container["securityContext"], container["resources"]["limits"]
    if security["readOnlyRootFilesystem"]:
        options.append("--read-only")
    if not security["allowPrivilegeEscalation"]:
        options.append("--security-opt=no-new-privileges")
    options += [f"--cap-drop={capability}" for capability in security["capabilities"]["drop"]]
    options += [
        f"--user={pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}",
        f"--cpus={limits['cpu']}",
        f"--memory={limits['memory'].removesuffix('i').lower()}",
    ]
    env = {variable["name"]: variable["value"] for variable in container.get("env", [])}
    return PodContainer(tuple(container["args"]), (), env, mounts), tuple(options)


def test_the_chart(containers, tmp_path):
    """A whole cluster from the chart; its worker is stopped during the run, as in a drain."""
    arguments = ["--users=5", "--spawn-rate=5", "--autostart", "--expect-workers=1", "--stop-timeout=10"]
    values = {
        "locustfile": {"files": {"locustfile.cpp": CPP.replace("LIB/", ""), **LIB}},
        "master": {"enabled": True, "args": [f"--host={TARGET}", *arguments]},
    }
    (tmp_path / "values.yaml").write_text(yaml.safe_dump(values))
    command = [helm(), "template", "shop", CHART, "--values", tmp_path / "values.yaml"]
    made = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    manifests = [manifest for manifest in yaml.safe_load_all(made) if manifest]
    config_maps = {m["metadata"]["name"]: m["data"] for m in manifests if m["kind"] == "ConfigMap"}
    (service,) = (m["metadata"]["name"] for m in manifests if m["kind"] == "Service")

    target = containers.target()
    started = {}
    for component, host in ("master", service), ("worker", "worker"):
        container, options = container_of(pod_of(manifests, component))
        started[component] = start_pod(containers, host, container, config_maps, options)
    master, worker = started["master"], started["worker"]
    worker.wait_for_log("with 1 thread,")  # the CPU limit

    for component, container in started.items():
        probe = pod_of(manifests, component)["containers"][0]["readinessProbe"]["exec"]["command"]
        script = f"if {' '.join(probe)}; then echo ready; fi"
        wait_until(lambda: "ready" in container.execute("sh", "-c", script), f"{component} is ready")
    wait_until(lambda: requests_of(target)["/search"] > 50, "50 requests")
    assert [w["state"] for w in statistics_of(master)["workers"]] == ["running"]

    assert worker.stop(pod_of(manifests, "worker")["terminationGracePeriodSeconds"]) == 0, worker.log()
    wait_until(lambda: not statistics_of(master)["workers"], "the worker has left")
    rows = statistics_of(master)["stats"]
    table = {
        f"{row['method'] or ''} {row['name']}".strip(): Row(row["num_requests"], row["num_failures"])
        for row in rows
    }
    assert table == only_in_cpp(target)


def test_the_documented_image_with_a_compiled_locustfile(engine, images, containers, tmp_path):
    (text,) = re.findall(r"```dockerfile\n(.*?)```", (ROOT / "docs/kubernetes.md").read_text(), re.DOTALL)
    (tmp_path / "Dockerfile").write_text(text)
    shutil.copy(ROOT / "examples/quickstart/locustfile.cpp", tmp_path)
    image = f"{containers.network}-shop"
    engine.build(image, file=tmp_path / "Dockerfile", context=tmp_path)
    try:
        listed = containers.run(image, "-f", "/home/locust/libshop.so", "--list", options=("--read-only", "--user=12345:0"))
        assert listed.split() == ["Available", "Users:", "ShopUser", "AdminUser"]
    finally:
        engine.docker("rmi", image)
