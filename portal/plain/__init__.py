"""Plain German: how hard a text is to read, and what an editor can do about it. No Flask in here."""
