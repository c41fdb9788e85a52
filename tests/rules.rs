//! The built-in rules: every example and counter-example, the order of the files, the schema, and
//! the errors that a user's own file gets.

use std::path::{Path, PathBuf};

use limpio::rules::{Reach, RuleSet, check};

fn data_files() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules/data");
    let entries = std::fs::read_dir(folder).expect("the data folder");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a readable file");
        (path, text)
    };
    files.into_iter().map(read).collect()
}

/// Runs every example and counter-example, and looks for shadowed phrases and duplicate ids.
#[test]
fn no_built_in_file_has_an_error() {
    let errors: Vec<String> = data_files()
        .iter()
        .flat_map(|(path, text)| check(path, text))
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{} errors:\n{}", errors.len(), errors.join("\n"));
}

#[test]
fn every_file_is_built_in_and_every_rule_read() {
    let written: usize =
        data_files().iter().map(|(_, text)| text.matches("[[rule]]").count()).sum();
    assert_eq!(RuleSet::builtin().rules().len(), written);
    assert!(written > 200, "{written} rules");
}

#[test]
fn files_are_sorted_by_id_and_hold_one_category() {
    for (path, _) in data_files() {
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        let builtin = RuleSet::builtin();
        let rules: Vec<_> =
            builtin.rules().iter().filter(|rule| path.ends_with(&rule.path)).collect();
        assert!(!rules.is_empty(), "{name}");
        assert!(rules.iter().all(|rule| rule.category.as_str() == name), "{name}");
        assert!(rules.is_sorted_by(|a, b| a.id < b.id), "{name} is not sorted by id");
    }
}

#[test]
fn every_rule_says_why_and_where_from_and_has_both_kinds_of_examples() {
    for rule in RuleSet::builtin().rules() {
        assert!(!rule.why.is_empty() && !rule.source.is_empty(), "{}", rule.id);
        assert!(!rule.examples.is_empty(), "{}", rule.id);
        assert!(!rule.counter_examples.is_empty(), "{}", rule.id);
        // One word that only supports is never strong enough to remove a line by itself.
        let support = rule.phrases.iter().all(|phrase| !phrase.contains(' '));
        let removes = rule.reach != Reach::Thread;
        if support && removes && rule.shapes.is_empty() && rule.weight < 0.5 {
            assert!(rule.needs.is_some(), "{} supports, but needs no neighbour", rule.id);
        }
    }
}

#[test]
fn the_hash_changes_with_what_decides_and_not_with_the_reasons() {
    let hash = |toml: &str| {
        let mut rules = RuleSet::empty();
        rules.add_toml("mine.toml".as_ref(), toml).expect("a sound file");
        rules.hash()
    };
    let rule = "[[rule]]\nid = 'a'\ncategory = 'custom'\nphrases = ['one two']\n";
    assert_eq!(hash(rule), hash(&format!("{rule}why = 'because'\nexamples = ['One two']\n")));
    // Written down, so that it stays the same on every machine and in every version.
    assert_eq!(hash(rule), 5_398_412_515_605_154_971);
    for change in
        ["weight = 0.5", "at = 'line-start'", "reach = 'block'", "needs = { near = ['ad'] }"]
    {
        assert_ne!(hash(rule), hash(&format!("{rule}{change}\n")), "{change}");
    }
}

/// The lines and messages that a file gets.
#[track_caller]
fn errors(text: &str, expected: &[&str]) {
    let errors: Vec<String> =
        check(Path::new("mine.toml"), text).iter().map(|error| error.to_string()).collect();
    assert_eq!(errors.len(), expected.len(), "{errors:#?}");
    for (error, expected) in errors.iter().zip(expected) {
        assert!(error.starts_with(&format!("mine.toml:{expected}")), "{error}\n{expected}");
    }
}

/// A sound rule, to which a test adds what is wrong.
const SHOP: &str = "[[rule]]\nid = 'shop.cart'\nphrases = ['carrito de compra vacío']\n\
                    examples = ['Carrito de compra vacío']\ncounter-examples = ['El carrito de bebé']\n\
                    category = 'ad'\n";

#[test]
fn a_sound_file_has_no_error() {
    errors(SHOP, &[]);
    errors(&format!("version = 1\n{}", SHOP.replace("counter-ex", "counter_ex")), &[]);
}

#[test]
fn errors_name_file_line_and_rule() {
    errors("", &["1: no rule in this file"]);
    errors("version = 1", &["1: no rule in this file"]);
    errors("version = 1\nrule = []", &[]);
    errors(
        &format!("{SHOP}wieght = 1\n"),
        &["7: shop.cart: unknown key `wieght`: did you mean `weight`?"],
    );
    errors(&format!("{SHOP}weight = 1.5\n"), &["7: shop.cart: `weight` is a number from 0 to 1"]);
    errors(&format!("{SHOP}weight = nan\n"), &["7: shop.cart: `weight`"]);
    errors(&format!("{SHOP}at = 'somewhere'\n"), &["7: shop.cart: unknown place"]);
    errors(
        &SHOP.replace("category = 'ad'", "category = 'adds'"),
        &["6: shop.cart: unknown category `adds`: did you mean"],
    );
    errors(&format!("{SHOP}langs = ['english']\n"), &["7: shop.cart: unknown language"]);
    errors(&format!("{SHOP}reach = 'everything'\n"), &["7: shop.cart: unknown reach"]);
    errors(&format!("{SHOP}reach = {{ lines = 0 }}\n"), &["7: shop.cart: `lines`"]);
    errors(&format!("{SHOP}needs = {{ nera = ['ad'] }}\n"), &["7: shop.cart: unknown key `nera`"]);
    errors(
        &format!("{SHOP}needs = {{ near = ['wp.leave-a-repli'] }}\n"),
        &[
            "7: shop.cart: unknown rule in `needs` `wp.leave-a-repli`: did you mean `wp.leave-a-reply`?",
        ],
    );
    errors(&format!("{SHOP}{SHOP}"), &["7: shop.cart: duplicate id"]);
    errors(&SHOP.replace("category = 'ad'\n", ""), &["1: shop.cart: a rule without `category`"]);
    errors("[[rule]]\nphrases = ['a b']\n", &["1: a rule without `id`"]);
    errors(&SHOP.replace("'shop.cart'", "'A b'"), &["1: A b: an id is"]);
    errors("rule = 3\n", &["1: `rule` is a list of tables"]);
    errors("version = 2\n[[rule]]\n", &["1: this program reads", "2: a rule without `id`"]);
    errors("[[rule]\nid = 'a'\n", &["1: "]);
    errors("[[rule]]\nid = 'a'\nid = 'b'\n", &["3: duplicate key"]);
}

#[test]
fn phrases_must_leave_something_to_look_for() {
    let rule = |keys: &str| {
        format!(
            "[[rule]]\nid = 'shop.cart'\nexamples = []\ncounter-examples = []\n{keys}\ncategory = 'ad'\n"
        )
    };
    let with = |keys: &str, expected: &str| {
        errors(
            &rule(keys),
            &["1: shop.cart: no `examples`", "1: shop.cart: no `counter-examples`", expected],
        );
    };
    with("phrases = [\n  '»  …'\n]", "6: shop.cart: phrase \"»  …\" is empty after folding");
    with("phrases = ['{site}']", "5: shop.cart: phrase \"{site}\" is empty after folding");
    with("at = 'anywhere'\nphrases = ['carrito']", "6: shop.cart: phrase \"carrito\" is one word");
    with(
        "phrases = ['LEAVE a reply!']",
        "5: shop.cart: phrase \"LEAVE a reply!\" is shadowed by rule `wp.leave-a-reply`",
    );
    with("phrases = ['uno dos', 'Uno  Dós']", "5: shop.cart: phrase \"Uno  Dós\" stands twice");
    with("shapes = ['(']", "5: shop.cart: shape \"(\": ");
    with("shapes = ['x*']", "5: shop.cart: shape \"x*\" matches the empty text");
}

#[test]
fn examples_and_counter_examples_are_run() {
    errors(
        &SHOP.replace("['Carrito de compra vacío']", "['Carrito lleno']"),
        &["4: shop.cart: does not match its own example \"Carrito lleno\""],
    );
    errors(
        &SHOP.replace("['El carrito de bebé']", "[\n'Su carrito',\n'¡CARRITO DE COMPRA VACIO!']"),
        &["7: shop.cart: matches its own counter-example \"¡CARRITO DE COMPRA VACIO!\""],
    );
}

#[test]
fn an_override_changes_the_keys_it_names() {
    let mut rules = RuleSet::builtin();
    let before = rules.get("wp.leave-a-reply").expect("built in").clone();
    let change = "[[rule]]\noverride = 'wp.leave-a-reply'\nweight = 0.1\n\
                  [[rule]]\noverride = 'wp.post-comment'\ndisable = true\n";
    rules.add_toml("mine.toml".as_ref(), change).expect("a sound file");
    let after = rules.get("wp.leave-a-reply").expect("still there");
    assert_eq!((after.weight, &after.phrases), (0.1, &before.phrases));
    assert!(rules.get("wp.post-comment").is_none());
    // What was switched off may still be named.
    rules
        .add_toml("b.toml".as_ref(), &format!("{SHOP}needs = {{ near = ['wp.post-comment'] }}"))
        .expect("a known id");
    let unknown = "[[rule]]\noverride = 'wp.leave-a-repli'\n";
    errors(unknown, &["1: wp.leave-a-repli: unknown rule in `override`"]);
    errors(
        "[[rule]]\nid = 'wp.leave-a-reply'\nphrases = ['b c']\nexamples = ['b c']\ncounter-examples = ['c b']\ncategory = 'ad'\n",
        &["1: wp.leave-a-reply: duplicate id"],
    );
}

#[test]
fn a_faulty_file_leaves_the_set_as_it_was() {
    let mut rules = RuleSet::builtin();
    let before = rules.hash();
    let error = rules.add_toml("mine.toml".as_ref(), &format!("{SHOP}weight = 2\n"));
    let error = error.expect_err("a weight of 2");
    assert_eq!((error.line(), error.rule()), (Some(7), Some("shop.cart")));
    assert_eq!(rules.hash(), before);
}

#[test]
fn hostile_files_give_errors() {
    let deep = format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    let many = "[[rule]]\nid = 3\n".repeat(20_000);
    let keys = "x = 1\n".repeat(50_000);
    let long = format!(
        "[[rule]]\nid = '{}'\nphrases = ['{}']\n",
        "a".repeat(1 << 20),
        "b ".repeat(1 << 20)
    );
    let escapes =
        "[[rule]]\nid = 'a'\nphrases = [\"\\u001b[31m\"]\nexamples = [\"\\u001b[31m x\"]\n"
            .to_owned();
    let sound =
        (0..30_000).map(|n| format!("[[rule]]\nid = 'a.n{n}'\nphrases = ['n{n} m']\n")).collect();
    let unknown = (0..30_000).map(|n| format!("[[rule]]\noverride = 'wp.n{n}'\n")).collect();
    let controls = "[[rule]]\nid = 'a'\nphrases = [\"\u{0}\u{1b}[31m\"]\n".to_owned();
    let shape = "[[rule]]\nid = 'a'\nshapes = ['(((a{1000}){1000}){1000})']\n".to_owned();
    for text in [deep, many, keys, long, controls, shape, escapes, sound, unknown] {
        let errors = check(Path::new("hostile.toml"), &text);
        assert!(!errors.is_empty());
        assert!(errors.iter().all(|error| !error.to_string().contains('\u{1b}')));
    }
}

#[test]
fn the_schema_names_the_keys_that_the_loader_knows() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/rules.schema.json");
    let schema = std::fs::read_to_string(path).expect("the schema");
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("JSON");
    let properties = &schema["properties"]["rule"]["items"]["properties"];
    let list = |value: &serde_json::Value| {
        value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>().join(", ")
    };
    // A key that no rule has is answered with all that a rule may have.
    let answer = |text: &str| {
        let errors = check(Path::new("mine.toml"), text);
        let named = |error: &&limpio::Error| error.to_string().contains("expected one of");
        let error = errors.iter().find(named).expect("an unknown name").to_string();
        error.split("expected one of ").nth(1).expect("a list").to_owned()
    };
    assert_eq!(list(properties), answer(&format!("{SHOP}zzzzzzzzzzzzzzzzzzzzzzzzzzzz = 1\n")));
    let needs = &properties["needs"]["properties"];
    assert_eq!(list(needs), answer(&format!("{SHOP}needs = {{ zzzzzzzzzzzzzzzzzzz = 1 }}\n")));
    assert_eq!(list(&schema["properties"]), answer(&format!("zzzzzzzzzzzzzzzzzzz = 1\n{SHOP}")));
    for (key, line) in [
        ("at", "at = 'zzzzzzzzzzzzzzzzzzzzzzzz'"),
        ("rest", "rest = 'zzzzzzzzzzzzzzzzzzzzzzzz'"),
        ("category", "category = 'zzzzzzzzzzzzzzzzzzzzzzzz'"),
    ] {
        let values = properties[key]["enum"].as_array().expect("an enumeration");
        let values: Vec<_> = values.iter().filter_map(|value| value.as_str()).collect();
        let rule =
            if key == "category" { SHOP.replace("category = 'ad'\n", "") } else { SHOP.into() };
        assert_eq!(values.join(", "), answer(&format!("{rule}{line}\n")), "{key}");
    }
}
