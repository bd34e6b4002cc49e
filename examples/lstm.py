"""A long short-term memory learns to continue a sum of sines."""

import engine as torch
from engine import nn

torch.manual_seed(6)

times = torch.arange(0, 60, dtype=torch.float32) * 0.3
wave = torch.sin(times) + 0.5 * torch.sin(2.3 * times)
windows = wave.unfold(0, 13, 3)
inputs, targets = windows[:, :-1].unsqueeze(2), windows[:, -1:]


class Forecaster(nn.Module):
    """The last state of two LSTM layers, mapped to the next value."""

    def __init__(self):
        """Make the layers."""
        super().__init__()
        self.lstm = nn.LSTM(1, 12, num_layers=2, batch_first=True)
        self.out = nn.Linear(12, 1)

    def forward(self, inputs):
        """Inputs (windows, steps, 1); the next value (windows, 1)."""
        states, _ = self.lstm(inputs)
        return self.out(states[:, -1])


model = Forecaster()
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.01)
for epoch in range(12):
    loss = nn.functional.smooth_l1_loss(model(inputs), targets)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if epoch % 3 == 0:
        print(f"epoch {epoch}: {loss.item():.6f}")
print(model(inputs[:3]).squeeze(1))
