"""The softmax of many classes, the rare ones of which are looked up in clusters.

Source: torch.nn.AdaptiveLogSoftmaxWithLoss; Grave et al., "Efficient softmax approximation for GPUs" (2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from ..functions.activations import log_softmax
from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module

__all__ = ["AdaptiveLogSoftmaxWithLoss"]


class _ASMoutput(NamedTuple):
    """The log-probability of each target, and the loss."""

    output: Any
    loss: Any


class AdaptiveLogSoftmaxWithLoss(Module):
    """Frequent classes and the clusters of the others in a head, each cluster in a tail with fewer features."""

    head: Linear
    tail: ModuleList

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        cutoffs = list(cutoffs)
        _check_cutoffs(cutoffs, n_classes)
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*cutoffs, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        made: dict[str, Any] = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, bias=head_bias, **made)
        self.tail = ModuleList()
        for number, (start, stop) in enumerate(pairwise(self.cutoffs), 1):
            inner = int(in_features // div_value**number)
            narrow = Linear(in_features, inner, bias=False, **made)
            self.tail.append(Sequential(narrow, Linear(inner, stop - start, bias=False, **made)))

    def reset_parameters(self) -> None:
        """Fill the parameters as they are at first."""
        self.head.reset_parameters()
        for narrow, wide in self.tail:
            narrow.reset_parameters()
            wide.reset_parameters()

    def forward(self, input_: Any, target_: Any) -> _ASMoutput:
        """The log-probability of each target, and the mean of their negatives."""
        _check_operands(input_, target_)
        batched = target_.dim() > 0
        input, target = (input_, target_) if batched else (input_.unsqueeze(0), target_.unsqueeze(0))
        output, index = self._of_clusters(input, target)
        of_head = log_softmax(self.head(input), dim=1)
        output += of_head.gather(1, index.unsqueeze(1)).squeeze()
        loss = (-output).mean()
        return _ASMoutput(output if batched else output.squeeze(0), loss)

    def _of_clusters(self, input: Any, target: Any) -> tuple[Any, Any]:
        """Of each target the log-probability within its cluster, and its own or the cluster's place in the head."""
        count = target.size(0)
        output, index, found = input.new_zeros(count), target.new_empty(count), 0
        for number, (low, high) in enumerate(zip([0, *self.cutoffs], self.cutoffs)):
            chosen = (target >= low) & (target < high)
            rows = chosen.nonzero().squeeze()
            if rows.numel() == 0:
                continue
            if number == 0:
                index.index_copy_(0, rows, target[chosen])
            else:
                inside = log_softmax(self.tail[number - 1](input.index_select(0, rows)), dim=1)
                index.index_fill_(0, rows, self.shortlist_size + number - 1)
                of_targets = inside.gather(1, (target[chosen] - low).unsqueeze(1))
                output.index_copy_(0, rows, of_targets.squeeze(1))
            found += rows.numel()
        if found != count:
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range [{target.min().item()}, "
                f"{target.max().item()}] were found. "
            )
        return output, index

    def _get_full_log_prob(self, input: Any, head_output: Any) -> Any:
        """The log-probabilities of all classes."""
        found = input.new_empty((head_output.size(0), self.n_classes))
        of_head = log_softmax(head_output, dim=1)
        found[:, : self.shortlist_size] = of_head[:, : self.shortlist_size]
        for number, (start, stop) in enumerate(pairwise(self.cutoffs)):
            inside = log_softmax(self.tail[number](input), dim=1)
            found[:, start:stop] = inside + of_head[:, self.shortlist_size + number].unsqueeze(1)
        return found

    def log_prob(self, input: Any) -> Any:
        """The log-probabilities of all classes."""
        return self._get_full_log_prob(input, self.head(input))

    def predict(self, input: Any) -> Any:
        """The most probable class of each example."""
        head_output = self.head(input)
        output = head_output.argmax(dim=1)
        rare = output >= self.shortlist_size
        if not rare.any():
            return output
        if rare.all():
            return self._get_full_log_prob(input, head_output).argmax(dim=1)
        output[rare] = self._get_full_log_prob(input[rare], head_output[rare]).argmax(dim=1)
        return output


def _check_cutoffs(cutoffs: list[int], n_classes: int) -> None:
    if not cutoffs:
        raise ValueError("cutoffs should be a sequence of length larger than 0")
    rising = all(low < high for low, high in pairwise(cutoffs))
    if not rising or cutoffs[0] <= 0 or cutoffs[-1] > n_classes - 1 or any(int(c) != c for c in cutoffs):
        raise ValueError(
            "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each value is "
            "between 1 and n_classes-1"
        )


def _check_operands(input: Any, target: Any) -> None:
    ndim = target.dim()
    if ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if ndim == 1 and input.size(0) != target.size(0):
        raise RuntimeError("Input and target should have the same size in the batch dimension.")
    if input.dim() != ndim + 1:
        raise RuntimeError(
            f"{ndim}D target tensor expects {ndim + 1}D input tensors, but found inputs with size {input.size()}"
        )
