//! `limpio.toml`.

use crate::harness::{BOX, PROSE, Place};

#[test]
fn the_nearest_file_upward_holds_and_flags_win() {
    let place = Place::with(&[
        ("limpio.toml", "quotes = \"straight\"\n"),
        ("deep/er/a.txt", "“a”\n"),
        ("other.toml", "[normalize]\ndashes = \"ascii\"\n"),
    ]);
    let run = |args: &[&str]| {
        let mut command = place.command(args);
        let run: crate::harness::Run =
            command.current_dir(place.path("deep/er")).output().unwrap().into();
        run.exits(0).text().to_owned()
    };
    assert_eq!(run(&["clean", "a.txt"]), "\"a\"\n");
    assert_eq!(run(&["clean", "a.txt", "--quotes", "keep"]), "“a”\n");
    assert_eq!(run(&["clean", "a.txt", "--config", "../../other.toml"]), "“a”\n");
    let mut command = place.command(&["clean", "deep/er/a.txt"]);
    command.env("LIMPIO_CONFIG", "other.toml");
    assert_eq!(command.output().unwrap().stdout, "“a”\n".as_bytes());
}

#[test]
fn tables_lists_and_paths_are_understood() {
    let place = Place::with(&[
        (
            "project/limpio.toml",
            "level = \"cautious\"\nskip = [\"spam\"]\n\
             rules = { files = [\"rules/mine.toml\"], disable = [\"newsletter\"] }\n\
             jsonl = { text = \"body\", id = \"url\" }\n\
             normalize = { zero_width = \"keep\", blank-lines = \"keep\" }\n",
        ),
        (
            "project/rules/mine.toml",
            "[[rule]]\nid = \"mine.promo\"\ncategory = \"ad\"\nphrases = [\"rebajas de otoño\"]\n\
             at = \"line-start\"\nweight = 1.0\nexamples = [\"Rebajas de otoño\"]\n",
        ),
    ]);
    let input = format!("{PROSE}\n\nRebajas de otoño\n{BOX}");
    let record = serde_json::json!({ "url": "u", "body": input }).to_string();
    let config = ["--config", "project/limpio.toml"];
    let args = [&["clean", "--format", "jsonl"][..], &config].concat();
    let run = place.pipe(&args, record).exits(0);
    let body = run.records()[0]["body"].as_str().unwrap().to_owned();
    assert!(!body.contains("Rebajas"), "{body}");
    assert!(body.contains("newsletter"), "{body}");
    assert!(body.contains("\n\n\n"), "{body}");
    // The rules of file and command line add up; a flag that rules a setting out wins.
    let args =
        [&["clean", "--disable", "mine.promo", "--only", "boilerplate"][..], &config].concat();
    assert!(place.pipe(&args, &input).exits(0).text().contains("Rebajas"));
}

#[test]
fn what_is_wrong_is_said_with_file_and_line() {
    for (text, says) in [
        ("levle = 1\n", "limpio.toml:1: unknown key `levle`: did you mean `level`?"),
        ("\n\nlevel = \"mild\"\n", "limpio.toml:3: level: "),
        ("level = \n", "limpio.toml:1: "),
        ("normalize = { qoutes = \"keep\" }\n", "did you mean `quotes`?"),
        ("\nlevel = \"BALANCED\"", ":2: level: unknown value `BALANCED`: did you mean `balanced`?"),
        (
            "rules = { disable = [\"nope\"] }\n",
            "limpio.toml:1: disable: unknown rule or category `nope`",
        ),
        ("[rules]\nfiles = [\"none.toml\"]\n", "limpio.toml:2: rules: "),
        ("encoding = \"klingon\"\n", "limpio.toml:1: encoding: unknown encoding `klingon`"),
        ("langs = []\n", "limpio.toml:1: langs: an empty list"),
        (
            "only = [\"spam\"]\nskip = [\"spam\"]\n",
            "limpio.toml:2: skip: cannot be used with `only` of line 1",
        ),
        ("[jsonl]\ntext = \"\"\n", "limpio.toml:2: text-field: "),
    ] {
        let place = Place::with(&[("limpio.toml", text), ("a.txt", "Hola.\n")]);
        place.run(&["clean", "a.txt"]).exits(2).says(says);
    }
    let place = Place::with(&[("a.txt", "Hola.\n")]);
    place.run(&["clean", "a.txt", "--config", "none.toml"]).exits(2).says("none.toml");
}
