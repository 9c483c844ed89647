"""Finding lesions: candidates slice by slice, verified in 3-D; trained on few real lesions."""
