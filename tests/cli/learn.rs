//! `limpio learn` and `clean --learn`: what a template adds to a site's pages, and nothing else.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::harness::Place;

/// Pages of a made-up site: a head, an article that no other page has, and a foot.
struct Site {
    name: &'static str,
    head: &'static [&'static str],
    foot: &'static [&'static str],
}

const FARO: Site = Site {
    name: "faro.example",
    head: &["El Faro", "Portada", "Mareas y vientos"],
    foot: &["El rincón del calafate", "Tablón de los pescadores", "Aviso del patrón mayor"],
};

const HARBOUR: Site = Site {
    name: "harbour.example",
    head: &["The Harbour", "Ferries", "Mareas y vientos"],
    foot: &["From the crow's nest", "Ropes and knots"],
};

const WORDS: &[&str] = &[
    "barca", "niebla", "puerto", "gaviota", "red", "marea", "muelle", "viento", "ancla", "remo",
    "cuerda", "faro", "playa", "roca", "vela", "sal", "arena", "timón", "proa", "popa", "casa",
    "camino", "monte", "campana", "plaza", "fuente", "piedra", "sombra", "mercado", "carta",
];

/// Words that depend on the seed alone.
fn words(seed: u64, count: usize) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        WORDS[(state % WORDS.len() as u64) as usize]
    };
    (0..count).map(|_| next()).collect::<Vec<_>>().join(" ")
}

/// An article: a title and paragraphs.
fn article(seed: u64) -> String {
    let mut text = format!("La {} número {}\n", words(seed, 3), words(seed + 7, 2));
    for paragraph in 0..3 {
        text += &format!("El {}.\n", words(seed * 31 + paragraph, 30));
    }
    text
}

impl Site {
    fn page(&self, number: u64) -> String {
        self.page_of(&article(number + 1000 * self.name.len() as u64), number)
    }

    /// A page with this article, whatever its number.
    fn page_of(&self, article: &str, number: u64) -> String {
        let day = number % 28 + 1;
        let month = ["enero", "marzo", "mayo", "agosto"][number as usize % 4];
        let head = self.head.join("\n");
        let foot = self.foot.join("\n");
        format!(
            "{head}\nPublicado el {day} de {month} de 2024\n{article}{foot}\nHace {day} horas\n"
        )
    }

    /// A page without what the template adds.
    fn bare(&self, number: u64) -> String {
        article(number + 1000 * self.name.len() as u64)
    }

    fn record(&self, number: u64) -> String {
        let url = format!("https://www.{}/{number}", self.name);
        json!({"id": number, "url": url, "text": self.page(number)}).to_string() + "\n"
    }
}

fn place_with(sites: &[(&Site, u64)]) -> Place {
    let place = Place::new();
    for (site, pages) in sites {
        for number in 0..*pages {
            place.write(&format!("crawl/{}/{number:02}.txt", site.name), site.page(number));
        }
    }
    place
}

fn rules(place: &Place, name: &str) -> Vec<toml::Value> {
    let table: toml::Table = toml::from_str(&place.read(name)).expect("TOML");
    table.get("rule").and_then(|rules| rules.as_array()).cloned().unwrap_or_default()
}

fn phrases(place: &Place, name: &str, site: &str) -> Vec<String> {
    let of_site = |rule: &&toml::Value| rule["sites"][0].as_str() == Some(site);
    let mut phrases: Vec<String> = rules(place, name)
        .iter()
        .filter(of_site)
        .flat_map(|rule| rule["phrases"].as_array().cloned().unwrap_or_default())
        .filter_map(|phrase| phrase.as_str().map(str::to_owned))
        .collect();
    phrases.sort();
    phrases
}

/// The lines that the template of FARO adds to every page.
fn faro_phrases() -> Vec<String> {
    let slots = ["Publicado el {n} de {month} de {n}", "Hace {n} horas"];
    let mut phrases: Vec<String> = FARO
        .head
        .iter()
        .chain(FARO.foot)
        .chain(&slots)
        .map(|phrase| (*phrase).to_owned())
        .collect();
    phrases.sort();
    phrases
}

#[test]
fn a_template_is_learned_and_goes_and_articles_stay_to_the_letter() {
    let place = place_with(&[(&FARO, 12), (&HARBOUR, 5)]);
    place.run(&["learn", "crawl", "-o", "learned.toml"]).exits(0);
    assert_eq!(phrases(&place, "learned.toml", FARO.name), faro_phrases());
    assert_eq!(phrases(&place, "learned.toml", HARBOUR.name).len(), 7);
    for rule in rules(&place, "learned.toml") {
        let of = if rule["sites"][0].as_str() == Some(FARO.name) { 12 } else { 5 };
        assert_eq!(rule["seen"]["documents"].as_integer(), Some(of));
        assert_eq!(rule["seen"]["of"].as_integer(), Some(of));
    }
    place.run(&["rules", "check", "learned.toml"]).exits(0);
    place.run(&["clean", "crawl", "-o", "clean", "--rules", "learned.toml"]).exits(0);
    for (site, pages) in [(&FARO, 12), (&HARBOUR, 5)] {
        for number in 0..pages {
            let name = format!("clean/{}/{number:02}.txt", site.name);
            assert_eq!(place.read(&name), site.bare(number), "{name}");
        }
    }
}

#[test]
fn what_one_site_repeats_stays_on_another() {
    let place = place_with(&[(&FARO, 12)]);
    place.run(&["learn", "crawl", "-o", "learned.toml"]).exits(0);
    let page = "Portada\nMareas y vientos\nUna novela de la costa\n";
    place.write("other/libros.example/1.txt", page);
    let run = place.run(&["clean", "other", "-o", "clean", "--rules", "learned.toml"]).exits(0);
    run.says("no document is of a site that a rule names, such as `faro.example`");
    assert_eq!(place.read("clean/libros.example/1.txt"), page);
    let run = place.run(&[
        "clean",
        "other/libros.example/1.txt",
        "--rules",
        "learned.toml",
        "--site",
        FARO.name,
    ]);
    assert_eq!(run.exits(0).text(), "Una novela de la costa\n");
}

#[test]
fn a_removal_names_rule_site_and_counts() {
    let place = place_with(&[(&FARO, 12)]);
    place.write("crawl/faro.example/99.txt", article(99));
    place.run(&["learn", "crawl", "-o", "learned.toml"]).exits(0);
    let run = place.run(&[
        "clean",
        "crawl",
        "-o",
        "clean",
        "--rules",
        "learned.toml",
        "--removed",
        "removed.jsonl",
    ]);
    run.exits(0);
    let removed = crate::harness::records(place.read("removed.jsonl").as_bytes());
    let reason = "in 12 of 13 documents of faro.example";
    let is_learned = |rule: &Value| rule.as_str().unwrap().starts_with("learned.faro.example.");
    let learned: Vec<&Value> =
        removed.iter().filter(|record| is_learned(&record["rule"])).collect();
    assert!(learned.iter().all(|record| record["reason"] == reason), "{learned:#?}");
    let foot = FARO.foot[..2].join("\n");
    let with_foot =
        learned.iter().filter(|record| record["text"].as_str().unwrap().contains(&foot));
    assert_eq!(with_foot.count(), 12, "{learned:#?}");
    let page = "crawl/faro.example/01.txt";
    let run = place.run(&["explain", page, "--rules", "learned.toml", "--format", "jsonl"]);
    assert_eq!(run.exits(0).records()[0]["lines"][0]["reason"], reason);
}

#[test]
fn a_line_is_called_after_the_rule_that_knows_it_or_its_neighbour() {
    let site = Site {
        name: "boletin.example",
        head: &["Cuaderno de bitácora", "Índice de vientos"],
        foot: &["Suscríbete a nuestro boletín", "Una carta cada luna llena", "Y nada más que eso"],
    };
    let place = place_with(&[(&site, 6)]);
    place.run(&["learn", "crawl", "-o", "learned.toml"]).exits(0);
    let category = |phrase: &str| {
        let holds = |rule: &&toml::Value| rule["phrases"].to_string().contains(phrase);
        let rules = rules(&place, "learned.toml");
        let rule = rules.iter().find(holds).unwrap_or_else(|| panic!("{phrase}"));
        rule["category"].as_str().unwrap().to_owned()
    };
    assert_eq!(category("Suscríbete a nuestro boletín"), "newsletter");
    assert_eq!(category("Una carta cada luna llena"), "newsletter");
    assert_eq!(category("Cuaderno de bitácora"), "duplicate");
}

#[test]
fn a_few_pages_prove_nothing() {
    let place = place_with(&[(&FARO, 3)]);
    let run = place.run(&["learn", "crawl", "-o", "learned.toml"]).exits(0);
    run.says("nothing was learned").says("3 documents on the largest");
    assert!(rules(&place, "learned.toml").is_empty());
    // A script that learns and then cleans goes on.
    place.run(&["rules", "check", "learned.toml"]).exits(0);
    place.run(&["clean", "crawl", "-o", "ruled", "--rules", "learned.toml"]).exits(0);
    place.run(&["clean", "crawl", "-o", "clean", "--learn"]).exits(0).says("nothing was learned");
    place.run(&["clean", "crawl", "-o", "plain"]).exits(0);
    let page = "faro.example/01.txt";
    assert_eq!(place.read(&format!("clean/{page}")), place.read(&format!("plain/{page}")));
    assert!(place.read(&format!("clean/{page}")).contains(FARO.foot[1]));
    place.run(&["learn", "crawl", "-o", "two.toml", "--min-documents", "3"]).exits(0);
    assert_eq!(phrases(&place, "two.toml", FARO.name), faro_phrases());
}

#[test]
fn copies_of_one_article_do_not_make_a_template_of_it() {
    let place = place_with(&[(&FARO, 8)]);
    let copied = article(77);
    for number in 0..8 {
        // Near copies: another day, another comment.
        let comment = format!("Lo firma {}\n", words(number + 500, 4));
        let page = FARO.page_of(&format!("{copied}{comment}"), number);
        place.write(&format!("crawl/faro.example/copy{number}.txt"), page);
    }
    place.run(&["learn", "crawl", "-o", "learned.toml"]).exits(0);
    assert_eq!(phrases(&place, "learned.toml", FARO.name), faro_phrases());
}

#[test]
fn headings_that_many_articles_have_stand_alone_and_stay() {
    let place = Place::new();
    for number in 0..10 {
        let lines: Vec<String> = (0..4).map(|n| words(number * 9 + n, 4)).collect();
        let recipe = format!(
            "{}\nEl {}.\nIngredientes\n{}\n{}\nPreparación\nEl {}.\n",
            words(number + 50, 3),
            words(number + 60, 25),
            lines[0],
            lines[1],
            words(number + 70, 25)
        );
        place.write(&format!("crawl/faro.example/{number}.txt"), FARO.page_of(&recipe, number));
    }
    for level in ["balanced", "aggressive"] {
        // The line model has its own opinion of texts of random words.
        let args = ["clean", "crawl", "-o", level, "--learn", "--level", level];
        place.run(&[&args[..], &["--disable", "model.line"]].concat()).exits(0);
        let clean = place.read(&format!("{level}/faro.example/3.txt"));
        assert!(clean.contains("\nIngredientes\n") && clean.contains("\nPreparación\n"), "{clean}");
        assert!(!clean.contains("Portada") && !clean.contains("Tablón"), "{clean}");
    }
    place.run(&["learn", "crawl", "-o", "learned.toml"]).exits(0);
    assert!(place.read("learned.toml").contains("stands alone in the text of 10: Ingredientes\n"));
}

#[test]
fn records_are_of_the_host_of_their_url_or_of_a_field() {
    let place = Place::new();
    let mut records: String = (0..6).map(|n| FARO.record(n)).collect();
    records += &(0..6).map(|n| HARBOUR.record(n)).collect::<String>();
    place.write("pages.jsonl", &records);
    place.run(&["learn", "pages.jsonl", "-o", "hosts.toml"]).exits(0);
    assert_eq!(phrases(&place, "hosts.toml", FARO.name), faro_phrases());
    assert_eq!(phrases(&place, "hosts.toml", HARBOUR.name).len(), 7);
    let run = place.run(&["clean", "pages.jsonl", "--rules", "hosts.toml"]).exits(0);
    for (at, record) in run.records().iter().enumerate() {
        let site = if at < 6 { &FARO } else { &HARBOUR };
        assert_eq!(record["text"], Value::from(site.bare(at as u64 % 6)));
    }
    // By a field of another name; records without it are of the folder, here of none.
    place.write("named.jsonl", records.replace("\"url\":", "\"domain\":"));
    place.run(&["learn", "named.jsonl", "-o", "no.toml"]).exits(0);
    assert!(place.read("no.toml").contains("\nsites = [\"-\"]\n"));
    place.run(&["learn", "named.jsonl", "-o", "d.toml", "--site-field", "domain"]).exits(0);
    assert_eq!(place.read("d.toml"), place.read("hosts.toml"));
    place
        .run(&["learn", "named.jsonl", "-o", "x.toml", "--site-field", "host"])
        .exits(2)
        .says("no record has a field `host`");
    assert!(!place.has("x.toml"));
}

#[test]
fn the_file_is_the_same_for_any_order_threads_memory_and_packing() {
    let place = Place::new();
    let records: Vec<String> =
        (0..40).map(|n| FARO.record(n)).chain((0..9).map(|n| HARBOUR.record(n))).collect();
    place.write("a.jsonl", records.concat());
    let mut shuffled = records.clone();
    shuffled.sort_by_key(|record| limpio::stable_hash(record.as_bytes()));
    place.write("b.jsonl", shuffled.concat());
    let (one, two) = shuffled.split_at(20);
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(one.concat().as_bytes()).unwrap();
    place.write("c/1.jsonl.gz", packer.finish().unwrap());
    place.write("c/2.jsonl.zst", zstd::encode_all(two.concat().as_bytes(), 1).unwrap());
    place.run(&["learn", "a.jsonl", "-o", "a.toml", "-j", "1"]).exits(0);
    assert!(!rules(&place, "a.toml").is_empty());
    for (input, out, more) in [
        ("a.jsonl", "1.toml", &["-j", "8"][..]),
        ("b.jsonl", "2.toml", &["-j", "1"]),
        ("b.jsonl", "3.toml", &["-j", "3", "--memory", "4M"]),
        ("c", "4.toml", &["-j", "4"]),
    ] {
        place.run(&[&["learn", input, "-o", out], more].concat()).exits(0);
        assert_eq!(place.read(out), place.read("a.toml"), "{input} {more:?}");
    }
}

#[test]
fn learning_and_cleaning_in_one_go_is_the_same_as_one_after_the_other() {
    let place = place_with(&[(&FARO, 10), (&HARBOUR, 6)]);
    place.run(&["learn", "crawl", "-o", "learned.toml"]).exits(0);
    place.run(&["clean", "crawl", "-o", "two", "--rules", "learned.toml"]).exits(0);
    place.run(&["clean", "crawl", "-o", "one", "--learn", "--report", "r.jsonl"]).exits(0);
    let files = place.files("one");
    assert_eq!((files.len(), &files), (16, &place.files("two")));
    for file in &files {
        assert_eq!(place.read(&format!("one/{file}")), place.read(&format!("two/{file}")));
    }
    let report = crate::harness::records(place.read("r.jsonl").as_bytes());
    assert_eq!(report.last().unwrap()["run"]["settings"]["learn"], true);
    // Every shard learns from all of them.
    for shard in ["1/3", "2/3", "3/3"] {
        place.run(&["clean", "crawl", "-o", "parts", "--learn", "--shard", shard]).exits(0);
    }
    assert_eq!(place.files("parts"), files);
    for file in &files {
        assert_eq!(place.read(&format!("one/{file}")), place.read(&format!("parts/{file}")));
    }
}

#[test]
fn what_was_learned_is_part_of_what_resume_compares() {
    let place = place_with(&[(&FARO, 8)]);
    let clean = ["clean", "crawl", "-o", "clean", "--learn", "--resume", "-v"];
    place.run(&clean).exits(0);
    place.run(&clean).exits(0).says("00.txt: clean already");
    for number in 8..10 {
        place.write(&format!("crawl/faro.example/{number:02}.txt"), FARO.page(number));
    }
    let run = place.run(&clean).exits(0);
    // The counts changed and nothing else did, but a new line could have come.
    assert!(run.stderr.contains("00.txt: utf-8"), "{}", run.stderr);
}

#[test]
fn records_that_cannot_be_read_are_named_and_the_others_count() {
    let place = Place::new();
    let mut records: String = (0..8).map(|n| FARO.record(n)).collect();
    records.insert_str(0, "roto\n");
    place.write("pages.jsonl", &records);
    let run = place.run(&["learn", "pages.jsonl", "-o", "l.toml"]).exits(1);
    assert_eq!(run.stderr.matches("pages.jsonl:1: record not read").count(), 1, "{}", run.stderr);
    assert_eq!(phrases(&place, "l.toml", FARO.name), faro_phrases());
    place.write("cut.jsonl.gz", b"\x1f\x8b\x08\0\0");
    place
        .run(&["learn", "pages.jsonl", "cut.jsonl.gz", "-o", "m.toml"])
        .exits(1)
        .says("cut.jsonl.gz: ");
    assert_eq!(place.read("m.toml"), place.read("l.toml"));
}

#[test]
fn binary_and_empty_files_are_no_documents_of_a_site() {
    let place = place_with(&[(&FARO, 5)]);
    place.run(&["learn", "crawl", "-o", "l.toml"]).exits(0);
    for number in 0..20_u8 {
        let name = |kind: &str| format!("crawl/faro.example/{kind}{number}");
        place
            .write(&name("binary"), [b"Portada\nMareas y vientos\n\0\x01", &[number][..]].concat());
        place.write(&name("late"), [&b"Portada\n"[..], &vec![b'x'; 100_000], b"\n\0"].concat());
        place.write(&name("empty"), "");
        place.write(&name("marks"), "***\n\n--- 3 ---\n");
    }
    place.run(&["learn", "crawl", "-o", "m.toml"]).exits(0);
    assert_eq!(place.read("m.toml"), place.read("l.toml"));
}

#[test]
fn inputs_that_can_be_read_once_are_wrong_usage() {
    let place = place_with(&[(&FARO, 5)]);
    for args in [
        &["learn", "-", "-o", "l.toml"][..],
        &["learn", "-o", "l.toml"],
        &["clean", "-", "--learn"],
        &["clean", "--learn"],
    ] {
        place.pipe(args, FARO.page(1)).exits(2).says("read");
    }
    #[cfg(unix)]
    {
        let fifo = place.path("pipe");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        assert!(made.is_ok_and(|status| status.success()));
        place.run(&["learn", "pipe", "-o", "l.toml"]).exits(2).says("can be read once");
    }
    assert!(!place.has("l.toml"));
}

#[test]
fn a_rule_file_is_not_lost_and_idle_settings_are_errors() {
    let place = place_with(&[(&FARO, 5)]);
    place.run(&["learn", "crawl"]).exits(2).says("-o RULES.toml is missing");
    place.write("l.toml", "# edited\n");
    place.run(&["learn", "crawl", "-o", "l.toml"]).exits(2).says("--overwrite");
    assert_eq!(place.read("l.toml"), "# edited\n");
    place.run(&["learn", "crawl", "-o", "l.toml", "--overwrite"]).exits(0);
    let text = place.run(&["learn", "crawl", "-o", "-"]).exits(0);
    assert_eq!(text.text(), place.read("l.toml"));
    place.run(&["learn", "crawl", "-o", "crawl"]).exits(2).says("is a folder");
    place.write("a.jsonl", FARO.record(1));
    place
        .run(&["learn", "a.jsonl", "-o", "m.toml", "--id-field", "url"])
        .exits(2)
        .says("--id-field: ");
    place.run(&["learn", "none", "-o", "m.toml"]).exits(2).says("none: ");
    for (args, says) in [
        (&["--min-documents", "6"][..], "--min-documents: is about what is learned: add --learn"),
        (&["--memory", "2G"], "--memory: "),
        (&["--learn", "--only", "spam"], "--learn: boilerplate is off"),
        (&["--learn", "--skip", "boilerplate"], "--learn: boilerplate is off"),
        (&["--learn", "--memory", "12"], "expected a size from 1M"),
        (&["--learn", "--min-share", "0"], "expected a share"),
        (&["--learn", "--min-documents", "1"], "--min-documents"),
        (&["--learn", "--site-field", "host"], "--site-field: no input holds records"),
    ] {
        place.run(&[&["clean", "crawl", "-o", "out"], args].concat()).exits(2).says(says);
    }
    assert!(!place.has("out"));
}

#[test]
fn settings_of_a_file_hold_for_learning_too() {
    let place = place_with(&[(&FARO, 3)]);
    place.write("limpio.toml", "min-documents = 3\noutput = \"clean\"\nlevel = \"cautious\"\n");
    place.run(&["learn", "crawl", "-o", "l.toml"]).exits(0);
    assert_eq!(phrases(&place, "l.toml", FARO.name), faro_phrases());
    place.write("limpio.toml", "\nmin-share = 7\n");
    place.run(&["learn", "crawl", "-o", "m.toml"]).exits(2).says("limpio.toml:2: min-share: ");
}

#[test]
fn a_memory_that_is_too_small_is_said_and_the_commonest_lines_are_learned() {
    let place = Place::new();
    // A site of section menus: thousands of lines in a few documents each.
    for number in 0..400_u64 {
        let mut page = FARO.page(number);
        for line in 0..40 {
            page += &format!("Sección {}\n", words(number / 5 * 40 + line, 6));
        }
        place.write(&format!("crawl/faro.example/{number:03}.txt"), page);
    }
    let learn = |out: &str, memory: &str| {
        place.run(&["learn", "crawl", "-o", out, "--memory", memory, "--min-share", "1%"]).exits(0)
    };
    learn("small.toml", "1M").says("--memory is too small for this corpus");
    let small = phrases(&place, "small.toml", FARO.name);
    assert!(faro_phrases().iter().all(|phrase| small.contains(phrase)), "{small:?}");
    assert!(place.read("small.toml").contains("# The memory was too small"));
    let large = learn("large.toml", "64M");
    assert!(!large.stderr.contains("memory"), "{}", large.stderr);
    assert!(phrases(&place, "large.toml", FARO.name).len() > small.len());
}

/// Counts the parts of `crawl` in two readings; the options of the second merge, and what follows.
fn count_parts(place: &Place, shards: u64) -> (Vec<String>, Vec<String>) {
    let name = |reading: u64, shard: u64| format!("reading-{reading}-{shard}.counts");
    let count = |reading: u64, merged: &[String]| -> Vec<String> {
        let one = |shard: u64| {
            let (part, counts) = (format!("{shard}/{shards}"), name(reading, shard));
            let mut args = vec!["learn", "crawl", "--shard", &part, "--counts", &counts];
            if !merged.is_empty() {
                args.push("--merge");
                args.extend(merged.iter().map(String::as_str));
            }
            place.run(&args).exits(0);
            counts
        };
        (1..=shards).map(one).collect()
    };
    let first = count(1, &[]);
    let second = count(2, &first);
    (first, second)
}

#[test]
fn the_counts_of_shards_give_the_rules_of_one_run_to_the_byte() {
    let place = place_with(&[(&FARO, 12), (&HARBOUR, 5)]);
    let records: String = (0..9).map(|number| FARO.record(100 + number)).collect();
    place.write("crawl/more.jsonl", records);
    place.run(&["learn", "crawl", "-o", "whole.toml"]).exits(0);
    for shards in [1, 3] {
        let (first, second) = count_parts(&place, shards);
        let mut args = vec!["learn", "-v", "-o", "merged.toml", "--overwrite", "--merge"];
        // In any order.
        args.extend(second.iter().rev().chain(&first).map(String::as_str));
        let run = place.run(&args).exits(0);
        run.says("26 documents of 2 sites");
        assert_eq!(place.read("merged.toml"), place.read("whole.toml"), "{shards} shards");
        for name in first.iter().chain(&second) {
            std::fs::remove_file(place.path(name)).unwrap();
        }
    }
}

#[test]
fn counts_that_do_not_belong_together_are_refused_and_nothing_is_written() {
    let place = place_with(&[(&FARO, 12)]);
    let (first, second) = count_parts(&place, 2);
    let refused = |args: &[&str], says: &str| {
        let args: Vec<&str> = ["learn"].iter().chain(args).copied().collect();
        place.run(&args).exits(2).says(says);
        assert!(!place.path("out").exists(), "{args:?}");
    };
    let [a, b, c, d] = [&first[0], &first[1], &second[0], &second[1]].map(String::as_str);
    refused(&["-o", "out", "--merge", a, b, c], "part 2 of 2 of reading 2 is missing");
    refused(&["-o", "out", "--merge", c, d], "counts of the first reading are missing");
    refused(&["-o", "out", "--merge", a, b, b, c, d], "part 2 of reading 1 is there twice");
    refused(&["-o", "out", "--merge", a, b], "read the inputs again");
    refused(&["crawl", "-o", "out", "--merge", a, b, c, d], "no PATH is read any more");
    refused(&["-o", "out", "--min-documents", "5", "--merge", a, b, c, d], "is settled by");
    for settled in [["--text-field", "body"], ["--format", "jsonl"], ["--shard", "1/2"]] {
        let args = [&settled[..], &["-o", "out", "--merge", a, b, c, d]].concat();
        refused(&args, "is settled by the counts");
    }
    refused(&["-o", a, "--overwrite", "--merge", a, b, c, d], "would replace an input");
    refused(&["-o", "out", "--counts", "out", "--merge", a, b, c, d], "leave out -o");
    refused(&["crawl", "--counts", "out", "--shard", "1/3", "--merge", a, b], "shards is 2 there");
    refused(
        &["crawl", "--counts", "out", "--shard", "1/2", "--min-share", "0.3", "--merge", a, b],
        "min_share is 0.2 there, and 0.3 here",
    );
    refused(&["crawl", "--counts", a], "exists: add --overwrite");
    let second = ["crawl", "--shard", "1/2", "--counts", b, "--overwrite", "--merge", a, b];
    refused(&second, "would replace an input");
    place.write("no.counts", "Portada\n");
    refused(&["-o", "out", "--merge", "no.counts"], "no.counts:1: no counts");
    let whole = place.read(c);
    let cut: String = whole.split_inclusive('\n').take(3).collect();
    place.write("cut.counts", cut);
    refused(&["-o", "out", "--merge", a, b, "cut.counts", d], "cut.counts:4: the counts end here");
    place.write("odd.counts", whole.replacen("\"in_run\":", "\"in_ran\":", 1));
    refused(&["-o", "out", "--merge", a, b, "odd.counts", d], "odd.counts:2: no counts: unknown");
}
