"""A straight line through noisy points: gradients by hand-written steps, without modules or optimizers."""

import engine as torch

torch.manual_seed(1)

x = torch.linspace(-1, 1, 40)
y = 1.7 * x - 0.4 + 0.1 * torch.randn(40)

slope = torch.zeros(1, requires_grad=True)
offset = torch.zeros(1, requires_grad=True)

for epoch in range(50):
    loss = ((slope * x + offset - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        slope -= 0.3 * slope.grad
        offset -= 0.3 * offset.grad
    slope.grad.zero_()
    offset.grad.zero_()
    if epoch % 10 == 0:
        print(f"epoch {epoch}: loss {loss.item():.6f}")

print("slope", slope.item(), "offset", offset.item())
