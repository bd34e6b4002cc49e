"""L-BFGS.

Source: torch.optim.LBFGS; Nocedal and Wright, "Numerical Optimization", chapter 3 and 7; minFunc by Schmidt.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..grad_mode import enable_grad, no_grad
from ..ops.complex import view_as_real
from ..ops.outputs import cat
from .optimizer import Optimizer
from .updating import add_scaled, check_lr, scalar

_KEPT = ("d", "t", "old_dirs", "old_stps", "ro", "H_diag", "prev_flat_grad", "prev_loss")


class LBFGS(Optimizer):
    """Steps along the direction that an approximate inverse Hessian gives, made from the last gradients."""

    def __init__(
        self,
        params: Any,
        lr: Any = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_lr(lr)
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params = self.param_groups[0]["params"]
        self._numel_cache = None

    def _gather_flat_grad(self) -> Any:
        """All gradients behind each other; what has none counts as zeros."""
        views = []
        for each in self._params:
            grad = each._grad
            view = each.new_zeros(each.numel()) if grad is None else grad.to_dense().reshape(-1)
            views.append(view_as_real(view).reshape(-1) if view.is_complex() else view)
        return cat(views, 0)

    def _add_grad(self, step_size: Any, update: Any) -> None:
        """Move the parameters along a direction."""
        offset = 0
        for each in self._params:
            param = view_as_real(each) if each.is_complex() else each
            part = update[offset : offset + param.numel()].view(param.shape)
            add_scaled(param, part, step_size)
            offset += param.numel()

    def _directional_evaluate(
        self, closure: Any, start: list[Any], t: Any, direction: Any
    ) -> tuple[float, Any]:
        """The loss and the gradient after a step, which is taken back."""
        self._add_grad(t, direction)
        loss = float(closure())
        grad = self._gather_flat_grad()
        for param, values in zip(self._params, start):
            param.copy_(values)
        return loss, grad

    @no_grad()
    def step(self, closure: Callable[[], Any]) -> Any:
        """Iterate until the gradient or the change is small; the closure computes loss and gradients anew each time."""
        closure = enable_grad()(closure)
        group = self.param_groups[0]
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first_loss = closure()
        state["func_evals"] += 1
        grad = self._gather_flat_grad()
        if grad.abs().max() <= group["tolerance_grad"]:
            return first_loss
        _Iterations(self, group, state, closure, float(first_loss), grad).run()
        return first_loss


class _Iterations:
    """The iterations of one step."""

    def __init__(
        self,
        optimizer: LBFGS,
        group: dict[str, Any],
        state: dict[str, Any],
        closure: Any,
        loss: float,
        grad: Any,
    ) -> None:
        self.optimizer, self.group, self.state, self.closure = optimizer, group, state, closure
        self.loss, self.grad = loss, grad
        self.evaluations = 1
        self.lr = scalar(group["lr"])

    def run(self) -> None:
        """Iterate, and keep in the state what the next step goes on with."""
        state, iterations = self.state, 0
        while iterations < self.group["max_iter"]:
            iterations += 1
            state["n_iter"] += 1
            self._choose_direction()
            held = state.get("prev_flat_grad")
            if held is None:
                state["prev_flat_grad"] = self.grad.clone()
            else:
                held.copy_(self.grad)
            state["prev_loss"] = self.loss
            t: Any = self.lr
            if state["n_iter"] == 1:
                t = min(1.0, 1.0 / self.grad.abs().sum()) * self.lr
            state["t"] = t
            slope = self.grad.dot(state["d"])
            if slope > -self.group["tolerance_change"]:
                break
            used = self._move(t, slope, iterations)
            self.evaluations += used
            state["func_evals"] += used
            if self._is_done(iterations):
                break
        for name in _KEPT:  # PyTorch writes them in this order
            state[name] = state.pop(name)

    def _choose_direction(self) -> None:
        state, grad = self.state, self.grad
        if state["n_iter"] == 1:
            state.update({"d": grad.neg(), "old_dirs": [], "old_stps": [], "ro": [], "H_diag": 1})
            return
        changes, steps, factors = state["old_dirs"], state["old_stps"], state["ro"]
        change = grad.sub(state["prev_flat_grad"])
        step = state["d"].mul(state["t"])
        curvature = change.dot(step)
        if curvature > 1e-10:
            if len(changes) == self.group["history_size"]:
                for each in (changes, steps, factors):
                    each.pop(0)
            changes.append(change)
            steps.append(step)
            factors.append(1.0 / curvature)
            state["H_diag"] = curvature / change.dot(change)
        state.setdefault("al", [None] * self.group["history_size"])
        weights = state["al"]
        direction = grad.neg()
        for index in range(len(changes) - 1, -1, -1):
            weights[index] = steps[index].dot(direction) * factors[index]
            add_scaled(direction, changes[index], -weights[index])
        direction = direction.mul(state["H_diag"])
        for index in range(len(changes)):
            weight = changes[index].dot(direction) * factors[index]
            add_scaled(direction, steps[index], weights[index] - weight)
        state["d"] = direction

    def _move(self, t: Any, slope: Any, iterations: int) -> int:
        """Change the parameters, find loss and gradient there, and return how often the closure was called."""
        optimizer, group, direction = self.optimizer, self.group, self.state["d"]
        if group["line_search_fn"] is None:
            optimizer._add_grad(t, direction)
            if iterations == group["max_iter"]:
                return 0
            self.loss = float(self.closure())
            self.grad = optimizer._gather_flat_grad()
            return 1
        if group["line_search_fn"] != "strong_wolfe":
            raise RuntimeError("only 'strong_wolfe' is supported")
        start = [each.clone() for each in optimizer._params]
        search = _LineSearch(
            lambda t: optimizer._directional_evaluate(self.closure, start, t, direction),
            _Point(0, self.loss, self.grad, slope),
            direction,
            group["max_eval"] - self.evaluations,
        )
        t, self.loss, self.grad, _ = search.run(t)
        self.state["t"] = t
        optimizer._add_grad(t, direction)
        return search.evaluations

    def _is_done(self, iterations: int) -> bool:
        group, state = self.group, self.state
        tolerance = group["tolerance_change"]
        return bool(
            iterations == group["max_iter"]
            or self.evaluations >= group["max_eval"]
            or self.grad.abs().max() <= group["tolerance_grad"]
            or state["d"].mul(state["t"]).abs().max() <= tolerance
            or abs(self.loss - state["prev_loss"]) < tolerance
        )


class _Point(NamedTuple):
    """A step size, the loss and the gradient there, and the slope along the direction."""

    t: Any
    loss: float
    grad: Any
    slope: Any


class _LineSearch:
    """A search for a step size that fulfils the strong Wolfe conditions: bracket it, then zoom in."""

    def __init__(self, evaluate: Any, start: _Point, direction: Any, limit: int) -> None:
        self._evaluate, self.start, self.direction, self.limit = evaluate, start, direction, limit
        self.evaluations = self.iterations = 0

    def run(self, t: Any) -> _Point:
        """The point that was found, or the best one seen when the limit is reached."""
        bracket = self._bracket(t)
        if len(bracket) == 1:
            return bracket[0]
        if not bracket[0].loss <= bracket[1].loss:
            return self._zoom(bracket, 1, 0)
        return self._zoom(bracket, 0, 1)

    def _at(self, t: Any) -> _Point:
        loss, grad = self._evaluate(t)
        self.evaluations += 1
        return _Point(t, loss, grad, grad.dot(self.direction))

    def _rises(self, point: _Point) -> Any:
        return point.loss > self.start.loss + 1e-4 * point.t * self.start.slope

    def _is_flat(self, point: _Point) -> Any:
        return abs(point.slope) <= -0.9 * self.start.slope

    def _bracket(self, t: Any) -> list[_Point]:
        previous, point = self.start, self._at(t)
        while self.iterations < self.limit:
            if self._rises(point) or (self.iterations > 1 and point.loss >= previous.loss):
                return [previous, point]
            if self._is_flat(point):
                return [point]
            if point.slope >= 0:
                return [previous, point]
            bounds = point.t + 0.01 * (point.t - previous.t), point.t * 10
            t = _lowest(previous, point, bounds)
            previous, point = point, self._at(t)
            self.iterations += 1
        return [self.start, point]

    def _zoom(self, bracket: list[_Point], low: int, high: int) -> _Point:
        stuck = False
        size = self.direction.abs().max()
        while self.iterations < self.limit:
            if abs(bracket[1].t - bracket[0].t) * size < 1e-9:
                break
            t, stuck = self._inside(bracket, stuck)
            point = self._at(t)
            self.iterations += 1
            if self._rises(point) or point.loss >= bracket[low].loss:
                bracket[high] = point
                low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
                continue
            done = self._is_flat(point)
            if not done and point.slope * (bracket[high].t - bracket[low].t) >= 0:
                bracket[high] = bracket[low]
            bracket[low] = point
            if done:
                break
        return bracket[low]

    def _inside(self, bracket: list[_Point], stuck: bool) -> tuple[Any, bool]:
        """The next step size to try, not too near to the ends twice, and whether it is near to one."""
        t = _lowest(bracket[0], bracket[1], None)
        least, greatest = min(each.t for each in bracket), max(each.t for each in bracket)
        margin = 0.1 * (greatest - least)
        if not min(greatest - t, t - least) < margin:
            return t, False
        if not (stuck or t >= greatest or t <= least):
            return t, True
        if abs(t - greatest) < abs(t - least):
            return greatest - margin, False
        return least + margin, False


def _lowest(one: _Point, other: _Point, bounds: tuple[Any, Any] | None) -> Any:
    """Where the cubic through two points is lowest, within bounds."""
    if bounds is None:
        bounds = (one.t, other.t) if one.t <= other.t else (other.t, one.t)
    bend = one.slope + other.slope - 3 * (one.loss - other.loss) / (one.t - other.t)
    square = bend**2 - one.slope * other.slope
    if not square >= 0:
        return (bounds[0] + bounds[1]) / 2.0
    root = square.sqrt()
    if one.t <= other.t:
        step = (other.slope + root - bend) / (other.slope - one.slope + 2 * root)
        lowest = other.t - (other.t - one.t) * step
    else:
        step = (one.slope + root - bend) / (one.slope - other.slope + 2 * root)
        lowest = one.t - (one.t - other.t) * step
    return min(max(lowest, bounds[0]), bounds[1])
