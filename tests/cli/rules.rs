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
