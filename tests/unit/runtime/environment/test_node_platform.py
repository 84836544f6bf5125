from __future__ import annotations

import pytest

from hadoopjobs.core.errors import ConfigError
from hadoopjobs.runtime.environment import NodePlatform, parse_platform, this_platform
from hadoopjobs.runtime.environment.node_platform import needed_glibc, pip_platform_words

NODES = NodePlatform((3, 12), "x86_64", (2, 28))
HERE = NodePlatform((3, 11), "x86_64", (2, 36))


@pytest.mark.parametrize(
    ("tags", "needed"),
    [
        (["py3-none-any"], (0, 0)),
        (["py2-none-any", "py3-none-any"], (0, 0)),
        (["py2-none-any"], None),
        (["cp312-cp312-manylinux_2_28_x86_64"], (2, 28)),
        (["cp312-cp312-manylinux_2_27_x86_64", "cp312-cp312-manylinux_2_28_x86_64"], (2, 27)),
        (["cp312-cp312-manylinux_2_31_x86_64"], None),
        (["cp311-cp311-manylinux_2_17_x86_64"], None),
        (["cp313-cp313-manylinux_2_17_x86_64"], None),
        (["cp310-abi3-manylinux2014_x86_64"], (2, 17)),
        (["cp313-abi3-manylinux2014_x86_64"], None),
        (["cp312-cp312-manylinux_2_17_aarch64"], None),
        (["cp312-cp312-musllinux_1_2_x86_64"], None),
        (["cp312-none-manylinux2010_x86_64"], (2, 12)),
        (["py3-none-manylinux1_x86_64"], (2, 5)),
        (["cp312-cp312-linux_x86_64"], None),  # built here, where the C library is newer
        (["cp312-cp312-macosx_11_0_arm64"], None),
        ([], None),
        (["nonsense"], None),
    ],
)
def test_a_wheel_runs_on_nodes_that_have_what_its_tag_says(tags, needed):
    assert needed_glibc(tags, NODES, HERE) == needed


def test_a_wheel_that_was_built_here_runs_where_the_c_library_is_as_new():
    nodes = NodePlatform((3, 12), "x86_64", (2, 39))
    assert needed_glibc(["cp312-cp312-linux_x86_64"], nodes, HERE) == (2, 36)


def test_pip_is_told_every_platform_that_runs_on_the_nodes():
    words = pip_platform_words(NODES)
    assert words[:4] == ["--python-version", "3.12", "--implementation", "cp"]
    assert "manylinux_2_28_x86_64" in words
    assert "manylinux2014_x86_64" in words
    assert "manylinux_2_29_x86_64" not in words


def test_a_platform_is_written_and_read():
    assert parse_platform(str(NODES)) == NODES
    assert parse_platform("manylinux_2_31_aarch64").python == this_platform().python


@pytest.mark.parametrize(
    "text", ["", "x86_64", "3.10-manylinux_2_28_x86_64", "musllinux_1_2_x86_64"]
)
def test_what_is_no_platform_is_told(text):
    with pytest.raises(ConfigError):
        parse_platform(text)
