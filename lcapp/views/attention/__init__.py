"""One pixel of a map: where it looked, how the months weigh there, and what they are worth."""
