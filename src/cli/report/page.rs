//! The page of `limpio report -o`: one file of HTML that needs nothing else, no network and no script.
//!
//! What it shows was scraped, so all of it is escaped, and a policy in the page forbids whatever is not
//! its own style. The same reports give the same bytes: nothing is told but what they hold.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use htmlize::{escape_all_quotes, escape_text};

use super::super::messages::printable;
use super::details::{Details, Group, LOSSES, OTHER, Told, most, share};
use super::examples::{Examples, Removal};
use super::{Sum, sorted};

const STYLE: &str = include_str!("page.css");

/// Rules and sources that are listed; the rest is counted.
const MOST_ROWS: usize = 500;

/// The page.
pub fn page(sum: &Sum, examples: Option<&Examples>) -> String {
    let details = &sum.details;
    let mut page = Page::default();
    page.head(sum);
    page.categories(sum);
    page.rules(sum, examples);
    if let Some(examples) = examples {
        page.removals(examples);
    }
    page.documents(details);
    page.sources(details);
    page.text(sum);
    page.told("failures", "Failures", "No document failed.", &details.failed);
    page.told("warnings", "Warnings", "No document came with a warning.", &details.warnings);
    page.settings(sum);
    page.html += "</main>\n</body>\n</html>\n";
    page.html
}

#[derive(Default)]
struct Page {
    html: String,
}

/// A cell of a table.
enum Cell<'c> {
    Text(&'c str),
    Code(&'c str),
    Count(u64),
    Share(f64),
    /// A bar of this share of the longest one.
    Bar(f64),
    /// What is HTML already.
    Html(String),
}

use Cell::{Bar, Code, Count, Html, Share, Text};

impl Page {
    fn add(&mut self, html: &str) {
        self.html += html;
    }

    fn head(&mut self, sum: &Sum) {
        let totals = &sum.totals;
        let _ = write!(
            self.html,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n<title>limpio: {}</title>\n\
             <style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>limpio: {}</h1>\n<p class=\"lead\">{}</p>\n<nav aria-label=\"Sections\">",
            documents(totals.documents),
            documents(totals.documents),
            lead(sum),
        );
        for (id, name) in [
            ("categories", "Categories"),
            ("rules", "Rules"),
            ("documents", "Documents"),
            ("sources", "Sources"),
            ("text", "Text"),
            ("failures", "Failures"),
            ("warnings", "Warnings"),
            ("settings", "Settings"),
        ] {
            let _ = write!(self.html, "<a href=\"#{id}\">{name}</a>");
        }
        self.add("</nav>\n");
        self.table(
            "In all",
            &[],
            &[
                vec![Text("Documents"), Count(totals.documents)],
                vec![Text("clean"), Count(totals.ok)],
                vec![Text("failed"), Count(totals.failed)],
                vec![Text("skipped"), Count(totals.skipped)],
                vec![Text("of them complete before"), Count(totals.resumed)],
                vec![Text("Bytes in"), Count(totals.bytes_in)],
                vec![Text("Bytes out"), Count(totals.bytes_out)],
                vec![Text("Lines in"), Count(totals.lines_in)],
                vec![Text("Lines out"), Count(totals.lines_out)],
                vec![Text("Lines removed"), Count(totals.removed_lines())],
                vec![Text("Blank lines folded"), Count(totals.blank_lines)],
            ],
        );
    }

    fn section(&mut self, id: &str, title: &str) {
        let _ = writeln!(self.html, "<h2 id=\"{id}\">{title}</h2>");
    }

    /// A table; columns after the first are numbers unless their cells are text.
    fn table(&mut self, caption: &str, columns: &[&str], rows: &[Vec<Cell<'_>>]) {
        let _ = writeln!(self.html, "<div class=\"wide\">\n<table>\n<caption>{caption}</caption>");
        if !columns.is_empty() {
            self.add("<thead><tr>");
            let cells = rows.first().map_or(&[][..], |row| row);
            for (index, column) in columns.iter().enumerate() {
                let class = cells.get(index).map_or("", Cell::class);
                let _ = write!(self.html, "<th scope=\"col\"{class}>{column}</th>");
            }
            self.add("</tr></thead>\n");
        }
        self.add("<tbody>\n");
        for row in rows {
            self.add("<tr>");
            for (index, cell) in row.iter().enumerate() {
                let (open, close) =
                    if index == 0 { ("th scope=\"row\"", "th") } else { ("td", "td") };
                let _ = write!(self.html, "<{open}{}>", cell.class());
                cell.write(&mut self.html);
                let _ = write!(self.html, "</{close}>");
            }
            self.add("</tr>\n");
        }
        self.add("</tbody>\n</table>\n</div>\n");
    }

    fn categories(&mut self, sum: &Sum) {
        self.section("categories", "Categories");
        let totals = &sum.totals;
        let removed = sorted(&totals.removed);
        let names = removed.iter().map(|(name, _)| *name);
        let trimmed = totals.trimmed.keys().map(String::as_str);
        let trimmed = trimmed.filter(|name| !totals.removed.contains_key(*name));
        let longest = removed.first().map_or(0, |(_, count)| *count);
        let of = |counts: &BTreeMap<String, u64>, name: &str| {
            counts.get(name).copied().unwrap_or_default()
        };
        let rows: Vec<Vec<Cell<'_>>> = names
            .chain(trimmed)
            .map(|name| {
                let count = of(&totals.removed, name);
                vec![
                    Text(name),
                    Count(count),
                    Share(share(count, totals.removed_lines())),
                    Count(of(&totals.trimmed, name)),
                    Bar(share(count, longest)),
                ]
            })
            .collect();
        let columns = ["Category", "Lines removed", "Share", "Lines that lost a span", "Lines"];
        self.table_or("What was removed, and why", &columns, &rows, "Nothing was removed.");
    }

    fn table_or(&mut self, caption: &str, columns: &[&str], rows: &[Vec<Cell<'_>>], none: &str) {
        if rows.is_empty() {
            let _ = writeln!(self.html, "<p>{none}</p>");
        } else {
            self.table(caption, columns, rows);
        }
    }

    fn rules(&mut self, sum: &Sum, examples: Option<&Examples>) {
        self.section("rules", "Rules");
        let rules = sorted(&sum.totals.rules);
        let all: u64 = rules.iter().map(|(_, count)| count).sum();
        let rows: Vec<Vec<Cell<'_>>> = rules
            .iter()
            .take(MOST_ROWS)
            .map(|(rule, count)| {
                let mut row = vec![
                    Code(rule),
                    Count(*count),
                    Share(share(*count, all)),
                    Count(sum.details.rules.get(*rule).copied().unwrap_or_default()),
                ];
                row.extend(examples.map(|examples| Html(shown(examples.of(rule)))));
                row
            })
            .collect();
        let columns = ["Rule", "Lines", "Share", "Documents", "Examples"];
        let columns = &columns[..columns.len() - usize::from(examples.is_none())];
        let caption = "Which rule took how many lines, whole or in part: <code>limpio rules show ID</code> tells of one";
        self.table_or(caption, columns, &rows, "No rule took anything.");
        self.more(rules.len(), "rule");
    }

    /// Says how many rows are not shown.
    fn more(&mut self, rows: usize, what: &str) {
        if rows > MOST_ROWS {
            let more = grouped((rows - MOST_ROWS) as u64);
            let _ = writeln!(self.html, "<p class=\"note\">And {more} more {what}s.</p>");
        }
    }

    fn removals(&mut self, examples: &Examples) {
        for (title, caption, removals) in [
            ("Least sure", "Removals with the lowest score: look here first", &examples.least_sure),
            ("Longest", "The longest runs of lines that were removed", &examples.longest),
        ] {
            let rows: Vec<Vec<Cell<'_>>> = removals
                .iter()
                .map(|removal| {
                    vec![
                        Text(&removal.category),
                        Html(format!("{:.2}", removal.score)),
                        Code(&removal.rule),
                        Html(shown(std::slice::from_ref(removal))),
                    ]
                })
                .collect();
            let _ = writeln!(self.html, "<h3>{title}</h3>");
            let columns = ["Category", "Score", "Rule", "Text"];
            self.table_or(caption, &columns, &rows, "Nothing was removed.");
        }
    }

    fn documents(&mut self, details: &Details) {
        self.section("documents", "Documents");
        let longest = details.losses.iter().copied().max().unwrap_or_default();
        let mut below = 0.0;
        let mut rows = Vec::new();
        for (index, count) in details.losses.iter().enumerate() {
            let name = match LOSSES.get(index) {
                None => "everything".to_owned(),
                Some(0.0) => "nothing".to_owned(),
                Some(most) if *most >= 1.0 => format!("more than {}, not all", percent(below)),
                Some(most) => format!("up to {}", percent(*most)),
            };
            below = LOSSES.get(index).copied().unwrap_or_default();
            rows.push(vec![Html(name), Count(*count), Bar(share(*count, longest))]);
        }
        self.table(
            "Clean documents by the share of their bytes that is gone",
            &["Gone", "Documents", "Documents"],
            &rows,
        );
        let rows: Vec<Vec<Cell<'_>>> = details
            .lost_most
            .iter()
            .map(|one| {
                vec![Text(&one.name), Count(one.bytes_in), Share(one.lost), Text(&one.category)]
            })
            .collect();
        let columns = ["Document", "Bytes in", "Gone", "Most of it"];
        self.table_or("Documents that lost the most", &columns, &rows, "No document lost a line.");
    }

    fn sources(&mut self, details: &Details) {
        self.section("sources", "Sources");
        let mut sources: Vec<(&String, &Group)> = details.sources.iter().collect();
        // Those that lost most of their lines come first; what is of many sources, last.
        let order = |(name, group): &(&String, &Group)| {
            (*name == OTHER, std::cmp::Reverse((group.removed_share() * 1e6) as u64))
        };
        sources.sort_by_key(order);
        let rows: Vec<Vec<Cell<'_>>> = sources
            .iter()
            .take(MOST_ROWS)
            .map(|(name, group)| {
                let [es, en, other] = group.languages;
                let all = es + en + other;
                vec![
                    Text(name),
                    Count(group.documents),
                    Count(group.failed),
                    Share(group.removed_share()),
                    Text(most(&group.removed).unwrap_or_default()),
                    Share(share(es, all)),
                    Share(share(en, all)),
                    Share(share(other, all)),
                ]
            })
            .collect();
        let columns = [
            "Source",
            "Documents",
            "Failed",
            "Lines removed",
            "Most of them",
            "Spanish",
            "English",
            "Other",
        ];
        let caption = "Documents by host, file of records or folder; those that lost the largest share of their lines first";
        self.table_or(caption, &columns, &rows, "There are no documents.");
        self.more(sources.len(), "source");
    }

    fn text(&mut self, sum: &Sum) {
        let details = &sum.details;
        self.section("text", "Text");
        let [es, en, other] = details.all.languages;
        let all = es + en + other;
        let language =
            |name, bytes| vec![Text(name), Share(share(bytes, all)), Bar(share(bytes, all))];
        self.table(
            "Languages of the clean text",
            &["Language", "Share", "Share"],
            &[language("Spanish", es), language("English", en), language("other", other)],
        );
        let repairs = &sum.totals.repairs;
        self.table(
            "Repairs",
            &["Repaired", "Count"],
            &[
                vec![Text("spans of mojibake"), Count(repairs.mojibake)],
                vec![Text("bytes or spans of which something was lost"), Count(repairs.lossy)],
                vec![Text("entities"), Count(repairs.entities)],
                vec![Text("control and invisible characters"), Count(repairs.controls)],
            ],
        );
        let encodings = sorted(&details.encodings);
        let rows: Vec<Vec<Cell<'_>>> =
            encodings.iter().map(|(name, count)| vec![Text(name), Count(*count)]).collect();
        let columns = ["Encoding", "Documents"];
        self.table_or("Encodings of the clean documents", &columns, &rows, "No document is clean.");
    }

    fn told(&mut self, id: &str, title: &str, none: &str, told: &Told) {
        self.section(id, title);
        let rows: Vec<Vec<Cell<'_>>> =
            told.first.iter().map(|(of, what)| vec![Text(of), Text(what)]).collect();
        self.table_or(title, &["Document", "What was said"], &rows, none);
        let more = told.count - told.first.len() as u64;
        if more > 0 {
            let _ = writeln!(self.html, "<p class=\"note\">And {} more.</p>", grouped(more));
        }
    }

    fn settings(&mut self, sum: &Sum) {
        self.section("settings", "Settings");
        let (version, rules, settings) = sum.how.clone().unwrap_or_default();
        let settings = serde_json::to_string_pretty(&settings).unwrap_or_default();
        let differ = if sum.differ {
            "<p>The runs had different versions, rules or settings: those of the first are shown.</p>\n"
        } else {
            ""
        };
        let _ = write!(
            self.html,
            "{differ}<p>limpio {}, rules <code>{}</code>, {}, {:.1} seconds in all.</p>\n\
             <details><summary>All settings</summary>\n<pre>{}</pre>\n</details>\n",
            escaped(&version),
            escaped(&rules),
            super::counted(sum.reports, "report"),
            sum.seconds,
            lines_of(&settings),
        );
    }
}

impl Cell<'_> {
    fn class(&self) -> &'static str {
        match self {
            Count(_) | Share(_) => " class=\"n\"",
            Bar(_) => " class=\"bar\"",
            _ => "",
        }
    }

    fn write(&self, html: &mut String) {
        let _ = match self {
            Text(text) => write!(html, "<bdi>{}</bdi>", escaped(text)),
            Code(text) => write!(html, "<code>{}</code>", escaped(text)),
            Count(count) => write!(html, "{}", grouped(*count)),
            Share(share) => write!(html, "{}", percent(*share)),
            Bar(share) => {
                let width = 100.0 * share;
                write!(
                    html,
                    "<svg aria-hidden=\"true\"><rect width=\"{width:.1}%\" height=\"100%\"/></svg>"
                )
            }
            Html(done) => write!(html, "{done}"),
        };
    }
}

/// Removed texts, each with where it stood; the first one open to the eye.
fn shown(removals: &[Removal]) -> String {
    let mut html = String::new();
    for (index, removal) in removals.iter().enumerate() {
        if index == 1 {
            html += "<details><summary>more</summary>";
        }
        let _ = write!(
            html,
            "<span class=\"text\" dir=\"auto\" title=\"{}\">{}{}</span><span class=\"note\"><bdi>{}</bdi>, line {}</span>",
            escape_all_quotes(printable(&removal.reason)),
            lines_of(removal.text.trim()),
            if removal.is_cut { "…" } else { "" },
            escaped(&removal.document),
            grouped(removal.line),
        );
    }
    if removals.len() > 1 {
        html += "</details>";
    }
    html
}

/// A text of several lines; line feeds stay, other controls are shown as what they are.
fn lines_of(text: &str) -> String {
    text.lines().map(escaped).collect::<Vec<_>>().join("\n")
}

/// A text in HTML, without anything that hides.
fn escaped(text: &str) -> String {
    escape_text(printable(text)).into_owned()
}

fn documents(count: u64) -> String {
    format!("{} document{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// What happened, in one sentence.
fn lead(sum: &Sum) -> String {
    let totals = &sum.totals;
    let removed = totals.removed_lines();
    let of = format!("{} of {} lines", grouped(removed), grouped(totals.lines_in));
    let most = most(&totals.removed).map_or_else(String::new, |name| {
        let count = totals.removed.get(name).copied().unwrap_or_default();
        format!(", most of them as {} ({})", escaped(name), percent(share(count, removed)))
    });
    format!("{of} removed ({}){most}.", percent(share(removed, totals.lines_in)))
}

/// A number with commas between groups of three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share in per cent, as HTML: whole above ten, else with a digit.
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent == 0.0 || percent >= 9.95 || percent.fract() == 0.0 {
        format!("{percent:.0}\u{a0}%")
    } else if percent < 0.05 {
        "&lt;\u{a0}0.1\u{a0}%".to_owned()
    } else {
        format!("{percent:.1}\u{a0}%")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_shares_short() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
        for (share, text) in [
            (0.0, "0 %"),
            (0.0001, "&lt; 0.1 %"),
            (0.05, "5 %"),
            (0.0512, "5.1 %"),
            (0.999, "100 %"),
        ] {
            assert_eq!(percent(share).replace('\u{a0}', " "), text);
        }
    }

    #[test]
    fn what_was_scraped_cannot_get_out_of_the_page() {
        let removal = Removal {
            document: "<b>\u{202e}.txt".into(),
            line: 1,
            category: "nav".into(),
            rule: "a\"b".into(),
            reason: "\" onload=\"x".into(),
            score: 1.0,
            text: "<script>\n\u{1b}[31m&amp;".into(),
            is_cut: true,
        };
        let html = shown(&[removal]);
        assert!(html.contains("&lt;script&gt;\n\\u{1b}[31m&amp;amp;…"), "{html}");
        assert!(html.contains("&quot; onload=&quot;x") && html.contains("&lt;b&gt;\\u{202e}"));
    }
}
