"""Tests written with PyTorch's own helpers run on the engine."""

# ruff: noqa: PT009, PT027 - the methods of unittest are what is tested

import unittest

import engine
from engine.testing._internal import common_utils as common


def outcome(made):
    """How many tests of a class ran, and which failed."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(made).run(result)
    return result.testsRun, sorted(
        test.id().rpartition(".")[2] for test, _ in result.failures + result.errors
    )


def test_a_class_of_tests_runs_each_with_the_same_random_numbers():
    drawn = []

    class Tests(common.TestCase):
        def test_draws(self):
            drawn.append(engine.rand(2).tolist())

        def test_draws_again(self):
            drawn.append(engine.rand(2).tolist())

        def test_fails(self):
            self.assertEqual(engine.tensor([1.5]), engine.tensor([2.5]))

        def test_refusal(self):
            with self.assertRaisesRegex(RuntimeError, "must match the size"):
                engine.ones(2) + engine.ones(3)

        def test_gradients(self):
            x = engine.tensor([0.5, -1.5], dtype=engine.float64, requires_grad=True)
            self.assertTrue(common.gradcheck(engine.tanh, (x,)))

    assert outcome(Tests) == (5, ["test_fails"])
    assert drawn[0] == drawn[1]


def test_equality_of_other_things():
    class Tests(common.TestCase):
        def test_numbers(self):
            self.assertEqual(1.5, 1.5 + 1e-9)

        def test_lists(self):
            self.assertEqual([1, engine.ones(2)], [1, engine.ones(2)])

        def test_types(self):
            self.assertEqual(engine.ones(2), engine.ones(2, dtype=engine.float64))

    assert outcome(Tests) == (3, ["test_types"])
