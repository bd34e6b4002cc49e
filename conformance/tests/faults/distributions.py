"""Faults in distributions."""

from . import Fault

FAULTS = [
    Fault(
        "the mean is added before the normal number is scaled",
        "distributions/normal.py",
        before="return self.loc + eps * self.scale",
        after="return (self.loc + eps) * self.scale",
        caught_by="distributions_continuous::normal",
    ),
    Fault(
        "a shape below one is not boosted",
        "ops/gamma.py",
        before="alpha = alpha + kind(1)",
        after="alpha = alpha + kind(0)",
        caught_by="distributions_continuous::gamma",
    ),
    Fault(
        "lazy properties are computed without gradients under no_grad",
        "distributions/utils.py",
        before="with torch.enable_grad():",
        after="with torch.no_grad():",
        caught_by="distributions_discrete::probabilities_or_log_odds",
    ),
    Fault(
        "the slope of the inverse has the sign of the transform's",
        "distributions/transforms.py",
        before="return -self._inv.log_abs_det_jacobian(y, x)",
        after="return self._inv.log_abs_det_jacobian(y, x)",
        caught_by="distributions_joint::transforms_of_numbers",
    ),
    Fault(
        "an impossible category adds to the divergence",
        "distributions/kl.py",
        before="    t[(p.probs == 0).expand_as(t)] = 0\n",
        after="",
        caught_by="distributions_joint::divergence_of_discrete_distributions",
    ),
    Fault(
        "straight-through samples pass no gradient",
        "distributions/one_hot_categorical.py",
        before="(probs - probs.detach())",
        after="(probs.detach() - probs.detach())",
        caught_by="distributions_discrete::straight_through",
    ),
]
