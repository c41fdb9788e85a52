//! `limpio rules`.

use crate::harness::Place;

#[test]
fn rules_are_listed_and_filtered() {
    let place = Place::new();
    let all = place.run(&["rules", "list"]).exits(0).text().lines().count();
    let run = place.run(&["rules", "list", "--category", "comments", "--lang", "en"]).exits(0);
    let some = run.text().lines().count();
    assert!(some > 0 && some < all);
    assert!(run.text().lines().all(|line| line.split_whitespace().nth(1) == Some("comments")));
    place.run(&["rules", "list", "--category", "nope"]).exits(2);
}

#[test]
fn a_rule_is_shown_as_toml() {
    let place = Place::new();
    let run = place.run(&["rules", "show", "wp.leave-a-reply"]).exits(0);
    assert!(run.text().contains("id = \"wp.leave-a-reply\""));
    assert!(run.text().contains("counter-examples = ["));
    place.run(&["rules", "show", "wp.leave-a-repl"]).exits(2).says("wp.leave-a-reply");
}

#[test]
fn a_check_tells_everything_that_is_wrong() {
    let place = Place::with(&[
        (
            "good.toml",
            "[[rule]]\nid = \"mine.promo\"\ncategory = \"ad\"\nphrases = [\"rebajas de otoño\"]\n\
             at = \"line-start\"\nexamples = [\"Rebajas de otoño\"]\n\
             counter-examples = [\"Las rebajas de otoño empiezan.\"]\n",
        ),
        (
            "bad.toml",
            "[[rule]]\nid = \"mine.cart\"\ncategory = \"ad\"\nphrases = [\"carrito\"]\n\
             at = \"anywhere\"\ncolour = 1\nexamples = [\"Nada.\"]\n",
        ),
        ("empty.toml", ""),
    ]);
    place.run(&["rules", "check", "good.toml"]).exits(0);
    let run = place.run(&["rules", "check", "good.toml", "bad.toml"]).exits(2);
    assert!(run.stderr.lines().count() >= 2, "{}", run.stderr);
    assert!(run.stderr.lines().all(|line| line.starts_with("bad.toml:")), "{}", run.stderr);
    assert!(run.stderr.contains("mine.cart: "), "{}", run.stderr);
    place.run(&["rules", "check", "empty.toml"]).exits(2).says("no rule");
    place.run(&["rules", "check", "none.toml"]).exits(2).says("none.toml");
}

#[test]
fn the_settings_file_holds_for_rules_too() {
    let place = Place::with(&[
        ("limpio.toml", "rules = { files = [\"mine.toml\"], disable = [\"newsletter\"] }\n"),
        (
            "mine.toml",
            "[[rule]]\nid = \"mine.promo\"\ncategory = \"ad\"\nphrases = [\"rebajas de otoño\"]\n\
             at = \"line-start\"\nexamples = [\"Rebajas de otoño\"]\n",
        ),
        ("bad.toml", "levle = 1\n"),
    ]);
    let list = place.run(&["rules", "list"]).exits(0);
    let categories: Vec<&str> =
        list.text().lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert!(!categories.contains(&"newsletter") && categories.contains(&"share"));
    place.run(&["rules", "show", "mine.promo"]).exits(0);
    place.run(&["rules", "show", "mine.promo", "--disable", "mine.promo"]).exits(2);
    let args = ["rules", "list", "--disable", "share,duplicate", "--disable", "nav"];
    let list = place.run(&args).exits(0);
    assert!(!list.text().contains(" share ") && !list.text().contains(" nav "));
    assert!(!list.text().contains("duplicate.") && list.text().contains("mine.promo"));
    for command in [&["rules", "list"][..], &["rules", "show", "wp.leave-a-reply"]] {
        let args = [command, &["--config", "bad.toml"]].concat();
        place.run(&args).exits(2).says("bad.toml:1: unknown key `levle`");
    }
    place.run(&["rules", "check", "mine.toml", "--config", "bad.toml"]).exits(2).says("mine.toml:");
}

#[test]
fn what_removes_without_a_rule_is_listed_and_explained() {
    let place = Place::new();
    let list = place.run(&["rules", "list"]).exits(0);
    for id in ["duplicate.heading", "duplicate.paragraph", "language.not-kept"] {
        assert!(list.text().lines().any(|line| line.starts_with(id)), "{id}");
        let page = place.run(&["rules", "show", id]).exits(0);
        assert!(page.text().contains(&format!("id = \"{id}\"")), "{}", page.text());
    }
    let prose = crate::harness::PROSE;
    let input = format!("El faro de la costa\nEl faro de la costa\n{prose}");
    let once = place.pipe(&["clean"], &input).exits(0);
    assert_eq!(once.text().matches("El faro").count(), 1);
    let args = ["clean", "--disable", "duplicate.heading"];
    assert_eq!(place.pipe(&args, &input).exits(0).text(), input);
    let list = place.run(&["rules", "list", "--disable", "duplicate.heading"]).exits(0);
    assert!(!list.text().contains("duplicate.heading"));
    place.run(&["rules", "show", "DUPLICATE.heading"]).exits(2);
    place.run(&["rules", "show", "WP.LEAVE-A-REPLY"]).exits(2).says("did you mean `wp.leave");
}

#[test]
fn a_check_sees_what_hides_and_what_is_missing() {
    let rule = |id: &str, at: &str, phrase: &str, more: &str| {
        format!(
            "[[rule]]\nid = \"{id}\"\ncategory = \"ad\"\nphrases = [\"{phrase}\"]\nat = \"{at}\"\n{more}\
             examples = [\"{phrase}\"]\ncounter-examples = [\"Nobody said so to anyone.\"]\n"
        )
    };
    let one = rule("x.one", "line-start", "buy the widget", "");
    for (other, says) in [
        (
            rule("x.two", "line-start", "buy the widget now", ""),
            Some("shadowed by \"buy the widget\" of rule `x.one`"),
        ),
        (rule("x.two", "line", "Buy the Widget now!", ""), Some("r.toml:11: x.two: phrase")),
        (rule("x.two", "line-start", "buy the widget {x} today", "weight = 0.8\n"), Some("x.two")),
        (rule("x.two", "line-start", "buy the widgets now", ""), None),
        (rule("x.two", "line-start", "now buy the widget", ""), None),
        (rule("x.two", "line-end", "buy the widget now", ""), None),
        (rule("x.two", "line-start", "buy the widget now", "reach = \"block\"\n"), None),
        (rule("x.two", "line", "buy the widget now", "max-chars = 400\n"), None),
    ] {
        for text in [format!("{one}{other}"), format!("{other}{one}")] {
            let place = Place::with(&[("r.toml", &text)]);
            let run = place.run(&["rules", "check", "r.toml"]);
            match says {
                None => drop(run.exits(0)),
                Some(_) if text.starts_with(&other) => drop(run.exits(2).says("x.two: phrase")),
                Some(says) => drop(run.exits(2).says(says)),
            }
        }
    }
    let anywhere = rule("x.all", "anywhere", "the widget shop", "max-chars = 300\n");
    let place = Place::with(&[(
        "r.toml",
        &(anywhere + &rule("x.two", "line", "visit the widget shop now", "")),
    )]);
    place.run(&["rules", "check", "r.toml"]).exits(2).says("rule `x.all`");

    for (text, says) in [
        (one.replace("category = \"ad\"\n", ""), "r.toml:1: x.one: a rule without `category`"),
        (one.replace("x.one", ""), "r.toml:2: the id is empty"),
        (
            one.replace("category", "override = \"wp.leave-a-reply\"\ncategory"),
            "r.toml:3: x.one: `id` and `override`",
        ),
    ] {
        let place = Place::with(&[("r.toml", &text)]);
        let run = place.run(&["rules", "check", "r.toml"]).exits(2).says(says);
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
        place.run(&["clean", "r.toml", "--rules", "r.toml"]).exits(2).says(says);
    }
    let place = Place::with(&[("ok.toml", &one), ("again.toml", &one)]);
    place.run(&["rules", "check", "ok.toml", "ok.toml"]).exits(2).says("ok.toml:1: duplicate id");
    let run = place.run(&["rules", "check", "ok.toml", "again.toml"]).exits(2);
    run.says("again.toml:1: x.one: duplicate id: ok.toml has a rule of that name");
    let example = "[[rule]]\nid = \"wp.leave-a-reply\"\ncategory = \"comments\"\nphrases = [\"leave a reply\"]\n\
        needs = { after = [\"wp.email-not-publishd\"], within = 6 }\nexamples = [\"Leave a Reply\"]\n\
        counter-examples = [\"Leave a reply to the waiter.\"]\n";
    place.write("example.toml", example);
    let run = place.run(&["rules", "check", "example.toml"]).exits(2);
    assert!(run.stderr.lines().all(|line| line.len() < 160), "{}", run.stderr);
}
