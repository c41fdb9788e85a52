//! Mojibake: UTF-8 that was read as another encoding, undone span by span.
