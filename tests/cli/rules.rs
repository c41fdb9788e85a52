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
