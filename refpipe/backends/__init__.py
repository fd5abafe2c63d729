"""What touches the world: figures and light, stores, models. Each room implements ports of the domain."""
