//! Whole-system tests: the real edges and pools against the real servers, seen as clients see them. They are in `it/`.
