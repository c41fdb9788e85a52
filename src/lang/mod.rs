//! Languages: Spanish, English, other or none, by line and by span.
