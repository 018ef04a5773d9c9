"""The kinds of text a parameter can hold, one file a family."""
