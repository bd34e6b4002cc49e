"""A variational autoencoder of generated images: reconstruction, divergence, and samples by the same generator."""

import engine as torch
import engine.nn.functional as F
from engine import nn
from images import bars

torch.manual_seed(9)


class Autoencoder(nn.Module):
    """144 pixels through two hidden numbers and back."""

    def __init__(self):
        """Make the layers."""
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(144, 32), nn.SiLU())
        self.mean, self.log_variance = nn.Linear(32, 2), nn.Linear(32, 2)
        self.decoder = nn.Sequential(nn.Linear(2, 32), nn.SiLU(), nn.Linear(32, 144))

    def forward(self, images):
        """Reconstruction logits, means and logarithms of variances."""
        hidden = self.encoder(images)
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        sample = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        return self.decoder(sample), mean, log_variance


images = bars(48)[0].flatten(1).clamp(0, 1)
model = Autoencoder()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(15):
    logits, mean, log_variance = model(images)
    reconstruction = F.binary_cross_entropy_with_logits(logits, images, reduction="sum") / len(images)
    divergence = -0.5 * (1 + log_variance - mean.pow(2) - log_variance.exp()).sum(1).mean()
    loss = reconstruction + divergence
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 3 == 0:
        print(
            f"epoch {epoch}: reconstruction {reconstruction.item():.4f}, divergence {divergence.item():.6f}"
        )
with torch.no_grad():
    print(torch.sigmoid(model.decoder(torch.randn(2, 2)))[:, :4])
