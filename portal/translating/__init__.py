"""Translations go out and come back: XLIFF for agencies, machine translation, and what protects names and numbers on the way."""
