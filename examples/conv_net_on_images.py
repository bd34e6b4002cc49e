"""A small convolutional network with batch normalization on the same images."""

import engine as torch
from engine import nn
from images import bars

torch.manual_seed(4)

model = nn.Sequential(
    nn.Conv2d(1, 8, kernel_size=3, padding=1, bias=False),
    nn.BatchNorm2d(8),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(8, 16, kernel_size=3),
    nn.ReLU(),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(16, 3),
)
print(sum(parameter.numel() for parameter in model.parameters()), "parameters")

images, labels = bars(64)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss(label_smoothing=0.05)

for step in range(16):
    picked = torch.randint(0, 64, (16,))
    loss = criterion(model(images[picked]), labels[picked])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 3 == 0:
        print(f"step {step}: {loss.item():.5f}")

print("running mean", model[1].running_mean)
model.eval()
print(model(images[:2]).softmax(dim=1))
