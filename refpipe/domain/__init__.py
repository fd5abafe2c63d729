"""What the trade knows: values, rules and ports. Nothing here touches the world."""
