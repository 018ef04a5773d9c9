"""What every test may ask for: the real servers of `tests/services`, each file of which is a plugin."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from transforms.fonts import CONFIGURATION

# All of them at once: one may import another.
pytest.register_assert_rewrite("tests.services")
pytest_plugins = [
    f"tests.services.{file.stem}"
    for file in sorted(Path(__file__).with_name("services").glob("*.py"))
    if file.stem != "__init__"
]

# Nobody's own keys, and no question to a cloud's metadata address: tests talk to loopback only.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

# As the command line does it: none of this machine's fonts.
os.environ["FONTCONFIG_FILE"] = CONFIGURATION
