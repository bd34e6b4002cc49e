"""A network that satisfies the equation of a damped oscillator, by second derivatives of its output."""

import engine as torch
from engine import nn

torch.manual_seed(11)

DAMPING, STIFFNESS = 0.4, 4.0
model = nn.Sequential(nn.Linear(1, 24), nn.Tanh(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 1))
times = torch.linspace(0, 2, 24).view(-1, 1).requires_grad_()
optimizer = torch.optim.NAdam(model.parameters(), lr=5e-3)


def derivative(y, x):
    """dy/dx of each element, itself differentiable."""
    return torch.autograd.grad(y, x, torch.ones_like(y), create_graph=True)[0]


for step in range(40):
    position = model(times)
    velocity = derivative(position, times)
    acceleration = derivative(velocity, times)
    residual = acceleration + DAMPING * velocity + STIFFNESS * position
    start = (position[0] - 1).pow(2) + velocity[0].pow(2)
    loss = residual.pow(2).mean() + 10 * start.squeeze()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 8 == 0:
        print(f"step {step}: {loss.item():.5f}, of it the start {start.item():.6f}")
