"""A multilayer perceptron tells three kinds of generated images apart."""

import engine as torch
import engine.nn.functional as F
from engine import nn
from images import bars

torch.manual_seed(3)


class Perceptron(nn.Module):
    """Two hidden layers with dropout."""

    def __init__(self):
        """Make the layers for images of 12 by 12."""
        super().__init__()
        self.hidden = nn.Linear(144, 32)
        self.second = nn.Linear(32, 16)
        self.out = nn.Linear(16, 3)
        self.dropout = nn.Dropout(0.1)

    def forward(self, images):
        """Scores (count, 3)."""
        x = F.relu(self.hidden(images.flatten(1)))
        x = self.dropout(F.relu(self.second(x)))
        return self.out(x)


images, labels = bars(96)
unseen, expected = bars(48)
model = Perceptron()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)

for epoch in range(12):
    model.train()
    order = torch.randperm(len(images))
    for picked in order.split(32):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images[picked]), labels[picked])
        loss.backward()
        optimizer.step()
    if epoch % 3 == 2:
        model.eval()
        with torch.no_grad():
            right = (model(unseen).argmax(dim=1) == expected).float().mean()
        print(f"epoch {epoch}: loss {loss.item():.4f}, {right.item():.1%} of unseen images")
