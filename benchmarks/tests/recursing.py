"""The engine with a fault: backward first visits the graph by recursion."""

from engine import Tensor, tensor  # noqa: F401 - `tensor` is what makes this a namespace

run = Tensor.backward


def visit(node):
    if node is not None:
        visit(node.next_functions[0][0] if node.next_functions else None)


def backward(self):
    visit(self.grad_fn)
    run(self)


Tensor.backward = backward
