"""A generative adversarial pair: a generator of points on a ring, and a discriminator that tells them from true ones."""

import math

import engine as torch
from engine import nn

torch.manual_seed(10)

generator = nn.Sequential(nn.Linear(4, 16), nn.LeakyReLU(0.2), nn.Linear(16, 2))
discriminator = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1), nn.Sigmoid())
for_generator = torch.optim.Adam(generator.parameters(), lr=5e-3, betas=(0.5, 0.999))
for_discriminator = torch.optim.Adam(discriminator.parameters(), lr=5e-3, betas=(0.5, 0.999))
criterion = nn.BCELoss()
true, false = torch.ones(32, 1), torch.zeros(32, 1)

for step in range(20):
    angles = 2 * math.pi * torch.rand(32)
    ring = torch.stack([angles.cos(), angles.sin()], dim=1)
    made = generator(torch.randn(32, 4))

    for_discriminator.zero_grad()
    loss = criterion(discriminator(ring), true) + criterion(discriminator(made.detach()), false)
    loss.backward()
    for_discriminator.step()

    for_generator.zero_grad()
    fooled = criterion(discriminator(made), true)
    fooled.backward()
    for_generator.step()
    if step % 4 == 0:
        print(f"step {step}: discriminator {loss.item():.5f}, generator {fooled.item():.5f}")
