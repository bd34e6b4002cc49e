"""A small GPT, its attention written out, learns to copy a repeating text."""

import math

import engine as torch
import engine.nn.functional as F
from engine import nn

torch.manual_seed(8)

text = "to be, or not to be, that is the question. " * 4
letters = sorted(set(text))
data = torch.tensor([letters.index(letter) for letter in text])
LENGTH, WIDTH, HEADS = 16, 24, 3


class Attention(nn.Module):
    """Causal attention with several heads."""

    def __init__(self):
        """Make the projections and the mask."""
        super().__init__()
        self.project = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.register_buffer("mask", torch.tril(torch.ones(LENGTH, LENGTH)).view(1, 1, LENGTH, LENGTH))

    def forward(self, x):
        """x and the result are (batch, length, width)."""
        batch, length, width = x.size()
        query, key, value = (
            part.view(batch, length, HEADS, width // HEADS).transpose(1, 2)
            for part in self.project(x).split(WIDTH, dim=2)
        )
        scores = query @ key.transpose(-2, -1) / math.sqrt(key.size(-1))
        scores = scores.masked_fill(self.mask[:, :, :length, :length] == 0, float("-inf"))
        mixed = F.softmax(scores, dim=-1) @ value
        return self.out(mixed.transpose(1, 2).contiguous().view(batch, length, width))


class Block(nn.Module):
    """Attention and a small perceptron, each beside a residual path."""

    def __init__(self):
        """Make the parts."""
        super().__init__()
        self.first, self.second = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attention = Attention()
        self.perceptron = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x):
        """x and the result are (batch, length, width)."""
        x = x + self.attention(self.first(x))
        return x + self.perceptron(self.second(x))


class GPT(nn.Module):
    """Embeddings of letters and places, two blocks, scores of the next letter."""

    def __init__(self):
        """Make the parts, with normal weights."""
        super().__init__()
        self.letters = nn.Embedding(len(letters), WIDTH)
        self.places = nn.Embedding(LENGTH, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(2))
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, len(letters), bias=False)
        self.apply(self.initialize)

    def initialize(self, module):
        """Small normal weights, no biases."""
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.1)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, numbers):
        """Numbers (batch, length); scores (batch, length, letters)."""
        x = self.letters(numbers) + self.places(torch.arange(numbers.size(1)))
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


model = GPT()
print(sum(parameter.numel() for parameter in model.parameters()), "parameters")
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, betas=(0.9, 0.95), weight_decay=0.1)
for step in range(30):
    starts = torch.randint(len(data) - LENGTH - 1, (6,))
    inputs = torch.stack([data[start : start + LENGTH] for start in starts])
    targets = torch.stack([data[start + 1 : start + LENGTH + 1] for start in starts])
    loss = F.cross_entropy(model(inputs).view(-1, len(letters)), targets.view(-1))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if step % 5 == 0:
        print(f"step {step}: loss {loss.item():.5f}, norm {norm.item():.4f}")
