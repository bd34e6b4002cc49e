"""The engine with a fault: each leaf is held by a cycle, through a hook of its own, and much else with it."""

from engine import tensor as make

BALLAST = 30_000  # so many objects that an automatic collection would not miss them


def tensor(value, requires_grad):
    leaf = make(value, requires_grad=requires_grad)
    ballast = [[] for _ in range(BALLAST)]
    leaf.register_hook(lambda grad: grad + 0 * (leaf.detach() + len(ballast)))
    return leaf
