//! Options, usage and exit status.

use crate::harness::{BOX, PROSE, Place};

#[test]
fn wrong_usage_is_two_and_says_what_is_meant() {
    for (args, says) in [
        (&["clean", "nope.txt"][..], "nope.txt: no such file"),
        (&["clean", "a.txt", "--only", "mojibak"], "mojibake"),
        (&["clean", "a.txt", "--skip", "spam,boilerplat"], "boilerplate"),
        (&["clean", "a.txt", "--only", "spam", "--skip", "spam"], "cannot be used with"),
        (&["clean", "a.txt", "--level", "mild"], "balanced"),
        (&["clean", "a.txt", "--langs", "xx"], "xx"),
        (&["clean", "a.txt", "--langs", ""], "langs"),
        (&["clean", "a.txt", "--langs", "none"], "none"),
        (&["clean", "a.txt", "--encoding", "utf8x"], "utf8x"),
        (&["clean", "a.txt", "--disable", "wp.leave-a-repli"], "wp.leave-a-reply"),
        (&["clean", "a.txt", "--rules", "none.toml"], "none.toml"),
        (&["clean", "a.txt", "--rules", "empty.toml"], "no rule"),
        (&["clean", "a.txt", "--rules", "bad.toml"], "bad.toml:1: "),
        (&["clean", "a.txt", "-j", "0"], "jobs"),
        (&["clean", "a.txt", "-g", "[a"], "glob"),
        (&["clean", "a.txt", "--form", "nfd"], "nfkc"),
        (&["clean", "a.txt", "--tolerate", "few"], "tolerate"),
        (&["clean", "a.txt", "--annotate"], "--annotate"),
        (&["clean", "a.txt", "-0"], "files-from"),
        (&["clean", "-", "-", "-o", "out"], "named twice"),
        (&["clean", "--shard", "1/2", "-"], "--shard"),
        (
            &["clean", "a.txt", "--level", "BALANCED"],
            "--level: unknown value `BALANCED`: did you mean `balanced`?",
        ),
        (&["clean", "a.txt", "--disable", "WP.LEAVE-A-REPLY"], "did you mean `wp.leave-a-reply`?"),
        (&["clean", "a.txt", "--disable", "xyzzy-plugh-quux"], "see `limpio rules list`"),
        (&["clean", "a.txt", "--disable", "language.not-kept"], "--langs"),
        (&["clean", "a.txt", "--lern"], "limpio: unexpected argument `--lern`"),
        (&["a.txt"], "did you mean `limpio clean a.txt`?"),
        (&["-"], "did you mean `limpio clean -`?"),
        (
            &["clean", "a.txt", "--hlep"],
            "Usage: limpio clean [OPTIONS] [PATH]...\nFor more, see `limpio clean --help`.",
        ),
        (&["rules", "show"], "Usage: limpio rules show [OPTIONS] <ID>"),
        (&["clean", "a.txt", "--disable", ""], "--disable: a value is missing"),
        (&["cleen"], "limpio: unknown command `cleen`: did you mean `clean`?"),
        (&[], "Usage"),
    ] {
        let place = Place::with(&[
            ("a.txt", "Hola.\n"),
            ("empty.toml", "# nothing\n"),
            ("bad.toml", "[[rule]]\nidd = \"x\"\n"),
        ]);
        let run = place.run(args).exits(2).says(says);
        assert_eq!(run.text(), "", "{args:?}");
        assert!(!place.has("out"));
    }
}

#[test]
fn stages_can_be_chosen() {
    let place = Place::new();
    let input = format!("{PROSE}La seÃ±al.  \n{BOX}");
    let clean =
        |args: &[&str]| place.pipe(&[&["clean"], args].concat(), &input).exits(0).text().to_owned();
    assert_eq!(clean(&[]), format!("{PROSE}La señal.\n"));
    assert_eq!(clean(&["--only", "mojibake"]), format!("{PROSE}La señal.  \n{BOX}"));
    assert_eq!(clean(&["--only", "normalize"]), format!("{PROSE}La seÃ±al.\n{BOX}"));
    assert_eq!(clean(&["--skip", "boilerplate,spam"]), format!("{PROSE}La señal.\n{BOX}"));
    let none = ["--skip", "mojibake,normalize,boilerplate,spam"];
    assert_eq!(clean(&none), input);
}

#[test]
fn folding_is_opt_in() {
    let place = Place::new();
    for (args, input, clean) in [
        (&["--quotes", "straight"][..], "“a” ‘b’", "\"a\" 'b'"),
        (&["--dashes", "ascii"], "a – b", "a - b"),
        (&["--emoji", "strip"], "hola 😀", "hola"),
        (&["--hyphens", "join"], "inter-\nnational law", "international\nlaw"),
        (&["--hyphens", "join"], "inter\u{ad}\nnational law", "international\nlaw"),
        (&[], "inter-\nnational law", "inter-\nnational law"),
        (&["--spaces", "keep"], "a\u{a0}b", "a\u{a0}b"),
        (&["--blank-lines", "keep"], "a\n\n\nb", "a\n\n\nb"),
        (&["--form", "nfkc"], "ﬁn", "fin"),
        (&["--form", "keep"], "n\u{303}", "n\u{303}"),
        (&["--zero-width", "keep"], "a\u{200b}b", "a\u{200b}b"),
        (&["--bidi", "strip"], "a\u{202e}b", "ab"),
        (&["--entities", "keep"], "a &amp; b", "a &amp; b"),
        (&["--entities", "decode"], "<b>&ntilde;</b>", "<b>ñ</b>"),
        (&[], "“a” – 😀 a\u{a0}b n\u{303}", "“a” – 😀 a b ñ"),
        (&["--encoding", "utf-8"], "ñ", "ñ"),
    ] {
        let run = place.pipe(&[&["clean"], args].concat(), input).exits(0);
        assert_eq!(run.text(), clean, "{args:?}");
    }
    let run = place.pipe(&["clean", "--encoding", "windows-1252"], b"se\xf1al\n").exits(0);
    assert_eq!(run.text(), "señal\n");
}

#[test]
fn own_rules_add_and_built_in_ones_go() {
    let place = Place::with(&[(
        "mine.toml",
        "[[rule]]\nid = \"mine.promo\"\ncategory = \"ad\"\nphrases = [\"rebajas de otoño\"]\n\
         at = \"line-start\"\nexamples = [\"Rebajas de otoño: hasta el 50 %\"]\n",
    )]);
    let input = format!("{PROSE}Rebajas de otoño: todo al 50 %\n");
    let run = place.pipe(&["clean", "--rules", "mine.toml"], &input).exits(0);
    assert_eq!(run.text(), PROSE);
    let run = place.pipe(&["clean", "--rules", "mine.toml", "--disable", "ad"], &input).exits(0);
    assert_eq!(run.text(), input);
    let input = format!("{PROSE}{BOX}");
    let run = place.pipe(&["clean", "--disable", "newsletter"], &input).exits(0);
    assert!(run.text().contains("newsletter"));
}

#[test]
fn lines_in_other_languages_can_go() {
    let place = Place::new();
    let english = "The morning train was late again, so we walked along the river and talked.\n";
    let input = format!("{PROSE}{english}");
    assert_eq!(place.pipe(&["clean", "--langs", "es"], &input).exits(0).text(), PROSE);
    assert_eq!(place.pipe(&["clean", "--langs", "en"], &input).exits(0).text(), english);
    assert_eq!(place.pipe(&["clean", "--langs", "es,en"], &input).exits(0).text(), input);
}

#[test]
fn failures_can_be_tolerated() {
    let place = Place::with(&[("a.jsonl", "1\n{\"text\":\"a\"}\n2\n")]);
    for (tolerated, status) in [("0", 1), ("1", 1), ("2", 0), ("all", 0)] {
        place.run(&["clean", "a.jsonl", "--tolerate", tolerated]).exits(status);
    }
}

#[test]
fn quiet_says_only_what_failed() {
    let place = Place::with(&[("in/a.jsonl", "roto\n")]);
    place.write("in/b.bin", b"\x00");
    let run = place.run(&["clean", "in", "-o", "out", "-q"]).exits(1);
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    let run = place.run(&["clean", "in", "-o", "out", "-v", "--overwrite"]).exits(1);
    assert!(run.stderr.lines().count() > 2, "{}", run.stderr);
}

#[test]
fn helpers_for_packagers() {
    let place = Place::new();
    assert!(place.run(&["man"]).exits(0).text().contains(".TH limpio"));
    for shell in ["bash", "zsh", "fish"] {
        assert!(place.run(&["completions", shell]).exits(0).text().contains("limpio"));
    }
    assert_eq!(
        place.run(&["-V"]).exits(0).text(),
        concat!("limpio ", env!("CARGO_PKG_VERSION"), "\n")
    );
    assert!(place.run(&["--version"]).exits(0).text().lines().count() > 1);
    assert!(place.run(&["clean", "--help"]).exits(0).text().contains("--output"));
}

#[test]
fn colours_only_where_they_are_wanted() {
    let place = Place::with(&[("a.txt", "La seÃ±al.\n")]);
    let coloured = |args: &[&str]| place.run(args).exits(0).text().contains('\u{1b}');
    assert!(!coloured(&["explain", "a.txt"]));
    assert!(coloured(&["explain", "a.txt", "--color", "always"]));
    assert!(!coloured(&["explain", "a.txt", "--color", "never"]));
    assert!(coloured(&["clean", "--diff", "a.txt", "--color", "always"]));
}

#[test]
fn settings_that_can_do_nothing_are_errors() {
    for (args, says) in [
        (&["clean", "a.txt", "--text-field", "body"][..], "--text-field"),
        (&["clean", "in", "-o", "out", "--id-field", "url"], "--id-field"),
        (&["clean", "-", "--text-field", "body"], "--format jsonl"),
        (&["clean", "a.jsonl", "--format", "text", "--text-field", "body"], "--text-field"),
        (&["explain", "a.txt", "--text-field", "body"], "--text-field"),
        (&["langs", "a.txt", "--text-field", "body"], "--text-field"),
        (&["clean", "a.jsonl", "--text-field", ""], "--text-field: a value is missing"),
        (&["clean", "a.txt", "--resume"], "-o DIR"),
        (&["clean", "a.txt", "--overwrite"], "-o DIR"),
        (&["clean", "-", "-g", "*.txt"], "--glob"),
        (&["clean", "-", "--hidden"], "--hidden"),
        (&["clean", "a.txt", "--only", "mojibake", "--disable", "ad"], "--disable"),
        (&["explain", "a.txt", "--skip", "boilerplate,spam", "--rules", "r.toml"], "--rules"),
        (&["explain", "a.txt", "-C", "2"], "--only-dropped"),
    ] {
        let place = Place::with(&[
            ("a.txt", "Hola.\n"),
            ("a.jsonl", "{\"body\":\"Hola.\"}\n"),
            ("in/a.txt", "Hola.\n"),
        ]);
        let run = place.run(args).exits(2).says(says);
        assert_eq!(run.text(), "", "{args:?}");
        assert!(run.stderr.starts_with("limpio: "), "{}", run.stderr);
        assert!(!place.has("out"), "{args:?}");
    }
    let place = Place::with(&[("in/a.jsonl", "{\"body\":\"Hola.\"}\n"), ("in/b.txt", "Ya.\n")]);
    place.run(&["clean", "in", "-o", "out", "--text-field", "body"]).exits(0);
    place
        .pipe(&["explain", "--format", "jsonl", "--text-field", "body"], "{\"body\":\"a\"}")
        .exits(0);
    // A settings file is for many runs.
    place.write(
        "limpio.toml",
        "jsonl = { text = \"body\" }\nglob = [\"*.txt\"]\noverwrite = true\n",
    );
    place.pipe(&["clean"], "Hola.\n").exits(0);
}

#[test]
fn help_is_an_output_like_any_other() {
    let place = Place::with(&[]);
    for args in [&["--help"][..], &["-h"], &["help"], &["help", "clean"], &["--version"], &["-V"]] {
        assert!(!place.run(args).exits(0).text().is_empty());
        if cfg!(target_os = "linux") {
            let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
            let mut command = place.command(args);
            command.stdout(full).stderr(std::process::Stdio::piped());
            let run: crate::harness::Run =
                command.spawn().unwrap().wait_with_output().unwrap().into();
            run.exits(1).says("limpio: standard output: no space left on device");
        }
    }
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert!(place.command(&["clean", "--help"]).stdout(writer).status().unwrap().success());
}

#[test]
fn colours_of_help_and_errors_follow_the_option() {
    let place = Place::new();
    let coloured = |args: &[&str]| {
        let run = place.run(args);
        run.text().contains('\u{1b}') || run.stderr.contains('\u{1b}')
    };
    assert!(coloured(&["--help", "--color", "always"]));
    for args in [&["--help", "--color", "never"][..], &["--color=never", "cleen"], &[], &["-h"]] {
        assert!(!coloured(args), "{args:?}");
    }
}

#[test]
fn the_help_of_clean_and_the_manual_tell_what_scripts_need() {
    let place = Place::new();
    let help = place.run(&["clean", "--help"]).exits(0);
    for says in ["Exit status:", "  130  interrupted", "repeatable", "limpio clean page.txt --diff"]
    {
        assert!(help.text().contains(says), "{says}");
    }
    let page = place.run(&["man"]).exits(0);
    for says in [".SH EXIT STATUS", ".SH ENVIRONMENT", ".SH FILES", ".SH EXAMPLES", "LIMPIO_CONFIG"]
    {
        assert!(page.text().contains(says), "{says}");
    }
    assert!(!page.text().contains("limpio\\-clean(1)"));
}
