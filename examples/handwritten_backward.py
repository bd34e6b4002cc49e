"""Backward by hand through a normalized layer and cross entropy, compared with autograd's."""

import engine as torch
import engine.nn.functional as F

generator = torch.Generator().manual_seed(12)
count, features, classes = 8, 5, 4
x = torch.randn(count, features, generator=generator)
labels = torch.randint(0, classes, (count,), generator=generator)
weight = torch.randn(features, classes, generator=generator, requires_grad=True)
gain = torch.rand(classes, generator=generator, requires_grad=True)
shift = torch.zeros(classes, requires_grad=True)

product = x @ weight
mean = product.mean(0, keepdim=True)
centred = product - mean
variance = (centred**2).sum(0, keepdim=True) / (count - 1)
inverse = (variance + 1e-5) ** -0.5
normal = centred * inverse
hidden = torch.tanh(gain * normal + shift)
logits = hidden - hidden.max(1, keepdim=True).values
log_probabilities = logits - logits.exp().sum(1, keepdim=True).log()
loss = -log_probabilities[range(count), labels].mean()
for kept in (product, normal, hidden):
    kept.retain_grad()
loss.backward()
print(f"loss {loss.item():.6f}")

with torch.no_grad():
    d_hidden = F.softmax(hidden, 1)
    d_hidden[range(count), labels] -= 1
    d_hidden /= count
    d_before = (1 - hidden**2) * d_hidden
    d_gain, d_shift = (normal * d_before).sum(0), d_before.sum(0)
    d_normal = gain * d_before
    d_product = (
        inverse
        / count
        * (count * d_normal - d_normal.sum(0) - count / (count - 1) * normal * (d_normal * normal).sum(0))
    )
    d_weight = x.T @ d_product

for name, by_hand, tensor in [
    ("hidden", d_hidden, hidden),
    ("normal", d_normal, normal),
    ("product", d_product, product),
    ("weight", d_weight, weight),
    ("gain", d_gain, gain),
    ("shift", d_shift, shift),
]:
    print(
        f"{name:8} agrees: {torch.allclose(by_hand, tensor.grad, atol=1e-5)}, first {tensor.grad.flatten()[0]:.6f}"
    )
