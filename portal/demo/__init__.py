"""The demo county: made-up people in every situation that the texts know, the same ones each time."""
