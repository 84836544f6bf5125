"""The vocabulary of the house: words that every other room uses. Imports nothing of ours."""
