"""Generated images for the examples: a bright bar on noise, which stands, lies, or leans."""

import engine as torch


def bars(count, size=12):
    """`count` images (count, 1, size, size) and the direction of each bar: 0 standing, 1 lying, 2 leaning."""
    images = 0.3 * torch.rand(count, 1, size, size)
    labels = torch.randint(0, 3, (count,))
    places = torch.randint(2, size - 2, (count,))
    for image, label, place in zip(images, labels.tolist(), places.tolist()):
        if label == 0:
            image[0, :, place] += 1.0
        elif label == 1:
            image[0, place, :] += 1.0
        else:
            image[0].diagonal(place - size // 2).add_(1.0)
    return images, labels
