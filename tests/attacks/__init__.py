"""Attacks on what proves who somebody is: tokens, signed addresses, answers that tell too much, and a stolen dump."""
