"""An invented distribution channel, written as a channel folder from a seed: the first thing a newcomer sees."""
