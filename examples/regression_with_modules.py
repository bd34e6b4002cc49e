"""The same idea with a module, an optimizer and a data loader: a quadratic surface from noisy points."""

import engine as torch
from engine import nn
from engine.utils.data import DataLoader, TensorDataset

torch.manual_seed(2)

inputs = torch.rand(64, 2) * 2 - 1
targets = (inputs[:, :1] ** 2 - inputs[:, 1:]) + 0.05 * torch.randn(64, 1)
loader = DataLoader(TensorDataset(inputs, targets), batch_size=16, shuffle=True)

model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
print(model)
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
criterion = nn.MSELoss()

for epoch in range(8):
    total = 0.0
    for batch, wanted in loader:
        optimizer.zero_grad()
        loss = criterion(model(batch), wanted)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    print(f"epoch {epoch}: {total / len(inputs):.5f}")

with torch.no_grad():
    print(model(torch.tensor([[0.5, -0.5]])))
