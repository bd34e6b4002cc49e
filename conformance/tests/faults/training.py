"""Faults in optimizers, schedules of learning rates, data loading and random draws."""

from . import Fault

FAULTS = [
    Fault(
        "Adam's averages are not corrected for their start at zero",
        "optim/adam.py",
        before="step_size = lr / (1 - beta1**step)",
        after="step_size = lr",
    ),
    Fault(
        "AMSGrad divides by the present average",
        "optim/adam.py",
        before="        exp_avg_sq = greatest[0]\n",
        after="",
    ),
    Fault(
        "decoupled weight decay is part of the gradient, too",
        "optim/adam.py",
        before="0 if decoupled else decay, shrink",
        after="decay, shrink",
    ),
    Fault(
        "the first momentum is dampened",
        "optim/sgd.py",
        before="    if first:\n        kernel.keep(buffer, grad)\n    else:",
        after="    if True:",
    ),
    Fault(
        "an update of arrays does not count as a change in place",
        "optim/updating.py",
        before="        shared.version += times\n",
        after="",
    ),
    Fault(
        "`maximize` is forgotten on arrays",
        "optim/updating.py",
        before='    if group["maximize"]:\n        found = [*found[:-1], np.negative(found[-1])]\n',
        after="",
    ),
    Fault(
        "a loaded state keeps the type it was saved with",
        "optim/optimizer.py",
        before="return value.to(dtype=param.dtype) if param.is_floating_point() else value",
        after="return value",
    ),
    Fault(
        "hooks of one optimizer run before those of all",
        "optim/optimizer.py",
        before="chain(_global_optimizer_pre_hooks.values(), before.values())",
        after="chain(before.values(), _global_optimizer_pre_hooks.values())",
    ),
    Fault(
        "RMSprop takes the mean's square off after the root",
        "optim/rmsprop.py",
        before="    root = kernel.sqrt(square_avg) + eps\n",
        after="    root = kernel.sqrt(square_avg + eps)\n",
    ),
    Fault(
        "the line search forgets the slope at its start",
        "optim/lbfgs.py",
        before="self.start.loss + 1e-4 * point.t * self.start.slope",
        after="self.start.loss",
    ),
    Fault(
        "a schedule in sequence steps on from where it stands at its milestone",
        "optim/lr_scheduler/combined.py",
        before="            scheduler._update_lr(0)\n",
        after="            scheduler.step()\n",
    ),
    Fault(
        "the measure has to improve by nothing",
        "optim/lr_scheduler/plateau.py",
        before="self.cooldown_counter = self.cooldown\n",
        after="self.cooldown_counter = 0\n",
    ),
    Fault(
        "the momentum goes with the learning rate, not against it",
        "optim/lr_scheduler/cyclic.py",
        before="high - (high - low) * height * scale",
        after="low + (high - low) * height * scale",
    ),
    Fault(
        "a pass over the data draws no seed",
        "utils/data/iterators.py",
        before="self._base_seed = drawn_seed(loader.generator)",
        after="self._base_seed = 0",
    ),
    Fault(
        "the rest of a random order is not drawn",
        "utils/data/sampler.py",
        before="            yield from randperm(size, generator=generator).tolist()[: self.num_samples % size]\n",
        after="            if self.num_samples % size:\n"
        "                yield from randperm(size, generator=generator).tolist()[: self.num_samples % size]\n",
    ),
    Fault(
        "the last batch is dropped when it is full",
        "utils/data/sampler.py",
        before="while len(batch) == self.batch_size or (batch and not self.drop_last):",
        after="while len(batch) == self.batch_size:",
    ),
    Fault(
        "tuples of samples stay tuples",
        "utils/data/collate.py",
        before="    return parts if isinstance(first, tuple) else _filled(first, kind, parts)\n",
        after="    return _filled(first, kind, parts)\n",
    ),
    Fault(
        "the greatest number of a type is never drawn",
        "ops/random.py",
        before="int(np.iinfo(kind.numpy).max) + 1",
        after="int(np.iinfo(kind.numpy).max)",
    ),
    Fault(
        "a draw with replacement may give what has no weight",
        "ops/multinomial.py",
        before="    sums[..., -1] = 1\n",
        after="    sums = sums[..., ::-1]\n",
    ),
    Fault(
        "the second of a pair of normals is forgotten",
        "generator.py",
        before="            self._cached_normal = normals.pop()\n",
        after="            normals.pop()\n",
    ),
]
