//! Lines without a language although they hold words: code, commands, queries, markup, data.
//!
//! Each rule asks for two signs that prose does not show together, so that a sentence about code stays a
//! sentence. Lines of numbers, addresses and emoji need no rule: they hold no token with evidence.

use super::address::markup;

/// Prose ends in `;` or `}` at times; with so many plain lower-case words it is prose.
///
/// Counter-example the number was made for: a clause of a contract "... los que (a juicio del comité) sean aptos;".
const PROSE_WORDS: usize = 8;

/// Signs may be this share of the visible characters before a line with an operator is code.
///
/// Source: measured on hand-collected code and prose lines, 2026-11; code starts near 15 %.
const SIGN_PERCENT: usize = 12;

/// Programs whose name at the start of a line makes a command, if the rest looks like arguments.
const PROGRAMS: [&str; 18] = [
    "git", "docker", "npm", "npx", "yarn", "pip", "pip3", "cargo", "apt", "curl", "wget",
    "kubectl", "export", "chmod", "ssh", "brew", "make", "cd",
];

/// Words that [`is_statement`] and [`is_command`] look behind.
const KEYWORDS: [&str; 18] = [
    "sudo", "import", "from", "def", "fn", "function", "func", "class", "const", "let", "var",
    "SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER",
];

/// What these programs are told to do. A closed list, because "make it happen" is prose.
const SUB_COMMANDS: [&str; 20] = [
    "add", "apply", "build", "checkout", "clone", "commit", "create", "exec", "fetch", "get",
    "init", "install", "merge", "pull", "push", "remove", "run", "start", "test", "update",
];

/// Whether a line is code, markup or data rather than language.
pub(super) fn is_neutral(line: &str) -> bool {
    let line = line.trim();
    let Some(first) = line.bytes().next().filter(|_| line.len() <= 4096) else {
        return false;
    };
    // Most lines are prose, and have neither a sign nor a word at the start that a rule asks for.
    let signed = |byte: u8| !byte.is_ascii_alphanumeric() && byte.is_ascii();
    if !signed(first)
        && !line.ends_with([';', '{', '}'])
        && memchr::memchr3(b'=', b'&', b'(', line.as_bytes()).is_none()
        && (memchr::memchr(b':', line.as_bytes()).is_none() || !line.contains("::"))
        && !starts_like_code(line)
    {
        return false;
    }
    is_only_markup(line)
        || is_query(line)
        || is_comment_or_prompt(line)
        || is_statement(line)
        || is_command(line)
        || is_data(line)
}

/// Whether the first word is one that statements or commands start with.
fn starts_like_code(line: &str) -> bool {
    let end = line.bytes().position(|byte| byte == b' ').unwrap_or(line.len());
    let word = &line[..end];
    // The longest is `function`.
    word.len() <= 8 && (KEYWORDS.contains(&word) || PROGRAMS.contains(&word))
}

/// Whether a line that has no sign inside may still be neutral, by how it starts and ends; most are not.
pub(super) fn may_be_neutral(line: &str) -> bool {
    let bytes = line.as_bytes();
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let (Some(first), Some(last)) = (line.first(), line.last()) else {
        return false;
    };
    // Blanks at an end, or what may be one, are left to the thorough look.
    matches!(first, b'\0'..=b' ' | b'<' | b'&' | b'{' | b'[' | b'/' | b'#' | b'$' | 0x80..)
        || matches!(last, b';' | b'{' | b'}' | b'\0'..=b' ' | 0x80..)
        || STARTS[usize::from(first % 64)] >> (line.get(1).unwrap_or(&0) % 32) & 1 != 0
}

/// The first two letters of the words that [`starts_like_code`] knows: for each first one a mark for each second one.
static STARTS: [u32; 64] = {
    let mut starts = [0; 64];
    let mut at = 0;
    while at < KEYWORDS.len() + PROGRAMS.len() {
        let word = match at < KEYWORDS.len() {
            true => KEYWORDS[at].as_bytes(),
            false => PROGRAMS[at - KEYWORDS.len()].as_bytes(),
        };
        starts[(word[0] % 64) as usize] |= 1 << (word[1] % 32);
        at += 1;
    }
    starts
};

/// Only tags, entities and `{{ templates }}`.
fn is_only_markup(line: &str) -> bool {
    if !line.starts_with(['<', '&', '{']) {
        return false;
    }
    let mut rest = line;
    let mut some = false;
    while let Some(c) = rest.chars().next() {
        let template = || {
            let inner = rest.strip_prefix("{{")?.as_bytes();
            let end = inner.windows(2).take(300).position(|pair| pair == b"}}")?;
            Some(end + 4)
        };
        let bytes = match markup(rest).or_else(template) {
            Some(bytes) => {
                some = true;
                bytes
            }
            None if c.is_alphanumeric() || rest.starts_with("{{") => return false,
            None => c.len_utf8(),
        };
        rest = &rest[bytes..];
    }
    some
}

/// `[KEY:value]` or `k=v&k=v`, without a space.
fn is_query(line: &str) -> bool {
    if line.contains(char::is_whitespace) {
        return false;
    }
    let bracketed = line.starts_with('[') && line.ends_with(']') && line.contains([':', '=']);
    bracketed
        || line.split('&').all(|pair| pair.split_once('=').is_some_and(|(key, _)| is_name(key)))
}

/// `$ x`, `#include`, `#!`, `//`, `/*`.
fn is_comment_or_prompt(line: &str) -> bool {
    line.starts_with("//")
        || line.starts_with("/*")
        || line.starts_with("#include")
        || line.starts_with("#!")
        || line.starts_with("<?php")
        || line
            .strip_prefix("$ ")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()))
}

fn is_statement(line: &str) -> bool {
    let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim_start();
    let mut words = rest.split_whitespace();
    let known = match first {
        "import" => match (words.next(), words.next(), words.next(), words.next()) {
            (Some(name), None, ..) => is_path_name(name),
            (Some(_), Some("as"), Some(_), None) => true,
            (Some(_), Some("from"), Some(from), None) => from.starts_with(['"', '\'']),
            _ => false,
        },
        "from" => words.next().is_some_and(is_path_name) && words.next() == Some("import"),
        "def" | "fn" | "function" | "func" => {
            rest.split_once('(').is_some_and(|(name, _)| is_name(name.trim()))
        }
        "class" => rest.split_once(['(', ':', '{']).is_some_and(|(name, _)| is_name(name.trim())),
        "const" | "let" | "var" => {
            words.next().is_some_and(is_name) && words.next().is_some_and(|w| w.starts_with('='))
        }
        "SELECT" => rest.contains(" FROM ") || rest.starts_with('*'),
        "INSERT" => rest.starts_with("INTO "),
        "UPDATE" => rest.contains(" SET "),
        "DELETE" => rest.starts_with("FROM "),
        "CREATE" | "DROP" | "ALTER" => rest.starts_with("TABLE "),
        "return" => rest.ends_with(';'),
        _ => false,
    };
    known || ends_like_code(line) || has_operators(line)
}

/// Ends in `;`, `{` or `}` and holds a call, a branch, a brace or an operator.
///
/// A bracket after a space is no call: "b) la renta (anual);" is an item of a list.
fn ends_like_code(line: &str) -> bool {
    if !line.ends_with([';', '{', '}']) {
        return false;
    }
    let is_call = |pair: &[u8]| pair[0].is_ascii_alphanumeric() && pair[1] == b'(';
    let is_open = line.ends_with('{') || line.starts_with('}') || !line.contains('{');
    let has_brace = line.contains(['{', '}']) && (is_open || line.contains([';', ':']));
    let branches = ["if (", "for (", "while (", "switch ("];
    let signs = has_brace
        || branches.iter().any(|branch| line.starts_with(branch))
        || line.contains(['=', '<', '>'])
        || line.contains("::")
        || line.contains("->")
        || line.as_bytes().windows(2).any(is_call);
    let words = line.split_whitespace();
    let plain = words.filter(|word| word.chars().all(char::is_lowercase));
    signs && plain.count() < PROSE_WORDS
}

/// Holds `=>`, `::`, `&&`, `()`, `!=` or `==`, and many signs.
fn has_operators(line: &str) -> bool {
    // Most lines are prose: look for the signs before the operators.
    let bytes = line.as_bytes();
    if memchr::memchr3(b'=', b'&', b'(', bytes).is_none() && !line.contains("::") {
        return false;
    }
    let operators = ["=>", "::", "&&", "()", "!=", "=="];
    if !operators.iter().any(|operator| line.contains(operator)) {
        return false;
    }
    let visible = line.chars().filter(|c| !c.is_whitespace()).count();
    let signs = line.chars().filter(|c| !c.is_whitespace() && !c.is_alphanumeric()).count();
    signs * 100 > visible * SIGN_PERCENT
}

/// A program with an option, an assignment, or exactly a known sub-command and an argument.
fn is_command(line: &str) -> bool {
    let line = line.strip_prefix("sudo ").unwrap_or(line);
    let mut words = line.split_whitespace();
    if !words.next().is_some_and(|program| PROGRAMS.contains(&program)) {
        return false;
    }
    let is_option = |word: &str| {
        word.starts_with('-')
            && word.trim_start_matches('-').starts_with(|c: char| c.is_ascii_alphanumeric())
    };
    if words
        .clone()
        .any(|word| is_option(word) || word.split_once('=').is_some_and(|(key, _)| is_name(key)))
    {
        return true;
    }
    match (words.next(), words.next(), words.next()) {
        (Some(sub), Some(_), None) => SUB_COMMANDS.contains(&sub),
        (Some(argument), None, None) => argument.contains(['/', '.', '~']),
        _ => false,
    }
}

/// `x = [1, 2]`, `{"key": 1}`, `"key": 1,`.
fn is_data(line: &str) -> bool {
    let assigned = line.split_once('=').is_some_and(|(name, value)| {
        let value = value.trim_start();
        is_path_name(name.trim_end())
            && value.starts_with(['[', '(', '{'])
            && value.ends_with([']', ')', '}'])
    });
    let record = line.starts_with(['{', '['])
        && line.contains("\":")
        && line[1..].trim_start().starts_with(['"', '{']);
    assigned || record
}

/// An identifier: `x`, `max_bytes`.
fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// Identifiers joined by dots: `os.path`.
fn is_path_name(word: &str) -> bool {
    !word.is_empty() && word.split('.').all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_markup_and_data_have_no_language() {
        for line in [
            "import numpy as np",
            "from os.path import join",
            "import React from 'react'",
            "def main(args):",
            "class Foo(Bar):",
            "const total = items.length",
            "fn main() {",
            "return a + b;",
            "SELECT name FROM users WHERE id = 3",
            "// the old way",
            "/* license */",
            "#include <stdio.h>",
            "$ ls -la",
            "git commit -m \"first\"",
            "git checkout main",
            "docker run --rm image",
            "export PATH=/usr/bin",
            "cd ~/src",
            "let x = 5;",
            "} else {",
            "while (i--) sum += i;",
            "body { margin: 0 }",
            "color: red }",
            "if (a == b) return null",
            "items.map(x => x.id)",
            "colors = [\"red\", \"blue\"]",
            "{\"name\": \"Ana\", \"age\": 3}",
            "<div class=\"box\"><br/></div>",
            "{{ page.title }}",
            "&nbsp; &copy;",
            "[video:abc]",
            "utm_source=mail&utm_medium=web",
        ] {
            assert!(is_neutral(line), "{line:?}");
        }
    }

    #[test]
    fn sentences_keep_their_language() {
        for line in [
            "",
            "import taxes are rising",
            "From here we import goods",
            "class, open your books",
            "Let x be a number",
            "SELECT your size and colour",
            "return to sender",
            "git is a version control system",
            "make sure to call",
            "make it happen",
            "yarn and needles",
            "los que (a juicio del comité de la empresa) sean aptos para el puesto;",
            "b) la renta (anual);",
            "Hola {nombre}",
            "{{ sin cerrar",
            "<b>Nota</b>",
            "a & b",
            "El total es = 5",
            "Usa main() para empezar el programa que escribiste ayer por la tarde",
            "[nota: véase abajo]",
            "$5 off your next order",
        ] {
            assert!(!is_neutral(line), "{line:?}");
        }
    }
}
