"""`torch._subclasses`: what asks whether a tensor is a stand-in is answered."""
