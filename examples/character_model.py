"""An embedding model of characters: three characters tell the next one."""

import engine as torch
import engine.nn.functional as F
from engine import nn

torch.manual_seed(5)

names = "anna ben clara david ella felix greta hugo ida jonas klara leo mia noah olga paul".split()
letters = ["."] + sorted(set("".join(names)))
number = {letter: index for index, letter in enumerate(letters)}

contexts, following = [], []
for name in names:
    context = [0, 0, 0]
    for letter in name + ".":
        contexts.append(context)
        following.append(number[letter])
        context = context[1:] + [number[letter]]
X, Y = torch.tensor(contexts), torch.tensor(following)
print(X.shape, X.dtype, len(letters), "letters")


class Model(nn.Module):
    """Embeddings of the context, one hidden layer, scores of the next letter."""

    def __init__(self):
        """Make the layers."""
        super().__init__()
        self.embedding = nn.Embedding(len(letters), 6)
        self.hidden = nn.Linear(18, 24)
        self.out = nn.Linear(24, len(letters))

    def forward(self, contexts):
        """Scores (count, letters)."""
        return self.out(torch.tanh(self.hidden(self.embedding(contexts).view(len(contexts), -1))))


model = Model()
optimizer = torch.optim.Adagrad(model.parameters(), lr=0.1)
for step in range(30):
    loss = F.cross_entropy(model(X), Y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 6 == 0:
        print(f"step {step}: {loss.item():.5f}")

generator = torch.Generator().manual_seed(7)
for _ in range(3):
    context, made = [0, 0, 0], ""
    while len(made) < 10:
        probabilities = F.softmax(model(torch.tensor([context])), dim=1)
        index = torch.multinomial(probabilities, 1, generator=generator).item()
        if index == 0:
            break
        made += letters[index]
        context = context[1:] + [index]
    print(made)
