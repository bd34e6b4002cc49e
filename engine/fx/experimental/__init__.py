"""`torch.fx.experimental`: what asks whether a program is being traced is answered."""
