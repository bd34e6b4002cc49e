"""Training with a schedule and clipping, saved in the middle and resumed: the resumed run ends where the first did."""

import io

import engine as torch
from engine import nn


def parts():
    """A model, its optimizer and its schedule, always the same."""
    torch.manual_seed(13)
    model = nn.Sequential(nn.Linear(3, 12), nn.ReLU(), nn.Dropout(0.2), nn.Linear(12, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)
    return model, optimizer, schedule


inputs = torch.randn(40, 3, generator=torch.Generator().manual_seed(14))
targets = (inputs.sum(1, keepdim=True)).sin()


def train(model, optimizer, schedule, steps):
    """Take some steps, and print every fifth."""
    for step in steps:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(inputs), targets)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        schedule.step()
        if step % 5 == 0:
            rate = schedule.get_last_lr()[0]
            print(f"step {step}: loss {loss.item():.6f}, norm {norm:.5f}, rate {rate:.6f}")
    return loss.item()


model, optimizer, schedule = parts()
train(model, optimizer, schedule, range(10))

checkpoint = io.BytesIO()
state = {
    "model": model.state_dict(),
    "optimizer": optimizer.state_dict(),
    "schedule": schedule.state_dict(),
    "random": torch.get_rng_state(),
}
torch.save(state, checkpoint)
first = train(model, optimizer, schedule, range(10, 20))

checkpoint.seek(0)
state = torch.load(checkpoint)
model, optimizer, schedule = parts()
model.load_state_dict(state["model"])
optimizer.load_state_dict(state["optimizer"])
schedule.load_state_dict(state["schedule"])
torch.set_rng_state(state["random"])
print("resumed equal:", train(model, optimizer, schedule, range(10, 20)) == first)
