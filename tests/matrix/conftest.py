"""Asserts in the modules that the matrix shares tell what they saw."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.matrix.races", "tests.matrix.scenes", "tests.matrix.soundness")
