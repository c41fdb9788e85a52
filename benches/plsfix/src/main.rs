//! plsfix as a filter: standard input to standard output, a document of about 6 KB at a time, for the table of peers.

use std::io::{self, Read, Write};

const DOCUMENT_BYTES: usize = 6 << 10;

fn main() -> io::Result<()> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut start = 0;
    while start < text.len() {
        let least = text.floor_char_boundary(start + DOCUMENT_BYTES);
        let end = text[least..].find('\n').map_or(text.len(), |at| least + at + 1);
        out.write_all(plsfix::fix_text(&text[start..end], None).as_bytes())?;
        start = end;
    }
    out.flush()
}
