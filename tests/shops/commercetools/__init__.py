"""A commercetools API for the whole test session: an npm package that nobody here wrote, furnished a little."""
